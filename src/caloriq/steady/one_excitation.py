"""The weakly driven network: no or one excitation, exact within that space of dimension N + 1."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.models.random import PROBE, generator
from caloriq.models.spins import SpinChain
from caloriq.results import Certificate, Check, MethodReport, frozen
from caloriq.steady import moments, unique
from caloriq.steady.methods import OneExcitation
from caloriq.steady.moments import Moments
from caloriq.steady.result import SteadyState, moments_scale, rate_scale

TOL = 1e-10


def admit(model: SpinChain, method: OneExcitation) -> float:  # noqa: ARG001 - the choice is the type
    """Bytes needed; any network can be cut to one excitation."""
    return unique.BYTES * model.sites + 200.0 * model.sites**2


def solve(model: SpinChain, method: OneExcitation, reason: str) -> SteadyState:
    """Steady state of a network in which never more than one excitation is present.

    With ρ = p₀|0⟩⟨0| + ρ₁ and C_kl = ⟨l|ρ₁|k⟩:
    dC/dt = X C + C X† + diag(γ_k C_kk) + p₀ diag(Γ₊), X = i h* - ½ diag(Γ₋ + γ), p₀ = 1 - Tr C.
    """
    clock, N = time.perf_counter(), model.sites
    h = energies(model)
    X = 1j * (h - np.eye(N) * h.diagonal().real.mean()).conj() - np.diag(model.losses + model.dephasing_rates) / 2
    unit, error = _unit_source(X, model.dephasing_rates, model.gains)
    empty = 1 / (1 + float(np.trace(unit).real))
    C = empty * unit
    drift = X @ C + C @ X.conj().T + np.diag(model.dephasing_rates * C.diagonal().real + empty * model.gains)
    n = C.diagonal().real.copy()
    k, l, g, _ = model.bonds
    state = Moments(n, C[k, l].copy())
    into = np.array([r.gain * empty - r.loss * n[s] for r, s in zip(model.bath_rates, model.bath_sites, strict=True)])
    # Tr(H 𝓛_b ρ): a gain brings h_ss, a loss takes the energy that site s has with its bonds
    held = (h * C).real.sum(axis=1)
    heat = np.array(
        [
            r.gain * empty * h[s, s].real - r.loss * held[s]
            for r, s in zip(model.bath_rates, model.bath_sites, strict=True)
        ]
    )
    dephasing = float(-(model.dephasing_rates[k] + model.dephasing_rates[l]) @ (g * state.coherences).real)
    currents = moments.bond_currents(model, state)
    flow = np.zeros(N)
    np.add.at(flow, l, currents)
    np.add.at(flow, k, -currents)
    np.add.at(flow, list(model.bath_sites), into)
    rates, scale = max(r.total for r in model.bath_rates), max(moments_scale(model), float(np.abs(heat).max()))
    probability = 1 - empty
    lowest = float(np.linalg.eigvalsh(C)[0]) if np.all(np.isfinite(C)) else np.nan
    size = max(float(np.linalg.norm(C)), 1e-300)
    checks = (
        Check(
            "residual",
            float(np.linalg.norm(drift)) / size / rate_scale(model),
            method.tol,
            "‖dρ/dt‖ in units of the model's rates",
        ),
        Check(
            "error of the populations",
            error,
            1e-8,
            "what rounding of the equations would change; large where an excitation hardly ever leaves",
        ),
        Check(
            "excitation probability",
            probability,
            method.most,
            "the relative error of leaving out a second excitation is of this order",
        ),
        Check("negative part", float(np.maximum(0.0, -lowest)), TOL, "ρ is positive"),
        Check("excitation balance", float(np.abs(flow).max()) / rates, TOL, "what flows into every site flows out"),
        Check(
            "sum of heat currents",
            abs(float(heat.sum()) + dephasing) / scale,
            TOL,
            "the energy is steady: all baths together, dephasing included, bring none",
        ),
    )
    temperatures = [
        bath.effective_temperature(float(model.frequencies[s]))
        for bath, s in zip(model.baths, model.bath_sites, strict=True)
    ]
    jump = 0.0
    for j, r in zip(into.tolist(), model.bath_rates, strict=True):
        if abs(j) > 1e-13 * r.total:
            with np.errstate(divide="ignore"):
                jump += j * float(np.log(r.gain) - np.log(r.loss))
    statistics: dict[str, float | int | str] = {"dimension": N + 1, "wall time in s": time.perf_counter() - clock}
    return SteadyState(
        model=model,
        method=MethodReport(repr(method), reason, MappingProxyType(statistics)),
        certificate=Certificate(checks),
        bath_names=model.bath_names,
        heat_currents=frozen(heat),
        dephasing_current=dephasing,
        excitation_currents=frozen(into),
        currents=frozen(currents),
        populations=frozen(n),
        temperatures=frozen(moments.site_temperatures(model.frequencies, n)),
        coherences=frozen(state.coherences),
        energy=float(_vacuum(model) + (h * C).real.sum()),
        entropy_production=moments.entropy_production(heat, temperatures, 1e-13 * scale),
        jump_entropy_production=jump,
        two_point=frozen(C),
        two_point_kind="spin",
        pair_correlations=frozen(np.diag(n)),
    )


def energies(model: SpinChain) -> NDArray[Any]:
    """One-excitation matrix with the ZZ terms: an excitation at k turns Σ_l Δ_kl/2 from +1 to -1."""
    h = model.one_excitation().astype(complex)
    k, l, _, zz = model.bonds
    np.add.at(h, (k, k), -zz)
    np.add.at(h, (l, l), -zz)
    return h


def _vacuum(model: SpinChain) -> float:
    return float(-model.frequencies.sum() / 2 + model.bonds.zz.sum() / 2)


def _unit_source(X: Complex, dephasing: Real, source: Real) -> tuple[Complex, float]:
    """C for p₀ = 1 and its relative error: populations from the N x N response, then one eigenbasis product, refined.

    The error is what a random change of the equations by one rounding does: without bound where a mode is dark.
    """
    values, V = scipy.linalg.eig(X)
    try:
        inverse = np.linalg.inv(V)
    except np.linalg.LinAlgError:
        return np.full_like(X, np.nan), np.nan
    decay = values[:, None] + values.conj()
    decay[np.abs(decay) < np.finfo(float).tiny] = np.finfo(float).tiny  # a dark mode; the error will tell
    weights = -1 / decay

    def respond(R: Complex) -> Complex:
        C = V @ ((inverse @ R @ inverse.conj().T) * weights) @ V.conj().T
        half: Complex = (C + C.conj().T) / 2
        return half

    N = len(X)
    response = np.empty((N, N))
    for site in range(N):
        M = np.outer(inverse[:, site], inverse[:, site].conj()) * weights
        response[:, site] = np.einsum("ki,ij,kj->k", V, M, V.conj(), optimize=True).real
    system = np.eye(N) - response * dephasing
    if not np.all(np.isfinite(system)) or np.linalg.cond(system) > 1 / np.finfo(float).eps:
        return np.full_like(X, np.nan), np.nan
    d = np.linalg.solve(system, response @ source)
    C = respond(np.diag(dephasing * d + source).astype(complex))
    for _ in range(2):
        R = X @ C + C @ X.conj().T + np.diag(dephasing * C.diagonal().real + source)
        step = respond(R)
        change = np.linalg.solve(system, step.diagonal().real)
        C = C + step + respond(np.diag(dephasing * change).astype(complex))
    rng = generator(0, PROBE, N)
    noise = rng.standard_normal((N, N)) + 1j * rng.standard_normal((N, N))
    noise *= np.finfo(float).eps * float(np.abs(X).max()) * np.linalg.norm(C) / np.linalg.norm(noise)
    step = respond(noise + noise.conj().T)
    change = step.diagonal().real + response @ (dephasing * np.linalg.solve(system, step.diagonal().real))
    return C, float(np.linalg.norm(change) / max(float(np.linalg.norm(C)), np.finfo(float).tiny))
