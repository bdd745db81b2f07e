"""Figures of the landmarks: stored data in, matplotlib figures out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import COLOURS, figure, styled, ticks_at, whole_numbers

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CURRENT = "excitation current J"
PER_DRIVE = "excitation current per drive, dJ/dμ"
FEW = 9  # lengths that an axis can name one by one


def colour(number: int) -> str:
    """Of one curve in every panel."""
    return COLOURS[number % len(COLOURS)]


def _guide(ax: Axes, N: Any, J: Any, power: float, name: str) -> None:
    """A power law that ends below a curve."""
    ax.plot(N, 0.6 * J[-1] * (N / N[-1]) ** -power, "k:", lw=0.9, label=name)


@styled
def maximal(exact: xr.Dataset, solved: xr.Dataset) -> Figure:
    """Exact currents with the numeric ones on them, and profiles of the longest chain."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    N = exact.sites.values
    for i, d in enumerate(exact.anisotropy.values):
        left.plot(N, exact.current.values[i], "-", lw=1.2, color=colour(i), label=f"Δ = {d:g}")
        left.plot(solved.sites.values, solved.current.values[i], "o", ms=4, color=colour(i))
        right.plot(exact.site.values, exact.magnetisation.values[i], "-", lw=1.2, color=colour(i), label=f"Δ = {d:g}")
    left.plot([], [], "o", color="k", ms=4, label="numeric steady states")
    _guide(left, N[7:], exact.current.values[1, 7:], 2.0, "1/N²")
    left.set(xscale="log", yscale="log", xlabel="sites N", ylabel=CURRENT, ylim=(1e-8, 1))
    count = exact.sizes["site"]
    right.plot(exact.site.values, np.cos(np.pi * (exact.site.values + 0.5) / count), "k:", lw=1.2, label="cosine")
    right.set(xlabel="site", ylabel=f"magnetisation, {count} sites")
    for ax in (left, right):
        ax.legend(fontsize=8.5)
    return fig


@styled
def weak_driving(data: xr.Dataset) -> Figure:
    """Currents over the length, and their local exponents beside those of the paper."""
    levels = ((0.0, "ballistic"), (0.5, "N^(-1/2)"), (1.0, "diffusive"))
    return _over_lengths(data, data.anisotropy.values, "Δ", levels, capsize=2, current=PER_DRIVE)


@styled
def weak_disorder(data: xr.Dataset) -> Figure:
    """Mean currents over the length, and their local exponents."""
    return _over_lengths(data, data.field.values, "h", ((1.0, "diffusive"),), capsize=2)


def _over_lengths(
    data: xr.Dataset,
    curves: Any,
    letter: str,
    levels: tuple[tuple[float, str], ...],
    *,
    capsize: float,
    current: str = CURRENT,
) -> Figure:
    """Currents with their errors, one curve for every value, and local exponents beside those that have a name."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    N = data.sites.values
    for i, value in enumerate(curves):
        J, error = data.current.values[i], data.current_error.values[i]
        left.errorbar(N, J, yerr=error, fmt="o-", ms=4, lw=1, capsize=capsize, label=f"{letter} = {value:g}")
        bars = data.exponent_error.values[i] if "exponent_error" in data else None
        right.errorbar(
            data.between.values, data.exponent.values[i], yerr=bars, fmt="o-", ms=4, lw=1, capsize=2, color=colour(i)
        )
    left.set(xscale="log", yscale="log", xlabel="sites N", ylabel=current)
    right.set(xscale="log")
    left.legend(fontsize=8.5)
    if N.size <= FEW:
        ticks_at(left, N)
        ticks_at(right, N)
    _levels(right, levels)
    return fig


def _levels(ax: Axes, levels: tuple[tuple[float, str], ...]) -> None:
    """Exponents that have a name."""
    for level, name in levels:
        ax.axhline(level, color="k", lw=0.8, ls=":")
        told = name.replace("N^(-1/2)", "$N^{-1/2}$")
        ax.annotate(
            told,
            (0.62, level),
            xycoords=("axes fraction", "data"),
            xytext=(0, 3),
            textcoords="offset points",
            fontsize=8.5,
        )
    ax.set(xlabel="sites N, between two lengths", ylabel="local exponent γ, of J over N")


@styled
def bath_coupling(data: xr.Dataset) -> Figure:
    """D over the bath coupling at every length, and the resistance over the length."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    rates, N = data.rate.values, data.sites.values
    there = N[0] < N  # the middle of the shortest has hardly a gradient
    for k in np.flatnonzero(there):
        left.errorbar(
            rates,
            data.diffusivity.values[:, k],
            yerr=data.diffusivity_error.values[:, k],
            fmt="o-",
            ms=4,
            lw=1,
            capsize=2,
            label=f"N = {N[k]:g}",
        )
    left.set(xscale="log", xlabel="Γ of each bath", ylabel="diffusivity D inside the chain")
    ticks_at(left, rates)
    left.set_ylim(0, 2 * float(data.diffusivity.values[:, -1].max()))
    for g, rate in enumerate(rates):
        right.plot(N - 1, 1 / data.conductance.values[g], "o-", ms=4, lw=1, label=f"Γ = {rate:g}")
    right.set(xlabel="bonds N - 1", ylabel="resistance μ/j", xlim=(0, None), ylim=(0, None))
    for ax in (left, right):
        ax.legend(fontsize=8.5)
    return fig


@styled
def dephased(data: xr.Dataset) -> Figure:
    """XX chain over the length, XXZ chains as resistances, and correlations across the XX chain."""
    fig, (left, middle, right) = figure(13.0, 4.1, 3)
    N, short = data.sites.values, data.short.values
    for i, g in enumerate(data.dephasing.values):
        left.plot(N, data.free.values[i], "-", lw=1.2, color=colour(i), label=f"γ = {g:g}")
        left.plot(data.checked.values, data.two_point.values[i], "o", ms=4, color=colour(i))
    left.plot([], [], "o", color="k", ms=4, label="two-point set")
    left.set(xscale="log", yscale="log", xlabel="sites N", ylabel=CURRENT, title="XX")
    for i, d in enumerate(data.anisotropy.values):
        J, error = data.interacting.values[i], data.interacting_error.values[i]
        middle.errorbar(data.length.values - 1, 1 / J, yerr=error / J**2, fmt="o-", ms=4, lw=1, label=f"Δ = {d:g}")
    middle.set(xlabel="bonds N - 1", ylabel="resistance 1/J", title="XXZ, γ = 1", ylim=(0, None))
    right.plot(short, data.correlation.values[0], "o-", ms=4, lw=1)
    right.set(xlabel="sites N", ylabel="correlation half a chain apart", title="XX, γ = 1, driven", ylim=(0, None))
    whole_numbers(middle)
    whole_numbers(right)
    for ax in (left, middle):
        ax.legend(fontsize=8.5)
    return fig


@styled
def ladder(data: xr.Dataset) -> Figure:
    """The driven ladder beside its legs alone."""
    fig, axes = figure()
    ax = axes[0]
    L = data.rungs.values
    ax.plot(L, data.current.values, "o-", ms=5, lw=1.2, label="ladder")
    ax.plot(L, data.legs_alone.values, "s--", ms=5, lw=1.2, label="its legs alone")
    ax.set(xlabel="rungs", ylabel=CURRENT, ylim=(0, None))
    whole_numbers(ax)
    ax.legend()
    return fig
