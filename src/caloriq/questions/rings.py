"""What questions about correlations share: rings of several sizes, and what random states on them cost."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.correlation.methods import Typicality
from caloriq.closed.correlation.solve import choose_correlation_method
from caloriq.closed.methods import Auto, Exact
from caloriq.models.fields import Count, by_name
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.models.times import Moments
from caloriq.questions.base import Question
from caloriq.transport.kubo.costs import state_memory, state_seconds
from caloriq.transport.kubo.rings import ring

CorrelationMethod = Annotated[Exact | Typicality | Auto, Field(discriminator="kind"), BeforeValidator(by_name)]


class RingsQuestion(Question):
    """Base of questions that rings of several sizes answer.

    Parameters
    ----------
    of : str
        "energy", or a number that is conserved.
    sizes : sequence of int
        Sites of at least two rings.
    times : Moments
        When; from 0.
    method : Exact, Typicality or Auto
        Of the rings; in a file also just its name.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    of: str = ENERGY
    sizes: tuple[Count, ...] = (12, 14)
    times: Moments = Moments()
    method: CorrelationMethod = Auto()

    models: ClassVar[tuple[type, ...]] = (Lattice,)
    seeded: ClassVar[bool] = False

    def admit(self, model: Any) -> None:
        """Refuse what `admit_rings` does, and what memory has no room for; before the work."""
        super().admit(model)
        self.admit_rings(model, self.times.resolve())
        _checks.memory("sizes", max(self.sizes), self.memory(model), "take fewer sites")

    def admit_rings(self, model: Any, times: Real) -> None:
        """Refuse what cannot be read from."""
        raise NotImplementedError

    def choice(self, model: Any) -> tuple[Any, str]:
        """The method that runs on the largest ring, and why."""
        if isinstance(self.method, Auto):
            return choose_correlation_method(ring(model, max(self.sizes)))
        return self.method, "as asked for"

    def told(self, found: Any) -> str:
        """What is read, in sentences."""
        return " ".join(found.notes())

    def weighed(self, one: Lattice) -> float:  # noqa: ARG002 - where every state counts alike
        """Products at every time beside those of the evolution."""
        return 0.0

    def seconds(self, model: Any) -> float:
        """Products of all rings; good to a factor of a few."""
        method, times, total = self.choice(model)[0], self.times.resolve(), 0.05
        for sites in self.sizes:
            one = ring(model, sites)
            total += state_seconds(one, method, times, weighed=self.weighed(one))
        return total

    def memory(self, model: Any) -> float:
        """Vectors of the largest ring."""
        return 1e6 + state_memory(ring(model, max(self.sizes)), self.choice(model)[0])
