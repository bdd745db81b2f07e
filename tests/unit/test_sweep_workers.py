"""Where a sweep runs: in this process and on processes of this machine."""

import concurrent.futures
import operator
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from caloriq.errors import InvalidInput, NotConverged
from caloriq.sweep.workers import (
    Dask,
    Inline,
    Mpi,
    NoWorkers,
    Processes,
    WorkerLost,
    cores,
    open_workers,
    setup,
)

LIMIT = 60  # seconds for what takes less than one on an idle machine


def within(condition, seconds=LIMIT):
    """Wait until a condition holds; whether it did."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def alive(pid):
    """Whether a process lives; one that has ended and waits to be asked for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in "ZX"


@pytest.fixture(scope="module")
def two():
    with open_workers(Processes(2), setup=(b"shared", b"")) as workers:
        yield workers


def test_inline_answers_at_once_and_in_order():
    with open_workers(Inline(), setup=(b"x",)) as workers:
        futures = [workers.submit(operator.mul, k, k) for k in range(5)]
        assert [one.result(timeout=0) for one in futures] == [0, 1, 4, 9, 16]
        assert workers.submit(setup).result() == (b"x",)
        assert (workers.label, workers.count) == ("this process", 1)
        with pytest.raises(ZeroDivisionError):
            workers.submit(operator.truediv, 1, 0).result()
    assert setup() == ()


def test_processes_answer_all_tasks(two):
    futures = [two.submit(operator.mul, k, k) for k in range(500)]
    assert [one.result(LIMIT) for one in futures] == [k * k for k in range(500)]
    assert (two.label, two.count) == ("2 processes", 2)
    assert two.submit(setup).result(LIMIT) == (b"shared", b"")


def test_arrays_come_back_bit_by_bit(two):
    x = np.random.default_rng(1).standard_normal((200, 300))
    assert two.submit(np.negative, x).result(LIMIT).tobytes() == (-x).tobytes()


def test_workers_have_one_thread_and_the_parent_keeps_its_environment(two):
    before = dict(os.environ)
    with open_workers(Processes(1)) as one:
        assert one.submit(os.getenv, "OPENBLAS_NUM_THREADS").result(LIMIT) == "1"
    assert two.submit(os.getenv, "NUMBA_NUM_THREADS").result(LIMIT) == "1"
    assert dict(os.environ) == before


def test_two_tasks_run_side_by_side_on_two_processes(two):
    barrier = [two.submit(time.sleep, 0.3) for _ in range(2)]
    pids = [two.submit(os.getpid) for _ in range(50)]
    assert all(one.result(LIMIT) is None for one in barrier)
    assert os.getpid() not in {one.result(LIMIT) for one in pids}


def test_exceptions_travel_back_with_their_trace(two):
    with pytest.raises(ValueError, match="invalid literal for int") as caught:
        two.submit(int, "one").result(LIMIT)
    assert "Traceback" in caught.value.__notes__[0]
    with pytest.raises(NotConverged, match="a sentence"):
        two.submit(_raise, NotConverged("a sentence")).result(LIMIT)
    with pytest.raises(SystemExit):
        two.submit(sys.exit, 3).result(LIMIT)
    with pytest.raises(TypeError, match="cannot pickle"):
        two.submit(_lock).result(LIMIT)
    with pytest.raises(RuntimeError, match=r"ValueError: .*lock"):
        two.submit(_raise_a_lock).result(LIMIT)
    assert two.submit(abs, -1).result(LIMIT) == 1


def _raise(error):
    raise error


def _lock():
    return threading.Lock()


def _raise_a_lock():
    raise ValueError(threading.Lock())


def test_a_task_that_cannot_be_sent_is_refused_at_once(two):
    with pytest.raises((AttributeError, TypeError), match="pickle"):
        two.submit(lambda: 1)
    assert two.submit(abs, -1).result(LIMIT) == 1


@pytest.mark.parametrize("mode", ["killed", "leaves"])
def test_a_lost_worker_takes_its_own_task_only(mode):
    with open_workers(Processes(2)) as workers:
        victim = workers.submit(os.getpid).result(LIMIT)
        other = next(pid for _ in range(10**6) if (pid := workers.submit(os.getpid).result(LIMIT)) != victim)
        sleeps = [workers.submit(_sleep_and_tell, 1.5) for _ in range(2)]
        later = [workers.submit(operator.neg, k) for k in range(20)]
        if mode == "killed":
            time.sleep(0.3)
            os.kill(victim, signal.SIGKILL)
            lost = [one.exception(LIMIT) for one in sleeps]
            assert sorted(error is None for error in lost) == [False, True]
            assert next(one.result() for one in sleeps if one.exception() is None) == other
            error = next(error for error in lost if error)
            assert isinstance(error, WorkerLost)
            assert "SIGKILL" in str(error)
        else:
            with pytest.raises(WorkerLost, match="exit code 7"):
                workers.submit(os._exit, 7).result(LIMIT)
        assert [one.result(LIMIT) for one in later] == [-k for k in range(20)]


def _sleep_and_tell(seconds):
    time.sleep(seconds)
    return os.getpid()


