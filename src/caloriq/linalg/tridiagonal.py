"""Complex symmetric tridiagonal matrices: eigenpairs in O(N²), and the response of populations in 2 N³ real operations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import scipy.linalg

from caloriq._checks import Complex, Real
from caloriq.linalg._kernels import _patient_threads

MOST = 1500  # Ehrlich-Aberth iterations
ORTHOGONAL = 1e-9  # bound on ‖V(Vᵀz) - z‖ for random z
BLOCK = 48  # columns whose factors are kept in range together


@cache
def compiled() -> Any:
    """Numba kernels, compiled on first use and cached on disk."""
    with _patient_threads():
        import numba

        numba.set_num_threads(numba.get_num_threads())  # starts the threads
    from caloriq.linalg import _tridiagonal_compiled

    return _tridiagonal_compiled


@dataclass(frozen=True)
class Eigenpairs:
    """X = V diag(λ) Vᵀ with VᵀV = 1.

    Attributes
    ----------
    values : array, shape (N,)
        λ.
    vectors : array, shape (N, N)
        V, columns the eigenvectors.
    end_ratios : array, shape (N,)
        log |v_last/v_first|² of every eigenvector.
    iterations : int
        Of the eigenvalues.
    shifted : bool
        Whether they belong to X with a small random imaginary diagonal, because X is close to defective.
    diagonal : array, shape (N,)
        The diagonal they belong to.
    """

    values: Complex
    vectors: Complex
    end_ratios: Real
    iterations: int
    shifted: bool
    diagonal: Complex


def eigenpairs(energies: Real, hopping: Real, loss: Real) -> Eigenpairs:
    """Eigenpairs of X = i h - diag(loss)/2, h real tridiagonal.

    Eigenvalues by Ehrlich-Aberth from those of h with first-order widths, eigenvectors by twisted factorisation; then
    -2 Re λ = ⟨v|loss|v⟩/⟨v|v⟩ gives the widths of localised modes all their digits. Cost: about 10 N² per iteration,
    5 to 30 iterations; memory 24 N² bytes.

    Source: Bini, Gemignani, Tisseur, SIAM J. Matrix Anal. Appl. 27, 153 (2005), doi:10.1137/S0895479803429788
    (Ehrlich-Aberth); Fernando, SIAM J. Matrix Anal. Appl. 18, 1013 (1997), doi:10.1137/S0895479895294484 (twists).
    """
    kernels, n = compiled(), len(energies)
    off, x = 1j * hopping, 1j * energies - loss / 2
    E, Q = scipy.linalg.eigh_tridiagonal(energies, hopping)
    start = 1j * E - (Q * Q).T @ loss / 2
    rng = np.random.default_rng(np.random.SeedSequence(0))
    probe = rng.standard_normal((n, 4))
    total = 0
    for attempt in range(5):
        width = 0.0 if attempt == 0 else 1e-6 * 4.0**attempt * float(np.abs(hopping).max())
        moved = x + 1j * width * (rng.random(n) - 0.5)
        values, V, ratio = start.copy(), np.empty((n, n), dtype=complex), np.empty(n)
        with np.errstate(all="ignore"):
            scale = float(np.abs(values).max())
            total += int(kernels.aberth(moved, off * off, values, MOST, 4e-16 * scale))
            kernels.vectors(moved, off, values, V, ratio)
            defect = float(np.abs(V.T @ (V @ probe) - probe).max())
        if defect < ORTHOGONAL * (1.0 if attempt == 0 else 1e5):
            break
    weights = V.real**2 + V.imag**2  # rows are eigenvectors
    values = -0.5 * (weights @ loss) / weights.sum(axis=1) + 1j * values.imag
    return Eigenpairs(values, np.ascontiguousarray(V.T), ratio, total, attempt > 0, moved)


def population_response(pairs: Eigenpairs, hopping: Real) -> Real:
    r"""Populations d = 𝒢 s that a source s on the sites drives: diag of -S⁻¹ diag(s), S C = X C + C X†.

    𝒢_jk = -Re Σ_a V_ja V_ka [(λ_a + X̄)⁻¹]_jk: one of the two eigenbasis sums is a resolvent, whose entries above the
    diagonal are products of ratios. Cost: 2 N³ real operations; memory 48 N² bytes.

    Returns
    -------
    array, shape (N, N)
        𝒢, symmetric and not negative.
    """
    kernels, V, n = compiled(), pairs.vectors, len(pairs.values)
    r, W = np.empty((n - 1, n), dtype=complex), np.empty((n, n), dtype=complex)
    kernels.ratios(pairs.diagonal, 1j * hopping, pairs.values, r, W)
    W *= V
    rows, columns = np.empty((n, 2 * n)), np.empty((BLOCK, 2 * n))
    P, before = np.zeros((n, n)), 0
    for low in range(0, n, BLOCK):
        high = min(n, low + BLOCK)
        kernels.diagonal_block(V, r, W, low, high, P[low:high, low:high])
        if low:
            kernels.advance(rows[:, :n], rows[:, n:], V, W, r, low, high, before, columns[:, :n], columns[:, n:])
            P[:low, low:high] = -(rows[:low] @ columns[: high - low].T)
        before = low
    lower = np.tril_indices(n, -1)
    P[lower] = P.T[lower]
    return P
