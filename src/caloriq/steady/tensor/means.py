r"""Means over time, for states that oscillate about the steady one for long.

A mean with a smooth weight over a time T holds of an oscillation of frequency ω what is of order (ωT)⁻³, however slowly that decays;
what drifts moves the means of one time after the other the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real

SHORTEST, LONGEST = 8, 64  # spells of a third of the time
SLOWEST = 0.95  # of a change of means that drift, that the next one is at most taken to be, unless nothing but a drift is seen
SMOOTH = 0.3  # of a change of means, that the next one differs by at most where nothing but a drift is seen
APART = 2.0  # times the range of means that do not drift, that they may be off


@dataclass(frozen=True, eq=False)
class Means:
    """Numbers in the mean over a time, over its thirds and its sixths.

    Attributes
    ----------
    whole : array, shape (K,)
        Over all of it.
    thirds : array, shape (3, K)
        Over its thirds.
    sixths : array, shape (6, K)
        Over its sixths.
    sixth : int
        How many numbers a sixth is of.
    """

    whole: Real
    thirds: Real
    sixths: Real
    sixth: int

    @classmethod
    def of(cls, history: Sequence[Real]) -> Means | None:
        """Of numbers at equal distances, the last of them; None where they are too few."""
        sixth = min(len(history) // 6, LONGEST // 2)
        if 2 * sixth < SHORTEST:
            return None
        taken = np.array(history[-6 * sixth :])
        whole, thirds, sixths = (
            np.array([_weights(len(one)) @ one for one in np.split(taken, parts)]) for parts in (1, 3, 6)
        )
        return cls(whole[0], thirds, sixths, sixth)

    def rest(self, lifetime: float = 0.0) -> Real:
        """What they may be off: of means that drift what is still to come, of others their range; shape (K,).

        Parameters
        ----------
        lifetime : float
            Spells that a drift beneath a wave may live for, where that is more than twenty thirds.
        """
        early, late = np.diff(self.thirds, axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(early != 0, late / early, SLOWEST)
            slow = np.where(ratio < 1, ratio / (1 - ratio), np.inf)
        most = max(SLOWEST / (1 - SLOWEST), lifetime / (2 * self.sixth))
        left = np.abs(late) * np.where(self._smooth, slow, np.minimum(slow, most))
        drift = np.maximum(np.abs(self.thirds[2] - self.whole) + left, np.abs(late))
        found: Real = np.where(early * late > 0, drift, APART * np.ptp(self.thirds, axis=0))
        return found

    @property
    def _smooth(self) -> NDArray[np.bool_]:
        """Whether nothing but a drift is seen: it may go on for ever."""
        changes = np.diff(self.sixths, axis=0)
        near = np.abs(np.diff(changes, axis=0)) <= SMOOTH * np.abs(changes[:-1])
        found: NDArray[np.bool_] = near.all(axis=0) & (changes != 0).all(axis=0)
        return found


def _weights(count: int) -> Real:
    """Squares of a sine, of sum one."""
    found = np.sin(np.pi * (np.arange(count) + 0.5) / count) ** 2
    weights: Real = found / found.sum()
    return weights
