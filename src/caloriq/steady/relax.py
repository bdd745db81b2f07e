"""Relaxation of a driven chain in time, towards its steady state."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from caloriq import _checks
from caloriq._array import library
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput, NotConverged, Unsupported
from caloriq.linalg.threads import serial
from caloriq.models import sectors
from caloriq.models.spins import SpinChain
from caloriq.results import Certificate, Check, MethodReport, Progress, Solution, frozen
from caloriq.steady import correlators, moments, sector, two_point
from caloriq.steady.lindblad import Lindblad
from caloriq.steady.methods import Sector, TwoPoint
from caloriq.steady.moments import Moments
from caloriq.steady.result import SteadyState, moments_scale
from caloriq.steady.starts import Product
from caloriq.steady.superoperator import Sectors

RETRY = 30.0  # the second run's tolerances are smaller by this; the difference of the two is the error estimate
TOL = 1e-9
FLOOR = 1e-14  # eigenvalues of ρ below which its logarithm is not taken


@dataclass(frozen=True)
class Relaxation(Solution):
    """A driven chain in time.

    Attributes
    ----------
    initial : Product or SteadyState
        The start.
    times : array, shape (T,)
        Instants.
    populations : array, shape (T, N)
        ⟨n_k⟩(t).
    currents : array, shape (T, B)
        Excitations per time along every bond.
    heat_currents : array, shape (T, baths)
        Energy per time from every bath into the chain.
    dephasing_current : array, shape (T,)
        Energy per time from the dephasing.
    excitation_currents : array, shape (T, baths)
        Excitations per time from every bath.
    energy : array, shape (T,)
        ⟨H⟩(t).
    entropy : array, shape (T,), or None
        Von Neumann entropy; from `TwoPoint` only without dephasing, where the state stays Gaussian.
    entropy_production : array, shape (T,), or None
        dS/dt - Σ J_b/T_b, the dephasing at infinite temperature; infinite with a bath at T = 0 that takes heat, and where
        the state has a zero eigenvalue that grows.
    """

    initial: Product | SteadyState
    times: Real
    populations: Real
    currents: Real
    heat_currents: Real
    dephasing_current: Real
    excitation_currents: Real
    energy: Real
    entropy: Real | None
    entropy_production: Real | None


@dataclass(frozen=True)
class Motion:
    """A linear equation of motion, and what is read off its states.

    Attributes
    ----------
    start : array
        State at time 0, real.
    drift : callable
        Its time derivative.
    read : callable
        State to moments.
    entropy : callable or None
        State and its derivative to S and dS/dt.
    """

    start: Real
    drift: Callable[[Real], Real]
    read: Callable[[Real], Moments]
    entropy: Callable[[Real, Real], tuple[float, float]] | None


def relax(
    model: SpinChain,
    times: Any,
    *,
    initial: Product | SteadyState | None = None,
    method: TwoPoint | Sector | Literal["auto"] = "auto",
    progress: Progress | None = None,
) -> Relaxation:
    """Master equation of a driven chain in time (the part of `evolve` for open chains).

    Raises
    ------
    InvalidInput, Unsupported, NotConverged
        As `evolve`.
    """
    t, clock = _checks.times(times), time.perf_counter()
    start = Product() if initial is None else initial
    if not isinstance(start, Product | SteadyState):
        raise InvalidInput(
            f"`initial` must be a start such as product(), or a steady state, but it is not (got {_checks.shown(start)})"
        )
    if isinstance(start, SteadyState) and start.model.sites != model.sites:
        raise InvalidInput(
            f"`initial` must have {model.sites} sites, but it has others (got {start.model.sites} sites)"
        )
    closed = two_point.obstacle(model)
    if method == "auto":
        chosen: TwoPoint | Sector = TwoPoint() if closed is None else Sector()
        reason = (
            "auto: the two-point set closes"
            if closed is None
            else f"auto: the two-point set does not close because of {closed}"
        )
    elif isinstance(method, TwoPoint | Sector):
        chosen, reason = method, "chosen by the caller"
    else:
        raise InvalidInput(
            f"`method` must be TwoPoint(), Sector() or 'auto' for a driven chain, but it is not (got {_checks.shown(method)})"
        )
    if isinstance(chosen, TwoPoint) and closed is not None:
        raise Unsupported(
            f"`method` must apply to the model, but the two-point set does not close because of {closed} (got {chosen!r}); use Sector()"
        )
    motion = of_two_points(model, start) if isinstance(chosen, TwoPoint) else of_sector(model, start)
    small = model.sites < (two_point.SERIAL if isinstance(chosen, TwoPoint) else sector.SERIAL)
    with serial(blas=small, kernels=small):
        rough, _ = integrate(motion, t, TOL, lambda done: progress(0.3 * done, 1.0) if progress else None)
        fine, steps = integrate(
            motion, t, TOL / RETRY, lambda done: progress(0.3 + 0.7 * done, 1.0) if progress else None
        )
    error = float(np.abs(fine - rough).max())
    return result(model, start, t, motion, fine, chosen, reason, error, steps, clock).certified()


def integrate(motion: Motion, times: Real, tol: float, tell: Callable[[float], Any]) -> tuple[Real, int]:
    """States at the times by the Dormand-Prince method of order 8, and the number of derivatives taken."""
    out = np.empty((times.size, motion.start.size))
    _checks.memory("times", times.size, 3.0 * out.nbytes + 130.0 * motion.start.size, "take fewer times or sites")
    from scipy.integrate import DOP853

    first = int(times[0] == 0)
    out[:first] = motion.start
    if first == times.size:
        return out, 0
    solver = DOP853(lambda _, x: motion.drift(x), 0.0, motion.start, float(times[-1]), rtol=tol, atol=tol * 1e-3)
    place = first
    while solver.status == "running":
        message = solver.step()
        if solver.status == "failed":
            raise NotConverged(
                f"`times` must be reached by steps of finite size, but they are not at {solver.t:.3g} (got {times[-1]:g}: {message})"
            )
        passed = int(np.searchsorted(times, solver.t, side="right"))
        if passed > place:
            out[place:passed] = solver.dense_output()(times[place:passed]).T
            place = passed
        tell(solver.t / float(times[-1]))
    return out, int(solver.nfev)


def of_two_points(model: SpinChain, start: Product | SteadyState) -> Motion:
    """The two-point set."""
    N, wire = model.sites, correlators.wire(model)
    _checks.memory("sites", N, 400.0 * N**2, "take fewer sites")
    phases = wire.phases
    if isinstance(start, Product):
        C = np.diag(start.on(N)).astype(complex)
    elif start.two_point is not None and (start.two_point_kind == "fermion" or N == 2):
        C = phases[:, None] * start.two_point * phases.conj()
    else:
        raise Unsupported(
            f"`initial` must hold the two-point functions with their strings, but it does not (got {start.method.name}); make it by TwoPoint()"
        )
    k, l, _, _ = model.bonds
    gaussian = not np.any(model.dephasing_rates)

    def matrix(x: Real) -> Complex:
        return x.view(complex).reshape(N, N)

    def drift(x: Real) -> Real:
        return correlators.residual(wire, matrix(x)).ravel().view(float)

    def read(x: Real) -> Moments:
        own = phases.conj()[:, None] * matrix(x) * phases
        return Moments(own.diagonal().real.copy(), own[k, l].copy())

    def entropy(x: Real, dx: Real) -> tuple[float, float]:
        nu, modes = np.linalg.eigh(matrix(x))
        change = np.einsum("ia,ij,ja->a", modes.conj(), matrix(dx), modes).real
        p = np.clip(nu, 0, 1)
        S = -float(_xlogx(p).sum() + _xlogx(1 - p).sum())
        return S, float(_slope(1 - p, change) - _slope(p, change))

    return Motion(np.ascontiguousarray(C).ravel().view(float).copy(), drift, read, entropy if gaussian else None)


def of_sector(model: SpinChain, start: Product | SteadyState) -> Motion:
    """The whole state in the excitation-conserving sector."""
    _checks.memory("sites", model.sites, sector.memory_needed(model.sites, 16, single=False), "take fewer sites")
    layout = Sectors(model)
    space, bonds = layout.space, model.bonds
    if isinstance(start, Product):
        n = start.on(model.sites)
        x = np.zeros(layout.dimension)
        x[layout.diagonals()] = np.concatenate([np.prod(np.where(o > 0, n, 1 - n), axis=1) for o in space.occupation])
    elif start.state is not None:
        x = np.concatenate([(b.real + b.imag).ravel() for b in start.state])
    else:
        raise Unsupported(
            f"`initial` must hold the density matrix, but it does not (got {start.method.name}); make it by Sector()"
        )
    move = Lindblad(layout, library(), [np.zeros(d) for d in space.sizes])

    def read(x: Real) -> Moments:
        n, coherences, pairs = sectors.two_point(space, layout.unpacked(x))
        return Moments(n, coherences[bonds.first, bonds.second], pairs[bonds.first, bonds.second])

    def entropy(x: Real, dx: Real) -> tuple[float, float]:
        S = rate = 0.0
        for rho, change in zip(layout.unpacked(x), layout.unpacked(dx), strict=True):
            p, vectors = np.linalg.eigh(rho)
            gained = np.einsum("ia,ij,ja->a", vectors.conj(), change, vectors).real
            p = np.clip(p, 0, 1)
            S -= float(_xlogx(p).sum())
            rate -= _slope(p, gained)
        return S, rate

    return Motion(x, move, read, entropy)


def _xlogx(p: Real) -> Real:
    out: Real = p * np.log(np.maximum(p, 1e-300))
    return out


def _slope(p: Real, change: Real) -> float:
    """Σ change ln p: -infinite where an empty eigenvalue grows."""
    empty = p < FLOOR
    if np.any(change[empty] > 1e-12):
        return -np.inf
    return float(change[~empty] @ np.log(p[~empty]))


def result(
    model: SpinChain,
    start: Product | SteadyState,
    times: Real,
    motion: Motion,
    states: Real,
    method: TwoPoint | Sector,
    reason: str,
    error: float,
    steps: int,
    clock: float,
) -> Relaxation:
    """Currents and entropies along the way, and the proofs."""
    read = [motion.read(x) for x in states]
    heat = np.array([moments.heat_currents(model, m) for m in read])
    energy = np.array([moments.energy(model, m) for m in read])
    populations = np.array([m.populations for m in read])
    entropy = production = None
    if motion.entropy is not None:
        pairs = [motion.entropy(x, motion.drift(x)) for x in states]
        entropy = np.array([S for S, _ in pairs])
        baths = [
            bath.effective_temperature(float(model.frequencies[s]))
            for bath, s in zip(model.baths, model.bath_sites, strict=True)
        ]
        noise = 1e-13 * moments_scale(model) if model.baths else 0.0
        given = [moments.entropy_production(J[:-1], baths, noise) for J in heat]
        production = np.array([rate + flow for (_, rate), flow in zip(pairs, given, strict=True)])
    outside = float(max(0.0, -populations.min(), populations.max() - 1))
    checks = (
        Check("error estimate", error, 30 * TOL, "largest difference from a run with tolerances 30 times wider"),
        Check("populations outside [0, 1]", outside, 30 * TOL, "positivity of every site"),
    )
    statistics = MappingProxyType({"derivatives": steps, "wall time in s": time.perf_counter() - clock})
    return Relaxation(
        model=model,
        method=MethodReport(repr(method), reason, statistics),
        certificate=Certificate(checks),
        initial=start,
        times=frozen(times.copy()),
        populations=frozen(populations),
        currents=frozen(np.array([moments.bond_currents(model, m) for m in read])),
        heat_currents=frozen(heat[:, :-1].copy()),
        dephasing_current=frozen(heat[:, -1].copy()),
        excitation_currents=frozen(np.array([moments.excitation_currents(model, m) for m in read])),
        energy=frozen(energy),
        entropy=None if entropy is None else frozen(entropy),
        entropy_production=None if production is None else frozen(production),
    )
