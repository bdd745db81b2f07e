"""Currents of all conserved densities of a lattice along the same bonds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from caloriq.models.lattice import densities
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.strings import Strings


@dataclass(frozen=True)
class Flows:
    """Currents of all conserved densities of a model along the same bonds."""

    model: Lattice

    @cached_property
    def carried(self) -> tuple[str, ...]:
        """Conserved densities."""
        return (ENERGY, *self.model.symmetries.conserved)

    @cached_property
    def each(self) -> dict[str, densities.Current]:
        """Current of each."""
        return {of: densities.current(self.model, of) for of in self.carried}

    @cached_property
    def bonds(self) -> Any:
        """Pairs x < y between which anything flows, shape (B, 2)."""
        pairs = {tuple(pair) for one in self.each.values() for pair in one.bonds.tolist()}
        return np.array(sorted(pairs), dtype=np.intp).reshape(-1, 2)

    def operators(self, of: str) -> list[Strings]:
        """Current along every bond; nothing where that density does not flow."""
        one = self.each[of]
        known = dict(zip(map(tuple, one.bonds.tolist()), one.operators, strict=True))
        return [known.get(tuple(pair), Strings(self.model.spaces)) for pair in self.bonds.tolist()]
