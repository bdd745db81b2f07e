"""Figure of subunits with several bands: stored data in, a matplotlib figure out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, ticks_at
from caloriq.plots.words import headed, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEW = 8  # lines that a legend can name
STYLES = ("-", "--", ":", "-.")


@headed
def bands(data: xr.Dataset) -> Figure:
    """Energies, populations of bands and currents (dots exact, lines the rate equation), and κ_th(T) where it was asked."""
    heat = "temperature" in data.dims
    fig, axes = figure(9.6, 7.2, 2, 2) if heat else figure(13.0, 3.9, 3)
    t = data.time.values
    if "sample" in data.dims:
        data = data.mean("sample")
    energies, populations, currents = axes[:3]
    for mu in range(data.subunit.size):
        _pair(energies, t, data.local_energies[:, mu].values, data.theory_local_energies[:, mu].values, f"subunit {mu}")
    time = named(data, "time", "time t")
    energies.set(xlabel=time, ylabel=named(data, "local_energies", "energy of the subunit"))
    energies.set_title("dots: Schrödinger equation, lines: rate equation")
    for mu in range(data.subunit.size):
        for i in range(data.band.size):
            exact, theory = data.band_populations[:, mu, i].values, data.theory_band_populations[:, mu, i].values
            _pair(populations, t, exact, theory, f"subunit {mu}, band {i}", f"C{mu % 10}", STYLES[i % len(STYLES)])
    populations.set(xlabel=time, ylabel="population of the band", ylim=(-0.03, 1.03))
    for bond in range(data.bond.size):
        label = f"bond {bond}-{bond + 1}"
        _pair(currents, t, data.currents[:, bond].values, data.theory_currents[:, bond].values, label)
    currents.axhline(0, color="k", lw=0.6)
    currents.set(xlabel=time, ylabel=named(data, "currents", "energy current"))
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
    ax.plot(T[order], data.conductivity_printed.values[order], "x", ms=7, label="closed form of wide bands")
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
    ax.set(xscale="log", yscale="log", xlabel=named(data, "temperature", "temperature T"))
    ax.set_ylabel(named(data, "conductivity", "conductivity κ of heat"))
    if T.size <= FEW:
        ticks_at(ax, np.unique(T))
    ax.legend(fontsize=8.5)
