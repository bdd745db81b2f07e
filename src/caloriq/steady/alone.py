"""A sample of a batch that double precision does not prove, solved by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.errors import CaloriqError
from caloriq.models.spins import SpinChain
from caloriq.steady.bounds import Bounded, Numbers, worst_share
from caloriq.steady.contacts import contacts
from caloriq.steady.correlators import between
from caloriq.steady.methods import Direct

Entries = dict[str, tuple[Real, Real]]


def sample(chain: SpinChain, pairs: tuple[Any, Any], frequency: Real, hopping: Real, dephasing: Real) -> SpinChain:
    """The chain with the values that were drawn for it."""
    changed: dict[str, Any] = {"frequency": frequency, "dephasing": dephasing}
    if chain.couplings is None and len(hopping) == chain.sites - 1 and np.all(pairs[1] == pairs[0] + 1):
        return chain.model_copy(update={**changed, "hopping": hopping})
    g = np.zeros((chain.sites, chain.sites), dtype=hopping.dtype)
    g[pairs] = hopping
    return chain.model_copy(update={**changed, "couplings": g + g.T, "hopping": None, "zz": 0.0})


def solved(model: SpinChain, kind: str) -> tuple[Entries, float] | None:
    """Values and bounds by the names of a batch, and the largest error as `judged` counts it; None without a solution."""
    try:
        found = _numbers(model, kind)
    except CaloriqError:
        return None
    if found is None:
        return None

    def both(number: Bounded) -> tuple[Real, Real]:
        return np.atleast_1d(number.value), np.atleast_1d(number.bound)

    entries = {
        "currents": both(found.currents),
        "excitation_currents": both(found.excitation_currents),
        "heat_currents": both(found.heat_currents),
        "dephasing_currents": both(found.dephasing_current),
        "populations": both(found.populations),
    }
    return entries, worst_share(model, found)


def _numbers(model: SpinChain, kind: str) -> Numbers | None:
    """By balls where two baths drive a chain; the numbers are then the same on every processor."""
    from caloriq.steady import direct, two_point

    if kind == "two-point":
        ends = contacts(model)
        return two_point.proved(model, ends, between(model, ends))
    state = direct.solve(model, Direct(), "a sample by itself")

    def of(name: str) -> Bounded:
        return Bounded(getattr(state, name), state.bounds[name])

    return Numbers(
        of("currents"),
        of("excitation_currents"),
        of("heat_currents"),
        of("dephasing_current"),
        of("populations"),
        of("population_differences"),
        of("coherences"),
        of("energy"),
    )
