"""The verbs: the generator of the exact time-local equation of populations, or its expansion in the coupling."""

from __future__ import annotations

import time
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.coupled import CoupledUnits, ExchangeChain
from caloriq.models.densities import DetuningDensity, SampledDensity, checked_density, told_density
from caloriq.models.lattice.model import Lattice
from caloriq.models.modular import ModularChain
from caloriq.models.spins import SpinChain
from caloriq.reduced.populations.damped import propagator
from caloriq.reduced.populations.fourth_order import FourthOrder
from caloriq.reduced.populations.markov import Markov
from caloriq.reduced.populations.second_order import SecondOrder
from caloriq.reduced.populations.solution import Kind, PopulationKernel
from caloriq.reduced.populations.space import Space, Start, has_bath, space, white
from caloriq.reduced.populations.transfer import Propagator
from caloriq.results import Certificate, Check, MethodReport, Progress, frozen

Order = Literal[2, 4, "exact"]
TOL = 1e-9
SHOWN = 1e-7  # relative width to which an error locates a singular time
KNOWN = 1e-6  # bound on the error of a gain, relative to the largest, that the certificate lets pass


def population_kernel(
    model: SpinChain | CoupledUnits | ExchangeChain | ModularChain | Lattice,
    times: ArrayLike,
    *,
    order: Order = "exact",
    start: Start = None,
    progress: Progress | None = None,
) -> PopulationKernel:
    """Generator of the time-local equation of the populations of product states.

    Parameters
    ----------
    model : SpinChain, CoupledUnits, ExchangeChain, ModularChain or Lattice
        Coupled units; a spin chain without baths on its sites, dephasing counts as a bath; a modular chain with one
        excitation, whose states are a subunit and a level of its band; a lattice of such units in its own words.
    times : array_like, shape (T,)
        Instants, not negative, increasing.
    order : {"exact", 2, 4}
        Exact: K = Ṫ T⁻¹, T of closed systems, or of up to 30 states with white noise (a PureDephasing bath, or
        dephasing). 2: closed form, baths included (WS 5), sparse. 4: Dyson series, closed systems of up to 300 states.
    start : sequence of N levels, or several such sequences
        The kernel is that of all product states which the start reaches. By default one excitation in the first unit.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    PopulationKernel
        With a bound on the error of the gains at every time, which the certificate checks against the largest of them;
        and for the exact kernel how far T is from stochastic.

    Raises
    ------
    InvalidInput
        For times beyond the first singular time of T, where the kernel diverges, or so late that T has forgotten its start
        within rounding; a start outside the model; too many states for the memory.
    Unsupported
        For a bath with order 4, a bath that is no white noise with another order than 2, and for too many states.
    NotConverged
        If a check of the certificate fails.

    Notes
    -----
    Cost of the exact kernel, D states: one eigendecomposition, then two products and one factorisation with D
    solutions for every time; memory 8 D² bytes for every time. Second order: one number for every coupled pair of
    states and time. Source: WS 4, 5 (arXiv:0711.4599).
    """
    _checks.among("order", order, 2, 4, "exact")
    t, clock = _checks.times(times), time.perf_counter()
    states = space(model, start)
    noisy = white(states)
    if has_bath(states) and not (order == 2 or (order == "exact" and noisy)):
        raise Unsupported(
            f"`order` must be {'2 or exact' if noisy else '2'} for a model with {'white noise' if noisy else 'a bath that remembers'}, but it is not, and the bath's own degrees of freedom are unknown (got {order!r}); leave the bath out for a closed system"
        )
    if order == 2:
        return _second(states, t, clock)
    if order == 4:
        return _fourth(states, t, clock)
    return _exact(states, t, clock, progress)


