"""Compiled products of i[H, ·] on all strings of a bounded support: local maps of neighbouring letters, one panel after the other.

A vector holds a number for every string of letters on the sites of a window, the first site the slowest; that of a string
which begins later is the one of the string moved to the front, so that the first 1/B of the vector repeats the rest.
"""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

from __future__ import annotations

import numpy as np
from numba import prange

from caloriq.linalg.jit import njit

WIDE = 64  # neighbouring numbers that are taken together where a map leaves the fastest sites alone
ROWS = 16  # strings that are taken together where it does not


@njit(parallel=True, fastmath=True, error_model="numpy", cache=True)
def panels(v, u, scale, outer0, outer, size, inner, row0, indptr, indices, data):
    """u[a, i, b] += scale Σ_j M_ij v[a, j, b] for vectors (outer, size, inner), a ≥ outer0, i ≥ row0."""
    pieces = (inner + WIDE - 1) // WIDE
    for task in prange((outer - outer0) * pieces):
        b = (task % pieces) * WIDE
        n = min(inner - b, WIDE)
        base = (outer0 + task // pieces) * size * inner + b
        total = np.empty(WIDE)
        for i in range(row0, size):
            if indptr[i] == indptr[i + 1]:
                continue
            for k in range(n):
                total[k] = 0.0
            for p in range(indptr[i], indptr[i + 1]):
                f, source = data[p], base + indices[p] * inner
                for k in range(n):
                    total[k] += f * v[source + k]
            goal = base + i * inner
            for k in range(n):
                u[goal + k] += scale * total[k]


@njit(parallel=True, fastmath=True, error_model="numpy", cache=True)
def rows(v, u, scale, outer0, outer, size, row0, indptr, indices, data):
    """As `panels` with inner = 1: some strings side by side, so that a row of M meets numbers in a row."""
    for task in prange((outer - outer0 + ROWS - 1) // ROWS):
        a = outer0 + task * ROWS
        n = min(outer - a, ROWS)
        x, y, total = np.zeros((size, ROWS)), np.empty((ROWS, size)), np.empty(ROWS)
        for r in range(n):
            for j in range(size):
                x[j, r] = v[(a + r) * size + j]
        for i in range(row0, size):
            total[:] = 0.0
            for p in range(indptr[i], indptr[i + 1]):
                f, j = data[p], indices[p]
                for r in range(ROWS):
                    total[r] += f * x[j, r]
            for r in range(ROWS):
                y[r, i] = total[r]
        for r in range(n):
            for i in range(row0, size):
                u[(a + r) * size + i] += scale * y[r, i]


@njit(parallel=True, fastmath=True, error_model="numpy", cache=True)
def from_before(v, u, scale, inner, steps, wanted, letters, indptr, indices, data):
    """What terms that begin before a string make of longer ones.

    Windows (i, b) that have `wanted` empty cells in front get Σ_j M_ij v[j, b], which is added where the string stands without
    these cells; `steps` is their number for every i.
    """
    pieces = (inner + WIDE - 1) // WIDE
    move = letters**wanted
    for task in prange(len(steps) * pieces):
        i, b0 = task // pieces, (task % pieces) * WIDE
        if steps[i] != wanted or indptr[i] == indptr[i + 1]:
            continue
        for b in range(b0, min(inner, b0 + WIDE)):
            total = 0.0
            for p in range(indptr[i], indptr[i + 1]):
                total += data[p] * v[indices[p] * inner + b]
            u[(i * inner + b) * move] += scale * total


@njit(cache=True)
def repeat(u, first, letters):
    """Numbers of strings that begin later, `first` of them, from those moved to the front."""
    for x in range(first - 1, 0, -1):
        u[x] = u[x * letters]
    u[0] = 0.0


@njit(parallel=True, fastmath=True, error_model="numpy", cache=True)
def finish(u, v, total, c, factor, inside, ends, low, high, sums):
    """End of one step of a recurrence: u -= factor · damping · v, total += c u, and the sums of u·u, u·v with signs, for each block.

    A block is the strings with the same letters but on the last sites; `low` and `high` hold their signs. `inside` is the
    damping of strings by their last letters, `ends` that of those which end before.
    """
    size = len(low)
    for block in prange(len(high)):
        if high[block] == 0:
            sums[block, 0] = sums[block, 1] = 0.0
            continue
        base, same, next_ = block * size, 0.0, 0.0
        u[base] -= factor * ends[block] * v[base]
        for k in range(1, size):
            u[base + k] -= factor * inside[k] * v[base + k]
        for k in range(size):
            x = u[base + k]
            total[base + k] += c * x
            same += low[k] * x * x
            next_ += low[k] * x * v[base + k]
        sums[block, 0], sums[block, 1] = high[block] * same, high[block] * next_


@njit(parallel=True, fastmath=True, error_model="numpy", cache=True)
def squares(v, first, inside, ends, longest):
    """Sum of squares of strings by the cells that they cover, shape (blocks, longest + 1).

    `inside` is the cells that a string covers by its last letters, `ends` that of strings which end before, for every block.
    """
    size = len(inside)
    found = np.zeros((len(ends), longest + 1))
    for block in prange(first, len(ends)):
        base = block * size
        found[block, ends[block]] += v[base] * v[base]
        for k in range(1, size):
            found[block, inside[k]] += v[base + k] * v[base + k]
    return found
