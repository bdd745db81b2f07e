"""Stacks of dense linear systems whose solutions come with a proven bound on every entry.

For A x = b with an approximate inverse R and a solution x̂, where E bounds what is not known of the entries of A and e_b
what is not known of b,

    |x - x̂| ≤ |R|(|b - A x̂| + e_b + E|x̂|) + (|1 - R A| + |R|E)|x - x̂|,

closed by a vector that the right-hand side maps below itself, which also proves that A is regular.

Source: S. M. Rump, Acta Numerica 19, 287 (2010), doi:10.1017/S096249291000005X, section 10.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real

UNIT = float(np.finfo(float).eps) / 2
GROWTH = 1.01  # room for the rounding of the bounds themselves
TURNS = 12
REFINED = 3


class Enclosure:
    """Inverses of a stack of matrices, and what bounds the solutions that they give.

    Cost: some 6 n³ operations a matrix; memory 40 n² bytes a matrix.

    Parameters
    ----------
    A : array, shape (K, n, n)
        The matrices as they are stored.
    weight : array, shape (K, n, n)
        Magnitudes of what was added up to make every entry.
    roundings : float
        Units of rounding in an entry, relative to its weight.
    """

    def __init__(self, A: Real, weight: Real, roundings: float) -> None:
        n = A.shape[-1]
        self._A, self._weight = A, weight
        self._lost = (n + roundings + 2) * UNIT  # of a product of n terms
        self._inverse = _inverses(A)
        self._sizes = np.abs(self._inverse)
        with np.errstate(invalid="ignore", over="ignore"):
            self._defect = np.abs(self._inverse @ A - np.eye(n)) + self._lost * (self._sizes @ weight)

    def solve(self, b: Real, error: Real | float = 0.0) -> tuple[Real, Real]:
        """Solutions of A x = b, and bounds on their entries; infinite where the matrix is too near a singular one.

        Parameters
        ----------
        b : array, shape (K, n)
            Right-hand sides.
        error : array, shape (K, n), or float
            What is not known of their entries.

        Returns
        -------
        x, bound : array, shape (K, n)
        """
        with np.errstate(invalid="ignore", over="ignore"):
            x = _times(self._inverse, b)
            for _ in range(REFINED):
                x = x + _times(self._inverse, b - _times(self._A, x))
            left = np.abs(b - _times(self._A, x)) + self._lost * (_times(self._weight, np.abs(x)) + np.abs(b)) + error
            first = GROWTH * _times(self._sizes, left)
            e = 1.1 * first + np.finfo(float).tiny
            closed = np.zeros(len(b), dtype=bool)
            for _ in range(TURNS):
                above = first + GROWTH * _times(self._defect, e)
                closed = np.all(np.isfinite(above) & (above <= e), axis=1)
                if closed.all():
                    break
                e = np.where(closed[:, None], e, np.maximum(e, 1.05 * above))
        return x, np.where(closed[:, None], GROWTH * e, np.inf)


def _inverses(A: Real) -> Real:
    """Inverse of every matrix; not a number where there is none."""
    try:
        return np.asarray(np.linalg.inv(A))
    except np.linalg.LinAlgError:
        return np.stack([_inverse(one) for one in A])


def _inverse(A: Real) -> NDArray[np.float64]:
    try:
        return np.asarray(np.linalg.inv(A))
    except np.linalg.LinAlgError:
        return np.full_like(A, np.nan)


def _times(A: Real, x: Real) -> Real:
    return np.asarray((A @ x[..., None])[..., 0])
