"""The registry of runs itself: how runs end in it, many processes at once, and what may go wrong with its file."""

import datetime
import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

import caloriq as cq
from caloriq import databases, provenance, runs
from command_line import call, files, refused
from registered import WIRE, listed, made, model_file

pytestmark = pytest.mark.usefixtures("state")


@pytest.mark.parametrize("content", ["", "[]", '{"file": 1}', '{"file": "/gone/chain.yaml"}', "{}"])
def test_a_provenance_that_names_no_file_stands_in_nobodys_way(tmp_path, content):
    (tmp_path / "chain-provenance.json").write_text(content, encoding="utf-8")
    provenance.check_source(tmp_path, "chain", model_file(tmp_path))


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt(), "interrupted"), (ValueError("bug"), "failed"), (None, "done")]
)
def test_how_a_run_ends(tmp_path, error, status):
    def work():
        with runs.record("run", "wire", tmp_path, WIRE, "0", "caloriq run"):
            assert [one.status for one in runs.recorded()] == ["running"]
            if error is not None:
                raise error

    if error is None:
        work()
    else:
        with pytest.raises(type(error)):
            work()
    (one,) = runs.recorded()
    assert one.status == status
    assert one.seconds >= 0
    assert one.verdict == ("ValueError: bug" if status == "failed" else "")


def test_what_was_said_at_the_end_stays_when_something_fails_after_it(tmp_path):
    def work():
        with runs.record("run", "wire", tmp_path, WIRE, "0", "x") as entry:
            entry.finish("partial", {}, points=(3, 2, 1))
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        work()
    (one,) = runs.recorded()
    assert (one.status, one.points) == ("partial", {"total": 3, "done": 2, "failed": 1})


def test_numbers_are_kept_and_long_lists_left_out(tmp_path):
    summary = {
        "short": np.arange(64),
        "long": np.arange(65),
        "list": [1.5] * 65,
        "deep": {"x": np.float64(2), "y": [[0] * 65]},
    }
    with runs.record("run", "wire", tmp_path, WIRE, "0", "x") as entry:
        entry.finish("done", summary)
    assert runs.find("last").summary == {"short": list(range(64)), "deep": {"x": 2.0}}


def test_definitions_that_json_does_not_know_are_kept_as_text(tmp_path):
    asked = {"day": datetime.date(2026, 1, 2), "sites": np.int64(3), "couplings": np.array([0.5, 1.0])}
    with runs.record("sweep", "wire", tmp_path, asked, "0", "x"):
        pass
    assert runs.find("last").definition == {"day": "2026-01-02", "sites": 3, "couplings": [0.5, 1.0]}
    assert len(listed("--where", "couplings=0.5", "--where", "sites=3", cwd=tmp_path)) == 1


def test_wrong_use_of_an_entry_is_refused(tmp_path):
    with runs.record("run", "wire", tmp_path / "wire", WIRE, "0", "x") as entry:
        with pytest.raises(cq.InvalidInput, match="`status` must be one of done, failed"):
            entry.finish("well", {})
        with pytest.raises(cq.InvalidInput, match="`files` must lie in the run's folder"):
            entry.finish("done", {}, files=[tmp_path / "other"])


def test_ids_are_unique_even_at_one_instant(tmp_path, monkeypatch):
    instants = iter(["2026-01-01T00:00:00.000000+00:00"] * 2 + ["2026-01-01T00:00:00.000001+00:00"])

    class Clock:
        @staticmethod
        def now(_):
            class Instant:
                @staticmethod
                def isoformat(**_):
                    return next(instants)

            return Instant

    monkeypatch.setattr(runs, "datetime", Clock)
    for _ in range(2):
        with runs.record("run", "wire", tmp_path, WIRE, "0", "x"):
            pass
    assert len({one.id for one in runs.recorded()}) == 2


# -- other processes

RUN = """
import sys, time
from caloriq import runs
for k in range(int(sys.argv[1])):
    with runs.record("run", f"{sys.argv[2]}{k}", sys.argv[2], {"k": k}, str(k), "x") as entry:
        print(entry.id, flush=True)
        if sys.argv[3] == "hang":
            time.sleep(600)
        entry.finish("done", {"k": k})
"""


def process(*arguments, cwd):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RUN), *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_write_at_once_from_the_first_moment(tmp_path):
    both = [process(12, name, "go", cwd=tmp_path) for name in ("a", "b")]
    answers = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert [stderr for _, stderr in answers] == ["", ""]
    found = runs.recorded()
    assert {one.name for one in found} == {f"{name}{k}" for name in "ab" for k in range(12)}
    assert {one.status for one in found} == {"done"}
    assert {one.id for one in found} == {name for stdout, _ in answers for name in stdout.split()}
    with sqlite3.connect(runs.registry()) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc")
def test_a_killed_process_is_shown_as_stopped(tmp_path):
    hanging = process(1, "wire", "hang", cwd=tmp_path)
    name = hanging.stdout.readline().strip()
    assert runs.find(name).status == "running"
    hanging.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while runs.find(name).status == "running" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert runs.find(name).status == "stopped"  # a zombie still, its parent has not asked for it
    hanging.communicate()
    assert json.loads(call("runs", "list", "--json", cwd=tmp_path).stdout)[0]["status"] == "stopped"
    assert call("runs", "delete", name, "--yes", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"born": "another-boot 1"}, "stopped"),  # the number was given to another process
        ({"born": None}, "running"),  # a system that does not say when a process began
        ({"born": None, "pid": 2**22 + 1}, "stopped"),
        ({"host": "elsewhere", "pid": 2**22 + 1}, "running"),  # cannot be known from here
    ],
)
def test_whether_a_process_lives(tmp_path, changes, status):
    with runs.record("run", "wire", tmp_path, WIRE, "0", "x"):
        with sqlite3.connect(runs.registry()) as connection:
            for name, value in changes.items():
                connection.execute(f"UPDATE runs SET {name} = ?", [value])
        connection.close()
        assert runs.find("last").status == status


