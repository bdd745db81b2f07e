"""The house style of figures, and how they are written."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from caloriq.files import atomic
from caloriq.plots.apart import few_ticks, fold_names, keep_apart, no_rounding

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = (
    "#0b5fa5",
    "#d1495b",
    "#2a9d6f",
    "#e09f3e",
    "#6a4c93",
    "#4d4d4d",
    "#00a6a6",
    "#9c6644",
    "#b5179e",
    "#606c38",
)
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": f"cycler('color', {list(COLOURS)})",
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 160,
}


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


Plot = TypeVar("Plot", bound=Callable[..., "Figure | None"])


def styled(plot: Plot) -> Plot:
    """Draw in the house style, leaving matplotlib's global settings alone; no legend or mark lies over what is drawn."""

    @wraps(plot)
    def drawn(*args: Any) -> Figure | None:
        import matplotlib as mpl

        with mpl.rc_context(STYLE):
            fig = plot(*args)
            if fig is not None:
                few_ticks(fig)
                no_rounding(fig)
                _free_legends(fig)
                fold_names(fig)
                keep_apart(fig)
            return fig

    return cast("Plot", drawn)


def _free_legends(fig: Figure) -> None:
    """Put every legend that lies over data beneath its panel."""
    fig.canvas.draw()
    covering = [ax for ax in fig.axes if legend_covers(ax)]
    for ax in covering:
        legend = ax.get_legend()
        assert legend is not None
        legend.set_loc("upper center")
        legend.set_bbox_to_anchor((0.5, -0.16), transform=ax.transAxes)
    if covering:
        height = max(ax.get_legend().get_window_extent().height for ax in covering) / fig.dpi  # type: ignore[union-attr]
        rows = max(1, len({round(ax.get_position().y0, 2) for ax in covering}))
        fig.set_figheight(fig.get_figheight() + rows * height)


def legend_covers(ax: Axes) -> bool:
    """Whether a frameless legend lies over a line, a bar or an error bar of its panel, as last drawn."""
    from matplotlib.collections import LineCollection
    from matplotlib.patches import Rectangle

    legend = ax.get_legend()
    if legend is None or legend.get_frame_on():
        return False
    box = legend.get_window_extent()
    dots, paths = list[Any](), list[Any]()
    for line in ax.get_lines():
        if line.get_transform() == ax.transData and np.size(line.get_xdata()):
            at = ax.transData.transform(np.column_stack(line.get_data()).astype(float))
            (dots if line.get_linestyle() == "None" else paths).append(at)
    for collection in ax.collections:
        if isinstance(collection, LineCollection):
            paths += [ax.transData.transform(one) for one in collection.get_segments() if len(one)]
    bars = [one.get_window_extent() for one in ax.patches if isinstance(one, Rectangle)]
    return (
        any(_holds(box, at) for at in dots)
        or any(_holds(box, _between(path)) for path in paths)
        or any(bool(box.overlaps(bar)) for bar in bars if bar.width and bar.height)
    )


def _between(path: Any) -> Any:
    """Points along a path of pixels."""
    with np.errstate(invalid="ignore"):
        step = np.linspace(0, 1, 33)[:, None, None]
        return (path[:-1] + step * np.diff(path, axis=0)).reshape(-1, 2) if len(path) > 1 else path


def _holds(box: Any, points: Any) -> bool:
    """Whether any of some pixels lies in a box."""
    return bool(np.any(np.all((points > [box.x0, box.y0]) & (points < [box.x1, box.y1]), axis=1)))


