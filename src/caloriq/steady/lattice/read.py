"""What is read of the state of an open lattice: profiles, currents, what every environment brings, each a functional Tr(Aρ)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.models.lattice import densities
from caloriq.models.lattice.environment import Environment
from caloriq.models.lattice.flows import Flows
from caloriq.spaces.strings import Strings, total
from caloriq.steady.lattice.coupled_generator import CoupledGenerator
from caloriq.steady.lattice.generator import Generator

Evaluate = Callable[[Sequence[Any]], tuple[float, float]]  # blocks of A to Tr(Aρ) and the bound on its error
RELATIVE = 1e-6  # error of a number relative to itself, up to which it is given as a value
SMALL = 1e-4  # share of what its operator amounts to, below which it may be an upper limit instead


class Seen(NamedTuple):
    """Numbers of one kind, bounds on their errors, and what each could amount to: (Tr A²/D)^½."""

    value: Real
    bound: Real
    scale: Real

    @property
    def share(self) -> float:
        """Largest of the bounds over the number, or over a small share of its scale where that is more."""
        known = np.maximum(np.abs(self.value), SMALL * self.scale)
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.where(self.bound == 0, 0.0, self.bound / known).max(initial=0.0))


class Read(NamedTuple):
    """Numbers of a state, by density."""

    profiles: dict[str, Seen]  # shape (N,)
    currents: dict[str, Seen]  # along `bonds`, of conserved densities, shape (B,)
    inflows: dict[str, Seen]  # from every environment, shape (E,)
    energy: Seen  # ⟨H⟩, shape (1,)

    @property
    def shares(self) -> dict[str, float]:
        """Largest error of every kind of number, in its own measure."""
        groups = {"profiles": self.profiles, "currents": self.currents, "inflows": self.inflows}
        return {f"{of} {name}": one.share for name, group in groups.items() for of, one in group.items()}


@dataclass(frozen=True)
class Asked:
    """Everything that is read of a state of one generator, as operators in blocks: made once, evaluated as often as refined."""

    generator: Generator | CoupledGenerator
    flows: Flows

    @cached_property
    def operators(self) -> Read:
        """Blocks of every functional, in the places of its number."""
        model, blocks = self.generator.model, self.generator.blocks

        def split(operators: Sequence[Strings]) -> Any:
            return [blocks.split(one) for one in operators]

        each = {of: densities.density(model, of) for of in densities.known(model)}
        sums = {of: total(model.spaces, one) for of, one in each.items()}
        inflows: Any
        if isinstance(self.generator, Generator):  # in strings, where what a jump does not meet cancels exactly
            inflows = {of: split([brought(one, a) for one in model.environments]) for of, a in sums.items()}
        else:
            inflows = {
                of: [one.adjoint(blocks.split(a)) for one in self.generator.dissipators] for of, a in sums.items()
            }
        return Read(
            {of: split(one) for of, one in each.items()},
            {of: split(self.flows.operators(of)) for of in self.flows.carried},
            inflows,
            [self.generator.hamiltonian],  # type: ignore[arg-type]
        )

    def read(self, evaluate: Evaluate) -> Read:
        """All numbers of a state, of which `evaluate` gives functionals."""
        D = sum(self.generator.blocks.sizes)

        def seen(operators: Any) -> Seen:
            pairs = [evaluate(one) for one in operators]
            scale = [np.sqrt(sum(float((abs(A.data) ** 2).sum()) for A in one) / D) for one in operators]
            return Seen(np.array([v for v, _ in pairs]), np.array([b for _, b in pairs]), np.array(scale))

        made = self.operators
        groups: Any = (made.profiles, made.currents, made.inflows)
        profiles, currents, inflows = ({of: seen(one) for of, one in group.items()} for group in groups)
        return Read(profiles, currents, inflows, seen(made.energy))


def brought(one: Environment, operator: Strings) -> Strings:
    """What an environment brings of an operator, 𝓓†A = ½Σ(L†[A, L] + [L†, A]L)."""
    parts = []
    for jump in one.jumps:
        parts += [jump.dagger() @ operator.commutator(jump), jump.dagger().commutator(operator) @ jump]
    return 0.5 * total(operator.spaces, parts)


def functional(operator: Sequence[Any], rho: Sequence[Complex]) -> float:
    """Tr(Aρ) of sparse blocks, A hermitian."""
    return float(sum(_trace(A, block) for A, block in zip(operator, rho, strict=True)))


def _trace(A: Any, block: Complex) -> float:
    coo = A.tocoo()
    return float((coo.data * block[coo.col, coo.row]).sum().real)


def magnitude(operator: Sequence[Any], rho: Sequence[Complex]) -> float:
    """Σ|A_ij||ρ_ji|: what the terms of Tr(Aρ) amount to before they cancel."""
    return float(sum(_trace(abs(A), np.abs(block)) for A, block in zip(operator, rho, strict=True)))
