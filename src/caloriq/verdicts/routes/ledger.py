"""Evidence as it arrives, in an SQLite file: a verdict that was ended goes on from there."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from caloriq import databases
from caloriq.errors import Incomplete, InvalidInput
from caloriq.verdicts.routes.evidence import Evidence

SCHEMA = 1
APPLICATION = 0x43414C56  # "CALV"
TABLES = "CREATE TABLE evidence (key TEXT PRIMARY KEY, content TEXT NOT NULL)"


class Ledger:
    """What has been answered, by the key of its stage.

    Parameters
    ----------
    path : path or None
        SQLite file, made if it is not there; None keeps it in memory.

    Raises
    ------
    InvalidInput
        If the file is something else, of another version, or damaged.
    Incomplete
        If the disk is full.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        with self._told():
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._base = databases.connected(path)
            try:
                if databases.is_empty(self._base):
                    self._base.execute("PRAGMA journal_mode = WAL")
                    databases.create(self._base, TABLES, APPLICATION, SCHEMA)
                if databases.marks(self._base) != (APPLICATION, SCHEMA):
                    raise InvalidInput(
                        f"`ledger` must be one of verdicts, version {SCHEMA}, but it is something else (got {str(path)!r}); choose another file"
                    )
                self._base.execute("PRAGMA synchronous = FULL")
            except BaseException:
                self._base.close()
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors in the house's words."""
        try:
            yield
        except (sqlite3.DatabaseError, OSError) as error:
            text = " ".join(str(error).split())
            kind = Incomplete if any(word in text for word in ("full", "disk I/O", "readonly")) else InvalidInput
            raise kind(
                f"`ledger` must be a file that can be read and written, but it is not: {text} (got {str(self.path)!r})"
            ) from None

    def read(self, key: str) -> Evidence | None:
        """Evidence of a stage; None where there is none."""
        with self._told():
            row = self._base.execute("SELECT content FROM evidence WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        try:
            return Evidence.from_mapping(json.loads(row[0]))
        except (ValueError, TypeError, KeyError):
            return None  # what cannot be read is looked for again

    def write(self, key: str, evidence: Evidence) -> None:
        """Keep evidence; it is on the disk when this returns."""
        content = json.dumps(evidence.to_mapping())
        with self._told():
            self._base.execute("INSERT OR REPLACE INTO evidence VALUES (?, ?)", (key, content))

    def close(self) -> None:
        """Let the file go."""
        with suppress(sqlite3.Error):
            self._base.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
