"""bounds: what the bound on every number costs, beside the solution alone, in one process."""

from __future__ import annotations

import numpy as np

import caloriq as cq
from benchmarks.driven import interacting
from benchmarks.report import Report, Target
from benchmarks.timing import measure
from caloriq._array import library
from caloriq.linalg.threads import serial
from caloriq.steady import sector, verified
from caloriq.steady.bounds import unit_of
from caloriq.steady.low_order import LowOrder
from caloriq.steady.parts import coefficients, space_of
from caloriq.steady.preconditioner import Preconditioner
from caloriq.steady.superoperator import Sectors

GOAL = 1.5
DEPHASINGS = (0.0, 0.2, 1.0, 4.0)
STOP = 0.3  # tolerances at which a solution without bounds ends


def alone(model: cq.SpinChain) -> tuple[np.ndarray, int]:
    """The sector method's state at its default tolerance, and its products: no bound on anything."""
    method = cq.Sector()
    with serial(blas=model.sites < sector.SERIAL, kernels=True):
        layout, tools = Sectors(model, scaled=True), library("cpu", single=False)
        preconditioner = Preconditioner(layout, LowOrder(layout), tools)
        solver = sector.Iteration(layout, preconditioner, tools, method, method.restart, None)
        solver.tol = STOP / sector.LOOSE * method.tol
        x = solver.run(solver.start())
    return x, preconditioner.products


def plain(model: cq.SpinChain) -> np.ndarray:
    """The sector's equations by LU in double precision, no bound on anything."""
    here = space_of(model)
    L, _ = verified.generator(here, coefficients(model, unit=unit_of(model)))
    A = L.toarray()
    A[0] = 0.0
    A[0, here.diagonal] = 1.0
    b = np.zeros(here.dimension)
    b[0] = 1.0
    return np.linalg.solve(A, b)


def run(*, quick: bool) -> Report:
    """Sector for N = 6…10, Direct for N = 3…5, with and without bounds."""
    rows, data, ratios, counts = [], {}, [], []
    sizes = (6, 8) if quick else (6, 7, 8, 9, 10)
    for gamma in DEPHASINGS:
        for N in sizes:
            model = interacting(N, gamma)
            (_, fewer), state = alone(model), cq.steady_state(model, method=cq.Sector())
            bare = measure(lambda m=model: alone(m), 3)[0].median
            whole = measure(lambda m=model: cq.steady_state(m, method=cq.Sector()), 3)[0].median
            products = int(state.method.statistics["products"])
            ratios.append(whole / bare)
            counts.append(products / fewer)
            data[f"Sector, N = {N}, dephasing {gamma:g}"] = [bare, whole, fewer, products]
            rows.append([f"Sector, N = {N}, γ = {gamma:g}", f"{bare:.3g} ({fewer})", f"{whole:.3g} ({products})",
                         f"{whole / bare:.2f}", f"{state.current_bound / state.current:.0e}"])  # fmt: skip
    for N in (3, 4, 5):
        model = interacting(N, 1.0)
        state = cq.steady_state(model)
        bare = measure(lambda m=model: plain(m), 5)[0].median
        whole = measure(lambda m=model: cq.steady_state(m), 5)[0].median
        balls = measure(lambda m=model: cq.steady_state(m, method=cq.Direct(arithmetic="balls")), 3)[0].median
        data[f"Direct, N = {N}"] = [bare, whole, balls]
        rows.append([f"Direct, N = {N}", f"{bare:.3g}", f"{whole:.3g}; in balls {balls:.3g}", f"{whole / bare:.1f}",
                     f"{state.current_bound / state.current:.0e}"])  # fmt: skip
    targets = [
        Target("Sector: median ratio of times", float(np.median(ratios)), GOAL),
        Target("Sector: median ratio of products", float(np.median(counts)), GOAL),
    ]
    notes = [
        "Wall seconds, in brackets products. Without bounds: the same iteration to 0.3 of its tolerance and nothing else, not even "
        "the currents; for Direct the dense equations by LU. The last column is the relative bound on the current.",
    ]
    columns = ["method", "solution alone", "with all numbers and bounds", "ratio", "bound / current"]
    return Report("bounds", "What bounds cost", columns, rows, targets, notes, data, quick)
