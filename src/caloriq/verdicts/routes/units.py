"""Units with a noise of their own: rates of second order, and whether exact populations follow them."""

from __future__ import annotations

from caloriq.errors import CaloriqError
from caloriq.models.coupled import CoupledUnits, ExchangeChain
from caloriq.reduced.populations.evidence import DISTANCE
from caloriq.reduced.populations.kernel import markov_kernel
from caloriq.results import Certificate, Check, Progress
from caloriq.verdicts.judges import judge_of
from caloriq.verdicts.routes.case import ENERGY, Case
from caloriq.verdicts.routes.evidence import Evidence
from caloriq.verdicts.routes.stage import Route, Stage, last
from caloriq.verdicts.routes.structure import none

KERNEL, POPULATIONS = "kernel", "populations"


def _units(case: Case, route: str) -> Stage | Evidence | None:
    model = case.model
    family = "rates" if route == KERNEL else "populations"
    if not isinstance(model, CoupledUnits | ExchangeChain):
        return None
    if model.bath is None:
        return none(case, "the units have no bath, and their kernel no constant rate", route=route, family=family)
    return Stage(route, f"{route} from one excitation in the first unit", {}, 1.0, 1e7)


def _first_kernel(case: Case) -> Stage | Evidence | None:
    return _units(case, KERNEL)


def _first_populations(case: Case) -> Stage | Evidence | None:
    return _units(case, POPULATIONS)


def _ask_kernel(case: Case, stage: Stage, progress: Progress | None) -> Evidence:  # noqa: ARG001 - as a route has it
    """Whether second order gives one rate for all later times, with weak coupling."""
    try:
        kernel = markov_kernel(case.model)
    except CaloriqError as error:
        return none(case, str(error), route=KERNEL, family="rates")
    judge = judge_of(kernel)
    assert judge is not None
    evidence = judge(kernel).evidence
    rules = tuple(one for one in evidence if one.name != "largest distance")
    holds = all(one.holds for one in rules)
    failed = ", ".join(one.name for one in rules if not one.holds)
    told = (
        "Second order gives one rate for every exchange, local, of the same energy, alike for all levels, and the coupling is weak."
        if holds
        else f"Second order gives no such rates: {failed}."
    )
    return Evidence(
        route=KERNEL,
        family="rates",
        of=ENERGY,
        transport="diffusive" if holds else None,
        weight="rules" if holds else "none",
        sentence=told,
        where="Markov limit of the second order in the coupling",
        certificate=Certificate(rules),
        method=kernel.method.name,
        sources=("wu2008",),
    )


def _ask_populations(case: Case, stage: Stage, progress: Progress | None) -> Evidence:  # noqa: ARG001 - as a route has it
    """Whether exact populations follow these rates."""
    try:
        seen = markov_kernel(case.model).evidence
    except CaloriqError as error:
        return none(case, str(error), route=POPULATIONS, family="populations")
    if seen.distance is None:
        return none(
            case, "the units have too many states for exact populations", route=POPULATIONS, family="populations"
        )
    check = Check("largest distance", seen.distance, DISTANCE, "of populations by constant rates from exact ones")
    follows = check.holds and seen.grade == "follows"
    return Evidence(
        route=POPULATIONS,
        family="populations",
        of=ENERGY,
        transport="diffusive" if follows else None,
        weight="rules" if follows else "none",
        sentence=seen.sentence,
        where=f"all starts compared up to t = {seen.until:.3g}" if seen.until is not None else "",
        certificate=Certificate((check,)),
        method="exact populations",
        sources=("wu2008",),
    )


ROUTES = (
    Route(KERNEL, "rates of second order", _first_kernel, _ask_kernel, last),
    Route(POPULATIONS, "exact populations", _first_populations, _ask_populations, last),
)
