"""correlations: random states and strings of bounded support, beside SciPy's expm_multiply and Runge-Kutta steps on the same problem."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import scipy
from numba import get_num_threads

from benchmarks.report import Report, Target, agree
from benchmarks.timing import once
from caloriq.closed.correlation import ladder
from caloriq.closed.correlation.infinite import kept
from caloriq.closed.correlation.methods import Typicality
from caloriq.closed.correlation.operators import operator
from caloriq.closed.correlation.solve import correlation
from caloriq.closed.correlation.typical import sampled
from caloriq.known.correlations import xxz
from caloriq.known.uniform_chains import ising
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.commutators import commutator_map
from caloriq.spaces.currents import energy_current
from caloriq.spaces.support import SupportSpace

WHOLE, PEERS = 16, 20  # sites up to which peers go all the way, and at all
LARGE = 22  # sites from which on a tenth of the time is measured
LAST, STEP = 20.0, 0.25  # of random states
UNTIL = 24.0  # of strings
GOALS = {20: 40.0, 24: 900.0}  # seconds for one state
SECTORS = {24: 300.0}
LENGTHS = {8: 2.0, 9: 10.0, 10: 60.0, 11: 360.0}


def tilted(L: int) -> Lattice:
    """J ZZ + g X + h Z of a ring."""
    return Lattice.tilted_ising(L, transverse=1.4, longitudinal=0.9045, periodic=True)


def by_scipy(model: Lattice, last: float, step: float) -> Any:
    """The same pair of states by `expm_multiply` with a sparse matrix, from one random state of its own."""
    H = model.strings.sparse().tocsr()
    J = operator(model, "energy current", "A").sparse().tocsr()
    rng = np.random.default_rng(1)
    psi = rng.normal(size=H.shape[0]) + 1j * rng.normal(size=H.shape[0])
    psi /= np.linalg.norm(psi)
    pair = np.stack([psi, J @ psi], axis=1)
    found = []
    for n in range(round(last / step) + 1):
        if n:
            pair = scipy.sparse.linalg.expm_multiply(-1j * step * H, pair, traceA=0.0)
        found.append(np.vdot(pair[:, 0], J @ pair[:, 1]))
    return np.array(found)


def by_quspin(model: Lattice, last: float, step: float) -> Any:
    """The same by QuSpin's parallel action of the exponential; None where it is missing."""
    try:
        from quspin.tools.evolution import ExpmMultiplyParallel  # noqa: PLC0415 - a peer that may be missing
    except ImportError:
        return None
    H = model.strings.sparse().tocsr()
    J = operator(model, "energy current", "A").sparse().tocsr()
    rng = np.random.default_rng(1)
    psi = rng.normal(size=H.shape[0]) + 1j * rng.normal(size=H.shape[0])
    psi /= np.linalg.norm(psi)
    phi = J @ psi
    U = ExpmMultiplyParallel(H, a=-1j * step)
    found = []
    for n in range(round(last / step) + 1):
        if n:
            U.dot(psi, overwrite_v=True)
            U.dot(phi, overwrite_v=True)
        found.append(np.vdot(psi, J @ phi))
    return np.array(found)


def by_runge_kutta(length: int, last: float) -> tuple[float, float]:
    """∫C of strings by SciPy's Runge-Kutta steps on the sparse map; and the value."""
    chain = ising(1.0, 1.4, 0.9045)
    J = energy_current(chain)
    cut = commutator_map(chain, length)
    rows = _inside(cut)
    M = rows.tocsr()
    D = np.maximum(cut.supports - (length - 3), 0).astype(float)
    x = cut.vector(J)

    def f(_: float, y: Any) -> Any:
        return M @ y - D * y

    t = np.linspace(0.0, last, 241)
    begun = time.perf_counter()
    y = scipy.integrate.solve_ivp(f, (0.0, last), x, method="DOP853", t_eval=t, rtol=1e-10, atol=1e-12).y
    C = x @ y
    return time.perf_counter() - begun, float(scipy.integrate.simpson(C, x=t))


def _inside(cut: Any) -> Any:
    """The square part of the map: of the images those that the support holds, found by its own products of strings."""
    space = SupportSpace(cut.chain, cut.support)
    place = cut.digits @ space.strides
    n = len(cut.keys)
    # L is antisymmetric: ⟨S|L|S'⟩ of all pairs from products with unit vectors would take n of them, so groups are expanded
    rows, columns, values = [], [], []
    v = np.zeros(space.size)
    for k in range(n):
        v[:] = 0.0
        v[place[k]] = 1.0
        space.repeat(v)
        u = space.product(v)[place]
        there = np.flatnonzero(u)
        rows.append(there)
        columns.append(np.full(there.size, k))
        values.append(u[there])
    return scipy.sparse.coo_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(n, n)
    )


def strings(length: int, damping: float = 1.0) -> ladder.Rung:
    """Ours."""
    chain = ising(1.0, 1.4, 0.9045)
    J = energy_current(chain)
    return ladder.climb(
        SupportSpace(chain, length),
        J,
        UNTIL,
        kept=kept(chain, J, length, 3),
        damping=damping,
    )


