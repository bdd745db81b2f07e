"""A first look at any sweep: stored data in, a matplotlib figure out."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots import sweep_map
from caloriq.plots.style import figure, styled, ticks_at
from caloriq.plots.swept import NAMED, Choice, choice, model_of, scale, share, spacing, worded
from caloriq.plots.words import ACROSS, label, lines_of, named, parameter

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINES = 8  # that a legend tells apart; more are told by a colour bar
PANELS = 6  # at most; of more values as many are drawn, spread evenly
COLUMNS = 4
ASIDE = 1.2  # inches of a panel beside what it shows


@styled
def sweep(data: xr.Dataset, quantity: str | None = None) -> Figure | None:
    """One quantity over the two longest axes of numbers in colours, or over the longest with a line for each value of the next.

    Lines where an axis has at most four values, a panel for each value of the third axis. A conductivity over the
    temperatures of the question is drawn over them, a line for each value of the longest axis, a panel for each of the next.
    Error bars for ensembles, beside a map the error as another. Further axes stand at their first value, which the title
    names. None where no quantity varies along numbers.

    Parameters
    ----------
    data : Dataset
        Of the sweep.
    quantity : str, optional
        What is drawn; by default what `choice` takes.
    """
    drawn = choice(data, quantity)
    if drawn is None:
        return None
    model = model_of(data)
    along = drawn.axes[0] if drawn.own is None else str(data[drawn.own].dims[-1])
    over = list(drawn.axes if drawn.own is not None else drawn.axes[1:])
    lines, panels = over[:1], over[1:2]
    values = data[drawn.name]
    rest: dict[Any, int] = {dim: 0 for dim in values.dims if dim not in (along, *lines, *panels)}
    shown = _some(_places(data, panels))
    beside = drawn.mapped and not panels and sweep_map.errors(data, drawn.name, rest) is not None
    rows = math.ceil((len(shown) + beside) / COLUMNS)
    columns = math.ceil((len(shown) + beside) / rows)
    fig, parts = figure(6.4 if columns == 1 else 4.4 * columns, 4.2 * rows, columns, rows)
    places = [{**rest, **panel} for panel in shown]
    if drawn.mapped:
        names = [parameter(data[axis], axis, model) for axis in drawn.axes[:2]]
        sweep_map.draw(fig, parts, data, drawn, places, names)
    else:
        _draw(fig, parts, data, drawn, places, model)
    for ax in parts[len(shown) + beside :]:
        ax.set_axis_off()
    title = _title(data, values, rest, share(data, drawn.name))
    if panels:
        for ax, panel in zip(parts, shown, strict=False):
            ax.set_title(_at(data, panel), fontsize=9)
        if len(shown) < data.sizes[panels[0]]:
            title += f" ({len(shown)} of {data.sizes[panels[0]]} values of {panels[0]})"
    else:
        parts[0].set_title(textwrap.fill(title, int(ACROSS * (fig.get_figwidth() / columns - ASIDE))), fontsize=9)
    first = title if panels else f"sweep over {', '.join(drawn.axes)}"
    said = [first + _left(data), *lines_of(model, int(ACROSS * fig.get_figwidth()))]
    fig.suptitle("\n".join(said), x=0.01, ha="left", fontsize=9.5)
    fig.set_figheight(fig.get_figheight() + 0.17 * len(said))
    return fig


def _draw(
    fig: Figure, parts: list[Axes], data: xr.Dataset, drawn: Choice, places: list[dict[Any, int]], model: dict[str, Any]
) -> None:
    """Lines over the quantity's own axis, or over the longest, in a panel for every place."""
    values, inner = data[drawn.name], drawn.own is not None
    along, lines = (drawn.own or drawn.axes[0]), (drawn.axes[:1] if inner else drawn.axes[1:2])
    shares, x = share(data, drawn.name), data[along]
    every = _places(data, list(lines))
    colours = _Colours(data, lines[0]) if lines and len(every) > LINES else None
    across = scale(x.values) if inner else spacing(x.values)
    for ax, place in zip(parts, places, strict=False):
        for k, here in enumerate(every):
            part: dict[Any, int] = {**place, **here}
            ax.errorbar(
                x.isel({dim: k for dim, k in part.items() if dim in x.dims}).values,
                values.isel(part).values,
                yerr=_bars(data, drawn.name, part, shares),
                fmt="o-",
                ms=4,
                lw=1,
                capsize=2,
                color=None if colours is None else colours(_value(data, lines[0], k)),
                label=_at(data, here) or None,
            )
        ax.set(
            xscale=across,
            yscale=scale(values.values),
            xlabel=label(x.attrs.get("long_name", along), x.attrs.get("units", ""))
            if inner
            else parameter(x, along, model),
            ylabel=named(data, drawn.name, worded(data, drawn.name)),
        )
        if across == "log" and not inner and x.size <= NAMED:
            ticks_at(ax, x.values)
    used = parts[: len(places)]
    ends = [end for ax in used for end in ax.get_ylim()]
    for ax in used:
        ax.set_ylim(min(ends), max(ends))  # panels are compared
    if colours is not None:
        fig.colorbar(colours.bar, ax=parts, label=parameter(data[lines[0]], lines[0], model))
    elif lines:
        parts[0].legend(fontsize=8.5)


def _left(data: xr.Dataset) -> str:
    """How many points have no answer."""
    told = {"failed": int(data.attrs.get("failed", 0)), "not answered yet": int(data.attrs.get("missing", 0))}
    said = [f"{count} {words}" for words, count in told.items() if count]
    return f"; {' and '.join(said)} of {int(data.attrs['points'])} points" if said else ""


class _Colours:
    """A colour for every value of an axis, and what a colour bar is made of."""

    def __init__(self, data: xr.Dataset, axis: str) -> None:
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LogNorm, Normalize

        at = np.array([_value(data, axis, k) for k in range(data.sizes[axis])])
        kind = LogNorm if spacing(at) == "log" else Normalize
        self.bar = ScalarMappable(kind(float(at.min()), float(at.max())), "viridis")

    def __call__(self, value: float) -> Any:
        return self.bar.to_rgba(np.array([value]))[0]


def _value(data: xr.Dataset, axis: str, k: int) -> float:
    """Where an axis of numbers stands at its k-th value."""
    return float(data[axis][k]) if axis in data.coords else float(k)


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
