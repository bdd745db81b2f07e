"""What charges, and operators that are nearly charges, allow to be said of a chain: only where there are none can strings converge."""

from __future__ import annotations

import math
from typing import NamedTuple

from caloriq.spaces.commutators import letters
from caloriq.spaces.currents import current_of
from caloriq.spaces.infinite import InfiniteChain
from caloriq.transport.charges.conserved import ConservedCharges, conserved_charges
from caloriq.transport.charges.mazur import mazur

CELLS = 4  # of charges for Mazur's bound, where their strings are few
NEAR = 3  # cells of operators that are nearly charges, where terms cover two
SLOWEST = 0.35  # rate below which an operator is nearly conserved: see design note 0044
STRINGS = 4096  # that are few


class Charges(NamedTuple):
    """Of a chain and one of its currents.

    Attributes
    ----------
    kept : float
        Share of ⟨J²⟩ that charges keep for ever, at least: Mazur's bound.
    more : float
        Charges beside H and those of single cells: any make the chain integrable, and correlations decay slowly.
    slowest : float
        Smallest rate of an operator of at most three cells (2r - 1, where terms cover r > 2) that is no charge, ‖[H, Q]‖ over the size of the energy of a cell.
    """

    kept: float
    more: float
    slowest: float

    @property
    def generic(self) -> bool:
        """Whether nothing but H and what single cells carry is conserved, or nearly."""
        return self.more == 0 and self.slowest >= SLOWEST


UNKNOWN = Charges(math.nan, math.nan, math.nan)


def looked_for(chain: InfiniteChain, covers: int) -> int:
    """Cells of charges that are looked for beside a current that covers so many.

    Where the terms of H cover r cells, the next charge of an integrable chain may cover 2r - 1 and none fewer: what is not found in
    fewer is not known to be absent.
    """
    least = max(2 * chain.reach - 1, covers)
    return max((r for r in range(least, CELLS + 1) if letters(chain) ** r <= STRINGS), default=least)


def nearly(chain: InfiniteChain) -> int:
    """Cells of operators that are nearly charges: what charges of an integrable chain nearby may cover."""
    return max(NEAR, 2 * chain.reach - 1)


def charges_of(chain: InfiniteChain | None, of: str) -> Charges:
    """What is found in a second; numbers that are none where strings are too many for that, or there is no such chain."""
    if chain is None:
        return UNKNOWN
    J, _ = current_of(chain, of)
    support = looked_for(chain, chain.covers(J))
    if letters(chain) ** support > STRINGS:
        return UNKNOWN
    found = conserved_charges(chain, support)
    bound = mazur(found, of=of)
    more, rate = others(found)
    return Charges(bound.fraction if bound.proves_ballistic else 0.0, more, rate)


def others(found: ConservedCharges) -> tuple[float, float]:
    """Charges beside H and those of single cells, and the smallest rate of an operator that is none; see `Charges`."""
    chain, cells = found.chain, nearly(found.chain)
    near = found if found.support == cells else conserved_charges(chain, cells)
    more = len(found.supports) - int(found.counts[0]) - (chain.reach > 1)
    return float(more), (near.smallest_other - near.smallest_other_bound) / chain.hamiltonian.norm
