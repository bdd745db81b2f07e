"""Blocks of a spin chain that exchange by rates, as far as their criteria tell."""

from __future__ import annotations

import math
from typing import Literal

from caloriq.errors import CaloriqError
from caloriq.models.quantum import QuantumChain
from caloriq.reduced.grains.coarse import coarse_grain
from caloriq.results import Certificate, Progress
from caloriq.verdicts.evolved import as_check
from caloriq.verdicts.routes.case import ENERGY, Case
from caloriq.verdicts.routes.evidence import Evidence, Next
from caloriq.verdicts.routes.stage import Route, Stage, last
from caloriq.verdicts.routes.structure import none

NAME = "grains"
BLOCKS = (2, 3, 4, 6)  # sites of a grain


def _first(case: Case) -> Stage | Evidence | None:
    model = case.model
    if not isinstance(model, QuantumChain):
        return None
    lengths = [one for one in BLOCKS if model.sites % one == 0 and model.sites // one >= 2]
    if not lengths:
        return none(case, f"{model.sites} sites are no blocks of 2 to {BLOCKS[-1]}", route=NAME, family="criteria")
    fields = {"lengths": lengths}
    return Stage(NAME, f"blocks of {', '.join(map(str, lengths))} sites", fields, 0.1 * len(lengths) + 0.5, 1e8)


def _ask(case: Case, stage: Stage, progress: Progress | None) -> Evidence:
    carries: Literal["energy", "spin"] = "energy" if case.of == ENERGY else "spin"
    found = []
    for length in stage.fields["lengths"]:
        try:
            found.append(coarse_grain(case.model, length, carries=carries, progress=progress))
        except CaloriqError as error:
            if not found:
                return none(case, str(error), route=NAME, family="criteria")
    yes = [one for one in found if one.holds]
    checks = {f"ℓ = {g.block}, ": Certificate(tuple(as_check(c) for c in g.criteria)) for g in found}
    one = yes[-1] if yes else None
    numbers = ", ".join(f"D = {g.diffusivity:.4g} at ℓ = {g.block}" for g in yes)
    failing = "; ".join(
        f"ℓ = {g.block} fails {', '.join(c.name for c in g.criteria if not c.holds)}" for g in found if not g.holds
    )
    told = "; ".join(part for part in (f"Blocks exchange by rates, {numbers}" if yes else "", failing) if part)
    return Evidence(
        route=NAME,
        family="criteria",
        of=case.of,
        transport="diffusive" if one is not None else None,
        weight="rules" if one is not None else "none",
        sentence=f"{told}.",
        where=f"blocks of {', '.join(str(g.block) for g in found)} sites",
        quantity="D" if one is not None else "",
        unit="site² energy",
        estimate=one.diffusivity if one is not None and one.diffusivity is not None else math.nan,
        certificate=Certificate.together(checks),
        method=found[-1].method.name,
        sources=("michel2005",),
        next=None if one is not None else Next("longer blocks"),
    )


ROUTE = Route(NAME, "blocks that exchange by rates", _first, _ask, last)
