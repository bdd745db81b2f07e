"""chain-10: one start on a long chain, ours beside qutip and scipy."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numba
import numpy as np

from benchmarks.peers import QutipSesolve, ScipyExpmMultiply, sparse_hamiltonian
from benchmarks.report import Report, Target, agree
from benchmarks.timing import Timing, measure, once
from caloriq import Chebyshev, ModularChain, evolve, haar, ham
from caloriq.closed import chebyshev, observables
from caloriq.closed.blocks import Meter
from caloriq.closed.observables import OBSERVABLES, Observable
from caloriq.closed.states import columns
from caloriq.linalg.block_tridiagonal import BlockTridiagonal

TOL = 1e-10
START = haar(0, seed=2)
FASTER = 15.0
POPULATIONS: tuple[Observable, ...] = ("populations",)


def run(*, quick: bool) -> Report:
    """Ours in four settings, each peer once, all populations compared."""
    N, n, T, repeats = (5, 150, 51, 3) if quick else (10, 500, 201, 9)
    model = ModularChain(subunits=N, levels=n, bandwidth=0.05, coupling=0.025 / n, seed=1)
    times = np.linspace(0, 5 / ham(model).rate, T)
    first, _, reference = once(lambda: _whole(model, times, OBSERVABLES))  # loads or compiles the kernels
    P = reference.populations
    operator, psi = model.hamiltonian(), columns(START, model)
    calls = {
        "all observables, Hamiltonian built": lambda: _whole(model, times, OBSERVABLES).populations,
        "populations, Hamiltonian built": lambda: _whole(model, times, POPULATIONS).populations,
        "all observables, Hamiltonian given": lambda: _pass(operator, psi, times, OBSERVABLES),
        "populations, Hamiltonian given": lambda: _pass(operator, psi, times, POPULATIONS),
        "populations, Hamiltonian given, one thread": lambda: _one_thread(operator, psi, times),
    }
    ours: dict[str, tuple[Timing, float]] = {}
    for name, call in calls.items():
        timing, result = measure(call, repeats)
        ours[name] = timing, float(np.abs(result - P).max())
        agree(name, "the first run", ours[name][1], 2 * TOL)
    build, _ = measure(model.hamiltonian, repeats)
    radians = float(reference.method.statistics["spectral half-width"]) * times[-1]
    theirs = _peers(model, psi[:, 0], times, P, radians)
    return _report(ours, theirs, quick, _facts(model, T, reference, build, first), reference)


def _whole(model: ModularChain, times: np.ndarray, wanted: Sequence[Observable]):
    return evolve(model, times, initial=START, method=Chebyshev(tol=TOL), observables=wanted)


def _pass(operator: BlockTridiagonal, psi: np.ndarray, times: np.ndarray, wanted: tuple[Observable, ...]):
    """What `evolve` does once it has the Hamiltonian: bounds, Chebyshev pass, observables; nothing kept from before."""
    fresh = BlockTridiagonal(operator.energies, operator.re, operator.im)
    record = observables.empty(fresh, 1, times.size, wanted)
    for block in chebyshev.propagate(fresh, psi, times, Chebyshev(tol=TOL), Meter()):
        observables.fill(record, fresh, block)
    return record.populations[0]


def _one_thread(operator: BlockTridiagonal, psi: np.ndarray, times: np.ndarray) -> np.ndarray:
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        return _pass(operator, psi, times, POPULATIONS)
    finally:
        numba.set_num_threads(threads)


def _peers(
    model: ModularChain, psi: np.ndarray, times: np.ndarray, P: np.ndarray, radians: float
) -> dict[str, tuple[Timing, float, str, float]]:
    """Timing, max |ΔP|, settings and allowed difference per peer."""
    matrix = sparse_hamiltonian(model)
    found = {}
    for kind in (QutipSesolve, ScipyExpmMultiply):
        peer = kind(matrix, psi, model.subunits)
        peer.populations(times[:2] * 1e-3)  # loads what it loads on first use
        timing, result = measure(lambda peer=peer: peer.populations(times), 1)
        difference, allowed = float(np.abs(result - P).max()), 2 * TOL + peer.tolerance(radians)
        agree("caloriq", peer.name, difference, allowed)
        found[peer.name] = timing, difference, peer.settings, allowed
        time.sleep(1.0)
    return found


def _facts(model: ModularChain, T: int, reference, build: Timing, first: float) -> list[str]:
    statistics = reference.method.statistics
    return [
        f"N = {model.subunits}, n = {model.levels} ({model.dimension} states), {T} times up to 5/γ, one Haar start; ours at tol {TOL:g} with {statistics['products']} products on {numba.get_num_threads()} threads ({numba.threading_layer()}), certificate: {', '.join(f'{c.name} {c.value:.1e}' for c in reference.certificate)}.",
        f"Building the Hamiltonian alone (random numbers included): median {build.median:.3f} s. First call in a fresh process, Numba loaded or compiled: {first:.1f} s, not in the table.",
        "The peers are handed the finished CSR matrix without the gap, which would only be a fast phase to resolve, and record populations. Each runs once; ours give median and best of several repeats.",
        "max |ΔP| is over all subunits and times, against our first run; the run stops if it exceeds what the tolerances explain (in brackets).",
    ]


def _report(ours, theirs, quick: bool, notes: list[str], reference) -> Report:
    columns_ = ["method", "wall median s", "best s", "CPU s", "max |ΔP|", *(f"{name} / this" for name in theirs)]
    rows = []
    for name, (timing, difference) in ours.items():
        ratios = [f"{other[0].median / timing.median:.1f}" for other in theirs.values()]
        rows.append([f"caloriq: {name}", *_times(timing), f"{difference:.1e} ({2 * TOL:.0e})", *ratios])
    for name, (timing, difference, settings, allowed) in theirs.items():
        rows.append(
            [f"{name} ({settings})", *_times(timing), f"{difference:.1e} ({allowed:.0e})", *["" for _ in theirs]]
        )
    strict = next(iter(ours.values()))[0]
    targets = [
        Target(
            f"{name} / caloriq, all observables and Hamiltonian built, medians",
            other[0].median / strict.median,
            FASTER,
            at_least=True,
        )
        for name, other in theirs.items()
    ]
    data = {
        "ours": {name: timing.to_mapping() | {"max_difference": d} for name, (timing, d) in ours.items()},
        "peers": {name: other[0].to_mapping() | {"max_difference": other[1]} for name, other in theirs.items()},
        "products": int(reference.method.statistics["products"]),
    }
    return Report(
        "chain-10",
        "One start on a chain of ten subunits, beside the peers",
        columns_,
        rows,
        targets,
        notes,
        data,
        quick,
    )


def _times(timing: Timing) -> list[str]:
    return [f"{timing.median:.3f}", f"{timing.best:.3f}", f"{timing.cpu:.2f}"]
