"""A driven chain in time, at every point of a sweep."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from caloriq import _checks, wording
from caloriq.dynamics import evolve
from caloriq.models.spins import SpinChain
from caloriq.models.times import Instants
from caloriq.questions.base import Question
from caloriq.results import Progress
from caloriq.steady import integrate, sector, tensor_in_time, tensor_network
from caloriq.steady.equations import Equations
from caloriq.steady.in_time import long_reason
from caloriq.steady.methods import AutoSteady, Sector, TensorNetwork, TwoPoint
from caloriq.steady.relax import DrivenEvolution
from caloriq.steady.solve import planned
from caloriq.steady.starts import Product
from caloriq.steady.tensor.cells import Cells, cells
from caloriq.steady.two_point import obstacle
from caloriq.variables import ENERGY, Variable

# NaN where the method does not give one
QUANTITIES = tuple(one.name for one in DrivenEvolution.variables if one.name != "excitation_currents")

TimeMethod = Annotated[TwoPoint | Sector | TensorNetwork | AutoSteady, Field(discriminator="kind")]


class RelaxationQuestion(Question):
    """The master equation of a driven chain from a product state.

    Parameters
    ----------
    initial : Product
        The start; by default the empty chain.
    times : Instants
        When, in the inverse of the model's unit of energy.
    method : TwoPoint, Sector, TensorNetwork or AutoSteady
        How.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["relaxation"] = "relaxation"
    initial: Product = Product()
    times: Instants = Instants()
    method: TimeMethod = AutoSteady()

    models: ClassVar[tuple[type, ...]] = (SpinChain,)
    title: ClassVar[str] = "a driven chain in time"
    bounded: ClassVar[frozenset[str]] = frozenset(QUANTITIES)

    def choice(self, model: Any) -> tuple[Any, str]:
        """The set of equations, and the way through time that is taken first."""
        long = self._long(model)
        if long is not None:
            return self._network, long
        equations = Equations(model, self._closed(model))
        first = integrate.routes(equations, self.times.resolve())[0]
        chosen = (
            self.method if not isinstance(self.method, AutoSteady) else TwoPoint() if equations.closed else Sector()
        )
        return chosen, f"{'the two-point set closes' if equations.closed else 'the whole sector'}; {first.reason}"

    def admit(self, model: Any) -> None:
        """Refuse a start of another length, and what does not fit in memory or takes more than a day."""
        super().admit(model)
        self.initial.on(model.sites)
        if self._long(model) is not None:
            tensor_in_time.check_span(self._network, self._cells(model), self.times.resolve())
        _checks.memory("sites", model.sites, self.memory(model), "take fewer sites")
        self.seconds(model)

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """Populations, currents and energy over the times."""
        T, N, bonds, baths = len(self.times.resolve()), model.sites, len(model.bonds.first), len(model.baths)
        lengths = {"populations": (N,), "currents": (bonds,), "heat_currents": (baths,)}
        kept = (DrivenEvolution.variable(name).sized(T, *lengths.get(name, ())) for name in QUANTITIES)
        return Variable("instant", ("time",), (T,), f"1/({ENERGY})", "times", source="times"), *kept

    def answered(self, model: Any, progress: Progress | None = None) -> DrivenEvolution:
        """The verb."""
        return evolve(model, self.times.resolve(), initial=self.initial, method=self.chosen, progress=progress)

    def told(self, found: DrivenEvolution) -> str:
        """How much of the way from the start is gone."""
        last = min(float(found.times[-1]), found.known_until)
        end = int(found.times.searchsorted(last))
        change = float(abs(found.populations[end] - found.populations[0]).max())
        return f"A driven chain to t = {last:g}: no population has moved by more than {change:.3g} since t = {found.times[0]:g}."

    def seconds(self, model: Any) -> float:
        """What `evolve` expects of the way that it would take first; good to a factor of a few."""
        if self._long(model) is not None:
            return tensor_in_time.seconds(self._network, self._cells(model), self.times.resolve())
        equations, times = Equations(model, self._closed(model)), self.times.resolve()
        first = integrate.routes(equations, times)[0]
        return integrate.costs(equations, integrate.rate_of(equations) * float(times[-1]), times.size)[first.name]

    def memory(self, model: Any) -> float:
        """As the steady state's, or as `evolve` has it, and the states at all times."""
        if self._long(model) is not None:
            return 1e6 + tensor_network.needed(self._network, self._cells(model))
        N, closed = model.sites, self._closed(model)
        alone = 400.0 * N**2 if closed else sector.memory_needed(N, 16, single=False)
        states = 24.0 * len(self.times.resolve()) * (N**2 + 1 if closed else math.comb(2 * N, N))
        return max(planned(model).memory if model.baths else 0.0, alone) + states

    def _closed(self, model: Any) -> bool:
        """Whether the method takes the two-point set, not the sector."""
        return obstacle(model) is None and not isinstance(self.method, Sector)

    @property
    def _network(self) -> TensorNetwork:
        return self.method if isinstance(self.method, TensorNetwork) else TensorNetwork()

    def _cells(self, model: Any) -> Cells:
        return cells(model.lattice(), wording.spoken(self._network))

    def _long(self, model: Any) -> str | None:
        """Why it goes as a tensor network; None where it does not."""
        return long_reason(model, self.chosen, self.initial)
