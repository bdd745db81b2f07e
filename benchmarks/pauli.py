"""pauli: products with sums of Pauli strings, beside QuSpin's and SciPy's sparse products, against the memory's own rate."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from statistics import median

import numpy as np
import scipy.sparse as sp
from numba import get_num_threads

from benchmarks.kernels import copy, triad
from benchmarks.report import Report, Target, agree
from benchmarks.timing import SETTLE, loops_for
from caloriq._checks import available_memory
from caloriq.linalg.pauli_plan import aligned
from caloriq.linalg.pauli_products import PauliSum
from caloriq.linalg.pauli_sectors import SectorPauliSum

GOAL = 3.0
CLOSE = 1e-12
SIZES, QUICK = (16, 18, 20, 22, 24), (12, 14)
J, G, H, DELTA = 1.0, 1.4, 0.9045, 0.7
SHARE = 0.5  # of the free memory that a peer's matrix may take


def tilted(L: int) -> PauliSum:
    """J ZZ + g X + h Z of an open chain."""
    strings = [(1 << j, 0, G) for j in range(L)] + [(0, 1 << j, H) for j in range(L)]
    return _sum(L, strings + [(0, 3 << j, J) for j in range(L - 1)])


def xxz(L: int) -> SectorPauliSum:
    """XX + YY + Δ ZZ of an open chain, half of the sites up."""
    strings = [(3 << j, s << j, c) for j in range(L - 1) for s, c in ((0, 1.0), (3, 1.0))]
    return SectorPauliSum(_sum(L, strings + [(0, 3 << j, DELTA) for j in range(L - 1)]), L // 2)


def _sum(L: int, strings: list[tuple[int, int, float]]) -> PauliSum:
    flip, sign, value = zip(*strings, strict=True)
    return PauliSum(L, np.array(flip), np.array(sign), np.array(value))


def whole_matrix(op: PauliSum) -> sp.csr_array:
    """Fields alone off the diagonal, in rows of one length."""
    L, D = op.sites, op.shape[0]
    columns = np.empty((D, L + 1), np.int32)
    values = np.full((D, L + 1), G)
    states = np.arange(D, dtype=np.int32)
    columns[:, 0], values[:, 0] = states, op.diagonal
    for j in range(L):
        columns[:, j + 1] = states ^ (1 << j)
    return sp.csr_array((values.reshape(-1), columns.reshape(-1), np.arange(0, D * (L + 1) + 1, L + 1)), shape=(D, D))


def quspin_product() -> Callable[..., object] | None:
    """QuSpin's product with a CSR matrix on all threads, which its Hamiltonians use; None where it is missing."""
    try:
        from quspin.tools.misc import get_matvec_function  # noqa: PLC0415 - an optional peer
    except ImportError:
        return None
    return get_matvec_function(sp.csr_matrix((1, 1)))


def quspin_agrees(L: int) -> float:
    """Largest difference of our tilted Ising chain from the matrix that QuSpin makes of its own words."""
    from quspin.basis import spin_basis_1d  # noqa: PLC0415 - an optional peer
    from quspin.operators import hamiltonian  # noqa: PLC0415

    words = [["zz", [[J, j, j + 1] for j in range(L - 1)]], ["x", [[G, j] for j in range(L)]]]
    basis = spin_basis_1d(L, pauli=True)
    checks = {"check_herm": False, "check_symm": False, "check_pcon": False}
    theirs = hamiltonian([*words, ["z", [[H, j] for j in range(L)]]], [], basis=basis, dtype=np.float64, **checks)
    x = _vector(1 << L)
    states = basis.states.astype(np.int64)  # both chains are the same from either end
    return float(np.abs(theirs.dot(x[states]) - (tilted(L) @ x)[states]).max() / np.abs(x).max())


def _vector(D: int) -> np.ndarray:
    rng = np.random.default_rng(np.random.SeedSequence(0))
    x = aligned((2 * D,), np.dtype(float))
    rng.standard_normal(out=x)
    return x.view(complex)


