"""Methods of the exact dynamics and of thermal sums: small immutable objects that state cost and validity."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from caloriq.models.definition import Definition
from caloriq.models.fields import Seed, Several, Tolerance, by_name, plain


class Exact(Definition):
    """Dense eigendecomposition, d = N n.

    Cost: about 40 d³ real operations once, then 8 d² per time and start (mixed start: 8 d² per time and observable).
    Memory 80 d² bytes. Valid for any time; errors of order 1e-15 ‖H‖ t.
    """

    kind: Literal["exact"] = "exact"


class Chebyshev(Definition):
    """Chebyshev expansion of the propagator (Tal-Ezer, Kosloff 1984).

    Cost: about r t + 10 (r t)^(1/3) products, r half the spectral width (about δε/2); all sampled times from one pass.
    Memory: the Hamiltonian and 16 d bytes per sampled time in hand. Valid for any hermitian H; the truncated
    part of the series is below `tol` in norm.

    Parameters
    ----------
    tol : float
        Bound on the truncation error of the state, in norm, over the whole time span.
    """

    kind: Literal["chebyshev"] = "chebyshev"
    tol: Tolerance = 1e-10


class Krylov(Definition):
    """Lanczos propagation with an a posteriori bound from the defect, step by step.

    Cost: about twice the products of `Chebyshev`, plus reorthogonalisation; needs no spectral bounds.
    Memory: the Hamiltonian and 16 d `size` bytes. Valid for any hermitian H.

    Parameters
    ----------
    tol : float
        Bound on the error of the state, in norm, over the whole time span.
    size : int
        Dimension of a Krylov space, at least 8: smaller ones take steps too short to arrive.
    """

    kind: Literal["krylov"] = "krylov"
    tol: Tolerance = 1e-10
    size: Annotated[int, Field(ge=8, le=1000), BeforeValidator(plain)] = 40


class Typical(Definition):
    """Lanczos quadratures from random states, for thermal sums (Jaklič, Prelovšek 1994).

    Cost: 40 to 640 products for each sample and sector, few where temperatures are high; a sector of D states takes 64 D bytes beside
    its Hamiltonian. Statistical errors of order (samples × Tr e^{-(H-E0)/T})^(-½), relative; they come with the result.

    Parameters
    ----------
    samples : int
        Random states of every sector, at least 2.
    seed : int
        Seed; every sample and sector draws from its own child.
    """

    kind: Literal["typical"] = "typical"
    samples: Several = 8
    seed: Seed = 0


class Auto(Definition):
    """The cheapest of the others by size; `choose("evolve", model)` tells which, and why."""

    kind: Literal["auto"] = "auto"


# in a file: a mapping with its `kind`, or the kind alone
Method = Annotated[Auto | Exact | Chebyshev | Krylov, Field(discriminator="kind"), BeforeValidator(by_name)]
ThermalMethod = Annotated[Auto | Exact | Typical, Field(discriminator="kind"), BeforeValidator(by_name)]
