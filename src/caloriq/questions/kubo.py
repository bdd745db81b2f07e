"""Correlations of currents in files and sweeps: how large is the diffusivity, without leads."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.correlation import exact, ladder, typical
from caloriq.closed.correlation.methods import Typicality
from caloriq.closed.correlation.solve import choose_correlation_method
from caloriq.closed.lattice.bounds import bounds
from caloriq.closed.methods import Auto, Exact
from caloriq.models.fields import Count, Number, Positive, by_name
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.models.times import Moments
from caloriq.questions.base import Question
from caloriq.results import Progress
from caloriq.spaces.commutators import string_count
from caloriq.transport.kubo.asked import check_asked
from caloriq.transport.kubo.climbing import DAMPINGS
from caloriq.transport.kubo.literature import KnownDiffusivity
from caloriq.transport.kubo.result import LADDER, Kubo
from caloriq.transport.kubo.rings import ring
from caloriq.transport.kubo.solve import kubo
from caloriq.variables import Variable

RATE = 5e8  # numbers of vectors times terms per second, of a core: for a rough time only

CorrelationMethod = Annotated[Exact | Typicality | Auto, Field(discriminator="kind"), BeforeValidator(by_name)]


def ring_seconds(one: Lattice, times: Real, *, weighed: float = 0.0) -> float:
    """Of a random state of a ring through all times, and so many products more at every time; good to a factor of a few."""
    low, high = bounds(one.strings)
    products = 2 * ((high - low) / 2 * float(times[-1]) + 20 * times.size) + weighed * times.size
    return products * float(min(one.dimension, 10**100)) * len(one.strings.by_support()) / RATE


def ring_samples(one: Lattice, method: Exact | Typicality) -> int:
    """Random states that are likely to be drawn."""
    return 1 if isinstance(method, Exact) else method.expected(float(min(one.dimension, 10**100)))


def ring_memory(one: Lattice, method: Exact | Typicality) -> float:
    """Bytes of what runs."""
    return exact.memory(one) if isinstance(method, Exact) else typical.memory(one)


class KuboQuestion(Question):
    """Diffusivity from correlations of the current, on rings and on the chain without ends; see `kubo`.

    Parameters
    ----------
    of : str
        "energy", or a number that is conserved.
    sizes : sequence of int
        Sites of at least two rings.
    times : Moments
        When; from 0.
    temperature : float, optional
        In energy; without it every state counts alike.
    method : Exact, Typicality or Auto
        Of the rings; in a file also just its name.
    lengths : sequence of int
        Of strings on the chain without ends; none by default.
    dampings : sequence of float, optional
        Of these; by default two, of the size of the energy.
    known : KnownDiffusivity, optional
        An interval from elsewhere, with its source: drawn and told beside ours, without a say in it.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["kubo"] = "kubo"
    of: str = ENERGY
    sizes: tuple[Count, ...] = (12, 14)
    times: Moments = Moments()
    temperature: Positive | None = None
    method: CorrelationMethod = Auto()
    lengths: tuple[Count, ...] = ()
    dampings: tuple[Number, ...] | None = None
    known: KnownDiffusivity | None = None

    models: ClassVar[tuple[type, ...]] = (Lattice,)
    title: ClassVar[str] = "diffusion from correlations of the current"
    seeded: ClassVar[bool] = False

    def admit(self, model: Any) -> None:
        """Refuse what is not conserved, lengths below that of the current, and what memory has no room for; before the work."""
        super().admit(model)
        times = self.times.resolve()
        check_asked(model, self.of, self.sizes, times, self._temperature, self.lengths, self.dampings)
        _checks.memory("sizes", max(self.sizes), self.memory(model), "take fewer sites")

    def answered(self, model: Any, progress: Progress | None = None) -> Kubo:
        """The verb."""
        return kubo(
            model,
            of=self.of,
            sizes=self.sizes,
            times=self.times.resolve(),
            temperature=self._temperature,
            method="auto" if isinstance(self.method, Auto) else self.method,
            lengths=self.lengths,
            dampings=self.dampings,
            known=self.known,
            progress=progress,
        )

    @property
    def _temperature(self) -> float:
        return math.inf if self.temperature is None else self.temperature

    def choice(self, model: Any) -> tuple[Any, str]:
        """The method that runs on the largest ring, and why."""
        if isinstance(self.method, Auto):
            return choose_correlation_method(ring(model, max(self.sizes)))
        return self.method, "as asked for"

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002 - of any lattice the same
        """What is read, and the curves."""
        T, S = self.times.resolve().size, len(self.sizes)
        lengths = {"size": S, "time": T, "pair": S - 1}
        own = tuple(one.sized(*(lengths[dim] for dim in one.dims)) for one in Kubo.variables)
        return own + (tuple(one for one in LADDER if not one.dims) if self.lengths else ())

    def told(self, found: Kubo) -> str:
        """What is read, in sentences."""
        return " ".join(found.notes())

    def seconds(self, model: Any) -> float:
        """Products of all rings and rungs; good to a factor of a few."""
        method, total = self.choice(model)[0], 0.0
        for sites in self.sizes:
            one = ring(model, sites)
            total += ring_samples(one, method) * ring_seconds(one, self.times.resolve())
        dampings = len(DAMPINGS) if self.dampings is None else len(self.dampings)
        return 0.05 + total + sum(dampings * 1e4 * self._strings(model, length) / RATE for length in self.lengths)

    def memory(self, model: Any) -> float:
        """Vectors of the largest ring, and of the longest strings."""
        need = ring_memory(ring(model, max(self.sizes)), self.choice(model)[0])
        if self.lengths:
            need = max(need, 8.0 * ladder.VECTORS * self._strings(model, max(self.lengths)))
        return 1e6 + need

    def _strings(self, model: Any, length: int) -> float:
        """On so many cells of the chain without ends."""
        return string_count(ring(model, max(self.sizes)).infinite_chain(), length)
