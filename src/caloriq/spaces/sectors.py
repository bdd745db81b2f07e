"""Sectors: product states in which numbers of the sites add up to given totals, or to totals but for a multiple of a modulus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.spaces.additive import Additive
from caloriq.spaces.basis import Basis, Indices, weights

SAME = 1e-9  # totals that differ by less are one
DIGITS = 9

Totals = tuple[float, ...]  # of every number


def dimensions(numbers: Sequence[Additive], most: int | None = None) -> dict[Totals, int]:
    """How many product states there are by the totals of the numbers; cost by the number of different totals.

    Nothing where there are more than `most` different totals.
    """
    found: Counter[Totals] = Counter({(0.0,) * len(numbers): 1})
    for x in range(len(numbers[0].levels)):
        found = _added(found, numbers, x)
        if most is not None and len(found) > most:
            return {}
    return dict(sorted(found.items()))


def dimension(numbers: Sequence[Additive], totals: Sequence[float]) -> int:
    """How many product states have given totals; cost by the number of different totals that can still reach them."""
    found: Counter[Totals] = Counter({(0.0,) * len(numbers): 1})
    wanted = [reduced(total, number) for total, number in zip(totals, numbers, strict=True)]
    reaches = [_reach(number.levels[::-1])[::-1] for number in numbers]  # of the sites from x on
    for x in range(len(numbers[0].levels)):
        found = _added(found, numbers, x)
        for k, (number, total, reach) in enumerate(zip(numbers, wanted, reaches, strict=True)):
            if not number.modulus:
                low, high = reach[x + 1]
                able = {t: n for t, n in found.items() if t[k] + low <= total + SAME and t[k] + high >= total - SAME}
                found = Counter(able)
    return sum(n for t, n in found.items() if all(abs(a - b) <= SAME for a, b in zip(t, wanted, strict=True)))


def reduced(total: float, number: Additive) -> float:
    """A total without its rounding, and without multiples of the modulus."""
    found = round(total, DIGITS) + 0.0
    return found % number.modulus if number.modulus else found


def _added(found: Counter[Totals], numbers: Sequence[Additive], x: int) -> Counter[Totals]:
    """The totals with one more site."""
    steps = Counter(zip(*(number.levels[x] for number in numbers), strict=True))
    added: Counter[Totals] = Counter()
    for totals, count in found.items():
        for step, times in steps.items():
            key = tuple(reduced(a + b, of) for a, b, of in zip(totals, step, numbers, strict=True))
            added[key] += count * times
    return added


def _reach(levels: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """Least and largest sum over the first x sites, x = 0..N."""
    ends = np.cumsum([(0.0, 0.0), *((min(q), max(q)) for q in levels)], axis=0)
    return [(low, high) for low, high in ends.tolist()]


def sector(numbers: Sequence[Additive], totals: Sequence[float]) -> Basis:
    """Basis of the states with given totals: site by site from the last, without those that cannot reach them."""
    every, N = tuple(map(len, numbers[0].levels)), len(numbers[0].levels)
    w = weights(every, N)
    keys, sums = np.zeros(1, dtype=w.dtype), np.zeros((1, len(numbers)))
    reaches = [_reach(number.levels) for number in numbers]
    for x in reversed(range(N)):
        own = np.array([number.levels[x] for number in numbers]).T  # (d, Q)
        keys = (keys[:, None] + w[x] * np.arange(every[x])).ravel()
        sums = (sums[:, None, :] + own).reshape(-1, len(numbers))
        for k, (number, total, reach) in enumerate(zip(numbers, totals, reaches, strict=True)):
            if number.modulus and x:
                continue
            able = _able(sums[:, k], total, reach[x], number.modulus)
            keys, sums = keys[able], sums[able]
    return Basis(every, N, keys)


def inside(states: Indices, numbers: Sequence[Additive], totals: Sequence[float]) -> NDArray[np.bool_]:
    """Which product states, given as levels of shape (S, N), have given totals."""
    found = np.ones(len(states), dtype=bool)
    for number, total in zip(numbers, totals, strict=True):
        sums = sum((np.asarray(q)[states[:, x]] for x, q in enumerate(number.levels)), np.zeros(len(states)))
        found &= _able(sums, total, (0.0, 0.0), number.modulus)
    return found


def _able(sums: Real, total: float, reach: tuple[float, float], modulus: int) -> NDArray[np.bool_]:
    """Which sums can still reach a total."""
    if modulus:
        apart = (sums - total) / modulus
        return np.asarray(np.abs(apart - np.round(apart)) <= SAME)
    return np.asarray((sums + reach[0] <= total + SAME) & (sums + reach[1] >= total - SAME))
