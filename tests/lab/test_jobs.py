"""The queue of the page: started, stopped, asked again, deleted; nothing is lost when a page or a process is killed."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from caloriq import runs
from caloriq.errors import InvalidInput
from caloriq.lab import jobs as queue
from caloriq.lab.job import database, private, slug
from caloriq.lab.jobs import Jobs
from caloriq.lab.runner import complaint, rest
from queued import LONG, QUICK, SWEEP, at_work, over, until

pytestmark = [
    pytest.mark.usefixtures("state"),
    pytest.mark.skipif(os.name == "nt", reason="no such signals there"),
]


@pytest.fixture
def jobs(tmp_path):
    """A queue of one worker, whose jobs end with the test."""
    made = Jobs(tmp_path / "results", 1)
    yield made
    for job in made.all():
        if not job.over:
            made.stop(job.id)
            over(made, job.id)


def test_a_run_is_a_command_in_a_folder_of_its_own(jobs, tmp_path):
    name = jobs.submit("run", "My chain: ../../etc/é", QUICK)
    job = jobs.get(name)
    assert (job.status, job.seconds, job.run_id()) == ("queued", 0.0, None)
    assert job.folder == tmp_path / "results" / f"my-chain-etc-e-{name}"
    assert not job.folder.exists()
    job = over(jobs, name)
    assert (job.status, job.code, job.error) == ("done", 0, "")
    assert job.file.read_text(encoding="utf-8") == QUICK
    assert (job.results / "my-chain-etc-e.png").is_file()
    one = runs.find(job.run_id())
    assert (one.folder, one.status) == (job.results, "done")
    assert one.command == "caloriq run my-chain-etc-e.yaml --out ."
    assert jobs.progress(name).fraction == 1.0
    assert jobs.progress(name).since == pytest.approx(job.seconds)
    assert jobs.log(name).startswith("$ caloriq run my-chain-etc-e.yaml --out .\n")
    assert f"written to {job.stem}" in jobs.log(name)


def test_a_run_of_another_name_of_this_machine_blocks_nobody(jobs):
    """Laptops and containers change their names; a run that still goes on is ended, one that is gone is marked."""
    lost = jobs.submit("run", "lost", LONG)
    with database() as base:
        values = ["old-name", 2**22 + 1, "1", lost]
        base.execute("UPDATE jobs SET status = 'running', host = ?, pid = ?, born = ? WHERE id = ?", values)
    assert over(jobs, jobs.submit("run", "next", QUICK)).status == "done"
    jobs.stop(lost)
    job = jobs.get(lost)
    assert (job.status, job.error) == ("stopped", "it ran on old-name, where this page cannot ask it to end")
    jobs.delete(lost)
    here = jobs.submit("run", "here", LONG)
    at_work(jobs, here)
    with database() as base:
        base.execute("UPDATE jobs SET host = 'old-name' WHERE id = ?", [here])
    jobs.stop(here)
    assert over(jobs, here).status == "stopped"


def test_the_latest_run_of_a_text_is_found(jobs):
    assert jobs.latest(QUICK) is None
    jobs.submit("run", "first", QUICK)
    second = jobs.submit("run", "second", QUICK)
    assert jobs.latest(QUICK).id == second
    for job in jobs.all():
        jobs.stop(job.id)


def test_a_refusal_is_told_in_its_sentence(jobs):
    job = over(jobs, jobs.submit("run", "bad", "kind: modular-chian\n"))
    assert (job.status, job.code) == ("failed", 2)
    assert job.error.startswith("`kind` must be a known model")
    assert job.error.endswith("bad.yaml, line 1, column 7")


def test_one_waits_for_the_other_and_may_be_stopped_before(jobs):
    first, second = jobs.submit("run", "first", LONG), jobs.submit("run", "second", LONG)
    at_work(jobs, first)
    assert [job.status for job in jobs.all()] == ["queued", "running"]
    jobs.stop(second)
    assert jobs.get(second).status == "stopped"
    jobs.stop(first)
    job = over(jobs, first)
    assert (job.status, job.code, job.error) == ("stopped", 130, "")
    assert rest(first) == []
    assert not job.results.exists()
    jobs.tick()
    assert jobs.get(second).started is None


@pytest.mark.parametrize("deaf", ["command", "runner"])
def test_what_does_not_leave_in_peace_is_made_to(jobs, deaf):
    """By its runner, and where that hears nothing either by the page."""
    jobs.grace, jobs.patience = 0.5, 60.0 if deaf == "command" else 0.1  # a runner that hears has time to
    name = jobs.submit("run", "long", LONG)
    job = at_work(jobs, name)
    left = rest(name)
    for process in left:
        if deaf == "runner" or process.pid != job.pid:
            process.suspend()
    jobs.stop(name)
    job = over(jobs, name)
    assert (job.status, job.code) == ("stopped", -signal.SIGKILL if deaf == "command" else None)
    psutil.wait_procs(left, timeout=60)
    assert rest(name) == []


def test_a_runner_that_is_killed_takes_its_command_with_it(jobs):
    name = jobs.submit("run", "long", LONG)
    job = at_work(jobs, name)
    left = rest(name)
    assert len(left) >= 1
    os.kill(job.pid, signal.SIGKILL)
    job = over(jobs, name)
    assert job.status == "killed"
    assert "ended from outside" in job.error
    psutil.wait_procs(left, timeout=60)
    assert rest(name) == []


def test_a_command_that_is_killed_is_told(jobs):
    name = jobs.submit("run", "long", LONG)
    job = at_work(jobs, name)
    for process in rest(name):
        if process.ppid() == job.pid:
            process.kill()
    job = over(jobs, name)
    assert (job.status, job.code) == ("killed", -signal.SIGKILL)
    assert "memory may have been short" in job.error


PAGE = """
import sys, time
from caloriq.lab.jobs import Jobs
jobs = Jobs(sys.argv[1], 1)
print(jobs.submit("run", "quick", sys.stdin.read()), flush=True)
while True:
    jobs.tick()
    time.sleep(0.02)
