"""How the product within a sector of fixed number is cut up: halves of the sites, stretches of memory, small sparse matrices.

Source of the two tables that rank a state: H. Q. Lin, Phys. Rev. B 42, 6561 (1990), doi:10.1103/PhysRevB.42.6561.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from caloriq.linalg.pauli_plan import Flips, Weights, diagonal, few_selectors, parity

Whole = NDArray[np.int64]
Lower = tuple[int, tuple[int, float]]  # signs, flips of the low half, coefficient
Elements = tuple[Whole, Whole, NDArray[np.float64]]  # rows, columns, values
Listed = tuple[bool, Whole, Whole, NDArray[Any]]  # whether real, stretches that are led to, where from, and what else

LONG_ENOUGH = 11  # sites of a low half whose stretches are worth the tables
LONG = 60  # rows of a run, on average, from which it costs less than a list of places
WINDOW = 64  # stretches that stay in the second-level cache while those of one number are put together
EIGHT = 8  # numbers of stretches that are put side by side
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

    def groups(self, width: int) -> Whole:
        """Stretches of one number that are put side by side: how many, and which, filled up with zeros.

        They are taken from windows of neighbours, so that what they read lies in cache. Rows of `width` numbers.
        """
        room = EIGHT // width if EIGHT % width == 0 else 1
        found = []
        for begin in range(0, len(self.stretches), WINDOW):
            numbers = self.stretches[begin : begin + WINDOW, 2]
            for k in np.unique(numbers):
                same = begin + np.flatnonzero(numbers == k)
                for first in range(0, same.size, room):
                    part = same[first : first + room]
                    found.append([part.size, *part, *[0] * (room - part.size)])
        return np.array(found, np.int64)

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


class Strings(NamedTuple):
    """What the kernel takes, in its order.

    Attributes
    ----------
    ends : array of int, shape (G + 1,)
        States in all groups before one.
    groups : array of int, shape (G, k + 1)
        Of `Halves`.
    stretches : array of int, shape (S, 2)
        First state, and number in the low half.
    sizes, offsets : arrays of int
        Of `Halves`.
    coarse, patterns : array, shape (P, S) and (P 2^low width,)
        Diagonal: Σ_p of a number for the stretch times a pattern within it.
    turn : array, shape (w,)
        1, -1, … for a tile of w numbers.
    jumps : array of int, shape (S + 1, 2)
        Flips of the high half alone, of every stretch: the first, and the first that is not imaginary.
    sources, amplitudes : array, shape (j,)
        Where in x they come from, and their coefficients.
    links : array of int, shape (S + 1, 2)
        The same for strings that flip or read both halves.
    joined, places : array of int, shape (l,)
        Their sparse matrices, and where in x these begin.
    inner : array of int, shape (low + 1, q)
        Sparse matrix of the strings on the low half alone for every number, imaginary and real, -1 for none.
    parts : array of int, shape (q, 4)
        Of every sparse matrix: first class of rows, and the one after the last; the same of its runs.
    classes : array of int, shape (c, 4)
        Rows with as many elements: first row, and the one after the last; elements of a row; first element.
    rows : array of int
        Where the rows of a class are.
    columns, values : arrays
        Elements of all sparse matrices, row by row.
    runs, heights : arrays, shape (r, 3) and (r,)
        Elements that are equal along a diagonal, left out of the rows: first row, first column, length; their value.
    """

    ends: Whole
    groups: Whole
    stretches: Whole
    sizes: Whole
    offsets: Whole
    coarse: NDArray[Any]
    patterns: NDArray[Any]
    turn: NDArray[Any]
    jumps: Whole
    sources: Whole
    amplitudes: NDArray[Any]
    links: Whole
    joined: Whole
    places: Whole
    inner: Whole
    parts: Whole
    classes: Whole
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    values: NDArray[Any]
    runs: Whole
    heights: NDArray[Any]


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
    matrices = Matrices(halves)
    jumps, sources, amplitudes = halves.listed(_jump(halves, *one) for one in sorted(high.items()))
    links, places, joined = halves.listed(one for k, v in sorted(low.items()) for one in _link(matrices, k, v))
    inner = [matrices.set(own.get(real, []), {0: 0}, whole=True).diagonal() for real in (False, True)] if own else []
    coarse, patterns, _ = diagonal(flips.get((0, False), {}), within, halves.sites, dtype)
    inside = patterns.reshape(len(coarse), -1)[:, halves.order]
    groups = halves.groups(width)
    states = groups[:, 0] * halves.sizes[halves.stretches[groups[:, 1], 2]]
    return Strings(
        ends=np.cumsum([0, *states]),
        groups=groups,
        stretches=np.ascontiguousarray(halves.stretches[:, 1:]),
        sizes=halves.sizes,
        offsets=halves.offsets,
        coarse=np.ascontiguousarray(coarse[:, halves.stretches[:, 0]]),
        patterns=np.repeat(inside, width, axis=1).reshape(-1),
        turn=np.where(np.arange(length) & 1, -1, 1).astype(dtype),
        jumps=jumps,
        sources=sources * width,
        amplitudes=amplitudes.astype(dtype),
        links=links,
        joined=joined.astype(np.int64),
        places=places * width,
        inner=np.array(inner, np.int64).T.reshape(halves.low + 1, -1).copy(),
        parts=np.array(matrices.parts, np.int64).reshape(-1, 4),
        classes=np.array(matrices.classes, np.int64).reshape(-1, 4),
        rows=np.concatenate([*matrices.rows, [0]]).astype(np.int32),
        columns=np.concatenate([*matrices.columns, [0]]).astype(np.int32),
        values=np.concatenate([*matrices.values, [0]]).astype(dtype),
        runs=np.array(matrices.runs, np.int64).reshape(-1, 3),
        heights=np.array(matrices.heights or [0], dtype),
    )


def _jump(halves: Halves, key: tuple[bool, int], weights: Weights) -> Listed:
    """A flip of the high half alone: stretches that it leads to, their sources, and its coefficient."""
    words, (real, flip) = halves.stretches[:, 0], key
    total = sum((w * (1 - 2 * parity(words, sign)) for sign, w in weights.items()), np.zeros(words.size))
    scale = sum(map(abs, weights.values()))
    same = np.bitwise_count(words ^ flip) == np.bitwise_count(words)
    here = np.flatnonzero(same & (np.abs(total) > ROUNDING * scale))
    return real, here, halves.starts[words[here] ^ flip], total[here]


def _link(matrices: Matrices, key: tuple[bool, int], strings: list[Lower]) -> Iterator[Listed]:
    """Strings that flip both halves, or flip the low and read the high one: a matrix for each choice of signs and numbers."""
    halves, (real, flip) = matrices.halves, key
    words, number = halves.stretches[:, 0], halves.stretches[:, 2]
    inside = np.flatnonzero(halves.starts[words ^ flip] >= 0)
    from_ = number + np.bitwise_count(words).astype(np.int64) - np.bitwise_count(words ^ flip)
    for chosen, masks in few_selectors(strings, halves.low):
        choice = sum((parity(words, mask) << k for k, mask in enumerate(masks)), np.zeros(words.size, np.int64))
        for combination in range(1 << len(masks)):
            odd = {mask: combination >> k & 1 for k, mask in enumerate(masks)} | {0: 0}
            entries = matrices.set(chosen, odd)
            here = inside[choice[inside] == combination]
            part = entries[number[here], from_[here]]
            here, part = here[part >= 0], part[part >= 0]
            yield real, here, halves.starts[words[here] ^ flip], part


class Matrices:
    """Sparse matrices of the low half, gathered as links ask for them."""

    def __init__(self, halves: Halves) -> None:
        self.halves = halves
        self.parts: list[tuple[int, int, int, int]] = []
        self.runs: list[tuple[int, int, int]] = []
        self.heights: list[float] = []
        self.classes: list[tuple[int, int, int, int]] = []
        self.rows: list[Whole] = []
        self.columns: list[Whole] = []
        self.values: list[NDArray[Any]] = []
        self._listed = self._filled = 0

    def set(self, strings: list[Lower], odd: dict[int, int], *, whole: bool = False) -> Whole:
        """Matrices from every number to every other [to, from], -1 for none; odd signs of the high half are given.

        A whole matrix lists all rows, those without elements too, and no runs: its product can be stored where nothing was.
        """
        halves = self.halves
        entries = np.full((halves.low + 1, halves.low + 1), -1)
        blocks: dict[tuple[int, int], list[Elements]] = {}
        for rows, columns, values in _elements(strings, odd, halves):
            to, from_ = halves.numbers[rows], halves.numbers[columns]
            for pair in set(zip(to.tolist(), from_.tolist(), strict=True)):
                here = (to == pair[0]) & (from_ == pair[1])
                i, j, v = halves.places[rows[here]], halves.places[columns[here]], values[here]
                ordered = np.argsort(i, kind="stable")
                blocks.setdefault(pair, []).append((i[ordered], j[ordered], v[ordered]))
        for (to_, from__), elements in blocks.items():
            entries[to_, from__] = len(self.parts)
            self._part(elements, int(halves.sizes[to_]), whole=whole)
        return entries

    def _part(self, flips: list[Elements], size: int, *, whole: bool) -> None:
        """One matrix: long runs apart, the other elements row by row, rows with as many of them together."""
        first, begin, short = len(self.classes), len(self.runs), []
        for i, j, v in flips:
            new = np.concatenate([[True], (np.diff(i) != 1) | (np.diff(j) != 1) | (np.diff(v) != 0)])
            starts = np.flatnonzero(new)
            if whole or i.size < LONG * starts.size:
                short.append((i, j, v))
                continue
            lengths = np.diff(np.append(starts, i.size))
            self.runs += zip(i[starts].tolist(), j[starts].tolist(), lengths.tolist(), strict=True)
            self.heights += v[starts].tolist()
        if short:
            rows, columns, values = (np.concatenate(one) for one in zip(*short, strict=True))
            self._rows(rows, columns, values, size, whole=whole)
        self.parts.append((first, len(self.classes), begin, len(self.runs)))

    def _rows(self, i: Whole, j: Whole, v: NDArray[np.float64], size: int, *, whole: bool) -> None:
        """Elements in rows, those with as many of them together: the processor foresees sums of one length."""
        each = np.bincount(i, minlength=size)
        for length in np.unique(each if whole else each[each > 0]).tolist():
            rows = np.flatnonzero(each == length)
            here = np.flatnonzero(each[i] == length)
            here = here[np.lexsort((j[here], i[here]))]
            self.classes.append((self._listed, self._listed + rows.size, length, self._filled))
            self.rows.append(rows)
            self.columns.append(j[here])
            self.values.append(v[here])
            self._listed += rows.size
            self._filled += here.size


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
