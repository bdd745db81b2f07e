r"""Couplings that lattice vibrations screen: :math:`V_T(r) = V(r)\,e^{-\alpha f(T) r}` with any f.

Source: L.-A. Wu, D. Segal (2008), arXiv:0711.4599 (WS), the part on temperature after eq. 20.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
import scipy
from numpy.typing import ArrayLike
from pydantic import model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.correlations import Samples
from caloriq.models.definition import Definition
from caloriq.models.fields import Positive
from caloriq.results import frozen


class Screening(Definition):
    r"""α f(T): how fast a coupling falls with the distance at a temperature.

    Parameters
    ----------
    strength : float
        α > 0, in inverse length, over the unit of f.
    law : {"power", "occupation", "fluctuation", "table"}
        f = T^p; f = 1/(e^(ω/T) - 1), the vibrations that are there; f = coth(ω/2T), the square of their displacement, which
        does not vanish at T = 0; or by its values.
    exponent : float
        p > 0. Default 1, that of interacting ions.
    frequency : float, optional
        ω > 0 of the vibrations, for occupation and fluctuation.
    temperatures, values : array_like, shape (K,), optional
        T > 0, increasing, and f ≥ 0 of a table, four of them at least; joined without overshoot (PCHIP), unknown beyond.

    Raises
    ------
    InvalidInput
        For a field that the law does not have, or one that it lacks.
    """

    kind: Literal["screening"] = "screening"
    strength: Positive
    law: Literal["power", "occupation", "fluctuation", "table"] = "power"
    exponent: Positive | None = None
    frequency: Positive | None = None
    temperatures: Samples = None
    values: Samples = None

    @model_validator(mode="after")
    def _one_law(self) -> Self:
        owned = {"power": {"exponent"}, "table": {"temperatures", "values"}}.get(self.law, {"frequency"})
        for name in ("exponent", "frequency", "temperatures", "values"):
            given = getattr(self, name) is not None
            if given and name not in owned:
                raise InvalidInput(
                    f"`{name}` must be left out for the law {self.law}, but it is given (got {_checks.shown(getattr(self, name))})"
                )
            if not given and name in owned and name != "exponent":
                raise InvalidInput(f"`{name}` must be given for the law {self.law}, but it is missing (got nothing)")
        if self.law == "table":
            T, f = _checks.temperatures(self.temperatures, "temperatures"), _checks.numbers("values", self.values)
            if T.ndim != 1 or T.size < 4 or np.any(np.diff(T) <= 0):
                raise InvalidInput(
                    f"`temperatures` must increase, and be four at least, but they do not (got {_checks.shown(T.tolist())})"
                )
            if f.shape != T.shape or f.min() < 0:
                raise InvalidInput(
                    f"`values` must be {T.size} numbers of at least 0, one for each of the temperatures, but they are not (got {_checks.shown(f.tolist())})"
                )
            object.__setattr__(self, "temperatures", frozen(T.copy()))
            object.__setattr__(self, "values", frozen(f.copy()))
        return self

    @classmethod
    def of_function(cls, strength: float, f: Callable[[Real], Any], temperatures: ArrayLike) -> Self:
        """The table of a function, so that the definition can be written to a file.

        Parameters
        ----------
        strength : float
            α.
        f : callable
            f(T) of an array.
        temperatures : array_like, shape (K,)
            Where it is taken; between them the table stands for it.
        """
        T = _checks.temperatures(temperatures, "temperatures")
        return cls(strength=strength, law="table", temperatures=T, values=_checks.numbers("f", f(T)))

    @cached_property
    def _curve(self) -> Any:
        return scipy.interpolate.PchipInterpolator(self.temperatures, self.values, extrapolate=False)

    def f(self, temperature: ArrayLike) -> Real:
        """f(T), any shape.

        Raises
        ------
        InvalidInput
            For temperatures beyond a table.
        """
        T = _checks.temperatures(temperature)
        if self.law == "power":
            return np.asarray(T ** (1.0 if self.exponent is None else self.exponent))
        if self.law == "table":
            low, high = float(self.temperatures[0]), float(self.temperatures[-1])
            if np.any(low > T) or np.any(high < T):
                worst = float(T.min() if T.min() < low else T.max())
                raise InvalidInput(
                    f"`temperature` must lie within the table, {low:g} to {high:g}, but it does not (got {worst:g})"
                )
            return np.asarray(self._curve(T), dtype=float)
        assert self.frequency is not None
        with np.errstate(over="ignore"):
            occupation = 1 / np.expm1(self.frequency / T)
        return np.asarray(occupation if self.law == "occupation" else 1 + 2 * occupation)

    def factor(self, r: Real, temperature: float) -> Real:
        """e^(-αf(T)r), of an array of r ≥ 0."""
        return np.asarray(np.exp(-self.strength * float(self.f(temperature)) * r))
