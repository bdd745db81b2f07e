"""What speaks for the numbers of a tensor train: every check measures one of the errors that it can have."""

from __future__ import annotations

import numpy as np

from caloriq._checks import Real
from caloriq.results import Check
from caloriq.steady.tensor.chain import CUT
from caloriq.steady.tensor.ladder import Ladder
from caloriq.steady.tensor.reading import pairs

NEGATIVE = 0.1  # of the goal, that a probability may be below 0


def relative(ladder: Ladder, change: Real, flows: Real) -> float:
    """Largest change of the flows, in the size of their kind."""
    sizes = ladder.chain.sizes(ladder.values)
    return float((np.abs(change) / sizes)[flows].max(initial=0.0))


def checks(ladder: Ladder, flows: Real) -> list[Check]:
    """All of them; `flows` are the numbers that are currents, shape (K,) of truths."""
    goal, last = ladder.goal, ladder.bonds[-1]
    speed = ladder.chain.speed
    lowest = min(float(np.linalg.eigvalsh(rho)[0]) for rho in pairs(ladder.chain.cells, ladder.train.dense()))
    steps = ladder.steps
    return [
        Check(
            "error of the flows",
            relative(ladder, errors(ladder), flows),
            goal,
            "bond dimension, time step and time together, over the largest flow of the kind, or a small share of what could flow",
        ),
        Check(
            "change by the bond dimension",
            relative(ladder, ladder.bond_error, flows),
            goal,
            "what doubling it changed, or would still change if it falls slowly",
        ),
        Check(
            "change by the time step",
            relative(ladder, ladder.step_error, flows),
            goal,
            "between two extrapolations to no step, as far as the order of the error leaves it",
        ),
        Check(
            "change still to come",
            last.remaining,
            goal,
            "from how the changes of the last spells fell, or means over time moved; 0 in a steady state",
        ),
        Check(
            "weight cut off per time",
            last.lost / speed,
            CUT,
            "squared norm that the bonds lose while one of them turns once",
        ),
        Check(
            "drift of the trace",
            max(one.drift for one in (last, *steps)) / speed,
            goal,
            "what cutting bonds and large steps do to Tr ρ while a bond turns once; the equation keeps it",
        ),
        Check(
            "negative part",
            max(0.0, -lowest),
            NEGATIVE * goal,
            "the states of neighbours have no probability below zero",
        ),
    ]


def errors(ladder: Ladder) -> Real:
    """Error of every number, shape (K,): the three together."""
    found: Real = ladder.bond_error + ladder.step_error + ladder.rest_error
    return found
