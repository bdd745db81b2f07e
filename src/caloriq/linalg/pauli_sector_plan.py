"""How the product within a sector of fixed number is cut up: halves of the sites, stretches of memory, small sparse matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from caloriq.linalg.pauli_halves import Halves, Listed, Whole, Windows
from caloriq.linalg.pauli_plan import Flips, Weights, few_selectors, parity, tables_of
from caloriq.linalg.pauli_sector_matrices import ROUNDING, Inner, Lower, Matrices, inner

OVERLAP = 3  # sites at most that belong to both halves, so that strings of neighbours flip one half only


class Strings(NamedTuple):
    """What the kernel takes, in its order.

    Attributes
    ----------
    turn : array, shape (w,)
        1, -1, … for a tile of w numbers.
    inner : Inner
        The strings on the low half alone. All others see a smaller low half, which cuts stretches once more.
    stretches : array of int, shape (S, 2)
        First number, and how many.
    constants : array, shape (S,)
        What the diagonal has in common along a stretch.
    chosen, patterns : arrays, shape (S, P) and (p,)
        Where its other terms begin in `patterns`.
    jumps : array of int, shape (S + 1, 2)
        Flips of the high half alone, of every stretch: the first, and the first that is not imaginary.
    sources, amplitudes : array, shape (j,)
        Where in x they come from, and their coefficients.
    links : array of int, shape (S + 1, 2)
        The same for strings that flip or read both halves.
    joined, places : array of int, shape (l,)
        Their sparse matrices, and where in x these begin.
    parts : array of int, shape (q, 4)
        Of every sparse matrix: first class of rows, and the one after the last; the same of its runs.
    classes : array of int, shape (c, 4)
        Rows with as many elements: first row, and the one after the last; elements of a row; first element.
    rows : array of int
        Where the rows of a class are.
    columns, values : arrays
        Elements of all sparse matrices, row by row.
    runs, heights : arrays, shape (r, 3) and (r,)
        Elements that are equal along a diagonal, left out of the rows: first row, first column, length; their value.
    """

    turn: NDArray[Any]
    inner: Inner
    stretches: Whole
    constants: NDArray[Any]
    chosen: NDArray[np.int32]
    patterns: NDArray[Any]
    jumps: NDArray[np.int32]
    sources: Whole
    amplitudes: NDArray[Any]
    links: NDArray[np.int32]
    joined: NDArray[np.int32]
    places: Whole
    parts: Whole
    classes: Whole
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    values: NDArray[Any]
    runs: Whole
    heights: NDArray[Any]


def windows(flips: Flips, halves: Halves, width: int, threads: int) -> Windows:
    """Windows whose first stretches are those of the smaller low half, and whose groups are those of the larger one."""
    found, smaller = halves.windows(threads), smaller_half(flips, halves)
    starts = np.append(halves.stretches[:, 1], np.iinfo(np.int64).max)[found.first]
    groups = found.groups.copy()
    groups[:, 2:] *= width
    return Windows(np.searchsorted(smaller.stretches[:, 1], starts), found.begin, groups)


def smaller_half(flips: Flips, halves: Halves) -> Halves:
    """Halves whose low one has fewer sites, so that strings of neighbours across it flip the high half alone."""
    return Halves(halves.sites, halves.up, halves.low - reach(flips, halves.low))


def reach(flips: Flips, low: int) -> int:
    """Sites of a low half that strings across its end touch, up to `OVERLAP`, those that touch more apart."""
    ends = [
        low - _lowest(flip | sign)
        for (flip, _), weights in flips.items()
        for sign in weights
        if _across(flip, sign, low)
    ]
    return min(max((end for end in ends if end <= OVERLAP), default=0), low - 1)


def _across(flip: int, sign: int, low: int) -> bool:
    return flip != 0 and (flip | sign) >> low != 0 and (flip | sign) & (1 << low) - 1 != 0


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def cut(flips: Flips, halves: Halves, width: int, dtype: np.dtype[Any], length: int) -> Strings:
    """Strings by what they do to the halves, for rows of `width` real numbers and tiles of `length`."""
    smaller = smaller_half(flips, halves)
    within, mask = smaller.low, (1 << smaller.low) - 1
    high: dict[tuple[bool, int], Weights] = {}
    both: dict[tuple[bool, int], list[Lower]] = {}
    own: dict[bool, list[Lower]] = {}
    for (flip, imaginary), weights in flips.items():
        for sign, value in weights.items() if flip else ():
            if not (flip | sign) >> halves.low:
                own.setdefault(not imaginary, []).append((sign, (flip, value)))
            elif (flip | sign) & mask:
                both.setdefault((not imaginary, flip >> within), []).append((sign, (flip & mask, value)))
            else:
                high.setdefault((not imaginary, flip >> within), {})[sign >> within] = value
    matrices = Matrices(smaller)
    jumps, sources, amplitudes = smaller.listed(_jump(smaller, *one) for one in sorted(high.items()))
    links, places, joined = smaller.listed(one for k, v in sorted(both.items()) for one in _link(matrices, k, v))
    constants, chosen, patterns = _diagonal(flips.get((0, False), {}), smaller)
    _, starts, numbers = smaller.stretches.T
    return Strings(
        turn=np.where(np.arange(length) & 1, -1, 1).astype(dtype),
        inner=inner(own, halves, width, dtype),
        stretches=np.stack([starts, smaller.sizes[numbers]], axis=1) * width,
        constants=constants.astype(dtype),
        chosen=(chosen * width).astype(np.int32),
        patterns=np.repeat(patterns, width).astype(dtype),
        jumps=jumps.astype(np.int32),
        sources=sources * width,
        amplitudes=amplitudes.astype(dtype),
        links=links.astype(np.int32),
        joined=joined.astype(np.int32),
        places=places * width,
        parts=np.array(matrices.parts, np.int64).reshape(-1, 4),
        classes=np.array(matrices.classes, np.int64).reshape(-1, 4),
        rows=np.concatenate([*matrices.rows, [0]]).astype(np.int32),
        columns=np.concatenate([*matrices.columns, [0]]).astype(np.int32),
        values=np.concatenate([*matrices.values, [0]]).astype(dtype),
        runs=np.array(matrices.runs, np.int64).reshape(-1, 3),
        heights=np.array(matrices.heights or [0], dtype),
    )


def _diagonal(weights: Weights, halves: Halves) -> tuple[NDArray[np.float64], Whole, NDArray[np.float64]]:
    """Number of every stretch, and patterns along it: where they begin, and all of them."""
    (words, _, numbers), within = halves.stretches.T, halves.low
    mask = (1 << within) - 1
    constants = np.zeros(words.size)
    for sign, value in weights.items():
        if not sign & mask:
            constants += value * (1 - 2 * parity(words, sign >> within))
    patterns: list[NDArray[np.float64]] = []
    chosen = []
    for items, masks in few_selectors([(sign, v) for sign, v in weights.items() if sign & mask], within):
        choice = sum((parity(words, one) << k for k, one in enumerate(masks)), np.zeros(words.size, np.int64))
        chosen.append((len(patterns) + choice) * (1 << within) + halves.offsets[numbers])
        patterns += [table[halves.order] for table in tables_of(items, masks, within)]
    return constants, np.stack(chosen, axis=1), np.concatenate(patterns)


def _jump(halves: Halves, key: tuple[bool, int], weights: Weights) -> Listed:
    """A flip of the high half alone: stretches that it leads to, their sources, and its coefficient."""
    words, (real, flip) = halves.stretches[:, 0], key
    total = sum((w * (1 - 2 * parity(words, sign)) for sign, w in weights.items()), np.zeros(words.size))
    scale = sum(map(abs, weights.values()))
    same = np.bitwise_count(words ^ flip) == np.bitwise_count(words)
    here = np.flatnonzero(same & (np.abs(total) > ROUNDING * scale))
    return real, here, halves.starts[words[here] ^ flip], total[here]


def _link(matrices: Matrices, key: tuple[bool, int], strings: list[Lower]) -> Iterator[Listed]:
    """Strings that flip both halves, or flip the low and read the high one: a matrix for each choice of signs and numbers."""
    halves, (real, flip) = matrices.halves, key
    words, number = halves.stretches[:, 0], halves.stretches[:, 2]
    inside = np.flatnonzero(halves.starts[words ^ flip] >= 0)
    from_ = number + np.bitwise_count(words).astype(np.int64) - np.bitwise_count(words ^ flip)
    for chosen, masks in few_selectors(strings, halves.low):
        choice = sum((parity(words, mask) << k for k, mask in enumerate(masks)), np.zeros(words.size, np.int64))
        for combination in range(1 << len(masks)):
            odd = {mask: combination >> k & 1 for k, mask in enumerate(masks)} | {0: 0}
            entries = matrices.set(chosen, odd)
            here = inside[choice[inside] == combination]
            part = entries[number[here], from_[here]]
            here, part = here[part >= 0], part[part >= 0]
            yield real, here, halves.starts[words[here] ^ flip], part
