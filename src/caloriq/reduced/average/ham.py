"""The verb: the Hilbert space average method on modular chains and networks.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602; PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.banded import BandedChain
from caloriq.models.modular import Bonds, ModularChain
from caloriq.models.network import MODULAR, ModularNetwork
from caloriq.reduced.average.averages import population_width
from caloriq.reduced.average.bands import BandTheory, band_theory
from caloriq.reduced.average.criteria import criteria
from caloriq.reduced.average.network import NetworkTheory, network_theory
from caloriq.reduced.average.short_time import Kernel, short_time_kernel
from caloriq.reduced.average.theory import GOLDEN, Averaged, golden_rule, mean_strength, starting_populations
from caloriq.reduced.rates.closed_form import solve_path
from caloriq.reduced.rates.edges import EdgeFlow
from caloriq.results import Certificate, Check, MethodReport, Solution, frozen
from caloriq.variables import BONDS, GAP, RATES, SUBUNIT, TIME, Variable

TOLERANCE = 1e-12  # of the series for long chains of unequal bonds


@dataclass(frozen=True)
class Relaxation(Solution):
    """Solution of the rate equation.

    Attributes
    ----------
    times : array, shape (T,)
        Instants, in 1/ΔE.
    populations : array, shape (T, N)
        P_µ(t) (PRL 11-13, PRE 30-32).
    currents : array, shape (T, N-1)
        Fourier currents J_µ = -γ_µ (P_µ+1 - P_µ), in ΔE; times ΔE the energy current.
    widths : array, shape (T, N)
        Bound on the typicality width of P_µ(t) over the starts within one subunit, with the rate equation's P as the
        mean: how far a single pure start may stray, as far as the rate equation is right.
    local_energies : array, shape (T, N)
        Hilbert space average of H_loc(µ) at these populations, P_µ (ΔE + mean of ε), in ΔE's unit.
    local_energy_widths : array, shape (T, N)
        Its typicality width over all states of these populations, P_µ √(Var ε/(n+1)).
    current_widths : array, shape (T, N-1)
        Typicality width of the instantaneous current over all states of these populations, √(2 P_µ P_µ+1 ⟨|v|²⟩) λ, every bond with its own ⟨|v|²⟩;
        its Hilbert space average is zero, the Fourier current is the mean over times beyond τ_c.
    """

    times: Real
    populations: Real
    currents: Real
    widths: Real
    local_energies: Real
    local_energy_widths: Real
    current_widths: Real

    variables = (
        *RATES,
        Variable("local_energies", ("time", "subunit"), units=GAP, long_name="<H_loc(µ)>, Hilbert space average"),
        Variable("local_energy_widths", ("time", "subunit"), units=GAP, long_name="its typicality width"),
        Variable(
            "current_widths", ("time", "bond"), units=GAP, long_name="typicality width of the instantaneous current"
        ),
    )
    coordinates = (TIME, SUBUNIT, *BONDS)

    @property
    def bonds(self) -> Bonds:
        """Pairs of neighbours that the currents flow between, shape (N-1, 2)."""
        bonds: Bonds = self.model.bonds
        return bonds


@dataclass(frozen=True)
class Theory(Averaged):
    """What the Hilbert space average method says of a modular chain; the common part is that of `Averaged`.

    Attributes
    ----------
    model : ModularChain
        The chain.
    rate, criteria
        See `Averaged`; bonds of given matrices have rates of their own, `edge_rates`.
    """

    model: ModularChain

    @cached_property
    def kernel(self) -> Kernel:
        """Short-time kernel of the model's actual matrices, with the rate it shows; see `short_time_kernel`."""
        return short_time_kernel(self.model)

    def solve(self, times: ArrayLike, *, initial: ArrayLike | int = 0) -> Relaxation:
        """Rate equation dP/dt = -γ L P in closed form (PRL 11-13, PRE 30-32); N log N operations per time.

        Bonds of unequal rates have the weighted Laplacian of `ModularNetwork`, and its solution.

        Parameters
        ----------
        times : array_like, shape (T,)
            Instants, not negative, strictly increasing, in 1/ΔE.
        initial : int or array_like, shape (N,)
            Index of the excited subunit, or all populations.

        Returns
        -------
        Relaxation
            Populations, Fourier currents and widths, certified by conservation and positivity.
        """
        t = _checks.times(times)
        N = self.model.subunits
        _checks.memory("times", t.size, 80.0 * t.size * N, "take fewer times or subunits")
        start = starting_populations(initial, N)
        P, report, checks = self._relaxed(start, t)
        levels, neighbours = self.model.band_levels, np.clip(P[:, :-1] * P[:, 1:], 0, None)
        squares = 2 * self.model.mean_squares * neighbours
        certificate = Certificate(
            (
                Check(
                    "probability drift",
                    float(np.abs(P.sum(axis=1) - 1).max()),
                    1e-11,
                    "the rate equation conserves the excitation",
                ),
                Check(
                    "negative population",
                    float(max(0.0, -P.min())),
                    1e-12 + sum(c.limit for c in checks),
                    "rates keep populations positive, but for rounding",
                ),
                *checks,
            )
        )
        return Relaxation(
            model=self.model,
            method=report,
            certificate=certificate,
            times=frozen(t.copy()),
            populations=frozen(P),
            currents=frozen(-self.edge_rates * np.diff(P, axis=1)),
            widths=frozen(population_width(P, self.model.levels)),
            local_energies=frozen(P * (self.model.gap + levels.mean())),
            local_energy_widths=frozen(np.abs(P) * np.sqrt(levels.var() / (levels.size + 1))),
            current_widths=frozen(self.model.coupling * np.sqrt(squares)),
        ).certified()

    def _relaxed(self, start: Real, times: Real) -> tuple[Real, MethodReport, tuple[Check, ...]]:
        """Populations, how, and what bounds them besides."""
        if np.all(self.relative_rates == 1):
            report = MethodReport("closed form", "eigenbasis of the path Laplacian: a cosine transform", {})
            return solve_path(start, self.rate, times), report, ()
        flow = EdgeFlow(self.model.subunits, self.model.bonds, self.relative_rates)
        P, notes = flow.solve(start, self.rate, times, flow.route, TOLERANCE, None)
        checks: tuple[Check, ...] = ()
        if flow.route == "series":
            checks = (Check("truncation", float(notes["truncation"]), TOLERANCE, "bounds the error of P in norm"),)
        return P, MethodReport(flow.route, "the bonds differ", MappingProxyType(notes)), checks


