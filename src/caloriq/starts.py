"""Starts of exact dynamics and of driven chains, by their names: `caloriq.starts.level(3)`."""

from caloriq.closed.states import haar, level, mixed, vector
from caloriq.models.product_states import in_bands, thermal
from caloriq.steady.starts import product

__all__ = ["haar", "in_bands", "level", "mixed", "product", "thermal", "vector"]
