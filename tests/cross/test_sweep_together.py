"""Several runs at once: on one ledger refused in a sentence, as shards side by side, and exports while a run is at work."""

import json
import math
import os
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing, contextmanager

import numpy as np
import pytest

from caloriq import store
from caloriq.sweep import ledger
from caloriq.sweep.ledger import Busy, Ledger, held
from caloriq.sweep.run import Place, ledgers_of
from caloriq.sweep.work import PointRow
from counted import Counting, answered, rows_left

POINTS = 60


def refused(done):
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("caloriq: `out` must be used by one run at a time")
    assert "process " in line
    assert line.endswith("wait for it, or use --shard")


@contextmanager
def at_work(counting, *more):
    """A run that waits with its last point until the context ends, then goes on to its end."""
    counting.trouble.write_text(json.dumps({"hang": [float(POINTS)]}))
    process = counting.start("--workers", 2, *more, stderr=-1, text=True, stdout=-1)
    try:
        end = time.monotonic() + 60
        while len(counting.computed()) < POINTS // 3:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
            time.sleep(0.01)
        yield process
        assert process.poll() is None, process.communicate()
        counting.trouble.unlink()
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, (out, err)
    finally:
        process.kill()
        process.communicate()


def test_a_second_run_is_refused_and_the_first_goes_on(tmp_path):
    counting = Counting(tmp_path, POINTS, batch=3)
    with at_work(counting):
        refused(counting.run("--workers", 1))
        refused(counting.run("--workers", 1, "--shard", "1/2"))
    assert len(answered(rows_left(counting.ledger))) == POINTS
    assert sorted(counting.computed()) == list(map(float, range(1, POINTS + 1)))
    assert counting.data.exists()
    assert [path.name for path in counting.place.glob("*.sqlite")] == [counting.ledger.name]


def test_an_export_while_a_run_is_at_work_has_what_is_answered(tmp_path):
    counting = Counting(tmp_path, POINTS, batch=3)
    with at_work(counting):
        done = counting.run("--json", verb="export")
        assert done.returncode == 4, done.stderr  # points are missing, and that is said
        told = json.loads(done.stdout)
        data = store.load(counting.data)
        planned = counting.run("--json", verb="plan")
        assert json.loads(planned.stdout)["answered"] >= told["done"], planned.stderr
    assert told["done"] + told["missing"] == POINTS
    assert told["missing"] > 0
    there = data.status.values == 1
    assert there.sum() == told["done"] > 0
    assert data.sine.values[there].tolist() == [math.sin(x) for x in data.x.values[there]]
    assert np.isnan(data.sine.values[~there]).all()
    assert (store.load(counting.data).status == 1).all()


def test_shards_side_by_side_give_the_dataset_of_one_run(tmp_path):
    counting = Counting(tmp_path / "shards", POINTS, pause=0.01, batch=3)
    both = [counting.start("--workers", 1, "--shard", f"{k}/2", stderr=-1, stdout=-1, text=True) for k in (1, 2)]
    told = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert sorted(counting.computed()) == list(map(float, range(1, POINTS + 1)))
    if not counting.data.exists():  # neither was the last to look
        assert counting.run(verb="export").returncode == 0
    one = Counting(tmp_path / "one", POINTS, pause=0.01, batch=3)
    assert one.run("--workers", 1).returncode == 0
    assert counting.data.read_bytes() == one.data.read_bytes()
    again = counting.run("--workers", 1)  # a whole run takes from the shards what is there
    assert again.returncode == 0, again.stderr
    assert len(counting.computed()) == POINTS
    assert counting.data.read_bytes() == one.data.read_bytes()


def test_the_same_shard_twice_and_a_whole_run_beside_a_shard_are_refused(tmp_path):
    counting = Counting(tmp_path, POINTS, batch=3)
    with at_work(counting, "--shard", "2/2"):
        refused(counting.run("--workers", 1, "--shard", "2/2"))
        refused(counting.run("--workers", 1))
        assert not counting.ledger.exists()


