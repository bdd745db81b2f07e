"""What the exact dynamics of a lattice gives."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.closed.lattice.columns import Start
from caloriq.results import Solution
from caloriq.variables import BONDS, SITE, Variable
from caloriq.variables import ENERGY as ENERGY_UNIT


class Recorded(NamedTuple):
    """One of the quantities that were asked for."""

    kind: Literal["profiles", "currents", "observables"]  # where a result has it
    name: str  # of the density, or of the observable
    variable: Variable  # over time and the places

    @property
    def held(self) -> Variable:
        """The variable, with where a result has its numbers."""
        kind, name = self.kind, self.name
        return replace(self.variable, source=lambda found: getattr(found, kind)[name])


INSTANT = Variable("time", ("time",), units=f"1/({ENERGY_UNIT})", source="times")
TOTAL = Variable("energy", ("time",), units=ENERGY_UNIT, long_name="<H>, which must not change")


@dataclass(frozen=True)
class LatticeEvolution(Solution):
    """Exact dynamics of a lattice at sampled times.

    Attributes
    ----------
    initial : SiteStates, DomainWall, RandomState, Gibbs or Vector
        The start.
    times : array, shape (T,)
        Instants, in the inverse of the model's unit of energy.
    profiles : mapping of str to array, shape (T, N); an ensemble's (samples, T, N)
        ⟨energy⟩, ⟨magnetisation⟩, ⟨particles⟩ of every site, of those that were asked for; terms of several sites in equal shares.
    currents : mapping of str to array, shape (T, B); an ensemble's (samples, T, B)
        What flows along `bonds`, from the lower to the higher site, of the conserved ones, per time.
    observables : mapping of str to array, shape (T, P); an ensemble's (samples, T, P)
        Operators in words, at each of their places.
    places : mapping of str to array of int, shape (P, m)
        Sites that these act on.
    energy : array, shape (T,); an ensemble's (samples, T)
        ⟨H⟩(t).
    bonds : array of int, shape (B, 2)
        Pairs of sites between which something conserved flows.
    recorded : tuple of Recorded
        What was asked for.
    bounds : mapping of str to array
        By a tensor network, errors of the numbers, by the names of variables; none where the state is exact.
    known_until : float
        Last of the times at which a tensor network still holds the state; numbers behind it are not a number. Infinite where all
        are known.
    """

    initial: Start
    times: Real
    profiles: Mapping[str, Real]
    currents: Mapping[str, Real]
    observables: Mapping[str, Real]
    places: Mapping[str, NDArray[np.intp]]
    energy: Real
    bonds: NDArray[np.intp]
    recorded: tuple[Recorded, ...]
    bounds: Mapping[str, Real] = field(default_factory=lambda: MappingProxyType({}))
    known_until: float = math.inf

    variables = (TOTAL,)
    coordinates = (INSTANT, SITE)

    def declared(self) -> tuple[Variable, ...]:
        """What was asked for, and the energy."""
        return (*(one.held for one in self.recorded), TOTAL)

    def placed(self) -> tuple[Variable, ...]:
        """Times and sites, and the two ends of the bonds where anything flows."""
        return (*self.coordinates, *(BONDS if self.currents else ()))

    def told_first(self) -> tuple[Variable, ...]:
        """Everything, at the last time."""
        return self.declared()

    def facts(self) -> dict[str, Any]:
        """The start, and the sites of observables."""
        places = {name: rows.tolist() for name, rows in self.places.items()}
        told: dict[str, Any] = {"initial": json.dumps(self.initial.to_mapping()), "places": json.dumps(places)}
        return told | ({"known until": self.known_until} if self.known_until < math.inf else {})
