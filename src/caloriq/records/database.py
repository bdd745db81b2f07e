"""SQLite files that the runs of this machine are kept in: where they are, how they are opened, whether their processes live."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from caloriq import databases
from caloriq.errors import InvalidInput

APPLICATION = 0x63616C71  # "calq" in the file's header: tells a registry from any other database
SCHEMA = 1
CREATE, WRITE, READ_ALONE = "mode=rwc", "mode=rw", "mode=ro&immutable=1"

TABLE = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, folder TEXT NOT NULL, status TEXT NOT NULL,
    started TEXT NOT NULL, seconds REAL, total INTEGER, done INTEGER, failed INTEGER, command TEXT NOT NULL,
    definition TEXT NOT NULL, digest TEXT NOT NULL, versions TEXT NOT NULL, summary TEXT NOT NULL, files TEXT NOT NULL,
    made INTEGER NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, born TEXT
)
"""
COLUMNS = tuple(re.findall(r"(\w+) (?:TEXT|REAL|INTEGER)", TABLE))


@dataclass(frozen=True, slots=True)
class Kept:
    """What an SQLite file of the state folder is, and how errors call it."""

    name: str  # of the argument
    what: str
    tables: str
    application: int
    schema: int


RUNS = Kept("registry", "a registry of runs", TABLE, APPLICATION, SCHEMA)


def state_folder() -> Path:
    """Where the registry is: $CALORIQ_STATE, else caloriq in $XDG_STATE_HOME, else ~/.local/state/caloriq.

    Raises
    ------
    InvalidInput
        If no variable names it and the user has no home.
    """
    if mine := os.environ.get("CALORIQ_STATE"):
        return Path(mine).absolute()
    shared = Path(os.environ.get("XDG_STATE_HOME", ""))
    if shared.is_absolute():
        return shared / "caloriq"
    try:
        return Path.home() / ".local" / "state" / "caloriq"
    except RuntimeError:
        raise InvalidInput(
            "`CALORIQ_STATE` must name a folder where there is no home, but it does not (got nothing)"
        ) from None


def registry() -> Path:
    """File of the registry, whether it is there or not."""
    return state_folder() / "runs.sqlite"


@contextmanager
def opened(path: Path, mode: str, kept: Kept = RUNS) -> Iterator[sqlite3.Connection]:
    """Connection to a file that is ours and of this schema version, else `InvalidInput`; nothing else is touched."""
    try:
        with closing(databases.connected(path, mode)) as connection:
            if databases.is_empty(connection):
                databases.create(connection, kept.tables, kept.application, kept.schema)
            _check(connection, path, kept)
            if mode == CREATE:
                with suppress(sqlite3.OperationalError):  # busy: whoever comes next will set it
                    connection.execute("PRAGMA journal_mode = WAL")
            yield connection
    except sqlite3.OperationalError as error:
        raise InvalidInput(
            f"`{kept.name}` must be a file that can be used, but it cannot ({error}) (got {str(path)!r}); see CALORIQ_STATE"
        ) from None
    except sqlite3.Error as error:
        raise InvalidInput(
            f"`{kept.name}` must be {kept.what}, but it is damaged ({error}) (got {str(path)!r}); move it away to start a new one"
        ) from None


def _check(connection: sqlite3.Connection, path: Path, kept: Kept) -> None:
    """Refuse what is another file, or not of this version."""
    application, version = databases.marks(connection)
    if application != kept.application:
        raise InvalidInput(
            f"`{kept.name}` must be {kept.what}, but it is another database (got {str(path)!r}); move it away to start a new one"
        )
    if version != kept.schema:
        raise InvalidInput(
            f"`{kept.name}` must have schema version {kept.schema}, but it has another (got {version} in {str(path)!r}); move it away to start a new one"
        )


def born(pid: int) -> str | None:
    """Boot and clock tick at which a living process began; None if it is gone, or the system does not say."""
    try:
        state, *rest = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return None if state in "ZX" else f"{boot} {rest[18]}"  # proc(5): the 22nd field
    except (OSError, ValueError, IndexError):
        return None


def alive(pid: int, since: str | None) -> bool:
    """Whether the process lives that once had this number; another one with the same number does not count."""
    if since is not None:
        return born(pid) == since
    if os.name == "nt":
        return True  # there a signal that only asks would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass
    return True
