r"""The closed equation of two-point functions: :math:`\dot G = XG + GX^\dagger + \sum_k o_k G o_k + Y`.

:math:`G_{ij} = \langle\psi_j^\dagger\psi_i\rangle` of fermion modes (`spaces.quadratic`), or of the :math:`c` alone where particles are
conserved. With :math:`H = \frac12\psi^\dagger h\psi`, jumps :math:`\sum_i u_i\psi_i` and hermitian jumps :math:`\frac12\psi^\dagger o_k\psi`,
:math:`X = -ih - \frac12(\Gamma_- + \Gamma_+ + \sum_k o_k^2)`, :math:`\Gamma_-^{ij} = \bar u_i u_j`,
:math:`Y^{ij} = \Gamma_+^{ij} = u_{\bar\imath}\bar u_{\bar\jmath}`.

T. Prosen, New J. Phys. 10, 043026 (2008), doi:10.1088/1367-2630/10/4/043026; with hermitian quadratic jumps V. Eisler, J. Stat. Mech.
P06007 (2011), doi:10.1088/1742-5468/2011/06/P06007; B. Horstmann, J. I. Cirac, G. Giedke, Phys. Rev. A 87, 012108 (2013),
doi:10.1103/PhysRevA.87.012108.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.models.lattice.quasi_free import Acting, QuasiFree
from caloriq.spaces.quadratic import kept
from caloriq.steady.bounds import ROUNDINGS, UNIT


@dataclass(frozen=True, eq=False)
class Part:
    """What one environment does to G, in sparse matrices, shape (n, n)."""

    loss: Any  # Γ₋ + Γ₊
    source: Any  # Y
    kicks: tuple[Any, ...]  # o_k

    @cached_property
    def decay(self) -> Any:
        """Γ₋ + Γ₊ + Σ o², of which X has minus a half."""
        found = self.loss
        for o in self.kicks:
            found = found + o @ o
        return found.tocsr()

    def adjoint(self, f: Any, added: Any) -> tuple[Any, complex, Any]:
        """(f', c, s) with Tr(f 𝓓G) = Tr(f' G) + c, and the moduli s that were added up to f', with those of f.

        Diagonal o damp the element ij by ½(o_i - o_j)², a diagonal one exactly by nothing.
        """
        found = -(f @ self.loss + self.loss @ f) / 2
        sizes = (added @ abs(self.loss) + abs(self.loss) @ added) / 2
        for o in self.kicks:
            if is_diagonal(o):
                found, sizes = found - _damped(f, o.diagonal().real), sizes + _damped(added, o.diagonal().real)
            else:
                found = found + o @ f @ o - (f @ (o @ o) + (o @ o) @ f) / 2
                sizes = sizes + abs(o) @ added @ abs(o) + (added @ abs(o @ o) + abs(o @ o) @ added) / 2
        return kept(found, sizes), complex((f @ self.source).trace()), sizes


def _damped(f: Any, o: Real) -> Any:
    """½(o_i - o_j)² f_ij of a sparse f."""
    own = f.tocoo()
    return scipy.sparse.csr_array((own.data * (o[own.row] - o[own.col]) ** 2 / 2, (own.row, own.col)), shape=f.shape)


def part_of(modes: QuasiFree, one: Acting) -> Part:
    """Of one environment."""
    M, n = modes.modes.count, modes.size
    lost = source = scipy.sparse.csr_array((n, n), dtype=complex)
    for u in one.linear:
        # ψ_ī = ψ†_i: the same jump as one of creators
        loss, gain = u[:n].conj(), np.roll(u, M)[:n]
        filled = _outer(gain)
        lost, source = lost + _outer(loss) + filled, source + filled
    kicks = tuple(o[:n, :n].tocsr() for o in one.quadratic)
    return Part(lost.tocsr(), source.tocsr(), kicks)


def _outer(v: Complex) -> Any:
    """Product v v† of a vector of few entries."""
    column = scipy.sparse.csr_array(v[:, None])
    return column @ column.conj().T


@dataclass(frozen=True, eq=False)
class Kicks:
    """G ↦ Σ o_k G o_k, on the elements that it reads and writes.

    Attributes
    ----------
    places : array of int, shape (m,)
        These elements, row by row; with each its transpose.
    matrix : sparse array, shape (m, m)
        The map.
    """

    places: Any
    matrix: Any

    @classmethod
    def of(cls, jumps: Sequence[Any], n: int) -> Kicks:
        """Of o_k, sparse."""
        rows, columns, values = [np.zeros(0, dtype=int)], [np.zeros(0, dtype=int)], [np.zeros(0, dtype=complex)]
        for jump in jumps:
            o = jump.tocoo()
            rows.append((o.row[:, None].astype(int) * n + o.row).ravel())
            columns.append((o.col[:, None].astype(int) * n + o.col).ravel())
            values.append((o.data[:, None] * o.data.conj()).ravel())
        joined = [np.concatenate(one) for one in (rows, columns)]
        places, place = np.unique(np.concatenate(joined), return_inverse=True)
        m, half = len(places), len(joined[0])
        found = scipy.sparse.csr_array((np.concatenate(values), (place[:half], place[half:])), shape=(m, m))
        return cls(places, found)


@dataclass(frozen=True, eq=False)
class Superoperator:
    """T: G ↦ XG + GX† + Σ o_k G o_k on hermitian matrices.

    Diagonal o_k, such as those of dephasing, only damp: by ½(o_i - o_j)² the element ij, and a diagonal one exactly by nothing.

    Attributes
    ----------
    undamped : sparse array, shape (n, n)
        X but for minus the half of diagonal o_k².
    diagonals : tuple of array, shape (n,)
        o_k that are diagonal.
    others : tuple of sparse array, shape (n, n)
        o_k that are not.
    """

    undamped: Any
    diagonals: tuple[Real, ...]
    others: tuple[Any, ...]

    @property
    def size(self) -> int:
        """Modes, or twice as many where pairs are created."""
        return int(self.undamped.shape[0])

    @property
    def adjoint(self) -> Superoperator:
        """T†: Tr(A TG) = Tr((T†A) G)."""
        return Superoperator(self.undamped.conj().T.tocsr(), self.diagonals, self.others)

    @cached_property
    def damping(self) -> Real:
        """½Σ(o_i - o_j)², shape (n, n)."""
        found = np.zeros((self.size, self.size))
        for o in self.diagonals:
            mine = np.flatnonzero(o)
            found[mine] += o[mine, None] ** 2 / 2
            found[:, mine] += o[mine] ** 2 / 2
            found[np.ix_(mine, mine)] += (o[mine, None] - o[mine]) ** 2 / 2 - (o[mine, None] ** 2 + o[mine] ** 2) / 2
        found[np.diag_indices(self.size)] = 0.0
        return np.maximum(found, 0.0)

    @cached_property
    def drift(self) -> Any:
        """X, sparse, shape (n, n)."""
        squares = sum((o**2 for o in self.diagonals), np.zeros(self.size))
        return (self.undamped - scipy.sparse.diags_array(squares) / 2).tocsr()

    @cached_property
    def kicks(self) -> Kicks:
        """G ↦ Σ o_k G o_k of all of them."""
        return Kicks.of([*(scipy.sparse.diags_array(o) for o in self.diagonals), *self.others], self.size)

    @cached_property
    def _others(self) -> Kicks:
        return Kicks.of(self.others, self.size)

    def __call__(self, G: Complex) -> Complex:
        """TG of a hermitian G."""
        turned = self.undamped @ G
        found: Complex = turned + turned.conj().T
        if self.diagonals:
            found -= self.damping * G
        if self._others.places.size:
            found.reshape(-1)[self._others.places] += self._others.matrix @ G.reshape(-1)[self._others.places]
        return found

    def rounding(self, G: Complex, right: Complex) -> Real:
        """Bound on what rounding, of the coefficients too, makes of TG + right, element by element."""
        size = np.abs(G)
        turned = abs(self.undamped) @ size
        found = turned + turned.T + np.abs(right)
        terms = float(np.diff(self.undamped.indptr).max(initial=0))
        if self.diagonals:
            found += self.damping * size
        if self._others.places.size:
            found.reshape(-1)[self._others.places] += abs(self._others.matrix) @ size.reshape(-1)[self._others.places]
            terms += float(np.diff(self._others.matrix.indptr).max(initial=0))
        rounded: Real = (ROUNDINGS + 2 * terms) * UNIT * found
        return rounded


@dataclass(frozen=True, eq=False)
class Equation:
    """TG + Y = 0 of a lattice.

    Attributes
    ----------
    modes : QuasiFree
        The lattice in modes.
    parts : tuple of Part
        One for every environment.
    """

    modes: QuasiFree
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, modes: QuasiFree) -> Equation:
        """Of a lattice."""
        return cls(modes, tuple(part_of(modes, one) for one in modes.acting))

    @property
    def size(self) -> int:
        """Modes, or twice as many where pairs are created."""
        return self.modes.size

    @cached_property
    def hamiltonian(self) -> Any:
        """h, shape (n, n)."""
        return self.modes.hamiltonian.matrix[: self.size, : self.size].tocsr()

    @cached_property
    def change(self) -> Superoperator:
        """T."""
        X, diagonals, others = -1j * self.hamiltonian, [], []
        for one in self.parts:
            X = X - one.loss / 2
            for o in one.kicks:
                if is_diagonal(o):
                    diagonals.append(o.diagonal().real)
                else:
                    others.append(o)
                    X = X - (o @ o) / 2
        return Superoperator(X.tocsr(), tuple(diagonals), tuple(others))

    @cached_property
    def losses(self) -> Real:
        """Rates g with Σ(Γ₋ + Γ₊) ≥ diag g ≥ 0, by Gershgorin's circles, shape (n,)."""
        total = sum((one.loss for one in self.parts), scipy.sparse.csr_array((self.size,) * 2))
        own = total.diagonal().real
        found = 2 * own - np.asarray(abs(total).sum(axis=1)).ravel()
        return np.zeros(self.size) if found.min() < 0 else found

    @cached_property
    def source(self) -> Complex:
        """Y, shape (n, n)."""
        found: Complex = sum((one.source for one in self.parts), scipy.sparse.csr_array((self.size,) * 2)).toarray()
        return found.astype(complex)

    @cached_property
    def rate(self) -> float:
        """Unit of residuals: the largest row sum of h less its mean diagonal, and of the decay."""
        h, n = self.hamiltonian, self.size
        level = h - (h.trace().real / n) * scipy.sparse.eye_array(n)
        decay = [float(abs(one.decay).sum(axis=1).max()) for one in self.parts]
        return max(float(abs(level).sum(axis=1).max()), *decay)


def is_diagonal(o: Any) -> bool:
    """Whether a sparse matrix has nothing beside its diagonal."""
    own = o.tocoo()
    return bool(np.all(own.row == own.col))
