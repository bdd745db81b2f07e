"""What is read off a state: currents, energies and temperatures out of few expectation values.

Source: MT eqs. 7, 8 and 12 (PRE 86, 061118 (2012), doi:10.1103/PhysRevE.86.061118), extended to any graph,
ZZ interaction and dephasing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.models.baths import temperature_of
from caloriq.models.spins import SpinChain


@dataclass(frozen=True)
class Moments:
    """Expectation values of one state.

    Attributes
    ----------
    populations : array, shape (N,)
        ⟨n_k⟩, n = σ⁺σ⁻.
    coherences : array, shape (B,)
        ⟨σ⁺_kσ⁻_l⟩ on every bond k < l.
    pairs : array, shape (B,), or None
        ⟨n_kn_l⟩ on every bond; needed where ZZ terms are.
    """

    populations: Real
    coherences: Complex
    pairs: Real | None = None


def bond_currents(model: SpinChain, state: Moments) -> Real:
    """Excitation current -2 Im(g_kl ⟨σ⁺_kσ⁻_l⟩) along every bond, from the lower to the higher site (MT 12)."""
    return np.asarray(-2 * (model.bonds.hopping * state.coherences).imag)


def excitation_currents(model: SpinChain, state: Moments) -> Real:
    """Excitations per time from every bath into its site, Γ₊ - γ⟨n⟩, shape (baths,)."""
    n = state.populations
    return np.array([r.gain - r.total * n[s] for r, s in zip(model.bath_rates, model.bath_sites, strict=True)])


def heat_currents(model: SpinChain, state: Moments) -> Real:
    """Energy per time Tr(H 𝓛_b ρ) from every bath into the chain, the dephasing bath last, shape (baths + 1,) (MT 7, 8)."""
    k, l, g, zz = model.bonds
    n, exchange = state.populations, (g * state.coherences).real
    out = []
    for rate, site in zip(model.bath_rates, model.bath_sites, strict=True):
        here = (k == site) | (l == site)
        heat = model.frequencies[site] * (rate.gain - rate.total * n[site]) - rate.total * exchange[here].sum()
        if np.any(zz[here]):
            assert state.pairs is not None
            other = n[np.where(k == site, l, k)[here]]
            # ⟨(Γ₊ - γ n_s)(2 n_l - 1)⟩
            turned = rate.gain * (2 * other - 1) - rate.total * (2 * state.pairs[here] - n[site])
            heat += zz[here] @ turned
        out.append(heat)
    dephasing = -(model.dephasing_rates[k] + model.dephasing_rates[l]) @ exchange
    return np.array([*out, dephasing])


def energy(model: SpinChain, state: Moments) -> float:
    """⟨H⟩."""
    k, l, g, zz = model.bonds
    n = state.populations
    value = model.frequencies @ (n - 0.5) + 2 * (g * state.coherences).real.sum()
    if np.any(zz):
        assert state.pairs is not None
        value += zz @ (4 * state.pairs - 2 * n[k] - 2 * n[l] + 1) / 2
    return float(value)


def balance(model: SpinChain, state: Moments) -> Real:
    """Excitations per time that each site gains: zero in a steady state, shape (N,)."""
    k, l, _, _ = model.bonds
    flow, out = bond_currents(model, state), np.zeros(model.sites)
    np.add.at(out, l, flow)
    np.add.at(out, k, -flow)
    np.add.at(out, list(model.bath_sites), excitation_currents(model, state))
    return out


def site_temperatures(frequencies: Real, populations: Real) -> Real:
    """Effective temperature ω/ln((1-n)/n) of every site, shape (N,); negative for inversion."""
    pairs = zip(frequencies.tolist(), np.clip(populations, 0, 1).tolist(), strict=True)
    return np.array([temperature_of(n, 1 - n, w) for w, n in pairs])


def entropy_production(heat: NDArray[Any], temperatures: list[float], noise: float) -> float:
    """-Σ J_b/T_b over the baths with a temperature; dephasing (infinite temperature) adds nothing.

    Heat into a bath at T = 0 makes it infinite, and so does heat out of a bath of gain alone (T = 0 from below); heat
    below `noise` is none. Where both signs of infinity meet it is not a number.
    """
    parts = [
        math.copysign(math.inf, -J) * math.copysign(1.0, T) if T == 0 else -J / T
        for J, T in zip(heat.tolist(), temperatures, strict=False)
        if abs(J) > noise and not math.isinf(T)
    ]
    if {math.inf, -math.inf} <= set(parts):
        return math.nan
    return math.fsum(parts)


def jump_entropy_production(model: SpinChain, state: Moments) -> float:
    """Σ j_b ln(Γ₊/Γ₋) with the excitation currents j_b: by Spohn's inequality never negative in a steady state.

    Spohn, J. Math. Phys. 19, 1227 (1978), doi:10.1063/1.523789. It counts the heat ω_b of the jumps alone.
    """
    total = 0.0
    for rate, j in zip(model.bath_rates, excitation_currents(model, state).tolist(), strict=True):
        if rate.gain > 0 and rate.loss > 0:
            total += j * np.log(rate.gain / rate.loss)
        elif abs(j) > 1e-13 * rate.total:
            total += np.inf * (np.sign(-j) if rate.gain == 0 else np.sign(j))
    return float(total)
