"""The command line: parse, call, print. Exit codes: 0 done, 2 bad input, 3 refused (no certified result), 130 interrupted."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from caloriq.errors import CaloriqError, InvalidInput

if TYPE_CHECKING:
    from caloriq.closed.blocks import Progress
    from caloriq.papers.recipe import Outcome, Recipe

app = typer.Typer(
    name="caloriq",
    help="Does heat obey Fourier's law in this quantum system, how large is the conductivity, and how do we know?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for figures, data and tables.")]
Json = Annotated[bool, typer.Option("--json", help="Print the table as JSON.")]


INTERRUPTED = 130


@app.command()
def reproduce(
    name: Annotated[str | None, typer.Argument(help="Name of a figure or number; see --list.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them, one after the other.")] = False,
    names: Annotated[bool, typer.Option("--list", help="List the names and stop.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Smaller versions of the heavy ones, labelled so.")] = False,
    out: Out = Path("results"),
    as_json: Json = False,
) -> None:
    """Make a paper's figure or number again: figure, data and a table "paper | ours | agreement"."""
    from caloriq.papers.registry import RECIPES, recipe

    if names:
        _list(RECIPES, as_json)
        return
    if (name is None) != every:
        raise InvalidInput(f"`name` must be given, or --all, but not both (got {name!r}); see caloriq reproduce --list")
    chosen = list(RECIPES.values()) if name is None else [recipe(name)]
    tables = []
    for one in chosen:
        small = quick and one.quick_differs
        outcome, seconds = _reproduce(one, small, out)
        tables.append(_summary(one, outcome, small, seconds, out / one.name))
        if not as_json:
            _print_table(one, outcome, small, seconds, out / one.name)
    if as_json:
        _print_json(tables[0] if name is not None else tables)


def _reproduce(one: Recipe, small: bool, out: Path) -> tuple[Outcome, float]:
    from caloriq import plots, store
    from caloriq.files import folder, write_json

    label = one.name + ("-quick" if small else "")
    with folder(out / one.name) as target:
        clock = time.perf_counter()
        with _progress(one.title) as progress:
            outcome = one.run(small, progress)
        seconds = time.perf_counter() - clock
        for key, data in outcome.data.items():
            store.save(data, target / f"{label}-{key}.zarr.zip")
        plots.write(outcome.figure, target / f"{label}.png")
        write_json(target / f"{label}-table.json", _summary(one, outcome, small, seconds, out / one.name))
        simulated = {
            key: json.loads(data.attrs["models"]) for key, data in outcome.data.items() if "models" in data.attrs
        }
        record = store.provenance(
            *outcome.definitions, models=simulated, command=store.command_line(), **{"wall time in s": seconds}
        )
        write_json(target / f"{label}-provenance.json", record)
    return outcome, seconds


@app.command()
def run(
    file: Annotated[
        Path, typer.Argument(metavar="MODEL.yaml", help="A model, or the sections model, initial, times, method.")
    ],
    stop: Annotated[float | None, typer.Option(help="Last time, in units of 1/γ (or as the file says).")] = None,
    count: Annotated[int | None, typer.Option(help="Number of sampled times.")] = None,
    out: Out = Path("results"),
    as_json: Json = False,
) -> None:
    """Exact dynamics of any modular chain beside the rate equation: verdict, figure, data, provenance."""
    from caloriq import plots, store
    from caloriq.files import folder, write_json
    from caloriq.models.files import write_model
    from caloriq.studies.relaxation import comparison
    from caloriq.studies.run import read_run

    definition = read_run(file)
    changes = {key: value for key, value in (("stop", stop), ("count", count)) if value is not None}
    if changes:
        times = {**definition.times.model_dump(exclude_unset=True), **changes}
        definition = definition.model_copy(update={"times": times})
    name = file.stem
    with folder(out / name) as target:
        clock = time.perf_counter()
        with _progress(f"{definition.model.subunits} subunits of {definition.model.levels} levels") as progress:
            exact, theory = definition.solve(progress)
        data = comparison(exact, theory)
        seconds = time.perf_counter() - clock
        store.save(data, target / f"{name}.zarr.zip")
        plots.write(plots.relaxation(data), target / f"{name}.png")
        write_model(definition.model, target / f"{name}-model.yaml")
        summary = _verdict(definition, exact, theory, data)
        write_json(target / f"{name}-verdict.json", summary)
        record = store.provenance(definition, exact.model, command=store.command_line(), **{"wall time in s": seconds})
        write_json(target / f"{name}-provenance.json", record)
    if as_json:
        _print_json(summary)
    else:
        _print_verdict(summary, out / name)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="MODEL.yaml", help="As for run.")], as_json: Json = False
) -> None:
    """What would run, and whether the criteria hold, without running it."""
    from caloriq import _checks
    from caloriq.closed.evolve import choose_method
    from caloriq.closed.methods import Auto
    from caloriq.reduced.ham import ham
    from caloriq.studies.run import read_run

    definition = read_run(file)
    theory = ham(definition.model)
    definition.times.resolve(theory)
    definition.model.check_memory()
    if isinstance(definition.method, Auto):
        method, reason = choose_method(definition.model, initial=definition.initial)
        chosen = repr(method)
    else:
        chosen, reason = repr(definition.method), "chosen by the file"
    summary: dict[str, Any] = {
        "digest": definition.digest,
        "rate": theory.rate,
        "5/γ": 5 / theory.rate,
        "criteria": {c.name: str(c) for c in theory.criteria},
        "method": chosen,
        "reason": reason,
        "hamiltonian": _checks.size(definition.model.memory_needed()),
    }
    if as_json:
        _print_json(summary)
        return
    for key, value in summary.items():
        print(f"{key}: {'; '.join(value.values()) if isinstance(value, dict) else value}")


