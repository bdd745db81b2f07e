"""The general job for coupled units: the kernel of their populations, what it says of Fourier's law, and the exact dynamics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from caloriq import _checks
from caloriq.errors import InvalidInput
from caloriq.models.coupled import CoupledUnits, ExchangeChain
from caloriq.models.definition import Definition
from caloriq.models.fields import Index, Positive, plain
from caloriq.models.occupations import damping, space
from caloriq.models.times import Instants
from caloriq.reduced.tcl.damped import LARGEST
from caloriq.reduced.tcl.equation import Populations, schroedinger_memory
from caloriq.reduced.tcl.kernel import markov_kernel, population_kernel
from caloriq.reduced.tcl.solution import PopulationKernel
from caloriq.results import Progress

if TYPE_CHECKING:
    import xarray as xr

COMPARED = 3000  # states up to which the exact dynamics is shown beside the kernel's
NOISY = LARGEST  # the same with white noise

UnitModel = Annotated[CoupledUnits | ExchangeChain, Field(discriminator="kind")]


class PopulationRun(Definition):
    """What `caloriq run` reads for coupled units.

    Parameters
    ----------
    model : CoupledUnits or ExchangeChain
        What is coupled.
    order : {"auto", "exact", 2, 4, "markov"}
        Kernel; see `population_kernel` and `markov_kernel`. Auto: exact for a closed model, 2 for one with a bath.
    times : Instants
        When.
    start : list of int, optional
        Levels of the units at the start, which name the sector; by default one excitation in the first.
    density : float, optional
        Γ(0) of the Markov limit.
    """

    model: UnitModel
    order: Annotated[Literal["auto", "exact", 2, 4, "markov"], BeforeValidator(plain)] = "auto"
    times: Instants = Instants()
    start: list[Index] | None = None
    density: Positive | None = None

    @model_validator(mode="after")
    def _can_run(self) -> PopulationRun:
        if self.density is not None and self.order != "markov":
            raise InvalidInput(
                f"`density` must be left out but for the Markov limit, but it is given (got {self.density:g} with order {self.order})"
            )
        return self

    @property
    def chosen(self) -> Literal["exact", 2, 4, "markov"]:
        """The order that runs."""
        if self.order != "auto":
            return self.order
        return "exact" if self.model.bath is None else 2

    def plan(self) -> tuple[int, str]:
        """Number of states, and the bytes of the kernel in words."""
        states = space(self.model, self.start)
        D, T = states.dimension, 1 if self.chosen == "markov" else len(self.times.resolve())
        need = 8.0 * D**2 * (T + 14) if self.chosen in ("exact", 4) else 24.0 * T * states.coupling.nnz
        if self.model.bath is not None and self.chosen == "exact":
            need = max(need, 100.0 * D**4)
        if self._compares(D):
            need = max(need, schroedinger_memory(D))
        _checks.memory("start", f"{D} states at {T} times", need, "take fewer times, units or excitations")
        return D, _checks.size(need)

    def solve(self, progress: Progress | None = None) -> tuple[PopulationKernel, Populations, Populations | None]:
        """Kernel, its populations, and those of the Schrödinger or master equation where there is one and it is small enough."""
        t = self.times.resolve()
        order = self.chosen
        if order == "markov":
            kernel = markov_kernel(self.model, density=self.density, start=self.start)
        else:
            kernel = population_kernel(self.model, t, order=order, start=self.start, progress=progress)
        mine = kernel.solve(t, initial=self.start)
        exact = None
        if self.model.bath is not None and damping(kernel.space) is not None and kernel.space.dimension <= NOISY:
            exact = kernel.master_equation(t, initial=self.start)
        elif self._compares(kernel.space.dimension):
            exact = kernel.schroedinger(t, initial=self.start)
        return kernel, mine, exact

    def _compares(self, states: int) -> bool:
        """Whether the Schrödinger equation is solved too: a closed model of a size that takes a minute at most."""
        return self.model.bath is None and states <= COMPARED


def population_dataset(kernel: PopulationKernel, mine: Populations, exact: Populations | None) -> xr.Dataset:
    """The kernel's variables, with the energies of the units over time beside them: `energy`, and the exact ones."""
    equation = "Schrödinger equation" if kernel.model.bath is None else "master equation of the noise"
    data = kernel.to_dataset()
    energies = {"energy": (mine, "population equation")} | (
        {} if exact is None else {"exact_energy": (exact, equation)}
    )
    for name, (found, of) in energies.items():
        told = {**found.variable("local_energies").attributes, "long_name": f"u_i of the {of}"}
        data[name] = (("instant", "unit"), found.local_energies, told)
    names = [f"{i}-{j}" for i, j in kernel.bonds.tolist()]
    return data.assign_coords(instant=mine.times, unit=np.arange(mine.space.units)).assign_attrs(
        bonds=names, compared_with="" if exact is None else equation
    )
