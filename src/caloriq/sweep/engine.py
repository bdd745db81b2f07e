"""Engine: hands the batches of a plan to workers and their answers to the ledger, a few at a time."""

from __future__ import annotations

import logging
import queue
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import Any

from caloriq.errors import Incomplete
from caloriq.sweep.ledger import DONE, FAILED, Ledger, Stored
from caloriq.sweep.plan import Plan
from caloriq.sweep.stopping import Stopping
from caloriq.sweep.work import PointRow, asked, failed, given
from caloriq.sweep.workers import Here, NoWorkers, Where, WorkerLost, Workers, open_workers

LOG = logging.getLogger(__name__)
LINGER = 0.05  # seconds that answers may wait for others before they are committed together
DEATHS = 3  # workers that a point may take with it before it is given up
PATIENCE = 1.0
PIECE = 4096  # rows read at once
AHEAD = 16  # batches on their way for each worker: a scheduler takes milliseconds to hand one over

Tell = Callable[[dict[str, Any]], None]
Points = Sequence[int]


@dataclass
class Tally:
    """How far a sweep is."""

    total: int  # points that this run is to answer; it grows where an ensemble decides for itself
    known: int = 0  # known and known_failed: points that had an answer, or an error, before this run
    known_failed: int = 0
    done: int = 0  # done and failed: points that got an answer, or an error, in it
    failed: int = 0
    seconds: float = 0.0  # time of the workers

    @property
    def left(self) -> int:
        """Points without an answer or an error."""
        return self.total - self.known - self.known_failed - self.done - self.failed

    def counts(self, elapsed: float) -> dict[str, Any]:
        """Counts, rate and what is left, for people and programs."""
        rate = (self.done + self.failed) / elapsed if elapsed > 0 else 0.0
        return {
            "total": self.total,
            "known": self.known,
            "done": self.done,
            "failed": self.failed + self.known_failed,
            "rate": rate,
            "eta": self.left / rate if rate > 0 else None,
        }


