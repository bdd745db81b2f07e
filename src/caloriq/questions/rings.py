"""What questions about correlations share: rings of several sizes, and what random states on them cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.correlation import exact, ladder, typical
from caloriq.closed.correlation.methods import Typicality
from caloriq.closed.correlation.solve import choose_correlation_method
from caloriq.closed.lattice.bounds import bounds
from caloriq.closed.methods import Auto, Exact
from caloriq.models.fields import Count, by_name
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.models.times import Moments
from caloriq.questions.base import Question
from caloriq.spaces.commutators import string_count
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import Strings
from caloriq.transport.kubo.rings import ring

RATE = 5e8  # numbers of vectors times terms per second, of a core: for a rough time only
CLIMB = 1e4  # of the same for a string of one length and damping

CorrelationMethod = Annotated[Exact | Typicality | Auto, Field(discriminator="kind"), BeforeValidator(by_name)]


def state_seconds(one: Lattice, method: Exact | Typicality, times: Real, *, weighed: float = 0.0) -> float:
    """Of all random states through all times, and so many products more at every time; good to a factor of a few."""
    low, high = bounds(one.strings)
    states = float(min(one.dimension, 10**100))
    products = 2 * ((high - low) / 2 * float(times[-1]) + 20 * times.size) + weighed * times.size
    samples = 1 if isinstance(method, Exact) else method.expected(states)
    return samples * products * states * len(one.strings.by_support()) / RATE


def state_memory(one: Lattice, method: Exact | Typicality, kept_by: Sequence[Strings] = ()) -> float:
    """Bytes of what runs, in the sectors that some operators do not lead out of."""
    return exact.memory(one, kept_by) if isinstance(method, Exact) else typical.memory(one, kept_by)


def string_seconds(chain: InfiniteChain, length: int) -> float:
    """Of strings of one length at one damping."""
    return CLIMB * string_count(chain, length) / RATE


def string_memory(chain: InfiniteChain, length: int) -> float:
    """Bytes of their vectors."""
    return 8.0 * ladder.VECTORS * string_count(chain, length)


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
