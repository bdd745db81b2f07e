"""Whether a relaxation from another start comes to the same state: a second steady state would mix in."""

from __future__ import annotations

import math

import numpy as np

from caloriq._checks import Real
from caloriq.linalg.tensor_train import Train
from caloriq.results import Check
from caloriq.steady.tensor.ladder import SHARE_REST, Ladder, Level
from caloriq.steady.tensor.relaxing import Relaxation

APART = 0.95  # of the way from the even mixture to where states may end
CUT = 4.0  # times what the next bond dimension changed: states that are cut remember a little of their start
NOISE = 8.0  # times what the first relaxation had still to change


def uneven(letters: int, cell: int, apart: float = APART) -> Real:
    """Vector of a cell with a part of every operator, the same at every call: a state, since Tr ρ² ≤ 1/(d - 1)."""
    part = 0.75 + 0.25 * np.cos(0.7 * cell + 2.4 * np.arange(1, letters))
    part *= apart / (math.sqrt(math.isqrt(letters) - 1) * float(np.linalg.norm(part)))
    return np.array([1.0, *part])


def second_start(ladder: Ladder) -> Check:
    """Distance of the numbers from two starts, over what is allowed."""
    first = first_of(ladder)
    cut = max([ladder.chain.apart(first.values, one.values) for one in ladder.bonds[2:3]], default=0.0)
    allowed = ladder.goal + NOISE * first.remaining + CUT * cut
    return Check(
        "distance of a second start",
        ladder.chain.apart(first.values, other_values(ladder)) / allowed,
        1.0,
        "the same state is reached from another start, as far as a small bond dimension tells",
    )


def first_of(ladder: Ladder) -> Level:
    """The second bond dimension, at which another start is relaxed."""
    return ladder.bonds[min(1, len(ladder.bonds) - 1)]


def other_values(ladder: Ladder, apart: float = APART) -> Real:
    """The numbers from a start that is `apart` from evenness, shape (K,)."""
    cells, first = ladder.chain.cells, first_of(ladder)
    train = Train.product([uneven(n, c, apart) for c, n in enumerate(cells.letters)])
    other = Relaxation(train, ladder.step, first.largest, SHARE_REST * ladder.goal)
    gates = cells.gates(ladder.step, train)
    while not other.done:
        other.go_on(ladder.chain, gates)
    return other.found
