"""Numba kernel of the expectation values of Pauli strings. Imported only where vectors are long."""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

import numpy as np
from numba import prange

from caloriq.linalg.jit import njit


@njit(cache=True, parallel=True, fastmath={"reassoc", "contract"})
def sums(x, flips, bounds, imaginary, low, out):
    """out[b, m] = Σ_i low[m, i] Re or Im of conj(x_i) x_{i ^ flip} over block b of i; x holds real and imaginary parts side by side."""
    size = low.shape[1]
    for b in prange(out.shape[0]):
        real, imag = np.empty(size), np.empty(size)
        for f in range(flips.shape[0]):
            for k in range(size):
                i = b * size + k
                j = i ^ flips[f]
                real[k] = x[i, 0] * x[j, 0] + x[i, 1] * x[j, 1]
                imag[k] = x[i, 0] * x[j, 1] - x[i, 1] * x[j, 0]
            for m in range(bounds[f], bounds[f + 1]):
                z = imag if imaginary[m] else real
                total = 0.0
                for k in range(size):
                    total += low[m, k] * z[k]
                out[b, m] = total
