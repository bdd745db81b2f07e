"""Relaxation of a tensor train to the steady state of one time step and one bond dimension."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.linalg.tensor_train import Train
from caloriq.steady.tensor import leaping
from caloriq.steady.tensor.chain import Chain
from caloriq.steady.tensor.means import LONGEST as LONGEST_MEAN
from caloriq.steady.tensor.means import Means
from caloriq.steady.tensor.reading import trace

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
PART = 6  # of the spells since a move or a leap, in which little must be still to come
SPREADING = 8.0  # squares of a length, in cells, over the spells in which a profile spreads over it
ENOUGH = 2.0  # goals that means may be off, where nothing comes nearer
ROUGH = 0.02  # of a size, that means may be off after so long; more may be a wave that is longer still
PATIENCE = 96  # spells that means over time are waited for, where nothing comes nearer
STUCK = 20  # spells without a smaller change, after which a relaxation comes to nothing
MOST = 400  # spells, and as many as four sites have
USE = 0.9  # of the distance of the profile from where it belongs, which moving it is to fall below
LONGEST = 16  # spells without a move after failures to do so; twice as many after each


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
    held : list of array
        What the profile is moved by, after as many.
    since : int
        Spells since the profile was moved or a leap was made; 0 where means are of no use: without a profile, or of a stationary number.
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
    rest_of_means : float
        What means over time may be off, in the sizes of the kinds.
    past : list of Train
        States of the same time that a leap is made from.
    leaps : int
        How many there were.
    """

    train: Train
    step: float
    largest: int
    goal: float
    values: list[Real] = field(default_factory=list)
    held: list[Real] = field(default_factory=list)
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
    since: int = 0
    rest_of_means: float = math.inf
    past: list[Train] = field(default_factory=list)
    leaps: int = 0

    @property
    def remaining(self) -> float:
        """Change that is still to come, of the numbers as they are or of their means; infinite before it can be told."""
        return min(self._falling, self.rest_of_means)

    @property
    def averaged(self) -> Means | None:
        """Means over time, where these are nearer to the steady numbers than what is now."""
        return self._means if self.rest_of_means < self._falling else None

    @property
    def found(self) -> Real:
        """The steady numbers."""
        means = self.averaged
        return self.values[-1] if means is None else means.whole

    @property
    def _means(self) -> Means | None:
        """Over the time since the profile was moved, or a leap was made: of such a time as that saw, at least."""
        least = leaping.SPACING * leaping.KEPT if self.leaps else 0
        return None if not self.since or self.since < least else Means.of(self.values[-self.since :])

    @property
    def _waited(self) -> bool:
        """Whether means had long to tell more, or told enough; where they are of no use nothing is waited for."""
        late = self.since >= PATIENCE and self.rest_of_means <= ROUGH
        return not self.since or late or self.rest_of_means <= ENOUGH * self.goal

    @property
    def _falling(self) -> float:
        """Change that is still to come, from how the last ones fell; infinite before it can be told."""
        if len(self.changes) < LEAST:
            return math.inf
        restless = max(2 * max(self.changes[-STALLED:]), self.wandered)
        if self.stalled or self._stuck:
            return restless
        last = self.changes[-1]
        if last == 0:
            return 0.0
        back = min(BACK, len(self.changes) - 1)
        falls = [self.changes[-2], self.changes[-1 - back]]
        ratios = [(last / one) ** (1 / k) if one > 0 else 1.0 for one, k in zip(falls, (1, back), strict=True)]
        ratio = max(ratios)
        if ratio >= 1:
            return last if last < ROUNDED else math.inf
        rest = max(last * max(1.0, ratio / (1 - ratio)), restless if self._given_up else 0.0)
        return rest if self.aim is None else max(rest, self.away[-1])

    def rest(self, chain: Chain) -> Real:
        """Change that is still to come of every number, by how the last changes of its kind fell, or by the means; shape (K,)."""
        means = self.averaged
        if means is not None:
            lead = self.remaining * chain.sizes(means.whole)
            own = np.maximum(chain.spread(self._left(means), means.whole), FOLLOW * lead)
            mean: Real = np.where(chain.leading[chain.kinds], lead, own)
            return mean
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
        lead = self.remaining * chain.sizes(now)
        found: Real = np.where(chain.leading[chain.kinds], lead, np.maximum(own, FOLLOW * lead))
        return found

    @property
    def stalled(self) -> bool:
        """Whether the changes have come down to the noise of cutting bonds: small, no longer falling, and leading nowhere."""
        if len(self.changes) < STALLED + LEAST or self.changes[-1] > NEAR * self.goal:
            return False
        recent = self.changes[-STALLED:]
        return self._waited and min(recent) > 0.7 * min(self.changes[:-STALLED]) and self.wandered < WAY * max(recent)

    @property
    def done(self) -> bool:
        """Whether it is steady, or as steady as it becomes."""
        enough = max(PASSES, self.since // PART)  # near its crest a wave changes as little as what is steady
        settled = not self.moved and (self.passes >= enough or self.stalled or self._stuck)
        return settled or self._given_up

    @property
    def _given_up(self) -> bool:
        """Whether it took too long."""
        return self.spells >= MOST + len(self.train.tensors) * 4

    @property
    def _stuck(self) -> bool:
        """Whether nothing has come nearer for long, nor leads anywhere."""
        if len(self.changes) < STUCK + LEAST:
            return False
        recent = self.changes[-STUCK:]
        return (
            self._waited
            and min(recent) > 0.7 * min(self.changes[:-STUCK])
            and self.wandered < WAY * max(recent[-STALLED:])
        )

    def go_on(self, chain: Chain, gates: Any) -> None:
        """One more spell; before it, the profile is moved where that is of use, and after it put back where it was of none."""
        self.train = self.train.copy()  # as it comes back from a file, to the last bit
        self._leap(chain)
        untouched = self.train
        self._move(chain)
        half = max(1, math.ceil(SPELL / chain.pace / self.step / 2))
        norm = trace(self.train.dense())
        self.train.evolve(gates, half, self.largest)
        before = self._held(chain, self.train.dense())
        lost = self.train.evolve(gates, half, self.largest) / self.step
        dense = self.train.dense()
        self.spells += 1
        after = self._held(chain, dense)
        aim, away = self._look(chain, after, (after - before) / (half * self.step))
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
        self.values = [*self.values, found][-3 * LONGEST_MEAN :]
        self.held = [*self.held, after][-3 * LONGEST_MEAN :]
        still = chain.stationary or chain.profile is None
        self.since = 0 if still else 1 if self.moved else self.since + 1
        self.wandered = chain.apart(self.values[-1 - STALLED :][0], found)
        self.rest_of_means = self._rest_of_means(chain, 2 * half * self.step)
        self.passes = self.passes + 1 if self.remaining <= self.goal else 0
        self._keep()

    def _keep(self) -> None:
        """Keep the state for a leap from time to time."""
        if self.since <= 1:
            self.past = []
        if self.since and self.leaps < leaping.MOST and self.since % leaping.spacing(self.leaps) == 0:
            self.past.append(self.train.copy())

    def _leap(self, chain: Chain) -> None:
        """Join the states that were kept where means over time still see a wave; everything begins again then."""
        if len(self.past) < leaping.KEPT:
            return
        states, self.past = self.past, []
        if self.rest_of_means <= ROUGH:
            return
        ends = [leaping.spacing(self.leaps) * n for n in reversed(range(leaping.KEPT))]
        joined = leaping.landed(states, [self.held[-1 - n] - self.held[-2 - n] for n in ends], self.largest)
        self.leaps += 1
        if joined is not None:
            self.train = chain.cells.suited(joined, self.largest)
            self.values, self.held, self.changes, self.away, self.aim = [], [], [], [], None
            self.since, self.passes, self.pause, self.rest_of_means = 0, 0, 0, math.inf

    def _held(self, chain: Chain, dense: Train) -> Real:
        """What is read of the profile."""
        return np.empty(0) if chain.profile is None else chain.profile.reading.values(dense)

    def _rest_of_means(self, chain: Chain, span: float) -> float:
        """Change of the means that is still to come, infinite where the time is too short or the profile is no part of what is seen."""
        means = self._means
        if means is None:
            return math.inf
        profile = Means.of(self.held[-self.since :])
        assert profile is not None  # of as many spells as the means are
        apart = 4 * span * profile.sixth
        aim, away = self._look(chain, profile.whole, (profile.thirds[2] - profile.thirds[0]) / apart)
        if aim is None:  # what the profile still has to go cannot be told
            return math.inf
        return max(chain.apart(means.whole + self._left(means), means.whole), away)

    def _left(self, means: Means) -> Real:
        """What means may be off; nothing is thought to live for longer than a profile of this length, unless that is seen."""
        return means.rest(len(self.train.tensors) ** 2 / SPREADING)

    def _look(self, chain: Chain, held: Real, growth: Real) -> tuple[Real | None, float]:
        """Where the profile would go from here, and how far that is."""
        if chain.profile is None:
            return None, math.inf
        n, gain = chain.profile.split(held)[0], chain.profile.split(growth)[0]
        aim = chain.profile.wanted(held, gain)
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
