"""How far the exact dynamics strays from the rate equation (PRL 15, PRE 33)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.banded import BandEvolution
from caloriq.closed.evolve import Evolution
from caloriq.closed.states import Vector
from caloriq.errors import InvalidInput, NotEnoughData
from caloriq.models.product_states import InBands, Thermal
from caloriq.reduced.average.theory import Theory
from caloriq.results import MethodReport, Solution, frozen
from caloriq.variables import CONFIGURATIONS, INVERSE_GAP, SUBUNIT, Variable

LEAST = 9  # times in the window, below which there is no estimate of the quadrature error


@dataclass(frozen=True)
class Deviation(Solution):
    """Time-averaged squared deviation.

    Attributes
    ----------
    values : array, shape (N,); an ensemble's (samples, N)
        D²_µ = (γ/5) ∫₀^{5/γ} (P_µ^HAM - P_µ^exact)² dt (PRL 15); of several bands that of every configuration, (C,).
    errors : array, same shape
        Quadrature error: change of D² when every second time is left out.
    span : float
        5/γ, the window of the average, in 1/ΔE.
    """

    values: Real
    errors: Real
    span: float

    variables = (
        Variable("values", ("subunit",), long_name="D²_µ"),
        Variable("errors", ("subunit",), long_name="quadrature error of D²_µ"),
        Variable("span", units=INVERSE_GAP, long_name="window of the average"),
    )
    coordinates = (SUBUNIT,)

    def declared(self) -> tuple[Variable, ...]:
        """Over subunits, or configurations of bands."""
        if not hasattr(self.model, "configurations"):
            return self.variables
        values, errors, span = self.variables
        return replace(values, dims=("configuration",)), replace(errors, dims=("configuration",)), span

    def placed(self) -> tuple[Variable, ...]:
        """Likewise."""
        return (CONFIGURATIONS,) if hasattr(self.model, "configurations") else self.coordinates


def deviation(exact: Evolution | BandEvolution, theory: Theory, *, spans: float = 5.0) -> Deviation:
    """D²_µ of exact dynamics from the rate equation, with its quadrature error.

    Parameters
    ----------
    exact : Evolution or BandEvolution
        Its times must reach from 0 to `spans`/γ; what lies beyond is left out.
    theory : Theory
        Of the same model.
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
    _checks.instance("exact", exact, Evolution, BandEvolution)
    _checks.instance("theory", theory, Theory)
    if exact.model != theory.model:
        raise InvalidInput(
            "`theory` must belong to the model that was evolved, but it does not (got another model); use ham(exact.model)"
        )
    span = _checks.positive("spans", spans) / theory.rate
    reached = int(np.searchsorted(exact.times, span * (1 + 1e-9), side="right"))
    t = exact.times[:reached]
    theirs = theory.solve(exact.times[: reached + 1], initial=start_populations(exact)).populations
    square = (exact.populations[..., : reached + 1, :] - theirs) ** 2
    if reached < exact.times.size and t.size and t[-1] < span * (1 - 1e-9):  # the window ends between two samples
        before, after = exact.times[reached - 1 : reached + 1]
        share = (span - before) / (after - before)
        square[..., -1, :] = (1 - share) * square[..., -2, :] + share * square[..., -1, :]
        t = np.append(t, span)
    square = square[..., : t.size, :]
    values = _mean(square, t, span)
    if reached < LEAST or t[0] > 0 or t[-1] < span * (1 - 1e-9):
        found = f"{t.size} times from {exact.times[0]:.6g} to {exact.times[-1]:.6g}"
        raise NotEnoughData(
            f"`exact` must hold at least {LEAST} times from 0 to {spans:g}/γ = {span:.6g}, but it does not (got {found})",
            estimate=values,
        )
    keep = np.unique(np.append(np.arange(0, t.size, 2), t.size - 1))
    coarse = _mean(square[..., keep, :], t[keep], span)
    return Deviation(
        model=exact.model,
        method=MethodReport(f"trapezoidal rule at {t.size} times", "the times that were recorded"),
        certificate=exact.certificate,
        values=frozen(values),
        errors=frozen(np.abs(values - coarse)),
        span=span,
    )


def _mean(square: Real, times: Real, span: float) -> Real:
    return np.asarray(np.trapezoid(square, times, axis=-2)) / span


def start_populations(exact: Evolution | BandEvolution) -> Any:
    """Populations at time 0, shape (N,), whether or not that time was sampled; of several bands the start itself, which tells them."""
    if isinstance(exact.initial, Thermal | InBands):
        return exact.initial
    if not isinstance(exact.initial, Vector):
        return np.eye(exact.model.subunits)[exact.initial.subunit]
    psi = np.abs(np.asarray(exact.initial.vector)) ** 2
    if len(set(exact.model.counts)) == 1:
        weight: Real = psi.reshape(exact.model.subunits, -1).sum(axis=1)
    else:
        weight = np.array([psi[place].sum() for place in exact.model.places])
    weight /= weight.sum()
    return weight
