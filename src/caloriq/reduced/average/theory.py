"""What the Hilbert space average method says of chains and networks alike: rates, criteria, times, conductivity.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602; PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.files import plain
from caloriq.models.modular import Bonds, Modular
from caloriq.reduced.average import thermal
from caloriq.reduced.average.averages import distribution
from caloriq.reduced.average.criteria import WEAK, Criterion, criteria, weak
from caloriq.reduced.average.lattices import lattice_tensor
from caloriq.reduced.average.short_time import correlation_time, heisenberg_time
from caloriq.results import MethodReport, Solution, frozen
from caloriq.variables import BONDS, GAP, INVERSE_GAP, SUBUNIT, Variable

__all__ = ["WEAK", "Averaged", "Criterion", "criteria", "golden_rule", "starting_populations", "weak"]

Formula = Literal["auto", "levels", "printed"]
SIGMAS = 4.0  # standard errors of ⟨|v|²⟩ within which given matrices count as equally strong
ROUNDED = 1e-9  # relative difference that counts as equal whatever the matrices


GOLDEN = MethodReport("golden rule", "the Hilbert space average method has one")


@dataclass(frozen=True)
class Averaged(Solution):
    """Rates, criteria, times and conductivity of identical subunits coupled in pairs.

    Attributes
    ----------
    rate : float
        γ = 2πλ²n/δε · w²⟨|v_ij|²⟩ (PRL 10, PRE 27), the mean over the edges that couple, in ΔE. However a Hamiltonian is
        written, as coupling, weights or matrices, it is the same number.
    criteria : tuple of Criterion
        c1 = 2λn/δε ≥ 1 of the weakest and c2 = λ²n/δε² ≪ 1 of the strongest edge (PRL 14, PRE 29); Σc2 of the busiest
        subunit; δε/ΔE and λ√n/ΔE, which the papers take for small.
    """

    model: Modular
    rate: float
    criteria: tuple[Criterion, ...]

    variables = (
        Variable("rate", units=GAP, long_name="γ, mean over the edges that couple"),
        Variable("rate_error", units=GAP, long_name="standard error of γ for one edge"),
        Variable("edge_rates", ("bond",), units=GAP, long_name="γ of every edge"),
        Variable("edge_rate_errors", ("bond",), units=GAP, long_name="standard error of edge_rates"),
        Variable("correlation_time", units=INVERSE_GAP, long_name="τ_c"),
        Variable("heisenberg_time", units=INVERSE_GAP, long_name="τ_H"),
        Variable("relaxation_time", units=INVERSE_GAP, long_name="1/γ"),
    )
    coordinates = (SUBUNIT, *BONDS)

    def facts(self) -> dict[str, str]:
        """The criteria of validity."""
        return {"criteria": json.dumps({c.name: c.to_mapping() for c in self.criteria}, default=plain)}

    @property
    def bonds(self) -> Bonds:
        """Coupled pairs of subunits, shape (E, 2)."""
        bonds: Bonds = self.model.bonds
        return bonds

    @property
    def holds(self) -> bool:
        """Whether all criteria are met."""
        return all(c.holds for c in self.criteria)

    @property
    def _alike(self) -> bool:
        """Whether all edges have rate γ by construction; they are then not listed."""
        return self.model.matrices is None and getattr(self.model, "lattice", ()) is not None

    @cached_property
    def relative_rates(self) -> Real:
        """Rate of every edge in units of γ, shape (E,): w²⟨|v_ij|²⟩ over its mean; 0 where an edge does not couple."""
        if self._alike:
            return frozen(np.ones(self.model.bond_count))
        strengths = self.model.weights**2 * self.model.mean_squares
        return frozen(strengths / mean_strength(strengths))

    @property
    def edge_rates(self) -> Real:
        """Rate γ w²⟨|v_ij|²⟩ of every edge along `model.bonds`, shape (E,), in ΔE."""
        rates: Real = self.rate * self.relative_rates
        return rates

    @property
    def uniform(self) -> bool:
        """Whether the edges have one rate, within rounding or four standard errors of given matrices' ⟨|v_ij|²⟩."""
        if self._alike:
            return True
        allowed = np.maximum(ROUNDED, SIGMAS * self._scatter / self.model.levels)
        return bool(np.all(np.abs(self.relative_rates - 1) <= allowed))

    @cached_property
    def _scatter(self) -> Real:
        """Standard deviation of |v_ij|² over its mean, of every edge's given matrix; 0 for random ones, whose mean is known."""
        if self.model.matrices is None:
            return np.zeros(self.model.bond_count)
        squares = np.abs(self.model.matrices) ** 2
        means = squares.mean(axis=(1, 2))
        scatter: Real = squares.std(axis=(1, 2)) / np.where(means > 0, means, 1.0)
        return scatter

    @property
    def edge_rate_errors(self) -> Real:
        r"""Error of every edge's rate, shape (E,), in ΔE: what its one matrix does, and the next order.

        The decay sees the :math:`n\cdot\max(1, \pi\gamma n/\delta\varepsilon)` elements between levels closer than its own
        width, so one matrix strays from γ by the spread of |v_ij|² over their root. The slope of the kernel at the decay time is
        γ(1 - 4 c2), from its logarithm. Both were measured on complex and real Gaussian matrices (n = 60, 120; c1 = 1, 2),
        where the rates of 24 matrices scatter by 0.8 to 1.1 times the first. A standard error, not a bound.
        """
        spread = self._scatter
        if self.model.matrices is None:
            spread = np.full(self.model.bond_count, math.sqrt(2.0) if self.model.real else 1.0)
        return self._errors(self.edge_rates, spread)

    @property
    def rate_error(self) -> float:
        """Error of γ for one edge, in ΔE: the largest relative error of the edges, times γ. See `edge_rate_errors`."""
        if self._alike:
            spread = np.array(math.sqrt(2.0) if self.model.real else 1.0)
            return float(self._errors(np.array(self.rate), spread))
        coupled = self.relative_rates > 0
        return float(self.rate * (self.edge_rate_errors[coupled] / self.edge_rates[coupled]).max())

    def _errors(self, rates: Real, spread: Real) -> Real:
        n, width = self.model.levels, self.model.bandwidth
        elements = n * np.maximum(1.0, np.pi * rates * n / width)
        found: Real = rates * np.hypot(spread / np.sqrt(elements), 4 * rates / (2 * np.pi * width))
        return found

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

    def heat_capacity(self, temperature: ArrayLike, *, formula: Formula = "auto") -> Real:
        """Heat capacity c(T) of one subunit (PRE 49-50), in k_B; T in ΔE's unit, any shape.

        Parameters
        ----------
        temperature : array_like
            T > 0.
        formula : {"auto", "levels", "printed"}
            Of the actual levels, or PRE 50, which puts the band at ΔE; "auto" takes PRE 50 where both agree to 1 %.
        """
        return thermal.subunit_heat(self.model, temperature, _formula(formula), carried=False)

    def conductivity(self, temperature: ArrayLike, *, formula: Formula = "auto") -> Real:
        r"""Conductivity κ_th (PRL 16, PRE 48, 51), in k_B ΔE; T in ΔE's unit, any shape.

        Parameters
        ----------
        temperature : array_like
            T > 0.
        formula : {"auto", "levels", "printed"}
            "levels": :math:`\gamma\sum_i E_i^2 e^{-E_i/T}/(TZ)^2`, the heat that an exchange of one excitation carries at
            the actual levels :math:`E_i = \Delta E + \varepsilon_i`. "printed": γ c with PRE 50, which puts the band at ΔE.
            "auto" takes the printed one where both agree to 1 %.

        Raises
        ------
        Unsupported
            If the edges differ: one number has no meaning then.

        Notes
        -----
        γ times the heat capacity of the actual levels is not the conductivity of a wide band: what both subunits hold inside
        their bands, n²-fold at high T, is not exchanged by a coupling that moves single excitations.
        """
        self._must_be_uniform()
        kappa: Real = self.rate * thermal.subunit_heat(self.model, temperature, _formula(formula), carried=True)
        return kappa

    def conductivity_error(self, temperature: ArrayLike) -> Real:
        """Error of `conductivity(T)`: that of γ, how far the formula taken is from the actual levels, and the band's edges.

        A level within γ of an edge has about half of its partners, so half of the heat that such levels carry may be
        missing: little where T exceeds δε, much where only the lowest levels are occupied. A standard error, not a bound.
        """
        kappa, levels = self.conductivity(temperature), self.conductivity(temperature, formula="levels")
        edges = thermal.edge_share(self.model, temperature, self.rate) / 2
        error: Real = np.hypot(kappa * np.hypot(self.rate_error / self.rate, edges), kappa - levels)
        return error

    def edge_conductivity(self, temperature: ArrayLike, *, formula: Formula = "auto") -> Real:
        """κ_th of every edge along `model.bonds`, shape (..., E) for T of shape (...); as `conductivity`, for edges that differ."""
        carried = thermal.subunit_heat(self.model, temperature, _formula(formula), carried=True)
        _checks.memory("temperature", carried.shape, 8.0 * carried.size * self.model.bond_count, "take fewer")
        kappa: Real = carried[..., None] * self.edge_rates
        return kappa

    def conductivity_tensor(self, temperature: ArrayLike, *, formula: Formula = "auto") -> Real:
        """Effective κ_th of a chain or lattice of any edges, shape (..., d, d) for T of shape (...) and d axes.

        The linear network of all edges is solved: on periodic lattices for a mean gradient along every axis; on open ones, and
        chains, between opposite faces, where the tensor is diagonal. Equal edges give κ on every axis.

        Raises
        ------
        Unsupported
            For networks given by a graph, which have no axes.
        """
        sides = getattr(self.model, "lattice", (self.model.subunits,))
        if sides is None:
            raise Unsupported(
                "`model` must be a chain or be given by `lattice` for a conductivity tensor, but it is given by a graph, which has no axes (got 'graph'); use edge_conductivity"
            )
        need = 400.0 * self.model.bond_count
        _checks.memory("lattice", list(sides), need, "take shorter sides")
        periodic = bool(getattr(self.model, "periodic", False))
        G = lattice_tensor(self.edge_rates, self.model.bonds, tuple(sides), periodic=periodic)
        carried = thermal.subunit_heat(self.model, temperature, _formula(formula), carried=True)
        kappa: Real = carried[..., None, None] * G
        return kappa

    @property
    def peak(self) -> tuple[float, float]:
        """(T, κ_th) of the largest conductivity; raises Unsupported if the edges differ."""
        self._must_be_uniform()
        T = thermal.carried_peak(self.model)
        return T, float(self.conductivity(T))

    @property
    def edge_peaks(self) -> tuple[float, Real]:
        """(T, κ_th of every edge, shape (E,)) where all of them peak."""
        T = thermal.carried_peak(self.model)
        return T, self.edge_conductivity(T)

    @property
    def peak_words(self) -> str:
        """Where the conductivity peaks, in words: one number, or the range of the edges."""
        if self.uniform:
            T, peak = self.peak
            return f"κ_th peaks at {peak:.4g} at T = {T:.4g}"
        T, peaks = self.edge_peaks
        return f"κ_th of the edges peaks at {peaks.min():.4g} to {peaks.max():.4g} at T = {T:.4g}"

    def _must_be_uniform(self) -> None:
        if not self.uniform:
            rates = self.edge_rates
            raise Unsupported(
                f"`model` must have edges of one rate for one conductivity, but they differ (got rates from {rates.min():.4g} to {rates.max():.4g}); use edge_conductivity, or conductivity_tensor of a chain or lattice"
            )


def _formula(value: str) -> str:
    if value not in {"auto", "levels", "printed"}:
        raise InvalidInput(
            f"`formula` must be 'auto', 'levels' or 'printed', but it is not (got {_checks.shown(value)})"
        )
    return value


def mean_strength(strengths: Real) -> float:
    """Mean w²⟨|v_ij|²⟩ of the edges that couple."""
    return float(strengths[strengths > 0].mean())


def golden_rule(model: Modular, mean_square: float) -> float:
    """γ = 2πλ²n/δε times the mean |v_ij|²."""
    strength = model.coupling * math.sqrt(mean_square)
    rate = 2 * math.pi * (strength / model.bandwidth) * strength * model.levels
    if not 0 < rate < math.inf:
        raise InvalidInput(
            f"`coupling` must give a rate within double precision, but γ is {rate:g} (got {model.coupling:g})"
        )
    return rate


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
