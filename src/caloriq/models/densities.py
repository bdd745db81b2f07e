r"""Densities Γ(Δ) of the detuning between neighbouring units whose levels are dense bands: w = 2πλ²Γ(Δ) |V|² (WS 18).

Δ is how far the nominal energies of the two states of a transition are apart; the bands around them take it up. Γ is even:
of two bands of shape b it is the overlap ∫ b(E) b(E - Δ) dE, and gains and losses then are equal.

Source: L.-A. Wu, D. Segal (2008), arXiv:0711.4599 (WS), after eqs. 15 and 17.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.documents import within
from caloriq.errors import InvalidInput
from caloriq.models.correlations import Samples
from caloriq.models.definition import Definition
from caloriq.models.fields import Positive
from caloriq.results import frozen


class DetuningDensity(Definition):
    r"""Γ(Δ) in closed form, :math:`\int \Gamma = S`.

    Parameters
    ----------
    form : {"flat", "triangular", "gaussian", "lorentzian"}
        S/W for \|Δ\| ≤ W/2; (S/W)(1 - \|Δ\|/W), the overlap of two flat bands of width W; a Gaussian of standard deviation
        W; a Lorentzian of half width W at half of its height.
    width : float
        W > 0.
    states : float
        S, how many final states a state has. Default 1: λ|V| is then the whole strength of its coupling to the band, not
        that to one of its levels.
    """

    kind: Literal["detuning-density"] = "detuning-density"
    form: Literal["flat", "triangular", "gaussian", "lorentzian"]
    width: Positive
    states: Positive = 1.0

    def at(self, detuning: Real) -> Real:
        """Γ(Δ) of an array, in inverse energy."""
        x, shape = np.abs(np.asarray(detuning, dtype=float)) / self.width, self.form
        if shape == "flat":
            found = np.where(x <= 0.5, 1.0, 0.0)
        elif shape == "triangular":
            found = np.maximum(1 - x, 0.0)
        elif shape == "gaussian":
            found = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
        else:
            found = 1 / (np.pi * (1 + x * x))
        return np.asarray(self.states * found / self.width)

    @property
    def memory(self) -> float:
        """π max Γ/S, the time for which the band remembers: 1/W of a Lorentzian, whose memory is e^(-Wτ)."""
        return float(np.pi * self.at(np.zeros(1))[0] / self.states)


class SampledDensity(Definition):
    """Γ(Δ) by its values at Δ ≥ 0, joined by straight lines; even, and zero beyond the last.

    Parameters
    ----------
    detunings : array_like, shape (K,)
        Δ, from 0, increasing; at least two.
    values : array_like, shape (K,)
        Γ ≥ 0, in inverse energy.
    """

    kind: Literal["sampled-density"] = "sampled-density"
    detunings: Samples
    values: Samples

    @model_validator(mode="after")
    def _consistent(self) -> SampledDensity:
        x, y = (_checks.numbers(name, getattr(self, name)) for name in ("detunings", "values"))
        if x.ndim != 1 or x.size < 2 or x[0] != 0 or np.any(np.diff(x) <= 0):
            raise InvalidInput(
                f"`detunings` must start at 0 and increase, two of them at least, but they do not (got {_checks.shown(x.tolist())})"
            )
        if y.shape != x.shape or np.any(y < 0):
            raise InvalidInput(
                f"`values` must be {x.size} densities of at least 0, one for each of the detunings, but they are not (got {_checks.shown(y.tolist())})"
            )
        object.__setattr__(self, "detunings", frozen(x.copy()))
        object.__setattr__(self, "values", frozen(y.copy()))
        return self

    def at(self, detuning: Real) -> Real:
        """Γ(Δ) of an array, in inverse energy."""
        return np.asarray(np.interp(np.abs(detuning), self.detunings, self.values, right=0.0))

    @property
    def states(self) -> float:
        """S = ∫ Γ, how many final states a state has."""
        return float(2 * np.trapezoid(self.values, self.detunings))

    @property
    def memory(self) -> float:
        """π max Γ/S, the time for which the band remembers; 0 where there is no band."""
        return float(np.pi * self.values.max() / self.states) if self.states > 0 else 0.0


Density = Annotated[DetuningDensity | SampledDensity, Field(discriminator="kind")]


def _given(value: Any) -> Any:
    """A number above 0, or the density that a mapping stands for: one of them, so that an error is of that one."""
    if not isinstance(value, Mapping):
        return checked_density(value)
    kinds: dict[str, type[Definition]] = {"detuning-density": DetuningDensity, "sampled-density": SampledDensity}
    kind = value.get("kind")
    if kind not in kinds:
        raise InvalidInput(
            f"`density` must be a number or of a known kind, but it is not (got {_checks.shown(kind)}); known are {', '.join(kinds)}"
        )
    with within("density"):
        return kinds[kind].from_mapping(dict(value))


GivenDensity = Annotated[Positive | Density, BeforeValidator(_given)]


def checked_density(value: Any) -> float | DetuningDensity | SampledDensity:
    """Γ(0) as a number above 0, or Γ(Δ) as it is."""
    return value if isinstance(value, DetuningDensity | SampledDensity) else _checks.positive("density", value)


def told_density(value: float | DetuningDensity | SampledDensity) -> str:
    """In words, for a sentence."""
    if isinstance(value, DetuningDensity):
        return f"Γ(Δ) that is {value.form} of width {value.width:g}, Γ(0) = {float(value.at(np.zeros(1))[0]):.4g}"
    if isinstance(value, SampledDensity):
        return f"Γ(Δ) by samples up to {value.detunings[-1]:g}, Γ(0) = {value.values[0]:.4g}"
    return f"{value:g}"
