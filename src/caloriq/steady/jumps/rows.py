r"""What is read of a pure state: means of operators, and of how H turns them, both at once.

Of every A whose :math:`\mathcal L^\dagger A` is a control, :math:`\langle i[H, A]\rangle = 2\,\mathrm{Im}\langle\psi|A|H\psi\rangle`
takes no operator but A itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.linalg import kernels
from caloriq.models.lattice.space import Space
from caloriq.spaces.strings import String, Strings
from caloriq.steady.jumps.pauli_rows import TWO, PauliRows, PauliTable

ROUNDING = 1e-13  # of a coefficient, relative to the largest of its operator
SAME = 1e-10  # by which normed coefficients of equal operators differ


@dataclass(eq=False)
class Rows:
    """Operators that are read, each once, whatever multiples of it and of 1 are asked for.

    Attributes
    ----------
    operators : list of Strings
        Hermitian, traceless, of norm 1.
    """

    operators: list[Strings] = field(default_factory=list)
    places: dict[Any, int] = field(default_factory=dict)

    def add(self, operator: Strings) -> tuple[int, float, float]:
        """Place of an operator among the rows (-1: a multiple of 1), its factor, and its part along 1."""
        one = operator.trace.real
        rest = {string: complex(c).real for string, c in operator.terms.items() if string}
        norm = float(np.sqrt(sum(c * c for c in rest.values())))
        if norm <= ROUNDING * abs(one):
            return -1, 0.0, one
        kept: dict[String, float] = {s: c / norm for s, c in sorted(rest.items()) if abs(c) > ROUNDING * norm}
        first = next(iter(kept.values()))
        sign = 1.0 if first > 0 else -1.0
        key = tuple((s, round(sign * c / SAME)) for s, c in kept.items())
        if key not in self.places:
            self.places[key] = len(self.operators)
            self.operators.append(Strings(operator.spaces, {s: sign * c for s, c in kept.items()}))
        return self.places[key], sign * norm, one

    def matrix(self, operators: Sequence[Strings]) -> tuple[list[tuple[int, float]], Real]:
        """Place and factor of each, and their parts along 1."""
        found = [self.add(one) for one in operators]
        return [(place, factor) for place, factor, _ in found], np.array([one for _, _, one in found])

    @cached_property
    def paulis(self) -> PauliRows | None:
        """The rows by their Pauli strings; None where a site has more levels than two. No row may be added later."""
        two = self.operators and all(space.levels == TWO for space in self.operators[0].spaces)
        return PauliRows(self.operators) if two else None

    def table(self, space: Space) -> Table | PauliTable:
        """The rows on the states of one sector."""
        by_strings = None if self.paulis is None else self.paulis.table(space)
        return self._listed(space) if by_strings is None else by_strings

    def _listed(self, space: Space) -> Table:
        """The same as a sparse matrix."""
        D = space.dimension
        parts = [space.parts(one) for one in self.operators]
        uppers = [None if one.rest is None else scipy.sparse.triu(one.rest, 1).tocoo() for one in parts]
        keys = [np.zeros(0, np.int64) if u is None else u.row.astype(np.int64) * D + u.col for u in uppers]
        every, places = _in_order(keys)
        first, second = (one.astype(np.int32) for one in np.divmod(every, D))
        constants, columns, values = np.zeros(len(parts)), [], []
        for k, (one, upper) in enumerate(zip(parts, uppers, strict=True)):
            own = np.zeros(D) if one.diagonal is None else one.diagonal
            constants[k] = _commonest(own)
            there = np.flatnonzero(own != constants[k])
            columns.append([there])
            values.append([own[there] - constants[k]])
            for at, part in () if upper is None else ((D, upper.data.real), (D + every.size, upper.data.imag)):
                kept = np.flatnonzero(part)
                columns[-1].append(at + places[k][kept])
                values[-1].append(part[kept])
        starts = np.cumsum([0, *(sum(map(len, one)) for one in columns)])
        nothing = [np.zeros(0)]
        flat = [np.concatenate([*nothing, *(part for one in of for part in one)]) for of in (columns, values)]
        shape = len(parts), D + 2 * every.size
        weights = scipy.sparse.csr_array((flat[1], np.asarray(flat[0], np.int32), starts.astype(np.int32)), shape=shape)
        return Table(first, second, weights, constants)


def _in_order(keys: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], list[NDArray[np.intp]]]:
    """All keys once, in the order in which they first come, so that those of an operator lie together; where each list has its own."""
    flat = np.concatenate(keys) if keys else np.zeros(0, np.int64)
    ordered, begin, back = np.unique(flat, return_index=True, return_inverse=True)
    order = np.argsort(begin, kind="stable")
    rank = np.empty(order.size, np.intp)
    rank[order] = np.arange(order.size)
    return ordered[order], np.split(rank[back], np.cumsum([len(one) for one in keys])[:-1]) if keys else []


def _commonest(values: Real) -> float:
    """The value that most of them have: what is left of it need not be added up, for a state has norm 1."""
    found, counts = np.unique(values, return_counts=True)
    return float(found[np.argmax(counts)])


@dataclass(frozen=True, eq=False)
class Table:
    """Rows on the states of one sector: of |ψ_i|² and of pairs of amplitudes."""

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    weights: Any  # sparse, shape (rows, D + 2 pairs)
    constants: Real  # of every row, left out of its weights

    def read(self, psi: Complex, turned: Complex) -> Real:
        """⟨ψ|A|ψ⟩ and 2 Im⟨ψ|A|Hψ⟩ of every row, shape (rows, 2); `turned` is Hψ."""
        D, P = psi.size, self.first.size
        x = np.empty((D + 2 * P, 2))
        if kernels.numba_available():
            kernels.compiled("caloriq.steady.jumps._compiled").pairs(self.first, self.second, psi, turned, x)
        else:
            i, j = self.first, self.second
            x[:D, 0], x[:D, 1] = np.abs(psi) ** 2, 2 * (psi.conj() * turned).imag
            z, a, b = psi[i].conj() * psi[j], psi[i].conj() * turned[j], psi[j].conj() * turned[i]
            x[D : D + P, 0], x[D : D + P, 1] = 2 * z.real, 2 * (a.imag + b.imag)
            x[D + P :, 0], x[D + P :, 1] = -2 * z.imag, 2 * (a.real - b.real)
        if not kernels.numba_available():
            return np.asarray(self.weights @ x) + np.stack([self.constants, np.zeros(len(self.constants))], axis=1)
        found = np.empty((self.weights.shape[0], 2))
        own = self.weights
        kernels.compiled("caloriq.steady.jumps._compiled").weigh(own.indptr, own.indices, own.data, x, found)
        found[:, 0] += self.constants
        return found
