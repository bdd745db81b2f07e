"""Lanczos propagation with an error bound per step.

The Krylov approximation of exp(-iHt)ψ solves the Schrödinger equation up to a defect of norm β_m |e_m† exp(-iT s) e_1|;
its integral bounds the error (Hochbruck and Lubich, SIAM J. Numer. Anal. 34, 1911 (1997), doi:10.1137/S0036142995280572;
Jawecki, Auzinger and Koch, BIT 60, 157 (2020), doi:10.1007/s10543-019-00771-6).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.closed.blocks import HAND, Block, Meter
from caloriq.closed.methods import Krylov
from caloriq.errors import NotConverged
from caloriq.linalg.lanczos import lanczos
from caloriq.linalg.products import Propagated
from caloriq.linalg.propagate import krylov_reach, krylov_states

MOST_STEPS = 1e6


def propagate(operator: Propagated, starts: Complex, times: Real, method: Krylov, meter: Meter) -> Iterator[Block]:
    """States at all times for every start, shape (N n, k), start by start."""
    tol, size = method.tol, method.size
    most = max(1, HAND // (16 * operator.shape[0]))
    span, bound = float(times[-1]), 0.0
    for column in range(starts.shape[1]):
        norm = float(np.linalg.norm(starts[:, column]))  # below 1 where the start is a part of a state
        psi, now, first, spent = starts[:, column] / norm, 0.0, 0, 0.0
        while first < times.size:
            krylov = lanczos(operator, psi, size)
            meter.products += krylov.alpha.size
            offsets, bounds = krylov_reach(krylov, tol / span if span else tol, span - now)
            step = float(offsets[-1])
            if step * MOST_STEPS < span - now:
                raise NotConverged(
                    f"`size` must allow steps that reach the last time, but at {krylov.alpha.size} a step advances {step:.1e} of "
                    f"{span:g} (got Krylov, tol {tol:g}, size {size}); take a larger size or tol, or Chebyshev()"
                )
            stop = span if step >= span - now else now + step
            last = min(int(np.searchsorted(times, stop, side="right")), first + most)
            if last == first + most:
                stop = float(times[last - 1])
            spent += float(np.interp(stop - now, offsets, bounds))
            states = krylov_states(krylov, np.append(times[first:last] - now, stop - now))
            if last > first:
                yield Block(slice(first, last), slice(column, column + 1), norm * states[:-1, :, None])
            psi, now, first = states[-1] / np.linalg.norm(states[-1]), stop, last
            meter.advance(column + now / span if span else column + 1, starts.shape[1])
        bound = max(bound, spent)
    meter.notes["error bound"] = bound
