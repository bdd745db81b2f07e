"""How far the exact dynamics strays from the rate equation (PRL 15, PRE 33)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.evolve import Evolution
from caloriq.closed.states import Vector
from caloriq.errors import InvalidInput, NotEnoughData
from caloriq.reduced.ham import Theory
from caloriq.results import frozen


@dataclass(frozen=True)
class Deviation:
    """Time-averaged squared deviation.

    Attributes
    ----------
    values : array, shape (N,); an ensemble's (samples, N)
        D²_µ = (γ/5) ∫₀^{5/γ} (P_µ^HAM - P_µ^exact)² dt (PRL 15).
    errors : array, same shape
        Quadrature error: change of D² when every second time is left out.
    span : float
        5/γ, the window of the average, in 1/ΔE.
    """

    values: Real
    errors: Real
    span: float


def deviation(exact: Evolution, theory: Theory, *, spans: float = 5.0) -> Deviation:
    """D²_µ of exact dynamics from the rate equation, with its quadrature error.

    Parameters
    ----------
    exact : Evolution
        Its times must reach from 0 to `spans`/γ; what lies beyond is left out.
    theory : Theory
        Of the same chain.
    spans : float
        Length of the window in units of 1/γ; the papers take 5.

    Returns
    -------
    Deviation
        Values and errors, by the trapezoidal rule on the sampled times.

    Raises
    ------
    InvalidInput
        If the theory belongs to another chain.
    NotEnoughData
        If the times do not cover the window or are fewer than 9 in it; D² of what there is comes along.
    """
    if exact.model != theory.model:
        raise InvalidInput(
            "`theory` must belong to the chain that was evolved, but it does not (got another model); use ham(exact.model)"
        )
    span = _checks.positive("spans", spans) / theory.rate
    inside = exact.times <= span * (1 + 1e-9)
    t = exact.times[inside]
    if t.size == 0:
        raise NotEnoughData(
            f"`exact` must hold times from 0 to {spans:g}/γ = {span:.6g}, but it holds none (got {exact.times[0]:.6g} as the first)"
        )
    difference = exact.populations[..., inside, :] - theory.solve(t, initial=_start(exact)).populations
    values = _mean_square(difference, t, span)
    if t.size < 9 or t[0] > 0 or t[-1] < span * (1 - 1e-9):
        raise NotEnoughData(
            f"`exact` must hold at least 9 times from 0 to {spans:g}/γ = {span:.6g}, but it does not (got {t.size} times up to {t[-1] if t.size else 0:.6g})",
            estimate=values,
        )
    keep = np.unique(np.append(np.arange(0, t.size, 2), t.size - 1))
    coarse = _mean_square(difference[..., keep, :], t[keep], span)
    return Deviation(frozen(values), frozen(np.abs(values - coarse)), span)


def _mean_square(difference: Real, times: Real, span: float) -> Real:
    mean: Real = np.asarray(np.trapezoid(difference**2, times, axis=-2)) / span
    return mean


def _start(exact: Evolution) -> Real | int:
    """Populations at time 0: the excited subunit, or those of the vector handed in."""
    if isinstance(exact.initial, Vector):
        amplitudes = np.asarray(exact.initial.vector).reshape(exact.model.subunits, -1)
        weight: Real = (np.abs(amplitudes) ** 2).sum(axis=1)
        weight /= weight.sum()
        return weight
    return int(exact.initial.subunit)
