"""Figure of subunits with several bands: stored data in, a matplotlib figure out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, styled, ticks_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEW = 8  # lines that a legend can name
STYLES = ("-", "--", ":", "-.")


@styled
def bands(data: xr.Dataset) -> Figure:
    """Energies, populations of bands and currents (dots exact, lines the rate equation), and κ_th(T) where it was asked."""
    heat = "temperature" in data.dims
    fig, axes = figure(9.6, 7.2, 2, 2) if heat else figure(13.0, 3.9, 3)
    t = data.time.values
    if "sample" in data.dims:
        data = data.mean("sample")
    energies, populations, currents = axes[:3]
    for mu in range(data.subunit.size):
        _pair(energies, t, data.local_energies[:, mu].values, data.theory_local_energies[:, mu].values, f"µ = {mu}")
    energies.set(xlabel="time t  [ħ/ΔE]", ylabel="energy $U_\\mu$", title="dots: Schrödinger, lines: rate equation")
    for mu in range(data.subunit.size):
        for i in range(data.band.size):
            exact, theory = data.band_populations[:, mu, i].values, data.theory_band_populations[:, mu, i].values
            _pair(populations, t, exact, theory, f"µ = {mu}, band {i}", f"C{mu % 10}", STYLES[i % len(STYLES)])
    populations.set(xlabel="time t  [ħ/ΔE]", ylabel="probability $P_\\mu(i)$", ylim=(-0.03, 1.03))
    for bond in range(data.bond.size):
        label = f"{bond} to {bond + 1}"
        _pair(currents, t, data.currents[:, bond].values, data.theory_currents[:, bond].values, label)
    currents.axhline(0, color="k", lw=0.6)
    currents.set(xlabel="time t  [ħ/ΔE]", ylabel="energy current  [ΔE²/ħ]")
    for ax, count in zip(axes, (data.subunit.size, data.subunit.size * data.band.size, data.bond.size), strict=False):
        if count <= FEW:
            ax.legend(fontsize=8.5)
    if heat:
        _conductivity(axes[3], data)
    return fig


def _pair(
    ax: Axes,
    t: np.ndarray,
    exact: np.ndarray,
    theory: np.ndarray,
    label: str,
    color: str | None = None,
    style: str = "-",
) -> None:
    """A line of theory with the exact dots in its colour."""
    step = max(1, t.size // 50)
    (line,) = ax.plot(t, theory, style, lw=1.5, color=color, label=label)
    ax.plot(t[::step], exact[::step], ".", ms=4, color=line.get_color())


def _conductivity(ax: Axes, data: xr.Dataset) -> None:
    """κ_th over temperature: linear response, as printed, and exact with its error."""
    T = data.temperature.values
    order = np.argsort(T)
    # marks alone: the curve between the temperatures that were asked is not known here
    ax.plot(T[order], data.conductivity.values[order], "o", ms=4, label="linear response")
    ax.plot(T[order], data.conductivity_printed.values[order], "x", ms=7, label="as printed (PRE 47)")
    if "exact_conductivity" in data:
        ax.errorbar(
            T,
            data.exact_conductivity.values,
            data.exact_conductivity_error.values,
            fmt="s",
            ms=5,
            capsize=2,
            mfc="white",
            color="k",
            label="Schrödinger equation",
        )
    ax.set(xscale="log", yscale="log", xlabel="temperature T  [ΔE/$k_B$]", ylabel="$\\kappa_{th}$  [$k_B$ΔE/ħ]")
    if T.size <= FEW:
        ticks_at(ax, np.unique(T))
    ax.legend(fontsize=8.5)
