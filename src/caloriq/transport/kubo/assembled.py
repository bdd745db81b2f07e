"""From correlations of a current on several rings to a diffusivity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import integrate

from caloriq._checks import Real
from caloriq.closed.correlation.result import Correlation
from caloriq.closed.correlation.samples import few
from caloriq.closed.lattice.equation_of_state import equation_of_state
from caloriq.errors import InvalidInput
from caloriq.models.lattice import densities
from caloriq.models.lattice.model import Lattice
from caloriq.results import Certificate, Check, MethodReport, frozen
from caloriq.spaces.strings import total
from caloriq.transport.kubo.literature import KnownDiffusivity
from caloriq.transport.kubo.premises import Charges
from caloriq.transport.kubo.reading import SIGMAS, level, parting, read
from caloriq.transport.kubo.result import Kubo
from caloriq.transport.kubo.rungs import Rungs, beside_rings

DENSE = 0.03  # of the largest D, by which the integral may change if half of the times are left out
SURE = 10.0  # bounds on its error that a susceptibility exceeds


def assembled(
    model: Lattice,
    found: Sequence[Correlation],
    of: str,
    susceptibility: tuple[float, float],
    *,
    charges: Charges,
    rungs: Rungs | None,
    known: KnownDiffusivity | None = None,
    also: Sequence[Check] = (),
    wall: float,
) -> Kubo:
    """What correlations of all sizes, ascending, say together.

    Parameters
    ----------
    model : Lattice
        What was asked about.
    found : sequence of Correlation
        Of the current, one a size, at one temperature.
    of : str
        What is carried.
    susceptibility : (float, float)
        Of the largest size, and the bound on its error.
    charges, rungs, known
        As in `Kubo`.
    also : sequence of Check
        Of the certificate, beside those of the correlations.
    wall : float
        Seconds that it took.
    """
    t, (chi, chi_bound) = found[-1].times, susceptibility
    C = np.array([one.values.real for one in found])
    C_error = np.array([one.error for one in found])
    D = _integral(C, t) / chi
    D_error = _integral_errors(found, t) / chi
    parted = [parting(t, D[n], D[n + 1], (D_error[n], D_error[n + 1])) for n in range(len(found) - 1)]
    (until, limit), late = parted[-1], t >= t[-1] / 2
    between = np.abs(D[-1] - _every_other(C[-1], t) / chi)
    left_out = _integral(np.abs(found[-1].bounds["values"]), t) / chi
    largest = float(np.abs(D[-1]).max()) or 1.0
    told = "half of the times give the same integral: they are dense enough"
    checks = [
        *(replace(c, name=f"{one.model.size} sites: {c.name}") for one in found for c in one.certificate),
        *also,
        Check("times", float(between.max()) / largest, DENSE, told),
    ]
    statistics: dict[str, Any] = {
        "products": sum(int(one.method.statistics.get("products", 0)) for one in found),
        "wall time in s": wall,
    }
    return Kubo(
        model=model,
        method=MethodReport(found[-1].method.name, found[-1].method.reason, statistics),
        certificate=Certificate(tuple(checks)),
        of=of,
        temperature=found[-1].temperature,
        sizes=frozen(np.array([one.model.size for one in found], dtype=np.int64)),
        times=frozen(t.copy()),
        correlation=frozen(C),
        correlation_error=frozen(C_error),
        diffusivity=frozen(D),
        diffusivity_error=frozen(D_error),
        parting=frozen(np.array([one for one, _ in parted])),
        susceptibility=chi,
        susceptibility_bound=chi_bound,
        reading=read(
            t, D[-1], D[-2], D_error[-1], until, limit=limit, quadrature=between + left_out, chi=chi_bound / chi
        ),
        level=level(t, C[-1], C[-2], C_error[-1], until),
        remaining=frozen(C[:, late].mean(axis=1) / C[:, 0]),
        charges=charges,
        rungs=None if rungs is None else beside_rings(rungs, *_last(t, D, D_error, until)),
        known=known,
    ).certified()


def susceptibilities(model: Lattice, of: str, temperatures: Sequence[float]) -> list[tuple[float, float]]:
    """Variance of the density per site at every temperature, and the bound on its error.

    Raises
    ------
    InvalidInput
        At temperatures so low that it is not above its error: nothing moves.
    """
    finite = [T for T in temperatures if math.inf > T]
    whole = total(model.spaces, densities.density(model, of))
    alike = float((whole.norm**2 - abs(whole.trace) ** 2) / model.size), 0.0
    if not finite:
        return [alike] * len(temperatures)
    state, name = equation_of_state(model, finite), f"{of}_susceptibility"
    found = dict(zip(finite, zip(state.values[name].tolist(), state.bounds[name].tolist(), strict=True), strict=True))
    for T, (chi, bound) in found.items():
        if not chi > SURE * bound:
            raise InvalidInput(
                f"`temperature` must be so high that the {of} fluctuates above rounding, but it is not (got {T:g}, where its variance is {chi:.2g} ± {bound:.1g})"
            )
    return [found.get(T, alike) for T in temperatures]


def _last(times: Real, D: Real, errors: Real, until: float) -> tuple[float, float]:
    """D of the largest size at t*, and by how much two sizes may differ there without being seen to."""
    at = int(np.searchsorted(times, until, side="right")) - 1
    return float(D[-1, at]), SIGMAS * float(np.hypot(*errors[-2:, at])) + float(abs(D[-1, at] - D[-2, at]))


def _every_other(values: Real, times: Real) -> Real:
    """∫ from every other time alone, at all times: between those that it has, from the one before."""
    some = np.arange(0, times.size, 2)
    if some[-1] != times.size - 1:
        some = np.append(some, times.size - 1)
    coarse = _integral(values[some], times[some])
    fine = _integral(values, times)
    return fine + np.interp(times, times[some], coarse - fine[some])


def _integral(values: Real, times: Real) -> Real:
    return np.asarray(integrate.cumulative_simpson(values, x=times, initial=0.0))


def _integral_errors(found: Sequence[Correlation], times: Real) -> Real:
    """Standard errors of ∫C: from the spread of the samples of all sizes, in units of the error of C that each is told.

    Few samples may lie close by chance: the errors are so much larger that two of them hold 95 % all the same.
    """
    found_errors, squares, freedom = np.zeros((len(found), times.size)), [], []
    scales = [float(one.error.mean()) for one in found]
    for one, scale in zip(found, scales, strict=True):
        if one.samples is not None and scale:
            own = _integral(one.samples.real, times).std(axis=0, ddof=1) / math.sqrt(len(one.samples))
            squares.append((own / scale) ** 2)
            freedom.append(len(one.samples) - 1)
    if squares:
        pooled = np.maximum.accumulate(np.sqrt(np.average(squares, axis=0, weights=freedom))) * few(sum(freedom))
        found_errors[:] = np.outer(scales, pooled)
    return found_errors
