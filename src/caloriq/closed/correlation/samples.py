"""What random states give, and how far their mean may be off."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from caloriq._checks import Complex, Real
from caloriq.closed.correlation.methods import Typicality
from caloriq.results import Check

TWO_SIDED = 0.975  # where two standard deviations of a normal distribution end
CHANCE = 0.25  # of the deviation that typicality allows, below which a spread of samples is chance


class Sampled(NamedTuple):
    """Correlations of every sample, at one temperature.

    Attributes
    ----------
    values : array, complex, shape (K, P, T)
        Tr ρ A(t) B for each A, of every sample to first order: their mean is the ratio of the means of Tr e^{-H/T}A(t)B and Tr e^{-H/T}.
    deviation : array, shape (P,)
        Standard deviation of a sample for each A: at most, at infinite temperature; elsewhere by how many states count, and ⟨A⁴⟩ and ⟨B⁴⟩.
    size : array, shape (P,)
        (⟨A⁴⟩⟨B⁴⟩)^(1/4) for each A: what C might be, whatever it is.
    norm_drift, energy_drift : float
        Largest change of norms, and of ⟨H⟩ over the bound on ‖H‖.
    reversal : float
        How far one state is from its start on the way back, in norm; 0 where only one was drawn.
    cooled, truncation : float
        Bounds on the error of thermal states or weights, and on what the series leave out of a state, in norm.
    products, largest : int
        With H; states of the largest sector.
    """

    values: Complex
    deviation: Real
    size: Real
    norm_drift: float
    energy_drift: float
    reversal: float
    cooled: float
    truncation: float
    products: int
    largest: int

    def standard_error(self, operator: int) -> Real:
        """Of the mean of the real part: by the spread of the samples at a time or over all times, and no more than by `deviation`.

        Few samples may lie close by chance: the spread is taken so much larger that two standard errors hold 95 %, and not below a
        quarter of what typicality allows.
        """
        samples = self.values[:, operator].real
        spread = np.maximum(samples.std(axis=0, ddof=1), self.spread(operator)) * few(len(samples) - 1)
        found: Real = np.clip(spread, CHANCE * self.deviation[operator], self.deviation[operator]) / math.sqrt(
            len(samples)
        )
        return found

    def spread(self, operator: int) -> float:
        """Standard deviation of a sample, over all times."""
        return float(np.sqrt(self.values[:, operator].real.var(axis=0, ddof=1).mean()))

    def proofs(self, tol: float) -> list[Check]:
        """Norms, energies, and what the series leave out."""
        limit = max(1e-10, 2 * tol)
        return [
            Check("norm drift", self.norm_drift, limit, "the evolution is unitary"),
            Check("energy drift", self.energy_drift, limit, "⟨H⟩ is conserved; in units of the bound on ‖H‖"),
            Check("time reversal", self.reversal, 2 * limit, "one state of the largest sector finds back to its start"),
            Check("truncation", self.truncation, tol, "what the series leave out of a state, in norm"),
        ]

    def precise(self, method: Typicality, relative: float) -> list[Check]:
        """Whether a relative error is what was asked for, where one was."""
        if method.error is None:
            return []
        told = f"largest relative standard error, of {len(self.values)} samples"
        return [Check("statistical error", relative, method.error, told)]

    @property
    def statistics(self) -> dict[str, Any]:
        """What it cost."""
        return {"samples": len(self.values), "products": self.products, "states of the largest sector": self.largest}


def few(freedom: int) -> float:
    """By how much a standard deviation of so many degrees of freedom is to be raised, for two of them to hold 95 %."""
    return float(stats.t.ppf(TWO_SIDED, freedom) / stats.norm.ppf(TWO_SIDED))
