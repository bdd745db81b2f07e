"""Solution of a rate equation, and what the populations say of energies, currents and widths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.errors import Unsupported
from caloriq.models.modular import Bonds
from caloriq.reduced.average.averages import population_width
from caloriq.reduced.average.channels import Form
from caloriq.results import Solution, frozen
from caloriq.variables import BANDED, BANDED_PLACES, BONDS, GAP, RATES, SUBUNIT, TIME, Variable

if TYPE_CHECKING:
    from caloriq.reduced.average.theory import Theory


@dataclass(frozen=True)
class Relaxation(Solution):
    """Populations that relax by rates.

    Attributes
    ----------
    theory : Theory
        Whose rates.
    form : {"golden-rule", "printed", "resolved"}
        Of the equation; see `Theory.generator` and `Theory.solve`.
    fewest : int
        Levels of the smallest subunit that the start occupies, which pure starts fluctuate by; 0 of several bands.
    times : array, shape (T,)
        Instants, in 1/ΔE.
    populations : array, shape (T, N), of several bands (T, C)
        P_µ(t) of every subunit (PRL 11-13, PRE 30-32), or of every configuration of bands, shell by shell.
    """

    theory: Theory
    form: Form
    fewest: int
    times: Real
    populations: Real

    variables = (
        *RATES,
        Variable("local_energies", ("time", "subunit"), units=GAP, long_name="<H_loc(µ)>, Hilbert space average"),
        Variable("local_energy_widths", ("time", "subunit"), units=GAP, long_name="its typicality width"),
        Variable(
            "current_widths", ("time", "bond"), units=GAP, long_name="typicality width of the instantaneous current"
        ),
        Variable("edge_rates", ("bond",), units=GAP, long_name="rate of every edge"),
    )
    coordinates = (TIME, SUBUNIT, *BONDS)

    def declared(self) -> tuple[Variable, ...]:
        """Of subunits, or of configurations of bands."""
        return BANDED if self._banded else self.variables

    def placed(self) -> tuple[Variable, ...]:
        """Likewise."""
        return BANDED_PLACES if self._banded else self.coordinates

    @property
    def _banded(self) -> bool:
        return hasattr(self.model, "configurations")

    @property
    def _levels(self) -> int:
        """N of the one band, for which widths are known."""
        if self._banded:
            raise Unsupported(
                f"`model` must have one band for typicality widths, but it has several (got levels {list(self.model.levels)})"
            )
        return self.fewest

    @property
    def bonds(self) -> Bonds:
        """Pairs of subunits a < b that the currents flow between, shape (E, 2)."""
        return self.theory.bonds

    @property
    def edge_rates(self) -> Real | None:
        """Rate of every edge, shape (E,); None where all are γ."""
        return None if self.theory.exchange.alike else self.theory.edge_rates

    @property
    def configurations(self) -> NDArray[np.intp]:
        """Bands of every subunit, shell by shell, shape (C, N)."""
        found: NDArray[np.intp] = self.model.configurations
        return found

    @cached_property
    def currents(self) -> Real:
        """Currents from a to b along `bonds`, shape (T, E): of probability, γ_ab (P_a - P_b), in ΔE; of energy for several bands.

        Computed when first asked for, as all that follows.
        """
        return frozen(self.theory.exchange.currents(self.populations, self.form))

    @cached_property
    def band_populations(self) -> Real:
        """Of every band of every subunit, shape (T, N, B)."""
        return frozen(self.theory.exchange.band_populations(self.populations))

    @cached_property
    def local_energies(self) -> Real:
        """Hilbert space average of H_loc(µ), shape (T, N), in ΔE's unit: P_µ (ΔE + mean of ε), or Σ_i E_i P_µ(i)."""
        return frozen(self.theory.exchange.local_energies(self.populations))

    @cached_property
    def widths(self) -> Real:
        """Bound on the typicality width of P_µ(t) over the starts within one subunit, with the rate equation's P as the mean, shape (T, N).

        How far a single pure start may stray, as far as the rate equation is right.
        """
        return frozen(population_width(self.populations, self._levels))

    @cached_property
    def local_energy_widths(self) -> Real:
        """Typicality width of the local energies over all states of these populations, P_µ √(Var ε/(n+1)), shape (T, N)."""
        _ = self._levels
        return frozen(np.abs(self.populations) * self.theory.exchange.level_widths)

    @cached_property
    def current_widths(self) -> Real:
        """Typicality width of the instantaneous current over all states of these populations, shape (T, E): λw √(2 P_a P_b ⟨|v|²⟩).

        Its Hilbert space average is zero; the Fourier current is the mean over times beyond τ_c.
        """
        (a, b), _ = self.bonds.T, self._levels
        strengths = self.model.weights**2 * self.model.mean_squares
        squares = 2 * strengths * np.clip(self.populations[:, a] * self.populations[:, b], 0, None)
        return frozen(self.model.coupling * np.sqrt(squares))