"""


def test_a_page_that_is_killed_loses_nothing(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", PAGE, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as page:
        page.stdin.write(QUICK)
        page.stdin.close()
        name = page.stdout.readline().strip()
        end = time.monotonic() + 120
        while not (private(name) / "runner.txt").exists():
            assert time.monotonic() < end
            time.sleep(0.005)
        page.kill()
    later = Jobs(tmp_path, 1)
    job = over(later, name)
    assert (job.status, job.code) == ("done", 0)
    assert [job.id for job in later.all()] == [name]


def test_a_page_that_is_killed_before_it_started_the_process_is_followed(jobs):
    """The row says running, the process was never there: the next page starts it, once."""
    name = jobs.submit("run", "quick", QUICK)
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    with database() as base:
        base.execute(
            "UPDATE jobs SET status = 'running', attempt = 1, host = ?, launcher = ?, launcher_born = 'x 1' WHERE id = ?",
            [queue.platform.node(), gone.pid, name],
        )
    assert over(jobs, name).status == "done"
    with database() as base:
        assert base.execute("SELECT attempt FROM jobs").fetchone() == (3,)
    late = [sys.executable, "-m", "caloriq.lab.runner", name, "1", "10"]  # the process of the first page, after all
    subprocess.run(late, check=True)
    assert len(runs.at(jobs.get(name).results)) == 1


def test_two_pages_start_a_job_once(jobs, tmp_path, monkeypatch):
    """Both tick at once over many jobs; the database says who was first."""
    started = []
    monkeypatch.setattr(queue.subprocess, "Popen", lambda words, **_: started.append(words[-3]) or Ended())
    pages = [Jobs(tmp_path / "results", 50) for _ in range(2)]
    names = {jobs.submit("run", f"job {k}", QUICK) for k in range(20)}
    import threading

    threads = [threading.Thread(target=page.tick) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(started) == sorted(names)
    with database() as base:
        base.execute("DELETE FROM jobs")


class Ended:
    """A process that goes on."""

    def poll(self):
        return None


def test_a_runner_that_cannot_begin_is_told(jobs, monkeypatch):
    monkeypatch.setattr(queue.sys, "executable", "/bin/false")
    job = over(jobs, jobs.submit("run", "quick", QUICK))
    assert (job.status, job.error) == ("killed", "its process ended before it began")


def test_another_process_of_the_same_number_is_left_alone(jobs):
    """A row whose process is gone, and whose number another one has."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        name = jobs.submit("run", "quick", QUICK)
        with database() as base:
            base.execute(
                "UPDATE jobs SET status = 'running', attempt = 1, host = ?, pid = ?, born = 'another 1' WHERE id = ?",
                [queue.platform.node(), other.pid, name],
            )
        jobs.stop(name)
        jobs.tick()
        assert jobs.get(name).status == "stopped"
        assert other.poll() is None
        other.communicate(b"\n")
        assert other.returncode == 0


