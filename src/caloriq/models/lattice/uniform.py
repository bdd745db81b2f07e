"""The chain without ends that a lattice is a piece of: the terms of one cell."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from caloriq.errors import Unsupported
from caloriq.models.lattice.densities import energies
from caloriq.models.lattice.geometry import Chain, Ladder
from caloriq.models.lattice.terms import Placed
from caloriq.models.lattice.values import Random
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import String

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

SAME = 1e-12  # of a difference that is rounding, relative to the coefficients
Starts = list[dict[String, float]]  # strings from their first site on, by that site


def infinite_chain(model: Lattice) -> InfiniteChain:
    """Cell and terms of the chain without ends that looks like a ring, or like the inner part of an open lattice.

    At each end of an open one as many sites as a term covers are left aside, and at least one cell of sites: they lack terms, and may
    have fields of their own. All others must repeat, in at least three cells.

    Raises
    ------
    Unsupported
        If the lattice is no chain or ladder, too short to have an inner part, or not the same from cell to cell.
    """
    if not isinstance(model.geometry, Chain | Ladder):
        raise Unsupported(
            f"`model` must be a chain or a ladder to have a chain without ends, but it is not (got a {model.geometry.kind} lattice)"
        )
    smallest, legs, N = _smallest(model), _legs(model), model.size
    starts, reach, signs = _by_start(model)
    ring = bool(model.geometry.periodic) and not signs
    if ring:
        first, last, most = 0, N, N // 3
        room = 2 * reach < N and 3 * smallest <= N  # otherwise a term has two ways around the ring
    else:
        edge = max(reach, smallest)
        first, last = smallest * -(-edge // smallest), N - reach - edge  # inner strings begin at sites first..last - 1
        most = (last - first) // 3
        room = most >= smallest
    for cell in range(smallest, most + 1, smallest) if room else ():
        if ring and N % cell:
            continue
        here = range(first, last if ring else last - cell)
        if all(_alike(starts[x], starts[(x + cell) % N]) for x in here):
            terms = {
                tuple((site + x - first, a) for site, a in string): c
                for x in range(first, first + cell)
                for string, c in starts[x].items()
            }
            chain = InfiniteChain(model.spaces[:cell], terms, legs)
            inner = min(-(-reach // cell), (last - first) // cell - 1)  # cells before one that no other term reaches
            return _with_energy(chain, model, first + inner * cell)
    told = f"{_varying(model)} is not the same from cell to cell" if room else "it is too short to have an inner part"
    raise Unsupported(
        f"`model` must look the same from every cell, at least three of them, but {told} (got {N} sites); values must repeat along the chain, and `sites` be some times the range of the terms"
    )


def check_repeating(rings: Sequence[Lattice]) -> None:
    """Refuse rings of one model that are not pieces of one infinite lattice: only then their sizes can be compared.

    A cell fits in all of them, moves every place of a term onto one with the same value, and is at most half of the largest.

    Raises
    ------
    Unsupported
        By the first term that is random, or that does not repeat.
    """
    largest = max(rings, key=lambda one: one.size)
    for number, (term, placed) in enumerate(zip(largest.terms, largest.placed, strict=True)):
        if isinstance(term.value, Random) and np.any(placed.values != placed.values[:1]):
            raise _not_repeating(number, placed, "is random")
    smallest = _smallest(largest)
    common = math.gcd(*(one.size for one in rings))
    cells = [cell for cell in range(smallest, largest.size // 2 + 1, smallest) if common % cell == 0]
    moved = [
        [all(_moves(one.placed[n], one.size, cell) for one in rings) for cell in cells]
        for n in range(len(largest.placed))
    ]
    if not any(map(all, zip(*moved, strict=True))):
        worst = min(range(len(moved)), key=lambda n: sum(moved[n]))  # that the fewest cells suit
        sizes = ", ".join(str(one.size) for one in rings)
        raise _not_repeating(worst, largest.placed[worst], f"does not repeat along rings of {sizes} sites")


def _legs(model: Lattice) -> int:
    return model.geometry.legs if isinstance(model.geometry, Ladder) else 1


def _smallest(model: Lattice) -> int:
    """Sites of the smallest cell that kinds of sites and legs allow."""
    return math.lcm(len(model.local) if isinstance(model.local, tuple) else 1, _legs(model))


def _not_repeating(number: int, placed: Placed, why: str) -> Unsupported:
    few = ", ".join(f"{value:.4g}" for value in placed.values[:4])
    return Unsupported(
        f"`model` must be the same from cell to cell for a diffusivity of rings, but term {number}, {placed.label!r}, {why} (got values {few}{', ...' if len(placed.values) > 4 else ''}); values must repeat along the chain, and `sizes` be multiples of their period"
    )


def _moves(placed: Placed, sites: int, cell: int) -> bool:
    """Whether every place of a term, moved by a cell around the ring, is one of its places with the same value."""
    here, there = (defaultdict(list) for _ in range(2))
    for row, value in zip(placed.sites.tolist(), placed.values.tolist(), strict=True):
        here[tuple(sorted(row))].append(value)
        there[tuple(sorted((site + cell) % sites for site in row))].append(value)
    room = SAME * float(np.abs(placed.values).max(initial=0.0))
    return here.keys() == there.keys() and all(
        len(values) == len(there[place]) and np.allclose(np.sort(values), np.sort(there[place]), rtol=0, atol=room)
        for place, values in here.items()
    )


def _with_energy(chain: InfiniteChain, model: Lattice, begin: int) -> InfiniteChain:
    """The chain with the energies that the sites of one cell have in the lattice, which begins there."""
    N, own = model.size, energies(model)
    half = N // 2 if getattr(model.geometry, "periodic", False) else N
    found = []
    for place in range(chain.places):
        total: defaultdict[String, float] = defaultdict(float)
        for leg in range(chain.legs):
            x = place * chain.legs + leg
            for string, c in own[begin + x].terms.items():
                moved = ((site - begin - x + half) % N - half + x if half < N else site - begin for site, _ in string)
                total[tuple(sorted(zip(moved, (a for _, a in string), strict=True)))] += complex(c).real
        total.pop((), None)
        found.append(dict(total))
    if all(_alike(one, chain.energy_at(place)) for place, one in enumerate(found)):
        return chain
    return InfiniteChain(chain.cell, chain.terms, chain.legs, tuple(found))


def _varying(model: Lattice) -> str:
    """The first term whose values differ within the lattice, in words; "it" where the places do."""
    for number, placed in enumerate(model.placed):
        inner = placed.values[1:-1]
        if inner.size and np.ptp(np.abs(inner)) > SAME * np.abs(inner).max():
            return f"term {number}, {placed.label!r},"
    return "it"


def _by_start(model: Lattice) -> tuple[Starts, int, bool]:
    """Strings of H from their first site on, by that site; the last site that one reaches; and whether signs of fermions run around.

    On a ring a string begins after its widest gap. Fermions that hop from the last site to the first have a sign for every site
    between: such strings are left out, and with them the ring is as good as an open lattice.
    """
    N, reach, signs = model.size, 0, False
    ring = bool(getattr(model.geometry, "periodic", False))
    fermions = ring and any(space.fermion_sign is not None for space in model.spaces)
    found: Starts = [{} for _ in range(N)]
    for string, c in model.strings.terms.items():
        if not string:
            continue
        sites = [site for site, _ in string]
        x = sites[0]
        if ring:
            gaps = [(b - a) % N or N for a, b in zip(sites, [*sites[1:], sites[0]], strict=True)]
            x = sites[(gaps.index(max(gaps)) + 1) % len(sites)]
        moved = tuple(sorted(((site - x) % N, a) for site, a in string))
        if fermions and 2 * moved[-1][0] >= N:
            signs = True
            continue
        found[x][moved] = float(complex(c).real)
        reach = max(reach, moved[-1][0])
    return found, reach, signs


def _alike(one: Mapping[String, float], other: Mapping[String, float]) -> bool:
    """Equal but for rounding."""
    return one.keys() == other.keys() and all(
        abs(c - other[string]) <= SAME * (abs(c) + abs(other[string])) for string, c in one.items()
    )
