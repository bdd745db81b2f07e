"""Figure of diffusion by linear response: stored data in, matplotlib figure out."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import figure
from caloriq.plots.words import headed, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@headed
def kubo(data: xr.Dataset) -> Figure:
    """Correlation and D(t) of every ring, with t* where two part, and D of strings over their length."""
    ladder = "ladder" in data
    fig, axes = figure(13.2 if ladder else 9.0, 3.9, 3 if ladder else 2)
    of = data.attrs["of"]
    times, colours = data.time.values, [f"C{n}" for n in range(data.sizes["size"])]
    for n, sites in enumerate(data.size.values.tolist()):
        first = float(data.correlation.values[n, 0])
        axes[0].plot(times, data.correlation.values[n] / first, color=colours[n], lw=1.2, label=f"{sites} sites")
        D, error = data.diffusivity.values[n], data.diffusivity_error.values[n]
        axes[1].plot(times, D, color=colours[n], lw=1.3, label=f"{sites} sites")
        axes[1].fill_between(times, D - 2 * error, D + 2 * error, color=colours[n], alpha=0.18, lw=0)
    axes[0].axhline(0.0, color="0.6", lw=0.7)
    axes[0].set(xlabel=named(data, "time", "time t"), ylabel=f"correlation of the {of} current, C(t)/C(0)")
    for n, until in enumerate(data.parting.values.tolist(), start=1):
        D = np.interp(until, times, data.diffusivity.values[n])
        axes[1].plot([until], [D], "v", color=colours[n], ms=7, mec="black", mew=0.6)
        axes[1].annotate("t*", (until, D), xytext=(0, -16), textcoords="offset points", ha="center", color=colours[n])
    axes[1].set(xlabel=named(data, "time", "time t"), ylabel=named(data, "diffusivity", f"diffusivity of {of}, D(t)"))
    axes[1].set_ylim(0.0, 1.15 * max(float(data.diffusivity.values.max()), data.attrs.get("known high", 0.0)))
    if _known(axes[1], data):
        axes[1].legend(loc="lower right")
    axes[0].legend()
    if ladder:
        _ladder(axes[2], data)
    return fig


def _ladder(ax: Axes, data: xr.Dataset) -> None:
    """D at the last time over the length, and the interval."""
    lengths = data.length.values
    for g, damping in enumerate(data.damping.values.tolist()):
        ax.plot(
            lengths, data.ladder.values[:, g, -1], "o-", ms=5, lw=1.0, color=f"C{4 + g}", label=f"damping {damping:.3g}"
        )
    low, high = float(data.infinite_chain_low), float(data.infinite_chain_high)
    told = {"converged": "interval", "growing": "changes", "undecided": "changes"}[data.attrs["class"]]
    ax.axhspan(low, high, color="0.85", zorder=0, label=told)
    _known(ax, data)
    ax.set(xlabel="cells of the longest string", xticks=lengths)
    ax.set_ylabel(named(data, "infinite_chain_low", "D of the chain without ends"))
    ax.legend()


def _known(ax: Axes, data: xr.Dataset) -> bool:
    """A band where D is known to lie, with its source; whether there is one."""
    if "known source" not in data.attrs:
        return False
    low, high = float(data.attrs["known low"]), float(data.attrs["known high"])
    told = textwrap.fill(f"known: {data.attrs['known source']}".replace("$", r"\$"), 32)
    ax.axhspan(low, high, facecolor="gold", alpha=0.35, edgecolor="darkgoldenrod", lw=1.0, zorder=0, label=told)
    return True


@headed
def over_temperature(data: xr.Dataset) -> Figure:
    """κ(T), or the weight that C stays at where charges keep one, with the law of high temperatures; and D(t) at every temperature."""
    fig, axes = figure(9.6, 4.0, 2)
    T, of = data.temperature.values, data.attrs["of"]
    ballistic = float(data.mazur) > 0
    name, limit = ("weight", "limit_weight") if ballistic else ("conductivity", "limit")
    symbol, power = ("κ", 2) if of == "energy" else ("σ", 1)
    value, error = data[name].values, data[f"{name}_error"].values
    flat = np.ones(T.size, bool) if ballistic else data.plateau.values.astype(bool)
    line = np.geomspace(T.min(), T.max(), 60)
    if float(data[limit]) > 0:
        axes[0].plot(
            line, float(data[limit]) / line**power, "--", color="0.45", lw=1.1, label="law of high temperatures"
        )
    # an error as large as the value has no lower end on a logarithmic axis
    bars = np.stack([np.minimum(error, 0.999 * np.abs(value)), error])
    read = "mean in the window" if ballistic else "plateau"
    for some, told, filled in ((flat, read, True), (~flat, "no plateau: last value", False)):
        if some.any():
            face = "C0" if filled else "white"
            axes[0].errorbar(
                T[some], value[some], yerr=bars[:, some], fmt="o", ms=5, mfc=face, color="C0", lw=1.0, label=told
            )
    axes[0].set(xscale="log", xlabel=named(data, "temperature", "temperature T"))
    if np.any(value > 0):
        axes[0].set_yscale("log")
    _plain_ticks(axes[0], T)
    told = f"weight of {of} that {symbol}(t)/t tends to" if ballistic else f"conductivity of {of}, {symbol}"
    axes[0].set_ylabel(named(data, name, told))
    axes[0].legend()
    colours = colours_of(T)
    for n, one in enumerate(T.tolist()):
        D, own = data.diffusivity.values[n, -1], data.diffusivity_error.values[n, -1]
        axes[1].plot(data.time.values[1:], D[1:], color=colours[n], lw=1.2, label=f"T = {one:.3g}")
        axes[1].fill_between(data.time.values[1:], (D - own)[1:], (D + own)[1:], color=colours[n], alpha=0.15, lw=0)
        until = float(data.agree_until.values[n])
        axes[1].plot(
            [until], [np.interp(until, data.time.values, D)], "v", color=colours[n], ms=6, mec="black", mew=0.6
        )
    axes[1].set(xlabel=named(data, "time", "time t"), yscale="log")
    axes[1].set_ylabel(named(data, "diffusivity", f"diffusivity of {of}, D(t), {int(data['size'].values[-1])} sites"))
    begun = data.diffusivity.values[:, -1, 1:]
    axes[1].set_ylim(0.7 * float(begun[begun > 0].min(initial=1.0)), None)
    axes[1].legend(fontsize="x-small", ncols=2, loc="lower right")
    return fig


def _plain_ticks(ax: Axes, values: Any) -> None:
    """Numbers of one digit along a logarithmic axis that spans about a decade."""
    from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator, StrMethodFormatter

    decades = 10.0 ** np.arange(np.floor(np.log10(values.min())), np.ceil(np.log10(values.max())) + 1)
    ax.xaxis.set_major_locator(FixedLocator(np.multiply.outer(decades, (1, 2, 5)).ravel().tolist()))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())


def colours_of(values: Any) -> Any:
    """From cold to hot."""
    from matplotlib import colormaps

    return colormaps["coolwarm"](np.linspace(0.0, 1.0, len(values))[np.argsort(np.argsort(values))])
