"""i[H, ·] on the sums of a chain without ends, cut at strings of a given length; without a matrix.

A vector holds the density Σ c_S S of a sum over all cells, a real number for every string S on the sites of a window of ℓ
cells, site 0 the slowest. A string that begins later is the same density as the one moved to the front and has the same
number, so that every product is one of local maps of neighbouring letters; the first 1/B of a vector repeats the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.linalg import _support_compiled as compiled
from caloriq.spaces.basis import whole
from caloriq.spaces.commutators import letter_levels, letters, superoperators
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import Strings
from caloriq.spaces.terms import Term

PANEL = 1000  # strings of a group of neighbouring sites, at most, where the widest term allows it
BLOCK = 256  # strings that share all letters but the last ones, at most
POWER = 8  # products of |L| that bound its norm


class Group(NamedTuple):
    """Terms within neighbouring sites: what they make of the letters there."""

    outer: int  # strings of the sites before
    size: int  # of these sites
    inner: int  # of those after
    matrix: scipy.sparse.csr_array  # shape (size, size)


@final
@dataclass(frozen=True, eq=False)
class SupportSpace:
    """Strings that cover at most ℓ cells, and i[H, ·] between them: what it makes longer is cut.

    Attributes
    ----------
    chain : InfiniteChain
        H.
    support : int
        ℓ, at least the cells of the widest term.
    """

    chain: InfiniteChain
    support: int

    def __post_init__(self) -> None:
        _checks.instance("chain", self.chain, InfiniteChain)
        _checks.whole("support", self.support, self.chain.reach)

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """Letters of every site of the window."""
        return letter_levels(self.chain) * self.support

    @property
    def letters(self) -> int:
        """B, strings of one cell with the identity."""
        return letters(self.chain)

    @property
    def size(self) -> int:
        """Numbers in a vector, B^ℓ."""
        return int(self.letters**self.support)

    @property
    def first(self) -> int:
        """Where strings that begin in cell 0 do: the numbers before repeat others."""
        return self.size // self.letters

    @cached_property
    def strides(self) -> NDArray[np.int64]:
        """Strings of the sites after every site."""
        return np.array([math.prod(self.levels[x + 1 :]) for x in range(len(self.levels))], dtype=np.int64)

    @cached_property
    def _terms(self) -> list[Term]:
        """i[h, ·] of every term within the window."""
        c, N = len(self.chain.cell), len(self.levels)
        placed = [
            Term(tuple(x + n * c for x in one.sites), one.matrix)
            for one in superoperators(self.chain)
            for n in range(self.support)
        ]
        return [one for one in placed if max(one.sites) < N]

    def _between(self, terms: list[Term], start: int, end: int) -> scipy.sparse.csr_array:
        """Sum of terms on the letters of sites start to end - 1, the first the slowest."""
        levels = self.levels[start:end][::-1]  # a basis counts its first site fastest
        own = [Term(tuple(end - 1 - x for x in one.sites), one.matrix) for one in terms]
        found = whole(levels, len(levels)).matrix(own).tocsr()
        found.eliminate_zeros()
        return found

    @cached_property
    def cuts(self) -> tuple[float, ...]:
        """Bounds on the norm of what is cut at both ends of the strings that terms stand out of by 1, 2, ... cells at least."""
        c = len(self.chain.cell)
        found = [0.0] * (self.chain.reach - 1)
        for one in superoperators(self.chain):
            size = 2 * float(np.linalg.norm(one.matrix.toarray(), 2))
            for out in range(max(one.sites) // c - min(one.sites) // c):
                found[out] += size
        return tuple(found)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Every term in one group of neighbouring sites; groups share sites, and the last comes first."""
        q, c = self.levels, len(self.chain.cell)
        left, found = list(self._terms), []
        while left:
            end = max(max(one.sites) for one in left) + 1
            need = min(min(one.sites) for one in left if max(one.sites) == end - 1)
            start = end - 1
            while start > 0 and (start > need or math.prod(q[start - 1 : end]) <= PANEL):
                start -= 1
            start = start if start >= c else 0  # a group has the first cell whole, or not at all
            own = [one for one in left if min(one.sites) >= start]
            left = [one for one in left if min(one.sites) < start]
            sizes = (math.prod(q[:start]), math.prod(q[start:end]), math.prod(q[end:]))
            found.append(Group(*sizes, self._between(own, start, end)))
        return tuple(found)

    @cached_property
    def before(self) -> tuple[Group, NDArray[np.int64]]:
        """Terms that begin in cell 0, on windows whose first cells are empty, and how many are."""
        c, B = len(self.chain.cell), self.letters
        cells = self.chain.reach
        own = [one for one in self._terms if min(one.sites) < c]
        size = B**cells
        matrix = self._between(own, 0, cells * c)
        rows = np.arange(size // B)
        empty = np.zeros(rows.size, dtype=np.int64)
        for n in range(1, cells):
            empty[rows < B ** (cells - n)] = n
        empty[0] = 0  # nothing stands within reach
        return Group(1, size, self.size // size, matrix[: size // B].tocsr()), empty

    def add_product(self, v: Real, u: Real, scale: float = 1.0, *, absolute: bool = False) -> None:
        """Add scale i[H, v] to u, between strings that begin in cell 0; `repeat` does the others.

        Parameters
        ----------
        v, u : array, shape (size,)
            Densities; u is changed.
        scale : float
            Factor.
        absolute : bool
            Take the modulus of every element.
        """
        B = self.letters
        for group in self.groups:
            outer0, row0 = (group.outer // B, 0) if group.outer >= B else (0, group.size // B)
            M = group.matrix
            data = np.abs(M.data) if absolute else M.data
            if group.inner == 1:
                compiled.rows(v, u, scale, outer0, group.outer, group.size, row0, M.indptr, M.indices, data)
            else:
                compiled.panels(
                    v, u, scale, outer0, group.outer, group.size, group.inner, row0, M.indptr, M.indices, data
                )
        own, empty = self.before
        data = np.abs(own.matrix.data) if absolute else own.matrix.data
        for n in range(1, self.chain.reach):
            compiled.from_before(v, u, scale, own.inner, empty, n, B, own.matrix.indptr, own.matrix.indices, data)

    def repeat(self, u: Real) -> None:
        """Give strings that begin later the numbers of those moved to the front."""
        compiled.repeat(u, self.first, self.letters)

    def product(self, v: Real) -> Real:
        """i[H, v]."""
        u = np.zeros(self.size)
        self.add_product(v, u)
        self.repeat(u)
        return u

    def vector(self, density: Strings) -> Real:
        """Numbers of a density, which must fit."""
        v = np.zeros(self.size)
        for string, f in density.terms.items():
            v[sum(a * int(self.strides[x]) for x, a in string)] += complex(f).real
        self.repeat(v)
        return v

    def density(self, v: Real) -> Strings:
        """The density with these numbers."""
        where = self.first + np.flatnonzero(v[self.first :])
        digits = (where[:, None] // self.strides) % np.array(self.levels)
        rows = zip(digits.tolist(), v[where].tolist(), strict=True)
        return Strings(
            self.chain.window(self.support), {tuple((x, a) for x, a in enumerate(row) if a): f for row, f in rows}
        )

    @cached_property
    def block(self) -> int:
        """Strings that share all letters but those of the last cells."""
        most = max(1, min(self.support - 1, int(math.log(BLOCK) / math.log(self.letters))))
        return int(self.letters**most)

    @cached_property
    def lengths(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Cells that a string covers: by its last letters, shape (block,), and without any there, by the others."""
        last = round(math.log(self.block, self.letters))
        inside = self.support - _trailing(self.block, self.letters, last)
        ends = self.support - last - _trailing(self.size // self.block, self.letters, self.support - last)
        return inside, ends

    @cached_property
    def signs(self) -> tuple[Real, Real]:
        """Of B_a^T = ±B_a in product over a string: by its last letters, and by the others, 0 where those begin later."""
        own = [np.array([_sign(b) for b in space.basis]) for space in self.chain.cell]
        cell = np.ones(1)
        for one in own:
            cell = np.multiply.outer(cell, one).ravel()
        last = round(math.log(self.block, self.letters))
        low, high = np.ones(1), np.ones(1)
        for _ in range(last):
            low = np.multiply.outer(low, cell).ravel()
        for _ in range(self.support - last):
            high = np.multiply.outer(high, cell).ravel()
        high[: self.first // self.block] = 0.0
        return low, high

    def sign(self, density: Strings) -> int:
        """1 or -1 if a density is a real symmetric, or an imaginary, operator; 0 if it is neither."""
        cell = self.chain.cell
        found = {math.prod(_sign(cell[x % len(cell)].basis[a]) for x, a in string) for string in density.terms}
        return int(found.pop()) if len(found) == 1 else 0

    @cached_property
    def norm(self) -> float:
        """Bound on the norm of i[H, ·] on these strings.

        That of the moduli of its elements, which is at most max_S (|L|x)_S/x_S for any x > 0 (Collatz 1942; Wielandt 1950).
        """
        x = np.ones(self.size)
        found = math.inf
        for _ in range(POWER):
            u = np.zeros(self.size)
            self.add_product(x, u, absolute=True)
            largest = float((u[self.first :] / x[self.first :]).max())
            found = min(found, largest)
            x = u / largest + 0.5 * x
            self.repeat(x)
            x[0] = 1.0
        return found

    def weights(self, v: Real) -> Real:
        """Sums of squares of the strings that cover 1, 2, ..., ℓ cells, shape (ℓ,)."""
        inside, ends = self.lengths
        parts = compiled.squares(v, self.first // self.block, inside, ends, self.support)
        return np.asarray(parts.sum(axis=0)[1:])


def _trailing(strings: int, letters: int, cells: int) -> NDArray[np.int64]:
    """Empty cells at the end of every string."""
    found = np.zeros(strings, dtype=np.int64)
    step = 1
    for _ in range(cells):
        step *= letters
        found[::step] += 1
    return found


def _sign(matrix: NDArray[Any]) -> int:
    """1 for a symmetric matrix, -1 for an antisymmetric one, 0 for neither."""
    if np.allclose(matrix, matrix.T, rtol=0, atol=1e-14):
        return 1
    return -1 if np.allclose(matrix, -matrix.T, rtol=0, atol=1e-14) else 0
