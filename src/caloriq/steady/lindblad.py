"""𝓛 on packed vectors of one array library: within blocks, and from block to block."""

from __future__ import annotations

from typing import Any

from caloriq._array import Library
from caloriq._checks import Real
from caloriq.steady.kernels import Compiled, Hop, Products, SectorBlock
from caloriq.steady.superoperator import Sectors


class Lindblad:
    """x ↦ 𝓛 x; with the diagonals E that the blocks' `weigh` asks for, and the damping of their `smooth`."""

    def __init__(self, layout: Sectors, library: Library, shifts: list[Real], *, damping: float = 0.0) -> None:
        self.layout, self._library = layout, library
        self.blocks: list[SectorBlock] = []
        for k, shift in enumerate(shifts):
            matrices = layout.hamiltonians[k], layout.decay(k), layout.lost(k), shift
            if library.numpy:
                self.blocks.append(Compiled(*matrices, damping, library.dtype))
            else:
                self.blocks.append(Products(*matrices, damping, library))
        size = layout.space.sizes
        # jumps into every block from the one below and the one above
        self.gains: list[list[Hop]] = [[] for _ in size]
        self.losses: list[list[Hop]] = [[] for _ in size]
        for jump in layout.jumps:
            hop = Hop(jump.rate, jump.since, jump.to, size[jump.target], library)
            (self.gains if jump.source < jump.target else self.losses)[jump.target].append(hop)

    def __call__(self, x: Any) -> Any:
        """𝓛 x."""
        out = self._library.xp.empty_like(x)
        X, Y = list(self.layout.blocks(x)), list(self.layout.blocks(out))
        for k, block in enumerate(self.blocks):
            Y[k][...] = block.lindblad(X[k])
            for hop in self.gains[k]:
                hop.add(X[k - 1], Y[k])
            for hop in self.losses[k]:
                hop.add(X[k + 1], Y[k])
        return out
