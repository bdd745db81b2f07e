"""Figure of spin chains cut into blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, styled, ticks_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


@styled
def grains(data: xr.Dataset) -> Figure:
    """Kernels of the homogeneous chains left, D over the block's length in the middle, exact decay of two blocks right."""
    fig, (left, middle, right) = figure(13.0, 4.1, 3)
    names, blocks = data.attrs["names"], data.block.values
    for k, name in enumerate(names):
        line = left.plot(data.time.values, data.kernel.values[k], lw=1.4, label=name)
        color = line[0].get_color()
        for c, style in enumerate(("-", ":")):
            D = data.diffusivity.values[k, c] / data.contact.values[c] ** 2
            middle.plot(blocks, D, style, lw=1.2, color=color)
            holds = data.holds.values[k, c].astype(bool)
            for chosen, fill in ((holds, color), (~holds, "white")):
                middle.plot(blocks[chosen], D[chosen], "o", ms=6 - 2 * c, mfc=fill, mec=color, ls="none")
    left.axhline(0, color="k", lw=0.6)
    largest = int(blocks[-1])
    left.set(
        xlabel="time t",
        ylabel="R(t) ℓ",
        xscale="log",
        xlim=(0.3, data.time.values[-1]),
        ylim=(-0.2, 1.75),
        title=f"contact 1, ℓ = {largest}",
    )
    left.legend(fontsize=8.5, loc="upper left")
    x = np.array([blocks[0], blocks[-1]], dtype=float)
    middle.plot(x, 0.45 * x, "k--", lw=0.9, label="∝ ℓ")
    middle.set(
        xlabel="block ℓ",
        ylabel="kℓ² / contact²",
        xscale="log",
        yscale="log",
        title="filled: all criteria met; dotted: weak contact",
    )
    ticks_at(middle, blocks)
    ticks_at(middle, [2, 3, 5, 7, 10], "y")
    middle.legend(fontsize=8.5)
    phase = data.phase.values
    for k, contact in enumerate(data.pair_contact.values):
        right.errorbar(
            phase,
            data.exact.values[k],
            data.exact_error.values[k],
            fmt="o-",
            ms=4,
            lw=0.8,
            label=f"contact {contact:g}",
        )
    right.plot(phase, np.exp(-2 * phase), "k-", lw=1.2, label="$e^{-2kt}$")
    right.set(xlabel="kt", ylabel="difference of two blocks", title=f"tilted Ising, exact, ℓ = {data.attrs['pair']}")
    right.legend(fontsize=8.5)
    return fig


@styled
def weak_contacts(data: xr.Dataset) -> Figure:
    """Energies of three blocks left; two blocks with stronger and stronger contacts right."""
    fig, (left, right) = figure(10.4, 4.3, 2)
    for k in data.grain.values:
        (line,) = left.plot(data.phase, data.predicted[:, k], lw=1.4, label=f"block {k}")
        low, high = (data.predicted[:, k] + s * data.predicted_error[:, k] for s in (-1, 1))
        left.fill_between(data.phase, low, high, alpha=0.2, lw=0, color=line.get_color())
        left.errorbar(data.phase, data.exact[:, k], data.exact_error[:, k], fmt="o", ms=4, color=line.get_color())
    left.set(
        xlabel="kt",
        ylabel="energy of a block",
        title=f"three blocks of {data.attrs['block']}, contact {data.attrs['weak']:g}; points: exact",
    )
    left.legend(fontsize=8.5)
    for k, contact in enumerate(data.contact.values):
        exact, error = data.pair.values[k, 0], data.pair.values[k, 1]
        right.errorbar(data.kt, exact, error, fmt="o-", ms=4, lw=0.8, label=f"contact {contact:g}")
    right.plot(data.kt, data.pair.values[0, 2], "k-", lw=1.2, label="$e^{-2kt}$")
    right.plot(data.kt, data.pair.values[1, 4], "k--", lw=1.2, label=f"rates of bands, {data.contact.values[1]:g}")
    right.plot(data.kt, data.pair.values[-1, 3], "k:", lw=1.2, label="R(t), contact 1")
    right.set(
        xlabel="kt",
        ylabel="difference of two blocks",
        yscale="log",
        ylim=(0.08, 1.3),
        title=f"two blocks of {data.attrs['few']}, exact",
    )
    ticks_at(right, [0.1, 0.2, 0.5, 1.0], "y")
    right.legend(fontsize=8.5)
    return fig
