"""The two-point set: N² linear equations, exact where couplings are between neighbours and baths at the ends.

With Jordan-Wigner fermions a_k = Π_{m<k}(-σᶻ_m) σ⁻_k the chain without ZZ terms is quadratic, and
C_kl = ⟨a†_k a_l⟩ = ⟨σ⁺_k Π(-σᶻ) σ⁻_l⟩ obeys

    dC/dt = X C + C X† + diag(γ_k C_kk) + diag(Γ₊),   X = i h* - ½ diag(Γ₊ + Γ₋ + γ),

h the one-excitation matrix. Dephasing returns to the diagonal what it takes, so only the populations d = diag C need
solving for: (1 - 𝒢γ) d = 𝒢 Γ₊, with 𝒢 the response of the populations to a source on the sites.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import Unsupported
from caloriq.linalg import tridiagonal
from caloriq.linalg.threads import serial
from caloriq.linalg.tridiagonal import Eigenpairs, eigenpairs, population_response
from caloriq.models.spins import SpinChain
from caloriq.results import Check, Progress
from caloriq.steady.methods import TwoPoint
from caloriq.steady.moments import Moments
from caloriq.steady.result import SteadyState, assemble, rate_scale
from caloriq.steady.unique import reached_check

DENSE = 12  # sites up to which the N² x N² system is solved as it stands, whatever the eigenvectors are like
REFINEMENTS = 6
SERIAL = 400  # sites below which threads cost more than they bring
EIGENVALUES = 500  # sites up to which the occupations of all modes are checked, not of the sites alone


def obstacle(model: SpinChain) -> str | None:
    """What keeps the two-point set from closing, in words; None if nothing does."""
    if model.interacting:
        return "the ZZ interaction"
    if not model.neighbours_only:
        return "couplings beyond neighbours"
    if not set(model.bath_sites) <= {0, model.sites - 1}:
        return "a bath on an inner site"
    return None


@dataclass
class Wire:
    """The numbers of a chain with real hopping: phases are gauged away."""

    energies: Real
    hopping: Real
    loss: Real
    dephasing: Real
    source: Real
    phases: Complex
    notes: dict[str, float | int | str] = field(default_factory=dict)

    @property
    def sites(self) -> int:
        """N."""
        return len(self.energies)


def wire(model: SpinChain) -> Wire:
    """Numbers of a model, in the frame of its mean frequency."""
    first, _, hopping, _ = model.bonds
    g = np.zeros(model.sites - 1, dtype=complex)
    g[first] = hopping
    angles = np.concatenate([[0.0], -np.cumsum(np.angle(g))])
    return Wire(
        energies=model.frequencies - model.frequencies.mean(),
        hopping=np.abs(g),
        loss=model.gains + model.losses,
        dephasing=np.array(model.dephasing_rates),
        source=np.array(model.gains),
        phases=np.exp(1j * angles),
    )


def solve(model: SpinChain, method: TwoPoint, reason: str, progress: Progress | None = None) -> SteadyState:
    """Steady state of a chain whose two-point set closes.

    Raises
    ------
    Unsupported
        If it does not close; names the term.
    InvalidInput
        If it does not fit in memory.
    """
    stands = obstacle(model)
    if stands is not None:
        raise Unsupported(
            f"`method` must apply to the model, but the two-point set does not close because of {stands} (got {method!r}); use Sector()"
        )
    N = model.sites
    _checks.memory("sites", N, memory_needed(N), "take fewer sites")
    clock, chain = time.perf_counter(), wire(model)
    with serial(blas=N < SERIAL, kernels=N < SERIAL):
        C = state(chain)
        R = residual(chain, C)
    if progress is not None:
        progress(1.0, 1.0)
    relative = float(np.linalg.norm(R)) / _size(C) / rate_scale(model)
    C = chain.phases.conj()[:, None] * C * chain.phases
    n = C.diagonal().real.copy()
    occupations = np.linalg.eigvalsh(C) if N <= EIGENVALUES else n
    outside = float(max(0.0, -occupations.min(), occupations.max() - 1))
    meaning = "the modes' occupations" if N <= EIGENVALUES else "the sites' populations"
    checks = [
        Check("residual", relative, method.tol, "‖dC/dt‖/‖C‖ in units of the model's rates"),
        Check("occupations outside [0, 1]", outside, 1e-10, f"positivity, as far as {meaning} show it"),
        reached_check(model),
    ]
    correlations = None
    if not np.any(model.dephasing_rates):  # Gaussian: Wick's theorem holds
        correlations = np.outer(n, n) - np.abs(C) ** 2
        correlations[np.diag_indices(N)] = n
    k, l, _, _ = model.bonds
    return assemble(
        model,
        method,
        reason,
        Moments(n, C[k, l].copy()),
        checks,
        {"sites": N, **chain.notes, "wall time in s": time.perf_counter() - clock},
        two_point=C,
        kind="fermion",
        correlations=correlations,
    )


def memory_needed(sites: int) -> float:
    """Bytes: eigenvectors, ratios, response, and the matrix C with its products."""
    return 200.0 * sites**2 if sites > DENSE else 16.0 * sites**4


def state(chain: Wire) -> Complex:
    """C of a chain with real hopping, shape (N, N)."""
    if chain.sites <= DENSE:
        chain.notes["route"] = "dense"
        return dense(chain)
    pairs = eigenpairs(chain.energies, chain.hopping, chain.loss + chain.dephasing)
    chain.notes |= {"eigenvalue iterations": pairs.iterations, "shifted": str(pairs.shifted)}
    if not np.any(chain.dephasing) and not pairs.shifted:
        chain.notes["route"] = "modes"
        return without_dephasing(chain, pairs)
    chain.notes["route"] = "population response"
    return with_dephasing(chain, pairs)


def dense(chain: Wire) -> Complex:
    """The N² x N² system as it stands: dP/dt = h Pᵀ - Pᵀ h - W∘P + source, P = Re C + Im C."""
    N = chain.sites
    h = np.diag(chain.energies) + np.diag(chain.hopping, 1) + np.diag(chain.hopping, -1)
    transposition = np.arange(N * N).reshape(N, N).T.ravel()
    A = (np.kron(h, np.eye(N)) - np.kron(np.eye(N), h))[:, transposition]
    site = chain.loss + chain.dephasing
    W = (site[:, None] + site) / 2
    W[np.diag_indices(N)] = chain.loss
    A -= np.diag(W.ravel())
    right = -np.diag(chain.source).ravel()
    factor = scipy.linalg.lu_factor(A)
    x = scipy.linalg.lu_solve(factor, right)
    x += scipy.linalg.lu_solve(factor, right - A @ x)
    P = x.reshape(N, N)
    matrix: Complex = (P + P.T) / 2 + 1j * ((P - P.T) / 2)
    return matrix


class Sylvester:
    """S⁻¹ R in the eigenbasis, S C = X C + C X†, for hermitian R."""

    def __init__(self, pairs: Eigenpairs, *, single: bool = False) -> None:
        kind: Any = np.complex64 if single else np.complex128
        self._V: NDArray[Any] = pairs.vectors.astype(kind)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            self._weights = (1 / (pairs.values[:, None] + pairs.values.conj())).astype(kind)

    def solve(self, R: Complex) -> Complex:
        """S⁻¹ R."""
        V = self._V
        M = V.T @ R.astype(V.dtype) @ V.conj()
        return self._hermitian(V @ (M * self._weights) @ V.conj().T)

    def solve_diagonal(self, v: Real) -> Complex:
        """S⁻¹ diag(v)."""
        V = self._V
        M = (V.T * v.astype(V.real.dtype)) @ V.conj()
        return self._hermitian(V @ (M * self._weights) @ V.conj().T)

    @staticmethod
    def _hermitian(B: NDArray[Any]) -> Complex:
        B = B.astype(complex)
        half: Complex = (B + B.conj().T) / 2
        return half


def without_dephasing(chain: Wire, pairs: Eigenpairs) -> Complex:
    """C by modes. A localised mode's own population is a ratio of its overlaps with the two ends, taken by logarithms."""
    V, n = pairs.vectors, chain.sites
    M = -((V.T * chain.source) @ V.conj())
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        M /= pairs.values[:, None] + pairs.values.conj()
    ratio = np.exp(np.clip(pairs.end_ratios, -700, 700))
    own = (chain.source[0] + chain.source[-1] * ratio) / (chain.loss[0] + chain.loss[-1] * ratio)
    M[np.diag_indices(n)] = (np.abs(V) ** 2).sum(axis=0) * own
    C = V @ M @ V.conj().T
    half: Complex = (C + C.conj().T) / 2
    return half


