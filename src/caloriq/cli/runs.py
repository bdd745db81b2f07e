"""`caloriq runs`: the runs on this machine, what made them, how long they took."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caloriq import wording
from caloriq.cli.options import Json
from caloriq.cli.show import print_json
from caloriq.errors import InvalidInput

if TYPE_CHECKING:
    from caloriq.runs import RecordedRun

app = typer.Typer(
    help="The runs on this machine: what made them, how they ended, how long they took.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(metavar="ID", help="Id of a run, the start of one, or last.")]
HEADINGS = ("id", "kind", "name", "started", "took", "status", "points", "verdict")
SHORT = 72  # letters of a verdict in a list


@app.command("list")
def list_runs(
    kind: Annotated[str | None, typer.Option(help="run, reproduce or sweep.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EXPR", help="A parameter and what it must be, as in levels<100; more than one: all hold."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(help="At most so many.")] = None,
    as_json: Json = False,
) -> None:
    """The runs, the latest first."""
    from caloriq import runs

    found = runs.recorded(kind=kind, where=where or (), limit=limit)
    if as_json:
        print_json([one.to_mapping() for one in found])
    elif found:
        _print_runs([_row(one) for one in found])
    else:
        print(f"no such runs in {runs.registry()}")


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """Everything about one run, with its files."""
    from caloriq import runs

    one = runs.find(name)
    if as_json:
        print_json(one.to_mapping())
    else:
        _print_run(one)


@app.command(short_help="What differs between two runs: files, versions, numbers.")
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="As for show.")],
    second: Annotated[str, typer.Argument(metavar="B", help="As for show.")],
    as_json: Json = False,
) -> None:
    """What differs between two runs: definitions, versions, numbers, data."""
    from caloriq import runs
    from caloriq.cli.compare import print_comparison
    from caloriq.records.compared import comparison

    found = comparison(runs.find(first), runs.find(second))
    if as_json:
        print_json(found)
    else:
        print_comparison(found)


@app.command(short_help="The files of a run and its record, in a zip file or folder.")
def export(
    name: Name,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE.zip|FOLDER", help="Not there yet, or empty.")],
    netcdf: Annotated[bool, typer.Option("--netcdf", help="Also a NetCDF-3 file of each dataset.")] = False,
) -> None:
    """The files of a run and its record, as one zip file or in a folder."""
    from caloriq import runs

    one = runs.find(name)
    present = one.unchanged()
    if one.files and not present:
        raise InvalidInput(
            f"`id` must be a run whose files are still there, but all were changed or removed since (got {one.id} in {str(one.folder)!r})"
        )
    to_zip = out.suffix.lower() == ".zip"
    try:
        taken = out.exists() and (to_zip or not out.is_dir() or any(out.iterdir()))
    except OSError as error:
        raise InvalidInput(
            f"`out` must be a place that can be written to, but it cannot ({error.strerror}) (got {str(out)!r})"
        ) from None
    if taken:
        raise InvalidInput(f"`out` must be new, or an empty folder, but it is not (got {str(out)!r})")
    (_export_zip if to_zip else _export_folder)(one, present, out, netcdf)
    print(f"{one.id}: {len(present)} files to {out}")
    for file in one.files:
        if (state := file.state(one.folder)) != "unchanged":
            print(f"left out: {_clean(file.name)} ({state} since the run wrote it)")


@app.command()
def delete(
    name: Name,
    files: Annotated[bool, typer.Option("--files", help="Also remove the files that the run wrote.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget a run; its files stay unless --files is given."""
    from caloriq import runs

    one = runs.find(name)
    if one.status == "running" and one.on_this_host:
        raise InvalidInput(f"`id` must be a run that has ended, but it still runs (got {one.id}, process {one.pid})")
    present = one.unchanged() if files else []
    if not yes:
        if not sys.stdin.isatty():
            raise InvalidInput(
                f"`yes` must be given where nobody can be asked, but it is not (got {one.id}); add --yes"
            )
        also = f" and remove {len(present)} files in {one.folder}" if files else ""
        still = f", which runs on {one.host} as far as is known," if one.status == "running" else ""
        if not typer.confirm(f"Forget {one.id} ({one.kind} {_clean(one.name)}){still}{also}?"):
            print("nothing deleted")
            return
    if files:
        _remove(one)
    runs.forget(one)
    print(f"forgot {one.id}")


