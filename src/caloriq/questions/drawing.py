"""What questions share whose method may draw random numbers of its own."""

from __future__ import annotations

from typing import Any, Literal

from caloriq.accessor import STANDARD_ERROR
from caloriq.questions.base import BOUND
from caloriq.steady.methods import Trajectories


class Drawing:
    """Beside a question with a `method`: an ensemble draws the seed of the trajectories, and their numbers have standard errors."""

    @property
    def _drawn(self) -> Any:
        """The method that draws; None of another."""
        method = getattr(self, "method")  # noqa: B009 - of the question
        return method if isinstance(method, Trajectories) else None

    @property
    def beside(self) -> str:
        """Standard errors of numbers from samples, bounds of others."""
        return BOUND if self._drawn is None else STANDARD_ERROR

    @property
    def start_seed(self) -> Literal["fixed", "given", "open"]:
        """Of the trajectories."""
        if self._drawn is None:
            return "fixed"
        return "given" if "seed" in self._drawn.model_fields_set else "open"

    def with_start(self, seed: int) -> Any:
        """The question with the seed of the trajectories."""
        question: Any = self
        return question.model_copy(update={"method": self._drawn.model_copy(update={"seed": seed})})
