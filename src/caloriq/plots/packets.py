"""Figures of packets that spread and of correlations in time: stored data in, matplotlib figures out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import about_zero, figure, whole_numbers, with_errors
from caloriq.plots.words import headed, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKED = 30  # times up to which each has a mark


@headed
def spread(data: xr.Dataset) -> Figure:
    """The packet over sites and time, its width, D(t), and the exponent of its growth beside those of diffusion and of free flight."""
    fig, axes = figure(9.8, 7.4, 2, 2)
    of, t = data.attrs["of"], data.time.values
    if t.size > 1:
        mesh = axes[0].pcolormesh(
            data.site.values, t, data.profile.values, shading="nearest", **about_zero(data.profile)
        )
        fig.colorbar(mesh, ax=axes[0], label=f"share of the packet of {of}")
        axes[0].set_ylabel(named(data, "time", "time t"))
    else:
        axes[0].plot(data.site.values, data.profile.values[0], "o-", ms=4)
        axes[0].set_ylabel(f"share of the packet of {of}")
    axes[0].set_xlabel("site")
    whole_numbers(axes[0])
    for ax, name, error, words in (
        (axes[1], "width", "width_error", "growth of the squared width"),
        (axes[2], "diffusivity", "error", f"diffusivity of {of}, D(t)"),
        (axes[3], "exponent", "", "dynamical exponent z"),
    ):
        _over_time(ax, t, data[name].values, data[error].values if error else None)
        ax.set(xlabel=named(data, "time", "time t"), ylabel=named(data, name, words))
        if np.isfinite(float(data.reached)) and float(data.reached) <= t[-1]:
            ax.axvline(float(data.reached), color="0.4", lw=0.9, ls=":", label="an end is reached")
    axes[3].axhline(2.0, color="0.4", lw=0.9, label="2: diffusive")
    axes[3].axhline(1.0, color="0.4", lw=0.9, ls="--", label="1: ballistic")
    axes[3].set(ylim=(0.0, 4.0), xlim=axes[2].get_xlim())
    for ax in axes[1:]:
        if ax.get_legend_handles_labels()[0]:
            ax.legend(fontsize=8)
    return fig


@headed
def correlation(data: xr.Dataset) -> Figure:
    """Real and imaginary part over time, of an autocorrelation relative to its start, with bound and statistical error."""
    fig, (ax,) = figure(6.6, 4.2)
    t = data.time.values
    real, imaginary = "values_real", "values_imaginary"
    wide = np.asarray(sum(data[name].values for name in ("values_bound", "error") if name in data))
    a, b = data.attrs["A"], data.attrs["B"]
    start = float(data[real][0]) if t[0] == 0 else 0.0
    unit = start if a == b and start > 0 else 1.0
    for name, words in ((real, "real part"), (imaginary, "imaginary part")):
        _over_time(ax, t, data[name].values / unit, wide / unit, words)
    ax.axhline(0.0, color="0.6", lw=0.7)
    said = f"correlation of {a}" if a == b else f"correlation of {a} with {b}"
    per_site = " per site" if str(data[real].attrs.get("long_name", "")).endswith("per site") else ""
    said += ", C(t)/C(0)" if unit != 1.0 else per_site
    ax.set(xlabel=named(data, "time", "time t"), ylabel=named(data, real, said))
    ax.legend(fontsize=8.5)
    return fig


def _over_time(ax: Axes, t: Any, y: Any, wide: Any, words: str | None = None) -> None:
    """A curve, its few points marked, with errors as bars or a band."""
    (line,) = ax.plot(t, y, "o-" if t.size <= MARKED else "-", ms=4, lw=1.3, label=words)
    with_errors(ax, t, y, wide, line.get_color(), most=MARKED)
