"""Figures of lattices: profiles and currents over space and time, thermodynamics over temperature. Stored data in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, places_named, whole_numbers
from caloriq.plots.words import headed, label, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

PANELS = 6  # drawn at most
LINES = 8  # of one panel
SPARSE = 30  # temperatures that are marked one by one
SPREAD = 5.0  # highest over lowest temperature from which their logarithm is drawn


@headed
def in_time(data: xr.Dataset) -> Figure:
    """Every profile, current and observable over its places and time; of few places as lines."""
    data = data.mean("sample") if "sample" in data.dims else data
    drawn = {str(name): one for name, one in data.data_vars.items() if not str(name).endswith("_bound")}
    names = [name for name, one in drawn.items() if one.ndim == 2 and one.size][:PANELS]
    columns = min(2, max(1, len(names)))
    rows = max(1, -(-len(names) // columns))
    fig, axes = figure(5.0 * columns, 3.8 * rows, columns, rows)
    for ax, name in zip(axes, names, strict=False):
        if data[name].shape[1] <= 2 or data.sizes["time"] < 2:
            _lines(ax, data, name)
        else:
            _picture(fig, ax, data, name)
    for ax in axes[len(names) :]:
        ax.set_axis_off()
    return fig


@headed
def equation_of_state(data: xr.Dataset) -> Figure:
    """Energies, entropy, heat capacity and susceptibilities over the temperature, with bounds as bands."""
    fig, axes = figure(9.6, 7.2, 2, 2)
    T = data.temperature.values
    others = [str(name) for name in data.data_vars if str(name).endswith("_susceptibility")]
    for ax, names in zip(axes, (["energy", "free_energy"], ["entropy"], ["heat_capacity"], others), strict=True):
        for name in names:
            value, bound = data[name].values, data[f"{name}_bound"].values
            (line,) = ax.plot(
                T,
                value,
                "o-" if T.size < SPARSE else "-",
                ms=3.5,
                lw=1.5,
                label=label(
                    name.replace("_", " "),
                    "" if len(names) == 1 or name.endswith("energy") else data[name].attrs.get("units", ""),
                ),
            )
            ax.fill_between(T, value - bound, value + bound, color=line.get_color(), alpha=0.2, lw=0)
        quantity = (
            "energy" if names[0] == "energy" else names[0].replace("_", " ") if len(names) == 1 else "susceptibility"
        )
        units = {data[name].attrs.get("units", "") for name in names}
        ax.set(xlabel=named(data, "temperature", "temperature T"))
        ax.set_ylabel(label(f"{quantity} per site", units.pop() if len(units) == 1 else ""))
        if T.size > 1 and T.max() > SPREAD * T.min():
            ax.set_xscale("log")
        ax.legend(fontsize=8.5)
    return fig


def _picture(fig: Figure, ax: Axes, data: xr.Dataset, name: str) -> None:
    """Space to the right, time upwards."""
    kept = _places(ax, data, name)
    values = data[name].values[:, kept]
    most = float(np.abs(values).max(initial=0.0))
    signed = bool(values.min(initial=0.0) < 0 < values.max(initial=0.0))
    colours = {"cmap": "RdBu_r", "vmin": -most, "vmax": most} if signed else {"cmap": "viridis"}
    drawn = ax.pcolormesh(np.arange(len(kept)), data.time.values, values, shading="nearest", **colours)
    fig.colorbar(drawn, ax=ax, label=named(data, name))
    ax.set_ylabel(named(data, "time", "time t"))


def _places(ax: Axes, data: xr.Dataset, name: str) -> NDArray[np.intp]:
    """Which places are drawn, in their order; of pairs of sites those where anything flows, neighbours first."""
    dim, every = str(data[name].dims[1]), np.arange(data[name].shape[1])
    ax.set_xlabel("site" if dim == "site" else dim)
    if dim == "site":
        whole_numbers(ax)
    elif dim != "bond":
        names = places_named(data, dim)
        ax.set_xticks(every, names)
    if dim != "bond":
        return every
    a, b = data.bond_from.values, data.bond_to.values
    order = np.lexsort((a, b - a))
    order = order[np.any(data[name].values[:, order], axis=0)] if data[name].values.any() else order
    shown = range(0, len(order), -(-len(order) // LINES))
    ax.set_xticks(shown, [f"{a[order[k]]}-{b[order[k]]}" for k in shown], fontsize=8)
    ax.set_xlabel("from site to site")
    return np.asarray(order)


def _lines(ax: Axes, data: xr.Dataset, name: str) -> None:
    """A line for every place, or over the places at the only time."""
    one = data[name]
    if data.sizes["time"] < 2:
        kept = _places(ax, data, name)
        ax.plot(np.arange(len(kept)), one.values[0, kept], "o-", ms=4)
        ax.set(ylabel=named(data, name))
        return
    places = places_named(data, str(one.dims[1]))
    for k in range(one.shape[1]):
        ax.plot(data.time.values, one.values[:, k], lw=1.4, label=places[k])
    ax.set(xlabel=named(data, "time", "time t"), ylabel=named(data, name))
    if one.shape[1] > 1:
        ax.legend(fontsize=8)
