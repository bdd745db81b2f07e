"""Figures of a calibration: what intervals hold, what a required factor costs, and what lies beyond the lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.known.calibration import EDGES, FACTORS, FREE, QUANTITIES, SIZES, Calibration
from caloriq.plots.style import figure, styled
from caloriq.transport.finite_size import MOST
from caloriq.verdicts.judgement import PREFERRED

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def covered(found: Calibration) -> Figure:
    """Coverage of both intervals over the size of finite-size terms."""
    fig, axes = figure(10.0, 3.9, 2)
    for ax, level, which in zip(axes, (68, 95), (0, 1), strict=True):
        for name in QUANTITIES:
            shares = [found.covered(name, terms=size)[which] for size in SIZES]
            values = 100 * np.array([one.value for one in shares])
            bounds = 100 * np.array([one.bounds for one in shares]).T
            ax.errorbar(SIZES, values, np.abs(bounds - values), fmt="o-", ms=4, lw=1.0, capsize=2, label=name)
        ax.axhspan(level - 3, level + 3, color="0.88", zorder=0)
        ax.axvline(MOST, color="0.4", ls=":", lw=1)
        ax.set(xscale="log", ylim=(0, 102), xlabel="finite-size term at the smallest length, relative to R")
        ax.set_ylabel(f"truth within the {level} % interval (%)")
        ax.legend(loc="lower left")
    return fig


@styled
def trade_off(found: Calibration) -> Figure:
    """Share decided of what is diffusive, and of what is not, over the required factor; and one over the other."""
    fig, axes = figure(10.0, 3.9, 2)
    right = 100 * np.array([found.decided(F).value for F in FACTORS])
    wrong = [found.wrong(F) for F in FACTORS]
    values, upper = 100 * np.array([[one.value, one.bounds[1]] for one in wrong]).T
    for exact, label in ((True, "exact currents"), (False, "with noise")):
        some = [100 * found.decided(F, exact=exact).value for F in FACTORS]
        axes[0].plot(FACTORS, some, lw=1.0, ls="--", label=label)
    axes[0].plot(FACTORS, right, lw=1.6, color="C4", label="all")
    axes[0].axvline(PREFERRED, color="0.4", ls=":", lw=1)
    axes[0].set(xscale="log", xlabel="required factor", ylabel="diffusive chains decided (%)", ylim=(0, 100))
    axes[0].legend(loc="upper right")
    axes[1].plot(values, right, "o-", ms=3, lw=1.0, label="rate")
    axes[1].plot(upper, right, lw=1.0, ls="--", label="its upper 95 % bound")
    at = int(np.argmin(np.abs(np.log(FACTORS / PREFERRED))))
    axes[1].plot(values[at], right[at], "s", ms=8, mfc="none", color="black", label=f"factor {PREFERRED:g}")
    axes[1].axvline(0.3, color="C1", ls=":", lw=1, label="goal")
    axes[1].set(
        xlabel="others said to be diffusive (%)", ylabel="diffusive chains decided (%)", ylim=(0, 100), xlim=(0, 0.7)
    )
    axes[1].legend(loc="lower right")
    return fig


@styled
def beyond(found: Calibration) -> Figure:
    """Measured verdicts over the largest length relative to that of the crossover."""
    fig, (ax,) = figure(6.4, 3.9)
    middle = np.sqrt(EDGES[1:] * EDGES[:-1])
    for law in ("localised", *FREE):
        shares = list(found.over_reach(law))
        values = 100 * np.array([one.value for one in shares])
        bounds = 100 * np.array([one.bounds for one in shares]).T
        ax.errorbar(middle, values, np.abs(bounds - values), fmt="o-", ms=4, lw=1.0, capsize=2, label=law)
    ax.axvline(1.0, color="0.4", ls=":", lw=1)
    ax.set(xscale="log", xlabel="largest length over that of the crossover", ylabel="said to be diffusive (%)", ylim=0)
    ax.legend(loc="upper right")
    return fig


FIGURES = {"calibration-coverage": covered, "calibration-trade-off": trade_off, "calibration-beyond": beyond}
