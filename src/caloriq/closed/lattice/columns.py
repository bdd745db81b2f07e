"""From the definition of a start to its vectors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Complex, Real, shown
from caloriq.closed import dense
from caloriq.closed.states import Vector
from caloriq.errors import InvalidInput
from caloriq.linalg.imaginary import cooled
from caloriq.linalg.lanczos import spectral_bounds
from caloriq.linalg.products import Products
from caloriq.models.lattice.densities import energies
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import Space, shared_by
from caloriq.models.lattice.starts import DomainWall, Gibbs, RandomState, SiteStates
from caloriq.models.random import LANCZOS, START, gaussian, generator
from caloriq.results import Check
from caloriq.spaces.basis import weights
from caloriq.spaces.strings import total

Start = SiteStates | DomainWall | RandomState | Gibbs | Vector
STARTS = (SiteStates, DomainWall, RandomState, Gibbs, Vector)
WIDE = 12.0  # spectral width of K that needs no tighter bounds
TOL = 1e-10  # of a thermal state, in norm
LEFT_OUT = 1e-14  # weight of the states that a mixture leaves out


class Columns(NamedTuple):
    """Vectors of a start."""

    states: Complex  # shape (D, k)
    weights: Real | None  # of one mixture, shape (k,); None: every column is a state of its own
    checks: tuple[Check, ...]
    products: int


def begun(initial: Any) -> Start:
    """The start that is meant: by default the wall in the middle.

    Raises
    ------
    InvalidInput
        If it is no start of a lattice.
    """
    if initial is None:
        return DomainWall()
    if not isinstance(initial, STARTS):
        raise InvalidInput(
            f"`initial` must be a start of a lattice, {', '.join(one.__name__ for one in STARTS)}, but it is not (got {shown(initial)})"
        )
    return initial


def space_of(model: Lattice, start: Start) -> Space:
    """Sector of the conserved numbers that the start has sharply; the whole space without one."""
    if isinstance(start, Vector):
        psi = _checks.state("vector", start.vector, model.dimension)
        return Space(model, shared_by(model, np.flatnonzero(psi)))
    return Space(model, dict(start.totals(model) or {}))


def count(space: Space, start: Start) -> int:
    """How many columns a start has."""
    return space.dimension if isinstance(start, Gibbs) and start.draw == "mixed" else start.samples or 1


def columns(space: Space, start: Start) -> Columns:
    """Vectors of a start in a space."""
    if isinstance(start, DomainWall):
        start = start.sites(space.model)
    if isinstance(start, SiteStates):
        return Columns(_product(space, start)[:, None], None, (), 0)
    if isinstance(start, Vector):
        psi = _checks.state("vector", start.vector, space.model.dimension)
        return Columns(space.vector(psi)[:, None], None, (), 0)
    if isinstance(start, RandomState):
        return Columns(haar(space.dimension, start.seed, start.samples or 1), None, (), 0)
    return _thermal(space, start)


def haar(dimension: int, seed: int, samples: int) -> Complex:
    """Random unit vectors, shape (D, samples)."""
    found = np.empty((dimension, samples), dtype=complex)
    for k in range(samples):
        psi = gaussian(generator(seed, START, k), (dimension,))
        found[:, k] = psi / np.linalg.norm(psi)
    return found


def _product(space: Space, start: SiteStates) -> Complex:
    levels = start.levels(space.model)
    if levels is None:
        return space.vector(start.whole(space.model))
    psi = np.zeros(space.dimension, dtype=complex)
    w = weights(space.basis.levels, space.basis.sites)
    psi[space.basis.place(np.array([np.asarray(levels, dtype=w.dtype) @ w]))] = 1.0
    return psi


def _thermal(space: Space, start: Gibbs) -> Columns:
    """Random states cooled, or the eigenvectors of the mixture."""
    T = start.on(space.model)
    K = total(space.model.spaces, [(0.5 / t) * h for t, h in zip(T.tolist(), energies(space.model), strict=True)])
    operator = space.products(K)
    if start.draw == "mixed":
        return _mixed(operator)
    interval = tight_bounds(operator)
    found = cooled(operator, haar(space.dimension, start.seed, start.samples or 1), interval, TOL)
    check = Check(
        "thermal state", found.bound, 1e3 * TOL, "truncation and rounding of e^{-H/2T}: bounds the error of the state"
    )
    return Columns(found.states, None, (check,), found.products)


def tight_bounds(operator: Products) -> tuple[float, float]:
    """Interval that holds the spectrum, tightened where it is so wide that digits are lost below the lowest state."""
    lower, upper = operator.norm_bounds
    if upper - lower < WIDE:
        return lower, upper
    tight = spectral_bounds(operator, rng=generator(0, LANCZOS))
    return max(lower, tight[0]), min(upper, tight[1])


def _mixed(operator: Products) -> Columns:
    """Eigenvectors of the mixture with their weights, the largest first; the rest is below rounding."""
    D = operator.shape[0]
    _checks.memory("initial", f"mixed in {D} states", 2 * dense.memory_needed(D), "take draw='typical' with samples=")
    values, vectors = scipy.linalg.eigh(operator.as_matrix(), driver="evd")
    p = np.exp(-2 * (values - values[0]))
    p /= p.sum()
    kept = int(np.searchsorted(np.cumsum(p), 1 - LEFT_OUT)) + 1
    V = np.asarray(vectors[:, :kept], dtype=complex)
    residual = float(np.linalg.norm(operator.mv(V) - V * values[:kept]))
    check = Check("thermal state", residual, 1e3 * TOL, "‖KV - VE‖ of the mixture's eigenvectors")
    return Columns(V, p[:kept] / p[:kept].sum(), (check,), 0)
