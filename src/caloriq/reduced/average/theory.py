"""What the Hilbert space average method says of a model: rates, criteria, times, conductivity, rate equation.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602; PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import Unsupported
from caloriq.files import plain
from caloriq.models.modular import Bonds, ModularChain, path_bonds
from caloriq.models.product_states import InBands, Thermal
from caloriq.reduced.average.channels import Channel, Form
from caloriq.reduced.average.criteria import NARROW, Criterion, crowded
from caloriq.reduced.average.edge_rates import ROUTES, EdgeChannels
from caloriq.reduced.average.lattices import lattice_tensor
from caloriq.reduced.average.relaxation import Relaxation
from caloriq.reduced.average.several_bands import BandChannels
from caloriq.reduced.average.short_time import Kernel, short_time_kernel
from caloriq.reduced.average.unequal_edges import UnequalEdges
from caloriq.reduced.rates.conserved import conserved
from caloriq.reduced.rates.edge_flow import EdgeFlow
from caloriq.results import Certificate, Progress, Solution, frozen
from caloriq.spaces.shells import Shell
from caloriq.variables import Variable

Formula = Literal["auto", "levels", "linear-response", "printed"]
COLD, HOT = (80.0, 40.0), (30.0, 60.0)  # gap/T and T/E of the ends of the windows in which laws are fitted


class Law(NamedTuple):
    """A fitted law of κ_th(T).

    Attributes
    ----------
    name : str
        What the number is.
    value : float
        The fit.
    error : float
        How far extrapolation moved it.
    """

    name: str
    value: float
    error: float


@dataclass(frozen=True)
class Theory(Solution):
    """Rates, criteria, times and conductivity of subunits coupled in pairs, over the channels between them.

    Attributes
    ----------
    model : ModularChain, ModularNetwork, UnequalNetwork or BandedChain
        What is described.
    criteria : tuple of Criterion
        c1 = 2λn/δε ≥ 1 of the weakest and c2 = λ²n/δε² ≪ 1 of the strongest edge (PRL 14, PRE 29); Σc2 of the busiest
        subunit; δε/ΔE and λ√n/ΔE, which the papers take for small. Of several bands c1 = √(γτ)/π and c2 = λ²n S², S the
        overlap in place of 1/δε, n the levels of the final pair, γ = 2πλ²nS: the smallest c1 and the largest c2 of the
        channels. τ is the Heisenberg time 2πnS, or the rephasing time if that is earlier; for one band c1 is 2λn/δε.
    exchange : EdgeChannels, UnequalEdges or BandChannels
        The channels: one of every edge, or several, the same on every bond.
    """

    criteria: tuple[Criterion, ...]
    exchange: EdgeChannels | UnequalEdges | BandChannels

    variables = EdgeChannels.variables

    def declared(self) -> tuple[Variable, ...]:
        """Of edges, or of channels."""
        return self.exchange.variables

    def placed(self) -> tuple[Variable, ...]:
        """Likewise."""
        return self.exchange.coordinates

    def facts(self) -> dict[str, str]:
        """The criteria of validity."""
        return {"criteria": json.dumps({c.name: c.to_mapping() for c in self.criteria}, default=plain)}

    def notes(self) -> tuple[str, ...]:
        """Bands that are not narrow against the mean energy of a band, which both formulas of U and κ_th put at its middle."""
        wide = self.exchange.relative_width
        if not wide > NARROW:
            return ()
        return (
            f"Bands are up to {wide:.2g} times as wide as the mean energy of a band: gaps are not needed, but U and κ_th put all levels of a band at its middle, and are as coarse.",
        )

    @property
    def holds(self) -> bool:
        """Whether all criteria are met."""
        return all(c.holds for c in self.criteria)

    @property
    def busiest(self) -> Criterion:
        """c2 summed over the edges of the busiest subunit: γ Σw² τ_c = 4π² Σ c2, the decay of its population within τ_c.

        The papers' criterion speaks of one bond. A subunit with many edges decays through all of them, so a star strays
        from the rate equation while each of its edges is weak. It is one of `criteria` where there is one band. Of several bands
        it is the fastest rate out of a configuration times the largest correlation time, over 4π²: cells of a continuous
        spectrum have many channels, each of them weak.
        """
        own = (c for c in self.criteria if c.name == "Σc2")
        return next(own, None) or crowded(self.fastest_rate * self.correlation_time / (2 * np.pi) ** 2)

    @property
    def edge_criteria(self) -> tuple[Real, Real]:
        """c1 and c2 of every edge, shape (E,) each."""
        return self.exchange.edge_criteria

    # -- rates

    @property
    def bonds(self) -> Bonds:
        """Coupled pairs of subunits, shape (E, 2)."""
        return path_bonds(self.model.subunits) if isinstance(self.exchange, BandChannels) else self.model.bonds

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Exchanges with their rates: one of every edge along `bonds`; of several bands those of any bond."""
        return self.exchange.channels

    @property
    def rate(self) -> float:
        """γ = 2πλ²n/δε · w²⟨|v_ij|²⟩ (PRL 10, PRE 27), the mean over the edges that couple, in ΔE.

        However a Hamiltonian is written, as coupling, weights or matrices, it is the same number. Of several bands it is that of
        the fastest channel.
        """
        return self.exchange.rate

    @property
    def relative_rates(self) -> Real:
        """Rate of every edge in units of γ, shape (E,): w²⟨|v_ij|²⟩ over its mean; 0 where an edge does not couple."""
        return self.exchange.relative_rates

    @property
    def edge_rates(self) -> Real:
        """Rate γ w²⟨|v_ij|²⟩ of every edge along `bonds`, shape (E,), in ΔE; of several bands that of the fastest channel."""
        return self.rate * self.relative_rates

    @property
    def fastest_rate(self) -> float:
        """Largest rate out of a subunit, or out of a configuration of bands, in the unit of the gap."""
        return self.exchange.fastest_rate

    @property
    def uniform(self) -> bool:
        """Whether the edges have one rate, within rounding or four standard errors of given matrices' ⟨|v_ij|²⟩."""
        return self.exchange.uniform

    @property
    def edge_rate_errors(self) -> Real:
        r"""Error of every edge's rate, shape (E,), in ΔE: what its one matrix does, and the next order.

        The decay sees the :math:`n\cdot\max(1, \pi\gamma n/\delta\varepsilon)` elements between levels closer than its own
        width, so one matrix strays from γ by the spread of |v_ij|² over their root. The slope of the kernel at the decay time is
        γ(1 - 4 c2), from its logarithm. Both were measured on complex and real Gaussian matrices (n = 60, 120; c1 = 1, 2),
        where the rates of 24 matrices scatter by 0.8 to 1.1 times the first. A standard error, not a bound; NaN for several bands.
        """
        return self.exchange.edge_rate_errors

    @property
    def rate_error(self) -> float:
        """Error of γ for one edge, in ΔE: the largest relative error of the edges, times γ. See `edge_rate_errors`."""
        return self.exchange.rate_error

    @cached_property
    def kernel(self) -> Kernel:
        """Short-time kernel of a chain's actual matrices, with the rate it shows; see `short_time_kernel`."""
        _checks.instance("model", self.model, ModularChain)
        return short_time_kernel(self.model)

    # -- times

    @property
    def correlation_time(self) -> float:
        """τ_c = 2π/δε: the kernel is linear after it; γτ_c = 4π² c2. In 1/ΔE. Of several channels the largest 2π × overlap."""
        return self.exchange.spans[0]

    @property
    def heisenberg_time(self) -> float:
        """τ_H = 2πn/δε: the kernel is linear before it; γτ_H = π² c1². In 1/ΔE. Of several channels the smallest 2πn × overlap."""
        return self.exchange.spans[1]

    @property
    def rephasing_time(self) -> float:
        """Earliest time at which the equally spaced levels of all bands of a channel are in phase again, in 1/ΔE.

        2π n/δε for equal bands: their pair spectra are n-fold degenerate, and repeat long before the Heisenberg time of n²
        levels. Of unequal bands the least common multiple counts. Infinite for random levels.
        """
        return self.exchange.spans[2]

    @property
    def relaxation_time(self) -> float:
        """1/γ, in 1/ΔE."""
        return 1 / self.rate

    # -- heat

    def partition_function(self, temperature: ArrayLike) -> Real:
        """Z = Σ e^{-(E - E_0)/T} of one subunit, any shape of T; of several bands with their levels at E_i."""
        return self.exchange.partition_function(temperature)

    def heat_capacity(self, temperature: ArrayLike, *, formula: Formula = "auto") -> Real:
        """Heat capacity c(T) of one subunit (PRE 49-50), in k_B; T in ΔE's unit, any shape.

        Parameters
        ----------
        temperature : array_like
            T > 0.
        formula : {"auto", "levels", "printed"}
            Of the actual levels, or PRE 50, which puts the band at ΔE; "auto" takes PRE 50 where both agree to 1 %. Several
            bands have one formula (PRE 49).
        """
        return self.exchange.heat_capacity(temperature, formula)

    def conductivity(self, temperature: ArrayLike, *, formula: Formula = "auto") -> Real:
        r"""Conductivity κ_th (PRL 16, PRE 48, 51), in k_B ΔE: energy current per temperature difference of neighbours; T of any shape.

        Parameters
        ----------
        temperature : array_like
            T > 0, in ΔE's unit.
        formula : {"auto", "levels", "linear-response", "printed"}
            Of one band: "levels", :math:`\gamma\sum_i E_i^2 e^{-E_i/T}/(TZ)^2`, the heat that an exchange of one excitation
            carries at the actual levels :math:`E_i = \Delta E + \varepsilon_i`; "printed", γ c with PRE 50, which puts the band
            at ΔE; "auto" takes the printed one where both agree to 1 %. Of several: "linear-response", also as "auto", of
            the golden-rule equation, :math:`\frac{1}{T^2Z^2}\sum k\,n n' e^{-E/T}(\mathcal E - \mathcal E')^2` over the channels;
            "printed", PRE 47 with κ = k √(n n'). They agree for equal n; for one band both are γc (PRE 48, 51).

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
        return self.exchange.conducted(temperature, formula, np.array(self.rate))

    def conductivity_error(self, temperature: ArrayLike) -> Real:
        """Error of `conductivity(T)`: that of γ, how far the formula taken is from the actual levels, and the band's edges.

        A level within γ of an edge has about half of its partners, so half of the heat that such levels carry may be
        missing: little where T exceeds δε, much where only the lowest levels are occupied. A standard error, not a bound;
        NaN for several bands.
        """
        return self.exchange.conductivity_spread(temperature, self.conductivity(temperature))

    def edge_conductivity(self, temperature: ArrayLike, *, formula: Formula = "auto") -> Real:
        """κ_th of every edge along `bonds`, shape (..., E) for T of shape (...); as `conductivity`, for edges that differ."""
        return self.exchange.conducted(temperature, formula, self.edge_rates)

    def conductivity_tensor(self, temperature: ArrayLike, *, formula: Formula = "auto") -> Real:
        """Effective κ_th of a chain or lattice of any edges, shape (..., d, d) for T of shape (...) and d axes.

        The linear network of all edges is solved: on periodic lattices for a mean gradient along every axis; on open ones, and
        chains, between opposite faces, where the tensor is diagonal. Equal edges give κ on every axis.

        Raises
        ------
        Unsupported
            For networks given by a graph, which have no axes.
        """
        unequal = isinstance(self.exchange, UnequalEdges)
        sides = None if unequal else getattr(self.model, "lattice", (self.model.subunits,))
        if sides is None:
            raise Unsupported(
                "`model` must be a chain or be given by `lattice` for a conductivity tensor, but it is given by a graph, which has no axes (got 'graph'); use edge_conductivity"
            )
        _checks.memory("lattice", list(sides), 400.0 * len(self.bonds), "take shorter sides")
        periodic = bool(getattr(self.model, "periodic", False))
        G = lattice_tensor(self.edge_rates, self.bonds, tuple(sides), periodic=periodic)
        return self.exchange.conducted(temperature, formula, G)

    @property
    def peak(self) -> tuple[float, float]:
        """(T, κ_th) of the largest conductivity; raises Unsupported if the edges differ."""
        self._must_be_uniform()
        T = self.exchange.warmest
        return T, float(self.conductivity(T))

    @property
    def edge_peaks(self) -> tuple[float, Real]:
        """(T, κ_th of every edge, shape (E,)) where all of them peak."""
        T = self.exchange.warmest
        return T, self.edge_conductivity(T)

    @property
    def peak_words(self) -> str:
        """Where the conductivity peaks, in words: one number, or the range of the edges."""
        if self.uniform:
            T, peak = self.peak
            return f"κ_th peaks at {peak:.4g} at T = {T:.4g}"
        T, peaks = self.edge_peaks
        return f"κ_th of the edges peaks at {peaks.min():.4g} to {peaks.max():.4g} at T = {T:.4g}"

    def laws(self) -> tuple[Law, Law]:
        """Low- and high-temperature laws of κ_th: the energy A of e^{-A/T}/T², and the exponent p of T^p.

        A is the slope of ln(κT²) against -1/T where the gap is 40 to 80 times T. p is that of ln κ against ln T where T is 30
        to 60 times the highest band, and again at twice these temperatures, extrapolated to 1/T = 0; A likewise.
        """
        E = self.exchange.band_energies
        cold = float(E[1]) / np.linspace(*COLD, 9)
        hot = float(E[-1]) * np.geomspace(*HOT, 9)

        def low(T: Real) -> float:
            return float(np.polyfit(-1 / T, np.log(self.conductivity(T)) + 2 * np.log(T), 1)[0])

        def high(T: Real) -> float:
            return float(np.polyfit(np.log(T), np.log(self.conductivity(T)), 1)[0])

        return (
            _law("activation energy", low(2 * cold), low(cold)),
            _law("high-temperature exponent", high(hot), high(2 * hot)),
        )

    def _must_be_uniform(self) -> None:
        if not self.uniform:
            rates = self.edge_rates
            if isinstance(self.exchange, UnequalEdges):
                raise Unsupported(
                    f"`model` must have equal subunits for one conductivity, but they differ (got levels {_checks.shown(list(self.model.levels))}); use edge_conductivity"
                )
            raise Unsupported(
                f"`model` must have edges of one rate for one conductivity, but they differ (got rates from {rates.min():.4g} to {rates.max():.4g}); use edge_conductivity, or conductivity_tensor of a chain or lattice"
            )

    # -- rate equation

    @cached_property
    def laplacian(self) -> Any:
        """Weighted graph Laplacian L as a sparse matrix, shape (N, N), without γ: L_ab = -`relative_rates`, rows sum to 0."""
        return EdgeFlow(self.model.subunits, self.bonds, self.relative_rates).operator.matrix()

    def generator(self, shell: Shell | None = None, *, form: Form = "golden-rule") -> Real:
        """Generator K of dP/dt = K P: -γ L, shape (N, N), or that of one shell of several bands, (C, C); columns sum to zero.

        Parameters
        ----------
        shell : Shell, optional
            One of `model.total_shells`.
        form : {"golden-rule", "printed"}
            Which keeps the equilibrium, or PRE 44 with κ = k √(n n'), which agrees for equal n.
        """
        return self.exchange.generator(shell, form)

    def solve(
        self,
        times: ArrayLike,
        *,
        initial: ArrayLike | int | Thermal | InBands | None = None,
        method: Literal["auto", "transform", "eigenbasis", "series"] = "auto",
        tol: float = 1e-12,
        form: Form = "golden-rule",
        progress: Progress | None = None,
    ) -> Relaxation:
        r"""Rate equation dP/dt = K P (PRL 11-13, PRE 30-32, 44), at any time.

        Parameters
        ----------
        times : array_like, shape (T,)
            Instants, not negative, strictly increasing, in 1/ΔE.
        initial : int, array_like, shape (N,), Thermal or InBands, optional
            Index of the excited subunit, by default 0, or all populations. Of several bands a start whose populations of
            bands alone count; by default subunit 0 in its second band, the others in the lowest.
        method : {"auto", "transform", "eigenbasis", "series"}
            "transform": chains and lattices of equal rates, N log N operations a time, any time. "eigenbasis": about 10 N³
            operations once and 16 N² bytes, any time. "series": about :math:`\sqrt{2z\ln(2/tol)}` products of the sparse
            Laplacian for the latest time, z = γ t b/2, b at most twice the largest sum of an edge's w² at its ends; b = 8 on
            a square lattice. Several bands go shell by shell: eigenbasis, or steps of a series to rounding.
        tol : float
            Bound on the truncated part of the series, in norm.
        form : {"golden-rule", "printed", "resolved"}
            See `generator`; one for equal n. "resolved", of subunits that differ: the golden rule of every energy, which holds
            where bands do not coincide; levels that no neighbour's band holds keep their excitation.
        progress : callable, optional
            Called with (done, total) as the series goes on.

        Returns
        -------
        Relaxation
            Populations, certified by conservation, positivity and the truncation bound; currents and widths on demand.

        Raises
        ------
        InvalidInput
            For arguments outside their domain, or results that do not fit in memory.
        Unsupported
            If the transform is asked for where edges have rates of their own.
        """
        t = _checks.times(times)
        _checks.tolerance("tol", tol)
        _checks.among("method", method, "auto", *ROUTES)
        _checks.among("form", form, *self.exchange.forms)
        P, report, truncated, extra = self.exchange.relaxed(t, initial, method, tol, form, progress)  # type: ignore[arg-type]
        return Relaxation(
            model=self.model,
            method=report,
            certificate=Certificate((*conserved(P, truncated), *extra)),
            theory=self,
            form=form,
            fewest=self.exchange.fewest(initial),
            times=frozen(t.copy()),
            populations=frozen(P),
        ).certified()


def _law(name: str, near: float, far: float) -> Law:
    """Limit of a slope whose correction halves from one window to the next."""
    limit = 2 * far - near
    return Law(name, limit, abs(limit - far))
