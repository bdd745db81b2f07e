"""The sector method: preconditioned GMRES on 𝓛ρ = 0 in the excitation-conserving sector."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from caloriq import _checks
from caloriq._array import Library, library
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.linalg.gmres import gmres
from caloriq.linalg.threads import serial
from caloriq.models import sectors
from caloriq.models.random import KRYLOV, generator
from caloriq.models.spins import SpinChain
from caloriq.results import Check, Progress
from caloriq.steady.low_order import LowOrder
from caloriq.steady.methods import Sector
from caloriq.steady.moments import Moments
from caloriq.steady.result import SteadyState, assemble, rate_scale
from caloriq.steady.superoperator import Sectors
from caloriq.steady.sweep import Preconditioner
from caloriq.steady.unique import left_out, reached_check

LARGEST = 16  # sites
FEW = 10  # directions that a cycle needs at least
INNER = 1e-5  # what a cycle in single precision reduces the residual by
SINGLE_FROM = 11  # sites from which single precision inside saves more than its extra products cost
POSITIVE = 1e-9
SERIAL = 11  # sites below which threads cost more than they bring


def memory_needed(sites: int, directions: int, *, single: bool) -> float:
    """Bytes: eigenvectors and weights of the blocks, Krylov directions, and the largest eigendecomposition."""
    elements, word = float(math.comb(2 * sites, sites)), 4.0 if single else 8.0
    largest = float(math.comb(sites, sites // 2)) ** 2
    return elements * (word * (6 + 8 + directions) + 8.0 * 5) + 100.0 * largest


def admit(model: SpinChain, method: Sector) -> float:
    """Bytes needed, for the directions that memory holds.

    Raises
    ------
    InvalidInput
        If not even a few fit.
    """
    single = in_single(method, model.sites)
    return memory_needed(model.sites, fitting(model.sites, method.restart, single=single), single=single)


def in_single(method: Sector, sites: int) -> bool:
    """Whether cycles are in single precision."""
    return method.precision == "mixed" or (method.precision == "auto" and sites >= SINGLE_FROM)


def solve(model: SpinChain, method: Sector, reason: str, progress: Progress | None = None) -> SteadyState:
    """Steady state in the excitation-conserving sector."""
    with serial(blas=model.sites < SERIAL, kernels=True):
        return _solve(model, method, reason, progress)


def _solve(model: SpinChain, method: Sector, reason: str, progress: Progress | None) -> SteadyState:
    clock = time.perf_counter()
    single = in_single(method, model.sites)
    directions = fitting(model.sites, method.restart, single=single)
    layout = Sectors(model)
    tools = library(method.device, single=single)
    preconditioner = Preconditioner(layout, LowOrder(layout), tools)
    prepared = time.perf_counter() - clock
    solver = Iteration(layout, preconditioner, tools, method, directions, progress)
    x = solver.run(solver.start())
    checks = [
        Check("residual", solver.relative(x), method.tol, "‖𝓛ρ‖/‖ρ‖ in units of the model's rates, by another route"),
        Check("trace error", abs(float(x[layout.diagonals()].sum()) - 1), 1e-10, "ρ is normalised"),
    ]
    blocks = layout.unpacked(x)
    lowest = min(float(np.linalg.eigvalsh(block)[0]) for block in blocks)
    checks.append(Check("negative part", max(0.0, -lowest), POSITIVE, "ρ is positive"))
    checks.append(_unique(model, solver, x))
    n, coherences, correlations = sectors.two_point(layout.space, blocks)
    k, l, _, _ = model.bonds
    statistics: dict[str, float | int | str] = {
        "dimension": layout.dimension,
        "products": preconditioner.products,
        "directions kept": directions,
        "precision": "single inside double" if single else "double",
        "device": method.device,
        "condition of the eigenvectors": preconditioner.condition,
        "smallest eigenvalue": lowest,
        "preparation in s": prepared,
        "wall time in s": time.perf_counter() - clock,
    }
    return assemble(
        model,
        method,
        reason,
        Moments(n, coherences[k, l], correlations[k, l]),
        checks,
        statistics,
        two_point=coherences,
        correlations=correlations,
        blocks=tuple(blocks),
        tol=max(1e-10, 100 * method.tol),
    )


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
    """Krylov directions that memory holds, at most those wanted; refuses if not even a few fit."""
    if sites > LARGEST:
        raise InvalidInput(
            f"`sites` must be at most {LARGEST} for Sector(), but there are more (got {sites}); use TwoPoint() where it applies"
        )
    free = _checks.available_memory()
    _checks.memory("sites", sites, memory_needed(sites, FEW, single=single), "take fewer sites", free)
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
        self.diagonals = layout.diagonals()

    def start(self) -> Real:
        """State of the low-order model."""
        return self.normalised(np.asarray(self.tools.host(self.preconditioner.start()), dtype=float))

    def scramble(self, rng: np.random.Generator) -> Real:
        """Random traceless perturbation of the size of a state."""
        noise = rng.standard_normal(self.layout.dimension)
        noise[self.diagonals] -= noise[self.diagonals].mean()
        noise /= np.linalg.norm(noise)
        return noise

    def normalised(self, x: Real) -> Real:
        """Trace one."""
        scaled: Real = x / x[self.diagonals].sum()
        return scaled

    def relative(self, x: Real) -> float:
        """‖𝓛ρ‖/‖ρ‖ in units of the rates, by the independent route."""
        return self.layout.residual(x) / float(np.linalg.norm(x)) / self.scale

    def run(self, x: Real) -> Real:
        """Iterate until the residual is below the tolerance, stops falling, or the products are spent."""
        first = previous = None
        goal = 0.3 * self.method.tol * self.scale
        spent = self.preconditioner.products + self.method.max_products
        while True:
            right = -self._lindblad(x)
            norm, size = float(np.linalg.norm(right)), float(np.linalg.norm(x))
            first = norm if first is None else first
            stalled = previous is not None and norm > 0.5 * previous
            room = min(self.directions, spent - self.preconditioner.products - 1)
            if norm <= goal * size or stalled or room < 1:
                return x
            target = goal * size
            if self.tools.dtype == self.tools.xp.float32:
                target = max(target, INNER * norm)
            found = gmres(
                lambda y: self.preconditioner.apply(y)[1],
                self.tools.convert(right / norm),
                target=target / norm,
                size=room,
                xp=self.tools.xp,
                progress=self._report(first / norm, goal * size / first),
            )
            step, _ = self.preconditioner.apply(found.combination)
            x = self.normalised(x + norm * np.asarray(self.tools.host(step), dtype=float))
            previous = norm

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
