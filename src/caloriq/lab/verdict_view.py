"""An ended verdict on the page: routes side by side, their curves in one frame, what would decide."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.lab import figures
from caloriq.lab.elements import table
from caloriq.lab.panel import Panel
from caloriq.plots.frames import STEEP
from caloriq.plots.words import label

if TYPE_CHECKING:
    import xarray as xr

    from caloriq.verdicts.routes.evidence import Curve, Evidence

TIME = label("time", "1/energy unit")
AXES = {
    "D(t)": ("diffusivity over time", TIME, label("D(t)", "site² energy unit")),
    "R(N)": ("resistance over the length", "sites N", "1/J"),
    "C(t)": ("populations over time", TIME, "population"),
}


def verdict_view(told: Mapping[str, Any]) -> None:
    """Everything of a verdict's JSON."""
    from nicegui import ui

    from caloriq.verdicts.routes.evidence import COSTS, HEADINGS, Evidence, Next

    evidence = [Evidence.from_mapping(one) for one in told["evidence"]]
    looked = [one for one in evidence if not one.refused]
    table(HEADINGS, [one.row for one in looked], "Routes")
    for conflict in told["conflicts"]:
        ui.label(f"Disagree: {conflict}").classes("sentence")
    with ui.element("div").classes("panels"):
        for axes, (title, x, y) in AXES.items():
            drawn = [(one, curve) for one in looked for curve in one.curves if curve.axes == axes]
            if drawn:
                data = dataset([curve for _, curve in drawn], x, y)
                Panel(title).show(frame(drawn, told["deciding"], x, y), data)
    costs = [Next.from_mapping(one).row for one in told["next"]]
    if costs:
        table(COSTS, costs, "What would decide")
    left = [(one.route, one.sentence) for one in evidence if one.refused]
    if left:
        with ui.expansion("routes that do not apply", value=False).classes("w-full fold").props("dense"):
            table(("route", "why"), left, "Routes that do not apply")


def frame(drawn: Sequence[tuple[Evidence, Curve]], deciding: Sequence[str], x: str, y: str) -> figures.Figure:
    """Curves of all routes on the same axes: full as far as they are sure, thin beyond, with bands of two standard errors."""
    traces: list[dict[str, Any]] = []
    routes = list(dict.fromkeys(one.route for one, _ in drawn))
    dotted = drawn[0][1].axes == "R(N)"
    for n, (one, curve) in enumerate(drawn):
        k = routes.index(one.route) + 3 * (n % 3)
        at, values, error = (np.asarray(part) for part in (curve.x, curve.y, curve.error))
        if dotted:
            traces.append(figures.dots(at, values, k, curve.label, 2 * error))
            if curve.law is not None:
                traces.append(figures.line(at, curve.law[0] + curve.law[1] * (at - 1), k, "its law", showlegend=False))
            continue
        sure = at <= curve.until
        if np.any(error > 0):
            traces.append(figures.band(at[sure], (values - 2 * error)[sure], (values + 2 * error)[sure], k))
        traces.append(figures.line(at[sure], values[sure], k, curve.label))
        if not np.all(sure):
            rest = at >= (at[sure][-1] if np.any(sure) else at[0])
            beyond = figures.line(
                at[rest], values[rest], k, f"{curve.label}, beyond t*", showlegend=False, opacity=0.35
            )
            traces.append(beyond)
    shapes = [_interval(one) for one in {one.route: one for one, _ in drawn}.values() if _known(one, deciding)]
    flat = np.concatenate([np.asarray(curve.y) for _, curve in drawn])
    steep = bool(np.all(flat > 0) and flat.max() > STEEP * flat.min())
    more = figures.logarithmic(flat) if dotted and steep else {}
    return figures.figure(traces, figures.axis(x), figures.axis(y, **more), shapes=shapes)


def _known(one: Evidence, deciding: Sequence[str]) -> bool:
    return one.route in deciding and one.quantity == "D" and math.isfinite(one.low) and one.curves[0].axes == "D(t)"


def _interval(one: Evidence) -> dict[str, Any]:
    """The interval that a deciding route leaves."""
    place = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": one.low, "y1": one.high}
    return {**place, "fillcolor": "rgba(42,157,111,0.2)", "line": {"width": 0}, "layer": "below"}


def dataset(curves: Sequence[Curve], x: str, y: str) -> xr.Dataset:
    """The curves as numbers to be taken away: one row for each point."""
    import xarray as xr

    names = np.concatenate([np.full(len(one.x), k) for k, one in enumerate(curves)])
    columns = {
        "curve": (names, {"long_name": "; ".join(f"{k}: {one.label}" for k, one in enumerate(curves))}),
        "x": (np.concatenate([one.x for one in curves]), {"long_name": x}),
        "y": (np.concatenate([one.y for one in curves]), {"long_name": y}),
        "error": (np.concatenate([one.error for one in curves]), {"long_name": "standard error of y"}),
    }
    return xr.Dataset({name: ("point", values, attrs) for name, (values, attrs) in columns.items()})
