"""harmonic: steady states of chains of oscillators, to a thousand sites."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from benchmarks.report import Report, Target, agree
from benchmarks.timing import once
from caloriq.models.harmonic import HarmonicChain, OhmicBath
from caloriq.steady.harmonic.solve import harmonic_state

BATHS = (OhmicBath(site=0, temperature=1.5, friction=1.0), OhmicBath(site=-1, temperature=0.5, friction=1.0))
GOAL = 1.0  # seconds at N = 1000, uniform chain, baths at its ends
CLOSE = 1e-8


def lyapunov(model: HarmonicChain) -> float:
    """Heat from the first bath, classical noise, by one dense Lyapunov equation of 2N: the route that costs N³."""
    N, m = model.sites, model.masses
    A, D = np.zeros((2 * N, 2 * N)), np.zeros((2 * N, 2 * N))
    A[:N, N:] = np.eye(N)
    A[N:, :N] = -(np.diag(model.stiffness) - np.diag(model.springs, 1) - np.diag(model.springs, -1)) / m[:, None]
    A[N:, N:] = -np.diag(model.frictions / m)
    for bath, site in zip(model.baths, model.bath_sites, strict=True):
        D[N + site, N + site] = 2 * bath.friction * bath.temperature / m[site] ** 2
    C = scipy.linalg.solve_continuous_lyapunov(A, -D)
    return float(BATHS[0].friction / m[0] * (BATHS[0].temperature - m[0] * C[N, N]))


def chains(sites: int) -> dict[str, HarmonicChain]:
    """What is measured at a length."""
    masses = 1 + np.random.default_rng(np.random.SeedSequence(1)).random(sites)
    return {
        "uniform, classical": HarmonicChain(sites=sites, wall=1.0, baths=BATHS, noise="classical"),
        "uniform, quantum": HarmonicChain(sites=sites, wall=1.0, baths=BATHS),
        "random masses, classical": HarmonicChain(sites=sites, mass=masses, wall=1.0, baths=BATHS, noise="classical"),
        "self-consistent, classical": HarmonicChain(
            sites=sites, pinning=1.0, inner_friction=1.0, baths=BATHS, noise="classical"
        ),
    }


def run(*, quick: bool) -> Report:
    """Wall times of four chains; the Lyapunov equation beside the classical ones where it is small."""
    sizes = (100, 200) if quick else (100, 300, 1000)
    worst = 0.0
    for name in ("uniform, classical", "random masses, classical"):
        one = chains(60)[name]
        worst = max(worst, abs(harmonic_state(one).current / lyapunov(one) - 1))
    agree("harmonic_state", "one dense Lyapunov equation at N = 60", worst, CLOSE)
    for one in chains(20).values():
        harmonic_state(one)
    rows, targets, data = [], [], {}
    for N in sizes:
        walls, cpus, errors = [], [], []
        for one in chains(N).values():
            wall, cpu, found = once(lambda one=one: harmonic_state(one))
            walls.append(wall)
            cpus.append(cpu)
            errors.append(found.current_bound / found.current)
        dense = once(lambda N=N: lyapunov(chains(N)["uniform, classical"]))[0] if N <= 300 else None
        rows.append(
            [
                str(N),
                *(f"{w:.3g} ({c:.2g})" for w, c in zip(walls, cpus, strict=True)),
                f"{max(errors):.0e}",
                "-" if dense is None else f"{dense:.3g}",
            ]
        )
        data[str(N)] = {"wall": walls, "cpu": cpus, "errors": errors, "lyapunov": dense}
        if N == 1000:
            targets += [
                Target(f"N = {N}, {name}", wall, GOAL, unit=" s")
                for name, wall in zip(list(chains(2))[:2], walls[:2], strict=True)
            ]
    columns = ["N", *(f"{name}: s (CPU)" for name in chains(2)), "largest error of J, relative", "Lyapunov: s"]
    notes = [f"Currents agree to {worst:.0e} with a dense Lyapunov equation at N = 60."]
    return Report("harmonic", "Harmonic chains between Ohmic baths", columns, rows, targets, notes, data, quick)
