"""Conserved sums over sites that nobody named: every term moves some levels, and what no move changes is conserved.

A number with the value q_x(n) in level n of site x is conserved if Σ_x (q_x(n_x') - q_x(n_x)) = 0 for every element of H between
product states, a parity if all these sums are even. Both are null spaces of the same rows of small integers, the one over the
rationals, the other over two elements; they are found exactly, without rounding.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from caloriq.errors import Unsupported
from caloriq.spaces.local import LocalSpace
from caloriq.spaces.strings import ROUNDING, Part, Strings

TWO = 2  # levels
LARGEST = 2**11  # states of the sites that one term moves: a dense matrix of them is looked through
Level = tuple[int, int]  # site and level; the lowest level of a site counts 0
Number = int | Fraction  # whole numbers are kept as such, which are ten times faster
Row = Mapping[Level, Number]  # what a move changes: +1 where it leads to, -1 where it comes from
Vector = dict[Level, Number]


class Additive(NamedTuple):
    """A number that is a sum over the sites, or its remainder."""

    name: str
    levels: tuple[tuple[float, ...], ...]  # value of every level of every site
    modulus: int = 0  # 2: of the sum it matters only whether it is even; 0: the sum itself


def moves(spaces: Sequence[LocalSpace], parts: Iterable[Part]) -> list[Row]:
    """All moves of levels that parts of operators make, each once.

    Raises
    ------
    Unsupported
        If one term moves sites with more than 2048 states together.
    """
    found: dict[tuple[tuple[Level, Number], ...], Row] = {}
    known: dict[object, list[tuple[tuple[int, int, int], ...]]] = {}
    for part in parts:
        sites = part.sites
        if part.form not in known:
            known[part.form] = _of_part([spaces[x] for x in sites], part.letters)
        for step in known[part.form]:
            key = tuple([((sites[place], n), c) for place, n, c in step])
            found[key] = dict(key)
    return list(found.values())


def changed(operator: Strings, number: Additive) -> float:
    """Largest step by which an operator changes a number or parity, 0 where it keeps it.

    Raises
    ------
    Unsupported
        If one term moves sites with more than 2048 states together.
    """
    largest = 0.0
    for row in moves(operator.spaces, operator.parts()):
        step = sum(float(c) * (number.levels[x][n] - number.levels[x][0]) for (x, n), c in row.items())
        if number.modulus:
            step -= number.modulus * round(step / number.modulus)
        largest = max(largest, abs(step))
    return largest


def _of_part(
    spaces: Sequence[LocalSpace], part: Iterable[tuple[tuple[int, ...], complex]]
) -> list[tuple[tuple[int, int, int], ...]]:
    """Moves of strings on the same sites: by place and level what they change, the first of it upwards.

    Strings that move the same of the sites are taken together by what is diagonal beside: products of traceless diagonal operators are
    independent functions of the levels, so that what they multiply does not cancel.
    """
    groups: dict[tuple[tuple[int, ...], tuple[int, ...]], dict[tuple[int, ...], complex]] = {}
    for letters, c in part:
        moved = tuple(k for k, a in enumerate(letters) if not spaces[k].is_diagonal(a))
        beside = tuple(0 if k in moved else a for k, a in enumerate(letters))
        if moved:
            groups.setdefault((moved, beside), {})[tuple(letters[k] for k in moved)] = complex(c)
    found: dict[tuple[tuple[int, int, int], ...], None] = {}
    for (moved, _), parts in groups.items():
        for step in _independent(_steps([spaces[k] for k in moved], parts)):
            row = sorted((moved[place], n, int(c)) for (place, n), c in step.items())
            sign = 1 if row[0][2] > 0 else -1
            found[tuple((place, n, sign * c) for place, n, c in row)] = None
    return list(found)


def _independent(steps: Iterable[Row]) -> list[Row]:
    """Of the moves of one term those that say something new, of sums or of parities."""
    pivots: dict[Level, Vector] = {}
    even: dict[int, int] = {}
    place: dict[Level, int] = {}
    found = []
    for step in steps:
        bits = sum(1 << place.setdefault(level, len(place)) for level in step)
        new = reduced(even, bits), echelon(pivots, step)
        if any(new):
            found.append(step)
    return found


def _steps(spaces: Sequence[LocalSpace], parts: Mapping[tuple[int, ...], complex]) -> Iterator[Row]:
    """What every element changes, by the places of the sites; one of every pair of conjugates."""
    dims = [space.levels for space in spaces]
    if math.prod(dims) > LARGEST:
        raise Unsupported(
            f"`terms` must move at most {LARGEST} states together, but one moves more (got {math.prod(dims)})"
        )
    total = np.zeros((math.prod(dims),) * 2, dtype=complex)
    size = np.zeros(total.shape)
    for letters, c in parts.items():
        one = np.array([[c]])
        for space, a in zip(spaces, letters, strict=True):
            one = np.kron(one, space.basis[a])
        total += one
        size += np.abs(one)
    rows, columns = np.nonzero(np.triu(np.abs(total) > ROUNDING * size, 1))
    for r, s in zip(
        zip(*np.unravel_index(rows, dims), strict=True), zip(*np.unravel_index(columns, dims), strict=True), strict=True
    ):
        changed = [(k, int(a), int(b)) for k, (a, b) in enumerate(zip(r, s, strict=True)) if a != b]
        yield {(k, n): sign for k, a, b in changed for n, sign in ((b, 1), (a, -1)) if n}


def conserved(rows: Sequence[Row], unknowns: Sequence[Level], most: int, *, beyond: int = -1) -> list[Vector]:
    """Basis of all numbers that no move changes, in small integers, at most so many; nothing where there are no more than `beyond`."""
    alike, left = _alike(rows)
    pivots: dict[Level, Vector] = {}
    for row in left:
        echelon(pivots, row)
    free = [level for level in unknowns if level not in pivots and level not in alike]
    if len(free) <= beyond:
        return []
    free = free[:most]
    kept = set(free)
    shares: dict[Level, Vector] = {}
    for level in sorted(pivots, reverse=True):  # what a pivot is, of the free ones; all others in its row come after it
        total: defaultdict[Level, Number] = defaultdict(int)
        for other, c in pivots[level].items():
            if other != level:
                for one, share in shares.get(other, {other: 1} if other in kept else {}).items():
                    total[one] -= c * share
        shares[level] = {one: share for one, share in total.items() if share}
    found: dict[Level, Vector] = {one: {one: 1} for one in free}
    for level, own in shares.items():
        for one, share in own.items():
            found[one][level] = share
    of: defaultdict[Level, list[tuple[Level, int]]] = defaultdict(list)
    for level, (other, sign) in alike.items():
        of[other].append((level, sign))
    return [
        integers(vector | {level: sign * c for other, c in vector.items() for level, sign in of[other]})
        for vector in found.values()
    ]


def _alike(rows: Sequence[Row]) -> tuple[dict[Level, tuple[Level, int]], list[Row]]:
    """Levels that rows of two make equal or opposite to a later level; and what the other rows say of the latter, each once.

    In long chains these are nearly all, so that few rows are left to be eliminated.
    """
    alike: dict[Level, tuple[Level, int]] = {}

    def last(level: Level) -> tuple[Level, int]:
        if level not in alike:
            return level, 1
        path = [level]
        while (level := alike[path[-1]][0]) in alike:
            path.append(level)
        sign = 1
        for one in reversed(path):
            sign *= alike[one][1]
            alike[one] = level, sign
        return level, sign

    left: list[Row] = sorted(rows, key=len)  # what rows of two say makes others shorter
    size = -1
    while len(alike) != size:
        size, met = len(alike), dict[frozenset[tuple[Level, Number]], Row]()
        for row in left:
            own: Vector = {}
            for level, c in row.items():
                other, sign = last(level) if level in alike else (level, 1)
                own[other] = own.get(other, 0) + sign * c
            if 0 in own.values():
                own = {level: c for level, c in own.items() if c}
            if len(own) == TWO and len(set(map(abs, own.values()))) == 1:
                first, second = sorted(own)
                alike[first] = second, -1 if own[first] == own[second] else 1
            elif own:
                met[frozenset(own.items())] = own
        left = list(met.values())
    return {level: last(level) for level in list(alike)}, left


def echelon(pivots: dict[Level, Vector], given: Row) -> bool:
    """Take a row into an echelon form, in place; whether it was independent."""
    row = dict(given)
    while row:
        first = min(row)
        lead = row[first]
        if first not in pivots:
            pivots[first] = {level: _over(c, lead) for level, c in row.items()}
            return True
        for level, c in pivots[first].items():
            left = row.get(level, 0) - lead * c
            if left:
                row[level] = left
            else:
                row.pop(level, None)
    return False


def _over(a: Number, b: Number) -> Number:
    """a/b, whole where it is."""
    if b in (1, -1):
        return a * b
    found = Fraction(a) / b
    return found.numerator if found.denominator == 1 else found


def integers(vector: Vector) -> Vector:
    """The multiple that has integers without a common divisor, the first of them above 0."""
    common = math.lcm(*(c.denominator for c in vector.values()))
    divisor = math.gcd(*(int(c * common) for c in vector.values())) * (1 if vector[min(vector)] > 0 else -1)
    return {level: int(c * common) // divisor for level, c in vector.items()}


def parities(rows: Sequence[Row], unknowns: Sequence[Level], most: int) -> list[int]:
    """Basis of all parities that no move changes, at most so many: bit k is set where `unknowns[k]` is odd."""
    place = {level: k for k, level in enumerate(unknowns)}
    pivots: dict[int, int] = {}
    for row in rows:
        reduced(pivots, sum(1 << place[level] for level, c in row.items() if c % 2))
    free = [k for k in range(len(unknowns)) if k not in pivots][:most]
    own = {k: 1 << j for j, k in enumerate(free)}
    for k in sorted(pivots, reverse=True):
        own[k], left = 0, pivots[k] & ~(1 << k)
        while left:
            first = (left & -left).bit_length() - 1
            own[k] ^= own.get(first, 0)
            left &= left - 1
    return [sum(1 << k for k, shares in own.items() if shares >> j & 1) for j in range(len(free))]


def reduced(pivots: dict[int, int], row: int) -> bool:
    """Take a row of bits into an echelon form, in place; whether it was independent."""
    while row:
        first = (row & -row).bit_length() - 1
        if first not in pivots:
            pivots[first] = row
            return True
        row ^= pivots[first]
    return False
