"""Closed chains in time by tensor trains: the same engine as that of open ones, without jumps."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from caloriq import _checks, wording
from caloriq._checks import Real
from caloriq.closed.lattice.columns import Start, begun, count, space_of
from caloriq.closed.lattice.evolution import check_closed, choose_lattice_method, evolve_lattice, memory_needed
from caloriq.closed.lattice.recorded import Quantity, asked
from caloriq.closed.lattice.result import LatticeEvolution
from caloriq.errors import Unsupported
from caloriq.models.lattice.model import Lattice
from caloriq.results import Certificate, MethodReport, Progress, frozen
from caloriq.steady.methods import TensorNetwork
from caloriq.steady.tensor.asked import PROFILE, SHARE, Asked, Group, largest
from caloriq.steady.tensor.begun import TAKEN
from caloriq.steady.tensor.cells import Cells, cells
from caloriq.steady.tensor_in_time import in_time, told

SMALL = 2**18  # product states that fit in any memory


def evolve_closed(
    model: Lattice,
    times: ArrayLike,
    *,
    initial: Any = None,
    method: Any = "auto",
    progress: Progress | None = None,
    **options: Any,
) -> LatticeEvolution:
    """A closed lattice in time, by vectors or as a tensor network; see `caloriq.evolve`."""
    if not may_be_long(model, method):
        return evolve_lattice(model, times, initial=initial, method=method, progress=progress, **options)
    check_closed(model)
    t, start = _checks.times(times), begun(initial)
    wanted = asked(model, options.get("observables"))
    reason = long_reason(model, method, start, t, wanted)
    if reason is None:
        return evolve_lattice(model, t, initial=initial, method=method, progress=progress, **options)
    clock = time.perf_counter()
    chosen = method if isinstance(method, TensorNetwork) else TensorNetwork()
    places = of_quantities(wanted, cells(model, wording.spoken(chosen)))
    found = in_time(chosen, places, start, t, progress, constant=len(places.chain.kinds) - 1)
    values, errors = found.values, found.errors

    def each(numbers: Real) -> dict[str, Real]:
        return {
            one.recorded.variable.name: frozen(places.of(group.name, numbers.T).T.copy())
            for one, group in zip(wanted, places.groups, strict=False)
        }

    taken = each(values)

    def of_kind(kind: str) -> MappingProxyType[str, Any]:
        own = [one.recorded for one in wanted if one.recorded.kind == kind]
        return MappingProxyType({one.name: taken[one.variable.name] for one in own})

    at: dict[str, dict[str, NDArray[np.intp]]] = {"currents": {}, "observables": {}, "profiles": {}}
    for one in wanted:
        at[one.recorded.kind][one.recorded.name] = frozen(one.places.copy())
    return LatticeEvolution(
        model=model,
        method=MethodReport(repr(chosen), reason, told(found, clock)),
        certificate=Certificate(tuple(found.checks)),
        initial=start,
        times=frozen(t.copy()),
        profiles=of_kind("profiles"),
        currents=of_kind("currents"),
        observables=of_kind("observables"),
        places=MappingProxyType(at["observables"]),
        energy=frozen(values[:, -1].copy()),
        bonds=next(iter(at["currents"].values()), frozen(np.empty((0, 2), dtype=np.intp))),
        recorded=tuple(one.recorded for one in wanted),
        bounds=MappingProxyType({**each(errors), "energy": frozen(errors[:, -1].copy())}),
        known_until=found.until,
    ).certified()


def may_be_long(model: Lattice, method: Any) -> bool:
    """Whether a tensor network is thought of: where it is asked for, or a large model leaves the method open."""
    named = isinstance(method, TensorNetwork) or (isinstance(method, str) and method == "tensor-network")
    return named or (isinstance(method, str) and method == "auto" and model.dimension > SMALL)


def long_reason(model: Lattice, method: Any, start: Start, times: Real, wanted: tuple[Quantity, ...]) -> str | None:
    """Why it goes as a tensor network; None where it does not: "auto" takes vectors as long as they fit in memory."""
    if isinstance(method, TensorNetwork) or method == "tensor-network":
        return "as asked for"
    if method != "auto" or not isinstance(start, TAKEN) or start.samples is not None:
        return None
    space = space_of(model, start)
    k = count(space, start)
    need = memory_needed(space, k, wanted, times.size, choose_lattice_method(space, k)[0])
    if need <= _checks.available_memory():
        return None
    try:
        cells(model)
    except Unsupported:
        return None
    return f"auto: {space.dimension} product states are too many for vectors in the memory"


def of_quantities(wanted: tuple[Quantity, ...], found: Cells) -> Asked:
    """Everything that is recorded, and the energy at the end."""
    groups = []
    for one in wanted:
        share = SHARE if one.recorded.kind == "currents" else PROFILE
        name = f"{one.recorded.kind} {one.recorded.name}"
        groups.append(Group(name, list(one.operators), share * largest(one.operators)))
    H = found.model.strings
    groups.append(Group("energy", [H], largest([H]), leads=False))
    return Asked(tuple(groups), found)
