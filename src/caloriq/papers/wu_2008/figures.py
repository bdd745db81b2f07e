"""Figures of the population master equation after Wu and Segal (2008): stored data in, matplotlib figures out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, styled, ticks_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


@styled
def wu_three_units(data: xr.Dataset) -> Figure:
    """w(t) printed, corrected and exact left; the gain from the first to the third unit right."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    t = data.time.values
    shown = data.printed.values.copy()
    shown[(shown < 0) | (shown > 1)] = np.nan
    left.plot(t, shown, "k:", lw=1.4, label="as printed")
    left.plot(t, data.second_order.values, "k--", lw=0.9, label="second order, 2λ²t")
    for k, name in enumerate(data.attrs["forms"]):
        line = left.plot(t, data.corrected.values[k], lw=1.5, label=f"{name}, corrected")
        left.plot(t[::8], data.exact.values[k, ::8], "o", ms=4, color=line[0].get_color())
        right.plot(t, data.far.values[k], lw=1.5, label=name)
    left.set(xlabel="time t  (λ = 0.1)", ylabel="w(t)", ylim=(0, 0.6), title="dots: exact kernel")
    left.legend(fontsize=8.5)
    right.axhline(0, color="k", lw=0.8)
    right.set(xlabel="time t  (λ = 0.1)", ylabel="gain from unit 0 to unit 2", ylim=(-0.12, 0.01))
    right.legend(fontsize=8.5)
    return fig


@styled
def wu_exchange(data: xr.Dataset) -> Figure:
    """Exact w over 2λ²t left, violation of locality right, over λt."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    x = data.phase.values
    for k, name in enumerate(data.attrs["chains"]):
        left.plot(x, data.ratio.values[k], lw=1.5, label=name)
        right.plot(x, data.locality.values[k], lw=1.5, label=name)
    right.plot(x, x**2, "k--", lw=0.9, label="(λt)²")
    left.set(xlabel="λt", ylabel="w / 2λ²t", title="exact kernel, mean over bonds")
    right.set(xlabel="λt", ylabel="violation of locality / ‖W‖", xscale="log", yscale="log")
    for ax in (left, right):
        ax.legend(fontsize=8.5)
    return fig


@styled
def wu_markov(data: xr.Dataset) -> Figure:
    """Rates of single detunings left, means over a band middle, of a bath right."""
    fig, (left, middle, right) = figure(12.0, 3.9, 3)
    t, golden = data.time.values, data.attrs["golden"]
    for d, w in zip(data.detuning.values, data.single.values, strict=True):
        left.plot(t, w, lw=1.2, label=f"Δ = {d:g}")
    left.set(xlabel="time t", ylabel="w(t)", ylim=(-0.05, 0.15), title="one detuning", xlim=(0, 60))
    for n, w in zip(data["levels"].values, data.band.values, strict=True):
        middle.plot(t, w, lw=1.2, label=f"{n} detunings")
    middle.axhline(golden, color="k", ls="--", lw=0.9, label="2πλ²Γ(0)")
    middle.set(
        xlabel="time t", ylabel="mean w(t)", ylim=(0, 3 * golden), title=f"a band of width {data.attrs['width']:g}"
    )
    gamma = data.dephasing.values
    right.plot(gamma, data.bath.values, "o", ms=4, label="Markov limit")
    right.plot(gamma, 2 * data.attrs["coupling"] ** 2 / gamma, "-", lw=1, label="2λ²/Γ")
    right.set(xlabel="dephasing rate Γ", ylabel="w", xscale="log", yscale="log", title="a dephasing bath")
    for ax in (left, middle, right):
        ax.legend(fontsize=8.5)
    return fig


@styled
def wu_harmonic(data: xr.Dataset) -> Figure:
    """Violation of the second assumption over time left, energies of harmonic units under golden-rule rates right."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    for k, name in enumerate(data.attrs["spectra"]):
        line = left.plot(data.time.values, data.violation.values[k], lw=1.4, label=name)
        limit = data.attrs["limits"][k]
        if limit > 0:
            left.axhline(limit, color=line[0].get_color(), ls="--", lw=0.9, label=f"{name}, Markov limit")
    left.set(xlabel="time t", ylabel="violation of A2 / ‖W‖", xscale="log", ylim=(0, None))
    left.legend(fontsize=8.5)
    for i in data.unit.values:
        right.plot(data.instant.values, data.energy.values[:, i], lw=1.5, label=f"unit {i}")
    right.set(xlabel="2πλ²Γ(0) t", ylabel="energy $u_i$", title="harmonic, golden-rule rates")
    right.legend(fontsize=8.5)
    return fig


