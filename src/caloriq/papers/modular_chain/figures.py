"""Figures of the modular chain: deviation over its size, conductivity over temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import figure, styled, ticks_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@styled
def deviation_scaling(over_levels: dict[str, xr.Dataset], over_subunits: xr.Dataset) -> Figure:
    """D²₀ over n for every law, with 1/n as a guide, and over N beside it (PRL Fig. 3).

    Data whose c1 varies along n follow no power law; they are drawn without an exponent.
    """
    fig, (left, right) = figure(9.2, 4.0, 2)
    for (label, data), marker in zip(over_levels.items(), "osD^", strict=False):
        fitted = bool(np.allclose(data.c1, data.c1[0]))
        slope = f": slope {data.attrs['slope']:.2f} ± {data.attrs['slope_error']:.2f}" if fitted else ""
        mean_with_error(left, data.levels.values, data.deviation, label + slope, marker)
    first = next(iter(over_levels.values()))
    n, D = first.levels.values, first.deviation.mean("draw").values
    anchor = np.exp(np.mean(np.log(D * n)))
    left.plot(n, anchor / n, "k--", lw=1, label="1/n")
    left.set(xscale="log", yscale="log", xlabel="levels per band n", ylabel="deviation $D_0^2$")
    left.set_title(f"N = {first.attrs['subunits']}")
    ticks_at(left, np.unique(np.concatenate([data.levels.values for data in over_levels.values()])))
    left.legend(fontsize=8.5)
    N = over_subunits.subunits.values
    mean_with_error(right, N, over_subunits.deviation * 1e5, None, "o")
    right.set(
        xlabel="subunits N", ylabel="deviation $D_0^2$  [$10^{-5}$]", title=f"n = {over_subunits.attrs['levels']}"
    )
    right.set_xticks(N)
    right.set_ylim(bottom=0)
    return fig


def mean_with_error(ax: Axes, x: Any, values: xr.DataArray, label: str | None, marker: str) -> None:
    """Mean over draws with its standard error."""
    mean, error = values.mean("draw"), values.std("draw", ddof=1) / np.sqrt(values.sizes["draw"])
    ax.errorbar(x, mean, yerr=error, fmt=marker + "-", ms=5, lw=0.8, capsize=2, label=label)


@styled
def conductivity(data: xr.Dataset) -> Figure:
    """κ_th(T) with its peak (PRL Fig. 4, PRE Fig. 8), and both asymptotic laws beside it."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    T, kappa = data.temperature.values, data.conductivity.values
    shown = T <= 1.0
    left.plot(T[shown], 1e3 * kappa[shown], lw=1.8)
    left.plot(
        data.attrs["peak_temperature"],
        1e3 * data.attrs["peak"],
        "o",
        color="#d1495b",
        label=f"peak {1e3 * data.attrs['peak']:.3f} at T = {data.attrs['peak_temperature']:.4f}",
    )
    left.set(
        xlabel="temperature T  [ΔE/$k_B$]", ylabel="$10^3\\,\\kappa_{th}$  [$k_B$ΔE/ħ]", xlim=(0, 1), ylim=(0, None)
    )
    left.legend()
    right.loglog(T, kappa, lw=1.8, label="$\\kappa_{th}$")
    hot = T > 20
    right.loglog(T[hot], 3 * kappa[-1] * (T[hot] / T[-1]) ** -2.0, "k--", lw=1, label="$\\propto T^{-2}$")
    right.set(xlabel="temperature T  [ΔE/$k_B$]", ylabel="$\\kappa_{th}$  [$k_B$ΔE/ħ]", ylim=(1e-13, 1e-2))
    right.legend()
    return fig
