"""Steady state of a harmonic chain: currents, temperatures, entropy production, each with its error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.models.harmonic import HarmonicChain
from caloriq.results import Solution
from caloriq.steady.second_law import Producing
from caloriq.variables import BONDS, ENERGY, POWER, SITE, Variable

HARDLY = 0.01  # relative error above which a number is told to be hardly known
FLOWS = Variable("currents", ("bond",), units=POWER, long_name="heat along every bond", carries="heat")
HEAT = Variable(
    "heat_currents", ("bath",), units=POWER, long_name="heat from every bath of given temperature", carries="heat"
)


@dataclass(frozen=True)
class HarmonicState(Producing, Solution):
    """Steady state of a harmonic chain between Ohmic baths.

    Attributes
    ----------
    bath_names : tuple of str
        Baths of given temperature, in the model's order.
    heat_currents : array, shape (baths,)
        Energy per time from every bath of given temperature into the chain, in energy².
    currents : array, shape (N-1,)
        Energy per time along every bond, k⟨x_i v_{i+1}⟩, positive to higher sites.
    temperatures : array, shape (N,)
        Temperature of every site: that at which it would have its kinetic energy were the whole chain in equilibrium.
        A bath on it that takes no heat has the same one, whether it is a self-consistent bath of the chain or a weak
        probe. With classical noise it is m⟨v²⟩.
    kinetic_energies : array, shape (N,)
        ½m⟨v²⟩ less what the ground state has. (That of the ground state is infinite where an Ohmic bath acts: its
        noise ω coth(ω/2T) has no cutoff.)
    position_variances : array, shape (N,)
        ⟨x²⟩, ground state included; infinite where nothing holds the chain in its place.
    entropy_production : float
        -Σ J_b/T_b over all baths; never negative, and infinite where heat flows into a bath at T = 0.
    bounds : mapping of str to array
        Error of every number, by the name of the attribute: QUADPACK's estimate of the rule, summed over the panels,
        and what sum rules show to be missing. Estimates: those of currents are far above the errors that the Lyapunov
        equation shows; those of single sites have a safety factor of 64, and hold on random chains.
    """

    bath_names: tuple[str, ...]
    heat_currents: Real
    currents: Real
    temperatures: Real
    kinetic_energies: Real
    position_variances: Real
    entropy_production: float
    bounds: Mapping[str, Real]

    model: HarmonicChain

    variables = (
        Variable("current", units=POWER, long_name="heat from the bath on the lowest site", carries="heat"),
        HEAT,
        FLOWS,
        Variable("temperatures", ("site",), units=ENERGY, long_name="temperature of every site, by its kinetic energy"),
        Variable("kinetic_energies", ("site",), units=ENERGY, long_name="kinetic energy above the ground state"),
        Variable("position_variances", ("site",), units="length unit squared", long_name="variance of every position"),
        Variable("entropy_production", units=ENERGY, long_name="entropy production, -Σ J/T over all baths"),
    )
    coordinates = (SITE, *(replace(one) for one in BONDS))
    headlines = ("current", "heat_currents", "entropy_production")
    against = ", which baths of given temperature do not allow"

    @property
    def bonds(self) -> NDArray[np.intp]:
        """Pairs of sites that the currents flow between, shape (N-1, 2)."""
        first = np.arange(self.model.sites - 1)
        return np.stack([first, first + 1], axis=1)

    @property
    def current(self) -> float:
        """Heat from the bath on the lowest site; between two ends the heat through the chain."""
        return float(self.heat_currents[self._lowest])

    @property
    def current_bound(self) -> float:
        """Error of `current`."""
        return float(self.bounds["current"])

    @property
    def _lowest(self) -> int:
        return int(np.argmin(self.model.bath_sites))

    def notes(self) -> tuple[str, ...]:
        """Heat currents, and temperatures of sites, that are hardly known."""
        J, error = self.heat_currents, self.bounds["heat_currents"]
        faint = np.flatnonzero(error > HARDLY * np.abs(J))
        loose = np.flatnonzero(self.bounds["temperatures"] > HARDLY * np.maximum(self.temperatures, 1e-300))
        told = []
        if faint.size:
            numbers = ", ".join(f"{J[b]:.3g} ± {error[b]:.1g} from {self.bath_names[b]}" for b in faint.tolist())
            told.append(
                f"Heat is known to no better than a per cent ({numbers}): the certificate holds its error against γΔT/m, the most that a bath can bring."
            )
        if loose.size:
            told.append(
                f"The temperature of {loose.size} of {self.model.sites} sites is known to no better than a per cent: modes there are damped so weakly that no frequency finds them; the currents do not depend on it."
            )
        return tuple(told)

    def facts(self) -> dict[str, Any]:
        """Names of the baths, and the noise."""
        return {"baths": list(self.bath_names), "noise": self.model.noise}
