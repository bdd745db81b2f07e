"""Numbers with the intervals that hold them, from distributions on grids and sums of normal ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from caloriq._checks import Real

ONE, TWO = 0.68, 0.95  # what the intervals hold
STEPS = np.array([-6.0, -4.0, -3.0, *np.arange(-2.5, 2.51, 0.2), 3.0, 4.0, 6.0])  # errors off the mean


@dataclass(frozen=True, slots=True)
class Estimate:
    """A median, and the intervals that hold 68 and 95 % of what it may be."""

    value: float
    one: tuple[float, float]  # 68 %
    two: tuple[float, float]  # 95 %

    @classmethod
    def of(cls, x: Real, below: Real) -> Estimate:
        """From a distribution: the share of it that lies below each x, both increasing."""
        levels = (0.5, (1 - ONE) / 2, (1 + ONE) / 2, (1 - TWO) / 2, (1 + TWO) / 2)
        # between nodes as if normal: of one normal distribution that is exact
        along = ndtri(np.clip(below, 1e-12, 1 - 1e-12))
        middle, low, high, lower, higher = (float(np.interp(ndtri(level), along, x)) for level in levels)
        return cls(middle, (low, high), (lower, higher))

    def holds(self, number: float, level: float) -> bool:
        """Whether the interval of 0.68 or of 0.95 holds a number."""
        low, high = self.one if level == ONE else self.two
        return low <= number <= high

    @property
    def told(self) -> str:
        """The median, and the farther end of the interval that holds 95 %."""
        half = max(self.two[1] - self.value, self.value - self.two[0])
        digits = 1 - math.floor(math.log10(half)) if 0 < half < math.inf else 6
        return f"{round(self.value, digits) + 0.0:.6g} ± {half:.2g}"

    def reflected(self, about: float) -> Estimate:
        """The same of the difference between a number and this one."""
        (low, high), (lower, higher) = self.one, self.two
        return Estimate(about - self.value, (about - high, about - low), (about - higher, about - lower))


def log_sum(logs: Real) -> Real:
    """Logarithm of the sum of exponentials over the last axis."""
    largest = logs.max(axis=-1)
    return np.asarray(largest + np.log(np.exp(logs - largest[..., None]).sum(axis=-1)))


def of_normals(means: Real, errors: Real, weights: Real) -> Estimate:
    """A sum of normal distributions, shape (T,) each."""
    kept = weights > 1e-4 * weights.max()
    middle, width, share = means[kept, None], errors[kept, None], weights[kept] / weights[kept].sum()
    x = np.sort((middle + width * STEPS).ravel())
    below = share @ ndtr((x - middle) / width)
    return Estimate.of(x, np.asarray(below))


def integrals(x: Real, logs: Real) -> Real:
    """Logarithms of the integrals over each piece between nodes x (T, B), the density being exponential there; (T, B-1)."""
    gap = np.abs(np.diff(logs, axis=1))
    larger = np.maximum(logs[:, 1:], logs[:, :-1])
    mean = np.where(gap > 1e-8, -np.expm1(-gap) / np.maximum(gap, 1e-300), 1.0)
    return np.asarray(larger + np.log(mean) + np.log(np.maximum(np.diff(x, axis=1), 1e-300)))


def of_densities(x: Real, logs: Real) -> Estimate:
    """A sum of distributions on grids of their own, nodes and log densities of shape (T, B) each."""
    pieces = integrals(x, logs)
    total = log_sum(pieces.ravel())
    below = np.concatenate([np.zeros((len(x), 1)), np.cumsum(np.exp(pieces - total), axis=1)], axis=1)
    heavy = below[:, -1] > 1e-4 * below[:, -1].max()
    all_x = np.sort(x[heavy].ravel())
    shares = sum(np.interp(all_x, one, share) for one, share in zip(x[heavy], below[heavy], strict=True))
    return Estimate.of(all_x, np.asarray(shares))
