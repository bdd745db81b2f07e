"""Null space of a sparse real matrix, with the singular values on both sides of the gap that makes it one.

Small matrices: eigenvectors of M†M below an edge. Large ones: Lanczos iterations with restarts for M†M (ARPACK), until a bound on what
is left says that nothing was missed. In both, singular values of M on the space that was found then tell what is zero: their error is that of M, not the square root of
that of M†M.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.errors import NotConverged
from caloriq.linalg.lanczos import spectral_bounds

DENSE = 1600  # columns up to which all of M†M is tridiagonalised: a second
EDGE = 1e-9  # eigenvalues of M†M below this share of its norm are looked at once more, by singular values of M
FAILURE = 1e-9  # probability with which an iteration may miss a part of the null space
FEW = 16  # eigenvectors that are asked for at first
AT_ONCE, KEPT = 6, 60  # eigenvectors of one iteration, and vectors that it keeps
MOST_RESTARTS = 400
MOST_ROUNDS = 100  # iterations, each for some more charges


@dataclass(frozen=True, slots=True)
class NullSpace:
    """Vectors that a matrix takes to nothing within rounding.

    Attributes
    ----------
    vectors : array, shape (n, k)
        Orthonormal.
    largest_zero : float
        Largest singular value that counts as zero; 0 where there is none.
    smallest_other : float
        Smallest one that does not; infinite where there is none.
    lower_bound : float
        On that: less the rounding of M†M; from iterations a bound that holds with probability 1 - 1e-9.
    tolerance : float
        Singular values up to this count as zero: n ε ‖M‖ (1 + ‖M‖/σ), with σ the smallest that is not looked at twice,
        what rounding in M†M and its eigenvectors can leave of a zero.
    products : int
        With M†M; 0 where it was decomposed.
    """

    vectors: Real
    largest_zero: float
    smallest_other: float
    lower_bound: float
    tolerance: float
    products: int = 0


def null_space(matrix: scipy.sparse.csc_array, rng: np.random.Generator, *, dense: int = DENSE) -> NullSpace:
    """Null space of M.

    Parameters
    ----------
    matrix : sparse array, shape (m, n)
        M.
    rng : Generator
        Starts of the iterations.
    dense : int
        Columns up to which M†M is decomposed: n³ operations, 16 n² bytes. Beyond, some thousand products.

    Raises
    ------
    NotConverged
        If the iterations do not separate the null space from the rest.
    """
    n = matrix.shape[1]
    magnitudes = abs(matrix)
    norm = math.sqrt(float(magnitudes.sum(axis=0).max(initial=0.0)) * float(magnitudes.sum(axis=1).max(initial=0.0)))
    if norm == 0:
        return NullSpace(np.eye(n), 0.0, math.inf, math.inf, 0.0)
    gram = (matrix.T @ matrix).tocsr()
    edge = EDGE * norm**2
    if n <= dense:
        vectors, beyond = _decomposed(gram, edge)
        below, products = beyond - n * np.finfo(float).eps * norm**2, 0
    else:
        vectors, beyond, below, products = _iterated(gram, edge, rng)
    # what is beyond the edge disturbs singular values of the rest by no more than rounding divided by it
    tolerance = n * float(np.finfo(float).eps) * norm * (1 + norm / math.sqrt(beyond))
    _, sigma, turned = scipy.linalg.svd(matrix @ vectors, full_matrices=False)
    zero = sigma <= tolerance
    others = sigma[~zero]
    smallest = float(others.min()) if others.size else math.sqrt(beyond)
    bound = smallest - tolerance if others.size else math.sqrt(max(below, 0.0))
    return NullSpace(
        vectors @ turned[zero].T, float(sigma[zero].max(initial=0.0)), smallest, bound, tolerance, products
    )


def _decomposed(gram: scipy.sparse.csr_array, edge: float) -> tuple[Real, float]:
    """Eigenvectors below the edge, and the first eigenvalue beyond."""
    A, n, few = gram.toarray(), gram.shape[0], FEW
    while True:
        last = min(few, n) - 1
        values, vectors = scipy.linalg.eigh(A, subset_by_index=(0, last))
        count = int(np.searchsorted(values, edge, side="right"))
        if count <= last or last == n - 1:
            return vectors[:, :count], float(values[count]) if count <= last else math.inf
        few *= 4


@dataclass(slots=True)
class _Deflated:
    """A symmetric matrix with some orthonormal vectors moved to the top of its spectrum."""

    matrix: scipy.sparse.csr_array
    vectors: Real
    top: float = 0.0
    products: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        return self.matrix.shape  # type: ignore[no-any-return]

    def real(self, x: Real) -> Real:
        """Product with a real vector, or a block of them."""
        self.products += 1
        moved = self.top * (self.vectors @ (self.vectors.T @ x)) if self.vectors.size else 0.0
        found: Real = self.matrix @ x + moved
        return found

    def mv(self, x: Complex) -> Complex:
        """Product with a complex vector."""
        parts = np.ascontiguousarray(x).view(float).reshape(len(x), -1)
        found: Complex = self.real(parts).view(complex).reshape(x.shape)
        return found


def _iterated(gram: scipy.sparse.csr_array, edge: float, rng: np.random.Generator) -> tuple[Real, float, float, int]:
    """Eigenvectors below the edge, the first eigenvalue beyond with a lower bound on it, and products."""
    from scipy.sparse.linalg import LinearOperator

    n = gram.shape[0]
    operator = _Deflated(gram, np.empty((n, 0)))
    operator.top = top = float(_largest(LinearOperator((n, n), matvec=operator.real, dtype=float), 1, rng)[0][0])
    # upside down: an iteration that begins in the range of M†M would never see its null space
    turned = LinearOperator((n, n), matvec=lambda x: top * x - operator.real(x), dtype=float)
    # alike eigenvalues may be missed; then the bound on what is left lies below the edge
    for _ in range(MOST_ROUNDS):
        values, vectors = _largest(turned, AT_ONCE, rng)
        low = top - values <= edge
        operator.vectors, _ = np.linalg.qr(np.hstack([operator.vectors, vectors[:, low]]))
        if not low.all():
            beyond = float(top - values[~low].max())
            below = _surely(operator, beyond, rng)
            if below > edge:
                return operator.vectors, beyond, below, operator.products
            if not low.any():
                raise NotConverged(_near(n, beyond))
    raise NotConverged(_near(n, 0.0))


def _largest(linear: Any, count: int, rng: np.random.Generator) -> tuple[Real, Real]:
    """Largest eigenvalues, and their vectors."""
    from scipy.sparse.linalg import ArpackError, eigsh

    n = linear.shape[0]
    start = rng.standard_normal(n)
    try:
        found: tuple[Real, Real] = eigsh(linear, k=count, which="LA", ncv=min(KEPT, n), maxiter=MOST_RESTARTS, v0=start)
    except ArpackError:
        raise NotConverged(_near(n, 0.0)) from None
    return found


def _near(columns: int, value: float) -> str:
    return f"`support` must be small enough to tell charges from the rest, but the iteration does not separate them (got {columns} strings, smallest eigenvalue {value:.3g}); take a smaller support"


def _surely(operator: _Deflated, value: float, rng: np.random.Generator) -> float:
    """Lower bound on the smallest eigenvalue that fails with a probability of `FAILURE`: about half of the value found."""
    exponent = math.log(2 * 1.648 * math.sqrt(operator.shape[0]) / FAILURE)
    steps = math.ceil((exponent * math.sqrt(2 * operator.top / value) + 1) / 2)
    n = operator.shape[0]
    if steps >= n:
        A = operator.real(np.eye(n))
        lowest = float(scipy.linalg.eigh(A, eigvals_only=True, subset_by_index=(0, 0))[0])
        return lowest - n * np.finfo(float).eps * operator.top
    return spectral_bounds(operator, steps=steps, failure=FAILURE, rng=rng)[0]
