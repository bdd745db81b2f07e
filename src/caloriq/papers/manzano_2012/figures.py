"""Figures of the boundary-driven chain after PRE 86, 061118 (2012): stored data in, matplotlib figures out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, styled

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


@styled
def manzano_sizes(data: xr.Dataset) -> Figure:
    """J over N, log-log: classical left, quantum right (MT Fig. 2)."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    N = data.sites.values
    for V, J in zip(data.rate.values, data.classical.values, strict=True):
        left.plot(N, J, "o-", ms=4, lw=1, label=f"V = {V:g}")
    for gamma, J in zip(data.dephasing.values, data.quantum.values, strict=True):
        right.plot(N, J, "o-", ms=4, lw=1, label=f"γ = {gamma:g}")
    right.plot(data.checked_sites.values, data.two_point.values.T, "x", color="k", ms=6)
    right.plot([], [], "x", color="k", ms=6, label="two-point set")
    guide = data.classical.values[1, -1] * N[-1] / N
    left.plot(N[5:], 1.6 * guide[5:], "k--", lw=0.9, label="1/N")
    right.plot(N[5:], 1.6 * data.quantum.values[-1, -1] * N[-1] / N[5:], "k--", lw=0.9, label="1/N")
    for ax, title in ((left, "classical"), (right, "quantum")):
        ax.set(xscale="log", yscale="log", xlabel="sites N", ylabel="heat current J", title=title)
        ax.legend(fontsize=8.5)
    return fig


@styled
def manzano_temperatures(data: xr.Dataset) -> Figure:
    """J over T₁: classical for several N left, quantum with N = 4 for several γ right (MT Fig. 3)."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    T = data.temperature.values
    for n, J in zip(data.sites.values, data.classical.values, strict=True):
        left.plot(T, J, lw=1.6, label=f"N = {n}")
    for gamma, J in zip(data.dephasing.values, data.quantum.values, strict=True):
        right.plot(T, J, lw=1.6, label=f"γ = {gamma:g}")
    for ax, title in ((left, "classical, V = 1"), (right, "quantum, N = 4")):
        ax.set(
            xscale="log", xlabel="temperature $T_1$  ($T_N = 0$)", ylabel="heat current J", title=title, ylim=(0, None)
        )
        ax.legend(fontsize=8.5)
    return fig


@styled
def manzano_entanglement(data: xr.Dataset) -> Figure:
    """Region of s₁, s_N where some coupling entangles two sites with γ₁ = γ_N (MT Fig. 4)."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    s1, edge = data.s1.values, data.boundary.values
    for ax in (left, right):
        ax.fill_between(s1, 0, s1, color="#d9d9d9", lw=0, label="possible, $s_N < s_1$")
        # edge holds a root of the condition for every s₁
        ax.fill_between(s1, 0, edge, color="#0b5fa5", lw=0, label="entangled for some γ/g")
        ax.plot(s1, edge, "k--", lw=0.9, label="boundary, not included")
        ax.set(xlabel="$s_1$", ylabel="$s_N$", xlim=(0, 0.5))
    left.set(ylim=(0, 0.5))
    left.legend(loc="upper left")
    limit = data.attrs["limit"]
    right.axhline(limit, color="k", ls=":", lw=0.9, label=f"limit $s_N$ = {limit:.5f}")
    right.set(ylim=(0, 1.5 * limit), title="enlarged")
    right.legend(*[[part[-1]] for part in right.get_legend_handles_labels()], loc="upper left")
    return fig


@styled
def manzano_exponent(few: xr.Dataset, many: xr.Dataset) -> Figure:
    """J over N at γ = 5 with the power law of the sizes that come close to the paper's α, and the local exponent (MT App. B)."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    N, fine = many.sites.values, np.geomspace(many.sites.values[0], many.sites.values[-1], 200)
    left.plot(N, many.current, "o", ms=4.5, label="quantum, γ = 5")
    affine = 1 / (float(many.contact_resistance) + float(many.resistivity) * (fine - 1))
    left.plot(fine, affine, lw=1.2, label="1/(R + r (N - 1))")
    n, alpha = few.sites.values, float(few.alpha)
    centre = np.exp(np.log(n).mean()), np.exp(np.log(few.current.values).mean())
    span = f"N = {n[0]}…{n[-1]}"
    left.plot(
        fine,
        centre[1] * (fine / centre[0]) ** (alpha - 1),
        "k--",
        lw=1,
        label=f"$N^{{α-1}}$, α = {alpha:.4f}, fitted to {span}",
    )
    left.set(xscale="log", yscale="log", xlabel="sites N", ylabel="excitation current J")
    right.plot(many.between.values, many.local_alpha, "o-", ms=4, lw=1, label="local exponent, N = 2…1000")
    right.axhline(alpha, color="k", ls="--", lw=1, label=f"fit to {span}: {alpha:.4f}")
    right.axhline(0.0242, color="#d1495b", ls=":", lw=1.4, label="as printed: 0.0242")
    right.axhline(0, color="k", lw=0.6)
    right.set(xscale="log", xlabel="sites N", ylabel="α of $J \\propto N^{α-1}$", ylim=(-0.05, 0.05))
    for ax in (left, right):
        ax.legend(fontsize=8.5)
    return fig


@styled
def manzano_disorder(near: xr.Dataset, every: xr.Dataset) -> Figure:
    """Share of disordered chains whose current dephasing lowers, over γ; the paper's share dashed."""
    fig, axes = figure(9.2, 3.9, 2)
    for ax, data, title in ((axes[0], near, "couplings of neighbours"), (axes[1], every, "couplings of all pairs")):
        for m, name in enumerate(data.attrs["measures"]):
            ax.errorbar(
                data.dephasing.values,
                data.lowered.values[:, m],
                yerr=data.error.values[:, m],
                fmt="o-",
                ms=4,
                lw=1,
                capsize=2,
                label=name,
            )
        ax.axhline(0.8662, color="k", ls="--", lw=0.9, label="the paper's 8662 of 10 000")
        ax.set(xscale="log", xlabel="dephasing γ", ylabel="share lowered", title=title, ylim=(0, 1.02))
    axes[0].legend(fontsize=8.5, loc="lower right")
    return fig


