"""Currents of one length out of its certified steady states, and how well each is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from caloriq._checks import Real
from caloriq.models.disorder import DisorderedChain
from caloriq.steady.ensemble import SteadyEnsemble
from caloriq.steady.result import SteadyState, one_wire
from caloriq.transport.bulk import Carried

KNOWN = 0.01  # relative uncertainty up to which a current may enter a verdict
TOLD = 0.1  # relative standard error up to which it may: fits weigh currents by theirs


@dataclass(frozen=True, slots=True)
class Samples:
    """Currents of all samples at one length; one for a single chain."""

    values: Real  # J, shape (samples,)
    # bound on the error of each: the solver's own where it gives one, and no less than what the bonds, or all baths with the
    # dephasing, disagree by
    bounds: Real
    own: float = 0.0  # standard error of a single chain whose numbers have one instead of bounds

    @property
    def mean(self) -> float:
        """⟨J⟩."""
        return float(self.values.mean())

    @property
    def uncertainty(self) -> float:
        """Of the mean, from the bounds."""
        return float(self.bounds.mean())

    @property
    def known(self) -> bool:
        """Whether the mean is known to a per cent, or its standard error is a tenth of it."""
        return bool(self.uncertainty <= KNOWN * abs(self.mean) and self.own <= TOLD * abs(self.mean))

    @property
    def error(self) -> float:
        """Standard error of the mean; zero for one sample without an own."""
        return float(self.values.std(ddof=1) / np.sqrt(self.values.size)) if self.values.size > 1 else self.own

    @property
    def typical(self) -> tuple[float, float]:
        """exp⟨ln|J|⟩ and its error; NaN where samples differ in sign, vanish, or are not known to a per cent."""
        size, count = np.abs(self.values), self.values.size
        one_way = np.all(self.values > 0) or np.all(self.values < 0)
        if not one_way or not np.all(self.bounds <= KNOWN * size):
            return np.nan, np.nan
        logs = np.log(size)
        value = float(np.exp(logs.mean()))
        return value, value * float(logs.std(ddof=1) / np.sqrt(count)) if count > 1 else self.own


def samples_of(one: SteadyState | SteadyEnsemble, of: Carried) -> Samples:
    """The current that is asked, of every sample."""
    currents, heat = np.atleast_2d(one.currents), np.atleast_2d(one.heat_currents)
    dephasing = one.dephasing_currents if isinstance(one, SteadyEnsemble) else np.array([one.dephasing_current])
    if isinstance(one, SteadyState) and one.standard_errors:
        values = heat[:, 0].copy() if of == "heat" else currents.mean(axis=1)
        own = one.standard_errors["heat_currents" if of == "heat" else "current"]
        return Samples(values, np.zeros(1), float(np.ravel(own)[0]))
    bounds: Mapping[str, Real] = getattr(one, "bounds", {})  # an ensemble has none
    if of == "heat":
        off = np.abs(heat.sum(axis=1) + dephasing)
        given = np.atleast_2d(bounds.get("heat_currents", np.zeros_like(heat)))[:, 0]
        return Samples(heat[:, 0].copy(), np.maximum(off, given))
    chain = one.model.chain if isinstance(one.model, DisorderedChain) else one.model
    off = np.ptp(currents, axis=1) if one_wire(chain) else np.zeros(len(currents))
    given = np.atleast_2d(bounds.get("currents", np.zeros_like(currents))).mean(axis=1)
    return Samples(currents.mean(axis=1), np.maximum(off, given))


def share_lost(one: SteadyState | SteadyEnsemble) -> float:
    """Share of the heat that enters by the baths and leaves through the dephasing."""
    heat = np.atleast_2d(one.heat_currents).mean(axis=0)
    dephasing = one.dephasing_currents.mean() if isinstance(one, SteadyEnsemble) else one.dephasing_current
    entering = float(heat[heat > 0].sum())
    return float(0.0 - dephasing / entering) if entering > 0 else np.nan


def drive_of(one: SteadyState | SteadyEnsemble) -> float:
    """|s₁ - s_N|, what the first and the last bath's populations differ by; the mean over the samples of an ensemble."""
    model = one.model
    chain = model.chain if isinstance(model, DisorderedChain) else model
    sites = np.array(chain.bath_sites)
    ends = int(np.argmin(sites)), int(np.argmax(sites))
    if not isinstance(model, DisorderedChain):
        first, last = (chain.bath_rates[k].preferred for k in ends)
        return float(abs(first - last))
    drawn = model.draws("frequency", 0, model.samples)
    first, last = (
        np.array([chain.baths[k].rates(w).preferred for w in drawn[:, chain.bath_sites[k]].tolist()]) for k in ends
    )
    return float(abs((first - last).mean()))
