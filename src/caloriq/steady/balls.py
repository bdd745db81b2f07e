"""The steady state in ball arithmetic: every number proved to as many digits as are asked for.

The model's doubles are taken as exact; rates from temperatures, the generator, its solution and all functionals are
balls with proven radii (FLINT/Arb: F. Johansson, IEEE Trans. Comput. 66, 1281 (2017), doi:10.1109/TC.2017.2690633).
The precision is doubled until the radii are small enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.models.baths import Bath
from caloriq.models.spins import SpinChain
from caloriq.steady.bounds import UNIT, Bounded
from caloriq.steady.observables import Functional
from caloriq.steady.parts import Coefficients, SectorSpace, part

FIRST, LAST = 192, 3072  # bits


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Ball arithmetic with so many bits."""
    import flint

    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def rates(bath: Bath, frequency: float) -> tuple[Any, Any]:
    """Γ₊ and Γ₋ of a bath as balls."""
    from flint import arb

    if bath.gain is not None and bath.loss is not None:
        return arb(bath.gain), arb(bath.loss)
    assert bath.rate is not None
    if bath.occupation is not None:
        return arb(bath.rate) * arb(bath.occupation), arb(bath.rate) * (arb(bath.occupation) + 1)
    assert bath.temperature is not None
    if bath.temperature == 0:
        return arb(0), arb(bath.rate)
    occupation = 1 / (arb(frequency) / arb(bath.temperature)).expm1()
    return arb(bath.rate) * occupation, arb(bath.rate) * (occupation + 1)


def coefficients(model: SpinChain) -> Coefficients:
    """The numbers of a model as balls."""
    from flint import arb

    g = np.asarray(model.bonds.hopping)
    found = [rates(b, float(model.frequencies[s])) for b, s in zip(model.baths, model.bath_sites, strict=True)]
    return Coefficients(
        frequency=[arb(float(v)) for v in model.frequencies],
        dephasing=[arb(float(v)) for v in model.dephasing_rates],
        hopping=[arb(float(v)) for v in g.real],
        imaginary=[arb(float(v)) for v in g.imag],
        zz=[arb(float(v)) for v in model.bonds.zz],
        gains=[up for up, _ in found],
        losses=[down for _, down in found],
        bath_sites=tuple(model.bath_sites),
    )


def summed(terms: Iterable[tuple[Any, Any]]) -> dict[tuple[int, int], Any]:
    """Entries of a sum of coefficients times sparse matrices."""
    entries: dict[tuple[int, int], Any] = {}
    for value, m in terms:
        for i, j, v in zip(m.row.tolist(), m.col.tolist(), m.data.tolist(), strict=True):
            entries[i, j] = entries.get((i, j), 0) + value * v
    return entries


def state(here: SectorSpace, c: Coefficients) -> list[Any] | None:
    """Packed steady state of trace one as balls, at the present precision; None if it cannot be had at that."""
    from flint import arb, arb_mat

    entries = summed((value, part(here, *key).tocoo()) for key, value in c.all(here))
    trace = int(here.diagonal[0])
    A, b = arb_mat(here.dimension, here.dimension), arb_mat(here.dimension, 1)
    for (i, j), value in entries.items():
        if i != trace:
            A[i, j] = value
    for j in here.diagonal.tolist():
        A[trace, j] = arb(1)
    b[trace, 0] = arb(1)
    try:
        x = A.solve(b)
    except ZeroDivisionError:
        return None
    return [x[i, 0] for i in range(here.dimension)]


def solve(
    model: SpinChain,
    here: SectorSpace,
    good: Callable[[Coefficients, Callable[[Sequence[Functional]], tuple[Real, Real]]], bool],
) -> tuple[Real, int] | None:
    """The state, rounded, and the precision in bits at which `good` is content with the coefficients and what is evaluated."""
    bits = FIRST
    while bits <= LAST:
        with precision(bits):
            c = coefficients(model)
            x = state(here, c)
            if x is not None and good(c, partial(evaluated, x)):
                return np.array([float(v.mid()) for v in x]), bits
        bits *= 2
    return None


def evaluated(x: list[Any], functionals: Sequence[Functional]) -> tuple[Real, Real]:
    """Functionals of a state of balls: midpoints, and radii with the rounding of the midpoint."""
    from flint import arb

    values, bounds = np.empty(len(functionals)), np.empty(len(functionals))
    for number, functional in enumerate(functionals):
        total = arb(0)
        for coefficient, (places, entries) in functional:
            part_sum = arb(0)
            for i, v in zip(places.tolist(), entries.tolist(), strict=True):
                part_sum += v * x[i]
            total += coefficient * part_sum
        values[number], bounds[number] = rounded(total)
    return values, bounds


def rounded(ball: Any) -> Bounded:
    """The nearest double, and a bound on its distance from what the ball holds; zero for what is exactly a double."""
    value, radius = float(ball.mid()), ball.rad()
    if radius == 0 and value == ball.mid():
        return Bounded(value, 0.0)
    if math.isinf(value):
        return Bounded(value, math.inf)
    return Bounded(value, float(radius) * (1 + 8 * UNIT) + 2 * UNIT * abs(value) + math.ulp(0.0))


def doubles(balls: Sequence[Any]) -> Bounded:
    """`rounded` of many."""
    values, radii = np.array([float(b) for b in balls]), np.array([float(b.rad()) for b in balls])
    with np.errstate(invalid="ignore"):
        bounds = radii * (1 + 8 * UNIT) + 2 * UNIT * np.abs(values) + math.ulp(0.0)
    for i in np.flatnonzero((radii == 0) | ~np.isfinite(bounds)).tolist():
        values[i], bounds[i] = rounded(balls[i])
    return Bounded(values, bounds)
