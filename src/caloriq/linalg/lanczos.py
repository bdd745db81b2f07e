"""Lanczos recurrence with full reorthogonalisation, and spectral bounds from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.linalg.products import InPlace, Products

STEPS = 80  # products that bounds cost by default
SMALL = 160  # dimension up to which the whole spectrum costs less than the iteration
PIECE = 2**13  # real numbers that are gone through together
WIDEST = 0.25  # share of the width beyond which a bound is no bound


class HermitianOperator(Protocol):
    """What the iterations need to know of an operator."""

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the matrix."""
        ...

    def mv(self, x: Complex) -> Complex:
        """Product with a vector, or with a block of vectors."""
        ...


@dataclass(frozen=True, slots=True)
class Tridiagonal:
    """Projection of a hermitian operator on its Krylov space."""

    basis: Complex  # orthonormal rows, shape (m, dimension)
    alpha: Real  # diagonal of the projection, shape (m,)
    # off-diagonals; the last one couples to the vector that was not kept (0 if the space is invariant), shape (m,)
    beta: Real

    def eigensystem(self) -> tuple[Real, Real]:
        """Ritz values (m,) and the real eigenvectors of the projection (m, m)."""
        values, vectors = scipy.linalg.eigh_tridiagonal(self.alpha, self.beta[:-1])
        return values, vectors


def lanczos(operator: HermitianOperator, start: Complex, steps: int) -> Tridiagonal:
    """Krylov space of `steps` products from a start of norm 1, fully reorthogonalised; stops where it is invariant."""
    steps = min(steps, start.size)
    basis = np.empty((steps, start.size), dtype=complex)
    alpha, beta = np.empty(steps), np.empty(steps)
    basis[0] = start
    for j in range(steps):
        w = operator.mv(basis[j])
        alpha[j] = np.vdot(basis[j], w).real
        w -= alpha[j] * basis[j]
        if j:
            w -= beta[j - 1] * basis[j - 1]
        for _ in range(2):  # twice is enough (Giraud, Langou, Rozložník 2005)
            w -= (basis[: j + 1] @ w.conj()).conj() @ basis[: j + 1]
        beta[j] = scipy.linalg.norm(w, check_finite=False)  # which squares neither 1e-200 to 0 nor 1e200 to infinity
        if beta[j] <= 1e-13 * max(1e-300, np.abs(alpha[: j + 1]).max() + beta[: j + 1].max()):
            beta[j] = 0.0
            return Tridiagonal(basis[: j + 1], alpha[: j + 1], beta[: j + 1])
        if j + 1 < steps:
            basis[j + 1] = w / beta[j]
    return Tridiagonal(basis, alpha, beta)


def bounds_cost(dimension: int, steps: int = STEPS) -> int:
    """Products that `spectral_bounds` spends."""
    return dimension if dimension <= max(SMALL, steps) else steps


def spectral_bounds(
    operator: HermitianOperator, *, steps: int = STEPS, failure: float = 1e-9, rng: np.random.Generator
) -> tuple[float, float]:
    r"""Interval that holds the spectrum with probability at least 1 - `failure`, whatever the matrix.

    Extreme Ritz values after k steps from a random start lie inside the spectrum by at most
    :math:`\epsilon(\lambda_{max} - \lambda_{min})`, but for a probability of
    :math:`1.648\sqrt{d}\,e^{-\sqrt\epsilon(2k-1)}` at each end (Kuczyński and Woźniakowski,
    SIAM J. Matrix Anal. Appl. 13, 1094 (1992), doi:10.1137/0613066, theorem 4.2, stated for real starts; complex
    ones overlap the extreme eigenvectors no less). The interval is widened by that: it exceeds the spectrum by about
    2 (ln(√d/failure)/2k)². For small matrices it is the spectrum itself.
    """
    dimension = operator.shape[0]
    if bounds_cost(dimension, steps) == dimension:
        values = np.linalg.eigvalsh(operator.mv(np.eye(dimension, dtype=complex)))
        margin = 1e-13 * dimension * max(abs(float(values[0])), abs(float(values[-1])))
        return float(values[0]) - margin, float(values[-1]) + margin
    exponent = np.log(2 * 1.648 * np.sqrt(dimension) / failure)
    epsilon = (exponent / (2 * steps - 1)) ** 2
    if epsilon > WIDEST:
        least = int(np.ceil((exponent / np.sqrt(WIDEST) + 1) / 2))
        raise InvalidInput(f"`steps` must be at least {least} for that probability, but it is smaller (got {steps})")
    start = rng.standard_normal(2 * dimension).view(complex)
    alpha, beta = recurrence(operator, start / np.linalg.norm(start), steps)
    ritz = scipy.linalg.eigh_tridiagonal(alpha, beta[:-1], eigvals_only=True)
    pad = epsilon / (1 - 2 * epsilon) * float(ritz[-1] - ritz[0])
    pad += 1e-12 * max(abs(float(ritz[0])), abs(float(ritz[-1])))
    return float(ritz[0]) - pad, float(ritz[-1]) + pad


def recurrence(operator: HermitianOperator, start: Complex, steps: int) -> tuple[Real, Real]:
    """Diagonal and off-diagonals of the bare three-term recurrence, shape (m,) each: two vectors in hand, and a product.

    Lost orthogonality repeats Ritz values; it does not move the ends, nor the quadrature of smooth functions.
    """
    alpha, beta = np.empty(steps), np.empty(steps)
    advance = operator.recurrence(1.0, 0.0) if isinstance(operator, Products) else _advance(operator)
    here = np.array(start, dtype=complex)
    next_ = np.zeros_like(here)  # β times the vector before
    for j in range(steps):
        advance(here, next_)
        y, z = here.view(float), next_.view(float)
        alpha[j] = sum(float(y[part] @ z[part]) for part in _parts(z.size))
        square = 0.0
        for part in _parts(z.size):
            z[part] -= alpha[j] * y[part]
            square += float(z[part] @ z[part])
        beta[j] = np.sqrt(square)
        if beta[j] <= 1e-13 * (np.abs(alpha[: j + 1]).max() + beta[: j + 1].max()):
            alpha, beta = alpha[: j + 1], beta[: j + 1]  # an invariant space: its values are eigenvalues
            break
        for part in _parts(z.size):
            z[part] /= beta[j]
            y[part] *= beta[j]
        here, next_ = next_, here
    return alpha, beta


def _advance(operator: HermitianOperator) -> InPlace:
    """What puts H x - y into y."""

    def advance(x: Complex, y: Complex) -> None:
        np.subtract(operator.mv(x), y, out=y)

    return advance


def _parts(size: int) -> Iterator[slice]:
    """Parts of a vector that stay in cache, too short for BLAS to wake threads that would spin into the next product."""
    return (slice(at, at + PIECE) for at in range(0, size, PIECE))
