r"""Real tensor trains with an orthogonality centre, and two-site steps on them by exponentials of local generators.

.. math::
    x_{a_1\dots a_N} = A_1^{a_1} A_2^{a_2}\cdots A_N^{a_N}

(Schollwöck, Ann. Phys. 326, 96 (2011), doi:10.1016/j.aop.2010.09.012). Truncation is that of Hilbert-Schmidt norms, by a QR
decomposition of a subspace in place of all singular values (Unfried, Hauschild, Pollmann, PRB 107, 155133 (2023),
doi:10.1103/PhysRevB.107.155133): d times cheaper for d local states, at the same weight to a few percent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Real

SPARE = 8  # directions of the subspace beyond those that are kept
SHARE = 8  # and one more for so many
NOTHING = 1e-13  # singular value that is rounding, relative to the largest
WHOLE = 1.5  # of what is kept, up to which all singular values are as cheap


@dataclass
class Train:
    """A vector as a product of tensors, changed in place.

    Attributes
    ----------
    tensors : list of array, shape (χ, d, χ')
        One for every site; those left of the centre are isometries from the left, those right of it from the right.
    centre : int
        Site of the orthogonality centre.
    """

    tensors: list[Real]
    centre: int = 0

    @classmethod
    def product(cls, vectors: Sequence[Real]) -> Train:
        """Of one vector for every site."""
        train = cls([np.array(one, dtype=float).reshape(1, -1, 1) for one in vectors])
        train.orthogonalise()
        return train

    @property
    def bonds(self) -> list[int]:
        """Dimension of every bond."""
        return [one.shape[2] for one in self.tensors[:-1]]

    @property
    def size(self) -> int:
        """Numbers in it."""
        return sum(one.size for one in self.tensors)

    def orthogonalise(self) -> float:
        """Make the first site the centre, whatever the tensors are, and the norm one; the norm that it was."""
        self.centre = len(self.tensors) - 1
        self.move(0)
        size = float(np.linalg.norm(self.tensors[0]))
        self.tensors[0] /= size
        return size

    def move(self, site: int) -> None:
        """Move the centre."""
        while self.centre < site:
            k, one = self.centre, self.tensors[self.centre]
            q, r = np.linalg.qr(one.reshape(-1, one.shape[2]))
            self.tensors[k] = q.reshape(*one.shape[:2], -1)
            self.tensors[k + 1] = np.tensordot(r, self.tensors[k + 1], 1)
            self.centre += 1
        while self.centre > site:
            k, one = self.centre, self.tensors[self.centre]
            q, r = np.linalg.qr(one.reshape(one.shape[0], -1).T)
            self.tensors[k] = np.ascontiguousarray(q.T).reshape(-1, *one.shape[1:])
            self.tensors[k - 1] = np.tensordot(self.tensors[k - 1], r.T, 1)
            self.centre -= 1

    def cut(self, largest: int) -> None:
        """Cut every bond to a dimension, from the first site, which must be the centre; it is the centre again afterwards, and the norm one."""
        for k in range(len(self.tensors) - 1):
            l, d, r = self.tensors[k].shape
            left, values, right = _singular(self.tensors[k].reshape(l * d, r))
            kept = min(largest, int(np.count_nonzero(values > NOTHING * values[0])))
            self.tensors[k] = left[:, :kept].reshape(l, d, kept)
            self.tensors[k + 1] = np.tensordot(values[:kept, None] * right[:kept], self.tensors[k + 1], 1)
        self.centre = len(self.tensors) - 1
        self.orthogonalise()

    def step(self, k: int, gate: Real, largest: int, *, rightwards: bool) -> float:
        """Act with a matrix on sites k and k + 1, one of which is the centre, and cut the bond between them.

        Parameters
        ----------
        k : int
            The left one of the sites.
        gate : array, shape (d d', d d')
            What acts.
        largest : int
            Dimension that the bond is cut to.
        rightwards : bool
            Whether the centre is k + 1 afterwards, or k.

        Returns
        -------
        float
            Squared norm that was cut off, of one.
        """
        a, b = self.tensors[k], self.tensors[k + 1]
        (l, d, _), (m, e, r) = a.shape, b.shape
        acted = np.matmul(gate, joined(a, b)).reshape(l * d, e * r)
        acted /= np.linalg.norm(acted)
        left, values, right = decomposed(acted, b.reshape(m, e * r), largest + SPARE + largest // SHARE)
        kept = min(largest, int(np.count_nonzero(values > NOTHING * values[0])))
        left, values, right = left[:, :kept], values[:kept], right[:kept]
        lost = max(0.0, 1.0 - float(values @ values))
        values = values / np.linalg.norm(values)
        if rightwards:
            right = values[:, None] * right
        else:
            left = left * values
        self.tensors[k] = np.ascontiguousarray(left).reshape(l, d, kept)
        self.tensors[k + 1] = np.ascontiguousarray(right).reshape(kept, e, r)
        self.centre = k + 1 if rightwards else k
        return lost

    def layer(self, first: int, gates: Sequence[Real], largest: int) -> float:
        """Act on every second bond from `first`, from the side where the centre is; squared norm that was cut off."""
        bonds: Iterable[int] = range(first, len(self.tensors) - 1, 2)
        if not bonds:
            return 0.0
        rightwards = abs(self.centre - bonds[0]) <= abs(self.centre - bonds[-1])  # type: ignore[index]
        lost = 0.0
        for k in bonds if rightwards else reversed(bonds):  # type: ignore[call-overload]
            self.move(min(max(self.centre, k), k + 1))
            lost += self.step(k, gates[k], largest, rightwards=rightwards)
        return lost

    def evolve(self, gates: Gates, steps: int, largest: int) -> float:
        """So many steps of second order; squared norm that was cut off, in the mean over the steps."""
        lost = self.layer(0, gates.half, largest)
        for n in range(steps):
            lost += self.layer(1, gates.odd, largest)
            lost += self.layer(0, gates.even if n < steps - 1 else gates.half, largest)
        return lost / steps

    def multiply(self, site: int, matrix: Real) -> None:
        """Act on one site; the train is no longer orthogonal."""
        self.tensors[site] = np.einsum("ab,lbr->lar", matrix, self.tensors[site])

    def dense(self) -> Train:
        """Itself: what is read of it has no blocks."""
        return self

    def copy(self) -> Train:
        """Another one of the same numbers, row by row in memory: rounding depends on the order."""
        return Train([one.copy(order="C") for one in self.tensors], self.centre)


@dataclass(frozen=True)
class Gates:
    """Exponentials of the generators of all bonds: whole steps on every second bond, half steps on those from the first."""

    half: list[Real]
    even: list[Real]
    odd: list[Real]

    @classmethod
    def of(cls, generators: Sequence[Real], step: float) -> Gates:
        """For a time step; equal generators are exponentiated once."""
        made: dict[tuple[bytes, float], Real] = {}

        def exponential(generator: Real, t: float) -> Real:
            key = generator.tobytes(), t
            if key not in made:
                made[key] = scipy.linalg.expm(t * generator)
            return made[key]

        empty = np.empty((0, 0))
        pairs = list(enumerate(generators))
        return cls(
            [exponential(one, step / 2) if k % 2 == 0 else empty for k, one in pairs],
            [exponential(one, step) if k % 2 == 0 else empty for k, one in pairs],
            [exponential(one, step) if k % 2 else empty for k, one in pairs],
        )


def combined(trains: Sequence[Train], weights: Real, largest: int) -> Train:
    """Sum of trains with weights, cut to a bond dimension, of norm one.

    One after the other is added, and twice the dimension kept before the last: N χ³ operations for each, and the memory of twenty.
    """
    scale = float(np.abs(weights).max())
    found, kept = trains[0].copy(), float(weights[0]) / scale
    for n, (one, weight) in enumerate(zip(trains[1:], weights[1:].tolist(), strict=True)):
        kept = _added(found, one, kept, weight / scale)
        found.cut(largest if n == len(trains) - 2 else 2 * largest)
    return found


def _added(train: Train, other: Train, a: float, b: float) -> float:
    """Turn x into ax + by, of norm one; the norm that it had."""
    count = len(train.tensors)
    for k in range(count):
        one, two = train.tensors[k], other.tensors[k]
        l, r = (0 if k == 0 else one.shape[0]), (0 if k == count - 1 else one.shape[2])
        whole = np.zeros((l + two.shape[0], one.shape[1], r + two.shape[2]))
        whole[: one.shape[0], :, : one.shape[2]] += one if k else a * one
        whole[l:, :, r:] += two if k else b * two
        train.tensors[k] = whole
    return train.orthogonalise()


def joined(a: Real, b: Real) -> Real:
    """Two neighbouring tensors as one, shape (χ, d d', χ')."""
    (l, d, m), (_, e, r) = a.shape, b.shape
    found: Real = (a.reshape(l * d, m) @ b.reshape(m, e * r)).reshape(l, d * e, r)
    return found


def decomposed(matrix: NDArray[Any], guess: NDArray[Any], size: int) -> tuple[Any, Real, Any]:
    """Largest singular values and their vectors, shape (m, p), (p,), (p, n).

    Parameters
    ----------
    matrix : array, shape (m, n)
        Real or complex.
    guess : array, shape (g, n)
        Rows near the right vectors.
    size : int
        Dimension p of the subspace that is searched; all of it where that costs no more.
    """
    if min(matrix.shape) <= WHOLE * size:
        return _singular(matrix)
    rows = guess[:size]
    missing = size - len(rows)
    if missing:
        rows = np.concatenate([rows, _spread(missing, matrix.shape[1])])
    q, _ = np.linalg.qr(matrix @ rows.conj().T)
    p, r = np.linalg.qr(matrix.conj().T @ q)
    left, values, right = _singular(np.ascontiguousarray(r.conj().T))
    return q @ left, values, right @ p.conj().T


def _singular(matrix: NDArray[Any]) -> tuple[Any, Real, Any]:
    """Singular value decomposition; by the slower of two algorithms where the faster one fails."""
    try:
        found = scipy.linalg.svd(matrix, full_matrices=False, check_finite=False, overwrite_a=False)
    except np.linalg.LinAlgError:
        found = scipy.linalg.svd(matrix, full_matrices=False, lapack_driver="gesvd")
    left, values, right = found
    return left, values, right


def _spread(count: int, size: int) -> Real:
    """Rows that have a part of everything, shape (count, size): cosines of incommensurate frequencies, the same at every call."""
    golden = (math.sqrt(5) - 1) / 2
    found: Real = np.cos(
        2 * np.pi * golden * np.outer(np.arange(1, count + 1) ** 2, np.arange(1, size + 1)) / math.sqrt(2)
    )
    return found
