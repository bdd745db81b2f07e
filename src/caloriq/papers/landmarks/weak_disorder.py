"""Žnidarič, Scardicchio, Varma, PRL 117, 040601 (2016): the disordered Heisenberg chain, diffusive at weak disorder, slower beyond."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from caloriq.models.disorder import Disorder, DisorderedChain
from caloriq.models.spins import SpinChain
from caloriq.papers.common import dataset
from caloriq.papers.landmarks import figures
from caloriq.papers.landmarks.chains import listed, weak
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond
from caloriq.progress import shares
from caloriq.results import Progress
from caloriq.steady.methods import Chosen
from caloriq.verdicts.scaling import scaling

if TYPE_CHECKING:
    import xarray as xr

SOURCE = "M. Žnidarič, A. Scardicchio, V. K. Varma, PRL 117, 040601 (2016), doi:10.1103/PhysRevLett.117.040601"
FIELDS = (0.2, 1.0, 3.0)  # h of fields uniform in [-h, h], H of S = σ/2
SIZES = (4, 5, 6, 7, 8)
SAMPLES, FEW = 100, 20
DRIVE = 0.1
SEED = 1


def chain(sites: int, field: float, samples: int) -> SpinChain | DisorderedChain:
    """Heisenberg chain in S = σ/2 with random fields, weakly driven."""
    one = weak(sites, 0.5, DRIVE).model_copy(update={"hopping": 0.5, "frequency": 0.0})
    if field == 0:
        return one
    fields = Disorder(quantity="frequency", width=2 * field, centre=0.0)
    return DisorderedChain(chain=one, disorder=(fields,), samples=samples, seed=SEED)


def over_lengths(
    fields: Sequence[float],
    sizes: Sequence[int],
    samples: int,
    method: Chosen | str = "auto",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Mean currents over the length with the errors of the samples, clean chain first."""
    all_fields = (0.0, *fields)
    parts = shares(progress, [1.0, *[float(samples)] * len(fields)])
    found = [
        scaling(chain(sizes[-1], h, samples), sizes, of="excitations", method=method, progress=part)
        for h, part in zip(all_fields, parts, strict=True)
    ]
    return dataset(
        {
            "current": (("field", "sites"), np.array([one.currents for one in found])),
            "current_error": (("field", "sites"), np.array([one.errors for one in found])),
            "exponent": (("field", "between"), np.array([1 - one.local_alpha for one in found])),
        },
        {"field": list(all_fields), "sites": list(sizes), "between": found[0].local_sizes},
        {
            "samples": samples,
            "verdicts": [one.sentence for one in found],
            "models": json.dumps([chain(sizes[-1], h, samples).to_mapping() for h in all_fields]),
        },
    )


def study(quick: bool, progress: Progress | None) -> Outcome:
    """J over N for several strengths of the disorder."""
    data = over_lengths(FIELDS, SIZES[:3] if quick else SIZES, FEW if quick else SAMPLES, progress=progress)
    return Outcome(tuple(rows(data)), {"weak-disorder": data}, figures.weak_disorder(data))


def rows(data: xr.Dataset) -> list[Row]:
    """How the fall of the current steepens; what short chains cannot say."""
    N, h = data.sites.values, data.field.values
    last = data.exponent.values[:, -1]
    J, error = data.current.values, data.current_error.values
    span = np.log(N[-1] / N[0])
    whole = -np.log(J[:, -1] / J[:, 0]) / span
    room = np.hypot(error[:, -1] / J[:, -1], error[:, 0] / J[:, 0]) / span
    apart = np.diff(whole) > 2 * np.hypot(room[1:], room[:-1])
    return [
        Row(
            f"Heisenberg chain: exponent γ of J ∝ N^(-γ) over N = {N[0]} to {N[-1]}, h = {listed(h, 'g')}",
            "larger with disorder: superdiffusive, diffusive, subdiffusive",
            listed(whole),
            bool(np.all(apart)),
            f"± {listed(room)}; each larger than the one before by two errors at least; {data.attrs['samples']} samples; local exponents at the largest lengths {listed(last)}",
        ),
        Row(
            f"the strongest disorder, h = {h[-1]:g}: exponent above that of diffusion, 1",
            "subdiffusive",
            f"{whole[-1]:.2f} ± {room[-1]:.2f}",
            bool(whole[-1] - 2 * room[-1] > 1),
            "at lengths this short a localised chain looks the same",
        ),
        beyond(
            f"weak disorder, h = {h[1]:g}: is it diffusive?",
            "open",
            f"γ = {whole[1]:.2f} ± {room[1]:.2f} at N ≤ {N[-1]} is still that of the clean chain, {whole[0]:.2f}: the paper solves 400 spins, and finds a very large crossover length",
        ),
    ]


RECIPES = (
    Recipe(
        "landmark-weak-disorder",
        "Heisenberg chain with random fields: the current falls the faster the stronger they are",
        SOURCE,
        study,
        quick_differs=True,
    ),
)
