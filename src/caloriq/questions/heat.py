"""Heat conductivity of a pair of subunits with bands, by theory and from exact dynamics, at every point of a sweep."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np

from caloriq.models.banded import BandedChain
from caloriq.models.fields import Positive, Seed, Several
from caloriq.questions.base import Question
from caloriq.reduced.average.ham import ham
from caloriq.results import Progress
from caloriq.transport.heat import HeatResponse, check_pair, heat_response, reading_window
from caloriq.variables import GAP, Variable
from caloriq.verdicts.bands_by_rates import response_words

RATE = 1e9  # products and sums per second, of a core: for a rough time only
FOUND = tuple(one for one in HeatResponse.variables if one.name != "printed")


class HeatQuestion(Question):
    """Exact heat conductivity beside theory; see `heat_response`.

    Parameters
    ----------
    temperatures : sequence of float
        Mean temperatures, in ΔE.
    samples : int, optional
        Random starts; without it exact traces.
    seed : int, optional
        Of the starts.
    keep : sequence of str, optional
        Which quantities are kept; by default all.
    """

    kind: Literal["heat-response"] = "heat-response"
    temperatures: tuple[Positive, ...]
    samples: Several | None = None
    seed: Seed | None = None

    models: ClassVar[tuple[type, ...]] = (BandedChain,)
    title: ClassVar[str] = "heat conductivity of a pair with bands"

    @property
    def start_seed(self) -> Literal["fixed", "given", "open"]:
        """Whether traces are sampled, and whether the seed is left open."""
        if self.samples is None:
            return "fixed"
        return "open" if self.seed is None else "given"

    def with_start(self, seed: int) -> HeatQuestion:
        """The question with that seed."""
        return self.model_copy(update={"seed": seed})

    def admit(self, model: Any) -> None:
        """Refuse a chain of more than two subunits."""
        super().admit(model)
        check_pair(model)

    def admit_whole(self, model: Any) -> None:
        """Also refuse one whose decay is too fast, or its levels too few, for rates to be read."""
        super().admit_whole(model)
        reading_window(ham(model))

    def outputs(self, model: Any) -> tuple[Variable, ...]:  # noqa: ARG002
        """Both conductivities with their errors."""
        size = (len(self.temperatures),)
        return (
            Variable("mean_temperature", ("place",), size, GAP, "T", source="temperatures"),
            *(replace(one, dims=("place",), shape=size) for one in FOUND),
        )

    def answered(self, model: Any, progress: Progress | None = None) -> HeatResponse:
        """The verb."""
        temperatures = list(self.temperatures)
        return heat_response(model, temperatures, samples=self.samples, seed=self.seed or 0, progress=progress)

    def told(self, found: HeatResponse) -> str:
        """How far exact dynamics and linear response are apart."""
        return f"{response_words(found)}."

    def seconds(self, model: Any) -> float:
        """Diagonalisations of the shells in which bands exchange; measured, good to a factor of 3."""
        return float(0.04 + 1.5 * sum(size**3 for size in self._shells(model)) / RATE)

    def memory(self, model: Any) -> float:
        """A few complex matrices of the largest shell."""
        return 100.0 * max(self._shells(model)) ** 2

    @staticmethod
    def _shells(model: Any) -> list[float]:
        """States of a pair in every shell of more than one pair of bands, for bands at equal distances."""
        n = np.asarray(model.levels, dtype=float)
        sizes = np.convolve(n, n)
        return [float(size) for size in sizes[1:-1]] or [float(sizes[0])]
