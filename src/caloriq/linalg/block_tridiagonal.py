"""Hermitian block-tridiagonal operator with diagonal blocks that are diagonal."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.linalg import _kernels
from caloriq.results import frozen

# Below this many coupling elements a product in NumPy costs less than importing Numba.
COMPILE_ABOVE = 40_000

Kernel = Literal["auto", "numba", "numpy"]


class BlockTridiagonal:
    """H with blocks H_µµ = diag(energies[µ]) and H_µ,µ+1 = coupling[µ], H_µ+1,µ = coupling[µ]†.

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
    and does 16 (N-1) n² (real: 8) multiplications and additions each.
    """

    def __init__(self, energies: Real, re: Real, im: Real | None = None, *, kernel: Kernel = "auto") -> None:
        self.energies = frozen(energies.view())  # views: the caller's own arrays stay writable
        self.re = frozen(re.view())
        self.im = None if im is None else frozen(im.view())
        self.kernel: Literal["numba", "numpy"]
        if kernel == "auto":
            self.kernel = "numba" if re.size > COMPILE_ABOVE and _kernels.numba_available() else "numpy"
        else:
            self.kernel = kernel

    @property
    def blocks(self) -> int:
        """Number of diagonal blocks N."""
        return int(self.energies.shape[0])

    @property
    def block_size(self) -> int:
        """Size n of a block."""
        return int(self.energies.shape[1])

    @property
    def shape(self) -> tuple[int, int]:
        """Shape (N n, N n) of the matrix."""
        return (self.energies.size, self.energies.size)

    @property
    def product_bytes(self) -> int:
        """Bytes that one product reads."""
        return self.re.nbytes + (0 if self.im is None else self.im.nbytes)

    def coupling(self, bond: int) -> Complex | Real:
        """Coupling block H_µ,µ+1 of one bond, shape (n, n)."""
        block: Complex | Real = self.re[bond] if self.im is None else self.re[bond] + 1j * self.im[bond]
        return block

    # -- layouts: one vector (2, N, n), k vectors (N, n, 2, k); real and imaginary part apart in both

    def split(self, x: Complex) -> Real:
        """Split layout of x, shape (N n,) to (2, N, n), or (N n, k) to (N, n, 2, k)."""
        N, n = self.energies.shape
        if x.ndim == 1:
            return np.stack([x.real, x.imag]).reshape(2, N, n)
        return np.ascontiguousarray(np.stack([x.real, x.imag], axis=1).reshape(N, n, 2, x.shape[1]))

    def join(self, s: Real, *, block: bool) -> Complex:
        """Complex array out of a split one, leading axes kept: (..., 2, N, n), or with `block` (..., N, n, 2, k)."""
        d = self.energies.size
        if block:
            X: Complex = s[..., 0, :] + 1j * s[..., 1, :]
            return X.reshape(*s.shape[:-4], d, s.shape[-1])
        x: Complex = s[..., 0, :, :] + 1j * s[..., 1, :, :]
        return x.reshape(*s.shape[:-3], d)

    # -- products

    def mv(self, x: Complex) -> Complex:
        """H x for one vector (N n,) or a block of vectors (N n, k); cost as stated for the class, times k."""
        x = np.asarray(x, dtype=complex)
        if x.ndim not in {1, 2} or x.shape[0] != self.shape[0]:
            raise InvalidInput(
                f"`x` must have shape ({self.shape[0]},) or ({self.shape[0]}, k), but it has not (got shape {x.shape})"
            )
        return self.join(self.apply(self.split(x)), block=x.ndim == 2)

    def apply(self, s: Real) -> Real:
        """H x in split layout."""
        if s.ndim == 4:
            return self.energies[:, :, None, None] * s + _kernels.couple_block(self.re, self.im, s)
        return self.energies * s + self._couple(s)

    def chebyshev(self, buffer: Real, first: int, shift: float, scale: float) -> None:
        """Fill buffer[first:] with y_k = 2 (H - shift)/scale y_{k-1} - y_{k-2}, in split layout, in place."""
        if buffer.ndim == 4 and self.kernel == "numba":
            re, im, work = self._workspace
            _kernels.compiled().chebyshev(re, im, self.energies, shift, scale, buffer, first, work)
            return
        for k in range(first, buffer.shape[0]):
            buffer[k] = (2 / scale) * (self.apply(buffer[k - 1]) - shift * buffer[k - 1]) - buffer[k - 2]

    def fold(self, buffer: Real, rows: Real, even: Real, odd: Real) -> None:
        """Add rows[k, t] buffer[k] to even[t] or odd[t], by the parity of k, in place.

        Parameters
        ----------
        buffer : array, shape (K, S)
            Flattened vectors.
        rows : array, shape (K, T)
            Real coefficients.
        even, odd : arrays, shape (T, S)
            Sums.
        """
        if self.kernel == "numba":
            # not BLAS: its threads spin for a while after every call and would starve the products that follow
            _kernels.compiled().fold(buffer, np.ascontiguousarray(rows.T), even, odd)
            return
        even += rows[0::2].T @ buffer[0::2]
        odd += rows[1::2].T @ buffer[1::2]

    def _couple(self, s: Real) -> Real:
        if self.kernel == "numpy":
            return _kernels.couple_numpy(self.re, self.im, s)
        re, im, work = self._workspace
        _kernels.compiled().couple(re, im, np.ascontiguousarray(s), work)
        total: Real = work.sum(axis=0)
        return total

    @cached_property
    def _workspace(self) -> tuple[Real, Real, Real]:
        threads = min(_kernels.compiled().threads, self.block_size)
        im = frozen(np.empty((0, self.block_size, self.block_size))) if self.im is None else self.im
        return self.re, im, np.empty((threads, 2, *self.energies.shape))

    # -- the whole matrix and its spectrum

    def as_matrix(self) -> Complex:
        """Dense matrix, shape (N n, N n), 16 (N n)² bytes.

        Raises
        ------
        InvalidInput
            If it would not fit in memory.
        """
        dim = self.shape[0]
        _checks.memory("dimension", dim, 16.0 * dim * dim, "use mv instead of the dense matrix")
        n = self.block_size
        H = np.zeros(self.shape, dtype=complex)
        H[np.arange(dim), np.arange(dim)] = self.energies.ravel()
        for b in range(self.blocks - 1):
            here, there = slice(b * n, (b + 1) * n), slice((b + 1) * n, (b + 2) * n)
            v = self.coupling(b)
            H[here, there], H[there, here] = v, v.conj().T
        return H

    @cached_property
    def norm_bounds(self) -> tuple[float, float]:
        r"""Interval that holds the whole spectrum, without one product: Weyl's inequality with
        :math:`\|v\| \le \min(\|v\|_F, \sqrt{\|v\|_1\|v\|_\infty})` per bond. Rigorous, loose by up to :math:`\sqrt n`.
        """
        bonds = np.array([_norm_bound(np.abs(self.coupling(b))) for b in range(self.blocks - 1)])
        reach = np.zeros(self.blocks)
        reach[:-1] += bonds
        reach[1:] += bonds
        # ‖offdiagonal‖ <= max over block rows of the sum of block norms (block Gershgorin)
        lower = float((self.energies.min(axis=1)).min() - reach.max())
        upper = float((self.energies.max(axis=1)).max() + reach.max())
        margin = 1e-12 * max(abs(lower), abs(upper))
        return lower - margin, upper + margin


def _norm_bound(magnitudes: Real) -> float:
    frobenius = float(np.sqrt(np.sum(magnitudes**2)))  # not BLAS: its threads would spin into the first products
    mixed = float(np.sqrt(magnitudes.sum(axis=0).max(initial=0.0) * magnitudes.sum(axis=1).max(initial=0.0)))
    return min(frobenius, mixed)
