r"""The Markov limit: constant golden-rule rates (WS 16-18).

With a bath the integral of second order converges. Without, :math:`\sin(\omega t)/\omega \to \pi\delta(\omega)` needs
states that are dense: Γ(0) is the density of detunings at zero, and :math:`w = 2\pi\lambda^2\,\Gamma(0)\,|V|^2`. Where Γ(Δ) is
given, detuned states have a rate too, :math:`2\pi\lambda^2\,\Gamma(\Delta)\,|V|^2`.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.densities import DetuningDensity, SampledDensity
from caloriq.reduced.populations.second_order import ROUNDED, SecondOrder, assembled
from caloriq.reduced.populations.space import Space

RESONANT = 1e-9  # energies that differ by less, relative to the spread of the levels, are the same


class Markov:
    """Constant K; `density` is Γ(0) in inverse energy or Γ(Δ), None with a bath."""

    def __init__(self, space: Space, density: float | DetuningDensity | SampledDensity | None) -> None:
        second = SecondOrder(space)
        self.space, self.rows, self.columns = space, second.rows, second.columns
        if density is None:
            limit = second.limit()[second.group]
            if not np.all(np.isfinite(limit)):
                raise Unsupported(
                    "`density` must be given for the Markov limit, but neither a bath nor a density makes the rates of resonant states finite (got None)"
                )
            self.values: Real = second.weights * limit
        else:
            _distinct(space)
            omega = second.frequencies[second.group]
            spread = float(np.ptp(space.level_energies, axis=1).max())  # offsets of the units do not count
            near = RESONANT * spread + second.same
            given = isinstance(density, DetuningDensity | SampledDensity)
            reached = density.at(omega) if given else density * (np.abs(omega) <= near)  # type: ignore[union-attr, operator]
            self.values = second.weights * np.pi * reached
        self.error = second.error
        known = ROUNDED * float(self.values.max(initial=0.0))
        self.errors: Real = known + (second.limit_errors() if density is None else np.zeros(1))
        if isinstance(density, DetuningDensity | SampledDensity):  # levels are known to their rounding
            beside = [np.abs(density.at(omega + shift) - reached) for shift in (-second.same, second.same)]
            self.errors = self.errors + np.pi * float((second.weights * np.maximum(*beside)).max(initial=0.0))
        self.second, self.density = second, density

    @cached_property
    def generator(self) -> scipy.sparse.csr_array:
        """K."""
        return assembled(self.space.dimension, self.rows, self.columns, self.values)

    def at(self, t: float) -> scipy.sparse.csr_array:  # noqa: ARG002 - constant
        """K."""
        return self.generator


def _distinct(space: Space) -> None:
    """Refuse units with two levels of one energy: golden-rule rates between populations need them apart."""
    for unit, levels in enumerate(space.level_energies):
        order = np.argsort(levels, kind="stable")
        same = np.flatnonzero(np.abs(np.diff(levels[order])) <= RESONANT * (float(np.ptp(levels)) or 1.0))
        if same.size:
            n, m = sorted(order[same[0] : same[0] + 2].tolist())
            raise InvalidInput(
                f"`levels` must be distinct for golden-rule rates, but levels {n} and {m} of unit {unit} are not (got {levels[n]:g} twice); coherences between them would not decay"
            )
