"""Figures of chains cut into blocks: stored data in, matplotlib figures out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure
from caloriq.plots.words import headed, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


@headed
def blocks(data: xr.Dataset) -> Figure:
    """Kernel of the first bond for every length of block with its plateau, and by how much every criterion is met."""
    fig, (left, right) = figure(10.4, 4.1, 2)
    names = data.attrs["criteria"]
    for k, length in enumerate(data.block.values):
        t = data.time.values[k]
        past = t > 0  # NaN beyond the last time is not
        holds = bool(data.holds.values[k])
        (line,) = left.plot(t[past], data.kernel.values[k, 0, past], lw=1.3, label=f"{length} sites a block")
        begin, end = data.plateau.values[k, 0]
        if np.isfinite(begin):
            flat = past & (t >= begin) & (t <= end)
            left.plot(t[flat], data.kernel.values[k, 0, flat], lw=5, alpha=0.25, color=line.get_color())
        margins = np.clip(data.criterion_margin.values[k], 1e-4, 1e4)
        place = np.arange(len(names)) + 0.12 * (k - (data.block.size - 1) / 2)
        fill = line.get_color() if holds else "white"
        right.plot(place, margins, "o", ms=6, color=line.get_color(), mfc=fill, label=f"{length} sites a block")
    left.axhline(0, color="k", lw=0.6)
    left.set(xlabel=named(data, "time", "time t"), xscale="log", title="shaded: plateau")
    left.set_ylabel(named(data, "kernel", f"kernel R(t) of {data.attrs['carries']}"))
    left.legend(fontsize=8.5)
    right.axhline(1, color="k", lw=0.8)
    right.axhspan(1e-6, 1, color="#d1495b", alpha=0.08, lw=0)
    reached = data.criterion_margin.values[np.isfinite(data.criterion_margin.values)]
    low, high = np.clip(reached, 1e-4, 1e4).min(), np.clip(reached, 1e-4, 1e4).max()
    right.set(
        yscale="log",
        ylabel="margin of the criterion",
        ylim=(min(low / 2, 0.5), max(2 * high, 2)),
        title="criteria: below 1 fails",
    )
    right.set_xticks(np.arange(len(names)), names)
    right.legend(fontsize=8.5)
    return fig
