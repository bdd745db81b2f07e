"""Charges that can be read: those of small support first, H as itself, each with few strings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Real

WITHIN = 1e-7  # of a normalised charge what lies beyond a support and is rounding
CLEAN = 1e-11  # of a coefficient of a normalised charge that is rounding


@dataclass(frozen=True, slots=True)
class Level:
    """Orthonormal charges that need the same support.

    Attributes
    ----------
    support : int
        Cells.
    vectors : array, shape (n, k)
        Coefficients over strings.
    first_is_h : bool
        Whether the first is H, less what H has of charges of smaller support.
    part : int
        Number of the part of the space in which they lie.
    """

    support: int
    vectors: Real
    first_is_h: bool
    part: int


def by_support(vectors: Real, supports: NDArray[np.intp], hamiltonian: Real, *, part: int) -> list[Level]:
    """A space of charges in levels that are orthogonal to each other.

    Parameters
    ----------
    vectors : array, shape (n, k)
        Orthonormal, over strings.
    supports : array of int, shape (n,)
        Cells that every string covers.
    hamiltonian : array, shape (n,)
        Coefficients of H.
    part : int
        Number of the part.
    """
    left, levels = vectors, []
    for support in range(1, int(supports.max()) + 1):
        new, left = _without(left, supports > support)
        if new.shape[1]:
            levels.append(Level(support, *_readable(new, hamiltonian), part))
        if not left.shape[1]:
            break
    return levels


def _without(vectors: Real, rows: NDArray[np.bool_]) -> tuple[Real, Real]:
    """The space of columns turned into those that have nothing on some rows, and the rest."""
    beyond = vectors[rows]
    if not beyond.size:
        return vectors, vectors[:, :0]
    _, sizes, turned = scipy.linalg.svd(beyond, full_matrices=len(beyond) < vectors.shape[1])
    rank = int(np.count_nonzero(sizes > WITHIN))
    return vectors @ turned[rank:].T, vectors @ turned[:rank].T


def _readable(vectors: Real, hamiltonian: Real) -> tuple[Real, bool]:
    """Another orthonormal basis of the same space: H first, where it has a part in it, then reduced to few strings."""
    share = vectors.T @ hamiltonian
    is_h = float(np.linalg.norm(share)) > WITHIN * float(np.linalg.norm(hamiltonian))
    rows = vectors.T
    if len(rows) > 1:
        # each has a string of its own that no other has, as after elimination with pivots
        _, _, pivots = scipy.linalg.qr(rows, mode="economic", pivoting=True)
        chosen = np.sort(pivots[: len(rows)])
        rows = scipy.linalg.solve(rows[:, chosen].T, rows)
        if is_h:
            H = vectors @ share
            rows = np.vstack([H, np.delete(rows, np.abs(H[chosen]).argmax(), axis=0)])
    basis, _ = np.linalg.qr(rows.T)
    basis[np.abs(basis) < CLEAN] = 0.0
    basis /= np.linalg.norm(basis, axis=0)
    largest = np.abs(basis).argmax(axis=0)
    return basis * np.sign(basis[largest, np.arange(basis.shape[1])]), is_h
