"""Entropy of a driven chain in time, and its production."""

from __future__ import annotations

import math

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.steady import entropy
from caloriq.steady.bounds import UNIT, Bounded
from caloriq.steady.equations import Equations
from caloriq.steady.propagate import Path

FLOOR = 1e-14  # eigenvalues below which a logarithm is not taken


def entropies(equations: Equations, times: Real, path: Path) -> tuple[Bounded, Bounded]:
    """Von Neumann entropy S, and dS/dt - Σ J_b/T_b, at every instant, with what their errors may be.

    A Gaussian state has the entropy of its modes; another one that of its blocks.
    """
    rows = [_one(equations, *given, path) for given in zip(times.tolist(), path.states, path.slopes, strict=True)]
    S, S_bound, rate, rate_bound = (np.array(column) for column in zip(*rows, strict=True))
    flow, out = flows(equations, path), []
    for k in range(len(rows)):
        received = Bounded(flow.value[k], flow.bound[k])
        out.append(total_production(float(rate[k]), float(rate_bound[k]), received))
    value, bound = (np.array(column) for column in zip(*out, strict=True))
    return Bounded(S, S_bound), Bounded(value, bound)


def flows(equations: Equations, path: Path) -> Bounded:
    """-Σ J_b/T_b at every instant: the entropy that the baths receive, shape (T,); not a number where a bath has no temperature."""
    found = []
    for k in range(len(path.values["heat_currents"])):
        heat = Bounded(path.values["heat_currents"][k], path.bounds["heat_currents"][k])
        brought = Bounded(path.values["brought"][k, 0], path.bounds["brought"][k, 0])
        found.append(entropy.flowing(equations.model, heat, brought) if equations.model.baths else Bounded(0.0, 0.0))
    return Bounded(*(np.array(column, dtype=float) for column in zip(*found, strict=True)))


def total_production(rate: float, error: float, flow: Bounded) -> tuple[float, float]:
    """Sum of dS/dt and the flow; an infinite flow into a cold bath stays infinite, as what is not known of dS/dt is growth."""
    value = float(flow.value)
    if math.isinf(value) and rate != -value:
        return value, 0.0
    if math.isinf(rate) and math.isfinite(value):
        return rate, 0.0
    if math.isinf(value) or math.isinf(rate):
        return math.nan, math.inf
    return rate + value, error + float(flow.bound) + UNIT * abs(rate + value)


def _one(equations: Equations, t: float, y: Real, dy: Real, path: Path) -> tuple[float, float, float, float]:
    """S and dS/dt of one state, and their errors to first order."""
    S = S_error = rate = rate_error = 0.0
    for rho, change in zip(equations.blocks(y), equations.blocks(dy), strict=True):
        d = len(rho)
        found = of_block(rho, change, d * path.error, d * path.noise, start=t == 0, holes=equations.closed)
        S, S_error, rate, rate_error = S + found[0], S_error + found[1], rate + found[2], rate_error + found[3]
    return S, S_error, rate, rate_error


def of_block(
    rho: Complex, change: Complex, error: float, noise: float, *, start: bool, holes: bool = False
) -> tuple[float, float, float, float]:
    """S and dS/dt of one block, and their errors to first order.

    Parameters
    ----------
    rho, change : array, shape (d, d)
        The block and its derivative.
    error, noise : float
        Bounds on their errors in the spectral norm.
    start : bool
        Whether it is the start, which may have eigenvalues that are exactly zero.
    holes : bool
        Whether 1 - ρ counts as well, as for occupations of modes.
    """
    S = S_error = rate = rate_error = 0.0
    d = len(rho)
    p, vectors = np.linalg.eigh(rho)
    moved = np.einsum("ia,ia->a", vectors.conj(), change @ vectors).real
    apart = error + d * 4 * UNIT * float(np.abs(p).max())
    noise = noise + d * 4 * UNIT * float(np.abs(moved).max())
    for p_, moved_ in ((p, moved), (1 - p, -moved)) if holes else ((p, moved),):
        kept, logs = np.clip(p_, 0, 1), _log(np.clip(p_, 0, 1))
        S -= float((kept * logs).sum())
        S_error += apart * float(np.abs(logs).sum() + d)
        empty = kept < FLOOR
        if np.any(moved_[empty] > noise):
            # a start may be singular; later its zeros are only too small to be told
            rate, rate_error = (rate + math.inf, math.inf) if start else (math.nan, math.inf)
        rate -= float(moved_[~empty] @ logs[~empty])
        rate_error += noise * float(np.abs(logs[~empty]).sum())
        rate_error += (
            apart * float(np.abs(change).sum()) * float((1 / kept).max(initial=0.0)) if not empty.any() else math.inf
        )
    return S, S_error, rate, rate_error


def _log(p: Real) -> Real:
    out: Real = np.log(np.maximum(p, 1e-300))
    return out
