"""Thermodynamics of one subunit, a ground level and n levels at the gap (PRE 49-50)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import scipy
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.modular import Modular

FROZEN = 1e4  # ΔE/T beyond which the occupation is zero to every digit
AGREES = 0.01  # relative difference from the actual levels up to which the band may be put at ΔE
PARTS = 4096  # levels taken one by one
ROWS = 2_000_000  # levels × temperatures evaluated at once


def heat_capacity(levels: int, gap: float, temperature: ArrayLike) -> Real:
    r"""Heat capacity c = (ΔE/T)² n e^{-ΔE/T}/(1 + n e^{-ΔE/T})² of one subunit (PRL 16, PRE 50), in k_B.

    Parameters
    ----------
    levels : int
        n.
    gap : float
        ΔE.
    temperature : array_like
        T > 0, in the unit of `gap`; any shape.

    Notes
    -----
    Written as x² p (1 - p) with x = ΔE/T and the occupation p = 1/(1 + e^{x - ln n}), so it never overflows.
    """
    T = _checks.temperatures(temperature)
    with np.errstate(over="ignore"):
        x = np.minimum(gap / T, FROZEN)
    p = scipy.special.expit(math.log(levels) - x)
    q = scipy.special.expit(x - math.log(levels))
    c: Real = x**2 * p * q
    return c


def spectrum_heat_capacity(energies: ArrayLike, temperature: ArrayLike) -> Real:
    r"""Heat capacity :math:`C_V = (\langle\varepsilon^2\rangle - \langle\varepsilon\rangle^2)/T^2` of any levels, in k_B.

    Parameters
    ----------
    energies : array_like, shape (M,)
        Levels, a degenerate one as often as it is.
    temperature : array_like
        T > 0; any shape.

    Raises
    ------
    InvalidInput
        If there is no level, or they are no list.
    """
    E = _checks.numbers("energies", energies)
    if E.ndim != 1 or E.size == 0:
        raise InvalidInput(f"`energies` must be a list of levels, one at least, but it is not (got shape {E.shape})")
    return band_heat_capacity(E, np.ones(E.shape), temperature)


def peak_temperature(levels: int, gap: float) -> float:
    """Temperature of the largest heat capacity, in the unit of `gap`, to rounding.

    With x = ΔE/T, d ln c/dx = 2/x - 1 + 2p vanishes where the occupation is p = 1/2 - 1/x.
    """
    ln = math.log(levels)
    x = scipy.optimize.brentq(
        lambda x: 0.5 - 1 / x - scipy.special.expit(ln - x), 2.0, ln + 10.0, xtol=1e-14, rtol=1e-15
    )
    return gap / float(x)


def band_heat_capacity(energies: Real, counts: Real, temperature: ArrayLike) -> Real:
    r"""Heat capacity of bands of n_i levels at E_i, from :math:`Z = \sum_i n_i e^{-E_i/T}` (PRE 49), in k_B; T of any shape."""
    T = _checks.temperatures(temperature)
    x = np.minimum((energies - energies.min()) / T[..., None], FROZEN)
    weight = counts * np.exp(-x)
    weight /= weight.sum(axis=-1, keepdims=True)
    mean = (weight * x).sum(axis=-1, keepdims=True)
    c: Real = (weight * (x - mean) ** 2).sum(axis=-1)
    return c


def subunit_heat(model: Modular, temperature: ArrayLike, formula: str, *, carried: bool) -> Real:
    r"""Heat capacity of one subunit, or the part of it that an exchange of one excitation carries; in k_B.

    With the occupation p of the band and the Boltzmann mean within it, :math:`x_i = E_i/T`:
    :math:`c = p(1-p)\langle x\rangle^2 + p\,\mathrm{Var}\,x`, and what an exchange carries is
    :math:`p(1-p)\langle x^2\rangle = \sum_i E_i^2e^{-E_i/T}/(TZ)^2`. Both are PRE 50 for a band of one energy.
    `formula` "auto" is PRE 50 where it agrees with the levels to 1 %.
    """
    _checks.among("formula", formula, "auto", "levels", "printed")
    T = _checks.temperatures(temperature)
    printed = heat_capacity(model.levels, model.gap, T)
    if formula == "printed":
        return printed
    levels = _from_levels(model, T, carried=carried)
    if formula == "levels":
        return levels
    chosen: Real = np.where(np.abs(printed - levels) <= AGREES * levels, printed, levels)[()]
    return np.asarray(chosen)


def carried_peak(model: Modular) -> float:
    """Temperature of the largest conductivity, in the unit of the gap: by PRE 50 where the levels agree with it to 1 %."""
    narrow = peak_temperature(model.levels, model.gap)
    printed = float(heat_capacity(model.levels, model.gap, narrow))
    if abs(printed - float(_from_levels(model, np.array(narrow), carried=True))) <= AGREES * printed:
        return narrow
    lowest = model.gap - model.bandwidth / 2
    start = max(lowest, 1e-9 * model.gap) / 50
    return largest(lambda T: _from_levels(model, np.asarray(T), carried=True), start, 4 * model.gap)


def largest(of: Callable[[ArrayLike], Real], low: float, high: float) -> float:
    """Temperature between two at which a function of it is largest."""
    grid = np.geomspace(low, high, 200)
    best = int(np.argmax(of(grid)))
    ends = np.log(grid[max(best - 1, 0)]), np.log(grid[min(best + 1, grid.size - 1)])
    found = scipy.optimize.minimize_scalar(
        lambda ln: -float(of(np.exp(np.array(ln)))), bounds=ends, method="bounded", options={"xatol": 1e-10}
    )
    return math.exp(found.x)


def edge_share(model: Modular, temperature: ArrayLike, width: float) -> Real:
    """Share of the carried heat that belongs to levels within `width` of an edge of the band, any shape of T."""
    E = representatives(model)[0]
    low, high = model.gap - model.bandwidth / 2, model.gap + model.bandwidth / 2
    near = np.minimum(E - low, high - E) < width

    def share(x: Real, weight: Real, _p: Real, _q: Real) -> Real:
        carried = weight * x**2
        found: Real = carried[:, near].sum(axis=1) / carried.sum(axis=1)
        return found

    return _by_levels(model, _checks.temperatures(temperature), share)


def _from_levels(model: Modular, T: Real, *, carried: bool) -> Real:
    """c, or what is carried of it, of the actual levels."""

    def heat(x: Real, weight: Real, p: Real, q: Real) -> Real:
        mean = (weight * x).sum(axis=1)
        variance = (weight * (x - mean[:, None]) ** 2).sum(axis=1)
        found: Real = p * q * (mean**2 + variance) if carried else p * (q * mean**2 + variance)
        return found

    return _by_levels(model, T, heat)


def _by_levels(model: Modular, T: Real, asked: Callable[[Real, Real, Real, Real], Real]) -> Real:
    """What is asked of x = E/T, Boltzmann weights within the band, its occupation p and q = 1 - p; a few T at a time."""
    E, share = representatives(model)
    flat = T.reshape(-1)
    out = np.empty(flat.size)
    some = max(1, ROWS // E.size)
    for first in range(0, flat.size, some):
        part = flat[first : first + some, None]
        with np.errstate(over="ignore"):
            x = np.minimum(E / part, FROZEN)
        low = x.min(axis=1, keepdims=True)
        weight = share * np.exp(low - x)
        total = weight.sum(axis=1)
        a = math.log(model.levels) + np.log(total) - low[:, 0]
        weight /= total[:, None]
        out[first : first + some] = asked(x, weight, scipy.special.expit(a), scipy.special.expit(-a))
    return out.reshape(T.shape)


def representatives(model: Modular) -> tuple[Real, Real]:
    """Energies ΔE + ε_i of the band and their shares; of more than 4096 levels, the means of 4096 parts of them.

    What that changes is (δε/4096T)²/24 of a level's weight.
    """
    n = model.levels
    if n <= PARTS:
        return np.asarray(model.gap + model.band_levels), np.full(n, 1 / n)
    if model.band == "uniform":
        places = (np.arange(PARTS) + 0.5) / PARTS
        return np.asarray(model.gap + model.bandwidth * (places - 0.5)), np.full(PARTS, 1 / PARTS)
    cuts = np.linspace(0, n, PARTS + 1).astype(int)
    counts = np.diff(cuts)
    return np.asarray(model.gap + np.add.reduceat(model.band_levels, cuts[:-1]) / counts), counts / n
