"""Expectation values of many Pauli strings in a state of two-level sites, without a matrix."""

from __future__ import annotations

from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.linalg import kernels

BLOCK = 1024  # states whose signs are in a table; those of the blocks are found as they come
COMPILE_ABOVE = 2**13  # states; below, NumPy is done before Numba is imported


@final
class PauliMeans:
    """⟨P⟩ of strings on n two-level sites, as `PauliSum` has them.

    Parameters
    ----------
    sites : int
        n.
    flip, sign : array of int, shape (m,)
        Bits of the sites with X or Y, and of those with Z or Y.

    Notes
    -----
    One pass over the vector for every distinct flip, and a multiply-add for every string and state.
    """

    def __init__(self, sites: int, flip: NDArray[np.int64], sign: NDArray[np.int64]) -> None:
        self.sites = sites
        self.order = np.lexsort((sign, flip))
        self.flip, self.sign = flip[self.order], sign[self.order]
        y = np.bitwise_count(self.flip & self.sign)
        # P = i^y X^flip Z^sign and Z = -(-1)^bit
        self.weight: Real = np.where((np.bitwise_count(self.sign) + y // 2) % 2, -1.0, 1.0)
        self.imaginary = y % 2 == 1
        self.flips, first = np.unique(self.flip, return_index=True)
        self.bounds = np.append(first, len(flip)).astype(np.int64)

    @property
    def size(self) -> int:
        """States of a block."""
        return min(BLOCK, 1 << self.sites)

    @cached_property
    def low(self) -> Real:
        """Signs of the states within a block, shape (m, size)."""
        return _signs(self.sign[:, None] & np.arange(self.size))

    @cached_property
    def high(self) -> Real:
        """Signs that all states of a block have, shape (blocks, m)."""
        blocks = np.arange(1 << self.sites, step=self.size)
        return _signs(blocks[:, None] & self.sign) * self.weight

    def of(self, psi: Complex) -> Real:
        """⟨P⟩ of a vector, shape (m,), in the order of the strings that were given."""
        sums = np.zeros((len(self.high), self.sign.size))
        if psi.size >= COMPILE_ABOVE and kernels.numba_available():
            x = np.ascontiguousarray(psi).view(float).reshape(-1, 2)
            kernel = kernels.compiled("caloriq.linalg._pauli_means_compiled")
            kernel.sums(x, self.flips, self.bounds, self.imaginary, self.low, sums)
        else:
            self._sums(psi, sums)
        found = np.empty(self.sign.size)
        found[self.order] = (sums * self.high).sum(axis=0)
        return found

    def _sums(self, psi: Complex, out: Real) -> None:
        """The kernel's sums, in NumPy."""
        every = np.arange(psi.size)
        for f, flip in enumerate(self.flips.tolist()):
            z = (psi.conj() * psi[every ^ flip]).reshape(-1, self.size)
            for m in range(self.bounds[f], self.bounds[f + 1]):
                part: Any = z.imag if self.imaginary[m] else z.real
                out[:, m] = part @ self.low[m]


def _signs(masked: NDArray[Any]) -> Real:
    """(-1)^(number of bits)."""
    return np.asarray(1.0 - 2.0 * (np.bitwise_count(masked) % 2))
