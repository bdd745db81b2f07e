"""tensor-steps: one time step of a tensor train, in blocks of charges beside none."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.report import Report
from benchmarks.tensor_networks import driven
from caloriq.linalg.charged_train import ChargedTrain
from caloriq.linalg.tensor_train import Gates, Train
from caloriq.linalg.threads import serial
from caloriq.steady.tensor.cells import Cells, cells
from caloriq.steady.tensor.start import start

LARGE = 64  # bond dimension from which few steps are long enough


def per_step(train: Train, found: Cells, bond: int, count: int) -> float:
    """Seconds of one step of second order at a bond dimension that is filled."""
    gates = found.gates(0.1, train)
    with serial(blas=True, kernels=False):  # as the method runs
        train.evolve(gates, 10, bond)
        clock = time.perf_counter()
        train.evolve(gates, count, bond)
        return (time.perf_counter() - clock) / count


def blocks(sizes: Sequence[int], sites: int) -> list[tuple[int, float, float]]:
    """Seconds of a step without and with blocks."""
    found = cells(driven(sites, 0.0).lattice())
    filled = Train.product(start(found))
    gates = Gates.of(found.generators, 0.1)
    rows = []
    for bond in sizes:
        with serial(blas=True, kernels=False):
            filled.evolve(gates, 30, bond)
        charged = ChargedTrain.of(filled, found.charged or [])
        count = 2 if bond > LARGE else 10
        rows.append((bond, per_step(filled.copy(), found, bond, count), per_step(charged, found, bond, count)))
    return rows


def run(*, quick: bool) -> Report:
    """Steps at several bond dimensions."""
    sites = 10 if quick else 20
    measured = blocks((16, 32) if quick else (32, 64, 128, 256), sites)
    rows = [
        [str(bond), f"{1e3 * dense:.3g}", f"{1e3 * charged:.3g}", f"{dense / charged:.2g}"]
        for bond, dense, charged in measured
    ]
    columns = ["bond dimension", "without blocks, ms", "in blocks, ms", "times faster"]
    notes = [
        f"XXZ chain of {sites} sites without dephasing, one step of second order on one thread, at bonds that are filled; ours takes blocks from a bond dimension of 64 on.",
    ]
    return Report("tensor-steps", "Steps of tensor networks", columns, rows, [], notes, {"blocks": measured}, quick)
