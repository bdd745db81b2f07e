"""How far a command is, for whoever started it: written to the file that $CALORIQ_PROGRESS names.

`{"fraction": 0.25, "text": "…", "time": …}`, whole at any time; fraction is null where it is not known. Evidence of a verdict
stands beside it, one line of JSON for each piece as it comes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from caloriq.results import Progress
    from caloriq.verdicts.routes.engine import Teller, Watcher
    from caloriq.verdicts.routes.evidence import Evidence

VARIABLE = "CALORIQ_PROGRESS"
EVERY = 0.2  # seconds at least between two writes
SHARE = 0.02  # of the time, at most, that they take
EVIDENCE = ".evidence.jsonl"


class ProgressFile:
    """A file that is written now and then; one that cannot be written is left.

    Parameters
    ----------
    path : path
        Where.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._next = 0.0

    def tell(self, fraction: float | None, text: str) -> None:
        """Write, unless it was just now."""
        begun = time.monotonic()
        if begun < self._next:
            return
        from caloriq.errors import InvalidInput
        from caloriq.files import write_json

        share = None if fraction is None else min(max(fraction, 0.0), 1.0)
        with suppress(InvalidInput):
            write_json(self.path, {"fraction": share, "text": text, "time": time.time()})
        ended = time.monotonic()
        self._next = ended + max(EVERY, (ended - begun) / SHARE)

    def add(self, one: Evidence) -> None:
        """A piece of evidence as it comes."""
        from caloriq.files import numbers_told

        line = json.dumps(numbers_told(one.to_mapping()), allow_nan=False) + "\n"
        with suppress(OSError), self.path.with_suffix(EVIDENCE).open("a", encoding="utf-8") as file:
            file.write(line)


def asked() -> ProgressFile | None:
    """The file that the environment names; None if it names none."""
    path = os.environ.get(VARIABLE)
    return ProgressFile(Path(path)) if path else None


def of_work(title: str) -> Progress | None:
    """What a verb calls as it goes on; None where nobody asks."""
    file = asked()
    return None if file is None else lambda done, total: file.tell(done / total if total else None, title)


def of_verdict(tell: Teller) -> tuple[Teller, Watcher | None]:
    """What hears evidence, and what the routes that run; as given, and None, where nobody asks."""
    file, begun = asked(), time.monotonic()
    if file is None:
        return tell, None

    def both(one: Evidence) -> None:
        tell(one)
        file.add(one)

    def watch(shares: Mapping[str, float], left: float) -> None:
        gone = time.monotonic() - begun
        file.tell(gone / (gone + max(left, 0.0)) if gone > 0 else 0.0, ", ".join(shares))

    return both, watch


def of_sweep(
    tell: Callable[[dict[str, Any]], None], counts: Callable[[dict[str, Any]], str]
) -> Callable[[dict[str, Any]], None]:
    """What hears the events of a sweep; as given where nobody asks."""
    file = asked()
    if file is None:
        return tell

    def both(event: dict[str, Any]) -> None:
        tell(event)
        if event["event"] == "progress":
            answered = event["known"] + event["done"] + event["failed"]
            file.tell(answered / event["total"] if event["total"] else None, counts(event))

    return both
