"""The command line: parse, call, print.

Exit codes: 0 done, 2 bad input, 3 refused (no certified result), 4 a sweep that is not complete, 130 interrupted.
"""

from __future__ import annotations

import atexit
import json
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from caloriq import wording
from caloriq.cli import cite as cite_command
from caloriq.cli import config as config_command
from caloriq.cli import known, options, schemas, sweep, telling, words
from caloriq.cli import lab as lab_command
from caloriq.cli import runs as runs_commands
from caloriq.cli import verdict as verdict_command
from caloriq.cli.options import Edits, Json, Out, Overwrite
from caloriq.cli.show import (
    print_json,
    print_list,
    print_table,
    progress_bar,
    recipe_summary,
)
from caloriq.errors import CaloriqError, Incomplete, InvalidInput

if TYPE_CHECKING:
    from caloriq.papers.recipe import Outcome, Recipe

app = typer.Typer(
    name="caloriq",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(runs_commands.app, name="runs", short_help="The runs on this machine: how they ended, what they took.")
app.add_typer(sweep.app, short_help="A question at many points: sizes, rates, disorder.")

INTERRUPTED = 130
# a polite end, or that of the terminal: neither leaves litter
ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def _version(value: bool) -> None:
    if value:
        from caloriq import __version__

        print(f"caloriq {__version__}")
        raise typer.Exit


@app.callback()
def everything(
    ctx: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Does heat obey Fourier's law in this quantum system, how large is the conductivity, and how do we know?"""
    from caloriq.settings import settings

    values = {one.name: one.value for one in settings()}
    ctx.default_map = options.by_settings(ctx.command, values)
    telling.set_default(ctx, values["log_level"])


@app.command(short_help="A paper's figure or number again, with a table beside it.")
def reproduce(
    name: Annotated[str | None, typer.Argument(help="Name of a figure or number; see --list.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them, one after the other.")] = False,
    names: Annotated[bool, typer.Option("--list", help="List the names and stop.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Smaller versions of the heavy ones, labelled so.")] = False,
    out: Out = options.RESULTS,
    as_json: Json = False,
) -> None:
    """Make a paper's figure or number again: figure, data and a table "paper | ours | agreement"."""
    from caloriq.papers.registry import RECIPES, recipe

    if names:
        print_list(RECIPES, as_json)
        return
    if (name is None) != every:
        raise InvalidInput(f"`name` must be given, or --all, but not both (got {name!r}); see caloriq reproduce --list")
    chosen = list(RECIPES.values()) if name is None else [recipe(name)]
    tables = []
    for one in chosen:
        small = quick and one.quick_differs
        outcome, seconds = _reproduce(one, small, out)
        tables.append(recipe_summary(one, outcome, small, seconds, out / one.name))
        if not as_json:
            print_table(one, outcome, small, seconds, out / one.name)
    if as_json:
        print_json(tables[0] if name is not None else tables)


@app.command(short_help="Every statement of the papers, with what tests it.")
def statements(
    out: Out = options.RESULTS,
    page: Annotated[Path, typer.Option("--page", help="Markdown file to write.")] = Path("statements.md"),
    quick: Annotated[
        bool, typer.Option("--quick", help="Take smaller versions of the heavy ones, labelled so.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Every statement of the papers with the number that tests it, as a page: reproductions that have no table under --out run first."""
    from caloriq.files import write_text
    from caloriq.papers.registry import recipe
    from caloriq.papers.statements import beside, markdown, recipes, stored, summary

    names = recipes()
    there = stored(out, names, quick=quick)
    for name in [name for name in names if name not in there]:
        one = recipe(name)
        print(f"{name} runs", file=sys.stderr)
        _reproduce(one, quick and one.quick_differs, out)
    found = beside(stored(out, names, quick=quick))
    write_text(page, markdown(found))
    if as_json:
        print_json([{**one.claim._asdict(), "quick": one.quick, "rows": list(one.rows)} for one in found])
    else:
        print(f"{summary(found)} See {page}.")


def _reproduce(one: Recipe, small: bool, out: Path) -> tuple[Outcome, float]:
    from caloriq import plots, provenance, runs, store
    from caloriq.files import folder, write_json

    label, place, command = one.name + ("-quick" if small else ""), out / one.name, provenance.command_line()
    asked = {"reproduction": one.name, "quick": small}
    with runs.record("reproduce", label, place, asked, runs.digest_of(asked), command) as entry:
        with folder(place) as target:
            clock = time.perf_counter()
            with progress_bar(one.title) as progress:
                outcome = one.run(small, progress)
            seconds = time.perf_counter() - clock
            for key, data in outcome.data.items():
                store.save(data, target / f"{label}-{key}.zarr.zip")
            plots.write(outcome.figure, target / f"{label}.png")
            summary = recipe_summary(one, outcome, small, seconds, place)
            write_json(target / f"{label}-table.json", summary)
            simulated = {
                key: json.loads(data.attrs["models"]) for key, data in outcome.data.items() if "models" in data.attrs
            }
            origin = provenance.of(
                *outcome.definitions, models=simulated, command=command, **{"wall time in s": seconds}
            )
            write_json(target / f"{label}-provenance.json", origin)
            written = sorted(file.name for file in target.iterdir())
        definitions = [definition.to_mapping() for definition in outcome.definitions]
        compared = [row.agrees for row in outcome.rows if row.agrees is not None]
        entry.finish(
            "done",
            {"verdict": f"{sum(compared)} of {len(compared)} agree with the paper", **summary},
            files=written,
            definition={**asked, "definitions": definitions, "models": simulated},
        )
    return outcome, seconds


@app.command(short_help="Any model from a file: verdict, figure, data, provenance.")
def run(
    file: Annotated[
        Path, typer.Argument(metavar="MODEL.yaml", help="A model, or the sections model, initial, times, method.")
    ],
    stop: Annotated[float | None, typer.Option(help="Last time, in units of 1/γ (or as the file says).")] = None,
    count: Annotated[int | None, typer.Option(help="Number of sampled times.")] = None,
    out: Out = options.RESULTS,
    edits: Edits = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    details: Annotated[bool, typer.Option("--details", help="Print every variable and every check.")] = False,
) -> None:
    """Any model from a file, by its kind: verdict, figure, data, provenance.

    A modular chain or network: exact dynamics beside the rate equation. Subunits with several bands: the same, with the
    heat conductivity at given temperatures. A chain of spins: whether its blocks exchange energy or spin by rates. A
    driven chain: its steady state and, with sizes in the file, how the current scales with the length. Coupled units: the
    kernel of their populations, and which assumption of Fourier's law it breaks. With question: in the file, any other
    question that a sweep can ask.
    """
    from caloriq.cli import jobs
    from caloriq.questions.run import read_run

    if as_json and details:
        raise InvalidInput(
            "`--details` must be left out with --json, which prints every check, but both are given (got --json --details); every variable is in the data file"
        )
    changes = {key: value for key, value in (("stop", stop), ("count", count)) if value is not None}
    jobs.run(
        read_run(file, edits=edits or ()).with_times(changes),
        file,
        out,
        overwrite=overwrite,
        as_json=as_json,
        details=details,
    )


@app.command(short_help="What would run, and what it takes, without running it.")
def check(
    file: Annotated[Path, typer.Argument(metavar="MODEL.yaml", help="As for run.")],
    edits: Edits = None,
    as_json: Json = False,
) -> None:
    """What would run, how much memory it takes, and whether the criteria hold, without running it."""
    from caloriq.questions.run import read_run

    summary = read_run(file, edits=edits or ()).plan()
    if as_json:
        print_json(summary)
        return
    for key, value in summary.items():
        text = "; ".join(value.values()) if isinstance(value, dict) else value
        print(f"{key}: {wording.spoken(text) if key == 'method' else text}")


app.command(short_help="Does heat obey Fourier's law in this model? By all routes.")(verdict_command.verdict)
app.command(short_help="Models, sliders, verdicts and runs on a page in the browser.")(lab_command.lab)
app.command()(config_command.config)
app.command(short_help="BibTeX of caloriq, and of what a model or a run rests on.")(cite_command.cite)
app.command(short_help="JSON schemas of all files, for editors that complete YAML.")(schemas.schema)
for one, line in known.COMMANDS.items():
    app.command(short_help=line)(one)


@app.command()
def version() -> None:
    """Version, and those of the libraries that compute."""
    from caloriq import provenance

    record = provenance.of()
    for name, value in record["versions"].items():
        print(f"{name} {value}")
    print(f"git revision {record['git revision']}")


def command() -> Any:
    """All commands, with the options that each of them has."""
    return telling.everywhere(typer.main.get_command(app))


def main() -> NoReturn:
    """Entry point: every refusal is one sentence on standard error."""
    words.show_everything()
    for number in ENDING:
        if signal.getsignal(number) == signal.SIG_DFL:  # not where it is ignored, as by nohup
            signal.signal(number, signal.default_int_handler)
    atexit.register(_leave_in_peace)
    try:
        with telling.told():
            ended = command()(standalone_mode=False, prog_name="caloriq")
        if ended == INTERRUPTED:  # the parser turns Ctrl-C into a return value
            raise KeyboardInterrupt
    except CaloriqError as error:
        _complain(str(error))
        sys.exit(2 if isinstance(error, InvalidInput) else 4 if isinstance(error, Incomplete) else 3)
    except (KeyboardInterrupt, typer.Abort) as error:
        _complain(str(error) or "interrupted; what was not finished was not written")
        sys.exit(INTERRUPTED)
    except MemoryError as error:
        told = f" (got {error})" if str(error) else ""
        _complain(
            f"`model` and what is asked of it must fit in memory, but they do not{told}; take fewer levels, subunits, sites, samples or times"
        )
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        message = getattr(error, "format_message", None)
        if message is None:
            raise
        if type(error).__name__ == "NoArgsIsHelpError":  # `caloriq` or `caloriq sweep` alone
            print(message())
            sys.exit(2)
        given = " ".join(["caloriq", *sys.argv[1:]])
        # what the parser says of unknown options and missing arguments
        _complain(f"{message().rstrip('.')} (got {given}); see caloriq --help")
        sys.exit(2)
    sys.exit(0)


def _leave_in_peace() -> None:
    """What comes while the interpreter shuts down comes too late: all is written, and the exit code is known."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


def _complain(sentence: str) -> None:
    print(f"caloriq: {sentence}", file=sys.stderr)
