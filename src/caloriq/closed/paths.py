"""From starts to recorded observables: which path a method takes, with its short cuts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.closed import dense, observables
from caloriq.closed.blocks import Block, Meter
from caloriq.closed.methods import Exact
from caloriq.closed.observables import Observable, Record
from caloriq.closed.states import Haar, Level, Mixed, Vector, columns
from caloriq.closed.table import Chosen, propagate
from caloriq.linalg.block_sparse import BlockSparse
from caloriq.models.unequal import OneExcitation


def record(
    operator: BlockSparse,
    model: OneExcitation,
    start: Haar | Level | Mixed | Vector,
    times: Real,
    method: Chosen,
    wanted: tuple[Observable, ...],
    meter: Meter,
) -> Record:
    """Choose the path: mixed and population-only ensembles have exact short cuts, the rest goes state by state."""
    if isinstance(method, Exact) and isinstance(start, Mixed):
        return _mixed_exact(operator, model, start, times, wanted, meter)
    if isinstance(method, Exact) and isinstance(start, Haar) and wanted == ("populations",):
        source = _checks.index("subunit", start.subunit, model.subunits)
        P = dense.ensemble_populations(operator, source, start.amplitudes(model), times, meter)
        return Record(P, None, None, None, complemented=True)
    psi = columns(start, model)
    total = observables.empty(operator, 1 if isinstance(start, Mixed) else psi.shape[1], times.size, wanted)
    blocks = propagate(operator, psi, times, method, meter)
    if isinstance(start, Mixed):
        return _average(operator, blocks, total, psi.shape[1], wanted)
    for block in blocks:
        observables.fill(total, operator, block)
    return total


def _average(
    operator: BlockSparse, blocks: Iterator[Block], total: Record, starts: int, wanted: tuple[Observable, ...]
) -> Record:
    """Equal mixture of the basis states: the mean of their observables."""
    for array in total.arrays:
        array[:] = 0.0
    for block in blocks:
        T, k = block.states.shape[0], block.states.shape[2]
        part = observables.empty(operator, k, T, wanted)
        whole = Block(slice(0, T), slice(0, k), block.states)
        observables.fill(part, operator, whole)
        for array, piece in zip(total.arrays, part.arrays, strict=True):
            array[0, block.times] += piece.sum(axis=0) / starts
    return total


def _mixed_exact(
    operator: BlockSparse,
    model: OneExcitation,
    start: Mixed,
    times: Real,
    wanted: tuple[Observable, ...],
    meter: Meter,
) -> Record:
    """The maximally mixed band without sampling: traces in the eigenbasis."""
    spectrum = dense.decompose(operator).report(meter)
    N = operator.blocks
    energies, currents = "local_energies" in wanted, "currents" in wanted
    levels = (operator.energies.reshape(-1)[rows] for rows in operator.places)
    ladders = zip(map(spectrum.block, range(N)), levels, strict=True)

    def matrices() -> Iterator[Complex]:
        yield from spectrum.projections()
        if energies:
            yield from ((B.conj().T * e) @ B for B, e in ladders)
        if currents:
            yield from spectrum.flows()

    count = N + N * energies + (len(operator.pairs) + 1) * currents
    weights = np.eye(N)[_checks.index("subunit", start.subunit, model.subunits)]
    values = dense.mixed_expectations(spectrum, weights, times, matrices(), count, meter).T[None]  # (1, T, count)
    flow = values[..., N + N * energies :]
    return Record(
        values[..., :N].copy(),
        values[..., N : 2 * N].copy() if energies else None,
        flow[..., :-1].copy() if currents else None,
        flow[..., -1].copy() if currents else None,
    )
