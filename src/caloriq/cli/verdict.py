"""What `verdict` does: look along all routes, tell each as it comes, then judge; write page, figure, data, and what repeats it."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from caloriq.cli import words
from caloriq.cli.options import RESULTS, Edits, Json, Out, Overwrite, Workers, typed
from caloriq.cli.show import print_json
from caloriq.cli.telling import interruptible, telling
from caloriq.cli.told_verdict import live, print_verdict
from caloriq.errors import InvalidInput


def verdict(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml", help="Any file for run or sweep; its model is judged.")],
    of: Annotated[
        str | None, typer.Option(help="Density whose current is judged; energy unless the file says.")
    ] = None,
    temperature: Annotated[float | None, typer.Option(help="In energy; without it every state counts alike.")] = None,
    budget: Annotated[
        float | None, typer.Option(envvar="CALORIQ_BUDGET", help="Minutes; 5 unless the file says.")
    ] = None,
    memory: Annotated[
        float | None, typer.Option(envvar="CALORIQ_MEMORY", help="Gigabytes; four fifths of what is free.")
    ] = None,
    routes: Annotated[
        str | None, typer.Option(help="Those that are looked along, with commas between; by default all.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Within three quarters of a minute.")] = False,
    workers: Workers = None,
    out: Out = RESULTS,
    edits: Edits = None,
    overwrite: Overwrite = False,
    details: Annotated[
        bool, typer.Option("--details", help="Print every check, errors apart, and all reasons.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Does heat obey Fourier's law in this model? By all routes that apply, within a budget: sentence, grade, evidence.

    An ended verdict goes on where it was when it is asked again. Undecided is an answer, and says what would decide.
    """
    from caloriq import provenance, runs
    from caloriq.questions.verdict import QUICK, read_verdict

    if quick and budget is not None and typed(ctx, "budget"):
        raise InvalidInput(f"`--budget` must be left out with --quick, but both are given (got {budget:g})")
    changes: dict[str, Any] = {"of": of, "temperature": temperature, "budget": QUICK if quick else budget}
    changes["memory_limit"] = memory
    if routes is not None:
        changes["routes"] = [one.strip() for one in routes.split(",")]
    swept, where = _of_sweep(file, edits or ())
    if where and telling():
        print(words.as_written(where), file=sys.stderr)
    given = {name: value for name, value in changes.items() if value is not None}
    model, question = read_verdict(file, swept, edits=edits or (), **given)
    name = file.stem
    place = out / f"{name}-verdict"
    provenance.check_results(place, name, model.digest, overwrite=overwrite)
    asked = {"model": model.to_mapping(), "question": question.to_mapping()}
    command, ledger = _command(), out / f"{name}-verdict.evidence"
    with (
        interruptible(f"what ended is kept in {ledger}, ask again to go on"),
        runs.record("run", f"{name}-verdict", place, asked, runs.digest_of(asked), command) as entry,
    ):
        clock = time.perf_counter()
        with live() as (tell, watch):
            found = question.examined(model, watch=watch, workers=workers, ledger=ledger, tell=tell)
        written = _write(found, question, place, file, command, time.perf_counter() - clock)
        entry.finish("done", {"verdict": found.sentence, "grade": found.grade}, files=written)
    if as_json:
        print_json(found.to_mapping())
    else:
        print_verdict(found, place, details=details)


def _of_sweep(file: Path, edits: Sequence[str]) -> tuple[Any, str]:
    """Model of a sweep's first point, and where that is; nothing of other files."""
    from caloriq.documents import placed, read_mapping
    from caloriq.questions.run import SWEPT

    with placed(file):
        swept = any(name in read_mapping(file) for name in SWEPT)
    if not swept:
        return None, ""
    from caloriq.sweep.first import first_point

    return first_point(file, edits=edits)


def _command() -> Any:
    from caloriq import provenance

    return provenance.command_line()


def _write(found: Any, question: Any, place: Path, file: Path, command: Any, seconds: float) -> list[str]:
    """Page, figure, data, machine's words, and what repeats it."""
    from caloriq import plots, provenance, store
    from caloriq.documents import yaml_text
    from caloriq.files import folder, write_json, write_text
    from caloriq.plots.pages.verdict_page import page

    name = file.stem
    with folder(place) as target:
        store.save(found, target / f"{name}.zarr.zip")
        plots.write(plots.draw(found), target / f"{name}.png")
        write_json(target / f"{name}.json", found.to_mapping())
        repeat: Mapping[str, Any] = {"model": found.model.to_mapping(), "question": question.to_mapping()}
        text = yaml_text(repeat)
        write_text(target / f"{name}.yaml", text)
        write_text(target / f"{name}.bib", found.bibtex)
        rest = {"command": command, "file": provenance.source_of(file, place), "wall time in s": seconds}
        made = provenance.of(found.model, **rest)
        write_json(target / f"{name}-provenance.json", made)
        write_text(target / f"{name}.html", page(found, name=name, repeat=text, command=command, made=made))
        return sorted(one.name for one in target.iterdir())
