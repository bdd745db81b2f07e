"""Elements of cells by their charge, and what acts on two cells, block by block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.linalg.tensor_train import Gates

Block = NDArray[Any]
ROOT = math.sqrt(2.0)


@dataclass(frozen=True, eq=False)
class Letters:
    """Elements of one cell by charge.

    Attributes
    ----------
    turn : array, shape (n, n)
        Unitary, y = u x, from the elements in a hermitian basis to those with a charge; hermitian ones are of charge 0.
    charges : tuple of int, length n
        Of every y, in ascending blocks.
    """

    turn: Complex
    charges: tuple[int, ...]

    @classmethod
    def of(cls, basis: Complex, levels: Sequence[int]) -> Letters:
        """Of a cell, from its hermitian basis, shape (n, d, d), Tr B_a B_b = d δ_ab, and the number in every level."""
        d = len(levels)
        units: list[tuple[int, Complex]] = []
        for i in range(d):
            for j in range(d):
                unit = np.zeros((d, d), dtype=complex)
                s = levels[i] - levels[j]
                if s != 0 or i == j:
                    unit[i, j] = 1.0
                elif i < j:
                    unit[i, j] = unit[j, i] = 1 / ROOT
                else:
                    unit[i, j], unit[j, i] = 1j / ROOT, -1j / ROOT
                units.append((s, unit))
        # those of -s in the order of their conjugates
        ordered = [one for one in units if one[0] == 0]
        for s in sorted({s for s, _ in units if s > 0}):
            mine = [unit for charge, unit in units if charge == s]
            ordered += [(s, unit) for unit in mine] + [(-s, unit.conj().T) for unit in mine]
        turn: Complex = np.array([np.einsum("aij,ji->a", basis, unit.conj().T) for _, unit in ordered], dtype=complex)
        turn /= math.sqrt(d)
        return cls(turn, tuple(s for s, _ in ordered))

    @cached_property
    def places(self) -> dict[int, slice]:
        """Elements of every charge."""
        found = {}
        for s in dict.fromkeys(self.charges):
            first = self.charges.index(s)
            found[s] = slice(first, first + self.charges.count(s))
        return found

    def turned(self, matrix: Real) -> Complex:
        """A map of the elements x as one of the elements y."""
        found: Complex = self.turn @ matrix @ self.turn.conj().T
        return found


@dataclass(frozen=True, eq=False)
class Pair:
    """What acts on two cells, by the charge of both: for every charge S its pairs (s, s') and their matrix."""

    pairs: dict[int, list[tuple[int, int]]]
    matrices: dict[int, Block]

    @classmethod
    def of(cls, gate: Real, left: Letters, right: Letters) -> Pair:
        """Of a real matrix on the elements of both in their hermitian bases."""
        n, m = len(left.charges), len(right.charges)
        turn = np.kron(left.turn, right.turn)
        whole = (turn @ gate @ turn.conj().T).reshape(n, m, n, m)
        pairs: dict[int, list[tuple[int, int]]] = {}
        for s in left.places:
            for t in right.places:
                pairs.setdefault(s + t, []).append((s, t))
        matrices = {}
        for S, members in pairs.items():
            at = [
                (i, j)
                for s, t in members
                for i in range(left.places[s].start, left.places[s].stop)
                for j in range(right.places[t].start, right.places[t].stop)
            ]
            rows, columns = np.array([i for i, _ in at]), np.array([j for _, j in at])
            matrices[S] = np.ascontiguousarray(whole[rows[:, None], columns[:, None], rows, columns])
        return cls(pairs, matrices)


@dataclass(frozen=True, eq=False)
class ChargedGates:
    """As `Gates`, by charges."""

    half: list[Any]
    even: list[Any]
    odd: list[Any]

    @classmethod
    def of(cls, gates: Gates, letters: Sequence[Letters]) -> ChargedGates:
        """Of real gates; equal ones are turned once."""
        made: dict[Any, Pair] = {}

        def turned(k: int, gate: Real) -> Pair | None:
            if not gate.size:
                return None
            key = id(gate), id(letters[k]), id(letters[k + 1])
            if key not in made:
                made[key] = Pair.of(gate, letters[k], letters[k + 1])
            return made[key]

        return cls(*([turned(k, one) for k, one in enumerate(part)] for part in (gates.half, gates.even, gates.odd)))
