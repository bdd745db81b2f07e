"""sector: interacting chains with dephasing, against QuTiP's direct solver and the machine's matrix products."""

from __future__ import annotations

from math import comb

import numpy as np

import caloriq as cq
from benchmarks.driven import interacting, peak_memory, qutip_current
from benchmarks.report import Report, Target, agree
from benchmarks.timing import measure, once

GOALS = {7: 30.0, 8: 1000.0}
LONG, SECONDS, MEMORY = 12, 60.0, 4.0
REFERENCE = {12: 0.03272316, 10: 0.03765497}
CLOSE = 1e-10


def run(*, quick: bool) -> Report:
    """N = 7 and 8 beside QuTiP, N = 12 alone; currents compared."""
    sizes, long = ((5, 6), 10) if quick else ((7, 8), LONG)
    method = cq.Sector(tol=1e-12)
    cold, _, _ = once(lambda: cq.steady_state(interacting(5, 1.0), method=method))
    cq.steady_state(interacting(5, 1.0), method=cq.Sector(precision="mixed"))
    rows, targets, data = [], [], {}
    for N in sizes:
        ours, found = measure(lambda N=N: cq.steady_state(interacting(N, 1.0), method=method), 5)
        data[N] = {"ours": ours.to_mapping(), "products": found.method.statistics["products"]}
        rows.append([f"caloriq, N = {N}", str(comb(2 * N, N)), f"{ours.median:.4f}", "1", f"{peak_memory():.2f}"])
        data[N]["current"] = found.current
    wall, cpu, result = once(lambda: cq.steady_state(interacting(long, 1.0), method=method))
    peak = peak_memory()
    products = int(result.method.statistics["products"])
    operations = products * 20.0 * sum(comb(long, k) ** 3 for k in range(long + 1))
    rate = max(_rate(comb(long, long // 2), np.float32) for _ in range(5))
    rows.append([f"caloriq, N = {long}", str(comb(2 * long, long)), f"{wall:.2f}", "", f"{peak:.2f}"])
    expected = REFERENCE[long]
    agree(f"N = {long}", "the reference current", abs(result.current - expected), 5e-9)
    if not quick:
        targets += [
            Target(f"N = {long}, wall time", wall, SECONDS, unit=" s"),
            Target(f"N = {long}, peak memory of the process", peak, MEMORY, unit=" GB"),
        ]
    for N in sizes:
        theirs, _, current = once(lambda N=N: qutip_current(interacting(N, 1.0)))
        difference = abs(current - data[N]["current"])
        agree(f"caloriq, N = {N}", "qutip.steadystate", difference, CLOSE)
        ratio = theirs / data[N]["ours"]["median"]
        data[N] |= {"qutip": theirs, "difference": difference, "ratio": ratio}
        rows.append(
            [f"qutip.steadystate direct, N = {N}", str(4**N), f"{theirs:.2f}", f"{ratio:.0f}", f"{peak_memory():.2f}"]
        )
        if not quick:
            targets.append(Target(f"N = {N}: qutip / caloriq", ratio, GOALS[N], at_least=True))
    notes = [
        "Hopping 1, ZZ ½, γ = 1, frequencies 1, T = 1 and 0, Γ = 1; Sector(tol=1e-12), medians of 5 warm calls; currents agree to "
        + ", ".join(f"{data[N]['difference']:.0e} (N = {N})" for N in sizes)
        + ".",
        f"The first call of the process, compiled kernels loaded from the cache, took {cold:.2f} s at N = 5. Memory is the peak of the process so far: ours first, QuTiP after.",
        f"N = {long}: {products} products in {result.method.statistics['wall time in s']:.1f} s, of which {result.method.statistics['preparation in s']:.1f} s prepare (eigendecompositions in double precision); "
        f"20 Σ C(N,k)³ operations a product, {operations / 1e9:.0f}·10⁹ in all, {operations / (wall - float(result.method.statistics['preparation in s'])) / 1e9:.0f} GFlop/s over everything after the preparation; float32 products of the largest block run at {rate / 1e9:.0f} GFlop/s here.",
    ]
    data["long"] = {
        "wall": wall,
        "cpu": cpu,
        "products": products,
        "peak_gb": peak,
        "current": result.current,
        "sgemm": rate,
    }
    columns = ["solver", "unknowns", "wall s", "ratio", "peak GB"]
    return Report("sector", "Interacting chain with dephasing", columns, rows, targets, notes, data, quick)


def _rate(size: int, kind: type) -> float:
    """Real operations per second of square matrix products."""
    a = np.random.default_rng(0).standard_normal((size, size)).astype(kind)
    a @ a
    wall, _, _ = once(lambda: [a @ a for _ in range(4)])
    return 8.0 * size**3 / wall
