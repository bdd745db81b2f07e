"""What the Hilbert space average method says of chains and networks alike: rate, criteria, times, conductivity.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602; PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.modular import Modular
from caloriq.reduced import thermal
from caloriq.reduced.averages import distribution
from caloriq.reduced.kernel import correlation_time, heisenberg_time

# c2 << 1 made a number: γ τ_c = 4π² c2, so at 0.01 the populations decay over two and a half correlation times.
WEAK = 0.01


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition of validity (PRL 14, PRE 29).

    Attributes
    ----------
    name : str
        "c1" or "c2".
    formula, meaning : str
        What it is, and what it asks.
    value : float
        Value at this model.
    bound : float
        What it is compared with.
    margin : float
        Factor by which it is met; below 1 it fails.
    """

    name: str
    formula: str
    meaning: str
    value: float
    bound: float
    margin: float

    @property
    def holds(self) -> bool:
        """Whether the condition is met (to rounding: c1 = 1 is the papers' own choice)."""
        return self.margin >= 1 - 1e-9

    def __str__(self) -> str:
        return f"{self.name} = {self.formula} = {self.value:.4g}: {'holds' if self.holds else 'FAILS'} ({self.meaning}; margin {self.margin:.3g})"


@dataclass(frozen=True)
class Averaged:
    """Rate, criteria, times and conductivity of identical subunits coupled in pairs.

    Attributes
    ----------
    rate : float
        γ = 2πλ²n/δε (PRL 10, PRE 27), in ΔE.
    criteria : tuple of Criterion
        c1 = 2λn/δε ≥ 1 and c2 = λ²n/δε² ≪ 1 (PRL 14, PRE 29).
    """

    model: Modular
    rate: float
    criteria: tuple[Criterion, Criterion]

    @property
    def holds(self) -> bool:
        """Whether both criteria are met."""
        return all(c.holds for c in self.criteria)

    @property
    def correlation_time(self) -> float:
        """τ_c = 2π/δε: the kernel is linear after it; γτ_c = 4π² c2. In 1/ΔE."""
        return correlation_time(self.model)

    @property
    def heisenberg_time(self) -> float:
        """τ_H = 2πn/δε: the kernel is linear before it; γτ_H = π² c1². In 1/ΔE."""
        return heisenberg_time(self.model)

    @property
    def relaxation_time(self) -> float:
        """1/γ, in 1/ΔE."""
        return 1 / self.rate

    def heat_capacity(self, temperature: ArrayLike) -> Real:
        """Heat capacity c(T) of one subunit (PRE 49-50), in k_B; T in ΔE's unit, any shape."""
        return thermal.heat_capacity(self.model.levels, self.model.gap, temperature)

    def conductivity(self, temperature: ArrayLike) -> Real:
        """Conductivity κ_th = γ c (PRL 16, PRE 48, 51), in k_B ΔE; T in ΔE's unit, any shape."""
        kappa: Real = self.rate * self.heat_capacity(temperature)
        return kappa

    @property
    def peak(self) -> tuple[float, float]:
        """(T, κ_th) of the largest conductivity."""
        T = thermal.peak_temperature(self.model.levels, self.model.gap)
        return T, float(self.conductivity(T))


def golden_rule(model: Modular, mean_square: float) -> float:
    """γ = 2πλ²n/δε times the mean |v_ij|²."""
    strength = model.coupling * math.sqrt(mean_square)
    rate = 2 * math.pi * (strength / model.bandwidth) * strength * model.levels
    if not 0 < rate < math.inf:
        raise InvalidInput(
            f"`coupling` must give a rate within double precision, but γ is {rate:g} (got {model.coupling:g})"
        )
    return rate


def criteria(model: Modular, weakest: float, strongest: float) -> tuple[Criterion, Criterion]:
    """c1 of the weakest and c2 of the strongest coupling, given the mean squares of their elements."""
    relative = model.coupling / model.bandwidth
    c1 = 2 * (relative * math.sqrt(weakest)) * model.levels
    c2 = (relative * math.sqrt(strongest)) ** 2 * model.levels
    if not (0 < c1 < math.inf and 0 < c2 < math.inf):
        raise InvalidInput(
            f"`coupling` must give criteria within double precision, but c2 is {c2:g} (got {model.coupling:g})"
        )
    return (
        Criterion("c1", "2λn/δε", "at least 1: the decay ends before the band rephases", c1, 1.0, c1),
        weak("λ²n/δε²", c2),
    )


def weak(formula: str, c2: float) -> Criterion:
    """The second criterion, however c2 is written."""
    meaning = f"far below 1, here at most {WEAK:g}: the decay is slow on the correlation time"
    return Criterion("c2", formula, meaning, c2, WEAK, WEAK / c2)


def starting_populations(initial: ArrayLike | int, subunits: int) -> Real:
    """P(0), shape (N,), from the index of the excited subunit or from all populations."""
    if isinstance(initial, int | np.integer) and not isinstance(initial, bool):
        start = np.zeros(subunits)
        start[_checks.index("initial", int(initial), subunits)] = 1.0
        return start
    start = distribution("initial", initial)
    if start.size != subunits:
        raise InvalidInput(
            f"`initial` must hold one population per subunit ({subunits}), but it does not (got {start.size})"
        )
    return start
