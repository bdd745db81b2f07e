"""What made a result: definitions, versions, machine, command; and whose results a folder holds."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from caloriq.errors import InvalidInput
from caloriq.files import SCHEMA_VERSION

LIBRARIES = ("caloriq", "numpy", "scipy", "numba", "pydantic", "xarray", "zarr")


class Defined(Protocol):
    """What has a name by its content, and says what it is."""

    @property
    def digest(self) -> str:
        """Of its content."""

    def to_mapping(self) -> dict[str, Any]:
        """What it is, plain."""


def of(*definitions: Defined, **extra: Any) -> dict[str, Any]:
    """What made a result: definitions and their digests, versions, git revision, machine, time of day."""
    return {
        "schema": SCHEMA_VERSION,
        "definitions": [{"type": type(d).__name__, "digest": d.digest, **d.to_mapping()} for d in definitions],
        "versions": versions(),
        "git revision": revision(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        **extra,
    }


def source_of(file: Path, folder: Path) -> str:
    """The file of a run as its provenance names it: relative to the folder of its results, where there is a way."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # another drive
        return str(file.absolute())


def check_source(folder: Path, name: str, file: Path) -> None:
    """Refuse to write over the results of another file that is called the same.

    Raises
    ------
    InvalidInput
        If the provenance in the folder names another file, which is still there.
    """
    try:
        before = json.loads((folder / f"{name}-provenance.json").read_text(encoding="utf-8"))["file"]
        # relative to the results: both may have been moved together
        before = os.path.normpath(folder.absolute() / before)
        other = os.path.exists(before) and not os.path.samefile(before, file)
    except (OSError, ValueError, KeyError, TypeError):
        return
    if other:
        raise InvalidInput(
            f"`out` must be a folder without the results of another file of this name, but {folder.as_posix()} holds those of {before} (got {str(file)!r}); give another folder by --out, or rename the file"
        )


def check_results(folder: Path, name: str, model: str, *, overwrite: bool) -> None:
    """Refuse to write results of a model where those of another are, or files that are no results.

    Parameters
    ----------
    folder : path
        Where they would be.
    name : str
        That its provenance is called by.
    model : str
        Digest of the model.
    overwrite : bool
        Whether it was asked for.

    Raises
    ------
    InvalidInput
        If the folder is not empty, and its provenance names another model or there is none.
    """
    if overwrite or not folder.is_dir() or not any(folder.iterdir()):
        return
    remedy = "give another folder by --out, or --overwrite"
    try:
        made = json.loads((folder / f"{name}-provenance.json").read_text(encoding="utf-8"))
        known = {one["digest"] for one in made["definitions"]}
    except (OSError, ValueError, KeyError, TypeError):
        raise InvalidInput(
            f"`out` must be a folder in which {name} is new, or holds results of the same model, but there are other files (got {folder.as_posix()!r}); {remedy}"
        ) from None
    if model not in known:
        raise InvalidInput(
            f"`out` must be a folder in which {name} is new, or holds results of the same model, but it holds those of another (got {folder.as_posix()!r}); {remedy}"
        )


@cache
def versions() -> dict[str, str]:
    """Versions of the libraries that compute."""
    return {name: _version(name) for name in LIBRARIES} | {"python": platform.python_version()}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


@cache
def revision() -> str:
    """Git revision of the source tree that runs, with a mark if it was edited; "none" outside a checkout."""
    here = Path(__file__).resolve().parent

    def git(*command: str) -> str:
        found = subprocess.run(["git", *command], cwd=here, capture_output=True, text=True, timeout=5, check=True)
        return found.stdout.strip()

    try:
        if not (Path(git("rev-parse", "--show-toplevel")) / "src" / "caloriq").samefile(here):
            return "none"
        return git("describe", "--always", "--dirty", "--abbrev=12")
    except (OSError, subprocess.SubprocessError):
        return "none"


def command_line() -> str:
    """The command that runs, without the folder of its executable; `python -m caloriq` is the same command."""
    name = Path(sys.argv[0]).name
    return " ".join(["caloriq" if name == "__main__.py" else name, *sys.argv[1:]])
