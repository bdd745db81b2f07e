r"""Correlation of a sum with itself on the infinite chain, from strings of at most ℓ cells, long ones damped.

The density of J(t) is evolved over all strings that cover at most ℓ cells; what a product makes longer is dropped, and strings
of k > ℓ₀ cells decay at the rate g (k - ℓ₀). Both are exact as long as no string has got there.

With A the generator cut and damped, :math:`C(t)=\langle J|e^{At}|J\rangle` at infinite temperature. Where H is real in the
basis of letters, A^T = ΠAΠ with Π the sign of transposition, and :math:`C(2s+\tau)=\pm\langle\Pi v(s)|e^{A\tau}|v(s)\rangle`:
half of the time suffices, and the numbers :math:`\langle\Pi\varphi_n v|\varphi_n v\rangle` of a step give C at all times within it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev

from caloriq._checks import Real
from caloriq.linalg import _support_compiled as compiled
from caloriq.linalg.strip import ROUNDING, Strip, strip
from caloriq.linalg.threads import serial
from caloriq.spaces.currents import residual
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import Strings
from caloriq.spaces.support import SupportSpace

TOL = 1e-11  # of what all steps leave out, of ‖J‖²
EXTRA = 24  # orders of a polynomial in time over r times half of its interval
VECTORS = 4  # that are held
FINE = 6  # parts of a step as long as next to nothing is damped or cut
LOST = 0.05  # of J, up to which that is next to nothing
ALL = 2.0  # of ⟨J²⟩: two correlations that it bounds are no further apart
SMALL = 2**15  # strings from which on threads are worth it


@dataclass(frozen=True)
class Piecewise:
    """A function of time from 0, as Chebyshev polynomials on intervals that touch.

    Attributes
    ----------
    begins : array, shape (S,)
        Of the intervals.
    pieces : tuple of Chebyshev
        Each in the time since its own begins.
    """

    begins: Real
    pieces: tuple[Chebyshev, ...]

    def __call__(self, times: Real) -> Real:
        """Values at times within."""
        t = np.asarray(times, dtype=float)
        where = np.clip(np.searchsorted(self.begins, t, side="right") - 1, 0, None)
        found = np.empty(t.shape)
        for s, (begin, piece) in enumerate(zip(self.begins.tolist(), self.pieces, strict=True)):
            found[where == s] = piece(t[where == s] - begin)
        return found

    def integral(self) -> Piecewise:
        """∫₀ᵗ."""
        total, pieces = 0.0, []
        for piece in self.pieces:
            pieces.append(piece.integ(k=total, lbnd=0.0))
            total = float(pieces[-1](piece.domain[1]))
        return Piecewise(self.begins, tuple(pieces))


@dataclass(frozen=True)
class Rung:
    """What strings of at most ℓ cells give.

    Attributes
    ----------
    support, kept : int
        ℓ, and ℓ₀: strings of more cells are damped.
    damping : float
        g.
    correlation : Piecewise
        ⟨J(t) J⟩ per cell.
    steps : array, shape (S,)
        Times at which weights are told.
    weights : array, shape (S, ℓ)
        Share of J(t) in strings that cover 1, ..., ℓ cells.
    departure : array, shape (S,)
        Bound on how far the correlation is from that of the infinite chain, over ⟨J²⟩, sampled at the steps.
    error : float
        Bound on what steps leave out and on rounding, of ⟨J²⟩, at every time.
    products : int
        With i[H, ·].
    bytes : int
        Of the vectors.
    halved : bool
        Whether half of the time was gone through.
    """

    support: int
    kept: int
    damping: float
    correlation: Piecewise
    steps: Real
    weights: Real
    departure: Real
    error: float
    products: int
    bytes: int
    halved: bool

    def departed(self, times: Real) -> Real:
        """The bound on the departure at any times: that of the next step, and 2 where there is none: neither correlation exceeds ⟨J²⟩."""
        upper = np.append(np.maximum.accumulate(self.departure), ALL)
        return np.asarray(np.minimum(upper[np.searchsorted(self.steps, times)], ALL))

    def exact_until(self, share: float) -> float:
        """Time until which the correlation is that of the infinite chain to a share of ⟨J²⟩."""
        return float(self.steps[np.count_nonzero(np.maximum.accumulate(self.departure) <= share) - 1])


def memory(space: SupportSpace) -> float:
    """Bytes of the vectors."""
    return 8.0 * VECTORS * space.size


def climb(
    space: SupportSpace,
    J: Strings,
    time: float,
    *,
    kept: int,
    damping: float,
    tol: float = TOL,
    tell: Callable[[float], Any] = lambda _: None,
) -> Rung:
    """Correlation of J(t) with J until a time; steps are shorter by `FINE` as long as next to nothing is damped or cut.

    Parameters
    ----------
    space : SupportSpace
        Strings.
    J : Strings
        Density of the sum, which must fit.
    time : float
        Last time.
    kept : int
        ℓ₀.
    damping : float
        g, in energy, not negative.
    tol : float
        What all steps may leave out, of ⟨J²⟩.
    tell : callable
        Called with the share of the work that is done.
    """
    sign = space.sign(J) if space.sign(space.chain.hamiltonian) == 1 else 0
    twice = 2 if sign else 1
    span, most = time / twice, damping * max(0, space.support - kept)
    longest = min(span, _longest(space.chain, J))
    walk = _Walk(space, J, sign, _rates(space, kept, damping))
    ends, weights, pieces, error, sums = [0.0], [space.weights(walk.v)], [], 0.0, 0.0
    with serial(blas=False, kernels=space.size < SMALL):
        plan, fine = strip(space.norm, most, span, tol, longest=longest / FINE), True
        while span - ends[-1] > 1e-9 * span:
            if fine and departures(space, np.array(ends), np.array(weights), kept, damping)[-1] > LOST:
                left = span - ends[-1]
                plan, fine = strip(space.norm, most, left, tol * left / span, longest=longest), False
            moments, length = walk.step(plan), twice * plan.length
            pieces.append(_piece(plan, moments, length))
            error += plan.left_out + plan.rounding
            sums = max(sums, _sums(plan) + plan.remainder(length, len(moments)))
            ends.append(ends[-1] + plan.length)
            weights.append(space.weights(walk.v))
            tell(ends[-1] / span)
    return Rung(
        support=space.support,
        kept=kept,
        damping=damping,
        correlation=Piecewise(twice * np.array(ends[:-1]), tuple(walk.square * one for one in pieces)),
        steps=np.array(ends),
        weights=np.array(weights),
        departure=departures(space, np.array(ends), np.array(weights), kept, damping),
        error=twice * error + error**2 + sums,
        products=walk.products,
        bytes=int(memory(space)),
        halved=bool(sign),
    )


def _longest(chain: InfiniteChain, J: Strings) -> float:
    """Longest step: the time in which J changes by its own size, about, twice."""
    rate = residual(chain, J) / J.norm
    return 4.0 / rate if rate > 0 else math.inf


class _Walk:
    """The vector on its way."""

    def __init__(self, space: SupportSpace, J: Strings, sign: int, rates: tuple[Real, Real]) -> None:
        self.space, self.sign, self.rates, self.products = space, sign, rates, 0
        self.v = space.vector(J)
        self.square = float(self.v[space.first :] @ self.v[space.first :])
        self.v /= math.sqrt(self.square)
        self.where = space.first + np.flatnonzero(self.v[space.first :])
        self.begun = self.v[self.where]

    def step(self, plan: Strip) -> Real:
        """Go on by one step: the numbers ⟨J|φ_n|v⟩ with the vector at its begin."""
        space, sign, v = self.space, self.sign, self.v
        c, N = plan.coefficients, len(plan.coefficients)
        low, high = space.signs
        inside, ends = (one - plan.shift for one in self.rates)
        sums = np.empty((len(high), 2))
        moments = np.zeros(2 * N - 1 if sign else N)
        # ⟨J|e^{As} = ±⟨Πv(s)|, and ⟨Πv|φ_n φ_n|v⟩ = ⟨Πφ_n v|φ_n v⟩
        moments[0] = sign * _signed(v, low, high) if sign else float(self.begun @ v[self.where])
        before, now, total = np.zeros_like(v), v, c[0] * v
        for n in range(1, N):
            # φ_1 = Bφ_0, φ_{n+1} = 2Bφ_n + φ_{n-1} with B = (L - D + d/2)/r
            f = (2 if n > 1 else 1) / plan.radius
            space.add_product(now, before, f)
            compiled.finish(before, now, total, c[n], f, inside, ends, low, high, sums)
            space.repeat(before)
            before, now = now, before
            if sign:
                # φ_n² = (φ_2n + (-1)^n)/2, φ_n φ_{n-1} = (φ_{2n-1} + (-1)^{n-1} φ_1)/2
                same, mixed = sign * sums.sum(axis=0)
                moments[2 * n - 1] = 2 * mixed - (-1) ** (n - 1) * moments[1] if n > 1 else mixed
                moments[2 * n] = 2 * same - (-1) ** n * moments[0]
            else:
                moments[n] = float(self.begun @ now[self.where])
        space.repeat(total)
        self.v, self.products = total, self.products + N - 1
        return moments


def _signed(v: Real, low: Real, high: Real) -> float:
    """⟨Πv|v⟩."""
    return float(np.einsum("bk,k,b,bk->", v.reshape(len(high), -1), low, high, v.reshape(len(high), -1), optimize=True))


def _piece(plan: Strip, moments: Real, length: float) -> Chebyshev:
    """⟨J|e^{At}|v⟩ for times of a step, as a Chebyshev series."""
    order = math.ceil(plan.radius * length / 2) + EXTRA
    found: Chebyshev = Chebyshev.interpolate(
        lambda t: plan.weights(t, len(moments)) @ moments, order, domain=[0.0, length]
    )
    return found


def _rates(space: SupportSpace, kept: int, damping: float) -> tuple[Real, Real]:
    """Damping of strings by their last letters, and of those that end before."""
    inside, ends = space.lengths
    return damping * np.maximum(inside - kept, 0.0), damping * np.maximum(ends - kept, 0.0)


def departures(space: SupportSpace, times: Real, weights: Real, kept: int, damping: float) -> Real:
    r"""Bound on |C - C_∞|/⟨J²⟩ at the times, from the shares of long strings at them.

    With w = (A - L)v of what is damped and cut, :math:`C-C_\infty=\int_0^t\langle l(t-s)|w(s)\rangle ds`, l the transposed
    evolution of J on the infinite chain: of its strings only those count that w has, and their norm is that of v's, and at most
    :math:`E(u)=\int_0^u\|w\|` more. Between neighbouring times the larger value is taken.
    """
    cells = np.arange(1, space.support + 1)
    damped = np.sqrt(weights @ (damping * np.maximum(cells - kept, 0)) ** 2)
    long = np.sqrt(weights[:, kept:].sum(axis=1))
    cut = np.zeros(len(times))
    for out, size in enumerate(space.cuts, start=1):
        cut += size * np.sqrt(weights[:, max(0, space.support - out) :].sum(axis=1))
    step = np.diff(times)
    damped, cut, long = (np.maximum.accumulate(one) for one in (damped, cut, long))
    lost = np.concatenate([[0.0], np.cumsum(step * (damped + cut)[1:])])
    found = np.zeros(len(times))
    for n in range(1, len(times)):
        after = np.searchsorted(times, times[n] - times[:n])  # the first time that is not before
        after = np.minimum(after, len(times) - 1)
        found[n] = float((step[:n] * (damped[1 : n + 1] * (long + lost)[after] + cut[1 : n + 1] * lost[after])).sum())
    return found


def _sums(plan: Strip) -> float:
    """Rounding of the numbers and of the sums over them."""
    return ROUNDING * len(plan.coefficients) * float(np.abs(plan.coefficients).sum())
