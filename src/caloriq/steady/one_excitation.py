"""The weakly driven network: no or one excitation, exact within that space of dimension N + 1."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.errors import NotConverged
from caloriq.linalg.sylvester import unpack
from caloriq.models.spins import SpinChain
from caloriq.results import Check, Progress, frozen
from caloriq.steady import direct, unique
from caloriq.steady.bounds import UNIT, Bounded, Numbers
from caloriq.steady.methods import OneExcitation
from caloriq.steady.modes import Modes
from caloriq.steady.parts import space_of
from caloriq.steady.result import SteadyState, assemble

DENSE = 16  # sites up to which the equations are solved as they stand
SECOND = 50.0
SAFETY = 30.0  # of an error that is estimated, not proved
TOL = 1e-10


def admit(model: SpinChain, method: OneExcitation) -> float:  # noqa: ARG001 - the choice is the type
    """Bytes needed; any network can be cut to one excitation, and whether the cut is good the certificate tells."""
    return unique.BYTES * model.sites + 200.0 * model.sites**2


def seconds(model: SpinChain, method: OneExcitation) -> float:  # noqa: ARG001 - the choice is the type
    """Rough time on one core; measured, good to a factor of 3."""
    return 1e-3 + 1e-8 * model.sites**2 + 1e-9 * model.sites**3


def solve(model: SpinChain, method: OneExcitation, reason: str, progress: Progress | None = None) -> SteadyState:  # noqa: ARG001 - it is short
    """Steady state of a network in which never more than one excitation is present.

    With ρ = p₀|0⟩⟨0| + ρ₁ and C_kl = ⟨l|ρ₁|k⟩:
    dC/dt = X C + C X† + diag(γ_k C_kk) + p₀ diag(Γ₊), X = i h* - ½ diag(Γ₋ + γ), p₀ = 1 - Tr C.
    The certificate judges the numbers of this model; the bounds hold what it leaves out as well.
    """
    clock = time.perf_counter()
    numbers, C, arithmetic = _dense(model) if model.sites <= DENSE else _modes(model)
    probability = float(C.diagonal().real.sum())
    lowest = float(np.linalg.eigvalsh(C)[0]) if np.all(np.isfinite(C)) else np.nan
    checks = [
        Check(
            "excitation probability",
            probability,
            method.most,
            "the relative error of leaving out a second excitation is of this order",
        ),
        Check("negative part", float(np.maximum(0.0, -lowest)), TOL, "ρ is positive"),
    ]
    statistics: dict[str, float | int | str] = {"dimension": model.sites + 1, "arithmetic": arithmetic}
    pairs = np.diag(C.diagonal().real)
    found = assemble(model, method, reason, numbers, checks, statistics, clock=clock, two_point=C, correlations=pairs)
    return replace(found, bounds=_with_second(model, found.bounds, found.currents, probability))


def _with_second(
    model: SpinChain, bounds: Mapping[str, Real], currents: Real, probability: float
) -> Mapping[str, Real]:
    """The bounds with what leaving out a second excitation costs: an estimate of second order in the probability.

    An estimate, not a proof: fifty times p of what could be there, which is p for populations and coherences, the gains or the
    largest current for flows, that times the largest energy of an excitation for heat. Against 130 whole networks the factor
    needed was below 1 in 97 % of cases, 7 at most; where a mode hardly decays it has been larger, 40.
    """
    h = energies(model)
    gain, quantum = float(model.gains.sum()), float(np.abs(h).sum(axis=1).max())
    flow = max(gain, float(np.abs(currents).max(initial=0.0)))  # what circulates may exceed what enters
    heat = flow * quantum
    scales = {
        "currents": flow,
        "excitation_currents": flow,
        "heat_currents": heat,
        "dephasing_current": heat,
        "populations": probability,
        "population_differences": probability,
        "coherences": probability,
        "energy": quantum * probability,
    }
    wider = {name: bound + SECOND * probability * scales[name] for name, bound in bounds.items() if name in scales}
    # what follows from all of these has no bound of its own in this approximation
    open_ends = {name: np.full_like(bound, np.inf) for name, bound in bounds.items() if name not in scales}
    return MappingProxyType({name: frozen(np.array(b)) for name, b in {**wider, **open_ends}.items()})


def _dense(model: SpinChain) -> tuple[Numbers, Complex, str]:
    """By the equations of the cut state with proven bounds."""
    here = space_of(model, 1)
    found = direct.surest(model, here, cut=True)
    if found is None:
        raise NotConverged(
            f"`model` must have one steady state that its equations determine, but they are singular to the digits tried (got one excitation on {model.sites} sites); a dark state may never leave"
        )
    numbers, x, arithmetic = found
    block = unpack(direct.split(here, x)[1])
    return numbers, np.ascontiguousarray(block.conj()), arithmetic


def _modes(model: SpinChain) -> tuple[Numbers, Complex, str]:
    """By modes, with bounds from what a rounding of the equations would change."""
    h, N = energies(model), model.sites
    X = 1j * (h - np.eye(N) * h.diagonal().real.mean()).conj() - np.diag(model.losses + model.dephasing_rates) / 2
    unit, error = Modes(X, model.dephasing_rates).solve(np.diag(model.gains).astype(complex))
    empty = 1 / (1 + float(np.trace(unit).real))
    C = empty * unit
    n = C.diagonal().real.copy()
    k, l, g, _ = model.bonds
    c = C[k, l].copy()
    into = np.array([r.gain * empty - r.loss * n[s] for r, s in zip(model.bath_rates, model.bath_sites, strict=True)])
    # Tr(H 𝓛_b ρ): a gain brings h_ss, a loss takes the energy that site s has with its bonds
    held = (h * C).real.sum(axis=1)
    heat = np.array(
        [
            r.gain * empty * h[s, s].real - r.loss * held[s]
            for r, s in zip(model.bath_rates, model.bath_sites, strict=True)
        ]
    )
    off = float(SAFETY * max(error, 4 * UNIT) * np.linalg.norm(C)) if np.isfinite(error) else np.inf
    site = np.abs(h).sum(axis=1)
    own = np.array([r.loss + r.gain * N for r in model.bath_rates])
    around = np.array([site[s] for s in model.bath_sites])
    decay = model.dephasing_rates[k] + model.dephasing_rates[l]
    vacuum = float(-model.frequencies.sum() / 2 + model.bonds.zz.sum() / 2)
    numbers = Numbers(
        currents=Bounded(-2 * (g * c).imag, 2 * np.abs(g) * off),
        excitation_currents=Bounded(into, own * off),
        heat_currents=Bounded(heat, own * around * off),
        dephasing_current=Bounded(float(-decay @ (g * c).real), float(decay @ np.abs(g)) * off),
        populations=Bounded(n, np.full(N, off)),
        population_differences=Bounded(n[k] - n[l], np.full(len(k), 2 * off)),
        coherences=Bounded(c, np.full(len(k), off)),
        energy=Bounded(float(vacuum + (h * C).real.sum()), float(np.abs(h).sum()) * off),
    )
    return numbers, C, "modes"


def energies(model: SpinChain) -> NDArray[Any]:
    """One-excitation matrix with the ZZ terms: an excitation at k turns Σ_l Δ_kl/2 from +1 to -1."""
    h = model.one_excitation().astype(complex)
    k, l, _, zz = model.bonds
    np.add.at(h, (k, k), -zz)
    np.add.at(h, (l, l), -zz)
    return h
