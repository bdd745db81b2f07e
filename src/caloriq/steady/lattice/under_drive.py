"""A lattice whose terms depend on time, as it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.models.lattice.densities import ENERGY as OF_ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.results import Solution
from caloriq.steady.lattice.relaxation import INSTANT
from caloriq.steady.lattice.result import in_words, variables_of
from caloriq.variables import BONDS, ENERGY, SITE, Variable


@dataclass(frozen=True)
class LatticeUnderDrive(Solution):
    """A lattice under a drive in time, closed or open.

    Attributes
    ----------
    initial : SiteStates, DomainWall, RandomState, Gibbs, LatticeState or LatticeRelaxation
        The start; a thermal one is that of H at time 0.
    environments : tuple of str
        Baths, dephasing and jumps, in this order; none of a closed lattice.
    times : array, shape (T,)
        Instants, in the inverse of the model's unit of energy.
    profiles : mapping of str to array, shape (T, N)
        ⟨h_x(t)⟩, ⟨magnetisation⟩, ⟨particles⟩ of every site, as far as its sites have them.
    currents : mapping of str to array, shape (T, B)
        What flows along `bonds` of each number that every part of H conserves, per time. Energy is not conserved under a
        drive and has none.
    inflows : mapping of str to array, shape (T, E)
        What every environment brings per time, Tr(a 𝓓ρ); of energy with a = H(t).
    energy : array, shape (T,)
        ⟨H(t)⟩.
    work : array, shape (T,)
        What the drive has brought since time 0, ∫⟨∂H/∂t⟩dt: the change of the energy less what the environments brought.
    bonds : array of int, shape (B, 2)
        Pairs of sites between which a number flows.
    bounds : mapping of str to array
        Errors as measured by a second run of wider tolerance, by the names of variables.
    state : array, or tuple of array
        At the last time: the vector of a closed lattice from a pure start in all product states, shape (D,); else the
        density matrix in blocks.
    """

    initial: Any
    environments: tuple[str, ...]
    times: Real
    profiles: Mapping[str, Real]
    currents: Mapping[str, Real]
    inflows: Mapping[str, Real]
    energy: Real
    work: Real
    bonds: NDArray[np.intp]
    bounds: Mapping[str, Any]
    state: Complex | tuple[Complex, ...] = field(default=(), repr=False)

    coordinates = (INSTANT, SITE, *BONDS)
    headlines = ("energy", "work")

    def declared(self) -> tuple[Variable, ...]:
        """Profiles, currents of numbers, inflows, energy and work."""
        return variables_under_drive(self.model)

    def facts(self) -> dict[str, Any]:
        """Names of the environments, and the start."""
        return {"environments": list(self.environments), "initial": in_words(self.initial)}


def variables_under_drive(model: Lattice) -> tuple[Variable, ...]:
    """What the evolution of a driven model consists of."""
    left_out = {f"{OF_ENERGY}_currents", "entropy_production"}
    kept = [one for one in variables_of(model) if one.name not in left_out]
    if not model.environments:
        kept = [one for one in kept if not one.name.endswith("_inflows")]
    if not model.symmetries.conserved:
        kept = [one for one in kept if not one.name.endswith("_currents")]
    found = [replace(one, dims=("time", *one.dims)) for one in kept]
    return (*found, Variable("work", ("time",), (), ENERGY, "what the drive has brought"))
