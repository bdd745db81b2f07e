"""The Hilbert space average method on networks: the rate equation dP/dt = -γ L P with a weighted graph Laplacian.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602, eqs. 10-14; PRE 73, 016101 (2006),
doi:10.1103/PhysRevE.73.016101, eqs. 27-32, which say that a net is treated as the chain is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.modular import Bonds
from caloriq.models.network import ModularNetwork
from caloriq.reduced.average.averages import population_width
from caloriq.reduced.average.criteria import Criterion, criteria
from caloriq.reduced.average.theory import GOLDEN, Averaged, golden_rule, mean_strength, starting_populations
from caloriq.reduced.rates.closed_form import solve_lattice
from caloriq.reduced.rates.edges import EdgeFlow
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.variables import BONDS, GAP, RATES, SUBUNIT, TIME, Variable

Route = Literal["auto", "transform", "eigenbasis", "series"]
ROUTES: dict[str, str] = {
    "transform": "product eigenbasis of the lattice: a cosine or Fourier transform along every axis",
    "eigenbasis": "eigendecomposition of the graph Laplacian",
    "series": "Chebyshev series of the exponential, by products with the sparse Laplacian",
}


@dataclass(frozen=True)
class NetworkRelaxation(Solution):
    """Solution of the rate equation on a network.

    Attributes
    ----------
    times : array, shape (T,)
        Instants, in 1/ΔE.
    populations : array, shape (T, N)
        P_µ(t).
    edge_rates : array, shape (E,), or None
        Rate of every edge; None where a lattice's are all γ.
    """

    times: Real
    populations: Real
    edge_rates: Real | None

    variables = (*RATES, Variable("edge_rates", ("bond",), units=GAP, long_name="rate of every edge"))
    coordinates = (TIME, SUBUNIT, *BONDS)

    @property
    def bonds(self) -> Bonds:
        """Coupled pairs a < b that the currents flow between, shape (E, 2)."""
        bonds: Bonds = self.model.bonds
        return bonds

    @cached_property
    def currents(self) -> Real:
        """Fourier currents γ_ab (P_a - P_b) from a to b along `bonds`, shape (T, E), in ΔE; times ΔE the energy current.

        Computed when first asked for, at 8 T E bytes.
        """
        a, b = self.bonds.T
        _checks.memory("times", self.times.size, 24.0 * self.times.size * a.size, "take fewer times")
        rates = np.ones(a.size) * golden_rule(self.model, 1.0) if self.edge_rates is None else self.edge_rates
        return frozen(rates * (self.populations[:, a] - self.populations[:, b]))

    @cached_property
    def widths(self) -> Real:
        """Bound on the typicality width of P_µ(t) over the starts within one subunit, shape (T, N)."""
        return frozen(population_width(self.populations, self.model.levels))


@dataclass(frozen=True)
class NetworkTheory(Averaged):
    """What the Hilbert space average method says of a modular network; the common part is that of `Averaged`.

    Attributes
    ----------
    model : ModularNetwork
        The network.
    rate, criteria
        See `Averaged`; an edge of weight w has 2πλ²n/δε · w²⟨|v_ij|²⟩.
    """

    model: ModularNetwork

    @property
    def edge_criteria(self) -> tuple[Real, Real]:
        """c1 and c2 of every edge, shape (E,) each."""
        strengths = self.model.weights**2 * self.model.mean_squares
        relative = self.model.coupling / self.model.bandwidth
        return 2 * relative * self.model.levels * np.sqrt(strengths), relative**2 * self.model.levels * strengths

    @property
    def busiest(self) -> Criterion:
        """c2 summed over the edges of the busiest subunit: γ Σw² τ_c = 4π² Σ c2, the decay of its population within τ_c.

        The papers' criterion speaks of one bond. A subunit with many edges decays through all of them, so a star strays
        from the rate equation while each of its edges is weak. It is one of `criteria`.
        """
        return next(c for c in self.criteria if c.name == "Σc2")

    @cached_property
    def laplacian(self) -> Any:
        """Weighted graph Laplacian L as a sparse matrix, shape (N, N), without γ: L_ab = -`relative_rates`, rows sum to 0."""
        return self._flow.operator.matrix()

    @cached_property
    def _flow(self) -> EdgeFlow:
        return EdgeFlow(self.model.subunits, self.model.bonds, self.relative_rates)

    def choose_route(self) -> Literal["transform", "eigenbasis", "series"]:
        """What `solve(..., method="auto")` takes: the transform on lattices, the eigenbasis of small graphs, or the series."""
        if self._alike:
            return "transform"
        return "eigenbasis" if self._flow.route == "eigenbasis" else "series"

    def solve(
        self,
        times: ArrayLike,
        *,
        initial: ArrayLike | int = 0,
        method: Route = "auto",
        tol: float = 1e-12,
        progress: Progress | None = None,
    ) -> NetworkRelaxation:
        r"""Rate equation dP/dt = -γ L P on the network, at any time.

        Parameters
        ----------
        times : array_like, shape (T,)
            Instants, not negative, strictly increasing, in 1/ΔE.
        initial : int or array_like, shape (N,)
            Index of the excited subunit, or all populations.
        method : {"auto", "transform", "eigenbasis", "series"}
            "transform": lattices, N log N operations a time, any time. "eigenbasis": about 10 N³ operations once and
            16 N² bytes, any time. "series": about :math:`\sqrt{2z\ln(2/tol)}` products of the sparse Laplacian for the
            latest time, z = γ t b/2, b at most twice the largest sum of an edge's w² at its ends; b = 8 on a square lattice.
        tol : float
            Bound on the truncated part of the series, in norm.
        progress : callable, optional
            Called with (done, total) as the series goes on.

        Returns
        -------
        NetworkRelaxation
            Populations, certified by conservation, positivity and the truncation bound; currents on demand.

        Raises
        ------
        InvalidInput
            For arguments outside their domain, or results that do not fit in memory.
        Unsupported
            If the transform is asked for on a graph that is no lattice of equal rates.
        """
        t = _checks.times(times)
        N = self.model.subunits
        _checks.tolerance("tol", tol)
        if method not in {"auto", *ROUTES}:
            raise InvalidInput(
                f"`method` must be among auto, {', '.join(ROUTES)}, but it is not (got {_checks.shown(method)})"
            )
        route = self.choose_route() if method == "auto" else method
        if route == "transform" and not self._alike:
            raise Unsupported(
                "`method` must be 'eigenbasis' or 'series' where `lattice` does not give the graph or matrices are handed in, but it is not (got 'transform')"
            )
        need = 24.0 * t.size * N + 64.0 * N + (32.0 * N * N if route == "eigenbasis" else 0.0)
        _checks.memory("times", f"{t.size} times of {N} subunits", need, "take fewer times or a smaller network")
        start, clock = starting_populations(initial, N), time.perf_counter()
        notes: dict[str, float | int | str] = {}
        if route == "transform":
            assert self.model.lattice is not None
            P = solve_lattice(start, self.model.lattice, self.rate * t, periodic=self.model.periodic)
        else:
            P, notes = self._flow.solve(start, self.rate, t, route, tol, progress)
        allowed = tol if route == "series" else 0.0
        checks = [
            Check(
                "probability drift",
                float(np.abs(P.sum(axis=1) - 1).max()),
                1e-11 + 2 * allowed,
                "the rate equation conserves the excitation",
            ),
            Check(
                "negative population",
                float(max(0.0, -P.min())),
                1e-12 + allowed,
                "rates keep populations positive, but for rounding",
            ),
        ]
        if route == "series":
            meaning = "Chernoff bound on the orders left out: bounds the error of P in norm"
            checks.append(Check("truncation", float(notes["truncation"]), tol, meaning))
        reason = ROUTES[route] if method == "auto" else f"chosen by the caller: {ROUTES[route]}"
        statistics = MappingProxyType({"subunits": N, **notes, "wall time in s": time.perf_counter() - clock})
        return NetworkRelaxation(
            model=self.model,
            method=MethodReport(route, reason, statistics),
            certificate=Certificate(tuple(checks)),
            times=frozen(t.copy()),
            populations=frozen(P),
            edge_rates=None if self._alike else frozen(self.edge_rates),
        ).certified()


def network_theory(model: ModularNetwork) -> NetworkTheory:
    """The theory of a network; see `ham`."""
    if model.lattice is not None and model.matrices is None:
        most = float(sum(2 if model.periodic or side > 2 else 1 for side in model.lattice))
        return NetworkTheory(
            model=model,
            method=GOLDEN,
            certificate=Certificate(),
            rate=golden_rule(model, 1.0),
            criteria=criteria(model, 1.0, 1.0, most),
        )
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
    return NetworkTheory(
        method=GOLDEN,
        certificate=Certificate(),
        rate=golden_rule(model, mean_strength(strengths)),
        criteria=criteria(model, float(strengths.min()), float(strengths.max()), float(sums.max())),
        model=model,
    )
