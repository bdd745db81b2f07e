"""What one length at one bath rate gives: the limit of no drive, the gradient inside, and both with their errors."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from caloriq._checks import Real
from caloriq.models.baths import Bath
from caloriq.models.spins import SpinChain
from caloriq.transport.laws import affine


class Limit(NamedTuple):
    """A quantity at vanishing drive."""

    value: Real  # shape of the quantity
    error: Real
    curvature: Real  # coefficient of μ² beside it: of μ³ in the current


def driven(model: SpinChain, rate: float, drive: float) -> SpinChain:
    """The chain between baths of rate Γ that prefer the populations (1 ± μ)/2."""
    up, down = rate * (1 + drive) / 2, rate * (1 - drive) / 2
    baths = Bath(site=0, gain=up, loss=down), Bath(site=-1, gain=down, loss=up)
    return model.model_copy(update={"baths": baths})


def extrapolated(drives: Real, slopes: Real, errors: Real) -> Limit:
    """Slopes f(μ)/μ of an odd f at μ = 0, by the polynomial in μ² through all of them.

    The error is what the largest drive changes, with what the earlier ones changed, less by (2μ)² for every order in between,
    since one change may vanish by chance: terms are taken to fall as those of a series that converges to μ = 1/2. What the
    errors of the slopes come to is added.

    Parameters
    ----------
    drives : array, shape (M,)
        μ > 0, increasing, at least two.
    slopes, errors : array, shape (M, ...)
        f(μ)/μ and errors.
    """
    squares, last = drives**2, len(drives)
    orders = [np.tensordot(_at_zero(squares[:m]), slopes[:m], 1) for m in range(1, last + 1)]
    changes = [np.abs(b - a) * (4 * squares[-1]) ** (last - 2 - m) for m, (a, b) in enumerate(pairwise(orders))]
    carried = np.tensordot(np.abs(_at_zero(squares)), errors, 1)
    value = orders[-1]
    return Limit(value, sum(changes) + carried, (slopes[0] - value) / squares[0])


def _at_zero(squares: Real) -> Real:
    """Weights of Lagrange's interpolation at zero, shape (M,)."""
    return np.array([np.prod([b / (b - a) for j, b in enumerate(squares) if j != i]) for i, a in enumerate(squares)])


def gradient(profile: Real, errors: Real) -> tuple[float, float]:
    """d⟨n⟩/dx in the middle half of a profile, and its error: what one site more or less at each side changes, and the numbers'."""
    N = len(profile)
    first = max(1, N // 4)
    wider, inner = slope(profile, first - 1), slope(profile, first)
    moved = [abs(inner - wider)]
    if N - 2 * (first + 1) >= 2:
        moved.append(abs(inner - slope(profile, first + 1)))
    return inner, max(moved) + float(errors[first : N - first].max()) * 2 / max(1, N - 1 - 2 * first)


def slope(profile: Real, left_out: int) -> float:
    """Of the regression over all sites but so many at each end."""
    there = profile[left_out : len(profile) - left_out]
    x = np.arange(there.size) - (there.size - 1) / 2
    return float(x @ there / (x @ x))


class Separated(NamedTuple):
    """Resistance of the contacts and of one bond, from 1/conductance = R + r (N - 1)."""

    contact: float
    contact_error: float
    bond: float
    bond_error: float
    misfit: float  # largest deviation from the line, relative to the resistance


def separated(sizes: Real, resistances: Real, errors: Real) -> Separated:
    """The line through at least three lengths.

    Its errors are what the lengths scatter by, what the shortest one changes, and the errors of the resistances.
    """
    x = sizes.astype(float) - 1
    none = np.zeros_like(resistances)
    r, R, r_error, R_error, _ = affine(x, resistances, none)
    last = (resistances[-1] - resistances[-2]) / (x[-1] - x[-2])
    before = resistances[-1] - last * x[-1]
    room = float(errors.max())
    misfit = float(np.max(np.abs(R + r * x - resistances) / resistances))
    return Separated(
        R, R_error + abs(before - R) + room, r, r_error + abs(last - r) + 2 * room / float(np.ptp(x)), misfit
    )
