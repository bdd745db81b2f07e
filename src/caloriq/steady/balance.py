"""The detailed-balance defect of local baths: the heat that flows although all baths are equally warm.

A local bath of temperature T thermalises its own site, at the site's own frequency. Where the sites of the baths have
unequal frequencies, sites so prepared are not in equilibrium with each other through an exchange of excitations, and a
current flows between equal temperatures (A. Levy, R. Kosloff, EPL 107, 20004 (2014),
doi:10.1209/0295-5075/107/20004). No second law of the whole chain notices it where dephasing or unequal frequencies
pay for it, so it is measured: the heat currents of the same chain with all baths at their mean temperature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.errors import CaloriqError
from caloriq.models.baths import at_their_mean
from caloriq.models.classical import ClassicalChain
from caloriq.models.spins import SpinChain
from caloriq.results import frozen
from caloriq.steady.result import SteadyState

Model = SpinChain | ClassicalChain


def known(found: SteadyState) -> SteadyState:
    """The steady state with its defect where that is exactly zero."""
    model: Model = found.model
    if at_their_mean(model.baths) is None or not _even(model):
        return found
    zero = frozen(np.zeros(len(model.baths)))
    return replace(found, detailed_balance_defect=zero, detailed_balance_bound=zero)


def _even(model: Model) -> bool:
    """Whether all baths are on sites of one frequency."""
    return len({float(model.frequencies[s]) for s in model.bath_sites}) == 1


def measured(found: SteadyState, solve: Callable[[Any], SteadyState]) -> SteadyState:
    """The steady state with its defect, which is solved for when it is first asked for.

    None where a bath has no temperature, or the balanced chain has no solution. Between baths on sites of one frequency the
    defect is exactly zero: at one temperature all of them prefer the same occupation, and the product state with it is
    steady for any couplings that conserve excitations.
    """
    model: Model = found.model
    baths = at_their_mean(model.baths)
    if baths is None or _even(model):
        return known(found)
    if not found.bounds:  # from standard errors nothing small beside a flow is told
        return found

    @cache
    def level() -> tuple[Real, Real] | tuple[None, None]:
        try:
            one = solve(model.model_copy(update={"baths": baths})).certified()
        except CaloriqError:
            return None, None
        return one.heat_currents, one.bounds["heat_currents"]

    return replace(found, detailed_balance_defect=lambda: level()[0], detailed_balance_bound=lambda: level()[1])