def test_an_ended_sweep_goes_on_in_its_folder_and_a_run_begins_anew(jobs):
    name = jobs.submit("sweep", "line", SWEEP)
    job = at_work(jobs, name)
    assert job.status == "running"
    jobs.stop(name)
    job = over(jobs, name)
    assert job.status == "stopped"
    further = jobs.again(name)
    assert jobs.get(further).folder == job.folder
    beside = jobs.again(name)  # the folder is taken as long as the other one waits
    assert jobs.get(beside).folder != job.folder
    jobs.stop(beside)
    assert over(jobs, further).status == "done"
    anew = jobs.again(further)
    assert jobs.get(anew).folder != job.folder
    jobs.stop(anew)
    jobs.delete(name, files=True)  # what it wrote belongs to the one that went on
    assert (job.results / "line.zarr.zip").is_file()
    jobs.delete(further, files=True)
    assert not job.folder.exists()
    assert runs.at(job.results) == []


def test_delete_forgets_and_leaves_or_removes_the_files(jobs):
    name, other = jobs.submit("run", "quick", QUICK), jobs.submit("run", "waits", QUICK)
    with pytest.raises(InvalidInput, match="must be a run that has ended, but it is queued"):
        jobs.delete(name)
    jobs.stop(other)
    job = over(jobs, name)
    copy = jobs.get(jobs.again(name))
    jobs.delete(name)
    assert runs.at(job.results) == []
    assert (job.results / "quick.png").is_file()
    assert not private(name).exists()
    over(jobs, copy.id)
    (copy.folder / "mine.txt").write_text("kept", encoding="utf-8")
    jobs.delete(copy.id, files=True)
    assert [path.name for path in copy.folder.rglob("*")] == ["mine.txt"]
    with pytest.raises(InvalidInput, match="`id` must be that of a run on this page"):
        jobs.get(name)


@pytest.mark.parametrize(
    ("kind", "text", "word"),
    [
        ("walk", QUICK, "`kind` must be one of run, verdict, sweep, reproduce"),
        ("run", " \n", "`text` must have at least one letter"),
        ("run", "x" * 1_000_001, "at most 1000000"),
        ("reproduce", "../michel", "must be a known reproduction"),
    ],
)
def test_what_cannot_be_queued_is_refused(jobs, kind, text, word):
    with pytest.raises(InvalidInput, match=word):
        jobs.submit(kind, "x", text)
    assert jobs.all() == []


@pytest.mark.parametrize("name", ["../x", "0123456789", "", "%", "' OR 1=1 --"])
@pytest.mark.parametrize("verb", ["get", "stop", "again", "delete", "progress", "log"])
def test_an_id_that_is_none_is_refused(jobs, name, verb):
    with pytest.raises(InvalidInput, match="`id` must be that of a run"):
        getattr(jobs, verb)(name)


def test_workers_must_be_some(tmp_path):
    with pytest.raises(InvalidInput, match="`workers` must be at least 1"):
        Jobs(tmp_path, 0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Éa b/../c", "ea-b-c"), ("…", "run"), ("-" * 9, "run"), ("a" * 99, "a" * 40), ("A_1", "a-1")],
)
def test_names_of_files(name, expected):
    assert slug(name) == expected


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", ""),
        ("caloriq: warning: no registry\ncaloriq: `x` must\n", "`x` must"),
        ("x: 1 of 2\ncaloriq: `x` must\nlast", "`x` must"),
        ("Traceback\nValueError: x\n", "ValueError: x"),
    ],
)
def test_the_last_sentence(said, told):
    assert complaint(said) == told


def test_progress_of_a_file_that_is_none(jobs):
    name = jobs.submit("run", "long", LONG)
    at_work(jobs, name)
    (private(name) / "progress.json").write_text("{", encoding="utf-8")
    found = jobs.progress(name)
    assert found.fraction is None or found.text == "exact dynamics"  # it may have been written again
    assert found.since > 0


def test_a_verdict_tells_its_routes_as_they_end(jobs):
    name = jobs.submit("verdict", "chain", json.dumps({"model": json.loads(MODEL), "question": ASKED}))
    job = over(jobs, name)
    assert job.status == "done", jobs.log(name)
    assert (job.results / "chain.html").is_file()
    pieces = [json.loads(line) for line in (private(name) / "progress.evidence.jsonl").read_text().splitlines()]
    assert pieces
    assert {"route", "transport", "sentence"} <= set(pieces[0])
    told = json.loads((private(name) / "progress.json").read_text(encoding="utf-8"))
    assert 0.0 <= told["fraction"] <= 1.0
    assert until(jobs, name, lambda one: one.over).run_id() is not None


MODEL = '{"kind": "lattice", "sites": 16, "family": {"kind": "xxz", "anisotropy": 0.5}}'
ASKED = {"kind": "verdict", "budget": 0.1}
