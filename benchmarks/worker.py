"""One benchmark in a process of its own: no thread pool, import or memory peak is left over from another."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

from benchmarks.machine import Watch
from benchmarks.report import Mismatch, Report

MODULES = {
    "chain-10": "chain",
    "bandwidth": "bandwidth",
    "alternatives": "alternatives",
    "ensemble": "ensemble",
    "scaling": "scaling",
    "sector": "sector",
    "trajectories": "trajectories",
    "tensor-networks": "tensor_networks",
    "tensor-steps": "tensor_steps",
    "products": "products",
    "pauli": "pauli",
    "bounds": "bounds",
    "disorder": "disorder",
    "two-point": "two_point",
    "efficiency": "efficiency",
    "harmonic": "harmonic",
    "populations": "populations",
    "networks": "networks",
    "bands": "bands",
    "grains": "grains",
    "sweeps": "sweeps",
    "charges": "charges",
    "correlations": "correlations",
    "lattices": "lattices",
    "import": "imports",
    "page": "page",
}


def measured(name: str, *, quick: bool) -> Report | None:
    """Report of one benchmark from a fresh process; None where it failed and said why."""
    call = [sys.executable, "-m", "benchmarks.worker", name, *(["--quick"] if quick else [])]
    watch = Watch()
    done = subprocess.run(call, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        return None
    report = Report.from_mapping(json.loads(done.stdout))
    report.notes.extend(filter(None, [watch.sentence()]))
    return report


def main() -> int:
    """Run the named benchmark and print its report as JSON."""
    try:
        report = import_module(f"benchmarks.{MODULES[sys.argv[1]]}").run(quick="--quick" in sys.argv)
    except Mismatch as error:
        sys.stderr.write(f"{sys.argv[1]}: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(json.dumps(report.to_mapping(), ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
