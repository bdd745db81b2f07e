"""Memory and time of trajectories before they run, and models that have none."""

from __future__ import annotations

import math

from caloriq.errors import InvalidInput
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.symmetries import named
from caloriq.spaces.sectors import dimensions
from caloriq.steady.jumps.run import BURN, FIRST, LENGTH, fastest
from caloriq.steady.lattice.blocks import check_acted, check_unique, kept
from caloriq.steady.methods import Trajectories

VECTORS = 10  # of the largest sector
STATE, LISTED = (
    300.0,
    3000.0,
)  # bytes of every product state: of two-level sites, and where what is read is a sparse matrix
LITTLE = 2e6  # bytes
PRODUCT = 2.5e-10  # seconds of a state, for every site
CALL = 6e-6  # seconds of a product on few states
PRODUCTS = 90.0  # of a time, in the inverse of the largest coupling, with what is read
TWO = 2  # levels


def check_jumps(model: Lattice) -> None:
    """Refuse a lattice without jumps, or with more than one steady state, or with terms that depend on time."""
    check_acted(model, "steady state")
    check_unique(model)
    if not any(jump.terms for one in model.environments for jump in one.jumps):
        raise InvalidInput(
            f"`model` must have jumps that do something, but all rates are zero (got {', '.join(one.name for one in model.environments)}); give a bath or dephasing a rate"
        )


def largest(model: Lattice) -> int:
    """States of the largest sector that no jump or term splits."""
    names = kept(model)
    return max(dimensions(named(model, names)).values()) if names else model.dimension


def memory_of(model: Lattice) -> float:
    """Bytes: vectors of the largest sector, and what is kept of all states."""
    dimension = float(min(model.dimension, 10**100))
    state = STATE if all(space.levels == TWO for space in model.spaces) else LISTED
    return LITTLE + state * dimension + 16.0 * VECTORS * float(min(largest(model), 10**100))


def seconds_of(model: Lattice, method: Trajectories) -> float:
    """Rough time on one core: the memory of a chain is taken to be that of diffusion, N²/4."""
    product = CALL + PRODUCT * model.size * float(min(largest(model), 10**15))
    memory = max(1.0, model.size**2 / 4) / fastest(model)
    burn = BURN * memory if method.burn_in == "auto" else float(method.burn_in)
    window = (LENGTH - BURN) * memory if method.window == "auto" else float(method.window)
    count = method.samples if method.samples is not None else max(FIRST, math.ceil(3e-3 / (method.error or 1.0) ** 2))
    return float(count * (burn + window) * PRODUCTS * fastest(model) * product)
