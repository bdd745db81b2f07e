"""Figures of the page as plotly has them: datasets in, plain mappings out. Nothing is computed here but what is drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import COLOURS
from caloriq.plots.words import named, unit_words

if TYPE_CHECKING:
    import xarray as xr

Figure = dict[str, Any]
label = named  # what an axis says, on the page as in files
ERRORS = ("bound", "error")  # last words of what is drawn as the error of another
DOTS = 24  # points of a line that are dots, too
LINES = 8  # of one variable
CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "responsive": True,
    "scrollZoom": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
}
FAINT = 0.16  # of bands
DECADES = 1.5  # from which only powers of ten are named
ALIKE = 1e-3  # of their size, by which numbers differ that are drawn as one


def colour(k: int) -> str:
    """Of the k-th line."""
    return COLOURS[k % len(COLOURS)]


def faint(k: int) -> str:
    """The same for a band."""
    red, green, blue = (int(colour(k)[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{FAINT})"


def coordinate(data: xr.Dataset, dim: str) -> Any:
    """Values along a dimension; counted from 0 where it has none."""
    return data[dim].values if dim in data.coords else np.arange(data.sizes[dim])


def axis(text: str, **more: Any) -> dict[str, Any]:
    """An axis with its label."""
    fixed = {"automargin": True, "zeroline": False, "gridcolor": "#d9d9d9", "linecolor": "#777777", "ticks": "outside"}
    return {"title": {"text": text, "font": {"size": 13}}, "showline": True, **fixed, **more}


def counted(data: xr.Dataset, dim: str, text: str = "") -> dict[str, Any]:
    """The axis of a dimension; where it counts places, with ticks at whole numbers."""
    values = np.asarray(coordinate(data, dim))
    whole = {"dtick": _whole(values.size)} if values.dtype.kind in "iu" and values.size > 1 else {}
    return axis(text or label(data, dim), **whole)


def logarithmic(values: Any) -> dict[str, Any]:
    """A logarithmic axis with ticks that can be read, whatever it spans."""
    positive = np.asarray(values, dtype=float)
    positive = positive[np.isfinite(positive) & (positive > 0)]
    decades = math.log10(positive.max() / positive.min()) if positive.size else 1.0
    if decades > DECADES or not positive.size:
        return {"type": "log", "dtick": max(1, round(decades / 6)), "exponentformat": "power"}
    first = math.floor(math.log10(positive.min())) - 1
    ticks = [m * 10.0**k for k in range(first, first + 5) for m in (1, 2, 5)]
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks], "minor": {"ticks": ""}}


def level(values: Any) -> dict[str, Any]:
    """A range that does not make differences of rounding look large: numbers that are alike lie on a line."""
    finite = np.asarray(values, dtype=float)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return {}
    low, high = float(finite.min()), float(finite.max())
    most = max(abs(low), abs(high))
    if most == 0 or high - low > ALIKE * most:
        return {}
    return {"range": [min(0.0, 1.15 * low), max(0.0, 1.15 * high)]}


def figure(traces: Sequence[Mapping[str, Any]], x: Mapping[str, Any], y: Mapping[str, Any], **layout: Any) -> Figure:
    """A figure of one pair of axes."""
    return {
        "data": [dict(one) for one in traces],
        "layout": {
            "xaxis": dict(x),
            "yaxis": dict(y),
            "margin": {"l": 56, "r": 16, "t": 16, "b": 48},
            "font": {"family": "system-ui, sans-serif", "size": 13, "color": "#1d1d1f"},
            "paper_bgcolor": "#ffffff",
            "plot_bgcolor": "#ffffff",
            "colorway": list(COLOURS),
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            "hovermode": "closest",
            **layout,
        },
        "config": CONFIG,
    }


def numbers(values: Any) -> list[Any]:
    """Numbers as JSON has them: what is not finite is left out."""
    flat = np.asarray(values, dtype=float)
    return [None if not math.isfinite(v) else v for v in flat.tolist()]


def line(x: Any, y: Any, k: int, name: str, **more: Any) -> dict[str, Any]:
    """A line."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": numbers(x),
        "y": numbers(y),
        "name": name,
        "line": {"color": colour(k), "width": 2},
        **more,
    }


def dots(x: Any, y: Any, k: int, name: str, error: Any = None, **more: Any) -> dict[str, Any]:
    """Dots, with bars of their errors where they have some that can be seen."""
    found = {
        "type": "scatter",
        "mode": "markers",
        "x": numbers(x),
        "y": numbers(y),
        "name": name,
        "marker": {"color": colour(k), "size": 7, "line": {"color": "#ffffff", "width": 0.7}},
        **more,
    }
    if error is not None and np.any(np.asarray(error) > 0):
        found["error_y"] = {"type": "data", "array": numbers(error), "thickness": 1, "color": colour(k)}
    return found


def band(x: Any, low: Any, high: Any, k: int) -> dict[str, Any]:
    """Between two lines."""
    return {
        "type": "scatter",
        "x": [*numbers(x), *numbers(x)[::-1]],
        "y": [*numbers(high), *numbers(low)[::-1]],
        "fill": "toself",
        "fillcolor": faint(k),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def mean(one: xr.DataArray) -> xr.DataArray:
    """Over samples, where there are some."""
    return one.mean("sample") if "sample" in one.dims else one


def some(count: int, most: int = LINES) -> list[int]:
    """At most so many indices, the first and the last among them."""
    return [int(k) for k in np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))]


