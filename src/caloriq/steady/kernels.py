"""Operations within and between blocks of packed states: compiled for NumPy, matrix products for any other library."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import scipy

from caloriq._array import Library
from caloriq._checks import Real
from caloriq.linalg import kernels
from caloriq.spaces.basis import Indices
from caloriq.steady.excitations import rows_of

compiled = partial(kernels.compiled, "caloriq.steady._compiled")


class Compiled:
    """One block by Numba kernels on NumPy arrays: 𝓛 within it, the smoother, and what the Sylvester part leaves out.

    H is the block's Hamiltonian, `decay` A ≤ 0 of every element (dephasing jumps included), `lost` and `shift` the diagonals
    of Σ L†L and of E; `damping` is added to the decay in `smooth`.
    """

    def __init__(
        self, H: scipy.sparse.csr_array, decay: Real, lost: Real, shift: Real, damping: float, dtype: Any
    ) -> None:
        self._kernels = compiled()
        self._energy = np.ascontiguousarray(H.diagonal().real, dtype=dtype)
        rows = rows_of(H)
        off = (rows != H.indices) & (H.data != 0)
        self._start = np.searchsorted(rows[off], np.arange(H.shape[0] + 1)).astype(np.int64)
        self._column, hopping = H.indices[off].astype(np.int64), H.data[off]
        self._real = np.ascontiguousarray(hopping.real, dtype=dtype)
        there = np.iscomplexobj(hopping) and np.any(hopping.imag)
        self._imaginary = np.ascontiguousarray(hopping.imag if there else [], dtype=dtype)
        self._decay, self._lost = decay.astype(dtype), lost.astype(dtype)
        self._shift, self._damping = shift.astype(dtype), self._lost.dtype.type(damping)

    def _turned(self, P: Any) -> Any:
        T = np.empty_like(P)
        self._kernels.transposed(P, T)
        return T

    def lindblad(self, P: Any) -> Any:
        """Part of 𝓛 that stays within the block."""
        out = np.empty_like(P)
        hopping = self._start, self._column, self._real, self._imaginary
        self._kernels.lindblad(P, self._turned(P), *hopping, self._energy, self._decay, out)
        return out

    def smooth(self, R: Any) -> Any:
        """R over the diagonal of 𝓛, damped; zero for the populations."""
        out = np.empty_like(R)
        self._kernels.smooth(R, self._turned(R), self._energy, self._decay, self._damping, out)
        return out

    def weigh(self, Z: Any, out: Any) -> None:
        """Add the elementwise part of 𝓙 to `out`."""
        self._kernels.weigh(Z, self._decay, self._lost, self._shift, out)


class Products:
    """The same by matrix products and elementwise operations of the array API; parameters as for `Compiled`."""

    def __init__(
        self, H: scipy.sparse.csr_array, decay: Real, lost: Real, shift: Real, damping: float, library: Library
    ) -> None:
        dense = H.toarray()
        self._real = library.convert(np.ascontiguousarray(dense.real))
        there = np.iscomplexobj(dense) and bool(np.any(dense.imag))
        self._imaginary = library.convert(np.ascontiguousarray(dense.imag)) if there else None
        self._decay = library.convert(decay)
        energy = dense.diagonal().real
        bottom, detuning = decay - damping, energy[:, None] - energy
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = 1 / (bottom**2 + detuning**2)
        kept = 1 - np.eye(len(lost))
        self._smooth = library.convert(np.where(kept > 0, bottom * inverse, 0.0))
        self._turn = library.convert(np.where(kept > 0, detuning * inverse, 0.0))
        self._weights = library.convert(decay + lost[:, None] / 2 + lost / 2 - shift[:, None] - shift)

    def lindblad(self, P: Any) -> Any:
        """Part of 𝓛 that stays within the block."""
        T = P.T
        out = self._decay * P - self._real @ T + T @ self._real
        return out if self._imaginary is None else out + self._imaginary @ P - P @ self._imaginary

    def smooth(self, R: Any) -> Any:
        """R over the diagonal of 𝓛, damped; zero for the populations."""
        return R * self._smooth + R.T * self._turn

    def weigh(self, Z: Any, out: Any) -> None:
        """Add the elementwise part of 𝓙 to `out`."""
        out += self._weights * Z


SectorBlock = Compiled | Products


class Hop:
    """Bath jump into one block from another: out[to, to] += rate source[since, since]."""

    def __init__(self, rate: float, since: Indices, to: Indices, size: int, library: Library) -> None:
        self._library = library
        if library.numpy:
            self._rate, self._since, self._to = library.dtype(rate), since.astype(np.int64), to.astype(np.int64)
            return
        mask, source = np.zeros(size), np.zeros(size, dtype=np.intp)
        mask[to], source[to] = 1.0, since
        self._source = library.indices(source)
        self._mask = library.convert(rate * mask[:, None] * mask)

    def add(self, source: Any, out: Any) -> None:
        """Add the jump."""
        if self._library.numpy:
            compiled().jump(self._rate, source, self._since, self._to, out)
            return
        xp = self._library.xp
        out += self._mask * xp.take(xp.take(source, self._source, axis=0), self._source, axis=1)
