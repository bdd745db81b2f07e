"""Figure of a verdict: stored data in, matplotlib figure out."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from caloriq.plots.frames import FRAMES, Asked
from caloriq.plots.style import canvas
from caloriq.plots.words import found, headed, label, unit_of_energy
from caloriq.verdicts.routes.evidence import Evidence

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 4.8, 4.8  # of a frame
ROWS = 5  # of routes that a panel has room for before they come closer
LEAST = 0.02  # of D on either side that an axis shows at least
FACTOR = 4.0  # between D of two routes from which their axis is logarithmic
COLOURS = {"proof": "#0b5fa5", "rules": "#2a9d6f", "none": "0.55"}


@headed
def verdict(data: xr.Dataset) -> Figure:
    """D(t), R(N) and populations of all routes, one frame each, and what every route says; class and grade on top."""
    evidence, frames = _read(data)
    fig = canvas(WIDTH * (len(frames) + 1), HEIGHT)
    places = fig.add_gridspec(1, len(frames) + 1)
    for k, name in enumerate(frames):
        FRAMES[name](fig, places[k], _looked(evidence), _asked(data))
    _said(fig.add_subplot(places[len(frames)]), evidence, data)
    return fig


def frame(data: xr.Dataset, name: str) -> Figure:
    """One of the frames alone: D(t), R(N) or C(t)."""

    @headed
    def alone(data: xr.Dataset) -> Figure:
        fig = canvas(WIDTH, 0.9 * HEIGHT)
        FRAMES[name](fig, fig.add_gridspec(1, 1)[0], _looked(_read(data)[0]), _asked(data))
        return fig

    drawn: Figure = alone(data)
    return drawn


def frames_of(data: xr.Dataset) -> list[str]:
    """Which frames have curves."""
    return _read(data)[1]


def headline(data: xr.Dataset) -> str:
    """Class and grade, short."""
    return found(data)


def _read(data: xr.Dataset) -> tuple[list[Evidence], list[str]]:
    evidence = [Evidence.from_mapping(one) for one in json.loads(data.attrs["evidence"])]
    return evidence, [name for name in FRAMES if any(c.axes == name for one in _looked(evidence) for c in one.curves)]


def _looked(evidence: Sequence[Evidence]) -> list[Evidence]:
    return [one for one in evidence if not one.refused]


def _asked(data: xr.Dataset) -> Asked:
    """Of what; the routes that name the class: where it is proved, those that find it by rules have its numbers."""
    deciding = [one.route for one in _read(data)[0] if one.decides]
    return Asked(str(data.attrs["of"]), unit_of_energy(json.loads(data.attrs["model"])), deciding)


def _said(ax: Axes, evidence: Sequence[Evidence], data: xr.Dataset) -> None:
    """A row for each route: what it says, its number, and its D as a point with the interval; beneath, those that do not apply."""
    rows, refused = _looked(evidence), [one.route for one in evidence if one.refused]
    if not rows:
        from matplotlib.patches import Rectangle

        ax.text(0.5, 0.5, textwrap.fill(_reason(data), 46), ha="center", va="center", transform=ax.transAxes)
        ax.add_patch(Rectangle((0.02, 0.02), 0.96, 0.96, transform=ax.transAxes, fill=False, color="0.8"))
        ax.set_axis_off()
        return
    numbers = [one for one in rows if one.quantity == "D" and math.isfinite(one.estimate)]
    for k, one in enumerate(rows):
        colour = COLOURS[one.weight if one.decides else "none"]
        style: dict[str, Any] = {
            "color": colour,
            "fontweight": "bold" if one.decides else "normal",
            "fontsize": "small",
        }
        high = -0.14 if one in numbers else 0.0
        at: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "bottom" if one in numbers else "center"}
        face = colour if one.decides else "white"
        ax.plot([0.0], [k], "s", color=colour, mfc=face, ms=5, clip_on=False, transform=ax.get_yaxis_transform())
        ax.text(0.02, k + high, "; ".join(filter(None, (one.said, one.number))), **style, **at)
    for one in numbers:
        colour, k = COLOURS[one.weight if one.decides else "none"], rows.index(one)
        spread = [[one.estimate - one.low], [one.high - one.estimate]] if math.isfinite(one.low) else None
        face = colour if one.decides else "white"
        ax.errorbar([one.estimate], [k + 0.12], xerr=spread, fmt="o", color=colour, mfc=face, ms=5, lw=1.4)
    ax.set_yticks(range(len(rows)), [one.route for one in rows])
    ax.set_ylim(max(len(rows), ROWS) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    if numbers:
        _scale_of_numbers(ax, numbers, _asked(data))
    else:
        ax.set(xticks=[], xlabel="what each route says")
        ax.spines["bottom"].set_visible(False)
    if refused:
        told = textwrap.fill(f"does not apply: {', '.join(refused)}", 46)
        ax.set_title(told, fontsize="small", color="0.4", loc="left", fontweight="normal")


def _scale_of_numbers(ax: Axes, found: Sequence[Evidence], asked: Asked) -> None:
    """Room on both sides; no axis that magnifies rounding."""
    ends = [end for one in found for end in (one.low, one.estimate, one.high) if math.isfinite(end)]
    values = [one.estimate for one in found]
    if min(ends) > 0 and max(values) > FACTOR * min(values):
        ax.set(xscale="log", xlim=(0.5 * min(ends), 2 * max(ends)))
    else:
        middle, half = (min(ends) + max(ends)) / 2, (max(ends) - min(ends)) / 2
        half = max(1.3 * half, LEAST * abs(middle)) or 1.0
        ax.set_xlim(middle - half, middle + half)
        ax.locator_params(axis="x", nbins=4)
        ax.ticklabel_format(axis="x", useOffset=False)
    ax.set_xlabel(label(f"diffusivity of {asked.of} by each route", f"site² {asked.energy}"))


def _reason(data: xr.Dataset) -> str:
    """Why there is nothing to draw, short: the page and the print-out have the whole sentence."""
    return textwrap.shorten(str(data.attrs["verdict"]), 320, placeholder=" …")
