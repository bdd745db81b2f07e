"""Relaxation of a tensor train to the steady state of one time step and one bond dimension."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.linalg.tensor_train import Train
from caloriq.steady.tensor.cells import Cells
from caloriq.steady.tensor.profile import Profile, profile_of
from caloriq.steady.tensor.reading import Reading, trace

STEP = 0.17  # of time, in units of the time in which a bond turns
CUT = 1e-3  # squared norm that is cut off while a bond turns once, beyond which a bond dimension is far too small
SPELL = 4.0  # of evolution between two looks, in units of the time in which a bond turns
LEAST = 3  # spells
BACK = 4  # changes that the fall is seen over
FOLLOW = 3.0  # times as much as of what leads may be to come of what does not
ROUNDED = 1e-10  # a change that is rounding
SLOWEST = 0.999  # of a change of what does not lead, that the next one is at most taken to be
PASSES = 3  # spells in a row in which little may be still to come: fast changes hide a slow one at first
STALLED = 8  # spells without a change that is smaller than the smallest so far
NEAR = 20.0  # goals that a change may be, for this to be the noise of cutting bonds
WAY = 3.0  # changes that so many spells may lead away in all
STUCK = 20  # spells without a smaller change, after which a relaxation comes to nothing
MOST = 400  # spells, and as many as four sites have
USE = 0.9  # of the distance of the profile from where it belongs, which moving it is to fall below
LONGEST = 16  # spells without a move after failures to do so; twice as many after each


def extrapolated(long: Real, short: Real, order: Real | float = 2.0) -> Real:
    """Numbers of no step from those of two, the shorter half as long: errors are even in the step."""
    gain = 2.0**order
    found: Real = (gain * short - long) / (gain - 1)
    return found


@dataclass(frozen=True, eq=False)
class Chain:
    """What a relaxation needs of a model.

    Attributes
    ----------
    cells : Cells
        The chain.
    reading : Reading
        All numbers that are asked for.
    kinds : array of int, shape (K,)
        Kind of every number: changes are measured against the largest of a kind.
    floors : array
        Size of every kind, below which it counts as that.
    leading : array
        Whether a kind must be steady; of the others the numbers are told as they are then, with their own errors.
    families : array of int
        Family of every kind: flows of all kinds are one.
    orders : array, optional
        Power of the time step that every kind is off by; 2 by default.
    stationary : bool
        Whether what leads is off by the square of what the profile is.
    flat : float
        Height of a profile below which it has none.
    """

    cells: Cells
    reading: Reading
    kinds: NDArray[np.intp]
    floors: Real
    leading: NDArray[np.bool_]
    families: NDArray[np.intp]
    orders: Real | None = None
    stationary: bool = False
    flat: float = 1e-3

    @property
    def order(self) -> Real | float:
        """Power of the time step that every number is off by, shape (K,)."""
        return 2.0 if self.orders is None else self.orders[self.kinds]

    @cached_property
    def profile(self) -> Profile | None:
        """The number whose profile is moved."""
        return profile_of(self.cells)

    @cached_property
    def _speeds(self) -> list[float]:
        """How fast every bond turns or decays: norms of generators, over that of [h, .] for a h of norm one."""
        made: dict[int, float] = {}
        for one in self.cells.generators:
            if id(one) not in made:
                made[id(one)] = float(np.linalg.norm(one, 2)) / 2
        return [made[id(one)] for one in self.cells.generators]

    @property
    def speed(self) -> float:
        """That of the fastest bond, which steps must follow."""
        return max(self._speeds)

    @property
    def pace(self) -> float:
        """That of the bonds in the mean, which spells are long for: one strong bath does not make them short."""
        return float(np.median(self._speeds))

    def sizes(self, values: Real) -> Real:
        """Size of every number's kind, shape (K,)."""
        largest = self.floors.copy()
        np.maximum.at(largest, self.kinds, np.abs(values))
        found: Real = largest[self.kinds]
        return found

    def apart(self, a: Real, b: Real) -> float:
        """Largest difference of two sets of numbers, in the sizes of their kinds."""
        share = np.abs(a - b) / self.sizes(b)
        return float(share[self.leading[self.kinds]].max(initial=0.0))

    def by_kind(self, change: Real) -> Real:
        """The largest change of a kind for every number of it, shape (K,)."""
        largest = np.zeros_like(self.floors)
        np.maximum.at(largest, self.kinds, np.abs(change))
        found: Real = largest[self.kinds]
        return found

    def spread(self, change: Real, values: Real) -> Real:
        """The largest change of a family, in the sizes of its kinds, for every number of it; shape (K,).

        A small change of one number, or of the few of one kind, is no sign of a small error.
        """
        sizes, families = self.sizes(values), self.families[self.kinds]
        largest = np.zeros(int(self.families.max(initial=0)) + 1)
        np.maximum.at(largest, families, np.abs(change) / sizes)
        found: Real = largest[families] * sizes
        return found


