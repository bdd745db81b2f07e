"""Exact problems: modular chains whose dynamics is known in closed form, and the models that every check runs on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import comb
from typing import Any

import numpy as np
import scipy

import caloriq as cq


@dataclass(frozen=True)
class Problem:
    """One chain, one start, the populations P(t) of shape (T, N) in closed form, and the error to be expected.

    `tol` bounds |P - P_closed|. Every method runs with a tolerance of 1e-12 in the norm of the state, which allows
    2e-12 in a population; the rest of each bound is rounding, eps × gap × longest time, with room for a factor of a few.
    """

    name: str
    model: cq.ModularChain
    initial: Any
    times: np.ndarray
    populations: Callable[[np.ndarray], np.ndarray]
    tol: float = 1e-11
    currents: Callable[[np.ndarray], np.ndarray] | None = field(default=None)


def given(blocks: Any, *, subunits: int, coupling: float = 0.1, bandwidth: float = 0.4, **rest: Any) -> cq.ModularChain:
    """Chain with the interaction handed in; nothing random."""
    blocks = np.asarray(blocks, dtype=complex)
    return cq.ModularChain(
        subunits=subunits,
        levels=blocks.shape[-1],
        bandwidth=bandwidth,
        coupling=coupling,
        interaction="given",
        matrices=blocks,
        **rest,
    )


def random_chain(**changes: Any) -> cq.ModularChain:
    """Small random chain, the same for everyone."""
    fields = {"subunits": 3, "levels": 6, "bandwidth": 0.4, "coupling": 0.02, "seed": 5} | changes
    return cq.ModularChain(**fields)


def two(first: np.ndarray) -> np.ndarray:
    """Populations of two subunits from the first."""
    return np.stack([first, 1 - first], axis=1)


def rabi(name: str, model: cq.ModularChain, start: int, tol: float = 1e-11) -> Problem:
    """Two subunits with one level each: P_start = cos²(λ|v|t), J = ±λ|v| sin(2λ|v|t)."""
    frequency = model.coupling * abs(model.interaction_matrix(0)[0, 0])
    sign = 1 if start == 0 else -1
    return Problem(
        name,
        model,
        cq.starts.level(start),
        np.linspace(0, 30 / frequency, 61),
        lambda t: two(np.cos(frequency * t) ** 2)[:, ::sign],
        tol,
        lambda t: (sign * frequency * np.sin(2 * frequency * t))[:, None],
    )


def detuned_rabi() -> Problem:
    """Levels swapped by v, so that the transition is off resonance by half the bandwidth."""
    model = given([[0, 1], [1, 0]], subunits=2, coupling=0.1, bandwidth=0.6)
    detuning, coupling = 0.3, 0.1
    rabi_frequency = np.hypot(coupling, detuning / 2)
    share = (coupling / rabi_frequency) ** 2
    return Problem(
        "detuned-rabi",
        model,
        cq.starts.level(0, 1),
        np.linspace(0, 200, 41),
        lambda t: two(1 - share * np.sin(rabi_frequency * t) ** 2),
        currents=lambda t: (share * rabi_frequency * np.sin(2 * rabi_frequency * t))[:, None],
    )


def path(subunits: int, start: int) -> Problem:
    """Tight-binding path: eigenvectors √(2/(N+1)) sin(π(j+1)k/(N+1)), energies 2λ cos(πk/(N+1))."""
    model = given([[1.0]], subunits=subunits, coupling=0.2)
    k = np.arange(1, subunits + 1) * np.pi / (subunits + 1)
    modes = np.sqrt(2 / (subunits + 1)) * np.sin(np.outer(np.arange(1, subunits + 1), k))

    def amplitudes(t: np.ndarray) -> np.ndarray:
        return (np.exp(-2j * 0.2 * np.outer(t, np.cos(k))) * modes[start]) @ modes.T

    def currents(t: np.ndarray) -> np.ndarray:
        psi = amplitudes(t)
        return -2 * 0.2 * (psi[:, :-1].conj() * psi[:, 1:]).imag

    return Problem(
        f"path-{subunits}-from-{start}",
        model,
        cq.starts.level(start),
        np.linspace(0, 120, 49),
        lambda t: np.abs(amplitudes(t)) ** 2,
        currents=currents,
    )


def half_line() -> Problem:
    """Path so long that the front does not meet its end: ψ_µ = (-i)^µ (µ+1) J_{µ+1}(2λt)/(λt).

    The end is reached with amplitude J_61(20) < 1e-19, far below the tolerance.
    """
    N = 60
    model = given([[1.0]], subunits=N, coupling=0.1)

    def populations(t: np.ndarray) -> np.ndarray:
        x = 0.1 * t[:, None]
        return ((np.arange(N) + 1) * scipy.special.jv(np.arange(N) + 1, 2 * x) / x) ** 2

    return Problem("half-line", model, cq.starts.level(0), np.linspace(1, 100, 34), populations)


def perfect_transfer(subunits: int = 6) -> Problem:
    """Bonds √((b+1)(N-1-b)): the rotation of a spin (N-1)/2, binomial in sin²(λt) (Christandl et al. 2004)."""
    top = subunits - 1
    bonds = [[[np.sqrt((b + 1) * (top - b))]] for b in range(top)]
    model = given(bonds, subunits=subunits, coupling=0.05)
    weights = np.array([comb(top, mu) for mu in range(subunits)])
    mu = np.arange(subunits)

    def populations(t: np.ndarray) -> np.ndarray:
        c, s = np.cos(0.05 * t[:, None]) ** 2, np.sin(0.05 * t[:, None]) ** 2
        return weights * c ** (top - mu) * s**mu

    return Problem("perfect-transfer", model, cq.starts.level(0), np.linspace(0, 100, 41), populations)


def unequal_bonds() -> Problem:
    """Three sites with bonds v, w: frequency λ√(|v|²+|w|²), nothing depends on the phases."""
    v, w = 1.5 * np.exp(0.4j), 0.8 * np.exp(-2.1j)
    model = given([[[v]], [[w]]], subunits=3, coupling=0.07)
    total = abs(v) ** 2 + abs(w) ** 2
    omega = 0.07 * np.sqrt(total)

    def populations(t: np.ndarray) -> np.ndarray:
        cos, a, b = np.cos(omega * t), abs(v) ** 2 / total, abs(w) ** 2 / total
        return np.stack([(b + a * cos) ** 2, a * (1 - cos**2), a * b * (1 - cos) ** 2], axis=1)

    return Problem("unequal-bonds", model, cq.starts.level(0), np.linspace(0, 150, 51), populations)


STRENGTHS = np.array([0.3, 1.0, 1.7, 2.2, 0.0])  # of the diagonal interaction; the last level is dark


def pairs(name: str, initial: Any, weights: np.ndarray) -> Problem:
    """Diagonal v: every level is a Rabi pair of its own, P_0 = Σ_i w_i cos²(λ|v_i|t)."""
    phases = np.exp(1j * np.arange(STRENGTHS.size))
    model = given(np.diag(STRENGTHS * phases), subunits=2, coupling=0.05)
    rates = 0.05 * STRENGTHS
    return Problem(
        name,
        model,
        initial,
        np.linspace(0, 200, 51),
        lambda t: two(np.cos(np.outer(t, rates)) ** 2 @ weights),
        currents=lambda t: (np.sin(2 * np.outer(t, rates)) @ (weights * rates))[:, None],
    )


def paths_side_by_side() -> Problem:
    """Diagonal v on four subunits, mixed start: the average of five tight-binding paths."""
    N = 4
    model = given(np.diag(STRENGTHS), subunits=N, coupling=0.05)
    k = np.arange(1, N + 1) * np.pi / (N + 1)
    modes = np.sqrt(2 / (N + 1)) * np.sin(np.outer(np.arange(1, N + 1), k))

    def populations(t: np.ndarray) -> np.ndarray:
        total = np.zeros((t.size, N))
        for v in STRENGTHS:
            total += np.abs((np.exp(-2j * 0.05 * v * np.outer(t, np.cos(k))) * modes[1]) @ modes.T) ** 2
        return total / STRENGTHS.size

    return Problem("paths-side-by-side", model, cq.starts.mixed(1), np.linspace(0, 200, 41), populations)


def _haar_weights() -> np.ndarray:
    model = given(np.diag(STRENGTHS), subunits=2)
    return np.abs(cq.haar(0, seed=3).amplitudes(model)[:, 0]) ** 2


def _vector() -> tuple[np.ndarray, np.ndarray]:
    """Unnormalised amplitudes in subunit 0, and the weights that they mean."""
    raw = np.array([1.0, 2.0, -1.0j, 0.5, 1 + 1j])
    return np.concatenate([raw, np.zeros(5)]), np.abs(raw) ** 2 / np.sum(np.abs(raw) ** 2)


PROBLEMS = [
    rabi("rabi", cq.ModularChain(subunits=2, levels=1, bandwidth=0.2, coupling=0.03, seed=4), 0),
    rabi("rabi-given", given([[2 * np.exp(0.7j)]], subunits=2), 1),
    # a gap of 20 costs rounding eps × gap × time = 2e-16 × 20 × 150 = 7e-13
    rabi("rabi-large-gap", given([[2.0]], subunits=2, gap=20.0), 0),
    detuned_rabi(),
    path(3, 0),
    path(5, 2),
    path(8, -1),
    half_line(),
    perfect_transfer(),
    unequal_bonds(),
    pairs("pairs-level", cq.starts.level(0, 2), np.eye(5)[2]),
    pairs("pairs-dark-level", cq.starts.level(0, 4), np.eye(5)[4]),
    pairs("pairs-mixed", cq.starts.mixed(0), np.full(5, 0.2)),
    pairs("pairs-haar", cq.haar(0, seed=3), _haar_weights()),
    pairs("pairs-vector", cq.starts.vector(_vector()[0]), _vector()[1]),
    paths_side_by_side(),
]

MODELS = {
    "complex": random_chain(),
    "real": random_chain(interaction="real-gaussian", seed=6),
    "random band": random_chain(band="random", subunits=4, levels=5),
    "one level": random_chain(levels=1, subunits=2),
    "given": given(np.random.default_rng(1).standard_normal((3, 3)), subunits=3),
    "given bond by bond": given(np.random.default_rng(2).standard_normal((3, 4, 4)) * (1 + 1j), subunits=4),
    "given, random band": given(np.eye(4), subunits=2, band="random", seed=9),
    "another gap": random_chain(gap=3.0),
}


def dense_hamiltonian(model: cq.ModularChain) -> np.ndarray:
    """H of the one-excitation space straight from its definition (PRE 3, 6, 7), not through the library's operator."""
    N, n = model.subunits, model.levels
    H = np.kron(np.eye(N), np.diag(model.gap + model.band_levels)).astype(complex)
    for b in range(N - 1):
        step = np.zeros((N, N))
        step[b, b + 1] = 1
        hop = np.kron(step, model.coupling * model.interaction_matrix(b))
        H += hop + hop.conj().T
    assert H.shape == (N * n, N * n)
    return H
