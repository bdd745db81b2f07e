"""Ledger: one row per point in an SQLite file beside the data, committed as answers arrive."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, Self

from caloriq import databases
from caloriq.errors import Incomplete, InvalidInput
from caloriq.files import NoSpace, full
from caloriq.sweep.work import Layout, PointRow
from caloriq.variables import Variable

LEDGER_SCHEMA = 1
APPLICATION = 0x43414C51  # "CALQ", so that no other SQLite file is taken for a ledger
DONE, FAILED = 1, 2
READERS = 600.0  # seconds that a writer waits for those who read
ASKED_AT_ONCE = 500  # SQLite takes at most 999 parameters in old versions

TABLES = """
CREATE TABLE points (
    digest BLOB NOT NULL UNIQUE, status INTEGER NOT NULL, layout INTEGER, data BLOB, checksum INTEGER NOT NULL,
    error TEXT, seconds REAL NOT NULL, tries INTEGER NOT NULL
);
CREATE TABLE layouts (id INTEGER PRIMARY KEY, content TEXT NOT NULL UNIQUE);
CREATE TABLE runs (id INTEGER PRIMARY KEY, content TEXT NOT NULL);
"""


class Stored(NamedTuple):
    """A row as it is read back."""

    status: int
    layout: Layout | None
    data: bytes = b""
    error: str | None = None
    seconds: float = 0.0


class Ledger:
    """What has been answered. Finished rows are never written again.

    Parameters
    ----------
    path : path or None
        SQLite file, made if it is not there; None keeps it in memory.
    write : bool
        Whether rows are to be added; one process at a time may.

    Raises
    ------
    InvalidInput
        If the file is not a ledger, has another schema version, is damaged, or another run writes to it.
    Incomplete
        If the disk is full.
    """

    def __init__(self, path: Path | None, *, write: bool = True) -> None:
        self.path = path
        self._lock: Any = None
        self._layouts: dict[Layout, int] = {}
        self._known: dict[int, Layout] = {}
        if path is not None and not write and not path.is_file():
            raise InvalidInput(
                f"`out` must hold the ledger of a sweep, but there is none (got {str(path)!r}); run the sweep first"
            )
        try:
            if path is not None and write:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._lock = claim(path)
            self._base = self._opened(write)
        except BaseException:
            release(self._lock)
            raise

    def _opened(self, write: bool) -> sqlite3.Connection:
        with self._told():
            base = databases.connected(self.path)
            try:
                if databases.is_empty(base):  # one that was killed while it made the tables leaves that too
                    if not write:
                        base.close()
                        base = databases.connected(None)
                    base.execute("PRAGMA journal_mode = WAL")
                    databases.create(base, TABLES, APPLICATION, LEDGER_SCHEMA)
                self._check(base)
                if write:
                    base.execute("PRAGMA journal_mode = WAL")
                    # a committed point outlives the machine, not only the process
                    base.execute("PRAGMA synchronous = FULL")
                else:
                    base.execute("BEGIN")  # all reads see the ledger as it is now, whoever writes meanwhile
                    base.execute("SELECT COUNT(*) FROM layouts").fetchone()
            except BaseException:
                base.close()
                raise
        return base

    def _check(self, base: sqlite3.Connection) -> None:
        """Refuse what is no ledger, not of this version, or damaged."""
        application, schema = databases.marks(base)
        if application != APPLICATION:
            raise InvalidInput(
                f"`out` must hold the ledger of a sweep, but the file is something else (got {str(self.path)!r}); choose another folder"
            )
        if schema != LEDGER_SCHEMA:
            raise InvalidInput(
                f"`out` must hold a ledger of schema version {LEDGER_SCHEMA}, but it has another (got {schema} in {str(self.path)!r}); choose another folder, or the version of caloriq that wrote it"
            )
        told = base.execute("PRAGMA quick_check(1)").fetchone()[0]
        if told != "ok":
            raise InvalidInput(
                f"`out` must hold an undamaged ledger, but it is damaged: {' '.join(told.split())} (got {str(self.path)!r}); move it away"
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors in the house's words."""
        try:
            yield
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            text, place = " ".join(str(error).split()), str(self.path)
            if "full" in text or "disk I/O" in text or "readonly" in text:
                raise Incomplete(
                    f"`out` must take the ledger, but writing it failed: {text} (got {place!r}); what was committed is kept, make space and run again"
                ) from None
            if "locked" in text or "unable to open" in text:
                raise InvalidInput(
                    f"`out` must be a folder whose ledger can be opened, but it cannot: {text} (got {place!r})"
                ) from None
            raise InvalidInput(
                f"`out` must hold an undamaged ledger, but it does not: {text} (got {place!r}); move it away"
            ) from None

    def write(self, rows: Iterable[PointRow]) -> None:
        """Add rows in one transaction: all of them are there afterwards, or none. A row that failed gives way to a new one."""
        with self._told():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                self._base.executemany(
                    "INSERT INTO points VALUES (?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (digest) DO UPDATE SET "
                    "status = excluded.status, layout = excluded.layout, data = excluded.data, checksum = excluded.checksum, "
                    f"error = excluded.error, seconds = excluded.seconds, tries = tries + 1 WHERE status = {FAILED}",
                    (self._record(row) for row in rows),
                )
                self._base.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._base.execute("ROLLBACK")
                self._layouts.clear()  # what was noted of them may not have been kept
                raise

    def _record(self, row: PointRow) -> tuple[Any, ...]:
        layout = None if row.layout is None else self._layout(row.layout)
        status = FAILED if row.error is not None else DONE
        checksum = _checksum(row.digest, status, layout, row.data, row.error)
        return row.digest, status, layout, row.data, checksum, row.error, row.seconds

    def _layout(self, layout: Layout) -> int:
        """Number of a layout, noted when it is new."""
        if layout not in self._layouts:
            content = json.dumps([[one.plain for one in layout.outputs], layout.checks, layout.method])
            self._base.execute("INSERT OR IGNORE INTO layouts (content) VALUES (?)", (content,))
            found = self._base.execute("SELECT id FROM layouts WHERE content = ?", (content,)).fetchone()
            self._layouts[layout] = int(found[0])
        return self._layouts[layout]

    def _layout_of(self, number: int | None) -> Layout | None:
        """A layout by its number."""
        if number is not None and number not in self._known:
            try:
                with self._told():
                    found = self._base.execute("SELECT id, content FROM layouts").fetchall()
                self._known = {number: _layout(content) for number, content in found}
            except InvalidInput:
                raise
            except (ValueError, TypeError):
                raise self._damaged("a layout in it cannot be read") from None
            if number not in self._known:
                raise self._damaged(f"layout {number} is missing in it")
        return None if number is None else self._known[number]

    def _damaged(self, why: str) -> InvalidInput:
        return InvalidInput(
            f"`out` must hold an undamaged ledger, but {why} (got {str(self.path)!r}); move it away, or delete what is damaged and run again"
        )

    def rows(self, digests: Sequence[bytes], *, numbers: bool = True) -> dict[bytes, Stored]:
        """Rows of those points that have one; without `numbers` their status and layout alone.

        Raises
        ------
        InvalidInput
            If a row is not what was written.
        """
        if not numbers:
            kinds = self._select("status, layout", digests)
            return {digest: Stored(status, self._layout_of(number)) for digest, (status, number) in kinds}
        found: dict[bytes, Stored] = {}
        for digest, (status, layout, data, checksum, error, seconds) in self._select(
            "status, layout, data, checksum, error, seconds", digests
        ):
            if _checksum(digest, status, layout, data, error) != checksum:
                raise self._damaged(f"point {digest.hex()[:12]} in it is not what was written")
            found[digest] = Stored(status, self._layout_of(layout), data, error, seconds)
        return found

    def _select(self, columns: str, digests: Sequence[bytes]) -> Iterator[tuple[bytes, tuple[Any, ...]]]:
        with self._told():
            for start in range(0, len(digests), ASKED_AT_ONCE):
                asked = digests[start : start + ASKED_AT_ONCE]
                marks, known = ",".join("?" * len(asked)), set(asked)
                query = f"SELECT digest, {columns} FROM points WHERE digest IN ({marks})"
                for digest, *values in self._base.execute(query, list(asked)):
                    if digest not in known or values[0] not in (DONE, FAILED):  # the index and the row differ
                        raise self._damaged(f"row {digest!r:.40} in it is not what was written")
                    yield digest, tuple(values)

    def count(self) -> tuple[int, int]:
        """Rows that are done, and that failed, of any sweep that used this ledger."""
        with self._told():
            found = dict(self._base.execute("SELECT status, COUNT(*) FROM points GROUP BY status"))
        return found.get(DONE, 0), found.get(FAILED, 0)

    def started(self, content: dict[str, Any]) -> int:
        """Note that a run began; what it was is kept beside the points."""
        with self._told():
            return int(
                self._base.execute("INSERT INTO runs (content) VALUES (?)", (json.dumps(content),)).lastrowid or 0
            )

    def ended(self, run: int, **more: Any) -> None:
        """Add to the note of a run."""
        with self._told():
            (content,) = self._base.execute("SELECT content FROM runs WHERE id = ?", (run,)).fetchone()
            self._base.execute(
                "UPDATE runs SET content = ? WHERE id = ?", (json.dumps(json.loads(content) | more), run)
            )

    def runs(self) -> list[dict[str, Any]]:
        """Notes of all runs."""
        with self._told():
            try:
                return [
                    json.loads(content) for (content,) in self._base.execute("SELECT content FROM runs ORDER BY id")
                ]
            except (ValueError, TypeError):
                raise self._damaged("the note of a run in it cannot be read") from None

    def close(self) -> None:
        """Let others write."""
        with suppress(sqlite3.Error):
            self._base.close()
        release(self._lock)
        self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _checksum(digest: bytes, status: int, layout: int | None, data: bytes, error: str | None) -> int:
    """Of all that an answer is."""
    sum_ = zlib.crc32(f"{status} {layout} {error}".encode(errors="surrogatepass"), zlib.crc32(digest))
    return zlib.crc32(data, sum_) if isinstance(data, bytes) else -1


