"""Numbers of a solved state, each with a bound on its error: heat, populations, and how far a bath is from detailed balance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.steady.bounds import Bounded
from caloriq.steady.thermal.acting import Acting
from caloriq.steady.thermal.dissipators import Dissipator
from caloriq.steady.thermal.levels import SAME
from caloriq.steady.thermal.linear import Solved
from caloriq.steady.thermal.system import OpenSystem


class Heat(NamedTuple):
    """Energy per time that comes in."""

    whole: Bounded  # from every bath, Tr(H 𝓓_b ρ)
    shift: Bounded  # by the shifts of levels
    jumps: Bounded  # from every bath, by the levels of its jumps
    others: Bounded  # from everything that acts by jumps of its own
    particles: Bounded  # from every bath, where a number is known; else nothing
    chemical: Bounded  # energy that particles carry beside the heat, Σ μ_b Tr(N 𝓓_b ρ)


def heat_of(system: OpenSystem, acts: Acting, found: Solved) -> Heat:
    """Tr(H 𝓓ρ) of baths and of what acts beside them, what shifts bring, and Tr(H_b 𝓓_b ρ) by the levels of the jumps; with bounds."""
    whole, here = acts.whole, found.here
    H = np.diag(whole.energies - whole.energies.mean()).astype(complex)
    carried = [_without(system, acts, H, bath.chemical_potential) for bath in system.baths]
    carried += [H] * len(acts.others)
    all_of_it = found.values(
        np.array([here.packed(one.adjoint(K)) for one, K in zip(acts.everything, carried, strict=True)])
    )
    baths = len(acts.dissipators)
    heat, others = (
        Bounded(all_of_it.value[part], all_of_it.bound[part]) for part in (slice(baths), slice(baths, None))
    )
    brought = Bounded(0.0, 0.0)
    if acts.shift is not None:
        one = found.values(here.packed(1j * (acts.shift @ H - H @ acts.shift))[None])
        brought = Bounded(float(one.value[0]), float(one.bound[0]))
    value, bound = heat.value.copy(), heat.bound.copy()
    for b, (bath, dissipates) in enumerate(zip(system.baths, acts.dissipators, strict=True)):
        if bath.local is not None:
            own = whole.inside(bath.local)
            own -= np.trace(own) / len(own) * np.eye(len(own))
            own = _without(system, acts, own, bath.chemical_potential)
            one = found.values(here.packed(dissipates.adjoint(own))[None])
            value[b], bound[b] = one.value[0], one.bound[0]
        elif bath.equation != "global":
            value[b], bound[b] = np.nan, np.inf
    return Heat(heat, brought, Bounded(value, bound), others, *_particles(system, acts, found))


def _without(system: OpenSystem, acts: Acting, energy: Complex, potential: float | None) -> Complex:
    """An energy less μN, of which the rest is heat."""
    if potential is None or system.number is None:
        return energy
    left: Complex = energy - potential * acts.whole.inside(system.number)
    return left


def _particles(system: OpenSystem, acts: Acting, found: Solved) -> tuple[Bounded, Bounded]:
    """Tr(N 𝓓_b ρ) of every bath, and Σ μ_b of it."""
    if system.number is None:
        return Bounded(np.zeros(0), np.zeros(0)), Bounded(0.0, 0.0)
    N = acts.whole.inside(system.number)
    flow = found.values(np.array([found.here.packed(one.adjoint(N)) for one in acts.dissipators]))
    mu = np.array([bath.chemical_potential or 0.0 for bath in system.baths])
    return flow, Bounded(float(mu @ flow.value), float(np.abs(mu) @ flow.bound))


def defect_of(system: OpenSystem, acts: Acting, number: int) -> float:
    """That of one of the baths: the thermal state of H, or of H - μN."""
    one, bath, E = acts.dissipators[number], system.baths[number], acts.whole.energies
    if bath.chemical_potential is None:
        return defect(one, E, bath.temperature)
    K, V = np.linalg.eigh(_without(system, acts, np.diag(E).astype(complex), bath.chemical_potential))
    return defect(one, K, bath.temperature, V)


def defect(one: Dissipator, energies: Real, temperature: float, vectors: Complex | None = None) -> float:
    """‖𝓓ρ‖/‖{N, ρ}‖ of the thermal state of some energies, whose vectors are those of H unless they are given."""
    E = energies - energies[0]
    p = np.exp(-E / temperature) if temperature > 0 else (SAME * (E[-1] or 1.0) >= E).astype(float)
    rho = np.diag(p / p.sum()).astype(complex)
    if vectors is not None:
        rho = vectors @ rho @ vectors.conj().T
    lost = float(np.linalg.norm(one.decay @ rho + rho @ one.decay.conj().T))
    return float(np.linalg.norm(one.apply(rho))) / lost if lost > 0 else 0.0


def levels_of(acts: Acting, found: Solved) -> tuple[Bounded, Bounded]:
    """⟨H⟩, and the population of every level."""
    rows = [found.here.packed(np.diag(row).astype(complex)) for row in np.eye(acts.whole.dimension)]
    populations = found.values(np.array(rows))
    energy = found.values((acts.whole.energies @ np.array(rows))[None])
    return Bounded(float(energy.value[0]), float(energy.bound[0])), populations
