"""two-point: disordered chains with dephasing, to thousands of sites."""

from __future__ import annotations

import numpy as np
import scipy.linalg

import caloriq as cq
from benchmarks.driven import peak_memory, qutip_current
from benchmarks.report import Report, Target, agree
from benchmarks.timing import once

GOALS = {200: 0.3, 1000: 10.0, 2000: 90.0}
DEPHASINGS = (0.005, 0.05, 0.7, 5.0)
BATHS = (cq.Bath(site=0, occupation=0.58, rate=1.0), cq.Bath(site=-1, occupation=0.0, rate=1.0))
CLOSE = 1e-10


def chain(sites: int, dephasing: float) -> cq.SpinChain:
    """Frequencies uniform in [1, 2], hopping in [½, 1]."""
    rng = np.random.default_rng(np.random.SeedSequence(sites))
    hopping, frequency = rng.uniform(0.5, 1, sites - 1), rng.uniform(1, 2, sites)
    return cq.SpinChain(sites=sites, hopping=hopping, frequency=frequency, dephasing=dephasing, baths=BATHS)


def dense(model: cq.SpinChain) -> float:
    """Current by N Lyapunov equations and a linear system for the populations: another route, N⁴."""
    N, gamma = model.sites, model.dephasing_rates
    X = 1j * model.one_excitation(frame=1.5) - np.diag(model.gains + model.losses + gamma) / 2
    response = np.empty((N, N))
    for k in range(N):
        unit = np.zeros((N, N), dtype=complex)
        unit[k, k] = 1
        response[:, k] = np.diag(scipy.linalg.solve_continuous_lyapunov(X, -unit)).real
    d = np.linalg.solve(np.eye(N) - response * gamma, response @ model.gains)
    return float(model.losses[-1] * d[-1])


def run(*, quick: bool) -> Report:
    """Wall times for every γ; small sizes against other routes."""
    sizes = (100, 200) if quick else tuple(GOALS)
    worst = 0.0
    for gamma in DEPHASINGS:
        small = chain(60, gamma)
        worst = max(worst, abs(cq.steady_state(small).current / dense(small) - 1))
        five = chain(5, gamma)
        worst = max(worst, abs(cq.steady_state(five).current / qutip_current(five) - 1))
    agree("TwoPoint()", "dense equations at N = 60 and qutip.steadystate at N = 5", worst, CLOSE)
    cq.steady_state(chain(500, 0.1))
    rows, targets, data = [], [], {}
    for N in sizes:
        walls, residuals = [], []
        for gamma in DEPHASINGS:
            wall, _, found = once(lambda N=N, gamma=gamma: cq.steady_state(chain(N, gamma), method=cq.TwoPoint()))
            walls.append(wall)
            residuals.append(found.certificate["residual"].value)
        peak = peak_memory()
        rows.append(
            [str(N), *(f"{w:.3g}" for w in walls), f"{max(residuals):.0e}", f"{peak:.2f}", f"{1e9 * peak / N**2:.0f}"]
        )
        data[N] = {"wall": walls, "residuals": residuals, "peak_gb": peak}
        if not quick:
            targets.append(Target(f"N = {N}, slowest γ", max(walls), GOALS[N], unit=" s"))
    notes = [
        f"No iterations: one eigendecomposition, one response matrix, one linear system. Currents agree to {worst:.0e} with the dense equations (N = 60) and QuTiP (N = 5)."
    ]
    columns = ["N", *(f"γ = {g:g}: s" for g in DEPHASINGS), "residual", "peak GB", "bytes/N²"]
    return Report("two-point", "Two-point set, disordered and dephased", columns, rows, targets, notes, data, quick)
