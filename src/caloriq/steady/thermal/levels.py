"""Levels of a Hamiltonian, and which of its transitions have one frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput

SAME = 1e-9  # of the width of the spectrum: energies and frequencies nearer than this are one
EXTENDED = 256  # levels up to which the error of the basis is found in extended precision


@dataclass(frozen=True)
class Levels:
    """Eigenbasis of a Hamiltonian.

    Attributes
    ----------
    energies : array, shape (D,)
        E_n, ascending, as they were found.
    vectors : array, shape (D, D)
        Eigenvectors in columns.
    frequencies : array, shape (D, D)
        ω_mn = E_n - E_m of the transition n → m, between the means of degenerate levels: exactly 0 within one.
    groups : array of int, shape (D, D)
        Number of the Bohr frequency of n → m, 0 for frequency 0; -g is that of the way back.
    means : array, shape (G,)
        Frequency of every group g ≥ 0, the mean of its members.
    tolerance : float
        Distance in energy up to which frequencies are one.
    """

    energies: Real
    vectors: Complex
    frequencies: Real
    groups: NDArray[np.intp]
    means: Real
    tolerance: float

    @property
    def dimension(self) -> int:
        """D."""
        return len(self.energies)

    def inside(self, A: Complex) -> Complex:
        """An operator in the eigenbasis, hermitian to the last bit if it is hermitian."""
        B = self.vectors.conj().T @ A @ self.vectors
        found: Complex = (B + B.conj().T) / 2
        return found

    @property
    def made_one(self) -> float:
        """Largest change that the grouping makes to a frequency, in energy; rounding unless the tolerance is coarse."""
        E = self.energies
        return float(np.abs(E[None, :] - E[:, None] - self.grouped_frequencies()).max())

    def grouped_frequencies(self) -> Real:
        """Frequency of the group of every transition, shape (D, D)."""
        found: Real = np.sign(self.groups) * self.means[np.abs(self.groups)]
        return found


def off_diagonal(H: Complex, energies: Real, vectors: Complex) -> tuple[Complex, Real, Real]:
    """δ = W†HW - E, W = V(1 - ½G) orthogonal, a bound on the error of each element, and one on |G|; all shape (D, D).

    Notes
    -----
    With R = HV - VE and G = V†V - 1, δ = V†R + ½(GE - EG) to second order in G. In extended precision where the platform
    has it, up to 256 levels: 8 D³ operations without a library (0.1 s for 128 levels).
    """
    D, size = len(energies), np.abs(vectors)
    kind: type[np.complexfloating] = np.clongdouble if D <= EXTENDED else np.complex128
    V, E = vectors.astype(kind), energies.astype(kind)
    apart = energies - energies[:, None]
    left = V.conj().T @ (H.astype(kind) @ V - V * E)
    skew = V.conj().T @ V - np.eye(D)
    each = (D + 4) * float(np.finfo(kind).eps)
    overlap = size.T @ size
    spread = size.T @ (np.abs(H) @ size + size * np.abs(energies)) + overlap * np.abs(apart)
    beyond = float(np.linalg.norm(skew.astype(complex))) ** 2 * float(np.abs(energies - energies.mean()).max())
    delta = (left + skew * apart / 2).astype(complex)
    unknown: Real = each * spread + 4 * beyond + np.finfo(float).eps * np.abs(delta)
    return delta, unknown, np.abs(skew).astype(float) + each * overlap


def _refined(H: Complex, E: Real, V: Complex, step: float) -> tuple[Real, Complex]:
    """One step of Newton's kind, which takes most of their error from vectors of near levels.

    V(1 + X), X_kl = δ_kl/(E_l - E_k) - ½(V†V - 1)_kl (T. Ogita, K. Aishima, Jpn. J. Ind. Appl. Math. 35, 1007 (2018),
    doi:10.1007/s13160-018-0310-3); within a level nothing is turned.
    """
    delta = off_diagonal(H, E, V)[0]
    apart = E - E[:, None]
    far = np.abs(apart) > step
    X = np.where(far, delta / np.where(far, apart, 1.0), 0.0)
    if np.abs(X).max(initial=0.0) > 1e-2:
        return E, V
    E, V = E + delta.diagonal().real, V + V @ (X - (V.conj().T @ V - np.eye(len(E))) / 2)
    order = np.argsort(E, kind="stable")
    return E[order], V[:, order]


def levels(H: Complex, *, tolerance: float = SAME) -> Levels:
    """Levels of H, with its Bohr frequencies grouped.

    Parameters
    ----------
    H : array, shape (D, D)
        Hermitian.
    tolerance : float
        Of the width E_max - E_min. Frequencies are one if steps of at most this lead from one to the other.

    Raises
    ------
    InvalidInput
        If frequencies that are made one lie further apart than two levels do: then no grouping is one of jumps.

    Notes
    -----
    D³ operations for the levels, D² log D for the frequencies.
    """
    E, V = np.linalg.eigh(H)
    step = tolerance * max(float(E[-1] - E[0]), float(np.abs(E).max()) * 1e-6, np.finfo(float).tiny)
    E, V = _refined(H, E, V, step)
    level = np.concatenate([[0], np.cumsum(np.diff(E) > step)])
    mean = np.bincount(level, weights=E) / np.bincount(level)
    w = mean[level][None, :] - mean[level][:, None]
    positive = np.unique(w[w > 0])
    number = np.concatenate([[0], np.cumsum(np.diff(positive) > step)]).astype(np.intp)[: positive.size]
    groups = np.zeros(w.shape, dtype=np.intp)
    groups[w > 0] = 1 + number[np.searchsorted(positive, w[w > 0])]
    groups -= groups.T
    means = np.concatenate([[0.0], np.bincount(number, weights=positive) / np.maximum(np.bincount(number), 1)])
    first = np.searchsorted(number, np.arange(len(means) - 1))
    last = np.searchsorted(number, np.arange(len(means) - 1), side="right") - 1
    spread = float((positive[last] - positive[first]).max(initial=0.0))
    if spread > 0 and spread >= float(np.diff(mean).min(initial=np.inf)):
        raise InvalidInput(
            f"`tolerance` must tell the levels apart that it makes frequencies of, but frequencies that differ by {spread:.3g} became one (got {tolerance:g} of the width of the spectrum); take a smaller one"
        )
    return Levels(E, V, w, groups, means, step)
