"""Figure of a verdict: stored data in, matplotlib figure out."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import figure, styled

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FRAMES = {"D(t)": ("time", "D(t)"), "R(N)": ("sites N", "1/J"), "C(t)": ("time", "population")}


@styled
def verdict(data: xr.Dataset) -> Figure:
    """D(t), R(N) and populations of all routes, one frame each, and what every route says."""
    evidence = [one for one in json.loads(data.attrs["evidence"]) if not one["refused"]]
    frames = [axes for axes in FRAMES if any(c["axes"] == axes for one in evidence for c in one["curves"])]
    fig, axes = figure(4.4 * (len(frames) + 1), 4.0, len(frames) + 1)
    for ax, frame in zip(axes, frames, strict=False):
        _curves(ax, frame, [c for one in evidence for c in one["curves"] if c["axes"] == frame])
    _said(axes[-1], evidence)
    fig.suptitle("\n".join(textwrap.wrap(f"{data.attrs['grade']}: {data.attrs['transport']}", 100)))
    return fig


def _curves(ax: Axes, frame: str, curves: list[dict[str, Any]]) -> None:
    for n, curve in enumerate(curves):
        x, y = np.array(curve["x"]), np.array(curve["y"])
        error = np.array(curve["error"])
        marks = "o" if frame == "R(N)" else "-"
        ax.plot(x, y, marks, color=f"C{n % 10}", lw=1.2, ms=4, label=curve["label"])
        ax.fill_between(x, y - 2 * error, y + 2 * error, color=f"C{n % 10}", alpha=0.15, lw=0)
        until = float(curve["until"])
        if np.isfinite(until) and 0 < until < x[-1]:
            ax.plot([until], [np.interp(until, x, y)], "v", color=f"C{n % 10}", ms=6, mec="black", mew=0.6)
    ax.set(xlabel=FRAMES[frame][0], ylabel=FRAMES[frame][1])
    ax.legend(fontsize="x-small")


def _said(ax: Axes, evidence: list[dict[str, Any]]) -> None:
    """One bar for each route: full where it decides."""
    names = [one["route"] for one in evidence] or ["no route"]
    decides = [1.0 if one["transport"] and one["weight"] != "none" else 0.15 for one in evidence] or [0.15]
    ax.barh(names, decides, color=["#2a9d6f" if one == 1.0 else "0.75" for one in decides])
    ax.set(xticks=[], xlim=(0, 1.6), xlabel="what each route says")
    for k, one in enumerate(evidence):
        ax.text(1.05, k, one["transport"] or "open", va="center", fontsize="small")
    ax.invert_yaxis()
