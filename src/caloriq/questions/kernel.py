"""The kernel of the populations of coupled units, at every point of a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from caloriq import _checks
from caloriq.errors import Unsupported
from caloriq.models.correlations import PureDephasing
from caloriq.models.coupled import CoupledUnits, ExchangeChain
from caloriq.models.fields import Index, plain
from caloriq.models.occupations import Space, space
from caloriq.models.times import Instants
from caloriq.questions.base import Question
from caloriq.reduced.tcl.damped import LARGEST
from caloriq.reduced.tcl.kernel import population_kernel
from caloriq.results import Certificate
from caloriq.variables import Variable

RATE = 1e9  # products and sums per second, of a core: for a rough time only
FORMULAS = (
    ("locality", "A1: share of the gains that is no sum over coupled pairs"),
    ("energy_conservation", "A2: share of the rest that is no exchange of equal energies"),
    ("level_independence", "A3: share of the rest that depends on the levels"),
)


class KernelQuestion(Question):
    """Rates of the bonds and violations of the assumptions that lead to Fourier's law, over time (WS 4-9).

    Parameters
    ----------
    order : {"exact", 2, 4}
        Exact generator, with white noise too up to 30 states, or its expansion in the coupling.
    times : Instants
        When.
    start : sequence of int, optional
        Levels of the units at the start, which name the sector; by default one excitation in the first.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["kernel"] = "kernel"
    order: Annotated[Literal["exact", 2, 4], BeforeValidator(plain)] = 2
    times: Instants = Instants()
    start: tuple[Index, ...] | None = None

    models: ClassVar[tuple[type, ...]] = (CoupledUnits, ExchangeChain)
    title: ClassVar[str] = "kernel of the populations"

    def admit(self, model: Any) -> None:
        """Refuse what does not fit in memory."""
        super().admit(model)
        white = isinstance(model.bath, PureDephasing)
        if model.bath is not None and self.order != 2 and not (self.order == "exact" and white):
            raise Unsupported(
                f"`order` must be {'2 or exact' if white else '2'} for units with such a bath, but it is not (got {self.order})"
            )
        if white and self.order == "exact" and self._space(model).dimension > LARGEST:
            raise Unsupported(
                f"`order` must be tractable, but the exact kernel with a bath takes the density matrix of all states (got {self._space(model).dimension} states, at most {LARGEST}); use order 2"
            )
        _checks.memory("times", self.times.count, self.memory(model), "take fewer times, units or excitations")

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """Rates, violations, and energies of the units."""
        T, states = len(self.times.resolve()), self._space(model)
        violations = tuple(Variable(name, ("time",), (T,), "1", told) for name, told in FORMULAS)
        return (
            Variable("instant", ("time",), (T,), "inverse energy unit", "times"),
            Variable("rates", ("time", "bond"), (T, len(states.bonds)), "energy unit", "w(i, t) of every bond"),
            Variable("error", ("time",), (T,), "energy unit", "bound on the error of every rate and gain"),
            Variable("misfit", ("time",), (T,), "1", "what the rates leave of the kernel"),
            *violations,
            Variable("most_negative", ("time",), (T,), "energy unit", "most negative gain"),
            Variable("local_energies", ("time", "unit"), (T, states.units), "energy unit", "energies of the units"),
        )

    def solve(self, model: Any) -> tuple[Mapping[str, Any], Certificate, str]:
        """The verb, and its equation from the start."""
        times = self.times.resolve()
        start = None if self.start is None else list(self.start)
        kernel = population_kernel(model, times, order=self.order, start=start)
        assumptions, rates = kernel.assumptions(), kernel.rates()
        energies = kernel.solve(times, initial=start).local_energies
        values = {name: getattr(assumptions, name) for name, _ in FORMULAS}
        values |= {"instant": times, "rates": rates.values, "misfit": rates.misfit}
        values |= {"error": kernel.errors}
        values |= {"most_negative": kernel.most_negative, "local_energies": energies}
        return values, kernel.certificate, kernel.method.name

    def seconds(self, model: Any) -> float:
        """Products of the states' matrices at every time, exponentials in fourth order; measured, good to a factor of 3."""
        states, T = self._space(model), len(self.times.resolve())
        D, made = float(states.dimension), 6e-3 + 2.1e-5 * states.units**2  # what is made of the units alone
        if self.order == 2:
            return float(made + T * (5e-5 + 9e-8 * states.coupling.nnz))
        if self.order == "exact" and model.bath is not None:
            return float(made + 25 * D**6 / RATE + (T + 30) * (2e-4 + 4 * D**4 / RATE))
        if self.order == "exact":
            return float(made + T * (1.4e-4 + 0.58 * D**3 / RATE))
        return float(made + (T + 45) * (2.2e-4 + 280 * D**3 / RATE))  # the integration asks at times of its own

    def memory(self, model: Any) -> float:
        """That of the kernel at all times."""
        D, T = float(self._space(model).dimension), len(self.times.resolve())
        if self.order == 2:
            return float(24.0 * T * self._space(model).coupling.nnz)
        if model.bath is not None:
            return max(100.0 * D**4, 8.0 * D**2 * (T + 14))
        return 8.0 * D**2 * (T + 14) + (1600.0 * D**2 if self.order == 4 else 0.0)

    def _space(self, model: Any) -> Space:
        return _states(model, self.start)


@lru_cache(maxsize=64)
def _states(model: Any, start: tuple[int, ...] | None) -> Space:
    """States that the start reaches; asked several times of every point."""
    return space(model, None if start is None else list(start))
