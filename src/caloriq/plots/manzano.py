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
    s1, s2, ratio = data.s1.values, data.s2.values, data.ratio.values
    for ax in (left, right):
        ax.fill_between(s1, 0, s1, color="#d9d9d9", lw=0, label="possible, $s_N < s_1$")
        ax.contourf(s1, s2, np.nan_to_num(ratio), levels=[1, np.inf], colors=["#0b5fa5"])
        ax.set(xlabel="$s_1$", ylabel="$s_N$", xlim=(0, 0.5))
    left.fill_between([], [], color="#0b5fa5", label="entangled for some g, γ")
    left.set(ylim=(0, 0.5))
    left.legend(loc="upper left")
    top = s2[np.argwhere(ratio > 1)[:, 0].max()]
    right.set(ylim=(0, 1.5 * top), title="enlarged")
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
        ax.axhline(0.8662, color="k", ls="--", lw=0.9)
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
    ax.set(xscale="log", yscale="log", xlabel="dephasing γ", ylabel="excitation current J")
    ax.legend(fontsize=8.5)
    return fig
