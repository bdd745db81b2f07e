r"""Dissipators as superoperators in the eigenbasis of H: jumps :math:`\sum_k L_k\rho R_k^\dagger` and decay :math:`-N\rho-\rho N^\dagger`.

The trace stays where :math:`\sum_k R_k^\dagger L_k = N + N^\dagger`. Lindblad's form has R = L, :math:`N=\tfrac12\sum L^\dagger L`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.steady.thermal.levels import Levels

Truth = NDArray[np.bool_]
Places = NDArray[np.intp]

EMPTY = 1e-13  # of the largest element of an operator: what is smaller is the rounding of the eigenbasis


class Dissipator(Protocol):
    """What one bath does to ρ, in the eigenbasis of H."""

    @property
    def decay(self) -> Complex:
        """N, shape (D, D)."""

    @property
    def lowest_rate(self) -> float:
        """Smallest eigenvalue of Kossakowski's matrix over the largest; negative where the map is not positive."""

    def apply(self, rho: Complex) -> Complex:
        """𝓓ρ, shape (D, D)."""

    def adjoint(self, operator: Complex) -> Complex:
        """𝓓†O, so that Tr(O 𝓓ρ) = Tr(𝓓†O ρ); shape (D, D), O hermitian."""

    def reached(self, elements: Truth) -> Truth:
        """Elements of ρ that some elements jump to, or from; both shape (D, D)."""

    def block(self, a: Places, b: Places, rows: slice) -> Complex:
        """Jump part from the elements a_j b_j of ρ to those of some rows, shape (rows, n)."""


def kept(A: Complex) -> Complex:
    """An operator without the elements that are rounding of the basis."""
    found: Complex = np.where(np.abs(A) > EMPTY * np.abs(A).max(initial=0.0), A, 0)
    return found


@dataclass(frozen=True)
class Pairs:
    """Few jumps, given as matrices.

    Attributes
    ----------
    left, right : array, shape (K, D, D)
        L_k and R_k.
    decay : array, shape (D, D)
        N.
    """

    left: Complex
    right: Complex
    decay: Complex

    @classmethod
    def of_jumps(cls, L: Complex) -> Pairs:
        """Lindblad's form, jumps of shape (K, D, D): R = L, N = ½ Σ L†L."""
        return cls(L, L, np.einsum("kba,kbc->ac", L.conj(), L, optimize=True) / 2)

    @classmethod
    def of_halves(cls, halves: Sequence[tuple[Complex, Complex]]) -> Pairs:
        """Redfield's form, operators A each with its Λ: the jumps ΛρA† + AρΛ†, N = Σ A†Λ."""
        left = np.stack([one for A, half in halves for one in (half, A)])
        right = np.stack([one for A, half in halves for one in (A, half)])
        return cls(left, right, np.sum([A.conj().T @ half for A, half in halves], axis=0))

    def apply(self, rho: Complex) -> Complex:
        """𝓓ρ, shape (D, D); 4KD³ operations."""
        lost = self.decay @ rho
        out: Complex = (self.left @ rho @ self.right.conj().transpose(0, 2, 1)).sum(axis=0)
        return out - lost - rho @ self.decay.conj().T

    def adjoint(self, operator: Complex) -> Complex:
        """𝓓†O, shape (D, D)."""
        lost = operator @ self.decay
        out: Complex = (self.right.conj().transpose(0, 2, 1) @ operator @ self.left).sum(axis=0)
        return out - lost - lost.conj().T

    def reached(self, elements: Truth) -> Truth:
        """Elements of ρ that some elements jump to, or from; both shape (D, D)."""
        E = elements.astype(float)
        L, R = (self.left != 0).astype(float), (self.right != 0).astype(float)
        to = L @ E @ R.transpose(0, 2, 1) + L.transpose(0, 2, 1) @ E @ R
        found: Truth = to.sum(axis=0) > 0
        return found

    def block(self, a: Places, b: Places, rows: slice) -> Complex:
        """Jump part from the elements a_j b_j of ρ to those of some rows, shape (rows, n)."""
        found: Complex = np.zeros((len(a[rows]), len(a)), dtype=complex)
        for L, R in zip(self.left, self.right.conj(), strict=True):
            found += L[np.ix_(a[rows], a)] * R[np.ix_(b[rows], b)]
        return found

    @cached_property
    def lowest_rate(self) -> float:
        """Smallest eigenvalue of Kossakowski's matrix over the largest.

        Without their traces, which only shift H, the jumps span K dimensions; there the matrix is that of Σ L_k ρ R_k†.
        """
        D = len(self.decay)
        one = np.eye(D) / D

        def bare(some: Complex) -> Complex:
            free: Complex = (some - np.trace(some, axis1=1, axis2=2)[:, None, None] * one).reshape(len(some), D * D)
            return free

        L, R = bare(self.left), bare(self.right)
        basis = np.linalg.qr(np.concatenate([L, R]).T)[0]
        l, r = basis.conj().T @ L.T, basis.conj().T @ R.T
        rates = np.linalg.eigvalsh(l @ r.conj().T)
        return float(rates[0] / max(rates[-1], np.finfo(float).tiny))


