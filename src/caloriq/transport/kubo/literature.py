"""A diffusivity that is known from elsewhere, to be shown beside what is found; it decides nothing."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Number


class KnownDiffusivity(Definition):
    """Where a diffusivity lies by the literature.

    Parameters
    ----------
    low, high : float
        Ends of the interval, in sites² times energy; the same for a single number.
    source : str
        Where it is known from.
    """

    low: Number
    high: Number
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.low > self.high:
            raise InvalidInput(
                f"`known` must have `low` of at most `high`, but it has not (got {self.low:g} and {self.high:g})"
            )
        return self

    def meets(self, low: float, high: float) -> bool:
        """Whether it has a number in common with an interval."""
        return low <= self.high and high >= self.low

    def facts(self) -> dict[str, Any]:
        """What a dataset keeps of it, in its attributes."""
        return {"known low": self.low, "known high": self.high, "known source": self.source}

    def beside(self, found: tuple[float, float] | None, what: str) -> str:
        """One sentence: whether an interval that was found meets it; None where there is none.

        Parameters
        ----------
        found : (float, float) or None
            Its ends.
        what : str
            What it is of.
        """
        known = f"[{self.low:.4g}, {self.high:.4g}] of {self.source}"
        if found is None:
            return f"There is no interval to hold against {known}: no plateau, and no strings that have converged."
        does = "meets" if self.meets(*found) else "does not meet"
        return f"The interval of {what}, [{found[0]:.4g}, {found[1]:.4g}], {does} {known}."
