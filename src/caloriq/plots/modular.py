"""Figures of the modular chain: stored data in, matplotlib figures out. Nothing is computed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq.plots.style import edges, figure, styled, ticks_at

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@styled
def relaxation(data: xr.Dataset) -> Figure:
    """P_µ(t): rate equation as lines with the typicality bound as a band, exact solution as dots (PRL Fig. 2)."""
    fig, (ax,) = figure()
    t = data.time.values
    exact = data.populations.mean("sample") if "sample" in data.dims else data.populations
    step = max(1, t.size // 67)
    for mu in range(data.sizes["subunit"]):
        theory, width = data.theory_populations[:, mu].values, data.theory_widths[:, mu].values
        (line,) = ax.plot(t, theory, lw=1.6, label=f"µ = {mu}")
        ax.fill_between(t, theory - width, theory + width, color=line.get_color(), alpha=0.15, lw=0)
        ax.plot(t[::step], exact[::step, mu], ".", ms=4.5, color=line.get_color())
    ax.plot([], [], "k-", lw=1.6, label="rate equation (HAM)")
    ax.plot([], [], "k.", ms=4.5, label="Schrödinger equation")
    ax.set(xlabel="time t  [ħ/ΔE]", ylabel="probability $P_\\mu(t)$", xlim=(0, t[-1]), ylim=(-0.03, 1.03))
    ax.legend(ncols=1 if data.sizes["subunit"] <= 5 else 2)
    return fig


@styled
def deviation_scaling(over_levels: dict[str, xr.Dataset], over_subunits: xr.Dataset) -> Figure:
    """D²₀ over n for every law, with 1/n as a guide, and over N beside it (PRL Fig. 3).

    Data whose c1 varies along n follow no power law; they are drawn without an exponent.
    """
    fig, (left, right) = figure(9.2, 4.0, 2)
    for (label, data), marker in zip(over_levels.items(), "osD^", strict=False):
        fitted = bool(np.allclose(data.c1, data.c1[0]))
        slope = f": slope {data.attrs['slope']:.2f} ± {data.attrs['slope_error']:.2f}" if fitted else ""
        _mean_with_error(left, data.levels.values, data.deviation, label + slope, marker)
    first = next(iter(over_levels.values()))
    n, D = first.levels.values, first.deviation.mean("draw").values
    anchor = np.exp(np.mean(np.log(D * n)))
    left.plot(n, anchor / n, "k--", lw=1, label="1/n")
    left.set(xscale="log", yscale="log", xlabel="levels per band n", ylabel="deviation $D_0^2$")
    left.set_title(f"N = {first.attrs['subunits']}")
    ticks_at(left, np.unique(np.concatenate([data.levels.values for data in over_levels.values()])))
    left.legend(fontsize=8.5)
    N = over_subunits.subunits.values
    _mean_with_error(right, N, over_subunits.deviation * 1e5, None, "o")
    right.set(
        xlabel="subunits N", ylabel="deviation $D_0^2$  [$10^{-5}$]", title=f"n = {over_subunits.attrs['levels']}"
    )
    right.set_xticks(N)
    right.set_ylim(bottom=0)
    return fig


def _mean_with_error(ax: Axes, x: Any, values: xr.DataArray, label: str | None, marker: str) -> None:
    mean, error = values.mean("draw"), values.std("draw", ddof=1) / np.sqrt(values.sizes["draw"])
    ax.errorbar(x, mean, yerr=error, fmt=marker + "-", ms=5, lw=0.8, capsize=2, label=label)


@styled
def conductivity(data: xr.Dataset) -> Figure:
    """κ_th(T) with its peak (PRL Fig. 4, PRE Fig. 8), and both asymptotic laws beside it."""
    fig, (left, right) = figure(9.2, 3.9, 2)
    T, kappa = data.temperature.values, data.conductivity.values
    shown = T <= 1.0
    left.plot(T[shown], 1e3 * kappa[shown], lw=1.8)
    left.plot(
        data.attrs["peak_temperature"],
        1e3 * data.attrs["peak"],
        "o",
        color="#d1495b",
        label=f"peak {1e3 * data.attrs['peak']:.3f} at T = {data.attrs['peak_temperature']:.4f}",
    )
    left.set(
        xlabel="temperature T  [ΔE/$k_B$]", ylabel="$10^3\\,\\kappa_{th}$  [$k_B$ΔE/ħ]", xlim=(0, 1), ylim=(0, None)
    )
    left.legend()
    right.loglog(T, kappa, lw=1.8, label="$\\kappa_{th}$")
    hot = T > 20
    right.loglog(T[hot], 3 * kappa[-1] * (T[hot] / T[-1]) ** -2.0, "k--", lw=1, label="$\\propto T^{-2}$")
    right.set(xlabel="temperature T  [ΔE/$k_B$]", ylabel="$\\kappa_{th}$  [$k_B$ΔE/ħ]", ylim=(1e-13, 1e-2))
    right.legend()
    return fig


@styled
def deviation_histogram(data: xr.Dataset) -> Figure:
    """Histogram of D²₀ over uniformly distributed starts (PRE Fig. 4)."""
    fig, (ax,) = figure()
    values = 1e3 * data.deviation.values
    ax.hist(values, bins=80, color="#0b5fa5", alpha=0.85)
    ax.axvline(values.mean(), color="#d1495b", lw=1.5, label=f"mean {values.mean():.3f}")
    ax.axvline(
        1e3 * data.attrs["exact_mean"],
        color="k",
        lw=1.2,
        ls="--",
        label=f"exact mean over all starts {1e3 * data.attrs['exact_mean']:.3f}",
    )
    ax.set(
        xlabel="$10^3\\,D_0^2$",
        ylabel="number of initial states",
        title=f"{values.size} uniformly distributed starts",
        xlim=(0, None),
    )
    ax.legend()
    return fig


@styled
def pure_and_mixed(data: xr.Dataset) -> Figure:
    """D²₀ of pure and of maximally mixed starts over the band size (PRL end, PRE V)."""
    fig, (ax,) = figure()
    n = data.levels.values
    for name, label, marker in (("pure", "one pure (Haar) start", "o"), ("mixed", "maximally mixed start", "s")):
        _mean_with_error(
            ax,
            n,
            data[name],
            f"{label}: slope {data.attrs[name + '_slope']:.2f} ± {data.attrs[name + '_slope_error']:.2f}",
            marker,
        )
    ax.set(xscale="log", yscale="log", xlabel="levels per band n", ylabel="deviation $D_0^2$")
    ticks_at(ax, n)
    ax.legend()
    return fig


@styled
def forms(data: xr.Dataset) -> Figure:
    """D²₀ for every form of the interaction, over c1; structured (biased) ones dotted."""
    fig, (ax,) = figure(7.2, 4.2)
    first = data.deviation.isel(subunit=0)
    for form, (name, marker) in enumerate(zip(data.attrs["forms"], "osD^vX*", strict=False)):
        style = "-" if bool(data.unbiased[form]) else ":"
        part = first.isel(form=form)
        error = part.std("draw", ddof=1) / np.sqrt(part.sizes["draw"])
        ax.errorbar(
            data.c1.values, part.mean("draw"), yerr=error, fmt=marker + style, ms=5, lw=1.1, capsize=2, label=name
        )
    ax.set(
        xscale="log", yscale="log", xlabel="criterion $c_1 = 2\\lambda n/\\delta\\epsilon$", ylabel="deviation $D_0^2$"
    )
    ax.set_xticks(data.c1.values, [f"{c:g}" for c in data.c1.values])
    ax.minorticks_off()
    ax.legend(fontsize=8.5, loc="center left", bbox_to_anchor=(1, 0.5))
    return fig


@styled
def regimes(data: xr.Dataset) -> Figure:
    """Maps over (n, λ/δε): the theory's own error, what fails to spread, and the speed of the decay."""
    from matplotlib.colors import LogNorm

    fig, axes = figure(12.4, 4.0, 3)
    n, x = data.levels.values, data.coupling.values
    most = 1 - 1 / data.attrs["subunits"]
    # panel: values, title, label of the colour bar, colours
    panels: tuple[tuple[Any, str, str, dict[str, Any]], ...] = (
        (data.mixed_deviation, "deviation, mixed start", "$D_0^2$", {"norm": LogNorm(1e-5, 0.3), "cmap": "viridis"}),
        (
            data.retained,
            "what does not spread",
            "$P_0 - 1/N$ at late times",
            {"vmin": -most, "vmax": most, "cmap": "RdBu_r"},
        ),
        (
            np.log2(data.speed),
            "decay speed (grey: no decay)",
            "log$_2$(speed/γ)",
            {"vmin": -3, "vmax": 3, "cmap": "PuOr_r"},
        ),
    )
    left, bottom = edges(x), edges(n.astype(float))
    band = np.geomspace(bottom[0], bottom[-1], 50)
    for ax, (values, title, meaning, style) in zip(axes, panels, strict=True):
        mesh = ax.pcolormesh(left, bottom, values.values, **style)
        fig.colorbar(mesh, ax=ax, label=meaning)
        ax.plot(1 / (2 * band), band, "k-", lw=1.4)
        ax.plot(0.1 / np.sqrt(band), band, "k--", lw=1.4)
        ax.set(xscale="log", yscale="log", xlabel="coupling λ/δε", ylabel="levels per band n", title=title)
        ax.set(xlim=(left[0], left[-1]), ylim=(bottom[0], bottom[-1]), facecolor="#dddddd")  # grey: no such time
        ticks_at(ax, n, "y")
    axes[0].plot([], [], "k-", label="$c_1 = 1$")
    axes[0].plot([], [], "k--", label="$c_2 = 0.01$")
    axes[0].legend(loc="lower right", frameon=True, framealpha=0.9)
    return fig
