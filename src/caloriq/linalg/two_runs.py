"""y' = f(t, y) by explicit steps (Dormand, Prince, order 8), twice: the difference of two tolerances measures the error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.errors import NotConverged

RETRY = 30.0  # the second run's tolerance is smaller by this
LESS = 1 / 3  # of the difference of the two runs is the error of the second, at most: in proportion, a thirtieth
ORDER = 8  # of the steps
PIECES = 100  # of the whole time: no step is longer, so that short pulses are not stepped over

Vector = NDArray[Any]


class Runs(NamedTuple):
    """Solutions at all times."""

    fine: Vector  # shape (T, n)
    rough: Vector  # shape (T, n)
    calls: int  # of f


def two_runs(
    f: Callable[[float, Vector], Vector], start: Vector, times: Real, tol: float, tell: Callable[[float], Any]
) -> Runs:
    """Solutions at times that increase from 0 or later, by two tolerances.

    Parameters
    ----------
    f : callable
        (t, y) ↦ y'.
    start : array, shape (n,)
        y at time 0.
    times : array, shape (T,)
        Instants.
    tol : float
        Relative tolerance of a step in the first run; absolute, a thousandth of it.
    tell : callable
        Called with the share of the work that is done.

    Raises
    ------
    NotConverged
        If no finite step keeps the tolerance.
    """
    longest = float(times[-1]) / PIECES
    rough, one = _run(f, start, times, tol, longest, lambda done: tell(0.4 * done))
    # where the longest step decides, not the tolerance, it is shorter by as much as makes the error as much less
    longest /= RETRY ** (1 / ORDER)
    fine, two = _run(f, start, times, tol / RETRY, longest, lambda done: tell(0.4 + 0.6 * done))
    return Runs(fine, rough, one + two)


def _run(
    f: Callable[[float, Vector], Vector],
    start: Vector,
    times: Real,
    tol: float,
    longest: float,
    tell: Callable[[float], Any],
) -> tuple[Vector, int]:
    from scipy.integrate import DOP853

    found = np.empty((times.size, start.size), dtype=start.dtype)
    place, last = int(times[0] == 0), float(times[-1])
    found[:place] = start
    if place == times.size:
        return found, 0
    solver = DOP853(f, 0.0, start, last, rtol=tol, atol=tol * 1e-3, max_step=longest)
    while solver.status == "running":
        message = solver.step()
        if solver.status == "failed":
            raise NotConverged(
                f"`times` must be reached by steps of finite size, but they are not at {solver.t:.3g} (got {last:g}: {message}); take shorter times, or a smoother drive"
            )
        passed = int(np.searchsorted(times, solver.t, side="right"))
        if passed > place:
            found[place:passed] = solver.dense_output()(times[place:passed]).T
            place = passed
        tell(solver.t / last)
    return found, solver.nfev
