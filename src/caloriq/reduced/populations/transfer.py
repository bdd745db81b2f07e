r"""Generators :math:`K(t) = \dot T\,T^{-1}` of any transfer T(t) of populations, where T is singular, and what rounding does.

T carries the populations of product states from time 0 to t. K diverges where T is singular; nothing is returned from there on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.reduced.populations.space import Space

SAFETY = 2.0  # the condition is an estimate
NARROW = 1e-3  # relative width of an interval in which T passes zero once
CLOSE = 1e-9  # relative width of one in which T may touch zero, and is taken to
EPS = float(np.finfo(float).eps)
ROUNDINGS = 8.0  # units of rounding in an element of T or Ṫ; random models stay below 3 of them


class Factored(NamedTuple):
    """T(t) with its factors."""

    factors: Any  # Cholesky factor of a symmetric T, LU factors of Tᵀ otherwise
    # -1 once an eigenvalue of T has passed zero: T is not positive definite, or its determinant is negative; 0 where
    # rounding hides it
    sign: int
    reciprocal: float  # 1/condition, in the 1-norm


class Instant(NamedTuple):
    """What is known of T at one time."""

    time: float
    sign: int  # as in `Factored`
    radius: float  # T is invertible at all times closer than that; 0 where the sign is not 1


class Propagator(ABC):
    """What every transfer T(t) has: a generator with a bound on its rounding, and a first singular time."""

    space: Space
    real: bool  # H is real: then T is symmetric, and positive definite from t = 0 to its first singular time
    acceleration: float  # bound on ‖T̈‖₁ at any time
    products: int  # of matrices so far

    @abstractmethod
    def transfer(self, t: float) -> tuple[Real, Real]:
        """T(t) and its time derivative."""

    @abstractmethod
    def rounding(self, t: float) -> tuple[float, float]:
        """Bounds on the error of an element of T(t), and of one of its derivative."""

    @abstractmethod
    def carried(self, start: Real, times: Real) -> tuple[Real, Real]:
        """Populations T(t) P(0) and their time derivatives, each of shape (T, D)."""

    def reach(self, t: float, parts: Factored) -> tuple[float, float]:  # noqa: ARG002 - others look at the state at t
        """Bounds on the norm of the states at t whose populations are one state each, ‖T⁻¹‖₁ at most, and on ‖Ṫ T⁻¹‖₁ from then on."""
        return SAFETY / parts.reciprocal, np.inf

    def factored(self, T: Real, t: float) -> Factored:
        """Factors of T(t), whether an eigenvalue has passed zero, and its condition."""
        norm = float(T.sum(axis=1).max())  # of Tᵀ, whose entries are not negative
        unresolved = len(T) * self.rounding(t)[0]
        if self.real:  # T is symmetric, and positive definite from t = 0 to the first singular time
            factor, info = scipy.linalg.lapack.dpotrf(T.T, lower=0)
            if info == 0:
                reciprocal, _ = scipy.linalg.lapack.dpocon(factor, norm)
                return Factored(factor, 1 if reciprocal > unresolved else 0, float(reciprocal))
            lowest = float(scipy.linalg.eigvalsh(T, subset_by_index=[0, 0])[0])
            return Factored(None, -1 if lowest < -unresolved else 0, 0.0)
        lu, pivots = scipy.linalg.lu_factor(T.T, check_finite=False)
        reciprocal, _ = scipy.linalg.lapack.dgecon(lu, norm)
        swaps = int(np.count_nonzero(pivots != np.arange(len(pivots))))
        sign = int(np.prod(np.sign(np.diag(lu)))) * (-1) ** swaps
        return Factored((lu, pivots), sign if reciprocal > unresolved else 0, float(reciprocal))

    def generator(self, t: float) -> tuple[Real, Factored, float, float]:
        """K(t), the factors of T, how far T is from stochastic, and how far K T is from Ṫ, relative to Ṫ."""
        T, rate = self.transfer(t)
        parts = self.factored(T, t)
        drift = float(np.abs(T.sum(axis=0) - 1).max())
        probe = np.cos(np.arange(len(T)))
        before, after = T @ probe, rate @ probe
        if parts.sign == 0 or parts.factors is None:
            return np.full_like(T, np.nan), parts, drift, np.nan
        if self.real:
            solved, _ = scipy.linalg.lapack.dpotrs(parts.factors, rate.T, lower=0, overwrite_b=1)
        else:
            solved = scipy.linalg.lu_solve(parts.factors, rate.T, overwrite_b=True, check_finite=False)
        K = solved.T
        size = float(np.linalg.norm(after)) or 1.0
        return K, parts, drift, float(np.linalg.norm(K @ before - after)) / size

    def error(self, t: float, K: Real, parts: Factored) -> float:
        """Bound on the error of any element of K(t): δK = (δṪ - K δT) T⁻¹, to first order, and the solution with T itself."""
        of_T, of_rate = self.rounding(t)
        rows = float(np.abs(K).sum(axis=1).max())
        size = float(np.abs(K).max(initial=0.0))
        inverse = SAFETY / parts.reciprocal  # ‖T⁻¹‖₁, since ‖T‖₁ = 1
        return inverse * (of_rate + of_T * rows + ROUNDINGS * EPS * size)

    def at(self, t: float) -> Real:
        """K(t)."""
        return self.generator(t)[0]

    def instant(self, t: float, K: Real, parts: Factored) -> Instant:
        """How far from t no singular time can be: T(t+s) T⁻¹ = 1 + sK + R, ‖R‖₁ ≤ s²‖T̈‖ reach/2, is invertible below 1."""
        if parts.sign != 1 or parts.reciprocal == 0:
            return Instant(t, parts.sign if parts.sign != 1 else 0, 0.0)
        linear = float(np.abs(K).sum(axis=0).max())
        norm, fastest = self.reach(t, parts)
        total = linear + np.sqrt(linear**2 + 2 * self.acceleration * norm)
        slowest = min(total / 2, fastest)
        return Instant(t, 1, 1 / slowest if slowest > 0 else np.inf)

    def looked_at(self, t: float) -> Instant:
        """The instant t, computed."""
        K, parts, _, _ = self.generator(t)
        return self.instant(t, K, parts)

    def first_singular(self, before: Instant, after: Instant, width: float = 1e-13) -> float | None:
        """First singular time between two instants, to a relative `width`, by halving until none can hide in any part."""
        low, high = before.time, after.time
        if before.sign == after.sign == 1 and before.radius + after.radius > high - low:
            return None
        if high - low <= CLOSE * high:
            return high
        if before.sign == 1 and after.sign != 1 and high - low <= NARROW * high:
            return self._crossing(low, high, width)
        half = self.looked_at((low + high) / 2)
        found = self.first_singular(before, half, width)
        return self.first_singular(half, after, width) if found is None else found

    def _crossing(self, low: float, high: float, width: float) -> float:
        """Time at which the sign changes."""
        while high - low > width * high:
            middle = (low + high) / 2
            if not low < middle < high:
                break
            if self.factored(self.transfer(middle)[0], middle).sign == 1:
                low = middle
            else:
                high = middle
        return high
