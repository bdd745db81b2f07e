"""Figures of the form of the interaction and of the regimes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import edges, figure, styled, ticks_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


@styled
def forms(data: xr.Dataset) -> Figure:
    """D²₀ for every form of the interaction, over c1; structured (biased) ones dotted."""
    fig, (ax,) = figure(7.2, 4.2)
    first = data.deviation.isel(subunit=0)
    for form, (name, marker) in enumerate(zip(data.attrs["forms"], "osD^vX*", strict=False)):
        style = "-" if bool(data.unbiased[form]) else ":"
        part = first.isel(form=form)
        error = part.std("draw", ddof=1) / np.sqrt(part.sizes["draw"])
        ax.errorbar(
            data.c1.values, part.mean("draw"), yerr=error, fmt=marker + style, ms=5, lw=1.1, capsize=2, label=name
        )
    ax.set(
        xscale="log", yscale="log", xlabel="criterion $c_1 = 2\\lambda n/\\delta\\epsilon$", ylabel="deviation $D_0^2$"
    )
    ax.set_xticks(data.c1.values, [f"{c:g}" for c in data.c1.values])
    ax.minorticks_off()
    ax.legend(fontsize=8.5, loc="center left", bbox_to_anchor=(1, 0.5))
    return fig


@styled
def regimes(data: xr.Dataset) -> Figure:
    """Maps over (n, λ/δε): the theory's own error, what fails to spread, and the speed of the decay."""
    from matplotlib.colors import LogNorm

    fig, axes = figure(12.4, 4.0, 3)
    n, x = data.levels.values, data.coupling.values
    most = 1 - 1 / data.attrs["subunits"]
    # panel: values, title, label of the colour bar, colours
    panels: tuple[tuple[Any, str, str, dict[str, Any]], ...] = (
        (data.mixed_deviation, "deviation, mixed start", "$D_0^2$", {"norm": LogNorm(1e-5, 0.3), "cmap": "viridis"}),
        (
            data.retained,
            "what does not spread",
            "$P_0 - 1/N$ at late times",
            {"vmin": -most, "vmax": most, "cmap": "RdBu_r"},
        ),
        (
            np.log2(data.speed),
            "decay speed (grey: no decay)",
            "log$_2$(speed/γ)",
            {"vmin": -3, "vmax": 3, "cmap": "PuOr_r"},
        ),
    )
    left, bottom = edges(x), edges(n.astype(float))
    band = np.geomspace(bottom[0], bottom[-1], 50)
    for ax, (values, title, meaning, style) in zip(axes, panels, strict=True):
        mesh = ax.pcolormesh(left, bottom, values.values, **style)
        fig.colorbar(mesh, ax=ax, label=meaning)
        ax.plot(1 / (2 * band), band, "k-", lw=1.4)
        ax.plot(0.1 / np.sqrt(band), band, "k--", lw=1.4)
        ax.set(xscale="log", yscale="log", xlabel="coupling λ/δε", ylabel="levels per band n", title=title)
        ax.set(xlim=(left[0], left[-1]), ylim=(bottom[0], bottom[-1]), facecolor="#dddddd")  # grey: no such time
        ticks_at(ax, n, "y")
    axes[0].plot([], [], "k-", label="$c_1 = 1$")
    axes[0].plot([], [], "k--", label="$c_2 = 0.01$")
    axes[0].legend(loc="lower right", frameon=True, framealpha=0.9)
    return fig
