"""An open lattice in time, as it is told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.models.lattice.model import Lattice
from caloriq.results import Solution
from caloriq.steady.lattice.result import in_words, variables_of
from caloriq.variables import BONDS, ENERGY, SITE, Variable

INSTANT = Variable("time", ("time",), units=f"1/({ENERGY})", source="times")


@dataclass(frozen=True)
class LatticeRelaxation(Solution):
    """An open lattice in time.

    Attributes
    ----------
    initial : SiteStates, DomainWall, RandomState, Gibbs, LatticeState or LatticeRelaxation
        The start.
    environments : tuple of str
        Baths, dephasing and jumps, in this order.
    times : array, shape (T,)
        Instants, in the inverse of the model's unit of energy.
    profiles : mapping of str to array, shape (T, N)
        ⟨energy⟩, ⟨magnetisation⟩, ⟨particles⟩ of every site, as far as its sites have them; terms of several sites in equal shares.
    currents : mapping of str to array, shape (T, B)
        What flows along `bonds`, from the first to the second site, of each density that H conserves, per time.
    inflows : mapping of str to array, shape (T, E)
        What every environment brings per time, Tr(a 𝓓ρ).
    energy : array, shape (T,)
        ⟨H⟩.
    entropy : array, shape (T,)
        Von Neumann entropy -Tr ρ ln ρ.
    entropy_production : array, shape (T,)
        dS/dt - Σ J_b/T_b, dephasing at infinite temperature; infinite where the start has a zero eigenvalue that grows. Not
        a number where an environment has no temperature, or errors leave open which.
    entropy_flow : array, shape (T,)
        -Σ J_b/T_b, the entropy that the baths receive.
    bonds : array of int, shape (B, 2)
        Pairs of sites between which something flows.
    bounds : mapping of str to array
        Bounds on the errors, by the names of variables.
    state : tuple of array
        Density matrix at the last time, in blocks; it can be the start of another evolution. None by `TensorNetwork`, which
        has no entropies either: they are not a number.
    known_until : float
        Last of the times at which a tensor network still holds the state; numbers behind it are not a number. Infinite where all
        are known.
    """

    initial: Any
    environments: tuple[str, ...]
    times: Real
    profiles: Mapping[str, Real]
    currents: Mapping[str, Real]
    inflows: Mapping[str, Real]
    energy: Real
    entropy: Real
    entropy_production: Real
    entropy_flow: Real
    bonds: NDArray[np.intp]
    bounds: Mapping[str, Any]
    state: tuple[Complex, ...] = field(default=(), repr=False)
    known_until: float = math.inf

    coordinates = (INSTANT, SITE, *BONDS)
    headlines = ("energy_inflows", "energy", "entropy_production")

    def declared(self) -> tuple[Variable, ...]:
        """Profiles, currents and inflows of the densities that the model has, and the entropies."""
        return variables_in_time(self.model)

    def facts(self) -> dict[str, Any]:
        """Names of the environments, and the start."""
        told = {"environments": list(self.environments), "initial": in_words(self.initial)}
        return told | ({"known until": self.known_until} if self.known_until < math.inf else {})

    @property
    def broken_law(self) -> str | None:
        """That the second law is broken on the way, where it is beyond the bound."""
        below = self.entropy_production < -self.bounds["entropy_production"]
        if not np.any(below):
            return None
        k = int(np.nanargmin(np.where(below, self.entropy_production, np.nan)))
        return f"The entropy production is negative ({self.entropy_production[k]:.3g} at t = {self.times[k]:g}): local baths do not know the levels of the whole lattice, and break the second law here."


def variables_in_time(model: Lattice) -> tuple[Variable, ...]:
    """What the evolution of a model consists of: what its steady state does, at every time, and the entropy."""
    names = {"entropy_production": "dS/dt - sum of J_b/T_b"}
    found = [
        replace(one, dims=("time", *one.dims), long_name=names.get(one.name, one.long_name))
        for one in variables_of(model)
    ]
    entropy = Variable("entropy", ("time",), (), "1", "-Tr(rho ln rho)")
    flow = Variable("entropy_flow", ("time",), (), ENERGY, "-sum of J_b/T_b")
    return (*found, entropy, flow)
