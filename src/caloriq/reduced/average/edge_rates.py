"""Subunits of one band: one channel for every edge, a chain being a network without branches.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602, eqs. 10-14; PRE 73, 016101 (2006),
doi:10.1103/PhysRevE.73.016101, eqs. 27-32, which say that a net is treated as the chain is.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.modular import Modular
from caloriq.reduced.average import short_time, thermal
from caloriq.reduced.average.averages import distribution
from caloriq.reduced.average.channels import Channel, Form
from caloriq.reduced.average.criteria import Criterion, criteria
from caloriq.reduced.rates.closed_form import solve_lattice, solve_path
from caloriq.reduced.rates.edge_flow import EdgeFlow
from caloriq.results import ByContent, Check, MethodReport, Progress, frozen
from caloriq.spaces.shells import Shell
from caloriq.variables import BONDS, GAP, INVERSE_GAP, SUBUNIT, Variable

Route = Literal["transform", "eigenbasis", "series"]
SIGMAS = 4.0  # standard errors of ⟨|v|²⟩ within which given matrices count as equally strong
ROUNDED = 1e-9  # relative difference that counts as equal whatever the matrices
ROUTES: dict[str, str] = {
    "transform": "product eigenbasis of the lattice: a cosine or Fourier transform along every axis",
    "eigenbasis": "eigendecomposition of the graph Laplacian",
    "series": "Chebyshev series of the exponential, by products with the sparse Laplacian",
}


@dataclass(frozen=True)
class EdgeChannels(ByContent):
    """The channels of a modular chain or network; what they have in common with those of several bands is told by `Theory`."""

    model: Modular
    rate: float  # γ, the mean over the edges that couple

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

    @property
    def alike(self) -> bool:
        """Whether all edges have rate γ by construction; they are then not listed."""
        return self.model.matrices is None and getattr(self.model, "lattice", ()) is not None

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """One of every edge."""
        _checks.memory("graph", f"{self.model.bond_count} edges", 500.0 * self.model.bond_count, "read edge_rates")
        n, width = self.model.levels, self.model.bandwidth
        rates = (self.rate * self.relative_rates / n).tolist()
        return tuple(Channel((1, 0), (0, 1), self.model.gap, (n, n), 1 / width, 0.0, k) for k in rates)

    @cached_property
    def relative_rates(self) -> Real:
        """w²⟨|v_ij|²⟩ of every edge over its mean."""
        if self.alike:
            return frozen(np.ones(self.model.bond_count))
        strengths = self.model.weights**2 * self.model.mean_squares
        return frozen(strengths / mean_strength(strengths))

    @cached_property
    def scatter(self) -> Real:
        """Standard deviation of |v_ij|² over its mean, of every edge's given matrix; 0 for random ones, whose mean is known."""
        if self.model.matrices is None:
            return np.zeros(self.model.bond_count)
        squares = np.abs(self.model.matrices) ** 2
        means = squares.mean(axis=(1, 2))
        return np.asarray(squares.std(axis=(1, 2)) / np.where(means > 0, means, 1.0))

    @property
    def edge_rate_errors(self) -> Real:
        """What one matrix does, and the next order."""
        spread = self.scatter
        if self.model.matrices is None:
            spread = np.full(self.model.bond_count, self._drawn)
        return self._errors(self.rate * self.relative_rates, spread)

    @property
    def rate_error(self) -> float:
        """The largest relative error of the edges, times γ."""
        if self.alike:
            return float(self._errors(np.array(self.rate), np.array(self._drawn)))
        return largest_error(self.rate, self.relative_rates, self.edge_rate_errors)

    @property
    def _drawn(self) -> float:
        """Scatter of random |v_ij|²."""
        return math.sqrt(2.0) if self.model.real else 1.0

    def _errors(self, rates: Real, spread: Real) -> Real:
        n, width = self.model.levels, self.model.bandwidth
        elements = n * np.maximum(1.0, np.pi * rates * n / width)
        found: Real = rates * np.hypot(spread / np.sqrt(elements), 4 * rates / (2 * np.pi * width))
        return found

    relative_width = 0.0  # δε/ΔE is one of the criteria
    forms: ClassVar[tuple[Form, ...]] = ("golden-rule", "printed")

    @property
    def edge_criteria(self) -> tuple[Real, Real]:
        """c1 and c2 of every edge."""
        strengths = self.model.weights**2 * self.model.mean_squares
        relative = self.model.coupling / self.model.bandwidth
        return 2 * relative * self.model.levels * np.sqrt(strengths), relative**2 * self.model.levels * strengths

    @property
    def fastest_rate(self) -> float:
        """Sum of the rates of the busiest subunit's edges."""
        return float(np.bincount(self.model.bonds.ravel(), np.repeat(self.rate * self.relative_rates, 2)).max())

    @property
    def spans(self) -> tuple[float, float, float]:
        """τ_c = 2π/δε, τ_H = 2πn/δε, and the time after which equally spaced levels are in phase, τ_H."""
        heisenberg = short_time.heisenberg_time(self.model)
        return (
            short_time.correlation_time(self.model),
            heisenberg,
            math.inf if self.model.band == "random" else heisenberg,
        )

    @property
    def band_energies(self) -> Real:
        """The ground level and the band."""
        return np.array([0.0, self.model.gap])

    def partition_function(self, temperature: ArrayLike) -> Real:
        """Z = 1 + Σ e^{-E_i/T}."""
        T = _checks.temperatures(temperature)
        E, share = thermal.representatives(self.model)
        Z: Real = 1 + self.model.levels * (share * np.exp(-E / T[..., None])).sum(axis=-1)
        return Z

    def heat_capacity(self, temperature: ArrayLike, formula: str) -> Real:
        """Of the actual levels or PRE 50."""
        return thermal.subunit_heat(self.model, temperature, formula, carried=False)

    def conducted(self, temperature: ArrayLike, formula: str, rates: Real) -> Real:
        """κ_th of given rates, shape (*T, *rates)."""
        carried = thermal.subunit_heat(self.model, temperature, formula, carried=True)
        _checks.memory("temperature", carried.shape, 8.0 * carried.size * rates.size, "take fewer")
        return carried.reshape(carried.shape + (1,) * rates.ndim) * rates

    def conductivity_spread(self, temperature: ArrayLike, kappa: Real) -> Real:
        """How far κ_th is from the actual levels, and what the band's edges lose."""
        levels = self.conducted(temperature, "levels", np.array(self.rate))
        edges = thermal.edge_share(self.model, temperature, self.rate) / 2
        return np.hypot(kappa * np.hypot(self.rate_error / self.rate, edges), kappa - levels)

    @property
    def warmest(self) -> float:
        """Temperature at which κ_th peaks."""
        return thermal.carried_peak(self.model)

    @cached_property
    def flow(self) -> EdgeFlow:
        """Flow along the edges."""
        return EdgeFlow(self.model.subunits, self.model.bonds, self.relative_rates)

    def generator(self, shell: Shell | None, form: Form) -> Real:  # noqa: ARG002 - both forms agree for equal n
        """-γ L of one excitation."""
        N = self.model.subunits
        if shell is not None:
            raise InvalidInput("`shell` must be left out where subunits have one band, but it is not (got a shell)")
        _checks.memory("subunits", N, 40.0 * N**2, "take fewer subunits")
        return -self.rate * self.flow.operator.matrix().toarray()  # type: ignore[no-any-return]

    @property
    def route(self) -> Route:
        """What "auto" takes: the transform where all rates are equal on a lattice, the eigenbasis, or the series."""
        path = not hasattr(self.model, "lattice")
        if self.alike or (path and np.all(self.relative_rates == 1)):
            return "transform"
        return "eigenbasis" if self.flow.route == "eigenbasis" else "series"

    def relaxed(
        self,
        times: Real,
        initial: ArrayLike | int | None,
        method: str,
        tol: float,
        form: Form,  # noqa: ARG002 - both agree for equal n
        progress: Progress | None,
    ) -> tuple[Real, MethodReport, float, tuple[Check, ...]]:
        """Populations of the subunits; how; what the truncation may do to them, and its check."""
        N, clock, chosen = self.model.subunits, time.perf_counter(), self.route
        route = chosen if method == "auto" else method
        need = 24.0 * times.size * N + 64.0 * N + (32.0 * N * N if route == "eigenbasis" else 0.0)
        _checks.memory("times", f"{times.size} times of {N} subunits", need, "take fewer times or subunits")
        if route == "transform" and chosen != "transform":
            raise Unsupported(
                "`method` must be 'eigenbasis' or 'series' where `lattice` does not give the graph or matrices are handed in, but it is not (got 'transform')"
            )
        start = starting_populations(0 if initial is None else initial, N)
        notes: dict[str, float | int | str] = {}
        checks: tuple[Check, ...] = ()
        if route != "transform":
            P, notes = self.flow.solve(start, self.rate, times, route, tol, progress)
        elif hasattr(self.model, "lattice"):
            assert self.model.lattice is not None
            ring = bool(getattr(self.model, "periodic", False))
            P = solve_lattice(start, self.model.lattice, self.rate * times, periodic=ring)
        else:
            P = solve_path(start, self.rate, times)
        if route == "series":
            meaning = "Chernoff bound on the orders left out: bounds the error of P in norm"
            checks = (Check("truncation", float(notes["truncation"]), tol, meaning),)
        reason = ROUTES[route] if method == "auto" else f"as asked for: {ROUTES[route]}"
        statistics = {"subunits": N, **notes, "wall time in s": time.perf_counter() - clock}
        return P, MethodReport(route, reason, statistics), tol if route == "series" else 0.0, checks

    def currents(self, P: Real, form: Form) -> Real:  # noqa: ARG002 - both agree for equal n
        """Fourier currents γ_ab (P_a - P_b)."""
        a, b = self.model.bonds.T
        _checks.memory("times", len(P), 24.0 * len(P) * a.size, "take fewer times")
        return self.rate * self.relative_rates * (P[:, a] - P[:, b])

    @property
    def uniform(self) -> bool:
        """Whether the edges have one rate, within rounding or four standard errors of given matrices' ⟨|v_ij|²⟩."""
        if self.alike:
            return True
        allowed = np.maximum(ROUNDED, SIGMAS * self.scatter / self.model.levels)
        return bool(np.all(np.abs(self.relative_rates - 1) <= allowed))

    def current_variances(self, both: Real) -> Real:
        """Typicality variance 2 P_a P_b λ²⟨|v|²⟩ of an instantaneous current, λ²⟨|v|²⟩ = γ_ab δε/2πn, given the product."""
        rates = self.rate * self.relative_rates
        return np.asarray(2 * both * rates * self.model.bandwidth / (2 * math.pi * self.model.levels))

    @property
    def level_widths(self) -> Real:
        """√(Var ε/(n+1)) of the band."""
        levels = self.model.band_levels
        return np.sqrt(levels.var() / (levels.size + 1))  # type: ignore[no-any-return]

    def fewest(self, initial: Any) -> int:  # noqa: ARG002 - of all
        """Levels of the band."""
        return self.model.levels

    def local_energies(self, P: Real) -> Real:
        """P_µ (ΔE + mean of ε)."""
        return np.asarray(P * (self.model.gap + self.model.band_levels.mean()))

    def band_populations(self, P: Real) -> Real:
        """Of the ground level and the band."""
        return np.stack([1 - P, P], axis=-1)


