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

from caloriq._checks import Complex, Real
from caloriq.errors import Unsupported
from caloriq.linalg.threads import serial
from caloriq.models.spins import SpinChain
from caloriq.results import Check, Progress
from caloriq.steady.bounds import rate_scale
from caloriq.steady.correlators import CERTAIN, DENSE, correlators, wire
from caloriq.steady.methods import TwoPoint
from caloriq.steady.moments import Moments
from caloriq.steady.result import SteadyState, assemble, roughly
from caloriq.steady.unique import reached_check

SERIAL = 400  # sites below which threads cost more than they bring
TURNS = 1500  # sites below which products and kernels, taking turns on the same cores, do better on one thread
EIGENVALUES = 500  # sites up to which the occupations of all modes are checked, not of the sites alone
TOL = 1e-10


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
    """Bytes needed; refuses a chain whose two-point set does not close.

    Raises
    ------
    Unsupported
        Names the term.
    """
    stands = obstacle(model)
    if stands is not None:
        raise Unsupported(
            f"`method` must apply to the model, but the two-point set does not close because of {stands} (got {method!r}); use Sector()"
        )
    return memory_needed(model.sites)


def solve(model: SpinChain, method: TwoPoint, reason: str, progress: Progress | None = None) -> SteadyState:
    """Steady state of a chain whose two-point set closes."""
    N = model.sites
    clock, chain = time.perf_counter(), wire(model)
    with serial(blas=N < TURNS, kernels=N < TURNS):
        found = correlators(chain)
        relative = found.residual(chain) / rate_scale(model)
        n, C = found.populations, found.matrix
        if C is not None:
            C = chain.phases.conj()[:, None] * C * chain.phases
        positive = _positive(n, C)
    if progress is not None:
        progress(1.0, 1.0)
    two_point, correlations = C, None
    if C is not None and not np.any(model.dephasing_rates):  # Gaussian: Wick's theorem holds
        correlations = np.outer(n, n) - np.abs(C) ** 2
        correlations[np.diag_indices(N)] = n
    part = "" if C is not None else ", on the populations and bonds alone"
    drawn = float(np.abs(2 * chain.hopping * found.bonds.imag + found.currents).max()) / rate_scale(model)
    checks = [
        Check("residual", relative, method.tol, f"‖dC/dt‖/‖C‖ in units of the model's rates{part}"),
        Check(
            "current of the coherences",
            drawn,
            TOL,
            "the bonds carry what the baths bring, in units of the model's rates",
        ),
        positive,
        reached_check(model),
    ]
    if found.error is not None:
        checks.append(Check("error of the populations", found.error, CERTAIN, "what one more correction would change"))
    k, _, hopping, _ = model.bonds
    turned = (chain.phases.conj()[:-1] * chain.phases[1:])[k]
    # the current is known from the ends with all its digits, the imaginary parts only to rounding
    bonds = found.bonds[k].real * turned
    carried = np.abs(hopping) > 0
    bonds[carried] += 1j * turned[carried] * found.currents[k][carried] / (-2 * np.abs(hopping[carried]))
    return assemble(
        model,
        method,
        reason,
        roughly(model, Moments(n, bonds)),
        checks,
        {"sites": N, **chain.notes, "wall time in s": time.perf_counter() - clock},
        two_point=two_point,
        kind="fermion",
        correlations=correlations,
    )


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
