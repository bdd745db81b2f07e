r"""How a Lindblad equation is told as jumps of pure states: those that disturb no norm come at a constant rate.

The equation is the same for :math:`L \to L - a` where L is hermitian and a real, for jumps of one environment as for those
of another. Dephasing :math:`\sqrt\gamma\,n` becomes :math:`\frac{\sqrt\gamma}2 Z`: a unitary kick at the rate γ/4, whatever
the state. What baths take from the norm of an empty or a full site, :math:`\Gamma_+(1-n)+\Gamma_-n`, is completed to a constant
by projections :math:`\sqrt a\,n` or :math:`\sqrt a(1-n)`, which are dephasing at the rate a: where the site has as much of it,
nothing but H acts between jumps, and every time of a jump is drawn at once.

Source: J. Dalibard, Y. Castin, K. Mølmer, Phys. Rev. Lett. 68, 580 (1992), doi:10.1103/PhysRevLett.68.580; R. Dum, P. Zoller,
H. Ritsch, Phys. Rev. A 45, 4879 (1992), doi:10.1103/PhysRevA.45.4879; M. B. Plenio, P. L. Knight, Rev. Mod. Phys. 70, 101
(1998), doi:10.1103/RevModPhys.70.101, section III.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from caloriq._checks import Real
from caloriq.spaces.bounds import bounds
from caloriq.spaces.strings import String, Strings, total

Z, TWO = 3, 2  # letter of two levels; levels
ROUNDING = 1e-13  # of an operator that is rounding, relative to what it is a difference of


@dataclass(frozen=True, eq=False)
class Unravelling:
    """Jumps of pure states whose mean obeys a Lindblad equation.

    Attributes
    ----------
    kicks : tuple of Strings
        Unitary operators U.
    rates : array, shape (K,)
        At which they come, whatever the state.
    jumps : tuple of Strings
        Operators L, the root of their rate in them, that come as the norm falls.
    constant : float
        c, at which the norm falls in every state.
    decay : Strings
        Σ L†L - c of the jumps, not negative; without strings where the norm falls at c alone, so that H is all that
        acts between jumps.
    """

    kicks: tuple[Strings, ...]
    rates: Real
    jumps: tuple[Strings, ...]
    constant: float
    decay: Strings


def unravelled(jumps: Sequence[Strings], *, complete: bool = True) -> Unravelling:
    """Of jump operators, none of which vanishes.

    Parameters
    ----------
    jumps : sequence of Strings
        At least one.
    complete : bool
        Whether projections make the rate of all jumps constant where they can.
    """
    kicks, rates, others = [], [], []
    for jump in jumps:
        centred = _centred(jump)
        if not centred.terms:
            continue  # a multiple of 1 does nothing
        square = centred.dagger() @ centred
        rate = square.trace.real
        if all(not string or abs(c) <= ROUNDING * rate for string, c in square.terms.items()):
            kicks.append((1 / np.sqrt(rate)) * centred)
            rates.append(float(rate))
        else:
            others.append(centred)
    spaces = jumps[0].spaces
    fallen = total(spaces, [one.dagger() @ one for one in others])
    added = _completing(fallen, kicks, rates) if complete else None
    if added is not None:
        others += added
        fallen = Strings(spaces, {(): fallen.trace + sum((one.dagger() @ one).trace for one in added)})
    low, high = bounds(fallen) if fallen.terms else (0.0, 0.0)
    if high - low <= 1e-11 * max(high, 0.0):
        low, decay = fallen.trace.real, Strings(spaces)
    else:
        low = max(low, 0.0)
        decay = fallen - Strings(spaces, {(): low})
    some = [k for k, rate in enumerate(rates) if rate > 0]
    return Unravelling(
        tuple(kicks[k] for k in some), np.array([rates[k] for k in some]), tuple(others), float(low), decay
    )


def _centred(jump: Strings) -> Strings:
    """A hermitian operator without its part along 1, which changes nothing; any other as it is."""
    if any(abs(complex(c).imag) > ROUNDING * abs(c) for c in jump.terms.values()):
        return jump
    return Strings(jump.spaces, {string: complex(c).real for string, c in jump.terms.items() if string})


def _completing(fallen: Strings, kicks: Sequence[Strings], rates: list[float]) -> list[Strings] | None:
    """Projections that make Σ L†L constant, taken from the kicks of their sites; None where these are too few.

    D[√a(1 ± Z)/2] = D[√(a/4) Z], and its L†L is a(1 ± Z)/2.
    """
    wanted: list[tuple[String, float, int]] = []
    for string, c in fallen.terms.items():
        if not string:
            continue
        if len(string) > 1 or string[0][1] != Z or fallen.spaces[string[0][0]].levels != TWO:
            return None
        own = [k for k, kick in enumerate(kicks) if set(kick.terms) == {string}]
        if not own or rates[own[0]] < abs(c) / 2:
            return None
        wanted.append((string, complex(c).real, own[0]))
    found = []
    for string, c, kick in wanted:
        rates[kick] -= abs(c) / 2
        sign = -1.0 if c > 0 else 1.0
        found.append(np.sqrt(2 * abs(c)) * Strings(fallen.spaces, {(): 0.5, string: 0.5 * sign}))
    return found
