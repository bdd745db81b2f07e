"""Figures of several bands per subunit, and of wavelengths: stored data in, matplotlib figures out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure, styled, ticks_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


@styled
def multiband(evolution: xr.Dataset, drift: xr.Dataset, ensembles: xr.Dataset) -> Figure:
    """Energies of a pair, exact and by rates; equilibrium that the printed equation leaves; ensembles of pure starts."""
    fig, (left, middle, right) = figure(13.2, 4.0, 3)
    x = evolution.time.values * evolution.attrs["fastest_rate"]
    for mu, name in enumerate(("hot", "cold")):
        (line,) = left.plot(x, evolution.energies[:, mu], ".", ms=3, label=f"{name}, exact")
        left.plot(x, evolution.theory_energies[:, mu], "-", color=line.get_color(), label=f"{name}, rate equation")
    left.set(xlabel="t × fastest rate", ylabel="$U_\\mu$ / ΔE", title="one pure start, three bands")
    left.legend(fontsize=8)
    y = drift.time.values * drift.attrs["fastest_rate"]
    configurations = json.loads(drift.attrs["configurations"])
    shell = [k for k, c in enumerate(configurations) if sum(c) == 2]
    for k in shell:
        start = float(drift.golden_rule[0, k])
        (line,) = middle.plot(y, drift.printed[:, k] / start, "--", label=f"{tuple(configurations[k])}, printed (44)")
        middle.plot(y, drift.exact[:, k] / start, ".", ms=4, color=line.get_color())
        middle.plot(y, drift.golden_rule[:, k] / start, "-", color=line.get_color(), lw=1)
    middle.set(
        xlabel="t × fastest rate", ylabel="P(t)/P(0)", title="equilibrium, unequal n (dots: exact, lines: golden rule)"
    )
    middle.legend(fontsize=8)
    for k, draw in enumerate(ensembles.attrs["draws"]):
        right.loglog(
            ensembles["size"],
            ensembles.distance[k],
            "o-",
            ms=4,
            lw=1,
            label={"haar": "Haar amplitudes", "phases": "random phases"}[str(draw)],
        )
    size = ensembles["size"].values
    right.loglog(size, float(ensembles.distance[0, 0]) * np.sqrt(size[0] / size), "k--", lw=1, label="1/√samples")
    right.set(xlabel="pure starts in the ensemble", ylabel="distance of $U_\\mu(t)$ from the mixture")
    right.legend(fontsize=8)
    return fig


@styled
def heat_conductivity(data: xr.Dataset) -> Figure:
    """κ_th(T) of every pair: exact with errors, and theory."""
    fig, axes = figure(4.4 * data.sizes["pair"], 4.0, data.sizes["pair"])
    T = data.temperature.values
    dots = data.isel(temperature=slice(None, None, data.attrs["every"]))
    at = dots.temperature.values
    for k, ax in enumerate(axes):
        ax.errorbar(at, dots.conductivity[k], dots.error[k], fmt="o", ms=4, capsize=2, label="exact, one decay time")
        ax.errorbar(
            at * 1.03,
            dots.early[k],
            dots.early_error[k],
            fmt="s",
            ms=3,
            capsize=2,
            mfc="w",
            label="exact, early (T shifted)",
        )
        ax.fill_between(
            T,
            data.theory[k] - data.theory_error[k],
            data.theory[k] + data.theory_error[k],
            alpha=0.15,
            lw=0,
            color="k",
            label="its next order",
        )
        ax.plot(T, data.theory[k], "k-", lw=1.2, label="linear response")
        ax.plot(T, data.printed[k], "--", lw=1.2, label="PRE (47)")
        ax.plot(T, data.resolved[k], ":", lw=1.6, label="rates of every energy")
        ax.set(
            xlabel="temperature T  [ΔE/$k_B$]",
            ylabel="$\\kappa_{th}$  [$k_B$ΔE/ħ]",
            title=data.attrs["pairs"][k],
            xscale="log",
            yscale="log",
        )
        ax.set_ylim(float(data.theory[k].min()) / 3, float(data.theory[k].max()) * 2)
        ax.set_xticks([0.1, 0.2, 0.5, 1.0], ["0.1", "0.2", "0.5", "1"])
        ax.minorticks_off()
        ax.legend(fontsize=8)
    return fig


@styled
def heat_linearity(data: xr.Dataset) -> Figure:
    """J(ΔT) of every pair, and J/ΔT relative to its limit."""
    fig, (left, right) = figure(9.6, 4.0, 2)
    x = data.ratio.values
    for k, name in enumerate(data.attrs["pairs"]):
        J, error = data.current.values[k], data.error.values[k]
        slope = J[0] / x[0]
        line = left.errorbar(x, J / slope, error / slope, fmt="o", ms=3, capsize=2, label=str(name))[0]
        right.plot(x, J / (slope * x), "-", color=line.get_color(), label=str(name))
        width = float(error[0] / abs(J[0]))
        right.axhspan(1 - width, 1 + width, color=line.get_color(), alpha=0.1, lw=0)
        right.axvline(float(data.first_nonlinearity[k]), color=line.get_color(), ls=":", lw=1)
    right.set(ylim=(0.8, 1.1))
    left.plot(x, x, "k--", lw=1, label="linear")
    left.set(xlabel="ΔT/T", ylabel="J / (dJ/d(ΔT/T) at 0)")
    right.axhline(1, color="k", ls="--", lw=1, label="linear")
    right.set(xlabel="ΔT/T", ylabel="J/(κΔT)", title="shaded: error of κ; dotted: first visible deviation")
    for ax in (left, right):
        ax.legend(fontsize=8)
    return fig


@styled
def crossover(data: xr.Dataset) -> Figure:
    """Exponents of the decay over the wavelength, and three modes in time."""
    fig, axes = figure(12.6, 7.4, 3, 2)
    longest = float(data.wavelength.max())
    for k, name in enumerate(data.attrs["chains"]):
        ax = axes[k]
        ax.semilogx(data.wavelength, data.exponent[k], "o", ms=4, label="exact")
        ax.semilogx(data.wavelength, data.second_order_exponent[k], "-", lw=1.2, label="second order")
        for level, text in ((1, "diffusive"), (2, "ballistic")):
            ax.axhline(level, color="k", lw=0.7, ls=":")
            ax.annotate(
                text,
                (1, level),
                (0, 3),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                fontsize=8,
                ha="right",
            )
        ax.set(xlabel="wavelength 2N/k", ylabel="p of $-\\ln P \\propto t^p$", title=str(name), ylim=(0, 2.6))
        ticks_at(ax, [w for w in (2, 4, 8, 16, 32, 64, 128) if w <= longest])
        ax.legend(fontsize=8, loc="lower left")
        low = axes[3 + k]
        for mode, colour in zip((0, 3, data.sizes["mode"] - 1), ("#0b5fa5", "#d1495b", "#2a9d6f"), strict=True):
            span = data.times.values[k, mode]
            label = f"wavelength {float(data.wavelength[mode]):.3g}"
            low.plot(3 * span / span[-1], data.exact[k, mode], ".", ms=4, color=colour, label=label)
            low.plot(3 * span / span[-1], data.second_order[k, mode], "-", lw=1.2, color=colour)
        low.plot(np.linspace(0, 3, 50), np.exp(-np.linspace(0, 3, 50)), "k--", lw=0.8, label="rate equation")
        low.axhline(0, color="k", lw=0.6)
        low.set(
            xlabel="time t Λγ",
            ylabel="amplitude of the mode",
            ylim=(-0.4, 1.05),
            title="dots: exact, lines: second order",
        )
        low.legend(fontsize=8)
    return fig