def curves(data: xr.Dataset, names: Iterable[str], along: str, said: str = "") -> Figure:
    """Variables over a dimension, with a line for every place of a second one."""
    x, chosen = coordinate(data, along), list(names)
    traces: list[dict[str, Any]] = []
    for name in chosen:
        one = mean(data[name])
        error = next(
            (mean(data[beside]) for beside in errors_of(data, name) if data[beside].dims == data[name].dims), None
        )
        if one.ndim == 1:
            traces.append(_curve(x, one.values, error, len(traces), name.replace("_", " ")))
            continue
        one = one.transpose(along, ...)
        error = None if error is None else error.transpose(along, ...)
        other = str(one.dims[1])
        places = coordinate(data, other)
        for k in some(one.sizes[other]):
            wide = None if error is None else error[:, k]
            traces.append(_curve(x, one.values[:, k], wide, len(traces), f"{other} {places[k]}"))
    text = said or (label(data, chosen[0]) if len(chosen) == 1 else _together(data, chosen))
    ys = np.concatenate([mean(data[name]).values.ravel() for name in chosen])
    return figure(traces, counted(data, along), axis(text, **level(ys)), showlegend=len(traces) > 1)


def errors_of(data: xr.Dataset, name: str) -> list[str]:
    """Names of the bound and of the standard error that stand beside a variable."""
    return [f"{name}_{word}" for word in ERRORS if f"{name}_{word}" in data]


def is_error(data: xr.Dataset, name: str) -> bool:
    """Whether a variable is the error of another one."""
    of, _, word = name.rpartition("_")
    return word in ERRORS and of in data


def _curve(x: Any, y: Any, error: xr.DataArray | None, k: int, name: str) -> dict[str, Any]:
    """A line; of few points with dots and their errors."""
    if len(x) > DOTS:
        return line(x, y, k, name)
    return dots(x, y, k, name, None if error is None else error.values, mode="lines+markers")


def _together(data: xr.Dataset, names: Sequence[str]) -> str:
    unit = unit_words(data[names[0]].attrs.get("units", ""))
    return f"in {unit}" if unit else "without unit"


def heat_map(data: xr.Dataset, name: str, along: str, across: str) -> Figure:
    """A variable over time and place, in colours; zero is white where it takes both signs."""
    one = mean(data[name]).transpose(across, along)
    values = one.values
    trace = {
        "type": "heatmap",
        "x": numbers(coordinate(data, along)),
        "y": numbers(coordinate(data, across)),
        "z": [numbers(row) for row in values],
        "colorbar": {"title": {"text": label(data, name), "side": "right"}, "thickness": 14},
        **colours(values),
    }
    return figure([trace], axis(label(data, along)), counted(data, across))


def colours(values: Any) -> dict[str, Any]:
    """Of a map: white at zero where there are both signs."""
    known = values[np.isfinite(values)]
    if not known.size or not known.min() < 0 < known.max():
        return {"colorscale": "Viridis"}
    most = float(np.abs(known).max())
    return {"colorscale": "RdBu", "reversescale": True, "zmin": -most, "zmax": most}


def _whole(count: int) -> int:
    """Distance of ticks that count places."""
    return max(1, math.ceil(count / 8))


def profile(
    data: xr.Dataset, name: str, place: str, k: int, words: str = "", beside: Mapping[str, str] | None = None
) -> Figure:
    """A variable over places at one time, on axes that stay for all times; others of the same unit as lines, by their words."""
    x, one, others = coordinate(data, place), mean(data[name]), beside or {}
    told = words or name.replace("_", " ")
    traces = [dots(x, one.values[k], 0, told, mode="markers" if others else "lines+markers")]
    shown = [one.values]
    for n, (other, said) in enumerate(others.items(), 1):
        traces.append(line(x, mean(data[other]).values[k], n, said))
        shown.append(mean(data[other]).values)
    low, high = min(float(np.nanmin(v)) for v in shown), max(float(np.nanmax(v)) for v in shown)
    edge = 0.06 * (high - low or 1.0)
    return figure(
        traces,
        axis(label(data, place), dtick=_whole(x.size), range=[float(x[0]) - 0.4, float(x[-1]) + 0.4]),
        axis(label(data, name), range=[low - edge, high + edge]),
        showlegend=len(traces) > 1,
    )


def bars(names: Sequence[str], values: Any, text: str, limit: float | None = None) -> Figure:
    """Bars, and a line at what they should stay below."""
    trace = {
        "type": "bar",
        "x": list(names),
        "y": numbers(values),
        "marker": {"color": COLOURS[0]},
        "showlegend": False,
    }
    shapes = (
        []
        if limit is None
        else [
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": limit,
                "y1": limit,
                "line": {"color": COLOURS[1], "width": 1.5, "dash": "dash"},
            }
        ]
    )
    return figure([trace], axis(""), axis(text), shapes=shapes)
