"""The kernel of the populations of coupled units, its populations, and the exact ones beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from caloriq.reduced.populations.equation import Populations
from caloriq.reduced.populations.solution import PopulationKernel
from caloriq.results import Solution
from caloriq.variables import Variable, numbered, parts


def _energy(attribute: str, name: str) -> Variable:
    """Energies of the units, over the instants."""
    (one,) = parts(attribute, (Populations.variable("local_energies"),))
    return replace(one, name=name, dims=("instant", "unit"))


@dataclass(frozen=True)
class PopulationComparison(Solution):
    """A kernel of populations and what its equation gives from the start, beside exact dynamics.

    Attributes
    ----------
    kernel : PopulationKernel
        Rates, and the violations of the assumptions.
    mine : Populations
        By the kernel.
    exact : Populations or None
        By the Schrödinger equation, or the master equation of the noise; None where it takes too much.
    """

    kernel: PopulationKernel
    mine: Populations
    exact: Populations | None

    variables = (
        *parts("kernel", PopulationKernel.variables),
        _energy("mine", "energy"),
        _energy("exact", "exact_energy"),
    )
    coordinates = (
        *parts("kernel", PopulationKernel.coordinates),
        Variable("instant", ("instant",), units=Populations.coordinates[0].units, source=lambda r: r.mine.times),
        numbered("unit", lambda r: r.mine.space.units),
    )
    headlines = ("rate", "error", "locality", "energy_conservation", "level_independence")

    def declared(self) -> tuple[Variable, ...]:
        """The energies say whose they are."""
        told = {
            "energy": "u_i of the population equation",
            "exact_energy": f"u_i of the {self.compared_with}",
        }
        return tuple(replace(one, long_name=told[one.name]) if one.name in told else one for one in self.variables)

    @property
    def compared_with(self) -> str:
        """Whose the exact populations are."""
        if self.exact is None:
            return ""
        return "Schrödinger equation" if self.model.bath is None else "master equation of the noise"

    @property
    def distance(self) -> float | None:
        """Largest distance of a population from the exact one."""
        return None if self.exact is None else float(abs(self.mine.populations - self.exact.populations).max())

    def notes(self) -> tuple[str, ...]:
        """Negative gains, and how far exact populations are."""
        found = []
        if (least := self.kernel.most_negative.min()) < 0:
            found.append(f"The most negative gain is {least:.4g}.")
        if self.distance is not None:
            found.append(f"The populations are within {self.distance:.3g} of those of the {self.compared_with}.")
        return tuple(found)

    def facts(self) -> dict[str, Any]:
        """Those of the kernel, names of the bonds, and what the dots are."""
        names = [f"{i}-{j}" for i, j in self.kernel.bonds.tolist()]
        return {**self.kernel.facts(), "bonds": names, "compared_with": self.compared_with}
