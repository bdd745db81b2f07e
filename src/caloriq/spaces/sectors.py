"""Sectors: product states in which numbers of the sites add up to given totals, or to totals but for a multiple of a modulus."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.spaces.additive import Additive
from caloriq.spaces.basis import Basis, Indices, weights

SAME = 1e-9  # totals that differ by less, relative to the largest value of a level, are one
ROUNDING = 1e-2  # of that, which sums that are equal may differ by
DIGITS = 10  # of that value, that a total is told with

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
    told = {tuple(map(reduced, totals, numbers)): count for totals, count in found.items()}
    return dict(sorted(told.items()))


def dimension(numbers: Sequence[Additive], totals: Sequence[float]) -> int:
    """How many product states have given totals; cost by the number of different totals that can still reach them."""
    found: Counter[Totals] = Counter({(0.0,) * len(numbers): 1})
    wanted = [reduced(total, number) for total, number in zip(totals, numbers, strict=True)]
    same = [tolerance(number) for number in numbers]
    reaches = [_reach(number.levels[::-1])[::-1] for number in numbers]  # of the sites from x on
    for x in range(len(numbers[0].levels)):
        found = _added(found, numbers, x)
        for k, (number, total, reach) in enumerate(zip(numbers, wanted, reaches, strict=True)):
            if not number.modulus:
                low, high = reach[x + 1]
                least, most = total - same[k] - high, total + same[k] - low
                found = Counter({t: n for t, n in found.items() if least <= t[k] <= most})
    return sum(n for t, n in found.items() if all(abs(a - b) <= c for a, b, c in zip(t, wanted, same, strict=True)))


def tolerance(number: Additive) -> float:
    """By how much sums differ that are one but for rounding."""
    return SAME * _largest(number)


def _largest(number: Additive) -> float:
    return max(max(map(abs, q)) for q in number.levels) or 1.0


def reduced(total: float, number: Additive) -> float:
    """A total without its rounding, and without multiples of the modulus."""
    found = round(total, DIGITS - math.floor(math.log10(_largest(number)))) + 0.0
    return found % number.modulus if number.modulus else found


def _added(found: Counter[Totals], numbers: Sequence[Additive], x: int) -> Counter[Totals]:
    """The totals with one more site."""
    steps = Counter(zip(*(number.levels[x] for number in numbers), strict=True))
    added: Counter[Totals] = Counter()
    moduli = [number.modulus or math.inf for number in numbers]
    for totals, count in found.items():
        for step, times in steps.items():
            key = tuple([a + b if c == math.inf else (a + b) % c for a, b, c in zip(totals, step, moduli, strict=True)])
            added[key] += count * times
    return _merged(added, numbers)


def _merged(found: Counter[Totals], numbers: Sequence[Additive]) -> Counter[Totals]:
    """Totals that are one but for rounding, together: of a run of values that are close the lowest stands for all.

    Raises
    ------
    InvalidInput
        If values of a number are so close that sums are neither equal nor apart.
    """
    places: list[dict[float, float]] = []
    for k, number in enumerate(numbers):
        values, same, place = sorted({totals[k] for totals in found}), tolerance(number), {}
        first = last = values[0]
        for value in values:
            first, last = first if value - last <= same else value, value
            if value - first > ROUNDING * same:
                raise InvalidInput(
                    f"`conserved` must have sums that are equal or apart by more than {SAME:g} of the largest value, but two of {number.name} are closer (got {first:.12g} and {value:.12g}); leave it out"
                )
            place[value] = first
        places.append(place)
    if all(len(place) == len(set(place.values())) for place in places):
        return found
    merged: Counter[Totals] = Counter()
    for totals, count in found.items():
        merged[tuple([place[total] for place, total in zip(places, totals, strict=True)])] += count
    return merged


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
            able = _able(sums[:, k], total, reach[x], number)
            keys, sums = keys[able], sums[able]
    return Basis(every, N, keys)


def inside(states: Indices, numbers: Sequence[Additive], totals: Sequence[float]) -> NDArray[np.bool_]:
    """Which product states, given as levels of shape (S, N), have given totals."""
    found = np.ones(len(states), dtype=bool)
    for number, total in zip(numbers, totals, strict=True):
        sums = sum((np.asarray(q)[states[:, x]] for x, q in enumerate(number.levels)), np.zeros(len(states)))
        found &= _able(sums, total, (0.0, 0.0), number)
    return found


def _able(sums: Real, total: float, reach: tuple[float, float], number: Additive) -> NDArray[np.bool_]:
    """Which sums can still reach a total."""
    same = tolerance(number)
    if number.modulus:
        apart = (sums - total) / number.modulus
        return np.asarray(np.abs(apart - np.round(apart)) <= same)
    return np.asarray((sums + reach[0] <= total + same) & (sums + reach[1] >= total - same))
