"""Figure of the steady state of an open lattice: stored data in, matplotlib figure out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.accessor import error_of
from caloriq.plots.style import figure, flows_in, whole_numbers, with_errors
from caloriq.plots.words import headed, label, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMED = 60  # sites up to which each has a mark


@headed
def lattice(data: xr.Dataset) -> Figure:
    """Density by density: its profile, what flows between the sites, and what every environment brings."""
    names = [str(name).removesuffix("_inflows") for name in data.data_vars if str(name).endswith("_inflows")]
    fig, axes = figure(13.2, 3.5 * len(names), 3, len(names))
    for number, of in enumerate(names):
        left, middle, right = axes[3 * number : 3 * number + 3]
        profile = "energy_density" if of == "energy" else of
        mark = "o-" if data.site.size <= NAMED else "-"
        left.plot(data.site.values, data[profile].values, mark, ms=4.5, lw=1.2)
        with_errors(left, data.site.values, data[profile].values, error_of(data, profile))
        left.set(xlabel="site", ylabel=named(data, profile, f"{of} of the site"))
        whole_numbers(left)
        _between(middle, data, of)
        inflows = data[f"{of}_inflows"]
        told = label(f"current of {of} into the lattice", inflows.attrs.get("units", ""))
        flows_in(right, data.attrs["environments"], inflows.values, told, error_of(data, f"{of}_inflows"))
    return fig


def _between(ax: Axes, data: xr.Dataset, of: str) -> None:
    """Currents at the middle of their bonds; or that none is defined."""
    name = f"{of}_currents"
    if name not in data:
        ax.set_axis_off()
        ax.text(0.5, 0.5, f"{of} is not conserved:\nno current of it", ha="center", va="center")
        return
    middle = (data.bond_from.values + data.bond_to.values) / 2
    far = data.bond_to.values - data.bond_from.values
    flows = [d for d in sorted(set(far.tolist())) if np.any(data[name].values[far == d])]
    for distance in flows:
        mine = far == distance
        told = "neighbours" if distance == 1 else f"{distance} sites on"
        ax.plot(middle[mine], data[name].values[mine], "o" if distance > 1 else "o-", ms=4, lw=1, label=told)
        if (wide := error_of(data, name)) is not None:
            with_errors(ax, middle[mine], data[name].values[mine], wide.values[mine])
    ax.set(xlabel="middle of the bond, in sites", ylabel=label(f"current of {of}", data[name].attrs.get("units", "")))
    if len(flows) > 1:
        ax.legend()
