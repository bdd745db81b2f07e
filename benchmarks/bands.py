"""bands: a pair with three bands, exactly, against memory's read rate; the heat response; the peer on a smaller pair."""

from __future__ import annotations

import time
from statistics import median

import numpy as np
import scipy

import caloriq as cq
from benchmarks.bandwidth import Reader
from benchmarks.driven import peak_memory
from benchmarks.kernels import READERS
from benchmarks.report import Report, Target, agree
from benchmarks.timing import SETTLE, Pass, once
from caloriq.closed.shells import hamiltonian
from caloriq.linalg.block_sparse import BlockSparse
from caloriq.papers.michel_2006.pairs_of_bands import pair

SECONDS, GIGABYTES, BOUND = 180.0, 3.0, 1.3
TIMES, SPANS, C2 = 200, 3.0, 2.8e-4
ROUNDS = 7
CLOSE = 1e-8


def against_scipy() -> tuple[float, float, float]:
    """Largest difference of band populations from SciPy's expm_multiply on a small pair, and both times."""
    model = pair((16, 16, 16), 2e-3)
    theory = cq.ham(model)
    t = np.linspace(0, 1 / theory.fastest_rate, 5)
    start = cq.thermal(1.0, difference=0.4, seed=3)
    cq.evolve(model, t[:2], initial=start, method=cq.Chebyshev(tol=1e-10))
    ours, _, run = once(lambda: cq.evolve(model, t, initial=start, method=cq.Chebyshev(tol=1e-10)))
    worst, theirs = 0.0, 0.0
    for shell in model.total_shells:
        operator = hamiltonian(model, shell)
        psi = start.amplitudes(model, shell.configurations)[:, 0]
        H = scipy.sparse.csr_array(operator.as_matrix())
        begin = time.perf_counter()
        states = scipy.sparse.linalg.expm_multiply(-1j * H, psi, start=0.0, stop=float(t[-1]), num=len(t))
        theirs += time.perf_counter() - begin
        names = shell.configurations.tolist()
        place = [names.index(c) for c in run.configurations.tolist() if c in names]
        columns = [k for k, c in enumerate(run.configurations.tolist()) if c in names]
        weight = np.stack([(np.abs(states[:, rows]) ** 2).sum(axis=1) for rows in operator.places], axis=1)
        worst = max(worst, float(np.abs(run.populations[:, columns] - weight[:, place]).max()))
    return worst, ours, theirs


def read_and_product(operator: BlockSparse, size: int) -> tuple[float, float]:
    """Bytes per second of reading memory, and of the couplings in products, taken in turn."""
    time.sleep(SETTLE)
    large = np.full(size // 8, 1.0)
    streams = max(READERS, key=lambda s: max(Reader(large, s).rate() for _ in range(3)))
    reader, product = Reader(large, streams), Pass(operator)
    rates = [(reader.rate(), operator.product_bytes / product.seconds()) for _ in range(ROUNDS)]
    read, used = zip(*rates, strict=True)
    return median(read), median(used)


def run(*, quick: bool) -> Report:
    """Wall times, memory, and the product of the largest shell beside the read rate, interleaved."""
    worst, ours, theirs = against_scipy()
    agree("evolve()", "SciPy's expm_multiply", worst, CLOSE)
    n = 24 if quick else 60
    model = pair((n, n, n), C2 * (60 / n) ** 2)
    largest = max(model.total_shells, key=lambda s: model.sizes(s.configurations).sum())
    operator = hamiltonian(model, largest)
    read, used = read_and_product(operator, int(2e8 if quick else 1.2e9))
    size = operator.product_bytes
    del operator
    theory = cq.ham(model)
    t = np.linspace(0, SPANS / theory.fastest_rate, TIMES)
    wall, _, found = once(lambda: cq.evolve(model, t, initial=cq.thermal(1.0, difference=0.4, seed=3)))
    peak = peak_memory()
    D = int(found.method.statistics["largest shell"])
    rows = [
        [
            f"pair of three bands of {n}, {(3 * n) ** 2} states, largest shell {D}, {TIMES} times",
            f"{wall:.3g}",
            f"{peak:.2f}",
        ],
        [f"one product of the largest shell, {size / 1e6:.0f} MB", f"{size / used:.3g}", ""],
        ["small pair, ours", f"{ours:.3g}", ""],
        ["small pair, SciPy's expm_multiply", f"{theirs:.3g}", ""],
    ]
    warm, _, response = once(lambda: cq.heat_response(pair((30, 30, 30), 7e-4), [0.5], samples=4))
    rows.append(["heat response of three bands of 30, 4 samples", f"{warm:.3g}", f"{peak_memory():.2f}"])
    targets = []
    if not quick:
        targets = [
            Target(f"three bands of {n}, {TIMES} times", wall, SECONDS, unit=" s"),
            Target("its peak memory, benchmark's own array included", peak, GIGABYTES, unit=" GB"),
            Target("memory read rate / product of the largest shell", read / used, BOUND),
        ]
    notes = [
        f"{found.method.statistics['products']} products. Memory is read at {read / 1e9:.1f} GB/s in the same run, the couplings at {used / 1e9:.1f}. Band populations agree to {worst:.0e} with SciPy's expm_multiply, which takes {theirs / ours:.1f} times as long.",
    ]
    data = {"wall": wall, "peak_gb": peak, "read": read, "used": used, "ours": ours, "theirs": theirs, "response": warm}
    data["kappa_over_theory"] = float(response.conductivity[0] / response.theory[0])
    return Report("bands", "Several bands", ["what", "wall s", "peak GB"], rows, targets, notes, data, quick)
