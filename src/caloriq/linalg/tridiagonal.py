"""Complex symmetric tridiagonal matrices: eigenpairs in O(N²), and the response of populations in 2 N³ real operations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TypeVar

import numpy as np
import scipy.linalg

from caloriq._checks import Complex, Real
from caloriq.linalg import kernels

FEW, MOST = 40, 1500  # Ehrlich-Aberth iterations before another start is tried, and before giving up
ORTHOGONAL = 1e-9  # bound on ‖V(Vᵀz) - z‖ for random z
BLOCK = 48  # columns whose factors are kept in range together
Array = TypeVar("Array", Real, Complex)
LEAF = 24  # sites of a part whose eigenvalues are found as those of a dense matrix


compiled = partial(kernels.compiled, "caloriq.linalg._tridiagonal_compiled")


@dataclass(frozen=True)
class Eigenpairs:
    """X = V diag(λ) Vᵀ with VᵀV = 1."""

    values: Complex  # λ, shape (N,)
    vectors: Complex  # V, columns the eigenvectors, shape (N, N)
    end_ratios: Real  # log |v_last/v_first|² of every eigenvector, shape (N,)
    iterations: int  # of the eigenvalues
    shifted: bool  # whether they belong to X with a small random imaginary diagonal, because X is close to defective
    diagonal: Complex  # the diagonal they belong to, shape (N,)


def eigenpairs(energies: Real, hopping: Real, loss: Real) -> Eigenpairs:
    """Eigenpairs of X = i h - diag(loss)/2, h real tridiagonal.

    Eigenvalues by Ehrlich-Aberth, eigenvectors by twisted factorisation; then -2 Re λ = ⟨v|loss|v⟩/⟨v|v⟩ gives the
    widths of localised modes all their digits. The iteration starts at the eigenvalues of h with first-order widths;
    where the losses scatter widely, at those of the two halves. Cost: about 20 N² per iteration, 5 to 30 iterations;
    memory 40 N² bytes.

    Source: Bini, Gemignani, Tisseur, SIAM J. Matrix Anal. Appl. 27, 153 (2005), doi:10.1137/S0895479803429788
    (Ehrlich-Aberth); Fernando, SIAM J. Matrix Anal. Appl. 18, 1013 (1997), doi:10.1137/S0895479895294484 (twists).
    """
    kernels, n = compiled(), len(energies)
    x = 1j * energies - loss / 2
    rng = np.random.default_rng(np.random.SeedSequence(0))
    probe = rng.standard_normal((n, 4))
    start, total = _first_order(energies, hopping, loss), 0
    for attempt in range(5):
        width = 0.0 if attempt == 0 else 1e-6 * 4.0**attempt * float(np.abs(hopping).max())
        moved = x + 1j * width * (rng.random(n) - 0.5)
        V, ratio = np.empty((n, n), dtype=complex), np.empty(n)
        with np.errstate(all="ignore"):
            values, used = _eigenvalues(moved, hopping, start)
            total += used
            kernels.vectors(moved, hopping, values, V, ratio)
            defect = float(np.abs(V.T @ (V @ probe) - probe).max())
        if defect < ORTHOGONAL * (1.0 if attempt == 0 else 1e5):
            break
    weights = V.real**2 + V.imag**2  # rows are eigenvectors
    values = -0.5 * (weights @ loss) / weights.sum(axis=1) + 1j * values.imag
    return Eigenpairs(values, np.ascontiguousarray(V.T), ratio, total, attempt > 0, moved)


def _first_order(energies: Real, hopping: Real, loss: Real) -> Complex:
    """Eigenvalues of i h, each with the width that first-order perturbation by the losses gives it."""
    E, Q = scipy.linalg.eigh_tridiagonal(energies, hopping)
    start: Complex = 1j * E - (Q * Q).T @ loss / 2
    return start


def _eigenvalues(x: Complex, hopping: Real, start: Complex) -> tuple[Complex, int]:
    """Eigenvalues out of a start, or out of those of the halves if that start is poor; and the iterations."""
    kernels, values = compiled(), start.copy()
    tol = 4e-16 * float(np.abs(values).max())
    used = int(kernels.aberth(x, hopping, values, FEW, tol))
    if used <= FEW:
        return values, used
    values, before = _divided(x, hopping, tol)
    return values, used + before


def _divided(x: Complex, hopping: Real, tol: float) -> tuple[Complex, int]:
    """Eigenvalues by division: those of the two halves start the iteration for the whole."""
    n = len(x)
    if n <= LEAF:
        matrix = np.diag(x) + 1j * (np.diag(hopping, 1) + np.diag(hopping, -1))
        return np.linalg.eigvals(matrix).astype(complex), 0
    h = n // 2
    left, right = _divided(x[:h], hopping[: h - 1], tol)[0], _divided(x[h:], hopping[h:], tol)[0]
    values = np.concatenate([left, right])
    # the spread tells apart what two equal halves share
    values *= 1 + 1e-7 * np.exp(2j * np.pi * np.arange(n) * 0.618)
    used = int(compiled().aberth(np.ascontiguousarray(x), np.ascontiguousarray(hopping), values, MOST, tol))
    return values, used


def population_response(pairs: Eigenpairs, hopping: Real) -> Real:
    r"""Populations d = 𝒢 s that a source s on the sites drives: diag of -S⁻¹ diag(s), S C = X C + C X†.

    𝒢_jk = -Re Σ_a V_ja V_ka [(λ_a + X̄)⁻¹]_jk: one of the two eigenbasis sums is a resolvent, whose entries above the
    diagonal are products of ratios. 𝒢 is symmetric and not negative. Cost: 2 N³ real operations; memory 60 N² bytes.
    """
    kernels, V, n = compiled(), pairs.vectors, len(pairs.values)
    r, W = np.empty((n - 1, n), dtype=complex), np.empty((n, n), dtype=complex)
    kernels.ratios(pairs.diagonal, hopping, pairs.values, r, W)
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
    for low in range(0, n, BLOCK):
        high = min(n, low + BLOCK)
        P[low:high, :low] = P[:low, low:high].T
        block = P[low:high, low:high]
        block += np.triu(block, 1).T
    return P


class DrivenMatrix:
    """C = -S⁻¹ R, S C = X C + C X†, for hermitian R: what a source drives.

    In the basis of the eigenvectors on one side the equation falls apart into tridiagonal ones,
    w_a (λ_a + X̄) = -(Vᵀ R)_a and C = Σ_a v_a w_a. Where λ_a + X̄ is nearly singular, the part of w_a along v̄_a loses
    digits; it is known, -(Vᵀ R V̄)_aa/(2 Re λ_a), and put in its place.

    Cost: 5 N³ real operations for a diagonal source, 13 N³ for another; with `both` C is expanded in the eigenvectors on
    both sides: 16 N³ more, for pairs of modes that hardly decay.
    """

    def __init__(self, pairs: Eigenpairs, hopping: Real, *, both: bool = False) -> None:
        self._pairs, self._hopping, self._both = pairs, hopping, both

    def rows(self, source: Complex | Real) -> Complex:
        """W with columns w_a, shape (N, N); C = V Wᵀ. A vector is a source on the diagonal."""
        V, values = self._pairs.vectors, self._pairs.values
        Y: Complex = -source[:, None] * V if source.ndim == 1 else -(source.T @ V)
        if self._both:
            both: Complex = V.conj() @ ((V.conj().T @ Y) / (values[:, None].conj() + values))
            return both
        own = np.einsum("ka,ka->a", Y, V.conj()) / (2 * values.real)
        compiled().resolve(self._pairs.diagonal, self._hopping, values, Y)
        Y += V.conj() * (own - np.einsum("ka,ka->a", Y, V.conj()))
        return Y

    def populations(self, source: Real) -> Real:
        """Diagonal of C for a source on the diagonal, N² operations; pairs of modes that hardly decay are left as they come."""
        V = self._pairs.vectors
        Y = -source[:, None] * V
        compiled().resolve(self._pairs.diagonal, self._hopping, self._pairs.values, Y)
        found: Real = np.einsum("ka,ka->k", V, Y).real
        return found

    def diagonal(self, rows: Complex, offset: int = 0) -> Complex:
        """Entries C_k,k+offset, shape (N - offset,)."""
        V = self._pairs.vectors
        entries: Complex = np.einsum("ka,ka->k", V[: len(V) - offset], rows[offset:])
        return entries

    def matrix(self, rows: Complex) -> Complex:
        """C."""
        return hermitian_product(self._pairs.vectors, rows)


def hermitian_product(A: Array, B: Array, blocks: int = 4) -> Array:
    """A Bᵀ, known to be hermitian, of real or complex matrices: only the blocks on and above the diagonal are multiplied out."""
    n = len(A)
    C = np.empty((n, n), dtype=np.result_type(A, B))
    edges = [n * b // blocks for b in range(blocks + 1)]
    for low, high in pairwise(edges):
        C[:high, low:high] = A[:high] @ B[low:high].T
        C[low:high, :low] = C[:low, low:high].conj().T
        block = C[low:high, low:high]
        C[low:high, low:high] = (block + block.conj().T) / 2
    return C
