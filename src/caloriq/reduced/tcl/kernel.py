"""The verb: the generator of the exact time-local equation of populations, or its expansion in the coupling."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotEnoughData, Unsupported
from caloriq.models.coupled import CoupledUnits, ExchangeChain
from caloriq.models.modular import ModularChain
from caloriq.models.occupations import Space, Start, decay, space
from caloriq.models.spins import SpinChain
from caloriq.reduced.tcl.assumptions import Assumptions, Classes, LocalRates, violations
from caloriq.reduced.tcl.equation import (
    Populations,
    collected,
    integrate,
    schroedinger,
    schroedinger_memory,
    start_populations,
)
from caloriq.reduced.tcl.exact import ExactGenerator
from caloriq.reduced.tcl.fourth_order import FourthOrder
from caloriq.reduced.tcl.markov import Markov
from caloriq.reduced.tcl.second_order import SecondOrder, assembled
from caloriq.reduced.thermal import spectrum_heat_capacity
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen

Order = Literal[2, 4, "exact"]
Kind = Literal[2, 4, "exact", "markov"]
TOL = 1e-9
DRIFT = 0.05  # violation or change of w beyond which Fourier's law is not said to follow
SHOWN = 1e-7  # relative width to which an error locates a singular time
CONDITION = 1e-6  # estimated relative error of K, from rounding, that the certificate lets pass


@dataclass(frozen=True)
class PopulationKernel(Solution):
    """Generator K(t) of dP/dt = K(t) P on the product states that a start reaches (WS 4).

    Gains are the elements off the diagonal, W_nm from m to n; every column sums to zero. Negative gains are kept: the
    equation is exact, not Markovian.

    Attributes
    ----------
    times : array, shape (T,)
        Instants.
    order : {2, 4, "exact", "markov"}
        Order in the coupling, or the Markov limit of the second; its only time is infinity.
    space : Space
        The states, in whose order rows and columns are.
    condition : array, shape (T,), or None
        Condition number of T(t) in the 1-norm; of the exact kernel alone.
    """

    times: Real
    order: Kind
    space: Space
    condition: Real | None
    _source: Any = field(repr=False)
    _rows: NDArray[np.intp] = field(repr=False)
    _columns: NDArray[np.intp] = field(repr=False)
    _gains: Real = field(repr=False)

    def generator(self, number: int) -> Any:
        """K at one of the times, shape (D, D): sparse in second order, dense otherwise.

        Parameters
        ----------
        number : int
            Of the time.
        """
        k = _checks.index("number", number, len(self.times))
        K = assembled(self.space.dimension, self._rows, self._columns, self._gains[k])
        return K if self.order in (2, "markov") else K.toarray()

    def at(self, t: float) -> Any:
        """K at any time before the singular one, made anew."""
        if not 0 <= t <= self.times[-1]:
            raise InvalidInput(
                f"`t` must lie between 0 and the last of the times, {self.times[-1]:g}, but it does not (got {t:g})"
            )
        return self._source.at(t)

    @cached_property
    def most_negative(self) -> Real:
        """Smallest gain at every time, shape (T,): below zero where the equation is not a Markov process."""
        return frozen(np.minimum(self._gains.min(axis=1, initial=0.0), 0.0))

    @cached_property
    def _projected(self) -> tuple[Assumptions, LocalRates]:
        return violations(self.times, Classes(self.space, self._rows, self._columns), self._gains)

    def assumptions(self) -> Assumptions:
        """Violations of locality, energy conservation and level independence, relative to ‖W‖, over time."""
        return self._projected[0]

    def rates(self) -> LocalRates:
        """w(i, t) of the best description by one exchange rate for every bond, with its misfit."""
        return self._projected[1]

    def solve(
        self,
        times: ArrayLike | None = None,
        *,
        initial: Sequence[int] | None = None,
        populations: ArrayLike | None = None,
    ) -> Populations:
        """Population equation with this kernel, from time 0.

        Parameters
        ----------
        times : array_like, optional
            Instants up to the last of the kernel's; by default the kernel's.
        initial : sequence of N levels, optional
            The state that is occupied; by default the start of the kernel, the first if there are several.
        populations : array_like, shape (D,), optional
            Probabilities of all states instead.

        Raises
        ------
        InvalidInput
            For times beyond the kernel's, or probabilities that are none.
        NotConverged
            If the integration fails.
        """
        t = self._finite(times)
        if t[-1] > self.times[-1]:
            raise InvalidInput(
                f"`times` must not go beyond the kernel's last, {self.times[-1]:g}, but they do (got {t[-1]:g})"
            )
        start = start_populations(self.space, initial, populations)
        P, rate, report = integrate(self._source, t, start, f"DOP853 with the kernel of order {self.order}")
        return collected(self.model, self.space, t, P, rate, report)

    def schroedinger(
        self,
        times: ArrayLike | None = None,
        *,
        initial: Sequence[int] | None = None,
        populations: ArrayLike | None = None,
    ) -> Populations:
        """The same by the Schrödinger equation of the closed system, to compare.

        Parameters
        ----------
        times, initial, populations : optional
            As for `solve`; times may go on without end.

        Raises
        ------
        Unsupported
            If the model has a bath.
        """
        if _has_bath(self.model, self.space):
            raise Unsupported(
                f"`model` must be closed for the Schrödinger equation, but it has a bath or dephasing (got {self.model.kind}); use evolve() for a dephased spin chain"
            )
        t = self._finite(times)
        D = self.space.dimension
        _checks.memory("start", f"{D} states", schroedinger_memory(D), "take fewer units or excitations")
        return schroedinger(self.model, self.space, t, start_populations(self.space, initial, populations))

    @property
    def settled(self) -> bool:
        """Whether every w(i, t) is constant: less than 5 % of change in the second half of the times."""
        if self.order == "markov":
            return True
        w = self.rates().values
        half = w[self.times >= self.times[-1] / 2]
        half = half[:, np.isfinite(half[-1])]
        return bool(len(half) > 1 and np.all(np.ptp(half, axis=0) <= DRIFT * np.abs(half[-1])))

    @property
    def sentence(self) -> str:
        """Does Fourier's law follow from this equation? In words, with the numbers at the last of the times."""
        a, rates = self.assumptions(), self.rates()
        parts = [("locality", a.locality), ("energy conservation", a.energy_conservation)]
        parts.append(("level independence", a.level_independence))
        broken = [f"{name} by {values[-1]:.2g}" for name, values in parts if values[-1] > DRIFT]
        when = "in the Markov limit" if self.order == "markov" else f"at t = {self.times[-1]:g}"
        if a.norm[-1] == 0:
            return f"Fourier's law does not follow: no rate is left {when}."
        if broken:
            return f"Fourier's law does not follow: {when} the gains violate {', '.join(broken)} of their norm."
        if not self.settled:
            return (
                f"Fourier's law does not follow yet: one rate for every bond describes the gains to {a.misfit[-1]:.2g}, "
                f"but it still changes {when}; a dense band or a bath makes it constant."
            )
        low, high = np.nanmin(rates.values[-1]), np.nanmax(rates.values[-1])
        span = f"{low:.6g}" if high - low <= 1e-9 * abs(high) else f"{low:.6g} to {high:.6g}"
        law = f"Fourier's law follows: du_i/dt = Σ w (u_j - u_i) to {a.misfit[-1]:.2g}, w = {span} {when}"
        return law + (", κ = w a² C_V." if self._chain else ".")

    @property
    def _chain(self) -> bool:
        """Whether every unit is coupled to the next, and to no other."""
        first = np.arange(self.space.units - 1)
        return np.array_equal(self.space.bonds, np.stack([first, first + 1], axis=1))

    def conductivity(self, temperature: ArrayLike, *, spacing: float = 1.0) -> Real:
        """κ(T) = w a² C_V (WS 12), C_V of the first unit's levels, w the harmonic mean over the bonds of a chain.

        Parameters
        ----------
        temperature : array_like
            T > 0, any shape.
        spacing : float
            a.

        Raises
        ------
        InvalidInput
            If the units are not an unbroken chain.
        NotEnoughData
            If one constant rate for every bond does not describe the gains (the sentence says why); the value comes along.
        """
        if not self._chain:
            raise InvalidInput(
                f"`model` must couple every unit to the next and to no other for κ = w a² C_V, but it does not (got bonds {_checks.shown([tuple(b) for b in self.space.bonds.tolist()])})"
            )
        w = self.rates().values[-1]
        if not np.all(w > 0):
            raise NotEnoughData(
                f"`start` must reach exchanges of positive rate on every bond for a conductivity, but on bond {int(np.argmin(w > 0))} it does not (got w = {w[int(np.argmin(w > 0))]:g})",
                estimate=w,
            )
        rate = float(1 / np.mean(1 / w))
        kappa = rate * _checks.positive("spacing", spacing) ** 2
        found: Real = kappa * spectrum_heat_capacity(self.space.level_energies[0], temperature)
        if not self.sentence.startswith("Fourier's law follows"):
            raise NotEnoughData(
                f"`times` must show a constant rate for a conductivity, but they do not: {self.sentence} (got {self.times[-1]:g})",
                estimate=found,
            )
        return found

    def _finite(self, times: ArrayLike | None) -> Real:
        if times is None and self.order == "markov":
            raise InvalidInput(
                "`times` must be given for a Markov kernel, but they are not, and it has none of its own (got None)"
            )
        return self.times if times is None else _checks.times(times)

    def between(self, labels: ArrayLike) -> Real:
        """Gains between groups of states, each from a uniform distribution in its group, shape (T, G, G).

        Parameters
        ----------
        labels : array_like of int, shape (D,)
            Group of every state, from 0.
        """
        given = _checks.numbers("labels", labels)
        group = given.astype(np.intp)
        G = int(group.max(initial=0)) + 1
        right = given.shape == (self.space.dimension,) and np.array_equal(given, group) and group.min() >= 0
        if not right or group.size < G or np.any(np.bincount(group, minlength=G) == 0):
            raise InvalidInput(
                f"`labels` must be a list of {self.space.dimension} groups 0, 1, …, none of them empty, but it is not (got shape {given.shape}, {group.max(initial=0) + 1} groups)"
            )
        size = np.bincount(group, minlength=G)
        place = group[self._rows] * G + group[self._columns]
        out = np.array([np.bincount(place, weights=W, minlength=G * G) for W in self._gains]).reshape(-1, G, G)
        out[:, np.arange(G), np.arange(G)] = 0
        return out / size


