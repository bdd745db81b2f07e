"""What a tensor train is followed for: the numbers that are read of a chain, and in which sizes they are compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.steady.tensor.cells import Cells
from caloriq.steady.tensor.profile import Profile, profile_of
from caloriq.steady.tensor.reading import Reading

STEP = 0.17  # of time, in units of the time in which a bond turns
CUT = 1e-3  # squared norm that is cut off while a bond turns once, beyond which a bond dimension is far too small


def extrapolated(long: Real, short: Real, order: Real | float = 2.0) -> Real:
    """Numbers of no step from those of two, the shorter half as long: errors are even in the step."""
    gain = 2.0**order
    found: Real = (gain * short - long) / (gain - 1)
    return found


@dataclass(frozen=True, eq=False)
class Chain:
    """What a relaxation needs of a model.

    Attributes
    ----------
    cells : Cells
        The chain.
    reading : Reading
        All numbers that are asked for.
    kinds : array of int, shape (K,)
        Kind of every number: changes are measured against the largest of a kind.
    floors : array
        Size of every kind, below which it counts as that.
    leading : array
        Whether a kind must be steady; of the others the numbers are told as they are then, with their own errors.
    families : array of int
        Family of every kind: flows of all kinds are one.
    orders : array, optional
        Power of the time step that every kind is off by; 2 by default.
    stationary : bool
        Whether what leads is off by the square of what the profile is.
    flat : float
        Height of a profile below which it has none.
    """

    cells: Cells
    reading: Reading
    kinds: NDArray[np.intp]
    floors: Real
    leading: NDArray[np.bool_]
    families: NDArray[np.intp]
    orders: Real | None = None
    stationary: bool = False
    flat: float = 1e-3

    @property
    def order(self) -> Real | float:
        """Power of the time step that every number is off by, shape (K,)."""
        return 2.0 if self.orders is None else self.orders[self.kinds]

    @cached_property
    def profile(self) -> Profile | None:
        """The number whose profile is moved."""
        return profile_of(self.cells)

    @cached_property
    def _speeds(self) -> list[float]:
        """How fast every bond turns or decays: norms of generators, over that of [h, .] for a h of norm one."""
        made: dict[int, float] = {}
        for one in self.cells.generators:
            if id(one) not in made:
                made[id(one)] = float(np.linalg.norm(one, 2)) / 2
        return [made[id(one)] for one in self.cells.generators]

    @property
    def speed(self) -> float:
        """That of the fastest bond, which steps must follow."""
        return max(self._speeds)

    @property
    def pace(self) -> float:
        """That of the bonds in the mean, which spells are long for: one strong bath does not make them short."""
        return float(np.median(self._speeds))

    def sizes(self, values: Real) -> Real:
        """Size of every number's kind, shape (K,)."""
        largest = self.floors.copy()
        np.maximum.at(largest, self.kinds, np.abs(values))
        found: Real = largest[self.kinds]
        return found

    def apart(self, a: Real, b: Real) -> float:
        """Largest difference of two sets of numbers, in the sizes of their kinds."""
        share = np.abs(a - b) / self.sizes(b)
        return float(share[self.leading[self.kinds]].max(initial=0.0))

    def by_kind(self, change: Real) -> Real:
        """The largest change of a kind for every number of it, shape (K,)."""
        largest = np.zeros_like(self.floors)
        np.maximum.at(largest, self.kinds, np.abs(change))
        found: Real = largest[self.kinds]
        return found

    def spread(self, change: Real, values: Real) -> Real:
        """The largest change of a family, in the sizes of its kinds, for every number of it; shape (K,).

        A small change of one number, or of the few of one kind, is no sign of a small error.
        """
        sizes, families = self.sizes(values), self.families[self.kinds]
        largest = np.zeros(int(self.families.max(initial=0)) + 1)
        np.maximum.at(largest, families, np.abs(change) / sizes)
        found: Real = largest[families] * sizes
        return found
