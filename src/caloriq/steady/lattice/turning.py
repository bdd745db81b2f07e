"""How H turns every element of a density matrix, from its strings: what a difference of levels loses nothing by the size of levels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.spaces.basis import Indices, whole
from caloriq.spaces.strings import Strings


class Turning(NamedTuple):
    """H in one block.

    Attributes
    ----------
    rates : array, shape (d, d)
        H_ii - H_jj, string by string: what both states have in common does not round it.
    rate_sizes : array, shape (d, d)
        Moduli that were added up to them.
    sizes : array, shape (d, d)
        Moduli that were added up to H_ij.
    """

    rates: Real
    rate_sizes: Real
    sizes: Real


def turning(strings: Strings, places: Indices) -> Turning:
    """Of the states of a block by their numbers in the whole space.

    Notes
    -----
    O(S N d²) for S strings on N sites: of few states.
    """
    spaces = strings.spaces
    levels = whole(tuple(space.levels for space in spaces), len(spaces)).states[places]
    alike = [levels[:, None, x] == levels[None, :, x] for x in range(len(spaces))]
    shape = (len(places),) * 2
    rates, rate_sizes, sizes = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for string, c in strings.terms.items():
        on = dict(string)
        element: Complex = np.ones(shape, dtype=complex)
        for x, space in enumerate(spaces):
            element *= space.basis[on[x]][np.ix_(levels[:, x], levels[:, x])] if x in on else alike[x]
        sizes += abs(c) * np.abs(element)
        own = element.diagonal().real
        rates += complex(c).real * (own[:, None] - own)
        rate_sizes += abs(c) * np.abs(own[:, None] - own)
    return Turning(rates, rate_sizes, sizes)
