"""Numba kernels of the sector method: one pass over a block each. Imported only through `kernels.compiled`."""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

from numba import prange

from caloriq.linalg.jit import njit

TILE = 32


@njit(parallel=True, cache=True)
def transposed(P, out):
    """Out = Pᵀ, tile by tile."""
    d = P.shape[0]
    tiles = (d + TILE - 1) // TILE
    for t in prange(tiles):
        for b0 in range(0, d, TILE):
            for a in range(t * TILE, min(d, (t + 1) * TILE)):
                for b in range(b0, min(d, b0 + TILE)):
                    out[a, b] = P[b, a]


@njit(parallel=True, fastmath=True, cache=True)
def lindblad(P, T, start, column, real, imaginary, energy, decay, out):
    """Part of 𝓛 within a block: A∘P - [Hr, Pᵀ] + [Hi, P], T = Pᵀ, A ≤ 0 the decay of every element."""
    d = P.shape[0]
    for a in prange(d):
        for b in range(d):
            out[a, b] = decay[a, b] * P[a, b] - (energy[a] - energy[b]) * T[a, b]
        for p in range(start[a], start[a + 1]):
            h, c = real[p], column[p]
            for b in range(d):
                out[a, b] -= h * T[c, b]
        for b in range(d):
            s = out[a, b]
            for p in range(start[b], start[b + 1]):
                s += real[p] * T[a, column[p]]
            out[a, b] = s
        if imaginary.size:
            for p in range(start[a], start[a + 1]):
                h, c = imaginary[p], column[p]
                for b in range(d):
                    out[a, b] += h * P[c, b]
            for b in range(d):
                s = out[a, b]
                for p in range(start[b], start[b + 1]):
                    s += imaginary[p] * P[a, column[p]]
                out[a, b] = s


@njit(parallel=True, cache=True)
def jump(rate, source, since, to, out):
    """out[to, to] += rate source[since, since]."""
    n = since.size
    for i in prange(n):
        row, target = source[since[i]], to[i]
        for j in range(n):
            out[target, to[j]] += rate * row[since[j]]


@njit(parallel=True, fastmath=True, cache=True)
def smooth(R, T, energy, decay, damping, out):
    """Out = elementwise R/(decay - damping - i (E_a - E_b)) off the diagonal, zero on it; T = Rᵀ."""
    d = R.shape[0]
    for a in prange(d):
        for b in range(d):
            x, y = decay[a, b] - damping, energy[a] - energy[b]
            n = 1.0 / (x * x + y * y)
            out[a, b] = (R[a, b] * x + T[a, b] * y) * n
        out[a, a] = 0.0


@njit(parallel=True, fastmath=True, cache=True)
def weigh(Z, decay, lost, shift, out):
    """Out += (A + (D_a + D_b)/2 - E_a - E_b)∘Z: what the Sylvester part leaves out within a block."""
    d = Z.shape[0]
    for a in prange(d):
        left = lost[a] / 2 - shift[a]
        for b in range(d):
            out[a, b] += (decay[a, b] + left + lost[b] / 2 - shift[b]) * Z[a, b]
