"""The two-point set: N² linear equations, exact where couplings are between neighbours and baths at the ends.

With Jordan-Wigner fermions a_k = Π_{m<k}(-σᶻ_m) σ⁻_k the chain without ZZ terms is quadratic, and
C_kl = ⟨a†_k a_l⟩ = ⟨σ⁺_k Π(-σᶻ) σ⁻_l⟩ obeys

    dC/dt = X C + C X† + diag(γ_k C_kk) + diag(Γ₊),   X = i h* - ½ diag(Γ₊ + Γ₋ + γ),

h the one-excitation matrix. Dephasing returns to the diagonal what it takes, so only the populations d = diag C need
solving for: (1 - 𝒢γ) d = 𝒢 Γ₊, with 𝒢 the response of the populations to a source on the sites.
"""

from __future__ import annotations

import time

import numpy as np

from caloriq import wording
from caloriq._checks import Complex, Real
from caloriq.errors import Unsupported
from caloriq.linalg.threads import serial
from caloriq.models.spins import SpinChain
from caloriq.results import Check, Progress
from caloriq.steady import wire_balls, wire_numbers
from caloriq.steady.bounds import UNIT, Bounded, Numbers, rate_scale, worst_share
from caloriq.steady.contacts import Contacts, contacts
from caloriq.steady.correlators import (
    DENSE,
    MATRIX,
    Wire,
    between,
    connected,
    pieces,
    relative_residual,
    seen,
    solutions,
)
from caloriq.steady.methods import TwoPoint
from caloriq.steady.resistances import pair
from caloriq.steady.result import SteadyState, assemble
from caloriq.steady.unique import reached_check

SERIAL = 400  # sites below which threads cost more than they bring
TURNS = 1500  # sites below which products and kernels, taking turns on the same cores, do better on one thread
EIGENVALUES = 500  # sites up to which the occupations of all modes are checked, not of the sites alone
TOL = 1e-10
GOOD = 5e-7  # error of the numbers, as `judged` counts it, at which no better ones are looked for


def obstacle(model: SpinChain) -> str | None:
    """What keeps the two-point set from closing, in words; None if nothing does."""
    if model.interacting:
        return "the ZZ interaction"
    if not model.neighbours_only:
        return "couplings beyond neighbours"
    if not set(model.bath_sites) <= {0, model.sites - 1}:
        return "a bath on an inner site"
    return None


def admit(model: SpinChain, method: TwoPoint) -> float:
    """Bytes needed; refuses a chain whose two-point set does not close, and names the term."""
    stands = obstacle(model)
    if stands is not None:
        raise Unsupported(
            f"`method` must apply to the model, but the two-point set does not close because of {stands} (got {wording.spoken(method)}); use Sector()"
        )
    return memory_needed(model.sites)


def seconds(model: SpinChain, method: TwoPoint) -> float:  # noqa: ARG001 - the choice is the type
    """Rough time on one core; measured, good to a factor of 3."""
    return 1.5e-3 + 4e-7 * model.sites**2


def solve(model: SpinChain, method: TwoPoint, reason: str, progress: Progress | None = None) -> SteadyState:
    """Steady state of a chain whose two-point set closes."""
    N = model.sites
    clock, ends = time.perf_counter(), contacts(model)
    chain = between(model, ends)
    with serial(blas=N < TURNS, kernels=N < TURNS):
        values, matrix, misfit = measured(model, ends, chain)
        if matrix is not None:
            matrix = _with_phases(model, chain, values, matrix)
        C = None if matrix is None else matrix.value
        positive = _positive(np.asarray(values.populations.value), C)
    if progress is not None:
        progress(1.0, 1.0)
    correlations, proven = None, {}
    if matrix is not None:
        proven["two_point"] = matrix
        if not np.any(model.dephasing_rates):  # Gaussian: Wick's theorem holds
            pairs = wire_numbers.wick(values.populations, matrix)
            correlations, proven["pair_correlations"] = pairs.value, pairs
    part = "" if C is not None else ", on the populations and bonds alone"
    relative = misfit / rate_scale(model)
    checks = [
        Check("residual", relative, method.tol, f"‖dC/dt‖/‖C‖ in units of the model's rates{part}"),
        positive,
        reached_check(model),
    ]
    return assemble(
        model,
        method,
        reason,
        values,
        checks,
        {"sites": N, **chain.notes},
        clock=clock,
        two_point=C,
        kind="fermion",
        correlations=correlations,
        proven=proven,
    )


