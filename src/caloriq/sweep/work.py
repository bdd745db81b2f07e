"""What a worker does: it gets a sweep and the numbers of points, and gives back packed answers."""

from __future__ import annotations

import pickle
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from caloriq import provenance
from caloriq.errors import InvalidInput
from caloriq.linalg.threads import serial
from caloriq.questions.base import Answer, Failure
from caloriq.results import broken
from caloriq.sweep.definition import Sweep
from caloriq.sweep.plan import Plan
from caloriq.sweep.workers import setup
from caloriq.variables import Variable


class PointRow(NamedTuple):
    """One point as it goes into the ledger."""

    point: int  # its number in the plan
    digest: bytes  # its name in the ledger
    layout: Layout | None  # what the numbers are; None where there is no answer
    data: bytes  # values, then the values of the checks, then their limits: little-endian doubles
    error: str | None  # why there is no answer
    seconds: float  # time that the point took, or its share of a batch


class Layout(NamedTuple):
    """What the numbers of a row are: outputs, names of the checks, the method."""

    outputs: tuple[Variable, ...]
    checks: tuple[str, ...]
    method: str


def answer(sweep: bytes, points: Sequence[int]) -> list[PointRow]:
    """Answers of some points of a sweep; one that cannot be answered says why and does not take the others with it.

    Parameters
    ----------
    sweep : bytes
        Pickled `Sweep`.
    points : sequence of int
        Numbers of the points, in any order.

    Notes
    -----
    One thread: a sweep runs side by side by its points, and the number of threads would change the last bits.
    """
    plan = _plan(sweep)
    rows: list[PointRow] = []
    with serial(blas=True, kernels=True):
        groups: dict[int, list[int]] = {}
        for cell, sample in map(plan.split, points):
            groups.setdefault(cell, []).append(sample)
        for cell, samples in groups.items():
            rows += _answers(plan, cell, samples)
    return rows


def given(sweep: Sweep) -> tuple[bytes, ...]:
    """What every worker gets once: the sweep, and the version that must answer it."""
    return pickle.dumps(sweep), provenance.versions()["caloriq"].encode()


def asked(points: Sequence[int]) -> list[PointRow]:
    """The same, on a worker that was given the sweep when it was started.

    Raises
    ------
    InvalidInput
        If the worker has another version of caloriq, whose numbers may be others.
    """
    sweep, wanted = setup()
    here = provenance.versions()["caloriq"]
    if here.encode() != wanted:
        raise InvalidInput(
            f"`workers` must have caloriq {wanted.decode()} as here, but one has another (got {here}); install the same on all machines"
        )
    return answer(sweep, points)


@lru_cache(maxsize=4)
def _plan(sweep: bytes) -> Plan:
    found: Sweep = pickle.loads(sweep)
    return Plan(found)


def _answers(plan: Plan, number: int, samples: list[int]) -> list[PointRow]:
    clock = time.perf_counter()
    try:
        cell = plan.cell(number)
        found = cell.question.answers(cell.model, [plan.seeds(cell, sample) for sample in samples])
    except Exception as error:  # whatever one cell raises, its points keep it and the sweep goes on
        return [failed(plan, number * plan.samples + sample, f"{type(error).__name__}: {error}") for sample in samples]
    share = (time.perf_counter() - clock) / len(samples)
    first = number * plan.samples
    return [_row(first + sample, cell.digest(sample), one, share) for sample, one in zip(samples, found, strict=True)]


def _row(point: int, digest: bytes, found: Answer | Failure, seconds: float) -> PointRow:
    if isinstance(found, Failure):
        return PointRow(point, digest, None, b"", found.sentence, seconds)
    checks = found.certificate.checks
    wrong = next((check for check in checks if not check.holds), None)
    if wrong is not None:
        return PointRow(point, digest, None, b"", f"NotConverged: {broken(wrong, found.method)}", seconds)
    proof = np.array([[check.value for check in checks], [check.limit for check in checks]], dtype="<f8")
    data = np.ascontiguousarray(found.values, dtype="<f8").tobytes() + proof.tobytes()
    layout = Layout(found.outputs, tuple(check.name for check in checks), found.method)
    return PointRow(point, digest, layout, data, None, seconds)


def failed(plan: Plan, point: int, sentence: str) -> PointRow:
    """PointRow of a point that has no answer."""
    return PointRow(point, plan.digest(point), None, b"", sentence, 0.0)
