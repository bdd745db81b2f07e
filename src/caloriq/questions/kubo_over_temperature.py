"""Conductivity over temperature in files and sweeps, from correlations of the current."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, ClassVar, Literal

from caloriq._checks import Real
from caloriq.models.lattice.model import Lattice
from caloriq.models.temperatures import TemperatureRange, Temperatures
from caloriq.questions.rings import RingsQuestion
from caloriq.results import Progress
from caloriq.spaces.bounds import bounds
from caloriq.transport.kubo.asked import check_asked
from caloriq.transport.kubo.over_temperature import KuboOverTemperature, kubo_over_temperature
from caloriq.variables import ENERGY as ENERGY_UNIT
from caloriq.variables import Variable


class KuboOverTemperatureQuestion(RingsQuestion):
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
    temperatures: Temperatures = TemperatureRange(start=1.0, stop=10.0, count=9)

    title: ClassVar[str] = "conductivity over temperature"

    def admit_rings(self, model: Any, times: Real) -> None:
        """Refuse what is not conserved."""
        together = len(self.temperatures.resolve()) + 1
        check_asked(model, self.of, self.sizes, times, math.inf, (), None, together=together)

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

    def weighed(self, one: Lattice) -> float:
        """Products of thermal weights."""
        low, high = bounds(one.strings)
        return math.sqrt(24 * (high - low) / float(self.temperatures.resolve().min()))
