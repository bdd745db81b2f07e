"""trajectories: time to one per cent of the current, over one and two workers, and beside QuTiP's `mcsolve` to the same error."""

from __future__ import annotations

import math
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import qutip

import caloriq as cq
from benchmarks.report import Report, Target, agree
from benchmarks.timing import Result, once
from caloriq.sweep.definition import Sweep
from caloriq.sweep.engine import crew, drive, source_of
from caloriq.sweep.plan import Plan
from caloriq.sweep.run import Place, ledgers_of
from caloriq.sweep.workers import Processes

GOAL, FASTER, EFFICIENCY = 600.0, 20.0, 0.9  # seconds of 16 sites to 1 %; times of QuTiP; of two workers
ERROR = 0.01
SIZES = (8, 12, 16)
REPEATS = 3  # where one is beside the other
FAR = 4.5  # standard errors
QUTIP = {8: (12, 160.0), 10: (8, 160.0)}  # trajectories and time of `mcsolve`
BURN, STEP = 40.0, 0.5
SHARED = {"sites": 14, "points": 8, "burn_in": 10.0, "window": 250.0}


def driven(sites: int) -> cq.SpinChain:
    """Hopping 1, ZZ 3/2, dephasing 1, gain on the first site and loss on the last."""
    ends = (cq.Bath(site=0, gain=1.0, loss=0.0), cq.Bath(site=-1, gain=0.0, loss=1.0))
    return cq.SpinChain(sites=sites, hopping=1.0, zz=1.5, dephasing=1.0, baths=ends)


def quickest(call: Callable[[], Result]) -> tuple[float, float, Result]:
    """Wall and CPU seconds of the quickest of a few calls, and the result: all are the same work."""
    runs = [once(call) for _ in range(REPEATS)]
    return min(run[0] for run in runs), min(run[1] for run in runs), runs[-1][2]


def by_qutip(sites: int, count: int, end: float) -> tuple[float, float, float, float]:
    """Current of `mcsolve` and its standard error from trajectory to trajectory, seconds and CPU seconds."""
    lower = [qutip.tensor([qutip.destroy(2) if k == j else qutip.qeye(2) for k in range(sites)]) for j in range(sites)]
    n = [one.dag() * one for one in lower]
    hops = [lower[k].dag() * lower[k + 1] for k in range(sites - 1)]
    H = sum(one + one.dag() for one in hops)
    H += sum(0.75 * (2 * n[k] - 1) * (2 * n[k + 1] - 1) for k in range(sites - 1))
    jumps = [*n, lower[0].dag(), lower[-1]]
    current = sum(1j * (one.dag() - one) for one in hops) / (sites - 1)
    start = qutip.tensor([qutip.basis(2, k % 2) for k in range(sites)])
    options = {"progress_bar": "", "keep_runs_results": True, "map": "serial", "store_final_state": False}
    times = np.arange(0, end + STEP / 2, STEP)
    wall, cpu, seen = quickest(
        lambda: qutip.mcsolve(H, start, times, jumps, e_ops=[current], ntraj=count, seeds=1, options=options)
    )
    means = np.array([np.asarray(one)[times > BURN].mean() for one in seen.runs_expect[0]])
    return abs(float(means.mean())), float(means.std(ddof=1) / math.sqrt(count)), wall, cpu


def answered(workers: int, folder: Path) -> float:
    """Seconds of the points of an ensemble once the workers are warm."""
    method: dict[str, Any] = {"kind": "trajectories", "samples": 1}
    method |= {name: SHARED[name] for name in ("burn_in", "window")}
    chain = driven(int(SHARED["sites"]))
    question = {"kind": "steady-state", "keep": ["current"], "method": method}
    sweep = Sweep(model=chain, question=question, ensemble={"samples": SHARED["points"], "seed": 1}, batch=1)
    plan, place = Plan(sweep), Place(folder / f"on-{workers}", "s")
    with ledgers_of(place) as ledgers, crew(plan, Processes(workers)) as pool:
        for future in [pool.submit(_warm, chain.to_mapping()) for _ in range(4 * workers)]:
            future.result()
        clock = time.perf_counter()
        drive(source_of(plan, ledgers), pool, lambda _: None)
        return time.perf_counter() - clock


def apart(points: int) -> float:
    """What two processes that share nothing but the machine reach of twice the work of one."""
    sites = int(SHARED["sites"])
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        for warm in [pool.submit(_points, sites, 1) for _ in range(4)]:
            warm.result()
        walls = []
        for count in (1, 2):
            clock = time.perf_counter()
            for done in [pool.submit(_points, sites, points) for _ in range(count)]:
                done.result()
            walls.append(time.perf_counter() - clock)
    return walls[0] / walls[1]


