"""Times as a file says them."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from pydantic import SerializerFunctionWrapHandler, model_serializer, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Number, Positive, Several


class _Sampled(Definition):
    """Evenly spaced times, or the times themselves."""

    stop: Positive
    count: Several
    values: list[Number] | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.values is not None and self.model_fields_set & {"stop", "count"}:
            raise InvalidInput(
                "`times.values` must stand alone, but `stop` or `count` is given too (got both); leave one out"
            )
        if self.values is not None:
            _checks.times(self.values, "times.values")
        return self

    @model_serializer(mode="wrap")
    def _alone(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What is read again: the values stand alone."""
        found: dict[str, Any] = written(self)
        if self.values is not None:
            found = {name: value for name, value in found.items() if name not in ("stop", "count")}
        return found

    def _resolved(self, first: int, steps: int, unit: float = 1.0) -> Real:
        """The values, or the instants first, first + 1, …, steps of `steps` equal steps to the last; times `unit`."""
        _checks.memory("count", self.count, 64.0 * self.count, "take fewer times")
        if self.values is None:
            raw = np.linspace(0.0, self.stop, steps + 1)[first:]
        else:
            raw = np.asarray(self.values, dtype=float)
        return _checks.times(raw * unit, "times.values")


class Times(_Sampled):
    """When exact dynamics is looked at.

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

    def resolve(self, relaxation_time: float) -> Real:
        """Instants in 1/ΔE, given 1/γ."""
        return self._resolved(0, self.count - 1, relaxation_time if self.unit == "relaxation" else 1.0)


class Moments(_Sampled):
    """Times at which a lattice is looked at, in the inverse of the model's unit of energy; the first is the start.

    Parameters
    ----------
    stop : float
        Last time.
    count : int
        Number of times from 0 to `stop`, evenly spaced.
    values : list of float, optional
        The times themselves instead.
    """

    stop: Positive = 10.0
    count: Several = 101

    def resolve(self) -> Real:
        """The instants."""
        return self._resolved(0, self.count - 1)


class Instants(_Sampled):
    """Times at which a kernel is asked, in the inverse of the model's unit of energy.

    Parameters
    ----------
    stop : float
        Last time.
    count : int
        Number of times, evenly spaced, the first one a step after 0.
    values : list of float, optional
        The times themselves instead.
    """

    stop: Positive = 1.0
    count: Several = 100

    def resolve(self) -> Real:
        """The instants."""
        return self._resolved(1, self.count)
