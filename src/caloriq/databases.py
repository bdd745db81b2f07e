"""SQLite files of ours: opened, told from any other file, made whole or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

SMALLEST = 512  # bytes of an SQLite file that is not empty: one page
PATIENCE = 10.0  # seconds to wait for another process that writes


def connected(path: Path | None, mode: str = "mode=rwc") -> sqlite3.Connection:
    """Connection that commits every statement for itself; to a database in memory without a path.

    Raises
    ------
    sqlite3.DatabaseError
        If the file is too short for a database, which SQLite would take for an empty one, or cannot be opened.
    """
    if path is None:
        return sqlite3.connect(":memory:", isolation_level=None)
    if path.is_file() and 0 < path.stat().st_size < SMALLEST:
        raise sqlite3.DatabaseError("file is not a database")
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=PATIENCE, isolation_level=None)


def marks(base: sqlite3.Connection) -> tuple[int, int]:
    """What the header tells: whose file it is, and of which schema version."""
    application, version = (base.execute(f"PRAGMA {one}").fetchone()[0] for one in ("application_id", "user_version"))
    return application, version


def is_empty(base: sqlite3.Connection) -> bool:
    """Whether the file holds nothing yet, of ours or of anybody's."""
    return marks(base) == (0, 0) and base.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0] == 0


def create(base: sqlite3.Connection, tables: str, application: int, version: int) -> None:
    """Tables and marks in one transaction, unless another process was first."""
    base.execute("BEGIN IMMEDIATE")
    try:
        if is_empty(base):
            for statement in filter(str.strip, tables.split(";")):
                base.execute(statement)
            base.execute(f"PRAGMA application_id = {application}")
            base.execute(f"PRAGMA user_version = {version}")
        base.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            base.execute("ROLLBACK")
        raise
