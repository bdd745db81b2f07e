"""The figure of a result that has none of its own: its variables over their dimensions, with errors, those of one unit together."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import about_zero, figure, flows_in, places_named, whole_numbers, with_errors
from caloriq.plots.words import headed, label, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = 6  # drawn at most
LONG = 24  # letters of names that stand beside each other
LINES = 8  # of one variable; more are a map in colours
MARKED = 30  # points up to which each has a mark
RUNNING = ("time", "instant", "internal_time", "temperature")  # dimensions that go to the right before others
SIZES = ("error", "errors", "bound", "bounds", "width", "widths", "spreads")  # last word of what is drawn as an error
# names that say little without their class
WORDS = {
    "values": "squared deviation from theory, D²",
    "deviation": "squared deviation from theory, D²",
    "mean": "mean population over all pure starts",
    "internal": "slowest correlation inside a block",
    "kernel": "integral of the correlation, R(t)",
    "correlation": "correlation of the current, C(t)",
    "condition": "condition number of the map",
    "gains": "rates between levels",
}
TELLING = 10  # letters from which a meaning is told above its panel
ACROSS = 46  # letters of its lines
SYMBOLS = ("_", "^", "µ", "PRE", "~")  # of meanings that only a paper's reader knows
OF_VALUES = {
    "error": ("value", "values", "values_real", "values_imaginary", "rate", "diffusivity", "conductivity"),
    "errors": ("values", "energies", "density"),
    "width": ("mean",),
    "widths": ("populations",),
}


@headed
def overview(data: xr.Dataset) -> Figure:
    """Variables over their running dimension, one panel for those that share dimensions and unit; matrices and many places as maps.

    A second dimension becomes lines of a panel of its own, or a map where it has more than eight places; the mean is taken
    over samples, with its standard error. Numbers without a dimension stand in a table if there is nothing else.
    """
    groups = _groups(data)
    if not groups:
        return _table(data)
    columns = min(2, len(groups))
    rows = -(-len(groups) // columns)
    fig, axes = figure(4.8 * columns, 3.6 * rows, columns, rows)
    for ax, names in zip(axes, groups, strict=False):
        dims = _dims(data, names[0])
        if len(dims) == 2 and (_square(data, names[0]) or _many(data, dims)):
            _map(fig, ax, data, names[0])
        else:
            _curves(ax, data, names, dims)
        _meaning(ax, data, names)
    for ax in axes[len(groups) :]:
        ax.set_axis_off()
    return fig


def _worded(name: str) -> str:
    return WORDS.get(name, name.replace("_", " "))


def _meaning(ax: Axes, data: xr.Dataset, names: list[str]) -> None:
    """Above a panel of one variable what it means, where that says more than its name."""
    told = str(data[names[0]].attrs.get("long_name", ""))
    if len(names) > 1 or len(told) <= TELLING or " " not in told or any(one in told for one in SYMBOLS):
        return
    ax.set_title(textwrap.fill(told, ACROSS), fontsize=8.5)


def _groups(data: xr.Dataset) -> list[list[str]]:
    """Names of what is drawn together."""
    found: dict[Any, list[str]] = {}
    taken = set(errors(data).values())
    for name, one in data.data_vars.items():
        dims = _dims(data, str(name))
        if not dims or str(name) in taken or one.dtype.kind not in "fiub" or len(dims) > 2 or one.size == 0:
            continue
        if str(name).endswith(tuple(f"_{word}" for word in SIZES)) or not np.isfinite(one.values).any():
            continue
        alone = len(dims) == 2
        key = (
            (tuple(dims), str(name))
            if alone
            else (tuple(dims), one.attrs.get("units", ""), one.attrs.get("carries", ""))
        )
        found.setdefault(key, []).append(str(name))
    return list(found.values())[:PANELS]


def _dims(data: xr.Dataset, name: str) -> list[str]:
    """Dimensions of a variable, the one to the right first."""
    dims = [str(d) for d in data[name].dims if d != "sample"]
    return sorted(dims, key=lambda d: RUNNING.index(d) if d in RUNNING else len(RUNNING))


def _square(data: xr.Dataset, name: str) -> bool:
    """Whether a variable is a matrix of a place with itself."""
    dims = [str(d) for d in data[name].dims if d != "sample"]
    return len(dims) == 2 and dims[1] == f"other_{dims[0]}"


def _many(data: xr.Dataset, dims: list[str]) -> bool:
    return data.sizes[dims[1]] > LINES and data.sizes[dims[0]] > 1


def errors(data: xr.Dataset) -> dict[str, str]:
    """Name of the error of every variable that has one in the dataset."""
    found: dict[str, str] = {}
    for name in map(str, data.data_vars):
        single = name.removesuffix("s").removesuffix("ie") + ("y" if name.endswith("ies") else "")
        for one in (f"{start}_{word}" for start in (name, single) for word in SIZES):
            if one in data and _fits(data, name, one):
                found.setdefault(name, one)
    for one, owners in OF_VALUES.items():
        for name in owners:
            if one in data and name in data and _fits(data, name, one):
                found.setdefault(name, one)
    return found


def _fits(data: xr.Dataset, name: str, error: str) -> bool:
    return set(data[error].dims) <= set(data[name].dims) and bool(np.isfinite(data[error].values).any())


def _numbers(data: xr.Dataset, name: str, dims: list[str]) -> tuple[Any, Any]:
    """Values, shape of the dimensions in their order, and their errors or None; of samples the mean and its standard error."""
    one, error = data[name], errors(data).get(name)
    if "sample" in one.dims:
        count = one.sizes["sample"]
        spread = one.std("sample", ddof=1) / count**0.5 if count > 1 else None
        return one.mean("sample").transpose(*dims).values, None if spread is None else spread.transpose(*dims).values
    wide = None if error is None else data[error].broadcast_like(one).transpose(*dims).values
    return one.transpose(*dims).values, wide


def _curves(ax: Axes, data: xr.Dataset, names: list[str], dims: list[str]) -> None:
    """Every variable over a dimension, with a line for every place of a second one."""
    along = dims[0]
    x = data[along].values if along in data.coords else np.arange(data.sizes[along])
    first = data[names[0]].attrs
    if dims == ["bath"] and len(names) == 1:
        said = label(_worded(names[0]), first.get("units", ""), first.get("carries", ""))
        values, wide = _numbers(data, names[0], dims)
        flows_in(ax, [one.removeprefix("bath ") for one in places_named(data, "bath")], values, said, wide)
        return
    for name in names:
        values, wide = _numbers(data, name, dims)
        if len(dims) == 1:
            _line(ax, x, values, wide, _worded(name))
            continue
        shown = np.unique(np.linspace(0, data.sizes[dims[1]] - 1, LINES).astype(int)).tolist()
        places = places_named(data, dims[1])
        for k in shown:
            _line(ax, x, values[:, k], None if wide is None else wide[:, k], places[k])
    words = _worded(names[0]) if len(names) == 1 else _together(names)
    ax.set(xlabel=named(data, along), ylabel=label(words, first.get("units", ""), first.get("carries", "")))
    if len(names) > 1 or len(dims) > 1:
        ax.legend(fontsize=8)
    if along in ("bath", "bond", "environment"):
        ax.set_xticks(x, [one.removeprefix(f"{along} ") for one in places_named(data, along)])
    elif np.asarray(x).dtype.kind in "iu":
        whole_numbers(ax)
        if len(x) == 1:
            ax.set_xticks(x)


def _together(names: list[str]) -> str:
    """What several variables of a panel are: their names, where they are few."""
    words = [_worded(name) for name in names]
    told = ", ".join(words)
    return told if len(words) <= 2 and len(told) < LONG else f"{words[0]} and others"


def _line(ax: Axes, x: Any, y: Any, wide: Any, said: str) -> None:
    """Points with their errors as bars; many as a curve with a band."""
    style = "o-" if x.size <= MARKED else "-"
    (line,) = ax.plot(x, y, style, ms=4, lw=1.2, label=said)
    with_errors(ax, x, y, wide, line.get_color(), most=MARKED)


def _map(fig: Figure, ax: Axes, data: xr.Dataset, name: str) -> None:
    """A matrix, or many places over time, in colours."""
    one = data[name].mean("sample") if "sample" in data[name].dims else data[name]
    if _square(data, name):
        up, right = (str(d) for d in one.dims)
    else:
        up, right = _dims(data, name)
    x, y = ((one[d].values if d in one.coords else np.arange(one.sizes[d])) for d in (right, up))
    values = one.transpose(up, right).values
    shown = ax.pcolormesh(x, y, values, shading="nearest", **about_zero(values))
    fig.colorbar(shown, ax=ax, label=named(data, name, _worded(name)))
    ax.set(xlabel=named(data, right), ylabel=named(data, up))
    if _square(data, name):
        ax.set_aspect("equal")
    whole_numbers(ax, "both" if np.asarray(y).dtype.kind in "iu" else "x")


def _table(data: xr.Dataset) -> Figure:
    """Numbers without a dimension."""
    fig, (ax, *_) = figure(5.2, 3.2)
    ax.set_axis_off()
    rows = [
        [named(data, str(n)), f"{float(v):.6g}"]
        for n, v in data.data_vars.items()
        if v.ndim == 0 and v.dtype.kind in "fiub"
    ]
    if rows:
        table = ax.table(cellText=rows, loc="center", cellLoc="left")
        table.scale(1.0, 1.4)
    return fig
