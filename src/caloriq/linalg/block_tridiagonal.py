"""Hermitian block-tridiagonal operator with diagonal blocks that are diagonal."""

from __future__ import annotations

from caloriq._checks import Real
from caloriq.linalg.block_sparse import BlockSparse, Kernel


class BlockTridiagonal(BlockSparse):
    """H with N equal blocks in a row, H_µµ = diag(energies[µ]) and H_µ,µ+1 = coupling[µ], H_µ+1,µ = coupling[µ]†.

    Parameters
    ----------
    energies : array, shape (N, n)
        Diagonal.
    re, im : arrays, shape (N-1, n, n)
        Real and imaginary part of the coupling blocks; `im` is None for real ones.
    kernel : {"auto", "numba", "numpy"}
        What computes products with one vector; "auto" takes Numba for large blocks where it is installed.

    Notes
    -----
    One product reads each coupling element once: 16 (N-1) n² bytes, half of that for real couplings,
    and does 16 (N-1) n² (real: 8) multiplications and additions each. Split layouts: one vector (2, N, n), k of them
    (N, n, 2, k).
    """

    _axes = 3

    def __init__(self, energies: Real, re: Real, im: Real | None = None, *, kernel: Kernel = "auto") -> None:
        N, n = energies.shape
        super().__init__(energies, [n] * N, [(b, b + 1) for b in range(N - 1)], re, im, kernel=kernel)

    @property
    def layout(self) -> tuple[int, ...]:
        """(N, n)."""
        return (self.blocks, self.block_size)
