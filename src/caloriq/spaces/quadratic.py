r"""Strings as quadratic and linear forms of fermion modes, exactly.

Two-level sites, and sites that are several of them, are modes in their order (Jordan, Wigner, Z. Phys. 47, 631 (1928),
doi:10.1007/BF01331938): :math:`c_m^\dagger = \prod_{k<m}(-Z_k)\,(X_m + iY_m)/2`. With :math:`\psi = (c_0 \ldots c_{M-1},
c_0^\dagger \ldots c_{M-1}^\dagger)` a quadratic operator is :math:`\frac12\psi^\dagger o\,\psi` and a constant, a linear one
:math:`\sum_i u_i\psi_i`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex
from caloriq.spaces.local import LocalSpace
from caloriq.spaces.strings import String, Strings

X, Y, Z = 1, 2, 3
KEPT = 1e-15  # of an element against the moduli that were added up to it: less is rounding
Letters = tuple[tuple[int, int], ...]  # (mode, X, Y or Z), modes ascending


@dataclass(frozen=True, eq=False)
class Quadratic:
    """½ψ†oψ + c.

    Attributes
    ----------
    matrix : sparse array, shape (2M, 2M)
        o, with o_īj̄ = -o_ji where ī is the conjugate of i, so that ½ψ†oψ has no trace.
    terms : sparse array, shape (2M, 2M)
        Moduli that were added up to o.
    constant : complex
        Tr A/D.
    """

    matrix: Any
    terms: Any
    constant: complex

    @property
    def size(self) -> float:
        """(Tr A†A/D)^½."""
        return float(np.sqrt(abs(self.constant) ** 2 + (np.abs(self.matrix.data) ** 2).sum() / 8))

    @property
    def pairs(self) -> bool:
        """Whether it creates or annihilates two at once."""
        M = self.matrix.shape[0] // 2
        return bool(self.matrix[:M, M:].nnz)

    def functional(self, *, particles: bool) -> tuple[Any, complex, Any]:
        """(f, c, s) with ⟨A⟩ = Tr(f G) + c, and the moduli s that were added up to f.

        G_ij = ⟨ψ†_j ψ_i⟩, or its part of the c alone where A conserves particles.
        """
        if not particles:
            return self.matrix / 2, self.constant, self.terms / 2
        M = self.matrix.shape[0] // 2
        own = self.matrix[:M, :M]
        return own, self.constant - own.trace() / 2, self.terms[:M, :M]


@dataclass(frozen=True, eq=False)
class Modes:
    """Modes of the sites of a lattice, in their order.

    Attributes
    ----------
    spaces : sequence of LocalSpace
        Of every site; levels of each a power of two, made of pairs of levels.
    """

    spaces: Sequence[LocalSpace]

    @cached_property
    def first(self) -> list[int]:
        """First mode of every site, and how many there are in all."""
        return [0, *accumulate(len(space.factors) for space in self.spaces)]

    @property
    def count(self) -> int:
        """M."""
        return self.first[-1]

    @cached_property
    def sites(self) -> Any:
        """Site of every entry of ψ, shape (2M,)."""
        return np.tile(np.repeat(np.arange(len(self.spaces)), np.diff(self.first)), 2)

    def letters(self, string: String) -> Letters:
        """A string in Pauli matrices of modes: the operators of a site of several modes are numbered by all of theirs."""
        found = []
        for site, a in string:
            width = len(self.spaces[site].factors)
            digits = [(a // 4 ** (width - 1 - k)) % 4 for k in range(width)]
            found += [(self.first[site] + k, letter) for k, letter in enumerate(digits) if letter]
        return tuple(found)

    def quadratic(self, strings: Strings) -> Quadratic | String:
        """A sum of strings as a quadratic form; or the first string that is none."""
        M = self.count
        values, rows, columns = [], [], []
        for string, c in strings.terms.items():
            if not string:
                continue
            letters = self.letters(string)
            if len(letters) == 1 and letters[0][1] == Z:
                m = letters[0][0]
                values += [2 * c, -2 * c]
                rows += [m, m + M]
                columns += [m, m + M]
                continue
            if not _two_ends(letters):
                return string
            (j, a), (k, b) = letters[0], letters[-1]
            # Y_j Π(-Z) B_k = -i wX_j wB_k, X_j Π(-Z) B_k = i wY_j wB_k
            factor = c * (-1) ** (k - j - 1) * (-1j if a == Y else 1j)
            for p, u in self._majorana(j, X if a == Y else Y):
                for q, v in self._majorana(k, b):
                    values += [factor * u * v, -factor * u * v]
                    rows += [(p + M) % (2 * M), (q + M) % (2 * M)]
                    columns += [q, p]
        return Quadratic(*_summed(values, rows, columns, 2 * M), complex(strings.trace))

    def linear(self, strings: Strings) -> Complex | None:
        """Coefficients u of a sum of strings that is Σ u_iψ_i, or the parity of all modes times it, shape (2M,); None of any other.

        Both act alike on operators of even degree: the parity commutes with them and squares to one.
        """
        M = self.count
        plain, turned = np.zeros(2 * M, dtype=complex), np.zeros(2 * M, dtype=complex)
        for string, c in strings.terms.items():
            letters = self.letters(string)
            if letters and _ends(letters) and letters[-1][0] == len(letters) - 1:
                m, a = letters[-1]
                for p, u in self._majorana(m, a):
                    plain[p] += c * (-1) ** m * u
            elif letters and _begins(letters) and letters[0][0] == M - len(letters):
                m, a = letters[0]
                # Y_m Π(-Z) = i W wX_m, X_m Π(-Z) = -i W wY_m, W the parity
                for p, u in self._majorana(m, X if a == Y else Y):
                    turned[p] += c * (-1) ** (M - 1 - m) * (1j if a == Y else -1j) * u
            else:
                return None
        if np.any(plain) and np.any(turned):
            return None
        return plain + turned

    def _majorana(self, mode: int, letter: int) -> tuple[tuple[int, complex], tuple[int, complex]]:
        """Entries of ψ in wX = c + c†, wY = ic - ic†."""
        M = self.count
        return ((mode, 1.0), (mode + M, 1.0)) if letter == X else ((mode, 1j), (mode + M, -1j))


def modes_of(spaces: Sequence[LocalSpace]) -> Modes | str:
    """Modes of sites that are made of two-level ones, or the kind of site that is not."""
    other = next((space.name for space in spaces if set(space.factors) != {2} or space.name == "boson"), None)
    return Modes(spaces) if other is None else f"sites that are a {other}"


def commutator(a: Any, b: Any) -> tuple[Any, Any]:
    """[a, b] of sparse matrices that act on few modes, without elements that are rounding, and the moduli that were added up."""
    a, b = a.tocoo(), b.tocoo()
    modes = np.unique(np.concatenate([a.row, a.col, b.row, b.col]))
    A, B = _within(a, modes), _within(b, modes)
    found, sizes = A @ B - B @ A, np.abs(A) @ np.abs(B) + np.abs(B) @ np.abs(A)
    large = np.abs(found) > KEPT * len(modes) * sizes
    rows, columns = np.nonzero(sizes)
    place = (modes[rows], modes[columns])
    added = scipy.sparse.csr_array((sizes[rows, columns], place), shape=a.shape)
    rows, columns = np.nonzero(large)
    return scipy.sparse.csr_array((found[large], (modes[rows], modes[columns])), shape=a.shape), added


def _within(a: Any, modes: Any) -> Complex:
    """Dense, on the modes alone that are named."""
    found = np.zeros((len(modes),) * 2, dtype=complex)
    found[np.searchsorted(modes, a.row), np.searchsorted(modes, a.col)] = a.data
    return found


def _summed(values: list[complex], rows: list[int], columns: list[int], size: int) -> tuple[Any, Any]:
    """Sparse sum, without elements that are rounding of their contributions, and that of the moduli."""
    place, shape = (np.array(rows, dtype=int), np.array(columns, dtype=int)), (size, size)
    found = scipy.sparse.csr_array((np.array(values, dtype=complex), place), shape=shape)
    sizes = scipy.sparse.csr_array((np.abs(np.array(values, dtype=complex)), place), shape=shape)
    return kept(found, sizes), sizes


def kept(found: Any, sizes: Any) -> scipy.sparse.csr_array:
    """A sparse matrix without elements that are rounding of the moduli that were added up to them."""
    own = found.tocoo()
    large = np.abs(own.data) > KEPT * sizes.tocsr()[own.row, own.col]
    return scipy.sparse.csr_array((own.data[large], (own.row[large], own.col[large])), shape=own.shape)


def _two_ends(letters: Letters) -> bool:
    """X or Y on two modes, Z on all between."""
    return len(letters) > 1 and _begins(letters[:-1]) and letters[-1][1] != Z and _unbroken(letters)


def _ends(letters: Letters) -> bool:
    """Z on neighbours, then X or Y."""
    return letters[-1][1] != Z and all(a == Z for _, a in letters[:-1]) and _unbroken(letters)


def _begins(letters: Letters) -> bool:
    """X or Y, then Z on neighbours."""
    return letters[0][1] != Z and all(a == Z for _, a in letters[1:]) and _unbroken(letters)


def _unbroken(letters: Letters) -> bool:
    return letters[-1][0] - letters[0][0] == len(letters) - 1
