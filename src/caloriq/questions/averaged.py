"""What the Hilbert space average method says: rate, criteria, conductivity; and how far the exact dynamics strays from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from caloriq import wording
from caloriq._checks import Real
from caloriq.closed.certify import check_start
from caloriq.closed.evolve import Evolution, choose_method, evolve
from caloriq.closed.methods import Auto, Exact, Method
from caloriq.closed.observables import OBSERVABLES
from caloriq.closed.states import Haar, Initial, Vector
from caloriq.models.fields import Positive
from caloriq.models.modular import ModularChain
from caloriq.models.network import ModularNetwork
from caloriq.models.times import Times
from caloriq.models.unequal import UnequalNetwork
from caloriq.questions.base import Question
from caloriq.questions.comparison import PEAK, RATE, Comparison, comparison
from caloriq.reduced.average.ham import ham
from caloriq.reduced.average.theory import Theory
from caloriq.results import Certificate, Progress
from caloriq.transport.deviation import LEAST, deviation
from caloriq.variables import GAP, INVERSE_GAP, Variable

SPEED = 2e9  # products and sums per second, of a core: for a rough time only

CRITERIA = (
    RATE,
    Variable("c1", (), (), "1", "2λn/δε", source=lambda theory: theory.criteria[0].value),
    Variable("c2", (), (), "1", "λ²n/δε²", source=lambda theory: theory.criteria[1].value),
)
# edges of several rates have no one conductivity: NaN
AVERAGED = (
    *CRITERIA,
    Variable("holds", (), (), "1", "whether all criteria are met", "truth"),
    PEAK,
    Variable(
        "peak_conductivity",
        units=GAP,
        long_name="the largest conductivity; NaN for edges that differ",
        source=lambda theory: theory.peak[1] if theory.uniform else None,
    ),
)


class HamQuestion(Question):
    """Rate, criteria and conductivity of modular chains and networks, in closed form.

    Parameters
    ----------
    temperatures : sequence of float, optional
        Where the conductivity is asked, in ΔE.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["ham"] = "ham"
    temperatures: tuple[Positive, ...] | None = None

    models: ClassVar[tuple[type, ...]] = (ModularChain, ModularNetwork, UnequalNetwork)
    title: ClassVar[str] = "Hilbert space average method"
    seeded: ClassVar[bool] = False

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002
        """Rate, criteria and conductivity."""
        if self.temperatures is None:
            return AVERAGED
        T = np.array(self.temperatures)

        def conducted(theory: Theory) -> Real | None:
            return theory.conductivity(T) if theory.uniform else None

        return (
            *AVERAGED,
            Variable("conductivity", ("place",), T.shape, GAP, "κ_th(T)", source=conducted),
            Variable("conductivity_temperature", ("place",), T.shape, GAP, "T", source=lambda _: T),
        )

    def answered(self, model: Any, progress: Progress | None = None) -> Theory:  # noqa: ARG002
        """The theory."""
        return ham(model)

    def choice(self, model: Any) -> tuple[Any, str]:
        """The one that the theory names."""
        method = ham(model).method
        return method.name, method.reason

    def told(self, found: Theory) -> str:
        """Whether the criteria are met, and which are not."""
        failed = ", ".join(c.name for c in found.criteria if not c.holds)
        return (
            f"The criteria of the rate equation are not met: {failed} fails."
            if failed
            else "All criteria of the rate equation are met."
        )

    def seconds(self, model: Any) -> float:  # noqa: ARG002
        """Next to nothing: it is a formula."""
        return 1e-4

    def memory(self, model: Any) -> float:
        """That of the model's matrices."""
        return float(32.0 * model.elements)


class _Exact(Question):
    """What questions of exact dynamics share."""

    initial: Initial = Haar()
    method: Method = Auto()

    models: ClassVar[tuple[type, ...]] = (ModularChain, ModularNetwork, UnequalNetwork)

    def admit(self, model: Any) -> None:
        """Refuse a start that the model does not have, and what does not fit in memory."""
        super().admit(model)
        check_start(model, self.initial, 1)
        model.check_memory()

    def answered(self, model: Any, progress: Progress | None = None) -> Comparison:
        """Exact dynamics, and the rate equation beside it."""
        return comparison(self.evolved(model, self._instants(model), OBSERVABLES, progress), ham(model))

    def summary(self, found: Comparison) -> dict[str, Any]:
        """Rate, criteria, D² and the largest conductivity."""
        theory, judged = found.theory, found.judged
        T, peaks = theory.edge_peaks
        busiest = {"busiest": theory.busiest.value} if isinstance(theory.model, ModularNetwork | UnequalNetwork) else {}
        return {
            "rate": theory.rate,
            "criteria": {c.name: c.to_mapping() for c in theory.criteria},
            "deviation": None if judged is None else judged.deviation.values,
            "deviation_error": None if judged is None else judged.deviation.errors,
            "conductivity_peak": {
                "temperature": T,
                "value": theory.peak[1] if theory.uniform else None,
                "edges": [float(peaks.min()), float(peaks.max())],
            },
            **busiest,
        }

    def plan(self, model: Any) -> dict[str, Any]:
        """Rate and criteria, and the method with the memory of the Hamiltonian."""
        theory = ham(model)
        return {
            **super().plan(model),
            "rate": theory.rate,
            "5/γ": 5 / theory.rate,
            "criteria": {c.name: str(c) for c in theory.criteria},
            "hamiltonian": wording.size(model.memory_needed()),
        }

    def evolved(self, model: Any, times: Real, wanted: tuple[Any, ...], progress: Progress | None = None) -> Evolution:
        """Exact dynamics."""
        return evolve(model, times, initial=self.initial, observables=wanted, method=self.chosen, progress=progress)

    def choice(self, model: Any) -> tuple[Any, str]:
        """The method that runs, and why."""
        if isinstance(self.method, Auto):
            return choose_method(model, initial=self.initial)
        return self.method, "as asked for"

    def seconds(self, model: Any) -> float:
        """By the method that runs: products of the Hamiltonian, or a diagonalisation; measured, good to a factor of 3."""
        chosen = self.choice(model)[0]
        D, times, few = float(model.dimension), self._instants(model), self._few()
        last, count = float(times[-1]), times.size
        if isinstance(chosen, Exact):
            each = 4e-11 * D**3 if few and isinstance(self.initial, Haar) else 1e-7 * D  # a time, by what is recorded
            return float(2.5e-3 + count * each + 1.7e-7 * D**2 + 5.5e-10 * D**3)
        products = last * (model.span / 2 + 2 * model.coupling * np.sqrt(np.max(model.levels))) + 50
        elements = 2.0 * model.elements + D
        return float(4e-3 + 5.5e-8 * D * count + products * elements / SPEED)

    def memory(self, model: Any) -> float:
        """That of the model's matrices, a few times, and of the eigenvectors where they are found."""
        chosen = self.choice(model)[0]
        dense = 70.0 * float(model.dimension) ** 2 if isinstance(chosen, Exact) else 0.0
        return float(48.0 * model.elements + dense + 1e6)

    def _instants(self, model: Any) -> Real:
        """When it is looked at."""
        raise NotImplementedError

    def _few(self) -> bool:
        """Whether populations alone are recorded."""
        return True


