"""Compiled steps of Chebyshev recurrences on one complex vector, in place."""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

from __future__ import annotations

from numba import prange

from caloriq.linalg.jit import njit

PIECE = 4096


@njit(parallel=True, error_model="numpy", cache=True)
def advance(y, now, before, total, shift, factor, c):
    """Put factor (y - shift now) - before into `before`, and add c times it to `total`."""
    for piece in prange((len(y) + PIECE - 1) // PIECE):
        for k in range(piece * PIECE, min(len(y), (piece + 1) * PIECE)):
            x = factor * (y[k] - shift * now[k]) - before[k]
            before[k] = x
            total[k] += c * x
