"""States of a fixed number of sites, as high and low halves of their bits.

Source of the two tables that rank a state: H. Q. Lin, Phys. Rev. B 42, 6561 (1990), doi:10.1103/PhysRevB.42.6561.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Listed = tuple[bool, Whole, Whole, NDArray[Any]]  # whether real, stretches that are led to, where from, and what else

LONG_ENOUGH = 10  # sites of a low half whose stretches are worth the tables
WINDOW = 64  # stretches that stay in the second-level cache while those of one number are put together
TOGETHER = 4  # stretches of one number for which an element of a sparse matrix is read once


class Windows(NamedTuple):
    """How stretches are gone through.

    Attributes
    ----------
    first : array of int, shape (W + 1,)
        First stretch of every window of neighbours, which have about as many states.
    begin : array of int, shape (W + 1,)
        First group of every window.
    groups : array of int, shape (G, 6)
        Stretches of a window that have one number: how many, the number, and where they begin, filled up with the last one.
    """

    first: Whole
    begin: Whole
    groups: Whole


@dataclass(frozen=True, eq=False)
class Halves:
    """States of n sites with a number of them up, ascending; high halves of their bits cut them into stretches.

    Attributes
    ----------
    sites, up : int
        n, and how many are up.
    below : int
        Sites of the low half; 0 leaves the choice: more than half where stretches would be short.
    """

    sites: int
    up: int
    below: int = 0

    @property
    def low(self) -> int:
        """Sites of the low half."""
        half = self.sites // 2
        return self.below or min(self.sites, max(half, min(LONG_ENOUGH, half + 2)))

    @cached_property
    def numbers(self) -> Whole:
        """How many sites are up in every word of the low half."""
        return np.bitwise_count(np.arange(1 << self.low)).astype(np.int64)

    @cached_property
    def order(self) -> Whole:
        """Words of the low half by number, ascending for each."""
        return np.argsort(self.numbers, kind="stable").astype(np.int64)

    @cached_property
    def sizes(self) -> Whole:
        """Words of every number."""
        return np.bincount(self.numbers, minlength=self.low + 1).astype(np.int64)

    @cached_property
    def offsets(self) -> Whole:
        """Where every number begins in `order`."""
        return np.cumsum(self.sizes) - self.sizes

    @cached_property
    def places(self) -> Whole:
        """Rank of every word of the low half among those of its number: the low table."""
        found = np.empty(self.order.size, dtype=np.int64)
        found[self.order] = np.arange(self.order.size)
        return found - self.offsets[self.numbers]

    @cached_property
    def starts(self) -> Whole:
        """First state with every word of the high half, -1 where there is none: the high table."""
        counts = np.where(self._fits, self.sizes[np.clip(self._left, 0, self.low)], 0)
        return np.where(self._fits, np.cumsum(counts) - counts, -1)

    @cached_property
    def _left(self) -> Whole:
        return self.up - np.bitwise_count(np.arange(1 << (self.sites - self.low))).astype(np.int64)

    @cached_property
    def _fits(self) -> NDArray[np.bool_]:
        return (self._left >= 0) & (self._left <= self.low)

    @cached_property
    def stretches(self) -> Whole:
        """High half, first state, and number in the low half of every stretch."""
        words = np.flatnonzero(self._fits)
        return np.stack([words, self.starts[words], self._left[words]], axis=1)

    def windows(self, threads: int) -> Windows:
        """Windows of neighbouring stretches, as many for every thread, and their groups."""
        _, starts, numbers = self.stretches.T
        count = max(1, min(threads * -(-starts.size // (WINDOW * threads)), starts.size))
        states = int(starts[-1] + self.sizes[numbers[-1]])
        first = np.searchsorted(starts, np.arange(count) * states // count)
        first = np.append(first, starts.size)
        groups: list[list[int]] = []
        begin = [0]
        for a, b in zip(first[:-1].tolist(), first[1:].tolist(), strict=True):
            for k in np.unique(numbers[a:b]).tolist():
                same = starts[a:b][numbers[a:b] == k].tolist()
                for at in range(0, len(same), TOGETHER):
                    part = same[at : at + TOGETHER]
                    groups.append([len(part), k, *part, *part[-1:] * (TOGETHER - len(part))])
            begin.append(len(groups))
        return Windows(first, np.array(begin), np.array(groups))

    def listed(self, found: Iterable[Listed]) -> tuple[Whole, Whole, NDArray[Any]]:
        """What leads to every stretch, imaginary before real: the first and the first real one, sources, and what else is told."""
        count = len(self.stretches)
        none: Listed = (True, np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        kinds, to, from_, what = zip(none, *found, strict=True)
        key = np.concatenate([2 * one + real for real, one in zip(kinds, to, strict=True)])
        order = np.argsort(key, kind="stable")
        first = np.searchsorted(key[order], np.arange(2 * count + 2)).reshape(-1, 2)
        return first, np.concatenate(from_)[order], np.concatenate(what)[order]

    def rank(self, states: Whole) -> Whole:
        """Index of states that lie in the sector, by two look-ups."""
        found: Whole = self.starts[states >> self.low] + self.places[states & (1 << self.low) - 1]
        return found

    def states(self) -> Whole:
        """All states, ascending."""
        parts = [
            (word << self.low) + self.order[self.offsets[k] : self.offsets[k] + self.sizes[k]]
            for word, _, k in self.stretches.tolist()
        ]
        return np.concatenate(parts)
