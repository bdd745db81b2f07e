"""The chain without ends that a lattice is a piece of: the terms of one cell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from caloriq.errors import Unsupported
from caloriq.models.lattice.geometry import Chain, Ladder
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import String

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

SAME = 1e-12  # of a difference that is rounding, relative to the coefficients
Starts = list[dict[String, float]]  # strings from their first site on, by that site


def infinite_chain(model: Lattice) -> InfiniteChain:
    """Cell and terms of the chain without ends that looks like the inner part of the lattice.

    At each end as many sites as a term covers are left aside, and at least one cell of sites: they lack terms, and may have fields
    of their own. All others must repeat, in at least three cells.

    Raises
    ------
    Unsupported
        If the lattice is no chain or ladder, too short to have an inner part, or not the same from cell to cell.
    """
    if not isinstance(model.geometry, Chain | Ladder):
        raise Unsupported(
            f"`model` must be a chain or a ladder to have a chain without ends, but it is not (got a {model.geometry.kind} lattice)"
        )
    kinds = len(model.local) if isinstance(model.local, tuple) else 1
    legs = model.geometry.legs if isinstance(model.geometry, Ladder) else 1
    smallest, N = math.lcm(kinds, legs), model.size
    starts = _by_start(model)
    reach = max((string[-1][0] for terms in starts for string in terms), default=0)
    edge = max(reach, smallest)
    first, last = smallest * -(-edge // smallest), N - reach - edge  # inner strings begin at sites from..to - 1
    for cell in range(smallest, (last - first) // 3 + 1, smallest):
        if all(_alike(starts[x], starts[x + cell]) for x in range(first, last - cell)):
            terms = {
                tuple((site + x - first, a) for site, a in string): c
                for x in range(first, first + cell)
                for string, c in starts[x].items()
            }
            return InfiniteChain(model.spaces[:cell], terms, legs)
    told = (
        f"{_varying(model)} is not the same from cell to cell"
        if last - first >= 3 * smallest
        else "it is too short to have an inner part"
    )
    raise Unsupported(
        f"`model` must look the same from every cell, but {told} (got {N} sites); values must repeat along the chain, and `sites` be some times the range of the terms"
    )


def _varying(model: Lattice) -> str:
    """The first term whose values differ within the lattice, in words; "it" where the places do."""
    for number, placed in enumerate(model.placed):
        inner = placed.values[1:-1]
        if inner.size and np.ptp(np.abs(inner)) > SAME * np.abs(inner).max():
            return f"term {number}, {placed.label!r},"
    return "it"


def _by_start(model: Lattice) -> Starts:
    """Strings of H that do not run around a ring."""
    found: Starts = [{} for _ in range(model.size)]
    for string, c in model.strings.terms.items():
        if string and 2 * (string[-1][0] - string[0][0]) < model.size:
            x = string[0][0]
            found[x][tuple((site - x, a) for site, a in string)] = float(complex(c).real)
    return found


def _alike(one: dict[String, float], other: dict[String, float]) -> bool:
    """Equal but for rounding."""
    return one.keys() == other.keys() and all(
        abs(c - other[string]) <= SAME * (abs(c) + abs(other[string])) for string, c in one.items()
    )
