"""What every figure is held to: it can be read without its code."""

import re
from itertools import pairwise

import numpy as np

MATHS = re.compile(r"\$[^$]*\$")
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