def markov_kernel(
    model: SpinChain | CoupledUnits | ExchangeChain | ModularChain | Lattice,
    *,
    density: float | DetuningDensity | SampledDensity | None = None,
    start: Start = None,
) -> PopulationKernel:
    """Golden-rule rates: the long-time limit of the second order (WS 16-18).

    Parameters
    ----------
    model : SpinChain, CoupledUnits, ExchangeChain or ModularChain
        With a bath (or dephasing), unless `density` is given.
    density : float, DetuningDensity or SampledDensity, optional
        Γ(0), density of detunings at zero, in inverse energy: W = 2πλ²Γ(0)|B|² between states of equal energy, as if
        every level were a dense band; or Γ(Δ), and W = 2πλ²Γ(Δ)|B|² between any states whose energies differ by Δ.
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
        density = checked_density(density)
        if has_bath(states):
            raise InvalidInput(
                f"`density` must be left out for a model with a bath or dephasing, which makes the rates finite itself, but it is given (got {told_density(density)})"
            )
    source = Markov(states, density)
    t, gains = np.array([np.inf]), source.values[None, :]
    return _kernel(states, t, "markov", source, gains, [_quadrature(source)], clock, source.errors)


def singular_time(
    model: SpinChain | CoupledUnits | ExchangeChain | ModularChain | Lattice, *, until: float, start: Start = None
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
    source = _transfers(states)
    D = states.dimension
    _checks.memory("start", f"{D} states", 8.0 * D**2 * 14, "take fewer units or excitations")
    last = source.looked_at(end)
    if last.sign == 0 and white(states):
        raise InvalidInput(
            f"`until` must be a time at which T still tells the starts apart, but noise has made it singular within rounding (got {end:g}); look at earlier times"
        )
    return source.first_singular(source.looked_at(0.0), last)


def _transfers(states: Space) -> Propagator:
    """T of a closed system, or with white noise."""
    if has_bath(states) and not white(states):
        raise Unsupported(
            f"`model` must be closed or have white noise for an exact kernel, but its bath remembers (got {states.model.kind}); leave it out, or take a PureDephasing bath"
        )
    return propagator(states)


def _quadrature(source: SecondOrder | Markov) -> Check:
    return Check("quadrature error", source.error, TOL, "the integrals over g with panels twice as long")


def _second(states: Space, t: Real, clock: float) -> PopulationKernel:
    rows, _, _ = states.transitions
    _checks.memory("times", len(t), 24.0 * len(t) * len(rows), "take fewer of them")
    source = SecondOrder(states)
    gains = source.values(t)
    return _kernel(states, t, 2, source, gains, [_quadrature(source)], clock, source.errors(t))


def _fourth(states: Space, t: Real, clock: float) -> PopulationKernel:
    source = FourthOrder(states)
    K = np.array([source.at(float(s)) for s in t])
    size = np.abs(K).max(axis=(1, 2))
    sums = np.abs(K.sum(axis=1)).max(axis=1)
    worst = float(np.max(np.divide(sums, size, out=np.zeros_like(size), where=size > 0))) if len(K[0]) > 1 else 0.0
    checks = [Check("column sums", worst, TOL, "probability is conserved; relative to the largest element of K")]
    errors = np.array([source.error(float(s), one) for s, one in zip(t, K, strict=True)])
    return _kernel(states, t, 4, source, K[:, ~np.eye(states.dimension, dtype=bool)], checks, clock, errors)


def _exact(states: Space, t: Real, clock: float, progress: Progress | None) -> PopulationKernel:
    D = states.dimension
    _checks.memory(
        "start", f"{D} states at {len(t)} times", 8.0 * D**2 * (len(t) + 14), "take fewer times, units or excitations"
    )
    source = _transfers(states)
    gains = np.empty((len(t), D * (D - 1)))
    condition, errors = np.empty(len(t)), np.empty(len(t))
    off, sums, misfit = 0.0, 0.0, 0.0
    before = source.looked_at(0.0)
    for k, s in enumerate(t.tolist()):
        K, parts, drift, wrong = source.generator(s)
        if parts.sign == 0 and white(states):
            raise InvalidInput(
                f"`times` must end while T still tells the starts apart, but at {s:.6g} noise has made it singular within rounding (got {t[-1]:g}); take earlier times, K changes no more, or order=2"
            )
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
        errors[k] = source.error(s, K, parts)
        if progress is not None:
            progress(k + 1, len(t))
    checks = [
        Check("columns of T", off, TOL, "U is unitary: probabilities sum to one"),
        Check("column sums", sums, max(TOL, KNOWN), "probability is conserved; relative to the largest element of K"),
        Check("misfit of K T", misfit, TOL, "K T = Ṫ on a probe vector, relative to Ṫ"),
    ]
    return _kernel(states, t, "exact", source, gains, checks, clock, errors, condition)


def _kernel(
    states: Space,
    t: Real,
    order: Kind,
    source: Any,
    gains: Real,
    checks: list[Check],
    clock: float,
    errors: Real,
    condition: Real | None = None,
) -> PopulationKernel:
    if order in (4, "exact"):  # all elements off the diagonal
        rows, columns = np.nonzero(~np.eye(states.dimension, dtype=bool))
    else:
        rows, columns = source.rows, source.columns
    statistics = {"states": states.dimension, "transitions": len(rows), "wall time in s": time.perf_counter() - clock}
    if isinstance(source, Propagator):
        statistics["products"] = source.products
    if gains.shape[1] and order in (
        "exact",
        4,
    ):  # closed forms of the others are right to rounding; their bounds come along
        largest = np.maximum.accumulate(np.abs(gains).max(axis=1, initial=0.0))
        unknown = np.divide(errors, largest, out=np.where(errors > 0, np.inf, 0.0), where=largest > 0)
        told = "bound, relative to the largest gain so far"
        checks.append(Check("error of the gains", float(unknown.max()), KNOWN, told))
    return PopulationKernel(
        model=states.model,
        method=MethodReport(f"order {order}", "as asked for", statistics),
        certificate=Certificate(tuple(checks)),
        times=frozen(t.copy()),
        order=order,
        space=states,
        condition=None if condition is None else frozen(condition),
        errors=frozen(errors.copy()),
        _source=source,
        _rows=rows,
        _columns=columns,
        _gains=frozen(gains),
    ).certified()
