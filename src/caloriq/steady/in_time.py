"""Which way a driven chain goes through time: closed equations, those of its sector, or a tensor network."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.spins import SpinChain
from caloriq.results import Progress
from caloriq.steady import two_point
from caloriq.steady.methods import Sector, TensorNetwork, TwoPoint
from caloriq.steady.relax import DrivenEvolution, relax
from caloriq.steady.solve import EXACT
from caloriq.steady.starts import Product
from caloriq.steady.tensor.cells import cells
from caloriq.steady.tensor_in_time import evolve_chain


def evolve_driven_chain(
    model: SpinChain, times: ArrayLike, *, initial: Any = None, method: Any = "auto", progress: Progress | None = None
) -> DrivenEvolution:
    """Master equation of a driven chain; see `caloriq.evolve`."""
    asked = _checks.method(method, (TwoPoint, Sector, TensorNetwork), " for a driven chain")
    reason = long_reason(model, asked, initial)
    if reason is None:
        return relax(model, times, initial=initial, method=asked, progress=progress)
    t, start = _checks.times(times), Product() if initial is None else initial
    chosen = TensorNetwork() if asked == "auto" else asked
    return evolve_chain(model, t, start, chosen, reason, progress)


def long_reason(model: SpinChain, asked: Any, initial: Any) -> str | None:
    """Why it goes as a tensor network; None where it does not."""
    if isinstance(asked, TensorNetwork):
        if not (initial is None or isinstance(initial, Product)):
            raise InvalidInput(
                f"`initial` must be a product state for a tensor network, but it is not (got {_checks.shown(initial)}); use product()"
            )
        return "as asked for"
    if asked != "auto" or model.sites <= EXACT or not (initial is None or isinstance(initial, Product)):
        return None
    open_set = two_point.obstacle(model)
    if open_set is None:
        return None
    try:
        cells(model.lattice())
    except Unsupported:
        return None
    return (
        f"auto: the two-point set does not close because of {open_set}, and the sector of {model.sites} sites is large"
    )
