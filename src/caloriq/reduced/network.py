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
from caloriq.linalg.heat import Laplacian, orders
from caloriq.models.modular import Bonds
from caloriq.models.network import ModularNetwork
from caloriq.reduced.averages import population_width
from caloriq.reduced.diffusion import solve_dense, solve_lattice
from caloriq.reduced.theory import WEAK, Averaged, Criterion, criteria, golden_rule, starting_populations
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen

TERMS = 2e6  # terms of a series at the last time; ten times as many in all
SMALL = 600  # subunits up to which an eigendecomposition costs less than importing the compiled products

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
        γ w² of every edge; None where a lattice's are all γ.
    """

    times: Real
    populations: Real
    edge_rates: Real | None

    @property
    def bonds(self) -> Bonds:
        """Coupled pairs a < b that the currents flow between, shape (E, 2)."""
        bonds: Bonds = self.model.bonds
        return bonds

    @cached_property
    def currents(self) -> Real:
        """Fourier currents γ w² (P_a - P_b) from a to b along `bonds`, shape (T, E), in ΔE; times ΔE the energy current.

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
    rate : float
        γ = 2πλ²n/δε of an edge of weight 1 (PRL 10, PRE 27), in ΔE; an edge of weight w has γ w².
    criteria : tuple of Criterion
        c1 = 2λwn/δε ≥ 1 of the weakest and c2 = λ²w²n/δε² ≪ 1 of the strongest edge (PRL 14, PRE 29).
    """

    model: ModularNetwork

    @cached_property
    def relative_rates(self) -> Real:
        """w² times the mean |v_ij|² of every edge, shape (E,): its rate in units of γ."""
        relative: Real = self.model.weights**2 * self.model.mean_squares
        return frozen(relative)

    @property
    def edge_rates(self) -> Real:
        """Rate γ w² of every edge, shape (E,), in ΔE."""
        rates: Real = self.rate * self.relative_rates
        return rates

    @property
    def edge_criteria(self) -> tuple[Real, Real]:
        """c1 and c2 of every edge, shape (E,) each."""
        relative, strength = self.relative_rates, self.model.coupling / self.model.bandwidth
        return 2 * strength * self.model.levels * np.sqrt(relative), strength**2 * self.model.levels * relative

    @property
    def busiest(self) -> Criterion:
        """c2 summed over the edges of the busiest subunit: γ Σw² τ_c = 4π² Σ c2, the decay of its population within τ_c.

        The papers' criterion speaks of one bond. A subunit with many edges decays through all of them, so a star strays
        from the rate equation while each of its edges is weak.
        """
        if self._is_plain_lattice:
            assert self.model.lattice is not None
            most = float(sum(2 if self.model.periodic or side > 2 else 1 for side in self.model.lattice))
        else:
            a, b = self.model.bonds.T
            most = float(np.bincount(np.concatenate([a, b]), np.tile(self.relative_rates, 2)).max())
        value = (self.model.coupling / self.model.bandwidth) ** 2 * self.model.levels * most
        meaning = f"far below 1, here at most {WEAK:g}: the busiest subunit decays slowly on the correlation time"
        return Criterion("Σc2", "Σ λ²w²n/δε²", meaning, value, WEAK, WEAK / value)

    @cached_property
    def laplacian(self) -> Any:
        """Weighted graph Laplacian L as a sparse matrix, shape (N, N), without γ: L_ab = -w², L_aa = Σ_b w²."""
        return self._operator.matrix()

    @cached_property
    def _operator(self) -> Laplacian:
        need = 130.0 * self.model.bond_count + 50.0 * self.model.subunits
        _checks.memory("graph", f"{self.model.bond_count} edges", need, "take a smaller network")
        return Laplacian(self.model.subunits, self.model.bonds, self.relative_rates)

    def _affordable(self, spans: Real, times: Real, tol: float) -> None:
        """Refuse a series of more than 2·10⁷ terms over all times, or 2·10⁶ at the last."""
        half = self._operator.bound / 2
        last = orders(half * float(spans[-1]), tol)
        every = last * np.sqrt(spans / spans[-1]).sum() if spans[-1] > 0 else 1.0  # orders grow as √t
        if last > TERMS or every > 10 * TERMS:
            raise InvalidInput(
                f"`times` must be affordable on a graph, but the series takes {last} products for the last and {every:.2g} terms in all (got {times[-1]:g}); take earlier or fewer times, or a lattice"
            )

    def choose_route(self) -> Literal["transform", "eigenbasis", "series"]:
        """What `solve(..., method="auto")` takes: the transform on lattices, the eigenbasis of small graphs, or the series."""
        if self._is_plain_lattice:
            return "transform"
        return "eigenbasis" if self.model.subunits <= SMALL else "series"

    @property
    def _is_plain_lattice(self) -> bool:
        return self.model.lattice is not None and self.model.matrices is None

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
        if route == "transform" and not self._is_plain_lattice:
            raise Unsupported(
                "`method` must be 'eigenbasis' or 'series' where `lattice` does not give the graph or matrices are handed in, but it is not (got 'transform')"
            )
        need = 24.0 * t.size * N + 64.0 * N + (32.0 * N * N if route == "eigenbasis" else 0.0)
        _checks.memory("times", f"{t.size} times of {N} subunits", need, "take fewer times or a smaller network")
        start, spans, clock = starting_populations(initial, N), self.rate * t, time.perf_counter()
        if route == "series":
            self._affordable(spans, t, tol)
        notes: dict[str, float | int | str] = {}
        if route == "transform":
            assert self.model.lattice is not None
            P = solve_lattice(start, self.model.lattice, spans, periodic=self.model.periodic)
        elif route == "eigenbasis":
            P = solve_dense(start, self._operator.matrix().toarray(), spans)
        else:
            P, notes = self._operator.heat(start, spans, tol, progress)
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
            edge_rates=None if self._is_plain_lattice else frozen(self.edge_rates),
        ).certified()


def network_theory(model: ModularNetwork) -> NetworkTheory:
    """The theory of a network; see `ham`."""
    if model.lattice is not None and model.matrices is None:
        return NetworkTheory(rate=golden_rule(model, 1.0), criteria=criteria(model, 1.0, 1.0), model=model)
    means = model.mean_squares
    if np.any(means == 0):
        a, b = model.bonds[int(np.argmin(means))].tolist()
        raise InvalidInput(
            f"`matrices` must couple the subunits of every edge, but those of edge {(a, b)} do not (got all zeros)"
        )
    with np.errstate(over="ignore", under="ignore"):
        relative = model.weights**2 * means
    beyond = ~((relative > 0) & (relative < np.inf))
    if np.any(beyond):
        a, b = model.bonds[int(np.argmax(beyond))].tolist()
        raise InvalidInput(
            f"`graph` must have weights whose squares are within double precision, but edge {(a, b)} has not (got {model.weights[int(np.argmax(beyond))]:g})"
        )
    return NetworkTheory(
        rate=golden_rule(model, 1.0),
        criteria=criteria(model, float(relative.min()), float(relative.max())),
        model=model,
    )
