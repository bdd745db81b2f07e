"""Lab units at the edge: everything inside is in one unit of energy with ħ = k_B = 1: the wavenumber cm⁻¹, or one that a model names."""

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
    "energy": {
        "cm^-1": 1.0,
        "meV": 1 / to_mev(1.0),
        "eV": 1e3 / to_mev(1.0),
        "K": from_kelvin(1.0),
        "GHz": 1e9 * h / WAVENUMBER,
        "THz": 1e12 * h / WAVENUMBER,
        "J": 1 / WAVENUMBER,
    },
}
# in cm⁻¹: a unit of a rate or a temperature as the energy that it is with ħ = k_B = 1
WAVENUMBERS = {"rate": from_per_picosecond(1.0), "temperature": from_kelvin(1.0), "energy": 1.0}
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
    number, unit = _parsed(name, value, of)
    return number * UNITS[of][unit]


def energy(name: str, value: str, *, of: str, unit: str) -> float:
    """Number of a text with a unit as an energy in a model's own unit of energy, with ħ = k_B = 1.

    Parameters
    ----------
    name : str
        Of the field, for the sentence of an error.
    value : str
        "5 meV", "300 K", "1/ps".
    of : {"rate", "temperature", "energy"}
        What it is.
    unit : str
        One of an energy.

    Raises
    ------
    InvalidInput
        If the text has no number, or a unit of something else.
    """
    number, own = _parsed(name, value, of)
    if own == unit:
        return number
    return number * UNITS[of][own] * WAVENUMBERS[of] / UNITS["energy"][unit]


def has_unit(value: Any) -> bool:
    """Whether a value is a text of a number and any known unit."""
    found = re.fullmatch(PATTERN, value) if isinstance(value, str) else None
    return (
        found is not None and found[1] is not None and any(_spelt(found[2] or "") in known for known in UNITS.values())
    )


def in_joule(unit: str) -> float:
    """One unit of energy in J."""
    return float(UNITS["energy"][unit] * WAVENUMBER)


PATTERN = r"\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)?\s*(\S.*?)?\s*"


def _spelt(unit: str) -> str:
    unit = SPELT.get(unit, unit)
    return f"1{unit}" if unit.startswith("/") else unit  # "1/ps" and "0.5 /ps"


def _parsed(name: str, value: str, of: str) -> tuple[float, str]:
    """Number and unit of a text."""
    found = re.fullmatch(PATTERN, value)
    number, unit = (found[1], _spelt(found[2] or "")) if found else (None, "")
    if unit not in UNITS[of] or number is None:
        raise InvalidInput(
            f"`{name}` must be a number, or a text of a number and a unit, but it is not (got {value!r}); units are {', '.join(UNITS[of])}"
        )
    try:
        return float(number), unit
    except ValueError:
        raise InvalidInput(f"`{name}` must have a number before its unit, but it has not (got {value!r})") from None
