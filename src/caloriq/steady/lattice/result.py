"""The steady state of an open lattice, with its proofs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.models.lattice.densities import ENERGY as OF_ENERGY
from caloriq.models.lattice.densities import known
from caloriq.models.lattice.model import Lattice
from caloriq.results import Solution
from caloriq.steady.second_law import Producing
from caloriq.variables import BONDS, ENERGY, POWER, SITE, Variable


@dataclass(frozen=True)
class LatticeState(Producing, Solution):
    """Steady state of an open lattice.

    Attributes
    ----------
    environments : tuple of str
        Baths, dephasing and jumps, in this order.
    profiles : mapping of str to array, shape (N,)
        ⟨energy⟩, ⟨magnetisation⟩, ⟨particles⟩ of every site, as far as its sites have them; terms of several sites in equal shares.
    currents : mapping of str to array, shape (B,)
        What flows along `bonds`, from the first to the second site, of each density that H conserves, per time.
    inflows : mapping of str to array, shape (E,)
        What every environment brings per time, Tr(a 𝓓ρ): of energy, heat and work together.
    energy : float
        ⟨H⟩.
    entropy_production : float
        -Σ J_b/T_b over the baths; not a number where an environment has no temperature.
    bonds : array of int, shape (B, 2)
        Pairs of sites between which something flows.
    bounds : mapping of str to array
        Bounds on the errors, by the names of variables.
    standard_errors : mapping of str to array
        Instead of bounds, by `Trajectories`: standard errors, by the same names.
    state : tuple of array
        Density matrix in blocks; none by `TwoPoint` and `Trajectories`.
    two_point : array, shape (M, M) or (2M, 2M), optional
        By `TwoPoint`, ⟨c†_i c_j⟩ of the fermion modes in the order of their sites; where pairs are created ⟨ψ†_i ψ_j⟩ with
        ψ = (c_1 ... c_M, c†_1 ... c†_M).
    """

    environments: tuple[str, ...]
    profiles: Mapping[str, Real]
    currents: Mapping[str, Real]
    inflows: Mapping[str, Real]
    energy: float
    entropy_production: float
    bonds: NDArray[np.intp]
    bounds: Mapping[str, Any]
    standard_errors: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    state: tuple[Complex, ...] = field(default=(), repr=False)
    two_point: Complex | None = field(default=None, repr=False)

    def declared(self) -> tuple[Variable, ...]:
        """Profiles, currents and inflows of the densities that the model has."""
        return variables_of(self.model)

    coordinates = (SITE, *BONDS)
    headlines = ("energy_inflows", "energy", "entropy_production")
    against = ": local baths do not know the levels of the whole lattice, and break the second law here"

    def facts(self) -> dict[str, Any]:
        """Names of the environments."""
        return {"environments": list(self.environments)}


def variables_of(model: Lattice) -> tuple[Variable, ...]:
    """What the steady state of a model consists of."""
    found = []
    names, conserved = known(model), (OF_ENERGY, *model.symmetries.conserved)
    for of in names:
        unit, flow = (ENERGY, POWER) if of == OF_ENERGY else ("1", ENERGY)
        title = "energy_density" if of == OF_ENERGY else of
        found.append(Variable(title, ("site",), (), unit, f"<{of}> of every site", source=_taker("profiles", of)))
        if of in conserved:
            told = f"{of} per time from bond_from to bond_to"
            found.append(
                Variable(f"{of}_currents", ("bond",), (), flow, told, carries=of, source=_taker("currents", of))
            )
        told = f"{of} per time from every environment"
        found.append(
            Variable(f"{of}_inflows", ("environment",), (), flow, told, carries=of, source=_taker("inflows", of))
        )
    found.append(Variable("energy", (), (), ENERGY, "<H>"))
    found.append(Variable("entropy_production", (), (), ENERGY, "-sum of J_b/T_b"))
    return tuple(found)


def _taker(attribute: str, of: str) -> Any:
    return lambda result: getattr(result, attribute)[of]


def in_words(start: Any) -> str:
    """A start of an evolution, as a dataset tells it."""
    drawn = hasattr(start, "to_mapping") and not isinstance(start, Solution)
    return json.dumps(start.to_mapping()) if drawn else "the state of another result"
