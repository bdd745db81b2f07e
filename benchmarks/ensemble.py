"""ensemble: many Haar starts by matrix products alone, against the machine's own rate for them."""

from __future__ import annotations

import resource
import sys
import time
from statistics import median

import numpy as np

from benchmarks.report import Report, Target, agree
from benchmarks.timing import once
from caloriq import Chebyshev, Exact, ModularChain, evolve, haar, ham
from caloriq.closed.dense import STARTS, decompose

BOUND, MEMORY = 1.5, 4.0
FEW = 16
TOL = 1e-10
CLOSE = 1e-9
SQUARE = 2000


def run(*, quick: bool) -> Report:
    """Wall time, arithmetic and peak memory of the whole ensemble; a few members by other routes."""
    n, T, samples = (100, 51, 1500) if quick else (500, 201, 15_000)
    model = ModularChain(subunits=2, levels=n, bandwidth=0.05, coupling=0.025 / n, seed=1)
    times = np.linspace(0, 5 / ham(model).rate, T)
    triples = ((n, n, STARTS), (n, 2 * n, n), (SQUARE, SQUARE, SQUARE))  # states, propagator, and a large one
    shapes = {f"({a}×{b})·({b}×{c})": (a, b, c) for a, b, c in triples}
    before = {name: _rate(*shape) for name, shape in shapes.items()}
    wall, cpu, result = once(
        lambda: evolve(
            model, times, initial=haar(0, seed=2, samples=samples), method=Exact(), observables=["populations"]
        )
    )
    peak = _peak_memory()
    rates = {name: median([*before[name], *_rate(*shape)]) for name, shape in shapes.items()}
    eigen, _, _ = once(lambda: decompose(model.hamiltonian()))
    few = haar(0, seed=2, samples=FEW)
    checks = {
        "Exact, state by state": once(lambda: evolve(model, times, initial=few, method=Exact())),
        f"Chebyshev, {FEW} starts at once": once(lambda: evolve(model, times, initial=few, method=Chebyshev(tol=TOL))),
        "Chebyshev, one start": once(lambda: evolve(model, times, initial=haar(0, seed=2), method=Chebyshev(tol=TOL))),
    }
    rows = [["caloriq: ensemble by propagator blocks", str(samples), f"{wall:.1f}", f"{cpu:.1f}", "", ""]]
    differences = {}
    for name, (seconds, busy, other) in checks.items():
        P = other.populations.reshape(-1, T, 2)
        differences[name] = float(np.abs(result.populations[: len(P)] - P).max())
        agree("the ensemble", name, differences[name], CLOSE)
        fixed = min(eigen, seconds) if name.startswith("Exact") else 0.0
        whole = fixed + samples / len(P) * (seconds - fixed)
        rows.append([name, str(len(P)), f"{seconds:.2f}", f"{busy:.2f}", f"{whole:.0f}", f"{differences[name]:.1e}"])
    N = model.subunits
    operations = T * 8.0 * (N - 1) * n**2 * (N * n + samples)
    needed = operations / max(rates.values())
    targets = [
        Target("wall time / time of the matrix products at the machine's best rate", wall / needed, BOUND),
        Target("peak memory of the process", peak, MEMORY, unit=" GB"),
    ]
    notes = [
        f"N = {N}, n = {n}, {T} times up to 5/γ, populations of {samples} Haar starts, method Exact(); certificate: {', '.join(f'{c.name} {c.value:.1e}' for c in result.certificate)}.",
        f"Arithmetic needed: {operations / 1e12:.2f}·10¹² real operations, 8 (N-1) n² (N n + samples) per time; achieved {operations / wall / 1e9:.1f} GFlop/s over everything, the eigendecomposition ({eigen:.2f} s alone) included in the time but not in the operations.",
        f"Rate of complex128 matrix products in this run, before and after: {', '.join(f'{name} {rate / 1e9:.1f} GFlop/s' for name, rate in rates.items())}; the fastest of them is the bound.",
        "The other rows run a few of the same starts and compare; 'extrapolated' is what the whole ensemble would take at that pace, the eigendecomposition once.",
    ]
    data = {
        "wall": wall,
        "cpu": cpu,
        "operations": operations,
        "rates": rates,
        "eigendecomposition": eigen,
        "peak_gb": peak,
        "differences": differences,
    }
    columns = ["method", "starts", "wall s", "CPU s", "extrapolated s", "max |ΔP|"]
    return Report("ensemble", "Many starts at once", columns, rows, targets, notes, data, quick)


def _rate(rows: int, inner: int, columns: int, repeats: int = 7) -> list[float]:
    """Real operations per second of complex matrix products of one shape."""
    rng = np.random.default_rng(0)
    a = rng.standard_normal((rows, 2 * inner)).view(complex)
    b = rng.standard_normal((inner, 2 * columns)).view(complex)
    a @ b
    found = []
    for _ in range(repeats):
        begin = time.perf_counter()
        a @ b
        found.append(8.0 * rows * inner * columns / (time.perf_counter() - begin))
    return found


def _peak_memory() -> float:
    """Largest resident size of this process so far, in GB; a benchmark has a process of its own."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e9
