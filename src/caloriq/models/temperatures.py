"""Temperatures as a file says them."""

from __future__ import annotations

from typing import Annotated, Any, Self

import numpy as np
from pydantic import BeforeValidator, SerializerFunctionWrapHandler, model_serializer, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Positive, Several


class TemperatureRange(Definition):
    """Temperatures in equal steps of their logarithm, or the temperatures themselves.

    Parameters
    ----------
    start, stop : float
        Lowest and highest, in units of energy.
    count : int
        How many.
    values : list of float, optional
        The temperatures themselves instead; in a file also just the list.
    """

    start: Positive = 0.1
    stop: Positive = 10.0
    count: Several = 41
    values: list[Positive] | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.values is not None and self.model_fields_set & {"start", "stop", "count"}:
            raise InvalidInput(
                "`temperatures.values` must stand alone, but `start`, `stop` or `count` is given too (got both); leave one out"
            )
        if self.values is not None and not self.values:
            raise InvalidInput("`temperatures` must hold at least one, but there is none (got [])")
        if self.start >= self.stop:
            raise InvalidInput(
                f"`temperatures.start` must be below `stop`, but it is not (got {self.start:g} and {self.stop:g})"
            )
        return self

    @model_serializer(mode="wrap")
    def _alone(self, written: SerializerFunctionWrapHandler) -> Any:
        """What is read again: a list where the temperatures are given."""
        return written(self) if self.values is None else self.values

    def resolve(self) -> Real:
        """The temperatures, shape (T,)."""
        _checks.memory("count", self.count, 64.0 * self.count, "take fewer temperatures")
        return np.geomspace(self.start, self.stop, self.count) if self.values is None else np.array(self.values)


def _listed(value: Any) -> Any:
    """A list stands for its values."""
    if isinstance(value, list | tuple | np.ndarray):
        return {"values": _checks.temperatures(value, "temperatures").tolist()}
    return value


Temperatures = Annotated[TemperatureRange, BeforeValidator(_listed)]
