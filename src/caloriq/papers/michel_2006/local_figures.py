"""Figures of temperatures and entropies of subunits: stored data in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

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
    fig, (parts, way, end) = figure(13.4, 4.2, 3)
    local, turned = data["entropy"], data["reversal"]
    t, turn = local.time.values, float(local.time[-1])
    for mu in range(local.sizes["subunit"]):
        parts.plot(t, local.entropies[:, mu].values, color=f"C{mu}", lw=1.5, label=f"$S_{mu}$")
        parts.plot(t, local.gibbs_entropies[:, mu].values, "--", color=f"C{mu}", lw=1.0)
    parts.plot(t, local.entropies.sum("subunit").values, "k", lw=1.6, label="sum")
    parts.axhline(float(local.total_entropy), color="0.6", lw=1.0, label="the whole")
    parts.set(xlabel=TIME, ylabel="entropy  [$k_B$]", title="dashed: Gibbs states of the energies")
    way.plot(t, turned.entropies.sum("subunit").values, "k", lw=1.6, label="there")
    kicks = turned.strength.values
    for k, strength in enumerate(kicks.tolist()):
        back = turned.returning[k].sum("subunit").values
        way.plot(2 * turn - t, back, color=f"C{k}", lw=1.3, label=f"back, kick {strength:g}")
    way.axvline(turn, color="0.6", lw=0.8)
    way.set(xlabel="time on the way  [ħ/ΔE]", ylabel="$\\sum_\\mu S_\\mu$  [$k_B$]", title="reversed at the grey line")
    end.plot(kicks, turned.overlaps.values, "ko-", ms=4, label="overlap of the wholes")
    kicked = int(turned.attrs["kicked"])
    for mu in range(turned.sizes["subunit"]):
        label = f"distance of µ = {mu}" + (" (kicked)" if mu == kicked else "")
        end.plot(kicks, turned.distances[:, mu].values, "o-", ms=3.5, color=f"C{mu}", label=label)
    end.set_xscale("symlog", linthresh=float(kicks[kicks > 0].min()))
    end.set(xlabel="strength of the kick  [rad]", ylabel="end beside start", ylim=(-0.03, 1.03))
    parts.legend(fontsize=8)
    way.legend(fontsize=8, loc=(0.12, 0.06))
    end.legend(fontsize=8)
    return fig
