"""Where the steady state of two sites is entangled (MT VI B), in closed form over the whole space of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.papers.common import counted, dataset
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


def formula(s1: float, s2: float, x: float) -> float:
    """Concurrence 2 max(0, |c| - √(p₀₀p₁₁)) of two equal sites with γ₁ = γ₂ = x g, from the same X state."""
    y, s = 1 / (4 + x**2), s1 - s2
    both, none = s1 * s2 + s**2 * y, (1 - s1) * (1 - s2) + s**2 * y
    return float(2 * max(0.0, x * abs(s) * y - np.sqrt(both * none)))


def margin(s1: Real | float, s2: Real | float) -> Real:
    r"""Positive where some coupling entangles two sites with γ₁ = γ₂; all arguments broadcast.

    With x = γ/g, u = (s₁ - s₂)²/(4 + x²), a = s₁s₂ and b = (1 - s₁)(1 - s₂) the state of `ratio` has p₁₁ = a + u,
    p₀₀ = b + u and |c|² = u - 4u²/(s₁ - s₂)². So |c|² > p₀₀p₁₁ is

    .. math:: (1 + 4/(s_1 - s_2)^2)u^2 - (1 - a - b)u + ab < 0,

    and some u between 0 and (s₁ - s₂)²/4 does that where the discriminant is positive: the vertex lies between them.
    Returned is the discriminant times (s₁ - s₂)².
    """
    s = s1 - s2
    a, b = s1 * s2, (1 - s1) * (1 - s2)
    out: Real = np.asarray(((1 - a - b) * s) ** 2 - 4 * (s**2 + 4) * a * b)
    return out


def boundary(s1: float) -> float:
    """Largest s₂ < s₁ at which two sites with γ₁ = γ₂ can be entangled; at s₁ = 1/2 it is ½ - √(√5 - 2)."""
    return float(scipy.optimize.brentq(lambda s2: float(margin(s1, s2)), 0.0, s1, xtol=1e-15, rtol=1e-14))


def threshold(s2: float) -> float:
    """Smallest s₁ ≤ 1/2 from which on two sites with γ₁ = γ₂ can be entangled at a given s₂; nan where none can."""
    if s2 == 0:
        return 0.0
    if margin(0.5, s2) <= 0:
        return float("nan")
    return float(scipy.optimize.brentq(lambda s1: float(margin(s1, s2)), s2, 0.5, xtol=1e-15, rtol=1e-14))


def region(points: int) -> xr.Dataset:
    """`margin` on a grid of 0 ≤ s_N, s₁ ≤ 1/2, and the boundary s_N(s₁) of the region of entanglement (MT Fig. 4)."""
    s1 = np.linspace(0.0, 0.5, points)
    s2 = np.concatenate([[0.0], np.geomspace(1e-6, 0.5, points - 1)])
    value = np.where(s1[None, :] > s2[:, None], margin(s1[None, :], s2[:, None]), np.nan)  # the rest by symmetry
    edge = np.array([0.0, *(boundary(one) for one in s1[1:].tolist())])
    return dataset({"margin": (("s2", "s1"), value), "boundary": ("s1", edge)}, {"s1": s1, "s2": s2})


def equal_rates(points: int, progress: Progress | None = None) -> tuple[float, dict[str, float]]:
    """Largest ratio over occupations of both baths and the coupling for Γ₁ = Γ_N = 1, and where it lies.

    n̄ from 10⁻⁸ to 10⁴ and 0, g from 10⁻³ to 10³; `points` each.
    """
    hot = np.geomspace(1e-8, 1e4, points)
    cold = np.concatenate([[0.0], np.geomspace(1e-8, 1e4, points - 1)])
    g = np.geomspace(1e-3, 1e3, points)
    top, place = 0.0, {"hot": 0.0, "cold": 0.0, "g": 0.0}
    for n2 in counted(cold.tolist(), progress):
        above = hot[hot > n2][:, None]
        if above.size == 0:
            break
        gamma1, gamma2 = 2 * above + 1, 2 * n2 + 1
        found = ratio(g[None, :], gamma1, gamma2, above / gamma1, n2 / gamma2)
        best = np.unravel_index(int(np.nanargmax(found)), found.shape)
        if found[best] > top:
            top = float(found[best])
            place = {"hot": float(above[best[0], 0]), "cold": n2, "g": float(g[best[1]])}
    return top, place
