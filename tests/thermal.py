"""Small systems between coupled baths, and superoperators of them as matrices, for tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from caloriq.models.random import generator
from caloriq.models.spectra import FlatSpectrum, OhmicSpectrum
from caloriq.steady.thermal.system import OpenSystem, ThermalBath

X = np.array([[0, 1], [1, 0]], dtype=complex)
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1.0 + 0j, -1])
OHMIC = OhmicSpectrum(coupling=0.02, cutoff=4.0, form="drude")
FLAT = FlatSpectrum(rate=0.1)


def on(site: int, A: Any, sites: int) -> Any:
    """An operator of one spin on all of them; the first site is the most significant."""
    return np.kron(np.kron(np.eye(2**site), A), np.eye(2 ** (sites - site - 1)))


def spins(frequencies: Any, hopping: float, zz: float = 0.0) -> Any:
    """H = Σ ½ω Z + Σ ½g (XX + YY) + ½ zz ZZ of an open chain."""
    N = len(frequencies)
    H = sum(w / 2 * on(k, Z, N) for k, w in enumerate(frequencies))
    for k in range(N - 1):
        for g, A in ((hopping, X), (hopping, Y), (zz, Z)):
            H = H + g / 2 * on(k, A, N) @ on(k + 1, A, N)
    return H


def between(
    frequencies: Any, temperatures: Any, equation: Any, *, hopping: float = 0.3, zz: float = 0.0, spectrum: Any = OHMIC
) -> OpenSystem:
    """A chain of spins between a bath on each end, coupled by X."""
    N, equations = len(frequencies), (equation, equation) if isinstance(equation, str) else equation
    baths = []
    for site, T, kind, name in zip((0, N - 1), temperatures, equations, ("first", "last"), strict=True):
        own = on(site, frequencies[site] / 2 * Z, N) if kind == "local" else None
        baths.append(ThermalBath(on(site, X, N), T, spectrum, kind, own, name=name))
    return OpenSystem(spins(frequencies, hopping, zz), tuple(baths))


def drawn(
    seed: int, dimension: int, equation: Any, *, temperatures: Any = None, coupling: float = 0.02, real: bool = False
) -> OpenSystem:
    """Any hermitian H and operators, between two baths."""
    rng = generator(seed, 0)

    def hermitian() -> Any:
        A, B = rng.standard_normal((2, dimension, dimension))
        return (A + A.T) / 2 if real else (A + A.T + 1j * (B - B.T)) / 2

    H = hermitian()
    T = rng.uniform(0.5, 3.0, 2) if temperatures is None else temperatures
    baths = tuple(
        ThermalBath(
            hermitian(), t, OhmicSpectrum(coupling=coupling, cutoff=5.0, form="drude"), equation, name=f"bath {k}"
        )
        for k, t in enumerate(T)
    )
    return OpenSystem(H, baths)


def matrix_of(apply: Any, dimension: int) -> Any:
    """A superoperator on column-stacked ρ, as QuTiP has it, from what it does to every |a⟩⟨b|."""
    D = dimension
    found = np.empty((D * D, D * D), dtype=complex)
    for b in range(D):
        for a in range(D):
            one = np.zeros((D, D), dtype=complex)
            one[a, b] = 1
            found[:, b * D + a] = apply(one).ravel(order="F")
    return found


def choi(apply: Any, dimension: int) -> Any:
    """Kossakowski's matrix of a generator in a basis of traceless operators: its Choi matrix without the identity."""
    D = dimension
    C = np.zeros((D * D, D * D), dtype=complex)
    for a in range(D):
        for b in range(D):
            one = np.zeros((D, D), dtype=complex)
            one[a, b] = 1
            C[a * D : (a + 1) * D, b * D : (b + 1) * D] = apply(one)
    identity = np.eye(D).ravel() / np.sqrt(D)
    P = np.eye(D * D) - np.outer(identity, identity)
    return P @ C @ P
