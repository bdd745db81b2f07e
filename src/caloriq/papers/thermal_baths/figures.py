"""Figure of the four equations side by side: stored data in, matplotlib figure out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, styled

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

MARKS = ("o", "s", "^", "v", "x")


@styled
def baths(equal: xr.Dataset, unequal: xr.Dataset, level: xr.Dataset) -> Figure:
    """Heat through equal spins left, entropy production of unequal ones in the middle, what flows at one temperature right."""
    fig, (left, middle, right) = figure(13.0, 4.1, 3)
    g = equal.hopping.values
    for k, name in enumerate(equal.attrs["kinds"]):
        left.plot(g, equal.heat.values[k], marker=MARKS[k], ms=4, lw=1.2, label=name)
        middle.plot(g, unequal.entropy.values[k] / g**2, marker=MARKS[k], ms=4, lw=1.2, label=name)
    left.plot(g, equal.heat.values[0, 0] * (g / g[0]) ** 2 / 2, "k:", lw=0.9, label="g²")
    left.set(xscale="log", yscale="log", ylim=(equal.heat.values.min() / 4, 3 * equal.heat.values.max()))
    left.set(xlabel="hopping g", ylabel="heat current from the hot bath", title="equal spins")
    middle.axhline(0, color="k", lw=0.8)
    middle.set(
        xscale="log", xlabel="hopping g", ylabel="entropy production / g²", title="unequal spins (marks as left)"
    )
    alpha = level.coupling.values
    for k, name in enumerate(level.attrs["kinds"]):
        heat = np.median(level.heat.values[k], axis=-1)
        if np.all(heat > 0):
            right.plot(alpha, heat, marker=MARKS[k], ms=4, lw=1.2, color=f"C{k}", label=name)
            lost = -np.median(level.entropy.values[k], axis=-1)
            if np.all(lost > 0):
                right.plot(alpha, lost, "--", lw=1.2, color=f"C{k}", label=f"{name}: -Σ at its lowest")
    right.set(
        xscale="log",
        yscale="log",
        xlabel="coupling α of the baths",
        ylabel="heat current, or -Σ at its lowest",
        title="without a difference",
    )
    for ax in (left, right):
        ax.legend(fontsize=8)
    return fig
