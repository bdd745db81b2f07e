"""Plots of any dataset: over time and place as a map and a film, over lengths on logarithmic axes, otherwise as curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from caloriq.lab import figures, sweep_maps
from caloriq.plots.frames import PERCENT
from caloriq.plots.swept import choice, mapped, model_of, quantities, scale, spacing, worded
from caloriq.plots.words import parameter

if TYPE_CHECKING:
    import xarray as xr

    from caloriq.lab.panel import Film

TIMES = ("time", "instant")
PLACES = ("site", "subunit", "unit", "bond", "mode")
MOST = 8  # plots of one dataset
AXES = 2  # of what is drawn


class Drawn(NamedTuple):
    """A plot and what is behind it."""

    title: str
    figure: figures.Figure
    names: tuple[str, ...]


class Moving(NamedTuple):
    """A film of a variable over places."""

    title: str
    name: str
    along: str
    across: str


def drawn(data: xr.Dataset) -> Iterator[Drawn]:
    """Plots of a dataset, at most eight."""
    found = 0
    if "sites" in data.dims and "current" in data and "resistivity" in data:
        yield from scaling(data)
        return
    if "sweep" in data.attrs:
        yield from swept(data)
        return
    for dims, names in _groups(data).items():
        if found == MOST:
            return
        kind = dims[0]
        if len(kind) == AXES and kind[0] in TIMES and kind[1] in PLACES:
            for name in names[:2]:
                yield Drawn(
                    f"{name.replace('_', ' ')} over {kind[0]} and {kind[1]}",
                    figures.heat_map(data, name, kind[0], kind[1]),
                    (name,),
                )
                found += 1
            continue
        title = ", ".join(one.replace("_", " ") for one in names[:3]) + f" over {kind[0]}"
        yield Drawn(title, figures.curves(data, names[:4], kind[0]), _with_errors(data, names[:4]))
        found += 1


def swept(data: xr.Dataset) -> Iterator[Drawn]:
    """Quantities of a sweep over its axes: maps where there are two long ones, otherwise lines over the longest."""
    first = choice(data)
    if first is None:
        return
    names = [name for name in quantities(data) if set(map(str, data[name].dims)) <= set(first.axes)]
    names = [name for name in names if not figures.is_error(data, name)]
    names.sort(key=lambda name: name != first.name)
    found = 0
    for name in names:
        axes = [axis for axis in first.axes if axis in data[name].dims]
        if not 1 <= len(axes) <= AXES or found == MOST:
            continue
        if mapped(data, axes):
            plot = sweep_maps.map_of_sweep(data, name, axes[0], axes[1])
        else:
            said = parameter(data[axes[0]], axes[0], model_of(data))
            plot = figures.curves(data, [name], axes[0], figures.label(data, name, worded(data, name)))
            plot["layout"]["xaxis"]["title"]["text"] = said
            for axis, values, kind in (("xaxis", data[axes[0]].values, spacing), ("yaxis", data[name].values, scale)):
                if kind(values) == "log":
                    plot["layout"][axis] |= figures.logarithmic(values)
        yield Drawn(f"{worded(data, name)} over {' and '.join(axes)}", plot, _with_errors(data, [name]))
        found += 1


def _with_errors(data: xr.Dataset, names: Sequence[str]) -> tuple[str, ...]:
    """What is taken away with a plot: its variables and the errors that stand beside them."""
    return (*names, *(one for name in names for one in figures.errors_of(data, name)))


def _groups(data: xr.Dataset) -> dict[tuple[tuple[str, ...], str], list[str]]:
    """Names of what is drawn, by dimensions and unit."""
    found: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for name, one in data.data_vars.items():
        dims = tuple(str(d) for d in one.dims if d != "sample")
        if not 1 <= len(dims) <= AXES or one.dtype.kind not in "fiub" or one.size <= 1:
            continue
        if figures.is_error(data, str(name)):
            continue
        if not np.any(np.isfinite(one.values.astype(float))):
            continue
        found.setdefault((dims, str(one.attrs.get("units", ""))), []).append(str(name))
    return found


def films(data: xr.Dataset) -> Iterator[Moving]:
    """What can be shown as a film: variables over time and place."""
    for name, one in data.data_vars.items():
        dims = tuple(str(d) for d in one.dims if d != "sample")
        if len(dims) == AXES and dims[0] in TIMES and dims[1] in PLACES and one.dtype.kind == "f":
            yield Moving(f"{str(name).replace('_', ' ')}, moving", str(name), dims[0], dims[1])


def scaling(data: xr.Dataset) -> Iterator[Drawn]:
    """The current over the length on logarithmic axes with the law of the resistances, and what the law leaves over."""
    sizes, current, error = data["sites"].values, data["current"].values, data["error"].values
    r, contact = float(data["resistivity"]), float(data["contact_resistance"])
    fine = np.geomspace(sizes[0], sizes[-1], 120)
    law = 1.0 / (contact + r * (fine - 1))
    wide = np.hypot(float(data["contact_error"]), float(data["resistivity_error"]) * (fine - 1))
    traces = [figures.line(fine, law, 1, "1/(R_c + r (N − 1))")]
    if np.all(np.isfinite(law)) and np.any(2 * wide * law > 1e-3):
        traces.insert(0, figures.band(fine, law * (1 - 2 * wide * law), law * (1 + 2 * wide * law), 1))
    traces.append(figures.dots(sizes, current, 0, "current", error))
    log = {
        "type": "log",
        "tickvals": [int(n) for n in sizes],
        "ticktext": [str(int(n)) for n in sizes],
        "minor": {"ticks": ""},
    }
    yield Drawn(
        "current over the length",
        figures.figure(
            traces,
            figures.axis("sites N", **log),
            figures.axis(figures.label(data, "current"), **figures.logarithmic(current)),
        ),
        ("current", "error", "local_alpha"),
    )
    rest = 100 * (current * (contact + r * (sizes - 1)) - 1)
    edge = max(1.2 * float(np.nanmax(np.abs(rest))), PERCENT)
    yield Drawn(
        "what the law leaves over",
        figures.figure(
            [figures.dots(sizes, rest, 0, "rest", 100 * error / np.abs(current), mode="lines+markers")],
            figures.axis("sites N", **log),
            figures.axis("J (R_c + r (N − 1)) − 1 in %", range=[-edge, edge], zeroline=True),
            showlegend=False,
        ),
        ("current", "error"),
    )


def roll(film: Film, one: Moving, data: xr.Dataset) -> None:
    """Put a variable into a film."""
    film.show(
        lambda k: figures.profile(data, one.name, one.across, k),
        data[one.along].values if one.along in data.coords else np.arange(data.sizes[one.along]),
        str(data[one.along].attrs.get("units", "")) if one.along in data.coords else "",
        data,
        (one.name,),
    )
