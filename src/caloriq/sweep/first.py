"""The model of a sweep's first point, for what is asked of one model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from caloriq.models.disorder import DisorderedChain
from caloriq.sweep.definition import read_sweep
from caloriq.sweep.plan import Plan

SAMPLES = 200  # of an ensemble, at most


def first_point(path: str | Path, *, edits: Sequence[str] = ()) -> tuple[Any, str]:
    """Model of the first point of a sweep file, and in words where in the sweep that is.

    Parameters
    ----------
    path : path
        A file for `sweep run`. Of an ensemble of disordered chains up to 200 samples are taken.
    edits : sequence of str
        Values that take the place of the file's; see `read_sweep`.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or is not valid.
    """
    sweep = read_sweep(path, edits=edits)
    plan = Plan(sweep)
    model = plan.cell(0).model
    if isinstance(model, DisorderedChain):
        seed = 0 if sweep.ensemble is None else sweep.ensemble.seed
        model = model.model_copy(update={"samples": min(plan.samples, SAMPLES), "seed": seed})
    told = ", ".join(f"{name} = {value}" for name, value in plan.values(0).items())
    return model, f"first point of the sweep: {told}"
