"""The machine and the libraries that the figures belong to; neither host names nor paths."""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

LIBRARIES = ("caloriq", "numpy", "scipy", "numba", "qutip")
THREADING = (
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "OPENBLAS_NUM_THREADS",
    "OPENBLAS_CORETYPE",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
BUSY = 0.15  # cores in use by others above which the figures are suspect


def describe() -> dict[str, str]:
    """Names and values, ready to print."""
    settings = [f"{name}={os.environ[name]}" for name in THREADING if name in os.environ]
    entries = {
        "processor": _processor(),
        "cores": str(cores()),
        "caches": _caches(),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: _version(name) for name in LIBRARIES},
        "BLAS of numpy": _blas(),
        "thread settings": ", ".join(settings) or "none",
        "load at the start": _load(),
    }
    return {name: value for name, value in entries.items() if value}


def cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def last_level_cache() -> float:
    """Bytes of the largest cache; 32 MiB where it cannot be read."""
    return max((size for _, size in _found_caches()), default=32 * 2**20)


def _caches() -> str:
    return ", ".join(f"L{level} {_readable(size)}" for level, size in _found_caches())


def _found_caches() -> list[tuple[int, int]]:
    """Level and bytes of every data cache of the first core."""
    found = []
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        try:
            level, kind, size = (
                (folder / name).read_text(encoding="ascii").strip() for name in ("level", "type", "size")
            )
            if kind != "Instruction":
                found.append((int(level), int(size.removesuffix("K")) * 1024))
        except (OSError, ValueError):
            continue
    return found


def _readable(size: int) -> str:
    return f"{size / 2**20:.0f} MiB" if size >= 2**20 else f"{size / 2**10:.0f} KiB"


def _memory() -> str:
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return ""
    return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 1e9:.0f} GB"


def _blas() -> str:
    try:
        built = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    except (KeyError, TypeError):
        return ""
    return f"{built.get('name', '')} {built.get('version', '')}".strip()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


class Watch:
    """How many cores others kept busy while this process and its children worked."""

    def __init__(self) -> None:
        self.begin = time.perf_counter(), _busy(), _own()

    def others(self) -> float | None:
        """Cores, on average since the start; None where the system does not tell."""
        (begin, busy, own), now = self.begin, _busy()
        if busy is None or now is None:
            return None
        return max(0.0, (now - busy - (_own() - own)) / (time.perf_counter() - begin))

    def sentence(self) -> str:
        """What a reader must know of it; empty if nothing."""
        others = self.others()
        if others is None or others < BUSY:
            return ""
        return (
            f"Other processes kept {others:.1f} of {cores()} cores busy during this benchmark: its times are suspect."
        )


def _own() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _busy() -> float | None:
    """CPU seconds that the system has spent, stolen ones included."""
    try:
        fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
        user, nice, system, _, _, irq, softirq, steal = (int(field) for field in fields)
    except (OSError, ValueError):
        return None
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _load() -> str:
    if not hasattr(os, "getloadavg"):
        return ""
    return f"{os.getloadavg()[0]:.2f}"
