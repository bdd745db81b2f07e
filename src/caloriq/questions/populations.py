"""The kernel of the populations of coupled units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, model_validator

from caloriq import _checks
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.coupled import CoupledUnits, ExchangeChain
from caloriq.models.densities import GivenDensity, told_density
from caloriq.models.fields import Index, plain
from caloriq.models.times import Instants
from caloriq.questions.base import Question
from caloriq.questions.population_comparison import PopulationComparison
from caloriq.reduced.populations.damped import LARGEST
from caloriq.reduced.populations.equation import Populations, schroedinger_memory
from caloriq.reduced.populations.kernel import markov_kernel, population_kernel
from caloriq.reduced.populations.markov import Markov
from caloriq.reduced.populations.solution import PopulationKernel
from caloriq.reduced.populations.space import Space, space, white
from caloriq.results import Progress
from caloriq.variables import ENERGY, Variable, parts

COMPARED = 3000  # states up to which the Schrödinger equation is solved beside the kernel
RATE = 1e9  # products and sums per second, of a core: for a rough time only
VIOLATIONS = ("locality", "energy_conservation", "level_independence")


class KernelQuestion(Question):
    """Rates of the bonds and violations of the assumptions that lead to Fourier's law, over time (WS 4-9).

    Parameters
    ----------
    order : {"auto", "exact", 2, 4, "markov"}
        Exact generator, with white noise too up to 30 states, its expansion in the coupling, or (of one model) the Markov
        limit of the second order. Auto, where a file names no question: exact for a closed model, 2 for one with a bath.
    times : Instants
        When.
    start : sequence of int, optional
        Levels of the units at the start, which name the sector; by default one excitation in the first.
    density : float, DetuningDensity or SampledDensity, optional
        Γ(0) of the Markov limit, or Γ(Δ).
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["kernel"] = "kernel"
    order: Annotated[Literal["auto", "exact", 2, 4, "markov"], BeforeValidator(plain)] = 2
    times: Instants = Instants()
    start: tuple[Index, ...] | None = None
    density: GivenDensity | None = None

    models: ClassVar[tuple[type, ...]] = (CoupledUnits, ExchangeChain)
    title: ClassVar[str] = "kernel of the populations"
    first_of: ClassVar[tuple[str, ...]] = ("coupled-units", "exchange-chain")

    @model_validator(mode="after")
    def _markov_alone(self) -> Self:
        if self.density is not None and self.order != "markov":
            raise InvalidInput(
                f"`density` must be left out but for the Markov limit, but it is given (got {told_density(self.density)} with order {self.order})"
            )
        return self

    @classmethod
    def from_sections(cls, sections: Mapping[str, Any]) -> tuple[Question, ...]:
        """The order is chosen by the model unless the file says it."""
        return (cls.from_mapping({"order": "auto", **sections}),)

    def order_of(self, model: Any) -> Literal["exact", 2, 4, "markov"]:
        """The order that runs."""
        if self.order != "auto":
            return self.order
        return "exact" if model.bath is None else 2

    def answered(self, model: Any, progress: Progress | None = None) -> PopulationComparison:
        """The point, and the populations of the Schrödinger or master equation where that is small enough."""
        found, start, t = self.point(model, progress), self._start, self.times.resolve()
        kernel, exact = found.kernel, None
        if model.bath is not None and white(kernel.space) and kernel.space.dimension <= LARGEST:
            exact = kernel.master_equation(t, initial=start)
        elif model.bath is None and kernel.space.dimension <= COMPARED:
            D = kernel.space.dimension
            _checks.memory("start", f"{D} states", schroedinger_memory(D), "take fewer units or excitations")
            exact = kernel.schroedinger(t, initial=start)
        return replace(found, exact=exact)

    def point(self, model: Any, progress: Progress | None = None) -> PopulationComparison:
        """Kernel, and its populations."""
        kernel = self._kernel(model, progress)
        mine = kernel.solve(self.times.resolve(), initial=self._start)
        return PopulationComparison(model, kernel.method, kernel.certificate, kernel, mine, None)

    def summary(self, found: PopulationComparison) -> dict[str, Any]:
        """Rates and violations at the last time."""
        kernel = found.kernel
        a, rates = kernel.assumptions(), kernel.rates()
        numbers: dict[str, Any] = {
            "rates": dict(zip([f"{i}-{j}" for i, j in rates.bonds.tolist()], rates.values[-1], strict=True)),
            "violations": {name.replace("_", " "): getattr(a, name)[-1] for name in VIOLATIONS},
            "error_of_the_gains": kernel.errors[-1],
            "most_negative_gain": kernel.most_negative.min(),
        }
        if found.distance is not None:
            whose = "schroedinger" if found.model.bath is None else "master_equation"
            numbers[f"distance_from_{whose}"] = found.distance
        if kernel.condition is not None:
            numbers["condition"] = kernel.condition.max()
        return numbers

    def plan(self, model: Any) -> dict[str, Any]:
        """States and order."""
        return {**super().plan(model), "states": self._space(model).dimension, "order": self.order_of(model)}

    def choice(self, model: Any) -> tuple[Any, str]:
        """The order, and who chose it."""
        return (
            f"order {self.order_of(model)}",
            "auto: by the model's bath" if self.order == "auto" else "as asked for",
        )

    def admit_whole(self, model: Any) -> None:
        """Also refuse a limit that does not exist."""
        super().admit_whole(model)
        if self.order == "markov":
            Markov(self._space(model), self.density)

    def admit_sample(self, model: Any) -> None:
        """As `admit`; a limit has no times to sweep over."""
        if self.order == "markov":
            raise InvalidInput("`order` must be auto, exact, 2 or 4 in a sweep, but it is not (got markov)")
        super().admit_sample(model)

    def admit(self, model: Any) -> None:
        """Refuse what does not fit in memory."""
        super().admit(model)
        noisy = white(self._space(model))
        order = self.order_of(model)
        if model.bath is not None and order not in (2, "markov") and not (order == "exact" and noisy):
            raise Unsupported(
                f"`order` must be {'2 or exact' if noisy else '2'} for units with such a bath, but it is not (got {self.order})"
            )
        if noisy and order == "exact" and self._space(model).dimension > LARGEST:
            raise Unsupported(
                f"`order` must be tractable, but the exact kernel with a bath takes the density matrix of all states (got {self._space(model).dimension} states, at most {LARGEST}); use order 2"
            )
        _checks.memory("times", self.times.count, self.memory(model), "take fewer times, units or excitations")

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """Rates, violations, and energies of the units."""
        T, states = len(self.times.resolve()), self._space(model)
        names, declared = ("error", "misfit", *VIOLATIONS, "most_negative"), PopulationComparison.variable
        (energies,) = parts("mine", (Populations.variable("local_energies"),))
        return (
            Variable("instant", ("time",), (T,), f"1/({ENERGY})", "times", source=lambda found: found.mine.times),
            replace(declared("rate"), name="rates", shape=(T, len(states.bonds))),
            *(declared(name).sized(T) for name in names),
            replace(energies, dims=("time", "unit"), shape=(T, states.units)),
        )

    def seconds(self, model: Any) -> float:
        """Products of the states' matrices at every time, exponentials in fourth order; measured, good to a factor of 3."""
        states, T, order = self._space(model), len(self.times.resolve()), self.order_of(model)
        D, made = float(states.dimension), 6e-3 + 2.1e-5 * states.units**2  # what is made of the units alone
        if order in (2, "markov"):
            return float(made + T * (5e-5 + 9e-8 * states.coupling.nnz))
        if order == "exact" and model.bath is not None:
            return float(made + 25 * D**6 / RATE + (T + 30) * (2e-4 + 4 * D**4 / RATE))
        if order == "exact":
            return float(made + T * (1.4e-4 + 0.58 * D**3 / RATE))
        return float(made + (T + 45) * (2.2e-4 + 280 * D**3 / RATE))  # the integration asks at times of its own

    def memory(self, model: Any) -> float:
        """That of the kernel at all times, and of the exact dynamics that may stand beside it."""
        D, T, order = float(self._space(model).dimension), len(self.times.resolve()), self.order_of(model)
        if order in (2, "markov"):
            return float(24.0 * (T if order == 2 else 1) * self._space(model).coupling.nnz)
        if model.bath is not None:
            return max(100.0 * D**4, 8.0 * D**2 * (T + 14))
        return 8.0 * D**2 * (T + 14) + (1600.0 * D**2 if order == 4 else 0.0)

    @property
    def _start(self) -> list[int] | None:
        return None if self.start is None else list(self.start)

    def _kernel(self, model: Any, progress: Progress | None = None) -> PopulationKernel:
        order = self.order_of(model)
        if order == "markov":
            return markov_kernel(model, density=self.density, start=self._start)
        return population_kernel(model, self.times.resolve(), order=order, start=self._start, progress=progress)

    def _space(self, model: Any) -> Space:
        return _states(model, self.start)


@lru_cache(maxsize=64)
def _states(model: Any, start: tuple[int, ...] | None) -> Space:
    """States that the start reaches; asked several times of every point."""
    return space(model, None if start is None else list(start))
