"""Rate equations from one time to the next: by a sparse exponential, or by an adaptive method where rates change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotConverged

MOST = 1e5  # fastest rate times time beyond it


def solve_steps(K: Any, start: Real, times: Real) -> Real:
    """e^(Kt) P for a shell too large for eigenvectors, from one time to the next, shape (T, C)."""
    steps = np.diff(times, prepend=0.0)
    work = float(-K.diagonal().min()) * float(times[-1])
    if work > MOST:
        raise InvalidInput(
            f"`times` must end before {times[-1] * MOST / work:.3g} for a shell of {start.size} configurations, but they do not (got {times[-1]:g}); take earlier times or fewer subunits"
        )
    out = np.empty((times.size, start.size))
    P = start
    for k, step in enumerate(steps.tolist()):
        P = scipy.sparse.linalg.expm_multiply(K * step, P) if step > 0 else P
        out[k] = P
    return out


def solve_changing(
    right: Callable[[float, Real], Real], start: Real, times: Real, refusal: tuple[str, str], **options: Any
) -> Real:
    """Solution of dP/dt = right(t, P) by `scipy.integrate.solve_ivp` with `options`, shape (T, D).

    `refusal` says what must be, and what was got, where the method fails.
    """
    P, ahead = np.empty((len(times), len(start))), times > 0
    P[~ahead] = start
    if np.any(ahead):
        loud = np.geterr()

        def heard(s: float, now: Real) -> Real:
            with np.errstate(**loud):
                return right(s, now)

        # BDF reads a row of its differences before it has written it, and takes nothing of it: whatever memory held may overflow
        with np.errstate(invalid="ignore", over="ignore"):
            found = scipy.integrate.solve_ivp(heard, (0.0, float(times[-1])), start, t_eval=times[ahead], **options)
        if not found.success:
            must, got = refusal
            raise NotConverged(f"{must}: {found.message} (got {got})")
        P[ahead] = found.y.T
    return P
