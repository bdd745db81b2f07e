"""Numba kernels of complex symmetric tridiagonal matrices. Imported only through `tridiagonal.compiled`.

A matrix is given by its diagonal x and its off-diagonal o. Pivots f (from the top) and b (from the bottom) of
x - z obey f_i = x_i - z - o²_{i-1}/f_{i-1}; they give the characteristic polynomial's logarithmic derivative, twisted
factorisations and the entries of the inverse without ever forming it.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

import numpy as np
from numba import njit, prange

TINY = 1e-200
CHUNK = 16
WIDE = 64


@njit(cache=True)
def logarithmic_derivative(x, squares, z):
    """p'(z)/p(z) of the characteristic polynomial."""
    q, slope = x[0] - z, -1 + 0j
    if q == 0:
        q = TINY + 0j
    total = slope / q
    for i in range(1, len(x)):
        t = squares[i - 1] / q
        slope = -1 + t * slope / q
        q = x[i] - z - t
        if q == 0:
            q = TINY + 0j
        total += slope / q
    return total


@njit(parallel=True, cache=True)
def aberth(x, squares, values, most, tol):
    """Ehrlich-Aberth iteration on all eigenvalues at once, in place; iterations used."""
    n = len(x)
    done = np.zeros(n, np.bool_)
    used = 0
    for _ in range(most):
        new = values.copy()
        for a in prange(n):
            if not done[a]:
                z = values[a]
                repelled = 0j
                for b in range(n):
                    if b != a:
                        repelled += 1 / (z - values[b])
                step = 1 / (logarithmic_derivative(x, squares, z) - repelled)
                new[a] = z - step
                if not (abs(step) > tol):
                    done[a] = True
        values[:] = new
        used += 1
        if done.all():
            break
    return used


@njit(parallel=True, cache=True)
def vectors(x, o, values, V, ratio):
    """Eigenvectors as rows of V, with vᵀv = 1, by twisted factorisation; ratio is log |v_last/v_first|², never underflowing."""
    n = len(x)
    for a in prange(n):
        z = values[a]
        f, g = np.empty(n, np.complex128), np.empty(n, np.complex128)
        f[0] = x[0] - z
        for i in range(1, n):
            if f[i - 1] == 0:
                f[i - 1] = TINY
            f[i] = x[i] - z - o[i - 1] * o[i - 1] / f[i - 1]
        g[n - 1] = x[n - 1] - z
        for i in range(n - 2, -1, -1):
            if g[i + 1] == 0:
                g[i + 1] = TINY
            g[i] = x[i] - z - o[i] * o[i] / g[i + 1]
        twist, best = 0, np.inf
        for i in range(n):
            t = abs(f[i] + g[i] - (x[i] - z))
            if t < best:
                best, twist = t, i
        v = V[a]
        v[twist] = 1
        total = 1 + 0j
        up = down = 0.0
        for i in range(twist - 1, -1, -1):
            factor = -o[i] / f[i]
            v[i] = factor * v[i + 1]
            up += np.log(abs(factor) + 1e-320)
            total += v[i] * v[i]
        for i in range(twist + 1, n):
            factor = -o[i - 1] / g[i]
            v[i] = factor * v[i - 1]
            down += np.log(abs(factor) + 1e-320)
            total += v[i] * v[i]
        ratio[a] = 2 * (down - up)
        scale = 1 / np.sqrt(total)
        for i in range(n):
            v[i] *= scale


