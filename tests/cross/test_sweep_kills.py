"""Kill -9 at random moments, of the run and of its workers: what was acknowledged stays, is right, and is not computed again."""

import json
import os
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from counted import Counting, answered, rows, rows_left

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

TWO_IN_A_RUN = 2  # workers that are killed in one run: at the third a point would be given up, as it must
LEFT_BEHIND = 3.0  # seconds after which no worker of a killed run may live
STARTING = 20.0  # one that was still importing looks for its parent when it is up; this machine may be busy


def processes(counting):
    """Processes of the runs of this sweep, by what is in their environment; zombies have none."""
    mark = f"COUNTED_LOG={counting.log}".encode()
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes()
            except OSError:
                continue
    return found


def workers(counting):
    return [pid for pid, line in processes(counting).items() if b"spawn_main" in line]


def at_work(pid):
    """Whether a worker is up: it has a thread then that looks for its parent."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return int(status.split("Threads:")[1].split()[0]) > 1


def last_count(events):
    """Answered points by the last event of a run that is complete."""
    told = 0
    for line in events.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            event = json.loads(line)
            if event["event"] == "progress":
                told = event["known"] + event["done"]
    return told


class Trial:
    """One sweep, disturbed until its kills are used up, then left alone."""

    def __init__(self, folder, seed, kind, *, points, pause, size, kills):
        self.rng = np.random.default_rng(np.random.SeedSequence(20240611, spawn_key=(seed,)))
        self.counting = Counting(folder, points, pause=pause, batch=3, size=size)
        self.kind, self.kills = kind, int(self.rng.integers(1, kills + 1))
        self.events = folder / "events"
        self.killed, self.acknowledged, self.seen = Counter(), set(), 0

    def run(self):
        while True:
            with self.events.open("w") as out, (self.counting.folder / "errors").open("a") as err:
                process = self.counting.start("--workers", 2, "--json", stdout=out, stderr=err)
                try:
                    code = self.disturb(process)
                finally:
                    process.kill()
                    process.wait()
            if code is not None:
                break
        assert code == 0, (self.counting.folder / "errors").read_text()
        self.look(rows_left)
        assert self.acknowledged == set(map(float, range(1, self.counting.points + 1)))
        return self.killed

    def disturb(self, process):
        """Kill until the run is dead (None) or has ended by itself (its exit code)."""
        here = 0
        while self.kills:
            code = self.wait(process)
            if code is not None:
                return code
            self.kills -= 1
            victims = workers(self.counting) if here < TWO_IN_A_RUN and self.rng.random() < 0.4 else []
            if not victims:
                up = [pid for pid in workers(self.counting) if at_work(pid)]
                process.kill()
                process.wait()
                self.killed["run"] += 1
                self.alone(up)
                self.look(rows_left)
                return None
            here += 1
            try:
                os.kill(int(self.rng.choice(victims)), signal.SIGKILL)
            except ProcessLookupError:
                continue
            self.killed["worker"] += 1
            self.look(rows)
        return process.wait(timeout=60)

    def wait(self, process):
        """A random moment of the kind that this trial is after; the exit code if the run ends before."""
        reached = {
            "any": lambda: True,
            "creation": self.counting.place.exists,
            "work": lambda: last_count(self.events) > 0,
            "consolidation": lambda: last_count(self.events) == self.counting.points or self.gathering(),
        }[self.kind]
        longest = {"any": 2.5, "creation": 0.05, "work": 0.4, "consolidation": 0.2}[self.kind]
        while not reached() and process.poll() is None:
            time.sleep(0.002)
        end = time.monotonic() + self.rng.uniform(0, longest)
        while time.monotonic() < end and process.poll() is None:
            time.sleep(0.001)
        return process.poll()

    def gathering(self):
        return any(self.counting.place.glob(".gathering-*"))

    def alone(self, up):
        """No worker of a killed run outlives it for long, and in the end nothing does."""
        start = time.monotonic()
        while left := processes(self.counting):
            waited = time.monotonic() - start
            assert waited < (LEFT_BEHIND if left.keys() & set(up) else STARTING), left
            time.sleep(0.01)
        self.killed["workers that went with it"] += len(up)

    def look(self, read):
        """What has been acknowledged is there and right, and has not been computed since."""
        told = last_count(self.events)
        known = answered(read(self.counting.ledger), self.counting.size)
        assert known >= self.acknowledged, "an acknowledged point was lost"
        assert len(known) >= told, "a point was counted before it was kept"
        computed = self.counting.computed()
        assert not self.acknowledged & set(computed[self.seen :]), "an acknowledged point was computed again"
        self.acknowledged = known
        self.seen = len(computed)


KINDS = ("any", "creation", "work", "consolidation")


def trials(folder, count, *, kills, points, pause):
    """All trials, two at a time; gives what was killed, and the computations beyond one per point."""

    def one(number):
        kind = KINDS[number % len(KINDS)]
        here = folder / str(number)
        large = kind == "consolidation"
        trial = Trial(
            here, number, kind, points=points, pause=0.0 if large else pause, size=2000 if large else 3, kills=kills
        )
        try:
            killed = trial.run()
        except AssertionError as error:  # the others go on
            return kind, Counter({"wrong": 1}), f"{kind} {number}: {error}"
        computed = Counter(trial.counting.computed())
        killed["points"] = points
        killed["computed again"] = computed.total() - points
        killed["datasets"] = trial.counting.data.read_bytes() == undisturbed(folder, kind)
        return kind, killed, None

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(one, range(count)))
    sums = {kind: Counter() for kind in KINDS}
    for kind, killed, _ in found:
        sums[kind].update(killed)
    return sums, [error for *_, error in found if error is not None]


def undisturbed(folder, kind):
    """Bytes of the dataset of a run that nobody disturbs; one for each kind of trial."""
    return (folder / f"quiet-{'large' if kind == 'consolidation' else 'small'}.zip").read_bytes()


def quiet(folder, *, points, pause):
    for name, size, rest in (("large", 2000, 0.0), ("small", 3, pause)):
        counting = Counting(folder / f"quiet-{name}", points, pause=rest, batch=3, size=size)
        done = counting.run("--workers", 1)
        assert done.returncode == 0, done.stderr
        (folder / f"quiet-{name}.zip").write_bytes(counting.data.read_bytes())


@pytest.mark.parametrize(
    ("count", "kills", "points"),
    [
        pytest.param(4, 1, 60, id="4"),
        pytest.param(12, 1, 60, id="12", marks=[pytest.mark.slow]),
        pytest.param(200, 3, 100, id="200", marks=[pytest.mark.slow, pytest.mark.timeout(3600)]),
    ],
)
def test_nothing_acknowledged_is_lost_wrong_or_computed_again(tmp_path, count, kills, points):
    quiet(tmp_path, points=points, pause=0.006)
    sums, wrong = trials(tmp_path, count, kills=kills, points=points, pause=0.006)
    print(json.dumps(sums))
    assert not wrong
    total = sum(sums.values(), Counter())
    assert total["datasets"] == count
    assert total["run"] >= count / 2
    assert total["worker"] > 0
    # of one kill: the batches that were on the way with both workers, or waited to be committed together
    assert total["computed again"] < 40 * (total["run"] + total["worker"])
