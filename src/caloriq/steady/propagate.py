"""y(t) = e^(At) y(0) for small sets, however stiff: the exponential of one short step, squared again and again.

An instant is n steps h and a rest: the rest acts on y(0) by a Taylor series, whose vectors all instants share, and the
steps by the squares e^(Ah), e^(2Ah), e^(4Ah), … that the binary digits of n name. So the work grows with the logarithm of
‖A‖t, not with ‖A‖t. In ball arithmetic (FLINT/Arb) every number comes with a proven radius; in double precision its error
is measured against the same in other units, whose every rounding is another.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.errors import NotConverged
from caloriq.steady import balls, parts
from caloriq.steady.bounds import UNIT
from caloriq.steady.equations import Equations
from caloriq.steady.observables import Functional
from caloriq.steady.verified import rows_of

BITS = 128  # of the numbers wanted, before what squarings take
TAKEN = 3  # bits a squaring
CONTENT = 1e-12  # error of a number relative to itself, or to this share of the largest of its kind
SHARE = 1e-6
ZERO = 1e-12  # share of what a kind of numbers could amount to, below which all of them may be zero
MOST = 3000  # squarings
SAFETY = 10.0  # of a measured difference
UNITS = (1, 3, 5, 7, 9)  # of energy, in which the same is solved in double precision


@dataclass
class Path:
    """Where a chain goes."""

    states: Real  # states and slopes: y and dy/dt, shape (T, dimension)
    slopes: Real
    values: dict[str, Real]  # values and bounds: what is read off, and the errors, shape (T, numbers)
    bounds: dict[str, Real]
    error: float  # error and noise: largest of an entry of y, and of dy/dt
    noise: float
    statistics: dict[str, float | int | str]  # what it took


def steps_of(times: Real, scale: Fraction, h: Fraction) -> tuple[list[int], list[float]]:
    """Whole steps h, and the rest in units of h, of every instant."""
    whole, rest = [], []
    for t in times.tolist():
        n = Fraction(t) * scale / h
        whole.append(int(n))
        rest.append(float(n - int(n)))
    return whole, rest


def unit_step(norm: float) -> Fraction:
    """A power of two near 1/‖A‖ and below it."""
    return Fraction(2) ** (-math.frexp(norm)[1]) if norm > 0 else Fraction(1)


def squarings(norm: float, last: float) -> int:
    """How many squares reach the last instant."""
    if not math.isfinite(norm):
        return MOST + 1
    return int(Fraction(last) / unit_step(norm)).bit_length()


def exactly(equations: Equations, initial: Any, times: Real, tell: Callable[[float], Any]) -> Path:
    """In ball arithmetic, of the precision that is enough."""
    with np.errstate(over="ignore"):
        norm = float(abs(equations.generator(parts.coefficients(equations.model))).sum(axis=0).max())
    turns = squarings(norm, float(times[-1]))
    sizes = {name: _size(rows) for name, rows in equations.functionals(parts.coefficients(equations.model)).items()}
    bits = BITS + TAKEN * turns
    while bits <= max(balls.LAST, 4 * (BITS + TAKEN * turns)) and turns <= MOST:
        with balls.precision(bits):
            found = _in_balls(equations, initial, times, tell)
        if _content(found, sizes):
            found.statistics["bits"] = bits
            return found
        bits *= 2
    raise NotConverged(
        f"`times` must be reached by numbers that some precision holds, but they are not (got times up to {times[-1]:g} at rates of {norm:.3g}); take shorter times or smaller rates"
    )


def _size(rows: list[Functional]) -> float:
    """The largest coefficient of a kind of numbers."""
    with np.errstate(over="ignore"):
        return max((abs(float(c)) for row in rows for c, _ in row), default=0.0)


def _content(path: Path, sizes: dict[str, float]) -> bool:
    for name, value in path.values.items():
        size = np.abs(value)
        least = max(SHARE * float(size.max(initial=0.0)), ZERO * sizes[name])
        enough = CONTENT * np.maximum(size, least)
        if not np.all(path.bounds[name] <= enough):
            return False
    return bool(path.error <= CONTENT)


def _in_balls(equations: Equations, initial: Any, times: Real, tell: Callable[[float], Any]) -> Path:
    from flint import arb, arb_mat

    c, d = balls.coefficients(equations.model), equations.dimension
    A, columns = arb_mat(d, d), [0.0] * d
    for (i, j), value in balls.summed(equations.terms(c)).items():
        A[i, j] = value
        columns[j] += float(abs(value).upper())
    h = unit_step(max(columns) * (1 + 1e-9))
    step = A * (arb(h.numerator) / h.denominator)
    start = arb_mat(d, 1, equations.start(initial, arb))
    whole, rest = steps_of(times, Fraction(1), h)
    moved, products = _rests(step, start, rest), d
    power, last = None, max(n.bit_length() for n in whole)
    for bit in range(last):
        power = step.exp() if power is None else power * power
        for k, n in enumerate(whole):
            if n >> bit & 1:
                moved[k] = power * moved[k]
                products += 1
        tell((bit + 1) / last)
    return _read(equations, c, A, moved, {"squarings": last, "products": products})


def _rests(step: Any, start: Any, rest: list[float]) -> list[Any]:
    """e^(step f) start for every f in [0, 1) by one Taylor series with its remainder."""
    import flint
    from flint import arb, arb_mat

    if not any(rest):
        return [start for _ in rest]
    d, bits = start.nrows(), flint.ctx.prec
    vectors, size = [start], math.fsum(float(abs(start[i, 0]).upper()) for i in range(d))
    while math.lgamma(len(vectors) + 1) < (bits + 8) * math.log(2):
        vectors.append(step * vectors[-1] * (arb(1) / len(vectors)))
    # ‖step‖₁ ≤ 1: what is left out is at most 2‖y‖/M!
    left = arb(0, 2.1 * size) / arb(len(vectors) + 1).gamma()
    table = arb_mat([[v[i, 0] for v in vectors] for i in range(d)])
    weights = arb_mat([[arb(f) ** m for f in rest] for m in range(len(vectors))])
    moved = table * weights
    return [
        arb_mat(d, 1, [moved[i, k] + (left if f else 0) for i in range(d)]) if f else start for k, f in enumerate(rest)
    ]


def _read(equations: Equations, c: Any, A: Any, moved: list[Any], statistics: dict[str, Any]) -> Path:
    """Numbers, states and slopes of balls, rounded."""
    from flint import arb_mat

    named = equations.functionals(c)
    flat = [f for functionals in named.values() for f in functionals]
    rows = arb_mat(len(flat), equations.dimension)
    for r, functional in enumerate(flat):
        for coefficient, (places, entries) in functional:
            for i, v in zip(places.tolist(), entries.tolist(), strict=True):
                rows[r, i] += coefficient * v
    seen = np.array([balls.doubles((rows * y).entries()) for y in moved])
    states = np.array([balls.doubles(y.entries()) for y in moved])
    slopes = np.array([balls.doubles((A * y).entries()) for y in moved])
    values, bounds, at = {}, {}, 0
    for name, functionals in named.items():
        part = slice(at, at + len(functionals))
        values[name], bounds[name] = seen[:, 0, part], seen[:, 1, part]
        at += len(functionals)
    error, noise = float(states[:, 1].max(initial=0.0)), float(slopes[:, 1].max(initial=0.0))
    return Path(states[:, 0], slopes[:, 0], values, bounds, error, noise, statistics)


def in_doubles(equations: Equations, initial: Any, times: Real, tell: Callable[[float], Any]) -> Path:
    """In double precision, in several units, so that every rounding is another.

    That all others agree with the first by chance, in a number that stands alone of its kind, is what their number makes
    unlikely: to a tenth of its error two do about once in a hundred numbers, four once in ten thousand.
    """
    y0, found, turns = np.array(equations.start(initial)), [], 0
    for number, unit in enumerate(UNITS):
        A = equations.generator(parts.coefficients(equations.model, unit=float(unit)))
        with np.errstate(all="ignore"):
            states, turns = _powers(A, y0, times, Fraction(unit), lambda done, n=number: tell((n + done) / len(UNITS)))  # type: ignore[misc]
        if not np.abs(states).max() < 1 / UNIT:
            raise NotConverged(
                f"`times` must be reached in double precision, but rounding grows beyond all bounds (got times up to {times[-1]:g}); take shorter times or smaller rates"
            )
        found.append(states)
    A = equations.generator(parts.coefficients(equations.model))
    slopes = [(A @ states.T).T for states in found]
    path = measured(equations, found, slopes, SAFETY, {"squarings": turns})
    path.noise += 8 * UNIT * float((abs(A) @ np.abs(found[0]).T).max(initial=0.0))
    return path


def _powers(A: Any, start: Real, times: Real, scale: Fraction, tell: Callable[[float], Any]) -> tuple[Real, int]:
    """States at scale · times, shape (T, dimension), and the number of squarings."""
    h = unit_step(float(abs(A).sum(axis=0).max()))
    whole, rest = steps_of(times, scale, h)
    step = float(h) * A
    moved, vector, f, m = np.tile(start[:, None], len(rest)), start, np.array(rest), 0
    while m < 24:  # 1/24! is below a unit of rounding
        m += 1
        vector = step @ vector / m
        moved = moved + vector[:, None] * f**m
    power, last = None, max(n.bit_length() for n in whole)
    for bit in range(last):
        power = scipy.linalg.expm(step.toarray()) if power is None else power @ power
        set_ = np.array([bool(n >> bit & 1) for n in whole])
        moved[:, set_] = power @ moved[:, set_]
        tell((bit + 1) / last)
    return moved.T.copy(), last


def measured(
    equations: Equations,
    states: list[Real],
    slopes: list[Real],
    safety: float,
    statistics: dict[str, Any],
    *,
    tol: float = 8 * UNIT,
) -> Path:
    """Numbers of the first solution, with the largest distance of the others' at the same time, in the same kind, for errors.

    To these comes the tolerance of the first solution, relative to an entry of the state or a thousandth.
    """
    named, first = equations.functionals(parts.coefficients(equations.model)), states[0]
    ones, values, bounds = np.ones(first.shape[1]), {}, {}
    least = 0.0 if tol <= 8 * UNIT else 1e-3
    for name, functionals in named.items():
        F, magnitude = rows_of(functionals, ones)
        value, *others = [np.asarray((F @ one.T).T) for one in states]
        apart = np.max([np.abs(other - value).max(axis=1, initial=0.0) for other in others], axis=0)
        values[name] = value
        bounds[name] = safety * apart[:, None] + tol * np.asarray((magnitude @ (np.abs(first).T + least)).T)
    error, noise = (
        safety * max(float(np.abs(kind[0] - other).max(initial=0.0)) for other in kind[1:]) for kind in (states, slopes)
    )
    return Path(first, slopes[0], values, bounds, error, noise, statistics)
