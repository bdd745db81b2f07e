"""Figures of the population master equation: stored data in, matplotlib figures out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, styled

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

FEW = 6  # units and bonds that a legend can name


@styled
def populations(data: xr.Dataset) -> Figure:
    """Energies of the units (dots exact), w(i, t) of the bonds, and how far the three assumptions are from holding."""
    fig, (left, middle, right) = figure(12.0, 3.9, 3)
    t = data.instant.values
    for i in range(data.unit.size):
        line = left.plot(t, data.energy.values[:, i], lw=1.4, label=f"unit {i}" if data.unit.size <= FEW else None)
        if "exact_energy" in data:
            step = max(1, t.size // 25)
            left.plot(t[::step], data.exact_energy.values[::step, i], "o", ms=3.5, color=line[0].get_color())
    left.set(xlabel="time t", ylabel="energy $u_i$", title=f"order {data.attrs['order']} (dots: Schrödinger)")
    if data.unit.size <= FEW:
        left.legend(fontsize=8.5)
    constant = not np.all(np.isfinite(data.time.values))
    when = t if constant else data.time.values
    marker = "o" if when.size == 1 else None
    for b in range(data.bond.size):
        w = np.full(when.size, data.rate.values[0, b]) if constant else data.rate.values[:, b]
        middle.plot(when, w, lw=1.4, marker=marker, label=data.attrs["bonds"][b] if data.bond.size <= FEW else None)
    middle.set(xlabel="time t", ylabel="rate w(i, t)")
    if data.bond.size <= FEW:
        middle.legend(fontsize=8.5, title="bond")
    names = (("locality", "A1 locality"), ("energy_conservation", "A2 energy"), ("level_independence", "A3 levels"))
    for name, label in names:
        v = np.full(when.size, data[name].values[0]) if constant else data[name].values
        right.plot(when, np.maximum(v, 1e-17), lw=1.4, marker=marker, label=label)
    right.set(xlabel="time t", ylabel="violation / ‖W‖", yscale="log", ylim=(1e-17, 2))
    right.legend(fontsize=8.5)
    return fig
