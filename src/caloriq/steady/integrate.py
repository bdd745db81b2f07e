"""Ways to follow a linear equation of motion, and the choice among them by dimension and stiffness.

Stiffness is the largest rate times the last instant: explicit steps are as many as that, squarings of the propagator as
many as its logarithm, and implicit steps as many as the solution has features.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy

from caloriq import _checks
from caloriq._array import library
from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotConverged
from caloriq.linalg.sylvester import pack
from caloriq.linalg.threads import serial
from caloriq.steady import correlators, parts, propagate, sector, two_point
from caloriq.steady.equations import Equations
from caloriq.steady.lindblad import Lindblad
from caloriq.steady.propagate import Path, measured
from caloriq.steady.result import SteadyState
from caloriq.steady.starts import Product
from caloriq.steady.superoperator import Sectors

RETRY = 30.0  # the second run's tolerances are smaller by this; the difference of the two is the error estimate
LESS = 1 / 3  # of that difference is the error of the second run, at most: in proportion to the tolerances, a thirtieth
PILED = 3.0  # tolerances that the errors of all explicit steps may add up to
TOL = 1e-9
BALLS = 300  # equations up to which the propagator is made in ball arithmetic
DOUBLES = 1000  # equations up to which it is made at all
PROVED = 0.1  # seconds up to which ball arithmetic is taken though another way may be quicker
ROUGH = 1e8  # stiffness from which double precision is not tried where ball arithmetic can be had
STEPS = 20000  # implicit steps, at most
DAY = 86400.0  # seconds
EXPLICIT = 20.0  # seconds of explicit steps from which implicit ones are tried before

Name = Literal["explicit", "finer", "balls", "doubles", "implicit"]
WORDS = {
    "explicit": "explicit steps (Dormand-Prince, order 8)",
    "finer": "explicit steps (Dormand-Prince, order 8) of finer tolerance",
    "balls": "powers of the propagator in ball arithmetic",
    "doubles": "powers of the propagator in double precision",
    "implicit": "implicit steps (Radau, order 5)",
}


@dataclass(frozen=True)
class Route:
    """One way, and why it is taken."""

    name: Name  # which
    reason: str  # in words
    last: bool  # whether no other way is left


def routes(equations: Equations, times: Real) -> list[Route]:
    """Ways from the cheapest to the surest, at once where it costs next to nothing; refused where a day is not enough."""
    d, T = equations.dimension, len(times)
    stiffness = rate_of(equations) * float(times[-1])
    cost = costs(equations, stiffness, T)
    order: list[Name] = []
    if d <= DOUBLES:
        proved = "balls" in cost and (cost["balls"] <= PROVED or stiffness > ROUGH)
        order = ["balls"] if proved else sorted(cost, key=lambda name: cost[name])[:1]
        surer: tuple[Name, ...] = ("doubles", "balls")
        if not proved:
            order += [name for name in surer if name in cost and name not in order]
    else:
        order = ["explicit" if cost["explicit"] <= max(EXPLICIT, cost["implicit"]) else "implicit"]
        if cost[order[0]] > DAY:
            raise InvalidInput(
                f"`times` must be reached within a day, but {WORDS[order[0]]} would take about {cost[order[0]] / DAY:.1g} of them (got times up to {times[-1]:g} at rates of {rate_of(equations):.2g} and {d} equations); take shorter times, smaller rates or fewer sites"
            )
        if order == ["explicit"]:
            order.append("finer")
    told = f"{d} equations, largest rate times time {stiffness:.2g}"
    return [Route(name, f"{WORDS[name]}: {told}", place == len(order) - 1) for place, name in enumerate(order)]


def costs(equations: Equations, stiffness: float, instants: int) -> dict[Name, float]:
    """Seconds, to a factor of a few, of every way that small sets have."""
    d, turns = equations.dimension, math.log2(2 + stiffness) if math.isfinite(stiffness) else 1e4
    out: dict[Name, float] = {"explicit": 0.02 + 2 * (300 + 1.5 * stiffness) * (4e-5 + 2e-8 * d)}
    if d <= DOUBLES:
        out["doubles"] = 0.02 + 2 * (turns + 15) * (2e-5 + 2.5e-10 * d**3)
    else:  # some hundred factorisations, which fill in as on a square grid, or by twenty times with every site more
        out["implicit"] = 2.0 * (d / 1600) ** 1.5 if equations.closed else 50.0 * 20.0 ** (equations.model.sites - 7)
    if d <= BALLS:
        out["balls"] = 0.01 + (turns + 20) * (1e-4 + 4e-8 * d**3) + instants * 30 * 8e-8 * d**2
    return out


def rate_of(equations: Equations) -> float:
    """A bound on the rates that the equations hold, from the model's numbers alone."""
    model = equations.model
    k, l, g, zz = model.bonds
    w = model.frequencies
    local = np.array(model.gains + model.losses + model.dephasing_rates, dtype=float)
    around = np.zeros(model.sites)
    for ends in (k, l):
        np.add.at(around, ends, np.abs(g))
    with np.errstate(over="ignore"):
        if equations.closed:
            return float(local.max() + 2 * around.max() + np.ptp(w))
        return float(local.sum() + around.sum() + np.abs(zz).sum() + np.abs(w - w.mean()).sum())


