"""Local terms: what an operator on a lattice is made of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

PLUS = np.array([[0.0, 0.0], [1.0, 0.0]])  # raises: level 1 is spin up, or the excited one
X = (PLUS + PLUS.T) / 2
IY = (PLUS - PLUS.T) / 2  # i Sy, real
Z = np.diag([-0.5, 0.5])


class Term(NamedTuple):
    """Operator on a few sites."""

    sites: tuple[int, ...]  # the sites, in the order of the factors
    # for two sites ⟨ab|V|a'b'⟩ at row a·d + b, column a'·d + b': the first site is the most significant one, shape
    # (d^m, d^m)
    matrix: Any
