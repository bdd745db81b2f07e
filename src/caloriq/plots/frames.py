"""Frames of a verdict's figure: D(t), R(N) with its residuals, populations; curves of routes in, axes filled."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from caloriq.display import rounded
from caloriq.plots.style import ticks_at, whole_numbers
from caloriq.plots.words import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.gridspec import SubplotSpec

    from caloriq.verdicts.routes.evidence import Curve, Evidence

SPREAD = 4.0  # ratio of the largest D(t) to the smallest from which the axis is logarithmic
DECADE = 8.0  # ratio of lengths from which their axis is logarithmic
STEEP = 30.0  # ratio of 1/J from which its axis is logarithmic
FARTHEST = 3.0  # crossover over the largest length up to which it is drawn, and not told alone
BEYOND = 1.5  # of the last t* up to which D(t) is drawn
PERCENT = 0.01  # residual below which a law is straight to the eye
APART = 1.35  # ratio of lengths that are both named along a logarithmic axis


class Asked(NamedTuple):
    """Of what a verdict is, in which unit, and the routes that decide."""

    of: str
    energy: str
    deciding: Sequence[str]

    @property
    def time(self) -> str:
        """Name of an axis of times."""
        return label("time t", f"1/{self.energy}")

    @property
    def resistance(self) -> str:
        """Unit of one over the current: that of heat is an energy per time."""
        return f"1/{self.energy}²" if self.of in ("energy", "heat") else f"1/{self.energy}"


class Line(NamedTuple):
    """A curve, and how it is drawn."""

    curve: Curve
    colour: Any


def lines(evidence: Sequence[Evidence], axes: str) -> list[Line]:
    """Curves of one frame: a colour for each route, paler for the shorter of its curves."""
    from matplotlib.colors import to_rgb

    found = []
    with_curves = [one for one in evidence if any(c.axes == axes for c in one.curves)]
    for k, one in enumerate(with_curves):
        own = [c for c in one.curves if c.axes == axes]
        for n, curve in enumerate(own):
            pale = 0.6 * (1 - (n + 1) / len(own))
            found.append(Line(curve, tuple((1 - pale) * part + pale for part in to_rgb(f"C{k % 10}"))))
    return found


def over_time(fig: Figure, place: SubplotSpec, evidence: Sequence[Evidence], asked: Asked) -> None:
    """D(t) of every route: full up to its t*, faint beyond; intervals of the routes that decide."""
    ax = fig.add_subplot(place)
    drawn = lines(evidence, "D(t)")
    known = [one for one in evidence if one.route in asked.deciding and one.quantity == "D" and math.isfinite(one.low)]
    for curve, colour in drawn:
        x, y, error = _columns(curve)
        sure = x <= curve.until
        ax.plot(x[sure], y[sure], color=colour, lw=1.6, label=curve.label)
        ax.plot(x[~sure | _last(sure)], y[~sure | _last(sure)], color=colour, lw=1.0, alpha=0.35)
        ax.fill_between(x, y - 2 * error, y + 2 * error, color=colour, alpha=0.12, lw=0)
        if math.isfinite(curve.until) and sure.any():
            end = min(curve.until, x[-1])
            ax.plot([end], [np.interp(end, x, y)], "v", color=colour, ms=7, mec="black", mew=0.6, clip_on=False)
    for one in known:
        told = f"{one.route}: D = {rounded(one.estimate, (one.high - one.low) / 2)}"
        ax.axhspan(one.low, one.high, color="C2", alpha=0.18, lw=0, zorder=0, label=told)
    ax.plot([], [], "v", color="white", ms=7, mec="black", mew=0.6, label="t*, then faint")
    _scale_of_time(ax, [one.curve for one in drawn], [one.high for one in known])
    ax.set(xlabel=asked.time, ylabel=label(f"diffusivity of {asked.of}, D(t)", f"site² {asked.energy}"))
    _legend(ax)


def _scale_of_time(ax: Axes, curves: Sequence[Curve], known: Sequence[float]) -> None:
    """Axes that what is sure fills: logarithmic where one route would dwarf another."""
    tops = [_top(curve) for curve in curves]
    largest = max([*tops, *known], default=1.0)
    ends = [min(curve.until, curve.x[-1]) for curve in curves]
    right = min(max(curve.x[-1] for curve in curves), BEYOND * max(ends) if max(ends) > 0 else math.inf)
    there = [top for top in tops if top > 0]
    if there and max(there) > SPREAD * min(there):
        first = min(x for curve in curves for x in curve.x if x > 0)
        ax.set(xscale="log", yscale="log", xlim=(first, right))
        begun = [y for curve in curves for x, y in zip(curve.x, curve.y, strict=True) if x >= first and y > 0]
        ax.set_ylim(max(0.8 * min(begun), 1e-3 * largest), 1.6 * largest)
        _few_decades(ax)
    else:
        ax.set(xlim=(0.0, right), ylim=(min(0.0, _bottom(curves)), 1.15 * largest if largest > 0 else 1.0))


def _few_decades(ax: Axes) -> None:
    """No labels between the decades: they would overprint."""
    from matplotlib.ticker import LogLocator, NullFormatter

    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(LogLocator(numticks=6))
        axis.set_minor_formatter(NullFormatter())


def _top(curve: Curve) -> float:
    """Largest value that is sure; of a curve of which nothing is, the largest."""
    x, y, _ = _columns(curve)
    sure = x <= curve.until
    return float(np.max(y[sure] if sure.sum() > 1 else y))


def _bottom(curves: Sequence[Curve]) -> float:
    return 1.15 * min(float(np.min(np.where(np.array(c.x) <= c.until, c.y, 0.0))) for c in curves)


def over_lengths(fig: Figure, place: SubplotSpec, evidence: Sequence[Evidence], asked: Asked) -> None:
    """1/J over the lengths with the affine laws and the lengths where bulk and contacts weigh alike; what the laws leave over."""
    from matplotlib.gridspec import GridSpecFromSubplotSpec

    drawn = lines(evidence, "R(N)")
    laws = [one for one in drawn if one.curve.law is not None]
    if laws:
        parts = GridSpecFromSubplotSpec(2, 1, place, height_ratios=(3, 1))
        ax, below = fig.add_subplot(parts[0]), fig.add_subplot(parts[1])
    else:
        ax = below = fig.add_subplot(place)
    handles: list[Any] = []
    for curve, colour in drawn:
        x, y, error = _columns(curve)
        handles.append(ax.errorbar(x, y, yerr=2 * error, fmt="o", color=colour, ms=4.5, lw=1.0, label=_told(curve)))
        if curve.law is not None:
            _law(ax, curve, colour)
            rest = 100 * (y - _affine(curve.law, x)) / y
            below.errorbar(x, rest, yerr=200 * error / y, fmt="o-", color=colour, ms=3, lw=0.8)
    _scale_of_lengths(ax, [one.curve for one in drawn])
    ax.set(ylabel=label(f"1/J of {asked.of}", asked.resistance))
    if laws:
        _same_lengths(below, ax)
        below.axhline(0.0, color="0.6", lw=0.8)
        widest = 1.2 * max(abs(end) for end in below.get_ylim())
        below.set_ylim(-max(widest, PERCENT), max(widest, PERCENT))
        below.set(ylabel="rest  [%]")
        handles += ax.plot([], [], "-", color="0.4", lw=1.0, label="contacts + bonds, R + r (N − 1)")
        handles += ax.plot([], [], "D", color="white", ms=6, mec="black", mew=0.6, label="bulk = contacts")
    below.set(xlabel="sites N")
    _legend(ax, handles)


def _told(curve: Curve) -> str:
    crossover = _crossover(curve)
    return curve.label if crossover is None else f"{curve.label}, R/r = {crossover - 1:.3g}"


def _crossover(curve: Curve) -> float | None:
    """Length at which bulk and contacts weigh alike; None without one."""
    if curve.law is None:
        return None
    contacts, bond = curve.law
    return 1 + contacts / bond if bond > 0 and contacts > 0 else None


def _affine(law: tuple[float, float], x: NDArray[np.float64]) -> NDArray[np.float64]:
    return law[0] + law[1] * (x - 1)


def _law(ax: Axes, curve: Curve, colour: Any) -> None:
    """The law over the lengths that were looked at; dotted to the crossover, where that is not too far."""
    assert curve.law is not None
    first, last, crossover = min(curve.x), max(curve.x), _crossover(curve)
    inside = np.linspace(first, last, 200)
    ax.plot(inside, _affine(curve.law, inside), "-", color=colour, lw=1.0)
    if crossover is None or crossover > FARTHEST * last:
        return
    outside = np.linspace(*((last, crossover) if crossover > last else (crossover, first)), 100)
    if not first <= crossover <= last:
        ax.plot(outside, _affine(curve.law, outside), ":", color=colour, lw=1.0)
    at = np.array([crossover])
    ax.plot(at, _affine(curve.law, at), "D", color=colour, ms=6, mec="black", mew=0.6)


def _scale_of_lengths(ax: Axes, curves: Sequence[Curve]) -> None:
    from matplotlib.ticker import LogFormatter

    sizes = sorted({x for curve in curves for x in curve.x})
    values = [y for curve in curves for y in curve.y if y > 0]
    long = sizes[-1] >= DECADE * sizes[0]
    if values and (long or max(values) > STEEP * min(values)):
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(LogFormatter())  # 60, not a power of ten
        ax.yaxis.set_minor_formatter(LogFormatter(labelOnlyBase=False, minor_thresholds=(1.5, 0.4)))
    if long:
        ax.set_xscale("log")
        named = [sizes[0]]
        for one in sizes[1:]:
            if one > APART * named[-1]:
                named.append(one)
        ticks_at(ax, named)
    else:
        whole_numbers(ax)


def _same_lengths(below: Axes, ax: Axes) -> None:
    """The axis of the panel beneath is that of the panel, which then needs no numbers."""
    below.set_xscale(ax.get_xscale())
    below.set_xlim(ax.get_xlim())
    if ax.get_xscale() == "log":
        ticks_at(below, ax.get_xticks())
    else:
        whole_numbers(below)
    ax.tick_params(axis="x", which="both", labelbottom=False)
    ax.set_xlabel(" ")


def populations(fig: Figure, place: SubplotSpec, evidence: Sequence[Evidence], asked: Asked) -> None:
    """Populations over time, exact and by rates."""
    ax = fig.add_subplot(place)
    for n, (curve, _) in enumerate(lines(evidence, "C(t)")):
        x, y, error = _columns(curve)
        ax.plot(x, y, "-" if n % 2 == 0 else "--", color=f"C{n % 10}", lw=1.4, label=curve.label)
        ax.fill_between(x, y - 2 * error, y + 2 * error, color=f"C{n % 10}", alpha=0.12, lw=0)
    ax.set(xlabel=asked.time, ylabel="population of the subunit")
    _legend(ax)


def _legend(ax: Axes, handles: Sequence[Any] = ()) -> None:
    """Above the panel, where it hides nothing."""
    told = handles or ax.get_legend_handles_labels()[0]
    ax.legend(handles=told, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, fontsize="x-small", borderaxespad=0.2)


def _columns(curve: Curve) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    return np.array(curve.x), np.array(curve.y), np.array(curve.error)


def _last(sure: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where the part that is sure ends: the faint one goes on from there."""
    at = np.zeros(len(sure), bool)
    if sure.any():
        at[np.flatnonzero(sure)[-1]] = True
    return at


Frame = Callable[["Figure", "SubplotSpec", "Sequence[Evidence]", Asked], None]
FRAMES: dict[str, Frame] = {"D(t)": over_time, "R(N)": over_lengths, "C(t)": populations}
