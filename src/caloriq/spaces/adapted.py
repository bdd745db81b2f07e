"""Combinations of product states that symmetries turn into multiples of themselves: blocks of a matrix that commutes with them.

Symmetries here take every product state to one other, times a phase: sites that change places, spins that are flipped. The columns are
orthonormal, so that Q†HQ of all of them together has the spectrum of H (Sandvik, AIP Conf. Proc. 1297, 135 (2010),
doi:10.1063/1.3518900).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq.spaces.basis import Basis, Indices, weights

HALF = 0.5  # modulus that tells an element of a permutation from none
SAME = 1e-9  # phases that differ by less are one


class Monomial(NamedTuple):
    """U|s⟩ = phase[s] |place[s]⟩."""

    place: Indices
    phase: NDArray[Any]

    def matrix(self) -> scipy.sparse.csr_array:
        """U, shape (D, D)."""
        D = self.place.size
        return scipy.sparse.coo_array((self.phase, (self.place, np.arange(D))), shape=(D, D)).tocsr()


def renamed(basis: Basis, places: Sequence[int], odd: Sequence[Sequence[int]]) -> Monomial | None:
    """Site x becomes places[x]; None where that leads out of the basis.

    Parameters
    ----------
    basis : Basis
        Of sites of which those that change places are alike.
    places : sequence of int
        A permutation of the sites.
    odd : sequence of sequence of int
        Of every site and level whether it holds an odd number of fermions: two odd sites that pass each other change the sign,
        as a†b† = -b†a†.
    """
    states = basis.states
    place = _places(basis, states @ weights(basis.levels, basis.sites)[list(places)])
    if place is None:
        return None
    is_odd = [np.asarray(own, dtype=bool)[states[:, x]] if any(own) else None for x, own in enumerate(odd)]
    passed = np.zeros(basis.dimension, dtype=bool)
    for x, first in enumerate(is_odd):
        for y in range(x + 1, basis.sites):
            second = is_odd[y]
            if first is not None and second is not None and places[x] > places[y]:
                passed ^= first & second
    return Monomial(place, np.where(passed, -1.0, 1.0))


def flipped(basis: Basis, *, signed: bool) -> Monomial | None:
    """Level n of every site becomes d - 1 - n; `signed`: times (-1)^n, a rotation about y.

    None where it leads out of the basis, or where its square is -1.
    """
    last = np.array(basis.levels) - 1
    if signed and last.sum() % 2:  # its square would be -1
        return None
    place = _places(basis, (last - basis.states) @ weights(basis.levels, basis.sites))
    if place is None:
        return None
    return Monomial(place, 1.0 - 2.0 * (basis.states.sum(axis=1) % 2) if signed else np.ones(basis.dimension))


def _places(basis: Basis, keys: NDArray[Any]) -> Indices | None:
    found = np.searchsorted(basis.keys, keys)
    return None if np.any(basis.keys.take(found, mode="clip") != keys) else found


def momenta(shift: Monomial, order: int) -> list[scipy.sparse.csc_array]:
    """Columns for k = 0 .. order - 1, those that U multiplies by e^{2πik/order}; U^order = 1."""
    D = shift.place.size
    place, phase = np.arange(D), np.ones(D, dtype=shift.phase.dtype)
    places, phases = [place], [phase]
    for _ in range(order):
        place, phase = shift.place[place], phase * shift.phase[place]
        places.append(place)
        phases.append(phase)
    first = np.flatnonzero(np.min(places, axis=0) == places[0])  # the least state of every orbit
    where, factor = np.array(places)[:, first], np.array(phases)[:, first]
    period = 1 + np.argmax(where[1:] == where[0], axis=0)
    closed = factor[period, np.arange(first.size)]
    steps = np.arange(order)[:, None]
    found = []
    for k in range(order):
        turn = np.exp(-2j * np.pi * k / order)
        kept = np.flatnonzero(np.abs(closed * turn**period - 1) <= SAME)
        inside = steps < period[kept]
        value = (turn**steps * factor[:order, kept] / np.sqrt(period[kept]))[inside]
        column = np.broadcast_to(np.arange(kept.size), inside.shape)[inside]
        value = value.real if 2 * k % order == 0 else value
        entries = (value, (where[:order, kept][inside], column))
        found.append(scipy.sparse.coo_array(entries, shape=(D, kept.size)).tocsc())
    return found


def halves(Q: scipy.sparse.csc_array, U: Monomial) -> list[scipy.sparse.csc_array]:
    """Even and odd combinations under a symmetry whose square is 1, and which maps columns to multiples of columns."""
    image, phase = _within(Q, U.matrix() @ Q)
    m = np.arange(image.size)
    alone, pair = np.flatnonzero(image == m), np.flatnonzero(image > m)
    found = []
    for sign in (1.0, -1.0):
        own = alone[np.abs(phase[alone] - sign) < HALF]
        parts = [(own, np.arange(own.size), np.ones(own.size))]
        column = own.size + np.arange(pair.size)
        parts += [(pair, column, np.full(pair.size, 0.5**0.5)), (image[pair], column, sign * 0.5**0.5 * phase[pair])]
        found.append(_combined(Q, parts, own.size + pair.size))
    return [one for one in found if one.shape[1]]


def made_real(Q: scipy.sparse.csc_array, U: Monomial) -> scipy.sparse.csc_array:
    """Combinations that U and conjugation together leave as they are: there H is real if it commutes with both together."""
    image, phase = _within(Q, U.matrix() @ Q.conj())
    m = np.arange(image.size)
    alone, pair = np.flatnonzero(image == m), np.flatnonzero(image > m)
    first, second = alone.size + np.arange(pair.size), alone.size + pair.size + np.arange(pair.size)
    half = np.full(pair.size, 0.5**0.5)
    parts = [
        (alone, np.arange(alone.size), np.exp(0.5j * np.angle(phase[alone]))),
        (pair, first, half),
        (image[pair], first, half * phase[pair]),
        (pair, second, 1j * half),
        (image[pair], second, -1j * half * phase[pair]),
    ]
    return _combined(Q, parts, image.size)


def _within(Q: scipy.sparse.csc_array, images: scipy.sparse.csc_array) -> tuple[Indices, NDArray[Any]]:
    """Of every column the one that it goes to, and with which phase."""
    u = (Q.conj().T @ images).tocoo()
    large = np.abs(u.data) > HALF
    image, phase = np.zeros(Q.shape[1], dtype=np.intp), np.zeros(Q.shape[1], dtype=u.data.dtype)
    image[u.col[large]], phase[u.col[large]] = u.row[large], u.data[large]
    return image, phase


def _combined(
    Q: scipy.sparse.csc_array, parts: Sequence[tuple[Indices, Indices, NDArray[Any]]], size: int
) -> scipy.sparse.csc_array:
    rows, columns, values = (np.concatenate([part[k] for part in parts]) for k in range(3))
    return (Q @ scipy.sparse.coo_array((values, (rows, columns)), shape=(Q.shape[1], size)).tocsc()).tocsc()


def unit_defect(Q: Sequence[scipy.sparse.csc_array]) -> float:
    """‖Q†Q - 1‖ in the Frobenius norm, of all columns together."""
    every = scipy.sparse.hstack(Q, format="csc")
    return float(scipy.sparse.linalg.norm(every.conj().T @ every - scipy.sparse.eye_array(every.shape[1])))
