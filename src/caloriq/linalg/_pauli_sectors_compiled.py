"""Numba kernels of the product with Pauli strings within a sector of fixed number. Imported only where it is made.

States of one high half lie together, those of one number in the low half in one order, whatever the high half: strings on the
high half alone add one stretch of memory to another, strings on the low half alone are one small sparse matrix for each number.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

import numpy as np
from numba import prange

from caloriq.linalg._tiles_compiled import (
    added,
    exchanged_1,
    load,
    load_eight,
    load_two,
    ones,
    plus,
    store,
    times,
    zeros,
    zeros_eight,
    zeros_two,
)
from caloriq.linalg.jit import njit
from caloriq.linalg.pauli_plan import aligned

HIGH, START, NUMBER = range(3)  # what a row of `stretches` holds
EIGHT = 8
WINDOW = 64  # stretches that stay in the second-level cache while those of one number are put together


@njit(cache=True, inline="always")
def odd(word, mask):
    """Whether an odd number of the bits in mask are set."""
    return ones(word & mask) & 1


@njit(cache=True)
def choose_jumps(high, width, starts, jumps, masks, values, begin, end, there, amplitudes, n):
    """Strings on the high half alone that this stretch allows: where they come from, and with what amplitude."""
    for m in range(begin, end):
        other = high ^ jumps[m, 0]
        if starts[other] < 0 or ones(other) != ones(high):
            continue
        a = values[0] - values[0]
        for s in range(jumps[m, 1], jumps[m, 2]):
            a += -values[s] if odd(high, masks[s]) else values[s]
        if a != 0:
            there[n] = starts[other] * width
            amplitudes[n] = a
            n += 1
    return n


@njit(cache=True)
def begin(y, x, at, size, n, w, coarse, patterns, offset, turn, there, amplitudes, imaginary, all_):
    """A stretch of y: the diagonal and all jumps. The last tile overlaps the one before."""
    pattern = patterns.size // coarse.shape[0]
    if size < w:
        for i in range(size):
            sum_ = x[at] - x[at]
            for m in range(imaginary):
                sum_ += turn[i & 1] * amplitudes[m] * x[there[m] + (i ^ 1)]
            for p in range(coarse.shape[0]):
                sum_ += coarse[p, n] * patterns[p * pattern + offset + i] * x[at + i]
            for m in range(imaginary, all_):
                sum_ += amplitudes[m] * x[there[m] + i]
            y[at + i] = sum_
        return
    i = 0
    while i < size:
        i = min(i, size - w)
        sum_ = zeros(x)
        if imaginary > 0:
            for m in range(imaginary):
                sum_ = plus(sum_, amplitudes[m], load(x, there[m] + i))
            sum_ = times(load(turn, 0), exchanged_1(sum_))  # times -i
        d = zeros(x)
        for p in range(coarse.shape[0]):
            d = plus(d, coarse[p, n], load(patterns, p * pattern + offset + i))
        sum_ = plus(sum_, d, load(x, at + i))
        for m in range(imaginary, all_):
            sum_ = plus(sum_, amplitudes[m], load(x, there[m] + i))
        store(y, at + i, sum_)
        i += w


@njit(cache=True)
def add_run(y, at, x, there, a, size, imaginary, turn):
    """Neighbours of y plus as many of x times a number, or -i times it."""
    i = 0
    while i + EIGHT <= size:
        z = load_eight(x, there + i)
        if imaginary:
            z = times(load_eight(turn, 0), exchanged_1(z))
        store(y, at + i, plus(load_eight(y, at + i), a, z))
        i += EIGHT
    while i + 2 <= size:
        z = load_two(x, there + i)
        if imaginary:
            z = times(load_two(turn, 0), exchanged_1(z))
        store(y, at + i, plus(load_two(y, at + i), a, z))
        i += 2
    if i < size:
        y[at + i] += a * x[there + i]


@njit(cache=True)
def add_sparse(y, at, x, there, size, width, first, each, columns, values, imaginary, turn):
    """A stretch of y plus a sparse matrix, or -i times it, times one of x; rows are `width` numbers wide.

    All rows have `each` elements, some of them zero: sums of one length are foreseen by the processor.
    """
    for i in range(size):
        low, high = first + i * each, first + (i + 1) * each
        c, row = 0, at + i * width
        while c + EIGHT <= width:
            z = zeros_eight(x)
            for e in range(low, high):
                z = plus(z, values[e], load_eight(x, there + width * columns[e] + c))
            if imaginary:
                z = times(load_eight(turn, 0), exchanged_1(z))
            store(y, row + c, added(load_eight(y, row + c), z))
            c += EIGHT
        while c + 2 <= width:
            z = zeros_two(x)
            for e in range(low, high):
                z = plus(z, values[e], load_two(x, there + width * columns[e] + c))
            if imaginary:
                z = times(load_two(turn, 0), exchanged_1(z))
            store(y, row + c, added(load_two(y, row + c), z))
            c += 2
        if c < width:
            for e in range(low, high):
                y[row + c] += values[e] * x[there + width * columns[e] + c]


@njit(cache=True)
def add_part(y, at, x, there, size, width, part, parts, runs, heights, columns, values, imaginary, turn):
    """A stretch of y plus one matrix of the low half times one of x."""
    for r in range(parts[part, 1], parts[part, 2]):
        here, from_ = at + runs[r, 0] * width, there + runs[r, 1] * width
        add_run(y, here, x, from_, heights[r], runs[r, 2] * width, imaginary, turn)
    if parts[part, 3] > 0:
        add_sparse(y, at, x, there, size, width, parts[part, 0], parts[part, 3], columns, values, imaginary, turn)


@njit(cache=True)
def add_links(
    y, at, x, high, up, size, width, turn, imaginary, starts, links, selectors, entries, columns, values,
    parts, runs, heights,
):  # fmt: skip
    """Strings that flip both halves, or flip the low and read the high one: a matrix for each choice of signs and numbers."""
    for g in range(links.shape[0]):
        other = high ^ links[g, 0]
        if starts[other] < 0:
            continue
        chosen, step = links[g, 3], 1
        for s in range(links[g, 1], links[g, 2]):
            chosen += step * odd(high, selectors[s])
            step *= 2
        part = entries[chosen, up - ones(high), up - ones(other)]
        if part >= 0:
            there = starts[other] * width
            add_part(y, at, x, there, size, width, part, parts, runs, heights, columns, values, g < imaginary, turn)


@njit(cache=True)
def pack(given, begin_, x, at, size, width):
    """A stretch of x into its place in rows of eight."""
    if width == 2:
        for i in range(size):
            store(given, i * EIGHT + begin_, load_two(x, at + 2 * i))
        return
    for i in range(size):
        for c in range(width):
            given[i * EIGHT + begin_ + c] = x[at + i * width + c]


@njit(cache=True)
def unpack(y, at, found, begin_, size, width):
    """A stretch of y plus its place in rows of eight."""
    if width == 2:
        for i in range(size):
            store(y, at + 2 * i, added(load_two(y, at + 2 * i), load_two(found, i * EIGHT + begin_)))
        return
    for i in range(size):
        for c in range(width):
            y[at + i * width + c] += found[i * EIGHT + begin_ + c]


@njit(cache=True)
def add_inner(
    y, x, number, members, count, size, width, turn, imaginary, stretches, inner, entries, columns, values,
    parts, runs, heights, packed,
):  # fmt: skip
    """Strings on the low half alone, for some stretches of one number side by side: rows of eight numbers."""
    given, found = packed[0], packed[1]
    for k in range(count):
        pack(given, k * width, x, stretches[members[k], START] * width, size, width)
    for i in range(size * EIGHT):
        found[i] = 0
    for q in range(inner.size):
        part = entries[inner[q], number, number]
        if part >= 0:
            own = q < imaginary
            add_part(found, 0, given, 0, size, EIGHT, part, parts, runs, heights, columns, values, own, turn)
    for k in range(count):
        unpack(y, stretches[members[k], START] * width, found, k * width, size, width)


@njit(cache=True)
def window(
    first, last, x, y, width, up, w, stretches, starts, sizes, offsets, coarse, patterns, turn,
    jumps, masks, weights, links, selectors, entries, inner, columns, values, parts, runs, heights, imaginary,
    there, amplitudes, members, packed,
):  # fmt: skip
    """Stretches first..last of y = H x, those of one number together where they are narrow."""
    for n in range(first, last):
        high, at, number = stretches[n, HIGH], stretches[n, START] * width, stretches[n, NUMBER]
        size = sizes[number]
        a = choose_jumps(high, width, starts, jumps, masks, weights, 0, imaginary[0], there, amplitudes, 0)
        b = choose_jumps(high, width, starts, jumps, masks, weights, imaginary[0], jumps.shape[0], there, amplitudes, a)
        offset = offsets[number] * width
        begin(y, x, at, size * width, n, w, coarse, patterns, offset, turn, there, amplitudes, a, b)
        add_links(
            y, at, x, high, up, size, width, turn, imaginary[1], starts, links, selectors, entries,
            columns, values, parts, runs, heights,
        )  # fmt: skip
        if EIGHT % width:
            for q in range(inner.size):
                part = entries[inner[q], number, number]
                if part >= 0:
                    own = q < imaginary[2]
                    add_part(y, at, x, at, size, width, part, parts, runs, heights, columns, values, own, turn)
    if EIGHT % width or inner.size == 0:
        return
    for number in range(sizes.size):
        count = 0
        for n in range(first, last):
            if stretches[n, NUMBER] == number:
                members[count] = n
                count += 1
            if count == EIGHT // width or (n == last - 1 and count > 0):
                add_inner(
                    y, x, number, members, count, sizes[number], width, turn, imaginary[2], stretches, inner, entries,
                    columns, values, parts, runs, heights, packed,
                )  # fmt: skip
                count = 0


@njit(cache=True)
def some(first, last, x, y, width, up, w, operator, there, amplitudes, members, packed):
    """A share of the product, window by window."""
    for begin_ in range(first, last, WINDOW):
        window(begin_, min(begin_ + WINDOW, last), x, y, width, up, w, *operator, there, amplitudes, members, packed)


@njit(cache=True, parallel=True)
def shared(x, y, width, up, w, operator, shares, there, amplitudes, members, packed):
    """The product on as many threads as there are shares of stretches."""
    for t in prange(shares.size - 1):
        some(shares[t], shares[t + 1], x, y, width, up, w, operator, there[t], amplitudes[t], members[t], packed[t])


def product(x, y, width, up, strings, threads) -> None:
    """Y = H x for flat real arrays, `width` of them in a row."""
    operator, w, moves = tuple(strings), strings.turn.size, max(1, len(strings.jumps))
    scratch = (
        np.empty((threads, moves), np.int64),
        np.empty((threads, moves), x.dtype),
        np.empty((threads, EIGHT), np.int64),
        aligned((threads, 2, int(strings.sizes.max()) * EIGHT), x.dtype),
    )
    scratch[3][...] = 0  # places that no stretch fills
    if threads == 1:
        some(0, len(strings.stretches), x, y, width, up, w, operator, *(one[0] for one in scratch))
        return
    ends = np.linspace(0, x.size // width, threads + 1)
    shares = np.searchsorted(strings.stretches[:, START], ends)
    shared(x, y, width, up, w, operator, shares, *scratch)