def seconds(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds a call, the calls taking turns on a settled machine."""
    loops = {name: (call(), loops_for(call))[1] for name, call in calls.items()}
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            time.sleep(SETTLE)
            call()  # wakes the threads
            begin = time.perf_counter()
            for _ in range(loops[name]):
                call()
            found[name].append((time.perf_counter() - begin) / loops[name])
    return found


def compared(name: str, op: PauliSum | SectorPauliSum, nonzeros: int, rounds: int) -> dict[str, float | None]:
    """Best and median seconds of one problem, ours and the peers', and of a copy and a triad of its vector."""
    x = _vector(op.shape[0])
    y, theirs = aligned(x.shape, x.dtype), aligned(x.shape, x.dtype)
    op.matvec(x, out=y)
    calls: dict[str, Callable[[], object]] = {"ours": lambda: op.matvec(x, out=y)}
    flat, into = x.view(float), theirs.view(float)
    calls["copy"] = lambda: copy(flat, into)
    other = np.ones_like(flat)
    calls["triad"] = lambda: triad(flat, other, into)
    peer = quspin_product()
    room = 3 * 12.0 * nonzeros < SHARE * 3 * available_memory()
    if room:
        matrix = whole_matrix(op) if isinstance(op, PauliSum) else op.matrix
        legacy = sp.csr_matrix(matrix)
        calls["scipy"] = lambda: matrix @ x.view(float).reshape(-1, 2)
        again = np.ascontiguousarray(calls["scipy"]()).view(complex).reshape(-1)
        agree("PauliSum", f"SciPy on {name}", float(np.abs(y - again).max() / np.abs(y).max()), CLOSE)
        if peer is not None:
            calls["quspin"] = lambda: peer(legacy, x, overwrite_out=True, out=theirs)
            calls["quspin"]()
            agree("PauliSum", f"QuSpin on {name}", float(np.abs(y - theirs).max() / np.abs(y).max()), CLOSE)
    timed = seconds(calls, rounds)
    found: dict[str, float | None] = {"bytes": op.bytes_per_product(), "vector": x.nbytes, "nonzeros": nonzeros}
    for one in ("ours", "quspin", "scipy", "copy", "triad"):
        found[one] = median(timed[one]) if one in timed else None
        found[f"{one} best"] = min(timed[one]) if one in timed else None
    return found


def run(*, quick: bool) -> Report:
    """Both chains over their sizes."""
    sizes, rounds = (QUICK, 3) if quick else (SIZES, 7)
    rows, data = [], []
    for L in sizes:
        ising, heisenberg = tilted(L), xxz(L)
        elements = (1 << L) * (L + 1), (heisenberg.shape[0] * (L + 1)) // 2
        for name, op, count in (("tilted Ising", ising, elements[0]), ("XXZ, half up", heisenberg, elements[1])):
            found = compared(f"{name}, L = {L}", op, count, rounds)
            data.append({"chain": name, "L": L, **found})
            rows.append(_row(name, L, found))
    return Report(
        "pauli",
        "Products with sums of Pauli strings",
        [
            "chain",
            "L",
            "ours ms (best)",
            "QuSpin ms (best)",
            "SciPy ms (best)",
            "QuSpin / ours",
            "SciPy / ours",
            "copy ms",
            "copy / ours",
            "copy GB/s",
            "triad GB/s",
        ],
        rows,
        _targets(data),
        _notes(data, sizes, rounds),
        {"sizes": data},
        quick,
    )


def _row(name: str, L: int, d: dict[str, float | None]) -> list[str]:
    def ms(one: str) -> str:
        return "-" if d[one] is None else f"{1e3 * d[one]:.3g} ({1e3 * d[f'{one} best']:.3g})"

    def ratio(one: str) -> str:
        return "-" if d[one] is None else f"{d[one] / d['ours']:.1f}"

    rates = [f"{n * d['vector'] / d[one] / 1e9:.1f}" for one, n in (("copy", 2), ("triad", 3))]
    share = f"{d['copy'] / d['ours']:.2f}"
    return [
        name,
        str(L),
        ms("ours"),
        ms("quspin"),
        ms("scipy"),
        ratio("quspin"),
        ratio("scipy"),
        f"{1e3 * d['copy']:.3g}",
        share,
        *rates,
    ]


def _targets(data: list[dict]) -> list[Target]:
    found = []
    for peer, name in (("quspin", "QuSpin"), ("scipy", "SciPy")):
        for chain in dict.fromkeys(d["chain"] for d in data):
            ratios = [(d[peer] / d["ours"], d["L"]) for d in data if d["chain"] == chain and d[peer] is not None]
            if ratios:
                worst, L = min(ratios)
                found.append(Target(f"{name} / ours, {chain}, worst size (L = {L})", worst, GOAL, at_least=True))
    return found


def _notes(data: list[dict], sizes: tuple[int, ...], rounds: int) -> list[str]:
    try:
        peer = f"QuSpin {version('quspin')}: its own parallel product with a CSR matrix, which its Hamiltonians call, on a real matrix; at L = {sizes[0]} the matrix that it makes of its own words gives the same product to {quspin_agrees(sizes[0]):.0e}."
    except PackageNotFoundError:
        peer = "QuSpin is not installed here, so its columns are empty: `uv pip install quspin` adds it."
    skipped = [f"{d['chain']}, L = {d['L']} ({12e-9 * d['nonzeros']:.1f} GB)" for d in data if d["scipy"] is None]
    return [
        f"H x for one complex vector in double precision, result into a given array, {get_num_threads()} threads. Medians of {rounds} rounds in which all take turns, in one process; best ones in brackets. Vectors begin at a cache line, as our results do.",
        f"Tilted Ising: Σ ZZ + {G} X + {H} Z in the whole space; XXZ: Σ XX + YY + {DELTA} ZZ with half of the sites up. All products agree to {CLOSE:g} of the largest element.",
        peer,
        "SciPy: a real CSR matrix, real and imaginary parts as two columns, which spares it a copy of the matrix in complex numbers; one thread.",
        *([f"No peer where its matrix would take too much of the memory: {', '.join(skipped)}."] if skipped else []),
        "copy / ours: time of a copy of the vector on all threads over ours, the fraction of the memory bound: a product must read x and write the result. Copy and triad count 2 and 3 vectors; where vectors fit into the last-level cache, they are the cache's rates.",
    ]
