"""Figures of conserved charges and of what they keep of a current: stored data in, matplotlib figures out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.kubo import colours_of
from caloriq.plots.style import figure, whole_numbers, with_errors
from caloriq.plots.swept import scale
from caloriq.plots.words import headed, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

PAULI = "1XYZ"
NAMED = 30  # strings up to which each has its name
SHARE = "share of the squared current that stays"


@headed
def conserved(data: xr.Dataset) -> Figure:
    """How many charges there are up to every support, and the densities of all as sums of strings."""
    fig, (left, right) = figure(10.4, 4.2, 2)
    left.bar(data.support.values, data.counts.values, width=0.7, color="C0")
    left.set(xlabel=named(data, "support", "support of a charge"), ylabel="charges with at most this support")
    whole_numbers(left, "both")
    values = data.coefficients.values
    most = float(np.abs(values).max(initial=0.0)) or 1.0
    mesh = right.pcolormesh(
        np.arange(data.sizes["string"]),
        np.arange(data.sizes["charge"]),
        values,
        shading="nearest",
        cmap="RdBu_r",
        vmin=-most,
        vmax=most,
    )
    fig.colorbar(mesh, ax=right, label="coefficient in the density of the charge")
    right.set(xlabel="string of operators", ylabel="charge")
    whole_numbers(right, "both")
    letters = data.letters.values
    if letters.shape[0] <= NAMED and letters.max(initial=0) < len(PAULI):
        names = ["".join(PAULI[k] for k in row) for row in letters.astype(int)]
        right.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    return fig


@headed
def mazur(data: xr.Dataset) -> Figure:
    """What every charge adds to the share of ⟨J²⟩ that stays, and their sum with its error."""
    fig, (ax,) = figure(7.8, 4.2)
    whole = float(data.current_square)
    each = data.contributions.values / whole if whole > 0 else data.contributions.values
    k = data.charge.values
    ax.bar(k, each, width=0.6, color="C0", label="by every charge")
    ax.plot(k, np.cumsum(each), "o-", color="C1", ms=4, lw=1.2, label="by all up to it")
    if k.size:
        with_errors(ax, k[-1:], np.array([float(data.fraction)]), np.array([float(data.fraction_bound)]), "C1")
    ax.set(xlabel="charge", ylabel=f"{SHARE}, of {data.attrs['of']}")
    whole_numbers(ax)
    ax.legend(fontsize=8.5)
    return fig


@headed
def thermal(data: xr.Dataset) -> Figure:
    """The bound over the temperature with its error, and the share of ⟨J²⟩ that it is on every ring."""
    fig, (left, right) = figure(9.6, 4.2, 2)
    T, of = data.temperature.values, data.attrs["of"]
    left.plot(T, data.bound.values, "o-", ms=5, lw=1.0, label="bound, largest ring")
    with_errors(left, T, data.bound.values, data.spreads.values, "C0")
    left.plot(T, data.squares.values[:, -1], "s--", ms=4, lw=1.0, color="0.4", label="squared current at time 0")
    left.set_ylabel(named(data, "bound", f"squared current of {of} per cell that stays"))
    sizes = data["size"].values
    for n, (cells, colour) in enumerate(zip(sizes.tolist(), colours_of(sizes), strict=True)):
        share = data.by_size.values[:, n] / data.squares.values[:, n]
        right.plot(T, share, "o-", color=colour, ms=4, lw=1.0, label=f"ring of {cells:g} cells")
    right.set(ylabel=f"{SHARE}, of {of}", ylim=(0, 1.05))
    for ax in (left, right):
        ax.set(xscale=scale(T), xlabel=named(data, "temperature", "temperature T"))
        ax.legend(fontsize=8)
    return fig
