"""Solutions of XG + GX† + Σ o_k G o_k = -R: a Sylvester equation, and GMRES on the few elements that hermitian jumps return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.errors import NotConverged
from caloriq.linalg.gmres import gmres
from caloriq.linalg.sylvester import Sylvester, pack, unpack
from caloriq.steady.quasi_free.equation import Superoperator

STILL = 1e-14  # decay of a mode, in units of the rates, that is none
DEFECTIVE = 1e7  # condition of eigenvectors beyond which Schur vectors are taken
DIRECTIONS = 300  # of a Krylov space
SHARE = 1e-9  # of the right-hand side that one solution may leave
TIMES = 12  # corrections
GAINED = 0.3  # share of a residual that a correction must leave at most


@dataclass(frozen=True)
class Solved:
    """A solution and the residual that it leaves."""

    matrix: Complex
    left: Complex


class Solver:
    """Inverse of T: G ↦ XG + GX† + Σ o_k G o_k.

    Cost: an eigendecomposition of X, about 25 n³; then 10 n³ for each of the products that are counted.

    Raises
    ------
    NotConverged
        If a mode does not decay: the steady state is not unique.
    """

    def __init__(self, change: Superoperator, rate: float) -> None:
        self.change, self.rate, self.products = change, rate, 0
        X = change.drift.toarray()
        eigen = Sylvester(X)
        self.gap, self.condition = eigen.slowest, eigen.condition
        if not self.gap > STILL * rate:
            raise NotConverged(
                f"`model` must have one steady state, but a mode of its particles decays at no rate that double precision resolves (got {self.gap:.1e} in a model of rates {rate:.1e}); couple it, or add a bath there"
            )
        self._free = _by_eigenvectors(eigen) if self.condition <= DEFECTIVE else _by_schur(X)

    def free(self, right: Complex) -> Complex:
        """G with XG + GX† = -right."""
        self.products += 1
        return self._free(-right)

    def solve(self, right: Complex, times: int = TIMES) -> Solved:
        """G with TG = -right, corrected while its residual falls, so many times at most."""
        G, left = np.zeros_like(right), right
        for _ in range(times):
            better = G + self._once(left)
            better = (better + better.conj().T) / 2
            after = right + self.change(better)
            fallen = float(np.linalg.norm(after)) / (float(np.linalg.norm(left)) or 1.0)
            if not fallen < 1:
                break
            G, left = better, after
            if fallen > GAINED:
                break
        return Solved(G, left)

    def _once(self, right: Complex) -> Complex:
        """One solution; of what hermitian jumps return, by GMRES."""
        kicks = self.change.kicks
        G = self.free(right)
        if not kicks.places.size:
            return G
        b = self._packed(G)

        def apply(y: Real) -> Real:
            z = self._better(y)
            return z - self._packed(self.free(self._kicked(z)))

        found = gmres(apply, b, target=SHARE * float(np.linalg.norm(b)), size=min(DIRECTIONS, len(b) + 1))
        return G + self.free(self._kicked(self._better(found.combination)))

    @cached_property
    def _flipped(self) -> Any:
        """Where the transpose of each of the elements of `kicks` is among them."""
        n, places = self.change.size, self.change.kicks.places
        return np.searchsorted(places, places % n * n + places // n)

    def _packed(self, G: Complex) -> Real:
        """These elements of a hermitian matrix as real numbers, one for each."""
        return pack(G.reshape(-1)[self.change.kicks.places])

    def _elements(self, p: Real) -> Complex:
        found: Complex = (p + p[self._flipped]) / 2 + 1j * ((p - p[self._flipped]) / 2)
        return found

    def _kicked(self, p: Real) -> Complex:
        """What hermitian jumps make of these elements, in a matrix."""
        kicks, n = self.change.kicks, self.change.size
        found = np.zeros((n, n), dtype=complex)
        found.reshape(-1)[kicks.places] = kicks.matrix @ self._elements(p)
        return found

    @cached_property
    def _better(self) -> Callable[[Real], Real]:
        """Preconditioner: the elements hop among themselves by way of all others, to second order."""
        K, J = hopping(self.change, self.rate), self.change.kicks.matrix
        try:
            factor = scipy.sparse.linalg.splu((K - J).tocsc())
        except RuntimeError:  # singular: particles that hop and never leave
            return lambda p: p
        return lambda p: pack(factor.solve(np.asarray(K @ self._elements(p))))


def hopping(change: Superoperator, rate: float) -> Any:
    """K = -(T_EE - T_ER D⁻¹ T_RE) of T = X· + ·X†, E the elements that hermitian jumps act on, R the others, D their diagonal.

    Of number dephasing on every site, K is the model of hopping at the rates 2|h_ij|²Γ/(Γ² + δE²).
    """
    n, places = change.size, change.kicks.places
    X = change.drift.tocsc()
    one = scipy.sparse.eye_array(n, format="csc")
    rows, columns = places // n, places % n
    # columns of X ⊗ 1 + 1 ⊗ X̄ that belong to E, and its rows
    into = _columns(X[:, rows], one[:, columns]) + _columns(one[:, rows], X.conj()[:, columns])
    out = (_columns(X.T.tocsc()[:, rows], one[:, columns]) + _columns(one[:, rows], X.conj().T.tocsc()[:, columns])).T
    diagonal = X.diagonal()
    D = (diagonal[:, None] + diagonal.conj()).reshape(-1)
    D = np.where(np.abs(D) > STILL * rate, D, -rate)
    weight = 1 / D
    weight[places] = 0
    inner = out.tocsc()[:, places]
    return (out @ scipy.sparse.dia_array((weight[None], [0]), shape=(n * n,) * 2) @ into - inner).tocsr()


def _columns(A: Any, B: Any) -> Any:
    """Column k is A_k ⊗ B_k, sparse (Khatri, Rao 1968)."""
    A, B = A.tocsc(), B.tocsc()
    n, m = B.shape
    data, rows, columns = [], [], []
    for k in range(m):
        a, b = slice(A.indptr[k], A.indptr[k + 1]), slice(B.indptr[k], B.indptr[k + 1])
        data.append(np.outer(A.data[a], B.data[b]).ravel())
        rows.append((A.indices[a][:, None].astype(int) * n + B.indices[b]).ravel())
        columns.append(np.full(len(data[-1]), k))
    joined = (np.concatenate(data), (np.concatenate(rows), np.concatenate(columns)))
    return scipy.sparse.csc_array(joined, shape=(A.shape[0] * n, m))


def _by_eigenvectors(eigen: Sylvester) -> Callable[[Complex], Complex]:
    return lambda right: unpack(eigen.solve(pack(right)))


def _by_schur(X: Complex) -> Callable[[Complex], Complex]:
    """R. H. Bartels, G. W. Stewart, Commun. ACM 15, 820 (1972), doi:10.1145/361573.361582."""
    T, Q = scipy.linalg.schur(X, output="complex")
    solve = scipy.linalg.get_lapack_funcs("trsyl", (T,))

    def solved(right: Complex) -> Complex:
        Z, scale, _ = solve(T, T, Q.conj().T @ right @ Q, tranb="C")
        found: Complex = Q @ (Z / scale) @ Q.conj().T
        return found

    return solved
