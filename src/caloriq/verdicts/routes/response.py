"""Correlations of the current on rings that grow, and on the chain without ends: two routes that share nothing but the terms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from caloriq.closed.correlation.solve import choose_correlation_method
from caloriq.errors import CaloriqError, InvalidInput
from caloriq.models.lattice.model import Lattice
from caloriq.results import Certificate, Check, Progress
from caloriq.spaces.commutators import letters
from caloriq.transport.kubo.asked import check_asked
from caloriq.transport.kubo.climbing import DAMPINGS, climbed, energy_scale
from caloriq.transport.kubo.costs import state_memory, state_seconds, string_memory, string_seconds
from caloriq.transport.kubo.premises import charges_of
from caloriq.transport.kubo.reading import PRECISE
from caloriq.transport.kubo.result import Kubo
from caloriq.transport.kubo.rings import ring
from caloriq.transport.kubo.rungs import Rungs
from caloriq.transport.kubo.solve import kubo
from caloriq.verdicts.routes.case import ENERGY, Case
from caloriq.verdicts.routes.evidence import Curve, Evidence, Numbers
from caloriq.verdicts.routes.flowing import flowing
from caloriq.verdicts.routes.sized import cell_of
from caloriq.verdicts.routes.stage import Route, Stage
from caloriq.verdicts.routes.structure import none

RINGS, STRINGS = "rings", "strings"
STATES = (10.0, 14.0, 17.0, 20.0, 22.0)  # binary logarithm of the largest ring's states, stage by stage
WORDS = (13.0, 16.5, 18.5, 20.5)  # of the number of strings of the longest
FIRST, LAST = 25.0, 150.0  # time of the first rings, and the latest, over the energy scale
STEP = 0.4  # between times, likewise
BEYOND = 2.0  # how far beyond t*, scaled with the size, the next rings are followed
DIFFUSIVITY = "site² energy"
PAIR = 2  # sizes beside the largest


# -- rings


def _first_rings(case: Case) -> Stage | Evidence | None:
    if not case.spatial:
        return None
    asked = _lattice(case, RINGS, "random states")
    if isinstance(asked, Evidence):
        return asked
    lattice, _, scale = asked
    for level in range(len(STATES)):
        stage = _rings(lattice, level, FIRST / scale, scale)
        if stage is None:
            continue
        try:
            times = _times(stage.fields)
            check_asked(lattice, case.lattice_of, stage.fields["sizes"], times, case.temperature, (), None)
        except InvalidInput as error:
            if level + 1 < len(STATES):
                continue  # too small a ring for its terms
            return none(case, str(error), route=RINGS, family="random states")
        except CaloriqError as error:
            return none(case, str(error), route=RINGS, family="random states")
        return stage
    return none(case, "no ring of its cells is small enough", route=RINGS, family="random states")


def _rings(lattice: Lattice, level: int, stop: float, scale: float) -> Stage | None:
    """Three rings of a level; None where they do not differ or its values do not fit."""
    step = math.lcm(2, cell_of(lattice))
    bits = float(np.log2(np.mean(lattice.levels)))
    most = int(STATES[level] / bits) // step * step
    sizes = [most - k * step for k in range(PAIR, -1, -1) if most - k * step >= max(4, step)]
    if len(sizes) < PAIR:
        return None
    count = int(stop * scale / STEP) + 1
    fields: dict[str, Any] = {"level": level, "sizes": sizes, "stop": stop, "count": count}
    seconds, need = 0.3, 0.0
    for N in sizes:
        try:
            one = ring(lattice, N)
            method, _ = choose_correlation_method(one)
            seconds += state_seconds(one, method, _times(fields))
            need = max(need, state_memory(one, method))
        except CaloriqError:
            return None
    told = ", ".join(map(str, sizes))
    return Stage(RINGS, f"rings of {told} sites up to t = {stop:.3g}", fields, seconds, need)


def _times(fields: Any) -> Any:
    return np.linspace(0.0, fields["stop"], fields["count"])


def _ask_rings(case: Case, stage: Stage, progress: Progress | None) -> Evidence:
    lattice = case.lattice
    assert lattice is not None
    found = kubo(
        lattice,
        of=case.lattice_of,
        sizes=stage.fields["sizes"],
        times=_times(stage.fields),
        temperature=case.temperature,
        progress=progress,
    )
    return _of_rings(case, found)


def _of_rings(case: Case, found: Kubo) -> Evidence:
    one, charges = found.reading, found.charges
    flat = one.rule == "plateau"
    generic = charges.generic
    checks = (
        Check("plateau", float(not flat), 0.0, "D is flat in the second half of the times up to t*"),
        Check(
            "all errors over D", one.error / abs(one.value) if one.value else math.nan, PRECISE, "D is known to a tenth"
        ),
        Check("kept by charges", charges.kept, 1e-9, "no charge of bounded support keeps a part of the current"),
        Check("charges", charges.more, 0.0, "nothing but H and what single cells carry is conserved"),
        Check("other charges, or nearly", float(not generic), 0.0, "no operator of three cells is nearly conserved"),
    )
    decides = flat and generic and not found.mazur > 0
    sizes = ", ".join(map(str, found.sizes))
    curves = []
    for s, N in enumerate(found.sizes.tolist()):
        until = float(found.parting[max(s - 1, 0)]) if len(found.parting) else 0.0
        rows = found.diffusivity[s], found.diffusivity_error[s]
        curves.append(Curve("D(t)", f"ring of {N} sites", *_columns(found.times, *rows), until=until))
    parts = {
        "statistical": one.statistical,
        "finite size": one.finite_size,
        "window": one.window,
        "quadrature": one.quadrature,
        "susceptibility": one.susceptibility,
    }
    known = math.isfinite(one.value) and math.isfinite(one.error)
    return Evidence(
        route=RINGS,
        family="random states",
        of=case.of,
        transport="diffusive" if decides else None,
        weight="rules" if decides else "none",
        sentence=" ".join(found.notes()),
        where=f"rings of {sizes} sites, t ≤ t* = {one.end:.3g}{_temperature(case)}",
        quantity="D" if one.rule != "growth" else "",
        unit=DIFFUSIVITY,
        estimate=one.value,
        low=one.value - one.error if known else math.nan,
        high=one.value + one.error if known else math.nan,
        errors=parts,
        numbers=_numbers(found),
        certificate=Certificate((*checks, *found.certificate)),
        method=found.method.name,
        sources=("kubo1957",),
        curves=tuple(curves),
    )


def _numbers(found: Kubo) -> dict[str, float]:
    """Exponent of D in the window, z = 2/(1 + β), and the conductivity where there is one."""
    beta = found.reading.exponent
    told = {"β of D ~ t^β": beta, "z": 2 / (1 + beta)} if math.isfinite(beta) and beta > -1 else {}
    if math.isfinite(found.conductivity):
        name = "κ" if math.isfinite(found.temperature) else "κT²" if found.of == ENERGY else "σT"
        told |= {name: found.conductivity, f"error of {name}": found.conductivity_error}
    return told


def _next_rings(case: Case, stage: Stage, found: Evidence) -> Stage | None:
    """Larger rings; so long as their t* lets them say more."""
    asked = _lattice(case, RINGS, "random states")
    if isinstance(asked, Evidence):
        return None
    lattice, _, scale = asked
    until = found.curves[-1].until if found.curves else 0.0
    stop = float(stage.fields["stop"])
    for level in range(int(stage.fields["level"]) + 1, len(STATES)):
        larger = _rings(lattice, level, stop, scale)
        if larger is None or larger.fields["sizes"] == stage.fields["sizes"]:
            continue
        grown = larger.fields["sizes"][-1] / stage.fields["sizes"][-1]
        wanted = 2 * stop if until >= stop * (1 - 1e-9) else max(FIRST / scale, BEYOND * until * grown)
        return _rings(lattice, level, min(wanted, LAST / scale), scale)
    return None


# -- strings


def _first_strings(case: Case) -> Stage | Evidence | None:
    if not case.spatial:
        return None
    asked = _lattice(case, STRINGS, "strings")
    if isinstance(asked, Evidence):
        return asked
    if math.isfinite(case.temperature) or case.means:
        why = "strings are known at infinite temperature alone, where every state counts alike"
        return none(case, why, route=STRINGS, family="strings")
    stage = _strings(case, 0)
    told = "three lengths of strings of its current are too many"
    return stage if stage is not None else none(case, told, route=STRINGS, family="strings")


def _strings(case: Case, level: int) -> Stage | None:
    found = flowing(case)
    assert not isinstance(found, str)
    chain, J = found.chain, found.current
    bits = float(np.log2(letters(chain)))
    least = max(chain.covers(J), chain.reach)
    most = next((int(WORDS[k] / bits) for k in range(level, len(WORDS)) if int(WORDS[k] / bits) >= least + 2), 0)
    if most == 0:
        return None
    at = next(k for k in range(level, len(WORDS)) if int(WORDS[k] / bits) == most)
    lengths = [most - 2, most - 1, most]
    seconds = 0.3 + sum(len(DAMPINGS) * string_seconds(chain, one) for one in lengths)
    what = f"strings of up to {most} cells"
    return Stage(STRINGS, what, {"level": at, "lengths": lengths}, seconds, string_memory(chain, most))


def _ask_strings(case: Case, stage: Stage, progress: Progress | None) -> Evidence:
    found = flowing(case)
    assert not isinstance(found, str)
    charges = charges_of(found.chain, case.lattice_of)
    rungs = climbed(found.chain, case.lattice_of, stage.fields["lengths"], None, charges, progress)
    return _of_strings(case, rungs)


def _of_strings(case: Case, found: Rungs) -> Evidence:
    decides = found.found == "converged"
    lengths = ", ".join(map(str, found.lengths))
    half = (found.high - found.low) / 2
    return Evidence(
        route=STRINGS,
        family="strings",
        of=case.of,
        transport="diffusive" if decides else None,
        weight="rules" if decides else "none",
        sentence=found.told(),
        where=f"strings of up to {lengths} cells on the chain without ends, lengths and dampings agree up to t = {found.agree_until:.3g}",
        quantity="D" if found.found != "growing" else "",
        unit=DIFFUSIVITY,
        estimate=found.value,
        low=found.low,
        high=found.high,
        errors={"length, damping and time": half},
        certificate=Certificate(found.checks),
        method=f"{len(found.dampings)} dampings",
        sources=("kubo1957",),
        curves=tuple(
            Curve(
                "D(t)",
                f"strings of {found.lengths[p]} cells",
                *_columns(found.times, found.diffusivity[p, -1], np.ptp(found.diffusivity[p], axis=0) / 2),
                until=found.agree_until,
            )
            for p in range(len(found.lengths))
        ),
    )


def _next_strings(case: Case, stage: Stage, found: Evidence) -> Stage | None:  # noqa: ARG001 - as a route has it
    level = int(stage.fields["level"]) + 1
    longer = _strings(case, level) if level < len(WORDS) else None
    return None if longer is None or longer.fields["lengths"] == stage.fields["lengths"] else longer


# -- both


def _lattice(case: Case, route: str, family: str) -> tuple[Lattice, Any, float] | Evidence:
    """The lattice, its chain without ends, and its energy scale."""
    if case.means:
        why = "correlations are taken of every state alike, where numbers have no mean of their own"
        return none(case, why, route=route, family=family)
    found = flowing(case)
    if isinstance(found, str):
        return none(case, found, route=route, family=family)
    return found.lattice, found.chain, energy_scale(found.chain, found.current)


def _columns(x: Any, y: Any, error: Any) -> tuple[Numbers, Numbers, Numbers]:
    """Rows of a curve; at most some two hundred points."""
    thin = max(1, len(x) // 200)
    rows = (np.nan_to_num(np.asarray(one, dtype=float), nan=0.0) for one in (x, y, error))
    first, second, third = (tuple(one[::thin].tolist()) for one in rows)
    return first, second, third


def _temperature(case: Case) -> str:
    return "" if math.isinf(case.temperature) else f", T = {case.temperature:g}"


ROUTES = (
    Route(RINGS, "random states on rings", _first_rings, _ask_rings, _next_rings),
    Route(STRINGS, "strings on the chain without ends", _first_strings, _ask_strings, _next_strings),
)
