r"""y' = Ly by Taylor polynomials, with the remainder of every step bounded: nothing is guessed of the error.

The polynomial :math:`p(s)=\sum_{k\le m} s^k L^k y/k!` leaves the defect :math:`p'-Lp=-s^m L^{m+1}y/m!`. Where the norm of no
:math:`e^{Lt}` exceeds one, as for Lindblad generators in the trace norm, the error of a step is at most the integral of the
norm of the defect, :math:`s^{m+1}\|L^{m+1}y\|/(m+1)!`, and errors of steps add up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real

ORDER = 32  # of the polynomials: products of one step
GROWTH = 100.0  # of terms over the state itself, at most: two digits are lost to cancellation within a step
ROUNDINGS = 4.0  # of every term, in units of rounding
UNIT = float(np.finfo(float).eps) / 2

Vector = NDArray[Any]


class Instant(NamedTuple):
    """The solution at one of the times."""

    state: Vector
    error: float  # bound on the norm of its error: what all steps leave out, proved, and their rounding, counted
    products: int  # with L, so far


def followed(
    apply: Callable[[Vector], Vector], start: Vector, times: Real, norm: Callable[[Vector], float], tol: float
) -> Iterator[Instant]:
    """Solution at times that increase from 0 or later, one after the other.

    Parameters
    ----------
    apply : callable
        y ↦ Ly.
    start : array
        y at time 0.
    times : array, shape (T,)
        Instants.
    norm : callable
        At least the norm in which e^{Lt} does not grow.
    tol : float
        What all steps together may leave out.

    Yields
    ------
    Instant
        For every time.

    Notes
    -----
    Cost: 33 products for every step, which is some 2 over the norm of L. Memory: 34 vectors.
    """
    y, now, error, products, place = start, 0.0, 0.0, 0, 0
    last = float(times[-1])
    while place < times.size:
        if times[place] <= now:
            yield Instant(y, error, products)
            place += 1
            continue
        terms = [y]
        for k in range(1, ORDER + 2):
            terms.append(apply(terms[-1]) / k)
        products += ORDER + 1
        sizes = np.array([norm(one) for one in terms])
        h = min(_step(sizes, tol / last), last - now)
        end = last if h == last - now else now + h
        while place < times.size and times[place] < end:
            s = float(times[place]) - now
            yield Instant(_sum(terms, s), error + _left(sizes, s), products)
            place += 1
        y, error, now = _sum(terms, h), error + _left(sizes, h), end


def _step(sizes: Real, rate: float) -> float:
    """Longest step that leaves out no more than `rate` per time, and whose terms do not grow too large."""
    k = np.arange(len(sizes), dtype=float)
    with np.errstate(divide="ignore"):
        cut = (rate / sizes[-1]) ** (1 / ORDER)
        grown = (GROWTH * sizes[0] / sizes[1:]) ** (1 / k[1:])
    return float(min(cut, grown.min()))


def _left(sizes: Real, s: float) -> float:
    """Remainder of a step, and its rounding."""
    k = np.arange(len(sizes) - 1)
    rounding = ROUNDINGS * UNIT * float(((k + 1) * sizes[:-1] * s**k).sum())
    return float(sizes[-1] * s ** (ORDER + 1)) + rounding


def _sum(terms: list[Vector], s: float) -> Vector:
    """Σ_k s^k y_k by Horner's rule, without the last, which measures the remainder."""
    found = terms[-2].copy()
    for one in reversed(terms[:-2]):
        found *= s
        found += one
    return found
