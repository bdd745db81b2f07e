"""What the subunits of a closed chain are in, in time; and how a chain that is run backwards finds its way back."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from caloriq._checks import Real
from caloriq.closed.local_states import WHOLES, LocalStates, begun, local_states
from caloriq.closed.methods import Auto, Method
from caloriq.closed.reversal import Reversal, check_reversal, reversal
from caloriq.closed.states import Haar, Level, Mixed, Vector
from caloriq.closed.wholes import check_states, whole
from caloriq.models.banded import BandedChain
from caloriq.models.fields import Index, Number, Seed, by_name
from caloriq.models.product_states import InBands, Thermal
from caloriq.models.times import Times
from caloriq.questions.base import Question
from caloriq.reduced.average.ham import ham
from caloriq.results import Progress
from caloriq.variables import INVERSE_GAP, Variable

RATE = 1e9  # products and sums per second, of a core: for a rough time only
Begun = Annotated[
    Haar | Level | Mixed | Vector | Thermal | InBands, Field(discriminator="kind"), BeforeValidator(by_name)
]


class _Parts(Question):
    """What questions of the subunits' states share."""

    initial: Begun | None = None
    times: Times = Times()
    method: Method = Auto()

    models: ClassVar[tuple[type, ...]] = WHOLES

    def admit(self, model: Any) -> None:
        """Refuse a start that the model does not have, and states that do not fit in memory."""
        super().admit(model)
        start = begun(model, self.initial)
        check_states(whole(model, self.chosen), start, self.instants(model).size)

    def instants(self, model: Any) -> Real:
        """Sampled times, in 1/ΔE."""
        theory = ham(model)
        slow = 1 / theory.fastest_rate if isinstance(model, BandedChain) else theory.relaxation_time
        return self.times.resolve(slow)

    def choice(self, model: Any) -> tuple[Any, str]:  # noqa: ARG002
        """The method, or how it is found."""
        if isinstance(self.method, Auto):
            return "auto", "auto: by the dimension of every space"
        return self.method, "as asked for"

    def memory(self, model: Any) -> float:
        """States at all times, twice, and the matrices."""
        here, start = whole(model, self.chosen), begun(model, self.initial)
        return 40.0 * self.instants(model).size * here.count(start) * here.dimension + 1e6

    def _one_way(self, model: Any) -> float:
        """Rough time of one evolution and of what is read off it."""
        here, start, times = whole(model, self.chosen), begun(model, self.initial), self.instants(model)
        columns, d = here.count(start), float(here.levels.size)
        width = np.ptp(here.levels) if isinstance(model, BandedChain) else model.bandwidth
        products = float(times[-1]) * (width + 2 * model.coupling * np.sqrt(d)) + 50
        evolution = min(columns * products * here.dimension * 4 * d, 3.0 * float(here.dimension) ** 3) / RATE
        reading = times.size * model.subunits * (columns * here.dimension * d + 10 * d**3) / RATE
        return float(0.01 + evolution + reading)


class LocalStatesQuestion(_Parts):
    """Temperature, distance from equilibrium and entropy of every subunit, in time; see `local_states`.

    Parameters
    ----------
    initial : a start of the model's kind, optional
        By default as for exact dynamics.
    times : Times
        When; by default 201 times up to 5/γ.
    method : Exact, Chebyshev, Krylov or Auto
        How; in a file also just its name.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["local-states"] = "local-states"

    title: ClassVar[str] = "temperatures and entropies of the subunits"

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """All variables of the result over the times."""
        sizes = {"time": self.instants(model).size, "subunit": model.subunits}
        instant = Variable("instant", ("time",), (sizes["time"],), INVERSE_GAP, "times", source="times")
        return (instant, *(one.sized(*(sizes[d] for d in one.dims)) for one in LocalStates.variables))

    def answered(self, model: Any, progress: Progress | None = None) -> LocalStates:
        """The verb."""
        return local_states(model, self.instants(model), initial=self.initial, method=self.chosen, progress=progress)

    def told(self, found: LocalStates) -> str:
        """Temperatures at first and at last, and how far the last states are from Gibbs states."""
        first, last, apart = (self._mean(found, a) for a in ("temperatures", "temperatures", "distances"))
        now, then = (", ".join(f"{T:.3g}" for T in row) for row in (first[0], last[-1]))
        return f"Temperatures of the subunits go from {now} to {then}, at trace distances up to {apart[-1].max():.2g} from Gibbs states."

    @staticmethod
    def _mean(found: LocalStates, name: str) -> Real:
        values: Real = getattr(found, name)
        return values if found.initial.samples is None else np.asarray(values.mean(axis=0))

    def seconds(self, model: Any) -> float:
        """One evolution and the reduced states; good to a factor of a few."""
        return self._one_way(model)


class ReversalQuestion(_Parts):
    """The way back from the last time, after kicks of one subunit; see `reversal`.

    Parameters
    ----------
    initial : a pure start of the model's kind, optional
        By default as for exact dynamics.
    times : Times
        When; from 0 to where the way is turned.
    strengths : sequence of float
        Of the kicks, in radian.
    subunit : int
        Which is kicked.
    seed : int
        Of the kick.
    method : Exact, Chebyshev, Krylov or Auto
        How; in a file also just its name.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["reversal"] = "reversal"
    strengths: tuple[Number, ...] = (0.0, 0.1, 1.0)
    subunit: Index = 0
    seed: Seed = 0

    title: ClassVar[str] = "the way back of a closed chain"

    def admit(self, model: Any) -> None:
        """Also refuse strengths, subunits and starts that there is no way back for."""
        super().admit(model)
        check_reversal(model, self.instants(model), list(self.strengths), self.subunit, self.initial, self.seed)

    def outputs(self, model: Any) -> tuple[Variable, ...]:
        """Entropies both ways, overlaps and distances."""
        sizes = {"time": self.instants(model).size, "subunit": model.subunits, "strength": len(self.strengths)}
        return (
            Variable("instant", ("time",), (sizes["time"],), INVERSE_GAP, "times", source="times"),
            Variable("kick", ("strength",), (sizes["strength"],), "radian", "strength of the kick", source="strengths"),
            *(one.sized(*(sizes[d] for d in one.dims)) for one in Reversal.variables),
        )

    def answered(self, model: Any, progress: Progress | None = None) -> Reversal:
        """The verb."""
        return reversal(
            model,
            self.instants(model),
            list(self.strengths),
            subunit=self.subunit,
            initial=self.initial,
            seed=self.seed,
            method=self.chosen,
            progress=progress,
        )

    def told(self, found: Reversal) -> str:
        """What is left of the start, by the strength of the kick."""
        parts = ", ".join(f"{o:.3g} after {s:g}" for s, o in zip(found.strengths, found.overlaps, strict=True))
        return f"The way back ends at an overlap with the start of {parts} rad in subunit {found.subunit}."

    def seconds(self, model: Any) -> float:
        """As many ways as there are kicks, and one."""
        return (1 + len(self.strengths)) * self._one_way(model)
