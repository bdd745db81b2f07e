"""What is measured of trajectories to trust their means: each limit is passed by chance once in ten thousand runs."""

from __future__ import annotations

import math

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.results import Check
from caloriq.steady.jumps.run import Sampled
from caloriq.steady.methods import Trajectories

CHANCE = 1e-4  # that a check fails although all is well
DRIFT = 10.0  # tolerances that a norm may be off after a series
MANY = 1e6  # degrees of freedom of a normal number
NONE = 1e-13  # of numbers that do not move


def checks_of(sampled: Sampled, method: Trajectories) -> list[Check]:
    """Whether start and memory are gone, whether conserved densities stand still, and whether both routes to an error agree."""
    found = sampled.numbers
    place = sampled.target
    checks = []
    if method.error is not None:
        size = abs(float(found.mean[place]))
        reached = float(found.error[place]) / size if size else math.inf
        checks.append(Check("standard error", reached, method.error, "of the current, relative to it, as asked for"))
    apart, limit = _halves(sampled)
    checks.append(
        Check(
            "halves",
            apart,
            limit,
            "largest difference of the means of both halves of the window, in its own standard errors",
        )
    )
    zero = sampled.continuity
    moving = zero.error > NONE * (1 + np.abs(zero.mean))
    off = np.abs(zero.mean[moving] / zero.error[moving])
    checks.append(
        Check(
            "continuity",
            float(off.max(initial=0.0)),
            _quantile(zero.freedom[moving].sum(axis=1), off.size),
            "what flows into every site flows out, and energy stands still: largest change, in standard errors",
        )
    )
    if len(sampled.series) > 1 and found.error[place] > NONE * (1 + abs(found.mean[place])):
        one, other = float(found.spread[place]), float(found.along[place])
        ratio = max(one, other) / max(min(one, other), 1e-300)
        free = found.freedom[place]
        order = free if one >= other else free[::-1]
        most = math.sqrt(float(scipy.stats.f.isf(CHANCE / 2, *order)))
        told_ = "standard error of the current from trajectory to trajectory and from autocorrelation along each: the larger over the smaller"
        checks.append(Check("two errors", ratio, most, told_))
    later = sampled.remembered
    checks.append(
        Check(
            "memory",
            float(later.max(initial=0.0)),
            _quantile(np.full(1, MANY), later.size),
            "largest correlation of any number with itself one burn-in later, in standard errors: the start is forgotten by then",
        )
    )
    checks.append(
        Check(
            "norm",
            sampled.drift,
            DRIFT * method.tol,
            "largest change of a norm, or of a time of a jump, that should be exact",
        )
    )
    return checks


def _halves(sampled: Sampled) -> tuple[float, float]:
    """Largest difference of halves in standard errors, and what chance allows."""
    series, found = sampled.series, sampled.numbers
    half = series.shape[1] // 2
    difference = series[:, :half].mean(axis=(0, 1)) - series[:, half:].mean(axis=(0, 1))
    moving = found.error > NONE * (1 + np.abs(found.mean))
    off = np.abs(difference[moving]) / (2 * found.error[moving])
    return float(off.max(initial=0.0)), _quantile(found.freedom[moving].sum(axis=1), off.size)


def _quantile(freedom: Real, count: int) -> float:
    """What the largest of so many numbers exceeds by chance alone, in standard errors."""
    fewest = float(np.min(freedom, initial=MANY))
    return float(scipy.stats.t.isf(CHANCE / 2 / max(count, 1), fewest))
