"""The figure of a result that has none of its own: its variables over their dimensions, those of one unit together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import figure, styled, whole_numbers

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = 6  # drawn at most
LINES = 8  # of one variable
UNITLESS = ("", "1")


@styled
def overview(data: xr.Dataset) -> Figure:
    """Variables over their first dimension, one panel for those that share dimensions and unit; matrices as maps.

    A second dimension becomes lines, of which at most eight are drawn; the mean is taken over samples. Numbers without a
    dimension stand in a table if there is nothing else.
    """
    groups = _groups(data)
    if not groups:
        return _table(data)
    columns = min(2, len(groups))
    rows = -(-len(groups) // columns)
    fig, axes = figure(4.8 * columns, 3.6 * rows, columns, rows)
    for ax, (dims, names) in zip(axes, groups.items(), strict=False):
        if len(dims[0]) == 2 and _square(data, names[0]):
            _map(fig, ax, data, names[0])
        else:
            _curves(ax, data, names, dims[0][0])
    for ax in axes[len(groups) :]:
        ax.set_axis_off()
    return fig


def _groups(data: xr.Dataset) -> dict[tuple[tuple[str, ...], str], list[str]]:
    """Names of what is drawn, by dimensions and unit."""
    found: dict[Any, list[str]] = {}
    for name, one in data.data_vars.items():
        dims = tuple(str(d) for d in one.dims if d != "sample")
        if not dims or str(name).endswith("_bound") or one.dtype.kind not in "fiub" or len(dims) > 2 or one.size == 0:
            continue
        key = dims, one.attrs.get("units", "")
        if len(dims) == 2 and _square(data, str(name)):
            key = dims, str(name)  # a map of its own
        found.setdefault(key, []).append(str(name))
    return dict(list(found.items())[:PANELS])


def _square(data: xr.Dataset, name: str) -> bool:
    """Whether a variable is a matrix of a place with itself."""
    dims = [str(d) for d in data[name].dims if d != "sample"]
    return len(dims) == 2 and dims[1] == f"other_{dims[0]}"


def _mean(one: xr.DataArray) -> xr.DataArray:
    return one.mean("sample") if "sample" in one.dims else one


def _label(data: xr.Dataset, name: str) -> str:
    unit = data[name].attrs.get("units", "") if name in data.variables else ""
    return name.replace("_", " ") + (f" ({unit})" if unit not in UNITLESS else "")


def _curves(ax: Axes, data: xr.Dataset, names: list[str], along: str) -> None:
    """Every variable over a dimension, with a line for every place of a second one."""
    x = data[along].values if along in data.coords else np.arange(data.sizes[along])
    marker = "o-" if x.size <= 30 else "-"
    for name in names:
        one = _mean(data[name])
        if one.ndim == 1:
            ax.plot(x, one.values, marker, ms=3.5, lw=1.1, label=name.replace("_", " "))
            continue
        other = str(one.dims[1])
        for k in np.unique(np.linspace(0, one.sizes[other] - 1, LINES).astype(int)).tolist():
            place = one[other].values[k] if other in one.coords else k
            ax.plot(x, one.values[:, k], marker, ms=3.5, lw=1.1, label=f"{name.replace('_', ' ')}, {other} {place:g}")
    unit = data[names[0]].attrs.get("units", "")
    together = "without unit" if unit in UNITLESS else f"in {unit}"
    ylabel = _label(data, names[0]) if len(names) == 1 else together
    ax.set(xlabel=_label(data, along), ylabel=ylabel)
    if len(ax.get_lines()) > 1:
        ax.legend(fontsize=7.5)
    if np.asarray(x).dtype.kind in "iu":
        whole_numbers(ax)


def _map(fig: Figure, ax: Axes, data: xr.Dataset, name: str) -> None:
    """A matrix, in colours."""
    one = _mean(data[name])
    first, second = (str(d) for d in one.dims)
    x, y = ((one[d].values if d in one.coords else np.arange(one.sizes[d])) for d in (second, first))
    most = float(np.nanmax(np.abs(one.values)))
    signed = {"cmap": "RdBu_r", "vmin": -most, "vmax": most} if float(one.min()) < 0 else {"cmap": "viridis"}
    shown = ax.imshow(one.values, origin="lower", extent=(x[0] - 0.5, x[-1] + 0.5, y[0] - 0.5, y[-1] + 0.5), **signed)
    fig.colorbar(shown, ax=ax, label=_label(data, name))
    ax.set(xlabel=second.replace("_", " "), ylabel=first.replace("_", " "))
    whole_numbers(ax, "both")


def _table(data: xr.Dataset) -> Figure:
    """Numbers without a dimension."""
    fig, (ax, *_) = figure(5.2, 3.2)
    ax.set_axis_off()
    rows = [[_label(data, str(n)), f"{float(v):.6g}"] for n, v in data.data_vars.items() if v.ndim == 0]
    if rows:
        ax.table(cellText=rows, loc="center", cellLoc="left")
    return fig
