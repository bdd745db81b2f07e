"""Translation-invariant chains without ends: one cell, the terms of H that begin in it, and sums of one density over all cells.

A sum Σ_n T^n a over all cells is told by its density a, whose strings begin in cell 0 (`anchored`); then the extensive inner
product ⟨⟨A, B⟩⟩ = Σ_n ⟨a T^n b⟩ of sums without a part ∝ 1, at infinite temperature, is the overlap of the two densities.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, final

from caloriq import _checks
from caloriq.errors import InvalidInput
from caloriq.results import ByContent
from caloriq.spaces.local import LocalSpace
from caloriq.spaces.strings import String, Strings

HERMITIAN = 1e-13  # imaginary part of a coefficient that is rounding, relative to the largest


@final
@dataclass(frozen=True, eq=False)
class InfiniteChain(ByContent):
    """A chain without ends that looks the same from every cell.

    Parameters
    ----------
    cell : sequence of LocalSpace
        Sites of a cell, c ≥ 1: site x of the chain is site x mod c of cell x // c.
    terms : mapping of string to float
        The terms of H that begin in cell 0, on sites 0, 1, 2, ...; translations by c sites give all others. Strings are
        hermitian, so their coefficients are real. A constant says nothing and is left out.
    legs : int
        Sites side by side, at one place along the chain: 1 for a chain, the legs of a ladder. Site x is at place x // legs.
    energy : sequence of mapping of string to float, optional
        Energy at every place of cell 0, whose sum over all places is H; its strings may have sites below 0. By default of every
        string the same share for each of its sites.

    Raises
    ------
    InvalidInput
        For a cell without sites, sites or letters that there are not, coefficients that are not real, no term at all, or legs that
        do not divide the sites of a cell.
    """

    cell: tuple[LocalSpace, ...]
    terms: Mapping[String, float]
    legs: int = 1
    energy: tuple[Mapping[String, float], ...] | None = None

    kind: ClassVar[str] = "infinite-chain"

    def __post_init__(self) -> None:
        cell = tuple(self.cell)
        if not cell:
            raise InvalidInput("`cell` must hold a site, but it does not (got no site)")
        for space in cell:
            _checks.instance("cell", space, LocalSpace)
        if _checks.whole("legs", self.legs, 1) and len(cell) % self.legs:
            raise InvalidInput(f"`legs` must divide the {len(cell)} sites of a cell, but they do not (got {self.legs})")
        given = dict(self.terms)
        for string, c in given.items():
            _check(string, c, cell)
        terms = anchored(given, len(cell))
        largest = max(map(abs, terms.values()), default=0.0)
        for string, f in terms.items():
            if abs(f.imag) > HERMITIAN * largest:
                raise InvalidInput(
                    f"`terms` must have real coefficients, but {string} does not (got {f}); add (H + H†)/2"
                )
        real = {string: f.real for string, f in sorted(terms.items()) if f != 0}
        if not real:
            raise InvalidInput(f"`terms` must hold a term of H, but none acts on a site (got {len(given)} terms)")
        object.__setattr__(self, "cell", cell)
        object.__setattr__(self, "terms", MappingProxyType(real))

    def __reduce__(self) -> tuple[Any, ...]:
        energy = None if self.energy is None else tuple(map(dict, self.energy))
        return InfiniteChain, (self.cell, dict(self.terms), self.legs, energy)  # a view of a mapping has no pickle

    @cached_property
    def reach(self) -> int:
        """Cells that the widest term covers, 1 where no two cells are coupled."""
        return 1 + max(string[-1][0] for string in self.terms) // len(self.cell)

    @property
    def places(self) -> int:
        """Places along the chain in one cell: how long it is, in sites of a leg."""
        return len(self.cell) // self.legs

    def energy_at(self, place: int) -> dict[String, float]:
        """Strings of the energy at one place."""
        cell, within = divmod(place, self.places)
        shift = cell * len(self.cell)
        if self.energy is not None:
            return {tuple((x + shift, a) for x, a in s): f for s, f in self.energy[within].items()}
        found: defaultdict[String, float] = defaultdict(float)
        for string, f in self.terms.items():
            for site, _ in string:
                n, rest = divmod(place - site // self.legs, self.places)
                if not rest:
                    found[tuple((x + n * len(self.cell), a) for x, a in string)] += f / len(string)
        return dict(found)

    @property
    def hamiltonian(self) -> Strings:
        """Density of H: its terms that begin in cell 0."""
        return self.density(self.terms)

    def window(self, cells: int) -> tuple[LocalSpace, ...]:
        """Sites of some cells in a row."""
        return self.cell * cells

    def density(self, terms: Mapping[String, complex]) -> Strings:
        """Sum over all cells with these terms, told by its density: moved by cells to begin in cell 0, those ∝ 1 left out."""
        found = anchored(terms, len(self.cell))
        last = max((string[-1][0] for string in found), default=0)
        return Strings(self.window(1 + last // len(self.cell)), found)

    def covers(self, density: Strings) -> int:
        """Cells up to the last one that a density acts on."""
        return 1 + max(density.sites, default=0) // len(self.cell)

    def on_ring(self, density: Strings, cells: int) -> Strings:
        """Sum of a density over a ring of some cells, which must be more than it covers."""
        L, c = cells * len(self.cell), len(self.cell)
        total: defaultdict[String, complex] = defaultdict(complex)
        for string, f in density.terms.items():
            for n in range(cells):
                total[tuple(sorted(((x + n * c) % L, a) for x, a in string))] += f
        return Strings(self.window(cells), total)

    def whole_mapping(self) -> dict[str, Any]:
        """Plain mapping of names to numbers and texts, for a dataset's attributes."""
        words = Strings(self.window(self.reach)).words
        return {
            "kind": self.kind,
            "cell": [space.name for space in self.cell],
            "terms": {words(string): c for string, c in self.terms.items()},
        } | ({"legs": self.legs} if self.legs > 1 else {})


def anchored(terms: Mapping[String, complex], sites: int) -> dict[String, complex]:
    """Strings moved by cells of some sites so that each begins in cell 0, alike ones added up, the identity left out."""
    total: defaultdict[String, complex] = defaultdict(complex)
    for string, c in terms.items():
        if string:
            shift = string[0][0] // sites * sites
            total[tuple((x - shift, a) for x, a in string) if shift else string] += complex(c)
    return dict(total)


def _check(string: Any, coefficient: Any, cell: tuple[LocalSpace, ...]) -> None:
    """A string of letters that there are, on ascending sites, and a finite coefficient."""
    try:
        sites = [int(x) for x, _ in string]
        known = all(x == y and 0 < a < cell[y % len(cell)].levels ** 2 for (x, a), y in zip(string, sites, strict=True))
    except (TypeError, ValueError):
        sites, known = [], False
    if not known or sites != sorted(set(sites)):
        raise InvalidInput(
            f"`terms` must have strings ((site, letter), ...) with ascending sites and letters of the cell as keys, but one is not (got {_checks.shown(string)})"
        )
    _checks.numbers("terms", [coefficient], complex)
