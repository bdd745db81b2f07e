"""The Fenna-Matthews-Olson complex of C. tepidum as a ready model, in lab units.

Source: J. Adolphs, T. Renger, Biophys. J. 91, 2778 (2006), doi:10.1529/biophysj.105.079483: site energies and
couplings of the seven bacteriochlorophylls of one monomer, in cm⁻¹. Dephasing by temperature: P. Rebentrost et al., New J.
Phys. 11, 033003 (2009), doi:10.1088/1367-2630/11/3/033003.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema

from caloriq._checks import Real, shown
from caloriq.errors import InvalidInput
from caloriq.models.baths import Bath, NotNegative
from caloriq.models.fields import Positive
from caloriq.models.spins import SpinChain
from caloriq.models.units import from_kelvin, from_per_picosecond, quantity
from caloriq.results import frozen

ENERGIES = (12410.0, 12530.0, 12210.0, 12320.0, 12480.0, 12630.0, 12440.0)
COUPLINGS = (
    (-87.7, 5.5, -5.9, 6.7, -13.7, -9.9),
    (30.8, 8.2, 0.7, 11.8, 4.3),
    (-53.5, -2.2, -9.6, 6.0),
    (-70.7, -17.0, -63.3),
    (81.1, -1.3),
    (39.7,),
)
DEPHASING = 1.0  # 1/ps, where neither it nor a temperature is given
WITH_UNIT = WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]})

LAB = {  # what a field is, of which a text may hold one
    "injection": "rate",
    "trapping": "rate",
    "recombination": "rate",
    "dephasing": "rate",
    "temperature": "temperature",
    "reorganisation": "energy",
    "cutoff": "energy",
}

NotNegativeLab = Annotated[NotNegative, WITH_UNIT]
PositiveLab = Annotated[Positive, WITH_UNIT]


class FmoComplex(SpinChain):
    """Exciton network of the FMO complex between the antenna and the reaction centre: a spin chain in cm⁻¹, from fields in lab units.

    Excitons enter at pigment 1 (site 0, towards the antenna), leave at pigment 3 (site 2, at the reaction centre),
    and are lost everywhere at a small rate; each pigment dephases (Haken-Strobl). Its baths are named "antenna", "reaction
    centre" and "recombination k". A number is in 1/ps, K or cm⁻¹; a text has a unit: "1/ns", "300 K", "35 cm^-1", "4.3 meV".

    Parameters
    ----------
    injection : float or str
        Gain at site 0. Weak for natural light; where it is not, more than one exciton is present.
    trapping : float or str
        Loss at site 2, the rate at which its population leaves.
    recombination : float or str
        Loss at every site; 0 leaves it out.
    dephasing : float or str, optional
        γ of every site, at whose half each of its coherences with another site decays; by default 1/ps, or by the temperature.
    temperature : float or str, optional
        T, which gives the dephasing γ = 2π (k_B T/ħ) E_R/(ħω_c), the slope of an ohmic spectral density with an exponential cutoff.
    reorganisation, cutoff : float or str
        E_R and ħω_c of that density; they matter with a temperature alone.

    Raises
    ------
    InvalidInput
        If injection or trapping is not positive, another rate is negative, both dephasing and temperature are given, or a
        unit is not known.
    """

    kind: Literal["fmo"] = "fmo"  # type: ignore[assignment]  # a kind of its own
    injection: PositiveLab = 1e-3
    trapping: PositiveLab = 1.0
    recombination: NotNegativeLab = 1e-3
    dephasing: NotNegativeLab | None = None
    temperature: NotNegativeLab | None = None
    reorganisation: PositiveLab = 35.0
    cutoff: PositiveLab = 150.0

    array_files: ClassVar[tuple[str, ...]] = ()
    made: ClassVar[tuple[str, ...]] = tuple(
        name for name in SpinChain.model_fields if name not in ("kind", "dephasing")
    )

    @model_validator(mode="before")
    @classmethod
    def _arrays(cls, data: Any) -> Any:
        """Texts with units as numbers; the chain's own fields are made, never given."""
        if not isinstance(data, dict):
            return data
        for name in cls.made:
            if name in data:
                raise InvalidInput(
                    f"`{name}` must be left out for the FMO complex, but it is given (got {shown(data[name])}); use a spin-chain for another network"
                )
        read = {name: quantity(name, value, of=LAB[name]) if name in LAB else value for name, value in data.items()}
        return {**read, "sites": len(ENERGIES), "couplings": _couplings(), "frequency": frozen(np.array(ENERGIES))}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.dephasing is not None and self.temperature is not None:
            raise InvalidInput(
                f"`dephasing` must be left out where `temperature` gives it, but both are given (got {self.dephasing:g} and {self.temperature:g})"
            )
        object.__setattr__(self, "baths", self._ends())  # frozen for everybody else
        self.check_baths()
        return self

    def _ends(self) -> tuple[Bath, ...]:
        baths = [
            Bath(site=0, gain=from_per_picosecond(self.injection), loss=0.0, name="antenna"),
            Bath(site=2, gain=0.0, loss=from_per_picosecond(self.trapping), name="reaction centre"),
        ]
        if self.recombination != 0:
            loss = from_per_picosecond(self.recombination)
            baths += [Bath(site=k, gain=0.0, loss=loss, name=f"recombination {k}") for k in range(len(ENERGIES))]
        return tuple(baths)

    @cached_property
    def dephasing_rates(self) -> Real:
        """γ_k in cm⁻¹, shape (7,)."""
        if self.temperature is not None:
            rate = thermal_dephasing(self.temperature, reorganisation=self.reorganisation, cutoff=self.cutoff)
        else:
            rate = from_per_picosecond(DEPHASING if self.dephasing is None else self.dephasing)
        return frozen(np.full(len(ENERGIES), rate))

    def chain(self) -> SpinChain:
        """The same network as a spin chain in cm⁻¹."""
        return SpinChain(
            sites=self.sites,
            couplings=self.couplings,
            frequency=self.frequency,
            dephasing=self.dephasing_rates,
            baths=self.baths,
        )

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Any:
        """A copy with some fields changed; with one of the chain's own, such as `baths`, a `SpinChain` in cm⁻¹."""
        if update and set(update) & set(self.made):
            return self.chain().model_copy(update=update, deep=deep)
        return type(self)(**{**{name: getattr(self, name) for name in LAB}, **(update or {})})

    def to_mapping(self) -> dict[str, Any]:
        """The fields in lab units."""
        return {"kind": self.kind, **{name: v for name in LAB if (v := getattr(self, name)) is not None}}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Without the fields that are made."""
        found = handler(schema)
        whole = handler.resolve_ref_schema(found)
        for name in cls.made:
            whole.get("properties", {}).pop(name, None)
        whole["required"] = [name for name in whole.get("required", []) if name not in cls.made]
        return found


def thermal_dephasing(temperature: float, *, reorganisation: float = 35.0, cutoff: float = 150.0) -> float:
    """Dephasing rate in cm⁻¹ at a temperature in K: γ = 2π (k_B T/ħ) E_R/(ħω_c), energies in cm⁻¹.

    The slope of J(ω) = E_R (ω/ω_c) exp(-ω/ω_c) at ω = 0, times 2π k_B T/ħ.

    References
    ----------
    P. Rebentrost et al., New J. Phys. 11, 033003 (2009), doi:10.1088/1367-2630/11/3/033003.
    """
    return 2 * math.pi * from_kelvin(temperature) * reorganisation / cutoff


def fmo(
    *,
    injection: float | str = 1e-3,
    trapping: float | str = 1.0,
    recombination: float | str = 1e-3,
    dephasing: float | str | None = None,
    temperature: float | str | None = None,
) -> FmoComplex:
    """Exciton network of the FMO complex between the antenna and the reaction centre; see `FmoComplex` for fields and units.

    Raises
    ------
    InvalidInput
        If injection or trapping is not positive, another rate is negative, or both dephasing and temperature are given.
    """
    fields: dict[str, Any] = {"dephasing": dephasing, "temperature": temperature}
    return FmoComplex(
        **{"injection": injection, "trapping": trapping, "recombination": recombination},
        **{name: value for name, value in fields.items() if value is not None},
    )


def _couplings() -> Real:
    g = np.zeros((len(ENERGIES), len(ENERGIES)))
    for k, row in enumerate(COUPLINGS):
        g[k, k + 1 :] = row
    return frozen(g + g.T)
