"""`python -m caloriq.lab.runner ID ATTEMPT GRACE`: one job, from its start to its end in the database, whoever asked and has left.

It leads a session of its own. SIGTERM is passed on to the command, which leaves in peace; after GRACE seconds all that is
left of the job is ended.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import suppress
from typing import Any

from caloriq.errors import CaloriqError
from caloriq.files import write_text
from caloriq.lab.job import COLUMNS, Job, database, job_of, now, private, tail
from caloriq.records.database import born

GRACE = 10.0  # seconds between a polite end and the other one
MARK = "CALORIQ_LAB_JOB"  # in the environment of everything that belongs to a job
INTERRUPTED = 130
OUT, ERR, PROGRESS, RUNNER = "out.txt", "err.txt", "progress.json", "runner.txt"


def claimed(name: str, attempt: int) -> Job | None:
    """The job, if it is this process that was started for it; nobody else will run it."""
    values = (os.getpid(), born(os.getpid()), name, attempt)
    with database() as base:
        row = base.execute(
            "UPDATE jobs SET pid = ?, born = ? WHERE id = ? AND attempt = ? AND status = 'running' AND pid IS NULL"
            f" RETURNING {', '.join(COLUMNS)}",
            values,
        ).fetchone()
    return None if row is None else job_of(row)


def ended(name: str, code: int, error: str) -> None:
    """Write down how it ended."""
    with database() as base:
        (asked,) = base.execute("SELECT stop FROM jobs WHERE id = ?", [name]).fetchone() or (None,)
        if code == 0:
            status, error = "done", ""
        elif asked is not None or code == INTERRUPTED:
            status, error = "stopped", ""
        elif code < 0:
            status, error = "killed", f"ended by signal {-code}; memory may have been short"
        else:
            status = "failed"
        base.execute(
            "UPDATE jobs SET status = ?, ended = ?, code = ?, error = ? WHERE id = ? AND status = 'running' AND pid = ?",
            [status, now(), code, error, name, os.getpid()],
        )


def complaint(said: str) -> str:
    """The last sentence of a command about why it failed, or the last line it left."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    mark = "caloriq: "
    told = [line for line in lines if line.startswith(mark) and not line.startswith(f"{mark}warning")]
    return told[-1].removeprefix(mark) if told else lines[-1] if lines else ""


def rest(name: str) -> list[Any]:
    """Living processes that belong to a job, this one left out."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == name:
                found.append(process)
    return found


def end_rest(name: str) -> None:
    """End all that is left of a job at once."""
    import psutil

    for process in rest(name):
        with suppress(psutil.Error):
            process.kill()


class Stop:
    """What SIGTERM means: the command is asked to end, and after so many seconds made to."""

    def __init__(self, grace: float) -> None:
        self.grace = grace
        self.name = ""
        self.process: subprocess.Popen[bytes] | None = None
        self.asked = False
        for number in ("SIGTERM", "SIGHUP", "SIGINT"):
            if hasattr(signal, number):
                signal.signal(getattr(signal, number), self.end)
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, lambda *_: end_rest(self.name))

    def follow(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Pass on what comes, and what came before."""
        self.name, self.process = name, process
        asked = None
        with suppress(CaloriqError, sqlite3.Error), database() as base:  # whoever asks sends a signal, too
            (asked,) = base.execute("SELECT stop FROM jobs WHERE id = ?", [name]).fetchone() or (None,)
        if self.asked or asked is not None:
            self.end()

    def end(self, *_: object) -> None:
        """Ask the command to end."""
        self.asked = True
        if self.process is not None:
            self.process.terminate()
            if hasattr(signal, "SIGALRM"):
                signal.setitimer(signal.ITIMER_REAL, self.grace)


def run(job: Job, stop: Stop) -> int:
    """The command in its folder; its exit code."""
    own = private(job.id)
    own.mkdir(parents=True, exist_ok=True)
    job.folder.mkdir(parents=True, exist_ok=True)
    if job.kind != "reproduce" and not job.file.exists():
        write_text(job.file, job.text)
    environment = {**os.environ, MARK: job.id, "CALORIQ_PROGRESS": str(own / PROGRESS)}
    with (own / OUT).open("ab") as out, (own / ERR).open("ab") as err:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "caloriq", *job.command],
            cwd=job.folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=environment,
        )
    stop.follow(job.id, process)
    code = process.wait()
    if code < 0:
        end_rest(job.id)
    return code


def main(name: str, attempt: int, grace: float) -> None:
    """Run the job and write down its end."""
    stop = Stop(grace)
    job = claimed(name, attempt)
    if job is None:
        return
    try:
        code = run(job, stop)
        error = complaint(tail(private(name) / ERR)) if code else ""
    except (CaloriqError, OSError) as fault:
        code, error = 2, str(fault)
    ended(name, code, error)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
