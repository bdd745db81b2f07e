"""The same terms on an open lattice of another size."""

from __future__ import annotations

import math
import re

from caloriq.errors import CaloriqError
from caloriq.models.lattice.geometry import Ladder
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.infinite import InfiniteChain
from caloriq.transport.kubo.rings import of_size

LONG = 24  # sites of a lattice that shows its inner part
FAR = 960  # where a rule of the site may change it; a multiple of the periods that cells are likely to have


def cell_of(model: Lattice) -> int:
    """Sites of the smallest cell that kinds of sites and legs allow."""
    legs = model.geometry.legs if isinstance(model.geometry, Ladder) else 1
    return math.lcm(len(model.local) if isinstance(model.local, tuple) else 1, legs)


def opened(model: Lattice, sites: int) -> Lattice:
    """The same terms and baths on so many sites, with open ends; see `of_size`."""
    return of_size(model, sites, periodic=False)


def by_place(model: Lattice) -> bool:
    """Whether a value follows a rule of the place, as text; such a rule may change anywhere."""
    values = [*(term.value for term in model.terms), *(jump.rate for jump in model.jumps), model.dephasing]
    return any(isinstance(one, str) and re.search(r"\b[jkxyz]\b", one) for one in values)


def inner(model: Lattice) -> tuple[Lattice, InfiniteChain] | str:
    """The lattice, long enough to have an inner part, and the chain without ends that this shows; or why there is none, in words.

    A long lattice is looked at over its own length, and one whose values follow a rule of the site over a thousand sites: what it
    shows first may change further on.
    """
    step = cell_of(model)
    ruled = by_place(model)
    long_enough = max(step * -(-(FAR if ruled else LONG) // step), model.size)
    errors = []
    for sites in (long_enough,) if ruled else (long_enough, model.size):
        try:
            long = opened(model, sites)
            return long, long.infinite_chain()
        except CaloriqError as error:
            errors.append(str(error))
    return errors[0]
