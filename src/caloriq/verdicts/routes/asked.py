"""What is asked of routes, looked at before the work: their names, and a budget in which something can be looked at."""

from __future__ import annotations

import math
from collections.abc import Collection

from caloriq import _checks, wording
from caloriq.errors import InvalidInput
from caloriq.verdicts.routes.case import Case
from caloriq.verdicts.routes.stage import Route, Stage
from caloriq.verdicts.routes.table import routes


def asked(only: Collection[str] | None) -> tuple[Route, ...]:
    """Routes by their names, in their order.

    Raises
    ------
    InvalidInput
        For a name that is none.
    """
    known = routes()
    if only is not None and not only:
        raise InvalidInput(f"`routes` must name a route, or be left out, but it is empty (got {list(only)})")
    for name in only or ():
        if name not in known:
            remedy = wording.remedy(name, known, f"known are {', '.join(known)}")
            raise InvalidInput(f"`routes` must name routes, but they do not (got {_checks.shown(name)}); {remedy}")
    return tuple(one for name, one in known.items() if only is None or name in only)


def check_budget(case: Case, seconds: float, memory: float, only: Collection[str] | None = None) -> None:
    """Refuse a budget that no route fits in; says the least.

    Raises
    ------
    InvalidInput
        With the time or memory that the cheapest route takes.
    """
    stages = [stage for route in asked(only) if isinstance(stage := route.first(case), Stage)]
    if not stages:
        return
    least = min(stage.seconds for stage in stages)
    if seconds < least:
        raise InvalidInput(
            f"`budget` must give some route its time, at least {math.ceil(least * 10) / 600:.2g} minutes, but it does not (got {seconds / 60:g})"
        )
    need = min(stage.memory for stage in stages)
    if memory < need:
        raise InvalidInput(
            f"`memory` must give some route its room, at least {math.ceil(need / 1e6)} MB, but it does not (got {memory / 1e6:.3g} MB)"
        )
