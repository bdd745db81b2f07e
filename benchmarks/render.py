"""Reports as rich tables, as Markdown and as JSON."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.report import Report


def show(console: Console, report: Report) -> None:
    """Print one report."""
    table = Table(title=report.heading, title_justify="left")
    for k, column in enumerate(report.columns):
        table.add_column(column, justify="left" if k == 0 else "right")
    for row in report.rows:
        table.add_row(*row)
    console.print(table)
    for target, verdict in zip(report.targets, report.verdicts(), strict=True):
        style = "default" if report.quick else "green" if target.met else "red"
        console.print(verdict, style=style, markup=False, highlight=False)
    for note in report.notes:
        console.print(note, style="dim", markup=False, highlight=False)
    console.print()


def show_machine(console: Console, machine: dict[str, str]) -> None:
    """Print machine and versions."""
    table = Table(title="Machine and versions", title_justify="left", show_header=False)
    for name, value in machine.items():
        table.add_row(name, value)
    console.print(table)


def as_json(machine: dict[str, str], reports: Sequence[Report]) -> str:
    """Everything, raw numbers included."""
    content = {"machine": machine, "benchmarks": [report.to_mapping() for report in reports]}
    return json.dumps(content, indent=2, ensure_ascii=False)


CAPTIONS = {
    "scaling": "Time per product and number of products over subunits and levels",
    "products": "Products and wall time of the sector method over sites",
}


def as_markdown(machine: dict[str, str], reports: Sequence[Report], command: str, plots: dict[str, str]) -> str:
    """Page for the documentation; `plots` holds paths relative to the page, by benchmark."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    lines = ["# Benchmarks", "", f"Written by `{command}` on {today}; do not edit.", ""]
    if any(report.quick for report in reports):
        lines += ["**Quick run: sizes are reduced and the goals are not judged.**", ""]
    lines += [
        "## Machine and versions",
        "",
        *_table(["what", "value"], [list(item) for item in machine.items()], numbers=False),
        "",
    ]
    for report in reports:
        lines += [f"## {report.heading}", "", *_table(report.columns, report.rows), ""]
        if report.targets:
            lines += [*(f"- {verdict}" for verdict in report.verdicts()), ""]
        if report.name in plots:
            lines += [f"![{CAPTIONS[report.name]}]({plots[report.name]})", ""]
        for note in report.notes:
            lines += [note, ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = True) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    rule = "|" + "|".join(" ---: " if numbers and k else " --- " for k in range(len(columns))) + "|"
    return [line(columns), rule, *(line(row) for row in rows)]
