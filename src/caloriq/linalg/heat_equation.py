r"""Chebyshev expansion of the heat flow on a graph: :math:`e^{-\tau L} = \sum_k (2-\delta_{k0})\,e^{-z}I_k(z)\,T_k(Y)`.

L is a graph Laplacian with its spectrum in [0, b], Y = 1 - 2L/b, z = τ b/2. Every coefficient is positive and they sum to
1, as the populations do. Orders needed: about :math:`\sqrt{2z\ln(2/tol)}` for large z, so that a time a hundred times as
long costs ten times as much.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.linalg import kernels
from caloriq.results import Progress

BATCH = 256  # orders between two reports of progress
PADDING = 1.5  # share of the edges up to which neighbours in columns, padded, are faster than row by row
DEEP = 1e-22  # how far below the tolerance the backward recurrence starts


def tail_bound(z: float, order: int) -> float:
    r"""Bound on :math:`2\sum_{k\ge K} e^{-z} I_k(z)`, the norm of what is left out from order K on.

    The sum is the probability that the difference of two Poisson variables of mean z/2 reaches K in size; Chernoff's
    bound of it is :math:`2\exp(\sqrt{z^2+K^2} - z - K\,\mathrm{arsinh}(K/z))`.
    """
    if z == 0.0:
        return 0.0 if order > 0 else 2.0
    # √(z² + K²) - z, without cancellation
    return 2 * math.exp(min(0.0, order**2 / (math.hypot(z, order) + z) - order * math.asinh(order / z)))


def orders(z: float, tol: float) -> int:
    """Orders after which `tail_bound` is at most `tol`."""
    low, high = 0, 1
    while tail_bound(z, high) > tol:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if tail_bound(z, middle) > tol else (low, middle)
    return high


def coefficients(z: float, tol: float) -> Real:
    """(2 - δ_k0) e^{-z} I_k(z) for every order that `tol` asks for; by Miller's backward recurrence, normalised to 1."""
    kept, top = orders(z, tol), orders(z, DEEP * tol)
    values = [0.0] * (top + 1)
    above, here, total = 0.0, 1e-100, 0.0
    for k in range(top, 0, -1):
        values[k] = here
        total += 2 * here
        above, here = here, above + (2 * k / z if z else 0.0) * here
    if z == 0.0:
        return np.ones(1)
    values[0] = here
    table = 2 * np.array(values[:kept]) / (total + here)
    table[0] /= 2
    return table


