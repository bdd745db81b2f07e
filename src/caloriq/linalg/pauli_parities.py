"""Sectors of parities of two-level sites: one site less for each, on which Pauli strings are Pauli strings again.

Where the number of sites up is even (or odd) among some sites, the others tell whether the first of them is up, and Z on it is the
product of Z on the others, up to a sign. So a sector of k parities of n sites is all states of n - k sites, and what multiplies
there needs no matrix (Bravyi, Gambetta, Mezzacapo, Temme, arXiv:1701.08213, there called tapering).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.errors import InvalidInput

Masks = NDArray[np.int64]


class Removed(NamedTuple):
    """A site that the others tell."""

    bit: int  # its place among the sites that are left at that step
    mask: int  # the sites that its parity is of, itself the lowest of them
    odd: int  # whether an odd number of them is up


class Reduced(NamedTuple):
    """Strings on the sites that are left."""

    kept: NDArray[np.intp]  # numbers of the strings that do not lead out of the sector
    flip: Masks
    sign: Masks
    factor: Real  # 1 or -1, by which each is multiplied


@final
@dataclass(frozen=True)
class Parities:
    """Sector of parities, in the order of the states of the sites that are left: by their numbers, as in the whole space.

    Attributes
    ----------
    sites : int
        n.
    parities : tuple of (int, int)
        Bits of the sites that each is of, and whether an odd number of them is up.
    """

    sites: int
    parities: tuple[tuple[int, int], ...]

    @cached_property
    def removed(self) -> tuple[Removed, ...]:
        """One site for every parity.

        Raises
        ------
        InvalidInput
            If a parity follows from the others.
        """
        left, found = list(self.parities), []
        while left:
            mask, odd = left.pop(0)
            if not mask:
                raise InvalidInput(f"`parities` must be independent, but one follows from others (got {self.parities})")
            bit = (mask & -mask).bit_length() - 1
            found.append(Removed(bit, mask, odd))
            with_it = [(m ^ mask, o ^ odd) if m >> bit & 1 else (m, o) for m, o in left]
            left = [(int(_without(np.int64(m), bit)), o) for m, o in with_it]
        return tuple(found)

    @property
    def left(self) -> int:
        """Sites that are left, n - k."""
        return self.sites - len(self.parities)

    def strings(self, flip: Masks, sign: Masks) -> Reduced:
        """Pauli strings X^flip Z^sign (Y where both) on the sites that are left; those that change a parity are left out."""
        kept, factor = np.arange(flip.size), np.ones(flip.size)
        for bit, mask, odd in self.removed:
            inside = np.bitwise_count(flip & mask) % 2 == 0
            kept, factor, flip, sign = kept[inside], factor[inside], flip[inside], sign[inside]
            replaced = (sign >> bit & 1).astype(bool)
            before = np.bitwise_count(flip & sign).astype(int)  # P = i^y X^flip Z^sign with y letters Y
            sign, flip = np.where(replaced, sign ^ mask, sign), flip & ~(1 << bit)
            turned = (before - np.bitwise_count(flip & sign)) // 2
            # Z = -(-1)^n: the product over the sites is (-1)^(sites + odd)
            turned = turned + replaced * (mask.bit_count() + odd)
            factor = np.where(turned % 2, -factor, factor)
            flip, sign = _without(flip, bit), _without(sign, bit)
        return Reduced(kept, flip, sign, factor)

    def states(self) -> Masks:
        """Numbers of the states in the whole space, ascending, shape (2^(n - k),)."""
        found = np.arange(1 << self.left)
        for bit, mask, odd in reversed(self.removed):
            found = (found >> bit << (bit + 1)) | (found & ((1 << bit) - 1))
            found |= ((np.bitwise_count(found & mask) + odd) % 2).astype(np.int64) << bit
        return found


def summed(flip: Masks, sign: Masks, value: Real) -> tuple[Masks, Masks, Real]:
    """Strings that came to be alike, once each."""
    both, place = np.unique(np.stack([flip, sign]), axis=1, return_inverse=True)
    total = np.zeros(both.shape[1])
    np.add.at(total, place.ravel(), value)
    return both[0], both[1], total


def _without(masks: Any, bit: int) -> Any:
    """Masks with one bit taken out, those above it moved down."""
    return (masks >> (bit + 1) << bit) | (masks & ((1 << bit) - 1))
