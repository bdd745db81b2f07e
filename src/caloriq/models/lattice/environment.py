"""What a lattice is open to: baths, dephasing and jump operators, each as Lindblad operators with a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from caloriq.documents import within
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.baths import Bath, check_told_apart
from caloriq.models.coupled_bath import CoupledBath
from caloriq.models.lattice.coupled import coupled_baths, name_of, operator_of, sites_of
from caloriq.models.lattice.terms import Placed, checked_rates
from caloriq.spaces.local import LocalSpace
from caloriq.spaces.strings import Strings, total

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

RAISING = {"S+": "S-", "c+": "c-", "b+": "b-"}  # what a bath brings in, and takes out
DEPHASING = "dephasing"


@dataclass(frozen=True, eq=False)
class Environment:
    """One of the things that a lattice is open to.

    Attributes
    ----------
    name : str
        Of the bath or jump; "dephasing".
    jumps : tuple of Strings
        Lindblad operators, the root of their rate in them.
    temperature : float or None
        Of a bath that has one.
    mixes : bool
        Whether it is the dephasing, which makes everything alike as an infinite temperature does; a name tells nothing.
    """

    name: str
    jumps: tuple[Strings, ...]
    temperature: float | None = None
    mixes: bool = False


def environments(model: Lattice) -> tuple[Environment, ...]:
    """Baths by their rates in their order, then dephasing, then jump operators; those coupled by an operator are looked at."""
    found = [*_baths(model), *_dephasing(model), *_jumps(model)]
    names = [*(name_of(bath, model.size) for bath in coupled_baths(model)), *(one.name for one in found)]
    for number in range(len(names)):
        check_told_apart(names, number)
    return tuple(found)


def raising(space: LocalSpace, site: int) -> str:
    """The word for what brings a bath's excitation to a site."""
    word = next((word for word in RAISING if word in space.operators), None)
    if word is None or len(space.numbers) != 1:  # of a fermion with spin S+ would be another thing
        raise InvalidInput(
            f"`site` must be one that a bath fills and empties, a spin, a fermion or a boson, but it is not (got a {space.name} on site {site}); give jump operators"
        )
    return word


def frequency(model: Lattice, site: int) -> float:
    """Energy that one more excitation on a site costs by the constant terms of that site alone.

    Raises
    ------
    Unsupported
        If the terms of the site alone do not have its levels as their own, or not equally spaced.
    """
    own = total(model.spaces, [part for one in model.placed if one.drive is None for part in _own(model, one, site)])
    h = own.matrix([site])
    steps = np.diff(np.diag(h).real)
    scale = float(np.abs(h).max(initial=0.0))
    if np.any(np.abs(h - np.diag(np.diag(h))) > 1e-12 * scale) or np.ptp(steps) > 1e-12 * scale:
        raise Unsupported(
            f"`temperature` must belong to a site with equally spaced levels of its own, but the terms of site {site} mix them or space them unequally (got {own.strongest()}); give gain and loss"
        )
    return float(steps[0])


def _own(model: Lattice, placed: Placed, site: int) -> list[Strings]:
    """What a term is on one site alone."""
    mine = np.all(placed.sites == site, axis=1)
    return model.operators(placed._replace(sites=placed.sites[mine], values=placed.values[mine]))


def _baths(model: Lattice) -> list[Environment]:
    found = []
    for number, bath in enumerate(model.baths):
        with within("baths", number):
            if isinstance(bath, CoupledBath):
                operator_of(model, bath)
            else:
                found.append(_bath(model, bath, sites_of(bath, model.size)[0], name_of(bath, model.size)))
    return found


def _bath(model: Lattice, bath: Bath, site: int, name: str) -> Environment:
    up = raising(model.spaces[site], site)
    spacing = 1.0 if bath.temperature is None else frequency(model, site)
    if spacing <= 0:
        raise InvalidInput(
            f"`temperature` must belong to a site whose own terms space its levels by more than 0, but those of site {site} do not (got {spacing:g}); add a field, such as Term('Z', 0.5), or give the bath by gain and loss"
        )
    rates = bath.rates(spacing)
    jumps = [
        float(np.sqrt(rate)) * _alone(model, word, site)
        for word, rate in ((up, rates.gain), (RAISING[up], rates.loss))
        if rate > 0
    ]
    return Environment(name, tuple(jumps), bath.temperature)


def _alone(model: Lattice, word: str, site: int) -> Strings:
    """One operator of a site; what is odd in fermions with the signs of the sites before it."""
    matrix, odd = model.spaces[site].word(word)
    one = Strings.of(model.spaces, [site], [matrix])
    return model.signs(0, site) @ one if odd else one


def _dephasing(model: Lattice) -> list[Environment]:
    rates = model.dephasing_rates
    jumps = []
    for site in np.flatnonzero(rates).tolist():
        space = model.spaces[site]
        word = next((w for w in ("n", "Sz") if w in space.operators), None)
        if word is None:
            raise InvalidInput(
                f"`dephasing` must be of sites with n or Sz, but site {site} has neither (got a {space.name} site); give jump operators"
            )
        jumps.append(float(np.sqrt(rates[site])) * _alone(model, word, site))
    return [Environment(DEPHASING, tuple(jumps), mixes=True)] if jumps else []


def _jumps(model: Lattice) -> list[Environment]:
    found = []
    for number, jump in enumerate(model.jumps):
        with within("jumps", number):
            placed = model.place(jump, "rate", len(model.terms) + number, conjugate=False)
            rates = checked_rates(placed.values, jump.operator, "rate")
            parts = _operators(model, placed.words, placed.sites.tolist())
            name = jump.name or f"{jump.operator} jumps {number}"
            jumps = tuple(float(np.sqrt(r)) * p for r, p in zip(rates.tolist(), parts, strict=True) if r)
            found.append(Environment(name, jumps))
    return found


def _operators(model: Lattice, words: tuple[str, ...], rows: list[list[int]]) -> list[Strings]:
    """Jump operators may be odd in fermions."""
    found = []
    for row in rows:
        one = Strings(model.spaces, {(): 1.0})
        for word, site in zip(words, row, strict=True):
            one = one @ _alone(model, word, site)
        found.append(one)
    return found
