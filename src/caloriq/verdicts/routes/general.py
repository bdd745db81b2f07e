"""Steady states of lattices that are no spin chains: currents through short ones, by the whole density matrix."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from caloriq._checks import Real
from caloriq.errors import CaloriqError, Unsupported
from caloriq.models.lattice.coupled import coupled_baths, sites_of
from caloriq.models.lattice.geometry import Ladder
from caloriq.models.lattice.model import Lattice
from caloriq.results import Certificate, Check, Progress, part_of
from caloriq.steady.lattice.result import LatticeState
from caloriq.steady.solve import steady_state
from caloriq.steady.thermal.result import DrivenState
from caloriq.transport.bulk import Carried
from caloriq.transport.inside import own_sites
from caloriq.transport.laws import affine
from caloriq.verdicts.judgement import OverLengths, concluded, consistent
from caloriq.verdicts.routes.case import ENERGY, Case
from caloriq.verdicts.routes.evidence import Curve, Evidence
from caloriq.verdicts.routes.sized import cell_of, opened
from caloriq.verdicts.routes.stage import Stage
from caloriq.verdicts.routes.structure import none

FEWEST, MOST = 4, 5  # lengths
STATES = 750.0  # of the longest
SECONDS = 3e-8  # of an element of the density matrix times its root; measured, good to a factor of ten
KNOWN = 0.01  # relative error up to which a current may enter a verdict


def first(case: Case, route: str, family: str) -> Stage | Evidence:
    """The first four lengths; or why there are none."""
    found = _stage(case, route, FEWEST)
    told = "four lengths of it are too many states for a density matrix"
    return found if found is not None else none(case, told, route=route, family=family)


def _sizes(model: Lattice, count: int) -> list[int]:
    """So many lengths, whole cells, of at least three sites."""
    step = cell_of(model)
    begin = 2 * step if step > 1 or max(model.levels) > 2 else 3
    return [begin + k * step for k in range(count)]


def _stage(case: Case, route: str, count: int) -> Stage | None:
    model = case.between_baths
    assert isinstance(model, Lattice)
    sizes = _sizes(model, count)
    levels = float(np.exp(np.mean(np.log(model.levels))))
    states = levels ** sizes[-1]
    if states > STATES:
        return None
    fields = {"general": True, "sizes": sizes}
    what = f"steady states of {', '.join(map(str, sizes))} sites"
    return Stage(route, what, fields, 1.0 + SECONDS * states**3, 200.0 * states**2)


def ask(case: Case, stage: Stage, progress: Progress | None) -> Evidence:
    """What the currents say."""
    model = case.between_baths
    assert isinstance(model, Lattice)
    sizes = stage.fields["sizes"]
    rows: list[tuple[float, float]] = []
    proofs: list[Any] = []
    for n, N in enumerate(sizes):
        found = steady_state(opened(model, N), progress=part_of(progress, n, len(sizes)))
        if not isinstance(found, LatticeState | DrivenState):
            raise Unsupported(
                f"`model` must have one kind of steady state at every length, but it has not (got {N} sites)"
            )
        rows.append(through(found, case.of))
        proofs.append(found.certificate)
    J, bound = np.array(rows).T
    N = np.array(sizes, dtype=float) / (model.geometry.legs if isinstance(model.geometry, Ladder) else 1)
    return _told(case, stage, N, J, bound, Certificate.worst(proofs))


def through(found: LatticeState | DrivenState, of: str) -> tuple[float, float]:
    """What flows from the first half of a lattice to the second, by what the baths of the first bring; and the bound on it."""
    model = found.model
    if isinstance(found, DrivenState):
        if found.environments or of != ENERGY:
            raise Unsupported("`model` must have coupled baths alone, and energy be asked, but it is not so (got more)")
        left = [max(sites_of(bath, model.size)) < model.size / 2 for bath in coupled_baths(model)]
        return float(found.heat_currents[left].sum()), float(found.bounds["heat_currents"][left].sum())
    left = [max(own_sites(model, one), default=0) < model.size / 2 for one in model.environments]
    return float(found.inflows[of][left].sum()), float(np.asarray(found.bounds[f"{of}_inflows"])[left].sum())


def _told(case: Case, stage: Stage, N: Real, J: Real, bound: Real, proof: Certificate) -> Evidence:
    size, family = np.abs(J), "steady states"
    where = f"N = {N[0]:g}…{N[-1]:g}{', baths put at the ends' if case.added_baths else ''}"
    if np.any(J * np.sign(J[0]) <= 0) or np.any(bound > KNOWN * size):
        values = ", ".join(f"{one:.3g}" for one in J)
        told = f"Currents vanish, change their sign, or are not known to a per cent ({values}): no law of the length is seen."
        return Evidence(stage.route, family, case.of, None, "none", told, where, certificate=proof)
    exact = np.zeros_like(size)
    mean = OverLengths.of(N, size, exact)
    assert mean is not None
    checks = (
        *mean.rules(),
        Check("dephasing on every site", 1.0, 0.0, "something in the bulk is known to scatter"),
        Check("known beyond the lengths", 1.0, 0.0, "longer lattices are more of the same"),
    )
    kind = consistent(mean, None, straight=False, single=True)
    judged = concluded(mean, Certificate(checks), None, kind, cast(Carried, case.of), "")
    r, R, _, _, _ = affine(N, 1 / size, exact)
    x, y = tuple(N.tolist()), tuple((1 / size).tolist())
    curve = Curve("R(N)", "current", x, y, tuple((bound / size**2).tolist()), law=(R + r, r))
    return Evidence(
        route=stage.route,
        family=family,
        of=case.of,
        transport=None,
        weight="none",
        sentence=judged.sentence.strip(),
        where=where,
        numbers={"α, local, at the largest lengths": mean.tail, "contacts R_c": R + r, "r a bond": r},
        certificate=Certificate((*checks, *proof)),
        method="whole density matrix",
        curves=(curve,),
    )


def following(case: Case, stage: Stage, found: Evidence) -> Stage | None:
    """One length more."""
    count = len(stage.fields["sizes"]) + 1
    if found.refused or count > MOST:
        return None
    try:
        return _stage(case, stage.route, count)
    except CaloriqError:
        return None
