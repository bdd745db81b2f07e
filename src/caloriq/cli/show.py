"""What the commands print: tables, verdicts, progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caloriq import progress, wording
from caloriq.cli import progress_file, words
from caloriq.cli.telling import telling

if TYPE_CHECKING:
    import xarray as xr

    from caloriq.papers.recipe import Outcome, Recipe
    from caloriq.results import Progress, Solution

AGREEMENT = {True: "yes", False: "NO", None: "–"}


@contextmanager
def progress_bar(title: str) -> Iterator[Progress | None]:
    """Bar on a terminal's standard error, unless errors alone are told; otherwise the file that the environment names, or nothing."""
    if not telling():
        yield progress_file.of_work(title)
        return
    with progress.progress_bar(title) as bar:
        yield progress_file.of_work(title) if bar is None else bar


def recipe_summary(one: Recipe, outcome: Outcome, small: bool, seconds: float, folder: Path) -> dict[str, Any]:
    """Table of a reproduction as plain names and numbers."""
    rows = [
        {"quantity": r.quantity, "paper": r.paper, "ours": r.ours, "agreement": r.agrees, "note": r.note}
        for r in outcome.rows
    ]
    return {
        "name": one.name,
        "title": one.title,
        "source": one.source,
        "quick": small,
        "wall time in s": round(seconds, 2),
        "table": rows,
        "folder": folder.as_posix(),
    }


def print_table(one: Recipe, outcome: Outcome, small: bool, seconds: float, folder: Path) -> None:
    """Print the table of a reproduction."""
    title = f"{one.name}{' (quick version)' if small else ''}: {one.title}"
    rows = [(row.quantity, row.paper, row.ours, AGREEMENT[row.agrees], row.note) for row in outcome.rows]
    caption = f"{one.source}; {seconds:.1f} s; {folder}"
    console, table = _table(("quantity", "paper", "ours", "agreement", "note"), rows, title=title, caption=caption)
    console.print(table)


def print_verdicts(rows: list[dict[str, Any]]) -> None:
    """Print what is known of models beside what is said of them."""
    cells = []
    for row in rows:
        said = f"{row['said']}: WRONG" if row["wrong"] else str(row["said"])
        lengths = "…".join(map(str, row["lengths"]))
        known = f"{row['known']} ({row['source']})"
        cells.append((row["model"], row["of"], lengths, known, said, row["grade"], f"{row['local_alpha']:.2f}"))
    headings = ("model", "current", "N", "known", "said", "grade", "local α")
    console, table = _table(headings, cells, width=160, title="driven chains whose transport is known")
    console.print(table)


def print_cells(headings: Sequence[str], cells: list[tuple[str, ...]], title: str) -> None:
    """Print a table of texts."""
    console, table = _table(headings, cells, width=160, title=title)
    console.print(table)


def print_list(recipes: dict[str, Recipe], as_json: bool) -> None:
    """Print the names of all reproductions."""
    if as_json:
        print_json(
            [{"name": r.name, "title": r.title, "source": r.source, "quick": r.quick_differs} for r in recipes.values()]
        )
        return
    width = max(map(len, recipes))
    for one in recipes.values():
        print(f"{one.name:<{width}}  {one.title}{'  [--quick]' if one.quick_differs else ''}")


def print_answers(
    verdict: str, answers: Sequence[tuple[Solution, xr.Dataset]], folder: Path, *, details: bool = False
) -> None:
    """The verdict, the numbers with units, criteria, what is to be known with them, and what proves them.

    Parameters
    ----------
    verdict : str
        Printed first.
    answers : sequence of (Solution, Dataset)
        Each with its dataset, as it was stored; one table each.
    folder : path
        Where they were written.
    details : bool
        Whether every variable, every check, and what the work took are printed too.
    """
    print(verdict)
    for found, data in answers:
        _print_answer(found, data, details=details)
    print(f"written to {folder}")


def _print_answer(found: Solution, data: xr.Dataset, *, details: bool) -> None:
    from caloriq import display

    names = display.quantities(data) if details else [one.name for one in found.told_first()]
    rows = display.rows(data, names)
    for headings, *parts in filter(None, [found.listed()]):
        print_rows(headings, parts)
    print_rows(("quantity", "value", "unit", "meaning"), rows)
    criteria = [
        (c.name, f"{c.value:.4g}", f"{c.bound:.4g}", _held(c.holds), f"{c.margin:.3g}")
        for c in getattr(found, "criteria", ())
    ]
    print_rows(("criterion", "value", "bound", "", "margin"), criteria)
    print()
    for note in found.notes():  # a broken law stands in the verdict
        print(note)
    print(f"method: {wording.spoken(found.method.name)} ({found.method.reason})")
    print(display.proof_line(found.certificate))
    if details:
        checks = [(c.name, f"{c.value:.2g}", f"{c.limit:.0e}", _held(c.holds), c.meaning) for c in found.certificate]
        print_rows(("check", "value", "limit", "", "meaning"), checks)
        for name, value in found.method.statistics.items():
            print(f"{name}: {value:.6g}" if isinstance(value, float) else f"{name}: {value}")


def _held(holds: bool) -> str:
    return "holds" if holds else "FAILS"


def print_rows(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Rows under headings, if there are any."""
    if not rows:
        return
    from rich import box

    console, table = _table(headings, rows, box=box.SIMPLE_HEAD, pad_edge=False)
    with console.capture() as made:
        console.print(table)
    print("\n" + "\n".join(line.rstrip() for line in made.get().strip("\n").splitlines() if line.strip()))


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, width: int = 150, **style: Any) -> Any:
    """A console, `width` wide where it is no terminal, and a table for it, whose cells are text as it stands."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title_justify="left", caption_justify="left", **style)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(words.as_written(cell)) for cell in row))
    return Console(width=None if sys.stdout.isatty() else width), table


def print_json(content: Any) -> None:
    """Print as JSON."""
    print(words.json_text(content, indent=2))
