"""A row of the zoo: a model, the density that moves in it, what is known of it and where from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from caloriq.models.baths import Bath
from caloriq.models.lattice.model import Lattice
from caloriq.models.spins import SpinChain

OPEN = "open"  # in the place of classes, where nobody knows
BALLISTIC, DIFFUSIVE, ANOMALOUS = (frozenset({name}) for name in ("ballistic", "diffusive", "anomalous"))
LOCALISED = frozenset({"localised", "exponential"})
NO_LAW = frozenset({"no law"})
UNKNOWN = frozenset({OPEN})
WARM = (Bath(site=0, temperature=1.0, rate=1.0), Bath(site=-1, temperature=0.0, rate=1.0))
WEAK = (Bath(site=0, gain=0.6, loss=0.4), Bath(site=-1, gain=0.4, loss=0.6))
MAGNETISATION, PARTICLES, EXCITATIONS = "magnetisation", "particles", "excitations"
SITES = 16  # of a lattice: routes take their own lengths
SHORT, MIDDLE, LONG = 0.2, 0.5, 10.0  # minutes; the long ones end when two routes decide alike
SHORTEST = 0.12  # of a row of the quick table


@dataclass(frozen=True)
class Row:
    """A model whose transport is known, or is known to be open.

    Attributes
    ----------
    name : str
        In words, different for every row.
    model : Model
        Of any kind.
    truth : frozenset of str
        Classes that are right, "no law" where the density is not conserved; {"open"} where nobody knows.
    source : str
        Where it is known from.
    of : str
        Density whose current is judged.
    means : mapping of str to float
        Of conserved numbers per cell, where they are not those of every state alike.
    minutes : float
        Budget that its routes need.
    """

    name: str
    model: Any
    truth: frozenset[str]
    source: str
    of: str = "energy"
    means: Mapping[str, float] = field(default_factory=dict)
    temperature: float = math.inf
    minutes: float = SHORT

    @property
    def open(self) -> bool:
        """Whether nobody knows."""
        return OPEN in self.truth

    @property
    def known(self) -> str:
        """The right classes in words."""
        return " or ".join(sorted(self.truth))


def chain(sites: int = SITES, **fields: Any) -> SpinChain:
    """Hopping 1 and frequency 1 between baths that differ little, changed by what is given."""
    return SpinChain(**{"sites": sites, "hopping": 1.0, "baths": WEAK, **fields})


def tilted(transverse: float, longitudinal: float) -> Lattice:
    """Ising chain with J = 1."""
    return Lattice.tilted_ising(SITES, transverse=transverse, longitudinal=longitudinal)
