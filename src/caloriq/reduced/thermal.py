"""Thermodynamics of one subunit, a ground level and n levels at the gap (PRE 49-50)."""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real

FROZEN = 1e4  # ΔE/T beyond which the occupation is zero to every digit


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
    """
    E = _checks.numbers("energies", energies)
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
    r"""Heat capacity of bands of n_i levels at E_i, from :math:`Z = \sum_i n_i e^{-E_i/T}` (PRE 49), in k_B.

    Parameters
    ----------
    energies, counts : arrays, shape (B,)
        E_i and n_i.
    temperature : array_like
        T > 0; any shape.
    """
    T = _checks.temperatures(temperature)
    x = np.minimum((energies - energies.min()) / T[..., None], FROZEN)
    weight = counts * np.exp(-x)
    weight /= weight.sum(axis=-1, keepdims=True)
    mean = (weight * x).sum(axis=-1, keepdims=True)
    c: Real = (weight * (x - mean) ** 2).sum(axis=-1)
    return c
