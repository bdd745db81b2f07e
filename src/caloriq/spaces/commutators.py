"""i[H, ·] on the sums of a translation-invariant chain, as a sparse matrix between the strings of their densities.

Strings on sites in a row are product states of d² levels, the letters, and i[h, ·] of a term h is a local term between them:
what makes matrices of H in a space of states (`spaces.basis`) makes that of i[H, ·] in the space of strings.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq import _checks
from caloriq.errors import InvalidInput
from caloriq.spaces.basis import images, weights
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.local import LocalSpace
from caloriq.spaces.strings import String, Strings
from caloriq.spaces.terms import Term

Keys = NDArray[np.int64]
ROUNDED = 1e-14  # of an element that is rounding, relative to the largest
BYTES = 100.0  # of an element while the matrix and M†M of its parts are made, measured


@final
@dataclass(frozen=True, eq=False)
class CommutatorMap:
    """What i[H, ·] makes of the strings that begin in cell 0 and cover at most `support` cells.

    Attributes
    ----------
    chain : InfiniteChain
        H.
    support : int
        Cells.
    keys : array of int, shape (n,)
        Strings as numbers, Σ a_x Π_{y<x} d_y², ascending; n = (B - 1) B^(support - 1), B the product of d² over a cell.
    matrix : sparse array, shape (m, n)
        Real: strings are hermitian. Rows are those strings of one cell to `support` + reach - 1 cells that are met.
    """

    chain: InfiniteChain
    support: int
    keys: Keys
    matrix: scipy.sparse.csc_array

    @property
    def letters(self) -> int:
        """B, strings of one cell with the identity."""
        return letters(self.chain)

    @cached_property
    def digits(self) -> NDArray[np.intp]:
        """Letter a of every site in every string, shape (n, sites)."""
        return self._digits_of(self.keys)

    @cached_property
    def supports(self) -> NDArray[np.intp]:
        """Cells that each string covers, shape (n,)."""
        ends = self.letters ** np.arange(1, self.support)
        return 1 + np.searchsorted(ends, self.keys, side="right")

    def _digits_of(self, keys: Keys) -> NDArray[np.intp]:
        sites = self.support * len(self.chain.cell)
        levels = letter_levels(self.chain) * self.support
        found: NDArray[np.intp] = ((keys[:, None] // weights(levels, sites)) % np.array(levels)).astype(np.intp)
        return found

    def strings(self, vector: NDArray[Any]) -> Strings:
        """Density of the sum with these coefficients."""
        there = np.flatnonzero(vector)
        terms: dict[String, complex] = {
            tuple((x, int(a)) for x, a in enumerate(row) if a): float(f)
            for row, f in zip(self.digits[there].tolist(), vector[there].tolist(), strict=True)
        }
        return Strings(self.chain.window(self.support), terms)

    def vector(self, density: Strings) -> NDArray[np.float64]:
        """Real coefficients of a density; what covers more cells is left out."""
        sites = self.support * len(self.chain.cell)
        w = weights(letter_levels(self.chain) * self.support, sites)
        found = np.zeros(len(self.keys))
        for string, f in density.terms.items():
            if string and string[-1][0] < sites:
                found[np.searchsorted(self.keys, sum(a * int(w[x]) for x, a in string))] += complex(f).real
        return found

    def moved(self, order: NDArray[np.intp]) -> NDArray[np.intp]:
        """Place of the string with the letter of site order[x] on every site x, moved to begin in cell 0, shape (n,)."""
        w = weights(letter_levels(self.chain) * self.support, len(order))
        return np.searchsorted(self.keys, first_cell(self.digits[:, order] @ w, self.letters))


def commutator_map(chain: InfiniteChain, support: int) -> CommutatorMap:
    """Make the matrix: about as many elements as strings times terms of H that touch one.

    Raises
    ------
    InvalidInput
        If `support` is below 1, or the matrix does not fit in memory.
    """
    _checks.instance("chain", chain, InfiniteChain)
    r = _checks.whole("support", support, 1)
    c, R, B = len(chain.cell), chain.reach, letters(chain)
    window = r + 2 * (R - 1)
    local = superoperators(chain)
    # of a term the share of letters that have an image, and how many
    elements = (r + R - 1) * sum(one.matrix.nnz / one.matrix.shape[1] for one in local)
    unit, many = "sites" if c == 1 else "cells", string_count(chain, r)
    _checks.memory("support", f"{r} {unit}, {many:.3g} strings", BYTES * many * (1 + elements), f"take fewer {unit}")
    if window * math.log2(B) >= 62:
        raise InvalidInput(
            f"`support` must leave strings that 62 bits number, but it does not (got {r}); take fewer {unit}"
        )
    keys = np.arange(B**r)
    keys = keys[keys % B != 0]
    terms = [Term(tuple(x + p * c for x in one.sites), one.matrix) for one in local for p in range(r + R - 1)]
    # the terms of the first R - 1 positions begin before the string
    rows, columns, values = images(keys * B ** (R - 1), letter_levels(chain) * window, c * window, terms)
    reached, places = np.unique(first_cell(rows, B), return_inverse=True)
    matrix = scipy.sparse.coo_array((values, (places, columns)), shape=(len(reached), len(keys))).tocsc()
    matrix.sum_duplicates()
    matrix.data[np.abs(matrix.data) <= ROUNDED * np.abs(matrix.data).max(initial=0.0)] = 0.0
    matrix.eliminate_zeros()
    return CommutatorMap(chain, r, keys, matrix)


def first_cell(keys: Keys, per_cell: int) -> Keys:
    """Strings moved by cells to begin in cell 0; there is no identity among them."""
    later = np.flatnonzero(keys % per_cell == 0)
    moved = keys.copy()
    while later.size:
        moved[later] //= per_cell
        later = later[moved[later] % per_cell == 0]
    return moved


def letters(chain: InfiniteChain) -> int:
    """B, the product of d² over a cell."""
    return math.prod(letter_levels(chain))


def string_count(chain: InfiniteChain, cells: int) -> float:
    """B^cells, the strings on so many cells, however many: to be told before there is memory for them."""
    most = math.log(sys.float_info.max) / math.log(letters(chain))
    return float(letters(chain)) ** cells if cells < most else math.inf


def letter_levels(chain: InfiniteChain) -> tuple[int, ...]:
    """d² of every site of a cell."""
    return tuple(space.levels**2 for space in chain.cell)


def superoperators(chain: InfiniteChain) -> list[Term]:
    """i[h, ·] of the terms of H that begin in cell 0, one for each set of sites, between the letters of these sites."""
    H = Strings(chain.window(chain.reach), chain.terms)
    found = []
    for sites, part in H.by_support().items():
        total = 0
        for string, f in part.terms.items():
            left: Any = np.array([[f]])
            for x, a in string:
                left = scipy.sparse.kron(left, left_product(H.spaces[x], a), format="csr")
            # letters are hermitian, so products from the right are the conjugates of those from the left
            total = total - 2 * left.imag
        found.append(Term(sites, scipy.sparse.csc_array(total)))
        found[-1].matrix.eliminate_zeros()
    return found


def left_product(space: LocalSpace, a: int) -> scipy.sparse.csr_array:
    """B_b ↦ B_a B_b between letters, shape (d², d²)."""
    products = space.products[a]
    entries = [(c, b, f) for b in range(space.levels**2) for c, f in products[b]]
    rows, columns, values = zip(*entries, strict=True)
    return scipy.sparse.csr_array((values, (rows, columns)), shape=(space.levels**2,) * 2)