@app.command()
def schema() -> None:
    """JSON schema of the file that run reads."""
    from caloriq.studies.run import Run

    _print_json(Run.model_json_schema())


@app.command()
def version() -> None:
    """Version, and those of the libraries that compute."""
    from caloriq import store

    record = store.provenance()
    for name, value in record["versions"].items():
        print(f"{name} {value}")
    print(f"git revision {record['git revision']}")


def main() -> NoReturn:
    """Entry point: every refusal is one sentence on standard error."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite end leaves no litter either
    try:
        if app(standalone_mode=False) == INTERRUPTED:  # the parser turns Ctrl-C into a return value
            raise KeyboardInterrupt
    except CaloriqError as error:
        _complain(str(error))
        sys.exit(2 if isinstance(error, InvalidInput) else 3)
    except (KeyboardInterrupt, typer.Abort):
        _complain("interrupted; what was not finished was not written")
        sys.exit(INTERRUPTED)
    except MemoryError:
        _complain("`model` must fit in memory, but it does not; take fewer levels, subunits, samples or times")
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        message = getattr(error, "format_message", None)
        if message is None:
            raise
        given = " ".join(["caloriq", *sys.argv[1:]])
        _complain(
            f"{message().rstrip('.')} (got {given}); see caloriq --help"
        )  # what the parser says of unknown options and missing arguments
        sys.exit(2)
    sys.exit(0)


AGREEMENT = {True: "yes", False: "NO", None: "–"}


def _complain(sentence: str) -> None:
    print(f"caloriq: {sentence}", file=sys.stderr)


@contextmanager
def _progress(title: str) -> Iterator[Progress | None]:
    """Bar on a terminal's standard error, nothing otherwise."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda done, total: bar.update(task, completed=done / total)


def _summary(one: Recipe, outcome: Outcome, small: bool, seconds: float, folder: Path) -> dict[str, Any]:
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


def _print_table(one: Recipe, outcome: Outcome, small: bool, seconds: float, folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    title = f"{one.name}{' (quick version)' if small else ''}: {one.title}"
    table = Table(
        title=title, title_justify="left", caption=f"{one.source}; {seconds:.1f} s; {folder}", caption_justify="left"
    )
    for column in ("quantity", "paper", "ours", "agreement", "note"):
        table.add_column(column, overflow="fold")
    for row in outcome.rows:
        table.add_row(row.quantity, row.paper, row.ours, AGREEMENT[row.agrees], row.note)
    Console(width=None if sys.stdout.isatty() else 150).print(table, markup=False)


def _list(recipes: dict[str, Recipe], as_json: bool) -> None:
    if as_json:
        _print_json(
            [{"name": r.name, "title": r.title, "source": r.source, "quick": r.quick_differs} for r in recipes.values()]
        )
        return
    width = max(map(len, recipes))
    for one in recipes.values():
        print(f"{one.name:<{width}}  {one.title}{'  [--quick]' if one.quick_differs else ''}")


def _verdict(definition: Any, exact: Any, theory: Any, data: Any) -> dict[str, Any]:
    T, peak = theory.peak
    return {
        "verdict": data.attrs["verdict"],
        "rate": theory.rate,
        "criteria": {
            c.name: {"value": c.value, "bound": c.bound, "margin": c.margin, "holds": c.holds} for c in theory.criteria
        },
        "deviation": None if "deviation" not in data else data.deviation.values,
        "deviation_error": None if "deviation" not in data else data.deviation_error.values,
        "conductivity_peak": {"temperature": T, "value": peak},
        "method": exact.method.name,
        "reason": exact.method.reason,
        "statistics": dict(exact.method.statistics),
        "certificate": {c.name: {"value": c.value, "limit": c.limit, "holds": c.holds} for c in exact.certificate},
        "digest": definition.digest,
    }


def _print_verdict(summary: dict[str, Any], folder: Path) -> None:
    print(summary["verdict"])
    print(f"rate γ: {summary['rate']:.6g}")
    for name, c in summary["criteria"].items():
        print(f"{name}: {c['value']:.4g} ({'holds' if c['holds'] else 'FAILS'}, margin {c['margin']:.3g})")
    if summary["deviation"] is not None:
        values = summary["deviation"].reshape(-1, summary["deviation"].shape[-1]).mean(axis=0)
        print("D² per subunit: " + " ".join(f"{v:.3g}" for v in values))
    print(
        f"conductivity peak: {summary['conductivity_peak']['value']:.4g} at T = {summary['conductivity_peak']['temperature']:.4g}"
    )
    print(f"method: {summary['method']} ({summary['reason']})")
    for name, c in summary["certificate"].items():
        print(f"certificate, {name}: {c['value']:.2g} (limit {c['limit']:.0e})")
    print(f"written to {folder}")


def _print_json(content: Any) -> None:
    from caloriq.files import plain

    print(json.dumps(content, indent=2, ensure_ascii=False, default=plain))


if __name__ == "__main__":
    main()
