"""Figures of driven chains: stored data in, matplotlib figures out. Nothing is computed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, flows_in, styled, ticks_at, whole_numbers

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

FEW = 9  # sizes that an axis can name one by one


@styled
def steady(data: xr.Dataset) -> Figure:
    """Populations along the chain, and the heat that every bath brings."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    k = data.site.values
    if "sample" in data.dims:
        n = data.populations
        left.fill_between(k, n.quantile(0.1, "sample"), n.quantile(0.9, "sample"), alpha=0.2, lw=0, label="10 to 90 %")
        left.plot(k, n.mean("sample"), "o-" if k.size <= 60 else "-", ms=4.5, lw=1.2, label="mean")
        left.legend()
        heat, dephasing = data.heat_currents.mean("sample").values, float(data.dephasing_current.mean())
    else:
        left.plot(k, data.populations.values, "o-" if k.size <= 60 else "-", ms=4.5, lw=1.2)
        heat, dephasing = data.heat_currents.values, float(data.dephasing_current)
    left.set(xlabel="site", ylabel="population $\\langle n_k\\rangle$", ylim=(0, None))
    whole_numbers(left)
    names = [*data.attrs["baths"], "dephasing"]
    values = np.array([*heat, dephasing])
    flows_in(right, names, values, "heat current into the chain")
    return fig


@styled
def scaling(data: xr.Dataset) -> Figure:
    """J over N with its fits, and the local exponent."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    N, J = data.sites.values, data.current.values
    left.errorbar(N, np.abs(J), yerr=data.error.values, fmt="o", ms=5, capsize=2)
    fine = np.geomspace(N[0], N[-1], 200)
    affine = 1 / (float(data.contact_resistance) + float(data.resistivity) * (fine - 1))
    if np.all(affine > 0):
        left.plot(fine, affine, "-", lw=1.2, label=f"1/(R + r (N - 1)), misfit {float(data.misfit):.1g}")
    power = np.exp(np.mean(np.log(np.abs(J)))) * (fine / np.exp(np.mean(np.log(N)))) ** (float(data.alpha) - 1)
    left.plot(fine, power, "k--", lw=1, label=f"$N^{{α-1}}$, α = {float(data.alpha):.3f}")
    left.set(xscale="log", yscale="log", xlabel="sites N", ylabel="current J")
    left.legend()
    right.plot(data.between.values, data.local_alpha.values, "o-", ms=5, lw=1)
    for level, name in ((0, "diffusive"), (1, "ballistic")):
        right.axhline(level, color="k", lw=0.8, ls=":")
        right.annotate(name, (data.between.values[0], level), xytext=(0, 3), textcoords="offset points", fontsize=8.5)
    right.set(xscale="log", xlabel="sites N", ylabel="local exponent α(N)")
    if N.size <= FEW:
        ticks_at(left, N)
        ticks_at(right, N)
    return fig


@styled
def assisted(data: xr.Dataset) -> Figure:
    """Efficiency over the dephasing: with the transfer time where it is known, or with the largest marked."""
    curve = "transfer_time" in data
    fig, axes = figure(9.2, 3.9, 2) if curve else figure()
    ax = axes[0]
    rates = data.dephasing.values if curve else data.scanned.values
    there = rates > 0  # a logarithmic axis has no 0
    if curve:
        for name, style in (("efficiency", "-"), ("loss", "--"), ("dark", ":")):
            if np.any(data[name].values > 0):
                ax.plot(rates[there], data[name].values[there], style, lw=1.4, label=name)
        axes[1].plot(rates[there], data.transfer_time.values[there], lw=1.4)
        axes[1].set(xscale="log", yscale="log", xlabel="dephasing γ", ylabel="transfer time")
    else:
        ax.plot(rates[there], data.scan.values[there], lw=1.4, label="efficiency")
        if float(data.dephasing) > 0:
            ax.plot(float(data.dephasing), float(data.efficiency), "o", ms=5, label="largest")
        ax.axhline(float(data.without), color="k", ls="--", lw=0.9, label="without dephasing")
    ax.set(xscale="log", xlabel="dephasing γ", ylabel="share of excitations", ylim=(0, 1.02))
    ax.legend()
    return fig


@styled
def single(data: xr.Dataset) -> Figure:
    """What becomes of one excitation, in all and by the sites from which it leaves."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    whole = {"trapped": data.efficiency, "lost": data.loss, "never leaves": data.dark}
    left.barh(list(whole), [float(v) for v in whole.values()], color=["#0b5fa5", "#d1495b", "0.6"])
    left.invert_yaxis()
    left.set(xlabel="share of excitations", xlim=(0, 1.02))
    k, width = data.site.values, 0.4
    for shift, name, color in ((-width / 2, "trapped", "#0b5fa5"), (width / 2, "lost", "#d1495b")):
        share = data[name].values
        there = share > 0  # a logarithmic axis has no 0
        right.bar(k[there] + shift, share[there], width, color=color, label=name)
    right.set(yscale="log", xlabel="site", ylabel="share of excitations that leave there")
    whole_numbers(right)
    right.legend()
    return fig
