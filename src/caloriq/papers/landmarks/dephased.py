"""Žnidarič, J. Stat. Mech. L05002 (2010) and NJP 12, 043001 (2010): dephasing makes XX and XXZ chains diffusive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from caloriq._checks import Real
from caloriq.papers.common import counted, dataset
from caloriq.papers.landmarks import figures
from caloriq.papers.landmarks.chains import falls, listed, weak
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond, within
from caloriq.results import Progress
from caloriq.steady.bounds import RELATIVE as KNOWN
from caloriq.steady.methods import ClosedForm, Sector, TwoPoint
from caloriq.steady.solve import steady_state
from caloriq.transport.laws import laws, unexplained

if TYPE_CHECKING:
    import xarray as xr

SOURCE = (
    "M. Žnidarič, J. Stat. Mech. L05002 (2010), doi:10.1088/1742-5468/2010/05/L05002; "
    "M. Žnidarič, New J. Phys. 12, 043001 (2010), doi:10.1088/1367-2630/12/4/043001"
)
DEPHASINGS = (0.0, 0.1, 1.0)
SIZES = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1000)
CHECKED = 64  # sites up to which the two-point set is solved beside the closed form
ANISOTROPIES = (0.5, 1.0, 1.5)
SHORT = (4, 5, 6, 7, 8, 9, 10)  # by the sector
LONG = (16, 32)  # by tensor networks: three minutes
DRIVE = 0.2
SPAN = 4.0  # longest over shortest length of a line
STRAIGHT = 0.02  # of 1/J, by which an interacting chain may miss its line


def study(quick: bool, progress: Progress | None) -> Outcome:
    """The XX chain by its closed form to N = 1000, the XXZ chain by the sector, and correlations across the XX chain."""
    short = SHORT[:5] if quick else SHORT
    free = np.array(
        [
            [steady_state(weak(n, 0.0, DRIVE, dephasing=g), method=ClosedForm()).current for n in SIZES]
            for g in DEPHASINGS
        ]
    )
    few = [n for n in SIZES if n <= CHECKED]
    other = np.array(
        [[steady_state(weak(n, 0.0, DRIVE, dephasing=g), method=TwoPoint()).current for n in few] for g in DEPHASINGS]
    )
    lengths = short if quick else (*short, *LONG)
    interacting, errors = np.empty((2, len(ANISOTROPIES), len(lengths)))
    points = [(i, k) for i in range(len(ANISOTROPIES)) for k in range(len(lengths))]
    for i, k in counted(points, progress, lambda point: float(lengths[point[1]]) ** 2):
        found = steady_state(weak(lengths[k], ANISOTROPIES[i], DRIVE, dephasing=1.0))
        interacting[i, k], errors[i, k] = found.current, found.current_bound
    data = dataset(
        {
            "free": (("dephasing", "sites"), free),
            "two_point": (("dephasing", "checked"), other),
            "interacting": (("anisotropy", "length"), interacting),
            "interacting_error": (("anisotropy", "length"), errors),
            "correlation": (("driven", "short"), correlations(short)),
        },
        {
            "dephasing": list(DEPHASINGS),
            "sites": list(SIZES),
            "checked": few,
            "anisotropy": list(ANISOTROPIES),
            "length": list(lengths),
            "short": list(short),
            "driven": [DRIVE, 0.0],
        },
        {"models": json.dumps([weak(lengths[-1], d, DRIVE, dephasing=1.0).to_mapping() for d in ANISOTROPIES])},
    )
    return Outcome(tuple(rows(data)), {"dephased": data}, figures.dephased(data))


def correlations(sizes: tuple[int, ...]) -> Real:
    """Largest connected ⟨σᶻσᶻ⟩ of sites half a chain apart, dephased XX chain, driven and not, shape (2, K)."""
    found = np.empty((2, len(sizes)))
    for i, drive in enumerate((DRIVE, 0.0)):
        for k, n in enumerate(sizes):
            state = steady_state(weak(n, 0.0, drive, dephasing=1.0), method=Sector())
            pairs, one = state.pair_correlations, state.populations
            assert pairs is not None
            connected = 4 * (pairs - np.outer(one, one))
            found[i, k] = max(abs(connected[j, j + n // 2]) for j in range(n - n // 2))
    return found


def rows(data: xr.Dataset) -> list[Row]:
    """What the two papers say, and the numbers."""
    N, free = data.sites.values, data.free.values
    clean, _, dephased = free
    inverse = 1 / dephased
    line = inverse[0] + (inverse[-1] - inverse[0]) * (N - N[0]) / (N[-1] - N[0])
    same = np.abs(data.two_point.values / free[:, : data.sizes["checked"]] - 1).max()
    short, L = data.short.values, data.length.values.astype(float)
    there = L[-1] / SPAN <= L  # the shortest are contacts alone
    L, J, error = L[there], data.interacting.values[:, there], data.interacting_error.values[:, there]
    lines = [laws(L, one, np.where(e > KNOWN * one, e, 0.0)) for one, e in zip(J, error, strict=True)]
    misfits = [unexplained(L, one, line)[0] for one, line in zip(J, lines, strict=True)]
    worst = (error / J).max(axis=1)
    even = short % 2 == 0  # of the others no two sites are half a chain apart
    with_drive, without = data.correlation.values[:, even]
    return [
        Row(
            "XX, γ = 1: exponent of J ∝ N^(-γ) at N = 512 to 1000",
            "1 (diffusive)",
            f"{falls(N, dephased)[-1]:.4f}",
            within(falls(N, dephased)[-1], 0.99, 1.01),
            f"1/J is a straight line to {np.abs(inverse / line - 1).max():.0e}",
        ),
        Row(
            "XX without dephasing: current at N = 1000 over that at N = 2",
            "1 (ballistic; a transition at zero dephasing)",
            f"{clean[-1] / clean[0]:.12f}",
            bool(abs(clean[-1] / clean[0] - 1) < 1e-9),
        ),
        Row(
            f"XX, γ = 1, μ = {DRIVE:g}: connected ⟨σᶻσᶻ⟩ half a chain apart, N = {listed(short[even], 'd')}",
            "long-range, and decays to zero with the length",
            listed(with_drive, ".1e"),
            bool(np.all(with_drive > 1e-7) and np.all(np.diff(with_drive) < 0)),
            f"without a drive {without.max():.0e}: it comes of the difference, as the paper says",
        ),
        *(
            Row(
                f"XXZ, Δ = {d:g}, γ = 1: largest deviation of 1/J from a straight line, N = {L[0]:g} to {L[-1]:g}",
                "diffusive",
                f"{misfit:.1e}",
                bool(misfit < max(STRAIGHT, 3 * off)),
                f"local exponents {listed(falls(L, one))}; the currents are known to {off:.0e}; a straight line is needed, and no proof",
            )
            for d, misfit, one, off in zip(ANISOTROPIES, misfits, J, worst, strict=True)
        ),
        beyond(
            f"XX: largest relative distance of closed form and two-point set, N to {CHECKED}",
            f"{same:.0e}",
            paper="not said",
        ),
    ]


RECIPES = (
    Recipe(
        "landmark-dephasing",
        "dephased XX and XXZ chains: diffusive at any dephasing, ballistic without",
        SOURCE,
        study,
        quick_differs=True,
    ),
)
