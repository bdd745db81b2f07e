r"""Second order as an equation with memory (Nakajima, Zwanzig), beside the time-local one.

.. math::
    \dot P_n(t) = \int_0^t ds \sum_m \big[\mathcal K_{nm}(t-s) P_m(s) - \mathcal K_{mn}(t-s) P_n(s)\big], \qquad
    \mathcal K_{nm}(\tau) = 2\lambda^2 |B_{nm}|^2\,\mathrm{Re}\,g(\tau) e^{i(E_m - E_n)\tau}

Its integral over time is the time-local generator K₂ of `SecondOrder`, so that :math:`P(t) = P(0) + \int_0^t K_2(t-s) P(s) ds`.
The two forms are of the same order: their populations differ by λ⁴.

Source: S. Nakajima, Prog. Theor. Phys. 20, 948 (1958), doi:10.1143/PTP.20.948; R. Zwanzig, J. Chem. Phys. 33, 1338 (1960),
doi:10.1063/1.1731409; both forms beside each other in arXiv:0711.4599 (WS), refs. 9 to 11.
"""

from __future__ import annotations

import math
import time
from typing import NamedTuple

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import NotConverged
from caloriq.reduced.populations.second_order import SecondOrder
from caloriq.results import MethodReport

DENSE = 400  # unknowns up to which exponentials are dense matrices
TOL = 1e-8  # error of a population
FIRST = 16  # pairs of steps of the coarsest rule
DEGREE = 7  # of the splines between its instants
MOST = 6  # halvings
WORK = 3e9  # multiplications that quadrature may take


class Remembered(NamedTuple):
    """Populations, their time derivatives, each of shape (T, D), the error of a population, and what ran."""

    populations: Real
    rates: Real
    error: float
    report: MethodReport


def with_memory(source: SecondOrder, start: Real, times: Real) -> Remembered:
    """Populations of the equation with memory: by exponentials where g is one, by quadrature under baths that remember."""
    clock = time.perf_counter()
    P, rates, error, name, reason, count = (_by_quadrature if source.remembers else _by_exponentials)(
        source, start, times
    )
    spent = {"wall time in s": time.perf_counter() - clock, "unknowns or steps": count}
    return Remembered(P, rates, error, MethodReport(name, f"auto: {reason}", spent))


def _by_exponentials(source: SecondOrder, start: Real, times: Real) -> tuple[Real, Real, float, str, str, int]:
    """Every ∫ e^(z(t-s)) P_m(s) ds is an unknown of its own: a linear equation with constant coefficients."""
    D = len(start)
    pairs, number = np.unique(np.stack([source.group, source.columns]), axis=1, return_inverse=True)
    group, column = pairs
    number, A = number.ravel(), pairs.shape[1]
    real, imaginary = D + np.arange(A), D + A + np.arange(A)
    decay, omega = source.decay[group], source.frequencies[group]
    rows = [source.rows, source.columns, real, imaginary, real, imaginary, real]
    columns = [real[number], real[number], real, imaginary, imaginary, real, column]
    values = [source.weights, -source.weights, -decay, -decay, -omega, omega, np.ones(A)]
    size = D + 2 * A
    _checks.memory("times", len(times), 8.0 * size * (len(times) + 4 * min(size, DENSE)), "take fewer states")
    L = scipy.sparse.coo_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(size, size)
    ).tocsr()
    y, halved = (np.concatenate([start, np.zeros(2 * A)]) for _ in range(2))
    out, error, now = np.empty((len(times), size)), 0.0, 0.0
    for k, t in enumerate(times.tolist()):
        if t > now:
            y, halved, now = _moved(L, y, t - now, 1), _moved(L, halved, t - now, 2), t
        out[k] = y
        error = max(error, float(np.abs(y - halved)[:D].max()))
    told = "g is an exponential: no quadrature"
    return out[:, :D], (out @ L.T)[:, :D], error, "exponentials of the equation with memory", told, size


def _moved(L: scipy.sparse.csr_array, y: Real, step: float, parts: int) -> Real:
    """e^(L step) y, in as many parts."""
    if L.shape[0] > DENSE:
        for _ in range(parts):
            y = scipy.sparse.linalg.expm_multiply(L * (step / parts), y)
        return y
    once = scipy.linalg.expm(L.toarray() * (step / parts))
    for _ in range(parts):
        y = once @ y
    return np.asarray(y)


