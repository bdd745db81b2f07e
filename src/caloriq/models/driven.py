"""What every driven model shares: sites with frequencies, and baths on some of them."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from pydantic import PlainSerializer, WithJsonSchema, field_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.documents import within
from caloriq.errors import InvalidInput
from caloriq.models.baths import Bath, Rates, check_told_apart, names_of, places_of
from caloriq.models.definition import Definition
from caloriq.models.fields import Several
from caloriq.results import frozen

LISTED = 64  # matrices of more rows are named by their hash


def listed(value: Any) -> Any:
    """Numbers and lists for a file; complex or large matrices by shape and hash."""
    if not isinstance(value, np.ndarray):
        return value
    if np.iscomplexobj(value) or (value.ndim == 2 and value.shape[0] > LISTED):
        return {
            "shape": list(value.shape),
            "sha256": hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest(),
        }
    return value.tolist()


NUMBERS = {"type": "array", "items": {"type": "number"}}
Values = Annotated[
    Any,
    PlainSerializer(listed, when_used="json-unless-none"),
    WithJsonSchema({"anyOf": [{"type": "number"}, NUMBERS]}),
]


class Driven(Definition):
    """Sites with level splittings and baths."""

    sites: Several
    frequency: Values = 1.0
    baths: tuple[Bath, ...] = ()

    @field_validator("baths", mode="before")
    @classmethod
    def _bath_list(cls, value: Any) -> Any:
        if isinstance(value, Bath):
            return (value,)
        if not isinstance(value, list | tuple):
            raise InvalidInput(f"`baths` must be a list of baths, but it is not (got {_checks.shown(value)})")
        return tuple(value)

    def check_baths(self) -> None:
        """Refuse baths on missing sites, without a mode at their frequency, or not told apart."""
        names = self.bath_names
        for number, (bath, site) in enumerate(zip(self.baths, self.bath_sites, strict=True)):
            with within("baths", number):
                bath.rates(float(self.frequency if np.ndim(self.frequency) == 0 else self.frequency[site]))
            check_told_apart(names, number)

    @cached_property
    def frequencies(self) -> Real:
        """ω_k, shape (N,)."""
        return frozen(np.broadcast_to(np.asarray(self.frequency, dtype=float), (self.sites,)).copy())

    @cached_property
    def bath_sites(self) -> tuple[int, ...]:
        """Site of every bath, from 0."""
        return places_of(self.baths, self.sites)

    @cached_property
    def bath_rates(self) -> tuple[Rates, ...]:
        """Gain and loss of every bath."""
        return tuple(
            bath.rates(float(self.frequencies[site])) for bath, site in zip(self.baths, self.bath_sites, strict=True)
        )

    @property
    def bath_names(self) -> tuple[str, ...]:
        """Name of every bath: its own, or "site k"."""
        return names_of(self.baths, self.bath_sites)

    @cached_property
    def gains(self) -> Real:
        """Sum of the gains on each site, shape (N,)."""
        return frozen(self._per_site([r.gain for r in self.bath_rates]))

    @cached_property
    def losses(self) -> Real:
        """Sum of the losses on each site, shape (N,)."""
        return frozen(self._per_site([r.loss for r in self.bath_rates]))

    def _per_site(self, values: list[float]) -> Real:
        total = np.zeros(self.sites)
        np.add.at(total, list(self.bath_sites), values)
        return total


def sites_of(data: Any, name: str = "sites") -> int | None:
    """Number of sites among unchecked fields, in any form that passes for a whole number; None if there is none."""
    value = data.get(name) if isinstance(data, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float | str | np.integer | np.floating):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return int(number) if number.is_integer() and number >= 2 else None


def per_site(name: str, value: Any, length: int, of: str) -> Any:
    """One number, or as many as there are sites or bonds."""
    if value is None or isinstance(value, bool | np.bool_ | str):
        raise InvalidInput(
            f"`{name}` must be a number or a list of numbers, but it is not (got {_checks.shown(value)})"
        )
    array = _checks.numbers(name, value)
    if array.ndim == 0:
        return float(array)
    if array.shape != (length,):
        raise InvalidInput(
            f"`{name}` must be one number or a list of {length}, one for each of the {of}, but it is not (got shape {array.shape})"
        )
    return frozen(array.copy())
