"""What is known to first order in the drive at one rate and length: by the sector, or by a tensor network where that is too large."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from caloriq import wording
from caloriq._checks import Real
from caloriq.models.spins import SpinChain
from caloriq.results import Check, Progress
from caloriq.steady.bounds import Bounded
from caloriq.steady.first_order import first_order
from caloriq.steady.methods import Chosen, TensorNetwork
from caloriq.steady.solve import planned
from caloriq.steady.tensor.response import DRIVE, response
from caloriq.transport.linear_response.pieces import driven


class First(NamedTuple):
    """Derivatives by the drive at none.

    Attributes
    ----------
    conductance : Bounded
        dj/dμ.
    populations : Bounded, shape (N,)
        d⟨n⟩/dμ.
    method : str
        What solved it, as it is called in the results.
    residual : float
        Of that equation; NaN of a tensor network.
    checks : tuple of Check
        What speaks for a tensor network's.
    refusal : str or None
        What is to be said where one of these fails.
    """

    conductance: Bounded
    populations: Bounded
    method: str
    residual: float = np.nan
    checks: tuple[Check, ...] = ()
    refusal: str | None = None


def by_sector(model: SpinChain, rate: float) -> First:
    """All levels: the equation solved to rounding."""
    up = np.zeros(model.sites)
    up[0], up[-1] = 1.0, -1.0
    found = first_order(driven(model, rate, 0.0), up)
    j: Real = found.currents.value
    bound = float(found.currents.bound.max() + np.ptp(j))
    return First(Bounded(float(j.mean()), bound), found.populations, method="sector", residual=found.residual)


def by_tensors(model: SpinChain, rate: float, method: TensorNetwork, progress: Progress | None) -> First:
    """A tensor network, by the number that is stationary."""
    own, real = _own_file(model, rate, method), _without_phases(model)
    found = response(driven(real, rate, DRIVE), driven(real, rate, 0.0), own, rate, progress)
    return First(
        found.conductance,
        found.populations,
        method=wording.named(repr(method)),
        checks=found.checks,
        refusal=found.refusal,
    )


def network(model: SpinChain, rate: float, method: Chosen | str) -> TensorNetwork | None:
    """The tensor network that a length is for, if it is for one."""
    taken = planned(driven(model, rate, DRIVE), method).method
    return taken if isinstance(taken, TensorNetwork) else None


def _own_file(model: SpinChain, rate: float, method: TensorNetwork) -> TensorNetwork:
    """With a file for this rate and length, beside the one that is named."""
    if method.checkpoint in ("auto", None):
        return method
    named_file = Path(str(method.checkpoint))
    name = f"{named_file.stem}-{model.sites}-sites-rate-{rate:g}{named_file.suffix}"
    return method.model_copy(update={"checkpoint": str(named_file.with_name(name))})


def _without_phases(model: SpinChain) -> SpinChain:
    """Phases of the hopping turned away: along an open chain of neighbours they are a choice of axes, site by site."""
    if model.couplings is None or not np.iscomplexobj(model.couplings):
        return model
    return model.model_copy(update={"couplings": np.abs(model.couplings)})
