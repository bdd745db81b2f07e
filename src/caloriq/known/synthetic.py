"""Resistances of made-up chains whose law is known: what verdicts and intervals are calibrated on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from caloriq._checks import Real

# as a user takes them: doubling, by steps, and in even ratios between two ends
DOUBLING = ((4, 5), (8, 4), (8, 5), (16, 4), (16, 5))
STEPS = ((3, 5), (4, 5), (4, 7), (6, 5))
EXACT = 0.5  # share of chains without statistical noise
SMOOTH = 0.25  # share of chains without finite-size terms
NOISE = (1e-4, 2e-2)
TERMS = (1e-5, 1e-1)  # of the finite-size terms at the smallest length, relative to R: within the prior scale
LENGTHS = (-1.5, 3.0)  # decades of a crossover length over the largest size


@dataclass(frozen=True)
class MadeUp:
    """Resistances with their errors, and the truth.

    Attributes
    ----------
    N, R, relative : array, shape (K,)
        Lengths; 1/J with noise and finite-size terms; standard errors relative to R.
    law : str
        Which law was drawn.
    resistivity, contact, exponent : float
        r and R_c of an affine law over long chains, b of N^b; NaN of others.
    reach : float
        Largest size over the length at which the crossover is, or over ξ; infinite where there is none.
    """

    N: Real
    R: Real
    relative: Real
    law: str
    resistivity: float
    contact: float
    exponent: float
    reach: float

    @property
    def diffusive(self) -> bool:
        """Whether Fourier's law is the truth."""
        return self.law == "affine"


Law = Callable[[np.random.Generator, Real], tuple[Real, float, float]]  # bare R(N), b, length of the crossover


def affine(rng: np.random.Generator, N: Real) -> tuple[Real, float, float]:
    """Contacts over a bond between 0.1 and 100."""
    return 10 ** rng.uniform(-1, 2) + (N - 1), np.nan, np.inf


def power(rng: np.random.Generator, N: Real) -> tuple[Real, float, float]:
    """Any exponent."""
    b = rng.uniform(0.0, 2.5)
    return _contacts(rng, N**b), b, np.inf


def nearly(rng: np.random.Generator, N: Real) -> tuple[Real, float, float]:
    """Exponents within a quarter of 1, contacts of six per cent at most: the hardest of all."""
    b = rng.uniform(0.75, 1.25)
    return _contacts(rng, N**b, -1.2), b, np.inf


def localised(rng: np.random.Generator, N: Real) -> tuple[Real, float, float]:
    """In one channel: contacts are worth one mean free path of the bulk, and ξ is one to five of these."""
    length = N[-1] * 10 ** rng.uniform(*LENGTHS)
    path = length / rng.uniform(1.0, 5.0)
    if rng.random() < 0.5:
        return (1 + np.exp(np.minimum(2 * N / length, 300))) / 2, np.nan, length
    return path + length * np.expm1(np.minimum(N / length, 300)), np.nan, length


def free_contacts(rng: np.random.Generator, N: Real) -> tuple[Real, float, float]:
    """Localised, between contacts that have nothing to do with ξ."""
    length = N[-1] * 10 ** rng.uniform(*LENGTHS)
    return _contacts(rng, length * np.expm1(np.minimum(N / length, 300))), np.nan, length


def crossover(rng: np.random.Generator, N: Real) -> tuple[Real, float, float]:
    """Ohmic up to a length, then a power law of another exponent or an exponential, sharper and smoother ones."""
    length = N[-1] * 10 ** rng.uniform(*LENGTHS)
    x, sharp = N / length, rng.uniform(1.0, 3.0)
    if rng.random() < 0.25:
        return _contacts(rng, length * np.sinh(np.minimum(x, 300))), np.nan, length
    beyond = rng.choice([0.0, rng.uniform(0.0, 0.9), rng.uniform(1.1, 2.0)])
    return _contacts(rng, N * (1 + x**sharp) ** ((beyond - 1) / sharp)), np.nan, length


def logarithmic(rng: np.random.Generator, N: Real) -> tuple[Real, float, float]:
    """N ln N, and N over ln N, with ln N, ln 2N or ln 3N."""
    return _contacts(rng, N * np.log(rng.uniform(1.0, 3.0) * N) ** rng.choice([-1.0, 1.0])), np.nan, np.inf


def ballistic(rng: np.random.Generator, N: Real) -> tuple[Real, float, float]:
    """Contacts alone."""
    return np.full(len(N), rng.uniform(1.0, 2.0)), 0.0, np.inf


LAWS: dict[str, Law] = {
    "affine": affine,
    "power": power,
    "nearly ohmic": nearly,
    "localised": localised,
    "free contacts": free_contacts,
    "crossover": crossover,
    "logarithmic": logarithmic,
    "ballistic": ballistic,
}


def _contacts(rng: np.random.Generator, bulk: Real, decades: float = 1.0) -> Real:
    """Contacts between a thousandth and ten times the bulk at the largest size."""
    return np.asarray(bulk + bulk[-1] * 10 ** rng.uniform(-3, decades))


def sizes(rng: np.random.Generator) -> Real:
    """Lengths as a user takes them."""
    kind = rng.integers(3)
    if kind == 0:
        first, count = DOUBLING[rng.integers(len(DOUBLING))]
        return np.asarray(first * 2.0 ** np.arange(count))
    if kind == 1:
        first, count = STEPS[rng.integers(len(STEPS))]
        return np.asarray(first + np.arange(count, dtype=float))
    between = np.geomspace(rng.integers(4, 40), rng.integers(80, 400), rng.integers(4, 9))
    return np.asarray(np.unique(np.round(between)))


def finite_size(rng: np.random.Generator, N: Real, scale: float) -> tuple[Real, float]:
    """A term of a given size at the smallest length, relative to R, and what N times it tends to.

    Oscillating, exponential, or 1/N, of either sign. What falls as 1/N adds to the contacts of a long chain.
    """
    sign, kind = rng.choice([-1.0, 1.0]), rng.integers(3)
    if kind == 0:
        wave = np.cos(rng.uniform(0, np.pi) * N + rng.uniform(0, 2 * np.pi))
        return np.asarray(scale * wave * (N[0] / N) ** rng.uniform(0.5, 2.0)), 0.0
    if kind == 1:
        return np.asarray(sign * scale * np.exp(-(N - N[0]) / (N[0] * rng.uniform(0.3, 2.0)))), 0.0
    return np.asarray(sign * scale * N[0] / N), float(sign * scale * N[0])


def made_up(rng: np.random.Generator, law: str, *, terms: float | None = None, always: bool = False) -> MadeUp:
    """One chain; `terms` fixes the size of its finite-size terms, `always` leaves none without."""
    N = sizes(rng)
    bare, exponent, length = LAWS[law](rng, N)
    unit = 10 ** rng.uniform(-6, 6)
    noise = 0.0 if rng.random() < EXACT else 10 ** rng.uniform(*np.log10(NOISE))
    drawn = 10 ** rng.uniform(*np.log10(TERMS))
    smooth = rng.random() < SMOOTH and not always
    term, added = finite_size(rng, N, terms if terms is not None else 0.0 if smooth else drawn)
    seen = bare * np.exp(term + noise * rng.standard_normal(len(N)))
    reach = float(N[-1] / length)
    resistivity, contact = (unit, unit * (bare[0] - N[0] + 1 + added)) if law == "affine" else (np.nan, np.nan)
    return MadeUp(N, unit * seen, np.full(len(N), noise), law, resistivity, contact, exponent, reach)
