"""Whether a steady state obeys the second law, and the sentence about one that does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

SIGMAS = 4.0  # standard errors that a number is taken to be off by at most


class Producing:
    """What results with an entropy production share; a class says in `against`, the end of a sentence, why that can be negative."""

    entropy_production: float
    bounds: Mapping[str, Any]
    against: ClassVar[str] = ""

    @property
    def second_law(self) -> bool:
        """Whether the entropy production is not negative beyond its own error; nothing is known where it is no number."""
        return not self.entropy_production < -float(self.room("entropy_production"))

    def room(self, name: str) -> Any:
        """By how much a number may be off: its bound, or four standard errors."""
        errors = getattr(self, "standard_errors", {})
        return self.bounds[name] if name in self.bounds else SIGMAS * errors[name]

    @property
    def cause(self) -> str:
        """Why the second law is broken where it is, as the end of a sentence."""
        return self.against

    @property
    def broken_law(self) -> str | None:
        """In one sentence, that the second law is broken; None where it is not."""
        if self.second_law:
            return None
        return f"The entropy production is negative ({self.entropy_production:.3g}){self.cause}."
