"""Correlations of currents in files and sweeps: how large is the diffusivity, without leads."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from caloriq._checks import Real
from caloriq.models.fields import Count, Number, Positive
from caloriq.questions.rings import RingsQuestion
from caloriq.results import Progress
from caloriq.spaces.infinite import InfiniteChain
from caloriq.transport.kubo.asked import check_asked
from caloriq.transport.kubo.climbing import DAMPINGS
from caloriq.transport.kubo.costs import string_memory, string_seconds
from caloriq.transport.kubo.literature import KnownDiffusivity
from caloriq.transport.kubo.result import LADDER, Kubo
from caloriq.transport.kubo.rings import ring
from caloriq.transport.kubo.solve import kubo
from caloriq.variables import Variable


class KuboQuestion(RingsQuestion):
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
    temperature: Positive | None = None
    lengths: tuple[Count, ...] = ()
    dampings: tuple[Number, ...] | None = None
    known: KnownDiffusivity | None = None

    title: ClassVar[str] = "diffusion from correlations of the current"

    def admit_rings(self, model: Any, times: Real) -> None:
        """Refuse what is not conserved, and lengths below that of the current."""
        check_asked(model, self.of, self.sizes, times, self._temperature, self.lengths, self.dampings)

    def answered(self, model: Any, progress: Progress | None = None) -> Kubo:
        """The verb."""
        return kubo(
            model,
            of=self.of,
            sizes=self.sizes,
            times=self.times.resolve(),
            temperature=self._temperature,
            method=self.chosen,
            lengths=self.lengths,
            dampings=self.dampings,
            known=self.known,
            progress=progress,
        )

    @property
    def _temperature(self) -> float:
        return math.inf if self.temperature is None else self.temperature

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002 - of any lattice the same
        """What is read, and the curves."""
        T, S = self.times.resolve().size, len(self.sizes)
        lengths = {"size": S, "time": T, "pair": S - 1}
        own = tuple(one.sized(*(lengths[dim] for dim in one.dims)) for one in Kubo.variables)
        return own + (tuple(one for one in LADDER if not one.dims) if self.lengths else ())

    def seconds(self, model: Any) -> float:
        """Products of all rings and rungs; good to a factor of a few."""
        dampings = len(DAMPINGS) if self.dampings is None else len(self.dampings)
        rungs = sum(dampings * string_seconds(self._chain(model), length) for length in self.lengths)
        return super().seconds(model) + rungs

    def memory(self, model: Any) -> float:
        """Vectors of the largest ring, or of the longest strings."""
        need = super().memory(model)
        return max(need, string_memory(self._chain(model), max(self.lengths))) if self.lengths else need

    def _chain(self, model: Any) -> InfiniteChain:
        return ring(model, max(self.sizes)).infinite_chain()
