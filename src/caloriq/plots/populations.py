"""Figures of the population master equation: stored data in, matplotlib figures out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import figure, with_errors
from caloriq.plots.words import headed, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

FEW = 6  # units and bonds that a legend can name
FLOOR = 1e-14  # of violations: what rounding makes of none is not drawn
ORDERS = {
    "exact": "exact kernel",
    "2": "kernel of second order",
    "4": "kernel of fourth order",
    "markov": "Markov limit",
}
ASSUMPTIONS = (
    ("locality", "rates of neighbours alone"),
    ("energy_conservation", "conservation of energy"),
    ("level_independence", "one rate for all levels"),
)


@headed
def populations(data: xr.Dataset) -> Figure:
    """Energies of the units (dots exact), w(i, t) of the bonds, and how far the three assumptions are from holding."""
    fig, (left, middle, right) = figure(12.0, 3.9, 3)
    _energies(left, data)
    constant = not np.all(np.isfinite(data.time.values))
    when = data.instant.values if constant else data.time.values
    marker = "o" if when.size == 1 else None
    for b in range(data.bond.size):
        w = np.full(when.size, data.rate.values[0, b]) if constant else data.rate.values[:, b]
        same = next((c for c in range(b) if np.allclose(data.rate.values[:, c], data.rate.values[:, b])), None)
        style = (0, (4, 2 + 2 * b)) if same is not None else "-"  # equal curves lie on each other: dashes show both
        told = data.attrs["bonds"][b] if data.bond.size <= FEW else None
        middle.plot(when, w, lw=1.4, ls=style, marker=marker, label=told)
        if not constant and "error" in data:
            with_errors(middle, when, w, data.error.values)
    middle.set(xlabel=named(data, "instant", "time t"), ylabel=named(data, "rate", "rate of the bond"))
    if data.bond.size <= FEW:
        middle.legend(fontsize=8.5, title="bond")
    _violations(right, data, when, constant, marker)
    return fig


def _energies(axes: Any, data: xr.Dataset) -> None:
    """Energy of every unit over time, as dots where it comes without a kernel."""
    t, dots = data.instant.values, "exact_energy" in data
    for i in range(data.unit.size):
        label = f"unit {i}" if data.unit.size <= FEW else None
        line = axes.plot(t, data.energy.values[:, i], lw=1.4, marker="_" if t.size == 1 else None, label=label)
        if dots:
            step = max(1, t.size // 25)
            axes.plot(t[::step], data.exact_energy.values[::step, i], "o", ms=3.5, color=line[0].get_color())
    order = str(data.attrs["order"])
    against = data.attrs.get("compared_with", "Schrödinger equation") if dots else ""
    title = ORDERS.get(order, f"order {order}") + (f" (dots: {against})" if dots else "")
    axes.set(xlabel=named(data, "instant", "time t"), ylabel=named(data, "energy", "energy of the unit"), title=title)
    if data.unit.size <= FEW:
        axes.legend(fontsize=8.5)


def _violations(axes: Any, data: xr.Dataset, when: Any, constant: bool, marker: str | None) -> None:
    """Violations above the floor; a legend of those that are drawn, and words for the others."""
    none = []
    for name, label in ASSUMPTIONS:
        v = np.full(when.size, data[name].values[0]) if constant else data[name].values
        if np.any(v > FLOOR):
            axes.plot(when, np.where(v > FLOOR, v, np.nan), lw=1.4, marker=marker, label=label)
        else:
            none.append(label)
    axes.set(
        xlabel=named(data, "instant", "time t"),
        ylabel="violation, relative to the kernel",
        yscale="log",
        ylim=(FLOOR / 10, 2),
    )
    if when.size > 1:
        axes.set_xlim(float(when[0]), float(when[-1]))
    if len(none) < len(ASSUMPTIONS):
        axes.legend(fontsize=8.5)
    if none:
        told = ", ".join(none) + (": not violated" if len(none) < len(ASSUMPTIONS) else ":\nnot violated")
        axes.text(
            0.5,
            0.5 if len(none) == len(ASSUMPTIONS) else 0.06,
            told,
            transform=axes.transAxes,
            ha="center",
            fontsize=8.5,
        )
