"""How the compiled product with Pauli strings is cut up: passes, tiles, and what every string does to a tile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Weights = dict[int, float]  # of every sign mask
Flips = Mapping[tuple[int, bool], Weights]  # strings by their flips, and whether they are imaginary

NEAR_BYTES = 2**20  # of x that stay in the second-level cache while the first pass goes over them
PANEL_BYTES = 2**19  # of x that are copied together in the second pass
OVERLAP = 2  # bits at most that both passes reach, for strings that flip neighbours or next neighbours
FEW = 3.0  # flips of the highest bits that cost less where they are than a pass of their own; half where signs cancel
BLOCK = 4  # bits: tiles of a block, for which an amplitude is computed once
LINE = 64  # bytes of a cache line
SELECTORS = 2  # masks that choose one table; more of them go into another move


class Moves(NamedTuple):
    """What strings off the diagonal do in one pass.

    Attributes
    ----------
    listed : array of int, shape (m, 5)
        Of every move: bits of the place that are flipped, from the length of a register on and below it; first string and
        the one after the last; first table.
    masks, values : array, shape (s,)
        Bits of a tile's number that give a string's sign, and its coefficient; masks of a tabled move choose its table.
    tables : array, shape (T w,)
        Amplitudes within a tile.
    bounds : array of int, shape (2, 5)
        Imaginary and real moves: where those begin that are constant in a block and flip no register of a tile, that
        are constant and do, that vary from tile to tile, that have tables, and where these end.
    """

    listed: NDArray[np.int64]
    masks: NDArray[np.int64]
    values: NDArray[Any]
    tables: NDArray[Any]
    bounds: NDArray[np.int64]


class Diagonal(NamedTuple):
    """Strings without flips, and what turns real into imaginary ones.

    Attributes
    ----------
    coarse, patterns : array, shape (P, tiles) and (P w,)
        Diagonal: Σ_p of a number for the tile times a pattern within it.
    turn : array, shape (w,)
        1, -1, … : -i x is x with its parts exchanged times this.
    """

    coarse: NDArray[Any]
    patterns: NDArray[Any]
    turn: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Plan:
    """Both passes of one operator on vectors of one precision and width.

    Attributes
    ----------
    w : int
        Numbers of a tile.
    low, high : Moves
        Of the pass in the order of memory, and of that over the highest bits; None where one pass does.
    block, panel : int
        Tiles that lie together in the first pass, and in a row of a panel of the second.
    rows : int
        Rows of a panel.
    ahead : int
        Numbers of x that memory is asked for before they are needed; none where x fits into the second-level cache.
    diagonal : Diagonal
        Added in the first pass.
    """

    w: int
    low: Moves
    high: Moves | None
    block: int
    panel: int
    rows: int
    ahead: int
    diagonal: Diagonal

    @property
    def moves(self) -> int:
        """Moves of the longer pass."""
        return max(len(one.listed) for one in (self.low, self.high) if one is not None)


def parity(places: NDArray[np.int64], mask: int) -> NDArray[np.int64]:
    """Whether an odd number of the bits in `mask` are set."""
    odd: NDArray[np.int64] = np.bitwise_count(places & mask).astype(np.int64) & 1
    return odd


def plan(flips: Flips, bits: int, width: int, dtype: np.dtype[Any], length: int, register: int) -> Plan:
    """Passes for vectors of 2^bits · 2^width real numbers, in tiles of `length`, registers of `register` numbers.

    The first pass goes along memory, so that what it flips lies in cache but for the highest bits. Strings that flip
    those, and otherwise only bits of a row of a panel, go into a second pass where they save reading x again and again.
    """
    total, within = bits + width, length.bit_length() - 1
    strings = {(flip << width, i): {s << width: v for s, v in one.items()} for (flip, i), one in flips.items()}
    near = min(total, (NEAR_BYTES // dtype.itemsize).bit_length() - 1)
    from_, side, far = max(
        (_second(strings, near, overlap, within, total, dtype.itemsize) for overlap in range(OVERLAP + 1)),
        key=lambda one: len(one[2]),  # the smallest overlap of those that take most: rows are longest then
    )
    row = (1 << (within + side)) - 1
    if sum(0.5 if len(strings[key]) > 1 else 1.0 for key in far) <= FEW:
        far = set()
    block = min(BLOCK, total - within)
    first = [(key, one) for key, one in strings.items() if key[0] and key not in far]
    second = [((flip & row | flip >> from_ << (within + side), i), strings[flip, i]) for flip, i in sorted(far)]
    return Plan(
        w=length,
        low=moves(first, within, block, register, dtype),
        high=moves(second, within, side, register, dtype) if second else None,
        block=1 << block,
        panel=1 << side,
        rows=1 << (total - from_),
        ahead=1 << near if total > near else 0,
        diagonal=diagonal(strings.get((0, False), {}), within, total, dtype),
    )


def _second(
    strings: Flips, near: int, overlap: int, within: int, total: int, itemsize: int
) -> tuple[int, int, set[tuple[int, bool]]]:
    """Where the bits of a panel's rows begin, how many bits of tiles lie in a row, and what a second pass of these would take."""
    from_ = max(near - overlap, within)
    side = max(0, (PANEL_BYTES // itemsize).bit_length() - 1 - within - (total - from_))
    side = min(side, from_ - within)
    row = (1 << (within + side)) - 1
    return from_, side, {key for key in strings if key[0] >> near and not key[0] & (1 << from_) - 1 & ~row}


def diagonal(strings: Weights, within: int, total: int, dtype: np.dtype[Any]) -> Diagonal:
    """Numbers of tiles, and patterns within them, whose products sum to the diagonal."""
    tiles, inside = np.arange(1 << (total - within)), np.arange(1 << within)
    numbers: dict[int, NDArray[Any]] = {0: np.zeros(tiles.size)}
    constant = np.zeros(inside.size)
    for sign, value in strings.items():
        low, high = sign & (inside.size - 1), sign >> within
        if high:
            numbers.setdefault(low, np.zeros(tiles.size))
            numbers[low] += value * (1 - 2 * parity(tiles, high))
        else:
            constant += value * (1 - 2 * parity(inside, low))
    patterns = [1 - 2 * parity(inside, low) for low in numbers]
    coarse = [*numbers.values(), np.ones(tiles.size)]
    turn = np.where(np.arange(inside.size) & 1, -1, 1).astype(dtype)
    return Diagonal(np.array(coarse, dtype=dtype), np.concatenate([*patterns, constant]).astype(dtype), turn)


def diagonal_of(strings: Weights, bits: int) -> NDArray[np.float64]:
    """All elements of the diagonal, shape (2^bits,)."""
    coarse, patterns, _ = diagonal(strings, bits // 2, bits, np.dtype(float))
    inside = patterns.reshape(len(coarse), -1)
    total = np.zeros((coarse.shape[1], inside.shape[1]))
    for numbers, pattern in zip(coarse, inside, strict=True):
        total += numbers[:, None] * pattern
    return total.reshape(-1)


def moves(
    strings: Iterable[tuple[tuple[int, bool], Weights]], within: int, block: int, register: int, dtype: np.dtype[Any]
) -> Moves:
    """Moves of strings off the diagonal, by phase and kind."""
    inside = (1 << within) - 1
    tables: list[NDArray[Any]] = []
    sorted_: list[list[list[tuple[int, list[tuple[int, float]], int]]]] = [[[] for _ in range(4)] for _ in range(2)]
    for (flip, imaginary), weights in strings:
        kinds = sorted_[0 if imaginary else 1]
        items = list(weights.items())
        if not flip & (register - 1) and not any(sign & inside for sign in weights):
            constant = not any(sign >> within & (1 << block) - 1 for sign in weights)
            if constant or not flip & inside:
                kind = (1 if flip & inside else 0) if constant else 2
                kinds[kind].append((flip, [(sign >> within, v) for sign, v in items], 0))
                continue
        for chosen, selectors in few_selectors(items, within):
            kinds[3].append((flip, [(mask, 0.0) for mask in selectors], len(tables)))
            tables += tables_of(chosen, selectors, within)
    flat = [move for kinds in sorted_ for kind in kinds for move in kind]
    counts = np.array([[len(kind) for kind in kinds] for kinds in sorted_])
    ends = counts.sum(axis=1).cumsum()
    bounds = np.cumsum(np.c_[[0, ends[0]], counts], axis=1)
    lists = [one for _, one, _ in flat]
    last = np.cumsum([0, *map(len, lists)])
    listed = [
        (flip & -register, flip & register - 1, begin, end, at)
        for (flip, _, at), begin, end in zip(flat, last[:-1], last[1:], strict=True)
    ]
    return Moves(
        listed=np.array(listed, dtype=np.int64).reshape(-1, 5),
        masks=np.array([mask for one in lists for mask, _ in one], dtype=np.int64),
        values=np.array([v for one in lists for _, v in one] or [0], dtype=dtype),
        tables=np.concatenate(tables or [np.zeros(0)]).astype(dtype),
        bounds=bounds.astype(np.int64),
    )


def few_selectors(items: list[tuple[int, T]], within: int) -> Iterable[tuple[list[tuple[int, T]], list[int]]]:
    """Strings in parts with at most `SELECTORS` masks above a tile each."""
    masks = sorted({sign >> within for sign, _ in items} - {0})
    parts = [masks[k : k + SELECTORS] for k in range(0, len(masks), SELECTORS)] or [[]]
    for k, part in enumerate(parts):
        wanted = {*part, *([0] if k == 0 else [])}
        yield [(sign, v) for sign, v in items if sign >> within in wanted], part


def tables_of(items: list[tuple[int, float]], selectors: list[int], within: int) -> list[NDArray[Any]]:
    """Σ value times sign over the lowest bits, for every choice of the parities of masks above them."""
    inside = np.arange(1 << within)
    found = []
    for chosen in range(1 << len(selectors)):
        odd = {mask: chosen >> j & 1 for j, mask in enumerate(selectors)} | {0: 0}
        found.append(
            sum(
                (v * (1 - 2 * (parity(inside, sign) ^ odd[sign >> within])) for sign, v in items), np.zeros(inside.size)
            )
        )
    return found


def aligned(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Array that begins at a cache line, its numbers not set: no register of a tile is read from two lines."""
    size = int(np.prod(shape)) * dtype.itemsize
    room = np.empty(size + LINE, dtype=np.uint8)
    begin = -room.ctypes.data % LINE
    found: NDArray[Any] = room[begin : begin + size].view(dtype).reshape(shape)
    return found
