"""Expectation values of many operators of a lattice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.linalg.pauli_means import PauliMeans
from caloriq.models.lattice.space import Space
from caloriq.spaces.strings import Strings


class Reads(Protocol):
    """What reads numbers off states."""

    count: int  # of operators

    def means(self, states: Complex) -> Real:
        """⟨A⟩ of every column and operator, for states of shape (D, k); shape (k, operators)."""
        ...


def reader_of(space: Space, operators: Sequence[Strings]) -> Reads:
    """By strings where there are no matrices."""
    return StringReader(space, operators) if space.by_strings else MatrixReader(space, operators)


class StringReader:
    """Each Pauli string once, and the operators as their sums."""

    def __init__(self, space: Space, operators: Sequence[Strings]) -> None:
        self.count = len(operators)
        every = Strings(space.model.spaces, {string: 1.0 for one in operators for string in one.terms})
        found, factor = space.strings(every)
        ordered = list(every.terms)
        known = {ordered[s]: (k, f) for k, (s, f) in enumerate(zip(found.kept.tolist(), factor.tolist(), strict=True))}
        every_part = ((a, known.get(s), c) for a, one in enumerate(operators) for s, c in one.terms.items())
        # what leads out of the sector has no expectation value there
        entries = [(a, place[0], place[1] * complex(c).real) for a, place, c in every_part if place is not None]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        self._sums = scipy.sparse.csr_array((values, (rows, columns)), shape=(self.count, len(known)), dtype=float)
        assert space.parities is not None
        self._strings = PauliMeans(space.parities.left, found.flip, found.sign)

    def means(self, states: Complex) -> Real:
        """⟨A⟩ of every column and operator, for states of shape (D, k); shape (k, operators)."""
        return np.array([self._sums @ self._strings.of(psi) for psi in states.T])


class MatrixReader:
    """The diagonals of all operators at once, and the upper half of what moves something in each."""

    def __init__(self, space: Space, operators: Sequence[Strings]) -> None:
        self.count = len(operators)
        parts = [space.parts(one) for one in operators]
        self._still = [k for k, one in enumerate(parts) if one.diagonal is not None]
        self._diagonals = np.array([parts[k].diagonal for k in self._still]).reshape(-1, space.dimension)
        self._upper = [
            (k, scipy.sparse.triu(one.rest, 1, format="csr")) for k, one in enumerate(parts) if one.rest is not None
        ]

    def means(self, states: Complex) -> Real:
        """⟨A⟩ of every column and operator, for states of shape (D, k); shape (k, operators)."""
        found = np.zeros((states.shape[1], self.count))
        weight = states.real**2 + states.imag**2
        found[:, self._still] = weight.T @ self._diagonals.T
        for k, upper in self._upper:
            found[:, k] += 2 * overlap(states, upper @ states)
        return found


def overlap(a: Complex, b: Complex) -> Real:
    """Re⟨a|b⟩ of every column."""
    found: Real = np.einsum("dk,dk->k", a.real, b.real) + np.einsum("dk,dk->k", a.imag, b.imag)
    return found
