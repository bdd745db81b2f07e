"""Subunits with several bands: does heat go by rates? What decides it, and the sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.banded import BandEvolution
from caloriq.errors import InvalidInput, NotEnoughData
from caloriq.models.banded import BandedChain
from caloriq.models.product_states import InBands, Thermal
from caloriq.reduced.average.relaxation import Relaxation
from caloriq.reduced.average.theory import Theory
from caloriq.results import Certificate, Check
from caloriq.transport.deviation import LEAST
from caloriq.transport.heat import HeatResponse
from caloriq.verdicts.evolved import ALLOWANCE, FOLLOWED, LARGEST, MOVED, STILL, as_check, exceeded
from caloriq.verdicts.judgement import UNJUDGED, Judgement


def fluctuation(model: BandedChain, start: Thermal | InBands) -> float:
    r"""Bound on the standard deviation of any P_µ(i, t) over the pure starts of an ensemble, or of their mean.

    The start is a product of states :math:`\sum_i\sqrt{p_i}\,\varphi_i` with independent φ_i in n_i levels. By the
    Efron-Stein inequality the variance of ⟨A⟩, 0 ≤ A ≤ 1, is at most the sum over the subunits of

    .. math:: \tfrac14\Big[\sum_{n_i>1} p_i^2/n_i + \sum_{i\ne j} p_ip_j/\max(n_i, n_j)\Big].

    Zero for the mixed start.
    """
    if start.draw == "mixed":
        return 0.0
    n = np.asarray(model.levels, dtype=float)
    p = start.band_weights(model)
    total = 0.0
    for weights in p:
        between = np.outer(weights, weights) / np.maximum.outer(n, n)
        np.fill_diagonal(between, np.where(n > 1, weights**2 / n, 0.0))
        total += float(between.sum()) / 4
    return float(np.sqrt(total / (start.samples or 1)))


def evidence(found: Any) -> Certificate:
    """Criteria, and D² of the populations of bands: the largest time average of (P_µ(i) - P_µ(i) of the rate equation)².

    Over an ensemble P is its mean. Allowed is twice the bound that typicality sets and a tenth of the largest move, squared, and
    never more than 0.01. Refused are fewer than 9 times, times that do not span the fastest relaxation, and starts from which
    nothing moves enough to tell.
    """
    exact, theory = found.exact, found.theory
    t, span = exact.times, 1 / theory.fastest_rate
    if t.size < LEAST or t[-1] - t[0] < span * (1 - 1e-9):
        raise NotEnoughData(
            f"`times` must be at least {LEAST} and span the fastest relaxation, {span:.6g}, for a verdict, but they do not (got {t.size} from {t[0]:.6g} to {t[-1]:.6g})"
        )
    width, moved = fluctuation(exact.model, exact.initial), _moved(found)
    if moved < max(STILL, MOVED * width):
        raise NotEnoughData(
            f"`initial` must start away from equilibrium for a verdict, but the rate equation moves all populations by less than the {max(STILL, MOVED * width):.2g} that tell something (got {moved:.2g}); start further away, or take draw: mixed or more samples"
        )
    square = np.trapezoid(_strayed(found) ** 2, t, axis=0) / (t[-1] - t[0])
    allowed = min(LARGEST, ALLOWANCE * width**2 + (FOLLOWED * moved) ** 2)
    meaning = "exact populations follow the rate equation within fluctuations and a tenth of what moves"
    return Certificate((*map(as_check, theory.criteria), Check("largest D²", float(square.max()), allowed, meaning)))


def _strayed(found: Any) -> Real:
    """Exact less the rate equation's populations of bands, of an ensemble's mean, shape (T, N, B)."""
    P = found.exact.band_populations
    mean = P if found.exact.initial.samples is None else P.mean(axis=0)
    return np.asarray(mean - found.relaxed.band_populations)


def _moved(found: Any) -> float:
    """By how much the rate equation moves a population of a band at most."""
    return float(np.abs(found.relaxed.band_populations - found.exact.initial.band_weights(found.exact.model)).max())


def response_words(response: HeatResponse) -> str:
    """How far exact and predicted κ_th are from each other, and what their errors allow, in words."""
    far = float((np.abs(response.early - response.theory) / response.theory).max())
    allowed = float(((response.early_error + response.theory_error) / response.theory).max())
    agree = response.agrees_early
    return f"κ_th of the early exact dynamics is within {100 * far:.2g} % of the predicted one, where errors allow {100 * allowed:.2g} %: they agree at {int(agree.sum())} of {agree.size} temperatures"


@dataclass(frozen=True)
class _Beside:
    """A run and the rate equation from the same start, as `judged` takes them."""

    exact: BandEvolution
    theory: Theory
    relaxed: Relaxation
    response: None = None


def followed(exact: BandEvolution, theory: Theory) -> Judgement:
    """Whether criteria and exact dynamics of bands speak for rates; see `caloriq.verdict`."""
    _checks.instance("exact", exact, BandEvolution)
    _checks.instance("theory", theory, Theory)
    if exact.model != theory.model:
        raise InvalidInput(
            "`theory` must belong to the model that was evolved, but it does not (got another model); use ham(exact.model)"
        )
    return judged(_Beside(exact, theory, theory.solve(exact.times, initial=exact.initial)))


def judged(found: Any) -> Judgement:
    """The judgement on exact dynamics, rate equation and response, as `BandComparison` holds them."""
    heat = ""
    if found.response is not None:
        heat = f"; {response_words(found.response)}"
    try:
        proof = evidence(found)
    except NotEnoughData as error:
        return Judgement(None, None, "undecided", f"No verdict on the dynamics: {error}{heat}.", UNJUDGED)
    far = f"to within {100 * float(np.abs(_strayed(found)).max()) / _moved(found):.2g} % of what moves"
    if proof.holds:
        told = f"Heat goes by rates: the criteria are met and the exact populations of bands follow the rate equation {far}{heat}."
        return Judgement(True, "diffusive", "measured", told, proof)
    failed = ", ".join(exceeded(c) for c in proof.failures)
    if proof["largest D²"].holds:
        told = f"That heat goes by rates is not assured: the populations follow the rate equation here {far}, but {failed}{heat}."
    elif found.theory.holds:
        told = f"Heat is not seen to go by rates: the criteria are met, but {failed}{heat}."
    else:
        told = f"Heat is not seen to go by rates: {failed}{heat}."
    return Judgement(None, None, "undecided", told, proof)
