"""The verb: steady state of a harmonic chain, exact at any bias, by one integral over frequency for each number.

Langevin equations are linear, so that every mean is an integral over the response G(ω) = (Φ - Mω² - iωΓ)⁻¹ and the noise
of the baths (DR): J_b = (2/π)∫ω² γ_b Σ_c γ_c |G_bc|² [e(ω, T_b) - e(ω, T_c)] dω, with e = ω/(e^(ω/T) - 1), T where the noise
is classical. A. Dhar, D. Roy, J. Stat. Phys. 125, 801 (2006), doi:10.1007/s10955-006-9235-3.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, NotConverged
from caloriq.models.harmonic import HarmonicChain
from caloriq.results import Certificate, Check, MethodReport, Progress, frozen
from caloriq.steady.bounds import Bounded, ratio
from caloriq.steady.entropy import by_temperatures
from caloriq.steady.harmonic.quadrature import Grid, grid
from caloriq.steady.harmonic.result import HarmonicState
from caloriq.steady.harmonic.thermometer import site_temperatures

MOST = 60  # steps of Newton's method
CLOSE = 1e-12  # of its last step, relative to the temperatures
UNIT = float(np.finfo(float).eps)
ROUNDED = 64 * UNIT  # of a sum rule
ROUGH = 1e-11  # of a site's temperature with quantum noise, relative to the hottest bath
SAFE = 64.0  # on the error of rules at one site: panels are halved by means over sites, and one may hold what the rules miss
LOOSE = 1e-6  # error of a current, relative to what its bath could bring at most, above which there is no certificate
REASON = "the equations of motion are linear: every mean is an integral over the response"


@dataclass(frozen=True)
class _Chain:
    """A chain, its nodes, and the kernels on them."""

    model: HarmonicChain
    grid: Grid

    @property
    def quantum(self) -> bool:
        return self.model.noise == "quantum"

    @property
    def physics(self) -> tuple[Real, Real, Real, Real]:
        return self.model.stiffness, self.model.masses, self.model.frictions, self.model.springs

    @property
    def nodes(self) -> tuple[Real, Real]:
        return self.grid.frequencies, self.grid.wide

    def integrals(self, T: Real, reference: float) -> tuple[Real, Real]:
        """Numbers and errors by quantity and site, each of shape (7, N)."""
        from caloriq.steady.harmonic import _compiled

        value, error = _compiled.integrals(*self.nodes, self.grid.narrow, *self.physics, T, reference, self.quantum)
        return value, error

    def conductances(self, T: Real) -> Real:
        """Heat into every bath per temperature of another, shape (N, N)."""
        from caloriq.steady.harmonic import _compiled

        found: Real = _compiled.conductances(*self.nodes, *self.physics, T, self.quantum)
        return found


def harmonic_state(model: HarmonicChain, *, progress: Progress | None = None) -> HarmonicState:
    """Steady state of a harmonic chain between baths, at any temperatures of theirs.

    Parameters
    ----------
    model : HarmonicChain
        With at least one bath.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    HarmonicState
        Heat currents, temperatures of the sites, entropy production, and the error of each.

    Raises
    ------
    InvalidInput
        If there is no bath, or the matrix of a chain with self-consistent baths does not fit in memory.
    NotConverged
        If a sum rule shows a resonance that no node has found, or the temperatures of the inner baths do not settle.

    Notes
    -----
    Cost: about 75 N frequencies of 20 ns N each: 1 to 3 s of a core at N = 1000; with self-consistent baths N²/2 more for each of
    fewer frequencies, once for classical noise (linear), in every step of Newton's method for quantum noise. Classical
    noise with self-consistent baths of any strength, and quantum noise at any bias, are exact: nothing is linearised.
    """
    _checks.instance("model", model, HarmonicChain)
    if not model.baths:
        raise InvalidInput("`baths` must hold at least one bath of given temperature, but there is none (got ())")
    if model.inner.any():
        _checks.memory("sites", model.sites, 40.0 * model.sites**2, "take fewer sites")
    clock = time.perf_counter()

    def told(done: float) -> None:
        if progress is not None:
            progress(done, 4.0)

    chain = _Chain(model, grid(model))
    told(1.0)
    T, steps = _bath_temperatures(chain)
    told(2.0)
    value, error = chain.integrals(T, _coldest(model))
    told(3.0)
    statistics: dict[str, float | int | str] = {
        "frequencies": chain.grid.frequencies.size,
        "frequencies looked at": chain.grid.looked,
        "steps of Newton's method": steps,
    }
    found = _assembled(chain, T, value, error, statistics, clock)
    told(4.0)
    return found.certified()


def _coldest(model: HarmonicChain) -> float:
    return min(bath.temperature for bath in model.baths)


def _hottest(model: HarmonicChain) -> float:
    return max(bath.temperature for bath in model.baths)


def _bath_temperatures(chain: _Chain) -> tuple[Real, int]:
    """Temperature of the bath on every site, those that take no heat by Newton's method, and its steps.

    e(ω, T) is convex in T, so that after one step the iteration comes from one side; classical noise needs one step.
    """
    model = chain.model
    given = np.array([bath.temperature for bath in model.baths])
    low, high = _coldest(model), _hottest(model)
    T = np.full(model.sites, low)
    T[list(model.bath_sites)] = given
    inner = np.flatnonzero(model.inner)
    if not inner.size or low == high:
        return T, 0
    order = np.argsort(model.bath_sites)
    T[inner] = np.interp(inner, np.array(model.bath_sites)[order], given[order])
    T[inner] = np.maximum(T[inner], high / (4 * model.sites))
    for step in range(1, MOST + 1):
        # Kirchhoff's law needs the currents of this T; for classical noise they are the conductances times T
        W = chain.conductances(T)
        heat = chain.integrals(T, low)[0][5] if chain.quantum else W.sum(axis=1) * T - W @ T
        change = _solved(_kirchhoff(W, inner), -heat[inner])
        moved = T[inner] + change
        if chain.quantum:  # a step may not leave the temperatures that there are
            moved = np.clip(moved, T[inner] / 4, None)
        done = not chain.quantum or float(np.abs(moved - T[inner]).max()) <= CLOSE * high
        T[inner] = np.clip(moved, low, high)
        if done:
            return T, step
    raise NotConverged(
        f"`model` must have inner temperatures that settle, but after {MOST} steps they do not (got a change of {float(np.abs(change).max()):.2g})"
    )


def _kirchhoff(W: Real, inner: NDArray[np.intp]) -> Real:
    """Derivative of the heat out of every inner bath by every inner temperature: its inverse has no negative entry."""
    found: Real = -W[np.ix_(inner, inner)]
    found[np.diag_indices(inner.size)] += W.sum(axis=0)[inner]
    return found


def _solved(A: Real, b: Real) -> Real:
    try:
        return np.asarray(np.linalg.solve(A, b))
    except np.linalg.LinAlgError:
        raise NotConverged(
            "`baths.temperature` must let heat flow between all sites within double precision, but it does not (got conductances of 0); raise it"
        ) from None


def _assembled(
    chain: _Chain, T: Real, value: Real, error: Real, statistics: dict[str, float | int | str], clock: float
) -> HarmonicState:
    """Numbers out of the integrals, with errors from both rules and from what the sum rules miss."""
    model = chain.model
    low, high = _coldest(model), _hottest(model)
    at, inner = np.array(model.bath_sites), np.flatnonzero(model.inner)
    missing = np.abs(1 - value[0]) + error[0] + ROUNDED
    strength = model.frictions / model.masses
    heat, rate = value[5], error[5] + strength * (high - low) * missing + 8 * UNIT * np.abs(value[5])
    flow, flow_error = value[6, :-1], error[6, :-1]
    drift = np.zeros(model.sites)
    if inner.size and high > low:
        W = chain.conductances(T)
        drift[inner] = _solved(_kirchhoff(W, inner), rate[inner] + np.abs(heat[inner]))
        rate = rate + W @ drift
        # what a bond carries comes from the baths on one side of it
        flow_error = flow_error + float(rate[at].max())
    missed = float((strength * (high - low) * missing)[at].max())
    temperatures, spread = _site_temperatures(chain, value, error)
    spread = spread + float(drift.max())  # every temperature is a mean of those of the baths
    temperatures[inner], spread[inner] = T[inner], drift[inner] + 4 * UNIT * T[inner]
    kinetic = (np.minimum(value[1] + value[2], high) if chain.quantum else temperatures) / 2
    positions, position_error = _positions(model, value, error, float(drift.max()))
    entropy, entropy_error = _entropy_production(model, heat, rate, T)
    bounds: dict[str, Any] = {
        "current": rate[at[np.argmin(at)]],
        "heat_currents": rate[at],
        "currents": flow_error + missed + 8 * UNIT * np.abs(flow),
        "temperatures": spread,
        "kinetic_energies": np.minimum(
            SAFE * (error[0] * high + error[1] + error[2]) + missing * high + float(drift.max()), high
        )
        / 2
        if chain.quantum
        else spread / 2,
        "position_variances": position_error,
        "entropy_production": entropy_error,
    }
    return HarmonicState(
        model=model,
        method=MethodReport(
            "integral over frequency", REASON, {**statistics, "wall time in s": time.perf_counter() - clock}
        ),
        certificate=Certificate(tuple(_checks_of(model, heat, rate, flow, bounds["currents"], missing))),
        bath_names=model.bath_names,
        heat_currents=frozen(heat[at].copy()),
        currents=frozen(flow.copy()),
        temperatures=frozen(temperatures),
        kinetic_energies=frozen(kinetic),
        position_variances=frozen(positions),
        entropy_production=entropy,
        bounds=MappingProxyType({name: frozen(np.array(bound, dtype=float)) for name, bound in bounds.items()}),
    )


def _site_temperatures(chain: _Chain, value: Real, error: Real) -> tuple[Real, Real]:
    """Temperature at which every site would have its kinetic energy, and its error.

    What a sum rule misses is between the coldest and the hottest bath. One panel may miss what another has too much of, at
    another temperature: the rules' errors count beside it, those of the sum rule too.
    """
    model, low, high = chain.model, _coldest(chain.model), _hottest(chain.model)
    missing = np.abs(1 - value[0]) + ROUNDED
    if low == high:
        return np.full(model.sites, low), np.zeros(model.sites)
    if not chain.quantum:
        middle = low + value[1] + (1 - value[0]) * (high - low) / 2
        off = SAFE * (error[1] + error[0] * (high - low) / 2) + missing * (high - low) / 2 + ROUNDED * high
        return np.clip(middle, low, high), np.minimum(off, high - low)
    found, slope = site_temperatures(model, chain.grid, value[1] + value[2], low, high)
    off = SAFE * (error[1] + error[2] + error[0] * (high - low)) + missing * (high - low)
    room = np.divide(off, slope, out=np.full_like(off, np.inf), where=slope > 0)
    return found, np.minimum(room + ROUGH * high, high - low)


def _static(model: HarmonicChain) -> Real:
    """Diagonal of Φ⁻¹, shape (N,): ⟨x²⟩/T of a classical chain in equilibrium."""
    left, right = np.zeros(model.sites), np.zeros(model.sites)
    # of a pivot only what pinning adds to the springs: no large numbers cancel
    for i in range(1, model.sites):
        k, rest = model.springs[i - 1], model.pinnings[i - 1] + left[i - 1]
        left[i] = k * rest / (k + rest)
    for i in range(model.sites - 2, -1, -1):
        k, rest = model.springs[i], model.pinnings[i + 1] + right[i + 1]
        right[i] = k * rest / (k + rest)
    total = model.pinnings + left + right
    with np.errstate(divide="ignore"):
        return np.asarray(1 / total)


def _positions(model: HarmonicChain, value: Real, error: Real, drift: float) -> tuple[Real, Real]:
    """Variance of every position and its error; infinite for a chain that nothing holds."""
    if not model.held:
        return np.full(model.sites, math.inf), np.zeros(model.sites)
    top = float(np.sqrt(2 * (model.stiffness / model.masses).max()))
    zero_point = top / 2 if model.noise == "quantum" else 0.0
    static = _static(model)
    missing = np.abs(static - value[3]) + SAFE * error[3]
    spread = SAFE * error[4] + missing * (_hottest(model) + zero_point) + drift * static
    if model.noise == "quantum":
        return value[4].copy(), spread
    low, high = _coldest(model) * static, _hottest(model) * static
    middle = value[4] + (static - value[3]) * (_coldest(model) + _hottest(model)) / 2
    return np.clip(middle, low, high), np.minimum(spread, high - low + ROUNDED * high)


def _entropy_production(model: HarmonicChain, heat: Real, rate: Real, T: Real) -> tuple[float, float]:
    """-Σ J_b/T_b and its error, what is left to inner baths included."""
    at = np.array(model.bath_sites)
    found = by_temperatures(T[at].tolist(), Bounded(heat[at], rate[at]))
    inner = np.flatnonzero(model.inner)
    rest = float((np.abs(heat[inner]) / T[inner]).sum()) if inner.size else 0.0
    return float(found.value), float(found.bound) + rest


def _checks_of(
    model: HarmonicChain, heat: Real, rate: Real, flow: Real, flow_error: Real, missing: Real
) -> list[Check]:
    """What the numbers must obey."""
    at = np.array(model.bath_sites)
    most = float((model.frictions / model.masses)[at].max()) * (_hottest(model) - _coldest(model))
    left = float(np.abs(heat[np.flatnonzero(model.inner)]).sum())
    given = np.zeros(model.sites)
    given[at] = heat[at]
    through = np.cumsum(given)[:-1]
    room = flow_error + float(rate[at].sum()) + left
    apart = np.abs(through - flow)
    total = abs(math.fsum(given)), float(rate[at].sum()) + UNIT * float(np.abs(given).sum()) + left
    return [
        Check(
            "sum rule at the baths",
            float(missing[at].max()),
            LOOSE,
            "in equilibrium these sites have the kinetic energy T/2: no resonance that the baths feel was missed",
        ),
        Check(
            "error of the currents",
            float(rate[at].max()) / most if most > 0 else 0.0,
            LOOSE,
            "relative to γΔT/m, the most that a bath can bring",
        ),
        Check(
            "sum of heat currents", ratio(*total), 1.0, "what all baths bring together is zero, to within the errors"
        ),
        Check(
            "heat along the bonds",
            max(map(ratio, apart.tolist(), room.tolist()), default=0.0),
            1.0,
            "every bond carries what the baths on its left bring, to within the errors",
        ),
    ]
