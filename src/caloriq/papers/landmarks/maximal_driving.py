"""Prosen, PRL 107, 137201 (2011): the XXZ chain at maximal driving, exactly at any length."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from caloriq.papers.common import counted, dataset
from caloriq.papers.landmarks import figures
from caloriq.papers.landmarks.chains import falls, listed, maximal
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond, within
from caloriq.results import Progress
from caloriq.steady.methods import Chosen, ClosedForm, Sector
from caloriq.steady.solve import steady_state

if TYPE_CHECKING:
    import xarray as xr

SOURCE = "T. Prosen, PRL 107, 137201 (2011), doi:10.1103/PhysRevLett.107.137201"
ANISOTROPIES = (0.5, 1.0, 1.5)
SIZES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 20, 24, 32, 40, 50, 60, 70, 80, 90, 100)
SOLVED = (2, 3, 4, 5, 6, 7, 8, 9, 10)  # lengths of the numeric steady states
PAIRED = (20, 40)  # lengths of the correlations
TOLERANCE = 1e-9


def exact(progress: Progress | None = None) -> xr.Dataset:
    """Currents with their bounds over N, profiles of the longest chain, and correlations across the isotropic one."""
    points = [(i, k) for i in range(len(ANISOTROPIES)) for k in range(len(SIZES))]
    currents, bounds = np.empty((2, len(ANISOTROPIES), len(SIZES)))
    profiles = np.empty((len(ANISOTROPIES), SIZES[-1]))
    for i, k in counted(points, progress, lambda point: SIZES[point[1]] ** 2):
        found = steady_state(maximal(SIZES[k], ANISOTROPIES[i]), method=ClosedForm())
        currents[i, k], bounds[i, k] = found.current, found.current_bound
        if k == len(SIZES) - 1:
            profiles[i] = 2 * found.populations - 1
    far = []
    for n in PAIRED:
        found = steady_state(maximal(n, 1.0), method=ClosedForm())
        pairs, one = found.pair_correlations, found.populations
        assert pairs is not None
        a, b = n // 4, n - 1 - n // 4
        far.append(4 * (pairs[a, b] - one[a] * one[b]))
    return dataset(
        {
            "current": (("anisotropy", "sites"), currents),
            "current_bound": (("anisotropy", "sites"), bounds),
            "magnetisation": (("anisotropy", "site"), profiles),
            "correlation": ("paired", far),
        },
        {
            "anisotropy": list(ANISOTROPIES),
            "sites": list(SIZES),
            "site": np.arange(SIZES[-1]),
            "paired": list(PAIRED),
        },
        {"models": json.dumps([maximal(SIZES[-1], d).to_mapping() for d in ANISOTROPIES])},
    )


def solved(sizes: Sequence[int], method: Chosen | str, progress: Progress | None = None) -> xr.Dataset:
    """Currents of the same chains by a method that knows nothing of the exact state, and their bounds."""
    points = [(i, k) for i in range(len(ANISOTROPIES)) for k in range(len(sizes))]
    currents, bounds = np.empty((2, len(ANISOTROPIES), len(sizes)))
    name = ""
    for i, k in counted(points, progress, lambda point: 4.0 ** sizes[point[1]]):
        found = steady_state(maximal(sizes[k], ANISOTROPIES[i]), method=method)
        currents[i, k], bounds[i, k], name = found.current, found.current_bound, found.method.name
    return dataset(
        {"current": (("anisotropy", "sites"), currents), "current_bound": (("anisotropy", "sites"), bounds)},
        {"anisotropy": list(ANISOTROPIES), "sites": list(sizes)},
        {"method": name},
    )


def study(quick: bool, progress: Progress | None) -> Outcome:
    """Exact currents to N = 100, and numeric ones beside them."""
    formula = exact()
    numeric = solved(SOLVED[:7] if quick else SOLVED, Sector(), progress)
    return Outcome(
        tuple(rows(formula, numeric)), {"exact": formula, "solved": numeric}, figures.maximal(formula, numeric)
    )


def rows(formula: xr.Dataset, numeric: xr.Dataset) -> list[Row]:
    """What the paper says, and what is beyond it."""
    N, J = formula.sites.values, formula.current.values
    below, isotropic, above = J
    fall = falls(N, isotropic)[-1]
    site = (np.arange(N[-1]) + 0.5) / N[-1]
    off = float(np.abs(formula.magnetisation.values[1] - np.cos(np.pi * site)).max())
    common = formula.sel(sites=numeric.sites).current.values
    apart = np.abs(numeric.current.values / common - 1)
    steps = np.diff(np.log(above)) / np.diff(N)
    far = formula.correlation.values
    return [
        Row(
            "isotropic: exponent of J ∝ N^(-γ) between N = 90 and 100",
            "2 (1/n² scaling of the spin current)",
            f"{fall:.3f}",
            within(fall, 1.9, 2.05),
            f"J N² Γ/g² is {isotropic[-1] * N[-1] ** 2:.4f} at N = {N[-1]}; its limit is π² = {math.pi**2:.4f}",
        ),
        Row(
            f"isotropic, N = {N[-1]}: largest distance of the magnetisation from cos(π(k + ½)/N), k from 0",
            "cosine spin profiles",
            f"{off:.4f}",
            bool(off < 2 / N[-1]),
            "the ends are a share 1/N off",
        ),
        Row(
            f"isotropic: connected ⟨σᶻσᶻ⟩ between the quarters of the chain, N = {listed(PAIRED, 'd')}",
            "long-range correlations",
            listed(far, ".4f"),
            bool(np.all(np.abs(far) > 1e-3)),
            "the same over a half of the chain at either length: it does not decay with the distance"
            if abs(far[1] / far[0] - 1) < 0.2
            else f"falls by a factor of {far[0] / far[1]:.2f} as the length doubles",
        ),
        Row(
            "Δ = 0.5: current at N = 100 over that at N = 50",
            "ballistic",
            f"{below[-1] / below[list(N).index(50)]:.12f}",
            bool(abs(below[-1] / below[list(N).index(50)] - 1) < 1e-6),
        ),
        Row(
            "Δ = 1.5: factor of the current for one more site, at N = 20 and at N = 100",
            "insulating: exponential fall",
            listed(np.exp(steps[[list(N).index(20), -1]]), ".6f"),
            bool(abs(steps[-1] / steps[list(N).index(20)] - 1) < 1e-3),
            f"exp(-arcosh Δ) = {math.exp(-math.acosh(1.5)):.6f}; J is {above[-1]:.3e} at N = 100",
        ),
        beyond(
            f"numeric steady states, N = {listed(numeric.sites.values, 'd')}: largest relative distance from the exact current",
            f"{apart.max():.1e}",
            "the two methods share nothing" if apart.max() < TOLERANCE else "they do NOT agree",
            paper="not said",
        ),
        beyond(
            "exact currents: largest bound, relative to the current",
            f"{float((formula.current_bound / formula.current).max()):.0e}",
            "proved, in ball arithmetic; all terms of the sums are positive",
            paper="not said",
        ),
    ]


RECIPES = (
    Recipe(
        "landmark-maximal-driving",
        "XXZ chain at maximal driving: exact currents to N = 100 beside numeric steady states",
        SOURCE,
        study,
        quick_differs=True,
    ),
)
