"""Numba kernels of the product with Pauli strings within a sector of fixed number. Imported only where it is made.

States of one high half lie together, those of one number in the low half in one order, whatever the high half: strings on the
high half alone add one stretch of memory to another, strings on the low half alone are one small sparse matrix for each number.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

from numba import prange

from caloriq.linalg._tiles_compiled import (
    added,
    exchanged_1,
    load,
    load_as,
    load_eight,
    load_half,
    load_one,
    load_quarter,
    load_register,
    load_two,
    minus,
    number,
    plus,
    raised,
    store,
    times,
    zeros_as,
    zeros_of,
)
from caloriq.linalg.jit import njit

COUNT, NUMBER, AT = range(3)  # what a row of `groups` holds
ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT = ((0,) * n for n in range(9))  # lengths that the compiler knows


@njit(inline="always")
def begun(y, at, less, like):
    """What a row of y begins with: nothing, or minus what stands there."""
    z = zeros_as(y, like)
    if less:
        z = minus(z, load_as(y, at, like))
    return z


def _rows(four):
    """Rows of two or four stretches of y that have one number, every element read once; `each` real ones in a row."""

    @njit(inline="always")
    def rows(y, x, a, b, c, d, r, last, e, each, columns, values, where, less, like):
        while r < last:
            i = number(where, r)
            p, q = begun(y, a + i, less, like), begun(y, b + i, less, like)
            if four:
                s, t = begun(y, c + i, less, like), begun(y, d + i, less, like)
            for k in range(len(each)):
                v, j = number(values, e + k), number(columns, e + k)
                p = plus(p, v, load_as(x, a + j, like))
                q = plus(q, v, load_as(x, b + j, like))
                if four:
                    s = plus(s, v, load_as(x, c + j, like))
                    t = plus(t, v, load_as(x, d + j, like))
            store(y, a + i, p)
            store(y, b + i, q)
            if four:
                store(y, c + i, s)
                store(y, d + i, t)
            e += len(each)
            r += 1

    return rows


@njit()
def rows_of_one(y, x, a, r, last, e, imaginary, each, columns, values, where, turn, less, like):
    """Rows of a stretch of y with any number of elements, imaginary ones first."""
    while r < last:
        p = zeros_as(x, like)
        for k in range(e, e + imaginary):
            p = plus(p, number(values, k), load_as(x, a + number(columns, k), like))
        if imaginary:
            p = times(load_as(turn, 0, like), exchanged_1(p))  # times -i
        p = added(p, begun(y, a + number(where, r), less, like))
        for k in range(e + imaginary, e + imaginary + each):
            p = plus(p, number(values, k), load_as(x, a + number(columns, k), like))
        store(y, a + number(where, r), p)
        e += imaginary + each
        r += 1


@njit()
def rows_apart(y, x, a, b, c, d, r, last, e, imaginary, each, columns, values, where, turn, less, like):
    """The same of four stretches, once each: a group is filled up with its last one."""
    done = -1
    for at in (a, b, c, d):
        if at != done:
            rows_of_one(y, x, at, r, last, e, imaginary, each, columns, values, where, turn, less, like)
        done = at


def _low_half(rows):
    """What the strings on the low half alone give to stretches of one number, rows by how many elements they have.

    A sum of a length that the compiler knows has no branches.
    """

    @njit()
    def low_half(y, x, a, b, c, d, k, end, classes, where, columns, values, turn, less, like):
        while k < end:
            r, last, imaginary, each, e = classes[k, 0], classes[k, 1], classes[k, 2], classes[k, 3], classes[k, 4]
            if imaginary or each > len(EIGHT):
                rows_apart(y, x, a, b, c, d, r, last, e, imaginary, each, columns, values, where, turn, less, like)
            elif each == 0:
                rows(y, x, a, b, c, d, r, last, e, ZERO, columns, values, where, less, like)
            elif each == 1:
                rows(y, x, a, b, c, d, r, last, e, ONE, columns, values, where, less, like)
            elif each == 2:
                rows(y, x, a, b, c, d, r, last, e, TWO, columns, values, where, less, like)
            elif each == 3:
                rows(y, x, a, b, c, d, r, last, e, THREE, columns, values, where, less, like)
            elif each == 4:
                rows(y, x, a, b, c, d, r, last, e, FOUR, columns, values, where, less, like)
            elif each == 5:
                rows(y, x, a, b, c, d, r, last, e, FIVE, columns, values, where, less, like)
            elif each == 6:
                rows(y, x, a, b, c, d, r, last, e, SIX, columns, values, where, less, like)
            elif each == 7:
                rows(y, x, a, b, c, d, r, last, e, SEVEN, columns, values, where, less, like)
            else:
                rows(y, x, a, b, c, d, r, last, e, EIGHT, columns, values, where, less, like)
            k += 1

    return low_half


low_half_of_four, low_half_of_two = _low_half(_rows(True)), _low_half(_rows(False))


@njit(inline="always")
def diagonal(load, x, at, chosen, constant, patterns, i):
    """The diagonal times neighbours of x."""
    d = raised(load(patterns, number(chosen, 0) + i), constant)
    for p in range(1, chosen.size):
        d = added(d, load(patterns, number(chosen, p) + i))
    return times(d, load(x, at + i))


def _piece(load):
    """Some neighbours of y plus the diagonal and all jumps."""

    @njit(inline="always")
    def piece(y, at, x, chosen, constant, patterns, begin, real, end, sources, amplitudes, turn, i):
        sum_ = added(load(y, at + i), diagonal(load, x, at, chosen, constant, patterns, i))
        if real > begin:
            z = zeros_of(sum_)
            for m in range(begin, real):
                z = plus(z, number(amplitudes, m), load(x, number(sources, m) + i))
            sum_ = plus(sum_, load(turn, 0), exchanged_1(z))  # times -i
        for m in range(real, end):
            sum_ = plus(sum_, number(amplitudes, m), load(x, number(sources, m) + i))
        store(y, at + i, sum_)

    return piece


tile, half, quarter, register = (_piece(one) for one in (load, load_half, load_quarter, load_register))
pair, single = _piece(load_two), _piece(load_one)


@njit()
def high_half(y, at, size, x, n, w, chosen, constant, patterns, jumps, sources, amplitudes, turn):
    """A stretch of y plus the diagonal and all jumps."""
    begin, real, end = jumps[n, 0], jumps[n, 1], jumps[n + 1, 0]
    i = 0
    while i + w <= size:
        tile(y, at, x, chosen, constant, patterns, begin, real, end, sources, amplitudes, turn, i)
        i += w
    if i + w // 2 <= size:
        half(y, at, x, chosen, constant, patterns, begin, real, end, sources, amplitudes, turn, i)
        i += w // 2
    if i + w // 4 <= size:
        quarter(y, at, x, chosen, constant, patterns, begin, real, end, sources, amplitudes, turn, i)
        i += w // 4
    if i + w // 8 <= size:
        register(y, at, x, chosen, constant, patterns, begin, real, end, sources, amplitudes, turn, i)
        i += w // 8
    while i + 2 <= size:
        pair(y, at, x, chosen, constant, patterns, begin, real, end, sources, amplitudes, turn, i)
        i += 2
    if i < size:
        single(y, at, x, chosen, constant, patterns, begin, real, end, sources, amplitudes, turn, i)


@njit(inline="always")
def add_run(y, at, x, there, a, size, imaginary, turn):
    """Neighbours of y plus as many of x times a number, or -i times it."""
    i = 0
    while i + 8 <= size:
        z = load_eight(x, there + i)
        if imaginary:
            z = times(load_eight(turn, 0), exchanged_1(z))
        store(y, at + i, plus(load_eight(y, at + i), a, z))
        i += 8
    while i + 2 <= size:
        z = load_two(x, there + i)
        if imaginary:
            z = times(load_two(turn, 0), exchanged_1(z))
        store(y, at + i, plus(load_two(y, at + i), a, z))
        i += 2
    if i < size:
        y[at + i] += a * x[there + i]


@njit()
def link(y, at, x, there, width, part, parts, classes, rows, columns, values, runs, heights, imaginary, turn, like):
    """A stretch of y plus a sparse matrix, or -i times it, times one of x: its long runs, and its rows."""
    for r in range(parts[part, 2], parts[part, 3]):
        here, from_ = at + runs[r, 0] * width, there + runs[r, 1] * width
        add_run(y, here, x, from_, heights[r], runs[r, 2] * width, imaginary, turn)
    for k in range(parts[part, 0], parts[part, 1]):
        each, e = classes[k, 2], classes[k, 3]
        for r in range(classes[k, 0], classes[k, 1]):
            for c in range(0, width, len(like)):
                row = at + number(rows, r) * width + c
                z = zeros_as(x, like)
                for i in range(e, e + each):
                    z = plus(z, number(values, i), load_as(x, there + width * number(columns, i) + c, like))
                if imaginary:
                    z = times(load_as(turn, 0, like), exchanged_1(z))
                store(y, row, added(load_as(y, row, like), z))
            e += each


@njit(cache=True, _nrt=False)
def some(
    first, last, x, y, less, width, w, like, windows, begin, groups, turn, inner_first, inner_classes, inner_rows,
    inner_columns, inner_values, stretches, constants, chosen, patterns, jumps, sources, amplitudes, links, joined, places, parts, classes,
    rows, columns, values, runs, heights,
):  # fmt: skip
    """A share of the product: some windows of y = H x, or H x - y, the low half first, as it stores where the others add.

    Arrays come one by one, the loop is here, and nobody counts who uses them: counting took a nanosecond a state.
    """
    for k in range(first, last):
        for g in range(begin[k], begin[k + 1]):
            a, b, c, d = groups[g, AT], groups[g, AT + 1], groups[g, AT + 2], groups[g, AT + 3]
            i, end = inner_first[groups[g, NUMBER]], inner_first[groups[g, NUMBER] + 1]
            for j in range(0, width, len(like)):
                if groups[g, COUNT] > 2:
                    low_half_of_four(
                        y, x, a + j, b + j, c + j, d + j, i, end, inner_classes, inner_rows, inner_columns, inner_values,
                        turn, less, like,
                    )  # fmt: skip
                else:
                    low_half_of_two(
                        y, x, a + j, b + j, c + j, d + j, i, end, inner_classes, inner_rows, inner_columns, inner_values,
                        turn, less, like,
                    )  # fmt: skip
        for n in range(windows[k], windows[k + 1]):
            at = stretches[n, 0]
            high_half(
                y, at, stretches[n, 1], x, n, w, chosen[n], constants[n], patterns, jumps, sources, amplitudes, turn
            )  # fmt: skip
            for m in range(links[n, 0], links[n + 1, 0]):
                link(
                    y, at, x, places[m], width, joined[m], parts, classes, rows, columns, values, runs, heights,
                    m < links[n, 1], turn, like,
                )  # fmt: skip


@njit(cache=True, parallel=True)
def shared(threads, x, y, less, width, w, like, windows, begin, groups, operator):
    """The product on some threads, which have as many windows each."""
    for t in prange(threads):
        count = windows.size - 1
        first, last = count * t // threads, count * (t + 1) // threads
        some(first, last, x, y, less, width, w, like, windows, begin, groups, *operator)


def product(width, strings, windows, threads):
    """What puts H x, or H x - y where that is wanted, into y for flat real arrays x and y, `width` numbers in a row."""
    like = (0,) * next(n for n in (8, 4, 2, 1) if width % n == 0)
    operator = (strings.turn, *strings.inner, *strings[2:])
    given = width, strings.turn.size, like, windows.first, windows.begin, windows.groups
    if threads == 1:
        return lambda x, y, less: some(0, windows.first.size - 1, x, y, less, *given, *operator)
    return lambda x, y, less: shared(threads, x, y, less, *given, operator)
