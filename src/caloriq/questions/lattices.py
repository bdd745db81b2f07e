"""A lattice of local terms in time, and its equation of state; asked in files and at the points of sweeps."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from caloriq import _checks, wording
from caloriq.closed.lattice.blocks import asked_for, sizes
from caloriq.closed.lattice.columns import count, space_of
from caloriq.closed.lattice.equation_of_state import (
    NUMBERS,
    EquationOfState,
    choose_thermal_method,
    equation_of_state,
    largest_block,
    numbers_of,
)
from caloriq.closed.lattice.evolution import check_closed, choose_lattice_method, memory_needed
from caloriq.closed.lattice.recorded import Quantity, asked
from caloriq.closed.lattice.result import TOTAL, LatticeEvolution
from caloriq.closed.lattice.spectra import check_dense, dense_memory
from caloriq.closed.methods import Auto, Chebyshev, Exact, Krylov, ThermalMethod
from caloriq.closed.states import Vector
from caloriq.dynamics.closed_tensor import evolve_closed, long_reason, may_be_long
from caloriq.models.fields import by_name
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import Space, sectors
from caloriq.models.lattice.starts import DomainWall, Gibbs, RandomState, SiteStates
from caloriq.models.lattice.terms import Term
from caloriq.models.temperatures import TemperatureRange, Temperatures
from caloriq.models.times import Moments
from caloriq.questions.base import Question, beside_bounds
from caloriq.results import Progress
from caloriq.spaces.bounds import bounds
from caloriq.steady import tensor_in_time, tensor_network
from caloriq.steady.methods import TensorNetwork
from caloriq.steady.tensor.begun import begun
from caloriq.steady.tensor.cells import Cells, cells
from caloriq.variables import ENERGY, Variable

RATE = 1e9  # products and sums per second, of a core: for a rough time only

LatticeStart = Annotated[
    SiteStates | DomainWall | RandomState | Gibbs | Vector, Field(discriminator="kind"), BeforeValidator(by_name)
]

LatticeMethod = Annotated[
    Auto | Exact | Chebyshev | Krylov | TensorNetwork, Field(discriminator="kind"), BeforeValidator(by_name)
]


class LatticeEvolutionQuestion(Question):
    """Exact dynamics of a lattice at given times; see `caloriq.evolve`.

    Parameters
    ----------
    initial : SiteStates, DomainWall, RandomState, Gibbs or Vector
        The start; by default a wall in the middle.
    times : Moments
        When; by default 101 times up to 10.
    observables : sequence of str or Term, optional
        Densities by name and operators in words; by default all densities and the currents of those that are conserved.
    method : Exact, Chebyshev, Krylov, TensorNetwork or Auto
        How; in a file also just its name.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["lattice-evolution"] = "lattice-evolution"
    initial: LatticeStart = DomainWall()
    times: Moments = Moments()
    observables: tuple[str | Term, ...] | None = None
    method: LatticeMethod = Auto()

    models: ClassVar[tuple[type, ...]] = (Lattice,)
    title: ClassVar[str] = "exact dynamics of a lattice"
    first_of: ClassVar[tuple[str, ...]] = ("lattice",)

    @classmethod
    def suits(cls, model: Any) -> bool:
        """A closed one."""
        return bool(model.closed)

    def admit(self, model: Any) -> None:
        """Refuse jump operators, starts and observables that the model does not have, and what does not fit in memory."""
        if isinstance(model, Lattice):
            check_closed(model)
        super().admit(model)
        if self._long(model) is not None:
            begun(self._cells(model), self.initial)
            tensor_in_time.check_span(self._network, self._cells(model), self.times.resolve())
        _checks.memory(
            "sites", model.size, self.memory(model), "take fewer sites, times or samples, or a smaller sector"
        )

    def answered(self, model: Any, progress: Progress | None = None) -> LatticeEvolution:
        """The verb."""
        return evolve_closed(
            model,
            self.times.resolve(),
            initial=self.initial,
            method=self.chosen,
            observables=self.observables,
            progress=progress,
        )

    def choice(self, model: Any) -> tuple[Any, str]:
        """The method that runs, and why."""
        long = self._long(model)
        if long is not None:
            return self._network, long
        if isinstance(self.method, Auto):
            space = self._space(model)
            return choose_lattice_method(space, count(space, self.initial))
        return self.method, asked_for(self._space(model), self.method)

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """Profiles, currents and observables over the times, and the energy."""
        T = self.times.resolve().size
        instant = Variable("instant", ("time",), (T,), f"1/({ENERGY})", "times", source="times")
        kept = [one.recorded.held.sized(T, len(one.operators)) for one in self._wanted(model)]
        if self._long(model) is None:
            return instant, *kept, TOTAL.sized(T)
        sizes = {dim: n for one in kept for dim, n in zip(one.dims, one.shape, strict=True)}
        return instant, *beside_bounds((*kept, TOTAL), {**sizes, "time": T})

    def told(self, found: LatticeEvolution) -> str:
        """How much of what was where has moved."""
        last, parts = min(float(found.times[-1]), found.known_until), []
        end = int(np.searchsorted(found.times, last))
        for of, values in found.profiles.items():
            profile = values if found.initial.samples is None else values.mean(axis=0)
            parts.append(f"{float(np.abs(profile[end] - profile[0]).sum()) / 2:.3g} of {of}")
        moved = f"; half of what the profiles changed adds up to {', '.join(parts)}" if parts else ""
        return f"A closed lattice from t = {found.times[0]:g} to {last:g}{moved}."

    def seconds(self, model: Any) -> float:
        """Of one sample: diagonalisation or products, and what is read off; good to a factor of a few."""
        if self._long(model) is not None:
            return tensor_in_time.seconds(self._network, self._cells(model), self.times.resolve())
        space, times = self._space(model), self.times.resolve()
        D, k = float(min(space.dimension, 10**100)), count(space, self.initial) / self.repeats(model)
        chosen = self.choice(model)[0]
        terms = len(model.strings.by_support())
        low, high = bounds(model.strings)
        reading = times.size * k * D * 4.0 * sum(len(one.operators) for one in self._wanted(model))
        if isinstance(chosen, Exact):
            m = float(sizes(space).largest)
            return float(0.05 + (20.0 * D * m**2 + 8.0 * D * m * k * times.size + reading) / RATE)
        products = (high - low) / 2 * float(times[-1]) + 60
        return float(0.05 + (products * D * k * 4.0 * terms + reading) / RATE)

    def memory(self, model: Any) -> float:
        """Of H, of what is read off, of the eigenvectors where they are found, and of the states in hand."""
        if self._long(model) is not None:
            return 1e6 + tensor_network.needed(self._network, self._cells(model))
        space, times = self._space(model), self.times.resolve().size
        k, method = count(space, self.initial), self.choice(model)[0]
        return 1e6 + memory_needed(space, k, self._wanted(model), times, method)

    def _space(self, model: Any) -> Space:
        return space_of(model, self.initial)

    def _wanted(self, model: Any) -> tuple[Quantity, ...]:
        return asked(model, self.observables)

    @property
    def _network(self) -> TensorNetwork:
        return self.method if isinstance(self.method, TensorNetwork) else TensorNetwork()

    def _cells(self, model: Any) -> Cells:
        return cells(model, wording.spoken(self._network))

    def _long(self, model: Any) -> str | None:
        """Why it goes as a tensor network; None where it does not."""
        if not may_be_long(model, self.chosen):
            return None
        return long_reason(model, self.chosen, self.initial, self.times.resolve(), self._wanted(model))


