"""Means over the samples of many ensembles, taken in piece by piece."""

from __future__ import annotations

from typing import Any

import numpy as np

from caloriq._checks import Real

EPS = float(np.finfo(float).eps)


class Moments:
    """Number, mean and sum of squared deviations of what is finite, for every cell of an array.

    Parameters
    ----------
    shape : tuple of int
        Of the cells, and of what each sample holds.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.count = np.zeros(shape)
        self.mean = np.zeros(shape)
        self.squares = np.zeros(shape)

    def add(self, cells: tuple[slice, ...], values: Real) -> None:
        """Take in samples of some cells: those lead, the samples follow, then what each of them holds."""
        axis = len(cells)
        known = np.isfinite(values)
        more = known.sum(axis=axis).astype(float)
        filled = np.where(known, values, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(more > 0, filled.sum(axis=axis) / more, 0.0)
            squares = (np.where(known, values - np.expand_dims(mean, axis), 0.0) ** 2).sum(axis=axis)
            before = self.count[cells]
            total = before + more
            share = np.where(total > 0, more / total, 0.0)
        step = mean - self.mean[cells]
        self.mean[cells] += step * share
        self.squares[cells] += squares + step**2 * before * share
        self.count[cells] = total

    def result(self, *, truth: bool) -> tuple[Real, Real]:
        """Means and their standard errors; NaN where nothing, or one sample alone, is known."""
        mean = np.where(self.count > 0, self.mean, np.nan)
        error = standard_error(self.count, mean, self.squares, truth=truth)
        return mean, np.where(np.isfinite(error), error, np.nan)

    def bound(self, bounds: Moments) -> Real:
        """Bound on the error of the means from the bounds of the samples; NaN where a sample has none.

        The mean of the bounds, and what n sums of the numbers may lose by rounding: (n + 16) units of their root mean square.
        """
        n = np.maximum(self.count, 1)
        rounding = (n + 16) * EPS
        typical = np.sqrt(self.mean**2 + self.squares / n)
        known = (self.count > 0) & (bounds.count == self.count)
        return np.where(known, bounds.mean * (1 + rounding) + rounding * typical, np.nan)


def standard_error(count: Any, mean: Any, squares: Any, *, truth: bool) -> Any:
    """Standard error of a mean from the sum of squared deviations, infinite for one sample; of a fraction after Agresti and Coull.

    The fraction k/n of n samples has the error √(p(1-p)/(n+4)) with p = (k+2)/(n+4), which is not zero where k is 0 or
    n (Am. Stat. 52, 119 (1998), doi:10.1080/00031305.1998.10480550).
    """
    if truth:
        p = (mean * count + 2) / (count + 4)
        return np.sqrt(p * (1 - p) / (count + 4))
    more, some = np.maximum(count - 1, 1), np.maximum(count, 1)
    return np.where(np.greater(count, 1), np.sqrt(squares / more / some), np.inf)
