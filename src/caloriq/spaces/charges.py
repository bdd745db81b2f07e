"""Conserved sums of a translation-invariant chain: the null space of i[H, ·], part by part.

Reflection, where it leaves H alone, halves the space of strings. What is left falls apart by itself: strings of an even and of an
odd number of imaginary letters where H is real, and every parity of letters that H conserves, are parts that i[H, ·] does not
connect (`connected_components`), each with a null space of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.linalg.null_space import DENSE, NullSpace, null_space
from caloriq.results import same
from caloriq.spaces.commutators import CommutatorMap
from caloriq.spaces.hierarchy import Level, by_support
from caloriq.spaces.infinite import InfiniteChain

SYMMETRIC = 1e-13  # of a coefficient of H that reflection changes by rounding


@dataclass(frozen=True, slots=True)
class ConservedSums:
    """Orthonormal charges, those of small support first, and the gap that says that there are no more.

    Attributes
    ----------
    vectors : array, shape (n, k)
        Coefficients over the strings of the map.
    supports : array of int, shape (k,)
        Cells that each needs.
    largest_zero, smallest_other, lower_bound, tolerance : float
        Worst of all parts; see `NullSpace`.
    parts, largest_part, products : int
        Into how many the space falls, strings of the largest, and products with M†M.
    """

    vectors: Real
    supports: NDArray[np.intp]
    largest_zero: float
    smallest_other: float
    lower_bound: float
    tolerance: float
    parts: int
    largest_part: int
    products: int


def conserved_sums(of: CommutatorMap, rng: np.random.Generator, *, dense: int = DENSE) -> ConservedSums:
    """All of them with at most the support of the map."""
    spaces: list[NullSpace] = []
    levels: list[Level] = []
    sizes = []
    density = of.vector(of.chain.hamiltonian)
    for columns in parts(of):
        one = null_space((of.matrix @ columns).tocsc(), rng, dense=dense)
        spaces.append(one)
        sizes.append(columns.shape[1])
        if one.vectors.shape[1]:
            levels += by_support(columns @ one.vectors, of.supports, density, part=len(spaces))
    levels.sort(key=lambda level: (level.support, not level.first_is_h, level.part))
    empty = np.empty((len(of.keys), 0))
    return ConservedSums(
        vectors=np.hstack([empty, *(level.vectors for level in levels)]),
        supports=np.concatenate(
            [np.empty(0, np.intp), *(np.full(level.vectors.shape[1], level.support) for level in levels)]
        ),
        largest_zero=max(one.largest_zero for one in spaces),
        smallest_other=min(one.smallest_other for one in spaces),
        lower_bound=min(one.lower_bound for one in spaces),
        tolerance=max(one.tolerance for one in spaces),
        parts=len(spaces),
        largest_part=max(sizes),
        products=sum(one.products for one in spaces),
    )


def parts(of: CommutatorMap) -> Iterator[scipy.sparse.csc_array]:
    """Orthonormal columns of the parts that i[H, ·] does not connect, each of shape (n, n_part)."""
    for half in halves(of):
        image = abs(of.matrix @ half).tocoo()
        rows, count = image.shape
        # strings and their images as the two sides of a graph
        places = (image.coords[0], rows + image.coords[1])
        graph = scipy.sparse.coo_array((np.ones(len(places[0])), places), shape=(rows + count,) * 2)
        _, labels = scipy.sparse.csgraph.connected_components(graph, directed=False)
        members = labels[rows:]
        alone = np.diff(image.tocsc().indptr) == 0  # charges by themselves
        if alone.any():
            yield half[:, np.flatnonzero(alone)]
        order = np.flatnonzero(~alone)[np.argsort(members[~alone], kind="stable")]
        ends = np.flatnonzero(np.diff(members[order])) + 1
        for chosen in np.split(order, ends):
            if chosen.size:
                yield half[:, chosen]


def halves(of: CommutatorMap) -> list[scipy.sparse.csc_array]:
    """Even and odd combinations of strings under a reflection that leaves H alone; the strings themselves without one."""
    order = reflection(of.chain, of.support)
    n = len(of.keys)
    if order is None:
        return [scipy.sparse.eye_array(n, format="csc")]
    image, here = of.moved(order), np.arange(n)
    fixed, lower = here[image == here], here[image > here]
    half = 0.5**0.5
    even = scipy.sparse.hstack([_columns(n, [(fixed, 1.0)]), _columns(n, [(lower, half), (image[lower], half)])])
    odd = _columns(n, [(lower, half), (image[lower], -half)])
    return [one.tocsc() for one in (even, odd) if one.shape[1]]


def reflection(chain: InfiniteChain, cells: int) -> NDArray[np.intp] | None:
    """The site whose letter comes to every site of some cells: all of them in reverse, or cells in reverse; None if H is changed."""
    c = len(chain.cell)
    for inside in (np.arange(c)[::-1], np.arange(c)):
        order = (np.arange(cells)[::-1, None] * c + inside).ravel()
        if all(same(chain.cell[x], chain.cell[y]) for x, y in enumerate(inside)) and _symmetric(chain, inside):
            return order
    return None


def _symmetric(chain: InfiniteChain, inside: NDArray[np.intp]) -> bool:
    """Whether H is the same with cells in reverse and the sites of a cell exchanged."""
    c, R = len(chain.cell), chain.reach
    places = (np.arange(R)[::-1, None] * c + inside).ravel().tolist()
    H = chain.hamiltonian
    difference = H - chain.density(H.moved(places).terms)
    return difference.largest <= SYMMETRIC * H.largest


def _columns(n: int, entries: list[tuple[NDArray[np.intp], float]]) -> scipy.sparse.coo_array:
    """Column k has `value` at `rows[k]` for every pair of rows and a value."""
    size = entries[0][0].size
    rows = np.concatenate([one for one, _ in entries])
    values = np.concatenate([np.full(size, value) for _, value in entries])
    return scipy.sparse.coo_array((values, (rows, np.tile(np.arange(size), len(entries)))), shape=(n, size))