@njit(parallel=True, cache=True)
def ratios(x, o, values, r, inverse):
    """For every λ_a + X̄: ratios r[i, a] of its inverse's entries up a column, and the inverse's diagonal."""
    n = len(x)
    for q in prange((len(values) + CHUNK - 1) // CHUNK):
        a0 = q * CHUNK
        a1 = min(len(values), a0 + CHUNK)
        f = np.empty((n, CHUNK), np.complex128)
        for a in range(a0, a1):
            f[0, a - a0] = values[a] + np.conj(x[0])
        for i in range(1, n):
            c = np.conj(o[i - 1])
            for a in range(a0, a1):
                t = -c / f[i - 1, a - a0]
                r[i - 1, a] = t
                f[i, a - a0] = values[a] + np.conj(x[i]) + c * t
        for a in range(a0, a1):
            b = values[a] + np.conj(x[n - 1])
            inverse[n - 1, a] = 1 / f[n - 1, a - a0]
            for i in range(n - 2, -1, -1):
                d = np.conj(o[i]) ** 2 / b
                inverse[i, a] = 1 / (f[i, a - a0] - d)
                b = values[a] + np.conj(x[i]) - d


@njit(parallel=True, cache=True)
def diagonal_block(V, r, W, low, high, out):
    """-Re Σ_a V_ja (r_j … r_{k-1}) W_ka for j ≤ k in low..high."""
    n = V.shape[1]
    for k in prange(high - low):
        t = W[low + k].copy()
        for j in range(k, -1, -1):
            s = 0.0
            for a in range(n):
                if j < k:
                    t[a] = t[a] * r[low + j, a]
                s -= (V[low + j, a] * t[a]).real
            out[j, k] = s


@njit(parallel=True, cache=True)
def advance(real, imaginary, V, W, r, low, high, before, column_real, column_imaginary):
    """Row factors V_ja (r_j … r_{low-1}) of all j < low, and column factors of low..high, rescaled block by block."""
    n = V.shape[1]
    for q in prange((n + WIDE - 1) // WIDE):
        a0 = q * WIDE
        a1 = min(n, a0 + WIDE)
        p = np.ones(WIDE, np.complex128)
        for j in range(low - 1, before - 1, -1):
            for a in range(a0, a1):
                p[a - a0] *= r[j, a]
                u = V[j, a] * p[a - a0]
                real[j, a], imaginary[j, a] = u.real, -u.imag
        for j in range(before):
            for a in range(a0, a1):
                u = complex(real[j, a], -imaginary[j, a]) * p[a - a0]
                real[j, a], imaginary[j, a] = u.real, -u.imag
        p[:] = 1
        for k in range(low, high):
            for a in range(a0, a1):
                w = W[k, a] * p[a - a0]
                column_real[k - low, a], column_imaginary[k - low, a] = w.real, w.imag
                if k < r.shape[0]:
                    p[a - a0] *= r[k, a]


@njit(parallel=True, cache=True)
def response_defect(P, returned, lost, source, d):
    """(1 - P γ) d - P s as Σ_k P_jk (γ_k (d_j - d_k) + G_k d_j - s_k): no large numbers cancel."""
    n = len(d)
    out = np.empty(n)
    for j in prange(n):
        t = 0.0
        for k in range(n):
            t += P[j, k] * (returned[k] * (d[j] - d[k]) + (lost[k] * d[j] - source[k]))
        out[j] = t
    return out


@njit(parallel=True, cache=True)
def drift(C, w, g, G, source, dephasing):
    """dC/dt of the two-point set for real hopping g; on the diagonal dephasing cancels and is left out."""
    n = len(w)
    R = np.empty((n, n), np.complex128)
    for j in prange(n):
        for k in range(n):
            t = (w[j] - w[k]) * C[j, k]
            if j > 0:
                t += g[j - 1] * C[j - 1, k]
            if j < n - 1:
                t += g[j] * C[j + 1, k]
            if k > 0:
                t -= g[k - 1] * C[j, k - 1]
            if k < n - 1:
                t -= g[k] * C[j, k + 1]
            decay = (G[j] + G[k]) / 2
            if j != k:
                decay += (dephasing[j] + dephasing[k]) / 2
            R[j, k] = 1j * t - decay * C[j, k]
            if j == k:
                R[j, k] += source[j]
    return R
