"""Hermitian operator of few dense blocks: a graph of blocks, each coupled to some others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.linalg import kernels
from caloriq.results import frozen

# Below this many coupling elements a product in NumPy costs less than importing Numba.
COMPILE_ABOVE = 40_000

Kernel = Literal["auto", "numba", "numpy"]


class BlockSparse:
    """H with diagonal blocks that are diagonal, H_aa = diag(ε_a), and some others, H_ab = v, H_ba = v†.

    Parameters
    ----------
    energies : array, shape (D,)
        Diagonal.
    sizes : sequence of int, shape (B,)
        Sizes n_a of the blocks; they sum to D.
    pairs : sequence of (int, int), shape (P, 2)
        Blocks a ≠ b that are coupled, every pair once.
    re, im : arrays, shape (Σ n_a n_b,)
        Real and imaginary part of the coupling blocks, row by row, one after the other; `im` is None for real ones.
    kernel : {"auto", "numba", "numpy"}
        What computes products with one vector; "auto" takes Numba for large blocks where it is installed.

    Notes
    -----
    One product reads each coupling element once, 16 bytes (real: 8), and does 16 (real: 8) multiplications and
    additions with it. A vector is kept with its real and imaginary part apart: shape (2, D), k of them (D, 2, k).
    """

    product_cost = float("inf")  # next to sums: one series serves all times
    _axes = 2  # of the split layout of one vector; blocks of vectors have one more

    def __init__(
        self,
        energies: Real,
        sizes: Sequence[int],
        pairs: Sequence[tuple[int, int]],
        re: Real,
        im: Real | None = None,
        *,
        kernel: Kernel = "auto",
    ) -> None:
        self.energies = frozen(energies.view())  # views: the caller's own arrays stay writable
        self.re = frozen(re.view())
        self.im = None if im is None else frozen(im.view())
        self.sizes, self.pairs = tuple(sizes), tuple(pairs)
        self.kernel: Literal["numba", "numpy"]
        if kernel == "auto":
            self.kernel = "numba" if re.size > COMPILE_ABOVE and kernels.numba_available() else "numpy"
        else:
            self.kernel = kernel

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return len(self.sizes)

    @property
    def block_size(self) -> int:
        """Size n of a block, where all are equal."""
        (size,) = set(self.sizes)
        return size

    @property
    def shape(self) -> tuple[int, int]:
        """Shape (D, D) of the matrix."""
        return (self.energies.size, self.energies.size)

    @property
    def product_bytes(self) -> int:
        """Bytes that one product reads."""
        return self.re.nbytes + (0 if self.im is None else self.im.nbytes)

    @cached_property
    def places(self) -> tuple[slice, ...]:
        """Rows of every block."""
        ends = np.cumsum([0, *self.sizes]).tolist()
        return tuple(slice(a, b) for a, b in pairwise(ends))

    @cached_property
    def table(self) -> NDArray[np.int64]:
        """Of every coupling block: first element, height, width, first row, first column."""
        rows, at = [], 0
        for a, b in self.pairs:
            height, width = self.sizes[a], self.sizes[b]
            rows.append((at, height, width, self.places[a].start, self.places[b].start))
            at += height * width
        return np.array(rows, dtype=np.int64).reshape(-1, 5)

    def _part(self, flat: Real, pair: int) -> Real:
        at, height, width = self.table[pair, :3].tolist()
        return flat.reshape(-1)[at : at + height * width].reshape(height, width)

    def coupling(self, pair: int) -> Complex | Real:
        """Coupling block of one pair, shape (n_a, n_b)."""
        re = self._part(self.re, pair)
        block: Complex | Real = re if self.im is None else re + 1j * self._part(self.im, pair)
        return block

    def coupled(self, pair: int, x: Complex) -> Complex:
        """H_ab x for x of shape (n_b, k)."""
        y: Complex = self.coupling(pair) @ x
        return y

    @cached_property
    def _listed(self) -> kernels.Blocks:
        return [
            (
                self.places[a],
                self.places[b],
                self._part(self.re, p),
                None if self.im is None else self._part(self.im, p),
            )
            for p, (a, b) in enumerate(self.pairs)
        ]

    # -- layouts: real and imaginary part apart in both

    @property
    def layout(self) -> tuple[int, ...]:
        """How the D amplitudes of a split vector are arranged."""
        return (self.shape[0],)

    def split(self, x: Complex) -> Real:
        """Split layout of x: (D,) to (2, D), (D, k) to (D, 2, k)."""
        if x.ndim == 1:
            return np.stack([x.real, x.imag]).reshape(2, *self.layout)
        return np.ascontiguousarray(np.stack([x.real, x.imag], axis=1).reshape(*self.layout, 2, x.shape[1]))

    def join(self, s: Real, *, block: bool) -> Complex:
        """Complex array out of a split one, leading axes kept: (..., 2, D), or with `block` (..., D, 2, k)."""
        D, lead = self.shape[0], s.shape[: s.ndim - self._axes - block]
        if block:
            X: Complex = s[..., 0, :] + 1j * s[..., 1, :]
            return X.reshape(*lead, D, s.shape[-1])
        flat = s.reshape(*lead, 2, D)
        x: Complex = flat[..., 0, :] + 1j * flat[..., 1, :]
        return x

    # -- products

    def mv(self, x: Complex) -> Complex:
        """H x for one vector (D,) or a block of vectors (D, k); cost as stated for the class, times k."""
        x = np.asarray(x, dtype=complex)
        if x.ndim not in {1, 2} or x.shape[0] != self.shape[0]:
            raise InvalidInput(
                f"`x` must have shape ({self.shape[0]},) or ({self.shape[0]}, k), but it has not (got shape {x.shape})"
            )
        return self.join(self.apply(self.split(x)), block=x.ndim == 2)

    def apply(self, s: Real) -> Real:
        """H x in split layout."""
        D, diagonal = self.shape[0], self.energies.reshape(-1)
        if s.ndim > self._axes:
            X = s.reshape(D, 2, s.shape[-1])
            return (diagonal[:, None, None] * X + kernels.couple_block(self._listed, X)).reshape(s.shape)
        x: Real = np.ascontiguousarray(s).reshape(2, D)
        return (diagonal * x + self._couple(x)).reshape(s.shape)

    def chebyshev(self, buffer: Real, first: int, shift: float, scale: float) -> None:
        """Fill buffer[first:] with y_k = 2 (H - shift)/scale y_{k-1} - y_{k-2}, in split layout, in place."""
        if buffer.ndim == self._axes + 1 and self.kernel == "numba":
            re, im, work = self._workspace
            flat = buffer.reshape(buffer.shape[0], 2, -1)
            diagonal = self.energies.reshape(-1)
            kernels.compiled().chebyshev(re, im, self.table, diagonal, shift, scale, flat, first, work)
            return
        for k in range(first, buffer.shape[0]):
            buffer[k] = (2 / scale) * (self.apply(buffer[k - 1]) - shift * buffer[k - 1]) - buffer[k - 2]

    def fold(self, buffer: Real, rows: Real, even: Real, odd: Real) -> None:
        """Add rows[k, t] buffer[k] to even[t] or odd[t] by the parity of k, in place; shapes (K, T), (K, S) and (T, S)."""
        if self.kernel == "numba":
            # not BLAS: its threads spin for a while after every call and would starve the products that follow
            kernels.compiled().fold(buffer, np.ascontiguousarray(rows.T), even, odd)
            return
        even += rows[0::2].T @ buffer[0::2]
        odd += rows[1::2].T @ buffer[1::2]

    def _couple(self, x: Real) -> Real:
        if self.kernel == "numpy":
            return kernels.couple_numpy(self._listed, x)
        re, im, work = self._workspace
        kernels.compiled().couple(re, im, self.table, x, work)
        total: Real = work.sum(axis=0)
        return total

    @cached_property
    def _workspace(self) -> tuple[Real, Real, Real]:
        threads = max(1, min(kernels.threads(), max(self.sizes)))
        im = frozen(np.empty(0)) if self.im is None else self.im.reshape(-1)
        return self.re.reshape(-1), im, np.empty((threads, 2, self.shape[0]))

    # -- the whole matrix and its spectrum

    def as_matrix(self) -> Complex:
        """Dense matrix, shape (D, D), 16 D² bytes, which are refused where memory has no room."""
        dim = self.shape[0]
        _checks.memory("dimension", dim, 16.0 * dim * dim, "use mv instead of the dense matrix")
        H = np.zeros(self.shape, dtype=complex)
        H[np.arange(dim), np.arange(dim)] = self.energies.reshape(-1)
        for p, (a, b) in enumerate(self.pairs):
            v = self.coupling(p)
            H[self.places[a], self.places[b]], H[self.places[b], self.places[a]] = v, v.conj().T
        return H

    @cached_property
    def norm_bounds(self) -> tuple[float, float]:
        r"""Interval that holds the whole spectrum, without one product: Weyl's inequality with
        :math:`\|v\| \le \min(\|v\|_F, \sqrt{\|v\|_1\|v\|_\infty})` per block. Rigorous, loose by up to :math:`\sqrt n`.
        """
        reach = np.zeros(self.blocks)
        for pair, bound in zip(self.pairs, self._pair_norms(), strict=True):
            reach[list(pair)] += bound
        # ‖offdiagonal‖ <= max over block rows of the sum of block norms (block Gershgorin)
        lower = float(self.energies.min() - reach.max(initial=0.0))
        upper = float(self.energies.max() + reach.max(initial=0.0))
        margin = 1e-12 * max(abs(lower), abs(upper))
        return lower - margin, upper + margin

    def _pair_norms(self) -> list[float]:
        """Bound on the norm of every coupling block."""
        return [norm_bound(np.abs(self.coupling(p))) for p in range(len(self.pairs))]


def norm_bound(magnitudes: Real) -> float:
    """Bound on the 2-norm of a matrix from the magnitudes of its elements."""
    frobenius = float(np.sqrt(np.sum(magnitudes**2)))  # not BLAS: its threads would spin into the first products
    mixed = float(np.sqrt(magnitudes.sum(axis=0).max(initial=0.0) * magnitudes.sum(axis=1).max(initial=0.0)))
    return min(frobenius, mixed)
