r"""From relaxations at several bond dimensions and time steps to numbers with errors of their own.

The state of steps of second order differs from the steady state by even powers of the step h (Strang 1968), so that
:math:`R(h) = (4x(h/2) - x(h))/3` is off by h⁴, and R(2h) by sixteen times that. Bond dimensions are doubled until the numbers stand.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from caloriq._checks import Real
from caloriq.linalg.tensor_train import Train
from caloriq.steady.tensor.chain import STEP, Chain, extrapolated
from caloriq.steady.tensor.relaxing import Relaxation

LOG = logging.getLogger(__name__)
SMALLEST = 16  # bond dimension that is begun with
SHARE_BONDS, SHARE_STEPS, SHARE_REST = 0.5, 0.25, 1 / 16  # of the goal, for each of the three errors
CAREFUL = 5.0  # sixteen less one, of which a third is relied upon
HALVINGS = 3  # of the step at most
NOISY = 0.2  # of the goal, that may still have to change where steps are varied
SLOWEST, NOISIEST = 0.9, 2 / 3  # of a change, that the next one is at most taken to be
FEW = 4.0  # times the difference of two dimensions, where there is no third
WHOLE = 1e-12  # weight cut off per time that is rounding


class Level(NamedTuple):
    """Steady numbers of one bond dimension and one step."""

    largest: int  # bond dimension
    step: float
    values: Real
    rest: Real  # change that was still to come
    remaining: float  # the largest of those that lead, in the sizes of their kinds
    lost: float  # squared norm cut off per time
    drift: float  # |d ln Tr ρ/dt|
    bond: int  # largest dimension that was needed
    spells: int


@dataclass
class Ladder:
    """All relaxations of one model, one after the other; put down and taken up by its fields.

    Attributes
    ----------
    chain : Chain
        What is relaxed.
    goal : float
        Error that is asked for, in the sizes of the kinds.
    dimensions : tuple of int
        Bond dimensions, ascending; the last one is the most that is tried.
    train : Train
        What the next relaxation begins with.
    levels : list of Level
        Those that are done, by dimension and step.
    kept : Train or None
        State of the last dimension but one, from which steps are varied.
    running : Relaxation or None
        What is under way.
    """

    chain: Chain
    goal: float
    dimensions: tuple[int, ...]
    train: Train
    levels: list[Level] = field(default_factory=list)
    kept: Train | None = None
    running: Relaxation | None = None

    @cached_property
    def step(self) -> float:
        """H; what is off by the square of an error is followed in steps of twice the length."""
        return (2 if self.chain.stationary else 1) * STEP / self.chain.speed

    @property
    def bonds(self) -> list[Level]:
        """Levels of step h, by dimension."""
        return [one for one in self.levels if one.step == self.step and one.largest in self.dimensions]

    @property
    def steps(self) -> list[Level]:
        """Levels of the dimension at which steps are varied, the longest first."""
        found = [one for one in self.levels if one.largest == self.varied]
        return sorted(found, key=lambda one: -one.step)

    @property
    def varied(self) -> int:
        """Dimension at which steps are varied: the last one but one, unless that is too noisy or the last one needed no cut."""
        done = self.bonds
        if len(done) < 2 or self.whole:
            return done[-1].largest
        before = done[-2].largest
        noise = max(one.remaining for one in self.levels if one.largest == before)
        return done[-1].largest if noise > NOISY * self.goal else before

    @property
    def whole(self) -> bool:
        """Whether the last dimension cuts nothing off: none that large is needed, or there is."""
        if not self.bonds:
            return False
        last = self.bonds[-1]
        return (len(self.bonds) > 1 and last.largest >= self.chain.cells.most) or (
            last.bond < last.largest and last.lost < WHOLE
        )

    @property
    def bond_error(self) -> Real:
        """What doubling the dimension changed, and would change by how that fell, in the numbers themselves; shape (K,)."""
        done = self.bonds
        if self.whole:
            return np.zeros_like(done[-1].values)
        if len(done) < 2:
            return np.full_like(done[-1].values, np.inf)
        last = self.chain.spread(done[-1].values - done[-2].values, done[-1].values)
        if len(done) == 2:  # nothing is known of how the differences fall
            return FEW * last
        before = self.chain.spread(done[-2].values - done[-3].values, done[-1].values)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(before > 0, np.minimum(last / before, self._slowest), 0.0)
        found: Real = last * np.maximum(1.0, ratio / (1 - ratio))
        return found

    @property
    def _slowest(self) -> Real | float:
        """Ratio of two changes that is believed at most; where the noise of moving the profile is in them, a ratio is none."""
        if not self.chain.stationary:
            return SLOWEST
        return np.where(self.chain.leading[self.chain.kinds], SLOWEST, NOISIEST)

    @property
    def step_error(self) -> Real:
        """What is left of the step after extrapolation, shape (K,)."""
        found = self._extrapolated
        if self.chain.stationary and found:  # told as if of second order, for what is cut off has a part of that
            gain = (2.0**self.chain.order - 1) / (4 - 1)
            return self.chain.spread(found[-1] - self.steps[-1].values, found[-1]) * np.maximum(gain - 1, 1.0)
        if len(found) < 2:
            return np.full_like(self.levels[-1].values, np.inf)
        return self.chain.spread(found[-1] - found[-2], found[-1]) / CAREFUL

    @property
    def _extrapolated(self) -> list[Real]:
        """R of every two neighbouring steps."""
        levels = self.steps
        return [extrapolated(a.values, b.values, self.chain.order) for a, b in pairwise(levels)]

    @property
    def values(self) -> Real:
        """The numbers, extrapolated to no step."""
        base = next(one for one in self.steps if one.step == self.step)
        found: Real = self.bonds[-1].values + self._extrapolated[-1] - base.values
        return found

    @property
    def rest_error(self) -> Real:
        """What time had still to change, at the last dimension and through the extrapolation; shape (K,)."""
        through = np.max([one.rest for one in self.steps], axis=0)
        found: Real = self.bonds[-1].rest + 2 * through
        return found

    def following(self) -> tuple[int, float] | None:
        """Dimension and step of the next relaxation; None where the numbers stand or nothing more is to be tried."""
        done = self.bonds
        if len(done) < len(self.dimensions) and not self._stand():
            return self.dimensions[len(done)], self.step
        levels = self.steps
        for factor in (0.5,) if self.chain.stationary else (0.5, 2.0):
            if not any(one.step == factor * self.step for one in levels):
                return self.varied, factor * self.step
        shortest = levels[-1].step
        rough = self._share(self.step_error) > SHARE_STEPS * self.goal
        return (self.varied, shortest / 2) if rough and shortest > self.step / 2**HALVINGS else None

    def _share(self, error: Real) -> float:
        """The largest of the errors that lead, in the sizes of their kinds."""
        return self.chain.apart(self.bonds[-1].values + error, self.bonds[-1].values)

    def _stand(self) -> bool:
        """Whether the dimension suffices."""
        done = self.bonds
        if self.whole:
            return True
        if len(done) < 2:
            return False
        share = self._share(self.bond_error) / SHARE_BONDS
        return share <= self.goal

    def go_on(self, tell: Callable[[Ladder], Any]) -> bool:
        """One more spell; whether there is more to do. `tell` is called after it."""
        if self.running is not None and self.running.done:
            self._finish(self.running)
        if self.running is None:
            wanted = self.following()
            if wanted is None:
                return False
            varies = wanted[1] != self.step
            before = self.kept if varies and wanted[0] != self.bonds[-1].largest else None
            begin = self.train if before is None else before
            suited = self.chain.cells.suited(begin, wanted[0])
            self.running = Relaxation(suited, wanted[1], wanted[0], SHARE_REST * self.goal)
        running = self.running
        running.go_on(self.chain, self._gates(running))
        tell(self)
        return True

    def _gates(self, running: Relaxation) -> Any:
        """Of what is under way."""
        key = running.step, type(running.train)
        if self._made is None or self._made[0] != key:
            self._made = key, self.chain.cells.gates(running.step, running.train)
        return self._made[1]

    _made: tuple[Any, Any] | None = field(default=None, repr=False)

    def _finish(self, running: Relaxation) -> None:
        """Note what a relaxation has come to."""
        bond = max(running.train.bonds)
        self.levels.append(
            Level(
                running.largest,
                running.step,
                running.found,
                running.rest(self.chain),
                running.remaining,
                running.lost,
                running.drift,
                bond,
                running.spells,
            )
        )
        LOG.info(
            "tensor network: bond dimension %d, step %.3g: steady to %.1e after %d spells",
            running.largest,
            running.step,
            running.remaining,
            running.spells,
        )
        if running.step == self.step and running.largest in self.dimensions:
            self.kept, self.train = self.train, running.train.copy()
        self.running = None
