"""The chain without ends that a lattice is a piece of: the terms of one cell."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from caloriq.errors import Unsupported
from caloriq.models.lattice.geometry import Chain, Ladder
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import String

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

SAME = 1e-13  # of a difference that is rounding, relative to the largest coefficient
Cells = dict[int, dict[String, float]]  # strings from the first site of the cell on, by the cell that they begin in


def infinite_chain(model: Lattice) -> InfiniteChain:
    """Cell and terms of the chain without ends that looks like the inner part of the lattice.

    Cells at the ends are left aside: they lack terms, and may have fields of their own.

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
    tried = 0
    for cell in range(smallest, N // 3 + 1, smallest):
        found = _alike(_by_cell(model, cell), N // cell)
        if found is None:
            continue
        tried += 1
        if found:
            return InfiniteChain(model.spaces[:cell], found)
    told = "it is not the same from cell to cell" if tried else "it is too short to have an inner part"
    raise Unsupported(
        f"`model` must look the same from every cell, but {told} (got {N} sites); values must repeat along the chain, and `sites` be some times the range of the terms"
    )


def _by_cell(model: Lattice, cell: int) -> Cells:
    """Strings of H that do not run around a ring, moved to begin in cell 0."""
    found: Cells = defaultdict(dict)
    for string, c in model.strings.terms.items():
        if string and 2 * (string[-1][0] - string[0][0]) < model.size:
            at = string[0][0] // cell
            found[at][tuple((site - at * cell, a) for site, a in string)] = float(complex(c).real)
    return found


def _alike(cells: Cells, count: int) -> dict[String, float] | None:
    """Terms of an inner cell; empty if the next ones differ, None if there are none inside."""
    reach = max((string[-1][0] for terms in cells.values() for string in terms), default=0)
    size = max((string[0][0] for terms in cells.values() for string in terms), default=0) + 1
    inner = range(1, count - 1 - reach // size)
    if len(inner) < 2:
        return None
    first = cells.get(inner[0], {})
    least = SAME * max(map(abs, first.values()), default=0.0)
    for at in inner[1:]:
        other = cells.get(at, {})
        if any(abs(first.get(s, 0.0) - other.get(s, 0.0)) > least for s in first.keys() | other.keys()):
            return {}
    return first
