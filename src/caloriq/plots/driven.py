"""Figures of driven chains: stored data in, matplotlib figures out. Nothing is computed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.accessor import error_of
from caloriq.plots.style import figure, flows_in, ticks_at, whole_numbers, with_errors
from caloriq.plots.words import headed, label, named

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

FEW = 9  # sizes that an axis can name one by one
MARKED = 60  # sites up to which each has a mark


@headed
def steady(data: xr.Dataset) -> Figure:
    """Populations along the chain, and the heat that every bath brings."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    k = data.site.values
    n = data.populations
    mark = "o-" if k.size <= MARKED else "-"
    heat = np.atleast_2d(data.heat_currents.values)
    flows = np.column_stack([heat, np.atleast_1d(data.dephasing_current.values)])
    if "sample" in data.dims:
        left.fill_between(k, n.quantile(0.1, "sample"), n.quantile(0.9, "sample"), alpha=0.2, lw=0, label="10 to 90 %")
        left.plot(k, n.mean("sample"), mark, ms=4.5, lw=1.2, label=f"mean of {n.sizes['sample']} samples")
        left.legend()
        wide = flows.std(axis=0, ddof=1) / len(flows) ** 0.5 if len(flows) > 1 else None
    else:
        left.plot(k, n.values, mark, ms=4.5, lw=1.2)
        with_errors(left, k, n.values, error_of(data, "populations"))
        errors = [error_of(data, name) for name in ("heat_currents", "dephasing_current")]
        known = all(one is not None for one in errors)
        wide = np.concatenate([np.atleast_1d(one.values) for one in errors]) if known else None
    left.set(xlabel="site", ylabel="population of the site", ylim=(0, None))
    whole_numbers(left)
    told = label("heat current into the chain", data.heat_currents.attrs.get("units", ""))
    flows_in(right, [*data.attrs["baths"], "dephasing"], flows.mean(axis=0), told, wide)
    return fig


@headed
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
    carries = data.current.attrs.get("carries", data.attrs.get("of", "heat"))
    left.set(xscale="log", yscale="log", xlabel="sites N")
    left.set_ylabel(label("current J", data.current.attrs.get("units", ""), carries))
    left.legend()
    right.plot(data.between.values, data.local_alpha.values, "o-", ms=5, lw=1)
    with_errors(right, data.between.values, data.local_alpha.values, data.get("local_alpha_error"))
    for level, name in ((0, "diffusive"), (1, "ballistic")):
        right.axhline(level, color="k", lw=0.8, ls=":")
        right.annotate(name, (data.between.values[0], level), xytext=(0, 3), textcoords="offset points", fontsize=8.5)
    right.set(xscale="log", xlabel="sites N", ylabel="local exponent α(N)")
    if N.size <= FEW:
        ticks_at(left, N)
        ticks_at(right, N)
    return fig


@headed
def assisted(data: xr.Dataset) -> Figure:
    """Efficiency over the dephasing: with the transfer time where it is known, or with the largest marked."""
    curve = "transfer_time" in data
    fig, axes = figure(9.2, 3.9, 2) if curve else figure()
    ax = axes[0]
    rates = data.dephasing.values if curve else data.scanned.values
    few = rates.size <= MARKED
    mark = "o" if few and curve else ""
    if curve:
        for name, style in (("efficiency", "-"), ("loss", "--"), ("dark", ":")):
            if np.any(data[name].values > 0):
                ax.plot(rates, data[name].values, f"{mark}{style}", ms=4, lw=1.4, label=name)
                with_errors(ax, rates, data[name].values, data.get(f"{name}_bound"))
        axes[1].plot(rates, data.transfer_time.values, f"{mark}-", ms=4, lw=1.4)
        with_errors(axes[1], rates, data.transfer_time.values, data.get("transfer_time_bound"))
        axes[1].set(yscale="log", xlabel=named(data, "dephasing", "dephasing γ"))
        axes[1].set_ylabel(named(data, "transfer_time", "transfer time"))
    else:
        ax.plot(rates, data.scan.values, lw=1.4, label="efficiency")
        if float(data.dephasing) > 0:
            ax.plot(float(data.dephasing), float(data.efficiency), "o", ms=5, label="largest")
        ax.axhline(float(data.without), color="k", ls="--", lw=0.9, label="without dephasing")
    ax.set(ylabel="share of excitations", ylim=(0, 1.02))
    ax.set_xlabel(named(data, "dephasing" if curve else "scanned", "dephasing γ"))
    positive = rates[rates > 0]
    for one in axes:
        # a logarithmic axis has no 0: of what stands there it is linear up to the least that is not
        if positive.size > 1 and positive.size < rates.size:
            one.set_xscale("symlog", linthresh=float(positive.min()))
            one.set_xlim(-0.2 * float(positive.min()), 1.2 * float(positive.max()))
        elif positive.size > 1:
            one.set_xscale("log")
    ax.legend()
    return fig


@headed
def single(data: xr.Dataset) -> Figure:
    """What becomes of one excitation, in all and by the sites from which it leaves."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    whole = {"trapped": data.efficiency, "lost": data.loss, "never leaves": data.dark}
    colours = ["#0b5fa5", "#d1495b", "0.6"]
    bounds = [
        float(data[f"{name}_bound"]) if f"{name}_bound" in data else 0.0 for name in ("efficiency", "loss", "dark")
    ]
    left.barh(list(whole), [float(v) for v in whole.values()], color=colours, xerr=bounds, capsize=3)
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
