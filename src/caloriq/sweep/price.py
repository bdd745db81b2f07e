"""Price: what a sweep is expected to cost, before it runs and while it does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caloriq.sweep.engine import PIECE, Ledgers
from caloriq.sweep.ledger import DONE
from caloriq.sweep.plan import Plan
from caloriq.sweep.run import Place, ledgers_of
from caloriq.sweep.survey import Form, survey

PRICED = 1000  # cells whose cost is looked at; beyond, as many spread over all
ENOUGH = 100  # answered samples of a cell that are looked at


@dataclass(frozen=True)
class Price:
    """What a sweep is expected to cost."""

    # points and batches: points in all, with every ensemble at its largest, and the pieces that workers get
    points: int
    batches: int
    answered: int  # answered and failed: points that have an answer or an error already
    failed: int
    left: int  # points that are still to be asked; of ensembles with a bound, up to their next checkpoints
    seconds: float  # time of one core for these
    # whether that is scaled by the times of answered points; otherwise it rests on the number of operations, good to
    # a factor of a few
    measured: bool
    memory: float  # bytes that the largest point takes


def price(plan: Plan, place: Place | None = None) -> Price:
    """Count points and estimate what the rest of them costs, without asking any.

    Every cell weighs what its question expects of its model; the whole is scaled by the times that this plan's own
    answered points took.
    """
    numbers = range(0, plan.cells, max(1, -(-plan.cells // PRICED)))
    weights = np.empty(len(numbers))
    memory = 0.0
    for k, number in enumerate(numbers):
        cell = plan.cell(number)
        weights[k] = cell.question.seconds(cell.model)
        memory = max(memory, cell.question.memory(cell.model))
    most = plan.samples if plan.until is None else min(plan.until.least, plan.samples)
    left = np.full(len(numbers), most)
    form, scale = None, None
    if place is not None and place.ledgers():
        with ledgers_of(place, write=False) as ledgers:
            form = survey(plan, ledgers)
            left, scale = _left(plan, ledgers, form, numbers, weights)
    count = left.sum() * plan.cells / len(numbers)
    if form is not None:
        count = form.counts[0] if form.stops is None else form.stops.missing.sum()
    some = left if left.sum() else np.ones_like(left)  # what is left may be in cells that were not looked at
    mean = float((weights * some).sum() / some.sum())
    answered, failed = (0, 0) if form is None else form.counts[1:]
    return Price(
        points=plan.points,
        batches=sum(1 for _ in plan.batches()),
        answered=answered,
        failed=failed,
        left=round(count),
        seconds=float((1.0 if scale is None else scale) * mean * count),
        measured=scale is not None,
        memory=memory,
    )


def _left(
    plan: Plan, ledgers: Ledgers, form: Form, numbers: range, weights: np.ndarray
) -> tuple[np.ndarray, float | None]:
    """Points of the cells without a row, and measured over expected seconds of those with an answer; None without any."""
    left = np.zeros(len(numbers), dtype=int)
    expected = measured = 0.0
    for k, number in enumerate(numbers):
        most = plan.samples if form.stops is None else int(form.stops.samples[number] + form.stops.missing[number])
        here = range(number * plan.samples, number * plan.samples + most)
        done: list[bytes] = []
        for start in range(0, most, PIECE):
            digests = [plan.digest(point) for point in here[start : start + PIECE]]
            found = ledgers.rows(digests, numbers=False)
            left[k] += len(digests) - len(found)
            done += [one for one in digests if one in found and found[one].status == DONE][: ENOUGH - len(done)]
        if form.stops is not None:
            left[k] = form.stops.missing[number]
        known = [row.seconds for row in ledgers.rows(done).values()]
        expected += float(weights[k]) * len(known)
        measured += sum(known)
    return left, measured / expected if expected and measured else None
