r"""The steady state to first order in a drive about infinite temperature: one linear equation, no extrapolation.

Where every bath gains as much as it loses, Γ₊ = Γ₋ = Γ/2, and the dephasing is hermitian, ρ₀ = 1/D is steady. Baths that are
driven by ±μ, Γ± = Γ(1 ± μ)/2, give ρ = ρ₀ + μρ₁ + … with

.. math::
    \mathcal L_0\rho_1 = -\mathcal L_1\rho_0,

solved by the iteration of the sector method; 𝓛₁ is what the shares ±1 of the rates change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caloriq._array import library
from caloriq._checks import Real
from caloriq.errors import NotConverged
from caloriq.linalg.threads import serial
from caloriq.models.random import PROBE, generator
from caloriq.models.spins import SpinChain
from caloriq.steady import observables
from caloriq.steady.bounds import UNIT, Bounded, rate_scale, roundings_of
from caloriq.steady.low_order import LowOrder
from caloriq.steady.methods import Sector
from caloriq.steady.parts import coefficients, space_of
from caloriq.steady.preconditioner import Preconditioner
from caloriq.steady.sector import COARSE, ROUGH, SERIAL, Estimated, Iteration, fitting, in_single
from caloriq.steady.superoperator import Sectors

ROUNDS = 12  # of refinement
SHARE = 1e-5  # of a residual that one round leaves: single precision gets there


@dataclass(frozen=True)
class FirstOrder:
    """Derivatives by the drive μ at μ = 0.

    Attributes
    ----------
    currents : Bounded, shape (B,)
        Of the excitation current of every bond.
    populations : Bounded, shape (N,)
        Of every population.
    residual : float
        ‖𝓛₀ρ₁ + 𝓛₁ρ₀‖ relative to ‖𝓛₁ρ₀‖.
    products : int
        Inversions of all blocks that it took.
    """

    currents: Bounded
    populations: Bounded
    residual: float
    products: int


def first_order(model: SpinChain, up: Real, method: Sector | None = None) -> FirstOrder:
    """Response of a chain whose baths gain as much as they lose.

    Parameters
    ----------
    model : SpinChain
        Γ₊ = Γ₋ at every bath.
    up : array, shape (N,)
        By what share of itself the gain of a site rises per μ; its loss falls by as much.
    method : Sector, optional
        Tolerance and precision of the iteration.
    """
    with serial(blas=model.sites < SERIAL, kernels=True):
        return _solved(model, up, Sector() if method is None else method)


def _solved(model: SpinChain, up: Real, method: Sector) -> FirstOrder:
    layout = Sectors(model)
    single = in_single(method, model.sites)
    tools = library(method.device, single=single)
    preconditioner = Preconditioner(layout, LowOrder(layout), tools)
    directions = fitting(model.sites, method.restart, single=single)
    solver = Iteration(layout, preconditioner, tools, method, directions, None)
    rest = np.zeros(layout.dimension)
    rest[solver.diagonals] = 1 / 2.0**model.sites
    right = -layout.turned(rest, up, -up)
    size = float(np.linalg.norm(right))
    y, previous = np.zeros(layout.dimension), np.inf
    for _ in range(ROUNDS):
        left_over = right - layout.lindblad(y)
        norm = float(np.linalg.norm(left_over))
        if norm <= method.tol * size or norm > previous / 2:
            break
        previous = norm
        y = y + solver.answer(left_over, SHARE, rest)
    error = _estimated(solver, y, right - layout.lindblad(y))
    here = space_of(model)
    c = coefficients(model)
    bonds = [observables.bond_current(here, c, b) for b in range(len(here.pairs))]
    values, bounds = error.evaluate([*bonds, *([(1, observables.population(here, k))] for k in range(model.sites))])
    if not np.all(np.isfinite(bounds)):
        raise NotConverged(
            f"`max_products` must suffice for the first order in the drive, but it does not (got {method.max_products}); allow more"
        )
    B = len(bonds)
    residual = float(np.linalg.norm(right - layout.lindblad(error.x))) / size
    return FirstOrder(
        Bounded(values[:B], bounds[:B]), Bounded(values[B:], bounds[B:]), residual, preconditioner.products
    )


def _estimated(solver: Iteration, y: Real, left_over: Real) -> Estimated:
    """ρ₁ after one more rough correction, and what it may be off by, as for a steady state."""
    layout, model = solver.layout, solver.layout.model
    about = np.zeros(layout.dimension)
    about[solver.diagonals] = 1 / 2.0**model.sites
    left = solver.answer(left_over, ROUGH, about)
    y = y + left
    rng = generator(0, PROBE, model.sites)
    random = 2 * UNIT * layout.magnitude(y) * rng.standard_normal(layout.dimension)
    gains, losses = rng.standard_normal(model.sites), rng.standard_normal(model.sites)
    rates = roundings_of(model) * UNIT * layout.turned(y, gains, losses)
    noise = tuple(solver.answer(one, COARSE, about) for one in (random, rates))
    brought = float(np.linalg.norm(random))
    amplified = rate_scale(model) * float(np.linalg.norm(noise[0])) / brought if brought > 0 else 0.0
    return Estimated(layout.elements(), y, left, noise, amplified)
