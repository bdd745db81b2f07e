"""Product states of a lattice: their numbers, their levels, and the elements of local terms between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from operator import mul
from typing import Any, final

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq import _checks
from caloriq.results import frozen
from caloriq.spaces.terms import Term

Keys = NDArray[Any]
Indices = NDArray[np.intp]
Levels = int | tuple[int, ...]
Entries = tuple[Indices, Indices, NDArray[Any]]  # rows, columns, values

WORD = 62  # bits of a state that a 64-bit number holds


@final
@dataclass(frozen=True, eq=False)
class Basis:
    """Some of the product states of N sites with d levels each, or with levels of their own."""

    levels: Levels  # levels and sites: d, or one d for every site, and N
    sites: int
    # numbers Σ n_j d^j of the states (Σ n_j Π_{i<j} d_i), ascending; Python's integers where 64 bits do not hold them, shape (D,)
    keys: Keys

    @property
    def dimension(self) -> int:
        """D."""
        return self.keys.size

    @cached_property
    def states(self) -> Indices:
        """Level n_j of every site in every state, shape (D, N)."""
        w, d = weights(self.levels, self.sites), np.asarray(self.levels)
        states: Indices = ((self.keys[:, None] // w) % d).astype(np.intp)
        return states

    @property
    def whole_size(self) -> int:
        """How many product states there are in all."""
        return math.prod(each_of(self.levels, self.sites))

    def place(self, keys: Keys) -> Indices:
        """Index of each state, all of which must be in the basis."""
        found = np.searchsorted(self.keys, keys)
        if (self.keys.take(found, mode="clip") != keys).any():
            raise ValueError(f"`keys` must lie in the basis of {self.dimension} states, but some do not")
        return found

    def entries(self, terms: Sequence[Term]) -> Entries:
        """Elements of a sum of terms, in the columns of all states; what it leads to must be in the basis."""
        rows, columns, values = images(self.keys, self.levels, self.sites, terms)
        return self.place(rows), columns, values

    def matrix(self, terms: Sequence[Term]) -> scipy.sparse.csr_array:
        """Sum of terms, shape (D, D)."""
        rows, columns, values = self.entries(terms)
        # 32 bits for the places, which never need more: products with the matrix read less
        places = rows.astype(np.int32), columns.astype(np.int32)
        found = scipy.sparse.coo_array((values, places), shape=(self.dimension,) * 2).tocsr()
        found.sum_duplicates()
        return found


@lru_cache(maxsize=64)
def weights(levels: Levels, sites: int) -> Keys:
    """d^j, or Π_{i<j} d_i, shape (N,)."""
    each = each_of(levels, sites)
    dtype = np.int64 if sum(map(math.log2, each)) < WORD else object
    return frozen(np.array([1, *accumulate(each, mul)][:sites], dtype=dtype))


def each_of(levels: Levels, sites: int) -> tuple[int, ...]:
    """Levels of every site."""
    return levels if isinstance(levels, tuple) else (levels,) * sites


def whole(levels: Levels, sites: int) -> Basis:
    """All product states."""
    return Basis(levels, sites, np.arange(math.prod(each_of(levels, sites))))


def on_sites(operator: NDArray[Any], where: tuple[int, ...], sites: int) -> scipy.sparse.csr_array:
    """Dense operator of some sites in the whole product space, sparse, shape (d^sites, d^sites)."""
    levels = round(len(operator) ** (1 / len(where)))
    return whole(levels, sites).matrix((Term(where, scipy.sparse.csc_array(operator)),))


def reached(states: NDArray[np.int64], levels: Levels, terms: Sequence[Term]) -> Basis:
    """Everything that terms connect to some states, given as levels of shape (S, N); refused where memory has no room."""
    N = states.shape[1]
    w = weights(levels, N)
    known = frontier = _distinct(states.astype(w.dtype) @ w)
    while frontier.size:
        rows = _distinct(images(frontier, levels, N, terms)[0])
        frontier = rows[known.take(np.searchsorted(known, rows), mode="clip") != rows]
        known = np.sort(np.concatenate([known, frontier]), kind="stable")  # two runs that are merged
        _checks.memory("start", f"{len(known)} states and more", 300.0 * len(known), "take fewer units or excitations")
    return Basis(levels, N, known)


def _distinct(keys: Keys) -> Keys:
    """The keys in order, each once; sorted, not hashed, which is many times faster for millions of them."""
    ordered: Keys = np.sort(keys)
    once: Keys = ordered[np.append(True, ordered[1:] != ordered[:-1])[: ordered.size]]
    return once


def images(keys: Keys, levels: Levels, sites: int, terms: Sequence[Term]) -> tuple[Keys, Indices, NDArray[Any]]:
    """Elements of a sum of terms in the columns of given states: keys of the rows, numbers of the columns, values."""
    w, each = weights(levels, sites), each_of(levels, sites)
    rows, columns, values = [np.empty(0, keys.dtype)], [np.empty(0, np.intp)], [np.empty(0)]
    for where, V in terms:
        digits = [((keys // w[k]) % each[k]).astype(np.intp, copy=False) for k in where]
        local = digits[0] if digits else np.zeros(len(keys), dtype=np.intp)
        for k, digit in zip(where[1:], digits[1:], strict=True):
            local = local * each[k] + digit
        first = V.indptr[local]
        counts = V.indptr[local + 1] - first
        column = np.repeat(np.arange(len(keys)), counts)
        # of every element in V: its number within the column, and where the column begins
        place = np.arange(len(column)) + np.repeat(first - np.cumsum(counts) + counts, counts)
        image, row = V.indices[place].astype(np.intp), keys[column]
        for k, digit in zip(reversed(where), reversed(digits), strict=True):
            image, level = np.divmod(image, each[k])
            row = row + (level - digit[column]).astype(keys.dtype, copy=False) * w[k]
        rows.append(row)
        columns.append(column)
        values.append(V.data[place])
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(values)
