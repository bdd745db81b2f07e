r"""Means of series that remember, and their standard errors by two routes: from trajectory to trajectory, and along each.

The integrated autocorrelation time :math:`\tau = 1 + 2\sum_k\rho_k` is cut where the window exceeds five of it (A. Sokal,
in *Functional Integration*, Springer 1997, doi:10.1007/978-1-4899-0319-6_6; U. Wolff, Comput. Phys. Commun. 156, 143 (2004),
doi:10.1016/S0010-4655(03)00467-3). Of a number y and controls C whose mean is zero
:math:`y - \beta\cdot C` has the same mean; β is fitted on other parts of the data than it is used on, so that no error is
made smaller by the fit (control variates: R. Assaraf, M. Caffarel, Phys. Rev. Lett. 83, 4682 (1999),
doi:10.1103/PhysRevLett.83.4682).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from caloriq._checks import Real

WINDOW = 5.0  # autocorrelation times that a sum of correlations goes over
BETTER = 0.85  # of an error by which more controls must lower it: one that is lower by chance is not chosen
FOLDS = 8  # parts of the data, each of which is corrected by what the others show
SINGULAR = 1e-8  # of a control that follows from others
FEWEST, ALL = 16, 400  # means of steps, of one series and of all, in which a memory is looked for
WHITE = 2.5  # of an autocorrelation time in steps, up to which it may be none
STILL = 1e-20  # of a variance that is rounding
FITTED = 4  # batches that a control takes at least


class Estimate(NamedTuple):
    """Means and their errors.

    Attributes
    ----------
    mean : array, shape (Q,)
        Over all trajectories and times.
    error : array, shape (Q,)
        Standard error: both routes, each weighted by how well it is known, with Student's factor for what is not known of it.
    spread, along : array, shape (Q,)
        From trajectory to trajectory (NaN of one trajectory), and from the autocorrelation.
    freedom : array, shape (Q, 2)
        Degrees of freedom of both.
    time : array, shape (Q,)
        Integrated autocorrelation time, in steps of the series.
    """

    mean: Real
    error: Real
    spread: Real
    along: Real
    freedom: Real
    time: Real

    def of(self, choice: Real) -> Estimate:
        """Some of the numbers."""
        return Estimate(*(one[choice] for one in self))


def estimated(series: Real) -> Estimate:
    """Of independent series of equal length, shape (R, n, Q)."""
    R, n, _ = series.shape
    mean = series.mean(axis=(0, 1))
    variance, time, window = correlated(series)
    free = np.maximum(R * n / (2 * window + 1.0), 1.0)
    along = variance * time / (R * n) * (1 + 1 / free)  # the mean is that of the same data (Wolff 2004, eq. 49)
    if R == 1:
        error = np.sqrt(along * student(free))
        return Estimate(mean, error, np.full_like(error, np.nan), error, np.stack([0 * free, free], axis=1), time)
    spread = series.mean(axis=1).var(axis=0, ddof=1) / R
    own = np.full_like(free, R - 1.0)
    both = np.sqrt((own * spread + free * along) / (own + free) * student(own + free))
    return Estimate(mean, both, np.sqrt(spread), np.sqrt(along), np.stack([own, free], axis=1), time)


def student(freedom: Real) -> Real:
    """Variance of Student's t, by which a variance of few degrees of freedom is taken to be larger: at least three of them."""
    free = np.maximum(freedom, 3.0)
    found: Real = free / (free - 2)
    return found


def correlated(series: Real) -> tuple[Real, Real, Real]:
    """Variance, integrated autocorrelation time and the window it was summed over, each of shape (Q,)."""
    variance, shares = correlations(series)
    times = 1 + 2 * np.cumsum(shares[1:], axis=0) if len(shares) > 1 else np.ones((1, series.shape[2]))
    far = np.arange(1, len(times) + 1)[:, None] >= WINDOW * times
    last = np.where(far.any(axis=0), far.argmax(axis=0), len(times) - 1)
    time = np.take_along_axis(times, last[None, :], axis=0)[0]
    return variance, np.maximum(time, 1e-3), last + 1.0


