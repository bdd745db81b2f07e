"""The same terms on an open lattice of another size."""

from __future__ import annotations

import math
from typing import Any

from caloriq.errors import CaloriqError, Unsupported
from caloriq.models.lattice.geometry import Chain, Ladder
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.infinite import InfiniteChain

LONG = 24  # sites of a lattice that shows its inner part


def cell_of(model: Lattice) -> int:
    """Sites of the smallest cell that kinds of sites and legs allow."""
    legs = model.geometry.legs if isinstance(model.geometry, Ladder) else 1
    return math.lcm(len(model.local) if isinstance(model.local, tuple) else 1, legs)


def opened(model: Lattice, sites: int) -> Lattice:
    """The same terms and baths on so many sites, with open ends.

    Raises
    ------
    InvalidInput
        For a size that its values or cells do not fit.
    Unsupported
        If it is neither a chain nor a ladder.
    """
    if not isinstance(model.geometry, Chain | Ladder):
        raise Unsupported(
            f"`model` must be a chain or a ladder to have a length, but it is not (got a {model.geometry.kind} lattice)"
        )
    told: dict[str, Any] = model.to_mapping()
    told["sites"] = sites
    told["geometry"] = {**model.geometry.to_mapping(), "periodic": False}
    return Lattice.from_mapping(told)


def inner(model: Lattice) -> tuple[Lattice, InfiniteChain] | str:
    """The lattice, long enough to have an inner part, and the chain without ends that this shows; or why there is none, in words.

    A long lattice is looked at over its own length: values may follow a rule of the site that changes further on.
    """
    step = cell_of(model)
    errors = []
    for sites in (max(step * -(-LONG // step), model.size), model.size):
        try:
            long = opened(model, sites)
            return long, long.infinite_chain()
        except CaloriqError as error:
            errors.append(str(error))
    return errors[0]
