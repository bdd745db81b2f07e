"""Starts of exact dynamics and of driven chains, by their names: `caloriq.starts.level(3)`."""

from caloriq.closed.states import haar, level, mixed, vector
from caloriq.models.lattice.starts import domain_wall, gibbs, random_state, site_states
from caloriq.models.product_states import in_bands, thermal
from caloriq.steady.starts import product

__all__ = [
    "domain_wall",
    "gibbs",
    "haar",
    "in_bands",
    "level",
    "mixed",
    "product",
    "random_state",
    "site_states",
    "thermal",
    "vector",
]
