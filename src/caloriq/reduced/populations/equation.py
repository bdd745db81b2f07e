"""The population equation solved with any kernel, beside the Schrödinger equation it came from."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.reduced.populations.damped import LARGEST, propagator, stepped
from caloriq.reduced.populations.markov import Markov
from caloriq.reduced.populations.second_order import SecondOrder
from caloriq.reduced.populations.space import Space, white
from caloriq.reduced.rates.conserved import drift
from caloriq.reduced.rates.stepped import solve_changing
from caloriq.results import Certificate, Check, MethodReport, Solution, frozen
from caloriq.variables import ENERGY, POWER, Variable, numbered

RTOL, ATOL = 1e-11, 1e-14
STIFF = 2000.0  # e-foldings of the fastest loss from which explicit steps cost more
CLOSE = 1e-9  # how far given probabilities may be from summing to one
TOL = 1e-9


@dataclass(frozen=True)
class Populations(Solution):
    """Populations of product states over time, and the energies of the units.

    Attributes
    ----------
    times : array, shape (T,)
        Instants.
    space : Space
        The states.
    populations : array, shape (T, D)
        P_n(t).
    level_populations : array, shape (T, N, M)
        Of every unit.
    local_energies : array, shape (T, N)
        u_i = Σ_n ε_n P_n(i).
    energy_rates : array, shape (T, N)
        du_i/dt.
    """

    times: Real
    space: Space
    populations: Real
    level_populations: Real
    local_energies: Real
    energy_rates: Real

    variables = (
        Variable("populations", ("time", "state"), long_name="P_n(t)"),
        Variable("level_populations", ("time", "unit", "level"), long_name="P_n(i, t)"),
        Variable("local_energies", ("time", "unit"), units=ENERGY, long_name="u_i(t)"),
        Variable("energy_rates", ("time", "unit"), units=POWER, long_name="du_i/dt"),
    )
    coordinates = (
        Variable("time", ("time",), units=f"1/{ENERGY}", source="times"),
        numbered("unit", lambda found: found.space.units),
        Variable(
            "levels",
            ("state", "unit"),
            kind="whole",
            units="",
            long_name="level of every unit",
            source=lambda found: found.space.states,
        ),
    )

    @property
    def currents(self) -> Real:
        """Energy per time from every unit to the next, shape (T, N-1): J_i = ½(-Σ_k≤i du_k/dt + Σ_k>i du_k/dt) (PRE 34).

        That is continuity as long as Σu is conserved. Between detuned units the coupling takes up energy; half of it then
        counts on either side.

        Raises
        ------
        InvalidInput
            If units are coupled beyond neighbours, where continuity does not tell the currents apart.
        """
        bonds = self.space.bonds
        if np.any(bonds[:, 1] != bonds[:, 0] + 1):
            raise InvalidInput(
                f"`model` must couple neighbours only for currents by continuity, but it couples others too (got {len(bonds)} bonds)"
            )
        left = np.cumsum(self.energy_rates, axis=1)
        return frozen(left[:, -1:] / 2 - left[:, :-1])


def start_populations(space: Space, initial: Sequence[int] | None, populations: ArrayLike | None) -> Real:
    """Probabilities of the product states: one for a state named by its levels, or given for all of them."""
    P = np.zeros(space.dimension)
    if initial is not None and populations is not None:
        raise InvalidInput(
            f"`initial` must be left out where `populations` are given, but both are given (got {_checks.shown(initial)})"
        )
    if populations is None:
        P[space.origin if initial is None else space.index("initial", initial)] = 1.0
        return P
    given = _checks.numbers("populations", populations)
    if given.shape != P.shape or given.min() < 0 or abs(given.sum() - 1) > CLOSE:
        raise InvalidInput(
            f"`populations` must be {len(P)} probabilities that sum to 1, but they are not (got shape {given.shape}, sum {given.sum():.6g})"
        )
    return np.asarray(given / given.sum())


def integrate(source: Any, times: Real, start: Real, method: str) -> tuple[Real, Real, MethodReport]:
    """P(t) and dP/dt by an adaptive Runge-Kutta method of order eight, implicit of order five where the rates are stiff."""
    clock = time.perf_counter()
    options: dict[str, Any] = {"method": "DOP853"}
    reason = "auto: the rates are not stiff over these times"
    if isinstance(source, SecondOrder | Markov) and _fastest(source, times) * float(times[-1]) > STIFF:
        options = {"method": "Radau", "jac": lambda t, _: source.at(t).tocsc()}
        method, reason = method.replace("DOP853", "Radau"), "auto: the rates are stiff over these times"
    right = source.flow if isinstance(source, SecondOrder) else lambda t, P: source.at(t) @ P
    unmet = "`method` must integrate the population equation, but it does not", method
    P = solve_changing(right, start, times, unmet, rtol=RTOL, atol=ATOL, **options)
    rates = [right(float(t), p) for t, p in zip(times, P, strict=True)]
    spent = {"wall time in s": time.perf_counter() - clock}
    return P, np.array(rates), MethodReport(method, reason, spent)


def _fastest(source: SecondOrder | Markov, times: Real) -> float:
    """Largest rate of loss at some of the times."""
    some = times[:: max(1, len(times) // 8)]
    return max(float(-source.at(float(t)).diagonal().min(initial=0.0)) for t in (*some, times[-1]))


def collected(space: Space, times: Real, P: Real, rate: Real, report: MethodReport, *extra: Check) -> Populations:
    """Result with what the populations say of the units."""
    N, M = space.level_energies.shape
    levels = np.zeros((len(times), N, M))
    for i in range(N):
        for n in range(M):
            levels[:, i, n] = P[:, space.states[:, i] == n].sum(axis=1)
    return Populations(
        model=space.model,
        method=report,
        certificate=Certificate((drift(P, TOL, "sum of probabilities"), *extra)),
        times=frozen(times.copy()),
        space=space,
        populations=frozen(P),
        level_populations=frozen(levels),
        local_energies=frozen(P @ space.unit_energies),
        energy_rates=frozen(rate @ space.unit_energies),
    ).certified()


def schroedinger_memory(dimension: int) -> float:
    """Bytes of the eigendecomposition of a space."""
    return 16.0 * dimension**2 * 6


def exactly(space: Space, times: Real, start: Real) -> Populations:
    """Populations by the Schrödinger equation, or by the master equation of white noise; without any kernel."""
    clock = time.perf_counter()
    noisy = white(space)
    reason = f"auto: {space.dimension} states, above {LARGEST} of which a noisy space is followed in steps"
    if noisy and space.dimension > LARGEST:
        (P, rate), name = stepped(space, start, times), "exponential series of the master equation"
    else:
        P, rate = propagator(space).carried(start, times)
        name = "eigenvectors of the master equation" if noisy else "eigenvectors"
    report = MethodReport(name, reason, {"wall time in s": time.perf_counter() - clock})
    negative = Check("negative probability", max(0.0, -float(P.min())), TOL, "T is stochastic")
    return collected(space, times, P, rate, report, negative)
