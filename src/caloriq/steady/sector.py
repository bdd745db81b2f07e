"""The sector method: preconditioned GMRES on 𝓛ρ = 0 in the excitation-conserving sector."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from caloriq import _checks, wording
from caloriq._array import Library, library
from caloriq._checks import Real
from caloriq.linalg.gmres import combined, gmres
from caloriq.linalg.threads import serial
from caloriq.models.random import KRYLOV, PROBE, generator
from caloriq.models.spins import SpinChain
from caloriq.results import Check, Progress
from caloriq.steady.bounds import RELATIVE, UNIT, Numbers, rate_scale, roundings_of, unit_of, worst_share
from caloriq.steady.low_order import LowOrder
from caloriq.steady.methods import Sector
from caloriq.steady.observables import Functional
from caloriq.steady.parts import coefficients, space_of
from caloriq.steady.preconditioner import Preconditioner
from caloriq.steady.proven import held
from caloriq.steady.result import SteadyState, assemble, one_wire
from caloriq.steady.superoperator import Sectors
from caloriq.steady.unique import left_out, reached_check
from caloriq.steady.verified import rows_of
from caloriq.steady.wanted import measured, wanted
from caloriq.steady.whole import check_sites, lowest_of, state_checks

LARGEST = 16  # sites
FEW = 10  # directions that a cycle needs at least
INNER = 1e-5  # what a cycle in single precision reduces the residual by
SINGLE_FROM = 11  # sites from which single precision inside saves more than its extra products cost
POSITIVE = 1e-9
LOOSE = 10.0  # tolerances that a solution is left at, before the correction that takes it a hundred times further
SHARPEST = 1e-16  # tolerance beyond which refinement is not tried
ROUGH = 0.01  # share of a residual left when its effect is estimated
COARSE = 0.1  # the same for the effect of rounding
SAFETY = 10.0  # of what is left over
NOISE = 30.0  # of what rounding does, seen in a few random directions
AMPLIFIED = 1e7  # beyond which estimates of single numbers are not relied upon
SERIAL = 11  # sites below which threads cost more than they bring


def memory_needed(sites: int, directions: int, *, single: bool) -> float:
    """Bytes: eigenvectors and weights of the blocks, Krylov directions, and the largest eigendecomposition."""
    elements, word = float(math.comb(2 * sites, sites)), 4.0 if single else 8.0
    largest = float(math.comb(sites, sites // 2)) ** 2
    return elements * (word * (6 + 8 + directions) + 8.0 * 5) + 100.0 * largest


def admit(model: SpinChain, method: Sector) -> float:
    """Bytes needed, for the directions that memory holds; refuses more than 16 sites."""
    check_sites(model.sites, LARGEST, wording.spoken(method), "use TwoPoint() where it applies")
    single = in_single(method, model.sites)
    return memory_needed(model.sites, fitting(model.sites, method.restart, single=single), single=single)


def in_single(method: Sector, sites: int) -> bool:
    """Whether cycles are in single precision."""
    return method.precision == "mixed" or (method.precision == "auto" and sites >= SINGLE_FROM)


def seconds(model: SpinChain, method: Sector) -> float:  # noqa: ARG001 - the choice is the type
    """Rough time on one core; measured, good to a factor of 3."""
    return 0.012 + 3e-7 * model.sites * float(math.comb(2 * model.sites, model.sites))


def solve(model: SpinChain, method: Sector, reason: str, progress: Progress | None = None) -> SteadyState:
    """Steady state in the excitation-conserving sector."""
    with serial(blas=model.sites < SERIAL, kernels=True):
        return _solve(model, method, reason, progress)


def _solve(model: SpinChain, method: Sector, reason: str, progress: Progress | None) -> SteadyState:
    clock = time.perf_counter()
    single = in_single(method, model.sites)
    directions = fitting(model.sites, method.restart, single=single)
    layout = Sectors(model, scaled=True)
    tools = library(method.device, single=single)
    preconditioner = Preconditioner(layout, LowOrder(layout), tools)
    prepared = time.perf_counter() - clock
    solver = Iteration(layout, preconditioner, tools, method, directions, progress)
    numbers, x, residual = _to_digits(model, solver)
    numbers = held(model, numbers)
    blocks = layout.unpacked(x)
    lowest = lowest_of(blocks)
    checks = [
        Check("residual", residual, method.tol, "‖𝓛ρ‖/‖ρ‖ in units of the model's rates, by another route"),
        *state_checks(float(x[solver.diagonals] @ solver.weights), lowest, POSITIVE),
        _unique(model, solver, x),
    ]
    statistics: dict[str, float | int | str] = {
        "dimension": layout.dimension,
        "products": preconditioner.products,
        "directions kept": directions,
        "precision": "single inside double" if single else "double",
        "device": method.device,
        "condition of the eigenvectors": preconditioner.condition,
        "smallest eigenvalue": lowest,
        "preparation in s": prepared,
    }
    return assemble(model, method, reason, numbers, checks, statistics, clock=clock, blocks=blocks)


def _to_digits(model: SpinChain, solver: Iteration) -> tuple[Numbers, Real, float]:
    """Solve, and go on refining while that brings numbers to their own digits; with the relative residual."""
    unit = unit_of(model)
    here = space_of(model)
    list_ = wanted(here, coefficients(model, unit=unit))
    x = solver.start()
    best, rounds = math.inf, 0
    while True:
        x = solver.run(x)
        x, error = estimated(solver, x)
        numbers = measured(model, list_, error.evaluate, unit=unit, wire=one_wire(model))
        share, residual = worst_share(model, numbers), solver.relative(x)
        enough = share <= RELATIVE and residual <= solver.method.tol
        stuck = rounds > 1 and not share < best / 10
        if enough or stuck or not solver.left() > 0:
            return numbers, x, residual
        best, rounds = min(share, best), rounds + 1
        solver.tol = max(solver.tol / 100, SHARPEST)


@dataclass(frozen=True)
class Estimated:
    """A state, and what moves it: the last correction, and rounding in a few random directions.

    The bound is an estimate from solutions of the same equations, not a proof: ten times what the residual still
    asks for, and thirty times what rounding of the residual and of the rates brings. Where the equations amplify noise so
    much that single numbers seen in a few directions prove nothing, the norm of both bounds every number.
    """

    element: Real
    x: Real
    left: Real
    noise: tuple[Real, ...]
    amplified: float  # how much larger an error of the state is than the residual that it leaves, in units of the rates

    def evaluate(self, functionals: Sequence[Functional]) -> tuple[Real, Real]:
        """Values of functionals, and their bounds."""
        F, magnitude = rows_of(functionals, self.element)
        if not all(np.all(np.isfinite(one)) for one in (self.left, *self.noise)):  # no products left to see them
            return F @ self.x, np.full(len(functionals), np.inf)
        rounding = np.sqrt(sum((F @ one) ** 2 for one in self.noise))
        bound = SAFETY * np.abs(F @ self.left) + NOISE * rounding + 16 * UNIT * (magnitude @ np.abs(self.x))
        bound += UNIT**2 * magnitude.sum(axis=1)  # below this nothing is claimed
        if self.amplified > AMPLIFIED:
            whole = NOISE * float(np.linalg.norm(self.left) + sum(np.linalg.norm(one) for one in self.noise))
            bound += whole * np.sqrt(magnitude.power(2).sum(axis=1))
        return F @ self.x, bound


def estimated(solver: Iteration, x: Real) -> tuple[Real, Estimated]:
    """The state after one more rough correction, and what it may be off by."""
    left = solver.answer(-solver.layout.lindblad(x), ROUGH, x)
    if np.all(np.isfinite(left)):
        x = solver.normalised(x + left)
    layout, model = solver.layout, solver.layout.model
    rng = generator(0, PROBE, model.sites)
    size = layout.magnitude(x)
    random = 2 * UNIT * size * rng.standard_normal(size.size)
    up, down = rng.standard_normal(model.sites), rng.standard_normal(model.sites)
    rates = roundings_of(model) * UNIT * layout.turned(x, up, down)
    noise = tuple(solver.answer(one, COARSE, x) for one in (random, rates))
    brought = float(np.linalg.norm(random))
    amplified = solver.scale * float(np.linalg.norm(noise[0])) / brought if brought > 0 else 0.0
    return x, Estimated(layout.elements(), x, left, noise, amplified)


def _unique(model: SpinChain, solver: Iteration, x: Real) -> Check:
    """Uniqueness: by the algebra where it settles the matter, else by a second solution from a random start."""
    if not left_out(model):
        return reached_check(model)
    rng = generator(0, KRYLOV, model.sites)
    other = solver.run(solver.start() + solver.scramble(rng))
    distance = float(np.linalg.norm(x - other) / np.linalg.norm(x))
    return Check(
        "distance of a second solution",
        distance,
        1e-6,
        "the same state is reached from a random start: a second steady state would mix in",
    )


def fitting(sites: int, wanted: int, *, single: bool) -> int:
    """Krylov directions that memory holds: at most those wanted, and a few even where these do not fit."""
    free = _checks.available_memory()
    each = (4.0 if single else 8.0) * math.comb(2 * sites, sites)
    room = int((0.9 * free - memory_needed(sites, 0, single=single)) / each)
    return max(FEW, min(wanted, room))


class Iteration:
    """Cycles of GMRES with residuals in double precision."""

    def __init__(
        self,
        layout: Sectors,
        preconditioner: Preconditioner,
        tools: Library,
        method: Sector,
        directions: int,
        progress: Progress | None,
    ) -> None:
        self.layout, self.preconditioner, self.tools = layout, preconditioner, tools
        self.method, self.directions, self.progress = method, directions, progress
        self.scale = rate_scale(layout.model)
        self.diagonals, self.weights = layout.diagonals(), layout.weights()
        self.tol = method.tol
        self.most = preconditioner.products + method.max_products

    def left(self) -> int:
        """Products that may still be spent."""
        return self.most - self.preconditioner.products

    def start(self) -> Real:
        """State of the low-order model."""
        return self.normalised(np.asarray(self.tools.host(self.preconditioner.start()), dtype=float))

    def scramble(self, rng: np.random.Generator) -> Real:
        """Random traceless perturbation of the size of a state."""
        noise = self.traceless(rng.standard_normal(self.layout.dimension))
        noise /= np.linalg.norm(noise)
        return noise

    def traceless(self, x: Real) -> Real:
        """The vector without its trace, which 𝓛 cannot bring."""
        w, out = self.weights, x.copy()
        out[self.diagonals] -= w * (x[self.diagonals] @ w) / (w @ w)
        return out

    def normalised(self, x: Real) -> Real:
        """Trace one."""
        scaled: Real = x / (x[self.diagonals] @ self.weights)
        return scaled

    def relative(self, x: Real) -> float:
        """‖𝓛ρ‖/‖ρ‖ in units of the rates, by the independent route."""
        return self.layout.residual(x) / float(np.linalg.norm(x)) / self.scale

    def run(self, x: Real) -> Real:
        """Iterate until the residual is below the tolerance, stops falling, or the products are spent."""
        first = previous = None
        goal = LOOSE * self.tol * self.scale
        while True:
            right = self.traceless(-self._lindblad(x))
            norm, size = float(np.linalg.norm(right)), float(np.linalg.norm(x))
            first = norm if first is None else first
            stalled = previous is not None and norm > 0.5 * previous
            room = min(self.directions, self.left() - 1)
            if norm <= goal * size or stalled or room < 1:
                return x
            target = goal * size
            if self.tools.dtype == self.tools.xp.float32:
                target = max(target, INNER * norm)
            step = self._cycle(right / norm, target / norm, room, self._report(first / norm, goal * size / first))
            x = self.normalised(x + norm * step)
            previous = norm

    def answer(self, right: Real, share: float, about: Real) -> Real:
        """Traceless y with 𝓛y = `right` to a share of it: how far a residual lets the state `about` be off."""
        right = self.traceless(right)  # what rounding adds to the trace is in no range of 𝓛
        norm = float(np.linalg.norm(right))
        if norm == 0 or self.left() < 2:
            return np.zeros_like(right) if norm == 0 else np.full_like(right, np.inf)
        out = norm * self._cycle(right / norm, share, min(self.directions, self.left() - 1))
        bare: Real = out - (out[self.diagonals] @ self.weights) * about
        return bare

    def _cycle(self, right: Real, target: float, size: int, progress: Callable[[float], None] | None = None) -> Real:
        """One cycle of GMRES: the correction is the sum of B of every direction, as long as memory holds these too.

        Beyond, it is B of the combination, for one product more.
        """
        tried: list[Any] = []
        count = 0

        def apply(y: Any) -> Any:
            nonlocal count
            z, image = self.preconditioner.apply(y)
            count += 1
            if 2 * count <= self.directions:
                tried.append(z)
            else:
                tried.clear()
            return image

        given, xp = self.tools.convert(right), self.tools.xp
        found = gmres(apply, given, target=target, size=size, xp=xp, progress=progress)
        if len(found.weights) <= len(tried):
            step = combined(found.weights, tried, xp.zeros_like(given))
        else:
            step, _ = self.preconditioner.apply(found.combination)
        return np.asarray(self.tools.host(step), dtype=float)

    def _lindblad(self, x: Real) -> Real:
        """𝓛 x in double precision."""
        if self.tools.dtype == self.tools.xp.float64 and self.tools.numpy:
            out: Real = self.preconditioner.lindblad(x)
            return out
        return self.layout.lindblad(x)

    def _report(self, since: float, wanted: float) -> Callable[[float], None] | None:
        """Progress on a logarithmic scale of the residual."""
        progress, depth = self.progress, -math.log(min(wanted, 0.5))
        if progress is None:
            return None

        def report(residual: float) -> None:
            done = math.log(max(since / max(residual, 1e-300), 1.0)) / depth
            progress(min(done, 1.0), 1.0)

        return report
