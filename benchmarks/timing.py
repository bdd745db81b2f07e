"""Wall and CPU times of repeated calls."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

import numpy as np

from caloriq.linalg.block_sparse import BlockSparse

# OpenBLAS workers spin for some tens of ms after a call and starve a parallel region that follows.
SETTLE = 0.4
STEPS = 32  # products of one timed Chebyshev pass
SPAN = 0.02  # seconds that one timing should last at least

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of some repeats of one call: wall clock, and CPU time of all threads."""

    walls: tuple[float, ...]
    cpus: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median wall time."""
        return median(self.walls)

    @property
    def best(self) -> float:
        """Shortest wall time."""
        return min(self.walls)

    @property
    def cpu(self) -> float:
        """Median CPU time."""
        return median(self.cpus)

    def to_mapping(self) -> dict[str, float | int]:
        """Plain numbers."""
        return {"median": self.median, "best": self.best, "cpu": self.cpu, "repeats": len(self.walls)}


def once(call: Callable[[], Result]) -> tuple[float, float, Result]:
    """Wall seconds, CPU seconds and result of one call on a settled machine."""
    time.sleep(SETTLE)
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def measure(call: Callable[[], Result], repeats: int) -> tuple[Timing, Result]:
    """Timing of several calls, and the last one's result."""
    runs = [once(call) for _ in range(repeats)]
    return Timing(tuple(run[0] for run in runs), tuple(run[1] for run in runs)), runs[-1][2]


class Pass:
    """Chebyshev recurrence of one operator: what `evolve` spends its time in, timed per product.

    Parameters
    ----------
    operator : BlockSparse
        The Hamiltonian; its compiled kernel is warmed up here.
    """

    def __init__(self, operator: BlockSparse) -> None:
        self.operator = operator
        lower, upper = operator.norm_bounds
        self.shift, self.scale = (upper + lower) / 2, (upper - lower) / 2
        self.buffer = np.empty((STEPS + 2, 2, *operator.layout))
        self.buffer[:2] = np.random.default_rng(0).standard_normal(self.buffer[:2].shape)
        time.sleep(SETTLE)
        self._run(1)
        self.loops = loops_for(lambda: self._run(1))

    def seconds(self) -> float:
        """Seconds per product, mean over one timing of at least `SPAN`."""
        begin = time.perf_counter()
        self._run(self.loops)
        return (time.perf_counter() - begin) / (STEPS * self.loops)

    def _run(self, loops: int) -> None:
        for _ in range(loops):
            self.operator.chebyshev(self.buffer, 2, self.shift, self.scale)


def loops_for(call: Callable[[], object]) -> int:
    """How often to call for a timing that lasts `SPAN`."""
    begin = time.perf_counter()
    call()
    return max(1, int(np.ceil(SPAN / (time.perf_counter() - begin))))
