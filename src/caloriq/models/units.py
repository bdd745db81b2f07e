"""Lab units at the edge: everything inside is in one unit of energy with ħ = k_B = 1. Here that unit is the wavenumber cm⁻¹."""

from __future__ import annotations

import math

from scipy.constants import c, e, h, hbar, k

WAVENUMBER = 100.0 * h * c  # energy of 1 cm⁻¹ in J


def from_kelvin(temperature: float) -> float:
    """Temperature in K as an energy in cm⁻¹."""
    return float(temperature * k / WAVENUMBER)


def from_per_picosecond(rate: float) -> float:
    """Rate in 1/ps as an energy ħ·rate in cm⁻¹: 1/ps is 5.3088 cm⁻¹."""
    return float(rate * 1e12 * hbar / WAVENUMBER)


def to_per_picosecond(rate: float) -> float:
    """Rate or current in cm⁻¹ as one in 1/ps."""
    return rate / from_per_picosecond(1.0)


def to_watt(current: float) -> float:
    """Energy current in (cm⁻¹)² as one in W: energy times rate."""
    return float(current * WAVENUMBER**2 / hbar)


def to_mev(energy: float) -> float:
    """Energy in cm⁻¹ as one in meV."""
    return float(energy * WAVENUMBER / e * 1e3)


def to_kelvin(temperature: float) -> float:
    """Temperature as an energy in cm⁻¹ in K."""
    return math.inf if math.isinf(temperature) else float(temperature * WAVENUMBER / k)
