r"""Subunits that differ: one channel for every edge, with the levels and the band of either end.

An excitation in a level of µ at energy E goes over to ν at :math:`2\pi\lambda^2w^2\langle|v|^2\rangle\,n_\nu/\delta\varepsilon_\nu`, if E
lies in the band of ν, and at no rate otherwise. Averaged over whole bands, as Hilbert space averages with weights 1/d_µ do
(PRE 23), this is

.. math::
    \frac{dP_\mu}{dt} = \sum_\nu k_{\mu\nu}(n_\mu P_\nu - n_\nu P_\mu), \qquad
    k_{\mu\nu} = 2\pi\lambda^2w^2\langle|v|^2\rangle S_{\mu\nu},

S the overlap of the two normalised densities, with the equilibrium P ∝ n. It holds at all times only where the bands coincide:
levels that no neighbour has at their energy keep their excitation. Resolved in energy the same rates hold between the edges of the
bands, where all densities are constant.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602; PRE 73, 016101 (2006), eqs. 22-32,
doi:10.1103/PhysRevE.73.016101. The windows of energy are not in the papers.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import scipy
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.unequal import UnequalNetwork
from caloriq.reduced.average import thermal
from caloriq.reduced.average.channels import Channel, Form
from caloriq.reduced.average.criteria import CALM, FLAT, NARROW, SLIGHT, Criterion, crowded, weak
from caloriq.reduced.average.edge_rates import (
    EdgeChannels,
    largest_error,
    mean_strength,
    starting_populations,
    within_doubles,
)
from caloriq.reduced.rates.closed_form import solve_balanced
from caloriq.reduced.rates.edge_flow import EdgeFlow
from caloriq.reduced.rates.stepped import solve_steps
from caloriq.results import ByContent, Check, MethodReport, Progress, frozen
from caloriq.spaces.shells import Shell

DENSE = 1500  # subunits up to which eigenvectors are used
NODES = 256  # of the quadrature over the energies that two bands share
# The share of the wider band made a number: what is outside keeps its excitation, so that P strays from the rate equation of whole
# bands by up to that share in the end.
SHARED = 0.9


@dataclass(frozen=True)
class UnequalEdges(ByContent):
    """The channels of subunits that differ; what they have in common with others is told by `Theory`."""

    model: UnequalNetwork
    rate: float  # γ, the mean over the edges that couple

    variables = tuple(
        replace(one, long_name="γ of every edge, the mean of both directions") if one.name == "edge_rates" else one
        for one in EdgeChannels.variables
    )
    coordinates = EdgeChannels.coordinates

    alike = False
    relative_width = 0.0  # δε/ΔE is one of the criteria
    forms: ClassVar[tuple[Form, ...]] = ("golden-rule", "resolved")

    # -- edges

    @cached_property
    def shared(self) -> Real:
        """Common width of the two bands of every edge, shape (E,); 0 where they do not meet."""
        return frozen(common_widths(self.model))

    @cached_property
    def relative_rates(self) -> Real:
        """Rate of every edge over its mean."""
        found = strengths(self.model)
        return frozen(found / mean_strength(found))

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """One of every edge."""
        n = self.model.levels
        _, narrow, wide = _ends(self.model)
        overlaps = self.shared / narrow / wide
        found = []
        for (a, b), S, rate in zip(
            self.model.bonds.tolist(), overlaps.tolist(), (self.rate * self.relative_rates).tolist(), strict=True
        ):
            energy = float(self.model.gaps[[a, b]].mean())
            found.append(Channel((1, 0), (0, 1), energy, (n[a], n[b]), S, 0.0, 2 * rate / (n[a] + n[b])))
        return tuple(found)

    @property
    def uniform(self) -> bool:
        """Whether the subunits are equal and so are the rates of their edges."""
        return self.model.alike and bool(np.all(np.abs(self.relative_rates - 1) <= 1e-9))

    @property
    def edge_rate_errors(self) -> Real:
        """What one matrix does, and the next order, with the fewer levels and the common width."""
        rates = self.rate * self.relative_rates
        spread = math.sqrt(2.0) if self.model.real else 1.0
        fewest, density = self._least()
        elements = fewest * np.maximum(1.0, np.pi * rates * density)
        next_order = np.divide(4 * rates, 2 * np.pi * self.shared, out=np.zeros_like(rates), where=self.shared > 0)
        return np.asarray(rates * np.hypot(spread / np.sqrt(elements), next_order))

    def _least(self) -> tuple[Real, Real]:
        """Fewer levels and smaller density of the two ends of every edge."""
        n, ends = np.asarray(self.model.levels, dtype=float), self.model.bonds
        return n[ends].min(axis=1), (n / self.model.widths)[ends].min(axis=1)

    @property
    def rate_error(self) -> float:
        """The largest relative error of the edges that couple, times γ."""
        return largest_error(self.rate, self.relative_rates, self.edge_rate_errors)

    @property
    def edge_criteria(self) -> tuple[Real, Real]:
        """c1 and c2 of every edge."""
        return edge_criteria(self.model)

    @property
    def fastest_rate(self) -> float:
        """Largest rate out of a subunit."""
        return float(-self.sparse().diagonal().min())

    @property
    def spans(self) -> tuple[float, float, float]:
        """Of the edges that couple the largest 2π/common width, the smallest 2πn/δε, and the earliest time of levels in phase again."""
        coupled = self.relative_rates > 0
        times = 2 * np.pi * np.asarray(self.model.levels) / self.model.widths
        ends = self.model.bonds[coupled]
        heisenberg = float(times[ends].min())
        return (
            float((2 * np.pi / self.shared[coupled]).max()),
            heisenberg,
            math.inf if self.model.band == "random" else heisenberg,
        )

    # -- heat

    @property
    def band_energies(self) -> Real:
        """The ground level, the lowest and the highest band."""
        return np.array([0.0, self.model.gaps.min(), self.model.gaps.max()])

    def partition_function(self, temperature: ArrayLike) -> Real:
        """Z_µ = 1 + Σ e^{-E_i/T} of every subunit, shape (*T, N)."""
        T = _checks.temperatures(temperature)
        parts = []
        for mu in range(self.model.subunits):
            E, share = thermal.representatives(self.model.alone(mu))
            parts.append(1 + self.model.levels[mu] * (share * np.exp(-E / T[..., None])).sum(axis=-1))
        return np.stack(parts, axis=-1)

    def heat_capacity(self, temperature: ArrayLike, formula: str) -> Real:
        """Of every subunit, shape (*T, N)."""
        parts = [
            thermal.subunit_heat(self.model.alone(mu), temperature, formula, carried=False)
            for mu in range(self.model.subunits)
        ]
        return np.stack(parts, axis=-1)

    def conducted(self, temperature: ArrayLike, formula: str, rates: Real) -> Real:
        """κ_th of the edges at given rates, shape (*T, E); of equal subunits for any shape of `rates`."""
        T = _checks.temperatures(temperature)
        if self.model.alike:
            carried = thermal.subunit_heat(self.model.alone(0), T, formula, carried=True)
            return np.asarray(carried.reshape(carried.shape + (1,) * rates.ndim) * rates)
        _checks.among("formula", formula, "auto", "levels", "printed")
        if formula == "printed":
            raise Unsupported(
                "`formula` must be 'levels' or 'auto' for subunits that differ, but it is not (got 'printed'); PRE 50 knows equal ones"
            )
        return self._conductances(T) * rates

    def _conductances(self, T: Real) -> Real:
        r"""κ of every edge over its γ, shape (*T, E).

        Warm and cold, levels at E exchange :math:`2\pi\lambda^2\nu_a\nu_bE\,(e^{-E/T_a} - e^{-E/T_b})/Z_aZ_b` per energy, so
        that :math:`\kappa = k\,n_an_b\langle E^2e^{-E/T}\rangle/(T^2Z_aZ_b)`, the mean over the energies that both bands hold.
        """
        a, b = self.model.bonds.T
        n = np.asarray(self.model.levels, dtype=float)
        Z = self.partition_function(T)
        low, high = window(self.model)
        x, weights = np.polynomial.legendre.leggauss(NODES)
        E = (low + high)[:, None] / 2 + (high - low)[:, None] / 2 * x  # (E, nodes)
        with np.errstate(under="ignore"):
            mean = (E**2 * np.exp(-E / T[..., None, None])) @ (weights / 2)
        found: Real = 2 * n[a] * n[b] / (n[a] + n[b]) * mean / (T[..., None] ** 2 * Z[..., a] * Z[..., b])
        return found

    def conductivity_spread(self, temperature: ArrayLike, kappa: Real) -> Real:  # noqa: ARG002 - as of edges
        """Of equal subunits only; not known here."""
        return np.full_like(kappa, math.nan)

    @property
    def warmest(self) -> float:
        """Temperature at which the mean κ_th of the edges peaks."""
        if self.model.alike:
            return thermal.carried_peak(self.model.alone(0))
        gaps, rates = self.model.gaps, self.rate * self.relative_rates
        return thermal.largest(
            lambda T: self.conducted(T, "levels", rates).mean(axis=-1), float(gaps.min()) / 50, 4 * float(gaps.max())
        )

    # -- rate equation

    def sparse(self) -> Any:
        """The generator of whole bands, sparse, shape (N, N)."""
        n = np.asarray(self.model.levels, dtype=float)
        return _generator(self.model, 2 * self.rate * self.relative_rates / n[self.model.bonds].sum(axis=1), n)

    def generator(self, shell: Shell | None, form: Form) -> Real:
        """K of whole bands."""
        if shell is not None:
            raise InvalidInput("`shell` must be left out where subunits have one band, but it is not (got a shell)")
        if form != "golden-rule":
            raise Unsupported(f"`form` must be 'golden-rule' for one generator, but it is not (got {form!r})")
        _checks.memory("levels", self.model.subunits, 40.0 * self.model.subunits**2, "take fewer subunits")
        return self.sparse().toarray()  # type: ignore[no-any-return]

    @property
    def route(self) -> str:
        """Eigenvectors of few subunits, steps for many."""
        return "eigenbasis" if self.model.subunits <= DENSE else "series"

    def relaxed(
        self,
        times: Real,
        initial: ArrayLike | int | None,
        method: str,
        tol: float,
        form: Form,
        progress: Progress | None,
    ) -> tuple[Real, MethodReport, float, tuple[Check, ...]]:
        """Populations of the subunits, and how."""
        N, clock = self.model.subunits, time.perf_counter()
        if method == "transform":
            raise Unsupported(
                "`method` must be 'eigenbasis' or 'series' for subunits that differ, but it is not (got 'transform')"
            )
        route = self.route if method == "auto" else method
        need = 24.0 * times.size * N + (32.0 * N * N if route == "eigenbasis" else 0.0)
        _checks.memory("times", f"{times.size} times of {N} subunits", need, "take fewer times or subunits")
        start = starting_populations(0 if initial is None else initial, N)
        notes: dict[str, float | int | str] = {}
        if form == "resolved":
            P, notes = self._resolved(start, times, route, progress)
        elif len(set(self.model.levels)) == 1:  # symmetric: the flow along edges, as of equal subunits
            flow = EdgeFlow(N, self.model.bonds, self.relative_rates)
            P, notes = flow.solve(start, self.rate, times, route, tol, progress)
        else:
            P = _solved(self.sparse(), np.asarray(self.model.levels, dtype=float), start, times, route)
        reason = "by the number of subunits" if method == "auto" else "as asked for"
        report = MethodReport(route, reason, {"subunits": N, **notes, "wall time in s": time.perf_counter() - clock})
        truncated = float(notes.get("truncation", 0.0))
        checks: tuple[Check, ...] = ()
        if "truncation" in notes:
            checks = (Check("truncation", truncated, tol, "bounds the error of P in norm"),)
        return P, report, tol if "truncation" in notes else 0.0, checks

    def _resolved(
        self, start: Real, times: Real, route: str, progress: Progress | None
    ) -> tuple[Real, dict[str, float | int | str]]:
        """Window by window between the edges of all bands, where every density is constant; none between them moves."""
        model = self.model
        low, high = model.gaps - model.widths / 2, model.gaps + model.widths / 2
        cuts = np.unique(np.concatenate([low, high]))
        total = np.zeros((times.size, model.subunits))
        density = np.asarray(model.levels) / model.widths
        bonds, strength = model.bonds, model.weights**2 * model.mean_squares
        for number, (bottom, top) in enumerate(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)):
            inside = (low <= bottom) & (high >= top)
            part = start * inside * (top - bottom) / model.widths
            if np.any(part):
                k = 2 * np.pi * model.coupling**2 * strength * inside[bonds].all(axis=1)
                K = _generator(model, k, density)
                total += _solved(K, density, part, times, route)
            if progress is not None:
                progress(number + 1, cuts.size - 1)
        return total, {"windows": cuts.size - 1}

    def currents(self, P: Real, form: Form) -> Real:
        """k_ab (n_b P_a - n_a P_b) along the edges; of the resolved equation only what whole bands would carry is not it."""
        if form == "resolved":
            raise Unsupported(
                "`form` must be 'golden-rule' for currents, but it is 'resolved', where they depend on more than P (got 'resolved'); take differences of the populations"
            )
        a, b = self.model.bonds.T
        n = np.asarray(self.model.levels, dtype=float)
        mean = (n[a] + n[b]) / 2
        _checks.memory("times", len(P), 24.0 * len(P) * a.size, "take fewer times")
        found: Real = self.rate * self.relative_rates * (P[:, a] * (n[b] / mean) - P[:, b] * (n[a] / mean))
        return found

    def current_variances(self, both: Real) -> Real:
        """Typicality variance 2 λ²w²⟨|v|²⟩ P_a P_b of an instantaneous current, given the product."""
        return np.asarray(2 * both * self.model.coupling**2 * self.model.weights**2 * self.model.mean_squares)

    def local_energies(self, P: Real) -> Real:
        """P_µ (ΔE_µ + mean of ε)."""
        means = [self.model.subunit_levels(mu).mean() for mu in range(self.model.subunits)]
        return np.asarray(P * (self.model.gaps + np.array(means)))

    @property
    def level_widths(self) -> Real:
        """√(Var ε/(n+1)) of every subunit, shape (N,)."""
        levels = (self.model.subunit_levels(mu) for mu in range(self.model.subunits))
        return np.array([np.sqrt(one.var() / (one.size + 1)) for one in levels])

    def fewest(self, initial: Any) -> int:
        """Levels of the smallest subunit that is occupied at the start."""
        start = starting_populations(0 if initial is None else initial, self.model.subunits)
        return min(n for n, p in zip(self.model.levels, start.tolist(), strict=True) if p > 0)

    def band_populations(self, P: Real) -> Real:
        """Of the ground level and the band."""
        return np.stack([1 - P, P], axis=-1)


def _generator(model: UnequalNetwork, k: Real, sizes: Real) -> Any:
    """K with the gain k_e n_b from a to b and back, shape (N, N), sparse; columns sum to zero."""
    a, b = model.bonds.T
    gains = np.concatenate([k * sizes[b], k * sizes[a]])
    rows, columns = np.concatenate([b, a]), np.concatenate([a, b])
    W = scipy.sparse.coo_array((gains, (rows, columns)), shape=(model.subunits,) * 2).tocsr()
    return scipy.sparse.csr_array(W - scipy.sparse.diags_array(W.sum(axis=0)))


def _solved(K: Any, sizes: Real, start: Real, times: Real, route: str) -> Real:
    """e^(Kt) P."""
    return solve_balanced(K, sizes, start, times) if route == "eigenbasis" else solve_steps(K, start, times)


def _ends(model: UnequalNetwork) -> tuple[Real, Real, Real]:
    """Mean number of levels, narrower and wider band of every edge."""
    n, ends = np.asarray(model.levels, dtype=float), model.bonds
    widths = model.widths[ends]
    return n[ends].sum(axis=1) / 2, widths.min(axis=1), widths.max(axis=1)


def common_widths(model: UnequalNetwork) -> Real:
    """Width of the energies that both bands of an edge hold, shape (E,)."""
    widths, gaps = model.widths[model.bonds], model.gaps[model.bonds]
    reach = widths.sum(axis=1) / 2 - np.abs(np.diff(gaps, axis=1)[:, 0])
    common: Real = np.clip(np.minimum(widths.min(axis=1), reach), 0.0, None)
    # what rounding of the gaps leaves of bands that touch
    return np.where(common > 16 * np.spacing(gaps.max(axis=1)), common, 0.0)


def window(model: UnequalNetwork) -> tuple[Real, Real]:
    """Ends of those energies, shape (E,) each."""
    ends = model.bonds
    low = (model.gaps - model.widths / 2)[ends].max(axis=1)
    return low, low + common_widths(model)


def strengths(model: UnequalNetwork) -> Real:
    """Rate of every edge, up to a factor: 1 for equal subunits, an edge of weight 1 and ⟨|v|²⟩ = 1; shape (E,)."""
    mean, narrow, wide = _ends(model)
    squares = model.weights**2 * model.mean_squares
    inside = common_widths(model) / narrow
    return np.asarray(squares * inside * (mean / max(model.levels)) * (float(model.widths.max()) / wide))


def edge_criteria(model: UnequalNetwork) -> tuple[Real, Real]:
    """c1 = 2λw ν with the smaller, c2 = λ²w²ν/common width with the larger density of levels ν = n/δε; 0 where nothing is shared."""
    common = common_widths(model)
    n, ends = np.asarray(model.levels), model.bonds
    root = np.sqrt(model.weights**2 * model.mean_squares)
    each = [(model.coupling / model.widths[end], n[end]) for end in ends.T]
    c1 = np.minimum(*(2 * (relative * root) * levels for relative, levels in each))
    pull = [
        (relative * root) ** 2 * levels * model.widths[end]
        for (relative, levels), end in zip(each, ends.T, strict=True)
    ]
    c2 = np.divide(np.maximum(*pull), common, out=np.zeros_like(common), where=common > 0)
    return np.where(common > 0, c1, 0.0), c2


def unequal_theory(model: UnequalNetwork) -> tuple[tuple[Criterion, ...], UnequalEdges]:
    """Criteria and channels of subunits that differ; see `caloriq.ham`."""
    found = strengths(model)
    if not np.any(found):
        if not np.any(common_widths(model)):
            raise InvalidInput(
                f"`gap` must let the bands of some joined subunits share energies, but none do, so that nothing is transported (got gaps {_checks.shown(model.gaps.tolist())} and widths {_checks.shown(model.widths.tolist())})"
            )
        raise InvalidInput("`matrices` must couple the subunits, but every element is zero (got all zeros)")
    rate = within_doubles(model.coupling, float(model.widths.max()), max(model.levels), mean_strength(found))
    exchange = UnequalEdges(model, rate)
    c1, c2 = edge_criteria(model)
    coupled = found > 0
    common, (_, _, wide) = common_widths(model), _ends(model)
    share = float((common / wide)[coupled].min())
    # a level leaves through all edges whose bands hold its energy: at most the sum over all
    busiest = np.zeros(model.subunits)
    relative = model.coupling**2 * model.weights**2 * model.mean_squares
    density = np.asarray(model.levels) / model.widths
    for end, other in (model.bonds.T, model.bonds.T[::-1]):
        pulled = np.divide(relative * density[other], common, out=np.zeros_like(common), where=common > 0)
        np.add.at(busiest, end, pulled)
    strongest = float((model.coupling * model.weights * np.sqrt(model.mean_squares)).max())
    narrow = float((model.widths / model.gaps).max())
    slight = strongest * math.sqrt(max(model.levels)) / float(model.gaps.min())
    return (
        Criterion.at_least("c1", "2λn/δε", "at least 1: the decay ends before the band rephases", float(c1.min()), 1.0),
        weak("λ²n/δε²", float(c2[coupled].max())),
        crowded(float(busiest.max())),
        Criterion.at_most("δε/ΔE", "bandwidth/gap", FLAT, narrow, NARROW),
        Criterion.at_most("λ√n/ΔE", "coupling √levels/gap", CALM, slight, SLIGHT),
        Criterion.at_least(
            "shared",
            "common width/wider band",
            f"near 1, here at least {SHARED:g}: levels that a neighbour's band does not hold keep their excitation",
            share,
            SHARED,
        ),
    ), exchange
