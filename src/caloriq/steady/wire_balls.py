"""A driven chain in ball arithmetic: few sites by the N² equations, more without dephasing by residues.

For what double precision does not prove: rates, couplings and dephasing many decades apart, and localised chains.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from caloriq.models.spins import SpinChain
from caloriq.steady import balls
from caloriq.steady.bounds import UNIT, Bounded
from caloriq.steady.wire_error import SeenChain

FEW = 12  # sites up to which the N² equations are solved: some 0.2 s
MANY = 120  # sites up to which a chain without dephasing is summed over its modes: some seconds
MOST = 6144  # bits
BAND = 3  # diagonals of C from which the numbers are read
DIGITS = 2.0**-50
NOTHING = 2.0**-90  # of the current's own part in a number: what is smaller is rounding of a zero

Coefficients = tuple[list[Any], list[Any], list[Any], list[Any]]
Entries = dict[tuple[int, int], Any]


def applies(model: SpinChain) -> bool:
    """Whether balls are quick enough."""
    return model.sites <= (MANY if not np.any(model.dephasing_rates) else FEW)


class ProvenWire(NamedTuple):
    """What balls prove."""

    driven: SeenChain  # the numbers
    bits: int  # precision that it took
    matrix: Bounded | None  # C, every element with its bound


def solve(model: SpinChain, step: int, *, matrix: bool = False) -> ProvenWire | None:
    """The chain seen from the bath that fills (step -1: from the last site); with `matrix` all of C, N³ products."""
    whole = bool(np.any(model.dephasing_rates)) or model.sites <= FEW // 2
    bits = 192 if whole else 128 + 4 * model.sites
    while bits <= MOST:
        with balls.precision(bits):
            numbers = _coefficients(model, step)
            reach = model.sites if matrix else BAND
            C = _whole(*numbers, reach) if whole else _modes(*numbers[:3], reach)
            found = None if C is None else _rounded(numbers, C)
            if C is not None and found is not None:
                return ProvenWire(found, bits, _matrix(C, model.sites) if matrix else None)
        bits *= 2
    return None


def _coefficients(model: SpinChain, step: int) -> Coefficients:
    """Frequencies, |hopping|, γ and dephasing as balls."""
    from flint import acb, arb

    N = model.sites
    first, _, hopping, _ = model.bonds
    w = [arb(float(v)) for v in model.frequencies]
    g = [arb(0)] * (N - 1)
    for k, v in zip(first.tolist(), hopping.tolist(), strict=True):
        g[k] = abs(arb(v)) if isinstance(v, float) else abs(acb(v))
    G = [arb(0)] * N
    for bath, site in zip(model.baths, model.bath_sites, strict=True):
        up, down = balls.rates(bath, float(model.frequencies[site]))
        G[site] += up + down
    dephasing = [arb(float(v)) for v in model.dephasing_rates]
    return w[::step], g[::step], G[::step], dephasing[::step]


def _whole(w: list[Any], g: list[Any], G: list[Any], dephasing: list[Any], reach: int) -> Entries | None:
    """The diagonals of C by the N² real equations of P = Re C + Im C."""
    from flint import arb_mat

    N = len(w)
    A, b = arb_mat(N * N, N * N), arb_mat(N * N, 1)
    b[0, 0] = -G[0]
    for j in range(N):
        for k in range(N):
            row = j * N + k
            own = (G[j] + G[k]) / 2
            if j != k:
                own += (dephasing[j] + dephasing[k]) / 2
            A[row, row] -= own
            A[row, k * N + j] += w[j] - w[k]
            for l in (j - 1, j + 1):
                if 0 <= l < N:
                    A[row, k * N + l] += g[min(j, l)]
            for l in (k - 1, k + 1):
                if 0 <= l < N:
                    A[row, l * N + j] -= g[min(k, l)]
    try:
        P = A.solve(b)
    except ZeroDivisionError:
        return None
    return _bands(
        N, reach, lambda j, k: ((P[j * N + k, 0] + P[k * N + j, 0]) / 2, (P[j * N + k, 0] - P[k * N + j, 0]) / 2)
    )


def _bands(N: int, reach: int, entry: Any) -> Entries:
    """Real and imaginary parts of C_jk for 0 ≤ k - j < reach."""
    return {(j, k): entry(j, k) for j in range(N) for k in range(j, min(j + reach, N))}


def _matrix(C: Entries, N: int) -> Bounded:
    """C and the bounds on the moduli of its errors, in doubles."""
    value, bound = np.zeros((N, N), dtype=complex), np.zeros((N, N))
    for (j, k), (real, imaginary) in C.items():
        (re, more), (im, room) = balls.rounded(real), balls.rounded(imaginary)
        value[j, k], value[k, j] = complex(re, im), complex(re, -im)
        bound[j, k] = bound[k, j] = (1 + 4 * UNIT) * math.hypot(more, room)
    return Bounded(value, bound)


def _modes(w: list[Any], g: list[Any], G: list[Any], reach: int) -> Entries | None:
    """The diagonals of C = γ₁ ∫ e^{Xt}|1⟩⟨1|e^{X†t} dt by residues, X = i h - G/2.

    (z - X)⁻¹_j1 = Π_{i<j} (i g_i) Q_j+1(z)/P(z), P the characteristic polynomial and Q_k that of the sites from k on;
    with the roots λ_a of P and μ_a = -λ_a*,
    C_jk = γ₁ Π (i g) Π (i g)* Σ_a Q_j+1(λ_a)/P'(λ_a) (Q_k+1(μ_a)/P(μ_a))*.
    """
    from flint import acb, acb_poly, arb, ctx

    N = len(w)
    x = [acb(-G[k] / 2, w[k] - w[0]) for k in range(N)]
    squares = [v * v for v in g]
    P, before = acb_poly([-x[0], 1]), acb_poly([1])
    for k in range(1, N):
        P, before = acb_poly([-x[k], 1]) * P + squares[k - 1] * before, P
    try:
        roots = P.roots(tol=arb(2) ** (-3 * ctx.prec // 4))
    except (ValueError, ArithmeticError):
        return None
    if len(roots) != N:
        return None
    one, other = [], []
    for root in roots:
        Q, slope = _minors(root, x, squares)
        one.append([q / slope for q in Q[1:]])
        Q, _ = _minors(-root.conjugate(), x, squares)
        other.append([(q / Q[0]).conjugate() for q in Q[1:]])
    front = [acb(1)]
    for v in g:
        front.append(front[-1] * acb(0, v))

    def entry(j: int, k: int) -> tuple[Any, Any]:
        total = acb(0)
        for a, b in zip(one, other, strict=True):
            total += a[j] * b[k]
        total *= G[0] * front[j] * front[k].conjugate()
        return total.real, total.imag

    return _bands(N, reach, entry)


def _minors(z: Any, x: list[Any], squares: list[Any]) -> tuple[list[Any], Any]:
    """Q_k(z) for k = 0..N, Q_N = 1, and the derivative of Q_0."""
    from flint import acb

    N = len(x)
    Q, slope, later = [acb(0)] * N + [acb(1), acb(0)], acb(0), acb(0)
    for k in range(N - 1, -1, -1):
        square = squares[k] if k < N - 1 else 0
        here = z - x[k]
        Q[k] = here * Q[k + 1] + square * Q[k + 2]
        slope, later = Q[k + 1] + here * slope + square * later, slope
    return Q[: N + 1], slope


def _rounded(numbers: Coefficients, C: Entries) -> SeenChain | None:
    """Doubles, if the balls are small enough."""
    _, g, G, _ = numbers
    N = len(g) + 1
    J = G[-1] * C[N - 1, N - 1][0]
    if not (J > 0 and float(J.rad()) <= DIGITS * float(J.mid())):
        return None
    flow = [J / (2 * v) for v in g]
    populations = [C[k, k][0] for k in range(N)]
    parts = (
        (populations, [J / G[-1]] * N),
        ([populations[k] - populations[k + 1] for k in range(N - 1)], [v / h for v, h in zip(flow, g, strict=True)]),
        ([C[k, k + 1][0] for k in range(N - 1)], flow),
        ([C[k, k + 2][1] for k in range(N - 2)], [min(flow[k], flow[k + 1], key=float) for k in range(N - 2)]),
    )
    out = []
    for values, scales in parts:
        for value, scale in zip(values, scales, strict=True):
            middle, radius = abs(value.mid()), value.rad()
            if not (radius <= DIGITS * middle or radius <= NOTHING * scale.mid()):
                return None
        out.append(balls.doubles(values))
    current = balls.rounded(J)
    return SeenChain(current, *out) if math.isfinite(current.value) else None
