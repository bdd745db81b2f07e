"""Where the steady state of two sites is entangled (MT VI B), in closed form over the whole space of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq._checks import Real
from caloriq.results import Progress

if TYPE_CHECKING:
    import xarray as xr


def ratio(g: Real, gamma1: Real, gamma2: Real, s1: Real, s2: Real) -> Real:
    """|c|²/(p₀₀ p₁₁) of the steady state of two equal sites without dephasing: entangled where it exceeds 1.

    X state with c = Δ/2g, n₁ = s₁ - Δ/γ₁, n₂ = s₂ + Δ/γ₂ (MT 10), p₁₁ = n₁n₂ - c² (Gaussian), p₀₀ = 1 - n₁ - n₂ + p₁₁.
    All arguments broadcast.
    """
    delta = 4 * g**2 * gamma1 * gamma2 * (s1 - s2) / ((gamma1 + gamma2) * (4 * g**2 + gamma1 * gamma2))  # MT 11
    c2 = (delta / (2 * g)) ** 2
    n1, n2 = s1 - delta / gamma1, s2 + delta / gamma2
    both = n1 * n2 - c2
    none = 1 - n1 - n2 + both
    with np.errstate(divide="ignore", invalid="ignore"):
        out: Real = np.where(c2 > 0, c2 / (none * both), 0.0)
    return out


def region(points: int) -> xr.Dataset:
    """Largest ratio over the coupling for equal bath rates γ₁ = γ_N, on a grid of 0 ≤ s_N, s₁ ≤ 1/2 (MT Fig. 4).

    Only x = γ/g matters. A grid of x finds the best, and a finer one around it refines.
    """
    import xarray as xr

    s1 = np.linspace(0.0, 0.5, points)
    s2 = np.concatenate([[0.0], np.geomspace(1e-6, 0.5, points - 1)])
    one, two = s1[None, :], s2[:, None]
    best, where = np.zeros((points, points)), np.ones((points, points))
    for x in np.geomspace(1e-3, 1e3, 241):
        found = ratio(np.ones(1), x, x, one, two)
        where = np.where(found > best, x, where)
        best = np.maximum(best, found)
    for factor in np.geomspace(0.94, 1.06, 25):
        best = np.maximum(best, ratio(np.ones(1), where * factor, where * factor, one, two))
    best = np.where(one > two, best, np.nan)  # the other half by symmetry
    return xr.Dataset({"ratio": (("s2", "s1"), best)}, {"s1": s1, "s2": s2})


def equal_rates(points: int, progress: Progress | None = None) -> tuple[float, dict[str, float]]:
    """Largest ratio over occupations of both baths and the coupling for Γ₁ = Γ_N = 1, and where it lies.

    n̄ from 10⁻⁸ to 10⁴ and 0, g from 10⁻³ to 10³; `points` each.
    """
    hot = np.geomspace(1e-8, 1e4, points)
    cold = np.concatenate([[0.0], np.geomspace(1e-8, 1e4, points - 1)])
    g = np.geomspace(1e-3, 1e3, points)
    top, place = 0.0, {"hot": 0.0, "cold": 0.0, "g": 0.0}
    for i, n2 in enumerate(cold.tolist()):
        above = hot[hot > n2][:, None]
        if above.size == 0:
            break
        gamma1, gamma2 = 2 * above + 1, 2 * n2 + 1
        found = ratio(g[None, :], gamma1, gamma2, above / gamma1, n2 / gamma2)
        best = np.unravel_index(int(np.nanargmax(found)), found.shape)
        if found[best] > top:
            top = float(found[best])
            place = {"hot": float(above[best[0], 0]), "cold": n2, "g": float(g[best[1]])}
        if progress is not None:
            progress(i + 1, points)
    return top, place
