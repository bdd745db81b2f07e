"""A lattice under a drive in time: the Schrödinger equation of a closed one, the master equation of an open one."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.linalg.two_runs import LESS, RETRY, two_runs
from caloriq.models.lattice.coupled import coupled_baths
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.starts import DomainWall, RandomState, SiteStates
from caloriq.results import Certificate, Check, MethodReport, Progress, frozen
from caloriq.steady.bounds import Bounded
from caloriq.steady.lattice.blocks import Blocks, by_numbers, single
from caloriq.steady.lattice.moving import Moving
from caloriq.steady.lattice.relax import trace_norm
from caloriq.steady.lattice.starts import Start, begun, blocks_of, density_matrix, pure
from caloriq.steady.lattice.under_drive import LatticeUnderDrive
from caloriq.steady.methods import Full, Sector
from caloriq.steady.whole import lowest_of, state_checks

TOL = 1e-10  # of a step of the wider run
ERROR = 1e-7  # of the state in the trace norm
NEGATIVE = 1e-8
ELEMENTS = 300_000  # of a density matrix, whose generator is made
VECTORS = 30.0  # of a state in hand


class DrivenPlan(NamedTuple):
    """What would run."""

    method: Full | Sector
    reason: str
    initial: Start
    moving: Moving
    start: Complex
    memory: float  # bytes


def planned_drive(model: Lattice, times: Real, initial: Any = None, method: Any = "auto") -> DrivenPlan:
    """Where the state lives, with everything refused that can be before the work.

    Raises
    ------
    InvalidInput
        For a start that is none, or if the states or the times are too many.
    Unsupported
        For baths that are coupled by operators, and where `Sector` is asked for and equation or start join blocks.
    """
    asked = _checks.method(method, (Full, Sector), " for a lattice under a drive")
    if coupled_baths(model):
        raise Unsupported(
            f"`baths` must act by rates under a drive, but one follows the levels of a constant H (got {coupled_baths(model)[0].operator!r}); give gain and loss"
        )
    _checks.memory("sites", model.size, 400.0 * float(model.dimension), "take fewer sites")
    begin = begun(model, initial)
    moving, start, reason = _set(model, begin, asked)
    need = 16.0 * (2.0 * times.size + VECTORS) * start.size
    _checks.memory("times", times.size, need, "take fewer times or sites")
    chosen = asked if asked != "auto" else Sector() if moving.blocks.numbers else Full()
    return DrivenPlan(chosen, reason, begin, moving, start, need)


def evolve_driven(
    model: Lattice,
    times: ArrayLike,
    *,
    initial: Start | None = None,
    method: Full | Sector | str = "auto",
    progress: Progress | None = None,
) -> LatticeUnderDrive:
    """A lattice under a drive; see `caloriq.evolve`."""
    t, clock = _checks.times(times), time.perf_counter()
    plan = planned_drive(model, t, initial, method)
    moving, start = plan.moving, plan.start

    def tell(done: float) -> None:
        if progress is not None:
            progress(done, 1.0)

    runs = two_runs(moving.drift(), np.append(start, 0.0), t, TOL, tell)
    errors = np.array([_apart(moving, a[:-1], b[:-1]) for a, b in zip(runs.fine, runs.rough, strict=True)])
    numbers = [moving.read(float(at), y[:-1], e) for at, y, e in zip(t, runs.fine, errors, strict=True)]
    first = moving.read(0.0, start, 0.0)["energy", ""]
    heat = Bounded(runs.fine[:, -1].real, LESS * np.abs(runs.fine[:, -1] - runs.rough[:, -1]))
    statistics = {"dimension": start.size, "derivatives": runs.calls, "wall time in s": time.perf_counter() - clock}
    return LatticeUnderDrive(
        model=model,
        method=MethodReport(repr(plan.method), plan.reason, MappingProxyType(statistics)),
        certificate=Certificate(tuple(_checked(moving, runs.fine, errors))),
        initial=plan.initial,
        environments=tuple(one.name for one in model.environments),
        times=frozen(t.copy()),
        bonds=moving.bonds,
        state=_last(moving, runs.fine[-1, :-1]),
        **_told(numbers, first, heat),
    ).certified()


def _set(model: Lattice, start: Start, asked: Any) -> tuple[Moving, Complex, str]:
    """Where the state lives, its start, and why there: a vector where nothing acts but H and the start is pure."""
    steps = f"explicit steps (Dormand-Prince, order 8) of tolerances {TOL:.0e} and {TOL / RETRY:.0e}"
    if model.closed and isinstance(start, SiteStates | DomainWall | RandomState):
        psi = pure(model, start)
        blocks = single(model) if isinstance(asked, Full) else by_numbers(model)
        mine = [one for one in blocks.places if np.any(psi[one])]
        places = mine[0] if len(mine) == 1 else np.arange(model.dimension)
        return Moving(blocks, places), psi[places], f"closed, from a vector on {len(places)} product states; {steps}"
    blocks, reason = blocks_of(model, start, asked)
    if blocks.dimension > ELEMENTS:
        raise InvalidInput(
            f"`sites` must keep the density matrix at {ELEMENTS} elements under a drive, but they do not (got {blocks.dimension} for {model.size} sites); take fewer sites"
        )
    return Moving(blocks, None), blocks.vector(density_matrix(blocks, start)), f"{reason}; {steps}"


def _apart(moving: Moving, fine: Complex, rough: Complex) -> float:
    """Error of the state in the trace norm, as measured."""
    if moving.places is not None:
        return 2 * LESS * float(np.linalg.norm(fine - rough)) + TOL / RETRY
    return LESS * trace_norm(moving.blocks, fine - rough) + TOL / RETRY


def _checked(moving: Moving, states: Complex, errors: Real) -> list[Check]:
    meaning = "of the state in the trace norm, measured by a second run"
    checks = [Check("error estimate", float(errors.max()), ERROR, meaning)]
    if moving.places is not None:
        norms = np.linalg.norm(states[:, :-1], axis=1)
        return [*checks, Check("norm drift", float(np.abs(norms - 1).max()), ERROR, "the evolution is unitary")]
    blocks = [_hermitian(moving.blocks, y[:-1]) for y in states]
    traces = np.array([sum(float(np.trace(one).real) for one in rho) for rho in blocks])
    worst = float(traces[np.argmax(np.abs(traces - 1))])
    return [*checks, *state_checks(worst, min(map(lowest_of, blocks)), NEGATIVE)]


def _hermitian(blocks: Blocks, y: Complex) -> list[Complex]:
    return [(one + one.conj().T) / 2 for one in blocks.matrices(y)]


def _last(moving: Moving, y: Complex) -> Any:
    """The state at the last time."""
    if moving.places is None:
        return tuple(frozen(one) for one in _hermitian(moving.blocks, y))
    psi = np.zeros(moving.model.dimension, dtype=complex)
    psi[moving.places] = y
    return frozen(psi)


def _told(numbers: list[Any], first: Bounded, heat: Bounded) -> dict[str, Any]:
    """Numbers and bounds by the names of the result's attributes."""
    found: dict[str, Any] = {"profiles": {}, "currents": {}, "inflows": {}}
    bounds: dict[str, Any] = {}
    for kind, of in numbers[0]:
        value, bound = (frozen(np.array([getattr(one[kind, of], name) for one in numbers])) for name in Bounded._fields)
        if kind == "energy":
            energy = Bounded(value[:, 0], bound[:, 0])
            continue
        found[kind][of] = value
        name = of if kind == "profiles" else f"{of}_{kind}"
        bounds["energy_density" if name == ENERGY else name] = bound
    work = energy.value - first.value[0] - heat.value
    bounds |= {"energy": energy.bound, "work": energy.bound + first.bound[0] + heat.bound}
    mapped = {name: MappingProxyType(one) for name, one in found.items()}
    return {**mapped, "energy": energy.value, "work": frozen(work), "bounds": MappingProxyType(bounds)}
