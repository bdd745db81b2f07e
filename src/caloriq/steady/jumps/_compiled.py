"""Numba kernels of Chebyshev series on short vectors, and of what is read of a state. Imported only where they run."""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

from caloriq.linalg.jit import njit


@njit(cache=True)
def bessel(x, out):
    """J_0(x) ... J_K(x) by Miller's backward recurrence, shape (K + 1,)."""
    out[:] = 0.0
    if x < 1e-18:
        out[0] = 1.0
        return
    top = out.size + 20 + int(x) // 2
    top += top % 2
    above, here, total = 0.0, 1e-290, 0.0
    for k in range(top, -1, -1):
        if k < out.size:
            out[k] = here
        if k % 2 == 0:
            total += here if k == 0 else 2 * here
        above, here = here, 2 * k / x * here - above
        if abs(here) > 1e200:
            above *= 1e-250
            here *= 1e-250
            total *= 1e-250
            out *= 1e-250
    out /= total


@njit(cache=True)
def orders(x, growth, tol, out):
    """Bessel functions of a series in `out`, and how many of them it takes for the rest to be at most `tol`."""
    bessel(x, out)
    tail, factor = 0.0, growth ** (out.size - 1)
    for k in range(out.size - 1, 0, -1):
        tail += 2 * abs(out[k]) * factor
        if tail > tol:
            return k + 1
        factor /= growth
    return 1


@njit(cache=True, fastmath={"reassoc", "contract"})
def series(starts, columns, values, diagonal, scale, orders, x, a, b, y):
    """Y = Σ_k (2 - δ_k0) (-i)^k J_k T_k(A/scale) x, with A of real or complex elements beside a complex diagonal; a, b are room."""
    D = x.size
    for i in range(D):
        a[i] = x[i]
        b[i] = 0.0
        y[i] = orders[0] * x[i]
    phase = 1.0 + 0.0j
    for k in range(1, orders.size):
        phase *= -1j
        c = 2 * orders[k] * phase
        factor = (1.0 if k == 1 else 2.0) / scale
        for i in range(D):
            z = diagonal[i] * a[i]
            for e in range(starts[i], starts[i + 1]):
                z += values[e] * a[columns[e]]
            b[i] = factor * z - b[i]
            y[i] += c * b[i]
        a, b = b, a


@njit(cache=True, fastmath={"reassoc", "contract"})
def pairs(first, second, x, h, out):
    """Columns of what is read: of x alone, and of x beside h = Hx; rows |x_i|², then 2 Re and 2 Im parts of pairs."""
    D, P = x.size, first.size
    for i in range(D):
        out[i, 0] = x[i].real * x[i].real + x[i].imag * x[i].imag
        out[i, 1] = 2 * (x[i].real * h[i].imag - x[i].imag * h[i].real)
    for p in range(P):
        i, j = first[p], second[p]
        z = x[i].conjugate() * x[j]
        a = x[i].conjugate() * h[j]
        b = x[j].conjugate() * h[i]
        out[D + p, 0] = 2 * z.real
        out[D + p, 1] = 2 * (a.imag + b.imag)
        out[D + P + p, 0] = -2 * z.imag
        out[D + P + p, 1] = 2 * (a.real - b.real)


@njit(cache=True, fastmath={"reassoc", "contract"})
def weigh(starts, columns, values, x, out):
    """Sparse matrix times two columns."""
    for r in range(starts.size - 1):
        a = b = 0.0
        for e in range(starts[r], starts[r + 1]):
            a += values[e] * x[columns[e], 0]
            b += values[e] * x[columns[e], 1]
        out[r, 0], out[r, 1] = a, b


@njit(cache=True)
def _odd(word):
    """Whether a word has an odd number of bits."""
    word ^= word >> 32
    word ^= word >> 16
    word ^= word >> 8
    word ^= word >> 4
    return (0x6996 >> (word & 15)) & 1


@njit(cache=True, fastmath={"reassoc", "contract"})
def _still(keys, begin, end, signs, weights, x, h, out):
    """Strings that flip nothing."""
    for m in range(begin, end):
        a = b = 0.0
        for i in range(keys.size):
            s = 1.0 - 2.0 * _odd(keys[i] & signs[m])
            a += s * (x[i].real * x[i].real + x[i].imag * x[i].imag)
            b += s * (x[i].real * h[i].imag - x[i].imag * h[i].real)
        out[m, 0], out[m, 1] = weights[m] * a, 2 * weights[m] * b


@njit(cache=True, fastmath={"reassoc", "contract"})
def sums(keys, heads, tails, low, flips, bounds, signs, weights, imaginary, x, h, out):
    """Means of Pauli strings, those of one flip together, in x and of what h = Hx does to them; heads and tails rank a state."""
    mask = (1 << low) - 1
    for f in range(flips.size):
        flip, begin, end = flips[f], bounds[f], bounds[f + 1]
        if flip == 0:
            _still(keys, begin, end, signs, weights, x, h, out)
            continue
        out[begin:end] = 0.0
        top = 1
        while top <= flip >> 1:
            top <<= 1
        for i in range(keys.size):
            key = keys[i]
            if key & top:
                continue
            image = key ^ flip
            head, tail = heads[image >> low], tails[image & mask]
            if head < 0:
                continue
            j = head + tail
            if j >= keys.size or keys[j] != image:
                continue
            z = x[i].conjugate() * x[j]
            a = x[i].conjugate() * h[j]
            b = x[j].conjugate() * h[i]
            real, moved = 2 * z.real, 2 * (a.imag + b.imag)
            imag, turned = 2 * z.imag, -2 * (a.real - b.real)
            for m in range(begin, end):
                s = 1.0 - 2.0 * _odd(key & signs[m])
                if imaginary[m]:
                    out[m, 0] += s * imag
                    out[m, 1] += s * turned
                else:
                    out[m, 0] += s * real
                    out[m, 1] += s * moved
        for m in range(begin, end):
            out[m, 0] *= weights[m]
            out[m, 1] *= weights[m]
