"""Figures of networks of subunits: stored data in, matplotlib figures out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import figure, whole_numbers
from caloriq.plots.words import headed

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


FEW = 12  # subunits that a sketch and a legend can tell apart


@headed
def network(data: xr.Dataset) -> Figure:
    """Populations of one network (dots exact, their mean over an ensemble; lines the rate equation), and D² beside it."""
    judged = "deviation" in data
    fig, axes = figure(9.6 if judged else 6.4, 4.2, 2 if judged else 1)
    relaxation_of(axes[0], f"γ = {data.attrs['rate']:.3g}", data)
    if judged:
        mean = data.deviation.mean("sample") if "sample" in data.dims else data.deviation
        error = data.get("deviation_error")
        wide = None if error is None else error.mean("sample").values if "sample" in error.dims else error.values
        axes[1].bar(data.subunit.values, mean.values, color="#0b5fa5", yerr=wide, capsize=3)
        whole_numbers(axes[1])
        axes[1].set(xlabel="subunit", ylabel="deviation $D^2$ from the rate equation")
    return fig


def relaxation_of(ax: Axes, name: str, data: xr.Dataset) -> None:
    """Populations of one network, with a sketch of its graph in the corner."""
    t, rate = data.time.values, data.attrs["rate"]
    exact = data.populations.mean("sample") if "sample" in data.dims else data.populations
    step = max(1, t.size // 40)
    colours = []
    for mu in range(data.sizes["subunit"]):
        theory, width = data.theory_populations[:, mu].values, data.theory_widths[:, mu].values
        (line,) = ax.plot(rate * t, theory, lw=1.3, label=str(mu))
        colours.append(line.get_color())
        ax.fill_between(rate * t, theory - width, theory + width, color=line.get_color(), alpha=0.12, lw=0)
        ax.plot(rate * t[::step], exact[::step, mu], ".", ms=4, color=line.get_color())
    ax.set(
        xlabel="time times rate, γt",
        ylabel="population of the subunit",
        title=name,
        xlim=(0, rate * t[-1]),
        ylim=(-0.03, 1.03),
    )
    if len(colours) <= FEW:
        edges = np.column_stack([data.bond_from.values, data.bond_to.values]).tolist()
        _sketch(ax, edges, _places(json.loads(data.attrs["model"]), len(colours)), colours)


def _places(model: dict[str, Any], count: int) -> Any:
    """Where the subunits are drawn, shape (2, count): an open lattice of one or two axes as it is, others on a circle."""
    sides = model.get("lattice")
    if sides is not None and len(sides) <= 2 and not model.get("periodic"):
        down, right = np.unravel_index(np.arange(count), (1, *sides)[-2:])
        place = np.array([right - right.max() / 2, down.max() / 2 - down])
        return place / max(1.0, np.abs(place).max())
    angle = 2 * np.pi * np.arange(count) / count
    return np.array([np.cos(angle), np.sin(angle)])


def _sketch(ax: Axes, edges: list[list[int]], places: Any, colours: list[Any]) -> None:
    """The graph itself."""
    inset = ax.inset_axes((0.62, 0.55, 0.36, 0.42))
    x, y = places
    for a, b in edges:
        inset.plot(x[[a, b]], y[[a, b]], "-", color="#999999", lw=1, zorder=1)
    inset.scatter(x, y, s=70, c=colours, zorder=2)
    for mu in range(len(colours)):
        inset.text(x[mu], y[mu], str(mu), color="white", fontsize=7, ha="center", va="center", zorder=3)
    inset.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), aspect="equal")
    inset.axis("off")