@styled
def manzano_meeting(data: xr.Dataset) -> Figure:
    """Quantum current (dots) over γ, classical chains with V = 2g²/γ dashed and with the contact term solid."""
    fig, (ax,) = figure()
    for i, n in enumerate(data.sites.values):
        (line,) = ax.plot(data.dephasing.values, data.quantum.values[i], "o", ms=4.5, label=f"N = {n}")
        ax.plot(data.dephasing.values, data.with_contact.values[i], "-", lw=1.2, color=line.get_color())
        ax.plot(data.dephasing.values, data.classical.values[i], "--", lw=1, color=line.get_color())
    ax.plot([], [], "k-", lw=1.2, label="classical, with contact term")
    ax.plot([], [], "k--", lw=1, label="classical, V = 2g²/γ")
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="dephasing γ",
        ylabel="excitation current J",
        title="dots: dephased quantum chain",
    )
    ax.legend(fontsize=8.5)
    return fig


@styled
def manzano_efficiency(complexes: xr.Dataset, chains: xr.Dataset, light: xr.Dataset) -> Figure:
    """Efficiency and transfer time of FMO over γ, efficiency of chains over γ, and what reaches the trap over the light."""
    fig, (left, right, below, last) = figure(9.2, 7.6, 2, 2)
    warm = complexes.attrs["warm_dephasing"]
    for k, name in enumerate(complexes.attrs["starts"]):
        (line,) = left.plot(complexes.dephasing, complexes.efficiency[k], lw=1.4, label=f"from {name}")
        left.plot(complexes.best_dephasing[k], complexes.best_efficiency[k], "o", ms=5, color=line.get_color())
        right.plot(complexes.dephasing, complexes.transfer_time[k], lw=1.4, label=f"from {name}")
    left.plot([], [], "o", ms=5, color="k", label="largest")
    for ax in (left, right):
        ax.axvline(warm, color="k", ls="--", lw=0.9, label="γ(300 K)")
        ax.set(xscale="log", xlabel="dephasing γ  (1/ps)")
        ax.legend(fontsize=8.5)
    left.set(ylabel="efficiency η", title="FMO", ylim=(0, 1.02))
    right.set(yscale="log", ylabel="transfer time  (ps)", title="FMO")
    rates = chains.dephasing.values
    order = np.argsort(rates)[1:]  # a logarithmic axis has no 0
    eta = chains.efficiency.values[:, order]
    low, high = np.nanquantile(eta, [0.1, 0.9], axis=0)
    below.fill_between(rates[order], low, high, alpha=0.2, lw=0, label="disordered, 10 to 90 %")
    below.plot(rates[order], np.nanmean(eta, axis=0), lw=1.4, label="disordered, mean")
    below.plot(rates[order], chains.clean.values[order], "k--", lw=1.2, label="clean")
    below.set(xscale="log", xlabel="dephasing γ", ylabel="efficiency η", title="chains of 5 sites", ylim=(0, 1.02))
    below.legend(fontsize=8.5)
    styles = {7: ("k-", "all excitations"), 1: ("--", "at most one"), 2: (":", "at most two")}
    for most, (style, name) in styles.items():
        share = light.current.sel(most=most).values / light.injection.values
        last.plot(light.injection.values, share, style, lw=1.4, label=name)
    last.axhline(light.attrs["limit"], color="0.6", lw=0.9, label="η of one excitation")
    last.set(
        xscale="log",
        xlabel="injection  (1/ps)",
        ylabel="current into the trap / injection",
        title="FMO, steady state",
        ylim=(0, 1.1),
    )
    last.legend(fontsize=8.5, loc="lower left")
    return fig
