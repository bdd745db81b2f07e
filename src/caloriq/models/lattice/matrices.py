"""Lattices out of lists of terms and out of matrices, which are decomposed into local terms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex, shown
from caloriq.documents import within
from caloriq.errors import InvalidInput
from caloriq.models.lattice.geometry import read_geometry
from caloriq.models.lattice.making import Placed, Product, Words, together
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.sites import LARGEST
from caloriq.models.lattice.terms import Jump
from caloriq.spaces import local
from caloriq.spaces.local import LocalSpace
from caloriq.spaces.strings import Strings, expanded

SPIN = 2  # levels of a spin 1/2
ROUNDING = 1e-14  # of a coefficient that is none, relative to the norm of the matrix
HERMITIAN = 1e-12  # of a matrix that is not quite: rounding, relative to its largest element
Letters = NDArray[np.int8]


def from_terms(terms: Iterable[Any], *, sites: int | None = None, geometry: Any = "chain", **fields: Any) -> Lattice:
    """Lattice of a list of products of operators.

    Parameters
    ----------
    terms : list of (operator, sites, value)
        ("ZZ", [0, 1], 1.0): letters of Pauli matrices, one for each of the sites; or words with spaces between,
        ("S+ S-", [0, 1], 0.5). The sum must be hermitian.
    sites : int, optional
        N; by default the last site that is named, and one.
    geometry : str, mapping or networkx.Graph
        What the sites are on; terms need not be on its bonds. Default a chain.
    **fields
        Others of the lattice: `local`, `jumps`, ...

    Returns
    -------
    Lattice
        With a term for every operator.

    Raises
    ------
    InvalidInput
        For a term that is no triple, letters that are not as many as the sites, or what the lattice refuses.
    """
    found = []
    if isinstance(terms, str) or not isinstance(terms, Iterable):
        raise InvalidInput(f"`terms` must be a list of triples, but it is not (got {shown(terms)})")
    for number, one in enumerate(terms):
        with within("terms", number):
            found.append(_triple(one))
    if not found:
        raise InvalidInput("`terms` must hold at least one term, but there is none (got nothing)")
    last = max(max(row) for _, row, _ in found)
    where = read_geometry(geometry)
    N = where.count or (last + 1 if sites is None else sites)
    return Lattice(sites=N, geometry=where, terms=together(found, where, N), **fields)


def _triple(one: Any) -> Placed:
    if not isinstance(one, list | tuple) or len(one) != 3 or not isinstance(one[0], str):
        raise InvalidInput(f"`terms` must be triples of operator, sites and value, but one is not (got {shown(one)})")
    operator, places, value = one
    row = [places] if isinstance(places, int | np.integer) else places
    if not isinstance(row, list | tuple | np.ndarray) or not len(row):
        raise InvalidInput(f"`terms` must have a list of sites each, but one has not (got {shown(places)})")
    checked = tuple(_checks.whole("terms", site, 0) for site in row)
    words = operator.split()
    if len(words) == 1 and len(checked) > 1:
        words = list(operator.strip())
    if len(words) != len(checked):
        raise InvalidInput(
            f"`terms` must have a letter or word for each of their sites, but one has {len(words)} for {len(checked)} (got {operator!r} on {list(checked)}); words stand apart by spaces"
        )
    number = _checks.numbers("terms", value, complex)
    if number.ndim:
        raise InvalidInput(f"`terms` must have one number each, but one has several (got {shown(value)})")
    return " ".join(words), checked, complex(number)


def from_matrix(
    matrix: Any, dims: Sequence[int], *, support: int = 4, geometry: Any = "chain", **fields: Any
) -> Lattice:
    r"""Lattice of a matrix, decomposed into local terms.

    Every hermitian matrix is :math:`\sum_P c_P P` over products P of site operators, with
    :math:`c_P = \mathrm{Tr}(PH)/D`: those of two levels are Pauli matrices, those of d levels a basis of d² matrices.

    Parameters
    ----------
    matrix : array_like or sparse, shape (D, D)
        Hermitian, in the order of `Lattice.to_matrix`: site 0 changes fastest, level 1 of a spin 1/2 is up.
    dims : list of int
        Levels of every site; sites of two levels are spins 1/2.
    support : int
        Largest number of sites that a term may act on. Default 4.
    geometry : str, mapping or networkx.Graph
        What the sites are on. Default a chain.
    **fields
        Others of the lattice: `jumps`, `seed`, ...

    Returns
    -------
    Lattice
        Of the same matrix, to 10⁻¹⁴ of its norm for every coefficient.

    Raises
    ------
    InvalidInput
        For dims that do not multiply to D, a matrix that is not hermitian, or one that is not local: says how many sites
        its terms act on, and what share of its norm lies beyond `support`.

    Notes
    -----
    Spins take O(N 2^N) for every set of flipped spins that occurs, other sites O(d² D² N) and three times the dense matrix.
    """
    spaces = spaces_of(dims)
    H = checked_matrix("matrix", matrix, spaces)
    off = abs(H - H.conj().T).max()
    if off > HERMITIAN * max(abs(H).max(), 1e-300):
        raise InvalidInput(
            f"`matrix` must be hermitian, but |A - A†| reaches {off:.3g} (got a matrix of shape {H.shape}); use (A + A†)/2"
        )
    strings = decomposed("matrix", (H + H.conj().T) / 2, spaces, support)
    return lattice_of(strings, geometry, **fields)


def spaces_of(dims: Any) -> tuple[LocalSpace, ...]:
    """A spin 1/2 for every site of two levels, any levels for the others; refuses what are no dims."""
    listed = dims if isinstance(dims, list | tuple) else [dims]
    levels = [_checks.whole("dims", one.item() if isinstance(one, np.generic) else one, 2) for one in listed]
    if len(levels) < 2 or max(levels) > LARGEST:
        raise InvalidInput(
            f"`dims` must be of at least two sites with at most {LARGEST} levels each, but they are not (got {shown(levels)}); they say which sites the space is a product of"
        )
    return tuple(local.spin(1) if d == SPIN else _levels(d) for d in levels)


@lru_cache(maxsize=16)
def _levels(d: int) -> LocalSpace:
    """Levels without a meaning, which are counted."""
    return local.given({"n": np.diag(np.arange(float(d)))}, {})


def checked_matrix(name: str, matrix: Any, spaces: Sequence[LocalSpace]) -> scipy.sparse.csr_array:
    """Square sparse matrix of finite numbers on the product of the spaces."""
    D = math.prod(space.levels for space in spaces)
    sparse = scipy.sparse.issparse(matrix)
    given = matrix if sparse else _checks.numbers(name, matrix, complex)
    if given.ndim != 2 or given.shape != (D, D):
        raise InvalidInput(
            f"`dims` must multiply to the size of `{name}`, but they multiply to {D} (got shape {given.shape})"
        )
    if sparse:
        _checks.numbers(name, given.data, complex)
    return scipy.sparse.csr_array(given).astype(complex)


def decomposed(name: str, matrix: scipy.sparse.csr_array, spaces: Sequence[LocalSpace], support: int) -> Strings:
    """A matrix as a sum of strings of at most `support` sites.

    Raises
    ------
    InvalidInput
        If strings of more sites hold some of its norm; says how many sites and how much.
    """
    most = _checks.whole("support", support, 1)
    if not matrix.count_nonzero():
        raise InvalidInput(f"`{name}` must not vanish, but it does (got 0 everywhere)")
    norm = math.sqrt(float(np.sum(np.abs(matrix.data) ** 2)) / matrix.shape[0])
    spins = all(space.levels == 2 for space in spaces)
    letters, c = (_pauli if spins else _dense)(matrix, spaces, ROUNDING * norm)
    weight = np.count_nonzero(letters, axis=1)
    if np.any(weight > most):
        share = math.sqrt(float(np.sum(np.abs(c[weight > most]) ** 2))) / norm
        raise InvalidInput(
            f"`{name}` must be a sum of terms on at most {most} sites, but terms on up to {weight.max()} sites hold {share:.3g} of its norm (got support {most}); a model of local terms needs support={weight.max()}"
        )
    c = np.round(
        c, -math.floor(math.log10(ROUNDING * norm))
    )  # numbers that are alike but for rounding are written alike
    strings = [tuple((int(j), int(row[j])) for j in np.flatnonzero(row)) for row in letters]
    return Strings(spaces, dict(zip(strings, c.tolist(), strict=True)))


def _pauli(matrix: scipy.sparse.csr_array, spaces: Sequence[LocalSpace], least: float) -> tuple[Letters, Complex]:
    """Letters of the strings above `least`, shape (S, N), and their coefficients.

    The elements ⟨s|H|s ⊕ m⟩ with the same flipped spins m, as a function of s, are transformed by signs (Walsh, Hadamard): bit j
    of the frequency k and of m says whether letter j is 1, X (m), Z (k) or Y (both).
    """
    N = len(spaces)
    entries = scipy.sparse.coo_array(matrix)
    masks, order = entries.row ^ entries.col, np.argsort(entries.row ^ entries.col, kind="stable")
    flips, starts = np.unique(masks[order], return_index=True)
    found_m, found_k, found = [], [], []
    for m, part in zip(flips.tolist(), np.split(order, starts[1:]), strict=True):
        v = np.zeros((2,) * N, dtype=complex)
        v.reshape(-1)[entries.row[part]] = entries.data[part]
        for axis in range(N):
            low, high = np.take(v, 0, axis), np.take(v, 1, axis)
            v = np.stack([low + high, low - high], axis)
        v = v.reshape(-1) / 2**N
        k = np.flatnonzero(np.abs(v) > least)
        y, z = np.bitwise_count(k & m).astype(int), np.bitwise_count(k & ~m).astype(int)
        found.append(v[k] * (-1j) ** y * (-1.0) ** z)
        found_m.append(np.full(len(k), m))
        found_k.append(k)
    bits = np.arange(N)
    x = (np.concatenate([*found_m, np.empty(0, int)])[:, None] >> bits & 1).astype(np.int8)
    z_ = (np.concatenate([*found_k, np.empty(0, int)])[:, None] >> bits & 1).astype(np.int8)
    return np.where(x == 1, 1 + z_, 3 * z_).astype(np.int8), np.concatenate([*found, np.empty(0, complex)])


def _dense(
    matrix: scipy.sparse.csr_array, spaces: Sequence[LocalSpace], least: float
) -> tuple[NDArray[np.intp], Complex]:
    """The same of any sites, by all elements."""
    D = matrix.shape[0]
    _checks.memory("matrix", f"{D} states", 3 * 16.0 * D * D, "take fewer sites")
    letters, c = expanded(matrix.toarray(), spaces)
    kept = np.abs(c) > least
    return letters[kept], c[kept]


def lattice_of(strings: Strings, geometry: Any, jumps: Sequence[Product] = (), **fields: Any) -> Lattice:
    """Lattice of a sum of strings, with products of site operators as jumps."""
    where, N = read_geometry(geometry), len(strings.spaces)
    words = Words(strings.spaces)
    named = []
    for string, c in sorted(strings.terms.items(), key=lambda item: (len(item[0]), item[0])):
        letters = [words.letter(site, a) for site, a in string] or [words.letter(0, 0)]
        named.append((" ".join(letters), tuple(site for site, _ in string) or (0,), complex(c).real))
    made = []
    for sites, factors in jumps:
        find = words.jump if len(sites) == 1 else words.operator
        scaled = [find(site, factor) for site, factor in zip(sites, factors, strict=True)]
        rate = float(f"{math.prod(abs(scale) ** 2 for _, scale in scaled):.15g}")  # a square that was a root
        made.append(Jump(" ".join(word for word, _ in scaled), rate, on=[list(sites)]))
    return Lattice(sites=N, local=words.kinds(), geometry=where, terms=together(named, where, N), jumps=made, **fields)
