"""The response of a chain to a small difference of its baths, over bath rates and lengths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.errors import NotEnoughData
from caloriq.results import Solution
from caloriq.variables import ENERGY, Variable

APART = 0.1  # relative spread of D over the bath rates from which it is told
INVERSE = f"1/({ENERGY})"


@dataclass(frozen=True)
class LinearResponse(Solution):
    """Excitations that flow through a chain at infinite temperature, per drive, as the drive vanishes.

    The baths prefer the populations (1 ± μ)/2. Everything is a derivative by μ at μ = 0; rows are the bath rates Γ, columns
    the lengths N.

    Attributes
    ----------
    rates : array, shape (G,)
        Γ = Γ₊ + Γ₋ of each bath.
    sizes : array of int, shape (K,)
        N.
    drives : array, shape (M,)
        μ of the steady states.
    currents, current_errors : array, shape (G, K, M)
        Excitation currents at these drives, and their errors; NaN of lengths that a tensor network is for.
    conductance, conductance_error : array, shape (G, K)
        dj/dμ: that of first order where it was solved, otherwise a tensor network's, otherwise the extrapolated one.
    extrapolated, extrapolated_error : array, shape (G, K)
        From the steady states at all drives, NaN where there are none; the error is what the largest drive changes, and the
        errors of the currents.
    first_order, first_order_bound : array, shape (G, K)
        From the linear equation of first order in μ, without any drive; NaN where it was not solved.
    stationary, stationary_error : array, shape (G, K)
        From a tensor network at next to no drive, by its stationary number; NaN where none was relaxed.
    nonlinearity : array, shape (G, K)
        c of j = (dj/dμ) μ (1 + c μ²), to leading order.
    profile : array, shape (G, K, N)
        d⟨n⟩/dμ, NaN beyond the sites of shorter chains.
    gradient, gradient_error : array, shape (G, K)
        d²⟨n⟩/dμdx in the middle half of the chain; the error is what one site more or less at each side changes.
    diffusivity, diffusivity_error : array, shape (G, K)
        D = -j/(d⟨n⟩/dx) of this length and rate, sites² per time.
    contact, contact_error : array, shape (G,)
        Resistance R of the contacts, of μ/j = R + r (N - 1); NaN of fewer than three lengths.
    resistivity, resistivity_error : array, shape (G,)
        r of one bond, likewise.
    misfit : array, shape (G,)
        Largest deviation of μ/j from that line, relative to it: large where transport is not diffusive.
    methods : tuple of tuple of str
        What solved the steady states of every rate and length.
    """

    rates: Real
    sizes: Real
    drives: Real
    currents: Real
    current_errors: Real
    conductance: Real
    conductance_error: Real
    extrapolated: Real
    extrapolated_error: Real
    first_order: Real
    first_order_bound: Real
    stationary: Real
    stationary_error: Real
    nonlinearity: Real
    profile: Real
    gradient: Real
    gradient_error: Real
    diffusivity: Real
    diffusivity_error: Real
    contact: Real
    contact_error: Real
    resistivity: Real
    resistivity_error: Real
    misfit: Real
    methods: tuple[tuple[str, ...], ...]

    variables = (
        Variable("conductance", ("rate", "sites"), units=ENERGY, long_name="dj/dμ at μ = 0", carries="excitations"),
        Variable("conductance_error", ("rate", "sites"), units=ENERGY, long_name="error of conductance"),
        Variable("diffusivity", ("rate", "sites"), units=ENERGY, long_name="D = -j/(dn/dx) inside the chain"),
        Variable("diffusivity_error", ("rate", "sites"), units=ENERGY, long_name="error of diffusivity"),
        Variable("contact", ("rate",), units=INVERSE, long_name="contact resistance R of μ/j = R + r(N - 1)"),
        Variable("contact_error", ("rate",), units=INVERSE, long_name="error of contact"),
        Variable("resistivity", ("rate",), units=INVERSE, long_name="r of μ/j = R + r(N - 1)"),
        Variable("resistivity_error", ("rate",), units=INVERSE, long_name="error of resistivity"),
        Variable("misfit", ("rate",), long_name="largest deviation of μ/j from the line, relative to it"),
        Variable("extrapolated", ("rate", "sites"), units=ENERGY, long_name="dj/dμ from the drives"),
        Variable("extrapolated_error", ("rate", "sites"), units=ENERGY, long_name="error of extrapolated"),
        Variable("first_order", ("rate", "sites"), units=ENERGY, long_name="dj/dμ from the equation of first order"),
        Variable(
            "stationary", ("rate", "sites"), units=ENERGY, long_name="dj/dμ by a tensor network's stationary number"
        ),
        Variable("stationary_error", ("rate", "sites"), units=ENERGY, long_name="error of stationary"),
        Variable("nonlinearity", ("rate", "sites"), long_name="c of j = (dj/dμ) μ (1 + c μ²)"),
        Variable("gradient", ("rate", "sites"), long_name="d²n/dμdx inside the chain"),
        Variable("gradient_error", ("rate", "sites"), long_name="error of gradient"),
        Variable("profile", ("rate", "sites", "site"), long_name="dn/dμ of every site"),
        Variable(
            "current",
            ("rate", "sites", "drive"),
            units=ENERGY,
            long_name="current at this drive",
            carries="excitations",
            source="currents",
        ),
        Variable(
            "current_errors",
            ("rate", "sites", "drive"),
            units=ENERGY,
            long_name="error of current",
        ),
    )
    coordinates = (
        Variable("rate", ("rate",), units=ENERGY, long_name="Γ of each bath", source="rates"),
        Variable("sites", ("sites",), kind="whole", units="", long_name="N", source="sizes"),
        Variable("drive", ("drive",), units="", long_name="μ", source="drives"),
        Variable("site", ("site",), kind="whole", units="", source=lambda found: np.arange(int(found.sizes[-1]))),
    )
    headlines = ("conductance", "diffusivity", "contact", "resistivity")

    def facts(self) -> dict[str, Any]:
        """What ran at every rate and length, and how the numbers are known."""
        return {"methods": ["; ".join(row) for row in self.methods], "grade": self.grade, "verdict": self.sentence}

    @property
    def grade(self) -> str:
        """Whether two routes agree at every rate and length ("measured"), or one is a tensor network's alone ("indicated") or extrapolates ("extrapolated")."""
        linear, drives, network = map(np.isfinite, (self.first_order, self.extrapolated, self.stationary))
        if bool(np.all(linear & (drives | network))):
            return "measured"
        return "indicated" if bool(np.any(network & ~linear)) else "extrapolated"

    @property
    def resistance(self) -> Real:
        """μ/j, shape (G, K)."""
        inverse: Real = 1 / self.conductance
        return inverse

    @property
    def of_contacts(self) -> Real:
        """What is left of μ/j when the bonds have the resistance of the middle, shape (G, K)."""
        left: Real = self.resistance - (self.sizes - 1) / self.diffusivity
        return left

    @property
    def spread(self) -> float:
        """Largest over smallest D of the longest chain, over the bath rates, less one."""
        longest = self.diffusivity[:, -1]
        return float(longest.max() / longest.min() - 1)

    @property
    def sentence(self) -> str:
        """D of the longest chain over the bath rates, in words."""
        D, error, N = self.diffusivity[:, -1], self.diffusivity_error[:, -1], int(self.sizes[-1])
        told = [f"{d:.4g} ± {e:.1g} at Γ = {g:g}" for d, e, g in zip(D, error, self.rates, strict=True)]
        return f"At N = {N} the excitations diffuse with D = {', '.join(told)} ({self.grade})."

    def bulk(self, number: int = 0) -> tuple[float, float]:
        """D = 1/r of the bond resistance that the lengths give, and its error, at one of the bath rates.

        Raises
        ------
        NotEnoughData
            Of fewer than three lengths, or where the bonds have no resistance beyond its error.
        """
        r, error = float(self.resistivity[number]), float(self.resistivity_error[number])
        if not r > error:
            raise NotEnoughData(
                f"`sizes` must show the resistance of the bonds, but they do not (got r = {r:.3g} ± {error:.1g} from N = {', '.join(map(str, self.sizes.tolist()))}); take three lengths or more, or longer ones",
                estimate=1 / r if r else np.nan,
            )
        return 1 / r, error / r**2

    def notes(self) -> tuple[str, ...]:
        """That D of a short chain depends on its contacts, with the numbers."""
        if len(self.rates) < 2 or not self.spread > APART:
            return ()
        D, N = self.diffusivity[:, -1], int(self.sizes[-1])
        low, high = int(np.argmin(D)), int(np.argmax(D))
        return (
            f"D of {N} sites depends on the bath coupling, from {D[low]:.3g} at Γ = {self.rates[low]:g} to {D[high]:.3g} at Γ = {self.rates[high]:g}: "
            "contacts reach into a chain this short, and none of these is that of the bulk until they agree; `kubo` gives it of the closed chain.",
        )
