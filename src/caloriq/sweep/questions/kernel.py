"""The kernel of the populations of coupled units, at every point of a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from caloriq import _checks
from caloriq.errors import Unsupported
from caloriq.models.coupled import CoupledUnits, ExchangeChain
from caloriq.models.fields import Index, plain
from caloriq.models.occupations import Space, space
from caloriq.models.times import Instants
from caloriq.reduced.tcl.kernel import population_kernel
from caloriq.results import Certificate
from caloriq.sweep.questions.base import Output, Question

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
        Exact generator, or its expansion in the coupling.
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
        if model.bath is not None and self.order != 2:
            raise Unsupported(f"`order` must be 2 for units with a bath, but it is not (got {self.order})")
        _checks.memory("times", self.times.count, self.memory(model), "take fewer times, units or excitations")

    def outputs(self, model: Any) -> tuple[Output, ...]:
        """Rates, violations, and energies of the units."""
        T, states = len(self.times.resolve()), self._space(model)
        violations = tuple(Output(name, ("time",), (T,), "1", told) for name, told in FORMULAS)
        return (
            Output("instant", ("time",), (T,), "inverse energy unit", "times"),
            Output("rates", ("time", "bond"), (T, len(states.bonds)), "energy unit", "w(i, t) of every bond"),
            Output("misfit", ("time",), (T,), "1", "what the rates leave of the kernel"),
            *violations,
            Output("most_negative", ("time",), (T,), "energy unit", "most negative gain"),
            Output("local_energies", ("time", "unit"), (T, states.units), "energy unit", "energies of the units"),
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
        values |= {"most_negative": kernel.most_negative, "local_energies": energies}
        return values, kernel.certificate, kernel.method.name

    def seconds(self, model: Any) -> float:
        """Products of the states' matrices at every time; measured, good to a factor of 3."""
        D, T = float(self._space(model).dimension), len(self.times.resolve())
        if self.order == 2:
            return float(7e-3 + 200 * self._space(model).coupling.nnz * T / RATE)
        return (6e-3 if self.order == "exact" else 0.06) + 0.4 * D**3 * T / RATE

    def memory(self, model: Any) -> float:
        """That of the kernel at all times."""
        D, T = float(self._space(model).dimension), len(self.times.resolve())
        return 8.0 * D**2 * (T + 14) if self.order != 2 else 24.0 * T * self._space(model).coupling.nnz

    def _space(self, model: Any) -> Space:
        return _states(model, self.start)


@lru_cache(maxsize=64)
def _states(model: Any, start: tuple[int, ...] | None) -> Space:
    """States that the start reaches; asked several times of every point."""
    return space(model, None if start is None else list(start))
