"""Steady states between baths over lengths that the route chooses: as long as it takes for the bulk to outweigh the contacts."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from caloriq.errors import CaloriqError, NotConverged, NotEnoughData
from caloriq.models.disorder import DisorderedChain
from caloriq.results import Certificate, Progress
from caloriq.steady.methods import TensorNetwork
from caloriq.steady.solve import planned
from caloriq.steady.table import implementation
from caloriq.transport.lengths import resized
from caloriq.verdicts.judgement import SHARE
from caloriq.verdicts.routes import general
from caloriq.verdicts.routes.case import Case, Driven, Lengthened
from caloriq.verdicts.routes.evidence import Curve, Evidence, Next
from caloriq.verdicts.routes.sized import cell_of
from caloriq.verdicts.routes.stage import Route, Stage
from caloriq.verdicts.routes.structure import none
from caloriq.verdicts.scaling import Scaling, scaling

NAME, FAMILY = "lengths", "steady states"
SHORT = (3, 4, 5, 6, 7, 8, 9, 10)  # of chains whose whole density matrix is solved
LEAST = 4  # lengths
LONG = (12, 16, 24, 32, 48, 64)  # of those that tensor networks take beyond
DOUBLED = (8, 16, 32, 64, 128, 256, 512, 1024)  # of chains whose two-point functions close
ROOM = 1.3  # beyond the length at which the bulk is ten times the contacts


def _first(case: Case) -> Stage | Evidence | None:
    if not case.spatial:
        return None
    chain = case.driven
    if isinstance(chain, str):
        if isinstance(case.between_baths, str):
            return none(case, chain, route=NAME, family=FAMILY)
        return general.first(case, NAME, FAMILY)
    try:
        stage = _stage(case, chain, _ladder(chain)[:LEAST])
    except CaloriqError as error:
        return none(case, str(error), route=NAME, family=FAMILY)
    return stage


def at(chain: Driven | Lengthened, sites: int) -> Driven:
    """The chain of another length."""
    return chain(sites) if isinstance(chain, Lengthened) else resized(chain, sites)


def _ladder(chain: Driven | Lengthened) -> tuple[int, ...]:
    """Lengths that are looked at, in their order."""
    step = cell_of(chain.lattice) if isinstance(chain, Lengthened) else 1
    try:
        far = planned(at(chain, DOUBLED[2])).method
    except CaloriqError:
        return tuple(one for one in SHORT if one % step == 0)
    if isinstance(far, TensorNetwork):
        return tuple(one for one in (*SHORT, *LONG) if one % step == 0)
    return DOUBLED


def _stage(case: Case, chain: Driven | Lengthened, sizes: Any) -> Stage:
    seconds, memory = 0.1, 0.0
    for N in sizes:
        one = at(chain, N)
        made = planned(one)
        samples = one.samples if isinstance(one, DisorderedChain) else 1
        alone = one.sample(0) if isinstance(one, DisorderedChain) else one
        chosen: Any = made.method if made.method is not None else planned(alone).method
        seconds += samples * float(implementation(chosen).seconds(alone, chosen))
        memory = max(memory, made.memory)
    what = f"steady states of {', '.join(map(str, sizes))} sites"
    return Stage(NAME, what, {"sizes": list(sizes), "of": case.driven_of}, seconds, memory)


def _ask(case: Case, stage: Stage, progress: Progress | None) -> Evidence:
    if stage.fields.get("general"):
        return general.ask(case, stage, progress)
    chain = case.driven
    assert not isinstance(chain, str)
    sizes = stage.fields["sizes"]
    try:
        found = scaling(chain, sizes, of=case.driven_of, progress=progress)
    except NotEnoughData as error:
        return Evidence(NAME, FAMILY, case.of, None, "none", f"{error}.")
    except NotConverged:
        if len(sizes) <= LEAST:
            raise
        # the longest could not be had: what the others say stands, and nothing longer is tried (`_next`)
        found = scaling(chain, sizes[:-1], of=case.driven_of, progress=progress)
    return of_scaling(case, found)


def of_scaling(case: Case, found: Scaling, *, route: str = NAME, family: str = FAMILY) -> Evidence:
    """What currents over lengths say, whatever is proved of the model."""
    judged = replace(found, proof=None).judgement
    decides = judged.grade == "measured"
    sizes = f"N = {found.sizes[0]:g}…{found.sizes[-1]:g}"
    added = ", baths put at the ends" if case.added_baths else ""
    estimate, low, high = _diffusivity(found)
    return Evidence(
        route=route,
        family=family,
        of=case.of,
        transport=judged.transport if decides else None,
        weight="rules" if decides else "none",
        sentence=judged.sentence,
        where=f"{sizes}{added}",
        quantity="D" if math.isfinite(estimate) else "",
        unit="site² energy",
        estimate=estimate,
        low=low,
        high=high,
        errors={"fit and finite size": (high - low) / 2} if math.isfinite(low) else {},
        numbers={
            "α, local, at the largest lengths": found.tail,
            "contacts R_c": found.contact_resistance,
            "r a bond": found.resistivity,
        },
        certificate=Certificate((*judged.evidence, *found.certificate)),
        method=found.method.name,
        sources=("manzano2012",),
        curves=(_curve(found, "mean current" if isinstance(found.model, DisorderedChain) else "current"),),
    )


def _curve(found: Scaling, label: str) -> Curve:
    x = tuple(map(float, found.sizes))
    y = tuple(float(abs(1 / J)) for J in found.currents)
    error = tuple(float(e / J**2) for e, J in zip(found.errors, found.currents, strict=True))
    return Curve("R(N)", label, x, y, error, law=(found.contact_resistance, found.resistivity))


def _diffusivity(found: Scaling) -> tuple[float, float, float]:
    """D of the affine law with the interval that holds 95 %, finite-size terms included; NaN where the lengths do not suit it."""
    compare = found.mean.comparison
    try:
        fitted = float(found.diffusivity) * found.resistivity  # drive and unit
    except CaloriqError:
        return math.nan, math.nan, math.nan
    if compare is None or compare.resistivity.two[0] <= 0:
        return fitted / found.resistivity, math.nan, math.nan
    low, high = compare.resistivity.two
    return fitted / compare.resistivity.value, fitted / high, fitted / low


def _next(case: Case, stage: Stage, found: Evidence) -> Stage | None:
    """Longer chains, until the bulk is ten times the contacts and the rules have four lengths beyond that."""
    chain = case.driven
    if stage.fields.get("general"):
        return general.following(case, stage, found)
    if isinstance(chain, str) or found.refused or found.decides:
        return None
    ladder, done = _ladder(chain), len(stage.fields["sizes"])
    if any(len(one.x) < done for one in found.curves):
        return None
    longer = [one for one in ladder if one > stage.fields["sizes"][-1]]
    if not longer:
        return None
    try:
        return _stage(case, chain, ladder[: done + 1])
    except CaloriqError:
        return None


def wanted(found: Evidence) -> Next | None:
    """The length at which the bulk would be ten times the contacts, by the affine law."""
    law = next((one.law for one in found.curves if one.law is not None), None)
    if law is None or law[1] <= 0 or law[0] <= 0:
        return None
    return Next(f"N = {math.ceil(ROOM * law[0] / (SHARE * law[1])) + 1} sites between baths")


ROUTE = Route(NAME, "steady states over lengths", _first, _ask, _next)
