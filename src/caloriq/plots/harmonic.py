"""Figure of a harmonic chain between baths: stored data in, matplotlib figure out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, flows_in, styled, whole_numbers

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

NAMED = 60  # sites up to which each has a mark


@styled
def harmonic(data: xr.Dataset) -> Figure:
    """Temperatures along the chain left, the heat that every bath brings right."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    k, T, error = data.site.values, data.temperatures.values, data.temperatures_bound.values
    left.plot(k, T, "o-" if k.size <= NAMED else "-", ms=4.5, lw=1.2)
    if np.any(error > 1e-3 * np.abs(T)):
        left.fill_between(k, T - error, T + error, alpha=0.2, lw=0, label="error")
        left.legend()
    left.set(xlabel="site", ylabel="temperature of the site", ylim=(0, None))
    whole_numbers(left)
    flows_in(right, data.attrs["baths"], data.heat_currents.values, "heat current into the chain")
    return fig