def _points(sites: int, count: int) -> None:
    """So many points, one after the other."""
    method: dict[str, Any] = {name: SHARED[name] for name in ("burn_in", "window")}
    for seed in range(count):
        cq.steady_state(driven(sites), method=cq.Trajectories(samples=1, seed=seed, **method))


def _warm(chain: dict[str, Any]) -> float:
    model = cq.SpinChain.from_mapping({k: v for k, v in chain.items() if k != "kind"})
    return cq.steady_state(model, method=cq.Trajectories(samples=1, burn_in=0.5, window=4.0)).energy


def run(*, quick: bool) -> Report:
    """Ours over the size, QuTiP at the sizes that it can take, and two workers beside one."""
    rows, targets, data = [], [], {}
    method = cq.Trajectories(error=ERROR, seed=1)
    cq.steady_state(driven(4), method=method)  # compiles
    for sites in SIZES[:2] if quick else SIZES:
        wall, cpu, found = once(lambda sites=sites: cq.steady_state(driven(sites), method=method))
        error, told = found.standard_errors["current"], found.method.statistics
        if sites <= 10:
            exact = cq.steady_state(driven(sites)).current
            agree("trajectories", "the sector method", abs(found.current - exact) / (FAR * error), 1.0)
        rows.append(
            [
                f"ours, N = {sites}",
                f"{found.current:.5f} ± {error:.5f}",
                f"{100 * error / found.current:.2f}",
                f"{wall:.3g} ({cpu:.3g})",
                f"{cpu * (error / found.current / ERROR) ** 2:.2g}",
                f"{told['trajectories']} of {told['burn-in']:.0f} + {told['window']:.0f}",
                str(told["products"]),
            ]
        )
        data[f"N = {sites}"] = {"wall": wall, "current": found.current, "error": error, **told}
        if sites == SIZES[-1]:
            targets.append(Target(f"{sites} sites to 1 % on one core", wall, GOAL, unit=" s"))
    for sites, (count, end) in list(QUTIP.items())[: 1 if quick else 2]:
        current, error, wall, cpu = by_qutip(sites, count, end)
        _, ours, found = quickest(lambda sites=sites: cq.steady_state(driven(sites), method=method))
        own = found.standard_errors["current"]
        agree("trajectories", "qutip.mcsolve", abs(current - found.current) / (FAR * math.hypot(error, own)), 1.0)
        same = cpu * (error / own) ** 2
        rows.append(
            [
                f"qutip.mcsolve, N = {sites}",
                f"{current:.4f} ± {error:.4f}",
                f"{100 * error / current:.1f}",
                f"{wall:.3g} ({cpu:.3g})",
                f"{cpu * (error / current / ERROR) ** 2:.3g}",
                f"{count} of {BURN:.0f} + {end - BURN:.0f}",
                "-",
            ]
        )
        targets.append(
            Target(f"CPU of mcsolve / ours to the same error, N = {sites}", same / ours, FASTER, at_least=True)
        )
        data[f"qutip, N = {sites}"] = {
            "wall": wall,
            "cpu": cpu,
            "current": current,
            "error": error,
            "ours": ours,
            "own": own,
        }
    with tempfile.TemporaryDirectory() as folder:
        one, two = (answered(workers, Path(folder)) for workers in (1, 2))
    limit = apart(int(SHARED["points"]) // 2)
    data["workers"] = {"one": one, "two": two, "limit": limit}
    targets.append(Target("efficiency of two workers", one / two / 2, EFFICIENCY, at_least=True))
    columns = ["method", "current", "error %", "s (CPU)", "CPU s at 1 %", "trajectories: burn-in + window", "products"]
    notes = [
        "XXZ chain, hopping 1, ZZ 3/2, dephasing 1 on every site, gain 1 on the first and loss 1 on the last; ours is told to stop at 1 % and keeps its least number and length of trajectories, which can be better than that: `CPU s at 1 %` is scaled by the squared error.",
        f"Both on one core, compared by the CPU seconds of the quickest of {REPEATS} runs. `mcsolve` has its own defaults; its error is from trajectory to trajectory, and a burn-in of {BURN:.0f} is left out of its means; scaled to our error with the square.",
        f"Workers: {SHARED['points']} points of one trajectory of {SHARED['sites']} sites each, {one:.1f} s on one and {two:.1f} s on two, the workers warm. Two processes that share nothing but the machine, at the same points, reach {limit:.2f} here: workers {one / two / 2 / limit:.2f} of that.",
    ]
    return Report("trajectories", "Steady states by quantum jumps", columns, rows, targets, notes, data, quick)
