"""Equation of state of a lattice: energy, heat capacity, entropy, free energy and static susceptibilities over temperature."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.lattice.blocks import asked_for, sizes
from caloriq.closed.lattice.spectra import Levels, all_levels, sampled
from caloriq.closed.lattice.sums import QUADRATURE, Sums, apart, checks, errors
from caloriq.closed.methods import Exact, Typical
from caloriq.errors import InvalidInput
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import Space, sectors
from caloriq.results import Certificate, MethodReport, Progress, Solution, frozen
from caloriq.variables import ENERGY as ENERGY_UNIT
from caloriq.variables import POWER, Variable

DENSE = 2000  # states of a block up to which "auto" finds every energy
FEW = 30.0  # states: where fewer count, the finite lattice shows (Jaklič, Prelovšek, Adv. Phys. 49, 1 (2000))

TEMPERATURE = Variable("temperature", ("temperature",), units=ENERGY_UNIT, source="temperatures")
OVER = ("temperature",)


def _number(name: str, told: str, units: str = "1") -> Variable:
    """One of the values over temperature."""
    return Variable(name, OVER, units=units, long_name=told, source=lambda found: found.values[name])


NUMBERS = (
    _number("energy", "energy per site", ENERGY_UNIT),
    _number("free_energy", "-T ln Z per site", ENERGY_UNIT),
    _number("entropy", "entropy per site, in k_B"),
    _number("heat_capacity", "c = d(energy)/dT per site, in k_B"),
    _number("energy_susceptibility", "T²c: variance of the energy per site", POWER),
    _number("states", "Tr e^{-(H-E0)/T}: how many states count"),
)


@dataclass(frozen=True)
class EquationOfState(Solution):
    """Thermodynamics of a finite lattice.

    Attributes
    ----------
    temperatures : array, shape (T,)
        In units of energy.
    values : mapping of str to array, shape (T,)
        By the names of the variables, per site: energy, free_energy, entropy, heat_capacity, energy_susceptibility, and of every
        conserved number its mean (NAME_mean) and its variance (NAME_susceptibility), without a field that fixes it; and states,
        Tr e^{-(H-E0)/T}, between the degeneracy of the lowest energy and D.
    bounds : mapping of str to array, shape (T,)
        On their errors: rounding of all energies, or from the scatter of the samples, at 99.7 % confidence.
    ground : float
        E0, the lowest energy that was found, of the whole lattice.
    conserved : tuple of str
        Names of the numbers.
    """

    temperatures: Real
    values: Mapping[str, Real]
    bounds: Mapping[str, Real]
    ground: float
    conserved: tuple[str, ...]

    variables = (
        *NUMBERS,
        Variable("ground", units=ENERGY_UNIT, long_name="lowest energy, of the whole lattice"),
    )
    coordinates = (TEMPERATURE,)

    def declared(self) -> tuple[Variable, ...]:
        """Energies, and what there is of every conserved number."""
        return (*self.variables, *numbers_of(self.conserved))

    def told_first(self) -> tuple[Variable, ...]:
        """Everything over the temperatures."""
        return self.declared()

    @property
    def energy(self) -> Real:
        """Per site, shape (T,)."""
        return self.values["energy"]

    @property
    def free_energy(self) -> Real:
        """-T ln Z per site, shape (T,)."""
        return self.values["free_energy"]

    @property
    def entropy(self) -> Real:
        """Per site in k_B, shape (T,)."""
        return self.values["entropy"]

    @property
    def heat_capacity(self) -> Real:
        """C per site in k_B, shape (T,)."""
        return self.values["heat_capacity"]

    def susceptibility(self, of: str = ENERGY) -> Real:
        """Static susceptibility of a conserved density, its variance per site, shape (T,): T²c of the energy."""
        return self.values[f"{of}_susceptibility"]

    def notes(self) -> tuple[str, ...]:
        """Where the finite lattice shows."""
        few = self.temperatures[self.values["states"] < FEW]
        if not few.size:
            return ()
        return (
            f"Up to T = {few.max():g} fewer than {FEW:g} states count: there the numbers are those of a lattice of {self.model.size} sites, not of a long one.",
        )


def numbers_of(conserved: tuple[str, ...]) -> tuple[Variable, ...]:
    """Variables of the conserved numbers."""
    found = []
    for of in conserved:
        for end, told in (("mean", f"{of} per site"), ("susceptibility", f"variance of the {of} per site")):
            found.append(_number(f"{of}_{end}", told))
    return tuple(found)


def choose_thermal_method(model: Lattice) -> tuple[Exact | Typical, str]:
    """What "auto" would run, and why."""
    largest = largest_block(model)
    block = sizes(largest)
    told = f"the largest sector has {largest.dimension} states"
    if block.by:
        told = f"the largest block of {block.by} has about {block.largest} states of a sector's {largest.dimension}"
    if block.largest <= DENSE:
        return Exact(), f"auto: {told}, at most {DENSE}, and is diagonalised"
    return Typical(), f"auto: {told}, above {DENSE}, and is sampled"


def largest_block(model: Lattice) -> Space:
    """The sector whose blocks are the largest."""
    return max(sectors(model), key=lambda one: sizes(one).largest)


def equation_of_state(
    model: Lattice,
    temperatures: ArrayLike,
    *,
    method: Exact | Typical | str = "auto",
    progress: Progress | None = None,
) -> EquationOfState:
    """Thermodynamics of a lattice over temperature.

    Parameters
    ----------
    model : Lattice
        Jump operators do not count: it is that of H.
    temperatures : array_like, shape (T,)
        Above 0, in units of energy (k_B = 1).
    method : Exact, Typical or "auto"
        All energies, block by block of the symmetries of H, or Lanczos quadratures from random states; "auto" by the largest
        block.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    EquationOfState
        Every number per site with a bound on its error.

    Raises
    ------
    InvalidInput
        For temperatures that are not above 0, or sectors that do not fit in memory; says the need first.
    NotConverged
        If a quadrature has not settled; the numbers are attached.
    """
    _checks.instance("model", model, Lattice)
    T = np.atleast_1d(_checks.temperatures(temperatures, "temperatures"))
    if T.ndim != 1 or not T.size:
        raise InvalidInput(
            f"`temperatures` must be one or a list, but they are not (got shape {np.shape(temperatures)})"
        )
    asked = _checks.method(method, (Exact, Typical))
    clock = time.perf_counter()
    chosen, reason = (
        choose_thermal_method(model) if asked == "auto" else (asked, asked_for(largest_block(model), asked))
    )
    if isinstance(chosen, Exact):
        spectra = all_levels(model, progress)
    else:

        def settled(fine: Levels, coarse: Levels) -> bool:
            return apart(model, [fine], [coarse], T) <= QUADRATURE

        spectra = sampled(model, chosen.samples, chosen.seed, settled, progress)
    sums = Sums(model, spectra.samples, T)
    values, bounds = dict(sums.mean), errors(model, spectra, T)
    statistics = {
        "dimension": model.dimension,
        "sectors": len(sectors(model)),
        "blocks": spectra.blocks,
        "products": spectra.products,
        "wall time in s": time.perf_counter() - clock,
    }
    return EquationOfState(
        model=model,
        method=MethodReport(repr(chosen), reason, MappingProxyType(statistics)),
        certificate=Certificate(checks(model, spectra, T)),
        temperatures=frozen(T.copy()),
        values=MappingProxyType({name: frozen(value) for name, value in values.items()}),
        bounds=MappingProxyType({name: frozen(value) for name, value in bounds.items()}),
        ground=sums.ground,
        conserved=model.symmetries.conserved,
    ).certified()
