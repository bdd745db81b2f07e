r"""Correlation functions of local baths: how fast the coherence of a transition is forgotten.

Source: L.-A. Wu, D. Segal, "How can we derive Fourier's law from quantum mechanics? Exact master equation analysis"
(2008), arXiv:0711.4599 (WS), eq. 5: :math:`D_{nm}(\tau) = |B_{nm}|^2 g(\tau)`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
import scipy
from pydantic import Field, PlainSerializer, WithJsonSchema, model_validator

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.models.baths import NotNegative
from caloriq.models.definition import Definition
from caloriq.models.driven import NUMBERS, listed
from caloriq.models.fields import Positive
from caloriq.results import frozen

FALLEN = 1e-6  # |g| of the last sample from which on it is taken as zero
UNIT = 1e-9  # how far g(0) may be from 1


class PureDephasing(Definition):
    """White noise on the levels: g(τ) = e^(-Γτ) for a transition that moves one excitation.

    Parameters
    ----------
    rate : float
        Γ ≥ 0; for two sites that dephase at γ each, Γ = γ.
    """

    kind: Literal["pure-dephasing"] = "pure-dephasing"
    rate: NotNegative

    def correlation(self, times: Real) -> Complex:
        """g(τ), shape (T,)."""
        return np.exp(-self.rate * times).astype(complex)

    @property
    def fastest(self) -> float:
        """Scale of the variation of g, in inverse time."""
        return self.rate


class Ohmic(Definition):
    r"""Harmonic oscillators of Ohmic density :math:`J(\omega) = \alpha\,\omega\,e^{-\omega/\omega_c}` at temperature T.

    .. math::
        g(\tau) = \exp\Big(-\int_0^\infty d\omega\,\frac{J(\omega)}{\omega^2}
        \big[\coth\tfrac{\omega}{2T}(1-\cos\omega\tau) + i\sin\omega\tau\big]\Big)

    of the transition, in closed form: the independent-boson model.

    Parameters
    ----------
    strength : float
        α ≥ 0, of both units together.
    cutoff : float
        ω_c > 0.
    temperature : float
        T ≥ 0.
    """

    kind: Literal["ohmic"] = "ohmic"
    strength: NotNegative
    cutoff: Positive
    temperature: NotNegative

    def correlation(self, times: Real) -> Complex:
        """g(τ), shape (T,): Q = α [½ ln(1 + x²) + 2 ln |Γ(1 + θ)/Γ(1 + θ + iTτ)| + i arctan x], x = ω_c τ, θ = T/ω_c."""
        x = self.cutoff * times
        thermal = np.zeros_like(x)
        if self.temperature > 0:
            theta = self.temperature / self.cutoff
            log = scipy.special.loggamma
            thermal = 2 * (log(1 + theta) - log(1 + theta + 1j * self.temperature * times)).real
        phase: Complex = np.exp(-self.strength * (0.5 * np.log1p(x * x) + thermal + 1j * np.arctan(x)))
        return phase

    @property
    def fastest(self) -> float:
        """Scale of the variation of g, in inverse time."""
        return max(self.cutoff, self.strength * self.temperature)


def _pairs(value: Any) -> Any:
    """Numbers for a file; complex ones as pairs of real and imaginary part."""
    return np.stack([value.real, value.imag], axis=1).tolist() if np.iscomplexobj(value) else listed(value)


Samples = Annotated[
    Any,
    PlainSerializer(_pairs, when_used="json-unless-none"),
    WithJsonSchema({"anyOf": [NUMBERS, {"type": "string"}]}),
]


class Sampled(Definition):
    """A correlation function by its values, joined by a cubic spline.

    It is zero beyond the last sample if it has fallen below 1e-6 there, and unknown otherwise.

    Parameters
    ----------
    times : array_like, shape (K,)
        τ, from 0, increasing; at least four.
    values : array_like, shape (K,) or (K, 2)
        g(τ), real or complex (in a file: pairs of real and imaginary part), g(0) = 1.
    """

    kind: Literal["sampled"] = "sampled"
    times: Samples
    values: Samples

    @model_validator(mode="after")
    def _consistent(self) -> Sampled:
        t = _checks.times(self.times)
        if t.size < 4 or t[0] != 0:
            raise InvalidInput(
                f"`times` must start at 0 and hold at least four instants, but they do not (got {t.size} from {t[0]:g})"
            )
        g = _checks.numbers("values", self.values, complex)
        if g.shape == (t.size, 2):
            g = g[:, 0] + 1j * g[:, 1]
        if g.shape != t.shape:
            raise InvalidInput(
                f"`values` must be a list of {t.size}, one for each of the times, but it is not (got shape {g.shape})"
            )
        if abs(g[0] - 1) > UNIT:
            raise InvalidInput(f"`values` must start with g(0) = 1, but they do not (got {g[0]:.6g}); divide by it")
        if np.abs(g).max() > 1 + UNIT:
            k = int(np.argmax(np.abs(g)))
            raise InvalidInput(
                f"`values` must keep |g| ≤ g(0) = 1, as every correlation function does, but one does not (got {abs(g[k]):.6g} at time {t[k]:g})"
            )
        object.__setattr__(self, "times", frozen(t.copy()))
        object.__setattr__(self, "values", frozen(g.copy() if np.any(g.imag) else g.real.copy()))
        return self

    @property
    def known_until(self) -> float:
        """Time up to which g is known."""
        return float("inf") if abs(self.values[-1]) <= FALLEN else float(self.times[-1])

    @cached_property
    def _spline(self) -> Any:
        return scipy.interpolate.CubicSpline(self.times, np.asarray(self.values, dtype=complex))

    def correlation(self, times: Real) -> Complex:
        """g(τ), shape (T,)."""
        inside: Complex = np.where(times <= self.times[-1], self._spline(np.minimum(times, self.times[-1])), 0)
        return inside

    @property
    def fastest(self) -> float:
        """Scale of the variation of g, in inverse time."""
        return float(1 / np.diff(self.times).min())


Correlation = Annotated[PureDephasing | Ohmic | Sampled, Field(discriminator="kind")]
