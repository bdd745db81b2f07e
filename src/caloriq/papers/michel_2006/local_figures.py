"""Figures of temperatures and entropies of subunits: stored data in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.local_states import ends, way
from caloriq.plots.style import figure, styled, ticks_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

TIME = "time t  [ħ/ΔE]"


@styled
def temperatures(data: Mapping[str, xr.Dataset]) -> Figure:
    """T_µ beside the rate equation, distances from Gibbs states, inverted subunits, distance over the number of levels."""
    fig, (warm, distance, upside, sizes) = figure(10.4, 7.6, 2, 2)
    main, inverted, over = data["temperature"], data["inverted"], data["sizes"]
    t = main.time.values
    for mu in range(main.sizes["subunit"]):
        one, color = main.isel(subunit=mu), f"C{mu}"
        warm.plot(t, one.rates.values, color=color, lw=1.4)
        warm.errorbar(
            t,
            one.temperatures.values,
            one.temperature_widths.values,
            fmt=".",
            ms=5,
            lw=0.8,
            color=color,
            label=f"µ = {mu}",
        )
        distance.plot(t, one.distances.values, color=color, lw=1.5, label=f"µ = {mu}")
        distance.plot(t, one.band_distances.values, ":", color=color, lw=1.2)
        beta = 1 / inverted.temperatures[:, mu].values
        upside.plot(inverted.time.values, beta, color=color, lw=1.5, label=f"µ = {mu}")
    warm.set(xlabel=TIME, ylabel="$T_\\mu$  [ΔE/$k_B$]", title="dots: Schrödinger, lines: rate equation")
    distance.set(xlabel=TIME, ylabel="trace distance", ylim=(0, 1), title="from the Gibbs state; dotted: bands alone")
    upside.axhline(0, color="k", lw=0.6)
    upside.set(xlabel=TIME, ylabel="$1/T_\\mu$  [$k_B$/ΔE]", title="inverted subunits")
    d = over.levels.values
    for mu in range(over.sizes["subunit"]):
        sizes.plot(d, over.distance[:, mu].values, "o-", ms=4, lw=1, color=f"C{mu}", label=f"µ = {mu}, late times")
    sizes.plot(d, over.random.values, "k--", lw=1, label="random state of the whole")
    sizes.set(xscale="log", yscale="log", xlabel="levels of a subunit", ylabel="trace distance")
    ticks_at(sizes, d)
    ticks_at(sizes, np.array([0.05, 0.1, 0.2, 0.3]), "y")
    for ax in (warm, distance, upside, sizes):
        ax.legend(fontsize=8)
    return fig


@styled
def entropies(data: Mapping[str, xr.Dataset]) -> Figure:
    """Entropies of the parts, the way there and back, and the ends over the strength of the kick."""
    fig, (parts, there, end) = figure(13.4, 4.2, 3)
    local, turned = data["entropy"], data["reversal"]
    t = local.time.values
    for mu in range(local.sizes["subunit"]):
        parts.plot(t, local.entropies[:, mu].values, color=f"C{mu}", lw=1.5, label=f"$S_{mu}$")
        parts.plot(t, local.gibbs_entropies[:, mu].values, "--", color=f"C{mu}", lw=1.0)
    parts.plot(t, local.entropies.sum("subunit").values, "k", lw=1.6, label="sum")
    parts.axhline(float(local.total_entropy), color="0.6", lw=1.0, label="the whole")
    parts.set(xlabel=TIME, ylabel="entropy  [$k_B$]", title="dashed: Gibbs states of the energies")
    way(there, turned)
    ends(end, turned)
    parts.legend(fontsize=8)
    return fig
