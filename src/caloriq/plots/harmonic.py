"""Figure of a harmonic chain between baths: stored data in, matplotlib figure out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, styled, whole_numbers

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
    heat = data.heat_currents.values
    right.barh(data.attrs["baths"], heat, color=["#d1495b" if v > 0 else "#0b5fa5" for v in heat])
    right.axvline(0, color="k", lw=0.8)
    right.invert_yaxis()
    right.set(xlabel="heat current into the chain")
    right.locator_params(axis="x", nbins=5)
    return fig
