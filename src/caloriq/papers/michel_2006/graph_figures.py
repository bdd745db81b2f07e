"""Figure of networks and lattices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.networks import relaxation_of
from caloriq.plots.style import figure, styled

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


@styled
def networks(graphs: dict[str, xr.Dataset], lattices: xr.Dataset) -> Figure:
    """Populations on every graph (dots exact, lines the rate equation), and the spread on lattices beside diffusion."""
    fig, axes = figure(12.6, 7.2, 3, 2)
    for ax, (name, data) in zip(axes, graphs.items(), strict=False):
        relaxation_of(ax, name, data)
    left, right = axes[-2:]
    tau = lattices.span.values
    for k, d in enumerate(lattices.dimensions.values):
        (line,) = left.loglog(tau, lattices.spread.values[k], "o", ms=3.5, label=f"d = {d}")
        left.loglog(tau, 2 * d * tau, "-", lw=1, color=line.get_color())
    left.plot([], [], "ko", ms=3.5, label="rate equation")
    left.plot([], [], "k-", lw=1, label="diffusion, 2dγt")
    left.set(xlabel="γt", ylabel="$\\langle r^2\\rangle$", title="spread on open lattices")
    left.legend(fontsize=8)
    half = lattices.sizes["place"] // 2
    x = np.arange(lattices.sizes["place"]) - half
    for tau_k in (1.0, 10.0, 100.0):
        k = int(np.argmin(np.abs(tau - tau_k)))
        near = np.abs(x) <= 5 * np.sqrt(2 * tau[k])
        (line,) = right.semilogy(x[near], lattices.profile.values[k, near], "o", ms=3, label=f"γt = {tau[k]:.3g}")
        fine = np.linspace(x[near][0], x[near][-1], 200)
        right.semilogy(
            fine, np.exp(-(fine**2) / (4 * tau[k])) / (4 * np.pi * tau[k]), "-", lw=1, color=line.get_color()
        )
    right.set(
        xlabel="place along an axis",
        ylabel="probability",
        title="square lattice: rates (dots), diffusion (lines)",
    )
    right.set(ylim=(1e-9, 1), xlim=(-60, 60))
    right.legend(fontsize=8)
    return fig
