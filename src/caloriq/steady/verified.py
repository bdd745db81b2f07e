"""A dense linear solution with a bound on every functional of it, in double precision.

For A x = b with an approximate inverse R and solution x̂, and E bounding what rounding does to the entries of A and to
the residual r = b - A x̂,

    f · (x - x̂) = (f R) · (r + E|x̂|) + f (1 - R A)(x - x̂),   |x - x̂| ≤ |R|(|r| + E|x̂|) + |1 - R A| |x - x̂|.

The second line is closed by a vector that it maps below itself, which also proves that A is regular; the first then
bounds every functional by its own adjoint solution f R.

Source: S. M. Rump, Acta Numerica 19, 287 (2010), doi:10.1017/S096249291000005X, section 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.spaces.basis import Indices
from caloriq.steady import superoperator
from caloriq.steady.bounds import ROUNDINGS, UNIT
from caloriq.steady.excitations import rows_of as rows_of_stored
from caloriq.steady.observables import Functional
from caloriq.steady.parts import Coefficients, Key, SectorSpace, part, terms

GROWTH = 1.01  # room for the rounding of the bounds themselves
TURNS = 12


@dataclass(frozen=True)
class Stack:
    """Sparsity of 𝓛 with one column of values a coefficient: L.data = values @ c."""

    names: tuple[Key, ...]
    indices: Indices
    indptr: Indices
    values: scipy.sparse.csr_array

    def filled(self, weights: Real, *, magnitude: bool = False) -> scipy.sparse.csr_array:
        """Σ w_p M_p, or Σ |w_p||M_p|."""
        data = abs(self.values) @ np.abs(weights) if magnitude else self.values @ weights
        size = len(self.indptr) - 1
        return scipy.sparse.csr_array((data, self.indices, self.indptr), shape=(size, size))


@lru_cache(maxsize=8)
def stack(here: SectorSpace) -> Stack:
    """All parts of 𝓛 on one pattern."""
    names = [*terms(here), *((kind, k) for kind in ("gain", "loss", "dephasing") for k in range(here.sites))]
    matrices = [part(here, *name).tocoo() for name in names]
    keys = np.concatenate([m.row.astype(np.int64) * here.dimension + m.col for m in matrices])
    unique, place = np.unique(keys, return_inverse=True)
    columns = np.repeat(np.arange(len(names)), [m.nnz for m in matrices])
    data = np.concatenate([m.data for m in matrices])
    values = scipy.sparse.csr_array(scipy.sparse.coo_array((data, (place, columns)), shape=(unique.size, len(names))))
    rows = unique // here.dimension
    indptr = np.searchsorted(rows, np.arange(here.dimension + 1)).astype(np.intp)
    return Stack(tuple(names), (unique % here.dimension).astype(np.intp), indptr, values)


def weights_of(here: SectorSpace, c: Coefficients) -> Real:
    """Coefficients in the order of the stack, in the frame of the mean frequency."""
    names = stack(here).names
    out = dict.fromkeys(names, 0.0)
    mean = sum(c.frequency) / len(c.frequency)
    for key, value in c.all(here):
        out[key] += value
    for k in range(here.sites):
        out["frequency", k] = c.frequency[k] - mean
    return np.array([out[name] for name in names])


def generator(here: SectorSpace, c: Coefficients) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
    """𝓛 and Σ|c_p||M_p|."""
    parts, weights = stack(here), weights_of(here, c)
    return parts.filled(weights), parts.filled(weights, magnitude=True)


def block_scales(here: SectorSpace, c: Coefficients) -> Real:
    """Unit of every state, of the size that its block has where gain or loss is weak."""
    return superoperator.block_scales(here.sites, sum(c.gains), sum(c.losses))[here.block]


@dataclass
class Solved:
    """x̂ of the scaled system, with what bounds it."""

    scale: Real  # powers of two: the state is scale ∘ x, shape (dimension,)
    x: Real  # x and error: solution of the scaled system and a componentwise bound, shape (dimension,)
    error: Real
    inverse: Real  # R, shape (dimension, dimension)
    left: Real  # |r| + E|x̂|, shape (dimension,)
    defect: Real  # |1 - R A| error, shape (dimension,)
    roundings: float  # units of rounding in a coefficient

    def evaluate(self, functionals: Sequence[Functional]) -> tuple[Real, Real]:
        """Values of functionals, and their bounds."""
        F, magnitude = rows_of(functionals, self.scale)
        value = F @ self.x
        seen = np.abs(F @ self.inverse) @ self.left + magnitude @ (
            self.defect + 2 * self.roundings * UNIT * np.abs(self.x)
        )
        # R itself is rounded: n u |f||R| per product
        seen += len(self.x) * UNIT * (magnitude @ (np.abs(self.inverse) @ self.left))
        return value, GROWTH * seen


def rows_of(functionals: Sequence[Functional], scale: Real) -> tuple[Any, Any]:
    """Functionals as rows, and the rows of their terms' magnitudes; `scale` in powers of two, which change no digit."""
    shape = (len(functionals), scale.size)
    terms = [(number, *term) for number, functional in enumerate(functionals) for term in functional]
    if not terms:
        return scipy.sparse.csr_array(shape), scipy.sparse.csr_array(shape)
    lengths = [places.size for _, _, (places, _) in terms]
    row = np.repeat([number for number, _, _ in terms], lengths)
    column = np.concatenate([places for _, _, (places, _) in terms])
    value = np.concatenate([entries for _, _, (_, entries) in terms])
    value *= np.repeat([float(coefficient) for _, coefficient, _ in terms], lengths)
    value *= scale[column]
    return tuple(scipy.sparse.coo_array((v, (row, column)), shape=shape).tocsr() for v in (value, np.abs(value)))


