"""A first look at any sweep: stored data in, a matplotlib figure out."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import figure, styled, ticks_at
from caloriq.plots.words import ACROSS, label, lines_of, parameter
from caloriq.sweep.plan import RESERVED

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

LINES = 8  # that a legend tells apart; more are told by a colour bar
PANELS = 6  # at most; of more values as many are drawn, spread evenly
COLUMNS = 4
FEW = 9  # values that a logarithmic axis can name one by one
# quantities with an axis of their own, and the names under which questions give it
OWN = {"conductivity": ("conductivity_temperature", "mean_temperature")}
ENDINGS = ("_mean", "_mean_error", "_mean_bound", "_bound")  # of what stands beside a quantity
WIDE = 8.0  # ratio of the largest to the smallest value from which an axis is logarithmic


@styled
def sweep(data: xr.Dataset) -> Figure | None:
    """One quantity over the longest axis of numbers, a line for each value of the next, a panel for each of the third.

    A conductivity over the temperatures of the question is drawn over them, a line for each value of the longest axis, a
    panel for each of the next. Error bars for ensembles. Further axes stand at their first value, which the title names.
    None where no quantity varies along numbers.
    """
    axes = [
        str(name)
        for name in data.status.dims
        if name != "sample" and data.sizes[name] > 1 and "values" not in data[name].attrs
    ]
    name = _quantity(data, axes)
    if name is None:
        return None
    model = json.loads(data.attrs["sweep"]).get("model")
    model = model if isinstance(model, dict) else {}
    axes.sort(key=lambda axis: -data.sizes[axis])
    values, place = data[name], _own_axis(data, name)
    inner = place is not None
    along = axes[0] if place is None else str(data[place].dims[-1])
    over = axes if inner else axes[1:]
    lines, panels = over[:1], over[1:2]
    x = data[along if place is None else place]
    rest: dict[Any, int] = {dim: 0 for dim in values.dims if dim not in (along, *lines, *panels)}
    x = x.isel({dim: k for dim, k in rest.items() if dim in x.dims})
    shares = _shares(data, name)
    every, shown = _places(data, lines), _some(_places(data, panels))
    rows = math.ceil(len(shown) / COLUMNS)
    columns = math.ceil(len(shown) / rows)
    fig, parts = figure(6.4 if columns == 1 else 4.4 * columns, 4.2 * rows, columns, rows)
    colours = _Colours(data, lines[0]) if lines and len(every) > LINES else None
    told = values.attrs.get("units", "1")
    kind = "share " if shares else "mean " if name.endswith("_mean") else ""
    for ax, panel in zip(parts, shown, strict=False):
        for k, here in enumerate(every):
            part: dict[Any, int] = {**rest, **panel, **here}
            ax.errorbar(
                x.isel({dim: k for dim, k in part.items() if dim in x.dims}).values,
                values.isel(part).values,
                yerr=_bars(data, name, part, shares),
                fmt="o-",
                ms=4,
                lw=1,
                capsize=2,
                color=None if colours is None else colours(_value(data, lines[0], k)),
                label=_at(data, here) or None,
            )
        ax.set(
            xscale=_scale(x.values),
            yscale=_scale(values.values),
            xlabel=label(x.attrs.get("long_name", along), x.attrs.get("units", ""))
            if inner
            else parameter(x, along, model),
            ylabel=label(kind + name.removesuffix("_mean").replace("_", " "), told, values.attrs.get("carries", "")),
        )
        if _scale(x.values) == "log" and not inner and x.size <= FEW:
            ticks_at(ax, x.values)
        if panels:
            ax.set_title(_at(data, panel), fontsize=9)
    ends = [end for ax in parts[: len(shown)] for end in ax.get_ylim()]
    for ax in parts[: len(shown)]:
        ax.set_ylim(min(ends), max(ends))  # panels are compared
    for ax in parts[len(shown) :]:
        ax.set_axis_off()
    title = _title(data, values, rest, shares)
    if panels and len(shown) < data.sizes[panels[0]]:
        title += f" ({len(shown)} of {data.sizes[panels[0]]} values of {panels[0]})"
    if not panels:
        parts[0].set_title(title, fontsize=9)
    said = [title if panels else f"sweep over {', '.join(axes)}", *lines_of(model, int(ACROSS * fig.get_figwidth()))]
    fig.suptitle("\n".join(said), x=0.01, ha="left", fontsize=9.5)
    fig.set_figheight(fig.get_figheight() + 0.17 * len(said))
    if colours is not None:
        fig.colorbar(colours.bar, ax=parts, label=parameter(data[lines[0]], lines[0], model))
    elif lines:
        parts[0].legend(fontsize=8.5)
    return fig


class _Colours:
    """A colour for every value of an axis, and what a colour bar is made of."""

    def __init__(self, data: xr.Dataset, axis: str) -> None:
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LogNorm, Normalize

        at = np.array([_value(data, axis, k) for k in range(data.sizes[axis])])
        kind = LogNorm if _scale(at) == "log" else Normalize
        self.bar = ScalarMappable(kind(float(at.min()), float(at.max())), "viridis")

    def __call__(self, value: float) -> Any:
        return self.bar.to_rgba(np.array([value]))[0]


def _value(data: xr.Dataset, axis: str, k: int) -> float:
    """Where an axis of numbers stands at its k-th value."""
    return float(data[axis][k]) if axis in data.coords else float(k)


def _own_axis(data: xr.Dataset, name: str) -> str | None:
    """The variable that holds the axis of a quantity which has one of its own."""
    names = OWN.get(name.removesuffix("_mean"), ())
    end = "_mean" if name.endswith("_mean") else ""
    return next((f"{own}{end}" for own in names if f"{own}{end}" in data), None)


def _places(data: xr.Dataset, axis: list[str]) -> list[dict[str, int]]:
    """All places along an axis, or the one there is without it."""
    return [{axis[0]: k} for k in range(data.sizes[axis[0]])] if axis else [{}]


def _some(places: list[dict[str, int]]) -> list[dict[str, int]]:
    """As many as there are panels, spread evenly."""
    chosen = np.unique(np.linspace(0, len(places) - 1, min(len(places), PANELS)).round().astype(int))
    return [places[k] for k in chosen.tolist()]


def _at(data: xr.Dataset, place: dict[str, int]) -> str:
    """Where the axes stand, in words; what has no coordinate is counted from 0."""
    words = []
    for dim, k in place.items():
        if dim not in data.coords:
            words.append(f"{dim} {k}")
        elif np.issubdtype(data[dim].dtype, np.number):
            words.append(f"{dim} = {float(data[dim][k]):.4g}")
        else:
            words.append(f"{dim} = {data[dim].values[k]}")
    return ", ".join(words)


def _title(data: xr.Dataset, values: xr.DataArray, rest: dict[Any, int], shares: bool) -> str:
    """What is drawn, and where everything else stands."""
    said = str(values.attrs.get("long_name", ""))
    if shares:
        said = said.replace("mean over the samples: whether", "share of the samples in which")
    left = {}
    for dim, k in rest.items():
        every = f"of every {dim}"
        if every in said:
            said = said.replace(every, f"of {dim} {k}")
        elif data.sizes[dim] > 1:
            left[str(dim)] = k
    return ", ".join(part for part in (said, _at(data, left)) if part)


def _shares(data: xr.Dataset, name: str) -> bool:
    """Whether a mean over samples is a fraction: every sample says true or false."""
    single = name.removesuffix("_mean")
    if single == name or single not in data:
        return False
    known = data[single].values
    return bool(np.isin(known[np.isfinite(known)], (0.0, 1.0)).all())


def _bars(data: xr.Dataset, name: str, place: dict[Any, int], shares: bool) -> Any:
    """Error bars, those of a fraction within 0 and 1."""
    error = data.get(f"{name}_error")
    if error is None:
        return None
    size = error.isel(place).values
    if not shares:
        return size
    value = data[name].isel(place).values
    return np.array([np.minimum(size, value), np.minimum(size, 1 - value)])


def _quantity(data: xr.Dataset, axes: list[str]) -> str | None:
    """What the ensemble stops at, else the first that is kept, else the first single number; of an ensemble its mean."""
    means = [str(name) for name in data if f"{name}_error" in data and str(name).endswith("_mean")]
    plain = [str(name) for name in data if name not in RESERVED and not str(name).endswith(ENDINGS)]
    names = means or plain
    asked = json.loads(data.attrs["sweep"])
    until = (asked.get("ensemble") or {}).get("until") or {"quantity": ""}
    wanted = [until["quantity"].partition(".")[0], *(asked["question"].get("keep") or ())]
    if asked["question"].get("temperatures"):
        wanted.append("conductivity")
    order = {name: k for k, name in reversed(list(enumerate(wanted)))}
    names.sort(key=lambda name: (order.get(name.removesuffix("_mean"), len(wanted)), data[name].ndim))
    return next((name for name in names if np.isfinite(data[name]).any()), None) if axes else None


def _scale(values: Any) -> str:
    """Logarithmic where all values are positive and far apart."""
    known = values[np.isfinite(values)]
    return "log" if known.size and known.min() > 0 and known.max() >= WIDE * known.min() else "linear"
