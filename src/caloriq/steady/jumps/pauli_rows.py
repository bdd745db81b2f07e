"""What is read of a state of two-level sites, by its Pauli strings: nothing is kept for a state but its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.linalg import kernels
from caloriq.linalg.pauli_halves import Halves
from caloriq.models.lattice.space import Space
from caloriq.spaces.matrices import pauli_strings
from caloriq.spaces.strings import Strings, total

Whole = NDArray[np.int64]
MANY = 2**9  # states from which strings are read faster than a sparse matrix
TWO = 2  # levels


@dataclass(frozen=True, eq=False)
class PauliRows:
    """All Pauli strings of some operators, those of one flip together.

    Attributes
    ----------
    operators : sequence of Strings
        Hermitian, on two-level sites.
    """

    operators: Sequence[Strings]

    @cached_property
    def strings(self) -> tuple[Whole, Whole]:
        """Flips and signs of every string, once, by flips."""
        flip, sign, _ = pauli_strings(_every(self.operators))
        order = np.lexsort((sign, flip))
        return flip[order], sign[order]

    @cached_property
    def grouped(self) -> tuple[Whole, Whole, Whole, Real, NDArray[np.bool_]]:
        """Distinct flips, where the strings of each begin, all signs, what a string is times its signs, and whether times -i."""
        flip, sign = self.strings
        flips, first = np.unique(flip, return_index=True)
        y = np.bitwise_count(flip & sign).astype(int)
        weights = np.where((np.bitwise_count(sign).astype(int) + y // 2) % 2, -1.0, 1.0)
        return flips, np.append(first, flip.size).astype(np.int64), sign, weights, y % 2 == 1

    @cached_property
    def matrix(self) -> scipy.sparse.csr_array:
        """From means of strings to those of operators, shape (rows, strings)."""
        flip, sign = self.strings
        place = {pair: k for k, pair in enumerate(zip(flip.tolist(), sign.tolist(), strict=True))}
        rows, columns, values = [], [], []
        for row, one in enumerate(self.operators):
            for f, s, v in zip(*(part.tolist() for part in pauli_strings(one)), strict=True):
                rows.append(row)
                columns.append(place[f, s])
                values.append(v)
        return scipy.sparse.csr_array((values, (rows, columns)), shape=(len(self.operators), flip.size))

    def table(self, space: Space) -> PauliTable | None:
        """The rows on the states of a sector; None where they are few, or not ranked by halves of their bits."""
        if space.dimension < MANY or not kernels.numba_available():
            return None
        N = space.model.size
        if not space.totals:
            low = N // 2
            heads, tails = np.arange(1 << (N - low)) << low, np.arange(1 << low)
        else:
            up = space.sites_up(0)
            if up is None:
                return None
            halves = Halves(N, up)
            low, heads, tails = halves.low, halves.starts, halves.places
        return PauliTable(self, space.basis.keys, heads.astype(np.int64), tails.astype(np.int64), low)


def _every(operators: Sequence[Strings]) -> Strings:
    """One operator with all strings, each with the coefficient 1."""
    terms = {string: 1.0 for one in operators for string in one.terms}
    return Strings(operators[0].spaces, terms) if operators else total((), [])


@dataclass(frozen=True, eq=False)
class PauliTable:
    """Rows on the states of one sector, by two tables that rank a state (Lin 1990)."""

    rows: PauliRows
    keys: Any
    heads: Whole
    tails: Whole
    low: int

    def read(self, psi: Complex, turned: Complex) -> Real:
        """⟨ψ|A|ψ⟩ and 2 Im⟨ψ|A|Hψ⟩ of every row, shape (rows, 2); `turned` is Hψ."""
        means = np.empty((len(self.rows.strings[0]), 2))
        kernel = kernels.compiled("caloriq.steady.jumps._compiled")
        kernel.sums(self.keys, self.heads, self.tails, self.low, *self.rows.grouped, psi, turned, means)
        found: Real = self.rows.matrix @ means
        return found
