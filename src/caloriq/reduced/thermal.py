"""Thermodynamics of one subunit, a ground level and n levels at the gap (PRE 49-50)."""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real


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
    x = gap / T
    p = scipy.special.expit(math.log(levels) - x)
    q = scipy.special.expit(x - math.log(levels))
    c: Real = np.where(p > 0, x**2, 0.0) * p * q
    return c


def peak_temperature(levels: int, gap: float) -> float:
    """Temperature of the largest heat capacity, in the unit of `gap`, to 1e-10."""
    top = math.log(levels) + 10.0  # in x = ΔE/T the maximum lies between 2 and ln n + 3
    result = scipy.optimize.minimize_scalar(
        lambda x: -float(heat_capacity(levels, gap, gap / x)),
        bounds=(1e-3, top),
        method="bounded",
        options={"xatol": 1e-11},
    )
    return gap / float(result.x)