class DeviationQuestion(_Exact):
    """How far exact dynamics strays from the rate equation, over 5/γ (PRL 15, PRE 33).

    Parameters
    ----------
    initial : Haar, Level, Mixed or Vector
        The start; by default a random state of the first subunit.
    spans, count : float, int
        Length of the window in 1/γ, and number of times in it.
    method : Exact, Chebyshev, Krylov or Auto
        How; in a file also just its name.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["deviation"] = "deviation"
    spans: Positive = 5.0
    count: Annotated[int, Field(ge=LEAST)] = 201

    title: ClassVar[str] = "exact dynamics beside the rate equation"

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """D², what does not spread, how fast it does, and the criteria."""
        N = (model.subunits,)
        return (
            Variable("deviation", ("subunit",), N, "1", "D² of every subunit"),
            Variable("deviation_error", ("subunit",), N, "1", "its quadrature error"),
            Variable(
                "retained",
                (),
                (),
                "1",
                "P of the subunit of the start, averaged over the last fifth, minus that at equilibrium",
            ),
            Variable("speed", (), (), "1", "1/e time of the rate equation over that of the exact decay"),
            *CRITERIA,
        )

    def solve(self, model: Any) -> tuple[Mapping[str, Any], Certificate, str]:
        """Both, and their distance."""
        theory = ham(model)
        times = self._instants(model)
        exact = self.evolved(model, times, ("populations",))
        found = deviation(exact, theory, spans=self.spans)
        P = exact.populations
        start = int(P[0].argmax())
        share = model.counts[start] / model.dimension  # at equilibrium
        alone = not isinstance(self.initial, Vector)
        expected = theory.solve(times, initial=start if alone else P[0]).populations[:, start]
        values = {
            "deviation": found.values,
            "deviation_error": found.errors,
            "retained": P[-(times.size // 5) :, start].mean() - share,
            "speed": decay_time(expected, times, share) / decay_time(P[:, start], times, share),
            **{one.name: one.of(theory) for one in CRITERIA},
        }
        return values, exact.certificate, exact.method.name

    def _instants(self, model: Any) -> Real:
        return np.linspace(0.0, self.spans / ham(model).rate, self.count)


class EvolveQuestion(_Exact):
    """Exact dynamics at given times.

    Parameters
    ----------
    initial : Haar, Level, Mixed or Vector
        The start; by default a random state of the first subunit.
    times : Times
        When; by default 201 times up to 5/γ.
    method : Exact, Chebyshev, Krylov or Auto
        How; in a file also just its name.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["evolve"] = "evolve"
    times: Times = Times()

    title: ClassVar[str] = "exact dynamics"
    first_of: ClassVar[tuple[str, ...]] = ("modular-chain", "modular-network", "unequal-network")

    def _instants(self, model: Any) -> Real:
        return self.times.resolve(ham(model).relaxation_time)

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """Populations, energies and currents over the times."""
        T, N, B = self._instants(model).size, model.subunits, model.bond_count
        return (
            Variable("instant", ("time",), (T,), INVERSE_GAP, "times", source="times"),
            Evolution.variable("populations").sized(T, N),
            Evolution.variable("local_energies").sized(T, N),
            Evolution.variable("currents").sized(T, B),
        )

    def point(self, model: Any) -> Evolution:
        """The verb, without the rate equation."""
        return self.evolved(model, self._instants(model), ("populations",) if self._few() else OBSERVABLES)

    def _few(self) -> bool:
        return self.keep is not None and not {"local_energies", "currents"} & set(self.keep)


def decay_time(population: Real, times: Real, share: float) -> float:
    """First time at which P has come within 1/e of its way to its share at equilibrium, 1/N of equal subunits; NaN if it never does."""
    target = share + (population[0] - share) / np.e
    below = np.flatnonzero(population <= target)
    if below.size == 0 or below[0] == 0:
        return float("nan")
    k = int(below[0])
    share = (population[k - 1] - target) / (population[k - 1] - population[k])
    return float(times[k - 1] + share * (times[k] - times[k - 1]))
