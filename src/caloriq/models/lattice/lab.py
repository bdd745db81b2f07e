"""Lab units of a lattice at the edge: what is read of texts such as "5 meV", and results in W, ps and W/K.

Inside, all numbers are in the model's own unit of energy ε with ħ = k_B = 1: a time is in ħ/ε, an energy current in ε²/ħ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scipy.constants import hbar, k

from caloriq import _checks, wording
from caloriq.documents import within
from caloriq.errors import InvalidInput
from caloriq.models import units
from caloriq.models.definition import Definition
from caloriq.variables import ENERGY, POWER

if TYPE_CHECKING:
    import xarray as xr

KNOWN = tuple(units.UNITS["energy"])
# what the texts of a field are, by its name; of a list of definitions by those of each
TERM = {"value": "energy", "staggered": "energy", "mean": "energy", "width": "energy", "choices": "energy"}
RATE = dict.fromkeys(("rate", "gain", "loss", "staggered", "mean", "width", "choices"), "rate")
BATH = {"temperature": "temperature", "cutoff": "energy", "chemical_potential": "energy", **RATE}
ANGSTROM = 1e-10  # m


def read_units(data: dict[str, Any]) -> dict[str, Any]:
    """Fields of a lattice with every text of a number and a unit as a number in the model's unit of energy.

    Raises
    ------
    InvalidInput
        For a unit of something else, or where the model names no unit.
    """
    unit = data.get("unit")
    if unit is not None and unit not in KNOWN:
        remedy = wording.remedy(str(unit), KNOWN, f"known are {', '.join(KNOWN)}")
        raise InvalidInput(f"`unit` must be a unit of energy, but it is not (got {_checks.shown(unit)}); {remedy}")
    found = dict(data)
    for name, table in (("terms", TERM), ("jumps", RATE), ("baths", BATH)):
        if isinstance(found.get(name), list | tuple):
            found[name] = [_read(name, one, table, unit, number) for number, one in enumerate(found[name])]
    if "dephasing" in found:
        found["dephasing"] = _value("dephasing", found["dephasing"], lambda _: "rate", unit)
    for name in ("parameters", "family"):
        if isinstance(found.get(name), dict):
            with within(name):
                found[name] = {key: _value(str(key), one, _any, unit) for key, one in found[name].items()}
    return found


def _read(name: str, one: Any, table: dict[str, str], unit: str | None, number: int) -> Any:
    """A definition, or the mapping of one, without units."""
    with within(name, number):
        if isinstance(one, Definition):
            own = {field: getattr(one, field) for field in type(one).model_fields if field in table}
            read = {field: _field(field, value, table, unit) for field, value in own.items()}
            changed = {field: value for field, value in read.items() if value is not own[field]}
            return one.model_copy(update=changed) if changed else one
        if isinstance(one, dict):
            return {field: _field(field, value, table, unit) for field, value in one.items()}
        return one


def _field(field: str, value: Any, table: dict[str, str], unit: str | None) -> Any:
    if isinstance(value, dict):  # random or staggered values, the spectrum of a bath
        return {key: _field(key, inner, table, unit) for key, inner in value.items()}
    if isinstance(value, Definition) and field in table:
        return _read(field, value, table, unit, 0)
    return _value(field, value, lambda _: table[field], unit) if field in table else value


def _any(value: str) -> str:
    """What a parameter is, which may stand for anything, by its unit."""
    return next(of for of in ("energy", "rate", "temperature") if _fits(value, of))


def _fits(value: str, of: str) -> bool:
    try:
        units.quantity("value", value, of=of)
    except InvalidInput:
        return False
    return True


def _value(name: str, value: Any, of: Callable[[str], str], unit: str | None) -> Any:
    """A number or several, in the model's unit."""
    if isinstance(value, list | tuple) and any(map(units.has_unit, value)):
        return [_value(name, one, of, unit) for one in value]
    if not units.has_unit(value):
        return value
    if unit is None:
        raise InvalidInput(
            f"`unit` must name the model's unit of energy where a value has one, but it is missing (got {name} {value!r}); add unit: meV"
        )
    return units.energy(name, value, of=of(value), unit=unit)


