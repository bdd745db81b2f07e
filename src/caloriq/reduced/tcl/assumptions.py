"""How far a kernel is from the three assumptions that lead to Fourier's law (WS 6, 7 and the text before 9).

Each is an orthogonal projection of the gains W, one inside the other, so that the squares of what they take away add up
to the square of the misfit of the description by w(i, t) alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.models.occupations import Space
from caloriq.results import frozen


@dataclass(frozen=True)
class Assumptions:
    """Violations relative to ‖W‖ (Frobenius, gains only), over time.

    Attributes
    ----------
    times : array, shape (T,)
        Instants.
    locality : array, shape (T,)
        A1, WS 6: what is no sum of terms of coupled pairs, each blind to all other units.
    energy_conservation : array, shape (T,)
        A2, WS 7: what of the rest is no exchange n_i = m_j, n_j = m_i.
    level_independence : array, shape (T,)
        A3: what of the rest depends on the levels.
    misfit : array, shape (T,)
        All three together: √ of the sum of squares.
    norm : array, shape (T,)
        ‖W‖.
    """

    times: Real
    locality: Real
    energy_conservation: Real
    level_independence: Real
    misfit: Real
    norm: Real


@dataclass(frozen=True)
class LocalRates:
    """The best gain-loss description dP_i/dt = Σ w (P_j - P_i) by one rate for every bond.

    Attributes
    ----------
    times : array, shape (T,)
        Instants.
    bonds : array of int, shape (L, 2)
        Coupled pairs of units.
    values : array, shape (T, L)
        w(i, t); NaN on a bond whose exchanges the start never reaches.
    misfit : array, shape (T,)
        What it leaves of W, relative to ‖W‖.
    """

    times: Real
    bonds: NDArray[np.intp]
    values: Real
    misfit: Real


class Classes:
    """Pairs of states by what moves: which bond, from which levels to which.

    Parameters
    ----------
    space : Space
        States and couplings.
    rows, columns : array of int, shape (E,)
        Final and initial states of transitions.
    """

    def __init__(self, space: Space, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> None:
        M = space.level_energies.shape[1]
        final, initial = space.states[rows], space.states[columns]
        changed = final != initial
        count = changed.sum(axis=1)
        element, kind, exchange, bond_of = [], [], [], []
        for number, (i, j) in enumerate(space.bonds):
            both = changed[:, i].astype(int) + changed[:, j]
            here = np.flatnonzero((both == count) & (count > 0))
            a, b, c, d = final[here, i], final[here, j], initial[here, i], initial[here, j]
            element.append(here)
            kind.append((((number * M + a) * M + b) * M + c) * M + d)
            exchange.append((a == d) & (b == c))
            bond_of.append(np.full(len(here), number))
        self._element = np.concatenate([*element, np.empty(0, np.intp)]).astype(np.intp)
        self._exchange = np.concatenate([*exchange, np.empty(0, bool)]).astype(bool)
        self._bond = np.concatenate([*bond_of, np.empty(0, np.intp)]).astype(np.intp)
        _, self._kind = np.unique(np.concatenate([*kind, np.empty(0, np.intp)]), return_inverse=True)
        self._bonds, self._size = len(space.bonds), len(rows)
        # where one unit alone moves, each of its bonds may have done it: then the terms are fitted together
        shared = np.bincount(self._element, minlength=self._size) > 1
        self._together = shared[self._element]

    def project(self, W: Real) -> tuple[Real, Real, Real, Real]:
        """W of every transition to its local part, its exchanges, its exchanges without levels, and w of every bond."""
        local = np.zeros_like(W)
        alone = ~self._together
        local[self._element[alone]] = self._mean(W, alone)[self._kind[alone]]
        if np.any(self._together):
            local += self._fitted(W)
        swap = self._element[self._exchange]
        exchanges = np.zeros_like(W)
        exchanges[swap] = local[swap]
        bond = self._bond[self._exchange]
        count = np.bincount(bond, minlength=self._bonds)
        with np.errstate(invalid="ignore"):
            w = np.bincount(bond, weights=W[swap], minlength=self._bonds) / count
        blind = np.zeros_like(W)
        blind[swap] = w[bond]
        return local, exchanges, blind, w

    def _mean(self, W: Real, chosen: NDArray[np.bool_]) -> Real:
        kind = self._kind[chosen]
        size = int(self._kind.max()) + 1
        count = np.maximum(np.bincount(kind, minlength=size), 1)
        return np.bincount(kind, weights=W[self._element[chosen]], minlength=size) / count

    def _fitted(self, W: Real) -> Real:
        element, kind = self._element[self._together], self._kind[self._together]
        kinds, kind = np.unique(kind, return_inverse=True)
        A = scipy.sparse.coo_array((np.ones(len(element)), (element, kind)), shape=(self._size, len(kinds))).tocsr()
        target = np.zeros_like(W)
        target[np.unique(element)] = W[np.unique(element)]
        found = scipy.sparse.linalg.lsmr(A, target, atol=1e-14, btol=1e-14, maxiter=10 * len(kinds) + 100)[0]
        return np.asarray(A @ found)


def violations(times: Real, classes: Classes, gains: Real) -> tuple[Assumptions, Real]:
    """Violations of the three assumptions, and w of every bond, for gains of shape (T, E)."""
    rows, rates = [], []
    for W in gains:
        local, exchanges, blind, w = classes.project(W)
        norm = float(np.linalg.norm(W))
        parts = [W - local, local - exchanges, exchanges - blind, W - blind]
        rows.append([norm, *(float(np.linalg.norm(p)) / norm if norm > 0 else 0.0 for p in parts)])
        rates.append(w)
    norm, a1, a2, a3, misfit = np.array(rows).T
    return Assumptions(times, *(frozen(x) for x in (a1, a2, a3, misfit, norm))), np.array(rates)