class EquationOfStateQuestion(Question):
    """Energy, heat capacity, entropy and static susceptibilities of a lattice over temperature; see `equation_of_state`.

    Parameters
    ----------
    temperatures : TemperatureRange or list of float
        By default 41 from 0.1 to 10, in units of energy.
    method : Exact, Typical or Auto
        How; in a file also just its name.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["equation-of-state"] = "equation-of-state"
    temperatures: Temperatures = TemperatureRange()
    method: ThermalMethod = Auto()

    models: ClassVar[tuple[type, ...]] = (Lattice,)
    title: ClassVar[str] = "equation of state of a lattice"
    bounded: ClassVar[frozenset[str]] = frozenset(one.name for one in NUMBERS)

    def admit(self, model: Any) -> None:
        """Refuse sectors that do not fit in memory."""
        super().admit(model)
        if isinstance(self.choice(model)[0], Exact):
            check_dense(sectors(model))
        _checks.memory("sites", model.size, self.memory(model), "take fewer sites, or Typical()")

    def answered(self, model: Any, progress: Progress | None = None) -> EquationOfState:
        """The verb."""
        return equation_of_state(model, self.temperatures.resolve(), method=self.chosen, progress=progress)

    def choice(self, model: Any) -> tuple[Any, str]:
        """The method that runs, and why."""
        if isinstance(self.method, Auto):
            return choose_thermal_method(model)
        return self.method, asked_for(largest_block(model), self.method)

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """Everything over the temperatures, and the lowest energy."""
        T = self.temperatures.resolve().size
        over = (*NUMBERS, *numbers_of(model.symmetries.conserved))
        at = Variable("at_temperature", ("place",), (T,), ENERGY, "T", source="temperatures")
        return at, *(replace(one, dims=("place",), shape=(T,)) for one in over), EquationOfState.variable("ground")

    def told(self, found: EquationOfState) -> str:
        """The largest heat capacity, and where."""
        k = int(found.heat_capacity.argmax())
        return (
            f"The heat capacity per site is largest at T = {found.temperatures[k]:.3g}, {found.heat_capacity[k]:.3g}."
        )

    def seconds(self, model: Any) -> float:
        """Diagonalisations, or products of all samples; good to a factor of a few."""
        every = sectors(model)
        dimensions = np.array([float(one.dimension) for one in every])
        if isinstance(self.choice(model)[0], Exact):
            largest = np.array([float(sizes(one).largest) for one in every])
            return float(0.02 + (4.0 * dimensions * largest**2).sum() / RATE / 10)
        products = 100.0 * getattr(self.choice(model)[0], "samples", 1)
        return float(0.05 + products * dimensions.sum() * 4.0 * len(model.strings.by_support()) / RATE)

    def memory(self, model: Any) -> float:
        """Of the largest sector."""
        if isinstance(self.choice(model)[0], Exact):
            return max(map(dense_memory, sectors(model))) + 1e6
        return max(sectors(model), key=lambda one: one.dimension).memory(1) + 1e6
