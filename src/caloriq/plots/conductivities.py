"""Figures of conductivities of closed chains, from the current's correlation and from pairs. Stored data in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.kubo import colours_of
from caloriq.plots.style import figure, with_errors
from caloriq.plots.swept import scale
from caloriq.plots.words import headed, label, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEW = 6  # temperatures that are lines
SHADE = "0.9"  # of a window of times
HEAT = "heat conductivity"
OUT = 3.0  # of the theory, up to which ratios are drawn


@headed
def green_kubo(data: xr.Dataset) -> Figure:
    """The running integral beside that of the rate equation, and their ratio over the window; of heat the value over temperature."""
    heat = "temperature" in data.dims
    fig, axes = figure(13.2 if heat else 9.4, 4.0, 3 if heat else 2)
    units, (begin, end) = data.running.attrs.get("units", ""), data.attrs["window"]
    if heat:
        _over_temperature(
            axes[0],
            data,
            HEAT,
            (("value", "error", "o", "from the window"), ("theory", "", "-", "rate equation")),
        )
        T = data.temperature.values
        shown = np.unique(np.linspace(0, T.size - 1, min(T.size, FEW)).astype(int)).tolist()
        told, colours = [f"T = {T[k]:.3g}" for k in shown], colours_of(T[shown])
        running, error, rates = (data[name].values[shown] for name in ("running", "running_error", "by_rates"))
    else:
        told, colours = ["correlation of the current"], ["C0"]
        running, error, rates = (data[name].values[None] for name in ("running", "running_error", "by_rates"))
    left, right = axes[-2:]
    t = data.time.values
    for k, words in enumerate(told):
        left.plot(t, running[k], color=colours[k], lw=1.5, label=words)
        left.plot(t, rates[k], "--", color=colours[k] if heat else "C1", lw=1.1)
        right.plot(t, running[k] / rates[k], color=colours[k], lw=1.5, label=words if heat else None)
        if np.any(error[k] > 0):
            with_errors(left, t, running[k], error[k], colours[k], most=0)
            with_errors(right, t, running[k] / rates[k], error[k] / rates[k], colours[k], most=0)
    left.plot([], [], "--", color="0.3" if heat else "C1", lw=1.1, label="rate equation")
    for ax in (left, right):
        ax.axvspan(begin, end, color=SHADE, lw=0, zorder=0, label="window" if ax is left else None)
        ax.set_xlabel(named(data, "time", "upper end t of the integral"))
    left.set_ylabel(label(f"{HEAT if heat else 'diffusivity of one excitation'} up to t", units))
    if heat and scale(running.max(axis=1)) == "log":
        left.set_yscale("log")
        left.set_ylim(0.5 * float(rates.min()), 2.0 * float(max(running.max(), rates.max())))
    right.axhline(1.0, color="0.4", lw=0.8, label="as the rate equation has it")
    if not heat and np.isfinite(float(data.value)):
        mean, spread = (float(data[name]) / float(data.theory) for name in ("value", "error"))
        inside = t[(t >= begin) & (t <= end)]
        right.plot(inside, np.full(inside.size, mean), color="C2", lw=1.2, label="mean in the window")
        right.fill_between(inside, mean - spread, mean + spread, color="C2", alpha=0.25, lw=0)
    right.set(ylabel="integral relative to that of the rate equation", ylim=(0, _top(running / rates)))
    left.legend(fontsize=8, ncols=2)
    right.legend(fontsize=8)
    return fig


def _top(ratios: Any) -> float:
    """Up to where ratios are drawn: all of them, unless some leave the theory far behind."""
    return float(np.clip(1.1 * np.nanmax(ratios), 1.3, OUT))


@headed
def heat_response(data: xr.Dataset) -> Figure:
    """κ(T) of exact dynamics, early and over the window, beside linear response and rates; all relative to linear response."""
    fig, (left, right) = figure(9.8, 4.2, 2)
    drawn = (
        ("theory", "theory_error", "-", "linear response"),
        ("early", "early_error", "o", "exact, early"),
        ("conductivity", "error", "s", "exact, over the window"),
        ("resolved", "", "--", "rates of every energy, over the window"),
    )
    _over_temperature(left, data, HEAT, drawn)
    theory = data.theory
    relative = data.assign({name: data[name] / theory for one in drawn for name in one[:2] if name and name in data})
    _over_temperature(right, relative, "", drawn)
    right.set(ylabel="conductivity relative to linear response", yscale="linear")
    return fig


def _over_temperature(ax: Axes, data: xr.Dataset, quantity: str, drawn: Any) -> None:
    """Numbers with their errors over the temperature, theories as lines with bands; of one temperature as marks."""
    T = data.temperature.values
    alone = T.size == 1
    order = np.argsort(T)
    for k, (name, error, style, told) in enumerate(drawn):
        y, wide = data[name].values[order], data[error].values[order] if error else None
        line = style in ("-", "--")
        mark = {"-": "_", "--": "x"}[style] if alone and line else style
        (found,) = ax.plot(T[order], y, mark, color=f"C{k}", ms=12 if mark == "_" else 5, lw=1.3, label=told)
        if wide is not None:
            with_errors(ax, T[order], y, wide, found.get_color(), most=0 if line and not alone else T.size)
    across = scale(T)
    every = np.concatenate([data[name].values for name, *_ in drawn])
    ax.set(xscale=across, yscale=scale(every), xlabel=named(data, "temperature", "temperature T"))
    if quantity:
        ax.set_ylabel(label(quantity, data[drawn[0][0]].attrs.get("units", "")))
        ax.legend(fontsize=8)
