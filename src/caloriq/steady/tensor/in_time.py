r"""From trains through time at several bond dimensions and steps to numbers with errors of their own, and how long they are known.

As for steady states (`ladder`): even powers of the step, :math:`R(h) = (4x(h/2) - x(h))/3`; bond dimensions are doubled until
all instants are known. What cutting bonds and steps have done is never undone: errors do not fall along the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from caloriq._checks import Real
from caloriq.results import Check
from caloriq.steady.tensor.begun import Beginning
from caloriq.steady.tensor.chain import CUT, Chain, extrapolated
from caloriq.steady.tensor.followed import Followed, follow, room

BEYOND = 4.0  # goals by which the last dimension differs from the one before where it is given up
SHARE_BONDS, SHARE_STEPS = 0.75, 0.25  # of the goal, for each of the two errors
SLOW = 0.8  # ratio of the changes by two doublings, as which a larger one counts
FAST = 6.0  # times that a change falls by a doubling, beyond which that is chance
REST = 4 / 3  # of the error of R(2h), in what R(h) differs from it: 16/15, and a quarter more
NOISE = 4.0  # of the error by the bonds, that runs with other steps may differ by on their account
HALVINGS = 3  # of the step at most


class Criterion(NamedTuple):
    """One of those that end what is known."""

    name: str
    values: Real  # shape (T,)
    limit: float
    meaning: str


class Twice(NamedTuple):
    """Runs of one dimension with steps of two lengths."""

    long: Followed
    short: Followed

    @property
    def values(self) -> Real:
        """Extrapolated to no step, shape (T, K)."""
        return extrapolated(self.long.values, self.short.values)

    @property
    def whole(self) -> bool:
        """Whether nothing was cut off."""
        return self.long.whole and self.short.whole


@dataclass
class InTime:
    """All runs of one model.

    Attributes
    ----------
    chain, beginning, times
        What moves, from where, and when it is read, shape (T,).
    goal : float
        Error that is asked for, in the sizes of the kinds.
    dimensions : tuple of int
        Bond dimensions, ascending; the last one is the most that is tried.
    constant : int or None
        Place of a number that the equation keeps.
    """

    chain: Chain
    beginning: Beginning
    times: Real
    goal: float
    dimensions: tuple[int, ...]
    constant: int | None = None
    bonds: list[Twice] = field(default_factory=list)
    finer: Twice | None = None  # of the dimension at which steps are halved
    steps: int = 0
    runs: int = 0

    def run(self, tell: Callable[[Followed], Any]) -> None:
        """Dimensions, then steps: all of it again with halved ones where they are too long."""
        dimensions, factor = self.dimensions, 1.0
        while True:
            self.bonds = []
            for largest in dimensions:
                self.bonds.append(self._twice(largest, factor, tell))
                if self.bonds[-1].whole or (len(self.bonds) > 1 and self._known(self.bond_error, SHARE_BONDS)):
                    break
            self.finer = Twice(self._varied.short, self._follow(self._varied.short.largest, factor / 2, tell))
            if not self._rough or factor <= 0.5**HALVINGS:
                return
            dimensions, factor = tuple(one.short.largest for one in self.bonds[-3:]), factor / 2

    @property
    def _varied(self) -> Twice:
        """Runs at the last dimension but one, unless the last one needed no cut."""
        return self.bonds[-1] if self.bonds[-1].whole or len(self.bonds) < 2 else self.bonds[-2]

    def _twice(self, largest: int, factor: float, tell: Callable[[Followed], Any]) -> Twice:
        long = self._follow(largest, 2 * factor, tell)
        return Twice(long, self._follow(largest, factor, tell))

    def _follow(self, largest: int, factor: float, tell: Callable[[Followed], Any]) -> Followed:
        last = largest == self.dimensions[-1] and largest < room(self.chain.cells)
        before = [one for one in self.bonds if last and one.short.largest < largest]

        def enough(k: int, values: Real) -> bool:
            if not before:
                return False
            other = before[-1].short.values[k]
            return bool(np.isnan(other).any()) or self.chain.apart(values, other) > BEYOND * self.goal

        found = follow(self.chain, self.beginning, self.times, largest, factor, enough, tell)
        self.steps += found.steps
        self.runs += 1
        return found

    def _known(self, error: Real, share: float) -> bool:
        """Whether an error is small enough at all times."""
        return bool(np.all(self._shares(error) <= share * self.goal))

    @property
    def _rough(self) -> bool:
        """Whether the steps, not the bonds, are what leaves numbers unknown."""
        steps, bonds = self._shares(self.step_error), self._shares(self.bond_error)
        apart = steps > np.maximum(SHARE_STEPS * self.goal, NOISE * bonds)
        return bool(np.any(np.isfinite(steps) & (bonds <= self.goal) & apart))

    def _shares(self, error: Real) -> Real:
        """The largest of the errors that lead at every instant, in the sizes of their kinds so far, shape (T,)."""
        sizes = np.maximum.accumulate([self.chain.sizes(np.nan_to_num(one)) for one in self.bonds[-1].values])
        leading = self.chain.leading[self.chain.kinds]
        found: Real = (error / sizes)[:, leading].max(axis=1, initial=0.0)
        return found

    def _spread(self, change: Real) -> Real:
        """The largest change of a kind so far for every number of it, shape (T, K); infinite where it is not known."""
        each = np.array([self.chain.by_kind(one) for one in np.where(np.isnan(change), np.inf, change)])
        found: Real = np.maximum.accumulate(each)
        return found

    @property
    def bond_error(self) -> Real:
        """What doubling the dimension changed, and would change by how that fell, shape (T, K)."""
        done = self.bonds
        if done[-1].whole:
            return np.zeros_like(done[-1].values)
        if len(done) < 2:
            return np.full_like(done[-1].values, np.inf)
        last = self._spread(done[-1].values - done[-2].values)
        if len(done) == 2:
            return last
        earlier = self._spread(done[-2].values - done[-3].values)
        before = self._shares(earlier)
        with np.errstate(divide="ignore", invalid="ignore"):  # of all kinds: one alone may not have changed by chance
            ratio = np.where(np.isfinite(before) & (before > 0), np.minimum(self._shares(last) / before, SLOW), 0.0)
        found: Real = last * np.maximum(1.0, ratio / (1 - ratio))[:, None]
        return np.maximum(found, np.where(np.isfinite(earlier), earlier / FAST, 0.0))

    @property
    def step_error(self) -> Real:
        """What is left of the step after extrapolation, shape (T, K)."""
        assert self.finer is not None
        return REST * self._spread(self.finer.values - self._varied.values)

    @property
    def values(self) -> Real:
        """The numbers, extrapolated to no step, shape (T, K); not a number behind their end."""
        found = self.bonds[-1].values
        found[self.end :] = np.nan
        return found

    @property
    def errors(self) -> Real:
        """Of every number, shape (T, K); infinite behind their end."""
        found = self.bond_error + self.step_error
        found[self.end :] = np.inf
        return found

    @property
    def end(self) -> int:
        """How many instants are known: up to the first at which a criterion fails."""
        good = np.all([one.values <= one.limit for one in self.criteria], axis=0)
        return self.times.size if good.all() else int(np.argmin(good))

    @property
    def until(self) -> float:
        """Last instant that is known, infinite where all are."""
        if self.end == self.times.size:
            return math.inf
        return float(self.times[self.end - 1]) if self.end else 0.0

    @property
    def criteria(self) -> list[Criterion]:
        """Each measures one of the errors that a number can have."""
        last, told = self.bonds[-1].short, "in the largest so far of the kind"
        found = [
            Criterion(
                "error of the numbers",
                self._shares(self.bond_error + self.step_error),
                self.goal,
                f"bond dimension and time step together, {told}",
            ),
            Criterion(
                "weight cut off",
                last.lost,
                CUT,
                "squared norm that the bonds lose while one of them turns once",
            ),
            Criterion(
                "negative part",
                last.negative,
                self.goal,
                "the states of neighbours have no probability below zero",
            ),
        ]
        if self.constant is not None:
            E = last.values[:, self.constant]
            size = self.chain.floors[self.chain.kinds[self.constant]]
            found.append(Criterion("change of the energy", np.abs(E - E[0]) / size, self.goal, "the equation keeps it"))
        return found

    @property
    def checks(self) -> list[Check]:
        """The worst of every criterion as long as the numbers are known."""
        known = self.end if self.until > 0 else self.end + 1  # nothing but the start is not enough
        kept = slice(0, known)
        return [Check(one.name, float(one.values[kept].max()), one.limit, one.meaning) for one in self.criteria]

    @property
    def statistics(self) -> dict[str, float | int | str]:
        """Counts."""
        last = self.bonds[-1].short
        return {
            "bond dimension": last.largest,
            "largest bond": last.bond,
            "steps": self.steps,
            "known until": min(self.until, float(self.times[-1])),
        }
