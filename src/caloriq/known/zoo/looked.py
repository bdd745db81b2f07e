"""What a verdict by all routes says of the zoo: is any certain one wrong?"""

from __future__ import annotations

import hashlib
import json
import math
import re
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caloriq import _checks, wording
from caloriq.errors import InvalidInput
from caloriq.files import write_json
from caloriq.known import tables
from caloriq.known.judged import CERTAIN
from caloriq.known.zoo.free import free_rows
from caloriq.known.zoo.others import other_rows
from caloriq.known.zoo.row import OPEN, SHORTEST, Row
from caloriq.known.zoo.spins import spin_rows
from caloriq.known.zoo.traps import trap_rows
from caloriq.results import Progress
from caloriq.verdicts.routes.solve import examine
from caloriq.verdicts.routes.stage import VERSION

HEADINGS = ("model", "of", "known", "ours", "grade", "D", "by", "s")


def zoo() -> tuple[Row, ...]:
    """All rows."""
    return (*free_rows(), *spin_rows(), *other_rows(), *trap_rows())


def named(names: Sequence[str]) -> tuple[Row, ...]:
    """Rows of these names, in the order of the zoo; all without any.

    Raises
    ------
    InvalidInput
        For a name that no row has.
    """
    known = {row.name: row for row in zoo()}
    for name in names:
        if name not in known:
            remedy = wording.remedy(name, known, f"known are {', '.join(known)}")
            raise InvalidInput(
                f"`row` must be the name of a model of the zoo, but it is not (got {_checks.shown(name)}); {remedy}"
            )
    return tuple(row for name, row in known.items() if not names or name in names)


@dataclass(frozen=True)
class Looked:
    """A row, and what is said of it.

    Attributes
    ----------
    row : Row
        The model and what is known.
    said : str
        Class of transport, "no law", or "open".
    grade : str
        How that is known.
    low, high : float
        Interval of D, in sites² times energy; NaN without one.
    by : tuple of str
        Routes that the class rests on.
    sentence : str
        The verdict in words.
    seconds : float
        That it took.
    """

    row: Row
    said: str
    grade: str
    low: float
    high: float
    by: tuple[str, ...]
    sentence: str
    seconds: float

    @property
    def right(self) -> bool:
        """Whether what is said is a class that is right; never where nobody knows."""
        return self.said in self.row.truth and not self.row.open

    @property
    def wrong(self) -> bool:
        """Whether it is certain and contradicts what is known, or is certain where nobody knows."""
        return self.grade in CERTAIN and not self.right

    @property
    def indicated_wrongly(self) -> bool:
        """Whether one route alone contradicts what is known: no certain fault, but one to look into."""
        return self.grade == "indicated" and not self.right and not self.row.open

    def to_mapping(self) -> dict[str, Any]:
        """Plain names and values."""
        known = {"name": self.row.name, "of": self.row.of, "known": self.row.known, "source": self.row.source}
        own = {"said": self.said, "grade": self.grade, "interval": [self.low, self.high], "by": list(self.by)}
        judged = {"wrong": self.wrong, "indicated_wrongly": self.indicated_wrongly}
        return {**known, **own, **judged, "sentence": self.sentence, "seconds": self.seconds}


def looked(
    rows: Sequence[Row] | None = None,
    *,
    quick: bool = False,
    budget: float | None = None,
    workers: int | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Looked, ...]:
    """Every row of the zoo, or those given, judged by all routes.

    Parameters
    ----------
    rows : sequence of Row, optional
        By default all.
    quick : bool
        Whether every row has an eighth of a minute, and no more.
    budget : float, optional
        Minutes a row; by default what it says itself.
    workers : int, optional
        As of `caloriq.verdict`.
    folder : path, optional
        Where evidence and rows are kept as they come: a table that was ended goes on from there.
    progress : callable, optional
        Called with rows done and rows in all.
    """
    asked = zoo() if rows is None else tuple(rows)
    found = []
    for number, row in enumerate(asked):
        minutes = SHORTEST if quick else row.minutes if budget is None else budget
        found.append(_one(row, minutes, workers, folder))
        if progress is not None:
            progress(number + 1, len(asked))
    return tuple(found)


def _one(row: Row, minutes: float, workers: int | None, folder: Path | None) -> Looked:
    if folder is None:
        return _judged(row, minutes, workers, None)
    path, key = folder / f"{_slug(row.name)}.json", _key(row, minutes)
    if path.exists():
        told = json.loads(path.read_text(encoding="utf-8"))
        if told.get("key") == key:
            return _read(row, told)
    one = _judged(row, minutes, workers, folder / f"{_slug(row.name)}.evidence")
    write_json(path, {**one.to_mapping(), "key": key})
    return one


def _judged(row: Row, minutes: float, workers: int | None, ledger: Path | None) -> Looked:
    clock = time.perf_counter()
    found = examine(
        row.model,
        of=row.of,
        means=row.means,
        temperature=row.temperature,
        budget=minutes,
        workers=workers,
        ledger=ledger,
    )
    said = found.grade if found.grade == "no law" else found.transport or OPEN
    took = time.perf_counter() - clock
    return Looked(
        row, said, found.grade, found.diffusivity_low, found.diffusivity_high, found.deciding, found.sentence, took
    )


def _read(row: Row, told: dict[str, Any]) -> Looked:
    """As it was written."""
    low, high = (math.nan if one is None else float(one) for one in told["interval"])
    return Looked(row, told["said"], told["grade"], low, high, tuple(told["by"]), told["sentence"], told["seconds"])


def _key(row: Row, minutes: float) -> str:
    """What is asked, by content."""
    asked = [VERSION, row.model.digest, row.of, str(row.temperature), dict(row.means), minutes]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _slug(name: str) -> str:
    """A name for a file."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9.]+", "-", plain.lower()).strip("-")


def cells(one: Looked) -> tuple[str, ...]:
    """A row in words."""
    mark = ": WRONG" if one.wrong else ": NOT SO" if one.indicated_wrongly else ""
    interval = f"{one.low:.3g}…{one.high:.3g}" if math.isfinite(one.low) else ""
    known = f"{one.row.known} ({one.row.source})"
    return (
        one.row.name,
        one.row.of,
        known,
        f"{one.said}{mark}",
        one.grade,
        interval,
        ", ".join(one.by),
        f"{one.seconds:.1f}",
    )


def markdown(rows: Sequence[Looked]) -> str:
    """The table for a page."""
    return tables.markdown(HEADINGS, [cells(one) for one in rows])


def told(rows: Sequence[Looked]) -> str:
    """How the table ends, in words."""
    counts = {
        grade: sum(one.grade == grade for one in rows)
        for grade in ("proved", "measured", "indicated", "undecided", "no law")
    }
    wrong, indicated = sum(one.wrong for one in rows), sum(one.indicated_wrongly for one in rows)
    grades = ", ".join(f"{count} {grade}" for grade, count in counts.items() if count)
    return f"{len(rows)} models: {grades}; {wrong} certain verdict{'' if wrong == 1 else 's'} wrong, {indicated} indicated wrongly."
