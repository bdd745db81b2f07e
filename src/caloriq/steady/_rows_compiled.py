"""Numba kernels of batches: one row, one sample, and the same operations on it whatever the batch.

No threads, no fast arithmetic: a product over the whole batch rounds as its size has it, a row of these does not.
Imported only through `batches.compiled`.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

import math

import numpy as np
from numba import njit

LARGE = 700.0  # ω/T beyond which a mode is empty


@njit(cache=True, error_model="numpy")
def bath_rates(frequency, sites, temperature, rate, gain, loss):
    """Gain and loss of baths with a temperature, into columns of (n, baths); the others (NaN) are there already."""
    for n in range(frequency.shape[0]):
        for b in range(sites.size):
            T = temperature[b]
            if math.isnan(T):
                continue
            w, occupation = frequency[n, sites[b]], 0.0
            if T > 0.0 and w / T <= LARGE:
                step = math.expm1(w / T)
                occupation = 1.0 / step if step > 0.0 else math.inf
            gain[n, b], loss[n, b] = rate[b] * occupation, rate[b] * (occupation + 1.0)


@njit(cache=True)
def combine(given, where, start, which, value, out):
    """out[n, where_i] = Σ value · given[n, which] over the terms start_i..start_i+1, in their order; the rest stays."""
    for n in range(given.shape[0]):
        for i in range(where.size):
            total = 0.0
            for e in range(start[i], start[i + 1]):
                total += value[e] * given[n, which[e]]
            out[n, where[i]] = total


@njit(cache=True, error_model="numpy")
def triangular(W):
    """Elimination with partial pivoting of (D, D + K), in place, the diagonal inverted; False if a pivot vanishes.

    Row by row, so that the inner loop is a difference of rows: no sum is split as the processor's width has it. Zeros
    below a pivot, most of them here, cost nothing.
    """
    D, width = W.shape
    for k in range(D):
        at = k
        for i in range(k + 1, D):
            if abs(W[i, k]) > abs(W[at, k]):
                at = i
        if at != k:
            for j in range(k, width):
                W[k, j], W[at, j] = W[at, j], W[k, j]
        top = W[k]
        if top[k] == 0.0:
            return False
        inverse = 1.0 / top[k]
        for i in range(k + 1, D):
            row = W[i]
            if row[k] != 0.0:
                factor = row[k] * inverse
                for j in range(k + 1, width):
                    row[j] -= factor * top[j]
        top[k] = inverse
    return True


@njit(cache=True)
def eliminate(A, right, out):
    """Solutions (n, D, K) of systems (n, D²); NaN where a matrix is singular."""
    D, K = right.shape[1], right.shape[2]
    W = np.empty((D, D + K))
    for n in range(right.shape[0]):
        W[:, :D] = A[n].reshape(D, D)
        W[:, D:] = right[n]
        if not triangular(W):
            out[n] = math.nan
            continue
        for k in range(D - 1, -1, -1):
            for c in range(K):
                left = W[k, D + c]
                for j in range(k + 1, D):
                    left -= W[k, j] * out[n, j, c]
                out[n, k, c] = left * W[k, k]


@njit(cache=True)
def flows(p, N, first, second, sites, read, currents, excitations, heat):
    """Currents of every sample (the formulas of `moments`, without ZZ terms), heat from the dephasing last.

    Rows of p: frequency N, hopping B, dephasing N, gain, loss; of `read`: populations N, Re and Im of coherences B.
    """
    B, baths = first.size, sites.size
    for n in range(p.shape[0]):
        dephasing = 0.0
        for i in range(B):
            g = p[n, N + i]
            currents[n, i] = -2.0 * (g * read[n, N + B + i])
            decay = p[n, N + B + first[i]] + p[n, N + B + second[i]]
            dephasing -= decay * (g * read[n, N + i])
        heat[n, baths] = dephasing
        for b in range(baths):
            s = sites[b]
            gain, loss = p[n, 2 * N + B + b], p[n, 2 * N + B + baths + b]
            j = gain - (gain + loss) * read[n, s]
            exchange = 0.0
            for i in range(B):
                if first[i] == s or second[i] == s:
                    exchange += p[n, N + i] * read[n, N + i]
            excitations[n, b] = j
            heat[n, b] = p[n, s] * j - (gain + loss) * exchange


@njit(cache=True)
def larger(a, b):
    """The larger number, or NaN where one is."""
    return a if a >= b or math.isnan(a) else b


@njit(cache=True, error_model="numpy")
def proofs(p, N, B, D, where, A, right, x, moved, read, excitations, heat, out):
    """Residual, error of the solution, sums of the currents and positivity of every sample, into (n, 5)."""
    baths = excitations.shape[1]
    for n in range(p.shape[0]):
        scale, fastest = 0.0, 0.0
        low = high = p[n, 0]
        for k in range(N):
            scale = larger(scale, p[n, N + B + k])
            low, high = min(low, p[n, k]), max(high, p[n, k])
        for i in range(B):
            scale = larger(scale, abs(p[n, N + i]))
        for b in range(baths):
            fastest = larger(fastest, p[n, 2 * N + B + b] + p[n, 2 * N + B + baths + b])
        scale = larger(larger(scale, fastest), high - low)
        misfit = size = given = change = 0.0
        i = 0
        for r in range(D):
            s = -right[n, r]
            while i < where.size and where[i] < (r + 1) * D:
                s += A[n, where[i]] * x[n, where[i] - r * D]
                i += 1
            misfit += s * s
            given += right[n, r] * right[n, r]
            size += x[n, r] * x[n, r]
            change += moved[n, r] * moved[n, r]
        out[n, 0] = math.sqrt(misfit) / math.sqrt(given)
        out[n, 1] = math.sqrt(change) * scale / math.sqrt(size)
        j = q = outside = 0.0
        for b in range(baths):
            j += excitations[n, b]
            q += heat[n, b]
        out[n, 2], out[n, 3] = abs(j) / fastest, abs(q + heat[n, baths]) / fastest
        for k in range(N):
            outside = larger(larger(outside, -read[n, k]), read[n, k] - 1.0)
        out[n, 4] = outside
