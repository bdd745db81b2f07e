"""What every figure is held to: it can be read without its code; that of a user's own result, without a paper too."""

import re
from itertools import pairwise

import numpy as np
from matplotlib.collections import PolyCollection, QuadMesh

MATHS = re.compile(r"\$[^$]*\$")
# quantities that have a unit, unless the name of the axis makes a pure number of them
DIMENSIONS = re.compile(
    r"\b(time|temperatures?|energy|energies|currents?|inflows|conductivity|diffusivity|dephasing|rates?|bandwidth|coupling)\b"
)
PURE = re.compile(
    r"\b(share|relative|times|over|population|correlation|susceptibility|weight|heat capacity|conservation)\b|/C\(0\)"
)
PAPERS = re.compile(r"\b(PRE|PRL|HAM|MT|Eq\.|Fig\.|as printed|[AC]\d (?=\w))|µ = |\$P_|_µ")
# names of variables that say nothing of what they are
RAW = re.compile(r"^(values?( real| imaginary)?|means?|running|by rates|printed|resolved|errors?)(,| and|  \[|$)")
PLACES = ("site", "subunit", "unit")
TICKS = (2, 12)  # labelled ticks of an axis of numbers
STYLES = ("dotted", "dashed", "dots", "lines", "shaded", "grey")


def assert_readable(figure):
    """Axes and colour bars have names, ticks do not overprint, reference lines are told, no raw powers, no legend over data."""
    figure.canvas.draw()
    for ax in figure.axes:
        where = ax.get_title() or ax.get_ylabel() or "a panel"
        if ax.axison:
            assert ax.get_ylabel() or hasattr(ax, "_colorbar") or _names(ax.yaxis), f"{where}: y has no name"
            assert ax.get_xlabel() or hasattr(ax, "_colorbar") or _names(ax.xaxis), f"{where}: x has no name"
        if hasattr(ax, "_colorbar"):
            assert ax.get_ylabel() or ax.get_xlabel(), f"{where}: a colour bar has no name"
        for axis, at in ((ax.xaxis, 0), (ax.yaxis, 1)):
            boxes = sorted(_boxes(axis, at, figure))
            for (_, end, one), (begin, _, two) in pairwise(boxes):
                assert begin >= end - 1, f"{where}: the tick labels {one!r} and {two!r} overprint"
        assert not _hidden(ax), f"{where}: the legend lies over {_hidden(ax)} of the data"
        for text in _texts(ax):
            assert "^" not in MATHS.sub("", text), f"{where}: a raw power in {text!r}"
        for y in _unnamed_levels(ax):
            assert y == 0 or _told(ax, y), f"{where}: the reference line at {y:g} has no name"
        _assert_map_told(ax, where)


def _assert_map_told(ax, where):
    """A map in colours has its bar, cells without a number are drawn and named, and no legend lies on it."""
    bars = [other._colorbar.norm for other in ax.figure.axes if hasattr(other, "_colorbar")]
    for mesh in ax.collections:
        if not isinstance(mesh, QuadMesh) or hasattr(ax, "_colorbar"):
            continue
        assert any(mesh.norm is norm for norm in bars), f"{where}: a map has no colour bar"
        empty = np.ma.getmaskarray(np.ma.masked_invalid(mesh.get_array())).sum()
        filled = sum(
            np.ma.count(other.get_array())
            for other in ax.collections
            if isinstance(other, PolyCollection) and other.get_array() is not None
        )
        assert filled >= empty, f"{where}: {empty - filled} cells without a number are not drawn"
        named = ax.figure.legends or ax.get_legend() is not None
        assert named or not empty, f"{where}: cells without a number have no name"
        legend = ax.get_legend()
        on = legend is not None and legend.get_window_extent().overlaps(ax.get_window_extent())
        assert not on, f"{where}: a legend lies on the map"


def assert_standard(figure, data):
    """A user's own figure besides: heading with model, units, first places, marks apart, ticks, nothing magnified or cut off."""
    assert_readable(figure)
    heading = figure.get_suptitle().splitlines()
    assert len(heading) > 1, "the heading must have what was found, and the model below it"
    for ax in filter(lambda ax: ax.axison, figure.axes):
        where = ax.get_ylabel() or ax.get_xlabel() or "a panel"
        for axis in (ax.xaxis, ax.yaxis):
            said = axis.get_label_text()
            assert not RAW.search(said), f"{where}: {said!r} names no quantity"
            if DIMENSIONS.search(said) and not PURE.search(said):
                assert re.search(r"\[.+\]$", said), f"{where}: no unit on {said!r}"
            box = axis.label.get_window_extent()
            assert max(box.width, box.height) < 1.05 * max(ax.bbox.height, ax.bbox.width), (
                f"{where}: {said!r} is too long"
            )
            assert "+" not in axis.get_offset_text().get_text(), f"{where}: rounding is magnified"
            if axis.get_visible() and not _names(axis) and said and len(_shown(axis)):
                least = TICKS[0] if _several(ax, axis) else 1
                assert least <= len(_shown(axis)) <= TICKS[1], f"{where}: {len(_shown(axis))} ticks on {said!r}"
        for text in _texts(ax):
            assert not PAPERS.search(text), f"{where}: {text!r} is a paper's"
        if ax.get_xlabel() in PLACES and ax.get_xlabel() in data.coords and ax.get_lines():
            first = min(np.min(line.get_xdata()) for line in ax.get_lines() if np.size(line.get_xdata()) > 1)
            assert first == data[ax.get_xlabel()].values[0], f"{where}: begins at {first:g}"
        assert not _under(ax), f"{where}: marks of {_under(ax)!r} lie under others"
        _assert_counted(ax, data)


