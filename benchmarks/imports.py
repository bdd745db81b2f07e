"""import: how long it takes until the library is there."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.report import Report, Target

IMPORT, HELP = 0.1, 0.3
WORK = "import caloriq as cq; cq.evolve(cq.ModularChain(subunits=2, levels=8, bandwidth=0.1, coupling=0.01, seed=1), [0.0, 1.0])"


def run(*, quick: bool) -> Report:
    """Wall time of fresh processes, taken in turns."""
    repeats = 3 if quick else 11
    command = Path(sys.executable).with_name("caloriq")
    calls = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
        "python -c 'import caloriq'": [sys.executable, "-c", "import caloriq"],
        "an evolution of 16 states": [sys.executable, "-c", WORK],
        "caloriq --help": [str(command), "--help"],
    }
    notes = [f"Median of {repeats} fresh processes each, taken in turns, after one that fills the file cache."]
    for name in [name for name, call in calls.items() if _seconds(call) is None]:
        del calls[name]
        notes.append(f"`{name}` does not run here and was skipped.")
    seen: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            seconds = _seconds(call)
            if seconds is not None:
                seen[name].append(seconds)
    middle = {name: median(seconds) for name, seconds in seen.items()}
    targets = []
    if "python -c 'import caloriq'" in middle:
        over = middle["python -c 'import caloriq'"] - middle["python -c 'import numpy'"]
        targets.append(Target("import caloriq over a bare import numpy", over, IMPORT, unit=" s"))
    if "caloriq --help" in middle:
        targets.append(Target("caloriq --help", middle["caloriq --help"], HELP, unit=" s"))
    rows = [[name, f"{1e3 * middle[name]:.0f}", f"{1e3 * min(seen[name]):.0f}"] for name in calls]
    return Report(
        "import", "Start-up", ["process", "ms median", "ms best"], rows, targets, notes, {"seconds": middle}, quick
    )


def _seconds(call: list[str]) -> float | None:
    """Wall time of one process; None where it fails."""
    begin = time.perf_counter()
    try:
        done = subprocess.run(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return None
    return time.perf_counter() - begin if done.returncode == 0 else None