def in_lab_units(found: Any, unit: str | None = None) -> xr.Dataset:
    """Dataset of a result with its numbers in lab units: times in ps, energies in the model's unit, energy currents in W, other
    currents in 1/ps, entropies per time in W/K.

    Parameters
    ----------
    found : Solution
        Of a lattice.
    unit : str, optional
        Unit of energy of the model; by default the one that it names.

    Returns
    -------
    xarray.Dataset
        As `found.to_dataset()`, with other numbers and `units`.

    Raises
    ------
    InvalidInput
        If the model names no unit and none is given.
    """
    scale = Scale.of(found.model, unit)
    data: xr.Dataset = found.to_dataset()
    for name in [*data.data_vars, *data.coords]:
        one = data[name]
        factor, told = scale.of_variable(str(name), one.attrs)
        if told:
            data[name] = one.copy(data=one.values * factor).assign_attrs({**one.attrs, "units": told})
    return data


class Scale:
    """What one of everything is in lab units.

    Parameters
    ----------
    unit : str
        Unit of energy.
    """

    def __init__(self, unit: str) -> None:
        _checks.among("unit", unit, *KNOWN)
        self.unit = unit
        self.energy = units.in_joule(unit)

    @classmethod
    def of(cls, model: Any, unit: str | None) -> Scale:
        """That of a model, or the one that is given."""
        named = unit or getattr(model, "unit", None)
        if named is None:
            raise InvalidInput(
                f"`unit` must be given where the model names none, but it is not (got {getattr(model, 'kind', 'a model')}); give unit='meV'"
            )
        return cls(named)

    @property
    def picosecond(self) -> float:
        """ħ/ε in ps."""
        return float(hbar / self.energy * 1e12)

    @property
    def watt(self) -> float:
        """ε²/ħ in W."""
        return float(self.energy**2 / hbar)

    @property
    def watt_per_kelvin(self) -> float:
        """k_B ε/ħ in W/K: of conductances, and of entropies per time."""
        return float(k * self.energy / hbar)

    def of_variable(self, name: str, attributes: dict[str, Any]) -> tuple[float, str]:
        """Factor and unit of a variable of a dataset; no unit where it stays as it is."""
        kind, bare = attributes.get("units"), name.removesuffix("_bound")
        if kind == f"1/({ENERGY})":
            return self.picosecond, "ps"
        if kind == POWER:
            return self.watt, "W"
        if kind != ENERGY:
            return 1.0, ""
        if bare in ("entropy_production", "entropy_flow", "jump_entropy_production"):
            return self.watt_per_kelvin, "W/K"
        if bare.endswith(("_currents", "_inflows")):
            return 1 / self.picosecond, "1/ps"
        return 1.0, self.unit


def heat_conductivity(
    current: float,
    hot: float,
    cold: float,
    sites: int,
    *,
    unit: str,
    spacing: float | None = None,
    cross_section: float | None = None,
) -> float:
    """κ of a chain between two baths, J = κ ΔT for every bond; contacts are in it as they are in J.

    Parameters
    ----------
    current : float
        Energy per time from the hot bath, as in results.
    hot, cold : float
        Temperatures, as in the model.
    sites : int
        N, with N - 1 bonds between the baths.
    unit : str
        Unit of energy.
    spacing, cross_section : float, optional
        Lattice spacing in Å and area of a chain in Å².

    Returns
    -------
    float
        J (N - 1)/ΔT in W/K per bond; with spacing a and cross-section A times a/A, in W/(m K).

    Raises
    ------
    InvalidInput
        If the temperatures are equal, or only one of spacing and cross-section is given.
    """
    scale, N = Scale(unit), _checks.whole("sites", sites, 2)
    bias = _checks.scalar("hot", hot) - _checks.scalar("cold", cold)
    if bias <= 0:
        raise InvalidInput(f"`hot` must be above the cold temperature, but it is not (got {hot:g} and {cold:g})")
    per_bond = _checks.scalar("current", current) * (N - 1) / bias * scale.watt_per_kelvin
    if spacing is None and cross_section is None:
        return per_bond
    if spacing is None or cross_section is None:
        missing = "spacing" if spacing is None else "cross_section"
        raise InvalidInput(f"`{missing}` must be given beside the other, but it is not (got nothing)")
    a, A = _checks.positive("spacing", spacing), _checks.positive("cross_section", cross_section)
    return per_bond * (a / A) / ANGSTROM
