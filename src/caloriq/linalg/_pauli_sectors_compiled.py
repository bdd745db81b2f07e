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
    even_pairs,
    exchanged_1,
    load,
    load_eight,
    load_two,
    lower,
    number,
    odd_pairs,
    plus,
    store,
    times,
    upper,
    zeros,
    zeros_eight,
    zeros_two,
)
from caloriq.linalg.jit import njit
from caloriq.linalg.pauli_plan import LINE
from caloriq.linalg.pauli_sector_plan import EIGHT

START, NUMBER = range(2)  # what a row of `stretches` holds


@njit(cache=True, inline="always")
def begin(y, x, at, size, n, w, coarse, patterns, offset, turn, jumps, sources, amplitudes):
    """A stretch of y: the diagonal and all jumps. The last tile overlaps the one before."""
    pattern = patterns.size // coarse.shape[0]
    first, real, last = jumps[n, 0], jumps[n, 1], jumps[n + 1, 0]
    if size < w:
        for i in range(size):
            sum_ = x[at] - x[at]
            for m in range(first, real):
                sum_ += turn[i & 1] * amplitudes[m] * x[sources[m] + (i ^ 1)]
            for p in range(coarse.shape[0]):
                sum_ += coarse[p, n] * patterns[p * pattern + offset + i] * x[at + i]
            for m in range(real, last):
                sum_ += amplitudes[m] * x[sources[m] + i]
            y[at + i] = sum_
        return
    i = 0
    while i < size:
        i = min(i, size - w)
        sum_ = zeros(x)
        if real > first:
            for m in range(first, real):
                sum_ = plus(sum_, amplitudes[m], load(x, sources[m] + i))
            sum_ = times(load(turn, 0), exchanged_1(sum_))  # times -i
        d = zeros(x)
        for p in range(coarse.shape[0]):
            d = plus(d, coarse[p, n], load(patterns, p * pattern + offset + i))
        sum_ = plus(sum_, d, load(x, at + i))
        for m in range(real, last):
            sum_ = plus(sum_, amplitudes[m], load(x, sources[m] + i))
        store(y, at + i, sum_)
        i += w


@njit(cache=True)
def add_eight(y, at, z):
    """Eight neighbours of y plus as many numbers."""
    store(y, at, added(load_eight(y, at), z))


@njit(cache=True, inline="always")
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
def add_rows(y, at, x, there, width, part, parts, classes, rows, columns, values, imaginary, turn):
    """A stretch of y plus a sparse matrix, or -i times it, times one of x; rows are `width` numbers wide."""
    for k in range(parts[part, 0], parts[part, 1]):
        each, e = classes[k, 2], classes[k, 3]
        for r in range(classes[k, 0], classes[k, 1]):
            row, c = at + number(rows, r) * width, 0
            while c + EIGHT <= width:
                z = zeros_eight(x)
                for i in range(e, e + each):
                    z = plus(z, number(values, i), load_eight(x, there + width * number(columns, i) + c))
                if imaginary:
                    z = times(load_eight(turn, 0), exchanged_1(z))
                store(y, row + c, added(load_eight(y, row + c), z))
                c += EIGHT
            while c + 2 <= width:
                z = zeros_two(x)
                for i in range(e, e + each):
                    z = plus(z, number(values, i), load_two(x, there + width * number(columns, i) + c))
                if imaginary:
                    z = times(load_two(turn, 0), exchanged_1(z))
                store(y, row + c, added(load_two(y, row + c), z))
                c += 2
            if c < width:
                for i in range(e, e + each):
                    y[row + c] += values[i] * x[there + width * columns[i] + c]
            e += each


@njit(cache=True)
def add_eights(y, x, fresh, part, parts, classes, rows, columns, values, imaginary, turn):
    """The same for rows of eight numbers from the beginning of x and y on; a fresh y held nothing."""
    for k in range(parts[part, 0], parts[part, 1]):
        each, e = classes[k, 2], classes[k, 3]
        for r in range(classes[k, 0], classes[k, 1]):
            z = zeros_eight(x)
            for i in range(e, e + each):
                z = plus(z, number(values, i), load_eight(x, EIGHT * number(columns, i)))
            if imaginary:
                z = times(load_eight(turn, 0), exchanged_1(z))
            row = EIGHT * number(rows, r)
            store(y, row, z if fresh else added(load_eight(y, row), z))
            e += each


@njit(cache=True, inline="always")
def add_runs(y, at, x, there, width, part, parts, runs, heights, imaginary, turn):
    """A stretch of y plus the long runs of one matrix times one of x."""
    for r in range(parts[part, 2], parts[part, 3]):
        here, from_ = at + runs[r, 0] * width, there + runs[r, 1] * width
        add_run(y, here, x, from_, heights[r], runs[r, 2] * width, imaginary, turn)


