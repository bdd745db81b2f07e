"""Rates from exact dynamics: modular chains by the Hilbert space average method, units with noise by their population kernel."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from caloriq.closed.evolve import choose_method
from caloriq.dynamics import evolve
from caloriq.errors import CaloriqError, NotEnoughData
from caloriq.models.banded import BandedChain, BandedPair
from caloriq.models.coupled import CoupledUnits, ExchangeChain
from caloriq.models.driven_modular import DrivenModularChain
from caloriq.models.modular import ModularChain
from caloriq.models.network import ModularNetwork
from caloriq.models.quantum import QuantumChain
from caloriq.models.unequal import UnequalNetwork
from caloriq.reduced.average.ham import ham
from caloriq.reduced.average.theory import Theory
from caloriq.reduced.grains.coarse import coarse_grain
from caloriq.reduced.populations.evidence import DISTANCE
from caloriq.reduced.populations.kernel import markov_kernel
from caloriq.results import Certificate, Check, Progress
from caloriq.verdicts.bands_by_rates import followed as by_bands
from caloriq.verdicts.evolved import SPANS, as_check, followed
from caloriq.verdicts.judges import judge_of
from caloriq.verdicts.routes.case import ENERGY, Case
from caloriq.verdicts.routes.evidence import Curve, Evidence, Next
from caloriq.verdicts.routes.stage import Route, Stage, last
from caloriq.verdicts.routes.structure import none

THEORY, DYNAMICS = "ham", "dynamics"
KERNEL, POPULATIONS = "kernel", "populations"
GRAINS = "grains"
TIMES = 201
MARGIN = 1.0001  # beyond the last time that is needed
RATE = 3e8  # elements of a product per second; measured, good to a factor of a few
BLOCKS = (2, 3, 4, 6)  # sites of a grain
MODULAR = (ModularChain, ModularNetwork, UnequalNetwork)
BANDED = (BandedChain, BandedPair)
RELAXATIONS = 5.0  # of the fastest rate, over which bands are followed


# -- modular chains and networks


def _closed(case: Case) -> Any:
    """The closed model that is evolved: a driven one without its baths; None for other kinds."""
    model = case.model.chain if isinstance(case.model, DrivenModularChain) else case.model
    return model if isinstance(model, MODULAR + BANDED) else None


def _first_theory(case: Case) -> Stage | None:
    return None if _closed(case) is None else Stage(THEORY, "the criteria and the rate equation")


def _ask_theory(case: Case, stage: Stage, progress: Progress | None) -> Evidence:  # noqa: ARG001 - as a route has it
    theory = ham(_closed(case))
    checks = (*map(as_check, theory.criteria), *_alike(theory.model))
    holds = all(one.holds for one in checks)
    failed = ", ".join(one.name for one in checks if not one.holds)
    told = "All criteria of the rate equation are met" if holds else f"Criteria fail: {failed}"
    return Evidence(
        route=THEORY,
        family="criteria",
        of=ENERGY,
        transport="diffusive" if holds else None,
        weight="rules" if holds else "none",
        sentence=f"{told}; {_rate(theory)}.",
        where=f"second order in the coupling, narrow bands{_short(theory)}",
        quantity="γ",
        unit="energy",
        estimate=theory.fastest_rate if isinstance(theory.model, BANDED) else theory.rate,
        certificate=Certificate(checks),
        method=theory.method.name,
        sources=("michel2005",),
    )


def _alike(model: Any) -> tuple[Check, ...]:
    """That bonds have matrices of their own: of alike ones a long chain is a crystal, and Bloch waves run through it."""
    if not isinstance(model, ModularChain) or model.matrices is None or model.bond_count < 2:
        return ()
    same = any(np.array_equal(one, two) for one, two in pairwise(model.matrices))
    return (Check("bonds alike", float(same), 0.0, "neighbouring bonds have different matrices"),)


def _short(theory: Theory) -> str:
    """Below which length: static random couplings localise one excitation beyond γ τ_H = π² c1² subunits, about."""
    if not isinstance(theory.model, ModularChain):
        return ""
    return f", {theory.model.subunits} subunits of the {theory.rate * theory.heisenberg_time:.3g} beyond which static couplings localise"


def _first_dynamics(case: Case) -> Stage | Evidence | None:
    model = _closed(case)
    if model is None:
        return None
    theory = ham(model)
    D = float(model.dimension)
    if isinstance(model, BANDED):
        fields = {"stop": RELAXATIONS / theory.fastest_rate, "count": TIMES}
        return Stage(
            DYNAMICS, f"exact dynamics up to t = {fields['stop']:.3g}", fields, 0.3 + 1e-9 * D**2, 100.0 * D**2
        )
    try:
        method, _ = choose_method(model)
    except CaloriqError as error:
        return none(case, str(error), route=DYNAMICS, family="dynamics")
    slow = theory.rate / min((rate for rate in theory.edge_rates.tolist() if rate > 0), default=theory.rate)
    fields = {"stop": SPANS * slow / theory.rate * MARGIN, "count": TIMES}
    dense = method.kind == "exact"
    products = fields["stop"] * float(model.span) / 2
    seconds = 0.2 + (6e-10 * D**3 if dense else 1e-7 * D * TIMES + products * (2.0 * model.elements + D) / RATE)
    what = f"exact dynamics up to t = {fields['stop']:.3g}"
    return Stage(DYNAMICS, what, fields, seconds, 70.0 * D**2 if dense else 1e3 * D)


def _rate(theory: Theory) -> str:
    if isinstance(theory.model, BANDED):
        return f"its fastest rate is {theory.fastest_rate:.4g}"
    return f"its rate is γ = {theory.rate:.4g}, which is D per subunit squared"


def _ask_dynamics(case: Case, stage: Stage, progress: Progress | None) -> Evidence:
    model = _closed(case)
    times = np.linspace(0.0, stage.fields["stop"], stage.fields["count"])
    theory = ham(model)
    banded = isinstance(model, BANDED)
    exact: Any = evolve(model, times, progress=progress)
    where = f"one random start, t ≤ {times[-1]:.3g}"
    try:
        found: Any = by_bands(exact, theory) if banded else followed(exact, theory)
    except NotEnoughData as error:
        return Evidence(DYNAMICS, "dynamics", ENERGY, None, "none", f"{error}.", where)
    alike = _alike(model)
    own = all(check.holds for check in alike)
    holds = own and found.grade == "measured"
    crystal = "Its bonds are alike, so that a long chain is a crystal through which Bloch waves run, whatever a short one does: "
    return Evidence(
        route=DYNAMICS,
        family="dynamics",
        of=ENERGY,
        transport="diffusive" if holds else None,
        weight="rules" if holds else "none",
        sentence=found.sentence if own else f"{crystal}{found.sentence[0].lower()}{found.sentence[1:]}",
        where=where,
        certificate=Certificate((*found.evidence, *alike, *exact.certificate)),
        method=exact.method.name,
        sources=("michel2005",),
        curves=() if banded else _relaxing(exact, theory),
    )


def _relaxing(exact: Any, theory: Any) -> tuple[Curve, ...]:
    """Population of the subunit where it began, exactly and by the rate equation."""
    t, P = exact.times, exact.populations
    start = int(P[0].argmax())
    rates = theory.solve(t, initial=P[0]).populations[:, start]
    x = tuple(t.tolist())
    zeros = (0.0,) * len(x)
    return (
        Curve("C(t)", f"population of subunit {start}, exact", x, tuple(P[:, start].tolist()), zeros),
        Curve("C(t)", f"population of subunit {start}, by rates", x, tuple(rates.tolist()), zeros),
    )


# -- units with noise


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


# -- grains of real chains


def _first_grains(case: Case) -> Stage | Evidence | None:
    model = case.model
    if not isinstance(model, QuantumChain):
        return None
    lengths = [one for one in BLOCKS if model.sites % one == 0 and model.sites // one >= 2]
    if not lengths:
        return none(case, f"{model.sites} sites are no blocks of 2 to {BLOCKS[-1]}", route=GRAINS, family="criteria")
    fields = {"lengths": lengths}
    return Stage(GRAINS, f"blocks of {', '.join(map(str, lengths))} sites", fields, 0.1 * len(lengths) + 0.5, 1e8)


def _ask_grains(case: Case, stage: Stage, progress: Progress | None) -> Evidence:
    carries: Literal["energy", "spin"] = "energy" if case.of == ENERGY else "spin"
    found = []
    for length in stage.fields["lengths"]:
        try:
            found.append(coarse_grain(case.model, length, carries=carries, progress=progress))
        except CaloriqError as error:
            if not found:
                return none(case, str(error), route=GRAINS, family="criteria")
    yes = [one for one in found if one.holds]
    checks = {f"ℓ = {g.block}, ": Certificate(tuple(as_check(c) for c in g.criteria)) for g in found}
    one = yes[-1] if yes else None
    numbers = ", ".join(f"D = {g.diffusivity:.4g} at ℓ = {g.block}" for g in yes)
    failing = "; ".join(
        f"ℓ = {g.block} fails {', '.join(c.name for c in g.criteria if not c.holds)}" for g in found if not g.holds
    )
    told = "; ".join(part for part in (f"Blocks exchange by rates, {numbers}" if yes else "", failing) if part)
    return Evidence(
        route=GRAINS,
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


ROUTES = (
    Route(THEORY, "Hilbert space average", _first_theory, _ask_theory, last),
    Route(DYNAMICS, "exact dynamics", _first_dynamics, _ask_dynamics, last),
    Route(KERNEL, "rates of second order", _first_kernel, _ask_kernel, last),
    Route(POPULATIONS, "exact populations", _first_populations, _ask_populations, last),
    Route(GRAINS, "blocks that exchange by rates", _first_grains, _ask_grains, last),
)
