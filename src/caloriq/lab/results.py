"""What a run has written: its datasets, its summary, its files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caloriq.errors import CaloriqError

if TYPE_CHECKING:
    import xarray as xr

    from caloriq.lab.job import Job

STORED = ".zarr.zip"
LARGEST = 200_000_000  # bytes of a dataset that the page reads


@dataclass(frozen=True)
class Results:
    """Of one run.

    Attributes
    ----------
    datasets : dict of str to Dataset
        By the names of their files.
    summary : dict
        Verdict, numbers, certificate; of a verdict its whole mapping.
    files : tuple of Path
        All that it wrote.
    missing : str
        Why something cannot be shown; empty without a reason.
    """

    datasets: dict[str, xr.Dataset]
    summary: dict[str, Any]
    files: tuple[Path, ...]
    missing: str = ""


def results(job: Job) -> Results:
    """What a job has written in its folder."""
    from caloriq import store

    folder = job.results
    files = tuple(sorted(one for one in folder.iterdir() if one.is_file())) if folder.is_dir() else ()
    datasets: dict[str, xr.Dataset] = {}
    missing = []
    for file in files:
        if not file.name.endswith(STORED):
            continue
        if file.stat().st_size > LARGEST:
            missing.append(f"{file.name} is too large for the page")
            continue
        try:
            datasets[file.name.removesuffix(STORED)] = store.load(file)
        except (CaloriqError, OSError, ValueError) as error:
            missing.append(f"{file.name} cannot be read: {error}")
    return Results(datasets, summary(job), files, "; ".join(missing))


def summary(job: Job) -> dict[str, Any]:
    """Verdict, numbers and the rest as the command wrote them; empty where it wrote none."""
    for name in (f"{job.stem}.json", f"{job.stem}-verdict.json", f"{job.stem}-table.json"):
        try:
            found = json.loads((job.results / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(found, dict):
            return found
    return {}


def sentence(summary: dict[str, Any]) -> tuple[str, str]:
    """Grade and sentence of a summary, as far as it has them."""
    said = summary.get("sentence") or summary.get("verdict") or ""
    if isinstance(said, dict):
        said = said.get("sentence", "")
    return str(summary.get("grade", "")), str(said)
