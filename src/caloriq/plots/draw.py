"""The figure of any result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from caloriq.plots.driven import scaling, steady
from caloriq.plots.overview import overview

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from caloriq.results import Solution

# figures of their own, by the class of the result
FIGURES: dict[str, Callable[[xr.Dataset], Figure]] = {
    "SteadyState": steady,
    "SteadyEnsemble": steady,
    "Scaling": scaling,
}


def draw(result: Solution) -> Figure:
    """Figure of a result: its own where it has one, otherwise its variables over their dimensions."""
    return FIGURES.get(type(result).__name__, overview)(result.to_dataset())
