"""Registry of the runs on this machine: what ran, what made it, how it ended, which files it wrote.

One SQLite file in the user's state folder. A registry that cannot be written never stops a run; one that cannot be read,
or is of another schema version, is left as it is.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from caloriq import provenance, wording
from caloriq._checks import shown
from caloriq.conditions import Condition, condition, leaves
from caloriq.errors import CaloriqError, InvalidInput
from caloriq.files import plain
from caloriq.records.database import COLUMNS, CREATE, READ_ALONE, WRITE, alive, born, opened, registry, state_folder
from caloriq.records.recorded import RecordedRun, WrittenFile

__all__ = [
    "Entry",
    "RecordedRun",
    "WrittenFile",
    "at",
    "digest_of",
    "find",
    "forget",
    "record",
    "recorded",
    "registry",
    "state_folder",
]
LOG = logging.getLogger(__name__)
KINDS = ("run", "reproduce", "sweep")
ENDS = ("done", "failed", "partial", "interrupted")
LIKE_AN_ID = re.compile("[0-9a-f]{1,10}")
LARGEST_LIST = 64  # numbers of a list that the registry keeps; the data files have them all


@dataclass(slots=True)
class Entry:
    """The record of a run that goes on; `finish` closes it."""

    id: str | None  # None if the registry could not be written
    path: Path | None
    folder: Path
    clock: float = field(default_factory=time.perf_counter)
    ended: bool = False

    def finish(
        self,
        status: str,
        summary: Mapping[str, Any],
        *,
        points: tuple[int, int, int] | None = None,
        files: Iterable[str | Path] = (),
        definition: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down how it ended.

        Parameters
        ----------
        status : str
            done, failed, partial or interrupted.
        summary : mapping
            Verdict and numbers; lists of more than 64 numbers are left out.
        points : tuple of int, optional
            Total, done, failed; of a sweep.
        files : iterable of path
            What the run wrote and still is there, relative to its folder or absolute within it.
        definition : mapping, optional
            Replaces what was said at the start, where more is known at the end.

        Raises
        ------
        InvalidInput
            If the status is none of these, or a file lies outside the folder.
        """
        if status not in ENDS:
            raise InvalidInput(f"`status` must be one of {', '.join(ENDS)}, but it is not (got {shown(status)})")
        written = [found for file in files if (found := _written(self.folder, Path(file))) is not None]
        self.ended = True
        if self.id is None or self.path is None:
            return
        changes: dict[str, Any] = {
            "status": status,
            "seconds": time.perf_counter() - self.clock,
            "summary": _json(_short(summary)),
            "files": _json([[file.name, file.size, file.modified] for file in written]),
        }
        if points is not None:
            changes |= dict(zip(("total", "done", "failed"), map(int, points), strict=True))
        if definition is not None:
            changes["definition"] = _json(definition)
        assignments = ", ".join(f"{name} = ?" for name in changes)
        with _warned(), opened(self.path, WRITE) as connection:
            connection.execute(f"UPDATE runs SET {assignments} WHERE id = ?", [*changes.values(), self.id])


@contextmanager
def record(
    kind: str, name: str, folder: str | Path, definition: Mapping[str, Any], digest: str, command: str
) -> Iterator[Entry]:
    """Keep a run in the registry while it goes on: `entry.finish(...)` at its end, an exception marks it as failed.

    A registry that cannot be written gives one line on standard error, and the run goes on.

    Parameters
    ----------
    kind, name : str
        run, reproduce or sweep, and what it is called.
    folder : path
        Where its files will be.
    definition : mapping
        What is asked: the model and the rest, plain.
    digest, command : str
        Of the definition, and what was typed.
    """
    place = Path(os.path.abspath(folder))  # not resolved: the folder as the user calls it
    entry = Entry(None, None, place)
    with _warned():
        path = registry()
        path.parent.mkdir(parents=True, exist_ok=True)
        values: dict[str, Any] = {
            "kind": kind,
            "name": name,
            "folder": str(place),
            "status": "running",
            "command": command,
            "definition": _json(definition),
            "digest": digest,
            "versions": _json(_versions()),
            "summary": "{}",
            "files": "[]",
            "made": int(not place.exists()),
            "host": platform.node(),
            "pid": os.getpid(),
            "born": born(os.getpid()),
        }
        with opened(path, CREATE) as connection:
            entry.id, entry.path = _insert(connection, values), path
    try:
        yield entry
    except BaseException as error:
        if not entry.ended:
            interrupted = isinstance(error, KeyboardInterrupt)
            entry.finish(
                "interrupted" if interrupted else "failed",
                {} if interrupted else {"error": f"{type(error).__name__}: {error}"},
            )
        raise
    if not entry.ended:
        entry.finish("done", {})


