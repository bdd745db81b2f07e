"""What the recipes of all papers share: counting what ran, telling how far, answers of a sweep."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from caloriq._checks import Real
from caloriq.closed.evolve import Evolution, evolve
from caloriq.closed.observables import OBSERVABLES, Observable
from caloriq.closed.states import Haar, Mixed
from caloriq.models.modular import ModularChain
from caloriq.reduced.average.ham import ham
from caloriq.reduced.average.theory import Theory
from caloriq.results import Progress, Solution
from caloriq.sweep.definition import Sweep
from caloriq.sweep.plan import Plan
from caloriq.sweep.run import answered, run_sweep

if TYPE_CHECKING:
    import xarray as xr

SPANS = 5.0  # the papers average over 5/γ
COUNT = 201

Item = TypeVar("Item")


@dataclass(slots=True)
class Trail:
    """What was run for a dataset: every model, and how close any certificate came to its limit."""

    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: int = 0
    worst: float = 0.0

    def add(self, exact: Solution) -> None:
        """Count one run."""
        self.models[exact.model.digest] = exact.model.to_mapping()
        self.runs += 1
        self.worst = max([self.worst, *(check.value / check.limit for check in exact.certificate)])

    def follow(self, plan: Plan, data: xr.Dataset) -> None:
        """Count the points of a sweep."""
        self.models |= {model.digest: model.to_mapping() for model in models_of(plan)}
        self.runs += data.attrs["done"]
        self.worst = max(self.worst, float(data.worst_certificate.max()))

    def attributes(self) -> dict[str, Any]:
        """For a dataset: the models as JSON by digest, the number of runs, the worst share of a certificate's limit."""
        return {"models": json.dumps(self.models), "runs": self.runs, "worst_certificate": self.worst}


def dataset(
    variables: Mapping[str, Any], coords: Mapping[str, Any] | None = None, attrs: Mapping[str, Any] | None = None
) -> xr.Dataset:
    """Stored data of a figure; xarray is loaded when the first is made."""
    import xarray as xr

    return xr.Dataset(variables, coords, attrs)


def span_times(theory: Theory, *, spans: float = SPANS, count: int = COUNT) -> Real:
    """Times from 0 to `spans`/γ, evenly spaced."""
    return np.linspace(0.0, spans / theory.rate, count)


def relax(
    model: ModularChain,
    initial: Haar | Mixed,
    *,
    count: int = COUNT,
    populations_only: bool = True,
    trail: Trail | None = None,
    progress: Progress | None = None,
) -> tuple[Evolution, Theory]:
    """Exact dynamics over 5/γ, and the theory beside it; counted in the trail."""
    theory = ham(model)
    wanted: tuple[Observable, ...] = ("populations",) if populations_only else OBSERVABLES
    exact = evolve(model, span_times(theory, count=count), initial=initial, observables=wanted, progress=progress)
    if trail is not None:
        trail.add(exact)
    return exact, theory


def counted(
    items: Sequence[Item], progress: Progress | None, weight: Callable[[Item], float] = lambda _: 1.0
) -> Iterator[Item]:
    """The items, with progress reported after each by its share of the total weight."""
    total, done = sum(map(weight, items)), 0.0
    for item in items:
        yield item
        done += weight(item)
        if progress is not None:
            progress(done, total)


def models_of(plan: Plan) -> list[Any]:
    """The model of every cell; an ensemble draws what is random in it anew for every sample."""
    return [plan.cell(number).model for number in range(plan.cells)]


def swept(
    sweep: Sweep,
    progress: Progress | None = None,
    weight: Callable[[Any], float] = lambda _: 1.0,
    *,
    whole: bool = True,
) -> tuple[xr.Dataset, Trail]:
    """Answers of a sweep in this process, with progress by each model's share of the total weight.

    Raises
    ------
    Incomplete
        If a point failed, unless it need not be whole: then NaN stands there.
    """
    plan, trail = Plan(sweep), Trail()
    passed = [0.0, *accumulate(weight(model) for model in models_of(plan))]

    def told(done: float, total: float) -> None:
        if progress is not None:
            progress(passed[int(done * plan.cells / total)], passed[-1])

    data = (run_sweep if whole else answered)(sweep, progress=told)
    trail.follow(plan, data)
    return data, trail
