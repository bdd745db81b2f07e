"""Numba kernels that measure a chain's two-point matrix: its equation in twice the working precision, and error bounds.

Imported only through `wire_error.compiled`. Sums and products are compensated (Ogita, Rump, Oishi, SIAM J. Sci. Comput.
26, 1955 (2005), doi:10.1137/030601818): no fast arithmetic here.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202, PLR0912, PLR0915

import math

import numpy as np
from numba import prange

from caloriq.linalg.jit import njit

SPLIT = 134217729.0  # 2**27 + 1
UNIT = 2.0**-53
SQUARE = 4000.0 * UNIT * UNIT  # of the compensated sum of up to 30 terms
PLAIN = 40.0 * UNIT


@njit(cache=True)
def add(s, e, x, y):
    """(s, e) + x·y, the error of both operations kept in e."""
    p = x * y
    t = SPLIT * x
    xh = t - (t - x)
    xl = x - xh
    t = SPLIT * y
    yh = t - (t - y)
    yl = y - yh
    e += ((xh * yh - p) + xh * yl + xl * yh) + xl * yl
    q = s + p
    z = q - s
    e += (s - (q - z)) + (p - z)
    return q, e


@njit(cache=True)
def row(hi, lo, w, g, G, Gl, deph, turned, j, R, S):
    """Row j of `drift`, from the diagonal on."""
    n = w.size
    for k in range(j, n):
        x, y, u, v = hi[j, k].real, hi[j, k].imag, lo[j, k].real, lo[j, k].imag
        if j == k:
            s = e = 0.0
            size = small = 0.0
            if j > 0:
                s, e = add(s, e, -2.0 * g[j - 1], hi[j - 1, j].imag)
                e -= 2.0 * g[j - 1] * lo[j - 1, j].imag
                size += 2.0 * g[j - 1] * abs(hi[j - 1, j].imag)
                small += 2.0 * g[j - 1] * abs(lo[j - 1, j].imag)
            if j < n - 1:
                s, e = add(s, e, 2.0 * g[j], hi[j, j + 1].imag)
                e += 2.0 * g[j] * lo[j, j + 1].imag
                size += 2.0 * g[j] * abs(hi[j, j + 1].imag)
                small += 2.0 * g[j] * abs(lo[j, j + 1].imag)
            change = turned * size
            if G[j] > 0.0:
                s, e = add(s, e, -G[j], x)
                e -= G[j] * u + Gl[j] * x
                size += G[j] * abs(x)
                small += G[j] * abs(u) + abs(Gl[j]) * (1.0 + abs(x))
                if j == 0:
                    s, e = add(s, e, G[0], 1.0)
                    e += Gl[0]
                    size += G[0]
            r = s + e
            R[j, j] = complex(r, 0.0)
            S[j, j] = abs(r) * (1.0 + 4.0 * UNIT) + SQUARE * size + PLAIN * small + change
            continue
        # t = Σ of what i multiplies
        s = e = c = d = 0.0
        size = small = 0.0
        h = w[j] - w[k]
        z = h - w[j]
        hl = (w[j] - (h - z)) - (w[k] + z)
        s, e = add(s, e, h, x)
        c, d = add(c, d, h, y)
        e += h * u + hl * x
        d += h * v + hl * y
        size += abs(h) * (abs(x) + abs(y))
        small += abs(h) * (abs(u) + abs(v)) + abs(hl) * (abs(x) + abs(y))
        across = 0.0
        for m in range(4):
            if m == 0:
                if j == 0:
                    continue
                f = g[j - 1]
                up = j - 1
                at = k
            elif m == 1:
                f = g[j]
                up = j + 1
                at = k
            elif m == 2:
                f = -g[k - 1]
                up = j
                at = k - 1
            else:
                if k == n - 1:
                    continue
                f = -g[k]
                up = j
                at = k + 1
            high = hi[up, at]
            low = lo[up, at]
            s, e = add(s, e, f, high.real)
            c, d = add(c, d, f, high.imag)
            e += f * low.real
            d += f * low.imag
            across += abs(f) * (abs(high.real) + abs(high.imag))
            small += abs(f) * (abs(low.real) + abs(low.imag))
        size += across
        # dC/dt = i t - decay C
        real, real_low, imaginary, imaginary_low = -c, -d, s, e
        change = turned * across
        for m in range(4):
            f = G[j] if m == 0 else G[k] if m == 1 else deph[j] if m == 2 else deph[k]
            if f == 0.0:
                continue
            f *= 0.5
            real, real_low = add(real, real_low, -f, x)
            imaginary, imaginary_low = add(imaginary, imaginary_low, -f, y)
            real_low -= f * u
            imaginary_low -= f * v
            size += f * (abs(x) + abs(y))
            small += f * (abs(u) + abs(v))
            if m < 2:
                f = 0.5 * (Gl[j] if m == 0 else Gl[k])
                real_low -= f * x
                imaginary_low -= f * y
                small += abs(f) * (abs(x) + abs(y))
        a, b = real + real_low, imaginary + imaginary_low
        R[j, k] = complex(a, b)
        R[k, j] = complex(a, -b)
        S[j, k] = math.sqrt(a * a + b * b) * (1.0 + 8.0 * UNIT) + SQUARE * size + PLAIN * small + change
        S[k, j] = S[j, k]


@njit(parallel=True, cache=True)
def drift(hi, lo, w, g, G, Gl, deph, turned, R, S):
    """dC/dt of C = hi + lo with source G_0 on the first site, and a bound on its modulus; hermitian matrices.

    `turned` is the relative error of g; the loss is G + Gl, to twice the working precision.
    """
    for j in prange(w.size):
        row(hi, lo, w, g, G, Gl, deph, turned, np.int64(j), R, S)  # an unsigned j - 1 is a float


@njit(cache=True)
def sharpened(w, g, G, deph, S, E):
    """Bounds E on |δC_jk| made smaller, in place, by every element's own equation; the diagonal stays. Returns Σ E S.

    (Γ_jk - i(w_j - w_k)) δC_jk = R_jk + i Σ g δC of the neighbours: every step holds whatever the order.
    """
    n = w.size
    for j in range(n):
        for k in range(j + 1, n):
            t = S[j, k] + g[j] * E[j + 1, k] + g[k - 1] * E[j, k - 1]
            if j > 0:
                t += g[j - 1] * E[j - 1, k]
            if k < n - 1:
                t += g[k] * E[j, k + 1]
            decay, turn = (G[j] + G[k] + deph[j] + deph[k]) / 2.0, w[j] - w[k]
            size = math.sqrt(decay * decay + turn * turn) * (1.0 - 8.0 * UNIT)
            if size > 0.0 and t < E[j, k] * size:
                E[j, k] = E[k, j] = t / size
    total = 0.0
    for j in range(n):
        total += E[j, j] * S[j, j]
        for k in range(j + 1, n):
            total += 2.0 * E[j, k] * S[j, k]
    return total * (1.0 + n * n * UNIT)


@njit(cache=True)
def adjoint(hi, lo, R, S):
    """Tr(Z R) with Z = 1 - Cᵀ, and a bound on what the errors of R and rounding change in it."""
    n = len(hi)
    s = e = total = 0.0
    for j in range(n):
        z = abs((1.0 - hi[j, j].real) - lo[j, j].real)
        x = ((1.0 - hi[j, j].real) - lo[j, j].real) * R[j, j].real
        total += z * (max(S[j, j] - abs(R[j, j].real), 0.0) + 16.0 * UNIT * S[j, j])
        for k in range(j + 1, n):
            a, b = hi[j, k] + lo[j, k], R[j, k]
            y = -2.0 * (a.real * b.real - a.imag * b.imag)
            size = 2.0 * math.sqrt(a.real * a.real + a.imag * a.imag)
            there = math.sqrt(b.real * b.real + b.imag * b.imag)
            total += size * (max(S[j, k] - there, 0.0) + 16.0 * UNIT * S[j, k])
            q = s + y
            z = q - s
            e += (s - (q - z)) + (y - z)
            s = q
        q = s + x
        z = q - s
        e += (s - (q - z)) + (x - z)
        s = q
    return s + e, total * (1.0 + n * n * UNIT)


@njit(parallel=True, cache=True)
def ratio_errors(x, g, values, moved, twist, out):
    """Relative error of |v_last/v_first|² of every eigenvector, from a running error analysis of its pivots.

    v_first/v_twist is a product over the pivots q_i = x_i - z + g²/q_i-1 of what lies between, and v_last/v_twist over
    those from the other end; `moved` bounds the error of the eigenvalue z.
    """
    n = len(x)
    for a in prange(n):
        z, t = values[a], twist[a]
        total = 8.0 * UNIT * n
        for side in range(2):
            first, step, count = (0, 1, t) if side == 0 else (n - 1, -1, n - 1 - t)
            q, error = complex(0.0, 0.0), 0.0
            for m in range(count):
                i = first + step * m
                here = x[i] - z
                room = UNIT * (abs(x[i]) + abs(z)) + moved[a]
                if m > 0:
                    c = g[min(i, i - step)]
                    c = c * c / abs(q)
                    room += 4.0 * UNIT * c + c / abs(q) * error
                    here += g[min(i, i - step)] ** 2 / q
                q = here
                error = room + 2.0 * UNIT * abs(q)
                total += error / abs(q)
        out[a] = 2.0 * total


@njit(parallel=True, cache=True, error_model="numpy")
def mode_errors(values, norms, moved, error, ratio, gain, first, last, own, M):
    """Errors M_ab of C in the basis of the modes, in place, out of what the residual is in it; rooms of C_NN, row by row.

    Of a mode by itself the smaller of that and `own`, the error of its population with what mixes it with the others:
    an eigenvector is off by √(moved_a moved_b)/|λ_a - λ_b| of every other.
    """
    n = values.size
    rooms = np.empty(n)
    for a in prange(n):
        x, y = values[a].real, values[a].imag
        share = error[a] * (1.0 + norms[a]) + 16.0 * n * UNIT
        mixing, room = own[a], last[a] * last[a] * norms[a] / (1.0 + ratio[a]) * (4.0 * share)
        for b in range(n):
            if b == a:
                continue
            u, v, w = x + values[b].real, y - values[b].imag, x - values[b].real
            far, apart = math.sqrt(u * u + v * v), math.sqrt(w * w + v * v)
            root, most = math.sqrt(moved[a] * moved[b]), math.sqrt(norms[a] * norms[b])
            shared, mixed = gain * first[a] * first[b] / far, root / apart
            shared = shared if shared < most else most
            mixing += mixed * (2.0 * shared + mixed * norms[b])
            M[a, b] = (M[a, b] + 2.0 * root) / far
            other = error[b] * (1.0 + norms[b]) + 16.0 * n * UNIT
            room += last[a] * last[b] * shared * (2.0 * (share + other) + (moved[a] + moved[b]) / far)
        by_residual = (M[a, a] + 2.0 * moved[a]) / (2.0 * abs(x))
        M[a, a] = mixing if mixing < by_residual or math.isnan(by_residual) else by_residual
        rooms[a] = room
    return rooms