# -- a registry that cannot be used


def unusable(state, how):
    file = state / "runs.sqlite"
    if how == "garbage":
        file.write_bytes(b"not a database at all, " * 100)
    elif how == "short":
        file.write_bytes(b"x")
    elif how == "folder":
        file.mkdir()
    elif how == "truncated":
        for k in range(5):
            made(state / f"{k}")
        file.write_bytes(file.read_bytes()[:4200])
    else:
        made(state / "wire")
        with sqlite3.connect(file) as connection:
            if how == "foreign":
                connection.execute("PRAGMA application_id = 7")
            elif how == "version":
                connection.execute("PRAGMA user_version = 99")
            elif how == "mangled":
                connection.execute("UPDATE runs SET definition = '{'")
        connection.close()
    return file


@pytest.mark.parametrize(
    ("how", "word"),
    [
        ("garbage", "damaged"),
        ("short", "damaged"),
        ("truncated", "damaged"),
        ("mangled", "damaged"),
        ("foreign", "another database"),
        ("version", "got 99"),
        ("folder", "cannot"),
    ],
)
def test_a_registry_that_cannot_be_used(tmp_path, state, how, word):
    file = unusable(state, how)
    before = file.read_bytes() if file.is_file() else None
    for command in (["list"], ["show", "last"], ["delete", "last", "--yes"], ["export", "last", "--out", "x"]):
        refused(call("runs", *command, cwd=tmp_path), "`registry`", word, str(file))
    if how != "mangled":  # a single bad row does not stop the next
        answer = call("run", model_file(tmp_path), "--out", tmp_path / "out", cwd=tmp_path)
        assert answer.returncode == 0
        assert "Fourier's law" in answer.stdout
        (line,) = answer.stderr.splitlines()
        assert line.startswith("caloriq: warning: this run is not kept in the registry of runs: ")
        assert word in line
        assert len(files(tmp_path / "out")) == 6
        assert (file.read_bytes() if file.is_file() else None) == before


def test_a_registry_locked_for_long_does_not_stop_a_run(tmp_path, monkeypatch, caplog):
    made(tmp_path / "wire")
    monkeypatch.setattr(databases, "PATIENCE", 0.1)
    blocker = sqlite3.connect(runs.registry(), isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with runs.record("run", "wire", tmp_path, WIRE, "0", "x") as entry:
        assert entry.id is None
        entry.finish("done", {})
    blocker.close()
    assert "database is locked" in caplog.text
    assert len(runs.recorded()) == 1


@pytest.mark.parametrize("variable", ["CALORIQ_STATE", "XDG_STATE_HOME", "HOME"])
def test_a_state_folder_that_cannot_be_made(tmp_path, monkeypatch, variable):
    for name in ("CALORIQ_STATE", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    monkeypatch.setenv(variable, str(blocked / "deep"))
    answer = call("run", model_file(tmp_path), "--out", tmp_path / "out", cwd=tmp_path)
    assert answer.returncode == 0
    (line,) = answer.stderr.splitlines()
    assert "warning" in line
    assert "blocked" in line
    assert "Fourier's law" in answer.stdout
    refused(call("runs", "list", cwd=tmp_path), "`registry`", "blocked")


def test_where_the_registry_is(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("CALORIQ_STATE", "mine")
    monkeypatch.chdir(tmp_path)
    assert runs.state_folder() == tmp_path / "mine"
    monkeypatch.setenv("CALORIQ_STATE", "")
    assert runs.state_folder() == tmp_path / "xdg" / "caloriq"
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    assert runs.state_folder() == tmp_path / "home" / ".local" / "state" / "caloriq"


FULL = """
import resource
from caloriq import runs
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with runs.record("run", "wire", "out", {}, "0", "x") as entry:
    entry.finish("done", {})
print("went on")
"""


@pytest.mark.skipif(os.name == "nt", reason="limits of POSIX systems")
def test_a_disk_that_takes_no_more_does_not_stop_a_run(tmp_path):
    command = [sys.executable, "-c", FULL]
    for kept in (0, 1):  # while there is no registry yet, and when there is one
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "went on\n"
        (line,) = done.stderr.splitlines()
        assert line.startswith("this run is not kept in the registry of runs: ")  # as the standard library logs it
        assert len(runs.recorded()) == kept
        made(tmp_path / "wire")  # there is space again
        assert len(runs.recorded()) == kept + 1


def test_an_empty_file_is_a_registry_that_nothing_was_written_to(tmp_path, state):
    (state / "runs.sqlite").touch()
    assert listed(cwd=tmp_path) == []
    assert (state / "runs.sqlite").stat().st_size == 0
    name = made(tmp_path / "wire")
    assert listed(cwd=tmp_path) == [name]


def test_a_registry_is_read_where_nothing_may_be_written(tmp_path, monkeypatch):
    name = made(tmp_path / "wire")
    asked = []
    monkeypatch.setattr(runs.os, "access", lambda *given: asked.append(given))
    before = runs.registry().read_bytes()
    assert listed(cwd=tmp_path) == [name]
    assert (runs.registry().parent, os.W_OK) in asked
    assert files(runs.registry().parent) == ["runs.sqlite"]
    assert runs.registry().read_bytes() == before
