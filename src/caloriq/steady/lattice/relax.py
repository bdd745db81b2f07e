"""An open lattice in time: its master equation in blocks, by polynomials whose remainder is bounded in the trace norm.

They are Taylor's; where something decays so fast that these would have to be short, polynomials of implicit steps. The trace
norm of no difference of two states grows under a Lindblad equation, so that errors of steps add up and no more: every number
Tr(Aρ) is known to ‖A‖ times their sum.
"""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.linalg import collocation, taylor
from caloriq.models.lattice.coupled import coupled_baths
from caloriq.models.lattice.model import Lattice
from caloriq.results import Certificate, MethodReport, Progress, frozen
from caloriq.steady.lattice import told
from caloriq.steady.lattice.blocks import Blocks, check_open, check_sizes, single
from caloriq.steady.lattice.coupled_generator import LARGEST, CoupledGenerator, check_in_time, seconds_of, speeds_of
from caloriq.steady.lattice.generator import MATRIX, Generator
from caloriq.steady.lattice.relaxation import LatticeRelaxation
from caloriq.steady.lattice.starts import Start, begun, blocks_of, density_matrix
from caloriq.steady.methods import Full, Sector

TOL = 1e-12  # in the trace norm, of all steps together
DAY = 86400.0  # seconds
VECTORS = 40.0  # density matrices in hand
IMPLICIT = 3500  # elements up to which implicit steps are thought of: their factors take minutes
IMPLICIT_TOL = 1e-11  # in the trace norm, of all implicit steps together
GAIN = 3.0  # by which implicit steps must be cheaper: estimates are good to a factor of a few


class Plan(NamedTuple):
    """What would run."""

    method: Full | Sector
    reason: str
    start: Start
    blocks: Blocks
    memory: float  # bytes
    seconds: float  # rough
    implicit: bool  # steps that no fast decay shortens


class Cost(NamedTuple):
    """Of the steps."""

    seconds: float  # rough
    memory: float  # bytes, beyond that of density matrices
    implicit: bool


def planned(model: Lattice, times: Real, initial: Any = None, method: Any = "auto") -> Plan:
    """Blocks and cost, with everything refused that can be before the work.

    Raises
    ------
    InvalidInput
        If nothing acts but H, for a start that is none, or if the states or the steps are too many.
    Unsupported
        If `Sector` is asked for and equation or start join blocks.
    """
    asked = _checks.method(method, (Full, Sector), " for an open lattice in time")
    check_open(model, "master equation")
    start, coupled = begun(model, initial), bool(coupled_baths(model))
    blocks, reason = (single(model), check_in_time(model, asked)) if coupled else blocks_of(model, start, asked)
    check_sizes(blocks)
    need = 16.0 * VECTORS * blocks.dimension + (400.0 * blocks.dimension if blocks.dimension <= MATRIX else 0.0)
    _checks.memory("sites", model.size, need, "take fewer sites")
    cost = cheapest(model, None if coupled else Generator(blocks), float(times[-1]))
    work = cost.seconds + _reading(blocks, times)
    if work > DAY:
        raise InvalidInput(
            f"`times` must be reached within a day, but the steps would take about {work / DAY:.1g} of them (got times up to {times[-1]:g} for {blocks.dimension} elements); take shorter times, smaller rates or fewer sites"
        )
    _checks.memory("sites", model.size, need + cost.memory, "take fewer sites")
    chosen = asked if asked != "auto" else Sector() if blocks.numbers else Full()
    how = "; by implicit steps, as explicit ones would be as short as the fastest decay" if cost.implicit else ""
    return Plan(chosen, reason + how, start, blocks, need + cost.memory, work, cost.implicit)


def cheapest(model: Lattice, made: Generator | None, last: float) -> Cost:
    """Explicit steps, or implicit ones where these are cheaper by far; between coupled baths there is no generator yet."""
    n = model.dimension**2 if made is None else made.blocks.dimension
    explicit = seconds_of(model, last) if made is None else _seconds(made, last)
    if n > (LARGEST if made is None else IMPLICIT) or explicit < GAIN:
        return Cost(explicit, 0.0, False)
    turned, rate = speeds_of(model) if made is None else (made.turned, made.rate)
    entries = float(n) ** 2 if made is None else float(made.matrix().nnz)
    implicit = collocation.seconds(entries, n, last * (turned + rate), last * turned)
    if GAIN * implicit > explicit:
        return Cost(explicit, 0.0, False)
    return Cost(implicit, collocation.memory(entries, n), True)


def _seconds(made: Generator, last: float) -> float:
    """Rough time of all products on one core."""
    products = 33.0 * (1 + last * made.rate)
    jumps = 1 + sum(len(one.environment.jumps) for one in made.dissipators)
    return float(0.05 + products * (2e-5 + 3e-8 * jumps * made.blocks.dimension))


def _reading(blocks: Blocks, times: Real) -> float:
    """That of eigenvalues at every instant."""
    return times.size * sum(2e-4 + 1e-8 * float(d) ** 3 for d in blocks.sizes)


def relax_lattice(
    model: Lattice,
    times: ArrayLike,
    *,
    initial: Start | None = None,
    method: Full | Sector | str = "auto",
    progress: Progress | None = None,
) -> LatticeRelaxation:
    """Master equation of an open lattice; see `caloriq.evolve`."""
    t, clock = _checks.times(times), time.perf_counter()
    plan = planned(model, t, initial, method)
    made = CoupledGenerator(model) if coupled_baths(model) else Generator(plan.blocks)
    teller = told.Teller.of(made)
    start = plan.blocks.vector(density_matrix(plan.blocks, plan.start))
    drift, rate = made.drift(), made.rate
    record, products, state = told.Record(teller, t), 0, start

    def norm(v: Complex) -> float:
        return trace_norm(plan.blocks, v)

    if plan.implicit:
        path = collocation.followed(made.matrix() / rate, start, t * rate, norm, IMPLICIT_TOL)
    else:
        path = taylor.followed(drift, start, t * rate, norm, TOL)
    for k, one in enumerate(path):
        record.take(k, one.state, rate * drift(one.state), one.error)
        products, state = one.products, one.state
        if progress is not None:
            progress((k + 1) / t.size, 1.0)
    statistics = {
        "dimension": plan.blocks.dimension,
        "blocks": len(plan.blocks.sizes),
        "products": products,
        "wall time in s": time.perf_counter() - clock,
    }
    numbers = record.told()
    return LatticeRelaxation(
        model=model,
        method=MethodReport(repr(plan.method), plan.reason, MappingProxyType(statistics)),
        certificate=Certificate(tuple(record.checks())),
        initial=plan.start,
        environments=tuple(one.name for one in made.sources),
        times=frozen(t.copy()),
        bonds=teller.flows.bonds,
        state=tuple(frozen((one + one.conj().T) / 2) for one in plan.blocks.matrices(state)),
        **numbers,
    ).certified()


def trace_norm(blocks: Blocks, vector: Complex) -> float:
    """A bound on Σ|eigenvalues| of all blocks: √d times the Frobenius norm of each."""
    return float(
        sum(np.sqrt(d) * np.linalg.norm(one) for d, one in zip(blocks.sizes, blocks.matrices(vector), strict=True))
    )
