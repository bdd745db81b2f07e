"""A tensor train through time, at one bond dimension and with one length of steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.linalg.tensor_train import Gates, Train
from caloriq.steady.tensor.begun import Beginning, steps_of
from caloriq.steady.tensor.cells import Cells
from caloriq.steady.tensor.chain import CUT, STEP, Chain
from caloriq.steady.tensor.reading import pairs


@dataclass
class Followed:
    """Numbers on the way; not a number behind the instant at which it was given up.

    Attributes
    ----------
    largest : int
        Bond dimension.
    factor : float
        Length of the steps, in that of the standard ones.
    values : array, shape (T, K)
        What is read.
    lost : array, shape (T,)
        Squared norm that was cut off while a bond turned once, since the instant before.
    negative : array, shape (T,)
        How far the states of neighbours have probabilities below zero.
    bond : int
        Largest dimension that was needed.
    room : float
        Dimension that holds every state.
    """

    largest: int
    factor: float
    values: Real
    lost: Real
    negative: Real
    bond: int = 1
    room: float = math.inf
    steps: int = 0
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def whole(self) -> bool:
        """Whether nothing was cut off."""
        return (self.bond < self.largest or self.largest >= self.room) and not np.isnan(self.lost).any()


def follow(
    chain: Chain,
    beginning: Beginning,
    times: Real,
    largest: int,
    factor: float,
    enough: Callable[[int, Real], bool],
    tell: Callable[[Followed], Any],
) -> Followed:
    """From the start through all times.

    Parameters
    ----------
    chain, beginning
        What moves, and from where.
    times : array, shape (T,)
        When it is read.
    largest : int
        Bond dimension.
    factor : float
        Length of the steps, in that of the standard ones.
    enough : callable
        Whether numbers of an instant, shape (K,), are so far off that the rest is of no use.
    tell : callable
        Called at every instant.
    """
    T, K = times.size, len(chain.kinds)
    found = Followed(largest, factor, np.full((T, K), np.nan), np.full(T, np.nan), np.full(T, np.nan))
    n = steps_of(1.0, beginning.speed, STEP, factor)
    train, cut = beginning.train(n, largest)
    found.bond, found.room = max(train.bonds), room(chain.cells)
    before, speed = 0.0, chain.speed
    for k, t in enumerate(times.tolist()):
        if t > before:
            steps = steps_of(t - before, speed, STEP, factor)
            lost = train.evolve(_gates(chain, found, train, (t - before) / steps), steps, largest) * steps
            found.lost[k] = lost / max(1.0, speed * (t - before)) + cut
            found.steps += steps
        else:
            found.lost[k] = cut
        before, cut, dense = t, 0.0, train.dense()
        found.bond = max(found.bond, *train.bonds)
        found.values[k] = chain.reading.values(dense)
        found.negative[k] = max(0.0, -min(float(np.linalg.eigvalsh(one)[0]) for one in pairs(chain.cells, dense)))
        tell(found)
        if found.lost[k] > CUT or enough(k, found.values[k]):
            break
    found.cache.clear()
    return found


def _gates(chain: Chain, found: Followed, train: Train, step: float) -> Any:
    """Of steps of one length; those that differ by rounding are the same."""
    key = float(f"{step:.12g}")
    if key not in found.cache:
        found.cache[key] = chain.cells.suiting(Gates.of(chain.cells.generators, key), train)
    return found.cache[key]


def room(cells: Cells) -> float:
    """Bond dimension that holds every state."""
    letters = [float(one) for one in cells.letters]
    return max(min(math.prod(letters[:c]), math.prod(letters[c:])) for c in range(1, cells.count))
