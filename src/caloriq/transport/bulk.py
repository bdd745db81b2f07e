"""What the inside of a driven chain is made of, and which density it conserves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from caloriq.models.classical import ClassicalChain
from caloriq.models.disorder import DisorderedChain
from caloriq.models.spins import SpinChain

Carried = Literal["heat", "excitations"]
EDGE = 2  # sites from an end within which a bath is at that end


@dataclass(frozen=True, slots=True)
class Bulk:
    """What decides about transport without any data.

    Attributes
    ----------
    classical : bool
        Whether particles hop by rates.
    interacting : bool
        Whether ZZ terms are present.
    neighbours : bool
        Whether only neighbours are coupled.
    even : bool
        Whether all frequencies are equal.
    dephased, everywhere : bool
        Whether some site, whether every site is dephased.
    random : frozenset of str
        Quantities that differ from sample to sample.
    ends : bool
        Whether the baths are at the ends.
    """

    classical: bool
    interacting: bool
    neighbours: bool
    even: bool
    dephased: bool
    everywhere: bool
    random: frozenset[str]
    ends: bool

    @property
    def quasi_free(self) -> bool:
        """Whether the excitations are free fermions but for dephasing."""
        return not (self.classical or self.interacting) and self.neighbours

    def leak(self, of: Carried) -> str | None:
        """What takes the density out of the bulk, in words; None where it is conserved."""
        if not self.ends:
            return "baths inside the chain"
        if of == "excitations" or not (self.classical or self.dephased):
            return None
        if self.classical:
            return None if self.even else "hops between unequal frequencies"
        beside = {
            "the ZZ interaction": self.interacting,
            "unequal frequencies": not self.even,
            "couplings beyond neighbours": not self.neighbours,
        }
        return next((f"dephasing beside {what}" for what, there in beside.items() if there), None)

    def told(self, of: Carried) -> str:
        """The sentence about a density that is conserved."""
        if of == "excitations":
            return "Excitations are conserved in the bulk."
        if self.classical or self.dephased:
            return "Heat is ω times the excitations here, which are conserved in the bulk."
        return "The energy is conserved in the bulk."


def bulk_of(model: SpinChain | ClassicalChain | DisorderedChain) -> Bulk:
    """What a chain or an ensemble is made of."""
    random: frozenset[str] = frozenset()
    chain = model
    if isinstance(model, DisorderedChain):
        random = frozenset(d.quantity for d in model.disorder if d.width > 0)
        chain = model.sample(0)
    assert not isinstance(chain, DisorderedChain)
    even = bool(np.all(chain.frequencies == chain.frequencies[0])) and "frequency" not in random
    ends = all(site < EDGE or site >= chain.sites - EDGE for site in chain.bath_sites)
    if isinstance(chain, ClassicalChain):
        return Bulk(True, False, True, even, False, False, random, ends)
    rates = chain.dephasing_rates
    return Bulk(
        classical=False,
        interacting=chain.interacting,
        neighbours=chain.neighbours_only,
        even=even,
        dephased=bool(np.any(rates > 0)),
        everywhere=bool(np.all(rates > 0)),
        random=random,
        ends=ends,
    )
