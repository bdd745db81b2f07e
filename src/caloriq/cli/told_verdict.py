"""A verdict on a terminal: routes as they run, each piece of evidence as it comes, and what it all says."""

from __future__ import annotations

import shutil
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from caloriq import wording
from caloriq.cli import progress_file, words
from caloriq.cli.show import print_rows
from caloriq.cli.telling import telling

if TYPE_CHECKING:
    from caloriq.verdicts.routes.engine import Teller, Watcher
    from caloriq.verdicts.routes.evidence import Evidence
    from caloriq.verdicts.routes.result import Verdict

WIDTH = 100  # of a sentence where there is no terminal, and at most
BAR = 24


@contextmanager
def live() -> Iterator[tuple[Teller, Watcher | None]]:
    """What tells evidence as it comes and shows the routes that run, on standard error: a bar for each on a terminal, lines alone elsewhere;
    nothing where errors alone are told.
    """
    clock = time.perf_counter()
    if not telling():
        yield progress_file.of_verdict(lambda _: None)
        return
    if not sys.stderr.isatty():
        yield progress_file.of_verdict(
            lambda one: print(words.as_written(_line(one, clock)), file=sys.stderr, flush=True)
        )
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
    from rich.text import Text

    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(BAR), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def watch(shares: Mapping[str, float], left: float) -> None:  # noqa: ARG001 - as a watcher has it
            for what in [what for what in tasks if what not in shares]:
                bars.remove_task(tasks.pop(what))
            for what, share in shares.items():
                if what not in tasks:
                    tasks[what] = bars.add_task(words.as_written(what), total=None)  # a bar that moves
                if share > 0:
                    bars.update(tasks[what], completed=share, total=1.0)

        yield lambda one: console.print(Text(words.as_written(_line(one, clock)))), watch


def _line(one: Evidence, clock: float) -> str:
    said = one.transport or ("does not apply" if one.refused else "decides nothing")
    told = ", ".join(part for part in (said, one.number) if part) + (f" ({one.where})" if one.where else "")
    return f"{time.perf_counter() - clock:6.1f} s  {one.route}: {told}"


def print_verdict(found: Verdict, place: Path, *, details: bool = False) -> None:
    """Grade and sentence, the routes in a table, what would say more; with details all checks, errors apart, and all reasons."""
    from caloriq.verdicts.routes.evidence import COSTS, HEADINGS

    _say(f"{found.grade.upper()}: {found.sentence}")
    looked = [one for one in found.evidence if not one.refused]
    print_rows(HEADINGS, [one.row for one in looked])
    for conflict in found.conflicts:
        _say(f"DISAGREE: {conflict}")
    print_rows(COSTS, [one.row for one in found.next])
    refused = [one for one in found.evidence if one.refused]
    if details:
        for one in looked:
            _details(one)
    print()
    if details:
        for one in refused:
            _say(f"{one.route}: {one.sentence[:1].lower()}{one.sentence[1:]}")
    elif refused:
        _say(f"does not apply: {', '.join(one.route for one in refused)} (--details says why)")
    print(f"written to {place}")


def _details(one: Evidence) -> None:
    """One route: its sentence, its error in parts, its checks."""
    print()
    _say(f"{one.route}: {one.sentence}")
    numbers = [f"{name} {value:.6g}" for name, value in one.numbers.items()]
    errors = [f"{name} {value:.2g}" for name, value in one.errors.items()]
    for name, parts in (("error, apart", errors), ("also", numbers)):
        if parts:
            _say(f"{name}: {', '.join(parts)}")
    if one.method:
        _say(f"method: {wording.spoken(one.method)}")
    checks = [
        (c.name, f"{c.value:.2g}", f"{c.limit:.2g}", "holds" if c.holds else "NOT MET", c.meaning)
        for c in one.certificate
    ]
    print_rows(("check", "value", "limit", "", "meaning"), checks)


def _say(text: str) -> None:
    """A sentence, wrapped to the terminal."""
    width = min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)
    print(textwrap.fill(words.as_written(text), width, break_long_words=False, break_on_hyphens=False))
