"""Conductivity over a decade of temperature: of a chaotic chain, and of chains whose energy current is conserved."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from caloriq.closed.correlation.methods import Typicality
from caloriq.known.correlations import CHAOTIC, Case, xxz
from caloriq.models.lattice.densities import ENERGY
from caloriq.results import Progress
from caloriq.transport.kubo.over_temperature import LAW, kubo_over_temperature

POINTS = 7  # temperatures of a decade
SIGMAS = 3.0  # errors by which a closed form may be missed
HEADINGS = ("model", "T", "what", "ours", "error", "over the law of high T", "closed form", "agrees")


@dataclass(frozen=True)
class Decade(Case):
    """A chain over a decade of temperature.

    Attributes
    ----------
    sizes : (int, int)
        Of the rings.
    last, count : float, int
        Of the times.
    begin : float
        Lowest temperature of the decade.
    exact : callable, optional
        What is known at a temperature in closed form, for long chains.
    """

    sizes: tuple[int, int]
    last: float
    count: int
    begin: float
    exact: Callable[[float], float] | None = None


def free_weight(temperature: float) -> float:
    """C/T² of the energy current of the XX chain, SxSx + SySy: a band cos k of free fermions, ∫dk/2π (ε v)² f (1 - f)/T²."""
    k = np.linspace(-np.pi, np.pi, 4001)[:-1]
    energy, speed = np.cos(k), np.sin(k)
    f = 1 / (1 + np.exp(energy / temperature))
    return float(np.mean((energy * speed) ** 2 * f * (1 - f)) / temperature**2)


DECADES = (
    Decade("Ising 1.4, 0.9045", CHAOTIC, ENERGY, (14, 16), 10.0, 41, 2.5),
    Decade("XXZ, Δ = 0.5", xxz(0.5), ENERGY, (12, 14), 2.0, 9, 1.0),
    Decade("XX", xxz(0.0), ENERGY, (12, 14), 2.0, 9, 1.0, free_weight),
)


@dataclass(frozen=True)
class AtTemperature:
    """One number of a decade."""

    decade: Decade
    temperature: float
    ballistic: bool
    value: float
    error: float
    law: float
    last: bool  # at the highest temperature, where the law of high temperatures holds

    @property
    def compared(self) -> bool:
        """Whether there is something to agree with."""
        return self.last or self.decade.exact is not None

    @property
    def agrees(self) -> bool:
        """With the closed form, within three errors; at the highest temperature with the law."""
        exact = self.decade.exact
        right = exact is None or abs(self.value - exact(self.temperature)) <= SIGMAS * self.error
        return right and (not self.last or abs(self.law - 1) <= LAW)


def over_temperature(progress: Progress | None = None) -> Iterator[AtTemperature]:
    """Every number."""
    for number, one in enumerate(DECADES):
        T = np.geomspace(one.begin, 10 * one.begin, POINTS)
        found = kubo_over_temperature(
            one.make(one.sizes[-1]),
            of=one.of,
            sizes=one.sizes,
            times=np.linspace(0.0, one.last, one.count),
            temperatures=T,
            method=Typicality(samples=6, seed=1),
        )
        ballistic = found.mazur > 0
        for n, k in enumerate(found.each):
            value, error = (k.weight, k.weight_error) if ballistic else (k.conductivity, k.conductivity_error)
            yield AtTemperature(one, float(T[n]), ballistic, value, error, float(found.law[n]), n == len(T) - 1)
        if progress is not None:
            progress(number + 1, len(DECADES))


def cells(row: AtTemperature) -> tuple[str, ...]:
    """A row in words."""
    exact = row.decade.exact
    return (
        f"{row.decade.name}, {row.decade.of}",
        f"{row.temperature:.3g}",
        "weight C/T²" if row.ballistic else "κ",
        "none" if math.isnan(row.value) else f"{row.value:.4g}",
        "" if math.isnan(row.value) else f"{row.error:.2g}",
        "" if math.isnan(row.law) else f"{row.law:.3f}",
        "" if exact is None else f"{exact(row.temperature):.4g}",
        "" if not row.compared else "yes" if row.agrees else "NO",
    )