def solve(here: SectorSpace, c: Coefficients, *, roundings: float = ROUNDINGS) -> Solved | None:
    """Steady state with bounds; None where A is singular to double precision."""
    L, size = generator(here, c)
    scale = block_scales(here, c)
    element = scale[_row_states(here)]
    to = rows_of_stored(L)
    for matrix in (L, size):  # D⁻¹ L D in powers of two, which change no digit
        matrix.data *= (1 / element)[to]
        matrix.data *= element[matrix.indices]
    # the equation of the most weighted population follows from the others and gives way to the trace
    trace = int(here.diagonal[np.argmax(scale)])
    A, weight = L.toarray(), size.toarray()
    A[trace], weight[trace] = 0.0, 0.0
    A[trace, here.diagonal] = weight[trace, here.diagonal] = scale
    with np.errstate(divide="ignore"):
        rows = np.ldexp(1.0, -np.round(np.log2(np.maximum(weight.max(axis=1), 1e-300))).astype(int))
    A *= rows[:, None]
    weight *= rows[:, None]
    b = np.zeros(here.dimension)
    b[trace] = rows[trace]
    try:
        R = np.linalg.inv(A)
    except np.linalg.LinAlgError:
        return None
    return bounded(A, weight, b, R, element, roundings)


def bounded(A: Real, weight: Real, b: Real, R: Real, scale: Real, roundings: float) -> Solved | None:
    """The solution and the vector that closes its bound."""
    if not np.all(np.isfinite(R)):
        return None
    sparse, size = scipy.sparse.csr_array(A), scipy.sparse.csr_array(weight)
    most = int(np.diff(sparse.indptr).max()) + roundings
    x = R @ b
    for _ in range(3):
        x = x + R @ (b - sparse @ x)
    left = np.abs(b - sparse @ x) + most * UNIT * (size @ np.abs(x) + np.abs(b))
    sizes = np.abs(R)
    defect = np.abs(R @ A - np.eye(len(b)))  # |1 - RA|, but for the rounding of the product below
    rounding = (len(b) + roundings) * UNIT

    def mapped(e: Real) -> Real:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(defect @ e + rounding * (sizes @ (size @ e)))

    first = sizes @ left
    e = 1.1 * first + np.finfo(float).tiny
    for _ in range(TURNS):
        above = first + mapped(e)
        if not np.all(np.isfinite(above)):
            return None
        if np.all(above <= e):
            return Solved(scale, x, GROWTH * e, R, left, mapped(e), roundings)
        e = np.maximum(e, 1.05 * above)
    return None


def _row_states(here: SectorSpace) -> Indices:
    return here.elements[0]