def with_dephasing(chain: Wire, pairs: Eigenpairs) -> Complex:
    """C from the populations, refined on the true equation until its residual no longer halves."""
    here = np.diag_indices(chain.sites)
    P = population_response(pairs, chain.hopping)
    A = -P * chain.dephasing
    A[here] += P @ (chain.dephasing + chain.loss)  # the sum rule 𝒢(γ + G) = 1
    factor = scipy.linalg.lu_factor(A, overwrite_a=True, check_finite=False)
    d = scipy.linalg.lu_solve(factor, P @ chain.source, check_finite=False)
    defect = tridiagonal.compiled().response_defect
    for _ in range(2):
        d -= scipy.linalg.lu_solve(factor, defect(P, chain.dephasing, chain.loss, chain.source, d), check_finite=False)
    C = -Sylvester(pairs).solve_diagonal(chain.dephasing * d + chain.source)
    C[here] = d
    rough = Sylvester(pairs, single=not pairs.shifted)
    best, kept, steps = np.inf, C, 0
    for _ in range(REFINEMENTS + 1):
        R = residual(chain, C)
        size = float(np.linalg.norm(R)) / _size(C)
        if not size < best:
            break
        settled = size > best / 2 or size < 2e-16
        best, kept = size, C
        if settled or steps == REFINEMENTS:
            break
        scale = float(np.abs(R).max()) or 1.0
        B = -rough.solve(R / scale)
        change = scipy.linalg.lu_solve(factor, B.diagonal().real, check_finite=False)
        B -= rough.solve_diagonal(chain.dephasing * change)
        B[here] = change
        C = C + scale * (B + B.conj().T) / 2
        steps += 1
    chain.notes["refinements"] = steps
    return kept


def _size(C: Complex) -> float:
    return float(np.linalg.norm(C)) or 1.0  # the empty chain between two baths at T = 0


def residual(chain: Wire, C: Complex) -> Complex:
    """dC/dt."""
    R: Complex = tridiagonal.compiled().drift(
        C, chain.energies, chain.hopping, chain.loss, chain.source, chain.dephasing
    )
    return R
