"""Estimates held against proven numbers, where these are cheap."""

from __future__ import annotations

import numpy as np

from caloriq.models.spins import SpinChain
from caloriq.steady import direct
from caloriq.steady.bounds import Bounded, Numbers
from caloriq.steady.parts import space_of

CHEAP = 5  # sites: at most a second, in balls


def held(model: SpinChain, numbers: Numbers) -> Numbers:
    """The numbers with the bounds that their distance from proven ones gives; as they are beyond 5 sites.

    Bounds of iterative and sparse solutions are estimates; in chains of many decades they have been seen to fail.
    """
    if model.sites > CHEAP:
        return numbers
    found = direct.surest(model, space_of(model))
    if found is None:
        return numbers
    pairs = zip(numbers, found[0], strict=True)
    return Numbers(*(Bounded(mine.value, np.abs(mine.value - sure.value) + sure.bound) for mine, sure in pairs))
