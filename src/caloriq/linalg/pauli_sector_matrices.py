"""Small sparse matrices of the low half of a sector's sites, listed as its product reads them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from caloriq.linalg.pauli_halves import Halves, Whole
from caloriq.linalg.pauli_plan import parity

Lower = tuple[int, tuple[int, float]]  # signs, flips of the low half, coefficient
Elements = tuple[Whole, Whole, NDArray[np.float64]]  # rows, columns, values

LONG = 60  # rows of a run, on average, from which it costs less than a list of places
ROUNDING = 1e-15


class Inner(NamedTuple):
    """The strings on the low half alone: one matrix for all stretches of one number.

    Attributes
    ----------
    first : array of int, shape (low + 2,)
        First class of rows of every number.
    classes : array of int, shape (c, 5)
        Rows with as many elements, all rows being in one: first row, and the one after the last; imaginary and real
        elements of a row; first element.
    rows, columns : arrays of int
        Where rows are, and where elements lie in x, counted from the beginning of a stretch.
    values : array
        Elements, row by row.
    """

    first: Whole
    classes: Whole
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    values: NDArray[Any]


def inner(own: dict[bool, list[Lower]], halves: Halves, width: int, dtype: np.dtype[Any]) -> Inner:
    """Matrix of strings on the low half by whether they are real; its rows are `width` numbers wide."""
    present = np.isin(halves.numbers, halves.stretches[:, 2])
    flips = [(real, *one) for real in (False, True) for one in _elements(own.get(real, []), {0: 0}, halves)]
    none = (True, np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    kinds, i, j, v = zip(none, *flips, strict=True)
    to, from_, values = np.concatenate(i), np.concatenate(j), np.concatenate(v)
    real, here = np.repeat(kinds, [one.size for one in i]), present[to]
    to, from_, values, real = to[here], from_[here], values[here], real[here]
    each = np.stack([np.bincount(to[real == kind], minlength=halves.order.size) for kind in (False, True)])
    words = np.lexsort((halves.places, each[1], each[0], halves.numbers))
    words = words[present[words]]
    kind = np.stack([halves.numbers, *each])[:, words]
    begin = np.flatnonzero(np.r_[True, np.any(kind[:, 1:] != kind[:, :-1], axis=0)])
    end = np.append(begin[1:], words.size)
    elements = np.cumsum(kind[1:].sum(axis=0)) - kind[1:].sum(axis=0)
    rank = np.empty(halves.order.size, np.int64)
    rank[words] = np.arange(words.size)
    ordered = np.lexsort((halves.places[from_], real, rank[to]))
    return Inner(
        first=np.searchsorted(kind[0, begin], np.arange(halves.low + 2)),
        classes=np.stack([begin, end, kind[1, begin], kind[2, begin], elements[begin]], axis=1),
        rows=(halves.places[words] * width).astype(np.int32),
        columns=(np.append(halves.places[from_[ordered]], 0) * width).astype(np.int32),
        values=np.append(values[ordered], 0).astype(dtype),
    )


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

    def set(self, strings: list[Lower], odd: dict[int, int]) -> Whole:
        """Matrices from every number to every other [to, from], -1 for none; odd signs of the high half are given."""
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
            self._part(elements, int(halves.sizes[to_]))
        return entries

    def _part(self, flips: list[Elements], size: int) -> None:
        """One matrix: long runs apart, the other elements row by row, rows with as many of them together."""
        first, begin, short = len(self.classes), len(self.runs), []
        for i, j, v in flips:
            new = np.concatenate([[True], (np.diff(i) != 1) | (np.diff(j) != 1) | (np.diff(v) != 0)])
            starts = np.flatnonzero(new)
            if i.size < LONG * starts.size:
                short.append((i, j, v))
                continue
            lengths = np.diff(np.append(starts, i.size))
            self.runs += zip(i[starts].tolist(), j[starts].tolist(), lengths.tolist(), strict=True)
            self.heights += v[starts].tolist()
        if short:
            rows, columns, values = (np.concatenate(one) for one in zip(*short, strict=True))
            self._rows(rows, columns, values, size)
        self.parts.append((first, len(self.classes), begin, len(self.runs)))

    def _rows(self, i: Whole, j: Whole, v: NDArray[np.float64], size: int) -> None:
        """Elements in rows, those with as many of them together: the processor foresees sums of one length."""
        each = np.bincount(i, minlength=size)
        for length in np.unique(each[each > 0]).tolist():
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
