r"""One vector at several later times, in place: :math:`x\to e^{-i(H-c)t_j}x` for all j from one Chebyshev series.

The vectors :math:`T_k((H-c)/r)x` are the same for all times, and a series takes little more than :math:`rt` orders for the last one: the
more times it serves, the fewer products each of them costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.linalg import kernels
from caloriq.linalg.chebyshev import bessel_table, order_bound
from caloriq.linalg.pauli_plan import aligned
from caloriq.linalg.products import InPlace, Products

SHARE_ABOVE = 2**15  # real numbers of a vector; below, one thread is done before others wake
DIGITS = 13  # of a step
COST = 0.5  # of adding one order to one sum, two at a time, in vectors that are added to a sum


@final
class Room:
    """Vectors of one length that are taken and given back.

    Attributes
    ----------
    numbers : array of float, shape (rows, padded)
        Of all vectors, real and imaginary parts side by side; what fills up the last tile of a row stays 0.
    """

    def __init__(self, rows: int, dimension: int) -> None:
        self.compiled: Any = kernels.compiled("caloriq.linalg._pairs_compiled")
        self.w = kernels.compiled("caloriq.linalg._tiles_compiled").length(np.dtype(float).itemsize)
        self.dimension = dimension
        padded = -(-2 * dimension // self.w) * self.w
        self.numbers = aligned((rows, padded), np.dtype(float))
        self.numbers[:, 2 * dimension :] = 0.0
        self.free = list(range(rows))
        self.turn = np.where(np.arange(self.w) & 1, -1.0, 1.0)

    def take(self) -> int:
        """A row that nobody uses."""
        return self.free.pop()

    def give(self, *rows: int) -> None:
        """Rows that are used no longer."""
        self.free += rows

    def __getitem__(self, row: int) -> Complex:
        """The vector of a row, shape (D,), in place."""
        found: Complex = self.numbers[row, : 2 * self.dimension].view(complex)
        return found

    def __setitem__(self, row: int, x: Complex | float) -> None:
        self[row][...] = x

    def add(
        self,
        even: int,
        odd: int,
        a: Real,
        b: Real,
        totals: NDArray[np.int64],
        against: NDArray[np.int64],
        *,
        fresh: bool,
    ) -> Complex:
        """Put a_i x - i b_i y to rows `totals`, or there, for the last i; products of rows `against` with it for the first.

        x and y are the rows of two orders. Sums over pieces are the same for any number of threads.
        """
        length = self.numbers.shape[1]
        found = np.empty((-(-length // self.compiled.PIECE), len(against), 2))
        own = self.numbers.reshape(-1), self.w, even * length, odd * length, a, b
        given = length, *own, totals * length, against * length, self.turn, fresh, found
        threads = kernels.threads_now() if length >= SHARE_ABOVE else 1
        if threads == 1:
            self.compiled.add_pieces(0, len(found), *given)
        else:
            self.compiled.add(threads, *given)
        products: Complex = found.sum(axis=0) @ np.array([1.0, 1.0j])
        return products


@final
class Recurrence:
    """Chebyshev vectors of one operator.

    Parameters
    ----------
    operator : Products
        H.
    interval : (float, float)
        Holds the spectrum; c is its middle, r half its width.
    """

    def __init__(self, operator: Products, interval: tuple[float, float]) -> None:
        low, high = interval
        self.operator = operator
        self.shift, self.scale = (low + high) / 2, max((high - low) / 2, 1e-300)

    @cached_property
    def advance(self) -> InPlace:
        """Puts 2 (H - c)/r x - y into y."""
        return self.operator.recurrence(2 / self.scale, self.shift)

    def cost(self, times: Sequence[float], tol: float) -> float:
        """Of one series for some times, in vectors that are added to a sum."""
        orders = [order_bound(self.scale * one, tol) for one in times]
        return max(orders) * self.operator.product_cost + COST * sum(orders)


@final
class Series:
    """One vector at several times; but for the phase e^{-ict}, the same for all vectors.

    Parameters
    ----------
    recurrence : Recurrence
        Of H.
    times : sequence of float
        Ascending, from the vector's own time on.
    tol : float
        Bound on what a series leaves out of a vector of norm 1.
    back : bool
        Whether to times before that of the vector, as far from it.

    Attributes
    ----------
    left_out : tuple of float
        That bound for every time.
    """

    def __init__(self, recurrence: Recurrence, times: Sequence[float], tol: float, *, back: bool = False) -> None:
        self.recurrence = recurrence
        J, rest = bessel_table(recurrence.scale * np.asarray(times, dtype=float), tol)
        tails = 2 * np.cumsum(np.abs(J[::-1]), axis=0)[::-1] + rest
        tails = np.vstack([tails, np.full(len(times), rest)])
        # every time has orders of its own: those of earlier ones are fewer
        self.orders = np.maximum(1, np.argmax(tails <= tol, axis=0))
        self.left_out = tuple(tails[self.orders, np.arange(len(times))].tolist())
        k = np.arange(len(J))[:, None]
        # e^{-i(H-c)t} = Σ (2 - δ) (-i)^k J_k(rt) T_k((H - c)/r)
        self.coefficients: Real = np.where(k, 2, 1) * J * np.where(k // 2 % 2, -1, 1) * (k < self.orders)
        if back:  # J_k(-rt) = (-1)^k J_k(rt)
            self.coefficients[1::2] *= -1

    @property
    def products(self) -> int:
        """Of one series."""
        return int(self.orders.max()) - 1

    def run(self, room: Room, now: int, totals: Sequence[int], against: Sequence[int] = ()) -> Complex:
        """Put the vector of row `now` at the last times into rows `totals`; that row is given back.

        At the times before, its products with rows `against` are returned, ⟨bra|vector⟩, which needs no vector for each.
        """
        c, advance = self.coefficients, self.recurrence.advance
        rows, bras = np.array(totals, dtype=np.int64), np.array(against, dtype=np.int64)
        other, found = room.take(), np.zeros(bras.size, dtype=complex)
        for k in range(0, self.products + 1, 2):
            more = k < self.products
            if k:
                advance(room[other], room[now])
            if more and k:
                advance(room[now], room[other])
            elif more:  # T_1 is half of what the recurrence makes of nothing
                room[other] = 0.0
                advance(room[now], room[other])
                room[other] *= 0.5
            first = int(np.argmax(self.orders > k))  # earlier times have ended
            a, b = c[k, first:], c[k + 1, first:] if more else np.zeros(len(self.orders) - first)
            left, right = bras[first:], rows[max(0, first - bras.size) :]
            found[first:] += room.add(now, other if more else now, a, b, right, left, fresh=k == 0)
        room.give(now, other)
        return found


def grouped(
    recurrence: Recurrence, times: Real, tol: float, most: int
) -> tuple[list[tuple[int, Series | None]], float]:
    """How many times each series serves, and the series, None for time 0; and what is left out of a vector at any time, at most.

    Times ascend from 0 or later. As many of them, up to `most`, are taken together as make each of them cheapest.
    """
    # equal steps are one but for rounding, in any unit of time
    steps = [float(f"{one:.{DIGITS}g}") for one in np.diff(times, prepend=0.0).tolist()]
    own = tol / len(steps)
    groups: list[tuple[int, Series | None]] = [(1, None)] if steps[0] == 0 else []
    made: dict[tuple[float, ...], Series] = {}
    costs: dict[tuple[float, ...], float] = {}
    so_far, largest, n = 0.0, 0.0, len(groups)
    while n < len(steps):
        choices = [tuple(steps[n : n + count]) for count in range(1, min(most, len(steps) - n) + 1)]
        for key in choices:
            if key not in costs:
                costs[key] = recurrence.cost(np.cumsum(key).tolist(), own) / len(key)
        best = min(choices, key=lambda key: costs[key])
        if best not in made:
            made[best] = Series(recurrence, np.cumsum(best).tolist(), own)
        series = made[best]
        groups.append((len(best), series))
        largest = max(largest, so_far + max(series.left_out))  # what was left out before is still missing
        so_far += series.left_out[-1]
        n += len(best)
    return groups, largest
