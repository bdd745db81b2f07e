"""Figure of decaying modes: stored data in, matplotlib figure out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from caloriq.plots.style import figure
from caloriq.plots.swept import scale
from caloriq.plots.words import headed, named, unit_words

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

FEW = 5  # modes that are lines
FLOOR = 3e-3  # amplitude below which nothing is drawn
TINY = 1e-300
EXACT, SECOND, RATES = "Schrödinger equation", "second order", "rate equation"


@headed
def mode_decay(data: xr.Dataset) -> Figure:
    """Amplitudes, logarithmic, over the decay times of the modes: exact full, second order dotted, rates dashed.

    Beside them the exponents p of e^(-(t/τ)^p) and the deviations over the wavelength.
    """
    fig, (left, middle, right) = figure(13.2, 4.1, 3)
    wave = data.wavelengths.values
    shown = np.unique(np.linspace(0, wave.size - 1, min(wave.size, FEW)).astype(int)).tolist()
    least, most, unit = 1.0, 0.0, unit_words(data.times.attrs.get("units", ""))
    for n, k in enumerate(shown):
        passed = -np.log(np.maximum(data.exponential.values[k], TINY))
        tau = float(data.times.values[k, -1] / passed[-1]) if passed[-1] > 0 else np.inf
        told = f"wavelength {wave[k]:.3g}, τ = {tau:.3g} {unit}"
        for name, style, label in (("exact", "-", told), ("second_order", ":", None)):
            y = data[name].values[k]
            left.plot(passed, np.where(y > FLOOR, y, np.nan), style, color=f"C{n}", lw=1.4, label=label)
        least, most = min(least, float(data.second_order.values[k].min())), max(most, float(passed[-1]))
    left.plot([0.0, most], [1.0, np.exp(-most)], "k--", lw=1.0, label=RATES)
    left.plot([], [], "k:", lw=1.3, label=SECOND)
    left.plot([], [], "k-", lw=1.4, label=EXACT)
    left.set(yscale="log", ylim=(max(FLOOR, 0.7 * min(least, np.exp(-most))), 1.3))
    left.set(xlabel="times t/τ, of each mode by its own rate", ylabel="amplitude of the mode, relative to its start")
    left.legend(fontsize=8)
    known = False
    for name, style, words in (("exponent", "o", EXACT), ("second_order_exponent", "x", SECOND)):
        if np.isfinite(data[name].values).any():
            middle.plot(wave, data[name].values, style, ms=6, label=words)
            known = True
    middle.axhline(1.0, color="0.4", lw=0.9, label="1: diffusive")
    middle.axhline(2.0, color="0.4", lw=0.9, ls="--", label="2: ballistic")
    middle.set(ylabel="exponent of the stretched decay", ylim=(0.5, 2.5))
    if not known:
        middle.text(0.5, 0.5, "too few times to read one", transform=middle.transAxes, ha="center", fontsize=9)
    middle.legend(fontsize=8)
    right.plot(wave, data.deviation.values, "o-", ms=5, lw=1.0)
    right.set(ylabel="exact less second order, root mean square", ylim=(0, None))
    for ax in (middle, right):
        ax.set(xscale=scale(wave), xlabel=named(data, "wavelengths", "wavelength of the mode"))
        ax.set_xlim(right.get_xlim())
    return fig
