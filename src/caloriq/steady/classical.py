"""The classical chain: linear equations of the mean occupations (MT IV), in ball arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

from caloriq.errors import NotConverged
from caloriq.models.classical import ClassicalChain
from caloriq.results import Check
from caloriq.steady import balls
from caloriq.steady.bounds import Bounded, Numbers, worst_share
from caloriq.steady.methods import Classical
from caloriq.steady.result import SteadyState, assemble

DIGITS = 1e-12


def solve(model: ClassicalChain, reason: str) -> SteadyState:
    """Steady state of symmetric exclusion between baths; the mean occupations obey the equations of MT IV.

    J = γ₁γ_N V (s₁ - s_N)/(V(γ₁ + γ_N) + γ₁γ_N (N - 1)) for a uniform chain. The equations are tridiagonal; balls keep
    all digits whatever the rates.
    """
    bits = balls.FIRST
    while bits <= balls.LAST:
        with balls.precision(bits):
            numbers = _numbers(model)
        if numbers is not None and worst_share(model, numbers) <= DIGITS:
            break
        bits *= 2
    else:
        raise NotConverged(
            f"`model` must have one steady state that its equations determine, but they are singular to {balls.LAST} bits (got {Classical()!r} on {model.sites} sites)"
        )
    P = np.asarray(numbers.populations.value)
    checks = [Check("populations outside [0, 1]", float(max(0.0, -P.min(), P.max() - 1)), 1e-12, "probabilities")]
    return assemble(
        model, Classical(), reason, numbers, checks, {"sites": model.sites, "arithmetic": f"balls of {bits} bits"}
    )


def _numbers(model: ClassicalChain) -> Numbers | None:
    """All numbers at the present precision."""
    from flint import arb

    V = [arb(float(v)) for v in model.rates]
    w = [arb(float(v)) for v in model.frequencies]
    rates = [balls.rates(b, float(model.frequencies[s])) for b, s in zip(model.baths, model.bath_sites, strict=True)]
    N = model.sites
    source, loss = [arb(0)] * N, [arb(0)] * N
    for (up, down), site in zip(rates, model.bath_sites, strict=True):
        source[site] += up
        loss[site] += up + down
    P = _occupations(V, source, loss)
    if P is None:
        return None
    differences = [P[k] - P[k + 1] for k in range(N - 1)]
    currents = [v * d for v, d in zip(V, differences, strict=True)]
    into = [up - (up + down) * P[s] for (up, down), s in zip(rates, model.bath_sites, strict=True)]
    heat = [w[s] * j for s, j in zip(model.bath_sites, into, strict=True)]
    lost = -sum(((w[k] - w[k + 1]) * j for k, j in enumerate(currents)), arb(0))
    energy = sum((e * (p - 0.5) for e, p in zip(w, P, strict=True)), arb(0))
    zero = np.zeros(N - 1)
    return Numbers(
        currents=rounded(currents),
        excitation_currents=rounded(into),
        heat_currents=rounded(heat),
        dephasing_current=single(lost),
        populations=rounded(P),
        population_differences=rounded(differences),
        coherences=Bounded(zero.astype(complex), zero),
        energy=single(energy),
    )


def _occupations(V: list[Any], source: list[Any], loss: list[Any]) -> list[Any] | None:
    """Tridiagonal elimination with pivots that are sums of positive rates: what a site loses but to its left neighbour."""
    N = len(source)
    gone, brought = list(loss), list(source)  # loss and source of the chain up to k, seen from k
    for k in range(N - 1):
        total = gone[k] + V[k]
        if total == 0:  # cut off on this side
            continue
        if not total > 0:
            return None
        gone[k + 1] += V[k] * gone[k] / total
        brought[k + 1] += V[k] * brought[k] / total
    if not gone[-1] > 0:
        return None
    P = [brought[-1] / gone[-1]] * N
    for k in range(N - 2, -1, -1):
        total = gone[k] + V[k]
        if not total > 0:
            return None
        P[k] = (brought[k] + V[k] * P[k + 1]) / total
    return P


def rounded(numbers: list[Any]) -> Bounded:
    """Balls to doubles and bounds."""
    pairs = [balls.rounded(v) for v in numbers]
    return Bounded(np.array([v for v, _ in pairs]), np.array([b for _, b in pairs]))


def single(number: Any) -> Bounded:
    """One ball."""
    return Bounded(*balls.rounded(number))
