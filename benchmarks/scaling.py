"""scaling: time per product and products over the number of subunits and of levels."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import numpy as np

from benchmarks.machine import last_level_cache
from benchmarks.report import Report
from benchmarks.timing import SETTLE, Pass, measure
from caloriq import Chebyshev, ModularChain, evolve, haar, ham

LENGTHS = (2, 3, 4, 5, 7, 10, 14, 20)
LEVELS = (50, 70, 100, 150, 200, 300, 400, 500, 700, 1000)
SCANS = (("N", 300, LENGTHS), ("N", 1000, LENGTHS), ("n", 3, LEVELS), ("n", 20, LEVELS))
QUICK = (("N", 150, (2, 4, 6, 8)), ("n", 3, (50, 100, 200, 300, 400)))
LEAST = 3  # points that a slope needs
SMALL = 1_000_000  # bytes per product below which starting the threads is not negligible
LARGE = 20_000_000  # bytes per product above which one evolve is long enough to time


def run(*, quick: bool) -> Report:
    """All scans and their slopes."""
    rows, notes, scans = [], [], []
    for over, fixed, values in QUICK if quick else SCANS:
        points = [(x, fixed) if over == "N" else (fixed, x) for x in values]
        found = _measured([_model(N, n) for N, n in points], 5 if quick else 15)
        scan = {"over": over, "fixed": fixed, "x": list(values)} | {key: [f[key] for f in found] for key in found[0]}
        scan["slopes"] = _slopes(scan)
        scans.append(scan)
        rows += [_row(N, n, f) for (N, n), f in zip(points, found, strict=True)]
        notes.append(_sentence(scan))
    notes += [
        "A chain has N - 1 coupling blocks, so linear in N means slope 1 over N - 1. Slopes are fitted to Numba points above 1 MB, apart for blocks that fit in the last-level cache and blocks that do not: between the two a product turns from cache speed to memory speed.",
        "Every chain has the same bandwidth and the same rate γ (coupling ∝ 1/√n) and is followed to 5/γ at tol 1e-10, so the number of products hardly changes. Up to 40 000 coupling elements the kernel is NumPy, which costs more per product than Numba but nothing to load.",
    ]
    columns = ["chain", "kernel", "MB per product", "ms per product", "products", "evolve s"]
    return Report("scaling", "Cost over subunits and levels", columns, rows, [], notes, {"scans": scans}, quick)


def _model(N: int, n: int) -> ModularChain:
    return ModularChain(subunits=N, levels=n, bandwidth=0.05, coupling=5e-5 * np.sqrt(500 / n), seed=1)


def _measured(models: list[ModularChain], rounds: int) -> list[dict[str, float | int | str]]:
    """Products of all chains in turns, so that a change of the machine's state meets them all; then each evolve."""
    passes = [Pass(model.hamiltonian()) for model in models]
    seconds: list[list[float]] = [[] for _ in models]
    for _ in range(rounds):
        for series, steps in zip(seconds, passes, strict=True):
            series.append(steps.seconds())
            if steps.operator.kernel == "numpy":
                time.sleep(SETTLE)
    return [
        {
            "kernel": steps.operator.kernel,
            "bytes": steps.operator.product_bytes,
            "seconds": median(series),
            **_evolved(model, 1 if steps.operator.product_bytes > LARGE else 3),
        }
        for model, steps, series in zip(models, passes, seconds, strict=True)
    ]


def _evolved(model: ModularChain, repeats: int) -> dict[str, float | int]:
    times = np.linspace(0, 5 / ham(model).rate, 201)
    start, method = haar(0, seed=2), Chebyshev(tol=1e-10)
    timing, result = measure(lambda: evolve(model, times, initial=start, method=method), repeats)
    return {"products": int(result.method.statistics["products"]), "evolve": timing.median}


def _row(N: int, n: int, found: dict[str, float | int | str]) -> list[str]:
    return [
        f"N = {N}, n = {n}",
        str(found["kernel"]),
        f"{found['bytes'] / 1e6:.2f}",
        f"{1e3 * found['seconds']:.4f}",
        str(found["products"]),
        f"{found['evolve']:.3f}",
    ]


def _slopes(scan: dict[str, Any]) -> dict[str, float]:
    """Least-squares slopes in log-log: blocks inside and beyond the last-level cache."""
    size, cache = np.array(scan["bytes"]), last_level_cache()
    x, y = np.log(np.array(scan["x"]) - (scan["over"] == "N")), np.log(scan["seconds"])
    compiled = (np.array(scan["kernel"]) == "numba") & (size > SMALL)
    regimes = {"inside the cache": compiled & (size < 0.8 * cache), "beyond the cache": compiled & (size > 1.2 * cache)}
    return {name: float(np.polyfit(x[kept], y[kept], 1)[0]) for name, kept in regimes.items() if kept.sum() >= LEAST}


def _sentence(scan: dict[str, Any]) -> str:
    over, other = ("N - 1", "n") if scan["over"] == "N" else ("n", "N")
    fitted = ", ".join(f"{slope:.2f} {name}" for name, slope in scan["slopes"].items()) or "too few points"
    order, products = 1 if scan["over"] == "N" else 2, scan["products"]
    return f"Time per product over {over} at {other} = {scan['fixed']}: slope {fitted} (expected {order}); products {min(products)} to {max(products)}."