def figure(width: float = 6.4, height: float = 4.2, columns: int = 1, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """Figure with axes side by side, row after row, for the Agg canvas: no display is needed."""
    fig = canvas(width, height)
    axes = fig.subplots(rows, columns, squeeze=False)
    return fig, list(axes.ravel())


def canvas(width: float, height: float) -> Figure:
    """Figure without axes yet."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from caloriq.plots.shown import Shown

    fig = Shown(figsize=(width, height))
    FigureCanvasAgg(fig)
    return fig


def flows_in(ax: Axes, names: Sequence[str], values: NDArray[Any], label: str, errors: Any = None) -> None:
    """What each of some baths brings, as bars: red into the system, blue out of it; with their errors where those are finite."""
    wide = None if errors is None else np.where(np.isfinite(errors), np.abs(errors), 0.0)
    colours = ["#d1495b" if v > 0 else "#0b5fa5" for v in values]
    ax.barh(list(names), values, color=colours, xerr=wide, capsize=3, ecolor="black")
    ax.axvline(0, color="k", lw=0.8)
    ax.invert_yaxis()
    ax.set(xlabel=label)
    ax.locator_params(axis="x", nbins=5)


def write(fig: Figure, path: Path) -> list[Path]:
    """PNG and PDF of a figure beside each other, each written whole or not at all."""
    import matplotlib as mpl

    written = []
    for suffix in (".png", ".pdf"):
        buffer = io.BytesIO()
        # no date in the file: the same data give the same bytes
        metadata: dict[str, Any] = {"Software": None} if suffix == ".png" else {"CreationDate": None}
        with mpl.rc_context(STYLE):
            fig.savefig(buffer, format=suffix[1:], metadata=metadata)
        written.append(atomic(path.with_suffix(suffix), partial(_write_bytes, content=buffer.getvalue())))
    return written


def svg(fig: Figure) -> str:
    """A figure as SVG: its letters are paths and its ground is clear, so that it looks alike everywhere and suits any page."""
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({**STYLE, "svg.fonttype": "path", "svg.hashsalt": "caloriq"}):
        fig.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def edges(centres: Any, scale: str = "log") -> Any:
    """Cell edges halfway between centres along an axis of that scale."""
    at = np.log(centres) if scale == "log" else np.asarray(centres, float)
    middle = (at[1:] + at[:-1]) / 2
    found = np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])
    return np.exp(found) if scale == "log" else found


def about_zero(values: Any) -> dict[str, Any]:
    """Colours of a map: from blue to red about zero where there is anything below it, otherwise one way."""
    if not np.nanmin(values) < 0:
        return {"cmap": "viridis"}
    most = float(np.nanmax(np.abs(values)))
    return {"cmap": "RdBu_r", "vmin": -most, "vmax": most}


def whole_numbers(ax: Axes, axis: Literal["x", "y", "both"] = "x") -> None:
    """Label an axis that counts at whole numbers alone."""
    from matplotlib.ticker import MaxNLocator

    for one in (ax.xaxis, ax.yaxis) if axis == "both" else (ax.xaxis if axis == "x" else ax.yaxis,):
        one.set_major_locator(MaxNLocator(integer=True))


def ticks_at(ax: Axes, values: Any, axis: Literal["x", "y"] = "x") -> None:
    """Label a logarithmic axis at the values that were computed, and nowhere else."""
    labels = [f"{v:g}" for v in values]
    if axis == "x":
        ax.set_xticks(values, labels)
        ax.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
    else:
        ax.set_yticks(values, labels)
        ax.tick_params(axis="y", which="minor", left=False, labelleft=False)


def places_named(data: xr.Dataset, dim: str) -> list[str]:
    """Names of the places along a dimension: a bath's own, a bond by the sites that it joins, others by their coordinate.

    Parameters
    ----------
    data : Dataset
        Of a result.
    dim : str
        One of its dimensions.
    """
    size = data.sizes[dim]
    given = data.attrs.get("baths" if dim == "bath" else f"{dim}s")
    if isinstance(given, list | tuple) and len(given) == size:
        return [str(one) for one in given]
    if f"{dim}_from" in data.coords:
        ends = zip(data[f"{dim}_from"].values.tolist(), data[f"{dim}_to"].values.tolist(), strict=True)
        return [f"{dim} {a}-{b}" for a, b in ends]
    words = dim.replace("_", " ")
    if dim not in data.coords:
        return [f"{words} {k}" for k in range(size)]
    values = data[dim].values
    unit = data[dim].attrs.get("units", "")
    if values.dtype.kind == "f" and unit not in ("", "1"):
        return [f"{words} {value:.4g}" for value in values.tolist()]
    return [f"{words} {value:g}" if values.dtype.kind in "fiu" else f"{words} {value}" for value in values.tolist()]


def with_errors(ax: Axes, x: Any, y: Any, error: Any, colour: Any = None, *, most: int = 60) -> None:
    """Errors of numbers that are drawn: bars, or a band of more than `most`; nothing where there are none.

    Parameters
    ----------
    ax : Axes
        Where the numbers are.
    x, y : array, shape (points,)
        The numbers.
    error : array, shape (points,), Dataset variable, or None
        What is not finite is left out.
    colour : colour, optional
        By default that of the line drawn last.
    most : int
        Points up to which each has a bar.
    """
    if error is None:
        return
    colour = ax.get_lines()[-1].get_color() if colour is None else colour
    y = np.asarray(y, float)
    wide = np.abs(np.asarray(getattr(error, "values", error), float))
    wide = np.where(np.isfinite(wide), wide, 0.0)
    if np.size(x) <= most:
        ax.errorbar(x, y, yerr=wide, fmt="none", ecolor=colour, elinewidth=1.0, capsize=2.5)
    else:
        ax.fill_between(x, y - wide, y + wide, color=colour, alpha=0.2, lw=0)
