"""Conductivity over temperature in files and sweeps, from correlations of the current."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, ClassVar, Literal

from caloriq import _checks
from caloriq.closed.correlation.solve import choose_correlation_method
from caloriq.closed.lattice.bounds import bounds
from caloriq.closed.methods import Auto
from caloriq.models.fields import Count
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.models.temperatures import TemperatureRange, Temperatures
from caloriq.models.times import Moments
from caloriq.questions.base import Question
from caloriq.questions.kubo import CorrelationMethod, ring_memory, ring_samples, ring_seconds
from caloriq.results import Progress
from caloriq.transport.kubo.asked import check_asked
from caloriq.transport.kubo.over_temperature import KuboOverTemperature, kubo_over_temperature
from caloriq.transport.kubo.rings import ring
from caloriq.variables import ENERGY as ENERGY_UNIT
from caloriq.variables import Variable


class KuboOverTemperatureQuestion(Question):
    """κ(T) of heat, or σ(T) of what else is carried, from rings; see `kubo_over_temperature`.

    Parameters
    ----------
    of : str
        "energy", or a number that is conserved.
    sizes : sequence of int
        Sites of at least two rings.
    times : Moments
        When; from 0.
    temperatures : TemperatureRange or list of float
        By default 9 from 1 to 10, in units of energy.
    method : Exact, Typicality or Auto
        Of the rings; in a file also just its name.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["kubo-over-temperature"] = "kubo-over-temperature"
    of: str = ENERGY
    sizes: tuple[Count, ...] = (12, 14)
    times: Moments = Moments()
    temperatures: Temperatures = TemperatureRange(start=1.0, stop=10.0, count=9)
    method: CorrelationMethod = Auto()

    models: ClassVar[tuple[type, ...]] = (Lattice,)
    title: ClassVar[str] = "conductivity over temperature"
    seeded: ClassVar[bool] = False

    def admit(self, model: Any) -> None:
        """Refuse what is not conserved, and what memory has no room for; before the work."""
        super().admit(model)
        together = len(self.temperatures.resolve()) + 1
        check_asked(model, self.of, self.sizes, self.times.resolve(), math.inf, (), None, together=together)
        _checks.memory("sizes", max(self.sizes), self.memory(model), "take fewer sites")

    def answered(self, model: Any, progress: Progress | None = None) -> KuboOverTemperature:
        """The verb."""
        return kubo_over_temperature(
            model,
            of=self.of,
            sizes=self.sizes,
            times=self.times.resolve(),
            temperatures=self.temperatures.resolve(),
            method=self.chosen,
            progress=progress,
        )

    def choice(self, model: Any) -> tuple[Any, str]:
        """The method that runs on the largest ring, and why."""
        if isinstance(self.method, Auto):
            return choose_correlation_method(ring(model, max(self.sizes)))
        return self.method, "as asked for"

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002 - of any lattice the same
        """What is read at every temperature, and the curves."""
        R, S, T = self.temperatures.resolve().size, len(self.sizes), self.times.resolve().size
        lengths = {"temperature": R, "size": S, "time": T}
        names = {"temperature": "place"}
        at = Variable("at_temperature", ("place",), (R,), ENERGY_UNIT, "T", source="temperatures")
        found = [at]
        for one in KuboOverTemperature.variables:
            dims = tuple(names.get(dim, dim) for dim in one.dims)
            found.append(replace(one, dims=dims, shape=tuple(lengths[dim] for dim in one.dims)))
        return tuple(found)

    def told(self, found: KuboOverTemperature) -> str:
        """What is read, in sentences."""
        return " ".join(found.notes())

    def seconds(self, model: Any) -> float:
        """Products of all rings; good to a factor of a few."""
        method, total = self.choice(model)[0], 0.05
        for sites in self.sizes:
            one = ring(model, sites)
            low, high = bounds(one.strings)
            weighed = math.sqrt(24 * (high - low) / float(self.temperatures.resolve().min()))
            total += ring_samples(one, method) * ring_seconds(one, self.times.resolve(), weighed=weighed)
        return total

    def memory(self, model: Any) -> float:
        """Vectors of the largest ring."""
        return 1e6 + ring_memory(ring(model, max(self.sizes)), self.choice(model)[0])
