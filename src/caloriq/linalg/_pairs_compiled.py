"""Compiled sums of Chebyshev vectors, two orders at a time, and their products with vectors that are known before.

Vectors are rows of one array of real numbers, whose rows are whole tiles: an amplitude is two neighbours.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202

from __future__ import annotations

from numba import prange

from caloriq.linalg._tiles_compiled import exchanged_1, fetch, load, plus, store, times, together, zeros
from caloriq.linalg.jit import njit

PIECE = 2**11  # numbers of a vector that stay in the first-level cache while all sums take them


@njit(cache=True, inline="always")
def pair(flat, even, odd, a, b, turn, z):
    """The tile plus a x - i b y, x a tile of the even and y of the odd order."""
    y = times(load(turn, 0), exchanged_1(load(flat, odd)))  # times -i
    return plus(plus(z, a, load(flat, even)), b, y)


@njit(cache=True, inline="always")
def ask(flat, own, even, odd, first):
    """Have the next piece on its way: of a row, and once of both orders."""
    fetch(flat, own + PIECE)
    if first:
        fetch(flat, even + PIECE)
        fetch(flat, odd + PIECE)


@njit(cache=True)
def add_piece(begin, end, flat, w, even, odd, a, b, totals, against, turn, fresh, found):
    """Add a_i x - i b_i y to all totals between two places; of the times before theirs its products with other vectors."""
    for i in range(len(against)):
        re = im = zeros(flat)
        for k in range(begin, end, w):
            ask(flat, against[i] + k, even + k, odd + k, i == 0)
            z = pair(flat, even + k, odd + k, a[i], b[i], turn, zeros(flat))
            bra = load(flat, against[i] + k)
            re = plus(re, bra, z)
            im = plus(im, bra, times(load(turn, 0), exchanged_1(z)))
        found[i, 0], found[i, 1] = together(re), together(im)
    for i in range(len(totals)):
        j = len(against) + i
        for k in range(begin, end, w):
            ask(flat, totals[i] + k, even + k, odd + k, j == 0)
            z = zeros(flat)
            if not fresh:
                z = load(flat, totals[i] + k)
            store(flat, totals[i] + k, pair(flat, even + k, odd + k, a[j], b[j], turn, z))


@njit(cache=True)
def add_pieces(first, last, length, flat, w, even, odd, a, b, totals, against, turn, fresh, found):
    """The same of some pieces."""
    for piece in range(first, last):
        begin = piece * PIECE
        end = min(length, begin + PIECE)
        add_piece(begin, end, flat, w, even, odd, a, b, totals, against, turn, fresh, found[piece])


@njit(cache=True, parallel=True)
def add(threads, length, flat, w, even, odd, a, b, totals, against, turn, fresh, found):
    """The same of whole vectors, their pieces shared among threads."""
    for t in prange(threads):
        first, last = t * len(found) // threads, (t + 1) * len(found) // threads
        add_pieces(first, last, length, flat, w, even, odd, a, b, totals, against, turn, fresh, found)
