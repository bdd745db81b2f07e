"""The runs that the page asks for: queued, started side by side, stopped, asked again; they live without the page.

Each is a process of its own (`caloriq.lab.runner`), which writes down its end itself. Several pages may stand on one database.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from caloriq._checks import shown
from caloriq.errors import InvalidInput
from caloriq.lab.job import COLUMNS, KINDS, Job, database, job_of, now, private, slug, tail
from caloriq.lab.runner import ERR, GRACE, MARK, OUT, PROGRESS, RUNNER, complaint, end_rest
from caloriq.records.database import alive, born

LARGEST = 1_000_000  # letters of a text
PATIENCE = 5.0  # seconds beyond the grace


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes
    ----------
    fraction : float or None
        Of its work, 0 to 1; None where that is not known.
    text : str
        What it does just now.
    since : float
        Seconds that it runs, or ran.
    """

    fraction: float | None
    text: str
    since: float


def usual_workers() -> int:
    """Jobs side by side where nobody says how many: half as many as cores, since verdicts and sweeps take several."""
    return max((os.cpu_count() or 1) // 2, 1)


class Jobs:
    """The queue of runs of this user on this machine.

    Parameters
    ----------
    root : path
        Folder below which every job has one of its own.
    workers : int
        Jobs side by side.

    Attributes
    ----------
    grace : float
        Seconds after which a command that was asked to end is made to.
    patience : float
        Seconds beyond the grace, after which a runner that does not end is ended.
    """

    def __init__(self, root: str | Path, workers: int) -> None:
        if workers < 1:
            raise InvalidInput(f"`workers` must be at least 1, but it is smaller (got {workers})")
        self.root = Path(os.path.abspath(root))
        self.workers = workers
        self.grace, self.patience = GRACE, PATIENCE
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def submit(self, kind: str, name: str, text: str) -> str:
        """Queue a run; gives its id.

        Parameters
        ----------
        kind : str
            run, verdict, sweep or reproduce.
        name : str
            As its user calls it; files are called by its letters and digits.
        text : str
            YAML as in a file; for reproduce the name of the recipe.

        Raises
        ------
        InvalidInput
            If the kind or the recipe is not known, or the text is empty or too long.
        """
        if kind not in KINDS:
            raise InvalidInput(f"`kind` must be one of {', '.join(KINDS)}, but it is not (got {shown(kind)})")
        if kind == "reproduce":
            from caloriq.papers.registry import recipe

            text = recipe(text).name
        if not text.strip() or len(text) > LARGEST:
            raise InvalidInput(
                f"`text` must have at least one letter and at most {LARGEST}, but it does not (got {len(text)})"
            )
        return self._queued(kind, name.strip()[:200] or kind, text, None)

    def all(self) -> list[Job]:
        """All jobs, the latest first."""
        return _jobs("ORDER BY created DESC, id")

    def latest(self, text: str) -> Job | None:
        """The job that was last asked with this text; None without one."""
        return next(iter(_jobs("WHERE text = ? ORDER BY created DESC LIMIT 1", text)), None)

    def get(self, name: str) -> Job:
        """A job by its id.

        Raises
        ------
        InvalidInput
            If there is none.
        """
        found = _jobs("WHERE id = ?", name)
        if not found:
            raise InvalidInput(f"`id` must be that of a run on this page, but there is none (got {shown(name)})")
        return found[0]

    def again(self, name: str) -> str:
        """The same once more; a verdict or a sweep that was ended goes on where it was. Gives the new id."""
        job = self.get(name)
        return self._queued(job.kind, job.name, job.text, job.folder if job.goes_on else None)

    def stop(self, name: str) -> None:
        """End a job: a queued one at once; one that runs is asked, and after ten seconds made to."""
        self.get(name)
        with database() as base:
            base.execute(
                "UPDATE jobs SET status = 'stopped', ended = ?, stop = ? WHERE id = ? AND status = 'queued'",
                [now(), time.time(), name],
            )
            row = base.execute(
                "UPDATE jobs SET stop = COALESCE(stop, ?) WHERE id = ? AND status = 'running' RETURNING pid, born, host",
                [time.time(), name],
            ).fetchone()
        if row is None:
            return
        pid, since, host = row
        if pid is not None and alive(pid, since):  # whatever this machine was called when it started
            with suppress(OSError):  # it has just ended
                os.kill(pid, signal.SIGTERM)
        elif host != platform.node():
            with database() as base:
                base.execute(
                    "UPDATE jobs SET status = 'stopped', ended = ?, error = ? WHERE id = ? AND status = 'running'",
                    [now(), f"it ran on {host}, where this page cannot ask it to end", name],
                )

    def delete(self, name: str, *, files: bool = False) -> None:
        """Forget a job that has ended, and its entries in the registry of runs; its files stay unless they are named.

        Parameters
        ----------
        name : str
            Its id.
        files : bool
            Whether what it wrote, and nobody changed since, is removed too.

        Raises
        ------
        InvalidInput
            If it is not there, or has not ended.
        """
        from caloriq import runs

        job = self.get(name)
        if not job.over:
            raise InvalidInput(f"`id` must be a run that has ended, but it is {job.status} (got {name}); stop it first")
        shared = any(one.folder == job.folder and one.id != name for one in self.all())
        if not shared:  # a run that went on is the one whose files they are
            for one in runs.at(job.results):
                if files:
                    one.remove_files()
                runs.forget(one)
            if files:
                _remove_own(job)
        with database() as base:
            base.execute("DELETE FROM jobs WHERE id = ? AND status NOT IN ('queued', 'running')", [name])
        shutil.rmtree(private(name), ignore_errors=True)

    def progress(self, job: Job | str) -> Progress:
        """How far a job is, or the one of an id, as far as it says."""
        job = self.get(job) if isinstance(job, str) else job
        name = job.id
        if job.status != "running":
            return Progress(1.0 if job.status == "done" else None, job.error or job.status, job.seconds)
        try:
            told = json.loads((private(name) / PROGRESS).read_text(encoding="utf-8"))
            fraction = told["fraction"]
            return Progress(None if fraction is None else float(fraction), str(told["text"]), job.seconds)
        except (OSError, ValueError, KeyError, TypeError):
            return Progress(None, "starts" if job.pid is None else "runs", job.seconds)

    def log(self, job: Job | str) -> str:
        """What a job, or the one of an id, said: its command, and the end of its output."""
        job = self.get(job) if isinstance(job, str) else job
        own = private(job.id)
        said = "".join(tail(own / part) for part in (RUNNER, ERR, OUT))
        return f"$ caloriq {' '.join(job.command)}\n{said}"

    def tick(self) -> None:
        """Mark what has ended, start what waits and has room; to be called every second or so."""
        for name, process in list(self._started.items()):
            if process.poll() is not None:
                del self._started[name]
                self._unclaimed(name)
        self._marked()
        while self._next():
            pass

    # -- within

    def _queued(self, kind: str, name: str, text: str, folder: Path | None) -> str:
        id_ = secrets.token_hex(5)
        new = self.root / f"{text if kind == 'reproduce' else slug(name)}-{id_}"
        with database() as base:
            base.execute("BEGIN IMMEDIATE")
            if folder is not None:
                busy = "SELECT 1 FROM jobs WHERE folder = ? AND status IN ('queued', 'running')"
                if base.execute(busy, [str(folder)]).fetchone() is not None:
                    folder = None  # it goes on already
            values = (id_, kind, name, text, now(), str(folder or new))
            base.execute(
                "INSERT INTO jobs (id, kind, name, text, status, created, attempt, error, folder)"
                " VALUES (?, ?, ?, ?, 'queued', ?, 0, '', ?)",
                values,
            )
            base.execute("COMMIT")
        return id_

    def _next(self) -> bool:
        """Start the job that waits longest, if there is room; two pages never start one twice."""
        own = os.getpid()
        with database() as base:
            row = base.execute(
                "UPDATE jobs SET status = 'running', started = ?, attempt = attempt + 1, host = ?, launcher = ?,"
                " launcher_born = ?, pid = NULL, born = NULL WHERE status = 'queued' AND"
                " id = (SELECT id FROM jobs WHERE status = 'queued' ORDER BY created, id LIMIT 1) AND"
                " (SELECT COUNT(*) FROM jobs WHERE status = 'running' AND host = ?) < ? RETURNING id, attempt",
                [now(), platform.node(), own, born(own), platform.node(), self.workers],
            ).fetchall()
        if not row:
            return False
        ((name, attempt),) = row
        place = private(name)
        place.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, MARK: name, "CALORIQ_STATE": str(place.parent.parent)}
        with (place / RUNNER).open("ab") as said:
            self._started[name] = subprocess.Popen(
                [sys.executable, "-P", "-m", "caloriq.lab.runner", name, str(attempt), str(self.grace)],
                cwd=place,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=environment,
                start_new_session=True,
            )
        return True

    def _unclaimed(self, name: str) -> None:
        """A runner of ours that ended before it was one."""
        error = complaint(tail(private(name) / RUNNER)) or "its process ended before it began"
        with database() as base:
            base.execute(
                "UPDATE jobs SET status = CASE WHEN stop IS NULL THEN 'killed' ELSE 'stopped' END, ended = ?,"
                " error = CASE WHEN stop IS NULL THEN ? ELSE '' END"
                " WHERE id = ? AND status = 'running' AND pid IS NULL AND launcher = ?",
                [now(), error, name, os.getpid()],
            )

    def _marked(self) -> None:
        """Jobs whose processes ended without a word, and those that do not end when they are asked to."""
        with database() as base:
            rows = base.execute(
                "SELECT id, pid, born, launcher, launcher_born, stop, attempt FROM jobs WHERE status = 'running' AND host = ?",
                [platform.node()],
            ).fetchall()
        for name, pid, since, launcher, launched, stop, attempt in rows:
            if pid is None:
                if not alive(launcher, launched):  # a page that was killed between the row and the process
                    self._put_back(name, attempt)
            elif not alive(pid, since):
                self._lost(name, pid)
            elif stop is not None and time.time() > stop + self.grace + self.patience:
                with suppress(OSError):
                    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def _put_back(self, name: str, attempt: int) -> None:
        with database() as base:
            base.execute(
                "UPDATE jobs SET status = CASE WHEN stop IS NULL THEN 'queued' ELSE 'stopped' END, attempt = attempt + 1,"
                " started = NULL WHERE id = ? AND attempt = ? AND status = 'running' AND pid IS NULL",
                [name, attempt],
            )

    def _lost(self, name: str, pid: int) -> None:
        error = "its processes were ended from outside; memory may have been short"
        with database() as base:
            lost = base.execute(
                "UPDATE jobs SET status = CASE WHEN stop IS NULL THEN 'killed' ELSE 'stopped' END, ended = ?,"
                " error = CASE WHEN stop IS NULL THEN ? ELSE '' END WHERE id = ? AND status = 'running' AND pid = ? RETURNING id",
                [now(), error, name, pid],
            ).fetchall()
        if lost:
            end_rest(name)


def _jobs(which: str, *values: str) -> list[Job]:
    """Jobs by the end of a query."""
    with database() as base:
        rows = base.execute(f"SELECT {', '.join(COLUMNS)} FROM jobs {which}", values).fetchall()
    return [job_of(row) for row in rows]


def _remove_own(job: Job) -> None:
    """What the page wrote for a job and what its command goes on from; then the folder, if nothing else is in it."""
    ledgers = [*job.folder.glob(f"{job.stem}-verdict.evidence*"), *job.results.glob(f"{job.stem}-ledger*.sqlite*")]
    same = job.file.is_file() and job.file.read_text(encoding="utf-8", errors="replace") == job.text
    with suppress(OSError):
        for path in [*ledgers, *([job.file] if same else [])]:
            path.unlink()
        for folder in (job.results, job.folder):
            if folder.is_dir():
                folder.rmdir()