@styled
def wu_overlaps(data: xr.Dataset) -> Figure:
    """Ratio of direct to exchange elements left, deviation middle, the elements themselves right."""
    fig, (left, middle, right) = figure(12.0, 3.9, 3)
    a = data.separation.values
    for k, name in enumerate(data.attrs["interactions"]):
        left.plot(a, data.ratio.values[k], "o-", ms=4, lw=1.2, label=name)
        middle.plot(a, data.deviation.values[k], "o-", ms=4, lw=1.2, label=f"{name}, E")
        middle.plot(a, data.spread.values[k], "o--", ms=4, lw=0.9, label=f"{name}, D + E")
    left.set(xlabel="a/d", ylabel="largest |D|/E, n ≠ m", yscale="log")
    middle.set(xlabel="a/d", ylabel="largest deviation from the mean", yscale="log")
    for ax in (left, middle):
        ax.legend(fontsize=8.5)
    near = data.isel(separation=0)
    total = (near.exchange + near.direct).values / float(near.separation)
    np.fill_diagonal(total, np.nan)  # equal levels exchange nothing
    image = right.imshow(
        total, origin="lower", extent=(0.5, total.shape[0] + 0.5, 0.5, total.shape[0] + 0.5), cmap="viridis"
    )
    fig.colorbar(image, ax=right, shrink=0.85, label="(D + E)/a")
    right.set(xlabel="m", ylabel="n", title=f"linear interaction, a/d = {float(near.separation):g}")
    return fig


