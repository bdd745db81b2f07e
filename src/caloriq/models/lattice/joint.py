"""Numbers and parities of all sites together that H conserves, beyond those that have a name: excitations of spins and bosons, say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from caloriq._checks import Real
from caloriq.errors import Unsupported
from caloriq.spaces.additive import (
    Additive,
    Level,
    Number,
    Row,
    Vector,
    conserved,
    echelon,
    integers,
    moves,
    parities,
    reduced,
)
from caloriq.spaces.local import LocalSpace
from caloriq.spaces.strings import Part

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

MOST = 8  # numbers, and parities, that are told beside those with a name
DENOMINATOR = 1000  # of values that may be rational
SAME = 1e-12  # of a difference that is rounding, relative to the value
TWO = 2


def joint(model: Lattice, parts: Iterable[Part], names: Sequence[str]) -> tuple[Additive, ...]:
    """Numbers that all parts conserve, independent of those with names, then parities that are independent of both.

    Parameters
    ----------
    model : Lattice
        Of which sites.
    parts : iterable of Part
        Of H, or of everything that functions of time multiply.
    names : sequence of str
        Numbers that are known to be conserved.
    """
    try:
        rows = moves(model.spaces, parts)
    except Unsupported:  # a term that moves very many sites: nothing is claimed
        return ()
    unknowns = [(x, n) for x, d in enumerate(model.levels) for n in range(1, d)]
    pivots: dict[Level, Vector] = {}
    even: dict[int, int] = {}
    known = [steps for of in names if (steps := _steps(model, of)) and echelon(pivots, steps)]
    most = MOST + len(known)
    levels = conserved(rows, unknowns, most, beyond=len(known))
    found: list[Vector] = []
    ladders = _of_numbers(model, rows, most) if levels else []
    for one in (*ladders, *levels):  # first sums of numbers with names, then any values of any levels
        if len(found) < MOST and echelon(pivots, one):
            found.append(one)
    numbers = _told(model, found, names)
    for steps in (*known, *found, *(one for one in levels if not echelon(dict(pivots), one))):
        whole = integers(steps)
        reduced(even, sum(1 << k for k, level in enumerate(unknowns) if whole.get(level, 0) % TWO))
    bits = [one for one in parities(rows, unknowns, 2 * MOST) if reduced(even, one)][:MOST]
    odd = [{level for k, level in enumerate(unknowns) if one >> k & 1} for one in bits]
    return (*numbers, *(_parity(model, one, k) for k, one in enumerate(odd)))


def _steps(model: Lattice, of: str) -> Vector | None:
    """What every level of a number with a name has beyond the lowest, in some unit; None where these are not rational."""
    found: Vector = {}
    units = set()
    for x, space in enumerate(model.spaces):
        unit, steps = _rational(space).get(of, (1.0, {}))
        if steps is None:
            return None
        if steps:
            units.add(unit)
            found |= {(x, n): step for n, step in steps.items()}
    return found if len(units) <= 1 else None


@lru_cache(maxsize=64)
def _rational(space: LocalSpace) -> dict[str, tuple[float, dict[int, Number] | None]]:
    """The same of all numbers of a site, and the unit: 1, or where that makes them no rational numbers the least step."""
    found: dict[str, tuple[float, dict[int, Number] | None]] = {}
    for of, values in space.numbers.items():
        steps = np.asarray(values, dtype=float) - values[0]
        found[of] = 1.0, None
        for unit in (1.0, float(np.abs(steps)[steps != 0].min(initial=np.inf))):
            near = [_near(step) for step in (steps / unit).tolist()]
            if np.allclose(np.array(near, dtype=float) * unit, steps, rtol=SAME, atol=0):
                found[of] = unit, {n: step for n, step in enumerate(near) if step}
                break
    return found


def _near(value: float) -> Number:
    """The rational number that a value is close to."""
    found = Fraction(value).limit_denominator(DENOMINATOR)
    return found.numerator if found.denominator == 1 else found


def _of_numbers(model: Lattice, rows: Sequence[Row], most: int) -> list[Vector]:
    """Conserved sums of the numbers of the sites, every number of every site with a weight of its own."""
    own = [[steps for _, steps in _rational(space).values() if steps] for space in model.spaces]
    weighted = []
    for row in rows:
        sums: Vector = {}
        for (x, n), sign in row.items():
            for k, steps in enumerate(own[x]):
                sums[x, k] = sums.get((x, k), 0) + sign * steps.get(n, 0)
        weighted.append({level: c for level, c in sums.items() if c})
    weights = conserved(weighted, [(x, k) for x, every in enumerate(own) for k in range(len(every))], most)
    found = []
    for one in weights:
        vector: Vector = {}
        for (x, k), weight in one.items():
            for n, step in own[x][k].items():
                vector[x, n] = vector.get((x, n), 0) + weight * step
        found.append({level: c for level, c in vector.items() if c})
    return found


def _told(model: Lattice, found: Sequence[Vector], names: Sequence[str]) -> list[Additive]:
    """With names that no other has."""
    told: list[Additive] = []
    for k, steps in enumerate(found):
        one = _named(model, steps)
        if one is None or one.name in {*names, *(other.name for other in told)}:
            one = Additive(f"joint number {k + 1}", _raw(model, steps))
        told.append(one)
    return told


def _named(model: Lattice, steps: Vector) -> Additive | None:
    """By the names of what is added up, where each has one weight."""
    told: dict[str, Fraction] = {}
    levels: list[tuple[float, ...]] = []
    for x, space in enumerate(model.spaces):
        own = [float(steps.get((x, n), 0)) for n in range(space.levels)]
        name, weight = _multiple(space.numbers.items(), own)
        if name is None or told.setdefault(name, weight) != weight:
            return None
        levels.append(tuple((float(weight) * np.asarray(space.numbers[name])).tolist()))
    return Additive(" + ".join(f"{weight} {of}" if weight != 1 else of for of, weight in told.items()), tuple(levels))


def _multiple(numbers: Iterable[tuple[str, Real]], own: Sequence[float]) -> tuple[str | None, Fraction]:
    """Which of a site's numbers it is, and how many times, a rational number; a weight above 0."""
    for name, values in numbers:
        q = np.asarray(values) - values[0]
        weight = Fraction(own[-1] / q[-1]).limit_denominator(DENOMINATOR) if q[-1] else Fraction(0)
        if weight > 0 and np.allclose(float(weight) * q, own, rtol=SAME, atol=0):
            return name, weight
    return None, Fraction(0)


def _parity(model: Lattice, odd: set[Level], k: int) -> Additive:
    """By the names of what is counted where every site counts its own; else by its place."""
    levels = _raw(model, dict.fromkeys(odd, 1))
    names = []
    for space, own in zip(model.spaces, levels, strict=True):
        alternating = [float(n % TWO) for n in range(space.levels)]
        name = next((of for of, q in space.numbers.items() if np.array_equal((q - q[0]) % TWO, alternating)), None)
        if name is None or list(own) != alternating:
            return Additive(f"joint parity {k + 1}", levels, TWO)
        names.append(name)
    return Additive(f"parity of {' + '.join(dict.fromkeys(names))}", levels, TWO)


def _raw(model: Lattice, steps: Vector) -> tuple[tuple[float, ...], ...]:
    """Value of every level, 0 of the lowest."""
    return tuple(tuple(float(steps.get((x, n), 0)) for n in range(d)) for x, d in enumerate(model.levels))