def _by_quadrature(source: SecondOrder, start: Real, times: Real) -> tuple[Real, Real, float, str, str, int]:
    """P(t) = P(0) + ∫ K₂(t-s) P(s) ds by the trapezoidal rule, which is explicit as K₂(0) = 0, and extrapolated (Romberg)."""
    end = float(times[-1])
    reason = "the bath remembers"
    if end == 0:
        still = np.repeat(start[None], len(times), axis=0)
        return still, np.zeros_like(still), 0.0, "trapezoidal rule", reason, 0
    fastest = max(float(np.abs(source.frequencies).max(initial=0.0)), *(bath.fastest for bath in source.baths))
    steps = 2 * max(FIRST, math.ceil(fastest * end / 8))
    while True:
        both, worst, count = _extrapolated(source, start, end, steps)
        found, between = _interpolated(both, end, times)
        if between <= TOL or not worst <= TOL:
            break
        steps *= 2  # what lies between the instants asks for more of them
    if not worst + between <= 2 * TOL:
        raise NotConverged(
            f"`times` must be reached by the quadrature of the memory to {TOL:g}, but it is not (got an error of {worst + between:.2g} at t = {end:g} after {count} steps); take earlier times"
        )
    return found[0], found[1], worst + between, f"trapezoidal rule, extrapolated from {count} steps", reason, count


def _extrapolated(source: SecondOrder, start: Real, end: float, steps: int) -> tuple[Real, float, int]:
    """P and dP/dt at evenly spaced times, shape (2, steps + 1, D), the error of P, and the steps of the finest rule."""
    table: list[Real] = []
    worst, count = np.inf, steps
    for level in range(MOST):
        if (steps * 2**level) ** 2 * len(source.rows) / 2 > WORK:
            break
        count = steps * 2**level
        row = [_trapezoidal(source, start, end, count)[:, :: 2**level]]
        for k, coarser in enumerate(table):
            row.append(row[-1] + (row[-1] - coarser) / (4 ** (k + 1) - 1))
        if table:
            worst = float(np.abs(row[-1] - table[-1])[0].max())
        table = row
        if worst <= TOL / 2:
            break
    return (table[-1] if table else np.repeat(start[None, None], 2, axis=0)), worst, count


def _interpolated(both: Real, end: float, times: Real) -> tuple[list[Real], float]:
    """P and dP/dt at the times, and how far a spline of half the instants is from the others, over 2^4 of the 2^8 that it falls by."""
    grid = np.linspace(0, end, both.shape[1])
    if np.all(np.isin(times, grid)):
        return [one[np.searchsorted(grid, times)] for one in both], 0.0
    if both.shape[1] <= 2 * DEGREE:
        return [np.full((len(times), both.shape[2]), np.nan)] * 2, np.inf
    half = scipy.interpolate.make_interp_spline(grid[::2], both[0, ::2], k=DEGREE)
    apart = float(np.abs(half(grid) - both[0]).max()) / 16
    return [scipy.interpolate.make_interp_spline(grid, one, k=DEGREE)(times) for one in both], apart


def _trapezoidal(source: SecondOrder, start: Real, end: float, steps: int) -> Real:
    """P and dP/dt at evenly spaced times, shape (2, steps + 1, D)."""
    h, D = end / steps, len(start)
    grid = np.linspace(0, end, steps + 1)
    gains = np.concatenate([np.zeros((1, len(source.rows))), source.values(grid[1:])])  # K₂, zero at 0
    memory = source.memory(grid)
    to, of = source.rows, source.columns
    P, rates = np.empty((steps + 1, D)), np.empty((steps + 1, D))
    P[0], rates[0] = start, 0.0
    weighted = np.empty((steps + 1, len(of)))  # P of the state that is left, the first with half of its weight
    weighted[0] = start[of] / 2

    def flow(passed: Real) -> Real:
        gained, lost = (np.bincount(where, passed, minlength=D) for where in (to, of))
        return np.asarray(gained - lost, dtype=float)

    for j in range(1, steps + 1):
        P[j] = start + h * flow(np.einsum("ik,ik->k", gains[j:0:-1], weighted[:j]))
        weighted[j] = P[j, of]
        rates[j] = h * flow(np.einsum("ik,ik->k", memory[j:0:-1], weighted[:j]) + memory[0] * weighted[j] / 2)
    return np.stack([P, rates])
