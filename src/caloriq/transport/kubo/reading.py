r"""How a diffusivity is read from D(t), by a stated rule.

Inside the time t* up to which two sizes are seen to agree, a *plateau* is a window [t*/2, t*] in which D stays within 2 % of its mean, or
3 % where its error is as large; a *growth* is D ∝ t^β there with the same β in both halves, above zero by twice its error. Anything else
is *neither*: the value at t* is told, and no more is claimed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from caloriq._checks import Real

FLAT = 0.02  # half of the range over the mean of D in a window that is flat
NOISY = 0.03  # the same, where errors are as large: noise makes anything flat
SIGMAS = 3.0  # standard errors by which two sizes part
APART = 0.005  # of D, by which they do at least: rounding of the integrals, and what no reading would see
BLIND = 0.1  # of D: statistical errors of two sizes, at three sigma, above which they are not seen to agree
STAYS = 0.75  # of the exponent of the first half, in the second, where D grows as a power
PRECISE = 0.1  # of D, all errors of a plateau together: noise makes anything flat
LEAST = 5  # times in a window
Rule = Literal["plateau", "growth", "neither"]
Limit = Literal["size", "noise", "times"]  # what ends the time up to which two sizes are seen to agree


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read.

    Attributes
    ----------
    rule : {"plateau", "growth", "neither"}
        How.
    value : float
        Mean of D over the window; at its end, where there is no plateau.
    statistical, finite_size, window : float
        Standard error; largest difference of two sizes in the window; half of the range of D there.
    quadrature, susceptibility : float
        Of the integral between times, with the bound on what the method leaves out of C; and of the χ that it is divided by.
    exponent, exponent_error : float
        β of D ∝ t^β in the window.
    begin, end : float
        Of the window.
    limit : {"size", "noise", "times"}
        What ends it: two sizes part, statistical errors hide whether they do, or there are no later times.
    """

    rule: Rule
    value: float
    statistical: float
    finite_size: float
    window: float
    quadrature: float
    susceptibility: float
    exponent: float
    exponent_error: float
    begin: float
    end: float
    limit: Limit

    @property
    def error(self) -> float:
        """All parts, added up."""
        return self.statistical + self.finite_size + self.window + self.quadrature + self.susceptibility


@dataclass(frozen=True, slots=True)
class Level:
    """What a correlation stays at inside t*: what a Drude weight would be, where it does not decay.

    Attributes
    ----------
    value : float
        Mean of C over the window [t*/2, t*].
    statistical, finite_size, window : float
        Standard error; largest difference of two sizes in the window; half of the range of C there.
    """

    value: float
    statistical: float
    finite_size: float
    window: float

    @property
    def error(self) -> float:
        """All three, added up."""
        return self.statistical + self.finite_size + self.window


def level(times: Real, C: Real, smaller: Real, error: Real, until: float) -> Level:
    """Read what a correlation stays at inside t*; arguments as of `read`. Where sizes part at once there is no window, and nothing is read."""
    if until <= 0:
        return Level(math.nan, math.nan, math.nan, math.nan)
    inside = (times >= until / 2) & (times <= until)
    c = C[inside]
    apart = float(np.abs(C - smaller)[inside].max())
    return Level(float(c.mean()), float(error[inside].max()), apart, float(np.ptp(c)) / 2)


def parting(times: Real, one: Real, other: Real, errors: tuple[Real, Real]) -> tuple[float, Limit]:
    """t*: the last time before two sizes part beyond their statistical errors, or these say nothing; and which of both it was."""
    noise = SIGMAS * np.hypot(*errors)
    part = np.abs(one - other) > noise + APART * np.abs(other)
    blind = noise > BLIND * np.abs(other)
    beyond = np.flatnonzero(part | blind)
    if not beyond.size:
        return float(times[-1]), "times"
    first = int(beyond[0])
    return float(times[max(first - 1, 0)]), "size" if part[first] else "noise"


def read(
    times: Real,
    D: Real,
    smaller: Real,
    error: Real,
    until: float,
    *,
    limit: Limit = "times",
    quadrature: Real | None = None,
    chi: float = 0.0,
) -> Reading:
    """Read a diffusivity inside t*.

    Parameters
    ----------
    times : array, shape (T,)
        Instants.
    D, smaller : array, shape (T,)
        Of the largest size and of the one below.
    error : array, shape (T,)
        Statistical standard error.
    until : float
        t*.
    limit : {"size", "noise", "times"}
        What ends it.
    quadrature : array, shape (T,), optional
        Error of the integral, other than statistical; none by default.
    chi : float
        Relative error of the χ that the integral is divided by.
    """
    between = np.zeros(times.size) if quadrature is None else quadrature
    inside = (times >= until / 2) & (times <= until) & (times > 0)
    if inside.sum() < LEAST or np.any(D[inside] <= 0):
        last = max(int(np.searchsorted(times, until, side="right")) - 1, 0)
        value = float(D[last]) if last else math.nan  # where sizes part at once there is none
        none = math.nan
        rest = (none, none, float(between[last]), chi * abs(value), none, none)
        return Reading("neither", value, float(error[last]), *rest, 0.0, until, limit)
    t, d, e = times[inside], D[inside], error[inside]
    statistical, apart = float(e.max()), float(np.abs(D - smaller)[inside].max())
    half = float(np.ptp(d)) / 2
    beta, own = _exponent(t, d, e)
    off = float(between[inside].max()), chi * float(d[-1])
    common = (statistical, apart, half, *off, beta, own, float(t[0]), float(t[-1]), limit)
    mean = float(d.mean())
    if (
        half <= max(min(2 * (statistical + apart), NOISY * mean), FLAT * mean)
        and statistical + apart + half + sum(off) <= PRECISE * mean
    ):
        return Reading("plateau", mean, *common)
    middle = len(t) // 2
    early, late = (_exponent(t[part], d[part], e[part]) for part in (slice(None, middle + 1), slice(middle, None)))
    if beta > 2 * own and late[0] - 2 * late[1] >= STAYS * early[0]:
        return Reading("growth", float(d[-1]), *common)
    return Reading("neither", float(d[-1]), *common)


def _exponent(t: Real, d: Real, error: Real) -> tuple[float, float]:
    """Slope of ln D over ln t, and its error: that of the points and of the fit."""
    x, y = np.log(t), np.log(d)
    x = x - x.mean()
    width = float(x @ x)
    slope = float(x @ y) / width
    left = y - y.mean() - slope * x
    scatter = math.sqrt(float(left @ left) / max(len(t) - 2, 1) / width)
    # errors of D at neighbouring times go together: the ends of the window may be off by them in opposite directions
    return slope, scatter + 2 * float((error / d).max()) / float(np.ptp(x))
