"""Commands that hold what is said against what is known; each ends with 3 where something certain is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from caloriq.cli.options import Json, Workers
from caloriq.cli.show import print_cells, print_json, print_verdicts, progress_bar
from caloriq.errors import InvalidInput


def verdicts(
    table: Annotated[bool, typer.Option("--markdown", help="Print the table for a page.")] = False,
    as_json: Json = False,
) -> None:
    """What is said of driven chains whose transport is known, traps among them; 3 if a certain verdict is wrong."""
    from caloriq.known.judged import judged, markdown, told, verdict_rows

    with progress_bar("known models") as progress:
        rows = judged(progress=progress)
    if as_json:
        print_json(verdict_rows(rows))
    elif table:
        print(markdown(rows))
    else:
        print_verdicts(verdict_rows(rows))
        print(told(rows))
    if any(row.wrong for row in rows):
        sys.exit(3)


def calibration(
    trials: Annotated[int, typer.Option(help="Chains of each law, and for each interval.")] = 1000,
    out: Annotated[Path | None, typer.Option(help="Folder for figures and JSON.")] = None,
    table: Annotated[bool, typer.Option("--markdown", help="Print the tables for a page.")] = False,
) -> None:
    """How often intervals hold the truth and measured verdicts are wrong, on made-up chains; 3 if a goal is missed. Takes minutes."""
    from caloriq.known import calibrated as told
    from caloriq.known.calibration import calibrated

    with progress_bar("made-up chains") as progress:
        found = calibrated(trials, progress)
    if table:
        print(told.markdown(found))
    else:
        print_cells(told.COVERAGE, told.coverage_cells(found), "truth within the stated interval, in per cent")
        print_cells(told.VERDICTS, told.verdict_cells(found), "chains said to obey Fourier's law by data")
    if out is not None:
        from caloriq.files import write_json
        from caloriq.plots.calibration import FIGURES
        from caloriq.plots.style import write

        out.mkdir(parents=True, exist_ok=True)
        write_json(out / "calibration.json", told.to_mapping(found))
        for name, plot in FIGURES.items():
            write(plot(found), out / f"{name}.png")
    if missed := told.missed(found):
        print("\n".join(missed))
        sys.exit(3)


def zoo(
    quick: Annotated[bool, typer.Option("--quick", help="Seven seconds a row, and no more.")] = False,
    row: Annotated[list[str] | None, typer.Option(help="Name of a row; may be given again. All without.")] = None,
    budget: Annotated[float | None, typer.Option(help="Minutes a row; what each row needs without.")] = None,
    workers: Workers = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of evidence; an ended table goes on from it.")
    ] = None,
    table: Annotated[bool, typer.Option("--markdown", help="Print the table for a page.")] = False,
    as_json: Json = False,
) -> None:
    """What verdicts by all routes say of models whose transport is known; 3 if a certain one is wrong. Takes half an hour."""
    from caloriq.known.zoo.looked import HEADINGS, cells, looked, markdown, named, told

    if quick and budget is not None:
        raise InvalidInput(f"`--budget` must be left out with --quick, but both are given (got {budget:g})")
    asked = named(row or ())
    with progress_bar("zoo") as progress:
        rows = looked(asked, quick=quick, budget=budget, workers=workers, folder=out, progress=progress)
    if as_json:
        print_json([one.to_mapping() for one in rows])
    elif table:
        print(markdown(rows))
    else:
        print_cells(HEADINGS, [cells(one) for one in rows], "models whose transport is known")
        print(told(rows))
    if any(one.wrong for one in rows):
        sys.exit(3)


def charges(
    table: Annotated[bool, typer.Option("--markdown", help="Print the table for a page.")] = False,
    as_json: Json = False,
) -> None:
    """Charges of uniform chains whose integrability is known, and what they prove; 3 if a count is wrong."""
    from caloriq.known.charges import HEADINGS, cells, charge_rows, counted, markdown, told

    with progress_bar("known chains") as progress:
        rows = counted(progress=progress)
    if as_json:
        print_json(charge_rows(rows))
    elif table:
        print(markdown(rows))
    else:
        print_cells(HEADINGS, [cells(row) for row in charge_rows(rows)], "charges of uniform chains")
        print(told(rows))
    if any(row.wrong for row in rows):
        sys.exit(3)


def correlations(
    table: Annotated[bool, typer.Option("--markdown", help="Print the tables for a page.")] = False,
) -> None:
    """Diffusivities that are known, by rings and by strings, and conductivities over temperature; 3 if one is wrong. Takes minutes."""
    from caloriq.known.correlations import CLASSES, NUMBERS, class_cells, classed, compared, number_cells
    from caloriq.known.over_temperature import HEADINGS, cells, over_temperature
    from caloriq.known.tables import markdown

    with progress_bar("known diffusivities") as progress:
        numbers = list(compared(progress=progress))
    with progress_bar("known transport") as progress:
        classes = list(classed(progress=progress))
    with progress_bar("over temperature") as progress:
        decades = list(over_temperature(progress=progress))
    told = (
        (NUMBERS, [number_cells(row) for row in numbers]),
        (CLASSES, [class_cells(row) for row in classes]),
        (HEADINGS, [cells(row) for row in decades]),
    )
    if table:
        print("\n\n".join(markdown(headings, rows) for headings, rows in told))
    else:
        for headings, rows in told:
            print_cells(headings, rows, "diffusion without leads")
    disagree = any(not row.agrees for row in numbers) or any(not row.agrees for row in decades)
    if disagree or any(row.wrong for row in classes):
        sys.exit(3)


COMMANDS: dict[Callable[..., None], str] = {  # each with a line for the list of all
    verdicts: "What is said of driven chains whose transport is known.",
    calibration: "How often intervals hold the truth, and verdicts are wrong.",
    zoo: "What verdicts say of models whose transport is known.",
    charges: "Charges of uniform chains whose integrability is known.",
    correlations: "Diffusivities that are known, by rings and by strings.",
}
