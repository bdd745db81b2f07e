"""The steady state of an open lattice: which blocks, which method, the numbers and their proofs."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from caloriq import _checks, wording
from caloriq._checks import Complex
from caloriq.errors import Unsupported
from caloriq.models.lattice.flows import Flows
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.sites import Boson
from caloriq.results import Check, MethodReport, Progress, frozen
from caloriq.spaces.strings import Strings
from caloriq.steady import tensor_network
from caloriq.steady.lattice import direct, iterative
from caloriq.steady.lattice.assembled import assembled, number_checks
from caloriq.steady.lattice.blocks import (
    LARGEST,
    Blocks,
    by_numbers,
    check_acted,
    check_open,
    check_sizes,
    check_unique,
    obstacle,
    single,
)
from caloriq.steady.lattice.generator import Generator
from caloriq.steady.lattice.read import RELATIVE, Asked, Read, functional
from caloriq.steady.lattice.result import LatticeState
from caloriq.steady.methods import Full, Sector, TensorNetwork
from caloriq.steady.tensor.cells import cells
from caloriq.steady.whole import lowest_of, state_checks

RETRIED = 5000  # elements up to which what the iteration leaves unsure is factorised
POSITIVE = 1e-9
CUT = 1e-6  # occupation of the last level of a boson that its cut-off does not change much


class Plan(NamedTuple):
    """What would run."""

    method: Full | Sector | TensorNetwork
    reason: str
    blocks: Blocks | None  # None of a tensor network
    memory: float  # bytes
    seconds: float  # rough


def planned(model: Lattice, method: Any = "auto") -> Plan:
    """Blocks and method, with everything refused that can be before the work.

    Raises
    ------
    InvalidInput
        If nothing acts but H, or the states are too many.
    Unsupported
        If `Sector` is asked for and nothing keeps blocks apart; names what joins them.
    """
    asked = _checks.method(method, (Full, Sector, TensorNetwork), " for a lattice that is no spin chain")
    check_acted(model, "steady state")
    check_unique(model)
    if isinstance(asked, TensorNetwork) or (asked == "auto" and model.dimension > LARGEST):
        found = _long(model, asked)
        if found is not None:
            return found
    check_open(model, "steady state")
    blocks = single(model) if isinstance(asked, Full) else by_numbers(model)
    if isinstance(asked, Sector) and not blocks.numbers:
        raise Unsupported(
            f"`method` must find blocks that the equation keeps apart, but there are none: {_joined(model)} (got {wording.spoken(asked)}); use Full()"
        )
    check_sizes(blocks)
    need = 24.0 * 400 * blocks.dimension if _is_small(blocks) else iterative.memory_needed(blocks.sizes)
    _checks.memory("sites", model.size, need, "take fewer sites")
    return Plan(*_chosen(asked, blocks), blocks, need, _seconds(blocks))


def _long(model: Lattice, asked: Any) -> Plan | None:
    """As a tensor network; None where "auto" finds that it is no chain."""
    method = TensorNetwork() if asked == "auto" else asked
    try:
        found = cells(model, wording.spoken(method))
    except Unsupported:
        if asked == "auto":
            return None
        raise
    reason = "as asked for" if asked != "auto" else f"auto: {model.dimension} product states are too many for blocks"
    need = tensor_network.needed(method, found)
    return Plan(method, reason, None, need, tensor_network.rough_seconds(method, found))


def _is_small(blocks: Blocks) -> bool:
    return blocks.dimension <= direct.LARGEST


def _chosen(asked: Any, blocks: Blocks) -> tuple[Full | Sector, str]:
    how = "one sparse factorisation" if _is_small(blocks) else "iteration"
    if isinstance(asked, Full | Sector):
        return asked, f"as asked for, by {how}"
    if not blocks.numbers:
        return Full(), f"auto: no number keeps blocks apart, so all {blocks.dimension} elements are solved, by {how}"
    names = " and ".join(blocks.numbers)
    return Sector(), f"auto: {names} keeps {blocks.dimension} elements apart from the others, solved by {how}"


def _joined(model: Lattice) -> str:
    """What is not conserved, or what joins blocks, in words."""
    if not model.symmetries.conserved:
        return "H conserves no number"
    return next(told for name in model.symmetries.conserved if (told := obstacle(model, name)) is not None)


def _seconds(blocks: Blocks) -> float:
    """Rough time on one core, good to a factor of a few."""
    if _is_small(blocks):
        return float(0.02 + 1e-8 * float(blocks.dimension) ** 1.9)
    return float(0.1 + 100 * sum(60.0 * d**3 for d in blocks.sizes) / 5e9)


def steady_lattice(model: Lattice, method: Any = "auto", progress: Progress | None = None) -> LatticeState:
    """Steady state of an open lattice; what `caloriq.steady_state` calls."""
    plan = planned(model, method)
    if isinstance(plan.method, TensorNetwork):
        return tensor_network.steady_tensor(model, plan.method, plan.reason, progress)
    assert plan.blocks is not None
    clock, made = time.perf_counter(), Generator(plan.blocks)
    tol = plan.method.tol if isinstance(plan.method, Sector) else 1e-11
    small = _is_small(plan.blocks)
    flows = Flows(model)
    asked = Asked(made, flows)

    def enough(numbers: Read) -> bool:
        return max(numbers.shares.values()) <= RELATIVE

    found: direct.Factored | iterative.Iterated
    found, proofs, told = (
        direct.solve(made)
        if small
        else iterative.solve(made, tol, lambda state: enough(asked.read(state.evaluate)), progress)
    )
    numbers = asked.read(found.evaluate)
    retried = not small and plan.blocks.dimension <= RETRIED
    if retried and not enough(numbers) and all(one.holds for one in proofs):
        found, proofs, told = direct.solve(made)  # bounds of its own for every number, at many times the time
        numbers = asked.read(found.evaluate)
    rho = found.blocks
    checks = [
        *proofs,
        *state_checks(sum(float(np.trace(one).real) for one in rho), lowest_of(rho), POSITIVE),
        *number_checks(flows.carried, numbers),
        *_cut_off(model, plan.blocks, rho),
    ]
    statistics = {"dimension": plan.blocks.dimension, **told, "wall time in s": time.perf_counter() - clock}
    return assembled(
        model,
        MethodReport(repr(plan.method), plan.reason, MappingProxyType(statistics)),
        checks,
        numbers,
        flows.bonds,
        state=tuple(frozen(one) for one in rho),
    ).certified()


def last_levels(model: Lattice) -> list[Strings]:
    """Projectors on the last level of every boson, where its cut-off would show."""
    cell = model.local if isinstance(model.local, tuple) else (model.local,)
    found = []
    for x, space in enumerate(model.spaces):
        if isinstance(cell[x % len(cell)], Boson):
            projector = np.zeros((space.levels, space.levels))
            projector[-1, -1] = 1.0
            found.append(Strings.of(model.spaces, [x], [projector]))
    return found


def _cut_off(model: Lattice, blocks: Blocks, rho: list[Complex]) -> list[Check]:
    """How full the last level of the bosons is."""
    weight = [functional(blocks.split(one), rho) for one in last_levels(model)]
    if not weight:
        return []
    meaning = "population of the highest level that is kept: the cut-off cuts off little"
    return [Check("last boson level", max(weight), CUT, meaning)]
