"""sweeps: what a point costs beyond its work, on processes and on Dask, and the memory of the parent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import Report, Target, agree
from caloriq import store
from caloriq.documents import yaml_text
from caloriq.linalg.threads import serial
from caloriq.steady.samples import steady_samples
from caloriq.steady.solve import steady_state
from caloriq.sweep.definition import Sweep
from caloriq.sweep.engine import crew, drive, source_of
from caloriq.sweep.plan import Plan
from caloriq.sweep.run import Place, ledgers_of, write_data
from caloriq.sweep.survey import survey
from caloriq.sweep.workers import Dask, Inline, Processes

POINTS, NAIVE, SINGLE, MANY, WORKERS = 10_000, 2000, 2000, 1_000_000, 2
BATCH = 1000
EXACT = 0.0
MODEL = {
    "kind": "disordered-chain",
    "chain": {
        "sites": 5,
        "hopping": 1.0,
        "dephasing": 1.0,
        "baths": [{"site": 0, "temperature": 1.0, "rate": 1.0}, {"site": -1, "temperature": 0.0, "rate": 1.0}],
    },
    "disorder": [
        {"quantity": "frequency", "width": 1.0, "centre": 0.5},
        {"quantity": "hopping", "width": 1.0, "centre": 0.5},
    ],
}


def sweep_of(samples: int, batch: int | None = None) -> Sweep:
    """Five-site chains with random frequencies and hopping."""
    question = {"kind": "steady-state", "keep": ["current"]}
    return Sweep(model=MODEL, question=question, ensemble={"samples": samples, "seed": 1}, batch=batch)


def bare(plan: Plan) -> tuple[float, np.ndarray]:
    """Seconds and currents of a vectorised loop over the same samples, without a sweep; the seeds are drawn before."""
    cell = plan.cell(0)
    seeds = [plan.seeds(cell, k).model for k in range(plan.samples)]  # type: ignore[union-attr]
    with serial(blas=True, kernels=True):
        steady_samples(cell.model, seeds[:10])
        clock = time.perf_counter()
        found = [steady_samples(cell.model, seeds[k : k + BATCH]) for k in range(0, plan.samples, BATCH)]
        seconds = time.perf_counter() - clock
    return seconds, np.concatenate([one.currents.mean(axis=1) for one in found])


def swept(sweep: Sweep, where: Any, folder: Path) -> tuple[float, float, float, np.ndarray]:
    """Seconds from start to dataset, of answering alone once the workers are up, of the dataset; and the currents."""
    plan, place = Plan(sweep), Place(folder / "bench", "bench")
    shutil.rmtree(place.folder, ignore_errors=True)
    start = time.perf_counter()
    with ledgers_of(place) as ledgers, crew(plan, where) as workers:
        warm = [workers.submit(warm_up, MODEL) for _ in range(4 * WORKERS)]
        for future in warm:
            future.result()
        up = time.perf_counter()
        drive(source_of(plan, ledgers), workers, lambda _: None)
        done = time.perf_counter()
        path = write_data(plan, ledgers, survey(plan, ledgers), place)
    end = time.perf_counter()
    return end - start, done - up, end - done, store.load(path).current.values


def warm_up(model: dict[str, Any]) -> int:
    """Import and compile what the points need."""
    plan = Plan(sweep_of(2))
    steady_samples(plan.cell(0).model, [1, 2])
    time.sleep(0.05)  # so that every worker gets one
    return len(model)


def one_by_one(seeds: list[int]) -> float:
    """Seconds of a plain pool with one task for every chain, workers up."""
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        list(pool.map(warm_up, [MODEL] * 4 * WORKERS))
        clock = time.perf_counter()
        list(pool.map(single, seeds))
        return time.perf_counter() - clock


def single(seed: int) -> float:
    """Current of one sample, as a script would ask it."""
    model = Plan(sweep_of(1)).cell(0).model
    return steady_state(model.model_copy(update={"seed": seed}).sample(0)).current


def parent_memory(samples: int, folder: Path) -> tuple[float, float, float]:
    """Peak of the parent in MB over a whole run of the command line, its seconds, and those of a second run of nothing new."""
    file = folder / "many.yaml"
    question = {"kind": "steady-state", "keep": ["current"]}
    text = {"model": MODEL, "question": question, "ensemble": {"samples": samples, "seed": 1}}
    file.write_text(yaml_text(text), encoding="utf-8")
    command = [sys.executable, "-m", "caloriq", "sweep", "run", str(file), "--out", str(folder), "--json"]
    seconds = []
    peak = 0.0
    for _ in range(2):
        clock = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "CALORIQ_STATE": str(folder)})
        while process.poll() is None:
            peak = max(peak, _peak(process.pid))
            time.sleep(0.05)
        seconds.append(time.perf_counter() - clock)
    return peak, seconds[0], seconds[1]


def _peak(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM")), 0.0)


def run(*, quick: bool) -> Report:
    """All in one process, but for the workers and the large sweep."""
    points, singles, many = (1000, 200, 20_000) if quick else (POINTS, SINGLE, MANY)
    naive = 200 if quick else NAIVE
    folder = Path(tempfile.mkdtemp(prefix="caloriq-benchmark-"))
    try:
        plan = Plan(sweep_of(points))
        work, expected = min((bare(plan) for _ in range(3)), key=lambda one: one[0])
        runs = {
            f"{WORKERS} processes, batches": (sweep_of(points), Processes(WORKERS), WORKERS),
            "this process, batches": (sweep_of(points), Inline(), 1),
            f"{WORKERS} processes, batches of one": (sweep_of(singles, 1), Processes(WORKERS), WORKERS),
            f"Dask, {WORKERS} workers, batches": (sweep_of(points), Dask(f"local:{WORKERS}"), WORKERS),
            f"Dask, {WORKERS} workers, batches of one": (sweep_of(singles, 1), Dask(f"local:{WORKERS}"), WORKERS),
        }
        rows = [
            ["bare vectorised loop, one core", str(points), f"{work:.2f}", f"{1e6 * work / points:.0f}", "", "", ""]
        ]
        data: dict[str, Any] = {"bare": {"points": points, "seconds": work}}
        for name, (sweep, where, workers) in runs.items():
            whole, answering, writing, found = min(
                (swept(sweep, where, folder) for _ in range(1 if quick else 3)), key=lambda one: one[1]
            )
            agree(name, "the bare loop", float(np.abs(found - expected[: found.size]).max()), EXACT)
            count = found.size
            share = work / points / workers
            beyond = answering / count - share
            data[name] = {"points": count, "whole": whole, "answering": answering, "writing": writing, "beyond": beyond}
            rows.append(
                [
                    name,
                    str(count),
                    f"{answering:.2f}",
                    f"{1e6 * answering / count:.0f}",
                    f"{1e6 * beyond:.0f}",
                    f"{1e6 * (beyond + writing / count):.0f}",
                    f"{whole:.1f}",
                ]
            )
        seeds = [plan.seeds(plan.cell(0), k).model for k in range(naive)]  # type: ignore[union-attr]
        plain = one_by_one(seeds)  # type: ignore[arg-type]
        rows.append(
            [
                f"plain pool of {WORKERS} processes, a task a chain",
                str(naive),
                f"{plain:.2f}",
                f"{1e6 * plain / naive:.0f}",
                f"{1e6 * (plain / naive - work / points / WORKERS):.0f}",
                "",
                "",
            ]
        )
        peak, first, again = parent_memory(many, folder)
        data["memory"] = {"points": many, "peak_mb": peak, "seconds": first, "again": again}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    batched, alone = data[f"{WORKERS} processes, batches"], data[f"Dask, {WORKERS} workers, batches of one"]
    together = 1e3 * (batched["beyond"] + batched["writing"] / batched["points"])
    targets = [
        Target("batches on processes, beyond the work and with the dataset", together, 0.2, unit=" ms a point"),
        Target("Dask, batches of one, beyond the work", 1e3 * alone["beyond"], 3.0, unit=" ms a point"),
        Target(f"parent of {many} points, peak memory", peak, 300.0, unit=" MB"),
    ]
    notes = [
        "Beyond the work: time a point less the bare loop's share of a core; 'with data' adds the writing of the dataset. All from start to end includes the start of the workers.",
        "The bare loop knows its seeds; a sweep draws them from the digest of the model. Currents agree to the last bit.",
        f"{many} points by the command line on {WORKERS} processes: {first:.0f} s; the same command again, with nothing left to do: {again:.0f} s.",
    ]
    columns = ["what", "points", "answering s", "µs a point", "beyond the work", "with data", "from start to end s"]
    return Report("sweeps", "Sweeps", columns, rows, targets, notes, data, quick)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(quick=True).to_mapping()))
