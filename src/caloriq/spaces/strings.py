"""Sums of products of site operators, exactly: products, commutators, traces and norms without a matrix of the whole space.

A string is the product of one basis operator B_a (`LocalSpace.basis`, Pauli matrices of two levels) on each of some sites;
all strings are orthogonal with Tr PP' = D δ, D the dimension of the whole space. A sum of them is a mapping of strings to numbers.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, final

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Complex
from caloriq.spaces.basis import whole
from caloriq.spaces.local import LocalSpace, Row
from caloriq.spaces.terms import Term

DENSE = 64  # dimension up to which a dense matrix is made faster than a sparse one
String = tuple[tuple[int, int], ...]  # (site, a), sites ascending, a > 0
REAL = 1e-15  # of a real part that is rounding of a product
ROUNDING = 1e-13  # of a coefficient against the moduli that were added up to it


class Part(NamedTuple):
    """Strings that act on the same sites."""

    sites: tuple[int, ...]
    letters: list[tuple[tuple[int, ...], complex]]  # one on each of the sites, and the coefficient
    form: tuple[
        tuple[int, ...], frozenset[tuple[tuple[int, ...], complex]]
    ]  # numbers of the kinds of the sites, and the letters


@final
class Gathered:
    """Coefficients that are being added up, each with the sum of the moduli: what cancels is told from what is small."""

    __slots__ = ("sizes", "terms")

    def __init__(self) -> None:
        self.terms: defaultdict[String, complex] = defaultdict(complex)
        self.sizes: defaultdict[String, float] = defaultdict(float)

    def add(self, string: String, c: complex) -> None:
        """One more contribution."""
        self.terms[string] += c
        self.sizes[string] += abs(c)

    def add_all(self, terms: Mapping[String, complex]) -> None:
        """Contributions of a sum."""
        for string, c in terms.items():
            self.terms[string] += c
            self.sizes[string] += abs(c)

    def add_shifted(self, other: Gathered, by: int) -> None:
        """Contributions to another sum, every site moved by a number."""
        for string, c in other.terms.items():
            moved = tuple([(site + by, a) for site, a in string])
            self.terms[moved] += c
            self.sizes[moved] += other.sizes[string]

    def kept(self) -> dict[String, complex]:
        """Coefficients that are more than the rounding of their own contributions."""
        sizes = self.sizes
        return {string: c for string, c in self.terms.items() if abs(c) > ROUNDING * sizes[string]}


@final
class Strings:
    """Sum of strings on the sites of a lattice.

    Attributes
    ----------
    spaces : sequence of LocalSpace
        Of every site.
    terms : mapping of string to complex
        ((site, a), ...) to its coefficient; () is the identity.
    """

    __slots__ = ("spaces", "terms")

    def __init__(self, spaces: Sequence[LocalSpace], terms: Mapping[String, complex] | None = None) -> None:
        self.spaces = spaces
        self.terms = dict(terms or {})

    @classmethod
    def of(cls, spaces: Sequence[LocalSpace], sites: Sequence[int], words: Sequence[NDArray[Any]]) -> Strings:
        """Product of matrices on sites, from left to right; a site may come twice."""
        if all(left < right for left, right in pairwise(sites)):
            return cls.along(
                spaces, sites, [spaces[site].expanded(one) for site, one in zip(sites, words, strict=True)]
            )
        found = cls(spaces, {(): 1.0})
        for site, matrix in zip(sites, words, strict=True):
            row = spaces[site].expanded(matrix)
            found = found @ cls(spaces, {((site, a),) if a else (): f for a, f in row})
        return found

    @classmethod
    def along(cls, spaces: Sequence[LocalSpace], sites: Sequence[int], rows: Sequence[Row]) -> Strings:
        """Product of Σ f B_a, one row of (a, f) on each of some ascending sites."""
        made: list[tuple[list[tuple[int, int]], complex]] = [([], 1.0)]
        for site, row in zip(sites, rows, strict=True):
            made = [([*letters, (site, a)] if a else letters, g * f) for letters, g in made for a, f in row]
        return cls(spaces, {tuple(letters): f for letters, f in made})

    def __add__(self, other: Strings) -> Strings:
        gathered = Gathered()
        gathered.add_all(self.terms)
        gathered.add_all(other.terms)
        return Strings(self.spaces, gathered.kept())

    def __sub__(self, other: Strings) -> Strings:
        return self + (-1) * other

    def __rmul__(self, factor: complex) -> Strings:
        return Strings(self.spaces, {string: factor * c for string, c in self.terms.items()})

    def __matmul__(self, other: Strings) -> Strings:
        """Product; as many products of strings as there are pairs."""
        gathered = Gathered()
        for left, a in self.terms.items():
            for right, b in other.terms.items():
                self._multiply(left, right, a * b, gathered)
        return Strings(self.spaces, gathered.kept())

    def commutator(self, other: Strings) -> Strings:
        """[A, B]: of strings that share a site alone, the others commute."""
        at: defaultdict[int, list[String]] = defaultdict(list)
        for string in other.terms:
            for site, _ in string:
                at[site].append(string)
        gathered = Gathered()
        for left, a in self.terms.items():
            for right in {string: None for site, _ in left for string in at.get(site, ())}:
                c = a * other.terms[right]
                self._multiply(left, right, c, gathered)
                self._multiply(right, left, -c, gathered)
        return Strings(self.spaces, gathered.kept())

    def _multiply(self, left: String, right: String, factor: complex, gathered: Gathered) -> None:
        """Add factor · left · right."""
        made: list[tuple[list[tuple[int, int]], complex]] = [([], factor)]
        i = j = 0
        while i < len(left) or j < len(right):
            if j == len(right) or (i < len(left) and left[i][0] < right[j][0]):
                for letters, _ in made:
                    letters.append(left[i])
                i += 1
            elif i == len(left) or right[j][0] < left[i][0]:
                for letters, _ in made:
                    letters.append(right[j])
                j += 1
            else:
                site = left[i][0]
                row = self.spaces[site].products[left[i][1]][right[j][1]]
                made = [([*letters, (site, c)] if c else [*letters], f * g) for letters, f in made for c, g in row]
                i, j = i + 1, j + 1
        for letters, f in made:
            gathered.add(tuple(letters), f)

    def dagger(self) -> Strings:
        """A†: strings are hermitian."""
        return Strings(self.spaces, {string: complex(c).conjugate() for string, c in self.terms.items()})

    def plus_conjugate(self) -> Strings:
        """A + A†: twice the real parts, without a sum that could round."""
        terms = {string: complex(c) for string, c in self.terms.items()}
        return Strings(self.spaces, {s: 2 * c.real for s, c in terms.items() if abs(c.real) > REAL * abs(c)})

    def cleaned(self, *, relative_to: float | None = None, tol: float = 1e-14) -> Strings:
        """Without strings whose coefficient is rounding, `tol` times the largest or `relative_to`."""
        least = tol * (self.largest if relative_to is None else relative_to)
        return Strings(self.spaces, {string: c for string, c in self.terms.items() if abs(c) > least})

    @property
    def largest(self) -> float:
        """Largest modulus of a coefficient."""
        return max(map(abs, self.terms.values()), default=0.0)

    @property
    def norm(self) -> float:
        """(Tr A†A/D)^½."""
        return math.sqrt(math.fsum(abs(c) ** 2 for c in self.terms.values()))

    @property
    def trace(self) -> complex:
        """Tr A/D."""
        return complex(self.terms.get((), 0.0))

    def overlap(self, other: Strings) -> complex:
        """Tr A†B/D."""
        few, many = (self.terms, other.terms) if len(self.terms) < len(other.terms) else (other.terms, self.terms)
        shared = [string for string in few if string in many]
        return complex(sum(complex(self.terms[s]).conjugate() * other.terms[s] for s in shared))

    @property
    def sites(self) -> tuple[int, ...]:
        """Sites that it acts on, ascending."""
        return tuple(sorted({site for string in self.terms for site, _ in string}))

    def mapped(self, rows: Callable[[int], Sequence[Row]]) -> Strings:
        """Every B_a on site x replaced by Σ f B_c with (c, f) in rows(x)[a]: what a product of site maps makes of it."""
        gathered = Gathered()
        for string, c in self.terms.items():
            made: list[tuple[String, complex]] = [((), c)]
            for site, a in string:
                row = rows(site)[a]
                made = [((*letters, (site, b)) if b else letters, f * g) for letters, f in made for b, g in row]
            for letters, f in made:
                gathered.add(letters, f)
        return Strings(self.spaces, gathered.kept())

    def acted(self, site: int, rows: Sequence[Row]) -> Strings:
        """What a linear map of one site's operators makes of it, the identity on that site too."""
        gathered = Gathered()
        for string, c in self.terms.items():
            place = next((k for k, (where, _) in enumerate(string) if where >= site), len(string))
            here = place < len(string) and string[place][0] == site
            after = string[place + 1 :] if here else string[place:]
            for b, f in rows[string[place][1] if here else 0]:
                gathered.add((*string[:place], *(((site, b),) if b else ()), *after), c * f)
        return Strings(self.spaces, gathered.kept())

    def moved(self, places: Sequence[int] | Mapping[int, int]) -> Strings:
        """Site x renamed places[x]."""
        return Strings(
            self.spaces,
            {tuple(sorted((places[site], a) for site, a in string)): c for string, c in self.terms.items()},
        )

    def shifted(self, by: int) -> Strings:
        """Every site moved by a number."""
        return Strings(
            self.spaces, {tuple([(site + by, a) for site, a in string]): c for string, c in self.terms.items()}
        )

    def by_support(self) -> dict[tuple[int, ...], Strings]:
        """Parts that act on the same sites."""
        parts: defaultdict[tuple[int, ...], dict[String, complex]] = defaultdict(dict)
        for string, c in self.terms.items():
            parts[tuple(site for site, _ in string)][string] = c
        return {sites: Strings(self.spaces, part) for sites, part in parts.items()}

    def distinct(self, parts: Sequence[Part] | None = None) -> Strings:
        """Parts that act on the same sites, those that are equal but for a shift once.

        What maps of the single sites' operators, the same on equal sites, do to these they do to all; `parts` are its own, where they
        are known.
        """
        found: dict[Any, Part] = {}
        for part in self.parts() if parts is None else parts:
            sites, first = part.sites, part.sites[0] if part.sites else 0
            found.setdefault((tuple([site - first for site in sites]), part.form), part)
        terms = {tuple(zip(one.sites, a, strict=True)): c for one in found.values() for a, c in one.letters}
        return Strings(self.spaces, terms)

    def parts(self) -> list[Part]:
        """Parts that act on the same sites."""
        numbers: dict[LocalSpace, int] = {}
        kind = [numbers.setdefault(space, len(numbers)) for space in self.spaces]
        parts: defaultdict[tuple[int, ...], list[tuple[tuple[int, ...], complex]]] = defaultdict(list)
        for string, c in self.terms.items():
            sites, letters = zip(*string, strict=True) if string else ((), ())
            parts[sites].append((letters, c))
        return [
            Part(sites, letters, (tuple([kind[site] for site in sites]), frozenset(letters)))
            for sites, letters in parts.items()
        ]

    def matrix(self, sites: Sequence[int]) -> NDArray[Any]:
        """Dense on the product space of the named sites, the first the slowest, which must be all that it acts on."""
        place = {site: k for k, site in enumerate(sites)}
        dims = [self.spaces[site].levels for site in sites]
        total = np.zeros((math.prod(dims),) * 2, dtype=complex)
        for string, c in self.terms.items():
            factors = [np.eye(d, dtype=complex) for d in dims]
            for site, a in string:
                factors[place[site]] = self.spaces[site].basis[a]
            one: NDArray[Any] = np.array([[c]])
            for factor in factors:
                one = np.kron(one, factor)
            total += one
        return total

    def local_terms(self) -> list[Term]:
        """As terms on the sites of every support, small sparse matrices; real where they are."""
        return [Term(sites, _real(part._sparse(sites))) for sites, part in self.by_support().items()]

    def _sparse(self, sites: Sequence[int]) -> scipy.sparse.csc_array:
        """As `matrix`, without the zeros: a string of many sites has few elements."""
        dimension = math.prod(self.spaces[site].levels for site in sites)
        if dimension <= DENSE:
            return scipy.sparse.csc_array(self.matrix(sites))
        found = scipy.sparse.csc_array((dimension, dimension), dtype=complex)
        for string, c in self.terms.items():
            one = scipy.sparse.csc_array([[c]])
            for site, a in string:
                one = scipy.sparse.kron(one, scipy.sparse.csc_array(self.spaces[site].basis[a]), format="csc")
            found = found + one
        found.eliminate_zeros()
        return found

    def sparse(self) -> scipy.sparse.csr_array:
        """Matrix on the whole product space, site 0 changing fastest."""
        return whole(tuple(space.levels for space in self.spaces), len(self.spaces)).matrix(self.local_terms())

    def words(self, string: String) -> str:
        """A string in words: "Z Z on 3, 4"."""
        names = " ".join(self.spaces[site].names[a] for site, a in string)
        return f"{names or '1'} on {', '.join(str(site) for site, _ in string) or 'no site'}"

    def strongest(self) -> str:
        """Its string with the largest coefficient, in words."""
        return self.words(max(self.terms, key=lambda string: abs(self.terms[string]))) if self.terms else "nothing"


