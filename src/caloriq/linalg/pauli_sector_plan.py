"""How the product within a sector of fixed number is cut up: halves of the sites, stretches of memory, small sparse matrices.

Source of the two tables that rank a state: H. Q. Lin, Phys. Rev. B 42, 6561 (1990), doi:10.1103/PhysRevB.42.6561.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from caloriq.linalg.pauli_plan import Flips, Weights, diagonal, few_selectors, parity

Whole = NDArray[np.int64]
Lower = tuple[int, tuple[int, float]]  # signs, flips of the low half, coefficient
Elements = tuple[Whole, Whole, NDArray[np.float64]]  # rows, columns, values

LONG_ENOUGH = 11  # sites of a low half whose stretches are worth the tables
LONG = 20  # rows of a run, on average, from which it costs less than a list of places
ROUNDING = 1e-15


@dataclass(frozen=True, eq=False)
class Halves:
    """States of n sites with a number of them up, ascending; high halves of their bits cut them into stretches.

    Attributes
    ----------
    sites, up : int
        n, and how many are up.
    """

    sites: int
    up: int

    @property
    def low(self) -> int:
        """Sites of the low half: more than half where stretches would be short."""
        half = self.sites // 2
        return min(self.sites, max(half, min(LONG_ENOUGH, half + 2)))

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


class Strings(NamedTuple):
    """What the kernel takes, in its order.

    Attributes
    ----------
    stretches, starts, sizes, offsets : arrays of int
        Of `Halves`.
    coarse, patterns : array, shape (P, stretches) and (P 2^low width,)
        Diagonal: Σ_p of a number for the stretch times a pattern within it.
    turn : array, shape (w,)
        1, -1, … for a tile of w numbers.
    jumps : array of int, shape (m, 3)
        Flips of the high half alone, with their strings; imaginary ones first.
    masks, weights : array, shape (s,)
        Sign masks and coefficients of these strings.
    links : array of int, shape (g, 4)
        Flips of the high half, masks that select, first set of sparse matrices; imaginary ones first.
    selectors : array of int
        These masks.
    entries : array of int, shape (sets, low + 1, low + 1)
        Sparse matrix from one number to another, -1 for none: [set, to, from].
    inner : array of int, shape (q,)
        Sets of the strings on the low half alone; imaginary ones first.
    columns, values : arrays
        Elements of all sparse matrices, row by row, as many in all rows of one.
    parts : array of int, shape (q, 4)
        Of every sparse matrix: first element; first run, and the one after the last; elements of a row.
    runs, heights : arrays, shape (r, 3) and (r,)
        Elements that are equal along a diagonal, left out of the rows: first row, first column, length; their value.
    imaginary : array of int, shape (3,)
        How many jumps, links and inner sets.
    """

    stretches: Whole
    starts: Whole
    sizes: Whole
    offsets: Whole
    coarse: NDArray[Any]
    patterns: NDArray[Any]
    turn: NDArray[Any]
    jumps: Whole
    masks: Whole
    weights: NDArray[Any]
    links: Whole
    selectors: Whole
    entries: Whole
    inner: Whole
    columns: NDArray[np.int32]
    values: NDArray[Any]
    parts: Whole
    runs: Whole
    heights: NDArray[Any]
    imaginary: Whole


def cut(flips: Flips, halves: Halves, width: int, dtype: np.dtype[Any], length: int) -> Strings:
    """Strings by what they do to the halves, for rows of `width` real numbers and tiles of `length`."""
    within, mask = halves.low, (1 << halves.low) - 1
    high: dict[tuple[bool, int], Weights] = {}
    low: dict[tuple[bool, int], list[Lower]] = {}
    own: dict[bool, list[Lower]] = {}
    for (flip, imaginary), weights in flips.items():
        for sign, value in weights.items() if flip else ():
            if not (flip | sign) >> within:
                own.setdefault(not imaginary, []).append((sign, (flip, value)))
            elif flip & mask or sign & mask:
                low.setdefault((not imaginary, flip >> within), []).append((sign, (flip & mask, value)))
            else:
                high.setdefault((not imaginary, flip >> within), {})[sign >> within] = value
    jumps, matrices = sorted(high.items()), Matrices(halves)
    links = [row for (_, flip), strings in sorted(low.items()) for row in matrices.link(flip, strings)]
    inner = [matrices.link(0, strings)[0][3] for _, strings in sorted(own.items())]
    ends = np.cumsum([0, *(len(weights) for _, weights in jumps)])
    listed = [(flip, a, b) for ((_, flip), _), a, b in zip(jumps, ends[:-1], ends[1:], strict=True)]
    coarse, patterns, _ = diagonal(flips.get((0, False), {}), within, halves.sites, dtype)
    inside = patterns.reshape(len(coarse), -1)[:, halves.order]
    return Strings(
        stretches=halves.stretches,
        starts=halves.starts,
        sizes=halves.sizes,
        offsets=halves.offsets,
        coarse=np.ascontiguousarray(coarse[:, halves.stretches[:, 0]]),
        patterns=np.repeat(inside, width, axis=1).reshape(-1),
        turn=np.where(np.arange(length) & 1, -1, 1).astype(dtype),
        jumps=np.array(listed, np.int64).reshape(-1, 3),
        masks=np.array([sign for _, weights in jumps for sign in weights], np.int64),
        weights=np.array([value for _, weights in jumps for value in weights.values()] or [0], dtype),
        links=np.array(links, np.int64).reshape(-1, 4),
        selectors=np.array(matrices.selectors, np.int64),
        entries=np.array(matrices.sets, np.int64).reshape(-1, halves.low + 1, halves.low + 1),
        inner=np.array(inner, np.int64),
        columns=np.concatenate([*matrices.columns, [0]]).astype(np.int32),
        values=np.concatenate([*matrices.values, [0]]).astype(dtype),
        parts=np.array(matrices.parts, np.int64).reshape(-1, 4),
        runs=np.array(matrices.runs, np.int64).reshape(-1, 3),
        heights=np.array(matrices.heights or [0], dtype),
        imaginary=np.array(
            [
                sum(not real for (real, _), _ in jumps),
                sum(len(matrices.shares(one)) for (real, _), one in low.items() if not real),
                len(own.get(False, [])) > 0,
            ]
        ),
    )


class Matrices:
    """Sparse matrices of the low half, gathered as links ask for them."""

    def __init__(self, halves: Halves) -> None:
        self.halves = halves
        self.selectors: list[int] = []
        self.sets: list[Whole] = []
        self.parts: list[tuple[int, int, int, int]] = []
        self.runs: list[tuple[int, int, int]] = []
        self.heights: list[float] = []
        self.columns: list[Whole] = []
        self.values: list[NDArray[Any]] = []
        self._filled = 0

    def shares(self, strings: list[Lower]) -> list[tuple[list[Lower], list[int]]]:
        """Strings in parts that few masks on the high half select from."""
        return list(few_selectors(strings, self.halves.low))

    def link(self, flip: int, strings: list[Lower]) -> list[tuple[int, int, int, int]]:
        """Rows of `links` for one flip of the high half."""
        rows = []
        for chosen, masks in self.shares(strings):
            rows.append((flip, len(self.selectors), len(self.selectors) + len(masks), len(self.sets)))
            self.selectors += masks
            for combination in range(1 << len(masks)):
                odd = {mask: combination >> j & 1 for j, mask in enumerate(masks)} | {0: 0}
                self._set(_elements(chosen, odd, self.halves))
        return rows

    def _set(self, flips: list[Elements]) -> None:
        """Matrices from every number to every other."""
        halves = self.halves
        entries = np.full((halves.low + 1, halves.low + 1), -1)
        blocks: dict[tuple[int, int], list[Elements]] = {}
        for rows, columns, values in flips:
            to, from_ = halves.numbers[rows], halves.numbers[columns]
            for pair in set(zip(to.tolist(), from_.tolist(), strict=True)):
                here = (to == pair[0]) & (from_ == pair[1])
                i, j, v = halves.places[rows[here]], halves.places[columns[here]], values[here]
                ordered = np.argsort(i, kind="stable")
                blocks.setdefault(pair, []).append((i[ordered], j[ordered], v[ordered]))
        for (to_, from__), elements in blocks.items():
            entries[to_, from__] = len(self.parts)
            self._part(elements, int(halves.sizes[to_]))
        self.sets.append(entries)

    def _part(self, flips: list[Elements], size: int) -> None:
        """One matrix: long runs apart, the other elements row by row, a place for every flip."""
        begin, short = len(self.runs), []
        for i, j, v in flips:
            new = np.concatenate([[True], (np.diff(i) != 1) | (np.diff(j) != 1) | (np.diff(v) != 0)])
            starts = np.flatnonzero(new)
            if i.size < LONG * starts.size:
                short.append((i, j, v))
                continue
            lengths = np.diff(np.append(starts, i.size))
            self.runs += zip(i[starts].tolist(), j[starts].tolist(), lengths.tolist(), strict=True)
            self.heights += v[starts].tolist()
        self.parts.append((self._filled, begin, len(self.runs), len(short)))
        columns, values = np.zeros((size, len(short)), np.int64), np.zeros((size, len(short)))
        for k, (i, j, v) in enumerate(short):  # every flip has one element in a row, or none
            columns[i, k], values[i, k] = j, v
        self.columns.append(columns.reshape(-1))
        self.values.append(values.reshape(-1))
        self._filled += columns.size


def _elements(strings: list[Lower], odd: dict[int, int], halves: Halves) -> list[Elements]:
    """Rows, columns and values of every flip of the low half; odd signs of the high half are given."""
    words, mask = np.arange(1 << halves.low), (1 << halves.low) - 1
    found: dict[int, NDArray[np.float64]] = {}
    scale: dict[int, float] = {}
    for sign, (flip, value) in strings:
        signs = 1 - 2 * (parity(words, sign & mask) ^ odd[sign >> halves.low])
        found[flip] = found.get(flip, np.zeros(words.size)) + value * signs
        scale[flip] = scale.get(flip, 0.0) + abs(value)
    kept = {flip: words[np.abs(a) > ROUNDING * scale[flip]] for flip, a in found.items()}
    return [(rows, rows ^ flip, found[flip][rows]) for flip, rows in kept.items() if rows.size]
