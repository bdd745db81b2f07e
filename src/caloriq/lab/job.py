"""One run that was asked for on the page: its row in the database, its folders, the command that it is."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from caloriq.records.database import CREATE, Kept, opened, state_folder

KINDS = ("run", "verdict", "sweep", "reproduce")
GOES_ON = ("verdict", "sweep")  # from their ledgers, where they were ended
ENDED = ("done", "failed", "stopped", "killed")
LONGEST = 40  # letters of a folder's name before the id

TABLE = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, status TEXT NOT NULL,
    created TEXT NOT NULL, started TEXT, ended TEXT, attempt INTEGER NOT NULL, stop REAL,
    host TEXT, launcher INTEGER, launcher_born TEXT, pid INTEGER, born TEXT,
    code INTEGER, error TEXT NOT NULL, folder TEXT NOT NULL
)
"""
JOBS = Kept("lab", "the runs of caloriq lab", TABLE, 0x63616C6A, 1)  # "calj" in the file's header
COLUMNS = ("id", "kind", "name", "text", "status", "created", "started", "ended", "pid", "code", "error", "folder")


@dataclass(frozen=True, slots=True)
class Job:
    """A run that was asked for.

    Attributes
    ----------
    id : str
        Ten hexadecimal digits.
    kind : str
        run, verdict, sweep or reproduce.
    name : str
        As its user calls it.
    text : str
        The YAML as asked; of a reproduction the name of its recipe.
    status : str
        queued, running, done, failed, stopped, or killed: it ended without a word.
    created, started, ended : str or None
        UTC, ISO 8601.
    pid : int or None
        Leader of its processes.
    code : int or None
        With which the command ended.
    error : str
        What the command said last of why it failed; empty without a fault.
    folder : Path
        Everything that it writes is below; absolute.
    """

    id: str
    kind: str
    name: str
    text: str
    status: str
    created: str
    started: str | None
    ended: str | None
    pid: int | None
    code: int | None
    error: str
    folder: Path

    @property
    def over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.status in ENDED

    @property
    def goes_on(self) -> bool:
        """Whether asking again goes on where it was ended."""
        return self.kind in GOES_ON and self.status in ("stopped", "killed")

    @property
    def seconds(self) -> float:
        """How long it runs, or ran; 0 before."""
        if self.started is None:
            return 0.0
        end = datetime.now(UTC) if self.ended is None else datetime.fromisoformat(self.ended)
        return max((end - datetime.fromisoformat(self.started)).total_seconds(), 0.0)

    @property
    def stem(self) -> str:
        """Its files are called so."""
        return self.text if self.kind == "reproduce" else slug(self.name)

    @property
    def file(self) -> Path:
        """The YAML file that the command reads."""
        return self.folder / f"{self.stem}.yaml"

    @property
    def results(self) -> Path:
        """Folder that the command writes."""
        return self.folder / (f"{self.stem}-verdict" if self.kind == "verdict" else self.stem)

    @property
    def command(self) -> tuple[str, ...]:
        """Words after `caloriq`, to be said in its folder."""
        if self.kind == "reproduce":
            return ("reproduce", self.text, "--out", ".")
        verb = ("sweep", "run") if self.kind == "sweep" else (self.kind,)
        return (*verb, self.file.name, "--out", ".")

    def run_id(self) -> str | None:
        """Its entry in the registry of runs, the latest; None if there is none."""
        from caloriq import runs

        found = runs.at(self.results)
        return found[0].id if found else None


def job_of(row: tuple[object, ...]) -> Job:
    """From a row of `COLUMNS`."""
    values = dict(zip(COLUMNS, row, strict=True))
    return Job(**{**values, "folder": Path(str(values["folder"]))})  # type: ignore[arg-type]


def kind_of_job(mapping: Mapping[str, Any]) -> str:
    """Which command runs a file: run, verdict or sweep."""
    from caloriq.questions.run import SWEPT

    if any(name in mapping for name in SWEPT):
        return "sweep"
    question = mapping.get("question")
    kind = question.get("kind") if isinstance(question, Mapping) else question
    return "verdict" if kind == "verdict" else "run"


def slug(name: str) -> str:
    """A name for files, of the letters a-z, digits and dashes alone."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:LONGEST].strip("-") or "run"


def private(name: str) -> Path:
    """Folder for what a job tells while it runs: progress, output."""
    return state_folder() / "lab" / name


@contextmanager
def database() -> Iterator[sqlite3.Connection]:
    """The jobs of this user on this machine."""
    path = state_folder() / "lab.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    with opened(path, CREATE, JOBS) as connection:
        yield connection


def now() -> str:
    """UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def tail(path: Path, size: int = 65536) -> str:
    """The end of a file, as text; empty if it is not there."""
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - size, 0))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