class Laplacian:
    """Weighted graph Laplacian L = D - A of coupled pairs, every pair once, shape (E, 2), and their rates A_ab, shape (E,).

    Products are taken by differences, Σ_b A_ab (x_b - x_a): the flow along an edge leaves one node and reaches the other
    with the same digits, and a uniform x stays exactly as it is, however many products follow.
    """

    def __init__(self, nodes: int, bonds: NDArray[np.intp], rates: Real) -> None:
        first, second = bonds.astype(np.int32).T
        both = np.concatenate([first, second]), np.concatenate([second, first])
        # one rate for all: no need to read it again with every element
        self.equal = bool(np.all(rates == rates[0]))
        A = scipy.sparse.coo_array((np.concatenate([rates, rates]), both), shape=(nodes, nodes)).tocsr()
        self.adjacency = A
        self.degrees: Real = np.asarray(A.sum(axis=1)).reshape(-1)
        #: λ_max <= max over the edges of d_a + d_b (Anderson, Morley 1985, doi:10.1080/03081088508817681)
        self.bound = float((self.degrees[first] + self.degrees[second]).max())

    @property
    def padded(self) -> int:
        """Entries that columns of neighbours have, for every node as many as the largest degree."""
        return int(np.diff(self.adjacency.indptr).max()) * self.degrees.size

    @property
    def product_bytes(self) -> int:
        """Bytes that one step of the recurrence reads and writes: the graph and three vectors."""
        A = self.adjacency
        entries = self.padded if self.padded <= PADDING * A.nnz else A.nnz
        return int(entries * (4 if self.equal else 12) + 3 * self.degrees.nbytes)

    def columns(self) -> tuple[NDArray[np.int32], Real]:
        """Neighbours (W, N), a node itself where it has fewer than W, and their rates, (W, N) or (1, 1) where all are equal."""
        A, N = self.adjacency, self.degrees.size
        count = np.diff(A.indptr)
        columns = np.repeat(np.arange(N, dtype=np.int32)[None], int(count.max()), axis=0)
        rows = np.repeat(np.arange(N, dtype=np.int32), count)
        place = np.arange(A.nnz) - A.indptr[rows]
        columns[place, rows] = A.indices
        if self.equal:
            return columns, A.data[:1].reshape(1, 1)
        rates = np.zeros(columns.shape)
        rates[place, rows] = A.data
        return columns, rates

    def matrix(self) -> Any:
        """L as a sparse matrix, shape (N, N)."""
        return scipy.sparse.csr_array(scipy.sparse.diags_array(self.degrees) - self.adjacency)

    def heat(
        self, start: Real, spans: Real, tol: float, progress: Progress | None = None
    ) -> tuple[Real, dict[str, float | int | str]]:
        """e^{-τL} times a start, for every τ in `spans`, ascending; shape (T, N), and what it took.

        Cost: `orders` products for the longest span; each reads the graph once, 4 bytes an element (12 where the rates
        differ), and three vectors. Memory: the graph, two vectors and the results.
        """
        half = self.bound / 2
        tables = [coefficients(half * float(tau), tol) for tau in spans]
        lengths = [table.size for table in tables]
        most = max(lengths)
        table = np.zeros((most + most % 2, len(tables)))  # orders go in pairs
        for t, column in enumerate(tables):
            table[: column.size, t] = column
        active = np.array([next(t for t, length in enumerate(lengths) if length > k) for k in range(most)])
        active = np.append(active, active[-1:])
        out = np.zeros((len(tables), start.size))
        even, odd = start.copy(), start - 2 / self.bound * (self.degrees * start - self.adjacency @ start)
        run = _compiled_steps(self) if kernels.numba_available() else _plain_steps(self)
        for k in range(0, table.shape[0], BATCH):
            run(table[k : k + BATCH], active[k : k + BATCH], even, odd, out)
            if progress is not None:
                progress(min(k + BATCH, table.shape[0]), table.shape[0])
        notes: dict[str, float | int | str] = {
            "products": table.shape[0],
            "truncation": max(tail_bound(half * float(tau), n) for tau, n in zip(spans, lengths, strict=True)),
            "bytes per product": self.product_bytes,
        }
        return out, notes


Steps = Callable[[Real, NDArray[np.intp], Real, Real, Real], None]


compiled = partial(kernels.compiled, "caloriq.linalg._heat_compiled")


def _compiled_steps(L: Laplacian) -> Steps:
    A, scale = L.adjacency, 2 / L.bound
    if L.padded <= PADDING * A.nnz:
        columns, rates = L.columns()
        by_columns = compiled().steps_by_columns
        return lambda table, active, even, odd, out: by_columns(columns, rates, scale, table, active, even, odd, out)
    given, by_rows = A.data[:1] if L.equal else A.data, compiled().steps_by_rows
    return lambda table, active, even, odd, out: by_rows(
        A.indptr, A.indices, given, scale, table, active, even, odd, out
    )


def _plain_steps(L: Laplacian) -> Steps:
    """The same in NumPy and SciPy."""

    def run(table: Real, active: NDArray[np.intp], even: Real, odd: Real, out: Real) -> None:
        scale = 2 / L.bound
        for k in range(0, table.shape[0], 2):
            begin = active[k]
            out[begin:] += np.outer(table[k, begin:], even) + np.outer(table[k + 1, begin:], odd)
            even[:] = 2 * (odd - scale * (L.degrees * odd - L.adjacency @ odd)) - even
            odd[:] = 2 * (even - scale * (L.degrees * even - L.adjacency @ even)) - odd

    return run
