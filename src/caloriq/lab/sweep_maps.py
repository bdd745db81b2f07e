"""Sweeps over two axes of numbers as maps on the page: datasets in, plain mappings out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.lab.figures import DECADES, Figure, axis, colours, figure, label, logarithmic, numbers
from caloriq.plots.swept import ASKED, ERROR, NUMBERLESS, WHY, cells, model_of, scale, states, worded
from caloriq.plots.words import parameter

if TYPE_CHECKING:
    import xarray as xr

GREYS = {ASKED: "#d9d9d9", ERROR: "#8c8c8c", NUMBERLESS: "#f4f4f4"}  # cells of a map without a number


def map_of_sweep(data: xr.Dataset, name: str, along: str, across: str) -> Figure:
    """A quantity over two axes of a sweep in colours, each axis in its own scale; grey where there is no number."""
    data = data.sortby([along, across])
    values = data[name].transpose(across, along).values
    why = states(data, name, (across, along), {})
    known = values[np.isfinite(values)]
    log = scale(known) == "log"
    title = {"text": label(data, name, worded(data, name)), "side": "right", "font": {"size": 12}}
    bar = {"title": title, "thickness": 14, **(_powers(known) if log else {})}
    model = model_of(data)
    (x, xaxis), (y, yaxis) = (_cells(data, dim, parameter(data[dim], dim, model)) for dim in (along, across))
    place = {"type": "heatmap", "x": x, "y": y}
    shown = {
        **place,
        "z": [numbers(row) for row in (np.log10(np.where(np.isfinite(values), values, np.nan)) if log else values)],
        "customdata": [numbers(row) for row in values],
        "hovertemplate": "%{customdata:.5g}<extra></extra>",
        "colorbar": bar,
        **colours(values),
    }
    return figure([shown, *_without(why, place)], xaxis, yaxis, showlegend=bool(why.any()))


def _powers(known: Any) -> dict[str, Any]:
    """Ticks of a bar whose colours go by powers of ten."""
    low, high = math.log10(known.min()), math.log10(known.max())
    between = (1.0,) if high - low > DECADES else (1.0, 2.0, 5.0)
    powers = range(math.floor(low), math.ceil(high) + 1, max(1, round((high - low) / 6)))
    ticks = [math.log10(part) + k for k in powers for part in between]
    ticks = [one for one in ticks if low <= one <= high]
    return {"tickvals": ticks, "ticktext": [f"{10**one:.3g}" for one in ticks]}


def _cells(data: xr.Dataset, dim: str, said: str) -> tuple[list[Any], dict[str, Any]]:
    """Edges of the cells along an axis, and the axis."""
    values = data[dim].values
    at, kind, named_ones = cells(values)
    more: dict[str, Any] = logarithmic(values) if kind == "log" else {}
    if named_ones:
        more = {"tickvals": list(range(values.size)), "ticktext": [f"{one:.4g}" for one in values]}
    return numbers(at), axis(said, **more)


def _without(why: Any, place: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Cells without a number by the reason, each with its name in the legend."""
    found: list[dict[str, Any]] = []
    for one, words in WHY.items():
        if not np.any(why == one):
            continue
        grey = GREYS[one]
        cell = np.where(why == one, 1.0, np.nan)
        hover = {"hovertemplate": f"{words}<extra></extra>", "showscale": False}
        found.append({**place, "z": [numbers(row) for row in cell], "colorscale": [[0, grey], [1, grey]], **hover})
        marker = {"symbol": "square", "color": grey, "size": 11, "line": {"color": "#777777", "width": 1}}
        found.append({"type": "scatter", "mode": "markers", "x": [None], "y": [None], "name": words, "marker": marker})
    return found
