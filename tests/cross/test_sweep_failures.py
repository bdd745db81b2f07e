"""Points that fail, take their worker with them, or are interrupted: kept, told in one sentence, asked again on demand."""

import json
import os
import signal
import subprocess
import time

import pytest

from counted import Counting, answered, rows_left

POINTS = 30


def trouble(counting, **planned):
    counting.trouble.write_text(json.dumps(planned))


def failed(done, count):
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("caloriq: `sweep` must be answered at every point")
    assert f"{count} failed" in last
    assert last.endswith("--retry-failed asks them again")


def errors(counting):
    return [error for status, _, error in rows_left(counting.ledger).values() if status == 2]


def all_right(counting):
    assert answered(rows_left(counting.ledger)) == set(map(float, range(1, counting.points + 1)))


def test_failed_points_keep_their_error_and_only_they_are_asked_again(tmp_path):
    counting = Counting(tmp_path, POINTS, batch=5)
    trouble(counting, **{"raise": [3.0, 17.0]})
    failed(counting.run("--workers", 1), 2)
    assert errors(counting) == 2 * ['KeyError: "a question of somebody else\'s broke"']
    assert counting.data.exists()
    counting.log.unlink()

    failed(counting.run("--workers", 1), 2)  # still there, and nothing is asked
    assert counting.computed() == []

    trouble(counting, **{"raise": [17.0]})
    failed(counting.run("--workers", 1, "--retry-failed"), 1)
    assert sorted(counting.computed()) == [3.0, 17.0]
    assert len(errors(counting)) == 1
    counting.log.unlink()

    counting.trouble.unlink()
    done = counting.run("--workers", 1, "--retry-failed")
    assert done.returncode == 0, done.stderr
    assert counting.computed() == [17.0]
    all_right(counting)
    quiet = Counting(tmp_path / "quiet", POINTS, batch=5)
    assert quiet.run("--workers", 1).returncode == 0
    assert counting.data.read_bytes() == quiet.data.read_bytes()


@pytest.mark.parametrize(
    ("how", "told"), [pytest.param("exit", "exit code 7", marks=pytest.mark.slow), ("kill", "SIGKILL")]
)
def test_a_point_that_ends_its_worker_is_given_up_alone(tmp_path, how, told):
    counting = Counting(tmp_path, 12, batch=4)
    trouble(counting, **{how: [6.0]})
    failed(counting.run("--workers", 2), 1)
    (error,) = errors(counting)
    assert error.startswith("WorkerLost: 3 workers ended with it")
    assert told in error
    assert counting.computed().count(6.0) == 3
    known = answered({key: row for key, row in rows_left(counting.ledger).items() if row[0] == 1})
    assert known == set(map(float, range(1, 13))) - {6.0}
    counting.trouble.unlink()
    counting.log.unlink()
    assert counting.run("--workers", 1, "--retry-failed").returncode == 0
    assert counting.computed() == [6.0]
    all_right(counting)


def test_a_question_that_cannot_be_loaded_is_refused(tmp_path):
    counting = Counting(tmp_path, POINTS)
    (counting.package / "counted_question.py").write_text("raise RuntimeError('broken package')")
    done = counting.run("--workers", 1)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "can be loaded" in line
    assert "RuntimeError" in line
    assert not counting.out.exists()


@pytest.mark.parametrize("which", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_an_interrupt_keeps_what_is_answered_and_says_so(tmp_path, which):
    counting = Counting(tmp_path, 200, pause=0.02, batch=2)
    process = counting.start(
        "--workers",
        2,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while len(counting.computed()) < 20:
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, which)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    lines = [line for line in err.splitlines() if not line.startswith("count: ")]
    assert len(lines) == 1, err
    assert lines[0].startswith("caloriq: interrupted")
    assert "answered points are kept" in lines[0]
    assert out == ""
    before = answered(rows_left(counting.ledger))
    assert 10 <= len(before) < 200
    computed = len(counting.computed())
    assert counting.run("--workers", 2).returncode == 0
    assert not before & set(counting.computed()[computed:])
    all_right(counting)
