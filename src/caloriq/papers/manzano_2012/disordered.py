"""Does dephasing lower or raise the current of a disordered chain? (MT VI A)"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from caloriq.models.baths import Bath
from caloriq.models.disorder import Disorder
from caloriq.models.spins import SpinChain
from caloriq.papers.common import dataset, swept
from caloriq.results import Progress
from caloriq.sweep.definition import Ensemble, Sweep

if TYPE_CHECKING:
    import xarray as xr

Reading = Literal["hopping", "couplings"]
Occupation = Literal["site", "fixed"]
FIXED = 1 / math.expm1(1.0)  # n̄ of ω = 1 at T₁ = 1
MEASURES = ("heat from the hot bath", "heat into the cold bath", "excitations into the cold bath")


def ensemble(
    reading: Reading, dephasings: Sequence[float], samples: int, seed: int, occupation: Occupation = "site"
) -> Sweep:
    """N = 5, all ω and g uniform in [0, 1], T₁ = 1, T_N = 0, Γ = 1; couplings between neighbours or all pairs.

    Every sample is asked at every γ, so that its currents can be compared. The hot bath has the occupation of its own site's
    frequency at T₁, or that of ω = 1 whatever the site has drawn ("fixed").
    """
    hot = Bath(site=0, temperature=1.0, rate=1.0) if occupation == "site" else Bath(site=0, occupation=FIXED, rate=1.0)
    baths = (
        hot,
        Bath(site=-1, occupation=0.0, rate=1.0) if occupation == "fixed" else Bath(site=-1, temperature=0.0, rate=1.0),
    )
    return Sweep(
        model={
            "kind": "disordered-chain",
            "chain": SpinChain(sites=5, hopping=1.0, baths=baths),
            "disorder": [
                Disorder(quantity="frequency", width=1.0, centre=0.5),
                Disorder(quantity=reading, width=1.0, centre=0.5),
            ],
        },
        question={"kind": "steady-state", "keep": ["heat_currents", "excitation_currents"]},
        vary={"chain.dephasing": list(dephasings)},
        ensemble=Ensemble(samples=samples, seed=seed, same_for=("chain.dephasing",)),
    )


def lowered(
    reading: Reading,
    dephasings: np.ndarray,
    *,
    samples: int,
    seed: int,
    occupation: Occupation = "site",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Share of samples whose current dephasing lowers, for every γ and every way to measure the current.

    Dimensions `dephasing`, `measure`; `raised_below_mean` is the share of the raised samples whose current without
    dephasing lies below the ensemble's mean. Samples whose certificate does not hold, at that γ or without dephasing,
    are left out; `answered` counts the others.
    """
    asked = ensemble(reading, [0.0, *(float(g) for g in dephasings if g != 0)], samples, seed, occupation)
    found, trail = swept(asked, progress, whole=False)
    base = measures(found.sel(dephasing=[0.0]))  # (measure, 1, sample)
    now = measures(found.sel(dephasing=dephasings))  # (measure, dephasing, sample)
    known = np.isfinite(now) & np.isfinite(base)
    raised = now > base
    low = base < np.nanmean(base, axis=2, keepdims=True)
    with np.errstate(invalid="ignore"):
        below = (raised & low).sum(axis=2) / raised.sum(axis=2)  # nan where none is raised
    count = known.sum(axis=2)
    share = (now < base).sum(axis=2) / count
    error = np.sqrt(share * (1 - share) / count)
    dims = ("dephasing", "measure")
    return dataset(
        {
            "lowered": (dims, share.T, {"long_name": "share of samples whose current dephasing lowers"}),
            "error": (dims, error.T, {"long_name": "binomial standard error"}),
            "raised_below_mean": (dims, below.T),
            "mean_current": (dims, np.nanmean(now, axis=2).T),
            "mean_without": ("measure", np.nanmean(base[:, 0], axis=1)),
            "answered": (dims, count.T, {"long_name": "samples that count"}),
        },
        {"dephasing": dephasings, "measure": np.arange(len(MEASURES))},
        {
            "measures": list(MEASURES),
            "samples": samples,
            "seed": seed,
            "reading": reading,
            "occupation": occupation,
            **trail.attributes(),
        },
    )


def measures(found: xr.Dataset) -> np.ndarray:
    """The three currents of every sample, shape (3, dephasings, samples)."""
    heat, excitations = found.heat_currents.values, found.excitation_currents.values
    return np.stack([heat[..., 0], -heat[..., 1], -excitations[..., 1]])


def crossing(dephasings: np.ndarray, share: np.ndarray, wanted: float) -> float | None:
    """γ at which the share reaches a value, by interpolation in ln γ; None if it does not."""
    above = share >= wanted
    changes = np.flatnonzero(above[1:] != above[:-1])
    if changes.size == 0:
        return None
    i = int(changes[-1])
    x, y = np.log(dephasings[i : i + 2]), share[i : i + 2]
    return float(np.exp(x[0] + (wanted - y[0]) * (x[1] - x[0]) / (y[1] - y[0])))
