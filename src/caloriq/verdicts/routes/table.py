"""All routes, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from caloriq.results import Progress
from caloriq.verdicts.routes import (
    charges,
    contacts,
    grains,
    harmonic,
    lengths,
    reduced,
    response,
    structure,
    units,
)
from caloriq.verdicts.routes.case import Case
from caloriq.verdicts.routes.evidence import Evidence
from caloriq.verdicts.routes.stage import Route, Stage, last


def _at_once(
    name: str, title: str, look: Callable[[Case], Evidence], price: Callable[[Case], float] = lambda _: 0.1
) -> Route:
    """A route of one quick stage."""

    def first(case: Case) -> Stage | None:
        return Stage(name, title, seconds=price(case)) if case.spatial else None

    def ask(case: Case, stage: Stage, progress: Progress | None) -> Evidence:  # noqa: ARG001 - as a route has it
        return look(case)

    return Route(name, title, first, ask, last)


@cache
def routes() -> dict[str, Route]:
    """Routes by name."""
    found = (
        _at_once(structure.NAME, "exact structure", structure.look),
        _at_once(charges.NAME, "charges and Mazur's bound", charges.look, charges.price),
        *response.ROUTES,
        lengths.ROUTE,
        contacts.ROUTE,
        harmonic.ROUTE,
        *reduced.ROUTES,
        *units.ROUTES,
        grains.ROUTE,
    )
    return {one.name: one for one in found}
