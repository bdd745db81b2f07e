"""The steady state of a quasi-free lattice by its two-point functions."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from caloriq import _checks, wording
from caloriq._checks import Complex
from caloriq.errors import Unsupported
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.quasi_free import QuadraticFlows, QuasiFree
from caloriq.results import Check, MethodReport, Progress, frozen
from caloriq.steady.lattice.assembled import assembled, number_checks
from caloriq.steady.lattice.blocks import check_acted, check_unique
from caloriq.steady.lattice.result import LatticeState
from caloriq.steady.methods import TwoPoint
from caloriq.steady.quasi_free.bounds import bounded
from caloriq.steady.quasi_free.equation import Equation
from caloriq.steady.quasi_free.linear import DIRECTIONS, Solver
from caloriq.steady.quasi_free.read import read

OUTSIDE = 1e-10  # how far occupations may leave [0, 1]
SPEED = 2e9  # operations per second of one core


class Plan(NamedTuple):
    """What would run."""

    method: TwoPoint
    reason: str
    modes: QuasiFree
    memory: float  # bytes
    seconds: float  # rough


def taken(model: Lattice, method: Any) -> QuasiFree | None:
    """Modes of a lattice that is no spin chain, where it is solved by its two-point functions; else None.

    Raises
    ------
    Unsupported
        If they are asked for and do not close; names the term.
    """
    asked = method == "two-point" or isinstance(method, TwoPoint)
    if not asked and method != "auto":
        return None
    model.check_constant()
    told = model.quasi_free
    if asked and isinstance(told, str):
        raise Unsupported(
            f"`method` must apply to the model, but the two-point set does not close because of {told} (got {wording.spoken(method)}); use Sector() or Full()"
        )
    return told if isinstance(told, QuasiFree) else None


def planned(model: Lattice, method: Any = "auto") -> Plan:
    """What would run, with everything refused that can be before the work.

    Raises
    ------
    InvalidInput
        If nothing acts but H, nothing changes a conserved number, or the matrices do not fit in memory.
    """
    modes = model.quasi_free
    assert isinstance(modes, QuasiFree)
    check_acted(model, "steady state")
    check_unique(model)
    chosen = method if isinstance(method, TwoPoint) else TwoPoint()
    n, noisy = float(modes.size), any(one.quadratic for one in modes.acting)
    memory = 16.0 * 30 * n**2 + (8.0 * DIRECTIONS * n * 4 if noisy else 0.0)
    _checks.memory("sites", model.size, memory, "take fewer sites")
    seconds = 0.05 + (200 + (80 * 40 if noisy else 0)) * n**3 / SPEED
    how = "as asked for" if method != "auto" else "auto"
    return Plan(chosen, f"{how}: the two-point set closes, since {modes.reason}", modes, memory, seconds)


def steady_quasi_free(model: Lattice, method: Any = "auto", progress: Progress | None = None) -> LatticeState:
    """Steady state of a quasi-free lattice; what `caloriq.steady_state` calls.

    Raises
    ------
    NotConverged
        If a mode does not decay, or a number has no bound that is small enough.
    """
    plan = planned(model, method)
    clock, equation, flows = time.perf_counter(), Equation.of(plan.modes), QuadraticFlows(plan.modes)
    solver = Solver(equation.change, equation.rate)
    found = solver.solve(equation.source)
    if progress is not None:
        progress(0.5, 1.0)
    error = bounded(equation, solver, found)
    numbers = read(equation, flows, found.matrix, error)
    if progress is not None:
        progress(1.0, 1.0)
    size = float(np.linalg.norm(found.matrix)) or 1.0
    misfit = float(np.linalg.norm(found.left)) / (size * equation.rate)
    checks = [
        Check("residual", misfit, plan.method.tol, "‖dG/dt‖/‖G‖ in units of the model's rates"),
        *error.checks,
        _positive(found.matrix),
        *number_checks(flows.carried, numbers),
    ]
    told = {
        "modes": plan.modes.modes.count,
        "slowest decay without what jumps return": solver.gap,
        "condition": solver.condition,
        "products": solver.products,
        "products for bounds": error.products,
        "wall time in s": time.perf_counter() - clock,
    }
    return assembled(
        model,
        MethodReport(repr(plan.method), plan.reason, MappingProxyType(told)),
        checks,
        numbers,
        flows.bonds,
        two_point=frozen(found.matrix.T.copy()),
    ).certified()


def _positive(G: Complex) -> Check:
    """How far occupations of modes leave [0, 1]."""
    occupations = np.linalg.eigvalsh(G)
    outside = float(max(0.0, -occupations[0], occupations[-1] - 1))
    return Check("occupations outside [0, 1]", outside, OUTSIDE, "the two-point functions are those of a state")
