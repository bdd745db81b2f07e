"""Methods of correlation functions: small immutable objects that state cost and validity."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Positive, Seed, Several, Tolerance, plain

MOST = 1000  # samples that are drawn for an error that is asked for
FOURTH = 3.0  # ⟨A⁴⟩/⟨A²⟩² of a sum over many sites


class Typicality(Definition):
    """Random states: one pair of evolutions for each sample and each sector of the conserved numbers.

    Cost: about 2 (r t + 9 for every time) products of each sample, r half the spectral width, and r t for one that goes back. Memory: 6 complex vectors of the
    largest sector and its Hamiltonian. Valid at any time of a finite lattice; statistical errors of order (samples × states)^(-½),
    relative, at infinite temperature. So `error` takes some 3/(states × error²) samples there, 6 where sectors are taken once for
    two, and more the fewer states count.

    Parameters
    ----------
    samples : int
        Random states of every sector, at least 2; with `error` the fewest.
    error : float, optional
        Random states are drawn until no standard error at any time and temperature is above it, at most 1000 or `samples`; then the
        certificate fails. Relative to |C| at the first time, or to (⟨A⁴⟩⟨B⁴⟩)^(1/4) where |C| is below `error` times that: it
        may be 0.
    seed : int
        Every sample and sector draws from its own child.
    tol : float
        Bound on what the series leave out of a state, in norm, over the whole time.
    """

    kind: Literal["typicality"] = "typicality"
    samples: Several = 2
    error: Positive | None = None
    seed: Seed = 0
    tol: Tolerance = 1e-10

    @property
    def most(self) -> int:
        """Samples that are drawn at most."""
        return self.samples if self.error is None else max(self.samples, MOST)

    def expected(self, states: float) -> int:
        """Samples that are likely drawn at infinite temperature, for so many states."""
        if self.error is None:
            return self.samples
        return int(min(max(self.samples, FOURTH / states / self.error**2), self.most))

    def wanted(self, have: int, error: float) -> int:
        """How many samples there must be, where so many have a relative error: errors fall as their root, but are known roughly."""
        if self.error is None or error <= self.error or have >= self.most:
            return have
        return min(max(have + 1, math.ceil(have * min((error / self.error) ** 2, 2.0))), self.most)


class SupportLadder(Definition):
    """Strings of at most ℓ cells on the chain without ends, those of more than ℓ₀ = ℓ - `above` damped.

    Cost: some 1.5 r t products, r the norm of i[H, ·] on strings of ℓ cells, about 2 ℓ ‖h‖, each of some ten operations for each
    of B^ℓ strings, B the product of d² over a cell. Memory: 4 vectors of B^ℓ numbers. Infinite temperature; exact until strings
    of ℓ₀ cells are reached, which the result tells; later it is a model of decay that must be seen to converge in ℓ.

    Parameters
    ----------
    length : int
        ℓ, cells.
    damping : float
        g, in energy: strings of k > ℓ₀ cells decay at the rate g (k - ℓ₀). 0 cuts alone.
    above : int
        Lengths that are damped, but never that of the current.
    """

    kind: Literal["support-ladder"] = "support-ladder"
    length: Count = 8
    damping: Annotated[float, Field(ge=0), BeforeValidator(plain)] = 1.0
    above: Count = 3
