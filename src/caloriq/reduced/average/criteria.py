"""When the Hilbert space average method may be trusted: the papers' two criteria, and what their derivation takes for granted.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602, eq. 14; PRE 73, 016101 (2006),
doi:10.1103/PhysRevE.73.016101, eq. 29, and the model sections of both for δε ≪ ΔE and λ ≪ ΔE.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

from caloriq.errors import InvalidInput
from caloriq.models.modular import Modular

# c2 << 1 made a number: γ τ_c = 4π² c2, so at 0.01 the populations decay over two and a half correlation times.
WEAK = 0.01
# δε << ΔE made a number: PRL 16 puts the whole band at ΔE, which at 0.1 puts the peak of κ_th off by 0.1 % (n = 2),
# 0.5 % (n = 500), 1.2 % (n = 10⁶); it grows as δε².
NARROW = 0.1
# λ << ΔE made a number: what is left out of the coupling, all that changes the number of excitations, shifts a subunit's
# energy by (λ√n)²/ΔE, which at 0.1 is 1 % of the gap.
SLIGHT = 0.1
FLAT = f"far below 1, here at most {NARROW:g}: all levels of the band have nearly the energy of the gap"
CALM = f"far below 1, here at most {SLIGHT:g}: the coupling neither shifts local energies nor makes excitations"
SQUARED = 1e154  # whose square is still a number
PRINTED = 5e-4  # relative: within it of its bound a number equals it as printed, and given matrices scatter by more


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition of validity (PRL 14, PRE 29).

    Attributes
    ----------
    name : str
        "c1", "c2", "Σc2", "δε/ΔE" or "λ√n/ΔE".
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

    @classmethod
    def at_least(cls, name: str, formula: str, meaning: str, value: float, bound: float) -> Self:
        """A value that must reach its bound."""
        return cls(name, formula, meaning, value, bound, value / bound)

    @classmethod
    def at_most(cls, name: str, formula: str, meaning: str, value: float, bound: float) -> Self:
        """A value that must not exceed its bound."""
        return cls(name, formula, meaning, value, bound, bound / value if value else math.inf)

    @property
    def holds(self) -> bool:
        """Whether the condition is met, to the digits that are printed: c1 = 1 is the papers' own choice."""
        return self.margin * (1 + PRINTED) >= 1

    def to_mapping(self) -> dict[str, Any]:
        """As it stands in files, without its name."""
        told = {"formula": self.formula, "meaning": self.meaning, "value": self.value, "bound": self.bound}
        return {**told, "margin": self.margin, "holds": self.holds}

    def __str__(self) -> str:
        return f"{self.name} = {self.formula} = {self.value:.4g}: {'holds' if self.holds else 'FAILS'} ({self.meaning}; margin {self.margin:.3g})"


def criteria(model: Modular, weakest: float, strongest: float, busiest: float) -> tuple[Criterion, ...]:
    """All conditions of one model.

    c1 is that of the weakest, c2 that of the strongest w²⟨|v_ij|²⟩ of an edge; `busiest` is their largest sum at one subunit.
    """
    relative = model.coupling / model.bandwidth
    c1 = 2 * (relative * math.sqrt(weakest)) * model.levels
    pull = relative * math.sqrt(strongest)
    c2 = pull**2 * model.levels if pull < SQUARED else math.inf
    if not (0 < c2 < math.inf) or not c1 < math.inf or (c1 == 0 and weakest > 0):
        raise InvalidInput(
            f"`coupling` must give criteria within double precision, but c2 is {c2:g} (got {model.coupling:g})"
        )
    strength = model.coupling * math.sqrt(strongest) * math.sqrt(model.levels)
    return (
        Criterion.at_least("c1", "2λn/δε", "at least 1: the decay ends before the band rephases", c1, 1.0),
        weak("λ²n/δε²", c2),
        crowded((relative * math.sqrt(busiest)) ** 2 * model.levels),
        # what the papers' models presuppose: a band of one energy, far above the ground level, and a coupling that is small
        # against it; λ√n is the strength with which a level meets a whole band
        Criterion.at_most("δε/ΔE", "bandwidth/gap", FLAT, model.bandwidth / model.gap, NARROW),
        Criterion.at_most("λ√n/ΔE", "coupling √levels/gap", CALM, strength / model.gap, SLIGHT),
    )


def weak(formula: str, c2: float) -> Criterion:
    """The second criterion, however c2 is written."""
    meaning = f"far below 1, here at most {WEAK:g}: the decay is slow on the correlation time"
    return Criterion.at_most("c2", formula, meaning, c2, WEAK)


def crowded(value: float) -> Criterion:
    """c2 summed over the edges of the busiest subunit: it decays through all of them, γ Σw² τ_c = 4π² Σc2."""
    meaning = f"far below 1, here at most {WEAK:g}: the busiest subunit decays slowly on the correlation time"
    return Criterion.at_most("Σc2", "Σ λ²w²n/δε²", meaning, value, WEAK)
