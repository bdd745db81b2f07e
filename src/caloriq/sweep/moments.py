"""Means over the samples of many ensembles, taken in piece by piece."""

from __future__ import annotations

from typing import Any

import numpy as np

from caloriq._checks import Real


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
        """Means and their standard errors; NaN where nothing, or one sample alone, is known. See `standard_error`."""
        n: Any = self.count
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(n > 0, self.mean, np.nan)
            if truth:
                p = (mean * n + 2) / (n + 4)
                return mean, np.sqrt(p * (1 - p) / (n + 4))
            return mean, np.where(n > 1, np.sqrt(self.squares / (n - 1) / n), np.nan)
