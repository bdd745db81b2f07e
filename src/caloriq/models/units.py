"""Lab units at the edge: everything inside is in one unit of energy with ħ = k_B = 1. Here that unit is the wavenumber cm⁻¹."""

from __future__ import annotations

import math
import re
from typing import Any

from scipy.constants import c, e, h, hbar, k

from caloriq.errors import InvalidInput

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


def to_picosecond(time: float) -> float:
    """Time in 1/cm⁻¹ (ħ = 1) as one in ps."""
    return time * from_per_picosecond(1.0)


# how many 1/ps, K or cm⁻¹ one of each unit is
UNITS: dict[str, dict[str, float]] = {
    "rate": {
        "1/ps": 1.0,
        "1/ns": 1e-3,
        "1/fs": 1e3,
        "cm^-1": 1 / from_per_picosecond(1.0),
        "meV": 1 / to_mev(from_per_picosecond(1.0)),
    },
    "temperature": {"K": 1.0, "mK": 1e-3, "cm^-1": to_kelvin(1.0), "meV": to_kelvin(1.0) / to_mev(1.0)},
    "energy": {"cm^-1": 1.0, "meV": 1 / to_mev(1.0), "K": from_kelvin(1.0)},
}
SPELT = {"cm-1": "cm^-1", "cm⁻¹": "cm^-1", "1/cm": "cm^-1", "ps^-1": "1/ps", "ns^-1": "1/ns", "fs^-1": "1/fs"}


def quantity(name: str, value: Any, *, of: str) -> Any:
    """Number in 1/ps, K or cm⁻¹ of a text with a unit, "1/ns" or "300 K"; anything but a text as it is.

    Parameters
    ----------
    name : str
        Of the field, for the sentence of an error.
    value : object
        A number stands for itself.
    of : {"rate", "temperature", "energy"}
        What it is.

    Raises
    ------
    InvalidInput
        If the text has no number, or another unit.
    """
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)?\s*(\S.*?)?\s*", value)
    number, unit = (found[1], found[2] or "") if found else (None, "")
    unit = SPELT.get(unit, unit)
    if unit.startswith("/"):  # "1/ps" and "0.5 /ps"
        unit = f"1{unit}"
    if unit not in UNITS[of] or number is None:
        raise InvalidInput(
            f"`{name}` must be a number, or a text of a number and a unit, but it is not (got {value!r}); units are {', '.join(UNITS[of])}"
        )
    try:
        return float(number) * UNITS[of][unit]
    except ValueError:
        raise InvalidInput(f"`{name}` must have a number before its unit, but it has not (got {value!r})") from None
