"""populations: exact and second-order kernels, and diffusion on a cubic lattice."""

from __future__ import annotations

import numpy as np
import scipy.linalg

import caloriq as cq
from benchmarks.driven import peak_memory
from benchmarks.report import Report, Target, agree
from benchmarks.timing import once
from caloriq.reduced.populations.kernel import singular_time
from caloriq.reduced.rates.continuum import steady_diffusion

TIMES = 100
GIGABYTES = 2.0
CLOSE = 1e-9


def exchange(units: int, excitations: int) -> tuple[cq.ExchangeChain, list[int]]:
    """Hopping of some excitations, all of them on the left at first."""
    chain = cq.ExchangeChain(units=units, coupling=0.1, diagonal=False)
    return chain, [1] * excitations + [0] * (units - excitations)


def floor(dimension: int) -> float:
    """Seconds of two real products and one factorisation with as many solutions as states: what one time must cost."""
    rng = np.random.default_rng(np.random.SeedSequence(0))
    A, B = rng.standard_normal((2, dimension, dimension))

    def work() -> None:
        C = (A @ B) @ A
        scipy.linalg.lu_solve(scipy.linalg.lu_factor(C), B)

    return min(once(work)[0] for _ in range(5))


def against_qutip() -> float:
    """Largest distance of the transfer matrix of a small chain from QuTiP's propagator."""
    import qutip  # noqa: PLC0415 - a peer, loaded where it is compared with

    chain, start = exchange(4, 2)
    found = cq.population_kernel(chain, [0.5], start=start)
    states = found.space.states
    H = qutip.Qobj(found.space.hamiltonian())
    U = (-1j * H * 3.0).expm().full()
    exact = found.schroedinger([3.0], initial=start).populations[0]
    return float(np.abs(np.abs(U[:, found.space.index("start", start)]) ** 2 - exact).max()) if len(states) else np.inf


def run(*, quick: bool) -> Report:
    """Wall times and memory, the exact kernel against its own floor in the same run."""
    worst = against_qutip()
    agree("schroedinger()", "QuTiP's propagator", worst, CLOSE)
    rows, targets, data = [], [], {}
    chain, start = exchange(*((10, 3) if quick else (14, 4)))
    t = np.linspace(0, 1, TIMES + 1)[1:]
    cq.population_kernel(chain, t[:2], start=start)
    wall, _, kernel = once(lambda: cq.population_kernel(chain, t, start=start))
    D, least = kernel.space.dimension, floor(kernel.space.dimension)
    peak = peak_memory()
    rows.append(
        [f"exact kernel, {D} states, {TIMES} times", f"{wall:.3g}", f"{wall / TIMES / least:.2f}", f"{peak:.2f}"]
    )
    data["exact"] = {"states": D, "wall": wall, "floor": least, "peak_gb": peak}
    if not quick:
        targets += [
            Target(f"exact kernel, {D} states", wall, 60.0, unit=" s"),
            Target("exact kernel, peak memory of the process", peak, GIGABYTES, unit=" GB"),
            Target("exact kernel, over two products and one factorisation", wall / TIMES / least, 2.0),
        ]
    del kernel
    wall, _, end = once(lambda: singular_time(chain, until=20.0, start=start))
    assert end is not None
    rows.append([f"its first singular time, {end:.4f}", f"{wall:.3g}", "", f"{peak_memory():.2f}"])
    late = np.linspace(0, 0.9 * end, 31)[1:]
    wall, _, kernel = once(lambda: cq.population_kernel(chain, late, start=start))
    each = f"{wall / len(late) / least:.2f}"
    rows.append([f"exact kernel, {len(late)} times up to 0.9 of it", f"{wall:.3g}", each, f"{peak_memory():.2f}"])
    data["late"] = {"wall": wall, "singular": end, "products": kernel.method.statistics["products"]}
    del kernel
    units = 12 if quick else 16
    sectors = [[1] * k + [0] * (units - k) for k in range(units + 1)]
    wide = cq.ExchangeChain(units=units, coupling=0.1)
    wall, _, second = once(lambda: cq.population_kernel(wide, t, order=2, start=sectors))
    rows.append(
        [
            f"second order, {units} units, all {second.space.dimension} states, {TIMES} times",
            f"{wall:.3g}",
            "",
            f"{peak_memory():.2f}",
        ]
    )
    data["second"] = {"states": second.space.dimension, "wall": wall}
    if not quick:
        targets.append(Target(f"second order, {units} units", wall, 10.0, unit=" s"))
    wall, _, _ = once(second.assumptions)
    rows.append(["its three assumptions at all times", f"{wall:.3g}", "", f"{peak_memory():.2f}"])

    n = 24 if quick else 64
    rng = np.random.default_rng(np.random.SeedSequence(1))
    for name, rate in (("equal rates", 1.0), ("random rates", rng.uniform(0.1, 2, (n, n, n)))):
        wall, _, _ = once(
            lambda rate=rate: steady_diffusion((n, n, n), rate=rate, sides=[(1.0, 0.0), "insulated", "periodic"])
        )
        rows.append([f"cubic lattice {n}³ to its steady state, {name}", f"{wall:.3g}", "", f"{peak_memory():.2f}"])
        data[name] = {"wall": wall}
        if not quick:
            targets.append(Target(f"cubic lattice {n}³, {name}", wall, 60.0, unit=" s"))
    notes = [
        f"The floor is two real products and one LU factorisation with D solutions: {least:.3g} s at D = {D}. Populations agree to {worst:.0e} with QuTiP's propagator.",
    ]
    columns = ["what", "wall s", "over the floor", "peak GB"]
    return Report("populations", "Population kernels and diffusion", columns, rows, targets, notes, data, quick)
