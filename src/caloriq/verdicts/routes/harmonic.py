"""Heat currents of harmonic chains over lengths that the route chooses."""

from __future__ import annotations

import math
from dataclasses import replace

from caloriq.errors import CaloriqError, NotEnoughData
from caloriq.models.harmonic import HarmonicChain
from caloriq.results import Certificate, Check, Progress
from caloriq.verdicts.harmonic import HarmonicScaling, check_driven, harmonic_scaling
from caloriq.verdicts.routes.case import ENERGY, Case
from caloriq.verdicts.routes.evidence import Curve, Evidence
from caloriq.verdicts.routes.stage import Route, Stage
from caloriq.verdicts.routes.structure import none

NAME, FAMILY = "harmonic", "steady states"
LADDER = (8, 16, 32, 64, 128, 256)
LEAST = 4
SLOW = 1e-7  # seconds per site cubed; measured, good to a factor of 3


def _first(case: Case) -> Stage | Evidence | None:
    model = case.model
    if not isinstance(model, HarmonicChain):
        return None
    try:
        for N in LADDER[:LEAST]:
            check_driven(model.resized(N))
    except CaloriqError as error:
        return none(case, str(error), route=NAME, family=FAMILY)
    return _stage(LEAST)


def _stage(count: int) -> Stage:
    sizes = LADDER[:count]
    seconds = 0.5 + sum(SLOW * N**3 + 0.05 for N in sizes)
    return Stage(
        NAME,
        f"heat through {', '.join(map(str, sizes))} sites",
        {"sizes": list(sizes)},
        seconds,
        200.0 * sizes[-1] ** 2,
    )


def _ask(case: Case, stage: Stage, progress: Progress | None) -> Evidence:
    try:
        found = harmonic_scaling(case.model, stage.fields["sizes"], progress=progress)
    except NotEnoughData as error:
        return Evidence(NAME, FAMILY, ENERGY, None, "none", f"{error}.")
    if found.proof is not None:
        return _proved(case, found)
    judged = replace(found, proof=None).judgement
    decides = judged.grade == "measured"
    return Evidence(
        route=NAME,
        family=FAMILY,
        of=ENERGY,
        transport=judged.transport if decides else None,
        weight="rules" if decides else "none",
        sentence=judged.sentence,
        where=_where(found),
        certificate=Certificate((*judged.evidence, *found.certificate)),
        method=found.method.name,
        sources=("casher1971",),
        curves=(_curve(found),),
    )


def _proved(case: Case, found: HarmonicScaling) -> Evidence:
    proof = found.proof
    assert proof is not None
    kappa = float(found.apparent_conductivity[-1])
    far = abs(kappa - float(found.apparent_conductivity[-2]))
    flows = proof.transport == "diffusive"
    premise = Check("premises", 0.0, 0.0, "the form of the model is that of the theorem, exactly")
    return Evidence(
        route=NAME,
        family="proof",
        of=case.of,
        transport=proof.transport,
        weight="proof",
        sentence=f"{proof.reason[0].upper()}{proof.reason[1:]} ({proof.source}).",
        where=_where(found),
        quantity="κ" if flows else "",
        unit="energy",
        estimate=kappa if flows else math.nan,
        low=kappa - far if flows else math.nan,
        high=kappa + far if flows else math.nan,
        errors={"finite size": far} if flows else {},
        certificate=Certificate((premise, *found.certificate)),
        method=found.method.name,
        curves=(_curve(found),),
    )


def _where(found: HarmonicScaling) -> str:
    return f"N = {found.sizes[0]:g}…{found.sizes[-1]:g}"


def _curve(found: HarmonicScaling) -> Curve:
    x = tuple(map(float, found.sizes))
    y = tuple(float(abs(1 / J)) for J in found.currents)
    error = tuple(float(e / J**2) for e, J in zip(found.errors, found.currents, strict=True))
    return Curve("R(N)", "harmonic chain", x, y, error, law=(found.contact_resistance, found.resistivity))


def _next(case: Case, stage: Stage, found: Evidence) -> Stage | None:  # noqa: ARG001 - as a route has it
    done = len(stage.fields["sizes"])
    return None if found.decides or found.refused or done >= len(LADDER) else _stage(done + 1)


ROUTE = Route(NAME, "heat through harmonic chains over lengths", _first, _ask, _next)