def population_kernel(
    model: SpinChain | CoupledUnits | ExchangeChain | ModularChain,
    times: ArrayLike,
    *,
    order: Order = "exact",
    start: Start = None,
    progress: Progress | None = None,
) -> PopulationKernel:
    """Generator of the time-local equation of the populations of product states.

    Parameters
    ----------
    model : SpinChain, CoupledUnits, ExchangeChain or ModularChain
        Coupled units; a spin chain without baths on its sites, dephasing counts as a bath; a modular chain with one
        excitation, whose states are a subunit and a level of its band.
    times : array_like, shape (T,)
        Instants, not negative, increasing.
    order : {"exact", 2, 4}
        Exact: K = Ṫ T⁻¹, closed systems. 2: closed form, baths included (WS 5), sparse. 4: Dyson series, closed
        systems of up to 300 states.
    start : sequence of N levels, or several such sequences
        The kernel is that of all product states which the start reaches. By default one excitation in the first unit.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    PopulationKernel
        Its certificate holds the column sums, and for the exact kernel how far T is from stochastic and what rounding
        does to K.

    Raises
    ------
    InvalidInput
        For times beyond the first singular time of T, where the kernel diverges; a start outside the model; too many
        states for the memory.
    Unsupported
        For a bath with another order than 2, or order 4 with more than 300 states.
    NotConverged
        If a check of the certificate fails.

    Notes
    -----
    Cost of the exact kernel, D states: one eigendecomposition, then two products and one factorisation with D
    solutions for every time; memory 8 D² bytes for every time. Second order: one number for every coupled pair of
    states and time. Source: WS 4, 5 (arXiv:0711.4599).
    """
    if order not in (2, 4, "exact"):
        raise InvalidInput(f"`order` must be 2, 4 or 'exact', but it is not (got {_checks.shown(order)})")
    t, clock = _checks.times(times), time.perf_counter()
    states = space(model, start)
    if order != 2 and _has_bath(model, states):
        raise Unsupported(
            f"`order` must be 2 for a model with a bath, but it is not, and the bath's own degrees of freedom are unknown (got {order!r}); leave the bath out for a closed system"
        )
    if order == 2:
        return _second(model, states, t, clock)
    if order == 4:
        return _fourth(model, states, t, clock)
    return _exact(model, states, t, clock, progress)


