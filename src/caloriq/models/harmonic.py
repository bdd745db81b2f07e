"""Chains of harmonic oscillators between Ohmic heat baths: the crystal in which Fourier's law fails, and the one that mends it.

Sources: Z. Rieder, J. L. Lebowitz, E. Lieb, J. Math. Phys. 8, 1073 (1967), doi:10.1063/1.1705319 (RLL); F. Bonetto,
J. L. Lebowitz, J. Lukkarinen, J. Stat. Phys. 116, 783 (2004), doi:10.1023/B:JOSS.0000037232.14365.10 (BLL); A. Dhar,
D. Roy, J. Stat. Phys. 125, 801 (2006), doi:10.1007/s10955-006-9235-3 (DR).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import field_validator, model_validator

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.baths import NotNegative, names_of, places_of
from caloriq.models.definition import Definition
from caloriq.models.driven import Values, per_site, sites_of
from caloriq.models.fields import Count, Index, Positive
from caloriq.results import frozen

PER_SITE = {"mass": 1.0, "pinning": 0.0}  # fields of one number or one for each site, and their defaults


class OhmicBath(Definition):
    """A Langevin bath on one site: the force -γ v and a noise of temperature T (DR).

    Parameters
    ----------
    site : int
        Site from 0; negative counts from the end.
    temperature : float
        T ≥ 0, in units of energy (k_B = 1).
    friction : float
        γ > 0, force per velocity. RLL and BLL write λ for γ/m.
    name : str, optional
        What the bath is called in results; otherwise "site k".
    """

    site: Index
    temperature: NotNegative
    friction: Positive
    name: str | None = None


class HarmonicChain(Definition):
    """H = Σ p²/2m + ½k Σ(x_i - x_{i+1})² + ½k₀ Σ x_i² + ½k_w(x_1² + x_N²), with baths; ħ = k_B = 1.

    Parameters
    ----------
    sites : int
        N, at least 1.
    spring : float or sequence of N - 1
        k > 0 of every bond.
    mass : float or sequence of N
        m > 0. Default 1.
    pinning : float or sequence of N
        k₀ ≥ 0, which holds every site in its place. Default 0.
    wall : float
        k_w ≥ 0 between each end and a wall; 0, the default, leaves the ends free, k fixes them as RLL do.
    baths : sequence of OhmicBath
        Baths of given temperature, at most one on a site, one of them on an end.
    inner_friction : float
        γ ≥ 0 of a bath on every site without one of its own, whose temperature is such that on average it takes no
        heat (self-consistent: Bolsterli, Rich, Visscher, Phys. Rev. A 1, 1086 (1970), doi:10.1103/PhysRevA.1.1086;
        BLL). 0, the default: none.
    noise : {"quantum", "classical"}
        Noise of the baths: ω coth(ω/2T), or its limit of high temperature, 2T.
    """

    kind: Literal["harmonic-chain"] = "harmonic-chain"
    sites: Count
    spring: Values = 1.0
    mass: Values = 1.0
    pinning: Values = 0.0
    wall: NotNegative = 0.0
    baths: tuple[OhmicBath, ...] = ()
    inner_friction: NotNegative = 0.0
    noise: Literal["quantum", "classical"] = "quantum"

    array_files: ClassVar[tuple[str, ...]] = ("spring", "mass", "pinning")

    @field_validator("baths", mode="before")
    @classmethod
    def _bath_list(cls, value: Any) -> Any:
        if isinstance(value, OhmicBath):
            return (value,)
        if not isinstance(value, list | tuple):
            raise InvalidInput(f"`baths` must be a list of baths, but it is not (got {_checks.shown(value)})")
        return tuple(value)

    @model_validator(mode="before")
    @classmethod
    def _arrays(cls, data: Any) -> Any:
        N = 1 if isinstance(data, dict) and data.get("sites") == 1 else sites_of(data)
        if N is None:
            return data
        out = dict(data)
        out["spring"] = per_site("spring", out.get("spring", 1.0), N - 1, "bonds")
        for name, usual in PER_SITE.items():
            out[name] = per_site(name, out.get(name, usual), N, "sites")
        for name, least in (("spring", "greater than 0"), ("mass", "greater than 0"), ("pinning", "at least 0")):
            lowest = float(np.min(out[name], initial=np.inf))
            if lowest < 0 or (lowest == 0 and name != "pinning"):
                raise InvalidInput(f"`{name}` must be {least}, but it is not (got {lowest:g})")
        return out

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        sites = self.bath_sites
        for number, site in enumerate(sites):
            if site in sites[:number]:
                raise InvalidInput(
                    f"`baths` must be on different sites, but two are on one (got site {site} twice); add their frictions"
                )
        if sites and not set(sites) & {0, self.sites - 1}:
            raise InvalidInput(
                f"`baths` must include one on an end of the chain, which every mode of it moves, but they do not (got sites {', '.join(map(str, sites))})"
            )
        return self

    @cached_property
    def bath_sites(self) -> tuple[int, ...]:
        """Site of every bath, from 0."""
        return places_of(self.baths, self.sites)

    @property
    def bath_names(self) -> tuple[str, ...]:
        """Name of every bath: its own, or "site k"."""
        return names_of(self.baths, self.bath_sites)

    @cached_property
    def springs(self) -> Real:
        """k, shape (N-1,)."""
        return self._whole(self.spring, self.sites - 1)

    @cached_property
    def masses(self) -> Real:
        """m, shape (N,)."""
        return self._whole(self.mass, self.sites)

    @cached_property
    def pinnings(self) -> Real:
        """k₀ of every site, walls included, shape (N,)."""
        found = np.array(self._whole(self.pinning, self.sites))
        found[0] += self.wall
        found[-1] += self.wall
        return frozen(found)

    @cached_property
    def stiffness(self) -> Real:
        """Diagonal of the force matrix Φ, whose entries beside it are -k; shape (N,)."""
        found = np.array(self.pinnings)
        found[:-1] += self.springs
        found[1:] += self.springs
        return frozen(found)

    @property
    def held(self) -> bool:
        """Whether something holds the chain in its place; otherwise its positions have no steady variance."""
        return bool(np.any(self.pinnings > 0))

    @cached_property
    def frictions(self) -> Real:
        """γ of the bath on every site, shape (N,)."""
        found = np.full(self.sites, self.inner_friction)
        found[list(self.bath_sites)] = [bath.friction for bath in self.baths]
        return frozen(found)

    @cached_property
    def inner(self) -> Real:
        """Whether a site has a self-consistent bath, shape (N,), 0 or 1."""
        found = np.full(self.sites, float(self.inner_friction > 0))
        found[list(self.bath_sites)] = 0.0
        return frozen(found)

    @property
    def uniform(self) -> bool:
        """Whether springs, masses and pinning are the same everywhere, walls aside."""
        return all(np.unique(self._whole(one, self.sites)).size == 1 for one in (self.spring, self.mass, self.pinning))

    def resized(self, sites: int) -> HarmonicChain:
        """The same chain of another length.

        Raises
        ------
        InvalidInput
            If it has values by site or bond, or a bath that does not count from an end.
        """
        for name in self.array_files:
            if np.ndim(getattr(self, name)) > 0:
                raise InvalidInput(
                    f"`{name}` must be one number where the length varies, but it is a list (got {len(getattr(self, name))} values)"
                )
        far = [bath.site for bath in self.baths if bath.site not in (0, -1)]
        if far:
            raise InvalidInput(
                f"`baths.site` must be an end where the length varies, but it is not (got site {far[0]}); use 0, or -1 for the last"
            )
        return self.model_copy(update={"sites": sites})

    @staticmethod
    def _whole(value: Any, length: int) -> Real:
        if np.ndim(value) > 0:
            return frozen(np.array(value, dtype=float))
        return frozen(np.full(length, float(value)))
