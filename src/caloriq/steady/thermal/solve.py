"""The steady state between coupled baths: levels, dissipators, linear equations, and what the numbers are held against."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.results import Certificate, Check, MethodReport, frozen
from caloriq.steady import entropy
from caloriq.steady.bounds import Bounded
from caloriq.steady.thermal.acting import Acting, acting
from caloriq.steady.thermal.levels import SAME
from caloriq.steady.thermal.linear import Solved, equations, solved
from caloriq.steady.thermal.numbers import Heat, defect_of, heat_of, levels_of
from caloriq.steady.thermal.result import NEGATIVE, DrivenState
from caloriq.steady.thermal.rounding import rounding
from caloriq.steady.thermal.system import OpenSystem
from caloriq.steady.whole import state_checks

PROMISED = ("local", "global", "universal")  # equations that keep states positive


def driven_state(system: OpenSystem, *, tolerance: float = SAME, model: Any = None) -> DrivenState:
    """Steady state of a Hamiltonian between baths, each by its own equation.

    Parameters
    ----------
    system : OpenSystem
        H and the baths.
    tolerance : float
        Of the width of the spectrum, below 1: frequencies of global and local baths that are nearer are one. Default 1e-9.
        A coarse one keeps coherences between near levels, which rates wider than their distance ask for; detailed balance
        then holds to what it changes in frequencies (A. Trushechkin, PRA 103, 062226 (2021),
        doi:10.1103/PhysRevA.103.062226).
    model : object, optional
        What the matrices are of, if not themselves: told as the model of the result.

    Returns
    -------
    DrivenState
        Currents in energy², each with a bound on its error.

    Raises
    ------
    NotConverged
        If the steady state is not unique to double precision.
    InvalidInput
        If S(0) diverges where it is needed, a given spectrum does not reach, or memory does not suffice.

    Notes
    -----
    Global baths alone: D³ for the levels, and n³ for n elements of ρ, n = D where no two transitions have one frequency (6 spins:
    50 ms; 9 spins: 4 s). With others n = D², or half of it where H and operators keep a parity (6 spins: 3 s and 0.6 GB, or 0.7 s).
    """
    clock = time.perf_counter()
    _checks.instance("system", system, OpenSystem)
    acts = acting(system, tolerance=tolerance)
    found = solved(equations(acts.whole, acts.shift, acts.everything))
    found = found.beside(rounding(system, acts, tolerance), acts.shift)
    heat = heat_of(system, acts, found)
    rho = found.here.unpacked(found.x)
    defects = [defect_of(system, acts, number) for number in range(len(system.baths))]
    checks = _checked(system, acts, rho, heat, defects)
    production, by_jumps = _entropies(system, heat)
    energy, populations = levels_of(acts, found)
    apart = np.diff(acts.whole.energies)
    V = acts.whole.vectors
    return DrivenState(
        model=system if model is None else model,
        method=_report(system, acts, found, clock),
        certificate=checks,
        bath_names=tuple(bath.name for bath in system.baths),
        equations=tuple(bath.equation for bath in system.baths),
        temperatures=frozen(np.array([bath.temperature for bath in system.baths])),
        heat_currents=frozen(heat.whole.value),
        jump_heat_currents=frozen(heat.jumps.value),
        shift_current=float(heat.shift.value),
        entropy_production=float(production.value),
        jump_entropy_production=float(by_jumps.value),
        energy=float(energy.value),
        energies=frozen(acts.whole.energies.copy()),
        populations=frozen(populations.value),
        lowest_population=float(np.linalg.eigvalsh(rho)[0]),
        lowest_rates=frozen(np.array([one.lowest_rate for one in acts.dissipators])),
        detailed_balance_defect=frozen(np.array(defects)),
        level_overlap=acts.rate / float(apart[apart > acts.whole.tolerance].min(initial=np.inf)),
        bounds={
            "heat_currents": frozen(heat.whole.bound),
            **({"particle_currents": frozen(heat.particles.bound)} if system.number is not None else {}),
            "environment_currents": frozen(heat.others.bound),
            "jump_heat_currents": frozen(heat.jumps.bound),
            "shift_current": frozen(np.array(heat.shift.bound)),
            "entropy_production": frozen(np.array(production.bound)),
            "jump_entropy_production": frozen(np.array(by_jumps.bound)),
            "energy": frozen(np.array(energy.bound)),
            "populations": frozen(populations.bound),
        },
        state=frozen(V @ rho @ V.conj().T),
        environments=tuple(one.name for one in system.environments),
        environment_currents=frozen(heat.others.value),
        particle_currents=frozen(heat.particles.value),
        chemical_potentials=tuple(bath.chemical_potential for bath in system.baths),
        environment_temperatures=frozen(_beside(system)),
    )


def _report(system: OpenSystem, acts: Acting, found: Solved, clock: float) -> MethodReport:
    names = ", ".join(dict.fromkeys(bath.equation for bath in system.baths))
    statistics: dict[str, float | int | str] = {
        "levels": acts.whole.dimension,
        "frequencies": len(acts.whole.means),
        "dimension": len(found.x),
        "seconds": time.perf_counter() - clock,
    }
    beside = ", beside jumps of others" if system.environments else ""
    return MethodReport(f"Coupled baths, {names}", f"the equations that the baths ask for{beside}", statistics)


def _beside(system: OpenSystem) -> Real:
    """Temperature of everything that acts by jumps of its own; NaN of what has none."""
    return np.array([math.nan if one.temperature is None else one.temperature for one in system.environments])


def _entropies(system: OpenSystem, heat: Heat) -> tuple[Bounded, Bounded]:
    """-Σ J_b/T_b of what has a temperature, by the levels of H, and by those of the jumps."""
    temperatures = [bath.temperature for bath in system.baths]
    told = _beside(system)
    known = np.isfinite(told)
    moved = (heat.shift, heat.chemical)  # energy that carries no entropy
    rest = Bounded(
        float(heat.others.value[~known].sum() + sum(one.value for one in moved)),
        float(heat.others.bound[~known].sum() + sum(one.bound for one in moved)),
    )
    flows = Bounded(*(np.concatenate([a, b[known]]) for a, b in zip(heat.whole, heat.others, strict=True)))
    whole = entropy.by_temperatures([*temperatures, *told[known].tolist()], flows, other=rest)
    if np.any(np.isnan(heat.jumps.value)) or not np.all(np.isinf(told)):
        return whole, Bounded(math.nan, math.inf)
    # what local baths bring beyond it is work, which carries no entropy
    local = any(bath.local is not None for bath in system.baths)
    work = Bounded(-float(heat.jumps.value.sum()), float(heat.jumps.bound.sum()))
    return whole, entropy.by_temperatures(temperatures, heat.jumps, other=work if local else rest)


def _checked(system: OpenSystem, acts: Acting, rho: Complex, heat: Heat, defects: list[float]) -> Certificate:
    """What the numbers are held against."""
    rate, span = acts.rate, float(np.ptp(acts.whole.energies))
    span += max(abs(bath.chemical_potential or 0.0) for bath in system.baths)
    lost = abs(float(heat.whole.value.sum() + heat.others.value.sum() + heat.shift.value + heat.chemical.value))
    rates = [
        one.lowest_rate for one, bath in zip(acts.dissipators, system.baths, strict=True) if bath.equation in PROMISED
    ]
    coldest = min([bath.temperature for bath in system.baths if bath.temperature > 0], default=1.0)
    strict = [one for one, bath in zip(defects, system.baths, strict=True) if bath.equation == "global"]
    return Certificate(
        (
            Check(
                "residual",
                float(np.linalg.norm(acts.apply(rho)) / ((rate or 1.0) * np.linalg.norm(rho))),
                1e-10,
                "‖𝓛ρ‖/‖ρ‖ over all elements, in units of the largest decay rate",
            ),
            *state_checks(float(np.trace(rho).real), float(np.linalg.eigvalsh(rho)[0]), NEGATIVE),
            Check(
                "energy balance",
                lost / (rate * span or 1.0),
                1e-10,
                "|Σ J| of all energy over rate and width of the spectrum, with the largest chemical potential",
            ),
            Check(
                "negative rate",
                max([0.0, *(-one for one in rates)]),
                1e-12,
                "smallest eigenvalue of Kossakowski's matrix, of equations that keep states positive",
            ),
            Check(
                "detailed balance",
                max([0.0, *strict]),
                1e-8 + 2 * math.expm1(min(acts.whole.made_one / coldest, 1.0)),
                "the thermal state of H is steady for every global bath alone, to what the tolerance changes in frequencies",
            ),
        )
    )
