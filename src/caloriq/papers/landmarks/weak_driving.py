"""Žnidarič, PRL 106, 220601 (2011): the XXZ chain at weak driving and infinite temperature, over its anisotropy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from caloriq.papers.common import dataset, shares
from caloriq.papers.landmarks import figures
from caloriq.papers.landmarks.chains import listed, weak
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond
from caloriq.results import Progress
from caloriq.steady.methods import Chosen
from caloriq.transport.linear_response.solve import linear_response
from caloriq.verdicts.scaling import scaling

if TYPE_CHECKING:
    import xarray as xr

SOURCE = "M. Žnidarič, PRL 106, 220601 (2011), doi:10.1103/PhysRevLett.106.220601"
COUPLED = "boundary-driven and closed XXZ chains compared, arXiv:2507.16528"
ANISOTROPIES = (0.5, 1.0, 1.5, 2.0)
KNOWN = {0.5: ("0 (ballistic)", 0.0), 1.0: ("1/2", 0.5), 1.5: ("1 (diffusive)", 1.0), 2.0: ("1 (diffusive)", 1.0)}
DRIVE = 0.1
SIZES = (4, 5, 6, 7, 8, 9, 10)
LONG = 32  # sites from which an exponent is held against the paper's
RATES = (0.25, 0.5, 1.0, 2.0, 4.0)


def over_lengths(
    anisotropies: Sequence[float], sizes: Sequence[int], method: Chosen | str = "auto", progress: Progress | None = None
) -> xr.Dataset:
    """Currents with their errors, local exponents, and what solved every length."""
    parts = shares(progress, [1.0] * len(anisotropies))
    found = [
        scaling(weak(sizes[-1], d, DRIVE), sizes, of="excitations", method=method, progress=part)
        for d, part in zip(anisotropies, parts, strict=True)
    ]
    return dataset(
        {
            "current": (("anisotropy", "sites"), np.array([one.currents for one in found])),
            "current_error": (("anisotropy", "sites"), np.array([one.errors for one in found])),
            "exponent": (("anisotropy", "between"), np.array([1 - one.local_alpha for one in found])),
            "fitted": ("anisotropy", [1 - one.alpha for one in found]),
            "fitted_error": ("anisotropy", [one.alpha_error for one in found]),
            "drift": ("anisotropy", [one.alpha_drift for one in found]),
        },
        {"anisotropy": list(anisotropies), "sites": list(sizes), "between": found[0].local_sizes},
        {
            "verdicts": [one.sentence for one in found],
            "models": json.dumps([weak(sizes[-1], d, DRIVE).to_mapping() for d in anisotropies]),
        },
    )


def study(quick: bool, progress: Progress | None) -> Outcome:
    """J over N for several Δ."""
    data = over_lengths(ANISOTROPIES, SIZES[:5] if quick else SIZES, progress=progress)
    return Outcome(tuple(rows(data)), {"over-lengths": data}, figures.weak_driving(data))


def rows(data: xr.Dataset) -> list[Row]:
    """Exponents beside those of the paper; short chains decide nothing, and say so."""
    N, out = data.sites.values, []
    for i, d in enumerate(data.anisotropy.values.tolist()):
        last, drift = float(data.exponent.values[i, -1]), float(data.drift.values[i])
        paper, value = KNOWN[d]
        told = f"local exponents {listed(data.exponent.values[i])}; over all lengths {float(data.fitted.values[i]):.3f} ± {float(data.fitted_error.values[i]):.3f} (scatter) ± {drift:.3f} (drift)"
        long = bool(N[-1] >= LONG)
        out.append(
            Row(
                f"Δ = {d:g}: exponent γ of J ∝ N^(-γ) at N = {N[-2]} to {N[-1]}, μ = {DRIVE:g}, Γ = 1",
                paper,
                f"{last:.3f}",
                bool(abs(last - value) < 0.1 + drift) if long else None,
                told if long else f"{told}. Lengths this short cannot decide it: the contacts still weigh",
            )
        )
    order = data.exponent.values[:, -1]
    out.append(
        Row(
            f"the larger Δ up to 1.5, the faster J falls, N = {N[-2]} to {N[-1]}; Δ = {listed(data.anisotropy.values, 'g')}",
            "ballistic, N^(-1/2), diffusive: the exponent does not fall with Δ up to 1",
            listed(order, ".3f"),
            bool(np.all(np.diff(order[data.anisotropy.values <= 1.5]) > 0)),
        )
    )
    return out


def couplings(quick: bool, progress: Progress | None) -> Outcome:
    """D of an open chain over its bath coupling, as the drive vanishes."""
    sizes = (4, 6, 8) if quick else (4, 6, 8, 10)
    chain = weak(sizes[-1], 0.75, 0.0).model_copy(update={"hopping": 0.5, "baths": ()})  # S = σ/2, Δ = 1.5
    found = linear_response(chain, rates=RATES[::2] if quick else RATES, sizes=sizes, progress=progress)
    D, N = found.diffusivity[:, -1], int(found.sizes[-1])
    spread = found.spread
    table = (
        Row(
            f"Δ = 1.5, N = {N}: D over the bath coupling, largest over smallest less one",
            "strong dependence on the coupling",
            f"{spread:.2f}",
            bool(spread > 0.1),
            f"D = {listed(D, '.3f')} ± {listed(found.diffusivity_error[:, -1], '.3f')} at Γ = {listed(found.rates, 'g')}, energies in S = σ/2",
        ),
        beyond(
            "D of the bonds, 1/r of μ/j = R + r(N - 1) over the lengths",
            listed(1 / found.resistivity, ".3f"),
            f"largest deviation from the line, relative: {listed(found.misfit, '.3f')}",
        ),
        beyond(
            f"share of the contacts in the resistance, N = {N}",
            listed((found.of_contacts / found.resistance)[:, -1]),
            "what is left when all bonds have the resistance of the middle",
        ),
        beyond(
            "largest distance of the two routes to dj/dμ, relative",
            f"{float(np.abs(found.extrapolated / found.first_order - 1).max()):.0e}",
            "steady states extrapolated to no drive, and the equation of first order",
            paper="not said",
        ),
    )
    return Outcome(table, {"linear-response": found.to_dataset()}, figures.bath_coupling(found.to_dataset()))


RECIPES = (
    Recipe(
        "landmark-weak-driving",
        "XXZ chain at weak driving over Δ: ballistic, anomalous, diffusive",
        SOURCE,
        study,
        quick_differs=True,
    ),
    Recipe(
        "landmark-bath-coupling",
        "diffusivity of an open XXZ chain over its bath coupling, as the drive vanishes",
        COUPLED,
        couplings,
        quick_differs=True,
    ),
)
