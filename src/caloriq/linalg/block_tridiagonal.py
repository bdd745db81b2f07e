"""Hermitian block-tridiagonal operator with diagonal blocks that are diagonal."""

from __future__ import annotations

from caloriq._checks import Real
from caloriq.linalg.block_sparse import BlockSparse, Kernel


class BlockTridiagonal(BlockSparse):
    """H with N equal blocks in a row, H_µµ = diag(energies[µ]) and H_µ,µ+1 = coupling[µ], H_µ+1,µ = coupling[µ]†.

    The energies have shape (N, n), the coupling blocks' real and imaginary parts (N-1, n, n). Split layouts: one vector
    (2, N, n), k of them (N, n, 2, k).
    """

    _axes = 3

    def __init__(self, energies: Real, re: Real, im: Real | None = None, *, kernel: Kernel = "auto") -> None:
        N, n = energies.shape
        super().__init__(energies, [n] * N, [(b, b + 1) for b in range(N - 1)], re, im, kernel=kernel)

    @property
    def layout(self) -> tuple[int, ...]:
        """(N, n)."""
        return (self.blocks, self.block_size)
