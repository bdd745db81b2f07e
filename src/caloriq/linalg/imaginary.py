r"""e^{-K} on any hermitian operator: by Chebyshev polynomials.

:math:`e^{-(K-c)} = \sum_k (2-\delta_{k0})(-1)^k I_k(a) T_k((K-c)/a)` on a spectrum within c ± a (Kosloff, Tal-Ezer, Chem. Phys. Lett.
127, 223 (1986), doi:10.1016/0009-2614(86)80262-7).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from caloriq._checks import Complex, Real
from caloriq.linalg.products import Propagated

DEEPEST = 12.0  # e-foldings by which a vector is expected to shorten at most; the bound says if it was more
EPS = float(np.finfo(float).eps)


class Cooled(NamedTuple):
    """Vectors e^{-K}x, normalised."""

    states: Complex  # shape (D, k)
    logarithms: Real  # of the norms of e^{-K}x, for unit x, shape (k,)
    bound: float  # on the error of a state in norm: truncation and rounding
    products: int


def cooled(operator: Propagated, starts: Complex, interval: tuple[float, float], tol: float) -> Cooled:
    """e^{-K} x of unit columns x, shape (D, k), for K with its spectrum in the interval.

    Cost: about (2 a ln 1/tol)^½ products for each column once a, half the width, is large. e^{-(K - lowest)} of a random vector is no
    shorter than its part in the lowest state: D^(-½), where the interval is tight.
    """
    low, high = interval
    shift, scale = (high + low) / 2, max((high - low) / 2, 1e-300)
    c, tail = series(scale, tol * float(np.exp(-min(scale, DEEPEST))))

    def applied(s: Real) -> Real:
        y = operator.apply(s)
        y -= shift * s
        y /= scale
        return y

    before = operator.split(starts)
    total = c[0] * before
    here = applied(before)
    for k, one in enumerate(c[1:]):
        total += one * here
        if k + 2 < len(c):
            after = applied(here)
            after *= 2
            after -= before
            before, here = here, after
    states = operator.join(total, block=True)
    lengths = np.linalg.norm(states, axis=0)
    bound = (tail + 4 * EPS * len(c)) / float(lengths.min())
    return Cooled(states / lengths, np.log(lengths) - low, bound, (len(c) - 1) * starts.shape[1])


def series(a: float, tol: float) -> tuple[Real, float]:
    """(2 - δ)(-1)^k e^{-a} I_k(a), and the tail that is left out."""
    k = np.arange(int(60 + min(a, 12 * np.sqrt(a + 1)) * 2))
    c = special.ive(k, a) * np.where(k, 2.0, 1.0)
    tails = np.append(np.cumsum(c[::-1])[::-1][1:], 0.0)
    keep = 1 + int(np.argmax(tails <= tol))
    return c[:keep] * np.where(k[:keep] % 2, -1.0, 1.0), float(tails[keep - 1])