def run(*, quick: bool) -> Report:
    """Wall times of both routes."""
    rows: list[list[str]] = []
    targets: list[Target] = []
    data: dict[str, Any] = {}
    times = np.arange(0.0, LAST + STEP / 2, STEP)
    small = 10
    exact = correlation(tilted(small), "energy current", times=times, method="exact").values
    drawn = correlation(tilted(small), "energy current", times=times, method=Typicality(samples=64, seed=5))
    agree(
        "random states",
        "all levels, in standard errors over 5",
        float(np.abs((drawn.values - exact).real / drawn.error).max()) / 5,
        1.0,
    )
    strings(6)  # compiled before anything is timed
    for L in (12,) if quick else (16, 20, 24):
        model = tilted(L)
        J = operator(model, "energy current", "A")
        wall, cpu, found = _sampled(model, J, times)
        peer, quspin = _peers(model) if L <= PEERS else (None, None)
        rows.append(
            [
                "random state, tilted Ising",
                str(L),
                f"{found.products}",
                f"{wall:.3g} ({cpu:.3g})",
                _ratio(quspin, wall),
                _ratio(peer, wall),
                f"{max(found.norm_drift, found.energy_drift):.0e}",
            ]
        )
        data[f"tilted {L}"] = {"wall": wall, "cpu": cpu, "products": found.products, "scipy": peer, "quspin": quspin}
        if L in GOALS:
            targets.append(Target(f"one state, tilted Ising, {L} sites, t = 20", wall, GOALS[L], unit=" s"))
        if quspin is not None and L == 20:
            targets.append(Target("QuSpin / ours, 20 sites", quspin / wall, 3.0, at_least=True))
    for L in (12,) if quick else (16, 20, 24):
        model = xxz(1.5)(L)
        J = operator(model, "magnetisation current", "A")
        wall, cpu, found = _sampled(model, J, times)
        rows.append(
            [
                "a state of every sector, XXZ",
                str(L),
                f"{found.products}",
                f"{wall:.3g} ({cpu:.3g})",
                "-",
                "-",
                f"{max(found.norm_drift, found.energy_drift):.0e}",
            ]
        )
        data[f"xxz {L}"] = {"wall": wall, "cpu": cpu, "products": found.products}
        if L in SECTORS:
            targets.append(Target(f"XXZ, all sectors, {L} sites, t = 20", wall, SECTORS[L], unit=" s"))
    kutta, value = by_runge_kutta(6, UNTIL)
    ours = strings(6)
    integral = float(ours.correlation.integral()(np.array([UNTIL]))[0])
    agree("strings of 6 sites", "Runge-Kutta steps on the sparse map", abs(integral / value - 1), 1e-5)
    for length in (6, 7) if quick else (8, 9, 10, 11):
        wall, cpu, rung = once(lambda length=length: strings(length))
        rows.append(
            [
                "strings, tilted Ising",
                str(length),
                str(rung.products),
                f"{wall:.3g} ({cpu:.3g})",
                "-",
                "-",
                f"{rung.error:.0e}",
            ]
        )
        data[f"strings {length}"] = {"wall": wall, "cpu": cpu, "products": rung.products, "bytes": rung.bytes}
        if length in LENGTHS:
            targets.append(Target(f"strings of {length} sites to t = 24", wall, LENGTHS[length], unit=" s"))
    targets.append(Target("vectors that strings hold", float(ladder.VECTORS), 6.0))
    columns = ["what", "size", "products", "s (CPU)", "QuSpin / ours", "SciPy / ours", "drift or error"]
    notes = [
        f"Random states: C(t) at {times.size} times up to {LAST:g}, one state, tol 1e-10, {get_num_threads()} threads. The peers evolve the same pair of states with a CSR matrix, QuSpin's `ExpmMultiplyParallel` on all threads, SciPy's `expm_multiply` on one; at 20 sites a tenth of the time, times ten. Ours at 24 sites: a tenth of the time, times ten, and bounds on the spectrum once.",
        f"Strings: t = {UNTIL:g}, damping 1 above ℓ - 3; at 6 sites the integral agrees with Runge-Kutta steps (DOP853, 1e-10, {kutta:.2g} s) to {abs(integral / value - 1):.0e}.",
        "Drift: of norm and energy. Error: bound on what the series leave out, and rounding.",
    ]
    return Report("correlations", "Correlation functions", columns, rows, targets, notes, data, quick)


def _sampled(model: Lattice, J: Any, times: Any) -> tuple[float, float, Any]:
    """Wall and CPU seconds of one state; of large rings a tenth of the time, times ten, and what is done once besides."""
    parts = 10 if model.size >= LARGE else 1
    some = times[times <= LAST / parts + STEP / 2]

    def run(until: Any) -> tuple[float, float, Any]:
        return once(lambda: sampled(model, [J], J, until, betas=(0.0,), samples=1, seed=1, tol=1e-10)[0])

    wall, cpu, found = run(some)
    if parts == 1:
        return wall, cpu, found
    first, first_cpu, _ = run(some[:1])  # states, and bounds on the spectrum
    return (
        first + (wall - first) * parts,
        first_cpu + (cpu - first_cpu) * parts,
        found._replace(products=found.products * parts),
    )


def _peers(model: Lattice) -> tuple[float, float | None]:
    """Seconds of SciPy and of QuSpin; of large rings a tenth of the time, times ten."""
    parts = 1 if model.size <= WHOLE else 10
    peer = once(lambda: by_scipy(model, LAST / parts, STEP))[0] * parts
    wall, _, found = once(lambda: by_quspin(model, LAST / parts, STEP))
    return peer, None if found is None else wall * parts


def _ratio(peer: float | None, wall: float) -> str:
    return "-" if peer is None else f"{peer / wall:.1f}"
