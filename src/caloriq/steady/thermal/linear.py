r"""The equations 𝓛ρ = 0, Tr ρ = 1 in real numbers, on the elements of ρ that the populations are coupled to.

A hermitian ρ is packed as Re ρ + Im ρ (`linalg/sylvester.py`). On packed matrices a map that keeps hermiticity is the real matrix
Re 𝓛 + Im 𝓛·P, where P exchanges ab and ba.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import NotConverged
from caloriq.steady.bounds import UNIT, Bounded
from caloriq.steady.thermal.dissipators import Dissipator, Secular

ROUNDINGS = 32.0  # of an element of 𝓛: its rate, two matrix elements, sums over jumps
SINGULAR = 1e-14  # reciprocal condition below which double precision cannot tell one steady state from two
BYTES = 60.0  # an element of the dense equations: real, complex, and their factors


@dataclass(frozen=True)
class Equations:
    """The generator on some elements of ρ.

    Attributes
    ----------
    dimension : int
        D.
    elements : array of int, shape (n,)
        Elements a D + b of ρ that are coupled to the populations, closed under exchange of a and b; ρ is zero elsewhere.
    generator : array, shape (n, n)
        𝓛, real, on packed elements.
    rate : float
        Largest decay rate of an element, the unit of the equations.
    """

    dimension: int
    elements: NDArray[np.intp]
    generator: Real
    rate: float

    def packed(self, A: Complex) -> Real:
        """A hermitian matrix as coordinates, shape (n,); Tr(A†B) is their scalar product."""
        a, b = np.divmod(self.elements, self.dimension)
        x: Real = A.real[a, b] + A.imag[a, b]
        return x

    def unpacked(self, x: Real) -> Complex:
        """The hermitian matrix of coordinates, shape (D, D)."""
        P = np.zeros((self.dimension, self.dimension))
        P.ravel()[self.elements] = x
        rho: Complex = (P + P.T) / 2 + 0.5j * (P - P.T)
        return rho


def equations(energies: Real, shift: Complex | None, dissipators: Sequence[Dissipator]) -> Equations:
    """Generator in the eigenbasis of H, on as few elements as it allows.

    Parameters
    ----------
    energies : array, shape (D,)
        Eigenvalues of H.
    shift : array, shape (D, D), or None
        What baths add to H.
    dissipators : sequence of Dissipator
        Of every bath.

    Notes
    -----
    If all baths are global and no two transitions have one frequency, the populations are alone: n = D, Pauli's equation. With
    other baths n = D².
    """
    import scipy.sparse

    D = len(energies)
    if not all(isinstance(one, Secular) for one in dissipators):
        _checks.memory("hamiltonian", f"{D} levels", BYTES * float(D) ** 4, "take fewer levels, or global baths")
    sparse = scipy.sparse.diags_array(-1j * (energies[:, None] - energies).ravel(), format="csr")
    if shift is not None:
        sparse = sparse - 1j * _both(shift, -shift)
    for one in dissipators:
        sparse = sparse - _both(one.decay, one.decay)
    jumps = [one.jumps() for one in dissipators]
    elements = _coupled([sparse, *jumps], D)
    n = len(elements)
    _checks.memory("hamiltonian", f"{D} levels", BYTES * float(n) ** 2, "take fewer levels")
    a, b = np.divmod(elements, D)
    swap = np.searchsorted(elements, b * D + a)
    G = np.zeros((n, n))
    while jumps:
        _add(G, jumps.pop(), elements, swap)
    _add(G, sparse, elements, swap)
    return Equations(D, elements, G, float(np.abs(np.diagonal(G)).max()) or 1.0)


def _add(G: Real, part: Any, elements: NDArray[np.intp], swap: NDArray[np.intp]) -> None:
    """Add Re 𝓛 + Im 𝓛·P of a part to the generator, in place."""
    if len(elements) < part.shape[0]:
        part = part[elements][:, elements]
    if not isinstance(part, np.ndarray):
        part = part.tocoo()
        np.add.at(G, part.coords, part.data.real)
        np.add.at(G, (part.coords[0], swap[part.coords[1]]), part.data.imag)
        return
    G += part.real
    G += part.imag[:, swap]


def _both(left: Complex, right: Complex) -> Any:
    """Ρ ↦ left ρ + ρ right† on row-stacked ρ, sparse."""
    import scipy.sparse

    one = scipy.sparse.eye_array(len(left), format="csr")
    L, R = scipy.sparse.csr_array(left), scipy.sparse.csr_array(right.conj())
    return (scipy.sparse.kron(L, one) + scipy.sparse.kron(one, R)).tocsr()


def _coupled(parts: Sequence[Any], D: int) -> NDArray[np.intp]:
    """Elements of ρ that the populations reach, or are reached by, in one step or many; ascending."""
    import scipy.sparse

    if not all(scipy.sparse.issparse(one) for one in parts):
        return np.arange(D * D)
    pattern = sum((abs(one) for one in parts[1:]), abs(parts[0]))
    pattern.eliminate_zeros()
    label = scipy.sparse.csgraph.connected_components(pattern, directed=False)[1]
    return np.flatnonzero(np.isin(label, label[np.arange(D) * (D + 1)]))


@dataclass(frozen=True)
class Solved:
    """The steady state in coordinates, with what bounds the error of any number of it."""

    here: Equations
    x: Real
    left: Real  # residual of the equations, with rounding
    factor: Any

    def values(self, rows: Real) -> Bounded:
        """Linear functionals of ρ, Tr(Oρ), with bounds by their adjoint solutions: |y|·(residual and rounding).

        Parameters
        ----------
        rows : array, shape (K, n)
            O in coordinates.
        """
        import scipy.linalg

        y = scipy.linalg.lu_solve(self.factor, rows.T, trans=1)
        own = (rows.shape[1] + ROUNDINGS) * UNIT * (np.abs(rows) @ np.abs(self.x))
        return Bounded(rows @ self.x, self.left @ np.abs(y) + own)


def solved(here: Equations) -> Solved:
    """The one steady state.

    Raises
    ------
    NotConverged
        If it is not the only one, to double precision.

    Notes
    -----
    𝓛 keeps the trace, so that M = 𝓛 + s|u⟩⟨t|, with t the trace and u the uniform state, has the solution of Mx = su, ⟨t, x⟩ = 1,
    and is regular exactly if the steady state is unique. An LU of n³, two solutions, and n² for each bound.
    """
    import scipy.linalg

    G, D, unit = here.generator, here.dimension, here.rate
    trace = np.isin(here.elements, np.arange(D) * (D + 1)).astype(float)
    M = G + unit / D * np.outer(trace, trace)
    right = unit / D * trace
    norm = float(np.abs(M).sum(axis=0).max())
    lu, pivots, zero = scipy.linalg.lapack.dgetrf(M)
    factor = lu, pivots
    inverse = 0.0 if zero else float(scipy.linalg.lapack.dgecon(lu, norm)[0])
    if not inverse > SINGULAR:
        raise NotConverged(
            f"`hamiltonian` must have one steady state between its baths, but the equations leave more than one open to double precision (got a reciprocal condition of {inverse:.1e} for {D} levels); couple what no bath reaches, or give the baths operators that reach it"
        )
    x = scipy.linalg.lu_solve(factor, right)
    x = x + scipy.linalg.lu_solve(factor, right - M @ x)
    x = x / float(trace @ x)
    left = np.abs(right - M @ x) + (ROUNDINGS + 2) * UNIT * (np.abs(M) @ np.abs(x))
    return Solved(here, x, left, factor)
