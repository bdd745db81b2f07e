"""Routes side by side within a budget: quick ones first, each growing as long as it has something to say."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from caloriq import wording
from caloriq.verdicts.routes import worker
from caloriq.verdicts.routes.asked import asked
from caloriq.verdicts.routes.case import Case
from caloriq.verdicts.routes.evidence import Evidence
from caloriq.verdicts.routes.ledger import Ledger
from caloriq.verdicts.routes.stage import Stage
from caloriq.verdicts.routes.table import routes

AT_ONCE = 0.2  # seconds below which a stage is answered by this process
HOPEFUL = 2.0  # estimated times over what is left of the budget up to which a stage is begun: estimates are that good
TICK = 0.1  # seconds between looks at the clock
WHY = {
    "time": "it takes more time than there was",
    "memory": "it takes more memory than there is",
    "settled": "the class is known without it",
}
LOG = logging.getLogger(__name__)
POOLS = ("OMP", "OPENBLAS", "MKL", "NUMBA", "VECLIB_MAXIMUM")
Teller = Callable[[Evidence], None]
Watcher = Callable[[Mapping[str, float], float], None]  # shares done of running stages, seconds left


@dataclass
class Gathered:
    """What the routes found.

    Attributes
    ----------
    evidence : dict of str to Evidence
        The last of every route, in the order of the routes.
    beyond : dict of str to (Stage, str)
        Stages that were not looked at, and why.
    ended : dict of str to float
        Seconds for which those of them had run that the end of the time ended.
    """

    evidence: dict[str, Evidence] = field(default_factory=dict)
    beyond: dict[str, tuple[Stage, str]] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)

    def list(self) -> tuple[Evidence, ...]:
        """In the order of the routes, each with what would say more on it."""
        found = []
        for name in routes():
            if name in self.evidence:
                one = self.evidence[name]
                found.append(replace(one, next=self.beyond[name][0].next) if name in self.beyond else one)
            elif name in self.beyond:
                found.append(_set_aside(*self.beyond[name], self.ended.get(name)))
        return tuple(found)


def _set_aside(stage: Stage, why: str, ran: float | None) -> Evidence:
    """A route of which nothing was looked at to its end."""
    told = f"Not looked at: {WHY[why]}."
    if ran is not None:
        told = f"Begun, but not at its end after {wording.duration(ran)}, when the time was over."
    return Evidence(stage.route, "none", "", None, "none", told, next=stage.next, seconds=ran or 0.0)


@dataclass
class _Running:
    stage: Stage
    process: subprocess.Popen[bytes]
    begun: float
    share: float = 0.0


def gather(
    case: Case,
    *,
    seconds: float,
    memory: float,
    workers: int,
    ledger: Ledger,
    only: Collection[str] | None = None,
    tell: Teller | None = None,
    settled: Callable[[tuple[Evidence, ...], Stage], bool] = lambda *_: False,
    watch: Watcher | None = None,
) -> Gathered:
    """Evidence of every route that applies, within a time and a memory.

    Parameters
    ----------
    case : Case
        What is asked.
    seconds, memory : float
        Budget; a stage that is still running when the time is over is ended, and what was found before stays.
    workers : int
        Processes side by side; 0 answers everything in this process, which cannot be ended in the middle of a stage.
    ledger : Ledger
        What has been answered before, and where answers go as they come.
    only : collection of str, optional
        Routes that are looked along; by default all.
    tell : callable, optional
        Called with every new piece of evidence.
    settled : callable
        Whether a stage says nothing more that is needed, beside the evidence that there is.
    watch : callable, optional
        Called with the share of every running stage that is done, and the seconds that are left.
    """
    end = time.monotonic() + seconds
    found = Gathered()
    waiting: list[Stage] = []
    for route in asked(only):
        first = route.first(case)
        if isinstance(first, Evidence):
            found.evidence[route.name] = first
        elif first is not None:
            waiting.append(first)
    waiting.sort(key=lambda stage: stage.seconds > AT_ONCE)  # the rest in the order of the routes

    def take(stage: Stage, evidence: Evidence) -> None:
        LOG.debug("%s, %s: %s", stage.route, stage.what, evidence.sentence)
        found.evidence[stage.route] = evidence
        if tell is not None:
            tell(evidence)
        more = routes()[stage.route].following(case, stage, evidence)
        if more is not None:
            waiting.append(more)

    with _processes() as running:
        messages: queue.Queue[tuple[_Running, object]] = queue.Queue()
        while waiting or running:
            for stage in [one for one in waiting if settled(found.list(), one)]:
                waiting.remove(stage)
                found.beyond[stage.route] = (stage, "settled")
            for needless in [one for one in running if settled(found.list(), one.stage)]:
                found.beyond[needless.stage.route] = (needless.stage, "settled")
                _end(needless, running)
            _begin(case, waiting, running, messages, found, take, ledger, end, memory, workers)
            if not running:
                continue  # what is left waits, or has been set aside
            try:
                one, message = messages.get(timeout=TICK)
            except queue.Empty:
                one, message = None, ()
            if one is not None and one in running:
                _hear(case, one, message, running, take, ledger)
            if watch is not None:
                watch({one.stage.what: one.share for one in running}, end - time.monotonic())
            if time.monotonic() > end:
                for one in list(running):
                    found.beyond[one.stage.route] = (one.stage, "time")
                    found.ended[one.stage.route] = time.monotonic() - one.begun
                    LOG.info("%s, %s: ended with the time", one.stage.route, one.stage.what)
                    _end(one, running)
                found.beyond |= {stage.route: (stage, "time") for stage in waiting}
                break
    return found


def _begin(
    case: Case,
    waiting: list[Stage],
    running: list[_Running],
    messages: queue.Queue[tuple[_Running, object]],
    found: Gathered,
    take: Callable[[Stage, Evidence], None],
    ledger: Ledger,
    end: float,
    memory: float,
    workers: int,
) -> None:
    """Answer what is known or quick; begin what there is room for; set aside what is too much."""
    for stage in list(waiting):
        known = ledger.read(stage.key(case))
        if known is not None:
            waiting.remove(stage)
            LOG.info("%s, %s: taken over from %s", stage.route, stage.what, ledger.path)
            take(stage, known)
            continue
        left = end - time.monotonic()
        used = sum(one.stage.memory for one in running)
        why = (
            "memory"
            if stage.memory > memory
            else "time"
            if stage.seconds > HOPEFUL * left and stage.seconds > AT_ONCE
            else ""
        )
        if why:
            waiting.remove(stage)
            LOG.info("%s, %s: set aside, %s", stage.route, stage.what, WHY[why])
            found.beyond[stage.route] = (stage, why)
            continue
        if workers == 0 or stage.seconds <= AT_ONCE:
            waiting.remove(stage)
            _begun(stage)
            begun = time.monotonic()
            evidence = replace(worker.looked(case, stage), seconds=time.monotonic() - begun)
            _keep(ledger, case, stage, evidence)
            take(stage, evidence)
            return
        if len(running) < workers and used + stage.memory <= memory:
            waiting.remove(stage)
            _begun(stage)
            running.append(_started(case, stage, messages, workers))


def _begun(stage: Stage) -> None:
    need, time_of = wording.size(stage.memory), wording.duration(stage.seconds)
    LOG.info("%s, %s: begins, about %s and %s", stage.route, stage.what, time_of, need)


def _keep(ledger: Ledger, case: Case, stage: Stage, evidence: Evidence) -> None:
    """What says something of the model goes to the ledger; what a machine lacked may be there next time."""
    if evidence.family != worker.LOST:
        ledger.write(stage.key(case), evidence)


def _started(case: Case, stage: Stage, messages: queue.Queue[tuple[_Running, object]], workers: int) -> _Running:
    """A process at work on a stage, and a thread that listens to it."""
    threads = max(1, (os.cpu_count() or 1) // workers)
    environment = {**os.environ, **{f"{pool}_NUM_THREADS": str(threads) for pool in POOLS[:-1]}}
    environment[f"{POOLS[-1]}_THREADS"] = str(threads)
    process = subprocess.Popen(
        [sys.executable, "-m", "caloriq.verdicts.routes.worker", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        start_new_session=True,  # Ctrl-C is the parent's matter
    )
    one = _Running(stage, process, time.monotonic())
    assert process.stdin is not None
    try:
        worker.send(process.stdin, (case, stage))
        process.stdin.close()
    except BrokenPipeError:
        pass  # the listener hears that it ended

    def listen() -> None:
        assert process.stdout is not None
        while True:
            try:
                message = worker.receive(process.stdout)
            except (OSError, ValueError):
                message = None
            messages.put((one, message))
            if message is None or message[0] == "evidence":
                return

    threading.Thread(target=listen, daemon=True).start()
    return one


def _hear(
    case: Case,
    one: _Running,
    message: object,
    running: list[_Running],
    take: Callable[[Stage, Evidence], None],
    ledger: Ledger,
) -> None:
    """Progress, evidence, or the end of a process that said nothing."""
    if isinstance(message, tuple) and message[0] == "progress":
        one.share = float(message[1])
        return
    _end(one, running)
    if message is None:
        code = one.process.returncode
        told = f"Its process ended before it answered (code {code}); memory may have been short."
        take(one.stage, Evidence(one.stage.route, "none", case.of, None, "none", told, one.stage.what, refused=True))
        return
    assert isinstance(message, tuple)
    evidence = replace(message[1], seconds=time.monotonic() - one.begun)
    _keep(ledger, case, one.stage, evidence)
    take(one.stage, evidence)


def _end(one: _Running, running: list[_Running]) -> None:
    running.remove(one)
    if one.process.poll() is None:
        one.process.kill()
    one.process.wait()
    if one.process.stdout is not None:
        one.process.stdout.close()


@contextmanager
def _processes() -> Iterator[list[_Running]]:
    """Processes that end with the work, however it ends."""
    running: list[_Running] = []
    try:
        yield running
    finally:
        for one in running:
            _end(one, running)
