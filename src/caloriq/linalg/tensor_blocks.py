"""Hermitian operator of blocks that are products of factors: each coupling acts on neighbouring factors alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.linalg.block_sparse import BlockSparse, norm_bound


class Factor(NamedTuple):
    """Coupling 1 ⊗ v ⊗ 1 of two blocks."""

    first: int  # first and second: the blocks, a and b
    second: int
    matrix: int  # which of the matrices v, shape (K_a, K_b)
    left: int  # left and right: sizes of what stands before and after the coupled factors, the same in both blocks
    right: int


class TensorBlocks(BlockSparse):
    """H with H_aa = diag(ε_a), shape (D,), and H_ab = 1 ⊗ v ⊗ 1: blocks coupled by factors that share few small matrices.

    A product is matrix products of every v with what stands around it: 8 D K operations per coupling, and no block is
    ever formed.
    """

    def __init__(
        self, energies: Real, sizes: Sequence[int], factors: Sequence[Factor], matrices: Sequence[Complex | Real]
    ) -> None:
        empty = np.empty(0)
        super().__init__(energies, sizes, [(f.first, f.second) for f in factors], empty, empty, kernel="numpy")
        self.factors, self.matrices = tuple(factors), tuple(matrices)

    @property
    def product_bytes(self) -> int:
        """Bytes that one product reads: every matrix, and both blocks of every coupling."""
        blocks = sum(self.sizes[f.first] + self.sizes[f.second] for f in self.factors)
        return sum(v.nbytes for v in self.matrices) + 32 * blocks

    def coupling(self, pair: int) -> Complex | Real:
        """Coupling block of one pair, formed: shape (n_a, n_b)."""
        f = self.factors[pair]
        return np.asarray(np.kron(np.kron(np.eye(f.left), self.matrices[f.matrix]), np.eye(f.right)))

    def coupled(self, pair: int, x: Complex) -> Complex:
        """H_ab x for x of shape (n_b, k), without the block."""
        f = self.factors[pair]
        return self._acting(self.matrices[f.matrix], f, x)

    @staticmethod
    def _acting(v: Complex | Real, f: Factor, x: Complex) -> Complex:
        y: Complex = v @ x.reshape(f.left, v.shape[1], f.right * x.shape[1])
        return y.reshape(f.left * v.shape[0] * f.right, x.shape[1])

    def apply(self, s: Real) -> Real:
        """H x in split layout."""
        block = s.ndim > self._axes
        x = self.join(s, block=block).reshape(self.shape[0], -1)
        y = self.energies[:, None] * x
        for f in self.factors:
            v, here, there = self.matrices[f.matrix], self.places[f.first], self.places[f.second]
            y[here] += self._acting(v, f, x[there])
            y[there] += self._acting(v.conj().T, f, x[here])
        return self.split(y if block else y[:, 0])

    def _pair_norms(self) -> list[float]:
        """The norm of 1 ⊗ v ⊗ 1 is that of v."""
        norms = [norm_bound(np.abs(v)) for v in self.matrices]
        return [norms[f.matrix] for f in self.factors]
