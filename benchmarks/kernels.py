"""Numba kernels that ours is held against: reading memory, and the product written the simple way."""

from __future__ import annotations

import numpy as np
from numba import get_num_threads, njit, prange


@njit(parallel=True, fastmath=True, cache=True)
def _read_one_stream(a, threads):
    total = 0.0
    for t in prange(threads):
        part = a[t * a.size // threads : (t + 1) * a.size // threads]
        s = 0.0
        for j in range(part.size):
            s += part[j]
        total += s
    return total


@njit(parallel=True, fastmath=True, cache=True)
def _read_four_streams(a, threads):
    total = 0.0
    for t in prange(threads):
        part = a[t * a.size // threads : (t + 1) * a.size // threads]
        m = part.size // 4
        a0, a1, a2, a3 = part[:m], part[m : 2 * m], part[2 * m : 3 * m], part[3 * m : 4 * m]
        s0 = s1 = s2 = s3 = 0.0
        for j in range(m):
            s0 += a0[j]
            s1 += a1[j]
            s2 += a2[j]
            s3 += a3[j]
        total += s0 + s1 + s2 + s3
    return total


@njit(parallel=True, fastmath=True, cache=True)
def _read_eight_streams(a, threads):
    total = 0.0
    for t in prange(threads):
        part = a[t * a.size // threads : (t + 1) * a.size // threads]
        m = part.size // 8
        a0, a1, a2, a3 = part[:m], part[m : 2 * m], part[2 * m : 3 * m], part[3 * m : 4 * m]
        a4, a5, a6, a7 = part[4 * m : 5 * m], part[5 * m : 6 * m], part[6 * m : 7 * m], part[7 * m : 8 * m]
        s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
        for j in range(m):
            s0 += a0[j]
            s1 += a1[j]
            s2 += a2[j]
            s3 += a3[j]
            s4 += a4[j]
            s5 += a5[j]
            s6 += a6[j]
            s7 += a7[j]
        total += s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7
    return total


READERS = {1: _read_one_stream, 4: _read_four_streams, 8: _read_eight_streams}


def read(a: np.ndarray, streams: int) -> float:
    """Sum of a flat array, all threads, so many memory streams per thread."""
    return READERS[streams](a, get_num_threads())


@njit(fastmath=True, cache=True)
def complex_loop(v, x, y):
    """Off-diagonal part of H x, the simple way: complex numbers, row by row, one thread; v (N-1, n, n), x and y (N, n)."""
    y[:] = 0.0
    for b in range(v.shape[0]):
        for i in range(v.shape[1]):
            s = 0.0j
            for j in range(v.shape[2]):
                s += v[b, i, j] * x[b + 1, j]
                y[b + 1, j] += np.conj(v[b, i, j]) * x[b, i]
            y[b, i] += s


@njit(parallel=True, fastmath=True, cache=True)
def complex_loop_parallel(v, x, y):
    """The same over threads: rows of v for one product, bonds for the other, so that no sum is shared."""
    for b in range(v.shape[0]):
        for i in prange(v.shape[1]):
            s = 0.0j
            for j in range(v.shape[2]):
                s += v[b, i, j] * x[b + 1, j]
            y[b, i] = s
    y[v.shape[0]] = 0.0
    for b in prange(v.shape[0]):
        for i in range(v.shape[1]):
            for j in range(v.shape[2]):
                y[b + 1, j] += np.conj(v[b, i, j]) * x[b, i]


@njit(parallel=True, fastmath=True, cache=True)
def copy(a, b):
    """Write one flat array to another, all threads."""
    for i in prange(a.size):
        b[i] = a[i]


@njit(parallel=True, fastmath=True, cache=True)
def triad(a, b, c):
    """Write a + 3 b, all threads."""
    for i in prange(a.size):
        c[i] = a[i] + 3.0 * b[i]
