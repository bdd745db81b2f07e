"""How far a kernel is from the three assumptions that lead to Fourier's law (WS 6, 7 and the text before 9).

Each is an orthogonal projection of the gains W, one inside the other, so that the squares of what they take away add up
to the square of the misfit of the description by w(i, t) alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.reduced.populations.second_order import ROUNDED
from caloriq.reduced.populations.space import Space
from caloriq.results import ByContent, frozen

SAME = 1e-9  # distances of levels that differ by less, relative to the spread of a unit, are equal


@dataclass(frozen=True)
class Assumptions(ByContent):
    """Violations relative to ‖W‖ (Frobenius, gains only), over time.

    Attributes
    ----------
    times : array, shape (T,)
        Instants.
    locality : array, shape (T,)
        A1, WS 6: what is no sum of terms of coupled pairs, each blind to all other units.
    energy_conservation : array, shape (T,)
        A2, WS 7: what of the rest is no exchange n_i = m_j, n_j = m_i of levels that have the same distance in both units.
        Where a density Γ(Δ) of detunings is given, its bands take up Δ, and of such an exchange only the share Δ over the
        distance counts: so much of the energy is not handed over.
    level_independence : array, shape (T,)
        A3: what of the rest depends on the levels; exchanges whose rate is zero count.
    misfit : array, shape (T,)
        All three together: √ of the sum of squares.
    norm : array, shape (T,)
        ‖W‖.
    errors : array, shape (T,)
        Bound on the error of each violation: none is known to exist below it.
    """

    times: Real
    locality: Real
    energy_conservation: Real
    level_independence: Real
    misfit: Real
    norm: Real
    errors: Real


@dataclass(frozen=True)
class LocalRates(ByContent):
    """The best gain-loss description dP_i/dt = Σ w (P_j - P_i) of the level populations by one rate for every bond.

    It asks for exchanges of levels alone, not for equal energies: between detuned units it can hold where Fourier's law
    cannot.

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
    errors : array, shape (T,)
        Bound on the error of every w.
    """

    times: Real
    bonds: NDArray[np.intp]
    values: Real
    misfit: Real
    errors: Real


class Projection(NamedTuple):
    """Norms of what each assumption takes away from W, and w of every bond."""

    locality: float
    energy: float
    levels: float
    misfit: float  # of all three together
    exchange: float  # what one rate for every bond leaves of W, whatever the energies
    rates: Real  # w, shape (L,)


class Classes:
    """Transitions between pairs of states, from `columns` to `rows`, by what moves: which bond, from which levels to which."""

    def __init__(
        self, space: Space, rows: NDArray[np.intp], columns: NDArray[np.intp], *, banded: bool = False
    ) -> None:
        M = space.level_energies.shape[1]
        levels, states = space.level_energies, space.states
        spread = float(np.ptp(levels, axis=1).max()) or 1.0
        scale = SAME * spread + ROUNDED * float(np.abs(levels).max())  # offsets of the units do not count
        final, initial = states[rows], states[columns]
        changed = final != initial
        count = changed.sum(axis=1)
        none, no = np.empty(0, np.intp), np.empty(0, bool)
        parts: list[Any] = [(none, none, no, no, none, np.empty(0))]
        self._swaps, self._resonant = np.zeros(len(space.bonds)), np.zeros(len(space.bonds))
        for number, (i, j) in enumerate(space.bonds):
            # steps of one unit between two levels, less those of the other: zero where an exchange keeps the energy
            gap = (levels[i] - levels[i][:, None]) - (levels[j] - levels[j][:, None])
            same = np.abs(gap) <= scale
            distance = np.maximum(*(np.abs(levels[k] - levels[k][:, None]) for k in (i, j)))
            share = np.divide(np.abs(gap), distance, out=np.zeros_like(gap), where=~same)
            same = same | banded
            c, d = states[:, i], states[:, j]
            self._swaps[number] = np.count_nonzero(c != d)
            self._resonant[number] = np.count_nonzero((c != d) & same[c, d])
            both = changed[:, i].astype(int) + changed[:, j]
            here = np.flatnonzero((both == count) & (count > 0))
            a, b, c, d = final[here, i], final[here, j], initial[here, i], initial[here, j]
            swapped, kind = (a == d) & (b == c), (((number * M + a) * M + b) * M + c) * M + d
            kept = swapped & same[c, d]
            parts.append((here, kind, swapped, kept, np.full(len(here), number), np.where(kept, share[c, d], 0.0)))
        self._element, kind, self._exchange, self._conserving, self._bond, self._lost = map(
            np.concatenate, zip(*parts, strict=True)
        )
        _, self._kind = np.unique(kind, return_inverse=True)
        self.bonds, self._bonds, self._size = space.bonds, len(space.bonds), len(rows)
        # where one unit alone moves, each of its bonds may have done it: then the terms are fitted together
        shared = np.bincount(self._element, minlength=self._size) > 1
        self._together = shared[self._element]

    def project(self, W: Real) -> Projection:
        """W less its local part, that less its exchanges, and those less one rate for every bond."""
        local = np.zeros_like(W)
        alone = ~self._together
        local[self._element[alone]] = self._mean(W, alone)[self._kind[alone]]
        if np.any(self._together):
            local += self._fitted(W)
        kept = np.zeros_like(W)
        swap = self._element[self._conserving]
        kept[swap] = local[swap]
        lost = float(np.linalg.norm(local[swap] * self._lost[self._conserving]))
        blind, absent, _ = self._blind(W, self._conserving, self._resonant)
        every, missing, w = self._blind(W, self._exchange, self._swaps)
        norm = np.linalg.norm
        return Projection(
            float(norm(W - local)),
            float(np.hypot(norm(local - kept), lost)),
            float(np.hypot(norm(kept - blind), absent)),
            float(np.sqrt(norm(W - blind) ** 2 + absent**2 + lost**2)),
            float(np.hypot(norm(W - every), missing)),
            w,
        )

    def _blind(self, W: Real, chosen: NDArray[np.bool_], possible: Real) -> tuple[Real, float, Real]:
        """Exchanges with one w for every bond, the norm of w on those that are possible but absent from W, and w."""
        swap, bond = self._element[chosen], self._bond[chosen]
        total = np.bincount(bond, weights=W[swap], minlength=self._bonds)
        w = np.divide(total, possible, out=np.full(self._bonds, np.nan), where=possible > 0)
        blind = np.zeros_like(W)
        blind[swap] = w[bond]
        absent = possible - np.bincount(bond, minlength=self._bonds)
        return blind, float(np.sqrt(np.sum(absent * np.nan_to_num(w) ** 2))), w

    def _mean(self, W: Real, chosen: NDArray[np.bool_]) -> Real:
        kind = self._kind[chosen]
        if not kind.size:
            return np.zeros(0)
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


def violations(times: Real, classes: Classes, gains: Real, errors: Real) -> tuple[Assumptions, LocalRates]:
    """Violations of the three assumptions, and w of every bond, for gains of shape (T, E) with a bound on their errors."""
    rows, rates = [], []
    for W, error in zip(gains, errors.tolist(), strict=True):
        found = classes.project(W)
        norm = float(np.linalg.norm(W))
        unknown = np.sqrt(W.size) * error  # a projection takes no more away from the error than it has
        known = norm > unknown
        rows.append([norm, unknown / norm if known else 0.0, *(x / norm if known else 0.0 for x in found[:5])])
        rates.append(found.rates)
    norm, unsure, a1, a2, a3, misfit, exchange = np.array(rows).T
    local = LocalRates(times, classes.bonds, frozen(np.array(rates)), frozen(exchange), errors)
    return Assumptions(times, *(frozen(x) for x in (a1, a2, a3, misfit, norm, unsure))), local
