"""All sampled times from one Chebyshev pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.closed.blocks import HAND, Block, Meter
from caloriq.closed.methods import Chebyshev
from caloriq.linalg.chebyshev import bessel_table
from caloriq.linalg.lanczos import bounds_cost, spectral_bounds
from caloriq.linalg.products import Propagated
from caloriq.models.random import LANCZOS, generator

BATCH = 64  # Chebyshev vectors kept before they are folded into the sampled states by one matrix product
COLUMNS = 16  # starts propagated together
REACH = 4000.0  # r t of one segment: bounds the coefficient table
EXTRA = 20.0  # orders of a series beyond those of its span, roughly
STOPS = 4000  # sampled times of one segment: with REACH, a coefficient table of 140 MB at most
WORTH = 400.0  # r t from which tighter bounds repay the products they cost


def propagate(operator: Propagated, starts: Complex, times: Real, method: Chebyshev, meter: Meter) -> Iterator[Block]:
    """States at all times for every start, shape (N n, k)."""
    lower, upper = bounds(operator, float(times[-1]), meter)
    shift, scale = (upper + lower) / 2, (upper - lower) / 2
    meter.notes["spectral half-width"] = scale
    width = min(COLUMNS, starts.shape[1])
    pieces = segments(times, scale, operator.shape[0] * width, worth=operator.product_cost)
    per_segment = method.tol / len(pieces)
    span = float(times[-1])
    groups = [slice(k, min(k + width, starts.shape[1])) for k in range(0, starts.shape[1], width)]
    for g, group in enumerate(groups):
        psi, truncated = starts[:, group], 0.0
        for begin, end, inside in pieces:
            stops = np.append(times[inside] - begin, end - begin)  # the last one carries on

            def advance(share: float, done: float = begin, rest: float = end - begin, g: int = g) -> None:
                meter.advance(g + (done + share * rest) / span if span else g + share, len(groups))

            states, tail = _segment(operator, psi, stops, (shift, scale), per_segment, meter, advance)
            psi, truncated = states[-1], truncated + tail
            if inside.stop > inside.start:
                yield Block(inside, group, states[:-1])
        meter.notes["truncation"] = max(truncated, meter.notes.get("truncation", 0.0))


def bounds(operator: Propagated, span: float, meter: Meter) -> tuple[float, float]:
    """Spectral interval: free and loose for short spans, from 80 Lanczos products for long ones."""
    lower, upper = operator.norm_bounds
    if (upper - lower) / 2 * span < WORTH:
        return lower, upper
    tight = spectral_bounds(operator, rng=generator(0, LANCZOS))
    meter.products += bounds_cost(operator.shape[0])
    return max(lower, tight[0]), min(upper, tight[1])


def segments(times: Real, scale: float, dimension: int, *, worth: float = math.inf) -> list[tuple[float, float, slice]]:
    """Cut the time axis into (begin, end, sampled slice) so that neither states nor coefficients grow too large.

    With a orders for a step, m stops of a series cost worth × (a + EXTRA/m) + a m + EXTRA each, where a product is `worth` sums.
    """
    orders = scale * float(times[-1]) / times.size
    cheapest = STOPS if EXTRA * worth > orders * STOPS**2 else round((EXTRA * worth / orders) ** 0.5)
    most = max(1, min(HAND // (16 * dimension), cheapest))
    pieces: list[tuple[float, float, slice]] = []
    begin, first = 0.0, 0
    while first < times.size:
        limit = begin + REACH / scale
        last = min(int(np.searchsorted(times, limit, side="right")), first + most)
        end = limit if last == first else float(times[last - 1])
        pieces.append((begin, end, slice(first, last)))
        begin, first = end, last
    return pieces


def _segment(
    operator: Propagated,
    psi: Complex,
    stops: Real,
    interval: tuple[float, float],
    tol: float,
    meter: Meter,
    advance: Callable[[float], None],
) -> tuple[Complex, float]:
    """States at the stops, shape (stops, N n, k), from psi at time 0, and the bound on what was truncated."""
    shift, scale = interval
    table, tail = bessel_table(scale * stops, tol)  # (K, stops)
    table[1:] *= 2
    table *= np.where(np.arange(table.shape[0]) // 2 % 2, -1.0, 1.0)[:, None]  # (-i)^k = sign × (1 or -i)
    single = psi.shape[1] == 1
    start = operator.split(psi[:, 0] if single else psi)
    even, odd = np.zeros((2, stops.size, start.size))
    K = table.shape[0]
    batch = max(2, min(BATCH, HAND // start.nbytes // 2 * 2))  # even: the parity of an order is that of its place
    buffer = np.empty((min(batch, K) + 2, *start.shape))  # two carried vectors, then the batch
    flat = buffer.reshape(buffer.shape[0], -1)
    for k in range(0, K, batch):
        count = min(batch, K - k)
        if k == 0:
            buffer[2] = start
            if K > 1:
                buffer[3] = (operator.apply(start) - shift * start) / scale
            operator.chebyshev(buffer[: count + 2], 4, shift, scale)
        else:
            buffer[:2] = buffer[batch : batch + 2]
            operator.chebyshev(buffer[: count + 2], 2, shift, scale)
        rows = table[k : k + count]
        begin = int(np.argmax(np.abs(rows).max(axis=0) > 1e-18))  # earlier stops do not reach this order
        operator.fold(flat[2 : count + 2], rows[:, begin:], even[begin:], odd[begin:])
        advance((k + count) / K)
    meter.products += (K - 1) * psi.shape[1]
    phase = np.exp(-1j * shift * stops)
    cosines, sines = (operator.join(a.reshape(-1, *start.shape), block=not single) for a in (even, odd))
    states = cosines - 1j * sines
    states *= phase.reshape(-1, *(1,) * (states.ndim - 1))
    return (states[:, :, None] if single else states), tail
