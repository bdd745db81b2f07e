"""Survey: what a ledger holds of a plan, without reading its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.sweep.engine import Ledgers, look_at, stopping_of
from caloriq.sweep.plan import Plan
from caloriq.variables import Variable

ASKED = 4096  # digests looked up at once
MISSING = 0


class Stops(NamedTuple):
    """Ensembles that stop at a bound, an entry for every cell."""

    samples: NDArray[Any]  # samples that count, shape (cells,)
    mean: Real  # mean and error: estimate of the quantity and its standard error, shape (cells,)
    error: Real
    reached: NDArray[Any]  # whether the bound is met, shape (cells,)
    missing: NDArray[Any]  # samples that the next checkpoint still needs, shape (cells,)
    failed: NDArray[Any]  # samples without an answer, left out, shape (cells,)


@dataclass(frozen=True)
class Form:
    """What a dataset will hold: outputs at their largest, names of checks and methods, samples of every cell."""

    outputs: tuple[Variable, ...]
    checks: tuple[str, ...]
    methods: tuple[str, ...]
    stops: Stops | None
    counts: tuple[int, int, int]  # missing, done, failed

    @property
    def inner(self) -> dict[str, int]:
        """Lengths of the dimensions beyond those of the sweep."""
        found: dict[str, int] = {}
        for one in self.outputs:
            for name, length in zip(one.dims, one.shape, strict=True):
                found[name] = max(length, found.get(name, 0))
        return found


def survey(plan: Plan, ledgers: Ledgers) -> Form:
    """Look at all points once, without their numbers."""
    outputs: dict[str, Variable] = {}
    checks: set[str] = set()
    methods: set[str] = set()
    seen: set[int] = set()
    stops = None if plan.until is None else stops_of(plan, ledgers)
    counts = [0 if stops is None else int(stops.missing.sum()), 0, 0]
    for points in _runs(plan, stops):
        digests = [plan.digest(point) for point in points]
        rows = ledgers.rows(digests, numbers=False)
        counts[MISSING] += len(digests) - len(rows)
        for row in rows.values():
            counts[row.status] += 1
            layout = row.layout
            if layout is None or id(layout) in seen:
                continue
            seen.add(id(layout))
            checks.update(layout.checks)
            methods.add(layout.method)
            for one in layout.outputs:
                before = outputs.get(one.name, one)
                if before.dims != one.dims:
                    raise InvalidInput(
                        f"`{one.name}` must have the same dimensions at every point, but it has not (got {before.dims} and {one.dims})"
                    )
                shape = tuple(max(a, b) for a, b in zip(before.shape, one.shape, strict=True))
                carries = one.carries or before.carries  # rows of an older ledger do not say it
                outputs[one.name] = replace(one, shape=shape, carries=carries)
    return Form(tuple(outputs.values()), tuple(sorted(checks)), tuple(sorted(methods)), stops, tuple(counts))  # type: ignore[arg-type]


def stops_of(plan: Plan, ledgers: Ledgers) -> Stops:
    """Where the ensemble of every cell stopped; at its last complete checkpoint where it has not."""
    found = []
    for cell in range(plan.cells):
        stopping = stopping_of(plan)
        while not stopping.finished:
            if not look_at(stopping, plan, ledgers, cell):
                break
        one = stopping.estimate
        missing = 0 if stopping.finished else stopping.target - stopping.seen
        found.append((one.samples, one.mean, one.error, one.reached, missing, one.failed))
    columns = zip(*found, strict=True)
    return Stops(
        *(np.array(one, dtype=kind) for one, kind in zip(columns, ("i8", "f8", "f8", "i8", "i8", "i8"), strict=True))
    )


def _runs(plan: Plan, stops: Stops | None) -> Iterator[range]:
    """The points that count, in pieces."""
    if stops is None:
        for start in range(0, plan.points, ASKED):
            yield range(start, min(plan.points, start + ASKED))
        return
    for cell, most in enumerate(stops.samples.tolist()):
        first = cell * plan.samples
        for start in range(first, first + most, ASKED):
            yield range(start, min(first + most, start + ASKED))