def markov_kernel(
    model: SpinChain | CoupledUnits | ExchangeChain | ModularChain,
    *,
    density: float | None = None,
    start: Start = None,
) -> PopulationKernel:
    """Golden-rule rates: the long-time limit of the second order (WS 16-18).

    Parameters
    ----------
    model : SpinChain, CoupledUnits, ExchangeChain or ModularChain
        With a bath (or dephasing), unless `density` is given.
    density : float, optional
        Γ(0), density of detunings at zero, in inverse energy: W = 2πλ²Γ(0)|B|² between states of equal energy, as if
        every level were a dense band.
    start : sequence of N levels, or several such sequences
        As for `population_kernel`.

    Raises
    ------
    InvalidInput
        With a density: for two levels of one unit at one energy, between which coherences would not decay.
    Unsupported
        Without bath and density, or for a bath whose correlation function falls as a power of time.
    """
    clock = time.perf_counter()
    states = space(model, start)
    if density is not None:
        _checks.positive("density", density)
        if _has_bath(model, states):
            raise InvalidInput(
                f"`density` must be left out for a model with a bath or dephasing, which makes the rates finite itself, but it is given (got {density:g})"
            )
    source = Markov(states, density)
    checks = [Check("quadrature error", source.error, TOL, "the integrals over g with panels twice as long")]
    t = np.array([np.inf])
    return _kernel(
        model, states, t, "markov", source, (source.rows, source.columns), source.values[None, :], checks, clock
    )


