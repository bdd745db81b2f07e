"""`caloriq sweep`: plan, run and export sweeps."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caloriq import wording
from caloriq.cli import progress_file
from caloriq.cli.options import RESULTS, Edits, Json, Out, Workers, typed
from caloriq.cli.show import print_json
from caloriq.cli.telling import interruptible, telling
from caloriq.cli.words import json_text
from caloriq.errors import Incomplete, InvalidInput

if TYPE_CHECKING:
    from caloriq.sweep.definition import Sweep
    from caloriq.sweep.run import Place, Swept

app = typer.Typer(
    name="sweep",
    help="A question at many points: sizes, rates, temperatures, samples of disorder; on any number of workers, resumed where it stopped.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Argument(metavar="SWEEP.yaml", help="Sections model, vary, ensemble, question.")]

EVERY = 2.0  # seconds between plain lines
SHOWN = 3  # errors that are printed
MOST = 20  # estimates that are
LISTED = 1000  # values of an axis that a query of runs can find


def _place(file: Path, out: Path) -> Place:
    from caloriq.sweep.run import Place

    return Place(out / file.stem, file.stem, file.absolute())


@app.command(short_help="What would be asked, what it costs, what is answered already.")
def plan(
    file: File,
    out: Out = RESULTS,
    edits: Edits = None,
    points: Annotated[bool, typer.Option("--points", help="List the points too.")] = False,
    as_json: Json = False,
) -> None:
    """What would be asked: points, cost and memory, and how much of it is answered already; nothing runs."""
    from caloriq.sweep.definition import read_sweep
    from caloriq.sweep.plan import Plan
    from caloriq.sweep.price import price

    made = Plan(read_sweep(file, edits=edits or ()))
    made.admit()
    cost = price(made, _place(file, out))
    first, ensemble, until = made.cell(0), made.ensemble, made.until
    axes = {
        axis.name: {
            "parameters": list(axis.paths),
            "count": len(axis),
            "first": axis.values[0][0],
            "last": axis.values[0][-1],
        }
        for axis in made.axes
    }
    summary = {
        "question": first.question.kind,
        "model": made.sweep.model.get("kind", "modular-chain"),
        "quantities": [one.name for one in first.question.kept(first.model)],
        "axes": axes,
        "samples": None if ensemble is None else made.samples,
        "drawn": [name for name, draw in first.draws._asdict().items() if draw],
        "until": None if until is None else until.to_mapping(),
        "points": cost.points,
        "batches": cost.batches,
        "answered": cost.answered,
        "failed": cost.failed,
        "left": cost.left,
        "seconds of one core": cost.seconds,
        "estimated from": "answered points" if cost.measured else "number of operations",
        "memory of a point in bytes": cost.memory,
        "digest": made.sweep.digest,
    }
    if points:
        samples = {} if ensemble is None else {"samples": made.samples}
        summary["list"] = [made.values(cell) | samples for cell in range(made.cells)]
    if as_json:
        print_json(summary)
        return
    print(f"{summary['question']} of a {summary['model']}: {', '.join(summary['quantities'])}")
    for name, axis in axes.items():
        print(f"  {name}: {axis['count']} values, {axis['first']} to {axis['last']} ({', '.join(axis['parameters'])})")
    least, most = ("", "") if until is None else ("at least " if cost.left else "", "at most ")
    if ensemble is not None:
        print(f"  sample: {most}{made.samples}, seed {ensemble.seed}, drawn: {' and '.join(summary['drawn'])}")
    print(f"points: {most}{cost.points} in {cost.batches} batches; answered: {cost.answered}, failed: {cost.failed}")
    print(
        f"cost of the rest: {least}{wording.duration(cost.seconds)} of one core, from {summary['estimated from']}; memory of a point: {wording.size(cost.memory)}"
    )
    for one in summary.get("list", []):
        print("  " + ", ".join(f"{key} = {value}" for key, value in one.items()))


@app.command(short_help="Answer what is not answered yet, and write the dataset.")
def run(
    ctx: typer.Context,
    file: File,
    out: Out = RESULTS,
    edits: Edits = None,
    workers: Workers = None,
    dask: Annotated[
        str | None, typer.Option("--dask", help="local, a scheduler's address, or a YAML file for dask-jobqueue.")
    ] = None,
    mpi: Annotated[bool, typer.Option("--mpi", help="Under mpiexec -n K python -m mpi4py.futures -m caloriq.")] = False,
    shard: Annotated[
        str | None, typer.Option("--shard", help="One part of an array job, such as 3/8; each has a ledger of its own.")
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Ask points again that have an error.")] = False,
    figure: Annotated[bool, typer.Option(help="Draw the first quantity beside the data, as PNG and PDF.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print events as lines of JSON.")] = False,
) -> None:
    """Answer what is not answered yet, and write the dataset when nothing is missing.

    Answers are kept as they arrive: after a crash or a kill the same command goes on. Exit code 4 if points failed or are
    missing.
    """
    from caloriq import provenance, runs
    from caloriq.sweep.definition import read_sweep
    from caloriq.sweep.plan import without
    from caloriq.sweep.run import execute, shard_of

    sweep, place = read_sweep(file, edits=edits or ()), _place(file, out)
    provenance.check_source(place.folder, place.name, file)
    where = _where(workers, dask, mpi, typed=typed(ctx, "workers"))
    part = (0, 1) if shard is None else shard_of(shard)
    command = provenance.command_line()
    vary = {
        path: list(values[:LISTED]) for axis in sweep.axes for path, values in zip(axis.paths, axis.values, strict=True)
    }
    described = {**sweep.to_mapping(), "vary": vary}
    for path in vary:
        described["model"] = without(described["model"], path)
    with (
        interruptible("answered points are kept, run it again to go on"),
        runs.record("sweep", file.stem, place.folder, described, sweep.digest, command) as entry,
    ):
        with _events(file.stem, as_json=as_json) as tell:
            outcome = execute(
                sweep, place, where=where, shard=part, retry_failed=retry_failed, tell=tell, command=command
            )
        complete = outcome.data is not None and not outcome.failed
        if figure and complete and outcome.data is not None:
            _draw(outcome.data, place)
        tally = outcome.tally
        entry.finish(
            "done" if complete else "partial",
            {
                "failed": outcome.failed,
                "missing": outcome.missing,
                "seconds": outcome.seconds,
                "workers": outcome.workers,
            },
            points=(tally.total, tally.known + tally.done, tally.failed + tally.known_failed),
            files=[path.name for path in place.folder.iterdir() if path.is_file()],
        )
    _end(sweep, outcome, place, part, as_json=as_json)


@app.command(short_help="Write the dataset of what has been answered so far.")
def export(
    file: File,
    out: Out = RESULTS,
    edits: Edits = None,
    netcdf: Annotated[Path | None, typer.Option("--netcdf", help="Write NetCDF to this file too.")] = None,
    as_json: Json = False,
) -> None:
    """Write the dataset of what has been answered so far, missing points as NaN; exit code 4 if points failed or are missing."""
    from caloriq import provenance, store
    from caloriq.netcdf import to_netcdf
    from caloriq.sweep.definition import read_sweep
    from caloriq.sweep.run import export as write

    sweep, place = read_sweep(file, edits=edits or ()), _place(file, out)
    provenance.check_source(place.folder, place.name, file)
    path, (missing, done, failed) = write(sweep, place)
    written = [path]
    if netcdf is not None:
        written.append(to_netcdf(store.load(path), netcdf))
    if as_json:
        print_json({"done": done, "failed": failed, "missing": missing, "files": [str(one) for one in written]})
    else:
        print(f"{done} points, {failed} failed, {missing} missing: {', '.join(one.as_posix() for one in written)}")
    if missing or failed:
        raise Incomplete(
            f"`sweep` must be answered at every point, but {missing} are missing and {failed} failed (got {done} of {done + failed + missing}); the dataset is written and has NaN there"
        )


@app.command()
def questions(
    as_json: Json = False,
) -> None:
    """The questions that can be asked, and of which models."""
    from caloriq.questions.registry import kinds, question_type

    found = {kind: question_type({"kind": kind}) for kind in kinds()}
    if as_json:
        print_json(
            {kind: {"title": one.title, "models": [m.__name__ for m in one.models]} for kind, one in found.items()}
        )
        return
    for kind, one in found.items():
        print(f"{kind:<14} {one.title}; of {', '.join(model.__name__ for model in one.models)}")


@app.command(hidden=True)
def schema() -> None:
    """The same as caloriq schema sweep."""
    from caloriq.cli.schemas import schema_of

    print_json(schema_of("sweep"))


def _draw(data: Path, place: Place) -> None:
    """The first quantity as a figure beside the data."""
    from caloriq import plots, store

    with store.opened(data) as lazy:
        figure = plots.sweep(lazy)
    if figure is not None:
        plots.write(figure, place.folder / place.name)


def _where(workers: int | None, dask: str | None, mpi: bool, *, typed: bool) -> Any:
    from caloriq.sweep.workers import Dask, Mpi, Processes

    if not typed and (dask is not None or mpi):
        workers = None  # that of the settings

    given = [
        name for name, one in (("--workers", workers), ("--dask", dask), ("--mpi", mpi or None)) if one is not None
    ]
    if len(given) > 1:
        raise InvalidInput(
            f"`workers` must be one of --workers, --dask and --mpi, but several are given (got {' '.join(given)})"
        )
    if workers is not None and workers < 1:
        raise InvalidInput(f"`workers` must be at least 1, but it is smaller (got {workers})")
    if dask is not None:
        return Dask(dask)
    return Mpi() if mpi else Processes(workers)


@contextmanager
def _events(title: str, *, as_json: bool) -> Iterator[Callable[[dict[str, Any]], None]]:
    """What is told while a sweep runs: lines of JSON, a bar on a terminal, plain lines otherwise."""
    if as_json:
        yield lambda event: print(json_text({**event, "time": time.time()}), flush=True)
        return
    if not telling():
        yield lambda _: None
        return
    if sys.stderr.isatty():
        with _bar(title) as tell:
            yield tell
        return
    yield progress_file.of_sweep(_lines(title), _counts)


def _lines(title: str) -> Callable[[dict[str, Any]], None]:
    last, errors = time.monotonic(), 0

    def tell(event: dict[str, Any]) -> None:
        nonlocal last, errors
        if event["event"] == "start":
            print(f"{title}: {event['points']} points on {event['workers']}", file=sys.stderr)
        elif event["event"] == "failed":
            errors += 1
            if errors <= SHOWN:
                print(f"{title}: a point failed: {event['error']}", file=sys.stderr)
        elif time.monotonic() - last >= EVERY:
            last = time.monotonic()
            print(f"{title}: {_counts(event)}", file=sys.stderr)

    return tell


def _counts(event: dict[str, Any]) -> str:
    answered = event["known"] + event["done"] + event["failed"]
    left = "" if event["eta"] is None else f", {wording.duration(event['eta'])} left"
    failed = f", {event['failed']} failed" if event["failed"] else ""
    return f"{answered} of {event['total']}{failed}, {event['rate']:.3g} per second{left}"


@contextmanager
def _bar(title: str) -> Iterator[Callable[[dict[str, Any]], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[counts]}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, counts="")

        def tell(event: dict[str, Any]) -> None:
            if event["event"] == "progress":
                answered = event["known"] + event["done"] + event["failed"]
                bar.update(task, completed=answered, total=event["total"], counts=_counts(event))

        yield tell


def _end(sweep: Sweep, outcome: Swept, place: Place, part: tuple[int, int], *, as_json: bool) -> None:
    tally = outcome.tally
    answered = tally.known + tally.done
    if as_json:
        print_line = {
            "event": "end",
            "answered": answered,
            "new": tally.done,
            "failed": outcome.failed,
            "missing": outcome.missing,
            "seconds": outcome.seconds,
            "worker seconds": tally.seconds,
            "data": None if outcome.data is None else str(outcome.data),
            "estimates": _estimates(sweep, outcome),
        }
        print(json_text(print_line), flush=True)
    else:
        print(
            f"{answered} of {tally.total} points answered, {tally.done} of them now, in {wording.duration(outcome.seconds)} on {outcome.workers}"
        )
        for one in _estimates(sweep, outcome)[:MOST]:
            print(_spoken(one))
        if outcome.data is not None:
            print(f"data: {outcome.data.as_posix()}")
    failed = tally.failed + tally.known_failed
    if failed:
        raise Incomplete(
            f"`sweep` must be answered at every point, but {failed} failed (got {failed} errors in {place.folder.as_posix()}); --retry-failed asks them again"
        )
    if outcome.data is None and part[1] == 1:
        raise Incomplete(
            f"`sweep` must be answered at every point, but {'some' if outcome.missing is None else outcome.missing} are missing (got {place.folder.as_posix()}); run it again"
        )
    if outcome.data is None and not as_json:
        with contextlib.suppress(OSError):
            print(
                f"part {part[0] + 1} of {part[1]} is done; the dataset is written by the last part, or by: caloriq sweep export"
            )


def _estimates(sweep: Sweep, outcome: Swept) -> list[dict[str, Any]]:
    """What ensembles with a bound found, those of other shards left out."""
    from caloriq.sweep.plan import Plan

    stops, made = outcome.stops, Plan(sweep)
    if stops is None or (until := made.until) is None:
        return []
    bound = {"error": until.error} if until.error is not None else {"relative": until.relative}
    return [
        {
            "parameters": made.values(cell),
            "quantity": until.quantity,
            "estimate": float(stops.mean[cell]),
            "error": float(stops.error[cell]),
            "samples": int(stops.samples[cell]),
            "failed": int(stops.failed[cell]),
            "bound": bound,
            "reached": bool(stops.reached[cell]),
        }
        for cell in range(made.cells)
        if stops.samples[cell] > 0
    ]


def _spoken(one: dict[str, Any]) -> str:
    """An estimate in a line."""
    where = ", ".join(f"{path} = {value}" for path, value in one["parameters"].items())
    bound = ", ".join(f"{value:g}{' of it' if name == 'relative' else ''}" for name, value in one["bound"].items())
    left = f", {one['failed']} without an answer left out" if one["failed"] else ""
    return (
        f"{where + ': ' if where else ''}{one['quantity']} = {one['estimate']:.6g} ± {one['error']:.2g} "
        f"from {one['samples']} samples{left}; the bound {bound} {'is met' if one['reached'] else 'is NOT met'}"
    )
