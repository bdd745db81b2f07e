"""All product states of two-level sites by their conserved number: blocks of k excitations, dimension C(N, k) each."""

from __future__ import annotations

from functools import cached_property, lru_cache
from math import comb
from typing import final

import numpy as np

from caloriq._checks import Real
from caloriq.spaces.basis import Basis, Indices, Keys

KEPT = 10  # sites up to which moves are kept: at most 0.4 MB


@final
class ByNumber:
    """One basis for every number of excitations k = 0..N of N sites; bit j of a state is site j."""

    def __init__(self, sites: int) -> None:
        self.sites = sites
        patterns = np.arange(2**sites)
        number = np.bitwise_count(patterns)
        self.blocks = [Basis(2, sites, patterns[number == k]) for k in range(sites + 1)]
        self._moves: dict[tuple[int, int, int], tuple[Indices, Indices]] = {}

    @cached_property
    def states(self) -> list[Keys]:
        """Bit patterns of every block, ascending."""
        return [block.keys for block in self.blocks]

    @cached_property
    def sizes(self) -> list[int]:
        """C(N, k) for k = 0..N."""
        return [block.dimension for block in self.blocks]

    @property
    def dimension(self) -> int:
        """Σ_k C(N, k)² = C(2N, N), the size of a density matrix that conserves excitations."""
        return comb(2 * self.sites, self.sites)

    @cached_property
    def occupation(self) -> list[Real]:
        """Occupation of every site in every state of block k, shape (C(N, k), N)."""
        return [block.states.astype(float) for block in self.blocks]

    def raised(self, k: int, site: int) -> tuple[Indices, Indices]:
        """Places in block k of the states with `site` empty, and in block k + 1 of the same with it filled."""
        block = self.states[k]
        empty = np.flatnonzero((block >> site) & 1 == 0)
        return empty, self.blocks[k + 1].place(block[empty] | (1 << site))

    def moved(self, k: int, source: int, target: int) -> tuple[Indices, Indices]:
        """Places in block k of the states with `source` filled and `target` empty, and of the same after the move."""
        found = self._moves.get((k, source, target))
        if found is None:
            block = self.states[k]
            able = np.flatnonzero(((block >> source) & 1 == 1) & ((block >> target) & 1 == 0))
            found = able, self.blocks[k].place(block[able] ^ (1 << source) ^ (1 << target))
            if self.sites <= KEPT:
                for places in found:
                    places.setflags(write=False)
                self._moves[k, source, target] = found
        return found


@lru_cache(maxsize=4)
def by_number(sites: int) -> ByNumber:
    """The product states of N sites, kept."""
    return ByNumber(sites)