def _remove(one: RecordedRun) -> None:
    """Remove what the run wrote and nobody changed since; say so."""
    kept = [(file.name, state) for file in one.files if (state := file.state(one.folder)) == "changed"]
    print(f"removed {len(one.remove_files())} files in {one.folder}")
    for name, state in kept:
        print(f"kept: {_clean(name)} ({state} since the run wrote it)")


# -- export


def _parts(one: RecordedRun, present: list[Path], netcdf: bool, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Names in the export and files that hold them; what has to be made is made in `scratch`."""
    from caloriq import store
    from caloriq.files import write_json
    from caloriq.netcdf import to_netcdf

    yield "record.json", write_json(scratch / "record.json", one.to_mapping())
    for path in present:
        name = path.relative_to(one.folder).as_posix()
        yield name, path
        if netcdf and name.endswith(".zarr.zip"):
            stem = name.removesuffix(".zarr.zip")
            yield f"{stem}.nc", to_netcdf(store.load(path), scratch / "data.nc")


def _export_zip(one: RecordedRun, present: list[Path], out: Path, netcdf: bool) -> None:
    import tempfile

    from caloriq.files import atomic

    def write(target: Path) -> None:
        with (
            tempfile.TemporaryDirectory() as scratch,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive,
        ):
            for name, path in _parts(one, present, netcdf, Path(scratch)):
                archive.write(path, name)

    atomic(out, write)


def _export_folder(one: RecordedRun, present: list[Path], out: Path, netcdf: bool) -> None:
    import shutil
    import tempfile

    from caloriq.files import folder

    with folder(out) as target, tempfile.TemporaryDirectory() as scratch:
        try:
            for name, path in _parts(one, present, netcdf, Path(scratch)):
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target / name)
        except OSError as error:
            raise InvalidInput(
                f"`out` must take the files of the run, but writing failed ({error.strerror or error}) (got {str(out)!r})"
            ) from None


# -- printing


def _row(one: RecordedRun) -> tuple[str, ...]:
    points = "–" if one.points is None else f"{one.points['done']}/{one.points['total']}"
    if one.points is not None and one.points["failed"]:
        points += f", {one.points['failed']} failed"
    verdict = _clean(one.verdict)
    return (
        one.id,
        one.kind,
        _clean(one.name),
        wording.local_time(one.started),
        "–" if one.seconds is None else wording.duration(one.seconds),
        one.status,
        points,
        verdict if len(verdict) <= SHORT else f"{verdict[: SHORT - 1]}…",
    )


def _print_runs(rows: list[tuple[str, ...]]) -> None:
    """Table on a terminal, aligned columns otherwise."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table()
        for heading in HEADINGS:
            table.add_column(heading, no_wrap=heading == "id")
        for row in rows:
            table.add_row(*map(Text, row))
        Console().print(table)
        return
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    for row in (HEADINGS, *rows):
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _print_run(one: RecordedRun) -> None:
    from caloriq.documents import yaml_text

    mapping = one.to_mapping()
    took = "–" if one.seconds is None else wording.duration(one.seconds)
    for key, value in {
        **mapping,
        "started": wording.local_time(one.started),
        "seconds": took,
        "points": _row(one)[6],
    }.items():
        if not isinstance(value, dict | list):
            print(f"{'took' if key == 'seconds' else key}: {_clean(str(value))}")
    for key in ("definition", "versions", "summary"):
        print(f"{key}:")
        text = yaml_text(mapping[key], width=110)
        print("\n".join(f"  {line}" for line in text.splitlines()))
    print("files:")
    for file in one.files:
        state = file.state(one.folder)
        print(f"  {_clean(file.name)}: {wording.size(file.size)}{'' if state == 'unchanged' else f', {state} since'}")


def _clean(text: Any) -> str:
    """Text on one line, without letters that steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text))