@styled
def wu_conductivity(data: xr.Dataset) -> Figure:
    """Heat capacities left, conductivities right, over temperature."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    T = data.temperature.values
    for k, name in enumerate(data.attrs["spectra"]):
        left.plot(T, data.heat_capacity.values[k], lw=1.5, label=name)
        right.plot(T, data.bare.values * data.heat_capacity.values[k], lw=1.5, label=f"{name}, bare coupling")
    for k, name in enumerate(data.attrs["couplings"]):
        right.plot(
            T, data.rate.values[k] * data.heat_capacity.values[1], "--", lw=1.3, label=f"harmonic, V {name}, screened"
        )
    end = data.rate.values[0, -1] * data.heat_capacity.values[1, -1]
    right.plot(T[-12:], 2 * end * (T[-1] / T[-12:]) ** 2, "k:", lw=1, label="$T^{-2}$")
    left.set(xlabel="temperature T", ylabel="heat capacity $C_V$", xscale="log")
    right.set(xlabel="temperature T", ylabel="κ / a²", xscale="log", yscale="log", ylim=(end / 1e5, None))
    for ax in (left, right):
        ax.legend(fontsize=8)
    return fig


@styled
def wu_cubic(data: xr.Dataset) -> Figure:
    """Variance of a point source left, a slice of it middle, a steady profile right."""
    fig, (left, middle, right) = figure(12.0, 3.9, 3)
    t = data.time.values
    for k, name in enumerate("xyz"):
        left.plot(t, data.variance.values[:, k], "o", ms=9 - 3 * k, mfc="none", label=name)
    left.plot(t, 2 * t, "k-", lw=0.9, label="2a²wt")
    left.set(xlabel="time wt", ylabel="variance / a²")
    left.legend(fontsize=8.5)
    x = data.x.values
    image = middle.imshow(data.slice.values.T, origin="lower", extent=(x[0] - 0.5, x[-1] + 0.5) * 2, cmap="magma")
    fig.colorbar(image, ax=middle, shrink=0.85, label="energy u of a unit")
    middle.set(xlabel="x / a", ylabel="y / a", title="energy at the last time, z = 0")
    right.plot(x - x[0] + 0.5, data.profile.values, "o", ms=4, label="steady profile")
    L = x.size
    fine = np.linspace(0, L, 200)
    right.plot(fine, 1 - np.log(1 + fine / L) / np.log(2), "k-", lw=0.9, label="1 - ln(1 + x/L)/ln 2")
    right.set(xlabel="x / a", ylabel="energy u of a unit", title="between fixed sides, w = 1 + x/L")
    right.legend(fontsize=8.5)
    return fig


@styled
def wu_number_dephasing(data: xr.Dataset) -> Figure:
    """Rates over the distance of the levels left, violations over the number of levels middle, errors of both forms right."""
    fig, (left, middle, right) = figure(12.0, 3.9, 3)
    step = data.step.values
    fine = np.linspace(1, step[-1], 100)
    left.plot(step, data.late.values, "o", ms=6, label="exact kernel, late")
    left.plot(fine, 1 / fine**2, "k-", lw=0.9, label="1/(a - b)²")
    left.axhline(1, color="k", ls=":", lw=1, label="third assumption")
    left.set(
        xlabel="distance of the levels |a - b|", ylabel="w γ / 2λ²", ylim=(0, 1.15), title="exchange, number noise"
    )
    left.set_xticks(step)
    shown = (
        ("exchange, anharmonic, number", 2, "o-", "A3, exchange"),
        ("exchange, anharmonic, blind", 2, "s-", "A3, exchange, blind noise"),
        ("x⊗x, anharmonic, number", 2, "^-", "A3, x⊗x, anharmonic"),
        ("x⊗x, harmonic, number", 1, "v--", "A2, x⊗x, harmonic"),
        ("x⊗x, anharmonic, number", 1, "x--", "A2, x⊗x, anharmonic"),
    )
    for case, assumption, style, label in shown:
        values = data.violation.values[data.attrs["cases"].index(case), :, assumption]
        middle.plot(data["levels"].values, values, style, ms=5, lw=1.2, label=label)
    middle.set(
        xlabel="levels M of a unit", ylabel="violation / ‖W‖", ylim=(-0.05, 1.6), title="Markov limit, three units"
    )
    middle.set_xticks(data["levels"].values)
    t = data.time.values * data.attrs["noise"]
    for k, form in enumerate(data.attrs["forms"]):
        line = right.plot(t[1:], data.local.values[k, 1:], lw=1.4, label=f"{form}, time-local")
        right.plot(
            t[1:], data.memory.values[k, 1:], "--", lw=1.4, color=line[0].get_color(), label=f"{form}, with memory"
        )
    right.set(
        xlabel="Γt",
        ylabel="error of a population",
        yscale="log",
        ylim=(1e-6, 0.3),
        title=f"second order, λ/Γ = {data.attrs['ratio']:g}",
    )
    for ax in (left, middle, right):
        ax.legend(fontsize=8)
    return fig


@styled
def wu_nonlinear_diffusion(data: xr.Dataset) -> Figure:
    """Steady profile between walls left, heat that spreads middle, errors over the number of cells right."""
    fig, (left, middle, right) = figure(12.0, 3.9, 3)
    x = data.x.values
    left.plot(x[::2], data.profile.values[::2], "o", ms=4, label="screened wells")
    left.plot(x, data.inverse.values, "k-", lw=1, label="κ ∝ $T^{-2}$: 1/T linear")
    left.plot(x, data.linear.values, "k:", lw=1, label="κ constant")
    left.set(xlabel="x / L", ylabel="temperature T", title="between a hot and a cold wall")
    for k, t in enumerate(data.time.values):
        line = middle.plot(data.place.values, data.reference.values[k], lw=1.3, label=f"t = {t:g}")
        middle.plot(data.place.values[::2], data.spread.values[k, ::2], "o", ms=3, color=line[0].get_color())
    middle.set(xlabel="x", ylabel="u", title="κ = u (lines: self-similar)")
    for d, (name, style) in enumerate((("line", "-"), ("plane", "--")), start=1):
        n = data[f"cells_{d}"].values
        points = right.plot(n, data[f"gap_{d}"].values, "o" + style, ms=5, lw=1.2, label=f"{name}, error")
        color = points[0].get_color()
        right.plot(
            n, data[f"told_{d}"].values, "^" + style, ms=5, lw=0.9, mfc="none", color=color, label=f"{name}, told"
        )
    right.set(xlabel="cells along an axis", ylabel="error of u at t = 3", xscale="log", yscale="log")
    ticks = data.cells_1.values
    right.set_xticks(ticks, [f"{n}" for n in ticks])
    right.set_xticks([], minor=True)
    for ax in (left, middle, right):
        ax.legend(fontsize=8.5)
    return fig


@styled
def wu_harmonic_baths(data: xr.Dataset) -> Figure:
    """J over N left, temperature profiles middle, random masses right."""
    fig, (left, middle, right) = figure(12.6, 4.2, 3)
    N, site = data.sites.values, data.site.values
    for k, name in enumerate(data.attrs["chains"]):
        ls = "--" if "quantum" in name else "-"
        left.plot(N, data.current.values[k], marker="o", ms=4, label=name, ls=ls, lw=1.2)
        middle.plot(site, data.profile.values[k], label=name, ls=ls, lw=1.2)
    tail = data.current.values[2, -1] * N[-1]
    left.plot(N[-3:], 0.6 * tail / N[-3:], "k:", lw=1, label="1/N")
    # room for the legend below the curves
    left.set(xlabel="sites N", ylabel="heat current J", xscale="log", yscale="log", ylim=(tail / N[-1] / 300, 0.3))
    ticks_at(left, N)
    left.legend(fontsize=8, loc="lower left")
    middle.set(xlabel=f"site  (N = {site.size})", ylabel="temperature (of two levels: their energy)")
    n = data.length.values
    for k, name in enumerate(data.attrs["ends"]):
        J, power = data.random_current.values[k], data.attrs["powers"][k]
        dots = right.errorbar(n, J, yerr=data.random_error.values[k], fmt="o", ms=4, capsize=2, label=name)
        line = J[-1] * (n[-3:] / n[-1]) ** power
        right.plot(n[-3:], line, ls=":", color=dots[0].get_color(), label=f"$N^{{{power:g}}}$")
    right.set(
        xlabel="sites N",
        ylabel="heat current J, mean",
        xscale="log",
        yscale="log",
        title="random masses 1…9, end baths",
    )
    ticks_at(right, data.length.values)
    right.legend(fontsize=8)
    return fig
