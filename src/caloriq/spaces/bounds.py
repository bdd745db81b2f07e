"""Bounds on the spectrum of a lattice's operators, from their strings."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from caloriq.spaces.strings import String, Strings

SMALL, LARGEST = 64, 2**10  # states of the sites of strings up to which their matrix is diagonalised


def bounds(operator: Strings) -> tuple[float, float]:
    """Interval that holds the spectrum: the sum of those of the parts on the same sites (Weyl)."""
    low = high = 0.0
    for sites, part in operator.by_support().items():
        if math.prod(part.spaces[x].levels for x in sites) <= SMALL:
            values = np.linalg.eigvalsh(part.matrix(sites))
            low, high = low + float(values[0]), high + float(values[-1])
        else:
            size = _size(part)
            low, high = low - size, high + size
    margin = 1e-12 * max(abs(low), abs(high), 1e-300)
    return low - margin, high + margin


def _size(part: Strings) -> float:
    """Bound on the norm of long strings: what they move, by what is diagonal beside it, such as the signs of fermions."""
    beside: defaultdict[String, dict[String, complex]] = defaultdict(dict)
    for string, c in part.terms.items():
        still = tuple((x, a) for x, a in string if part.spaces[x].is_diagonal(a))
        beside[still][tuple(one for one in string if one not in still)] = c
    total = 0.0
    for still, moving in beside.items():
        inner = Strings(part.spaces, moving)
        fits = math.prod(part.spaces[x].levels for x in inner.sites) <= LARGEST
        own = (
            float(np.abs(np.linalg.eigvalsh(inner.matrix(inner.sites))).max())
            if fits
            else sum(abs(c) * _product(part, string) for string, c in moving.items())
        )
        total += own * _product(part, still)
    return total


def _product(part: Strings, string: String) -> float:
    """Norm of a string."""
    return math.prod(float(np.linalg.norm(part.spaces[x].basis[a], 2)) for x, a in string)
