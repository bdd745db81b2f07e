"""Numba kernels of the product with a sum of Pauli strings. Imported only where such a product is made.

A real vector of 2^N numbers: the lowest bits of a place tell part and column, the others the sites. It is cut into tiles; a
tile of y stays in registers while all strings add to it, each one tile of x times a number or times a table.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

import numpy as np
from numba import prange

from caloriq.linalg._tiles_compiled import (
    added,
    exchanged_1,
    exchanged_2,
    exchanged_4,
    exchanged_8,
    fetch,
    load,
    load_flipped,
    minus,
    ones,
    plus,
    store,
    times,
    zeros,
)
from caloriq.linalg.jit import njit
from caloriq.linalg.pauli_plan import aligned

FAR, NEAR, VARYING, TABLED, END = range(5)  # kinds of moves, in the order of `bounds`
FLIP, LANES, FIRST, LAST, TABLE = range(5)  # what a row of `listed` holds
FRESH, LESS, MORE = range(3)  # what a block begins with: nothing, minus what stands in y, or what stands there
# Arrays go from function to function one by one: a tuple of them would be counted as used in every block.


@njit(cache=True, inline="always")
def amplitude(listed, m, masks, values, q):
    """Σ value (-1)^(bits of q in mask) over the strings of a move, q the number of a tile."""
    total = values[0] - values[0]
    for s in range(listed[m, FIRST], listed[m, LAST]):
        total += -values[s] if ones(q & masks[s]) & 1 else values[s]
    return total


@njit(cache=True, inline="always")
def constants(listed, masks, values, bounds, q, flips, amplitudes, ends):
    """Moves with one amplitude for a whole block, those with zero left out: first the imaginary, then the real ones."""
    n = 0
    for phase in range(2):
        for kind in range(2):
            for m in range(bounds[phase, kind], bounds[phase, kind + 1]):
                a = amplitude(listed, m, masks, values, q)
                if a != 0:
                    flips[n] = listed[m, FLIP]
                    amplitudes[n] = a
                    n += 1
            ends[2 * phase + kind + 1] = n


@njit(cache=True, inline="always")
def exchanged(z, lanes):
    """The tile with its numbers i and i ^ lanes exchanged."""
    if lanes & 1:
        z = exchanged_1(z)
    if lanes & 2:
        z = exchanged_2(z)
    if lanes & 4:
        z = exchanged_4(z)
    if lanes & 8:
        z = exchanged_8(z)
    return z


@njit(cache=True, inline="always")
def add_moves(sum_, x, here, q, w, phase, listed, masks, values, tables, bounds, flips, amplitudes, ends):
    """The tile plus what all imaginary or all real moves give."""
    for m in range(ends[2 * phase], ends[2 * phase + 1]):
        sum_ = plus(sum_, amplitudes[m], load(x, here ^ flips[m]))
    for m in range(ends[2 * phase + 1], ends[2 * phase + 2]):
        sum_ = plus(sum_, amplitudes[m], load_flipped(x, here, flips[m]))
    for m in range(bounds[phase, VARYING], bounds[phase, TABLED]):
        a = amplitude(listed, m, masks, values, q)
        if a != 0:
            sum_ = plus(sum_, a, load(x, here ^ listed[m, FLIP]))
    for m in range(bounds[phase, TABLED], bounds[phase, END]):
        table, step = listed[m, TABLE], 1
        for s in range(listed[m, FIRST], listed[m, LAST]):
            table += step * (ones(q & masks[s]) & 1)
            step *= 2
        z = exchanged(load_flipped(x, here, listed[m, FLIP]), listed[m, LANES])
        sum_ = plus(sum_, load(tables, table * w), z)
    return sum_


@njit(cache=True)
def block(
    y,
    begin,
    x,
    x_begin,
    tiles,
    q,
    w,
    start,
    ahead,
    next_,
    coarse,
    patterns,
    turn,
    listed,
    masks,
    values,
    tables,
    bounds,
    flips,
    amplitudes,
    ends,
):
    """Some tiles of y from `begin` on; `q` is the first one's number, `x_begin` its place in x.

    Memory is asked for what comes so far `ahead` in x, and in y where the next block lies: the places of one tile follow
    no rule that the processor would see by itself.
    """
    constants(listed, masks, values, bounds, q, flips, amplitudes, ends)
    turned = bounds[0, 0] < bounds[0, END]
    for t in range(tiles):
        here = x_begin + t * w
        out = begin + t * w
        if ahead:
            fetch(x, here + ahead)
        if next_:
            fetch(y, out + next_)
        sum_ = zeros(y)
        if turned:
            sum_ = add_moves(sum_, x, here, q + t, w, 0, listed, masks, values, tables, bounds, flips, amplitudes, ends)
            sum_ = times(load(turn, 0), exchanged_1(sum_))  # times -i
        if start == LESS:
            sum_ = minus(sum_, load(y, out))
        if start == MORE:
            sum_ = added(sum_, load(y, out))
        else:
            d = zeros(y)
            for p in range(coarse.shape[0]):
                d = plus(d, coarse[p, q + t], load(patterns, p * w))
            sum_ = plus(sum_, d, load(x, here))
        sum_ = add_moves(sum_, x, here, q + t, w, 1, listed, masks, values, tables, bounds, flips, amplitudes, ends)
        store(y, out, sum_)


@njit(cache=True)
def low_blocks(first, last, x, y, w, tiles, start, ahead, operator, flips, amplitudes, ends):
    """Blocks first..last of the pass that begins y."""
    next_ = tiles * w if ahead else 0
    for b in range(first, last):
        at = b * tiles * w
        block(y, at, x, at, tiles, b * tiles, w, start, ahead, next_, *operator, flips, amplitudes, ends)


@njit(cache=True, parallel=True)
def low(x, y, w, tiles, start, ahead, operator, flips, amplitudes, ends):
    """The pass that begins y, its blocks shared among threads."""
    threads, blocks = flips.shape[0], x.size // (w * tiles)
    for t in prange(threads):
        first, last = t * blocks // threads, (t + 1) * blocks // threads
        low_blocks(first, last, x, y, w, tiles, start, ahead, operator, flips[t], amplitudes[t], ends[t])


@njit(cache=True)
def panels(first, last, x, y, w, tiles, rows, operator, flips, amplitudes, ends, panel):
    """Panels first..last of the pass over the highest bits: `tiles` neighbours of each of `rows` far places.

    They are copied together first: places a power of two apart share few lines of a cache.
    """
    stride = x.size // rows
    for c in range(first, last):
        for r in range(rows):
            at = r * stride + c * tiles * w
            for t in range(tiles):
                fetch(x, at + stride + t * w)
                store(panel, (r * tiles + t) * w, load(x, at + t * w))
        for r in range(rows):
            at = r * stride + c * tiles * w
            block(
                y, at, panel, r * tiles * w, tiles, at // w, w, MORE, 0, stride, *operator, flips, amplitudes, ends
            )  # fmt: skip


@njit(cache=True, parallel=True)
def high(x, y, w, tiles, rows, operator, flips, amplitudes, ends, panel):
    """The pass over the highest bits, which adds to y, its panels shared among threads."""
    threads, count = flips.shape[0], x.size // (rows * w * tiles)
    for t in prange(threads):
        a, b = t * count // threads, (t + 1) * count // threads
        panels(a, b, x, y, w, tiles, rows, operator, flips[t], amplitudes[t], ends[t], panel[t])


def product(x, y, cut, threads, less=False) -> None:
    """Y = H x, or H x - y, for flat real arrays, by the passes of a plan."""
    start = LESS if less else FRESH
    room = (threads, max(1, cut.moves))
    scratch = np.empty(room, np.int64), np.empty(room, x.dtype), np.zeros((threads, 5), np.int64)
    own = tuple(one[0] for one in scratch)
    operator = (*cut.diagonal, *cut.low)
    if threads == 1:
        low_blocks(0, x.size // (cut.w * cut.block), x, y, cut.w, cut.block, start, cut.ahead, operator, *own)
    else:
        low(x, y, cut.w, cut.block, start, cut.ahead, operator, *scratch)
    if cut.high is None:
        return
    operator = (*cut.diagonal, *cut.high)
    panel = aligned((threads, cut.rows * cut.panel * cut.w), x.dtype)
    if threads == 1:
        count = x.size // (cut.rows * cut.panel * cut.w)
        panels(0, count, x, y, cut.w, cut.panel, cut.rows, operator, *own, panel[0])
    else:
        high(x, y, cut.w, cut.panel, cut.rows, operator, *scratch, panel)
