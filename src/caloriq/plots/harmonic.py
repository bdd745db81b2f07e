"""Figure of a harmonic chain between baths: stored data in, matplotlib figure out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caloriq.plots.style import figure, flows_in, whole_numbers, with_errors
from caloriq.plots.words import headed, label, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

NAMED = 60  # sites up to which each has a mark


@headed
def harmonic(data: xr.Dataset) -> Figure:
    """Temperatures along the chain left, the heat that every bath brings right."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    k, T, error = data.site.values, data.temperatures.values, data.temperatures_bound.values
    left.plot(k, T, "o-" if k.size <= NAMED else "-", ms=4.5, lw=1.2)
    with_errors(left, k, T, error)
    left.set(xlabel="site", ylabel=named(data, "temperatures", "temperature of the site"), ylim=(0, None))
    whole_numbers(left)
    told = label("heat current into the chain", data.heat_currents.attrs.get("units", ""))
    flows_in(right, data.attrs["baths"], data.heat_currents.values, told, data.get("heat_currents_bound"))
    return fig
