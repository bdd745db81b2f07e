"""Starts of a driven chain: product states."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import field_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.driven import Values
from caloriq.results import frozen


class Product(Definition):
    """Every site on its own, excited with a given probability: ρ = Π (n_k|1⟩⟨1| + (1 - n_k)|0⟩⟨0|).

    Parameters
    ----------
    populations : float or sequence of N
        n_k in [0, 1]; one number for all sites.
    """

    kind: Literal["product"] = "product"
    populations: Values = 0.0

    @field_validator("populations", mode="before")
    @classmethod
    def _probabilities(cls, value: Any) -> Any:
        n = _checks.numbers("populations", value)
        if n.ndim > 1 or np.any(n < 0) or np.any(n > 1):
            raise InvalidInput(
                f"`populations` must be a number or a list of numbers in [0, 1], but it is not (got {_checks.shown(value)})"
            )
        return frozen(n.copy()) if n.ndim else float(n)

    def on(self, sites: int) -> Real:
        """n_k, shape (N,); refused where their number is another."""
        if np.ndim(self.populations) == 1 and len(self.populations) != sites:
            raise InvalidInput(
                f"`populations` must be one number or a list of {sites}, one for each of the sites, but it is not (got length {len(self.populations)})"
            )
        return np.broadcast_to(np.asarray(self.populations, dtype=float), (sites,)).copy()


def product(populations: Any = 0.0) -> Product:
    """Start of a driven chain: every site on its own, excited with probability n_k; by default the empty chain.

    Parameters
    ----------
    populations : float or sequence of N
        n_k in [0, 1].
    """
    return Product(populations=populations)