@dataclass
class Ledgers:
    """The ledger that is written to, and those of other shards, which are only read."""

    own: Ledger
    others: tuple[Ledger, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing has been answered yet."""
        return all(one.count() == (0, 0) for one in (self.own, *self.others))

    def rows(self, digests: Sequence[bytes], *, numbers: bool = True) -> dict[bytes, Stored]:
        """Rows of points, done before failed; a later ledger gives way unless it has an answer."""
        merged: dict[bytes, Stored] = {}
        for ledger in (*self.others, self.own):
            for digest, row in ledger.rows(digests, numbers=numbers).items():
                if digest not in merged or row.status == DONE:
                    merged[digest] = row
        return merged


@dataclass
class Source:
    """Batches that are to be answered.

    Attributes
    ----------
    plan : Plan
        All points.
    ledgers : Ledgers
        What is answered.
    tally : Tally
        Counts, kept up to date.
    shard : tuple of int
        This part, from 0, of how many.
    retry : bool
        Whether points that failed are asked again.
    """

    plan: Plan
    ledgers: Ledgers
    tally: Tally
    shard: tuple[int, int] = (0, 1)
    retry: bool = False
    _again: deque[Points] = field(default_factory=deque)
    _deaths: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._fresh = self.ledgers.empty
        self._stream = self._all()

    def next(self) -> Points | None:
        """A batch to be answered now; None if there is none, for now or at all."""
        if self._again:
            return self._again.popleft()
        return next(self._stream, None)

    def answered(self, points: Points) -> None:
        """Note that the points have rows now."""

    def lost(self, points: Points, why: str) -> tuple[list[int], list[PointRow]]:
        """Ask again what a worker took with it, alone the second time; points that are given up, and their rows."""
        given_up, rows = [], []
        for point in points:
            self._deaths[point] = self._deaths.get(point, 0) + 1
            if self._deaths[point] >= DEATHS:
                text = f"WorkerLost: {self._deaths[point]} workers ended with it: {why}"
                given_up.append(point)
                rows.append(failed(self.plan, point, text))
        kept = [point for point in points if self._deaths[point] < DEATHS]
        if kept and self._deaths[kept[0]] == 1:
            self._again.append(kept)
        else:
            self._again.extend([point] for point in kept)
        return given_up, rows

    def _all(self) -> Iterator[Points]:
        part, parts = self.shard
        for batch in self.plan.batches():
            mine = batch[(part - batch.start) % parts :: parts]  # every parts-th point of the plan: parts of equal work
            left = self.unanswered(mine)
            if left:
                yield left

    def unanswered(self, batch: range) -> Points:
        """Points of a batch that are to be asked; the others are counted."""
        if self._fresh:
            return batch
        digests = [self.plan.digest(point) for point in batch]
        known = self.ledgers.rows(digests, numbers=False)
        states = [known[digest].status if digest in known else None for digest in digests]
        kept = (DONE,) if self.retry else (DONE, FAILED)
        left = [point for point, state in zip(batch, states, strict=True) if state not in kept]
        done = states.count(DONE)
        self.tally.known += done
        self.tally.known_failed += len(batch) - len(left) - done
        return left


class Rounds(Source):
    """Batches of ensembles that stop at a bound: each is asked up to its next checkpoint, then looked at."""

    def __post_init__(self) -> None:
        super().__post_init__()
        part, parts = self.shard
        self._waiting = deque(range(part, self.plan.cells, parts))
        self._active: dict[int, Stopping] = {}
        self._open: Counter[int] = Counter()  # points of a round on their way
        self._ready: deque[Points] = deque()
        self.tally.total = len(self._waiting) * self._least

    @property
    def _least(self) -> int:
        assert self.plan.until is not None
        return min(self.plan.until.least, self.plan.samples)

    def next(self) -> Points | None:
        """A batch of a round that goes on, or of the next ensemble."""
        if self._again:
            return self._again.popleft()
        while not self._ready and self._waiting:
            cell = self._waiting.popleft()
            self._active[cell] = stopping_of(self.plan)
            self._round(cell)
        return self._ready.popleft() if self._ready else None

    def answered(self, points: Points) -> None:
        """Look at the ensembles whose rounds are complete."""
        for cell, count in Counter(self.plan.split(point)[0] for point in points).items():
            self._open[cell] -= count
            if self._open[cell] == 0:
                self._look(cell, self._active[cell])
                self._round(cell)

    def _round(self, cell: int) -> None:
        """Ask up to the checkpoint; where all of it is known, go on to the next."""
        stopping = self._active[cell]
        while not stopping.finished:
            self.tally.total += stopping.target - stopping.seen - (self._least if stopping.seen == 0 else 0)
            for batch in self.plan.batches_of(cell, stopping.seen, stopping.target):
                left = self.unanswered(batch)
                if left:
                    self._ready.append(left)
                    self._open[cell] += len(left)
            if self._open[cell]:
                return
            self._look(cell, stopping)
        del self._active[cell], self._open[cell]

    def _look(self, cell: int, stopping: Stopping) -> None:
        if not look_at(stopping, self.plan, self.ledgers, cell):
            raise AssertionError("a round is looked at when all of it is answered")


def stopping_of(plan: Plan) -> Stopping:
    """The rule of the plan's ensemble."""
    assert plan.until is not None
    return Stopping(plan.until, plan.samples)


def look_at(stopping: Stopping, plan: Plan, ledgers: Ledgers, cell: int) -> bool:
    """Take in the samples of a cell up to the checkpoint, a few thousand at a time; False if one is missing."""
    start = cell * plan.samples
    pieces = [
        range(start + first, start + min(first + PIECE, stopping.target))
        for first in range(stopping.seen, stopping.target, PIECE)
    ]
    for piece in pieces:  # nothing is taken in before all are there
        if len(ledgers.rows([plan.digest(point) for point in piece], numbers=False)) < len(piece):
            return False
    for piece in pieces:
        digests = [plan.digest(point) for point in piece]
        rows = ledgers.rows(digests)
        stopping.take([rows[digest] for digest in digests])
    stopping.decide()
    return True


def source_of(plan: Plan, ledgers: Ledgers, *, shard: tuple[int, int] = (0, 1), retry: bool = False) -> Source:
    """Batches of the plan that are still to be answered."""
    part, parts = shard
    tally = Tally(len(range(part, plan.points, parts)))
    kind = Source if plan.until is None else Rounds
    return kind(plan, ledgers, tally, shard, retry)


def crew(plan: Plan, where: Where | Executor) -> AbstractContextManager[Workers]:
    """Workers that know the sweep."""
    return open_workers(where, setup=given(plan.sweep))


def drive(source: Source, workers: Workers, tell: Tell) -> Tally:
    """Answer all batches of a source.

    At most a few batches per worker are on their way at once, so that the memory does not grow with the number of points.

    Parameters
    ----------
    source : Source
        What is to be answered.
    workers : Workers
        Where; see `crew`.
    tell : callable
        Called with events: `progress`, and `failed` for every point that gets an error.

    Raises
    ------
    Incomplete
        If the ledger cannot be written any more, or no worker is left; what was answered is kept.
    """
    drive = _Drive(source, workers, tell)
    try:
        while drive.step():
            pass
    except BaseException as error:
        drive.keep()
        if isinstance(error, NoWorkers):
            raise Incomplete(f"{error}; what was answered is kept, run it again to go on") from None
        raise
    return source.tally


class _Drive:
    """Batches on their way and answers that wait to be committed."""

    def __init__(self, source: Source, workers: Workers, tell: Tell) -> None:
        self.source, self.workers, self.tell = source, workers, tell
        self.finished: queue.SimpleQueue[Future[list[PointRow]]] = queue.SimpleQueue()
        self.pending: dict[Future[list[PointRow]], Points] = {}
        self.gathered: list[tuple[Points, list[PointRow]]] = []
        self.start = self.committed = time.monotonic()
        self.writable = True

    def step(self) -> bool:
        """Hand out batches, take in one answer, commit what has waited long enough; False when all is done."""
        self.hand_out()
        if not self.pending and not self.gathered:
            return False
        if self.pending:
            self.take_in(self.committed + LINGER - time.monotonic() if self.gathered else PATIENCE)
        if self.gathered and (not self.pending or time.monotonic() - self.committed >= LINGER):
            self.commit()
        return True

    def hand_out(self) -> None:
        """Keep every worker busy, and no more on the way than that takes; in this process one at a time."""
        ahead = 1 if isinstance(self.workers, Here) else AHEAD * max(1, self.workers.count)
        while len(self.pending) < ahead:
            points = self.source.next()
            if points is None:
                return
            future = self.workers.submit(asked, points)
            self.pending[future] = points
            future.add_done_callback(self.finished.put)

    def take_in(self, wait: float) -> None:
        """The next answer, if one comes in time."""
        try:
            future = self.finished.get(timeout=max(0.0, wait))
        except queue.Empty:
            return
        points = self.pending.pop(future)
        try:
            self.gathered.append((points, future.result()))
        except WorkerLost as error:
            given_up, rows = self.source.lost(points, str(error))
            if given_up:
                self.gathered.append((given_up, rows))

    def commit(self) -> None:
        """Answers into the ledger, all or none; then they count."""
        rows = [row for _, some in self.gathered for row in some]
        self.writable = False
        self.source.ledgers.own.write(rows)
        self.writable = True
        self.committed = time.monotonic()
        kept = [points for points, _ in self.gathered]
        self.gathered.clear()
        tally = self.source.tally
        for row in rows:
            self.source.plan.note(row.point, row.digest)
            tally.seconds += row.seconds
            tally.done += row.error is None
            tally.failed += row.error is not None
            if row.error is not None:
                LOG.debug("point %s: %s", row.digest.hex()[:12], row.error)
                self.tell({"event": "failed", "point": row.digest.hex(), "error": row.error})
        for points in kept:
            self.source.answered(points)
        LOG.debug("%d answers kept", len(rows))
        self.tell({"event": "progress", **tally.counts(time.monotonic() - self.start)})

    def keep(self) -> None:
        """Commit what has been answered before giving up, unless the ledger is what failed."""
        while not self.finished.empty():
            with suppress(Exception):  # what failed is asked again another time
                self.take_in(0.0)
        if self.gathered and self.writable:
            self.commit()
