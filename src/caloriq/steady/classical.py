"""The classical chain: linear equations of the mean occupations (MT IV), in ball arithmetic."""

from __future__ import annotations

import math
from itertools import pairwise
from operator import mul
from typing import Any

import numpy as np

from caloriq import wording
from caloriq.errors import NotConverged, Unsupported
from caloriq.models.classical import ClassicalChain
from caloriq.results import Check, Progress
from caloriq.steady import balls
from caloriq.steady.bounds import UNIT, Bounded, Numbers, worst_share
from caloriq.steady.methods import Occupations
from caloriq.steady.result import SteadyState, assemble
from caloriq.steady.unique import BYTES

DIGITS = 1e-12


def admit(model: Any, method: Occupations) -> float:  # noqa: ARG001 - the choice is the type
    """Bytes needed; refuses what is not classical."""
    if not isinstance(model, ClassicalChain):
        raise Unsupported(
            "`method` must apply to the model, but coherent hopping is not classical (got classical rates); use exclusion_limit(chain) for its strongly dephased limit"
        )
    return BYTES * float(model.sites)


def seconds(model: Any, method: Occupations) -> float:  # noqa: ARG001 - the choice is the type
    """Rough time on one core; measured, good to a factor of 3."""
    return 1e-3 + 1e-8 * float(model.sites) ** 2


def solve(model: ClassicalChain, method: Occupations, reason: str, progress: Progress | None = None) -> SteadyState:  # noqa: ARG001 - it is short
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
            f"`model` must have one steady state that its equations determine, but they are singular to {balls.LAST} bits (got {wording.spoken(method)} on {model.sites} sites)"
        )
    P = np.asarray(numbers.populations.value)
    checks = [Check("populations outside [0, 1]", float(max(0.0, -P.min(), P.max() - 1)), 1e-12, "probabilities")]
    return assemble(
        model, method, reason, numbers, checks, {"sites": model.sites, "arithmetic": f"balls of {bits} bits"}
    )


def _numbers(model: ClassicalChain) -> Numbers | None:
    """All numbers at the present precision."""
    from flint import arb

    V, w = [[arb(v) for v in of.tolist()] for of in (model.rates, model.frequencies)]
    rates = [balls.rates(b, float(model.frequencies[s])) for b, s in zip(model.baths, model.bath_sites, strict=True)]
    N = model.sites
    source, loss = [arb(0)] * N, [arb(0)] * N
    for (up, down), site in zip(rates, model.bath_sites, strict=True):
        source[site] += up
        loss[site] += up + down
    P = _occupations(V, source, loss)
    if P is None:
        return None
    differences = [one - other for one, other in pairwise(P)]
    into = [up - (up + down) * P[s] for (up, down), s in zip(rates, model.bath_sites, strict=True)]
    heat = [w[s] * j for s, j in zip(model.bath_sites, into, strict=True)]
    steps = np.flatnonzero(np.diff(model.frequencies)).tolist()
    lost = -sum(((w[k] - w[k + 1]) * V[k] * differences[k] for k in steps), arb(0))
    even = not steps  # Σ ω (P - ½)
    energy = w[0] * (sum(P, arb(0)) - 0.5 * N) if even else sum(map(mul, w, (p - 0.5 for p in P)), arb(0))
    zero, apart = np.zeros(N - 1), balls.doubles(differences)
    flow = model.rates * apart.value
    return Numbers(
        currents=Bounded(flow, (model.rates * apart.bound + UNIT * np.abs(flow)) * (1 + 4 * UNIT) + math.ulp(0.0)),
        excitation_currents=balls.doubles(into),
        heat_currents=balls.doubles(heat),
        dephasing_current=balls.rounded(lost),
        populations=balls.doubles(P),
        population_differences=apart,
        coherences=Bounded(zero.astype(complex), zero),
        energy=balls.rounded(energy),
    )


def _occupations(V: list[Any], source: list[Any], loss: list[Any]) -> list[Any] | None:
    """Tridiagonal elimination with pivots that are sums of positive rates: what a site loses but to its left neighbour."""
    left, here = loss[0], source[0]  # loss and source of the chain up to k, seen from k
    own, shares = [], []  # P_k = own + share · P_k+1
    for v, more_lost, more_brought in zip(V, loss[1:], source[1:], strict=True):
        total = left + v
        if not total > 0:
            return None
        share = v / total
        own.append(here / total)
        shares.append(share)
        left, here = more_lost + share * left, more_brought + share * here
    if not left > 0:
        return None
    P = [here / left]
    for one, share in zip(reversed(own), reversed(shares), strict=True):
        P.append(one + share * P[-1])
    return P[::-1]
