"""Two spins between two baths, and spin systems drawn at random, for any of the four equations."""

from __future__ import annotations

from typing import Any

import numpy as np

from caloriq._checks import Complex
from caloriq.models.coupled_bath import Equation
from caloriq.models.random import FIELD, generator
from caloriq.models.spectra import OhmicSpectrum
from caloriq.steady.thermal.system import OpenSystem, ThermalBath

X = np.array([[0, 1], [1, 0]], dtype=complex)
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1.0 + 0j, -1])
PAULI = np.stack([X, Y, Z])
CUTOFF = 10.0


def on(site: int, A: Any, sites: int) -> Complex:
    """An operator of one spin on all of them; the first site is the most significant."""
    return np.asarray(np.kron(np.kron(np.eye(2**site), A), np.eye(2 ** (sites - site - 1))), dtype=complex)


def pair(
    frequencies: tuple[float, float],
    temperatures: tuple[float, float],
    equation: Equation,
    *,
    hopping: float,
    coupling: float,
) -> OpenSystem:
    """H = ½ω₁Z₁ + ½ω₂Z₂ + ½g(X₁X₂ + Y₁Y₂), a bath coupled by X on each spin, with Drude's spectrum."""
    H = frequencies[0] / 2 * on(0, Z, 2) + frequencies[1] / 2 * on(1, Z, 2)
    H = H + hopping / 2 * (on(0, X, 2) @ on(1, X, 2) + on(0, Y, 2) @ on(1, Y, 2))
    spectrum = OhmicSpectrum(coupling=coupling, cutoff=CUTOFF, form="drude")
    baths = tuple(
        ThermalBath(
            on(k, X, 2),
            T,
            spectrum,
            equation,
            frequencies[k] / 2 * on(k, Z, 2) if equation == "local" else None,
            name=name,
        )
        for k, (T, name) in enumerate(zip(temperatures, ("hot", "cold"), strict=True))
    )
    return OpenSystem(H, baths)


def drawn(number: int, seed: int, equation: Equation, *, lamb_shift: bool = False, **given: Any) -> OpenSystem:
    """Two or three spins at random between baths on the first and the last.

    Fields and couplings of all components, baths coupled by any component; widths of the couplings over two decades, of the
    baths over two, difference of the temperatures over three, drawn in logarithm.

    Parameters
    ----------
    number, seed : int
        Which of the systems of a seed.
    equation : {"local", "global", "redfield", "universal"}
        Of both baths.
    lamb_shift : bool
        As of `ThermalBath`.
    **given
        `coupling` or `temperatures` in place of those drawn.
    """
    rng = generator(seed, FIELD, number)
    N = int(rng.integers(2, 4))
    fields = rng.standard_normal((N, 3))
    bonds = 10 ** rng.uniform(-2, 0) * rng.standard_normal((N - 1, 3, 3))
    axes = rng.standard_normal((2, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    coupling = given.get("coupling", 10 ** rng.uniform(-3, -1))
    cold = rng.uniform(0.3, 2.0)
    temperatures = given.get("temperatures", (cold * (1 + 10 ** rng.uniform(-3, 0.3)), cold))
    own = [on(k, np.tensordot(h, PAULI, 1), N) for k, h in enumerate(fields)]
    H = np.sum(own, axis=0)
    for k, J in enumerate(bonds):
        for a in range(3):
            for b in range(3):
                H = H + J[a, b] * on(k, PAULI[a], N) @ on(k + 1, PAULI[b], N)
    spectrum = OhmicSpectrum(coupling=float(coupling), cutoff=CUTOFF, form="drude")
    baths = tuple(
        ThermalBath(
            on(site, np.tensordot(axis, PAULI, 1), N),
            float(T),
            spectrum,
            equation,
            own[site] if equation == "local" else None,
            lamb_shift,
            name,
        )
        for site, axis, T, name in zip((0, N - 1), axes, temperatures, ("hot", "cold"), strict=True)
    )
    return OpenSystem(H, baths)
