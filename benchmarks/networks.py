"""networks: the rate equation on a million subunits, as a lattice and as a general graph; exact dynamics of a network."""

from __future__ import annotations

import time

import numpy as np
import scipy

import caloriq as cq
from benchmarks.driven import peak_memory
from benchmarks.report import Report, Target, agree
from benchmarks.timing import once
from caloriq.linalg.heat_equation import Laplacian

SECONDS, GIGABYTES = 60.0, 2.0
CLOSE = 2e-12  # of populations: the series is cut at 1e-12
FIELDS = {"levels": 500, "bandwidth": 0.05, "coupling": 5e-5, "seed": 1}
PRODUCTS = 20


def product_time(theory: cq.Theory) -> tuple[float, float]:
    """Seconds of one product of the series, and of SciPy's product with the same sparse matrix alone."""
    model, L = theory.model, theory.laplacian
    operator = Laplacian(model.subunits, model.bonds, theory.relative_rates)
    start = np.random.default_rng(np.random.SeedSequence(0)).random(model.subunits)
    operator.heat(start, np.array([1.0]), 1e-12)
    # two spans apart, so that what is done once drops out
    (few, _, (_, a)), (many, _, (_, b)) = (
        once(lambda tau=tau: operator.heat(start, np.array([tau]), 1e-12)) for tau in (10.0, 1000.0)
    )
    begin = time.perf_counter()
    for _ in range(PRODUCTS):
        start = L @ start
        start /= 8
    theirs = (time.perf_counter() - begin) / PRODUCTS
    return (many - few) / (int(b["products"]) - int(a["products"])), theirs


def against_scipy() -> float:
    """Largest distance of every route from SciPy's expm_multiply on a small lattice."""
    theory = cq.ham(cq.ModularNetwork(lattice=[20, 30], **FIELDS))
    expected = scipy.sparse.linalg.expm_multiply(-40.0 * theory.laplacian, np.eye(1, 600, 310)[0])
    found = [theory.solve([40 / theory.rate], initial=310, method=m) for m in ("transform", "eigenbasis", "series")]
    return max(float(np.abs(one.populations[0] - expected).max()) for one in found)


def run(*, quick: bool) -> Report:
    """Wall times and memory; the graph's populations against the lattice's in the same run."""
    small = against_scipy()
    agree("solve()", "SciPy's expm_multiply", small, 1e-11)
    side = 100 if quick else 1000
    spans = (1.0, 1e3, 1e4) if quick else (1.0, 1e3, 1e6)
    lattice = cq.ham(cq.ModularNetwork(lattice=[side, side], **FIELDS))
    graph = cq.ham(cq.ModularNetwork(graph=np.asarray(lattice.model.bonds), **FIELDS))
    start = (side // 2) * side + side // 2
    rows, targets, data, worst = [], [], {}, 0.0
    every = np.array(spans) / lattice.rate
    wall, _, exact = once(lambda: lattice.solve(every, initial=start))
    rows.append([f"lattice {side}×{side}, γt = {spans}", f"{wall:.3g}", "", f"{peak_memory():.2f}"])
    data["lattice"] = {"wall": wall, "peak_gb": peak_memory()}
    if not quick:
        targets.append(Target(f"lattice {side}×{side}, three times", wall, SECONDS, unit=" s"))
    graph.solve([1 / graph.rate], initial=start, method="series")
    for k, span in enumerate(spans):
        wall, _, found = once(lambda span=span: graph.solve([span / graph.rate], initial=start, method="series"))
        apart = float(np.abs(found.populations[0] - exact.populations[k]).max())
        worst = max(worst, apart)
        agree(f"the graph at γt = {span:g}", "the lattice", apart, CLOSE)
        products = int(found.method.statistics["products"])
        rows.append(
            [f"the same as a general graph, γt = {span:g}", f"{wall:.3g}", f"{products}", f"{peak_memory():.2f}"]
        )
        data[f"graph {span:g}"] = {"wall": wall, "products": products, "peak_gb": peak_memory(), "apart": apart}
        if not quick:
            targets.append(Target(f"general graph of {side * side} subunits, γt = {span:g}", wall, SECONDS, unit=" s"))
    ours, theirs = product_time(graph)
    data["product"] = {"ours": ours, "scipy": theirs}
    if not quick:
        targets.append(Target("peak memory of the process", peak_memory(), GIGABYTES, unit=" GB"))
    notes = [
        f"One step of the series (product, recurrence and sum) takes {1e3 * ours:.3g} ms, SciPy's product alone {1e3 * theirs:.3g} ms.",
        f"Graph and lattice agree to {worst:.0e}; every route agrees with SciPy's expm_multiply to {small:.0e} on 20×30 subunits.",
    ]
    columns = ["what", "wall s", "products", "peak GB"]
    return Report("networks", "Rate equation on networks", columns, rows, targets, notes, data, quick)
