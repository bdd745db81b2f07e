"""What is read of a density matrix that is a tensor train: mean values of operators, and reduced states of neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.linalg.tensor_train import Train
from caloriq.spaces.strings import String, Strings
from caloriq.steady.tensor.cells import Cells

Word = tuple[int, tuple[int, ...]]  # first cell, and the operator of every cell from there on


@dataclass(frozen=True, eq=False)
class Reading:
    """Rows of operators over the words that they are made of.

    Attributes
    ----------
    words : list of Word
        W distinct words.
    rows : sparse array, shape (K, W)
        Coefficients of every operator.
    constants : array, shape (K,)
        Parts that are multiples of the identity.
    """

    words: list[Word]
    rows: scipy.sparse.csr_array
    constants: Real

    @classmethod
    def of(cls, cells: Cells, operators: Sequence[Strings]) -> Reading:
        """Of hermitian operators."""
        known: dict[Word, int] = {}
        data, at, columns = [], [], []
        constants = np.zeros(len(operators))
        for number, operator in enumerate(operators):
            for string, c in operator.terms.items():
                if not string:
                    constants[number] = complex(c).real
                    continue
                data.append(complex(c).real)
                at.append(number)
                columns.append(known.setdefault(word(cells, string), len(known)))
        rows = scipy.sparse.csr_array((data, (at, columns)), shape=(len(operators), len(known)), dtype=float)
        return cls(list(known), rows, constants)

    def values(self, train: Train) -> Real:
        """Mean values of all operators, shape (K,)."""
        found: Real = self.rows @ words(train, self.words) + self.constants
        return found


def word(cells: Cells, string: String) -> Word:
    """A string by cells."""
    parts: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for site, a in string:
        parts[cells.place(site)].append((site, a))
    first, last = min(parts), max(parts)
    return first, tuple(cells.letter(c, parts[c]) for c in range(first, last + 1))


def _traced(train: Train) -> tuple[list[Real], list[Real]]:
    """Vectors of the traces over all cells before, and behind, every bond; each of norm one."""
    left, right = [np.ones(1)], [np.ones(1)]
    for one in train.tensors:
        v = left[-1] @ one[:, 0, :]
        left.append(v / np.linalg.norm(v))
    for one in reversed(train.tensors):
        v = one[:, 0, :] @ right[-1]
        right.append(v / np.linalg.norm(v))
    return left, right[::-1]


def words(train: Train, asked: Sequence[Word]) -> Real:
    """Tr(Wρ)/Tr ρ of words, shape (W,); those that begin alike share their beginning."""
    left, right = _traced(train)
    tensors, found = train.tensors, np.empty(len(asked))
    begun: dict[Word, Real] = {}

    def upto(first: int, letters: tuple[int, ...]) -> Real:
        """What a word has made of the traces before it; of the cells of one word at most."""
        if not letters:
            return left[first]
        key = first, letters
        if key not in begun:
            begun[key] = upto(first, letters[:-1]) @ tensors[first + len(letters) - 1][:, letters[-1], :]
        return begun[key]

    for n, (first, letters) in enumerate(asked):
        behind = right[first + len(letters)]
        whole = upto(first, (0,) * len(letters)) @ behind
        found[n] = (upto(first, letters) @ behind) / whole
    return found


def trace(train: Train) -> float:
    """x_0 of a train of norm one: Tr ρ over (D Tr ρ²)^½, at most one."""
    v = np.ones(1)
    for one in train.tensors:
        v = v @ one[:, 0, :]
    return float(v[0])


def pairs(cells: Cells, train: Train) -> list[Real]:
    """Density matrix of every two neighbouring cells, shape (C - 1,) of (d d', d d')."""
    left, right = _traced(train)
    found = []
    for c in range(cells.count - 1):
        a, b = train.tensors[c], train.tensors[c + 1]
        x = np.tensordot(np.tensordot(left[c], a, 1), np.tensordot(b, right[c + 2], 1), 1)  # (letters, letters)
        first, second = cells.basis(c), cells.basis(c + 1)
        d = first.shape[1] * second.shape[1]
        rho = np.einsum("ab,aij,bkl->ikjl", x / x[0, 0], first, second, optimize=True).reshape(d, d) / d
        found.append(rho)
    return found
