"""Steady state of large blocks: GMRES on 𝓛ρ = 0, preconditioned with the exact inverse of ρ ↦ Kρ + ρK†."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import NotConverged
from caloriq.linalg.gmres import gmres
from caloriq.linalg.sylvester import Sylvester, pack, unpack
from caloriq.models.random import PROBE, generator
from caloriq.results import Check, Progress
from caloriq.steady.bounds import UNIT
from caloriq.steady.lattice.generator import Generator
from caloriq.steady.lattice.read import functional, magnitude

RESTART = 80  # directions kept
MOST = 2000  # products after which the search is given up
SLOW = 1e-6  # decay of a state, in units of the rates, below which the preconditioner is shifted
REMAINS = 10.0  # of what one more correction changes
NOISE = 300.0  # of what rounding of the residual changes, the most seen in a few random directions: stiff chains needed up to 90
DIRECTIONS = 3  # of rounding
ALIKE = 1e-5  # by which states from two starts may differ, relative to themselves
ROUGH = (1e-6, 1e-8, 1e-10, 1e-12, 1e-14)  # residuals of the second, until it is as near
SHARPEST = 2e-15  # residual beyond which nothing is gained


@dataclass(frozen=True)
class Iterated:
    """A solution, its last correction, and what rounding changes in it: the bounds are estimates from these."""

    rho: list[Complex]
    left: list[Complex]
    noise: tuple[list[Complex], ...]

    @property
    def blocks(self) -> list[Complex]:
        """Blocks of ρ."""
        return self.rho

    def evaluate(self, operator: Sequence[Any]) -> tuple[float, float]:
        """Tr(Aρ), and ten times what one more correction changes with three hundred times what rounding does."""
        value = functional(operator, self.rho)
        rounding = max(abs(functional(operator, one)) for one in self.noise)
        off = REMAINS * abs(functional(operator, self.left)) + NOISE * rounding
        return value, off + 8 * UNIT * magnitude(operator, self.rho)


class Iteration:
    """GMRES with its preconditioner for one generator."""

    def __init__(self, made: Generator, progress: Progress | None) -> None:
        self.made, self.progress, self.products = made, progress, 0
        self.sylvester = [Sylvester(K.toarray()) for K in made.effective]
        slowest = min(one.slowest for one in self.sylvester)
        shift = 0.0 if slowest > SLOW * made.rate else -self._mean_loss()
        for one in self.sylvester:
            one.shift(shift)

    def _mean_loss(self) -> float:
        lost = sum(float(d.lost[b].diagonal().real.sum()) for d in self.made.dissipators for b in range(len(d.lost)))
        return lost / sum(self.made.blocks.sizes)

    def corrected(self, right: list[Complex], share: float) -> list[Complex]:
        """X with 𝓛X = `right` but for a share of it, which must be traceless; products are counted."""
        b = _packed(right)

        def apply(y: Real) -> Real:
            self.products += 1
            if self.progress is not None:
                self.progress(float(self.products), float(MOST))
            return _packed(self.made.apply(self._inverse(y)))

        found = gmres(apply, b, target=share * float(np.linalg.norm(b)), size=RESTART)
        return self._inverse(found.combination)

    def _inverse(self, y: Real) -> list[Complex]:
        out, start = [], 0
        for one, d in zip(self.sylvester, self.made.blocks.sizes, strict=True):
            out.append(unpack(one.solve(y[start : start + d * d].reshape(d, d))))
            start += d * d
        return out

    def run(self, rho: list[Complex], tol: float) -> list[Complex]:
        """From a start to a residual of `tol`."""
        while self.made.residual(rho) > tol:
            if self.products > MOST:
                raise NotConverged(
                    f"`method` must reach a residual of {tol:.1e}, but it has not after {self.products} products (got {self.made.residual(rho):.1e}); give every part a bath of comparable strength"
                )
            rho = _normed(_sum(rho, self.corrected(_scaled(self.made.apply(rho), -1.0), 1e-7)))
        return rho


def memory_needed(sizes: Sequence[int]) -> float:
    """Bytes: directions of the Krylov space, eigenvectors of every block."""
    elements = float(sum(d * d for d in sizes))
    return 8.0 * elements * (RESTART + 40)


def solve(
    made: Generator, tol: float, enough: Callable[[Iterated], bool], progress: Progress | None
) -> tuple[Iterated, list[Check], dict[str, Any]]:
    """The state, what proves it, and what it cost; refined until the bounds of its numbers are `enough` or stop falling.

    Raises
    ------
    NotConverged
        If the residual does not fall below `tol`.
    """
    sizes = made.blocks.sizes
    _checks.memory("sites", made.model.size, memory_needed(sizes), "take fewer sites")
    solver, D = Iteration(made, progress), sum(sizes)
    rho: list[Complex] = [np.diag(np.full(d, 1 / D, dtype=complex)) for d in sizes]
    goal = tol
    while True:
        rho = solver.run(rho, goal)
        left = _traceless(solver.corrected(_scaled(made.apply(rho), -1.0), 1e-2), rho)
        rho = _normed(_sum(rho, left))
        size = made.magnitude(rho)
        noise = (_rounding(size, number) for number in range(DIRECTIONS))
        found = Iterated(rho, left, tuple(_traceless(solver.corrected(one, 1e-2), rho) for one in noise))
        if enough(found) or goal <= SHARPEST:
            break
        goal = max(goal / 100, SHARPEST)
    used = solver.products
    apart = _apart(solver, rho)
    checks = [
        Check("residual", made.residual(rho), tol, "‖𝓛ρ‖/‖ρ‖ in units of the model's rates"),
        Check(
            "second steady state",
            apart,
            ALIKE,
            "distance from what a random pure start ends in, relative to ρ: the state is the only one",
        ),
    ]
    condition = max(one.condition for one in solver.sylvester)
    told = {"products": used, "products of the second start": solver.products - used, "condition": condition}
    return found, checks, told


def _apart(solver: Iteration, rho: list[Complex]) -> float:
    """How far from ρ another start ends, relative to ρ: a random pure state, which has a part of every conserved operator."""
    sizes = solver.made.blocks.sizes
    raw = generator(0, PROBE).standard_normal((2, sum(sizes)))
    psi = np.split(raw[0] + 1j * raw[1], np.cumsum(sizes)[:-1])
    other, apart = _normed([np.outer(one, one.conj()) for one in psi]), np.inf
    size = np.sqrt(sum(np.linalg.norm(one) ** 2 for one in rho))
    for goal in ROUGH:
        other = solver.run(other, goal)
        apart = np.sqrt(sum(np.linalg.norm(a - b) ** 2 for a, b in zip(rho, other, strict=True))) / size
        if apart <= ALIKE:
            break
    return float(apart)


def _rounding(sizes: Sequence[Real], number: int) -> list[Complex]:
    """A random traceless residual as large as rounding of 𝓛ρ, whose terms have these sizes."""
    found: list[Complex] = []
    for b, size in enumerate(sizes):
        raw = generator(1 + number, PROBE, b).standard_normal((2, *size.shape))
        noise: Complex = UNIT * size * (raw[0] + 1j * raw[1])
        found.append(noise + noise.conj().T)
    trace = sum(np.trace(one).real for one in found) / sum(len(one) for one in found)
    return [one - trace * np.eye(len(one), dtype=complex) for one in found]


def _packed(blocks: Sequence[Complex]) -> Real:
    return np.concatenate([pack((one + one.conj().T) / 2).ravel() for one in blocks])


def _scaled(blocks: Sequence[Complex], factor: float) -> list[Complex]:
    return [factor * one for one in blocks]


def _sum(a: Sequence[Complex], b: Sequence[Complex]) -> list[Complex]:
    return [one + other for one, other in zip(a, b, strict=True)]


def _traceless(change: Sequence[Complex], rho: Sequence[Complex]) -> list[Complex]:
    """A correction without the part along ρ, which is no change of the state."""
    trace = sum(float(np.trace(one).real) for one in change)
    return [one - trace * state for one, state in zip(change, rho, strict=True)]


def _normed(blocks: Sequence[Complex]) -> list[Complex]:
    trace = sum(float(np.trace(one).real) for one in blocks)
    return [one / trace for one in blocks]