def _has_bath(model: Any, states: Space) -> bool:
    return decay(states) is not None or getattr(model, "bath", None) is not None


def singular_time(
    model: SpinChain | CoupledUnits | ExchangeChain | ModularChain, *, until: float, start: Start = None
) -> float | None:
    """First time at which T(t) is singular, so that the exact kernel diverges; None if there is none before `until`.

    Parameters
    ----------
    model, start
        As for `population_kernel`.
    until : float
        Where the search ends.

    Raises
    ------
    InvalidInput, Unsupported
        As `population_kernel`.

    Notes
    -----
    Intervals are halved until the kernel and the condition of T at their ends, and a bound on T̈, leave no room for a
    singular time between.
    """
    end = _checks.positive("until", until)
    states = space(model, start)
    if _has_bath(model, states):
        raise Unsupported(
            f"`model` must be closed for an exact kernel, but it has a bath or dephasing (got {model.kind}); leave it out"
        )
    D = states.dimension
    _checks.memory("start", f"{D} states", 8.0 * D**2 * 14, "take fewer units or excitations")
    source = ExactGenerator(states)
    return source.first_singular(source.looked_at(0.0), source.looked_at(end))


def _second(model: Any, states: Space, t: Real, clock: float) -> PopulationKernel:
    rows, _, _ = states.transitions
    _checks.memory("times", len(t), 24.0 * len(t) * len(rows), "take fewer of them")
    source = SecondOrder(states)
    gains = source.values(t)
    checks = [Check("quadrature error", source.error, TOL, "the integrals over g with panels twice as long")]
    return _kernel(model, states, t, 2, source, (source.rows, source.columns), gains, checks, clock)


