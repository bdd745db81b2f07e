r"""e^{tA} by Chebyshev polynomials where the numerical range of A lies in a strip: A = L - D, L antisymmetric, 0 ≤ D ≤ d.

With :math:`B=(A+d/2)/r` and :math:`\varphi_0=1,\ \varphi_1=B,\ \varphi_{n+1}=2B\varphi_n+\varphi_{n-1}`,

.. math:: e^{\tau A}=e^{-d\tau/2}\sum_n (2-\delta_{n0})\,J_n(r\tau)\,\varphi_n(B).

The numerical range of B lies in the rectangle |Re| ≤ d/2r, |Im| ≤ ‖L‖/r, and so in an ellipse of foci ±i whose half axes add up
to ρ: there ‖φ_n(B)‖ ≤ (1 + √2) ρ^n (M. Crouzeix, C. Palencia, SIAM J. Matrix Anal. Appl. 38, 649 (2017),
doi:10.1137/17M1116672), and 1 where d = 0. So what a series leaves out is bounded, not guessed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from caloriq._checks import Real
from caloriq.linalg.chebyshev import bessel_table

CROUZEIX = 1 + math.sqrt(2)
GROWTH = 1e2  # of the polynomials over the exponential within one step, at most: digits that rounding costs
WIDE = (1.0, 1.02, 1.05, 1.1, 1.2, 1.4, 2.0)  # r over ‖L‖ + d/2 that are tried
ROUNDING = 4 * float(np.finfo(float).eps) / 2  # of one product and its recurrence, of the largest vector in it


class Strip(NamedTuple):
    """How a time is gone through in equal steps.

    Attributes
    ----------
    steps : int
        How many.
    length : float
        Of each.
    radius, shift : float
        r and d/2.
    coefficients : array, shape (K,)
        e^{-dτ/2} (2 - δ) J_n(rτ) for one whole step: K - 1 products.
    left_out, rounding : float
        Bounds on the norm of what a step leaves out, and of its rounding, for a vector of norm 1.
    growth : float
        ρ.
    """

    steps: int
    length: float
    radius: float
    shift: float
    coefficients: Real
    left_out: float
    rounding: float
    growth: float

    @property
    def products(self) -> int:
        """Of all steps."""
        return self.steps * (len(self.coefficients) - 1)

    def weights(self, times: Real, orders: int) -> Real:
        """e^{-dt/2} (2 - δ) J_n(rt) of orders below a number, shape (times, orders)."""
        J, _ = bessel_table(self.radius * times, 1e-18)
        found = np.zeros((times.size, orders))
        n = min(orders, len(J))
        found[:, :n] = 2 * np.exp(-self.shift * times)[:, None] * J[:n].T
        found[:, 0] /= 2
        return found

    def remainder(self, time: float, orders: int) -> float:
        """Bound on what the series of a time leaves out that stops before an order, for vectors of norm 1."""
        return _remainder(self.radius * time, self.shift * time, orders, self.growth)


def strip(norm: float, damping: float, time: float, tol: float, *, longest: float = math.inf) -> Strip:
    """Steps through a time with the fewest products.

    Parameters
    ----------
    norm : float
        Of L, at most.
    damping : float
        d, the largest of D.
    time : float
        To go through, above 0.
    tol : float
        What all steps may leave out of a vector of norm 1.
    longest : float
        No step is longer.
    """
    best: Strip | None = None
    steps = max(1, math.ceil(time / longest)) if math.isfinite(longest) else 1
    for _ in range(60):
        for wide in WIDE if damping else WIDE[:1]:
            one = _planned(norm, damping, time, steps, tol, wide)
            if one is not None and (best is None or one.products < best.products):
                best = one
        if best is not None and steps > 2 * best.steps:
            break
        steps = steps + max(1, steps // 4)
    assert best is not None  # short steps do not grow
    return best


def _planned(norm: float, damping: float, time: float, steps: int, tol: float, wide: float) -> Strip | None:
    """Steps of one length with one r; None where polynomials grow too much."""
    shift, tau = damping / 2, time / steps
    r = wide * (norm + shift)
    rho = ellipse(norm / r, shift / r)
    x = r * tau
    J, _ = bessel_table(np.array([x]), 1e-30)
    bound = 1.0 if rho == 1 else CROUZEIX
    orders = np.arange(len(J))
    sizes = 2 * math.exp(-shift * tau) * np.abs(J[:, 0]) * bound * rho**orders
    tails = np.cumsum(sizes[::-1])[::-1]
    enough = np.flatnonzero(tails <= tol / steps)
    if not enough.size or sizes.max() > GROWTH:
        return None
    K = max(int(enough[0]), 2)
    coefficients = 2 * math.exp(-shift * tau) * J[:K, 0]
    coefficients[0] /= 2
    rounding = ROUNDING * float(((orders[:K] + 1) * sizes[:K]).sum())
    return Strip(steps, tau, r, shift, coefficients, float(tails[K]) if len(tails) > K else 0.0, rounding, rho)


def ellipse(height: float, width: float) -> float:
    """Sum ρ of the half axes of the smallest ellipse with foci ±i that holds |Im| ≤ height ≤ 1, |Re| ≤ width."""
    if width == 0:
        return 1.0
    # (h/a)² + (w/b)² = 1 with a² = 1 + b²: b⁴ + (1 - h² - w²) b² - w² = 0
    p = 1 - height**2 - width**2
    b2 = (-p + math.sqrt(p * p + 4 * width**2)) / 2
    return math.sqrt(b2) + math.sqrt(1 + b2)


def _remainder(x: float, shrunk: float, orders: int, rho: float) -> float:
    J, _ = bessel_table(np.array([x]), 1e-30)
    n = np.arange(orders, len(J))
    bound = 1.0 if rho == 1 else CROUZEIX
    return float((2 * math.exp(-shrunk) * np.abs(J[orders:, 0]) * bound * rho**n).sum()) if n.size else 0.0
