r"""The equations 𝓛ρ = 0, Tr ρ = 1 in real numbers, on the elements of ρ that the populations are coupled to.

A hermitian ρ is packed as Re ρ + Im ρ (`linalg/sylvester.py`). On packed matrices a map that keeps hermiticity is the real matrix
Re 𝓛 + Im 𝓛·P, where P exchanges ab and ba.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import NotConverged
from caloriq.steady.bounds import UNIT, Bounded
from caloriq.steady.thermal.dissipators import Dissipator, Truth
from caloriq.steady.thermal.levels import Levels
from caloriq.steady.thermal.rounding import Rounding

ROUNDINGS = 32.0  # of an element of 𝓛: its rate, two matrix elements, sums over jumps
SINGULAR = 1e-14  # reciprocal condition below which double precision cannot tell one steady state from two
BYTES = 40.0  # an element of the equations, with their factors
ROWS = 256  # of the equations that are made at a time


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

    def packed_size(self, A: Real) -> Real:
        """Bound on the coordinates of a matrix, by one on the modulus of its elements, shape (n,)."""
        size: Real = np.sqrt(2.0) * A.ravel()[self.elements]
        return size

    def unpacked(self, x: Real) -> Complex:
        """The hermitian matrix of coordinates, shape (D, D)."""
        P = np.zeros((self.dimension, self.dimension))
        P.ravel()[self.elements] = x
        rho: Complex = (P + P.T) / 2 + 0.5j * (P - P.T)
        return rho


def equations(whole: Levels, shift: Complex | None, dissipators: Sequence[Dissipator]) -> Equations:
    """Generator in the eigenbasis of H, on as few elements as it allows.

    Parameters
    ----------
    whole : Levels
        Those of H.
    shift : array, shape (D, D), or None
        What baths add to H.
    dissipators : sequence of Dissipator
        Of everything that acts.

    Notes
    -----
    The elements are those within levels, and all that they are coupled to. If all baths are global and no two transitions have one
    frequency, these are the populations alone: n = D, Pauli's equation. With other baths n = D², or half of that where H and
    the operators keep a parity.

    What commutes with H and with all jumps lies within levels, so that for equations of Lindblad's form and a state of full rank
    one solution here is the only one at all (A. Frigerio, Commun. Math. Phys. 63, 269 (1978), doi:10.1007/BF01196936).
    """
    D = whole.dimension
    K: Complex = np.diag(-1j * whole.energies).astype(complex)
    for one in dissipators:
        K -= one.decay
    if shift is not None:
        K -= 1j * shift
    a, b = np.nonzero(_coupled(K, dissipators, whole.groups == 0))
    n = len(a)
    _checks.memory(
        "hamiltonian",
        f"{D} levels",
        BYTES * float(n) ** 2,
        "take fewer levels, or global baths of different frequencies",
    )
    elements = a * D + b
    swap = np.searchsorted(elements, b * D + a)
    G = np.empty((n, n))
    for begin in range(0, n, ROWS):
        rows = slice(begin, begin + ROWS)
        part = K[np.ix_(a[rows], a)] * (b[rows, None] == b) + (a[rows, None] == a) * K.conj()[np.ix_(b[rows], b)]
        for one in dissipators:
            part += one.block(a, b, rows)
        G[rows] = part.real + part.imag[:, swap]
    rate = max(float(np.abs(one.decay.diagonal().real).max()) for one in dissipators)
    return Equations(D, elements, G, 2 * rate or 1.0)


def _coupled(K: Complex, dissipators: Sequence[Dissipator], start: Truth) -> Truth:
    """Elements of ρ that those of the start reach, or are reached by, in one step or many; shape (D, D)."""
    N = ((K != 0) | (K.T != 0)).astype(float)
    found, last = start, 0
    while int(np.count_nonzero(found)) > last:
        last = int(np.count_nonzero(found))
        E = found.astype(float)
        found = found | (N @ E + E @ N > 0)
        for one in dissipators:
            found = found | one.reached(found)
        found = found | found.T
    return found


@dataclass(frozen=True)
class Solved:
    """The steady state in coordinates, with what bounds the error of any number of it."""

    here: Equations
    x: Real
    left: Real  # residual of the equations, with rounding
    factor: Any
    rounding: Rounding | None = None  # of the eigenbasis; without it no number has a bound

    def beside(self, rounding: Rounding | None, shift: Complex | None) -> Solved:
        """The same, where the equations are off by the rounding of the eigenbasis too."""
        if rounding is None:
            return self
        more = self.here.packed_size(rounding.of_state(self.here.unpacked(self.x), shift))
        return replace(self, left=self.left + more, rounding=rounding)

    def values(self, rows: Real, errors: Real | None = None) -> Bounded:
        """Linear functionals of ρ, Tr(Oρ), with bounds by their adjoint solutions: |y|·(residual and rounding).

        Parameters
        ----------
        rows : array, shape (K, n)
            O in coordinates.
        errors : array, shape (K, n), optional
            Bounds on the error of each coordinate of O.
        """
        import scipy.linalg

        value = rows @ self.x
        if self.rounding is None:
            return Bounded(value, np.full(value.shape, np.inf))
        y = scipy.linalg.lu_solve(self.factor, rows.T, trans=1)
        size = (rows.shape[1] + ROUNDINGS) * UNIT * np.abs(rows) + (0.0 if errors is None else errors)
        return Bounded(value, self.left @ np.abs(y) + size @ np.abs(self.x))


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
