"""A disk that is full: one sentence, exit code 4, nothing lost, and on it goes when there is space."""

import os
import resource
import subprocess
import sys
from contextlib import contextmanager

import pytest

from caloriq.errors import Incomplete
from caloriq.sweep.definition import Sweep
from caloriq.sweep.engine import Ledgers, crew, drive, source_of
from caloriq.sweep.ledger import Ledger
from caloriq.sweep.plan import Plan
from caloriq.sweep.workers import Inline
from counted import Counting, answered, rows_left

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="tmpfs and limits of Linux")
POINTS = 400


def mounted(folder, kilobytes, *, again=False):
    options = f"{'remount,' if again else ''}size={kilobytes}k"
    return subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    ).returncode == 0  # fmt: skip


@contextmanager
def disk(folder, kilobytes):
    """A small disk."""
    folder.mkdir(parents=True)
    if os.geteuid() != 0 or not mounted(folder, kilobytes):
        pytest.skip("a tmpfs may not be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def stopped(done):
    """One sentence and exit code 4; progress of more than two seconds may stand before it."""
    assert done.returncode == 4, done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("count: ")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("caloriq: `out` must take the ")
    assert "kept, make space and run again" in lines[0]
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("kilobytes", "size", "known"),
    [
        pytest.param(16, 60, (0, 1), id="no-room-for-the-ledger", marks=pytest.mark.slow),
        pytest.param(40, 60, (0, 1), id="no-room-for-its-journal", marks=pytest.mark.slow),
        pytest.param(600, 150, (1, POINTS), id="in-the-middle"),
    ],
)
def test_a_full_disk_stops_with_one_sentence_and_goes_on_when_there_is_space(tmp_path, kilobytes, size, known):
    counting = Counting(tmp_path, POINTS, batch=5, size=size)
    with disk(counting.out, kilobytes):
        stopped(counting.run("--workers", 1))
        before = answered(rows_left(counting.ledger), size)
        assert len(before) in range(*known)
        assert not counting.data.exists()
        assert not [path.name for path in counting.place.iterdir() if not path.name.startswith("count-ledger")]
        computed = len(counting.computed())
        assert mounted(counting.out, 8000, again=True)
        done = counting.run("--workers", 1)
        assert done.returncode == 0, done.stderr
        assert len(answered(rows_left(counting.ledger), size)) == POINTS
        assert not before & set(counting.computed()[computed:])
        on_disk = counting.data.read_bytes()
    if len(before) in range(1, POINTS):
        counting.out = tmp_path / "large"
        assert counting.run("--workers", 1).returncode == 0
        assert counting.data.read_bytes() == on_disk


def test_a_disk_that_is_full_for_the_dataset_only(tmp_path):
    counting = Counting(tmp_path, POINTS, batch=5, size=150)
    with disk(counting.out, 8000):
        assert counting.run("--workers", 1).returncode == 0
        right = counting.data.read_bytes()
        counting.data.unlink()
        usage = os.statvfs(counting.out)
        filler = counting.out / "filler"
        filler.write_bytes(bytes(usage.f_bavail * usage.f_frsize - 300_000))
        done = counting.run("--workers", 1)
        stopped(done)
        assert "take the file count.zarr.zip" in done.stderr
        assert not counting.data.exists()
        assert not list(counting.place.glob(".*"))
        stopped(counting.run(verb="export"))
        filler.unlink()
        assert counting.run("--workers", 1).returncode == 0
        assert counting.data.read_bytes() == right
    assert len(counting.computed()) == POINTS


def test_a_limit_on_the_size_of_files_is_a_full_disk(tmp_path):
    counting = Counting(tmp_path, POINTS, batch=5, size=60)
    limit = 150_000
    stopped(counting.run("--workers", 1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))))
    before = answered(rows_left(counting.ledger), 60)
    assert 0 < len(before) < POINTS
    computed = len(counting.computed())
    assert counting.run("--workers", 1).returncode == 0
    assert len(answered(rows_left(counting.ledger), 60)) == POINTS
    assert not before & set(counting.computed()[computed:])


def test_a_ledger_that_may_not_grow_keeps_whole_batches_and_goes_on(tmp_path):
    model = {"kind": "spin-chain", "sites": 2, "hopping": 1.0, "baths": [{"site": 0, "temperature": 1.0, "rate": 1.0}]}
    sweep = Sweep(
        model=model, question="steady-state", vary={"hopping": {"start": 0.5, "stop": 1.5, "count": 120}}, batch=7
    )
    plan, path, told = Plan(sweep), tmp_path / "small.sqlite", []
    with Ledger(path) as ledger, crew(plan, Inline()) as workers:
        ledger._base.execute("PRAGMA max_page_count = 15")
        with pytest.raises(Incomplete, match=r"database or disk is full .* make space and run again$"):
            drive(source_of(plan, Ledgers(ledger)), workers, told.append)
    acknowledged = told[-1]["done"]
    assert 0 < acknowledged < 120
    with Ledger(path) as ledger, crew(plan, Inline()) as workers:
        kept = ledger.rows([plan.digest(point) for point in range(120)])
        assert len(kept) == acknowledged
        tally = drive(source_of(plan, Ledgers(ledger)), workers, told.append)
        assert (tally.known, tally.done, tally.left) == (acknowledged, 120 - acknowledged, 0)
        again = ledger.rows([plan.digest(point) for point in range(120)])
    assert {digest: again[digest] for digest in kept} == kept
