"""Sectors: product states in which numbers of the sites add up to given totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from caloriq._checks import Real
from caloriq.spaces.basis import Basis, weights

SAME = 1e-9  # totals that differ by less are one
DIGITS = 9

Numbers = Sequence[Sequence[Real]]  # of every conserved number the value of every level of every site


def dimensions(levels: Sequence[int], numbers: Numbers) -> dict[tuple[float, ...], int]:
    """How many product states there are by the totals of the numbers; cost by the number of different totals."""
    found: Counter[tuple[float, ...]] = Counter({(0.0,) * len(numbers): 1})
    for x, d in enumerate(levels):
        steps = Counter(tuple(float(number[x][n]) for number in numbers) for n in range(d))
        added: Counter[tuple[float, ...]] = Counter()
        for totals, count in found.items():
            for step, times in steps.items():
                key = tuple(round(a + b, DIGITS) + 0.0 for a, b in zip(totals, step, strict=True))
                added[key] += count * times
        found = added
    return dict(sorted(found.items()))


def sector(levels: Sequence[int], numbers: Numbers, totals: Sequence[float]) -> Basis:
    """Basis of the states with given totals: site by site from the last, without those that cannot reach them."""
    every, N = tuple(levels), len(levels)
    w = weights(every, N)
    keys, sums = np.zeros(1, dtype=w.dtype), np.zeros((1, len(numbers)))
    left = [np.cumsum([[q.min(), q.max()] for q in map(np.asarray, number)], axis=0) for number in numbers]
    for x in reversed(range(N)):
        own = np.array([number[x] for number in numbers]).reshape(len(numbers), -1).T  # (d, Q)
        keys = (keys[:, None] + w[x] * np.arange(every[x])).ravel()
        sums = (sums[:, None, :] + own).reshape(-1, len(numbers))
        for k, (total, reach) in enumerate(zip(totals, left, strict=True)):
            low, high = reach[x - 1] if x else (0.0, 0.0)
            able = (sums[:, k] + low <= total + SAME) & (sums[:, k] + high >= total - SAME)
            keys, sums = keys[able], sums[able]
    return Basis(every, N, keys)
