"""One correlation function in files and sweeps, and how a packet spreads."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from caloriq import _checks
from caloriq.closed.certify import check_span
from caloriq.closed.correlation.infinite import infinite_current, support_space
from caloriq.closed.correlation.methods import SupportLadder, Typicality
from caloriq.closed.correlation.operators import operator
from caloriq.closed.correlation.result import Correlation
from caloriq.closed.correlation.solve import choose_correlation_method, correlation
from caloriq.closed.lattice.evolution import check_closed
from caloriq.closed.methods import Auto, Exact
from caloriq.models.fields import Positive, by_name
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import sectors
from caloriq.models.times import Moments
from caloriq.questions.base import Question
from caloriq.questions.rings import CorrelationMethod
from caloriq.results import Progress
from caloriq.spaces.strings import Strings
from caloriq.transport.kubo.costs import state_memory, state_seconds, string_memory, string_seconds
from caloriq.transport.spread import Spread, check_spread, spread
from caloriq.variables import Variable

AnyMethod = Annotated[Exact | Typicality | SupportLadder | Auto, Field(discriminator="kind"), BeforeValidator(by_name)]


class CorrelationQuestion(Question):
    """⟨A(t)B⟩ of a closed lattice; see `correlation`.

    Parameters
    ----------
    A, B : str
        "energy current", "magnetisation at 3", ...; B is A where it is left out.
    times : Moments
        When.
    temperature : float, optional
        In energy; without it every state counts alike.
    method : Exact, Typicality, SupportLadder or Auto
        In a file also just its name.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["correlation"] = "correlation"
    A: str = "energy current"
    B: str | None = None
    times: Moments = Moments()
    temperature: Positive | None = None
    method: AnyMethod = Auto()

    models: ClassVar[tuple[type, ...]] = (Lattice,)
    title: ClassVar[str] = "correlation function of a lattice"

    def admit(self, model: Any) -> None:
        """Refuse what is no operator, and what memory has no room for; before the work."""
        super().admit(model)
        check_closed(model)
        self._operators(model)
        if isinstance(self.method, SupportLadder):
            support_space(*infinite_current(model, self.A, self.B, self._temperature), self.method)
        check_span(sectors(model)[0].hamiltonian, self.times.resolve())
        _checks.memory("sites", model.size, self.memory(model), "take fewer sites, or Typicality()")

    def answered(self, model: Any, progress: Progress | None = None) -> Correlation:
        """The verb."""
        times, method, T = self.times.resolve(), self.chosen, self._temperature
        return correlation(model, self.A, self.B, times, temperature=T, method=method, progress=progress)

    @property
    def _temperature(self) -> float:
        return math.inf if self.temperature is None else self.temperature

    def choice(self, model: Any) -> tuple[Any, str]:
        """The method that runs, and why."""
        if isinstance(self.method, Auto):
            return choose_correlation_method(model, self._operators(model))
        return self.method, "as asked for"

    def _operators(self, model: Any) -> list[Strings]:
        told = (("A", self.A), ("B", self.B))
        return [operator(model, one, name) for name, one in told if one is not None]

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002 - of any lattice the same
        """Both parts, and the statistical error."""
        T = self.times.resolve().size
        parts = (("values_real", "real part of ⟨A(t)B⟩"), ("values_imaginary", "imaginary part of ⟨A(t)B⟩"))
        sources = (lambda found: found.values.real, lambda found: found.values.imag)
        own = [
            Variable(name, ("time",), (T,), long_name=told, source=source)
            for (name, told), source in zip(parts, sources, strict=True)
        ]
        return (*own, Correlation.variable("error").sized(T))

    def told(self, found: Correlation) -> str:
        """Where it begins, and what is left at the end."""
        first, last = found.values[0].real, found.values[-1].real
        return f"<{found.first}(t) {found.second}> is {first:.4g} at t = {found.times[0]:g} and {last:.4g} at t = {found.times[-1]:g}."

    def seconds(self, model: Any) -> float:
        """Products, or a decomposition; good to a factor of a few."""
        chosen = self.choice(model)[0]
        if isinstance(chosen, SupportLadder):
            return 0.05 + string_seconds(model.infinite_chain(), chosen.length)
        return 0.05 + state_seconds(model, chosen, self.times.resolve())

    def memory(self, model: Any) -> float:
        """Of the largest sector, or of the strings."""
        chosen = self.choice(model)[0]
        if isinstance(chosen, SupportLadder):
            return 1e6 + string_memory(model.infinite_chain(), chosen.length)
        return 1e6 + state_memory(model, chosen, self._operators(model))


class SpreadQuestion(Question):
    """How an excess at one site spreads at infinite temperature; see `spread`.

    Parameters
    ----------
    of : str
        "energy", or a number that is conserved.
    site : int, optional
        Where it starts; by default the middle.
    times : Moments
        At least three.
    method : Exact, Typicality or Auto
        In a file also just its name.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["spread"] = "spread"
    of: str = ENERGY
    site: int | None = None
    times: Moments = Moments()
    method: CorrelationMethod = Auto()

    models: ClassVar[tuple[type, ...]] = (Lattice,)
    title: ClassVar[str] = "spreading of a packet"

    def admit(self, model: Any) -> None:
        """Refuse what is not conserved, and what memory has no room for; before the work."""
        super().admit(model)
        check_spread(model, self.of, self.site, self.times.resolve())
        check_span(sectors(model)[0].hamiltonian, self.times.resolve())
        _checks.memory("sites", model.size, self.memory(model), "take fewer sites, or Typicality()")

    def answered(self, model: Any, progress: Progress | None = None) -> Spread:
        """The verb."""
        return spread(model, self.times.resolve(), of=self.of, site=self.site, method=self.chosen, progress=progress)

    def choice(self, model: Any) -> tuple[Any, str]:
        """The method that runs, and why."""
        return choose_correlation_method(model) if isinstance(self.method, Auto) else (self.method, "as asked for")

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """Profile, width, D and the exponent."""
        lengths = {"time": self.times.resolve().size, "site": model.size}
        return tuple(one.sized(*(lengths[dim] for dim in one.dims)) for one in Spread.variables)

    def told(self, found: Spread) -> str:
        """D at the last time, and when an end was reached."""
        end = "no end is reached" if math.isinf(found.reached) else f"an end is reached at t = {found.reached:.3g}"
        return f"D is {found.diffusivity[-1]:.4g} at t = {found.times[-1]:g}; {end}."

    def seconds(self, model: Any) -> float:
        """Products, with an operator a site; good to a factor of a few."""
        return 0.05 + state_seconds(model, self.choice(model)[0], self.times.resolve(), weighed=float(model.size))

    def memory(self, model: Any) -> float:
        """Of the largest sector."""
        return 1e6 + state_memory(model, self.choice(model)[0])
