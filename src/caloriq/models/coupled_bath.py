"""A heat bath that knows the energies of what it is coupled to: operator, temperature, spectrum, and the equation to use."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema, field_validator, model_validator

from caloriq import _checks
from caloriq.errors import InvalidInput
from caloriq.models.baths import NotNegative
from caloriq.models.definition import Definition
from caloriq.models.driven import listed
from caloriq.models.fields import Index, plain
from caloriq.models.spectra import FlatSpectrum, Spectrum
from caloriq.results import frozen

Equation = Literal["local", "global", "redfield", "universal"]
Operator = Annotated[
    Any,
    PlainSerializer(listed, when_used="json-unless-none"),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array"}, {"type": "object"}]}),
]


class CoupledBath(Definition):
    r"""A heat bath coupled by an operator A of its sites: :math:`A\otimes B`, with the noise S(ω) of B.

    Parameters
    ----------
    operator : str or array_like
        A, hermitian: a word of the model's operators such as "X", or a matrix on the sites. A word is kept as it is; the model
        that holds the bath reads it.
    site : int, optional
        Site from 0; negative counts from the end.
    sites : sequence of int, optional
        Several sites instead of one.
    temperature : float
        T ≥ 0, in units of energy (k_B = 1).
    spectrum : OhmicSpectrum, FlatSpectrum or GivenSpectrum
        J(ω).
    equation : {"local", "global", "redfield", "universal"}
        How the bath acts. "local": jumps between levels of the part of H on the bath's own sites; for sites that couple
        weakly to the rest, and it may break the second law. "global" (Davies): jumps between levels of H, each frequency by
        itself; obeys thermodynamics, and asks that differences of frequencies exceed the rates. "redfield": without that
        condition, but the state may have negative parts. "universal": without either, and obeys the second law to leading
        order in the coupling.
    lamb_shift : bool
        Whether the bath also shifts the levels. Default False: energies are those of H.
    chemical_potential : float, optional
        μ of a lead that exchanges fermions: A is then what annihilates one, such as "c-" on one site, the coupling
        :math:`A\otimes B^\dagger` + h.c., and the rates are Γ(1 - f) out and Γf in with Fermi's f at the energy of the fermion. The
        spectrum must be flat, as energies have either sign; there is no `lamb_shift`.
    name : str, optional
        What the bath is called in results; otherwise that of its sites.
    """

    operator: Operator
    site: Index | None = None
    sites: tuple[Index, ...] | None = None
    temperature: NotNegative
    spectrum: Spectrum
    equation: Equation = "global"
    lamb_shift: bool = False
    chemical_potential: Annotated[float | None, BeforeValidator(plain)] = None
    name: str | None = None

    @field_validator("operator", mode="after")
    @classmethod
    def _matrix(cls, value: Any) -> Any:
        if isinstance(value, np.ndarray) or _numeric(value):
            return frozen(_real(_checks.hermitian("operator", value)).copy())
        return value

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if (self.site is None) == (self.sites is None):
            given = "neither" if self.site is None else "both"
            raise InvalidInput(f"`bath` must have either `site` or `sites`, but it has not (got {given})")
        if self.sites is not None and (not self.sites or len(set(self.sites)) < len(self.sites)):
            raise InvalidInput(f"`sites` must be different sites, but they are not (got {list(self.sites)})")
        if self.chemical_potential is not None:
            check_lead(self.chemical_potential, self.spectrum, lamb_shift=self.lamb_shift)
            if not isinstance(self.operator, str):
                raise InvalidInput(
                    f"`operator` must be a word that annihilates a fermion where a bath has a chemical potential, but it is not (got {_checks.shown(self.operator)}); take 'c-'"
                )
        return self

    @property
    def places(self) -> tuple[int, ...]:
        """Sites as given, one or several."""
        return self.sites if self.sites is not None else (self.site,) if self.site is not None else ()


def check_lead(potential: float, spectrum: Any, *, lamb_shift: bool) -> None:
    """Refuse a lead of fermions that has no finite potential, or no flat spectrum, or a shift."""
    _checks.scalar("chemical_potential", potential)
    if not isinstance(spectrum, FlatSpectrum):
        raise InvalidInput(
            f"`spectrum` must be flat where a bath has a chemical potential, as the energies of fermions have either sign, but it is not (got {_checks.shown(spectrum)}); use FlatSpectrum(rate=...)"
        )
    if lamb_shift:
        raise InvalidInput(
            "`lamb_shift` must be off where a bath has a chemical potential, as a flat band has none, but it is on (got True)"
        )


def _numeric(value: Any) -> bool:
    """Whether a list is one of lists of numbers."""
    rows = value if isinstance(value, list | tuple) else ()
    return bool(rows) and all(
        isinstance(row, list | tuple) and all(isinstance(one, int | float | complex) for one in row) for row in rows
    )


def _real(A: Any) -> Any:
    """A matrix without imaginary part as a real one."""
    return A if np.any(A.imag) else A.real
