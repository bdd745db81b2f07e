"""Product states with given means of conserved numbers, and sums of strings in operators that are orthonormal in them.

⟨A†B⟩ of the state ρ = Π_x e^{Σ_k μ_k n_k}/Z is the plain overlap of coefficients once every site's operators are written in some that
are orthonormal in its own state, and have no mean but for the identity.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.local import EMPTY, Row
from caloriq.spaces.strings import Strings

REACHED = 1e-9  # of the range of a number, how far its mean may be off before the last step, which squares that
STEPS = 200


@final
@dataclass(frozen=True, eq=False)
class Weights:
    """A product state of all sites.

    Attributes
    ----------
    chain : InfiniteChain
        Cells.
    rows : tuple, one for each site of a cell
        Of every letter B_a the pairs (c, f) in B_a = Σ f C_c, C_0 = 1; empty for the unit matrix, whose C are the letters.
    """

    chain: InfiniteChain
    rows: tuple[tuple[Row, ...], ...]

    def density(self, strings: Strings) -> Strings:
        """A density in operators that are orthonormal in this state, less its mean."""
        if not self.rows:
            return self.chain.density(strings.terms)
        c = len(self.rows)
        return self.chain.density(strings.mapped(lambda site: self.rows[site % c]).terms)


def weights(chain: InfiniteChain, means: Mapping[str, float]) -> Weights:
    """The product state of largest entropy with these means per cell, of numbers that every site has.

    Raises
    ------
    InvalidInput
        For a mean that is not between the least and the largest value of a cell.
    """
    if not means:
        return Weights(chain, ())
    # of every site, shape (numbers, d)
    numbers = [np.array([np.asarray(space.numbers[name], dtype=float) for name in means]) for space in chain.cell]
    wanted = np.array(list(means.values()))
    mu = _potentials(numbers, wanted, dict(means))
    return Weights(
        chain, tuple(_rows(space.basis, _occupations(n, mu)) for space, n in zip(chain.cell, numbers, strict=True))
    )


def _potentials(numbers: list[Real], wanted: Real, told: dict[str, float]) -> Real:
    """μ at which the means are as wanted, by Newton's method: they are the slope of a convex function, Σ ln Z."""
    mu = np.zeros(len(wanted))
    scale = sum(np.ptp(n, axis=1) for n in numbers)
    least, most = (sum(f(n, axis=1) for n in numbers) for f in (np.min, np.max))
    inside = np.all((wanted > least + REACHED * scale) & (wanted < most - REACHED * scale))
    for _ in range(STEPS if inside else 0):
        p = [_occupations(n, mu) for n in numbers]
        off = wanted - sum(n @ q for n, q in zip(numbers, p, strict=True))
        spread = sum((n * q) @ n.T - np.outer(n @ q, n @ q) for n, q in zip(numbers, p, strict=True))
        step = np.linalg.lstsq(spread, off, rcond=None)[0]
        mu = mu + step / max(1.0, float(np.abs(step * scale).max()))
        if np.all(np.abs(off) <= REACHED * scale):
            return mu  # one step beyond
        if np.any(np.abs(mu * scale) > -math.log(EMPTY)):
            break
    raise InvalidInput(
        f"`means` must lie between the least and the largest value of a cell, but they do not (got {told})"
    )


def _occupations(numbers: Real, mu: Real) -> Real:
    """Weights of a site's levels, shape (d,)."""
    exponent = mu @ numbers
    weight = np.exp(exponent - exponent.max())
    found: Real = weight / weight.sum()
    return found


def _rows(basis: np.ndarray, p: Real) -> tuple[Row, ...]:
    """Letters in operators that are orthonormal in a site's state diag(p)."""
    m = np.einsum("i,aii->a", p, basis).real
    g = np.einsum("i,aij,bji->ab", p, basis, basis) - np.outer(m, m)
    T = scipy.linalg.cholesky(g[1:, 1:].conj(), lower=True)
    found: list[Row] = [((0, 1.0),)]
    for a, row in enumerate(T, 1):
        letters = [(c, complex(f)) for c, f in enumerate(row, 1) if abs(f) > EMPTY]
        found.append((*([(0, complex(m[a]))] if abs(m[a]) > EMPTY else []), *letters))
    return tuple(found)
