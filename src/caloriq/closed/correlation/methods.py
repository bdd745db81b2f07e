"""Methods of correlation functions: small immutable objects that state cost and validity."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Seed, Several, Tolerance, plain


class Typicality(Definition):
    """Random states: one pair of evolutions for each sample and each sector of the conserved numbers.

    Cost: about 2 (r t + 9 for every time) products of each sample, r half the spectral width. Memory: 6 complex vectors of the
    largest sector and its Hamiltonian. Valid at any time of a finite lattice; statistical errors of order (samples × states)^(-½),
    relative, at infinite temperature.

    Parameters
    ----------
    samples : int
        Random states of every sector, at least 2.
    seed : int
        Every sample and sector draws from its own child.
    tol : float
        Bound on what the series leave out of a state, in norm, over the whole time.
    """

    kind: Literal["typicality"] = "typicality"
    samples: Several = 2
    seed: Seed = 0
    tol: Tolerance = 1e-10


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