def _insert(connection: sqlite3.Connection, values: dict[str, Any]) -> str:
    """Add a row; gives its id, the start of a hash over folder, instant and digest."""
    while True:
        started = datetime.now(UTC).isoformat(timespec="microseconds")
        name = hashlib.sha256(f"{values['folder']}{started}{values['digest']}".encode()).hexdigest()[:10]
        row = {"id": name, "started": started, **values}
        marks = ", ".join("?" for _ in row)
        try:
            connection.execute(f"INSERT INTO runs ({', '.join(row)}) VALUES ({marks})", list(row.values()))
        except sqlite3.IntegrityError:
            if connection.execute("SELECT 1 FROM runs WHERE id = ?", [name]).fetchone() is None:
                raise
            continue  # the id is taken: the next microsecond has another
        return name


@contextmanager
def _warned() -> Iterator[None]:
    """Whatever stands against writing the registry becomes one line; the run is worth more than its record."""
    try:
        yield
    except (CaloriqError, OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
        LOG.warning("this run is not kept in the registry of runs: %s%s", reason, where)


def _written(folder: Path, file: Path) -> WrittenFile | None:
    """A file as it is now; None if it is not there."""
    path = Path(os.path.abspath(folder / file))
    if not path.is_relative_to(folder):
        raise InvalidInput(f"`files` must lie in the run's folder, but one does not (got {str(file)!r})")
    try:
        now = path.lstat()
    except OSError:
        return None
    return WrittenFile(path.relative_to(folder).as_posix(), now.st_size, now.st_mtime_ns)


def _versions() -> dict[str, str]:
    made = provenance.of()
    return {**made["versions"], "git revision": made["git revision"]}


def digest_of(mapping: Mapping[str, Any]) -> str:
    """SHA-256 over a plain mapping."""
    return hashlib.sha256(_json(mapping, sort_keys=True).encode()).hexdigest()


def _json(content: Any, *, sort_keys: bool = False) -> str:
    return json.dumps(content, default=_readable, sort_keys=sort_keys)


def _readable(value: Any) -> Any:
    """What JSON does not know as numbers or, if all else fails (a date, a path), as text."""
    try:
        return plain(value)
    except TypeError:
        return str(value)


_LONG = object()


def _short(value: Any) -> Any:
    """Plain numbers, texts and short lists; what is longer is left out."""
    if isinstance(value, Mapping):
        return {str(k): short for k, v in value.items() if (short := _short(v)) is not _LONG}
    if isinstance(value, np.ndarray):
        return _LONG if value.size > LARGEST_LIST else value.tolist()
    if isinstance(value, list | tuple):
        short = [_short(v) for v in value]
        return _LONG if len(short) > LARGEST_LIST or any(v is _LONG for v in short) else short
    if isinstance(value, np.generic):
        return value.item()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


# -- reading


def recorded(*, kind: str | None = None, where: Sequence[str] = (), limit: int | None = None) -> list[RecordedRun]:
    """Runs of the registry, the latest first.

    Parameters
    ----------
    kind : str, optional
        run, reproduce or sweep.
    where : sequence of str
        Conditions on their definitions, and on name, status, id, digest, host, folder, started and seconds, as `condition`
        reads them; all must hold.
    limit : int, optional
        At most that many.

    Raises
    ------
    InvalidInput
        If a condition cannot be read or names what no run has, or the registry is damaged, of another schema version or something else.
    """
    if kind is not None and kind not in KINDS:
        raise InvalidInput(f"`kind` must be one of {', '.join(KINDS)}, but it is not (got {shown(kind)})")
    if limit is not None and limit < 1:
        raise InvalidInput(f"`limit` must be at least 1, but it is smaller (got {limit})")
    conditions = [condition(text) for text in where]
    found: list[RecordedRun] = []
    for one in _rows("" if kind is None else "WHERE kind = ?", [] if kind is None else [kind]):
        if all(c.holds(one.searched) for c in conditions):
            found.append(one)
            if len(found) == limit:
                break
    if not found:
        _check_names(conditions)
    return found


def _check_names(conditions: Sequence[Condition]) -> None:
    """Refuse a condition whose name no run of the registry has, where there are runs."""
    paths = {path for one in _rows("", []) for path, _ in leaves(one.searched, numbered=False)}
    for unknown in (c for c in conditions if paths and not any(c.names(path) for path in paths)):
        known = sorted({path.rpartition(".")[2] for path in paths})
        near = wording.nearest(unknown.path.rpartition(".")[2], known)
        raise InvalidInput(
            f"`where` must name what a run has, but none has it (got {shown(unknown.path)}); known are {', '.join(known)}{f'; did you mean {near}?' if near else ''}"
        )


def find(name: str) -> RecordedRun:
    """One run by its id, by the start of an id that only one has, or the latest as `last`.

    Raises
    ------
    InvalidInput
        If there is none or more than one.
    """
    if name == "last":
        found = next(_rows("", [], "LIMIT 1"), None)
        if found is None:
            raise InvalidInput("`id` must be that of a recorded run, but there is none yet (got 'last')")
        return found
    start = name.lower()
    if not LIKE_AN_ID.fullmatch(start):
        raise InvalidInput(f"`id` must be the start of a run's id, or last, but it is not (got {shown(name)})")
    several = list(_rows("WHERE substr(id, 1, ?) = ?", [len(start), start], "LIMIT 5"))
    if len(several) > 1:
        raise InvalidInput(
            f"`id` must belong to one run, but it begins those of {', '.join(one.id for one in several)} (got {shown(name)})"
        )
    if not several:
        raise InvalidInput(
            f"`id` must be that of a recorded run, but there is none (got {shown(name)}); see caloriq runs list"
        )
    return several[0]


def at(folder: str | Path) -> list[RecordedRun]:
    """Runs that wrote to a folder, as its user calls it; the latest first."""
    return list(_rows("WHERE folder = ?", [os.path.abspath(folder)]))


def remove_left(folder: str | Path, written: Iterable[str]) -> list[Path]:
    """Remove what earlier runs wrote to a folder, nobody changed since, and the last one did not write; gives what is gone."""
    kept, gone = set(written), []
    for one in at(folder):
        for path in one.unchanged():
            if path.name not in kept:
                with suppress(OSError):  # it stays, as what others wrote
                    path.unlink()
                    gone.append(path)
    return gone


def forget(one: RecordedRun) -> None:
    """Take a run off the registry; its files stay.

    Raises
    ------
    InvalidInput
        If the registry cannot be written.
    """
    with opened(registry(), WRITE) as connection:
        connection.execute("DELETE FROM runs WHERE id = ?", [one.id])


def _rows(where: str, values: list[Any], limit: str = "") -> Iterator[RecordedRun]:
    path = registry()
    try:
        if path.stat().st_size == 0:  # made, and not written to yet
            return
    except FileNotFoundError:
        return
    except OSError as error:
        raise InvalidInput(
            f"`registry` must be a file that can be used, but it cannot ({error.strerror}) (got {str(path)!r}); see CALORIQ_STATE"
        ) from None
    # a log beside it cannot be kept where nothing may be written; without one the file alone is whole
    alone = not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
    with opened(path, READ_ALONE if alone else WRITE) as connection:
        question = f"SELECT {', '.join(COLUMNS)} FROM runs {where} ORDER BY started DESC, id {limit}"
        for row in connection.execute(question, values):
            try:
                one = _run(dict(zip(COLUMNS, row, strict=True)))
            except (ValueError, TypeError, KeyError) as error:
                raise sqlite3.DatabaseError(f"{type(error).__name__} in the row of {row[0]}") from None
            yield one


def _run(row: dict[str, Any]) -> RecordedRun:
    status = row["status"]
    if status == "running" and row["host"] == platform.node() and not alive(row["pid"], row["born"]):
        status = "stopped"
    points = {name: row[name] for name in ("total", "done", "failed")}
    return RecordedRun(
        **{
            name: row[name] for name in ("id", "kind", "name", "started", "seconds", "command", "digest", "host", "pid")
        },
        **{name: json.loads(row[name]) for name in ("definition", "versions", "summary")},
        folder=Path(row["folder"]),
        status=status,
        points=None if row["total"] is None else points,
        files=tuple(WrittenFile(*file) for file in json.loads(row["files"])),
        made_folder=bool(row["made"]),
    )
