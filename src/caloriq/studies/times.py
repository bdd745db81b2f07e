"""When exact dynamics is looked at, as a file says it."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Number, Positive, Several


class Times(Definition):
    """Sampled times.

    Parameters
    ----------
    stop : float
        Last time, in `unit`.
    count : int
        Number of times from 0 to `stop`, evenly spaced.
    unit : {"relaxation", "natural"}
        1/γ of the model (for several bands that of the fastest rate), or 1/ΔE.
    values : list of float, optional
        The times themselves, in `unit`, instead of `stop` and `count`.
    """

    stop: Positive = 5.0
    count: Several = 201
    unit: Literal["relaxation", "natural"] = "relaxation"
    values: list[Number] | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.values is not None and self.model_fields_set & {"stop", "count"}:
            raise InvalidInput(
                "`times.values` must stand alone, but `stop` or `count` is given too (got both); leave one out"
            )
        return self

    def resolve(self, relaxation_time: float) -> Real:
        """Instants in 1/ΔE, given 1/γ."""
        _checks.memory("count", self.count, 64.0 * self.count, "take fewer times")
        unit = relaxation_time if self.unit == "relaxation" else 1.0
        raw = np.linspace(0.0, self.stop, self.count) if self.values is None else np.asarray(self.values, dtype=float)
        return _checks.times(raw * unit, "times.values")