def _with_phases(model: SpinChain, chain: Wire, values: Numbers, matrix: Bounded) -> Bounded:
    """C with the phases of the hopping; its diagonal and bonds, known better than the rest, are those of the numbers."""
    C, room = wire_numbers.turned(chain, matrix.value), matrix.bound.copy()
    if chain.hopping_error > 0:  # a phase is a product of those before
        place = np.arange(chain.sites)
        room += 4 * UNIT * (2 + place[:, None] + place) * np.abs(C)
    k, l, _, _ = model.bonds
    middle = np.diag_indices(chain.sites)
    C[middle], room[middle] = values.populations.value, values.populations.bound
    C[k, l], room[k, l] = values.coherences.value, values.coherences.bound
    C[l, k], room[l, k] = values.coherences.value.conj(), values.coherences.bound
    return Bounded(C, room)


def measured(model: SpinChain, ends: Contacts, chain: Wire) -> tuple[Numbers, Bounded | None, float]:
    """Numbers with bounds, C (with real hopping) where it is made, and ‖dC/dt‖/‖C‖ with the baths' difference as unit."""
    if not connected(chain) or ends.drive == 0:
        chain.notes["route"] = "no current"
        n = pieces(chain, *ends.preferred)
        values = wire_numbers.resting(model, ends, chain, n)
        if chain.sites > MATRIX:
            return values, None, 0.0
        return values, Bounded(np.diag(n).astype(complex), np.diag(np.asarray(values.populations.bound))), 0.0
    step = 1 if ends.drive > 0 else -1
    here = seen(chain, step)
    best, least, matrix, error, misfit = None, np.inf, None, None, 0.0
    for found in (pair(here),) if chain.sites == 2 else solutions(here, last=not wire_balls.applies(model)):
        values = wire_numbers.numbers(model, ends, chain, found.driven)
        share = worst_share(model, values)
        if best is None or share < least or found.residual < misfit / 2:
            matrix, error, misfit = found.matrix, found.error, found.residual
        if best is None or share < least:
            best, least = values, share
        if least <= GOOD:
            break
    assert best is not None
    if not least <= GOOD and wire_balls.applies(model) and (exact := wire_balls.solve(model, step, matrix=True)):
        chain.notes["route"] = f"balls of {exact.bits} bits"
        best = wire_numbers.numbers(model, ends, chain, exact.driven)
        if exact.matrix is not None:
            matrix, error = exact.matrix.value, exact.matrix.bound
            misfit = relative_residual(here, matrix)
    if matrix is None or error is None:
        return best, None, misfit
    C = abs(ends.drive) * matrix[::step, ::step]
    return best, Bounded(C, abs(ends.drive) * error[::step, ::step] + 16 * UNIT * np.abs(C)), misfit


def proved(model: SpinChain, ends: Contacts, chain: Wire) -> Numbers | None:
    """Numbers by ball arithmetic; None where it does not settle."""
    if not connected(chain) or ends.drive == 0:
        return wire_numbers.resting(model, ends, chain, pieces(chain, *ends.preferred))
    exact = wire_balls.solve(model, 1 if ends.drive > 0 else -1)
    if exact is None:
        return None
    chain.notes["route"] = f"balls of {exact.bits} bits"
    return wire_numbers.numbers(model, ends, chain, exact.driven)


def memory_needed(sites: int) -> float:
    """Bytes: eigenvectors, ratios, response, and the matrix C with its products."""
    return 200.0 * sites**2 + (40.0 * sites**4 if sites <= DENSE else 0.0)


def _positive(n: Real, C: Complex | None) -> Check:
    """How far occupations leave [0, 1]: those of all modes where their number allows, or of the sites."""
    modes = C is not None and len(n) <= EIGENVALUES and bool(np.all(np.isfinite(C)))
    occupations = np.linalg.eigvalsh(C) if C is not None and modes else n
    outside = float(max(0.0, -occupations.min(), occupations.max() - 1))
    meaning = "the modes' occupations" if modes else "the sites' populations"
    return Check("occupations outside [0, 1]", outside, TOL, f"positivity, as far as {meaning} show it")
