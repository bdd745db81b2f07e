"""How many samples an ensemble needs: until the standard error of a mean, or of a fraction, is below a bound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from caloriq._checks import Real
from caloriq.sweep.definition import Until
from caloriq.sweep.ledger import DONE, Stored
from caloriq.sweep.moments import standard_error
from caloriq.sweep.plan import place

GROWTH = 4  # a round makes an ensemble at most that many times larger: a first guess of the spread may be far off
AMPLE = 1.1  # aimed at a little more than the bound needs, or many small rounds would follow


@dataclass(frozen=True)
class Estimate:
    """Mean over samples."""

    samples: int  # samples that were looked at
    mean: float  # mean and error: mean, or fraction, and its standard error
    error: float
    failed: int  # samples without an answer, left out
    reached: bool  # whether the bound is met


class Stopping:
    """One ensemble: the checkpoints at which it may stop, fixed by its own samples in order and by nothing else.

    Parameters
    ----------
    until : Until
        The bound.
    most : int
        Samples at most.
    """

    def __init__(self, until: Until, most: int) -> None:
        self.until, self.most = until, most
        self.seen = 0
        self.target = min(until.least, most)
        self.finished = False
        self._count, self._mean, self._squares, self._failed = 0, 0.0, 0.0, 0
        self._truth = False

    @property
    def estimate(self) -> Estimate:
        """What is known so far."""
        error = math.inf
        if self._count:
            error = float(standard_error(self._count, self._mean, self._squares, truth=self._truth))
        return Estimate(
            self.seen,
            self._mean if self._count else math.nan,
            error,
            self._failed,
            self._count > 1 and error <= self._bound(),
        )

    def take(self, rows: Sequence[Stored]) -> None:
        """Take in some of the samples up to the checkpoint, in order."""
        for value in self._values(rows).tolist():
            self._count += 1
            step = value - self._mean
            self._mean += step / self._count
            self._squares += step * (value - self._mean)

    def decide(self) -> None:
        """Set the next checkpoint or finish, once all samples up to this one are taken in."""
        self.seen = self.target
        found = self.estimate
        if found.reached or self.seen >= self.most:
            self.finished = True
            return
        bound = self._bound()
        wanted = (
            self.seen * (found.error / bound) ** 2 * AMPLE if bound > 0 and math.isfinite(found.error) else math.inf
        )
        least = self.until.least
        step = max(least, min((GROWTH - 1) * self.seen, wanted - self.seen))
        self.target = min(self.most, self.seen + least * math.ceil(step / least))

    def _values(self, rows: Sequence[Stored]) -> Real:
        found = []
        for row in rows:
            if row.status != DONE or row.layout is None:
                self._failed += 1
                continue
            offset, output = place(row.layout.outputs, self.until.quantity)
            self._truth = output.kind == "truth"
            value = float(np.frombuffer(row.data, "<f8", count=1, offset=8 * offset)[0])
            if math.isfinite(value):
                found.append(value)
            else:
                self._failed += 1
        return np.array(found)

    def _bound(self) -> float:
        if self.until.error is not None:
            return self.until.error
        assert self.until.relative is not None
        return self.until.relative * abs(self._mean)
