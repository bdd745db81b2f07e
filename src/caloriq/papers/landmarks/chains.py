"""Driven spin chains of the landmarks, and what all of them tell."""

from __future__ import annotations

from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.models.baths import Bath
from caloriq.models.spins import SpinChain


def maximal(sites: int, anisotropy: float, rate: float = 1.0) -> SpinChain:
    """XXZ with hopping 1, gain alone on the first site and as much loss alone on the last."""
    baths = Bath(site=0, gain=rate, loss=0.0), Bath(site=-1, gain=0.0, loss=rate)
    return SpinChain(sites=sites, hopping=1.0, zz=anisotropy, baths=baths)


def weak(sites: int, anisotropy: float, drive: float, rate: float = 1.0, **fields: Any) -> SpinChain:
    """XXZ with hopping 1 between baths of infinite temperature, driven by ±μ."""
    up, down = rate * (1 + drive) / 2, rate * (1 - drive) / 2
    baths = Bath(site=0, gain=up, loss=down), Bath(site=-1, gain=down, loss=up)
    return SpinChain(sites=sites, hopping=1.0, zz=anisotropy, baths=baths, **fields)


def listed(values: Any, digits: str = ".2f") -> str:
    """Numbers of one row."""
    return ", ".join(f"{value:{digits}}" for value in np.ravel(values).tolist())


def falls(sizes: Real, currents: Real) -> Real:
    """Local exponents γ of J ∝ N^(-γ) between neighbouring lengths, over the last axis."""
    found: Real = -np.diff(np.log(currents), axis=-1) / np.diff(np.log(sizes))
    return found
