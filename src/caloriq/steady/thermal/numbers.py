"""Numbers of a solved state, each with a bound on its error: heat, populations, and how far a bath is from detailed balance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from caloriq._checks import Real
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


def heat_of(system: OpenSystem, acts: Acting, found: Solved) -> Heat:
    """Tr(H 𝓓ρ) of baths and of what acts beside them, what shifts bring, and Tr(H_b 𝓓_b ρ) by the levels of the jumps; with bounds."""
    whole, here = acts.whole, found.here
    H = np.diag(whole.energies - whole.energies.mean()).astype(complex)
    all_of_it = found.values(np.array([here.packed(one.adjoint(H)) for one in acts.everything]))
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
            one = found.values(here.packed(dissipates.adjoint(own))[None])
            value[b], bound[b] = one.value[0], one.bound[0]
        elif bath.equation != "global":
            value[b], bound[b] = np.nan, np.inf
    return Heat(heat, brought, Bounded(value, bound), others)


def defect(one: Dissipator, energies: Real, temperature: float) -> float:
    """‖𝓓ρ‖/‖{N, ρ}‖ of the thermal state."""
    E = energies - energies[0]
    p = np.exp(-E / temperature) if temperature > 0 else (SAME * (E[-1] or 1.0) >= E).astype(float)
    rho = np.diag(p / p.sum()).astype(complex)
    lost = float(np.linalg.norm(one.decay @ rho + rho @ one.decay.conj().T))
    return float(np.linalg.norm(one.apply(rho))) / lost if lost > 0 else 0.0


def levels_of(acts: Acting, found: Solved) -> tuple[Bounded, Bounded]:
    """⟨H⟩, and the population of every level."""
    rows = [found.here.packed(np.diag(row).astype(complex)) for row in np.eye(acts.whole.dimension)]
    populations = found.values(np.array(rows))
    energy = found.values((acts.whole.energies @ np.array(rows))[None])
    return Bounded(float(energy.value[0]), float(energy.bound[0])), populations