@dataclass(frozen=True)
class Secular:
    """One jump for every Bohr frequency, A(ω) = Σ A_mn |m⟩⟨n| over the transitions of that frequency (Davies).

    Attributes
    ----------
    operator : array, shape (D, D)
        A in the eigenbasis, without rounding.
    rates : array, shape (D, D)
        S of the frequency of every transition, 0 where A has no element.
    levels : Levels
        Which transitions have one frequency.
    """

    operator: Complex
    rates: Real
    levels: Levels

    def apply(self, rho: Complex) -> Complex:
        """𝓓ρ, shape (D, D)."""
        N = self.decay
        out: Complex = (self._jumps @ rho.ravel()).reshape(rho.shape)
        return out - N @ rho - rho @ N.conj().T

    def adjoint(self, operator: Complex) -> Complex:
        """𝓓†O, shape (D, D)."""
        lost = operator @ self.decay
        out: Complex = (self._jumps.conj().T @ operator.ravel()).reshape(operator.shape)
        return out - lost - lost.conj().T

    def reached(self, elements: Truth) -> Truth:
        """Elements of ρ that some elements jump to, or from; both shape (D, D)."""
        E = elements.ravel().astype(float)
        size = abs(self._jumps)
        found: Truth = (size @ E + size.T @ E > 0).reshape(elements.shape)
        return found

    def block(self, a: Places, b: Places, rows: slice) -> Complex:
        """Jump part from the elements a_j b_j of ρ to those of some rows, shape (rows, n)."""
        at = a * self.levels.dimension + b
        found: Complex = self._jumps[at[rows]][:, at].toarray()
        return found

    @cached_property
    def decay(self) -> Complex:
        """N = ½ Σ_ω S(ω) A(ω)†A(ω), shape (D, D); D³ operations."""
        N: Complex = np.zeros(self.operator.shape, dtype=complex)
        weighted = self.rates * self.operator
        for a, group in enumerate(self.levels.groups):
            same = group[:, None] == group
            N += np.where(same, weighted[a].conj()[:, None] * self.operator[a], 0)
        N /= 2
        return N

    @cached_property
    def lowest_rate(self) -> float:
        """Smallest rate over the largest: every jump is there with S(ω)."""
        there = self.rates[self.operator != 0]
        return float(there.min(initial=0.0) / max(float(there.max(initial=0.0)), np.finfo(float).tiny))

    @cached_property
    def _jumps(self) -> Any:
        """Elements S(ω) A_ac A*_bd at (ab, cd), for transitions c → a and d → b of one frequency."""
        import scipy.sparse

        D = self.levels.dimension
        to, start = np.nonzero(self.operator)
        order = np.argsort(self.levels.groups[to, start], kind="stable")
        to, start = to[order], start[order]
        A, S = self.operator[to, start], self.rates[to, start]
        sizes = np.unique(self.levels.groups[to, start], return_counts=True)[1]
        elements = float((sizes.astype(float) ** 2).sum())
        _checks.memory("hamiltonian", f"{D} levels", 100 * elements, "take fewer levels")
        # first and second transition of every pair within a group
        begin = np.repeat(np.cumsum(sizes) - sizes, sizes)
        length = np.repeat(sizes, sizes)
        first = np.repeat(np.arange(len(to)), length)
        second = np.arange(len(first)) - np.repeat(np.cumsum(length) - length, length) + np.repeat(begin, length)
        value = S[first] * A[first] * A[second].conj()
        rows, columns = to[first] * D + to[second], start[first] * D + start[second]
        return scipy.sparse.csr_array((value, (rows, columns)), shape=(D * D, D * D))


@dataclass(frozen=True)
class Together:
    """Several dissipators of one bath.

    Attributes
    ----------
    parts : tuple of Dissipator
        What is added up.
    """

    parts: tuple[Dissipator, ...]

    @cached_property
    def decay(self) -> Complex:
        """N, shape (D, D)."""
        found: Complex = sum((one.decay for one in self.parts[1:]), self.parts[0].decay)
        return found

    @property
    def lowest_rate(self) -> float:
        """The lowest of all: parts that share no jump, as those that bring and those that take."""
        return min(one.lowest_rate for one in self.parts)

    def apply(self, rho: Complex) -> Complex:
        """𝓓ρ, shape (D, D)."""
        found: Complex = sum((one.apply(rho) for one in self.parts[1:]), self.parts[0].apply(rho))
        return found

    def adjoint(self, operator: Complex) -> Complex:
        """𝓓†O, shape (D, D)."""
        found: Complex = sum((one.adjoint(operator) for one in self.parts[1:]), self.parts[0].adjoint(operator))
        return found

    def reached(self, elements: Truth) -> Truth:
        """Elements of ρ that some elements jump to, or from; both shape (D, D)."""
        found: Truth = np.logical_or.reduce([one.reached(elements) for one in self.parts])
        return found

    def block(self, a: Places, b: Places, rows: slice) -> Complex:
        """Jump part from the elements a_j b_j of ρ to those of some rows, shape (rows, n)."""
        found: Complex = sum((one.block(a, b, rows) for one in self.parts[1:]), self.parts[0].block(a, b, rows))
        return found
