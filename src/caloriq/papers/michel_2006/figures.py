"""Figures of pure and mixed starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caloriq.papers.modular_chain.figures import mean_with_error
from caloriq.plots.style import figure, styled, ticks_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


@styled
def deviation_histogram(data: xr.Dataset) -> Figure:
    """Histogram of D²₀ over uniformly distributed starts (PRE Fig. 4)."""
    fig, (ax,) = figure()
    values = 1e3 * data.deviation.values
    ax.hist(values, bins=80, color="#0b5fa5", alpha=0.85)
    ax.axvline(values.mean(), color="#d1495b", lw=1.5, label=f"mean {values.mean():.3f}")
    ax.axvline(
        1e3 * data.attrs["exact_mean"],
        color="k",
        lw=1.2,
        ls="--",
        label=f"exact mean over all starts {1e3 * data.attrs['exact_mean']:.3f}",
    )
    ax.set(
        xlabel="$10^3\\,D_0^2$",
        ylabel="number of initial states",
        title=f"{values.size} uniformly distributed starts",
        xlim=(0, None),
    )
    ax.legend()
    return fig


@styled
def pure_and_mixed(data: xr.Dataset) -> Figure:
    """D²₀ of pure and of maximally mixed starts over the band size (PRL end, PRE V)."""
    fig, (ax,) = figure()
    n = data.levels.values
    for name, label, marker in (("pure", "one pure (Haar) start", "o"), ("mixed", "maximally mixed start", "s")):
        mean_with_error(
            ax,
            n,
            data[name],
            f"{label}: slope {data.attrs[name + '_slope']:.2f} ± {data.attrs[name + '_slope_error']:.2f}",
            marker,
        )
    ax.set(xscale="log", yscale="log", xlabel="levels per band n", ylabel="deviation $D_0^2$")
    ticks_at(ax, n)
    ax.legend()
    return fig
