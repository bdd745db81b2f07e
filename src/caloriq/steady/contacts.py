"""What the baths at the two ends of a chain want: populations, their difference, and each bath's share in the flow.

The difference of two populations s = Γ₊/γ drives everything. It is formed from the definition, (g₁l₂ - g₂l₁)/(γ₁γ₂) in
balls of as many bits as it needs, so that T = 1 + 10⁻⁸ beside 1, or gains 10⁻¹⁶ apart, keep their digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.models.spins import SpinChain
from caloriq.steady import balls
from caloriq.steady.bounds import UNIT

BITS, MOST = 192, 12288
TINY = 2.0**-60  # relative radius that rounding to doubles hides


@dataclass(frozen=True)
class Contacts:
    """The two ends of a chain; every number to rounding of itself."""

    total: tuple[float, float]  # γ of the first and the last site, all their baths together; 0 without one
    total_rest: tuple[float, float]  # what γ is beyond that double
    preferred: tuple[float, float]  # S of each, where there is a bath
    drive: float  # S of the first site less that of the last; 0 if a bath is missing
    # offsets and shares: a bath brings its site `offsets` + `shares` · (what the site's baths bring together), shape
    # (baths,)
    offsets: Real
    shares: Real


def contacts(model: SpinChain) -> Contacts:
    """The ends of a model whose baths sit there."""
    bits = BITS
    while True:
        with balls.precision(bits):
            found = _contacts(model, last=bits >= MOST)
        if found is not None:
            return found
        bits *= 4


def _contacts(model: SpinChain, *, last: bool) -> Contacts | None:
    """At the present precision; None if a difference asks for more."""
    from flint import arb

    rates = [balls.rates(b, float(model.frequencies[s])) for b, s in zip(model.baths, model.bath_sites, strict=True)]
    ends = (0, model.sites - 1)
    gain, loss = [arb(0), arb(0)], [arb(0), arb(0)]
    for (up, down), site in zip(rates, model.bath_sites, strict=True):
        gain[ends.index(site)] += up
        loss[ends.index(site)] += down
    total = [u + d for u, d in zip(gain, loss, strict=True)]
    there = [t > 0 for t in total]
    zero = arb(0)
    drive = (gain[0] * loss[1] - gain[1] * loss[0]) / (total[0] * total[1]) if all(there) else zero
    offsets, shares = [], []
    for (up, down), site in zip(rates, model.bath_sites, strict=True):
        e = ends.index(site)
        if model.bath_sites.count(site) == 1:
            offsets.append(zero)
            shares.append(arb(1))
            continue
        offsets.append((up * (loss[e] - down) - down * (gain[e] - up)) / total[e])
        shares.append((up + down) / total[e])
    numbers = [_double(v, last=last) for v in (drive, *offsets)]
    if any(v is None for v in numbers):
        return None
    exact = [v for v in numbers if v is not None]

    def of(ball: Any) -> float:
        return float(ball.mid())

    return Contacts(
        (of(total[0]), of(total[1])),
        (of(total[0] - of(total[0])), of(total[1] - of(total[1]))),
        (of(gain[0] / total[0]) if there[0] else 0.0, of(gain[1] / total[1]) if there[1] else 0.0),
        exact[0],
        np.array(exact[1:]),
        np.array([of(s) for s in shares]),
    )


def _double(ball: Any, *, last: bool) -> float | None:
    """The ball's double where it is known to rounding; what no precision tells from zero is zero."""
    middle, radius = ball.mid(), ball.rad()
    if radius <= abs(middle) * TINY:
        return float(middle)
    return 0.0 if last and radius >= abs(middle) else None


RELATIVE = 4 * UNIT  # error of each of these numbers, relative to itself