def _layout(content: str) -> Layout:
    outputs, checks, method = json.loads(content)
    made = tuple(Variable(name, tuple(dims), tuple(shape), *rest) for name, dims, shape, *rest in outputs)
    return Layout(made, tuple(checks), method)


class Busy(InvalidInput):
    """Another run writes to the ledger."""


def lock_of(ledger: Path) -> Path:
    """File that says who writes; a lock on it ends with the process, however that ends."""
    return ledger.with_name(ledger.name + ".lock")


def claim(ledger: Path, *, reading: bool = False) -> Any:
    """The right to write to a ledger, or with `reading` the certainty that nobody does.

    A writer waits while others only read: the end of one part of an array job is no reason to refuse the next.

    Raises
    ------
    Busy
        If another process writes, or readers do not come to an end.
    """
    import fcntl

    try:
        handle = lock_of(ledger).open("a+b", buffering=0)
    except OSError as error:
        raise (NoSpace if full(error) else InvalidInput)(
            f"`out` must be a folder that can be written to, but it cannot ({error.strerror}) (got {str(ledger.parent)!r})"
        ) from None
    end = time.monotonic() + READERS
    while not _locked(handle, fcntl.LOCK_SH if reading else fcntl.LOCK_EX):
        read = not reading and _locked(handle, fcntl.LOCK_SH)
        if not read or time.monotonic() > end:
            handle.close()
            holder = "another process reads" if read else f"{_holder(ledger)} writes"
            raise Busy(
                f"`out` must be used by one run at a time, but {holder} there (got {str(ledger)!r}); wait for it, or use --shard"
            )
        fcntl.flock(handle, fcntl.LOCK_UN)
        time.sleep(0.05)
    if not reading:
        with suppress(OSError):  # the name is for the sentence only; a full disk must not stop here
            handle.truncate(0)
            handle.write(f"process {os.getpid()} on {platform.node()}".encode())
    return handle


def _locked(handle: Any, kind: int) -> bool:
    """Whether the lock could be had at once."""
    import fcntl

    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _holder(ledger: Path) -> str:
    """Who wrote its name into the lock."""
    try:
        return lock_of(ledger).read_text(encoding="utf-8").strip() or "another process"
    except (OSError, ValueError):
        return "another process"


@contextmanager
def held(ledger: Path, *, reading: bool = False) -> Iterator[None]:
    """Keep others from writing while it lasts; with `reading` a writer on this machine may go on.

    Raises
    ------
    Busy
        If another process writes, one on another machine with `reading`.
    """
    try:
        handle = claim(ledger, reading=reading)
    except Busy:
        if not reading or not _holder(ledger).endswith(f" on {platform.node()}"):
            raise
        handle = None
    except InvalidInput:  # a folder that can only be read has no writer
        if not reading:
            raise
        handle = None
    try:
        yield
    finally:
        release(handle)


def release(handle: Any) -> None:
    """Give it back."""
    if handle is not None:
        with suppress(OSError):
            handle.close()