def mean_strength(strengths: Real) -> float:
    """Mean w²⟨|v_ij|²⟩ of the edges that couple."""
    return float(strengths[strengths > 0].mean())


def largest_error(rate: float, relative: Real, errors: Real) -> float:
    """The largest relative error of the edges that couple, times γ."""
    coupled = relative > 0
    return float(rate * (errors[coupled] / (rate * relative)[coupled]).max())


def golden_rule(model: Modular, mean_square: float) -> float:
    """γ = 2πλ²n/δε times the mean |v_ij|²."""
    return within_doubles(model.coupling, model.bandwidth, model.levels, mean_square)


def within_doubles(coupling: float, bandwidth: float, levels: int, mean_square: float) -> float:
    """γ of these numbers; refused where it underflows or overflows."""
    strength = coupling * math.sqrt(mean_square)
    rate = 2 * math.pi * (strength / bandwidth) * strength * levels
    if not 0 < rate < math.inf:
        raise InvalidInput(f"`coupling` must give a rate within double precision, but γ is {rate:g} (got {coupling:g})")
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


def edge_theory(model: Modular) -> tuple[tuple[Criterion, ...], EdgeChannels]:
    """Criteria and channels of a chain or network; see `caloriq.ham`."""
    lattice = getattr(model, "lattice", (model.subunits,))
    if lattice is not None and model.matrices is None:
        ring = bool(getattr(model, "periodic", False))
        most = float(sum(2 if ring or side > 2 else 1 for side in lattice))
        return criteria(model, 1.0, 1.0, most), EdgeChannels(model, golden_rule(model, 1.0))
    weights, means = model.weights, model.mean_squares
    with np.errstate(over="ignore", under="ignore"):
        squares = weights**2
        strengths = squares * means
    beyond = ~((squares > 0) & (strengths < np.inf) & ((strengths > 0) | (means == 0)))
    if np.any(beyond):
        a, b = model.bonds[int(np.argmax(beyond))].tolist()
        raise InvalidInput(
            f"`graph` must have weights whose squares are within double precision, but edge {(a, b)} has not (got {weights[int(np.argmax(beyond))]:g})"
        )
    if not np.any(strengths):
        raise InvalidInput("`matrices` must couple the subunits, but every element is zero (got all zeros)")
    sums = np.bincount(model.bonds.ravel(), np.repeat(strengths, 2))
    rate = golden_rule(model, mean_strength(strengths))
    return criteria(model, float(strengths.min()), float(strengths.max()), float(sums.max())), EdgeChannels(model, rate)
