"""Numba kernels of complex symmetric tridiagonal matrices. Imported only through `tridiagonal.compiled`.

A matrix is given by its diagonal x and the real g of its off-diagonal o = i g. Pivots f (from the top) and b (from the
bottom) of x - z obey f_i = x_i - z + g²_{i-1}/f_{i-1}; they give the characteristic polynomial's logarithmic
derivative, twisted factorisations and the entries of the inverse without ever forming it. Inner loops run over
eigenvalues side by side, so that the processor divides several complex numbers at once.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

import numpy as np
from numba import prange

from caloriq.linalg.jit import njit

TINY = 1e-140  # stands for a pivot that vanishes; its inverse can still be squared
FLOOR = 1e-100  # a product smaller than this goes into the logarithm
LANES = 8
CHUNK = 16
WIDE = 64
LOOSE = {"reassoc", "contract", "arcp", "nsz"}  # sums may be reordered; NaN and infinity keep their meaning


@njit(cache=True, inline="always")
def inverse(z):
    """1/z, without the range checks of a general division."""
    size = z.real * z.real + z.imag * z.imag
    return complex(z.real / size, -z.imag / size)


@njit(cache=True, inline="always")
def abs2(z):
    """|z|²."""
    return z.real * z.real + z.imag * z.imag


@njit(cache=True, fastmath=LOOSE)
def repulsion(real, imaginary, a):
    """Σ_b 1/(z_a - z_b) over the others; one that coincides counts for nothing."""
    x, y = real[a], imaginary[a]
    s = t = 0.0
    for b in range(real.size):
        u, v = x - real[b], y - imaginary[b]
        size = u * u + v * v
        weight = 1.0 / size if size > 0.0 else 0.0
        s += u * weight
        t -= v * weight
    return complex(s, t)


@njit(cache=True, fastmath=LOOSE)
def logarithmic_derivatives(xr, xi, squares, zr, zi, out_real, out_imaginary):
    """p'(z)/p(z) of the characteristic polynomial at `LANES` points."""
    qr, qi = np.empty(LANES), np.empty(LANES)
    sr, si = np.empty(LANES), np.empty(LANES)
    for l in range(LANES):
        qr[l], qi[l], sr[l], si[l] = xr[0] - zr[l], xi[0] - zi[l], -1.0, 0.0
        out_real[l] = out_imaginary[l] = 0.0
    for i in range(xr.size):
        c = squares[i] if i < squares.size else 0.0
        d, e = (xr[i + 1], xi[i + 1]) if i + 1 < xr.size else (0.0, 0.0)
        for l in range(LANES):
            a, b = qr[l], qi[l]
            size = a * a + b * b
            gone = size < TINY * TINY
            a = TINY if gone else a
            size = TINY * TINY if gone else size
            ur, ui = a / size, -b / size
            hr, hi = sr[l] * ur - si[l] * ui, sr[l] * ui + si[l] * ur
            out_real[l] += hr
            out_imaginary[l] += hi
            sr[l] = -1.0 - c * (hr * ur - hi * ui)
            si[l] = -c * (hr * ui + hi * ur)
            qr[l], qi[l] = d - zr[l] + c * ur, e - zi[l] + c * ui


@njit(parallel=True, cache=True)
def aberth(x, g, values, most, tol):
    """Ehrlich-Aberth iteration on all eigenvalues at once, in place; iterations used, `most` + 1 without convergence."""
    n = len(x)
    xr, xi, squares = x.real.copy(), x.imag.copy(), g * g
    done = np.zeros(n, np.bool_)
    for used in range(1, most + 1):
        left = np.flatnonzero(~done)
        real, imaginary = values.real.copy(), values.imag.copy()
        chunks = (left.size + LANES - 1) // LANES
        for q in prange(chunks):
            zr, zi, dr, di = np.empty(LANES), np.empty(LANES), np.empty(LANES), np.empty(LANES)
            for l in range(LANES):
                a = left[min(q * LANES + l, left.size - 1)]
                zr[l], zi[l] = real[a], imaginary[a]
            logarithmic_derivatives(xr, xi, squares, zr, zi, dr, di)
            for l in range(min(LANES, left.size - q * LANES)):
                a = left[q * LANES + l]
                step = 1.0 / (complex(dr[l], di[l]) - repulsion(real, imaginary, a))
                values[a] = complex(zr[l], zi[l]) - step
                if not (abs(step) > tol):
                    done[a] = True
        if done.all():
            return used
    return most + 1