def admit(equations: Equations, start: Product | SteadyState) -> None:
    """Refuse what does not fit in memory, and a start that does not hold what is needed."""
    N = equations.model.sites
    needed = 400.0 * N**2 if equations.closed else sector.memory_needed(N, 16, single=False)
    _checks.memory("sites", N, needed, "take fewer sites")
    if not isinstance(start, Product):
        equations.start(start)
    else:
        start.on(N)


def follow(
    route: Route, equations: Equations, start: Product | SteadyState, times: Real, tell: Callable[[float], Any]
) -> Path:
    """The path by one way."""
    room = 3.0 * 8.0 * times.size * equations.dimension + 130.0 * equations.dimension
    _checks.memory("times", times.size, room, "take fewer times or sites")
    small = equations.model.sites < (two_point.SERIAL if equations.closed else sector.SERIAL)
    with serial(blas=small, kernels=small):
        if route.name == "balls":
            return propagate.exactly(equations, start, times, tell)
        if route.name == "doubles":
            return propagate.in_doubles(equations, start, times, tell)
        if route.name == "implicit":
            return _implicit(equations, start, times, tell)
        return _explicit(equations, start, times, TOL / RETRY if route.name == "finer" else TOL, tell)


def _explicit(
    equations: Equations, start: Product | SteadyState, times: Real, least: float, tell: Callable[[float], Any]
) -> Path:
    from scipy.integrate import DOP853

    drift = _two_points(equations) if equations.closed else _whole(equations)
    y0 = np.array(equations.start(start))

    def solver(tol: float) -> Any:
        return DOP853(lambda _, y: drift(y), 0.0, y0, float(times[-1]), rtol=tol, atol=tol * 1e-3)

    return _twice(equations, y0, times, solver, drift, least, tell, "derivatives")


def _implicit(equations: Equations, start: Product | SteadyState, times: Real, tell: Callable[[float], Any]) -> Path:
    from scipy.integrate import Radau

    A = scipy.sparse.csc_matrix(equations.generator(parts.coefficients(equations.model)))
    y0 = np.array(equations.start(start))

    def solver(tol: float) -> Any:
        stepped = Radau(lambda _, y: A @ y, 0.0, y0, float(times[-1]), rtol=tol, atol=tol * 1e-3, jac=A)

        def lu(matrix: Any) -> Any:  # the pattern is nearly symmetric: half the fill of the default order
            stepped.nlu += 1
            options = {"SymmetricMode": True}
            return scipy.sparse.linalg.splu(matrix, permc_spec="MMD_AT_PLUS_A", options=options, diag_pivot_thresh=0.01)

        stepped.lu = lu
        return stepped

    return _twice(equations, y0, times, solver, lambda y: A @ y, TOL, tell, "factorisations")


def _twice(
    equations: Equations,
    y0: Real,
    times: Real,
    solver: Callable[[float], Any],
    drift: Callable[[Real], Real],
    tol: float,
    tell: Callable[[float], Any],
    counted: str,
) -> Path:
    """Two runs of different tolerance: the difference is the error of the wider one, and three times the other's or more."""
    rough, _ = _steps(y0, times, solver(tol), lambda done: tell(0.3 * done))
    fine, work = _steps(y0, times, solver(tol / RETRY), lambda done: tell(0.3 + 0.7 * done))
    slopes = np.array([drift(y) for y in fine])
    others = np.array([drift(y) for y in rough])
    # explicit steps at the edge of stability do not shrink with the tolerance, and may agree by chance
    room = {"tol": PILED * tol / RETRY} if counted == "derivatives" else {}
    statistics = {counted: work.nlu if counted == "factorisations" else work.nfev} if work is not None else {}
    return measured(equations, [fine, rough], [slopes, others], LESS, {counted: 0, **statistics}, **room)


def _steps(y0: Real, times: Real, solver: Any, tell: Callable[[float], Any]) -> tuple[Real, Any]:
    """States at the times, and the solver."""
    out = np.empty((times.size, y0.size))
    first = int(times[0] == 0)
    out[:first] = y0
    if first == times.size:
        return out, None
    place, steps, most = first, 0, STEPS if hasattr(solver, "jac") else math.inf
    while solver.status == "running":
        message, steps = solver.step(), steps + 1
        if solver.status == "failed" or steps > most:
            raise NotConverged(
                f"`times` must be reached by {'steps of finite size' if steps <= most else f'{STEPS} implicit steps'}, but they are not at {solver.t:.3g} (got {times[-1]:g}{': ' + message if message else ''}); take shorter times or fewer sites"
            )
        passed = int(np.searchsorted(times, solver.t, side="right"))
        if passed > place:
            out[place:passed] = solver.dense_output()(times[place:passed]).T
            place = passed
        tell(solver.t / float(times[-1]))
    return out, solver


def _two_points(equations: Equations) -> Callable[[Real], Real]:
    """DC/dt of the packed two-point functions, with the constant after them."""
    wire = correlators.wire(equations.model)
    phases = wire.phases

    def drift(y: Real) -> Real:
        C = phases[:, None] * equations.blocks(y)[0] * phases.conj()
        moved = correlators.residual(wire, C)
        return np.append(pack(phases.conj()[:, None] * moved * phases).ravel(), 0.0)

    return drift


def _whole(equations: Equations) -> Callable[[Real], Real]:
    layout = Sectors(equations.model)
    return Lindblad(layout, library(), [np.zeros(d) for d in layout.space.sizes])
