"""Compiled kernels of the block-tridiagonal product, and their NumPy twins.

Real and imaginary parts are stored apart, so that the inner loop is eight fused multiply-adds on contiguous
doubles. One pass over a coupling block serves both products it takes part in, v x_{µ+1} and v† x_µ: each
element is read from memory once. Rows are split over threads; what v† scatters goes to private accumulators.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]


def numba_available() -> bool:
    """Whether Numba can be imported (it is not imported here)."""
    return find_spec("numba") is not None


@cache
def compiled() -> tuple[Any, Any, int]:
    """Numba kernels (couple, chebyshev) and the number of threads, compiled on first use and cached on disk."""
    import numba
    from numba import njit, prange

    @njit(fastmath=True, cache=True, nogil=True)
    def rows(re, im, x, y, lo, hi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Accumulate both products of rows lo..hi of every bond on y (2, N, n)."""
        n = re.shape[2]
        for b in range(re.shape[0]):
            cr, ci = x[0, b + 1], x[1, b + 1]
            dr, di = y[0, b + 1], y[1, b + 1]
            for i in range(lo, hi):
                vr, vi = re[b, i], im[b, i]
                pr, pi = x[0, b, i], x[1, b, i]
                sr, si = 0.0, 0.0
                for j in range(n):
                    sr += vr[j] * cr[j] - vi[j] * ci[j]  # v x_{µ+1}
                    si += vr[j] * ci[j] + vi[j] * cr[j]
                    dr[j] += vr[j] * pr + vi[j] * pi  # v† x_µ
                    di[j] += vr[j] * pi - vi[j] * pr
                y[0, b, i] += sr
                y[1, b, i] += si

    @njit(fastmath=True, cache=True, nogil=True)
    def rows_real(re, x, y, lo, hi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """The same for real coupling blocks."""
        n = re.shape[2]
        for b in range(re.shape[0]):
            cr, ci = x[0, b + 1], x[1, b + 1]
            dr, di = y[0, b + 1], y[1, b + 1]
            for i in range(lo, hi):
                vr = re[b, i]
                pr, pi = x[0, b, i], x[1, b, i]
                sr, si = 0.0, 0.0
                for j in range(n):
                    sr += vr[j] * cr[j]
                    si += vr[j] * ci[j]
                    dr[j] += vr[j] * pr
                    di[j] += vr[j] * pi
                y[0, b, i] += sr
                y[1, b, i] += si

    @njit(parallel=True, cache=True)
    def couple(re, im, x, work):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Off-diagonal part of H x, one private sum per thread, into work (threads, 2, N, n)."""
        threads, n = work.shape[0], re.shape[1]
        for t in prange(threads):
            work[t] = 0.0
            lo, hi = t * n // threads, (t + 1) * n // threads
            if im.shape[0] == 0:
                rows_real(re, x, work[t], lo, hi)
            else:
                rows(re, im, x, work[t], lo, hi)

    @njit(cache=True)
    def chebyshev(re, im, energies, shift, scale, buffer, first, work):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        """Fill buffer[first:] with the recurrence buffer[k] = 2 (H - shift)/scale buffer[k-1] - buffer[k-2]."""
        _, _, N, n = buffer.shape
        for k in range(first, buffer.shape[0]):
            couple(re, im, buffer[k - 1], work)
            for part in range(2):
                for mu in range(N):
                    for i in range(n):
                        y = (energies[mu, i] - shift) * buffer[k - 1, part, mu, i]
                        for t in range(work.shape[0]):
                            y += work[t, part, mu, i]
                        buffer[k, part, mu, i] = 2.0 / scale * y - buffer[k - 2, part, mu, i]

    return couple, chebyshev, int(numba.get_num_threads())


def couple_numpy(re: Real, im: Real | None, x: Real) -> Real:
    """Off-diagonal part of H x for x of shape (2, N, n), in NumPy."""
    y = np.zeros_like(x)
    for b in range(re.shape[0]):
        right, left = x[:, b + 1].T, x[:, b].T  # (n, 2)
        up, down = re[b] @ right, re[b].T @ left
        y[:, b] += up.T
        y[:, b + 1] += down.T
        if im is not None:
            up, down = im[b] @ right, im[b].T @ left
            y[0, b] -= up[:, 1]
            y[1, b] += up[:, 0]
            y[0, b + 1] += down[:, 1]
            y[1, b + 1] -= down[:, 0]
    return y


def couple_block(re: Real, im: Real | None, x: Real) -> Real:
    """Off-diagonal part of H X for k vectors at once, x of shape (N, n, 2, k): real matrix products only."""
    N, n, _, k = x.shape
    y = np.zeros_like(x)
    for b in range(N - 1):
        right, left = x[b + 1].reshape(n, 2 * k), x[b].reshape(n, 2 * k)
        y[b] += (re[b] @ right).reshape(n, 2, k)
        y[b + 1] += (re[b].T @ left).reshape(n, 2, k)
        if im is not None:
            up, down = (im[b] @ right).reshape(n, 2, k), (im[b].T @ left).reshape(n, 2, k)
            y[b, :, 0] -= up[:, 1]
            y[b, :, 1] += up[:, 0]
            y[b + 1, :, 0] += down[:, 1]
            y[b + 1, :, 1] -= down[:, 0]
    return y
