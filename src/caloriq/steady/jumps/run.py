"""Trajectories until they are as many, or as sure, as is asked: how long each must be, how much of it is left out, when to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.errors import NotConverged
from caloriq.linalg.threads import serial
from caloriq.models.lattice.model import Lattice
from caloriq.results import Progress
from caloriq.spaces.strings import Strings
from caloriq.steady.jumps.asked import Asked, asked
from caloriq.steady.jumps.sectors import Sectors
from caloriq.steady.jumps.statistics import Estimate, batched, controlled, estimated, memory, remembered
from caloriq.steady.jumps.trajectory import Pace, Trajectory
from caloriq.steady.jumps.unravelling import unravelled
from caloriq.steady.methods import Trajectories

FIRST = 8  # trajectories that say how long all must be
CHUNK = 64  # looks of each at first
BURN, LENGTH = 4, 20  # autocorrelation times that are left out, and of the whole
LOOKS = 20  # for every control, of the first trajectories together
SPACING = 0.5  # of looks, in the inverse of the largest coupling
LONGEST = 2**19  # looks of one trajectory
HELD = 1e9  # bytes of what the first trajectories have read
BATCHES = 16  # of a trajectory at least
GROWTH = 4.0  # of the number of trajectories, from one estimate to the next
MARGIN = 1.1  # of the trajectories that an error is expected to take
UNTOLD = 0.5  # of a relative error, beyond which a current may be zero
SURE = 16  # trajectories from which that expectation is relied upon


@dataclass(eq=False)
class Sampled:
    """What some trajectories show.

    Attributes
    ----------
    asked : Asked
        Names of the numbers.
    series : array, shape (R, n, Q)
        Numbers in batches, corrected by controls.
    numbers : Estimate
        Of the numbers.
    continuity : Estimate
        Of what must be zero.
    used : array, shape (Q,)
        Controls that were taken for each number.
    told : mapping
        Counts and times, as statistics tell them.
    remembered : array
        Correlation of the numbers, as they were read, over the burn-in, in standard errors.
    drift : float
        Largest error of a norm, or of the time of a jump, that is known.
    target : int
        Which of the numbers has the error that is asked for.
    """

    asked: Asked
    series: Real
    numbers: Estimate
    continuity: Estimate
    used: Real
    told: dict[str, float | int | str]
    remembered: Real
    drift: float
    target: int


Target = Callable[[Asked, Estimate], int]  # which of the numbers has the error that is asked for


@dataclass(eq=False)
class Run:
    """Trajectories of one model.

    Attributes
    ----------
    model : Lattice
        Open.
    method : Trajectories
        How many, or how sure; the seed.
    groups : mapping of str to sequence of Strings
        What is asked for.
    target : callable
        Which of the numbers has the error that is asked for.
    """

    model: Lattice
    method: Trajectories
    groups: Mapping[str, Sequence[Strings]]
    target: Target
    progress: Progress | None = None
    numbers: list[Real] = field(default_factory=list)  # batches of every trajectory
    controls: list[Real] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = time.perf_counter()
        jumps = [jump for one in self.model.environments for jump in one.jumps]
        self.asked = asked(self.model, self.groups)
        self.sectors = Sectors(self.model, unravelled(jumps), self.asked.rows, self.method.tol)
        self.pace = Pace.of(self.sectors, SPACING / fastest(self.model))
        self.products = self.jumps = 0
        self.drift = 0.0

    @property
    def spacing(self) -> float:
        """Mean time from look to look."""
        return self.pace.every / self.pace.rate

    def solve(self) -> tuple[Sampled, str | None]:
        """What the trajectories show, and in words why the error that was asked for is not reached; None where it is."""
        with serial(blas=True, kernels=True):
            return self._solve()

    def _solve(self) -> tuple[Sampled, str | None]:
        wanted, goal = self.method.samples, self.method.error
        first = min(FIRST, wanted or self.method.most)
        self._pilot(first, wanted or first)
        if wanted is not None:
            self._more(wanted, wanted)
            return self.sampled(), None
        assert goal is not None
        while True:
            found = self.sampled()
            place = found.target
            size = abs(float(found.numbers.mean[place]))
            reached = float(found.numbers.error[place]) / size if size else math.inf
            if reached <= goal:
                return found, None
            done = len(self.numbers)
            need = MARGIN * done * (reached / goal) ** 2
            if done >= self.method.most or (done >= SURE and need > 2 * self.method.most):
                return found, _missed(goal, reached, done, need, self.method.most)
            self._more(min(math.ceil(min(need, GROWTH * done)), self.method.most), math.ceil(need))

    def _pilot(self, count: int, of: int) -> None:
        """The first trajectories, as long as their memory demands; fixes length, burn-in and batches of all."""
        runs = [Trajectory(self.sectors, self.pace, self.method.seed, number) for number in range(count)]
        looks: list[list[tuple[Real, Real]]] = [[] for _ in runs]
        length, wanted = 0, max(CHUNK, math.ceil(LOOKS * (self.asked.added.size + 1) / count))
        if self.method.window != "auto" and self.method.burn_in != "auto":
            wanted = max(1, self._steps(self.method.burn_in)) + max(self._steps(self.method.window), BATCHES)
        while length < wanted:
            for number, one in enumerate(runs):
                looks[number].append(self.asked.values(one.run(wanted - length)))
                self._tell(number + 1, of)
            length = wanted
            found = self._memory(looks)
            burn = self._steps(self.method.burn_in, math.ceil(BURN * found))
            least = math.ceil((LENGTH - BURN) * found * max(1.0, FIRST / count))
            wanted = burn + max(self._steps(self.method.window, least), BATCHES)
            if length < wanted:  # what is still on its way looks like a long memory: no more than twice as far at once
                wanted = min(max(wanted, math.ceil(1.2 * length)), 2 * length)
            if wanted > self._longest(count):
                raise NotConverged(
                    f"`model` must forget its start within {self._longest(count)} looks of a trajectory, but it has not (got an autocorrelation time of {found * self.spacing:.3g} after {length * self.spacing:.3g}); give every part a bath or dephasing of comparable strength"
                )
        self.length, self.burn = length, burn
        window = length - burn
        self.size = max(
            1, min(window * count // (LOOKS * (self.asked.added.size + 1)), window // BATCHES, math.ceil(found))
        )
        for own in looks:
            self._keep(*(np.concatenate(one) for one in zip(*own, strict=True)))
        for one in runs:
            self._count(one)

    def _longest(self, count: int) -> int:
        """Looks that trajectories held together may have: as many as memory is meant for."""
        numbers = len(self.asked.constants) + len(self.asked.added)
        return min(LONGEST, int(HELD / (8.0 * count * numbers)))

    def _steps(self, time: Any, otherwise: int = 0) -> int:
        """Looks of a time that the method gives, or what stands for "auto"."""
        return otherwise if time == "auto" else math.ceil(float(time) / self.spacing)

    def _memory(self, looks: Sequence[Sequence[tuple[Real, Real]]]) -> float:
        """Longest autocorrelation time of what is asked for, in looks, without the first fifth of the trajectories."""
        series = np.stack([np.concatenate([numbers for numbers, _ in own]) for own in looks])
        return memory(series[:, series.shape[1] // 5 :])

    def _more(self, count: int, of: int) -> None:
        for number in range(len(self.numbers), count):
            one = Trajectory(self.sectors, self.pace, self.method.seed, number)
            one.skip(self.burn)
            self._keep(*self.asked.values(one.run(self.length - self.burn)), burned=True)
            self._count(one)
            self._tell(number + 1, of)

    def _keep(self, numbers: Real, controls: Real, *, burned: bool = False) -> None:
        begin = 0 if burned else self.burn
        self.numbers.append(batched(numbers[begin:], self.size))
        self.controls.append(batched(controls[begin:], self.size))

    def _count(self, one: Trajectory) -> None:
        self.products += one.products
        self.jumps += one.jumps
        self.drift = max(self.drift, one.drift)

    def _tell(self, done: int, of: int) -> None:
        if self.progress is not None:
            self.progress(float(min(done, of)), float(of))

    def sampled(self) -> Sampled:
        """What the trajectories show so far."""
        series, controls = np.stack(self.numbers), np.stack(self.controls)
        few, all_ = self.asked.continuous, controls.shape[2]
        corrected, numbers, used = controlled(series, controls, (few, all_))
        step = self.size * self.spacing
        place = self.target(self.asked, numbers)
        told: dict[str, float | int | str] = {
            "trajectories": len(self.numbers),
            "burn-in": self.burn * self.spacing,
            "window": series.shape[1] * step,
            "autocorrelation time": memory(series) * step,
            "autocorrelation time of the current": float(numbers.time[place]) * step,
            "degrees of freedom": float(numbers.freedom[place].sum()),
            "controls": int(used[place]),
            "largest sector": max(one.dimension for one in self.sectors.known.values()),
            "products": self.products,
            "jumps": self.jumps,
            "wall time in s": time.perf_counter() - self.clock,
        }
        lag = min(max(1, round(self.burn / self.size)), series.shape[1] // 2)
        zero, later = estimated(controls[:, :, :few]), remembered(series, lag)
        return Sampled(self.asked, corrected, numbers, zero, used, told, later, self.drift, place)


def fastest(model: Lattice) -> float:
    """Largest coupling between sites, or rate of a jump where it is larger than any: what looks must follow."""
    parts = model.strings.by_support()
    couplings = [part.norm for sites, part in parts.items() if len(sites) > 1]
    rates = [(jump.dagger() @ jump).norm for one in model.environments for jump in one.jumps]
    return max(couplings, default=0.0) or max(rates)


def _missed(goal: float, reached: float, done: int, need: float, most: int) -> str:
    if not reached < UNTOLD:
        return f"`error` must be relative to a current that is not zero, but it is not told from zero (got a standard error of {reached:.2g} of it after {done} trajectories); take samples={4 * done}, whose errors are absolute"
    return f"`error` must be reached by at most {most} trajectories, but it is not, for some {need:.2g} of them are needed (got {reached:.2g} after {done} where {goal:g} is asked for); raise `most`, or ask for error={reached:.1g}"