def _assert_counted(ax, data):
    """Places that a legend names one by one begin where the model's do."""
    legend = ax.get_legend()
    told = [] if legend is None else [text.get_text() for text in legend.get_texts()]
    for dim in PLACES:
        numbers = [int(one[1]) for one in (re.match(rf"{dim} (\d+)$", text) for text in told) if one]
        if numbers and dim in data.coords:
            assert min(numbers) == data[dim].values[0], f"{dim}s begin at {min(numbers)}"


def _shown(axis):
    """Positions in view whose ticks have labels."""
    low, high = sorted(axis.get_view_interval())
    ticks = (*axis.get_major_ticks(), *axis.get_minor_ticks())
    return {one.get_loc() for one in ticks if low <= one.get_loc() <= high and one.label1.get_text()}


def _several(ax, axis):
    """Whether the lines of a panel are at more than one place along an axis."""
    values = [line.get_xdata() if axis is ax.xaxis else line.get_ydata() for line in ax.get_lines()]
    return not values or len({float(v) for some in values for v in some}) > 1


def _under(ax):
    """Name of a line of marks on which another's lie, full and no wider; empty where none does."""
    seen = []
    for line in ax.get_lines():
        if line.get_marker() in ("None", "none", "", None) or line.get_transform() != ax.transData:
            continue
        size = line.get_markersize() / (2 if line.get_marker() == "." else 1)
        hollow = line.get_markerfacecolor() == "none"
        at = ax.transData.transform(np.column_stack([np.asarray(one, float) for one in line.get_data()]))
        at = at[np.isfinite(at).all(axis=1)]
        for points, other, wide in seen:
            near = np.abs(points[:, None] - at[None]).max(axis=2) < 1.0
            if near.any() and not hollow and size >= wide and line.get_marker() not in ("x", "|", "_", "v"):
                return str(other)
        seen.append((at, line.get_label(), size))
    return ""


def _hidden(ax):
    """How many points of the data, or of the lines between them, lie under a legend without a frame."""
    legend = ax.get_legend()
    if legend is None or legend.get_frame_on():
        return 0
    box, under = legend.get_window_extent(), 0
    for line in ax.get_lines():
        if line.get_transform() == ax.transData and np.size(line.get_xdata()):
            x, y = ax.transData.transform(np.column_stack(line.get_data()).astype(float)).T
            at = np.arange(x.size)
            fine = at if line.get_linestyle() == "None" else np.linspace(0, x.size - 1, 20 * x.size)
            px, py = np.interp(fine, at, x), np.interp(fine, at, y)
            under += int(((px > box.x0) & (px < box.x1) & (py > box.y0) & (py < box.y1)).sum())
    return under


def _names(axis):
    """Whether ticks are words, as on a bar chart."""
    return any(re.search(r"[^\W\d_]", label.get_text()) for label in axis.get_ticklabels())


def _boxes(axis, at, figure):
    """Begin, end and text of every tick label that is drawn, along the axis, in pixels."""
    low, high = sorted(axis.get_view_interval())
    for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
        label = tick.label1
        if label.get_visible() and label.get_text() and low <= tick.get_loc() <= high:
            box = label.get_window_extent(figure.canvas.get_renderer())
            yield (box.x0, box.x1, label.get_text()) if at == 0 else (box.y0, box.y1, label.get_text())


def _texts(ax):
    legend = ax.get_legend()
    named = [] if legend is None else [text.get_text() for text in legend.get_texts()]
    return [ax.get_title(), ax.get_xlabel(), ax.get_ylabel(), *named, *(text.get_text() for text in ax.texts)]


def _unnamed_levels(ax):
    """Heights of the lines across the whole panel that no legend names."""
    for line in ax.get_lines():
        x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
        across = line.get_transform() == ax.get_yaxis_transform(which="grid") and x.size == 2
        if across and y[0] == y[1] and line.get_label().startswith("_"):
            yield float(y[0])


def _told(ax, y):
    """Whether a text stands at that height, or the title speaks of the line."""
    return any(np.isclose(text.xy[1], y) for text in ax.texts if hasattr(text, "xy")) or any(
        word in ax.get_title() for word in (*STYLES, f"{y:g}")
    )
