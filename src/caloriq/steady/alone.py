"""A sample of a batch that double precision does not prove, solved by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.errors import CaloriqError
from caloriq.models.spins import SpinChain
from caloriq.steady.bounds import Bounded, Numbers
from caloriq.steady.contacts import contacts
from caloriq.steady.correlators import between
from caloriq.steady.methods import Direct


def sample(chain: SpinChain, pairs: tuple[Any, Any], frequency: Real, hopping: Real, dephasing: Real) -> SpinChain:
    """The chain with the values that were drawn for it."""
    changed: dict[str, Any] = {"frequency": frequency, "dephasing": dephasing}
    if chain.couplings is None and len(hopping) == chain.sites - 1 and np.all(pairs[1] == pairs[0] + 1):
        return chain.model_copy(update={**changed, "hopping": hopping})
    g = np.zeros((chain.sites, chain.sites), dtype=hopping.dtype)
    g[pairs] = hopping
    return chain.model_copy(update={**changed, "couplings": g + g.T, "hopping": None, "zz": 0.0})


def solved(model: SpinChain, kind: str) -> Numbers | None:
    """By balls where two baths drive a chain; the numbers are then the same on every processor. None without a solution."""
    from caloriq.steady import direct, two_point

    try:
        if kind == "two-point":
            ends = contacts(model)
            return two_point.proved(model, ends, between(model, ends))
        state = direct.solve(model, Direct(), "a sample by itself")
    except CaloriqError:
        return None
    return Numbers(*(Bounded(getattr(state, name), state.bounds[name]) for name in Numbers._fields))
