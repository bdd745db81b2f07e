"""Conductivity of chains of subunits by the correlation of the current, and between baths."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from caloriq._checks import Real
from caloriq.models.banded import BandedChain
from caloriq.models.driven_modular import DrivenModularChain
from caloriq.models.fields import Positive, Seed, Several
from caloriq.models.modular import ModularChain
from caloriq.questions.base import Question
from caloriq.reduced.average.ham import ham
from caloriq.results import Progress
from caloriq.steady.methods import Full, OneExcitation
from caloriq.steady.modular import DrivenModularState, check_driven, steady_modular
from caloriq.transport.green_kubo import GreenKubo, check_spaces, green_kubo, space_sizes
from caloriq.variables import ENERGY, GAP, INVERSE_GAP, Variable

RATE = 1e9  # products and sums per second, of a core: for a rough time only


class GreenKuboQuestion(Question):
    """Diffusivity of one excitation, or heat conductivity of a chain with bands, from the current's correlation; see `green_kubo`.

    Parameters
    ----------
    temperatures : sequence of float, optional
        Of a banded chain; by default its gap.
    count : int
        Number of times from 0 to the decay time of the fastest rate.
    samples : int, optional
        Random states in the place of exact traces.
    seed : int, optional
        Of the samples.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["green-kubo"] = "green-kubo"
    temperatures: tuple[Positive, ...] | None = None
    count: Several = 61
    samples: Several | None = None
    seed: Seed | None = None

    models: ClassVar[tuple[type, ...]] = (ModularChain, BandedChain)
    title: ClassVar[str] = "correlation of the current"

    @property
    def start_seed(self) -> Literal["fixed", "given", "open"]:
        """Whether traces are sampled, and whether the seed is left open."""
        if self.samples is None:
            return "fixed"
        return "open" if self.seed is None else "given"

    def with_start(self, seed: int) -> GreenKuboQuestion:
        """The question with that seed."""
        return self.model_copy(update={"seed": seed})

    def admit(self, model: Any) -> None:
        """Refuse temperatures that do not fit the model, and spaces too large for traces."""
        super().admit(model)
        check_spaces(model, self._times(model), self.temperatures, self.samples)

    def _times(self, model: Any) -> Real:
        return np.linspace(0.0, 1 / ham(model).fastest_rate, self.count)

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """The value read, with its error, and the running integral beside that of the rates."""
        T, heat = (self.count,), isinstance(model, BandedChain)
        here, size = (("place",), (len(self.temperatures or (0,)),)) if heat else ((), ())
        found = [Variable("instant", ("time",), T, INVERSE_GAP, "times", source="times")]
        if heat:
            found.append(Variable("mean_temperature", here, size, GAP, "T", source="temperatures"))
        for name, told in (("value", "read from the window"), ("error", "its error"), ("theory", "by the rates")):
            found.append(Variable(name, here, size, GAP, told))
        found += [
            Variable(name, (*here, "time"), (*size, *T), GAP, f"{name.replace('_', ' ')} of the integral")
            for name in ("running", "running_error", "by_rates")
        ]
        return tuple(found)

    def answered(self, model: Any, progress: Progress | None = None) -> GreenKubo:
        """The verb."""
        T = None if self.temperatures is None else list(self.temperatures)
        return green_kubo(
            model, self._times(model), temperatures=T, samples=self.samples, seed=self.seed or 0, progress=progress
        )

    def told(self, found: GreenKubo) -> str:
        """The value beside that of the rates."""
        if found.notes():
            return found.notes()[0]
        what = "κ_th" if found.heat else "The diffusivity"
        ratio, off = (np.atleast_1d(np.asarray(x) / found.theory) for x in (found.value, found.error))
        parts = ", ".join(f"{r:.3f} ± {e:.3f}" for r, e in zip(ratio.tolist(), off.tolist(), strict=True))
        return f"{what} by the correlation of the current is {parts} times that of the rate equation."

    def seconds(self, model: Any) -> float:
        """Eigendecompositions, or evolutions of samples; good to a factor of a few."""
        sizes = np.array(space_sizes(model), dtype=float)
        if self.samples is None:
            return float(0.02 + (20 * sizes**3 + self.count * 2 * sizes**2).sum() / RATE)
        products = self._times(model)[-1] * np.max(model.bandwidth) + 50
        return float(0.02 + (2 * self.samples * products * sizes * 4 * np.max(model.levels)).sum() / RATE)

    def memory(self, model: Any) -> float:
        """A few complex matrices of the largest space."""
        return 1e6 + (
            100.0 * max(space_sizes(model)) ** 2
            if self.samples is None
            else 64.0 * max(space_sizes(model)) * self.count
        )


class DrivenModularQuestion(Question):
    """Steady state of a modular chain between baths; see `steady_modular`.

    Parameters
    ----------
    whole : bool, optional
        Whether all product states are kept, or at most one excitation; by default all where they are few.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["modular-steady-state"] = "modular-steady-state"
    whole: bool | None = None

    models: ClassVar[tuple[type, ...]] = (DrivenModularChain,)
    title: ClassVar[str] = "steady state of a modular chain between baths"
    first_of: ClassVar[tuple[str, ...]] = ("driven-modular-chain",)

    @property
    def _method(self) -> Any:
        return {None: "auto", True: Full(), False: OneExcitation()}[self.whole]

    def admit(self, model: Any) -> None:
        """Refuse a space that is too large, and baths that lose nothing."""
        super().admit(model)
        check_driven(model, self._method)

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """All variables of the result."""
        N, B = model.subunits, len(model.baths)
        sizes = {
            "populations": (N,),
            "temperatures": (N,),
            "currents": (N - 1,),
            "transfer_rates": (N - 1,),
            "currents_at_mean": (N - 1,),
        }
        sizes |= {"excitation_currents": (B,), "heat_currents": (B,)}
        bound = Variable(
            "transfer_rates_error",
            ("bond",),
            (N - 1,),
            ENERGY,
            "bound on transfer_rates",
            source="transfer_rates_bound",
        )
        own = tuple(one.sized(*sizes.get(one.name, ())) for one in DrivenModularState.variables)
        return (*own, bound)

    def answered(self, model: Any, progress: Progress | None = None) -> DrivenModularState:  # noqa: ARG002
        """The verb."""
        return steady_modular(model, self._method)

    def choice(self, model: Any) -> tuple[Any, str]:
        """At most one excitation, or all product states."""
        return check_driven(model, self._method)

    def told(self, found: DrivenModularState) -> str:
        """Transfer rates beside that of the closed chain."""
        rate = ham(found.model.chain).rate
        if not np.all(np.isfinite(found.transfer_rates)):
            return "A modular chain between baths: no transfer rate is told where baths have no temperatures, or none that differ."
        parts = ", ".join(f"{r / rate:.3f}" for r in found.transfer_rates.tolist())
        return f"Between the baths current over population difference is {parts} times the rate of the closed chain, bond by bond."

    def seconds(self, model: Any) -> float:
        """One eigendecomposition, or a factorisation."""
        whole = isinstance(check_driven(model, self._method)[0], Full)
        size = float(model.chain.levels + 1) ** model.subunits if whole else float(model.chain.dimension)
        return float(0.01 + (2 * size**4.5 if whole else 240 * size**3) / RATE)

    def memory(self, model: Any) -> float:
        """Matrices of that size."""
        whole = isinstance(check_driven(model, self._method)[0], Full)
        size = float(model.chain.levels + 1) ** model.subunits if whole else float(model.chain.dimension)
        return 1e6 + (200.0 * size**3.5 if whole else 160.0 * size**2)
