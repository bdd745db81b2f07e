"""Numbers of a solved state, each with a bound on its error: heat, populations, and how far a bath is from detailed balance."""

from __future__ import annotations

from collections.abc import Sequence
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
    whole, baths = acts.whole, len(acts.dissipators)
    H = Known(np.diag(whole.energies - whole.energies.mean()).astype(complex), _inside(found))
    N = None if system.number is None else Known(whole.inside(system.number), _error(found, system.number))
    carried = [_without(H, N, bath.chemical_potential) for bath in system.baths]
    all_of_it = _brought(acts, found, [*enumerate(carried), *((baths + k, H) for k in range(len(acts.others)))])
    heat, others = (
        Bounded(all_of_it.value[part], all_of_it.bound[part]) for part in (slice(baths), slice(baths, None))
    )
    value, bound = heat.value.copy(), heat.bound.copy()
    for b, bath in enumerate(system.baths):
        if bath.local is not None:
            own = whole.inside(bath.local)
            own -= np.trace(own) / len(own) * np.eye(len(own))
            local = _without(Known(own, _error(found, bath.local)), N, bath.chemical_potential)
            one = _brought(acts, found, [(b, local)])
            value[b], bound[b] = one.value[0], one.bound[0]
        elif bath.equation != "global":
            value[b], bound[b] = np.nan, np.inf
    return Heat(heat, _shifted(acts, found, H), Bounded(value, bound), others, *_particles(system, acts, found, N))


class Known(NamedTuple):
    """An operator in the eigenbasis of H, and a bound on its elements' errors."""

    operator: Complex
    error: Real


def _brought(acts: Acting, found: Solved, what: Sequence[tuple[int, Known]]) -> Bounded:
    """Tr(O 𝓓ρ) of some of what acts, each with an operator of its own."""
    here, slack = found.here, found.rounding
    rows = np.array([here.packed(acts.everything[k].adjoint(one.operator)) for k, one in what])
    if slack is None or not what:
        return found.values(rows.reshape(-1, len(found.x)))
    errors = [here.packed_size(slack.of_operator(k, *one)) for k, one in what]
    return found.values(rows, np.array(errors))


def _shifted(acts: Acting, found: Solved, H: Known) -> Bounded:
    """-i Tr(H[Λ, ρ])."""
    if acts.shift is None:
        return Bounded(0.0, 0.0)
    row, size = 1j * (acts.shift @ H.operator - H.operator @ acts.shift), np.abs(acts.shift)
    error = size @ H.error + H.error @ size
    if found.rounding is not None:
        turned, energy = found.rounding.of_shift(acts.shift), np.abs(H.operator) + H.error
        error = error + turned @ energy + energy @ turned
    one = found.values(found.here.packed(row)[None], found.here.packed_size(error)[None])
    return Bounded(float(one.value[0]), float(one.bound[0]))


def _inside(found: Solved) -> Real:
    """Bound on the error of H, less its mean energy, in its eigenbasis."""
    D = found.here.dimension
    return np.zeros((D, D)) if found.rounding is None else found.rounding.basis.inside


def _error(found: Solved, A: Complex) -> Real:
    """Bound on the error of an operator in the eigenbasis of H."""
    return np.zeros(A.shape) if found.rounding is None else found.rounding.basis.of_operator(A)


def _without(energy: Known, N: Known | None, potential: float | None) -> Known:
    """An energy less μN, of which the rest is heat."""
    if potential is None or N is None:
        return energy
    return Known(energy.operator - potential * N.operator, energy.error + abs(potential) * N.error)


def _particles(system: OpenSystem, acts: Acting, found: Solved, N: Known | None) -> tuple[Bounded, Bounded]:
    """Tr(N 𝓓_b ρ) of every bath, and Σ μ_b of it."""
    if N is None:
        return Bounded(np.zeros(0), np.zeros(0)), Bounded(0.0, 0.0)
    flow = _brought(acts, found, [(b, N) for b in range(len(acts.dissipators))])
    mu = np.array([bath.chemical_potential or 0.0 for bath in system.baths])
    return flow, Bounded(float(mu @ flow.value), float(np.abs(mu) @ flow.bound))


def defect_of(system: OpenSystem, acts: Acting, number: int) -> float:
    """That of one of the baths: the thermal state of H, or of H - μN."""
    one, bath, E = acts.dissipators[number], system.baths[number], acts.whole.energies
    if bath.chemical_potential is None:
        return defect(one, E, bath.temperature)
    assert system.number is not None
    K, V = np.linalg.eigh(np.diag(E).astype(complex) - bath.chemical_potential * acts.whole.inside(system.number))
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
    """⟨H⟩, and the population of every level; of levels that are one, in whichever basis of it."""
    E, here = acts.whole.energies, found.here
    rows = np.array([here.packed(np.diag(row).astype(complex)) for row in np.eye(len(E))])
    populations = found.values(rows)
    energy = found.values((E @ rows)[None], here.packed_size(_inside(found))[None])
    if found.rounding is not None:
        more = found.rounding.basis.of_populations(here.unpacked(found.x))
        populations = Bounded(populations.value, populations.bound + more)
    return Bounded(float(energy.value[0]), float(energy.bound[0])), populations
