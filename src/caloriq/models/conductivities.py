r"""Conductivities κ(u) that depend on what diffuses, with Kirchhoff's transform :math:`\Phi(u) = \int_0^u \kappa`.

:math:`\kappa(u)\nabla u = \nabla\Phi`, so that a steady Φ solves the linear equation (G. Kirchhoff 1894; H. S. Carslaw, J. C. Jaeger,
Conduction of Heat in Solids, 1959, section 2.16).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
import scipy
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.baths import NotNegative
from caloriq.models.correlations import Samples
from caloriq.models.definition import Definition
from caloriq.models.fields import Positive
from caloriq.results import frozen

POINTS = 1025  # of the table that stands for a function
HALVINGS = 60


class PowerConductivity(Definition):
    """κ = κ₀ u^m for u ≥ 0: the porous-medium equation for m > 0.

    Parameters
    ----------
    scale : float
        κ₀ > 0. Default 1.
    exponent : float
        m ≥ 0.
    """

    kind: Literal["power-conductivity"] = "power-conductivity"
    scale: Positive = 1.0
    exponent: NotNegative

    def check_range(self, name: str, low: float, high: float) -> None:  # noqa: ARG002 - no end above
        """Refuse values below zero."""
        if low < 0 < self.exponent:
            raise InvalidInput(f"`{name}` must be at least 0 for κ ∝ u^m, but it is smaller (got {low:g})")

    def at(self, u: Real) -> Real:
        """κ(u)."""
        if self.exponent == 0:
            return np.full_like(u, self.scale)
        return np.asarray(self.scale * np.maximum(u, 0.0) ** self.exponent)

    def potential(self, u: Real) -> Real:
        """Φ(u)."""
        if self.exponent == 0:
            return np.asarray(self.scale * u)
        return np.asarray(self.scale * np.maximum(u, 0.0) ** (self.exponent + 1) / (self.exponent + 1))

    def inverse(self, potential: Real) -> Real:
        """The u of Φ."""
        m = self.exponent
        if m == 0:
            return np.asarray(potential / self.scale)
        return np.asarray((np.maximum(potential, 0.0) * (m + 1) / self.scale) ** (1 / (m + 1)))


class SampledConductivity(Definition):
    """κ(u) by its values, joined without overshoot (PCHIP), unknown beyond.

    Parameters
    ----------
    densities : array_like, shape (K,)
        u, increasing, four at least.
    values : array_like, shape (K,)
        κ > 0.
    """

    kind: Literal["sampled-conductivity"] = "sampled-conductivity"
    densities: Samples
    values: Samples

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        u, k = (_checks.numbers(name, getattr(self, name)) for name in ("densities", "values"))
        if u.ndim != 1 or u.size < 4 or np.any(np.diff(u) <= 0):
            raise InvalidInput(
                f"`densities` must increase, and be four at least, but they do not (got {_checks.shown(u.tolist())})"
            )
        if k.shape != u.shape or k.min() <= 0:
            raise InvalidInput(
                f"`values` must be {u.size} numbers above 0, one for each of the densities, but they are not (got {_checks.shown(k.tolist())})"
            )
        object.__setattr__(self, "densities", frozen(u.copy()))
        object.__setattr__(self, "values", frozen(k.copy()))
        return self

    @classmethod
    def of_function(cls, function: Callable[[Real], Any], low: float, high: float) -> Self:
        """The table of a function at 1025 points between two values.

        Parameters
        ----------
        function : callable
            κ(u) of an array, above 0.
        low, high : float
            Range of u.
        """
        ends = [_checks.scalar("low", low), _checks.scalar("high", high)]
        if ends[1] <= ends[0]:
            raise InvalidInput(f"`high` must be above `low`, but it is not (got {ends[1]:g} and {ends[0]:g})")
        u = np.linspace(ends[0], ends[1], POINTS)
        return cls(densities=u, values=_checks.numbers("function", function(u)))

    @cached_property
    def _curve(self) -> Any:
        return scipy.interpolate.PchipInterpolator(self.densities, self.values)

    @cached_property
    def _whole(self) -> Any:
        return self._curve.antiderivative()

    def check_range(self, name: str, low: float, high: float) -> None:
        """Refuse values beyond the table."""
        first, last = float(self.densities[0]), float(self.densities[-1])
        if low < first or high > last:
            raise InvalidInput(
                f"`{name}` must lie within the table of the conductivity, {first:g} to {last:g}, but it does not (got {low:g} to {high:g})"
            )

    def _inside(self, u: ArrayLike) -> Real:
        return np.clip(u, self.densities[0], self.densities[-1])

    def at(self, u: Real) -> Real:
        """κ(u)."""
        return np.asarray(self._curve(self._inside(u)), dtype=float)

    def potential(self, u: Real) -> Real:
        """Φ(u), from the first of the samples; straight beyond the table, where time steps may stray by their error."""
        inside = self._inside(u)
        return np.asarray(self._whole(inside) + (u - inside) * self.at(u), dtype=float)

    def inverse(self, potential: Real) -> Real:
        """The u of Φ, by halving."""
        low, high = (np.full(np.shape(potential), end) for end in (self.densities[0], self.densities[-1]))
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            below = self._whole(middle) < potential
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray((low + high) / 2)


Conductivity = Annotated[PowerConductivity | SampledConductivity, Field(discriminator="kind")]
