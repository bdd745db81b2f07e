"""Figure of one conductivity found in four ways: stored data in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, styled, ticks_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

MARKS = ("-", "o", "s", "^", "D")


@styled
def conductivities(data: Mapping[str, xr.Dataset]) -> Figure:
    """κ_th over T by every way, γ over c1, the running integrals, and what the baths' rates do."""
    fig, (kappa, over, running, open_ends) = figure(10.4, 7.6, 2, 2)
    found, rates, integral = data["conductivities"], data["rates"], data["running"]
    T = found.temperature.values
    for k, name in enumerate(found.attrs["ways"]):
        ratio, off = (x[k].values / found.conductivity[0].values for x in (found.conductivity, found.error))
        shift = 1 + 0.02 * (k - 2)
        if k == 0:
            kappa.fill_between(T, 1 - off, 1 + off, color="C0", alpha=0.2, lw=0, label="its spread, one matrix")
            kappa.axhline(1, color="C0", lw=1.2, label="γc")
        else:
            kappa.errorbar(T * shift, ratio, off, fmt=MARKS[k], ms=4.5, color=f"C{k}", capsize=2, lw=1, label=name)
    kappa.set(xscale="log", xlabel="temperature T  [ΔE/$k_B$]", ylabel="$\\kappa_{th}$ over γc", title="c1 = 1")
    ticks_at(kappa, T)
    c1 = rates.c1.values
    for k, name in enumerate(("closed chain", "correlation", "baths")):
        color = f"C{(1, 3, 4)[k]}"
        over.errorbar(
            c1,
            rates.ratio[k].values,
            rates.ratio_error[k].values,
            fmt="o-",
            ms=4,
            lw=1.2,
            color=color,
            capsize=2,
            label=name,
        )
    over.axhline(1, color="k", lw=0.8, label="golden rule")
    over.set(xlabel="c1 = 2λn/δε", ylabel="rate over $2\\pi\\lambda^2 n/\\delta\\epsilon$", ylim=(0, None))
    for k, x in enumerate(integral.c1.values.tolist()):
        running.plot(integral.time.values, integral.integral[k].values, color=f"C{k}", lw=1.5, label=f"c1 = {x:g}")
    running.plot(integral.time.values, integral.by_rates[0].values, "k--", lw=1.1, label="rate equation")
    running.axhline(0, color="0.6", lw=0.8)
    running.set(
        xlabel="time γt", ylabel="$\\int_0^t\\langle J(s)J\\rangle ds$ over γ", title="three subunits, one matrix"
    )
    bath = rates.bath.values
    for b in range(rates.sizes["bond"]):
        open_ends.plot(bath, rates.open[:, b].values, "o-", ms=4, color=f"C{b}", label=f"bond {b} to {b + 1}")
    open_ends.axhline(1, color="k", lw=0.8, label="golden rule")
    open_ends.set(
        xscale="log",
        xlabel="rate of the baths over γ",
        ylabel="$J/(P_\\mu - P_{\\mu+1})$ over γ",
        title="between baths, c1 = 1, one matrix",
    )
    ticks_at(open_ends, bath)
    top = float(np.nanmax(rates.open.values))
    open_ends.set(ylim=(0, 1.15 * max(1.0, top)))
    for ax in (kappa, over, running, open_ends):
        ax.legend(fontsize=8)
    return fig
