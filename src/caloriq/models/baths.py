"""Heat baths on single sites: bosonic ones by temperature or occupation, and bare gain and loss rates.

Source: D. Manzano, M. Tiersch, A. Asadian, H. J. Briegel, Quantum transport efficiency and Fourier's law,
PRE 86, 061118 (2012), doi:10.1103/PhysRevE.86.061118 (MT).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from caloriq import _checks
from caloriq.documents import within
from caloriq.errors import InvalidInput
from caloriq.models.definition import Definition
from caloriq.models.fields import Index, Positive, plain

NotNegative = Annotated[float, Field(ge=0), BeforeValidator(plain)]

FORMS = ("temperature and rate", "occupation and rate", "gain and loss")


class Rates(NamedTuple):
    """What a bath does to its site: gain Γ₊ on σ⁺ and loss Γ₋ on σ⁻."""

    gain: float
    loss: float

    @property
    def total(self) -> float:
        """γ = Γ₊ + Γ₋, the decay rate of the site's population (MT, after eq. 8)."""
        return self.gain + self.loss

    @property
    def preferred(self) -> float:
        """S = Γ₊/γ, the population that the bath alone would give its site (MT, after eq. 8)."""
        return self.gain / self.total


class Bath(Definition):
    r"""A heat bath on one site, in Lindblad form (MT 5): gain Γ₊ = Γ n̄ on σ⁺, loss Γ₋ = Γ (n̄ + 1) on σ⁻.

    Give either `temperature` and `rate`, or `occupation` and `rate`, or `gain` and `loss`.

    Parameters
    ----------
    site : int
        Site from 0; negative counts from the end.
    temperature : float, optional
        T ≥ 0, in units of energy (k_B = 1); n̄ = 1/(exp(ω/T) - 1) at the frequency ω > 0 of the site.
    occupation : float, optional
        n̄ ≥ 0 itself.
    rate : float, optional
        Γ > 0, the interaction rate.
    gain, loss : float, optional
        Γ₊, Γ₋ ≥ 0, not both zero: the driven chains of the spin-transport literature. Maximal driving is loss = 0,
        infinite temperature gain = loss.
    name : str, optional
        What the bath is called in results; needed where two baths share a site.
    """

    site: Index
    temperature: NotNegative | None = None
    occupation: NotNegative | None = None
    rate: Positive | None = None
    gain: NotNegative | None = None
    loss: NotNegative | None = None
    name: str | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [f for f in ("temperature", "occupation", "rate", "gain", "loss") if getattr(self, f) is not None]
        if given not in (["temperature", "rate"], ["occupation", "rate"], ["gain", "loss"]):
            raise InvalidInput(
                f"`bath` must be given by {', by '.join(FORMS[:2])} or by {FORMS[2]}, but it is not (got {', '.join(given) or 'none of them'})"
            )
        if self.gain is not None and self.loss is not None and not self.gain + self.loss > 0:
            raise InvalidInput(
                f"`bath` must have gain or loss, but both are zero (got gain 0 and loss 0 on site {self.site})"
            )
        return self

    def rates(self, frequency: float) -> Rates:
        """Gain and loss at the frequency ω of the site.

        Raises
        ------
        InvalidInput
            If a temperature is given and ω is not positive: a boson bath has no mode there.
        """
        if self.gain is not None and self.loss is not None:
            return Rates(self.gain, self.loss)
        assert self.rate is not None
        if self.occupation is not None:
            return Rates(self.rate * self.occupation, self.rate * (self.occupation + 1))
        assert self.temperature is not None
        if frequency <= 0:
            raise InvalidInput(
                f"`frequency` must be greater than 0 where a bath has a temperature, but it is not on site {self.site} (got {frequency:g}); give the bath by gain and loss"
            )
        occupation = bose(frequency, self.temperature)
        if not math.isfinite(self.rate * occupation):
            raise InvalidInput(
                f"`temperature` must give a finite occupation, but it does not (got {self.temperature:g} at frequency {frequency:g}); use gain = loss for infinite temperature"
            )
        return Rates(self.rate * occupation, self.rate * (occupation + 1))

    def to_mapping(self) -> dict[str, Any]:
        """Plain mapping of names to numbers and texts."""
        return self.model_dump(mode="json", exclude_none=True)


def places_of(baths: Sequence[Any], count: int) -> tuple[int, ...]:
    """Site of every bath, from 0, of `count` that there are."""
    sites = []
    for number, bath in enumerate(baths):
        with within("baths", number):
            sites.append(_checks.index("baths.site", bath.site, count))
    return tuple(sites)


def names_of(baths: Sequence[Any], places: Sequence[int], place: str = "site") -> tuple[str, ...]:
    """Name of every bath: its own, or that of its place."""
    return tuple(bath.name or f"{place} {site}" for bath, site in zip(baths, places, strict=True))


def check_told_apart(names: Sequence[str], number: int, places: str = "sites") -> None:
    """Refuse a bath that has the name of one before it."""
    if names[number] in names[:number]:
        raise InvalidInput(
            f"`baths` must be on different {places} or have names, but two are not told apart (got {names[number]!r} twice); add name="
        )


def at_their_mean(baths: Sequence[Bath]) -> tuple[Bath, ...] | None:
    """The same baths at their mean temperature; None where one has none."""
    warm = [bath.temperature for bath in baths]
    if any(t is None for t in warm):
        return None
    mean = float(np.mean([t for t in warm if t is not None]))
    return tuple(bath.model_copy(update={"temperature": mean}) for bath in baths)


def bose(frequency: float, temperature: float) -> float:
    """Mean occupation n̄ = 1/(exp(ω/T) - 1) of a boson mode; 0 at T = 0."""
    if temperature == 0 or frequency / temperature > 700:
        return 0.0
    step = math.expm1(frequency / temperature)
    return 1.0 / step if step > 0 else math.inf
