"""alternatives: the same product written in other ways, each result compared."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import blas

from benchmarks.kernels import complex_loop, complex_loop_parallel
from benchmarks.peers import sparse_hamiltonian
from benchmarks.report import Report, agree
from benchmarks.timing import Pass, Timing, measure
from caloriq import ModularChain
from caloriq.linalg.block_tridiagonal import BlockTridiagonal

BATCH = 5  # products per timing
EXACT = 1e-11


def run(*, quick: bool) -> Report:
    """Milliseconds per product of every way, on one chain."""
    N, n, repeats = (4, 200, 5) if quick else (10, 500, 11)
    model = ModularChain(subunits=N, levels=n, bandwidth=0.05, coupling=0.025 / n, seed=1)
    whole = model.hamiltonian()
    operator = BlockTridiagonal(whole.energies - model.gap, whole.re, whole.im)  # the gap would hide the couplings
    x = np.random.default_rng(0).standard_normal(2 * model.dimension).view(complex).reshape(N, n)
    reference = operator.mv(x.ravel())
    ours = Pass(operator)
    settled, _ = measure(ours.seconds, 1)  # one settled timing, then a quiet series
    series = Timing(tuple(ours.seconds() for _ in range(repeats)), settled.cpus)
    rows, data = [_row("split parts, fused, rows over threads (the kernel, Numba)", series, series, 0.0)], {}
    for name, call in _ways(model, operator, x).items():
        difference = float(np.abs(call().ravel() - reference).max() / np.abs(reference).max())
        agree("the kernel", name, difference, EXACT)
        timing, _ = measure(lambda call=call: [call() for _ in range(BATCH)], repeats)
        each = Timing(tuple(w / BATCH for w in timing.walls), timing.cpus)
        rows.append(_row(name, each, series, difference))
        data[name] = each.median
    notes = [
        f"N = {N}, n = {n}: {operator.product_bytes / 1e6:.0f} MB of coupling blocks; H x for one vector, diagonal included, gap left out. Medians of {repeats} series.",
        "Relative difference: largest entry of the difference over the largest entry of H x.",
    ]
    return Report(
        "alternatives",
        "Ways to write one product",
        ["way", "ms median", "ms best", "GB/s", "times the kernel's", "difference"],
        [[*row[:3], f"{operator.product_bytes / float(row[1]) / 1e6:.1f}", *row[3:]] for row in rows],
        [],
        notes,
        {"kernel": series.median, "ways": data},
        quick,
    )


def _row(name: str, timing: Timing, kernel: Timing, difference: float) -> list[str]:
    return [
        name,
        f"{1e3 * timing.median:.3f}",
        f"{1e3 * timing.best:.3f}",
        f"{timing.median / kernel.median:.1f}",
        f"{difference:.0e}" if difference else "",
    ]


def _ways(model: ModularChain, operator: BlockTridiagonal, x: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
    energies, N = operator.energies, operator.blocks
    v = np.stack([operator.coupling(b) for b in range(N - 1)])  # (N-1, n, n)
    fortran = [np.asfortranarray(block) for block in v]
    twin = BlockTridiagonal(operator.energies, operator.re, operator.im, kernel="numpy")
    matrix = sparse_hamiltonian(model)

    def stacked() -> np.ndarray:
        y = energies * x
        y[:-1] += (v @ x[1:, :, None])[..., 0]
        y[1:] += (v.conj().swapaxes(1, 2) @ x[:-1, :, None])[..., 0]
        return y

    def stacked_without_copies() -> np.ndarray:
        y = energies * x
        y[:-1] += (v @ x[1:, :, None])[..., 0]
        y[1:] += (x[:-1, None, :].conj() @ v)[:, 0].conj()
        return y

    def gemv() -> np.ndarray:
        y = energies * x
        for b, block in enumerate(fortran):
            y[b] += blas.zgemv(1.0, block, x[b + 1])
            y[b + 1] += blas.zgemv(1.0, block, x[b], trans=2)
        return y

    def loop(kernel: Callable[..., None]) -> Callable[[], np.ndarray]:
        def call() -> np.ndarray:
            y = np.zeros_like(x)
            kernel(v, x, y)
            return y + energies * x

        return call

    return {
        "split parts, real matrix products (our twin without Numba)": lambda: twin.mv(x.ravel()),
        "stacked numpy matmul, v and v.conj().swapaxes": stacked,
        "stacked numpy matmul, conjugated vectors instead": stacked_without_copies,
        "BLAS zgemv per block, plain and conjugate-transposed": gemv,
        "complex Numba loop, one thread": loop(complex_loop),
        "complex Numba loop, threads over rows, then bonds": loop(complex_loop_parallel),
        "scipy CSR product (what the peers do)": lambda: matrix @ x.ravel(),
    }
