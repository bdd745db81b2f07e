r"""How far the eigenbasis of H that was found is from the exact one, and what that does to operators and populations.

The basis found, made orthogonal, is exactly that of H - δ, whose elements δ = W†HW - E are found in extended precision. So energies are
off by at most ε = ‖δ‖ (Weyl), and the basis by a turn :math:`K_{kl}=\delta_{kl}/(E_l-E_k)` to first order (T. Kato, *Perturbation Theory for
Linear Operators*, II.2); products of two are added once more and doubled. Where K exceeds 0.1 nothing is known. Within a level nothing is
turned, and H keeps the elements of δ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.steady.bounds import UNIT
from caloriq.steady.thermal.dissipators import EMPTY
from caloriq.steady.thermal.levels import Levels, off_diagonal

TURNED = 0.1  # angle from which first order says nothing
SECOND = 2.0  # on everything of first order, for what is of higher order


@dataclass(frozen=True)
class Loose:
    """How far levels are off.

    Attributes
    ----------
    levels : Levels
        As they were found.
    size : array, shape (D, D)
        Bound on |δ|.
    energy : float
        Bound ε on the error of an energy.
    turn : array, shape (D, D)
        Bound on |K|, 0 within levels, and on what the basis lacks of an orthogonal one.
    """

    levels: Levels
    size: Real
    energy: float
    turn: Real

    @property
    def known(self) -> bool:
        """Whether angles are small enough for first order."""
        return bool(self.turn.max(initial=0.0) <= TURNED)

    @property
    def inside(self) -> Real:
        """Bound on the elements of H less its mean energy that are not told: ε within levels, shape (D, D)."""
        found: Real = np.where(self.levels.groups == 0, self.size, 0.0) + self.energy * np.eye(len(self.size))
        return found

    def turned(self, A: Any) -> Real:
        """Bound on the error of an operator in the eigenbasis, by the turn of the basis, shape (..., D, D)."""
        size = np.abs(A)
        found: Real = size @ self.turn + self.turn @ size
        return found

    def of_operator(self, A: Complex) -> Real:
        """Bound on the error of V†AV, A in the basis of H: turned, not orthogonal, rounding, and what was dropped as rounding."""
        V, size = self.levels.vectors, np.abs(A)
        B = V.conj().T @ A @ V
        rounding = 3 * (len(V) + 2) * UNIT * (np.abs(V).T @ size @ np.abs(V))
        dropped = np.where(np.abs(B) <= 2 * EMPTY * np.abs(B).max(initial=0.0), np.abs(B), 0.0)
        found: Real = self.turned(B) + rounding + dropped
        return found

    def of_populations(self, rho: Complex) -> Real:
        """Bound on what another basis within a level does to populations, shape (D,).

        By angles where energies tell which basis it is, and at most by how far the eigenvalues of ρ within the level differ.
        """
        E, same = self.levels.energies, self.levels.groups == 0
        found = np.zeros(len(E))
        for level in np.unique(np.argmax(same, axis=1)):
            here = np.flatnonzero(same[level])
            if len(here) == 1:
                continue
            block, apart = rho[np.ix_(here, here)], np.abs(E[here, None] - E[here])
            np.fill_diagonal(apart, np.inf)
            width = float(np.ptp(np.linalg.eigvalsh(block)))
            angle = 2 * self.size[np.ix_(here, here)] / np.maximum(apart, np.finfo(float).tiny)
            differ = 2 * np.abs(block) + np.abs(block.diagonal()[:, None] - block.diagonal()) * angle
            small = float(angle.max(initial=0.0)) <= TURNED
            found[here] = np.minimum(width, SECOND * (angle * differ).sum(axis=1)) if small else width
        return found


def loose(H: Complex, whole: Levels) -> Loose:
    """How far the levels of H are off; D³ operations."""
    E, V = whole.energies, whole.vectors
    apart = np.abs(E[:, None] - E)
    delta, unknown, skew = off_diagonal(H, E, V)
    size = np.abs(delta) + unknown
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.where(whole.groups == 0, 0.0, size / apart)
        second = np.where(whole.groups == 0, 0.0, (size @ first + first @ size) / apart)
    return Loose(whole, size, float(np.linalg.norm(size)), first + 2 * second + skew / 2)
