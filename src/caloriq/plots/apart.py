"""What is done to every figure when it is drawn: coinciding marks become rings, equal curves dashes, ticks few, rounding small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

NEAR = 2.0  # pixels within which one mark hides another
RING = 3.0  # points by which a ring is wider than what it surrounds
MANY, FINE = 25, 1.2  # marks of one line from which rings are this much wider alone, and thin
MOST = 5  # rings around one mark
DECADES = 2.0  # from which a logarithmic axis has its powers alone
ROUNDING = 1e-6  # of a number: less is not drawn as a difference
NONE = ("None", "none", " ", "", None)
THIN = ("_", "|", "x", "+")  # marks that hide nothing, ends of error bars among them


def keep_apart(fig: Figure) -> None:
    """Make rings of marks that lie on earlier ones, and dashes of curves that equal earlier ones.

    Parameters
    ----------
    fig : Figure
        As last drawn.
    """
    for ax in fig.axes:
        marked: list[tuple[NDArray[Any], Line2D, int]] = []
        curves: list[tuple[NDArray[Any], int]] = []
        for line in drawn_lines(ax):
            at = ax.transData.transform(np.column_stack([np.asarray(one, float) for one in line.get_data()]))
            if line.get_marker() not in (*NONE, *THIN):
                on = [(other, k) for points, other, k in marked if coincide(points, at[shown(line, len(at))])]
                depth = 1 + max((k for _, k in on), default=-1)
                if on and depth <= MOST:
                    line.set_markerfacecolor("none")
                    many = len(at) > MANY
                    line.set_markersize(max(_wide(other) for other, _ in on) + (FINE if many else RING))
                    line.set_markeredgewidth(0.6 if many else line.get_markeredgewidth())
                    line.set_marker("o" if line.get_marker() == "." else line.get_marker())
                marked.append((at[shown(line, len(at))], line, depth))
            if line.get_linestyle() == "-" and len(at) > 1:
                same = sum(equal(at, other) for other, _ in curves)
                if same:
                    line.set_linestyle((0, (4, 2 + 2 * same)))
                curves.append((at, same))
        legend = ax.get_legend()
        if legend is not None:
            _as_drawn(ax, legend)


def _wide(line: Line2D) -> float:
    """Diameter of a mark in points; that of a dot is half of what it says."""
    size = float(line.get_markersize())
    return size / 2 if line.get_marker() == "." else size


def drawn_lines(ax: Axes) -> list[Line2D]:
    """Lines of a panel that have data in it."""
    return [
        line
        for line in ax.get_lines()
        if line.get_transform() == ax.transData and np.size(line.get_xdata()) and line.get_visible()
    ]


def shown(line: Line2D, size: int) -> NDArray[np.intp]:
    """Which of its points a line marks."""
    every: Any = line.get_markevery()
    at = np.arange(size)
    return at if every is None else np.asarray(at[::every] if isinstance(every, int) else at[every])


def coincide(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether some mark of one lies on one of the other."""
    from scipy.spatial import cKDTree

    one, other = (points[np.isfinite(points).all(axis=1)] for points in (one, other))
    if not len(one) or not len(other):
        return False
    return bool((cKDTree(one).query(other)[0] < NEAR).any())


def equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether two curves lie on each other all along."""
    if one.shape != other.shape:
        return False
    there = np.isfinite(one).all(axis=1) & np.isfinite(other).all(axis=1)
    return bool(there.any() and np.abs(one[there] - other[there]).max() < NEAR)


def _as_drawn(ax: Axes, legend: Any) -> None:
    """A legend shows rings and dashes as the panel does."""
    by_label = {line.get_label(): line for line in drawn_lines(ax)}
    for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=False):
        line = by_label.get(text.get_text())
        if line is not None and hasattr(handle, "set_markerfacecolor"):
            handle.set_markerfacecolor(line.get_markerfacecolor())
            handle.set_markersize(line.get_markersize())
            handle.set_linestyle(line.get_linestyle())


def few_ticks(fig: Figure) -> None:
    """Give every logarithmic axis whose ticks nobody chose a few labels that can be read: powers of ten, or plain numbers."""
    from matplotlib.ticker import FixedLocator

    for ax in fig.axes:
        for axis in (ax.xaxis, ax.yaxis):
            if axis.get_scale() == "log" and not isinstance(axis.get_major_locator(), FixedLocator):
                _few(axis)


def _few(axis: Axis) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

    low, high = sorted(float(end) for end in axis.get_view_interval())
    if low <= 0:
        return
    if np.log10(high / low) >= DECADES:
        axis.set_major_locator(LogLocator(numticks=6))
        axis.set_minor_formatter(NullFormatter())
        return
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    at = np.multiply.outer(powers, (1.0, 2.0, 5.0)).ravel()
    at = at[(at >= low) & (at <= high)]
    if at.size < 3:
        at = np.asarray(MaxNLocator(5).tick_values(low, high))
        at = at[(at >= low) & (at <= high)]
    axis.set_major_locator(FixedLocator(at.tolist()))
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.4g}"))
    axis.set_minor_locator(NullLocator())


def no_rounding(fig: Figure) -> None:
    """Widen every linear axis that shows less than a millionth of its numbers: what differs by rounding is equal to the eye.

    Parameters
    ----------
    fig : Figure
        Its panels in matrices keep their ends.
    """
    for ax in fig.axes:
        if not drawn_lines(ax):
            continue
        for axis, of in ((ax.xaxis, ax.set_xlim), (ax.yaxis, ax.set_ylim)):
            low, high = axis.get_view_interval()
            middle = (float(low) + float(high)) / 2
            if axis.get_scale() == "linear" and abs(high - low) < ROUNDING * abs(middle):
                of(middle - 0.05 * abs(middle), middle + 0.05 * abs(middle))


def fold_names(fig: Figure) -> None:
    """Put the unit of an axis beneath its name where the two are longer than the panel.

    Parameters
    ----------
    fig : Figure
        As last drawn.
    """
    for ax in fig.axes:
        room = ax.get_window_extent()
        for axis, long in ((ax.xaxis, room.width), (ax.yaxis, room.height)):
            box = axis.label.get_window_extent()
            said = axis.label.get_text()
            if max(box.width, box.height) > long and "  [" in said:
                axis.label.set_text(said.replace("  [", "\n[", 1))
