"""Rates of modular and banded chains by the Hilbert space average method, and whether exact dynamics follows them."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.closed.evolve import choose_method
from caloriq.dynamics import evolve
from caloriq.errors import CaloriqError, NotEnoughData
from caloriq.models.banded import BandedChain, BandedPair
from caloriq.models.driven_modular import DrivenModularChain
from caloriq.models.modular import ModularChain
from caloriq.models.network import ModularNetwork
from caloriq.models.unequal import UnequalNetwork
from caloriq.reduced.average.ham import ham
from caloriq.reduced.average.theory import Theory
from caloriq.results import Certificate, Check, Progress
from caloriq.verdicts.bands_by_rates import followed as by_bands
from caloriq.verdicts.evolved import SPANS, as_check, followed
from caloriq.verdicts.routes.case import ENERGY, Case
from caloriq.verdicts.routes.evidence import Curve, Evidence
from caloriq.verdicts.routes.stage import Route, Stage, last
from caloriq.verdicts.routes.structure import none

THEORY, DYNAMICS = "ham", "dynamics"
TIMES = 201
MARGIN = 1.0001  # beyond the last time that is needed
RATE = 3e8  # elements of a product per second; measured, good to a factor of a few
MODULAR = (ModularChain, ModularNetwork, UnequalNetwork)
BANDED = (BandedChain, BandedPair)
ALIKE = 0.3  # correlation of the moduli of two bonds' matrices: independent ones of n levels have some 3/n
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
    checks = (*map(as_check, theory.criteria), *_alike(theory.model), *_short(theory))
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
        where=f"second order in the coupling, narrow bands{_where(theory)}",
        quantity="γ",
        unit="energy",
        estimate=theory.fastest_rate if isinstance(theory.model, BANDED) else theory.rate,
        certificate=Certificate(checks),
        method=theory.method.name,
        sources=("michel2005",),
    )


def _alike(model: Any) -> tuple[Check, ...]:
    """That bonds have matrices of their own: of alike ones a long chain is a crystal, and Bloch waves run through it.

    Signs and phases of levels, and the direction of a bond, are no difference: moduli are compared, and those of the transpose.
    """
    V = getattr(model, "matrices", None)
    if V is None or not isinstance(model, ModularChain | ModularNetwork) or len(V) < 2:
        return ()
    moduli = np.abs(np.asarray(V))
    largest = 0.0
    for one, two in combinations(range(len(moduli)), 2):
        for other in (moduli[two], moduli[two].T):
            largest = max(largest, _correlation(moduli[one].ravel(), other.ravel()))
    return (Check("bonds alike", largest, ALIKE, "correlation of the moduli of any two bonds: none is another again"),)


def _correlation(one: Real, two: Real) -> float:
    """1 for equal ones, such without any spread too."""
    x, y = one - one.mean(), two - two.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 0 else 1.0


def _short(theory: Theory) -> tuple[Check, ...]:
    """That the chain is shorter than what static random couplings localise one excitation in, γ τ_H = π² c1² subunits, about."""
    if not isinstance(theory.model, ModularChain) or theory.model.subunits < 3:
        return ()
    length = theory.rate * theory.heisenberg_time
    meaning = "static random couplings localise one excitation beyond γ τ_H = π²c1² subunits"
    return (Check("subunits over the localisation length", theory.model.subunits / length, 1.0, meaning),)


def _where(theory: Theory) -> str:
    """The range of a short chain."""
    if not isinstance(theory.model, ModularChain):
        return ""
    length = theory.rate * theory.heisenberg_time
    return f", {theory.model.subunits} subunits of the {length:.3g} beyond which static couplings localise"


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
    more = (*_alike(model), *_short(theory))
    failed = ", ".join(check.name for check in more if not check.holds)
    holds = not failed and found.grade == "measured"
    beyond = f"Nothing follows for a long chain ({failed}), whatever this one does: "
    return Evidence(
        route=DYNAMICS,
        family="dynamics",
        of=ENERGY,
        transport="diffusive" if holds else None,
        weight="rules" if holds else "none",
        sentence=f"{beyond}{found.sentence}" if failed else found.sentence,
        where=where,
        certificate=Certificate((*found.evidence, *more, *exact.certificate)),
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


ROUTES = (
    Route(THEORY, "Hilbert space average", _first_theory, _ask_theory, last),
    Route(DYNAMICS, "exact dynamics", _first_dynamics, _ask_dynamics, last),
)