def remembered(series: Real, lag: int) -> Real:
    """Correlation of every number that moves with itself `lag` steps later, in standard errors of it (Bartlett), shape (Q',)."""
    R, n, _ = series.shape
    variance, shares = correlations(series)
    moving = variance > STILL * (1 + np.abs(series).max() ** 2)
    _, _, window = correlated(series)
    inside = np.arange(1, n)[:, None] <= window
    spread = 1 + 2 * (np.where(inside, shares[1:], 0.0) ** 2).sum(axis=0)
    found: Real = (np.abs(shares[lag]) / np.sqrt(spread / (R * (n - lag))))[moving]
    return found


def correlations(series: Real) -> tuple[Real, Real]:
    """Variance (Q,) and autocorrelations at 0, 1, ... steps (n, Q), about the mean of all series."""
    R, n, Q = series.shape
    off = series - series.mean(axis=(0, 1))
    size = 1 << (2 * n - 1).bit_length()
    power = np.zeros((size // 2 + 1, Q))
    for one in off:
        power += np.abs(np.fft.rfft(one, size, axis=0)) ** 2
    moments = np.fft.irfft(power, size, axis=0)[:n] / (R * np.arange(n, 0, -1.0)[:, None])
    variance = moments[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(variance > 0, moments / variance, 0.0)
    return variance, shares


def memory(series: Real) -> float:
    """Longest autocorrelation time of any number, in steps: of means over 1, 2, 4, ... steps too, in which what is slow shows.

    Shape (R, n, Q); numbers that do not move have none.
    """
    longest, size = 1.0, 1
    while size == 1 or (series.shape[1] // size >= FEWEST and series.shape[0] * series.shape[1] // size >= ALL):
        variance, times, _ = correlated(batched(series, size))
        moving = variance > STILL * (1 + np.abs(series).max() ** 2)
        seen = times[moving & ((times > WHITE) | (size == 1))]
        longest = max(longest, size * float(seen.max(initial=0.0)))
        size *= 2
    return longest


def controlled(series: Real, controls: Real, choices: Sequence[int]) -> tuple[Real, Estimate, Real]:
    """Series less the controls that make the error of each number smallest; its estimate, and how many controls were taken.

    Parameters
    ----------
    series : array, shape (R, n, Q)
        Numbers.
    controls : array, shape (R, n, C)
        Of mean zero.
    choices : sequence of int
        How many of the first controls may be taken.
    """
    found, best, taken = series, estimated(series), np.zeros(series.shape[2])
    for count in choices:
        if not count or FITTED * count > series.shape[0] * series.shape[1]:
            continue
        less = _corrected(series, controls[:, :, :count])
        other = estimated(less)
        better = other.error < BETTER * best.error
        best = Estimate(
            *(
                np.where(better if one.ndim == 1 else better[:, None], new, one)
                for one, new in zip(best, other, strict=True)
            )
        )
        found, taken = np.where(better, less, found), np.where(better, float(count), taken)
    return found, best, taken


def _corrected(series: Real, controls: Real) -> Real:
    """The series less the controls, those of every part by what the other parts show."""
    shape = series.shape
    y, x = series.reshape(-1, shape[2]), controls.reshape(-1, controls.shape[2])
    scale = x.std(axis=0)
    x = x / np.where(scale > 0, scale, 1.0)
    found = np.empty_like(y)
    for part in np.array_split(np.arange(len(y)), FOLDS):
        rest = np.ones(len(y), dtype=bool)
        rest[part] = False
        a, b = x[rest] - x[rest].mean(axis=0), y[rest] - y[rest].mean(axis=0)
        beta = np.linalg.lstsq(a, b, rcond=SINGULAR)[0]
        found[part] = y[part] - x[part] @ beta
    return found.reshape(shape)


def batched(series: Real, size: int) -> Real:
    """Means over so many steps each, shape (..., n // size, Q); the first steps that fill no batch are left out."""
    count = series.shape[-2] // size
    kept = series[..., series.shape[-2] - count * size :, :]
    found: Real = kept.reshape(*series.shape[:-2], count, size, series.shape[-1]).mean(axis=-2)
    return found
