"""Conserved charges of uniform chains, and what they prove of a current."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from caloriq import _checks
from caloriq.models.fields import Count
from caloriq.models.lattice.model import Lattice
from caloriq.questions.base import Question
from caloriq.results import Progress
from caloriq.spaces.commutators import letters, string_count
from caloriq.spaces.currents import current_of
from caloriq.spaces.infinite import InfiniteChain
from caloriq.transport.charges.conserved import ConservedCharges, conserved_charges
from caloriq.transport.charges.mazur import MazurBound, mazur
from caloriq.transport.inside import check_closed_inside
from caloriq.variables import Variable

RATE = 2e8  # elements of dense decompositions per second, of a core: for a rough time only
PARTS = 8.0  # into which reflection and parities split the strings, about


class _OfChain(Question):
    """Asked of the chain without ends that a lattice is a piece of."""

    support: Count = 4

    models: ClassVar[tuple[type, ...]] = (Lattice,)
    seeded: ClassVar[bool] = False

    def admit(self, model: Any) -> None:
        """Refuse lattices whose bulk is open or not the same from cell to cell, and supports beyond the memory."""
        super().admit(model)
        check_closed_inside(model)
        model.infinite_chain()
        _checks.memory("support", self.support, self.memory(model), "take a smaller one")

    def _part(self, model: Any) -> float:
        """Strings of the largest part, about."""
        chain: InfiniteChain = model.infinite_chain()
        return string_count(chain, self.support) * (1 - 1 / letters(chain)) / PARTS

    def seconds(self, model: Any) -> float:
        """Decompositions of the parts; good to a factor of ten."""
        return float(0.05 + PARTS * min(self._part(model), 1600.0) * self._part(model) ** 2 / 1e3 / RATE)

    def memory(self, model: Any) -> float:
        """The map of all strings, sparse, and a part, dense."""
        part = self._part(model)
        return float(1e6 + 2e3 * part * PARTS + 24 * min(part, 1600.0) ** 2)


class ChargesQuestion(_OfChain):
    """All conserved densities of bounded support; see `conserved_charges`.

    Parameters
    ----------
    support : int
        Most cells that a density covers. Default 4.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["charges"] = "charges"

    title: ClassVar[str] = "conserved charges"

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002 - of any chain the same
        """Counts by support, and the gap."""
        counts = ConservedCharges.variable("counts").sized(self.support)
        return counts, *(ConservedCharges.variable(name) for name in ("smallest_other", "largest_zero", "tolerance"))

    def answered(self, model: Any, progress: Progress | None = None) -> ConservedCharges:  # noqa: ARG002
        """The verb."""
        return conserved_charges(model, self.support)

    def told(self, found: ConservedCharges) -> str:
        """How many there are, and the gap."""
        counts = ", ".join(map(str, found.counts.tolist()))
        return f"Conserved densities of at most 1 to {found.support} cells: {counts}; the next singular value is {found.smallest_other:.4g}."


class MazurQuestion(_OfChain):
    """What conserved charges keep of a current for ever, at infinite temperature; see `mazur`.

    Parameters
    ----------
    support : int
        Most cells that a charge covers. Default 4.
    of : str
        What the current carries: "energy", or a conserved number.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["mazur"] = "mazur"
    of: str = "energy"

    title: ClassVar[str] = "bound on what stays of a current"
    bounded: ClassVar[frozenset[str]] = frozenset({"bound", "fraction"})

    def admit(self, model: Any) -> None:
        """Refuse what is not conserved, by the term that breaks it."""
        super().admit(model)
        current_of(model.infinite_chain(), self.of)

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002 - of any chain the same
        """The bound and its share of the whole."""
        names = ("bound", "fraction", "current_square", "susceptibility", "proves_ballistic")
        return tuple(MazurBound.variable(name) for name in names)

    def answered(self, model: Any, progress: Progress | None = None) -> MazurBound:  # noqa: ARG002
        """The verb."""
        return mazur(conserved_charges(model, self.support), of=self.of)
