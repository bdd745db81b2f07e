"""Figure of bands without gaps and of subunits that differ: stored data in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from caloriq.plots.style import figure, styled

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

APART = "$(U_0 - U_1)(t)$ over its start"


@styled
def without_gaps(data: Mapping[str, xr.Dataset]) -> Figure:
    """Difference of the energies for every width and number of cells, and populations of subunits that differ."""
    fig, (narrow, cut, bands, parts) = figure(10.4, 7.8, 2, 2)
    widths, cells, unequal = data["widths"], data["cells"], data["unequal"]
    for k, width in enumerate(widths.bandwidth.values):
        x = widths.spans[k].values
        narrow.plot(x, widths.rates[k].values, lw=1.2, color=f"C{k}", label=f"δε = {width:g} ΔE")
        narrow.plot(x, widths.exact[k].values, ".", ms=4, color=f"C{k}")
    narrow.set(xlabel="time × fastest rate", ylabel=APART, title="bands up to touching (dots: Schrödinger)")
    for k, count in enumerate(cells.cells.values):
        cut.plot(cells.instants[0].values, cells.rates[0, k].values, lw=1.2, color=f"C{k}", label=f"{count} cells")
        cut.plot(cells.instants[0].values, cells.exact[0, k].values, ".", ms=4, color=f"C{k}")
    cut.set(xlabel="time t  [ħ/ΔE]", ylabel=APART, title="one spectrum, cut into cells")
    for case, ax, title in ((0, bands, "levels differ"), (1, parts, "levels and widths differ")):
        one = unequal.isel(case=case)
        x = one.spans.values
        for mu in range(unequal.sizes["subunit"]):
            ax.plot(x, one.resolved[:, mu].values, lw=1.3, color=f"C{mu}", label=f"µ = {mu}")
            ax.plot(x, one.rates[:, mu].values, ":", lw=1.3, color=f"C{mu}")
            ax.plot(x, one.exact[:, mu].values, ".", ms=4, color=f"C{mu}")
        ax.plot([], [], "k.", ms=4, label="Schrödinger equation")
        ax.plot([], [], "k-", lw=1.3, label="rates of every energy")
        ax.plot([], [], "k:", lw=1.3, label="rates of whole bands")
        ax.set(xlabel="γt", ylabel="$P_\\mu(t)$", ylim=(-0.03, 1.03), title=title)
    for ax in (narrow, cut, bands, parts):
        ax.legend(fontsize=8)
    return fig