@njit(parallel=True, cache=True)
def vectors(x, g, values, V, ratio):
    """Eigenvectors as rows of V, with vᵀv = 1, by twisted factorisation; ratio is log |v_last/v_first|², never underflowing."""
    n = len(x)
    for a in prange(n):
        z = values[a]
        f, b = np.empty(n, np.complex128), np.empty(n, np.complex128)  # inverse pivots
        q = x[0] - z
        f[0] = inverse(q if abs2(q) > TINY * TINY else TINY + 0j)
        for i in range(1, n):
            q = x[i] - z + g[i - 1] * g[i - 1] * f[i - 1]
            f[i] = inverse(q if abs2(q) > TINY * TINY else TINY + 0j)
        below = 0j
        twist, best = 0, np.inf
        for i in range(n - 1, -1, -1):
            q = x[i] - z + below
            b[i] = inverse(q if abs2(q) > TINY * TINY else TINY + 0j)
            size = abs2(q + g[i - 1] * g[i - 1] * f[i - 1] if i > 0 else q)
            if size < best:
                best, twist = size, i
            if i > 0:
                below = g[i - 1] * g[i - 1] * b[i]
        v = V[a]
        v[twist] = 1
        total = 1 + 0j
        up = down = 0.0
        size = 1.0
        for i in range(twist - 1, -1, -1):
            factor = -1j * g[i] * f[i]
            v[i] = factor * v[i + 1]
            total += v[i] * v[i]
            size *= abs2(factor)
            if size < FLOOR or i == 0:
                up += np.log(size + 1e-320)
                size = 1.0
        for i in range(twist + 1, n):
            factor = -1j * g[i - 1] * b[i]
            v[i] = factor * v[i - 1]
            total += v[i] * v[i]
            size *= abs2(factor)
            if size < FLOOR or i == n - 1:
                down += np.log(size + 1e-320)
                size = 1.0
        ratio[a] = down - up
        scale = 1 / np.sqrt(total)
        for i in range(n):
            v[i] *= scale


@njit(parallel=True, cache=True, fastmath=LOOSE)
def ratios(x, g, values, r, diagonal):
    """For every λ_a + X̄: ratios r[i, a] of its inverse's entries up a column, and the inverse's diagonal."""
    n, m = len(x), len(values)
    for q in prange((m + CHUNK - 1) // CHUNK):
        a0 = q * CHUNK
        a1 = min(m, a0 + CHUNK)
        f = np.empty((n, CHUNK), np.complex128)
        for a in range(a0, a1):
            f[0, a - a0] = values[a] + np.conj(x[0])
        for i in range(1, n):
            c, here = g[i - 1], np.conj(x[i])
            for a in range(a0, a1):
                u = inverse(f[i - 1, a - a0])
                r[i - 1, a] = complex(-c * u.imag, c * u.real)  # i g/f
                f[i, a - a0] = values[a] + here + c * c * u
        for a in range(a0, a1):
            b = inverse(f[n - 1, a - a0])
            diagonal[n - 1, a] = b
            f[n - 1, a - a0] = inverse(values[a] + np.conj(x[n - 1]))
        for i in range(n - 2, -1, -1):
            c, here = g[i] * g[i], np.conj(x[i])
            for a in range(a0, a1):
                d = c * f[i + 1, a - a0]
                diagonal[i, a] = inverse(f[i, a - a0] + d)
                f[i, a - a0] = inverse(values[a] + here + d)


@njit(parallel=True, cache=True, fastmath=LOOSE)
def resolve(x, g, values, Y):
    """Column a of Y becomes (λ_a + X̄)⁻¹ of itself, in place."""
    n, m = len(x), len(values)
    for q in prange((m + CHUNK - 1) // CHUNK):
        a0 = q * CHUNK
        a1 = min(m, a0 + CHUNK)
        f = np.empty((n, CHUNK), np.complex128)  # inverse pivots
        for a in range(a0, a1):
            f[0, a - a0] = inverse(values[a] + np.conj(x[0]))
        for i in range(1, n):
            c, here = g[i - 1], np.conj(x[i])
            for a in range(a0, a1):
                u = f[i - 1, a - a0]
                Y[i, a] += 1j * c * u * Y[i - 1, a]
                f[i, a - a0] = inverse(values[a] + here + c * c * u)
        for a in range(a0, a1):
            Y[n - 1, a] *= f[n - 1, a - a0]
        for i in range(n - 2, -1, -1):
            c = 1j * g[i]
            for a in range(a0, a1):
                Y[i, a] = (Y[i, a] + c * Y[i + 1, a]) * f[i, a - a0]


@njit(parallel=True, cache=True, fastmath=LOOSE)
def diagonal_block(V, r, W, low, high, out):
    """-Re Σ_a V_ja (r_j … r_{k-1}) W_ka for j ≤ k in low..high."""
    n = V.shape[1]
    for k in prange(high - low):
        t = W[low + k].copy()
        for j in range(k, -1, -1):
            s = 0.0
            if j < k:
                ratio = r[low + j]
                for a in range(n):
                    t[a] = t[a] * ratio[a]
            v = V[low + j]
            for a in range(n):
                s -= v[a].real * t[a].real - v[a].imag * t[a].imag
            out[j, k] = s


@njit(parallel=True, cache=True, fastmath=LOOSE)
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
        pr, pi = p.real.copy(), p.imag.copy()
        for j in range(before):
            for a in range(a0, a1):
                c, d, s, t = real[j, a], imaginary[j, a], pr[a - a0], pi[a - a0]
                real[j, a], imaginary[j, a] = c * s + d * t, d * s - c * t
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
