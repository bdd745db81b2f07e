r"""Spectral densities of heat baths, and the noise that they make at a temperature.

A bath couples through :math:`A\otimes\sum_k g_k(b_k+b_k^\dagger)`. Its density is :math:`J(\omega)=2\pi\sum_k g_k^2\delta(\omega-\omega_k)`,
ω > 0, and its noise the Fourier transform of its correlation function,

.. math::
    S(\omega) = \int dt\,e^{i\omega t}\langle B(t)B(0)\rangle = J(\omega)\,(n(\omega)+1), \qquad S(-\omega) = J(\omega)\,n(\omega),

with Bose's n, so that :math:`S(-\omega)=e^{-\omega/T}S(\omega)` (Kubo; Martin, Schwinger). S(ω)|A_mn|² is the rate of the transition
n → m that gives the energy ω = E_n - E_m to the bath (H.-P. Breuer, F. Petruccione, *The Theory of Open Quantum Systems*, 3.3).
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
import scipy
from pydantic import Field, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.driven import Values
from caloriq.models.fields import Positive
from caloriq.results import frozen


class _Density(Definition):
    """What every spectral density has: S from J, and its limit at ω = 0."""

    def density(self, frequencies: Any) -> Real:
        """J(ω) at frequencies above zero, of their shape."""
        raise NotImplementedError

    def slope(self) -> float:
        """J(ω)/ω as ω → 0; infinite where it has no limit."""
        raise NotImplementedError

    def noise(self, frequencies: Any, temperature: float) -> Real:
        """S(ω), of the shape of the frequencies.

        Parameters
        ----------
        frequencies : array_like
            ω of either sign: what the system gives.
        temperature : float
            T ≥ 0, in units of energy.

        Raises
        ------
        InvalidInput
            At ω = 0 where S has no finite limit there, and outside of what is given.
        """
        w = _checks.numbers("frequencies", frequencies)
        S, away = np.empty(w.shape), w != 0
        if not np.all(away):
            S[~away] = self._at_zero(temperature)
        size = np.abs(w[away])
        J = self.density(size)
        with np.errstate(over="ignore"):  # e^(ω/T) beyond a double: nothing is absorbed
            n = np.zeros(size.shape) if temperature == 0 else 1 / np.expm1(size / temperature)
        S[away] = J * np.where(w[away] > 0, n + 1, n)
        return S

    def _at_zero(self, temperature: float) -> float:
        """S(0) = T lim J/ω."""
        slope = self.slope()
        if math.isinf(slope) and temperature > 0:
            raise InvalidInput(
                f"`spectrum` must fall at least as ω where the coupling connects levels of one energy, but S(0) = T J/ω diverges (got {_checks.shown(self)} at temperature {temperature:g}); use an Ohmic one, or an operator that only changes the energy"
            )
        return temperature * slope if temperature > 0 else 0.0


class OhmicSpectrum(_Density):
    r"""Power of the frequency with a cutoff: :math:`J(\omega)=\alpha\,\omega_c(\omega/\omega_c)^s e^{-\omega/\omega_c}`, or Drude's.

    Parameters
    ----------
    coupling : float
        α > 0; J has the slope α at ω = 0 for s = 1.
    cutoff : float
        ω_c > 0, in units of energy.
    exponent : float
        s > 0; 1 is Ohmic. S(0) = αT for s = 1, 0 above, infinite below (refused where it is needed).
    form : {"exponential", "drude"}
        Cutoff :math:`e^{-\omega/\omega_c}`, or :math:`1/(1+\omega^2/\omega_c^2)`, which needs s = 1.
    """

    kind: Literal["ohmic"] = "ohmic"
    coupling: Positive
    cutoff: Positive
    exponent: Positive = 1.0
    form: Literal["exponential", "drude"] = "exponential"

    @model_validator(mode="after")
    def _falls(self) -> Self:
        if self.form == "drude" and self.exponent != 1:
            raise InvalidInput(
                f"`exponent` must be 1 for Drude's form, but it is not (got {self.exponent:g}); use form 'exponential'"
            )
        return self

    def density(self, frequencies: Any) -> Real:
        """J(ω) at frequencies above zero, of their shape."""
        x = np.asarray(frequencies, dtype=float) / self.cutoff
        fall = np.exp(-x) if self.form == "exponential" else 1 / (1 + x**2)
        J: Real = self.coupling * self.cutoff * x**self.exponent * fall
        return J

    def slope(self) -> float:
        """J(ω)/ω as ω → 0; infinite where it has no limit."""
        if self.exponent == 1:
            return self.coupling
        return 0.0 if self.exponent > 1 else math.inf


class FlatSpectrum(_Density):
    """J(ω) = Γ at every ω > 0: emission Γ(n + 1), absorption Γn, as `Bath` has them at the one frequency of its site.

    S(0) is infinite, so it is for operators that only change the energy.

    Parameters
    ----------
    rate : float
        Γ > 0.
    """

    kind: Literal["flat"] = "flat"
    rate: Positive

    def density(self, frequencies: Any) -> Real:
        """J(ω) at frequencies above zero, of their shape."""
        return np.full(np.shape(frequencies), self.rate)

    def slope(self) -> float:
        """J(ω)/ω as ω → 0, which has no limit."""
        return math.inf


class GivenSpectrum(_Density):
    """J(ω) by its values, joined by a monotone cubic (Fritsch, Butland), which has no new extrema; unknown outside.

    Parameters
    ----------
    frequencies : array_like, shape (K,)
        ω ≥ 0, increasing; at least two. Where the first is 0, so must be the first value, and S(0) is known.
    values : array_like, shape (K,)
        J(ω) ≥ 0.
    """

    kind: Literal["given"] = "given"
    frequencies: Values
    values: Values

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        w = _checks.times(self.frequencies, "frequencies")
        J = _checks.numbers("values", self.values)
        if w.size < 2 or J.shape != w.shape:
            raise InvalidInput(
                f"`values` must be a list of at least two, one for each of the frequencies, but it is not (got shape {J.shape} for {w.size})"
            )
        if np.any(J < 0):
            raise InvalidInput(f"`values` must not be negative, but one is (got {J[J < 0][0]:g})")
        if w[0] == 0 and J[0] != 0:
            raise InvalidInput(
                f"`values` must begin with 0 at frequency 0, but they do not (got {J[0]:g}); begin above 0"
            )
        object.__setattr__(self, "frequencies", frozen(w.copy()))
        object.__setattr__(self, "values", frozen(J.copy()))
        return self

    @cached_property
    def _curve(self) -> Any:
        return scipy.interpolate.PchipInterpolator(self.frequencies, self.values)

    def density(self, frequencies: Any) -> Real:
        """J(ω) at frequencies above zero, of their shape."""
        w = np.asarray(frequencies, dtype=float)
        outside = (w < self.frequencies[0]) | (w > self.frequencies[-1])
        if np.any(outside):
            raise InvalidInput(
                f"`frequencies` must reach over all transitions of the model, from {self.frequencies[0]:g} to {self.frequencies[-1]:g}, but they do not (got a transition at {w[outside].flat[0]:g})"
            )
        return np.asarray(self._curve(w), dtype=float)

    def slope(self) -> float:
        """J(ω)/ω as ω → 0.

        Raises
        ------
        InvalidInput
            If the frequencies begin above 0.
        """
        if self.frequencies[0] > 0:
            self.density(np.zeros(1))
        return float(self._curve.derivative()(0.0))


Spectrum = Annotated[OhmicSpectrum | FlatSpectrum | GivenSpectrum, Field(discriminator="kind")]
