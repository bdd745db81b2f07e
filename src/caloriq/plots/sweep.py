"""A first look at any sweep: stored data in, a matplotlib figure out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import figure, styled
from caloriq.sweep.plan import RESERVED

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

LINES = 8  # at most; of more values as many are drawn, spread evenly
WIDE = 8.0  # ratio of the largest to the smallest value from which an axis is logarithmic


@styled
def sweep(data: xr.Dataset) -> Figure | None:
    """One quantity over the longest axis of numbers, a line for each value of the next; error bars for ensembles.

    Further axes stand at their first value. None where no quantity varies along numbers.
    """
    axes = [
        str(name)
        for name in data.status.dims
        if name != "sample" and data.sizes[name] > 1 and "values" not in data[name].attrs
    ]
    name = _quantity(data, axes)
    if name is None:
        return None
    axes.sort(key=lambda axis: -data.sizes[axis])
    values, error = data[name], data.get(f"{name}_error")
    x, others = axes[0], axes[1:2]
    rest = {dim: 0 for dim in values.dims if dim not in (x, *others)}
    values = values.isel(rest)
    error = None if error is None else error.isel(rest)
    fig, (ax,) = figure()
    count = data.sizes[others[0]] if others else 1
    for k in np.unique(np.linspace(0, count - 1, min(count, LINES)).round().astype(int)).tolist():
        here: dict[str, Any] = {others[0]: k} if others else {}
        label = f"{others[0]} = {float(data[others[0]][k]):.4g}" if others else None
        bars = None if error is None else error.isel(here).values
        ax.errorbar(data[x].values, values.isel(here).values, yerr=bars, fmt="o-", ms=4, lw=1, capsize=2, label=label)
    told = values.attrs.get("units", "1")
    ax.set(
        xscale=_scale(data[x].values),
        yscale=_scale(values.values),
        xlabel=data[x].attrs.get("parameter", x),
        ylabel=name.replace("_", " ") + ("" if told == "1" else f"  [{told}]"),
    )
    ax.set_title(values.attrs.get("long_name", ""), fontsize=9)
    if others:
        ax.legend(fontsize=8.5)
    return fig


def _quantity(data: xr.Dataset, axes: list[str]) -> str | None:
    """What the ensemble stops at, else the first that is kept, else the first single number; of an ensemble its mean."""
    means = [str(name) for name in data if f"{name}_error" in data and str(name).endswith("_mean")]
    plain = [str(name) for name in data if name not in RESERVED and not str(name).endswith(("_mean", "_mean_error"))]
    names = means or plain
    asked = json.loads(data.attrs["sweep"])
    until = (asked.get("ensemble") or {}).get("until") or {"quantity": ""}
    wanted = [until["quantity"].partition(".")[0], *(asked["question"].get("keep") or ())]
    order = {name: k for k, name in reversed(list(enumerate(wanted)))}
    names.sort(key=lambda name: (order.get(name.removesuffix("_mean"), len(wanted)), data[name].ndim))
    return next((name for name in names if np.isfinite(data[name]).any()), None) if axes else None


def _scale(values: Any) -> str:
    """Logarithmic where all values are positive and far apart."""
    known = values[np.isfinite(values)]
    return "log" if known.size and known.min() > 0 and known.max() >= WIDE * known.min() else "linear"
