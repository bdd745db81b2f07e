"""Figures of linear response: stored data in, matplotlib figures out. Nothing is computed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import COLOURS, figure, ticks_at, whole_numbers, with_errors
from caloriq.plots.words import headed, label, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

FEW = 9  # rates that an axis can name one by one
ROOM = 1.7  # of the largest D of the longest chain


@headed
def linear_response(data: xr.Dataset) -> Figure:
    """Resistance over the length with its lines, or the profile of one length; and D over the length, or over the bath rate."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    rates, N = data.rate.values, data.sites.values
    if N.size > 1:
        for g, rate in enumerate(rates):
            left.plot(
                N - 1, 1 / data.conductance.values[g], "o", ms=5, color=COLOURS[g % len(COLOURS)], label=f"Γ = {rate:g}"
            )
            fine = np.array([0, N[-1] - 1])
            if np.isfinite(data.contact.values[g]):
                line = data.contact.values[g] + data.resistivity.values[g] * fine
                left.plot(fine, line, "-", lw=1, color=COLOURS[g % len(COLOURS)])
        left.set(xlabel="bonds N - 1", xlim=(0, None), ylim=(0, None))
        left.set_ylabel(label("resistance μ/j", data.contact.attrs.get("units", ""), "excitations"))
    else:
        for g, rate in enumerate(rates):
            left.plot(data.site.values, data.profile.values[g, -1], "o-", ms=4, lw=1, label=f"Γ = {rate:g}")
        left.set(xlabel="site", ylabel="dn/dμ, population of the site per drive")
    left.legend()
    D, error = data.diffusivity.values, data.diffusivity_error.values
    if N.size > 1:
        for g in range(rates.size):
            right.plot(N, D[g], "o-", ms=5, lw=1, color=COLOURS[g % len(COLOURS)])
            with_errors(right, N, D[g], data.diffusivity_error[g])
        right.set(xlabel="sites N")
        whole_numbers(right)
    else:
        right.plot(rates, D[:, 0], "o-", ms=5, lw=1)
        with_errors(right, rates, D[:, 0], data.diffusivity_error[:, 0])
        right.set(xscale="log", xlabel=named(data, "rate", "Γ of each bath"))
        if rates.size <= FEW:
            ticks_at(right, rates)
    # the middle of the shortest chains has hardly a gradient: theirs may lie beyond
    right.set_ylim(0, ROOM * float((D + error)[:, -1].max()))
    right.set_ylabel(named(data, "diffusivity", "diffusivity D inside the chain"))
    return fig