def test_a_shard_waits_for_another_that_still_looks_at_all_of_them(tmp_path):
    """The end of one part of an array job is no reason to refuse the next."""
    counting = Counting(tmp_path, 6, batch=1)
    assert counting.run("--workers", 1, "--shard", "2/2").returncode == 0
    place = Place(counting.place, counting.name)
    with ledgers_of(place, write=False), ledgers_of(place, write=False):
        process = counting.start("--workers", 1, "--shard", "2/2", stderr=-1, stdout=-1, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=4.0)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "3 of 3 points answered, 0 of them now" in out


def test_who_reads_sees_the_ledger_of_one_moment(tmp_path):
    """Or a dataset would be told to hold fewer points than it does, and have no room for what came in between."""
    path = tmp_path / "a-ledger.sqlite"
    rows = [PointRow(k, bytes([k]) * 32, None, b"", "no answer", 0.1) for k in range(4)]
    with Ledger(path) as writer:
        writer.write(rows[:2])
        with Ledger(path, write=False) as reader:
            writer.write(rows[2:])
            assert reader.count() == (0, 2)
            assert len(reader.rows([row.digest for row in rows])) == 2
        with Ledger(path, write=False) as reader:
            assert reader.count() == (0, 4)


def test_readers_that_never_end_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "READERS", 0.2)
    path = tmp_path / "a-ledger.sqlite"
    with Ledger(path):
        pass
    with held(path, reading=True):
        with pytest.raises(Busy, match="another process reads there"), Ledger(path):
            pass
        with pytest.raises(Busy, match="another process reads there"), held(path):
            pass
    with Ledger(path), pytest.raises(Busy, match=f"process {os.getpid()} on .* writes there"), held(path):
        pass


def test_a_shard_that_begins_while_a_whole_run_looks_for_others_is_seen(tmp_path, monkeypatch):
    """Both have looked and seen nobody; the second look, after the claim, does."""
    place = Place(tmp_path / "out" / "count", "count")
    place.folder.mkdir(parents=True)
    looked = []

    def look(self):
        looked.append(True)
        return [] if len(looked) == 1 else found(self)

    found = Place.ledgers
    monkeypatch.setattr(Place, "ledgers", look)
    with (
        Ledger(place.ledger((0, 2))),
        pytest.raises(Busy, match=r"-ledger-1-of-2\.sqlite"),
        ledgers_of(place),
    ):
        pass


def test_a_whole_run_removes_what_killed_ones_left_of_datasets(tmp_path):
    place = Place(tmp_path / "out" / "count", "count")
    (place.folder / ".gathering-a" / "sine").mkdir(parents=True)
    (place.folder / ".gathering-b").mkdir()
    left = [place.folder / name for name in (".count.zarr.x1.zip", ".count-provenance.x1.json", ".gathering-a")]
    kept = [place.folder / name for name in (".gathering-b", ".notes", "count.zarr.zip", ".counted.zarr.x1.zip")]
    for path in (*left[:2], *kept[1:]):
        path.write_text("")
    for path in (*left, *kept[1:]):
        os.utime(path, (0, 0))
    with ledgers_of(place, (0, 2)):
        assert all(path.exists() for path in (*left, *kept))
    with ledgers_of(place):
        assert not any(path.exists() for path in left)
        assert all(path.exists() for path in kept)


@pytest.mark.parametrize("left", ["nothing", "journal", "header"])
def test_a_ledger_whose_creation_was_cut_short_is_made_anew(tmp_path, left):
    path, scratch = tmp_path / "a-ledger.sqlite", tmp_path / "scratch.sqlite"
    path.touch()
    if left != "nothing":
        with closing(sqlite3.connect(scratch, isolation_level=None)) as base:
            if left == "header":
                base.execute("PRAGMA journal_mode = WAL")
            else:
                base.execute("PRAGMA cache_size = 2")
                base.execute("BEGIN IMMEDIATE")
                for k in range(40):
                    base.execute(f"CREATE TABLE t{k} (a, b)")
                shutil.copy(f"{scratch}-journal", f"{path}-journal")
            shutil.copy(scratch, path)
        assert path.stat().st_size > 0
    with Ledger(path, write=False) as reader:
        assert reader.count() == (0, 0)
    with Ledger(path) as ours:
        assert ours.count() == (0, 0)
        run = ours.started({"a": 1})
        ours.ended(run, b=2)
    with Ledger(path, write=False) as reader:
        assert reader.runs() == [{"a": 1, "b": 2}]
