"""Exact Schrödinger dynamics of any lattice without jumps: profiles of its densities, their currents, any observable."""

from __future__ import annotations

import time
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed import table
from caloriq.closed.blocks import HAND, Meter
from caloriq.closed.certify import check_span
from caloriq.closed.chebyshev import BATCH, COLUMNS
from caloriq.closed.lattice import by_blocks
from caloriq.closed.lattice.blocks import asked_for, sizes
from caloriq.closed.lattice.by_blocks import memory_needed as memory_needed_exact
from caloriq.closed.lattice.columns import Columns, Start, begun, columns, count, space_of
from caloriq.closed.lattice.proof import certificate, last_levels
from caloriq.closed.lattice.readers import overlap, reader_of
from caloriq.closed.lattice.recorded import Quantity, asked
from caloriq.closed.lattice.result import LatticeEvolution
from caloriq.closed.methods import Exact
from caloriq.errors import InvalidInput
from caloriq.models.lattice.coupled import coupled_baths, name_of
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import Space
from caloriq.results import Certificate, MethodReport, Progress, frozen


class Record(NamedTuple):
    """Expectation values of k starts, or of one mixture, at T times."""

    values: list[Real]  # of every quantity, shape (k, T, P)
    norms: Real  # shape (k, T)
    energy: Real  # ⟨H⟩, shape (k, T)
    last: Real  # populations of the last levels of boson modes, shape (k, T, modes)


def check_closed(model: Lattice) -> None:
    """Refuse a lattice that is not closed, or whose H depends on time."""
    model.check_constant()
    if not model.closed:
        names = [one.name for one in model.environments if one.jumps]
        names += [name_of(bath, model.size) for bath in coupled_baths(model)]
        raise InvalidInput(
            f"`model` must have no baths, dephasing or jumps for the Schrödinger equation, but it has (got {names[0]})"
        )


def choose_lattice_method(space: Space, starts: int) -> tuple[table.Chosen, str]:
    """What "auto" would run, and why."""
    d, most = space.dimension, table.limit(starts)
    block = sizes(space)
    if block.by and d > most and starts > table.MANY and memory_needed_exact(space) <= _checks.available_memory():
        cost = d * (block.largest / d) ** (2 / 3)  # n blocks cost as much as one matrix n^(2/3) times smaller
        if cost <= most:
            return (
                Exact(),
                f"auto: dimension {d} ({space}) falls into blocks of about {block.largest} states by {block.by}, as cheap as one of {cost:.0f}, at most {most}, where eigendecompositions are cheapest for many starts",
            )
    chosen = table.cheapest(d, most)
    if isinstance(chosen, Exact):
        return chosen, f"auto: dimension {d} ({space}) is at most {most}, where a dense eigendecomposition is cheapest"
    return chosen, f"auto: dimension {d} ({space}) is above {most}, where products with H are cheapest"


def memory_needed(space: Space, starts: int, wanted: tuple[Quantity, ...], times: int, method: table.Chosen) -> float:
    """Bytes of H and what is read, of the starts, of the states and the Chebyshev vectors in hand, and of the numbers."""
    D = float(min(space.dimension, 10**100))
    operators = [operator for one in wanted for operator in one.operators]
    together = min(COLUMNS, starts)
    hand = max(1.0, HAND / (16 * D * together))
    vectors = 3.0 * starts + together * (min(BATCH + 2, hand + 4) + 5 * min(times, hand))
    dense = memory_needed_exact(space) + 2 * HAND if isinstance(method, Exact) else 0.0
    return space.memory(vectors, operators) + dense + 8.0 * times * starts * len(operators)


def check_memory(space: Space, starts: int, wanted: tuple[Quantity, ...], times: int, method: table.Chosen) -> None:
    """Refuse what needs more memory than there is."""
    need = memory_needed(space, starts, wanted, times, method)
    remedy = "take fewer sites, times or samples, or a smaller sector"
    _checks.memory("sites", space.model.size, need, remedy)


