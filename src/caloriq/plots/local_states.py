"""Figures of the states of subunits: temperatures, distances and entropies in time, and the way back. Stored data in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, ticks_at
from caloriq.plots.words import headed, label, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEW = 8  # subunits that are drawn, spread over all


@headed
def local_states(data: xr.Dataset) -> Figure:
    """Temperatures with their typicality widths, distances from the Gibbs states, entropies beside those of the Gibbs states."""
    fig, (temperature, distance, entropy) = figure(13.0, 4.1, 3)
    data = data.mean("sample") if "sample" in data.dims else data
    t = data.time.values
    inverted = bool((data.temperatures < 0).any())
    for mu in _some(data):
        one, color = data.isel(subunit=mu), f"C{mu % 10}"
        T, width = one.temperatures.values, one.temperature_widths.values
        if inverted:  # β is continuous where T passes through infinity
            T, width = 1 / np.where(T == 0, np.nan, T), width / np.where(T == 0, np.nan, T**2)
        temperature.plot(t, T, color=color, lw=1.5, label=f"subunit {mu}")
        seen = np.where(np.isfinite(width) & np.isfinite(T), width, 0.0)
        temperature.fill_between(t, T - seen, T + seen, color=color, alpha=0.15, lw=0)
        distance.plot(t, one.distances.values, color=color, lw=1.5, label=f"subunit {mu}")
        distance.plot(t, one.band_distances.values, ":", color=color, lw=1.2)
        entropy.plot(t, one.entropies.values, color=color, lw=1.5, label=f"subunit {mu}")
        entropy.plot(t, one.gibbs_entropies.values, "--", color=color, lw=1.0)
    entropy.plot(t, data.entropies.sum("subunit").values, color="k", lw=1.5, label="sum")
    if inverted:
        temperature.axhline(0, color="k", lw=0.6)
    units = data.temperatures.attrs.get("units", "")
    told = label("inverse temperature, negative: inverted", f"1/{units}") if inverted else label("temperature", units)
    time = named(data, "time", "time t")
    temperature.set(xlabel=time, ylabel=told, title="of the Gibbs state of the same energy")
    distance.set(xlabel=time, ylabel="trace distance", ylim=(0, 1.02), title="from that state (dotted: bands alone)")
    whole = float(data.total_entropy)
    entropy.axhline(whole, color="0.6", lw=1.0, label="the whole")
    entropy.set(
        xlabel=time, ylabel="entropy of the subunit  [k_B]", title=f"dashed: Gibbs states; grey: the whole, {whole:.3g}"
    )
    temperature.legend(fontsize=8)
    distance.legend(fontsize=8)
    entropy.legend(fontsize=8, loc="center right")
    return fig


@headed
def reversal(data: xr.Dataset) -> Figure:
    """Sum of the entropies on the way there and back, and how far the ends are from the start over the strength of the kick."""
    fig, (there, end) = figure(9.6, 4.1, 2)
    way(there, data)
    ends(end, data)
    return fig


def way(ax: Axes, data: xr.Dataset) -> None:
    """Sum of the entropies, there and back."""
    t, turn = data.time.values, float(data.time[-1])
    ax.plot(t, data.entropies.sum("subunit").values, color="k", lw=1.6, label="there")
    for k, strength in enumerate(data.strength.values.tolist()):
        back = data.returning[k].sum("subunit").values
        ax.plot(2 * turn - t, back, color=f"C{k % 10}", lw=1.4, label=f"back, kick {strength:g}")
    ax.axvline(turn, color="0.6", lw=0.8)
    ax.set(
        xlabel=named(data, "time", "time on the way"),
        ylabel="sum of the entropies  [k_B]",
        title="reversed at the grey line",
    )
    ax.legend(fontsize=8, loc=(0.12, 0.06))


def ends(ax: Axes, data: xr.Dataset) -> None:
    """Overlaps and distances at the end of the way back."""
    strengths = data.strength.values
    ax.plot(strengths, data.overlaps.values, "ko-", ms=4, label="overlap of the wholes")
    for mu in _some(data):
        told = f"distance of subunit {mu}" + (" (kicked)" if mu == int(data.attrs["kicked"]) else "")
        ax.plot(strengths, data.distances[:, mu].values, "o-", ms=3.5, color=f"C{mu % 10}", label=told)
    ax.set(xlabel="strength of the kick  [rad]", ylabel="overlap, distance of end and start", ylim=(-0.03, 1.03))
    kicks = strengths[strengths > 0]
    if kicks.size > 3:
        ax.set_xscale("symlog", linthresh=float(kicks.min()))
        ax.set_xlim(-0.3 * float(kicks.min()), 1.6 * float(kicks.max()))
        ticks_at(ax, strengths)
    ax.legend(fontsize=8)


def _some(data: xr.Dataset) -> list[int]:
    N = data.sizes["subunit"]
    return [int(mu) for mu in np.unique(np.linspace(0, N - 1, min(N, FEW)).astype(int))]
