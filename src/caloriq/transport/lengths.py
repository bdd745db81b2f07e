"""Chains of other lengths: what a model becomes with more sites, and lists of lengths checked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotEnoughData
from caloriq.models.classical import ClassicalChain
from caloriq.models.disorder import DisorderedChain
from caloriq.models.spins import SpinChain

FEWEST = 3  # lengths from which an exponent has an error

Chain = SpinChain | ClassicalChain | DisorderedChain


def resized(model: Chain, sites: int) -> Chain:
    """The model with another number of sites."""
    if isinstance(model, DisorderedChain):
        return model.model_copy(update={"chain": resized(model.chain, sites)})
    names = ("hopping", "zz", "frequency", "dephasing") if isinstance(model, SpinChain) else ("rate", "frequency")
    for name in names:
        if np.ndim(getattr(model, name)) > 0:
            raise InvalidInput(
                f"`{name}` must be one number where the length varies, but it is a list (got {len(getattr(model, name))} values)"
            )
    if isinstance(model, SpinChain) and model.couplings is not None:
        raise InvalidInput(
            "`couplings` must be left out where the length varies, but they are given (got a matrix); use `hopping`"
        )
    far = [bath.site for bath in model.baths if bath.site > 0]
    if far:
        raise InvalidInput(
            f"`baths.site` must count from an end where the length varies, but it does not (got site {far[0]}); use 0, or -1 for the last"
        )
    return model.model_copy(update={"sites": sites})


def lengths_of(sizes: Sequence[int]) -> Real:
    """Sizes checked: whole numbers, increasing, enough of them."""
    raw = _checks.numbers("sizes", sizes)
    if raw.ndim != 1 or np.any(raw != np.round(raw)) or np.any(raw < 2):
        raise InvalidInput(
            f"`sizes` must be a list of whole numbers of at least 2, but it is not (got {_checks.shown(sizes)})"
        )
    if np.any(np.diff(raw) <= 0):
        raise InvalidInput(f"`sizes` must increase strictly, but they do not (got {_checks.shown(sizes)})")
    if raw.size < FEWEST:
        raise NotEnoughData(
            f"`sizes` must hold at least {FEWEST} lengths for an exponent with an error, but they hold fewer (got {raw.size})"
        )
    return raw.astype(np.intp)
