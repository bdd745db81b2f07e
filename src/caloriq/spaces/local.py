"""What sits on a site: its levels, the words for its operators, its numbers that may be conserved, and a basis of all operators.

Words are the literature's: X, Y, Z are Pauli matrices (of spins 1/2 alone), Sx, Sy, Sz, S+, S- spin operators, c+ and c- create
and annihilate fermions, b+ and b- bosons, n counts.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from caloriq import wording
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.results import frozen

Row = tuple[tuple[int, complex], ...]
EMPTY = 1e-14  # of an element that is rounding, relative to the largest


@final
@dataclass(frozen=True, eq=False)
class LocalSpace:
    """The levels of one site, and the operators on them.

    Attributes
    ----------
    name : str
        As in a model's `local`.
    operators : mapping of str to array, shape (d, d)
        Matrix of every word.
    numbers : mapping of str to array, shape (d,)
        What may be conserved in sum, level by level: "magnetisation", "particles".
    odd : frozenset of str
        Words that change the number of fermions by an odd one: others stand between them (Jordan, Wigner 1928).
    factors : tuple of int
        Levels of the parts that the site is made of, the first the slowest: (2, 2) for a spinful fermion.
    """

    name: str
    operators: Mapping[str, NDArray[Any]]
    numbers: Mapping[str, Real] = field(default_factory=dict)
    odd: frozenset[str] = frozenset()
    factors: tuple[int, ...] = (2,)

    @cached_property
    def _digest(self) -> bytes:
        """What tells it from others, wherever and in whatever process it was made."""
        found = hashlib.sha256(repr((self.name, self.factors, sorted(self.odd))).encode())
        for named in (self.operators, self.numbers):
            for word, array in named.items():
                found.update(f"{word} {np.shape(array)} ".encode())
                found.update(np.ascontiguousarray(array, dtype=complex).tobytes())
        return found.digest()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, LocalSpace) and self._digest == other._digest

    def __hash__(self) -> int:
        return hash(self._digest)

    @cached_property
    def levels(self) -> int:
        """Number of levels, d."""
        return math.prod(self.factors)

    @cached_property
    def fermion_sign(self) -> Real | None:
        """(-1)^n, what stands on the sites between two odd words, shape (d,); None where there are no fermions."""
        return frozen((-1.0) ** np.asarray(self.numbers["particles"])) if self.odd else None

    @cached_property
    def basis(self) -> Complex:
        """Hermitian B_0 = 1, B_1, ... with Tr B_a B_b = d δ_ab, shape (d², d, d); Pauli matrices where d is 2."""
        found = _levels_basis(self.factors[0])
        for d in self.factors[1:]:
            found = np.array([np.kron(a, b) for a in found for b in _levels_basis(d)])
        return frozen(found)

    @cached_property
    def _diagonal(self) -> tuple[bool, ...]:
        return tuple(not np.any(one - np.diag(np.diag(one))) for one in self.basis)

    def is_diagonal(self, a: int) -> bool:
        """Whether B_a changes no level."""
        return self._diagonal[a]

    @cached_property
    def products(self) -> Products:
        """B_a B_b = Σ_c f_c B_c: for every a and b the pairs (c, f_c), each made when it is first asked for."""
        return Products(self)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """A word for every B_a: that of the operator which it is, or its number."""
        return tuple(self._named(a) for a in range(self.levels**2))

    def _named(self, a: int) -> str:
        for word, matrix in self.operators.items():
            scale = np.sqrt(np.vdot(matrix, matrix).real / self.levels)
            if scale > 0 and np.allclose(matrix / scale, self.basis[a], rtol=0, atol=1e-12):
                return word
        return "IXYZ"[a] if self.factors == (2,) else f"B{a}"

    def expanded(self, matrix: NDArray[Any]) -> Row:
        """An operator as pairs (a, coefficient): Tr(B_a A)/d."""
        return _row(np.einsum("aij,ji->a", self.basis, matrix) / self.levels)

    def mapped(self, images: Complex) -> tuple[Row, ...]:
        """Rows of a linear map of operators, of which B_a goes to `images[a]`, shape (d², d, d)."""
        return tuple(self.expanded(image) for image in images)

    def word(self, text: str) -> tuple[NDArray[Any], bool]:
        """Matrix of a word, of words joined by "*" and of powers "^2"; whether it is odd in fermions.

        Raises
        ------
        InvalidInput
            If it is no operator of this site; names those that are.
        """
        total, odd = np.eye(self.levels), False
        for part in text.split("*"):
            found = re.fullmatch(r"(.+?)(?:\^([1-9]))?", part)
            name = found[1] if found else part
            name = name if name in self.operators else SPELT.get(name, name)
            if found is None or name not in self.operators:
                raise InvalidInput(self._refusal(text, part))
            for _ in range(int(found[2] or 1)):
                total, odd = total @ self.operators[name], odd ^ (name in self.odd)
        return total, odd

    def _refusal(self, text: str, part: str) -> str:
        remedy = wording.remedy(part, self.operators, f"known are {', '.join(self.operators)}")
        if len(part) > 1 and all(letter in self.operators for letter in part):
            remedy = f"words have spaces between them, {' '.join(part)!r}"
        elif part in {"X", "Y", "Z"} and "Sz" in self.operators:
            remedy = "Pauli matrices are those of spins 1/2; take Sx, Sy, Sz"
        return f"`operator` must name operators of a {self.name} site, but it does not (got {text!r}); {remedy}"


@final
class Products(dict[int, "_Rows"]):
    """Products of the operators of a basis, by the first and the second: d⁴ rows, of which few are ever asked for."""

    def __init__(self, space: LocalSpace) -> None:
        super().__init__()
        self.space = space

    def __missing__(self, a: int) -> _Rows:
        self[a] = _Rows(self.space, a)
        return self[a]


@final
class _Rows(dict[int, Row]):
    """Products of one operator with the others."""

    def __init__(self, space: LocalSpace, a: int) -> None:
        super().__init__()
        self.space, self.a = space, a

    def __missing__(self, b: int) -> Row:
        B = self.space.basis
        self[b] = self.space.expanded(B[self.a] @ B[b])
        return self[b]


SPELT = {"c†": "c+", "c": "c-", "b†": "b+", "b": "b-", "S⁺": "S+", "S⁻": "S-", "1": "I", "cdag": "c+", "bdag": "b+"}


def _row(values: NDArray[Any]) -> Row:
    """Entries that are not rounding, with their places."""
    largest = float(np.abs(values).max(initial=0.0))
    return tuple((int(c), complex(values[c])) for c in np.flatnonzero(np.abs(values) > EMPTY * largest))


def _levels_basis(d: int) -> Complex:
    """Hermitian basis of d levels: Pauli matrices for two; else the diagonal ones, and pairs of levels."""
    found = np.zeros((d * d, d, d), dtype=complex)
    if d == 2:
        found[:] = [np.eye(2), [[0, 1], [1, 0]], [[0, 1j], [-1j, 0]], [[-1, 0], [0, 1]]]
        return found
    # polynomials in the level, orthogonal and from the constant up: 1, Sz, Sz² less its mean, ...
    diagonal, _ = np.linalg.qr(np.vander(np.linspace(-1, 1, d), d, increasing=True))
    diagonal *= np.sqrt(d) * np.sign(diagonal[-1])
    diagonal[:, 0] = 1.0
    found[:d, range(d), range(d)] = diagonal.T
    place = d
    for i in range(d):
        for j in range(i + 1, d):
            found[place, i, j] = found[place, j, i] = np.sqrt(d / 2)
            found[place + 1, i, j], found[place + 1, j, i] = 1j * np.sqrt(d / 2), -1j * np.sqrt(d / 2)
            place += 2
    return found


@lru_cache(maxsize=16)
def spin(twice: int) -> LocalSpace:
    """Spin S = twice/2: levels m = -S..S, the highest last."""
    S = twice / 2
    m = np.arange(twice + 1) - S
    up = np.diag(np.sqrt(S * (S + 1) - m[:-1] * m[1:]), -1)
    x, y, z = (up + up.T) / 2, (up - up.T) / 2j, np.diag(m)
    words: dict[str, NDArray[Any]] = {"I": np.eye(twice + 1)}
    if twice == 1:
        words |= {"X": 2 * x, "Y": 2 * y, "Z": 2 * z, "n": np.diag([0.0, 1.0])}
    words |= {"Sx": x, "Sy": y, "Sz": z, "S+": up, "S-": up.T}
    name = f"spin-{Fraction(twice, 2)}"
    return LocalSpace(name, words, {"magnetisation": frozen(m)}, factors=(twice + 1,))


@lru_cache(maxsize=1)
def fermion() -> LocalSpace:
    """Spinless fermion: empty or filled."""
    create = np.array([[0.0, 0.0], [1.0, 0.0]])
    words = {"I": np.eye(2), "c+": create, "c-": create.T, "n": np.diag([0.0, 1.0]), "P": np.diag([1.0, -1.0])}
    return LocalSpace("fermion", words, {"particles": frozen(np.array([0.0, 1.0]))}, frozenset({"c+", "c-"}))


@lru_cache(maxsize=1)
def spinful_fermion() -> LocalSpace:
    """Fermion with spin: empty, down, up, both; the up one stands before the down one."""
    create, sign, one = np.array([[0.0, 0.0], [1.0, 0.0]]), np.diag([1.0, -1.0]), np.eye(2)
    up, down = np.kron(create, one), np.kron(sign, create)
    n_up, n_down = up @ up.T, down @ down.T
    words = {
        "I": np.eye(4),
        **{"c+up": up, "c-up": up.T, "c+down": down, "c-down": down.T},
        **{"n-up": n_up, "n-down": n_down, "n": n_up + n_down, "P": np.kron(sign, sign)},
        **{"Sz": (n_up - n_down) / 2, "S+": up @ down.T, "S-": down @ up.T},
    }
    numbers = {
        "particles": frozen(np.diag(n_up + n_down).copy()),
        "magnetisation": frozen(np.diag(n_up - n_down) / 2),
    }
    return LocalSpace(
        "spinful-fermion", words, numbers, frozenset({"c+up", "c-up", "c+down", "c-down"}), factors=(2, 2)
    )


@lru_cache(maxsize=16)
def boson(cutoff: int) -> LocalSpace:
    """Boson mode with at most `cutoff` quanta."""
    create = np.diag(np.sqrt(np.arange(1.0, cutoff + 1)), -1)
    n = np.arange(cutoff + 1.0)
    words = {"I": np.eye(cutoff + 1), "b+": create, "b-": create.T, "n": np.diag(n)}
    return LocalSpace("boson", words, {"particles": frozen(n)}, factors=(cutoff + 1,))


def given(operators: Mapping[str, NDArray[Any]], numbers: Mapping[str, Real]) -> LocalSpace:
    """Levels of which the operators are handed in."""
    d = len(next(iter(operators.values())))
    return LocalSpace("given", {"I": np.eye(d), **operators}, numbers, factors=(d,))
