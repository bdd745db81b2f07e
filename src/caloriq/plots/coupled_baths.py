"""Figure of a system between coupled baths: stored data in, matplotlib figure out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure
from caloriq.plots.words import headed, label, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


@headed
def coupled_baths(data: xr.Dataset) -> Figure:
    """Populations of the levels beside thermal ones left, heat of every bath and the part of it that is no work right."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    E, p = data.energies.values, data.populations.values
    left.plot(E, np.where(p > 0, p, np.nan), "o", ms=4, label="steady state")
    for k, (name, T) in enumerate(zip(data.attrs["baths"], data.temperatures.values, strict=True)):
        if T > 0:
            weight = np.exp(-(E - E[0]) / T)
            left.plot(E, weight / weight.sum(), "--", lw=1, color=f"C{k + 1}", label=f"thermal at {name}'s T")
    left.set(
        yscale="log",
        xlabel=named(data, "energies", "energy of the level"),
        ylabel="population of the level",
        ylim=(max(p.max() * 1e-12, p[p > 0].min() / 10), 2),
    )
    left.legend(fontsize=8.5)
    names = [f"{name} ({kind})" for name, kind in zip(data.attrs["baths"], data.attrs["equations"], strict=True)]
    heat, jumps = data.heat_currents.values, data.jump_heat_currents.values
    colours = ["#d1495b" if v > 0 else "#0b5fa5" for v in heat]
    wide = data.get("heat_currents_bound")
    right.barh(names, heat, height=0.5, color=colours, xerr=None if wide is None else np.abs(wide.values), capsize=3)
    right.plot(jumps, np.arange(len(names)), "k|", ms=18, mew=2, label="by the levels of its jumps; the rest is work")
    right.axvline(0, color="k", lw=0.8)
    right.invert_yaxis()
    right.set(xlabel=label("heat current into the system", data.heat_currents.attrs.get("units", "")))
    right.locator_params(axis="x", nbins=5)
    right.legend(fontsize=8.5)
    return fig
