"""The steady state of a quantum system that baths drive: heat, entropy, and what of thermodynamics its equations keep."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.results import Solution
from caloriq.steady.second_law import Producing
from caloriq.variables import ENERGY, POWER, Variable

NEGATIVE = 1e-9  # eigenvalue of ρ below which it is no rounding
CLOSE = 0.1  # rates over the distance of levels from which a global bath is doubted

HEAT = Variable("heat_currents", ("bath",), units=POWER, long_name="heat from every bath, Tr(H 𝓓_b ρ)", carries="heat")
JUMP_HEAT = Variable(
    "jump_heat_currents",
    ("bath",),
    units=POWER,
    long_name="heat from every bath by the levels of its jumps; the rest is work",
    carries="heat",
)
PARTICLES = Variable(
    "particle_currents",
    ("bath",),
    units=ENERGY,
    long_name="particles from every bath, Tr(N 𝓓_b ρ)",
    carries="particles",
)
BESIDE = Variable(
    "environment_currents",
    ("environment",),
    units=POWER,
    long_name="energy from everything that acts by jumps of its own, Tr(H 𝓓ρ)",
    carries="energy",
)


@dataclass(frozen=True)
class DrivenState(Producing, Solution):
    """Steady state of a Hamiltonian between baths, each by its own equation.

    Attributes
    ----------
    bath_names : tuple of str
        The baths, in the system's order.
    equations : tuple of str
        Equation of every bath.
    temperatures : array, shape (baths,)
        T_b.
    heat_currents : array, shape (baths,)
        Energy per time from every bath, Tr(H 𝓓_b ρ), in energy²; of a lead with chemical potential μ_b Tr((H - μ_b N) 𝓓_b ρ).
    jump_heat_currents : array, shape (baths,)
        The same by the levels that the jumps go between: of a local bath Tr(H_local 𝓓_b ρ), of a global one its heat current. What
        a local bath brings beyond it is work (F. Barra, Sci. Rep. 5, 14873 (2015), doi:10.1038/srep14873). NaN for others.
    shift_current : float
        Energy per time that the shifts of universal baths bring, -i Tr(H[Λ, ρ]); otherwise zero.
    entropy_production : float
        -Σ J_b/T_b with the heat currents, and the energy of what else has a temperature; infinite where heat flows into a bath
        at T = 0. Dephasing, as at infinite temperature, adds nothing; what `left_out` names is not counted. Negative values are
        reported, not hidden: of baths alone only global ones never give one (H. Spohn, J. Math. Phys. 19, 1227 (1978),
        doi:10.1063/1.523789).
    jump_entropy_production : float
        The same with the jump heat currents, never negative; NaN unless all baths are local or global, and nothing but
        dephasing acts beside them.
    energy : float
        ⟨H⟩.
    energies, populations : array, shape (D,)
        Levels of H, and ⟨n|ρ|n⟩.
    lowest_population : float
        Smallest eigenvalue of ρ; below zero ρ is no state.
    lowest_rates : array, shape (baths,)
        Smallest eigenvalue of Kossakowski's matrix of every bath over its largest; negative where the equation does not keep
        states positive, as Redfield's hardly ever does.
    detailed_balance_defect : array, shape (baths,)
        ‖𝓓_b ρ_b‖/‖{N_b, ρ_b}‖, the thermal state ρ_b of H at the bath's temperature, N_b the decay: 0 where a bath alone leads
        to that state, of order 1 where it does nothing of the kind.
    level_overlap : float
        Largest decay rate over the smallest distance of different levels. Global baths ask for a small one.
    state : array, shape (D, D)
        ρ in the basis that H was given in.
    bounds : mapping of str to array
        Bounds on the numbers, by the name of the attribute: residual and rounding of the equations, through their adjoint
        solution, and the rounding of the eigenbasis of H, to first order and doubled. Infinite where it may turn levels into
        each other; of populations of levels that are one as wide as their basis leaves open. Errors of the integrals behind a
        `lamb_shift` are not in them.
    environments : tuple of str
        What acts beside the baths by jumps of its own: baths by two rates, dephasing, jump operators.
    environment_currents : array, shape (environments,)
        Energy per time that each brings, Tr(H 𝓓ρ).
    particle_currents : array, shape (baths,)
        Particles per time from every bath, Tr(N 𝓓_b ρ), where some bath has a chemical potential; else empty.
    chemical_potentials : tuple of float or None
        μ_b of the leads.
    environment_temperatures : array, shape (environments,)
        T of each; infinite of dephasing, NaN of what has none.
    """

    bath_names: tuple[str, ...]
    equations: tuple[str, ...]
    temperatures: Real
    heat_currents: Real
    jump_heat_currents: Real
    shift_current: float
    entropy_production: float
    jump_entropy_production: float
    energy: float
    energies: Real
    populations: Real
    lowest_population: float
    lowest_rates: Real
    detailed_balance_defect: Real
    level_overlap: float
    bounds: Mapping[str, Real]
    state: Complex = field(repr=False)
    environments: tuple[str, ...] = ()
    environment_currents: Real = field(default_factory=lambda: np.zeros(0))
    particle_currents: Real = field(default_factory=lambda: np.zeros(0))
    chemical_potentials: tuple[float | None, ...] = ()
    environment_temperatures: Real = field(default_factory=lambda: np.zeros(0))

    variables = (
        HEAT,
        JUMP_HEAT,
        Variable("shift_current", units=POWER, long_name="energy that shifts of levels bring", carries="energy"),
        Variable("entropy_production", units=ENERGY, long_name="entropy production, -Σ J/T"),
        Variable("jump_entropy_production", units=ENERGY, long_name="entropy production by the levels of the jumps"),
        Variable("energy", units=ENERGY, long_name="⟨H⟩"),
        Variable("populations", ("level",), long_name="population of every level of H"),
        Variable("lowest_population", long_name="smallest eigenvalue of ρ"),
        Variable("lowest_rates", ("bath",), long_name="smallest rate of Kossakowski's matrix over the largest"),
        Variable("detailed_balance_defect", ("bath",), long_name="how far the thermal state is from steady"),
        Variable("level_overlap", long_name="largest decay rate over the smallest distance of levels"),
        Variable("temperatures", ("bath",), units=ENERGY, long_name="temperature of every bath"),
    )
    coordinates = (Variable("energies", ("level",), units=ENERGY, long_name="levels of H"),)
    headlines = ("heat_currents", "jump_heat_currents", "entropy_production", "detailed_balance_defect")

    def declared(self) -> tuple[Variable, ...]:
        """Numbers of the baths and of the state; of what acts beside them, where something does."""
        return variables_between(beside=bool(self.environments), leads=self.particle_currents.size > 0)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What acts without a temperature, so that its entropy is not known and not counted."""
        bare = np.isnan(self.environment_temperatures)
        return tuple(name for name, out in zip(self.environments, bare, strict=True) if out)

    @property
    def second_law(self) -> bool:
        """Whether the entropy production is not negative beyond its own error; nothing is known of it where something is left out."""
        return bool(self.left_out) or super().second_law

    @property
    def cause(self) -> str:
        """Why: what the equations of the baths leave out."""
        tempered = np.any(np.isfinite(self.environment_temperatures))
        if "local" in self.equations or tempered:
            return ": local baths do not know the levels of the whole"
        return ": away from the global equation of exact frequencies it holds to leading order alone"

    def notes(self) -> tuple[str, ...]:
        """What the entropy leaves out, negative parts of the state, rates that overlap with levels, and work."""
        told = []
        if self.left_out:
            told.append(
                f"The entropy production leaves out what has no temperature ({', '.join(self.left_out)}); it says nothing of the second law."
            )
        if self.lowest_population < -NEGATIVE:
            told.append(
                f"The state has a negative population ({self.lowest_population:.2g}), which no state has: the coupling is too strong for the equation ({', '.join(sorted(set(self.equations)))})."
            )
        if "global" in self.equations and self.level_overlap > CLOSE:
            told.append(
                f"Rates reach {self.level_overlap:.2g} of the smallest distance of levels: the global equation holds where they are small, and its currents are not to be trusted between levels so close."
            )
        work = self.heat_currents - self.jump_heat_currents
        room = self.bounds["heat_currents"] + self.bounds["jump_heat_currents"]
        if np.any(np.abs(work) > np.maximum(room, 1e-6 * np.abs(self.heat_currents))):
            brought = ", ".join(
                f"{w:.3g} by {name}" for w, name in zip(work, self.bath_names, strict=True) if not math.isnan(w)
            )
            told.append(f"Of the heat currents part is work, which local baths do on the couplings ({brought}).")
        return tuple(told)

    def facts(self) -> dict[str, Any]:
        """Names of the baths, their equations, and what acts beside them."""
        told = {"baths": list(self.bath_names), "equations": list(self.equations)}
        return {**told, "environments": list(self.environments)} if self.environments else told

    def expectation(self, operator: Any) -> float:
        """Tr(Oρ) of a hermitian operator in the basis that H was given in."""
        O = _checks.hermitian("operator", operator)
        return float(np.vdot(O, self.state).real)


def variables_between(*, beside: bool, leads: bool = False) -> tuple[Variable, ...]:
    """What a steady state between coupled baths consists of, alone or beside jumps of others, with leads or without."""
    return (*DrivenState.variables, *((PARTICLES,) if leads else ()), *((BESIDE,) if beside else ()))
