"""Numba kernels of the product with sparse blocks. Imported only through `kernels.compiled`.

Real and imaginary parts are stored apart, so that the inner loops are fused multiply-adds on contiguous doubles.
One pass over a coupling block serves both products it takes part in, v x_b and v† x_a: each element is read
from memory once. Four rows go together: eight memory streams keep the prefetchers busy, and what v† scatters is
loaded and stored once for four rows. Rows are split over threads with private accumulators.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

from numba import prange

from caloriq.linalg.jit import njit

TILE = 256  # doubles of a fold's column tile: 32 rows of it stay in the first-level cache
FOUR = 4


@njit(fastmath=True, cache=True)
def four_rows(re, im, at, width, x, y, i, j0):
    """Both products of rows i..i+3, from `at` on, of a block whose columns begin at j0, added to y (2, D)."""
    cr, ci, dr, di = x[0, j0 : j0 + width], x[1, j0 : j0 + width], y[0, j0 : j0 + width], y[1, j0 : j0 + width]
    b, c, d, e = at + width, at + 2 * width, at + 3 * width, at + 4 * width
    r0, r1, r2, r3 = re[at:b], re[b:c], re[c:d], re[d:e]
    m0, m1, m2, m3 = im[at:b], im[b:c], im[c:d], im[d:e]
    p0, p1, p2, p3 = x[0, i], x[0, i + 1], x[0, i + 2], x[0, i + 3]
    q0, q1, q2, q3 = x[1, i], x[1, i + 1], x[1, i + 2], x[1, i + 3]
    s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = 0.0
    for j in range(width):
        c, d = cr[j], ci[j]
        s0 += r0[j] * c - m0[j] * d
        t0 += r0[j] * d + m0[j] * c
        s1 += r1[j] * c - m1[j] * d
        t1 += r1[j] * d + m1[j] * c
        s2 += r2[j] * c - m2[j] * d
        t2 += r2[j] * d + m2[j] * c
        s3 += r3[j] * c - m3[j] * d
        t3 += r3[j] * d + m3[j] * c
        dr[j] += r0[j] * p0 + m0[j] * q0 + r1[j] * p1 + m1[j] * q1 + r2[j] * p2 + m2[j] * q2 + r3[j] * p3 + m3[j] * q3
        di[j] += r0[j] * q0 - m0[j] * p0 + r1[j] * q1 - m1[j] * p1 + r2[j] * q2 - m2[j] * p2 + r3[j] * q3 - m3[j] * p3
    y[0, i] += s0
    y[1, i] += t0
    y[0, i + 1] += s1
    y[1, i + 1] += t1
    y[0, i + 2] += s2
    y[1, i + 2] += t2
    y[0, i + 3] += s3
    y[1, i + 3] += t3


@njit(fastmath=True, cache=True)
def one_row(re, im, at, width, x, y, i, j0):
    """Both products of row i, added to y."""
    cr, ci, dr, di = x[0, j0 : j0 + width], x[1, j0 : j0 + width], y[0, j0 : j0 + width], y[1, j0 : j0 + width]
    r, m, p, q = re[at : at + width], im[at : at + width], x[0, i], x[1, i]
    s = t = 0.0
    for j in range(width):
        s += r[j] * cr[j] - m[j] * ci[j]
        t += r[j] * ci[j] + m[j] * cr[j]
        dr[j] += r[j] * p + m[j] * q
        di[j] += r[j] * q - m[j] * p
    y[0, i] += s
    y[1, i] += t


@njit(fastmath=True, cache=True)
def four_rows_real(re, at, width, x, y, i, j0):
    """`four_rows` for real coupling blocks."""
    cr, ci, dr, di = x[0, j0 : j0 + width], x[1, j0 : j0 + width], y[0, j0 : j0 + width], y[1, j0 : j0 + width]
    b, c, d, e = at + width, at + 2 * width, at + 3 * width, at + 4 * width
    r0, r1, r2, r3 = re[at:b], re[b:c], re[c:d], re[d:e]
    p0, p1, p2, p3 = x[0, i], x[0, i + 1], x[0, i + 2], x[0, i + 3]
    q0, q1, q2, q3 = x[1, i], x[1, i + 1], x[1, i + 2], x[1, i + 3]
    s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = 0.0
    for j in range(width):
        c, d = cr[j], ci[j]
        s0 += r0[j] * c
        t0 += r0[j] * d
        s1 += r1[j] * c
        t1 += r1[j] * d
        s2 += r2[j] * c
        t2 += r2[j] * d
        s3 += r3[j] * c
        t3 += r3[j] * d
        dr[j] += r0[j] * p0 + r1[j] * p1 + r2[j] * p2 + r3[j] * p3
        di[j] += r0[j] * q0 + r1[j] * q1 + r2[j] * q2 + r3[j] * q3
    y[0, i] += s0
    y[1, i] += t0
    y[0, i + 1] += s1
    y[1, i + 1] += t1
    y[0, i + 2] += s2
    y[1, i + 2] += t2
    y[0, i + 3] += s3
    y[1, i + 3] += t3


@njit(fastmath=True, cache=True)
def one_row_real(re, at, width, x, y, i, j0):
    """`one_row` for real coupling blocks."""
    cr, ci, dr, di = x[0, j0 : j0 + width], x[1, j0 : j0 + width], y[0, j0 : j0 + width], y[1, j0 : j0 + width]
    r, p, q = re[at : at + width], x[0, i], x[1, i]
    s = t = 0.0
    for j in range(width):
        s += r[j] * cr[j]
        t += r[j] * ci[j]
        dr[j] += r[j] * p
        di[j] += r[j] * q
    y[0, i] += s
    y[1, i] += t


@njit(cache=True)
def rows(re, im, at, height, width, i0, j0, x, y, part, parts):
    """One of `parts` equal shares of the rows of a block that begins at element `at`; `im` is empty for real ones."""
    lo, hi = part * height // parts, (part + 1) * height // parts
    fours = (hi - lo) // FOUR
    real = im.shape[0] == 0
    for k in range(fours):
        i = lo + FOUR * k
        if real:
            four_rows_real(re, at + i * width, width, x, y, i0 + i, j0)
        else:
            four_rows(re, im, at + i * width, width, x, y, i0 + i, j0)
    for i in range(lo + FOUR * fours, hi):
        if real:
            one_row_real(re, at + i * width, width, x, y, i0 + i, j0)
        else:
            one_row(re, im, at + i * width, width, x, y, i0 + i, j0)


@njit(parallel=True, cache=True)
def couple(re, im, table, x, work):
    """Off-diagonal part of H x, one private sum per thread, into work (threads, 2, D).

    A row of `table` for every block: first element, height, width, first row, first column.
    """
    threads = work.shape[0]
    for t in prange(threads):
        work[t] = 0.0
        for b in range(table.shape[0]):
            rows(re, im, table[b, 0], table[b, 1], table[b, 2], table[b, 3], table[b, 4], x, work[t], t, threads)


@njit(fastmath=True, cache=True)
def combine(diagonal, shift, scale, before, here, work, after):
    """Chebyshev step on two flat vectors once the off-diagonal part is known."""
    for part in range(2):
        x, z, y = here[part], before[part], after[part]
        for i in range(diagonal.shape[0]):
            y[i] = (diagonal[i] - shift) * x[i]
        for t in range(work.shape[0]):
            w = work[t, part]
            for i in range(diagonal.shape[0]):
                y[i] += w[i]
        for i in range(diagonal.shape[0]):
            y[i] = 2.0 / scale * y[i] - z[i]


@njit(cache=True)
def chebyshev(re, im, table, diagonal, shift, scale, buffer, first, work):
    """Fill buffer[first:] with the recurrence buffer[k] = 2 (H - shift)/scale buffer[k-1] - buffer[k-2]."""
    for k in range(first, buffer.shape[0]):
        couple(re, im, table, buffer[k - 1], work)
        combine(diagonal, shift, scale, buffer[k - 2], buffer[k - 1], work, buffer[k])


@njit(fastmath=True, cache=True)
def add_row(coefficients, parity, buffer, out, lo, hi):
    """Add the vectors of one parity to out[lo:hi], four at a time."""
    target = out[lo:hi]
    K = coefficients.shape[0]
    k = parity
    while k + 6 < K:
        a0, a1, a2, a3 = coefficients[k], coefficients[k + 2], coefficients[k + 4], coefficients[k + 6]
        b0, b1, b2, b3 = buffer[k, lo:hi], buffer[k + 2, lo:hi], buffer[k + 4, lo:hi], buffer[k + 6, lo:hi]
        for j in range(target.size):
            target[j] += a0 * b0[j] + a1 * b1[j] + a2 * b2[j] + a3 * b3[j]
        k += 8
    while k < K:
        a, b = coefficients[k], buffer[k, lo:hi]
        for j in range(target.size):
            target[j] += a * b[j]
        k += 2


@njit(parallel=True, cache=True)
def fold(buffer, coefficients, even, odd):
    """Add coefficients[t, k] buffer[k] to even[t] or odd[t], by the parity of k; tiles of columns in parallel."""
    tiles = (buffer.shape[1] + TILE - 1) // TILE
    for tile in prange(tiles):
        lo, hi = tile * TILE, min((tile + 1) * TILE, buffer.shape[1])
        for t in range(coefficients.shape[0]):
            add_row(coefficients[t], 0, buffer, even[t], lo, hi)
            add_row(coefficients[t], 1, buffer, odd[t], lo, hi)
