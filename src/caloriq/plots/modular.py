"""Figures of the modular chain: stored data in, matplotlib figures out. Nothing is computed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caloriq.plots.style import figure
from caloriq.plots.words import headed, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


@headed
def relaxation(data: xr.Dataset) -> Figure:
    """P_µ(t): rate equation as lines with the typicality bound as a band, exact solution as dots."""
    fig, (ax,) = figure()
    t = data.time.values
    exact = data.populations.mean("sample") if "sample" in data.dims else data.populations
    step = max(1, t.size // 67)
    for mu in range(data.sizes["subunit"]):
        theory, width = data.theory_populations[:, mu].values, data.theory_widths[:, mu].values
        (line,) = ax.plot(t, theory, lw=1.6, label=f"subunit {mu}")
        ax.fill_between(t, theory - width, theory + width, color=line.get_color(), alpha=0.15, lw=0)
        ax.plot(t[::step], exact[::step, mu], ".", ms=4.5, color=line.get_color())
    ax.plot([], [], "k-", lw=1.6, label="rate equation")
    ax.plot([], [], "k.", ms=4.5, label="Schrödinger equation")
    ax.set(
        xlabel=named(data, "time", "time t"), ylabel="population of the subunit", xlim=(0, t[-1]), ylim=(-0.03, 1.03)
    )
    ax.legend(ncols=1 if data.sizes["subunit"] <= 5 else 2)
    return fig