def _fourth(model: Any, states: Space, t: Real, clock: float) -> PopulationKernel:
    source = FourthOrder(states)
    rows, columns = _off_diagonal(states.dimension)
    K = np.array([source.at(float(s)) for s in t])
    size = np.abs(K).max(axis=(1, 2))
    sums = np.abs(K.sum(axis=1)).max(axis=1)
    worst = float(np.max(np.divide(sums, size, out=np.zeros_like(size), where=size > 0))) if len(K[0]) > 1 else 0.0
    checks = [Check("column sums", worst, TOL, "probability is conserved; relative to the largest element of K")]
    return _kernel(model, states, t, 4, source, (rows, columns), K[:, rows, columns], checks, clock)


def _exact(model: Any, states: Space, t: Real, clock: float, progress: Progress | None) -> PopulationKernel:
    D = states.dimension
    _checks.memory(
        "start", f"{D} states at {len(t)} times", 8.0 * D**2 * (len(t) + 14), "take fewer times, units or excitations"
    )
    source = ExactGenerator(states)
    rows, columns = _off_diagonal(D)
    gains = np.empty((len(t), len(rows)))
    condition = np.empty(len(t))
    off, sums, error, misfit = 0.0, 0.0, 0.0, 0.0
    before = source.looked_at(0.0)
    for k, s in enumerate(t.tolist()):
        K, parts, drift, wrong = source.generator(s)
        here = source.instant(s, K, parts)
        singular = source.first_singular(before, here, SHOWN)
        if singular is not None:
            raise InvalidInput(
                f"`times` must end before the first singular time of T, {singular:.6g}, where the exact kernel diverges, but they do not (got {t[-1]:g})"
            )
        before = here
        gains[k] = K.ravel()[:-1].reshape(D - 1, D + 1)[:, 1:].ravel() if D > 1 else 0.0  # all off the diagonal
        condition[k] = 1 / parts.reciprocal
        size = max(float(K.max()), -float(K.min()))
        off = max(off, drift)
        sums = max(sums, float(np.abs(K.sum(axis=0)).max()) / size if size > 0 else 0.0)
        misfit = max(misfit, wrong)
        error = max(error, np.finfo(float).eps * condition[k])
        if progress is not None:
            progress(k + 1, len(t))
    checks = [
        Check("columns of T", off, TOL, "U is unitary: probabilities sum to one"),
        Check(
            "column sums", sums, max(TOL, CONDITION), "probability is conserved; relative to the largest element of K"
        ),
        Check("misfit of K T", misfit, TOL, "K T = Ṫ on a probe vector, relative to Ṫ"),
        Check("rounding times condition", error, CONDITION, "relative error of K that rounding of T makes"),
    ]
    return _kernel(model, states, t, "exact", source, (rows, columns), gains, checks, clock, condition, source.products)


def _off_diagonal(dimension: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    rows, columns = np.nonzero(~np.eye(dimension, dtype=bool))
    return rows, columns


def _kernel(
    model: Any,
    states: Space,
    t: Real,
    order: Kind,
    source: Any,
    places: tuple[NDArray[np.intp], NDArray[np.intp]],
    gains: Real,
    checks: list[Check],
    clock: float,
    condition: Real | None = None,
    products: int = 0,
) -> PopulationKernel:
    statistics: dict[str, float | int | str] = {
        "states": states.dimension,
        "transitions": len(places[0]),
        "wall time in s": time.perf_counter() - clock,
    }
    if products:
        statistics["products"] = products
    return PopulationKernel(
        model=model,
        method=MethodReport(f"order {order}", "chosen by the caller", MappingProxyType(statistics)),
        certificate=Certificate(tuple(checks)),
        times=frozen(t.copy()),
        order=order,
        space=states,
        condition=None if condition is None else frozen(condition),
        _source=source,
        _rows=places[0],
        _columns=places[1],
        _gains=frozen(gains),
    ).certified()
