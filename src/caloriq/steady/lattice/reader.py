"""Many functionals Tr(Aρ) of one density matrix at once, with what its error in the trace norm may change in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.steady.bounds import UNIT, Bounded
from caloriq.steady.lattice.blocks import Blocks, largest_row

ROUNDINGS = 8.0  # of every product in a sum


@dataclass(frozen=True, eq=False)
class Reader:
    """Operators as rows on all elements of ρ.

    Attributes
    ----------
    rows : sparse array, shape (K, dimension)
        Tr(Aρ) = Σ A_ji ρ_ij.
    norms : array, shape (K,)
        Bounds on the largest eigenvalue of each, by modulus: |Tr(A δρ)| ≤ ‖A‖ ‖δρ‖₁.
    """

    rows: scipy.sparse.csr_array
    norms: Real

    @classmethod
    def of(cls, blocks: Blocks, operators: Sequence[Sequence[Any]]) -> Reader:
        """Of hermitian operators, each in sparse blocks."""
        data, rows, columns = [], [], []
        norms = np.zeros(len(operators))
        for number, operator in enumerate(operators):
            for offset, d, A in zip(blocks.offsets[:-1].tolist(), blocks.sizes, operator, strict=True):
                own = scipy.sparse.coo_array(A, copy=True)  # sums sort the elements of A in place
                data.append(own.data)
                rows.append(np.full(own.nnz, number))
                columns.append(offset + own.col.astype(np.int64) * d + own.row)
                norms[number] = max(norms[number], largest_row(A))
        shape = (len(operators), blocks.dimension)
        if not data:
            return cls(scipy.sparse.csr_array(shape), norms)
        joined = (np.concatenate(data), (np.concatenate(rows), np.concatenate(columns)))
        return cls(scipy.sparse.csr_array(joined, shape=shape), norms)

    def read(self, rho: Complex, error: float) -> Bounded:
        """All numbers of a density matrix whose error in the trace norm is at most that."""
        rounding = ROUNDINGS * UNIT * (abs(self.rows) @ np.abs(rho))
        return Bounded((self.rows @ rho).real, self.norms * error + rounding)
