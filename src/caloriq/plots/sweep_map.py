"""A sweep over two axes of numbers as a map in colours: stored data in, panels of a figure filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import whole_numbers
from caloriq.plots.swept import ASKED, ERROR, NUMBERLESS, WHY, Choice, cells, scale, states, worded
from caloriq.plots.words import label, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

ALIKE = 1e-6  # of their size, by which values differ that are drawn as one
# ground and hatching of cells without a number
WITHOUT = {ASKED: ("0.85", ""), ERROR: ("0.85", "////"), NUMBERLESS: ("1.0", "....")}
INK = "0.45"


def errors(data: xr.Dataset, name: str, place: Mapping[Any, int]) -> xr.DataArray | None:
    """Errors of a quantity over a map; None where there are none."""
    error = data.get(f"{name}_error")
    if error is None or set(error.dims) != set(data[name].dims):
        return None
    found = error.isel(place)
    return found if bool((found > 0).any()) else None


def draw(
    fig: Figure,
    parts: Sequence[Axes],
    data: xr.Dataset,
    drawn: Choice,
    places: Sequence[Mapping[Any, int]],
    names: Sequence[str],
) -> None:
    """A map for every place, all in one scale of colours; of a single one the errors beside it.

    Parameters
    ----------
    fig : Figure
        Whose panels these are.
    parts : sequence of Axes
        The panels.
    data : Dataset
        Of the sweep.
    drawn : Choice
        What is drawn.
    places : sequence of mapping
        Where everything else stands in every panel.
    names : sequence of str
        Of the two axes, the one to the right first.
    """
    right, up = drawn.axes[:2]
    data = data.sortby([right, up])
    every = [data[drawn.name].isel(place).transpose(up, right).values for place in places]
    said = named(data, drawn.name, worded(data, drawn.name))
    shown, norm = _colours(np.stack(every))
    used = list(parts[: len(places)])
    without: set[int] = set()
    for ax, place, values in zip(parts, places, every, strict=False):
        mesh = _cells(ax, data, (up, right), values, names, shown, norm)
        without |= _without(ax, data, (up, right), states(data, drawn.name, (up, right), place))
    bar = fig.colorbar(mesh, ax=used, label=said)
    if shown == "truth":
        bar.set_ticks([0.25, 0.75], labels=["no", "yes"])
    error = None if len(places) > 1 else errors(data, drawn.name, places[0])
    if error is not None:
        ax = parts[1]
        wide = error.transpose(up, right).values
        mesh = _cells(ax, data, (up, right), wide, names, *_colours(wide))
        _without(ax, data, (up, right), states(data, f"{drawn.name}_error", (up, right), places[0]))
        units = data[drawn.name].attrs.get("units", "")
        fig.colorbar(
            mesh, ax=ax, label=label("standard error of the mean" if "sample" in data.dims else "its error", units)
        )
        ax.set_title("error", fontsize=9)
    if without:
        _legend(fig, without)


def _colours(values: NDArray[np.float64]) -> tuple[str, Normalize]:
    """A map of colours and its scale: two for yes and no, from blue to red about 0 where signs differ, otherwise one way."""
    from matplotlib.colors import LogNorm, Normalize

    known = values[np.isfinite(values)]
    if not known.size:
        return "viridis", Normalize(0.0, 1.0)
    low, high = float(known.min()), float(known.max())
    if np.isin(known, (0.0, 1.0)).all() and low < high:
        return "truth", Normalize(0.0, 1.0)
    if low < 0 < high:
        most = max(-low, high)
        return "RdBu_r", Normalize(-most, most)
    if scale(known) == "log":
        return "viridis", LogNorm(low, high)
    if high - low <= ALIKE * max(abs(low), abs(high)):
        middle, room = (low + high) / 2, 0.05 * max(abs(low), abs(high)) or 1.0
        low, high = middle - room, middle + room
    return "viridis", Normalize(low, high)


def _cells(
    ax: Axes,
    data: xr.Dataset,
    dims: tuple[str, str],
    values: NDArray[np.float64],
    names: Sequence[str],
    shown: str,
    norm: Normalize,
) -> Any:
    """Cells about the values of the two axes, each axis in its own scale."""
    from matplotlib.colors import ListedColormap

    (y, ys, ynamed), (x, xs, xnamed) = (cells(data[dim].values) for dim in dims)
    colours: Any = ListedColormap(["#d9e4ee", "#0b5fa5"]) if shown == "truth" else shown
    mesh = ax.pcolormesh(x, y, np.ma.masked_invalid(values), cmap=colours, norm=norm)
    ax.set(xscale=xs, yscale=ys, xlabel=names[0], ylabel=names[1], xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    for axis, dim, told in ((ax.yaxis, dims[0], ynamed), (ax.xaxis, dims[1], xnamed)):
        if told:
            at = data[dim].values
            axis.set_ticks(range(at.size), [f"{one:.4g}" for one in at])
        elif data[dim].dtype.kind in "iu" and axis.get_scale() == "linear":
            whole_numbers(ax, "y" if axis is ax.yaxis else "x")
    return mesh


def _without(ax: Axes, data: xr.Dataset, dims: tuple[str, str], why: NDArray[np.intp]) -> set[int]:
    """Grey and hatched cells where there is no number; the reasons that occur."""
    from matplotlib.colors import ListedColormap

    (y, *_), (x, *_) = (cells(data[dim].values) for dim in dims)
    found = {int(one) for one in np.unique(why) if one}
    for one in sorted(found):
        ground, hatch = WITHOUT[one]
        here = np.ma.masked_where(why != one, np.ones(why.shape))
        ax.pcolor(x, y, here, cmap=ListedColormap([ground]), hatch=hatch or None, edgecolor=INK, linewidth=0)
    return found


def _legend(fig: Figure, without: set[int]) -> None:
    """What cells without a number are, beneath all panels."""
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=WITHOUT[one][0], hatch=WITHOUT[one][1] or None, edgecolor=INK, linewidth=0.5, label=WHY[one])
        for one in sorted(without)
    ]
    fig.legend(handles=handles, loc="outside lower left", ncols=len(handles), fontsize=8.5)