@dataclass
class Relaxation:
    """A train on its way, spell by spell; all that it is stands in its fields, so that it can be put down and taken up.

    Attributes
    ----------
    train : Train
        The state.
    step : float
        Time step of second order.
    largest : int
        Bond dimension.
    goal : float
        Change that may still come, in the sizes of the kinds.
    values : list of array
        Numbers after the last spells.
    changes : list of float
        Largest change in every spell.
    lost, drift : float
        Squared norm that is cut off per time, and |d ln Tr ρ/dt|.
    away : list of float
        How far the profile was from where it belongs after every spell, relative to its height; squared where that is how it enters.
    aim : array or None
        Where it belongs.
    wandered : float
        Change over all of the last spells.
    failures : int
        How often moving it was of no use.
    pause : int
        Spells until that is tried again.
    passes : int
        Spells in a row after which less than the goal was still to come.
    """

    train: Train
    step: float
    largest: int
    goal: float
    values: list[Real] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    away: list[float] = field(default_factory=list)
    aim: Real | None = None
    lost: float = 0.0
    drift: float = 0.0
    wandered: float = 0.0
    failures: int = 0
    moved: bool = False
    spells: int = 0
    pause: int = 0
    passes: int = 0

    @property
    def remaining(self) -> float:
        """Change that is still to come, from how the last ones fell; infinite before it can be told."""
        if len(self.changes) < LEAST:
            return math.inf
        if self.stalled or self._stuck:
            return max(2 * max(self.changes[-STALLED:]), self.wandered)
        last = self.changes[-1]
        if last == 0:
            return 0.0
        back = min(BACK, len(self.changes) - 1)
        falls = [self.changes[-2], self.changes[-1 - back]]
        ratios = [(last / one) ** (1 / k) if one > 0 else 1.0 for one, k in zip(falls, (1, back), strict=True)]
        ratio = max(ratios)
        if ratio >= 1:
            return last if last < ROUNDED else math.inf
        rest = last * max(1.0, ratio / (1 - ratio))
        return rest if self.aim is None else max(rest, self.away[-1])

    def rest(self, chain: Chain) -> Real:
        """Change that is still to come of every number, by how the last changes of its kind fell; shape (K,)."""
        if len(self.values) <= LEAST:
            return np.full_like(self.values[-1], np.inf)
        now = self.values[-1]
        last, before = (chain.spread(b - a, now) for a, b in (self.values[-2:], self.values[-3:-1]))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(before > 0, np.minimum(last / before, SLOWEST), 0.0)
        recent = chain.spread(now - self.values[-1 - LEAST], now)
        if chain.stationary:  # the profile is as far from where it belongs as the root tells; nothing else is slow
            far = math.sqrt(self.away[-1]) if self.aim is not None else 0.0
            own = np.maximum(recent, far * chain.sizes(now))
        else:
            own = np.maximum(last * np.maximum(1.0, ratio / (1 - ratio)), recent)
        lead = self.remaining * chain.sizes(self.values[-1])
        found: Real = np.where(chain.leading[chain.kinds], lead, np.maximum(own, FOLLOW * lead))
        return found

    @property
    def stalled(self) -> bool:
        """Whether the changes have come down to the noise of cutting bonds: small, no longer falling, and leading nowhere."""
        if len(self.changes) < STALLED + LEAST or self.changes[-1] > NEAR * self.goal:
            return False
        recent = self.changes[-STALLED:]
        return min(recent) > 0.7 * min(self.changes[:-STALLED]) and self.wandered < WAY * max(recent)

    @property
    def done(self) -> bool:
        """Whether it is steady, or as steady as it becomes."""
        settled = not self.moved and (self.passes >= PASSES or self.stalled or self._stuck)
        return settled or self.spells >= MOST + len(self.train.tensors) * 4

    @property
    def _stuck(self) -> bool:
        """Whether nothing has come nearer for long, nor leads anywhere."""
        if len(self.changes) < STUCK + LEAST:
            return False
        recent = self.changes[-STUCK:]
        return min(recent) > 0.7 * min(self.changes[:-STUCK]) and self.wandered < WAY * max(recent[-STALLED:])

    def go_on(self, chain: Chain, gates: Any) -> None:
        """One more spell; before it, the profile is moved where that is of use, and after it put back where it was of none."""
        self.train = self.train.copy()  # as it comes back from a file, to the last bit
        untouched = self.train
        self._move(chain)
        half = max(1, math.ceil(SPELL / chain.pace / self.step / 2))
        norm = trace(self.train.dense())
        self.train.evolve(gates, half, self.largest)
        before = self._held(chain, self.train.dense())
        lost = self.train.evolve(gates, half, self.largest) / self.step
        dense = self.train.dense()
        self.spells += 1
        aim, away = self._look(chain, before, self._held(chain, dense), half * self.step)
        if self.moved and not away <= USE * min(self.away):
            self.failures += 1
            self.pause = min(2**self.failures, LONGEST)
            self.train, self.moved = untouched, False
            return
        self.lost = lost
        self.drift = abs(math.log(abs(trace(dense) / norm))) / (2 * half * self.step) if norm else math.inf
        self.aim = aim
        if aim is not None:
            self.away.append(away)
        found = chain.reading.values(dense)
        if self.values:
            self.changes.append(chain.apart(self.values[-1], found))
        self.values = [*self.values[-STALLED:], found]
        self.wandered = chain.apart(self.values[0], found)
        self.passes = self.passes + 1 if self.remaining <= self.goal else 0

    def _held(self, chain: Chain, dense: Train) -> Real:
        """What is read of the profile."""
        return np.empty(0) if chain.profile is None else chain.profile.reading.values(dense)

    def _look(self, chain: Chain, before: Real, after: Real, span: float) -> tuple[Real | None, float]:
        """Where the profile would go from here, and how far that is."""
        if chain.profile is None:
            return None, math.inf
        (n, _), (old, _) = chain.profile.split(after), chain.profile.split(before)
        aim = chain.profile.wanted(after, (n - old) / span)
        if aim is None:
            return None, math.inf
        scale = max(float(np.abs(n - n.mean()).max()), chain.flat)
        away = float(np.abs(aim - n).max()) / scale
        return aim, away**2 if chain.stationary else away

    def _move(self, chain: Chain) -> None:
        """Move the profile, unless it is where it belongs, or that was of no use a short while ago."""
        self.moved = self.aim is not None and not self.pause and self.away[-1] > self.goal / 4
        self.pause = max(0, self.pause - 1)
        if self.moved:
            assert chain.profile is not None
            assert self.aim is not None
            self.train = self.train.copy()
            chain.profile.tilt(self.train, self.aim)