@overload
def ham(model: ModularChain) -> Theory: ...
@overload
def ham(model: ModularNetwork) -> NetworkTheory: ...
@overload
def ham(model: BandedChain) -> BandTheory: ...
def ham(model: ModularChain | ModularNetwork | BandedChain) -> Theory | NetworkTheory | BandTheory:
    """Hilbert space average method: rates, criteria, rate equation and conductivity.

    Parameters
    ----------
    model : ModularChain, ModularNetwork or BandedChain
        What is described; matrices are needed only when `Theory.kernel` is asked for.

    Returns
    -------
    Theory, NetworkTheory or BandTheory
        See their attributes.

    Raises
    ------
    InvalidInput
        For another model, matrices that do not couple, or a coupling whose rate is beyond double precision.

    Notes
    -----
    γ assumes ⟨|v_ij|²⟩ = 1. For matrices handed in, the mean of their |v_ij|² multiplies the rate and, as λ² does,
    the criteria, bond by bond; `edge_rates` has the rates, and one that does not couple has rate 0.
    """
    _checks.instance("model", model, *MODULAR, BandedChain)
    if isinstance(model, BandedChain):
        return band_theory(model)
    if isinstance(model, ModularNetwork):
        return network_theory(model)
    # random matrices have one mean square by construction, whatever the number of bonds: two of them stand for all
    squares = np.ones(min(2, model.bond_count)) if model.matrices is None else model.mean_squares
    if not np.any(squares):
        raise InvalidInput("`matrices` must couple the subunits, but every element is zero (got all zeros)")
    sums = np.convolve(squares, np.ones(min(2, squares.size)))
    return Theory(
        method=GOLDEN,
        certificate=Certificate(),
        rate=golden_rule(model, mean_strength(squares)),
        criteria=criteria(model, float(squares.min()), float(squares.max()), float(sums.max())),
        model=model,
    )