def total(spaces: Sequence[LocalSpace], parts: Iterable[Strings]) -> Strings:
    """Sum of many."""
    gathered = Gathered()
    for part in parts:
        gathered.add_all(part.terms)
    return Strings(spaces, gathered.kept())


def _real(matrix: scipy.sparse.csc_array) -> scipy.sparse.csc_array:
    """Without elements that are rounding, and real where it is."""
    least = 1e-15 * np.abs(matrix.data).max(initial=0.0)
    matrix.data[np.abs(matrix.data) <= least] = 0.0
    matrix.eliminate_zeros()
    return matrix if np.any(np.abs(matrix.data.imag) > least) else matrix.real.tocsc()


def expanded(matrix: NDArray[Any], spaces: Sequence[LocalSpace]) -> tuple[NDArray[np.intp], Complex]:
    """All strings of a dense matrix on sites, the first changing fastest: letters, shape (S, N), and coefficients Tr(PA)/D.

    Site by site, the slowest first; O(D² d²) for sites of d levels.
    """
    rest = matrix.shape[0]
    found = matrix.reshape(rest, rest, 1)
    for space in reversed(spaces):
        d, rest = space.levels, rest // space.levels
        found = np.tensordot(found.reshape(d, rest, d, rest, -1), space.basis, axes=([0, 2], [2, 1])) / d
        found = found.reshape(rest, rest, -1)
    c = found.reshape(-1)
    letters = np.unravel_index(np.arange(c.size), [space.levels**2 for space in reversed(spaces)])
    return np.stack(letters, axis=1)[:, ::-1], c