@njit(cache=True)
def pack(given, x, at, size, width):
    """Stretches of x side by side in rows of eight numbers."""
    i = 0
    if width == 2:
        a, b, c, d = at[0], at[1], at[2], at[3]
        while i + 4 <= size:
            p, q, r, s = load_eight(x, a), load_eight(x, b), load_eight(x, c), load_eight(x, d)
            e, f, g, h = lower(p, q), lower(r, s), upper(p, q), upper(r, s)
            store(given, i * EIGHT, even_pairs(e, f))
            store(given, (i + 1) * EIGHT, odd_pairs(e, f))
            store(given, (i + 2) * EIGHT, even_pairs(g, h))
            store(given, (i + 3) * EIGHT, odd_pairs(g, h))
            a, b, c, d, i = a + EIGHT, b + EIGHT, c + EIGHT, d + EIGHT, i + 4
    for j in range(i, size):
        for k in range(at.size):
            for c in range(width):
                given[j * EIGHT + k * width + c] = x[at[k] + j * width + c]


@njit(cache=True)
def unpack(y, at, found, count, size, width):
    """Stretches of y plus rows of eight numbers."""
    i = 0
    if width == 2:
        while i + 4 <= size:
            p, q = load_eight(found, i * EIGHT), load_eight(found, (i + 1) * EIGHT)
            r, s = load_eight(found, (i + 2) * EIGHT), load_eight(found, (i + 3) * EIGHT)
            e, f, g, h = lower(p, q), lower(r, s), upper(p, q), upper(r, s)
            add_eight(y, at[0] + 2 * i, even_pairs(e, f))
            if count > 1:
                add_eight(y, at[1] + 2 * i, odd_pairs(e, f))
            if count > 2:
                add_eight(y, at[2] + 2 * i, even_pairs(g, h))
            if count > 3:
                add_eight(y, at[3] + 2 * i, odd_pairs(g, h))
            i += 4
    for j in range(i, size):
        for k in range(count):
            for c in range(width):
                y[at[k] + j * width + c] += found[j * EIGHT + k * width + c]


@njit(cache=True, _nrt=False)
def some(
    first, last, given, found, at, x, y, width, w, groups, stretches, sizes, offsets, coarse, patterns, turn,
    jumps, sources, amplitudes, links, joined, places, inner, parts, classes, rows, columns, values, runs, heights,
):  # fmt: skip
    """A share of the product: some stretches of y = H x, those of a group together.

    Arrays come one by one, the loop is here, and nobody counts who uses them: counting took a nanosecond a state.
    """
    side_by_side = EIGHT % width == 0 and inner.shape[1] > 0
    for g in range(first, last):
        count, kind = groups[g, 0], stretches[groups[g, 1], NUMBER]
        size = sizes[kind]
        for k in range(at.size):
            at[k] = stretches[groups[g, 1 + min(k, count - 1)], START] * width
        for k in range(count):
            n = groups[g, 1 + k]
            begin(
                y, x, at[k], size * width, n, w, coarse, patterns, offsets[kind] * width, turn, jumps, sources, amplitudes
            )  # fmt: skip
        fresh = True
        for q in range(inner.shape[1]):
            part, own = inner[kind, q], q == 0
            if part < 0:
                continue
            if side_by_side:
                if fresh:
                    pack(given, x, at, size, width)
                add_eights(found, given, fresh, part, parts, classes, rows, columns, values, own, turn)
                fresh = False
            else:
                add_rows(y, at[0], x, at[0], width, part, parts, classes, rows, columns, values, own, turn)
        for k in range(count):
            n = groups[g, 1 + k]
            for m in range(links[n, 0], links[n + 1, 0]):
                part, own = joined[m], m < links[n, 1]
                add_runs(y, at[k], x, places[m], width, part, parts, runs, heights, own, turn)
                if parts[part, 0] < parts[part, 1]:
                    add_rows(y, at[k], x, places[m], width, part, parts, classes, rows, columns, values, own, turn)
        if not fresh:
            unpack(y, at, found, count, size, width)


@njit(cache=True)
def with_room(first, last, x, y, width, w, operator, groups, sizes):
    """The same with room to put stretches side by side."""
    room = sizes.max() * EIGHT
    packed = np.empty(2 * room + w, x.dtype)
    line = (-packed.ctypes.data % LINE) // packed.itemsize
    given, found = packed[line : line + room], packed[line + room : line + 2 * room]
    some(first, last, given, found, np.empty(groups.shape[1] - 1, np.int64), x, y, width, w, *operator)


@njit(cache=True, parallel=True)
def shared(x, y, width, w, ends, threads, operator, groups, sizes):
    """The product on some threads, which share the states evenly; `ends` are those before every group."""
    for t in prange(threads):
        first = np.searchsorted(ends, ends[-1] * t // threads)
        last = np.searchsorted(ends, ends[-1] * (t + 1) // threads)
        with_room(first, last, x, y, width, w, operator, groups, sizes)


def product(x, y, width, strings, threads) -> None:
    """Y = H x for flat real arrays, `width` of them in a row."""
    ends, operator = strings.ends, tuple(strings[1:])
    given = x, y, width, strings.turn.size
    if threads == 1:
        with_room(0, ends.size - 1, *given, operator, strings.groups, strings.sizes)
    else:
        shared(*given, ends, threads, operator, strings.groups, strings.sizes)