def evolve_lattice(
    model: Lattice,
    times: ArrayLike,
    *,
    initial: Start | None = None,
    method: table.Chosen | str = "auto",
    observables: Any = None,
    progress: Progress | None = None,
) -> LatticeEvolution:
    """Schrödinger equation of a lattice; see `caloriq.evolve`.

    Notes
    -----
    Where the start has conserved numbers sharply, the evolution stays within their sector. Memory: H with at most 40 bytes for
    every state and moving term, the operators that are recorded, and the states in hand.
    """
    _checks.instance("model", model, Lattice)
    check_closed(model)
    t = _checks.times(times)
    start = begun(initial)
    wanted = asked(model, observables)
    named = _checks.method(method, table.FILES)
    clock = time.perf_counter()
    space = space_of(model, start)
    k = count(space, start)
    chosen, reason = choose_lattice_method(space, k) if named == "auto" else (named, asked_for(space, named))
    check_memory(space, k, wanted, t.size, chosen)
    H, meter = space.hamiltonian, Meter(progress)
    check_span(H, t)
    vectors = columns(space, start)
    found = record(space, vectors, t, chosen, wanted, meter)
    proof = certificate(space, vectors, wanted, found, chosen, meter, t)
    statistics = {
        "dimension": space.dimension,
        "sector": str(space),
        "starts": vectors.states.shape[1],
        "products": meter.products + vectors.products,
        "bytes per product": H.product_bytes,
        "kernel": H.kernel,
        "wall time in s": time.perf_counter() - clock,
    }
    report = MethodReport(repr(chosen), reason, MappingProxyType(statistics))
    return _evolution(space, start, t, wanted, found, report, proof).certified()


def _evolution(
    space: Space,
    start: Start,
    times: Real,
    wanted: tuple[Quantity, ...],
    found: Record,
    report: MethodReport,
    proof: Certificate,
) -> LatticeEvolution:
    """The result, one start without an axis of samples."""

    def shaped(array: Real) -> Real:
        return frozen(array[0].copy() if start.samples is None else array)

    def of_kind(kind: str) -> MappingProxyType[str, Real]:
        pairs = zip([one.recorded for one in wanted], found.values, strict=True)
        return MappingProxyType({one.name: shaped(array) for one, array in pairs if one.kind == kind})

    def places(kind: str) -> dict[str, NDArray[np.intp]]:
        return {one.recorded.name: frozen(one.places.copy()) for one in wanted if one.recorded.kind == kind}

    bonds = next(iter(places("currents").values()), frozen(np.empty((0, 2), dtype=np.intp)))
    return LatticeEvolution(
        model=space.model,
        method=report,
        certificate=proof,
        initial=start,
        times=frozen(times.copy()),
        profiles=of_kind("profiles"),
        currents=of_kind("currents"),
        observables=of_kind("observables"),
        places=MappingProxyType(places("observables")),
        energy=shaped(found.energy),
        bonds=bonds,
        recorded=tuple(one.recorded for one in wanted),
    )


def record(
    space: Space, vectors: Columns, times: Real, method: table.Chosen, wanted: tuple[Quantity, ...], meter: Meter
) -> Record:
    """Propagate, and read off what is wanted as the states arrive."""
    operators = [operator for one in wanted for operator in one.operators]
    reader, H, weights = reader_of(space, [*operators, *last_levels(space)]), space.hamiltonian, vectors.weights
    shape = (1 if weights is not None else vectors.states.shape[1], times.size)
    values, norms, energy = np.zeros((*shape, reader.count)), np.zeros(shape), np.zeros(shape)
    if isinstance(method, Exact) and sizes(space).by:
        propagated = by_blocks.propagate(space, vectors.states, times, meter)
    else:
        propagated = table.propagate(H, vectors.states, times, method, meter)
    for block in propagated:
        for at, states in enumerate(block.states, block.times.start):
            means = reader.means(states), overlap(states, states), overlap(states, H.mv(states))
            for total, part in zip((values, norms, energy), means, strict=True):
                if weights is None:
                    total[block.columns, at] = part
                else:  # a mixture adds its columns up
                    total[0, at] += np.tensordot(weights[block.columns], part, axes=1)
    ends = pairwise(accumulate((len(one.operators) for one in wanted), initial=0))
    parts = [np.ascontiguousarray(values[..., a:b]) for a, b in ends]
    return Record(parts, norms, energy, values[..., len(operators) :])
