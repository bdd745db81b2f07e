"""Tasks on Dask: a cluster of this machine, a scheduler with two workers started by hand, and jobs of a cluster."""

import logging
import operator
import os
import queue
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import CancelledError

import pytest

from caloriq.errors import InvalidInput
from caloriq.sweep._jobs import described
from caloriq.sweep.workers import Dask, NoWorkers, WorkerLost, open_workers, setup

LIMIT = 120


def within(condition, seconds=LIMIT):
    """Wait until a condition holds; whether it did."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def by_hand(tmp_path):
    """A scheduler and two workers, started as on two machines: the address and the processes."""
    address = f"tcp://127.0.0.1:{free_port()}"
    commands = [["scheduler", "--host", address, "--no-dashboard", "--no-show"]]
    commands += [["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"] for _ in range(2)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    yield address, processes
    for process in processes:
        process.kill()
        process.wait()


def test_a_cluster_of_this_machine(capfd):
    with open_workers(Dask("local:2"), setup=(b"once", b"")) as workers:
        futures = [workers.submit(operator.mul, k, k) for k in range(600)]
        assert [one.result(LIMIT) for one in futures] == [k * k for k in range(600)]
        assert workers.count == 2
        assert workers.label.endswith("2 workers")
        assert workers.label.startswith("Dask at tcp://127.0.0.1:")
        assert workers.submit(setup).result(LIMIT) == (b"once", b"")
        with pytest.raises(ValueError, match="invalid literal"):
            workers.submit(int, "one").result(LIMIT)
        with pytest.raises(WorkerLost, match="one after the other"):
            workers.submit(os._exit, 7).result(LIMIT)
        pids = [workers.submit(os.getpid).result(LIMIT) for _ in range(20)]
        assert os.getpid() not in pids
        never = workers.submit(time.sleep, 1000)
        start = time.monotonic()
    assert time.monotonic() - start < 20
    assert never.done()
    assert capfd.readouterr().err == ""


def level_of_the_logs():
    import distributed.core

    return distributed.core.logger.getEffectiveLevel()


def test_workers_of_this_machine_have_no_word_to_say_at_any_time():
    with open_workers(Dask("local:1")) as workers:
        assert workers.submit(level_of_the_logs).result(LIMIT) == logging.CRITICAL
        assert workers.submit(os.getenv, "OMP_NUM_THREADS").result(LIMIT) == "1"


class Slow(queue.Queue):
    """A queue on which time passes between a look and the taking."""

    def empty(self):
        nothing = super().empty()
        time.sleep(0.02)
        return nothing


def test_closing_never_waits_for_an_answer_that_somebody_else_has_taken():
    with open_workers(Dask("local:1")) as workers:
        workers._running.queue = Slow()
        cancel = workers._client.cancel
        workers._client.cancel = lambda *args, **keys: (cancel(*args, **keys), time.sleep(0.005))
        assert workers.submit(abs, -1).result(LIMIT) == 1
        tasks = [workers.submit(time.sleep, 1000) for _ in range(3)]
        assert within(lambda: len(workers._sent) == 3)
        time.sleep(0.3)  # they run
        closing = threading.Thread(target=workers.close, daemon=True)
        closing.start()
        closing.join(30)
        assert not closing.is_alive()
        assert all(isinstance(one.exception(0), CancelledError) for one in tasks)


def test_a_scheduler_and_two_workers_started_by_hand(by_hand, capfd):
    address, processes = by_hand
    assert within(lambda: _answers(address))
    with open_workers(Dask(address)) as workers:
        assert within(lambda: workers.count == 2)
        futures = [workers.submit(os.getpid) for _ in range(40)]
        assert {one.result(LIMIT) for one in futures} <= {process.pid for process in processes[1:]}
        # one worker dies: its tasks run on the other
        futures = [workers.submit(operator.neg, k) for k in range(50)]
        processes[1].kill()
        assert [one.result(LIMIT) for one in futures] == [-k for k in range(50)]
        assert within(lambda: workers.count == 1)
        # the scheduler dies: one sentence, no hang
        waiting = workers.submit(time.sleep, 1000)
        time.sleep(0.5)
        processes[0].send_signal(signal.SIGKILL)
        with pytest.raises(NoWorkers, match="must stay within reach, but it is gone"):
            waiting.result(LIMIT)
        with pytest.raises(NoWorkers, match="must stay within reach"):
            workers.submit(abs, 1).result(LIMIT)
        start = time.monotonic()
    assert time.monotonic() - start < 20
    assert capfd.readouterr().err == ""


def _answers(address):
    host, port = address.removeprefix("tcp://").split(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
    except OSError:
        return False
    return True


def test_an_unreachable_scheduler_is_one_sentence_in_time(capfd):
    start = time.monotonic()
    where = Dask(f"tcp://127.0.0.1:{free_port()}", timeout=1.0)
    with pytest.raises(InvalidInput, match="running scheduler, but none answers") as caught, open_workers(where):
        pass
    assert time.monotonic() - start < 15
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("address", ["", "local:0", "local:x", "nowhere", "a b", "tcp://", "missing.json"])
def test_addresses_that_are_none(address):
    with pytest.raises(InvalidInput, match="`dask` must be"), open_workers(Dask(address)):
        pass


SLURM = "kind: slurm\njobs: 2\ncores: 3\nmemory: 2GB\nqueue: long\nwalltime: '01:10:00'\naccount: physics\n"


def written(tmp_path, text):
    file = tmp_path / "cluster.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def closed(cluster):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster.close()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (SLURM, ["#SBATCH -p long", "#SBATCH -A physics", "#SBATCH -t 01:10:00", "--nthreads 1", "--nworkers 3"]),
        (SLURM.replace("slurm", "pbs"), ["#PBS -q long", "#PBS -A physics", "#PBS -l walltime=01:10:00"]),
    ],
)
def test_a_job_script_says_what_the_file_says(tmp_path, text, lines):
    cluster, jobs = described(written(tmp_path, text))
    try:
        assert jobs == 2
        for line in lines:
            assert line in cluster.job_script()
    finally:
        closed(cluster)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SLURM.replace("slurm", "abacus"), "`kind` must be one of slurm"),
        (SLURM.replace("jobs: 2", "jobs: none"), "`jobs` must be a number of jobs"),
        (SLURM + "colour: red\n", "unexpected keyword argument 'colour'"),
        (SLURM.replace("cores: 3\n", ""), "must hold what a SLURMCluster takes"),
        (SLURM, "must be used where sbatch is"),
    ],
)
def test_files_that_do_not_fit(tmp_path, monkeypatch, text, told):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InvalidInput) as caught, open_workers(Dask(str(written(tmp_path, text)))):
        pass
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_jobs_are_handed_in_run_and_taken_back(tmp_path, monkeypatch):
    """A scheduler's two commands, which run a job at once on this machine and end it."""
    for name, text in {
        "sbatch": f'#!/bin/sh\nsetsid sh "$1.job" </dev/null >{tmp_path}/log 2>&1 &\necho Submitted batch job $!\n',
        "scancel": f'#!/bin/sh\necho "$1" >> {tmp_path}/cancelled\nkill -- -"$1"\n',
    }.items():
        file = tmp_path / name
        file.write_text(text.replace('setsid sh "$1.job"', 'cp "$1" "$1.job"; setsid sh "$1.job"'), encoding="utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    text = f"kind: slurm\njobs: 1\ncores: 2\nmemory: 2GB\nscheduler_options: {{host: 127.0.0.1}}\nlocal_directory: {tmp_path}\n"
    with open_workers(Dask(str(written(tmp_path, text)))) as workers:
        assert [workers.submit(operator.neg, k).result(LIMIT) for k in range(5)] == [0, -1, -2, -3, -4]
        assert within(lambda: workers.count == 2)
    assert (tmp_path / "cancelled").read_text(encoding="utf-8").strip()


INTERRUPTED = """
import signal, time
from caloriq.sweep.workers import *

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with open_workers(Dask("local:1")) as workers:
        workers.submit(abs, 1).result()
        print("up", flush=True)
        workers.submit(time.sleep, 1000).result()
"""


def test_ctrl_c_ends_a_cluster_of_this_machine_without_a_word_of_its_workers(tmp_path):
    file = tmp_path / "script.py"
    file.write_text(INTERRUPTED, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-W", "error", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdout.readline() == "up\n"
        os.killpg(parent.pid, signal.SIGINT)
        _, said = parent.communicate(timeout=LIMIT)
    assert said.count("Traceback") == 1
    assert said.rstrip().endswith("KeyboardInterrupt")