def test_a_worker_killed_while_idle_costs_no_task():
    with open_workers(Processes(1)) as workers:
        for _ in range(3):
            pid = workers.submit(os.getpid).result(LIMIT)
            os.kill(pid, signal.SIGKILL)
            assert workers.submit(os.getpid).result(LIMIT) != pid


def test_many_deaths_do_not_wear_the_pool_out():
    with open_workers(Processes(1)) as workers:
        for code in range(1, 6):
            with pytest.raises(WorkerLost, match=f"exit code {code}"):
                workers.submit(os._exit, code).result(LIMIT)
        assert workers.submit(abs, -1).result(LIMIT) == 1


def test_leaving_cancels_what_waits_and_ends_what_runs():
    with open_workers(Processes(1)) as workers:
        pid = workers.submit(os.getpid).result(LIMIT)
        running = workers.submit(time.sleep, 1000)
        waiting = workers.submit(abs, 1)
        assert within(running.running)
        start = time.monotonic()
    assert time.monotonic() - start < 10
    assert not alive(pid)
    assert waiting.cancelled()
    with pytest.raises(concurrent.futures.CancelledError):
        running.result(0)
    with pytest.raises(RuntimeError, match="closed"):
        workers.submit(abs, 1)


def test_a_cancelled_task_is_not_run(two, tmp_path):
    busy = [two.submit(time.sleep, 0.5) for _ in range(2)]
    file = tmp_path / "made"
    never = two.submit(os.mkdir, str(file))
    assert never.cancel()
    assert [one.result(LIMIT) for one in busy] == [None, None]
    two.submit(abs, 1).result(LIMIT)
    assert not file.exists()


SCRIPT = """
import os, signal, sys, time
from caloriq.sweep.workers import *

def work():
    if {mode!r} == "computes":
        import ctypes
        ctypes.PyDLL(None).sleep(1000)  # holds the interpreter's lock, as some libraries do
    time.sleep(1000)

if {guard}:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with open_workers(Processes(2)) as workers:
        pids = set()
        while len(pids) < 2:
            pids.add(workers.submit(os.getpid).result())
        futures = [workers.submit(work) for _ in range(3)]
        time.sleep(0.5)
        print(*pids, flush=True)
        futures[0].result()
"""


def script(tmp_path, mode="sleeps", guard='__name__ == "__main__"'):
    file = tmp_path / "script.py"
    file.write_text(SCRIPT.format(mode=mode, guard=guard), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("mode", ["sleeps", "computes"])
def test_the_death_of_the_parent_leaves_no_child(tmp_path, mode):
    with script(tmp_path, mode) as parent:
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(alive(pid) for pid in pids)
        parent.kill()
        assert within(lambda: not any(alive(pid) for pid in pids), 5)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_ctrl_c_ends_everything_without_a_word_of_the_children(tmp_path):
    with script(tmp_path) as parent:
        pids = [int(word) for word in parent.stdout.readline().split()]
        os.killpg(parent.pid, signal.SIGINT)
        _, said = parent.communicate(timeout=LIMIT)
        assert said.count("Traceback") == 1
        assert said.rstrip().endswith("KeyboardInterrupt")
        assert not any(alive(pid) for pid in pids)


def test_workers_that_cannot_start_are_one_sentence_and_no_endless_loop(tmp_path):
    with script(tmp_path, guard="True") as parent:
        try:
            _, said = parent.communicate(timeout=LIMIT)
        finally:
            parent.kill()
    last = said.rstrip().splitlines()[-1]
    assert last.startswith("caloriq.sweep._tasks.NoWorkers: `workers` must start, but")
    assert 'if __name__ == "__main__":' in last
    assert parent.returncode == 1


def test_an_executor_of_the_caller_is_used_and_left_open():
    with concurrent.futures.ThreadPoolExecutor(3) as threads:
        with open_workers(threads, setup=(b"y",)) as workers:
            assert workers.submit(setup).result(LIMIT) == (b"y",)
            assert (workers.label, workers.count) == ("ThreadPoolExecutor", 3)
        assert threads.submit(abs, -2).result(LIMIT) == 2


def test_default_is_one_process_for_each_core():
    assert cores() == len(os.sched_getaffinity(0))


@pytest.mark.parametrize("count", [0, -1, 1.5, True, "2"])
def test_bad_counts_are_refused(count):
    with pytest.raises(InvalidInput, match="`workers` must be a number of processes"):
        Processes(count)


def test_a_place_of_another_kind_is_refused():
    with pytest.raises(InvalidInput, match="`where` must be"), open_workers("here"):
        pass


@pytest.mark.parametrize(
    ("where", "package", "told"),
    [(Dask("local"), "distributed", "caloriq[dask]"), (Mpi(), "mpi4py.futures", "caloriq[mpi]")],
)
def test_a_missing_package_is_named(monkeypatch, where, package, told):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InvalidInput, match="must be installed") as caught, open_workers(where):
        pass
    assert told in str(caught.value)


def test_no_workers_is_an_error_of_caloriq():
    assert issubclass(NoWorkers, RuntimeError)
    assert issubclass(WorkerLost, RuntimeError)
