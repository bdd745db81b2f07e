"""The command: `python -m benchmarks`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import machine, render
from benchmarks.report import Report
from benchmarks.worker import MODULES, measured
from caloriq.errors import CaloriqError
from caloriq.files import usable, write_text

WIDTH = 160  # of tables on something that is not a terminal


def arguments() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ours beside the peers, in one run.")
    parser.add_argument(
        "--only",
        action="append",
        choices=list(MODULES),
        metavar="NAME",
        help=f"one of {', '.join(MODULES)}; may be repeated",
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, labelled; goals are not judged")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--write", type=Path, metavar="FILE", help="also write a Markdown page")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="also write the scaling plot")
    parser.add_argument("--plot-products", type=Path, metavar="FILE", help="also write the plot of the sector method")
    parser.add_argument(
        "--render", type=Path, metavar="JSON", help="write the page and plots of a run kept with --json"
    )
    given = parser.parse_args()
    if given.plot and given.only and "scaling" not in given.only:
        parser.error(
            f"`--plot` must come with the scaling benchmark, but --only leaves it out (got {given.plot}); add --only scaling"
        )
    if given.plot_products and given.only and "products" not in given.only:
        parser.error(
            f"`--plot-products` must come with the products benchmark, but --only leaves it out (got {given.plot_products}); add --only products"
        )
    return given


def main() -> int:
    """Measure, print, write; 1 if a comparison failed."""
    given = arguments()
    progress = Console(stderr=True)
    for file in (given.write, given.plot, given.plot_products):
        if file is not None:
            usable(file.parent)
    if given.render is not None:
        kept = json.loads(given.render.read_text(encoding="utf-8"))
        reports = [Report.from_mapping(one) for one in kept["benchmarks"]]
        given.only = [report.name for report in reports]
        _write(given, kept["machine"], reports)
        return 0
    names = [name for name in MODULES if given.only is None or name in given.only]
    described, reports = machine.describe(), []
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    if not given.json:
        render.show_machine(console, described)
    for name in names:
        progress.print(f"measuring {name} ...", style="dim")
        report = measured(name, quick=given.quick)
        if report is not None:
            reports.append(report)
            if not given.json:
                render.show(console, report)
    if given.json:
        sys.stdout.write(render.as_json(described, reports) + "\n")
    failed = [name for name in names if name not in {report.name for report in reports}]
    if failed:
        progress.print(f"No file was written: {', '.join(failed)} failed for the reason given above.", style="red")
        return 1
    _write(given, described, reports)
    return 0


def _write(given: argparse.Namespace, described: dict[str, str], reports: list[Report]) -> None:
    plots = {}
    for name, file in (("scaling", given.plot), ("products", given.plot_products)):
        if file is not None:
            from benchmarks import plot  # noqa: PLC0415 - nothing heavy is loaded before the measurements

            getattr(plot, name)(next(report for report in reports if report.name == name), file)
            if given.write:
                plots[name] = os.path.relpath(file, given.write.parent)
    if given.write is not None:
        command = " ".join(
            [
                "python -m benchmarks",
                *(f"--only {name}" for name in given.only or []),
                *(["--quick"] if given.quick else []),
            ]
        )
        write_text(given.write, render.as_markdown(described, reports, command, plots))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CaloriqError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing was written.\n")
        sys.exit(130)
