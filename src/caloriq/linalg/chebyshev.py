r"""Chebyshev expansion of the propagator: :math:`e^{-iHt} = e^{-ict}\sum_k (2-\delta_{k0})(-i)^k J_k(rt)\,T_k((H-c)/r)`.

Source: Tal-Ezer and Kosloff, J. Chem. Phys. 81, 3967 (1984), doi:10.1063/1.448136.
"""

from __future__ import annotations

import math

import numpy as np

from caloriq._checks import Real


def bessel_table(x: Real, tol: float) -> tuple[Real, float]:
    r"""Bessel functions J_k(x), shape (K, T), for T arguments that are not negative, and the bound reached on their tails.

    K is the first order with a tail :math:`\sum_{k\ge K} 2|J_k(x)|` below `tol` for the largest x. By Miller's backward
    recurrence, normalised with :math:`J_0 + 2\sum J_{2k} = 1`; relative rounding error about 1e-15 K; cost 2 K T operations.
    """
    largest = float(x.max(initial=0.0))
    top = 2 * ((order_bound(largest, tol) + 30) // 2) + 2
    J = np.zeros((top + 1, x.size))
    nothing = x < 1e-18  # J_0 = 1 and J_k = 0 to rounding
    safe = np.where(nothing, 1.0, x)
    above = np.zeros(x.size)
    here = np.full(x.size, 1e-290)
    total = np.zeros(x.size)
    for k in range(top, -1, -1):
        J[k] = here
        if k % 2 == 0:
            total += here if k == 0 else 2 * here
        above, here = here, 2 * k / safe * here - above
        big = np.abs(here) > 1e200
        if np.any(big):
            for array in (above, here, total):
                array[big] *= 1e-250
            J[k:, big] *= 1e-250
    J /= total
    J[:, nothing] = 0.0
    J[0, nothing] = 1.0
    tails = 2 * np.cumsum(np.abs(J[::-1]).max(axis=1))[::-1]  # bounds the tail for every x at once
    keep = int(np.argmax(tails <= tol)) if np.any(tails <= tol) else top
    keep = max(keep, 1)
    return J[:keep], float(tails[keep]) if keep < tails.size else 0.0


def order_bound(x: float, tol: float) -> int:
    """Order from which |J_k(x)| is far below `tol`, by the bound DLMF 10.14.5, found by doubling and bisection."""
    goal = math.log(tol) - 5.0

    def log_bound(k: int) -> float:
        # |J_k(k sech a)| <= exp(k (tanh a - a)) for k > x (DLMF 10.14.5)
        a = math.acosh(k / x)
        return k * (math.tanh(a) - a)

    if x < 1e-18:
        return 1
    low, high = math.ceil(x) + 1, 2 * math.ceil(x) + 60
    while log_bound(high) > goal:
        high *= 2
    while high - low > 1:
        mid = (low + high) // 2
        low, high = (mid, high) if log_bound(mid) > goal else (low, mid)
    return high
