r"""The Lindblad generator of a lattice in blocks: :math:`\mathcal L\rho = K\rho + \rho K^\dagger + \sum_j L_j\rho L_j^\dagger`.

:math:`K = -iH - \frac12\sum_j L_j^\dagger L_j` is block diagonal. G. Lindblad, Commun. Math. Phys. 48, 119 (1976),
doi:10.1007/BF01608499.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex
from caloriq.models.lattice.coupled import coupled_baths, name_of
from caloriq.models.lattice.environment import Environment
from caloriq.models.lattice.model import Lattice
from caloriq.steady.lattice.blocks import Blocks, largest_row
from caloriq.steady.lattice.turning import Turning, turning

MATRIX = 70_000  # elements up to which the generator is one sparse matrix
Step = tuple[int, int, Any]  # source block, target block, sparse matrix


@dataclass(frozen=True, eq=False)
class Dissipator:
    """One environment: 𝓓ρ = Σ_j L_j ρ L_j† - ½{L_j†L_j, ρ}."""

    environment: Environment
    steps: tuple[tuple[Step, ...], ...]  # of every jump operator
    lost: tuple[Any, ...]  # Σ_j L_j†L_j of every block, sparse

    def adjoint(self, observable: Sequence[Any]) -> list[Any]:
        """𝓓†O of every block: Tr(O 𝓓ρ) = Tr((𝓓†O)ρ); sparse."""
        found = [-(lost @ O + O @ lost) / 2 for lost, O in zip(self.lost, observable, strict=True)]
        for jump in self.steps:
            for source, target, L in jump:
                found[source] = found[source] + L.conj().T @ observable[target] @ L
        return found


@dataclass(frozen=True, eq=False)
class Generator:
    """H and all environments of a lattice, in blocks."""

    blocks: Blocks

    @property
    def model(self) -> Lattice:
        """What it is of."""
        return self.blocks.model

    @property
    def sources(self) -> tuple[Environment, ...]:
        """What the dissipators are of."""
        return sources(self.model)

    @cached_property
    def hamiltonian(self) -> list[Any]:
        """H of every block, sparse."""
        return self.blocks.split(self.model.strings)

    @cached_property
    def dissipators(self) -> tuple[Dissipator, ...]:
        """One for every environment."""
        return tuple(self._dissipator(one) for one in self.model.environments)

    def _dissipator(self, one: Environment) -> Dissipator:
        steps = tuple(tuple(self.blocks.steps(jump)) for jump in one.jumps)
        lost = [scipy.sparse.csr_array((d, d), dtype=complex) for d in self.blocks.sizes]
        for jump in steps:
            by_source: dict[int, Any] = {}
            for source, _, L in jump:
                by_source[source] = by_source.get(source, 0) + L.conj().T @ L
            for source, squared in by_source.items():
                lost[source] = lost[source] + squared
        return Dissipator(one, steps, tuple(lost))

    @cached_property
    def effective(self) -> list[Any]:
        """K of every block, sparse."""
        found = []
        for b, H in enumerate(self.hamiltonian):
            lost = sum((one.lost[b] for one in self.dissipators), scipy.sparse.csr_array(H.shape))
            found.append((-1j * H - lost / 2).tocsr())
        return found

    @property
    def steps(self) -> list[Step]:
        """Every step of every jump."""
        return [step for one in self.dissipators for jump in one.steps for step in jump]

    @cached_property
    def turned(self) -> float:
        """How fast H turns: the largest row sum of H less its mean diagonal."""
        means = [H.diagonal().real.mean() * scipy.sparse.eye_array(H.shape[0]) for H in self.hamiltonian]
        return max(largest_row(H - mean) for H, mean in zip(self.hamiltonian, means, strict=True))

    @cached_property
    def _lost(self) -> list[float]:
        """The largest row sum of Σ_j L_j†L_j of every environment."""
        return [max(map(largest_row, one.lost)) for one in self.dissipators]

    @property
    def rate(self) -> float:
        """Unit of residuals: the largest row sum of H less its mean diagonal, and of the losses."""
        return max([self.turned, *self._lost])

    @property
    def speed(self) -> float:
        """A bound on ‖𝓛ρ‖₁ of states: 2(‖H‖ + Σ_j ‖L_j†L_j‖), H less its mean."""
        return 2 * (self.turned + sum(self._lost))

    def apply(self, rho: Sequence[Complex]) -> list[Complex]:
        """𝓛ρ of hermitian blocks."""
        found = []
        for K, block in zip(self.effective, rho, strict=True):
            one = K @ block
            found.append(one + one.conj().T)
        return self.jumped(rho, found)

    @cached_property
    def _parts(self) -> tuple[list[Step], list[Any]]:
        """Steps that move, and of every block the weights Σ_j l_a l_b* of those that are diagonal: dephasing acts element by element."""
        moving: list[Step] = []
        weights: list[Any] = [None] * len(self.blocks.sizes)
        for source, target, L in self.steps:
            values = _diagonal(source, target, L)
            if values is None:
                moving.append((source, target, L))
                continue
            values = values if np.any(values.imag) else values.real
            part = np.outer(values, values.conj())
            weights[source] = part if weights[source] is None else weights[source] + part
        return moving, weights

    def drift(self) -> Callable[[Complex], Complex]:
        """ρ ↦ 𝓛ρ in units of `rate`, on all elements: by one sparse matrix where these are few."""
        if self.blocks.dimension <= MATRIX:
            L = self.matrix() / self.rate
            return lambda v: L @ v
        return lambda v: self.blocks.vector(self.apply(self.blocks.matrices(v))) / self.rate

    def jumped(self, rho: Sequence[Complex], found: list[Complex]) -> list[Complex]:
        """What all jumps bring, added to `found`."""
        return _moved(*self._parts, rho, found)

    def magnitude(self, rho: Sequence[Complex]) -> list[Any]:
        """|𝓛||ρ| of every element: what the terms of 𝓛ρ amount to before they cancel."""
        sizes = [np.abs(block) for block in rho]
        found = []
        for K, size in zip(self.effective, sizes, strict=True):
            one = abs(K) @ size
            found.append(one + one.T)
        moving, weights = self._parts
        steps = [(source, target, abs(L)) for source, target, L in moving]
        return _moved(steps, [None if one is None else np.abs(one) for one in weights], sizes, found)

    @cached_property
    def turned_by(self) -> list[Turning]:
        """Differences of levels of H, and what was added up to H, of every block."""
        return [turning(self.model.strings, place) for place in self.blocks.places]

    def matrix(self) -> scipy.sparse.csr_array:
        """𝓛 on all elements, row by row of every block, sparse: ρ ↦ AρB is A ⊗ Bᵀ.

        Diagonal parts of H and of jumps act by differences, so that a large level that two states share, or the rate of dephasing,
        leaves no rounding behind where it does nothing.
        """
        count = len(self.blocks.sizes)
        grid: list[list[Any]] = [[None] * count for _ in range(count)]
        own: list[Any] = [-1j * one.rates for one in self.turned_by]
        rest = [-1j * (H - scipy.sparse.diags_array(H.diagonal())) for H in self.hamiltonian]
        for source, target, L in self.steps:
            l = _diagonal(source, target, L)
            if l is not None:
                own[source] += 1j * np.outer(l, l.conj()).imag - np.abs(l[:, None] - l) ** 2 / 2
                continue
            rest[source] = rest[source] - (L.conj().T @ L) / 2
            part = scipy.sparse.kron(L, L.conj())
            grid[target][source] = part if grid[target][source] is None else grid[target][source] + part
        for b, K in enumerate(rest):
            one = scipy.sparse.eye_array(K.shape[0])
            part = (
                scipy.sparse.kron(K, one) + scipy.sparse.kron(one, K.conj()) + scipy.sparse.diags_array(own[b].ravel())
            )
            grid[b][b] = part if grid[b][b] is None else grid[b][b] + part
        found = scipy.sparse.block_array(grid, format="csr")
        found.eliminate_zeros()
        return found

    def residual(self, rho: Sequence[Complex]) -> float:
        """‖𝓛ρ‖/‖ρ‖ over the unit of rates, Frobenius norms."""
        left = float(np.sqrt(sum(np.linalg.norm(one) ** 2 for one in self.apply(rho))))
        size = float(np.sqrt(sum(np.linalg.norm(one) ** 2 for one in rho)))
        return left / (size * self.rate)


def _diagonal(source: int, target: int, L: Any) -> Any:
    """The elements of a step that leaves every product state where it is; None of another."""
    values = L.diagonal() if source == target else None
    return None if values is None or L.nnz > np.count_nonzero(values) else values


def _moved(moving: Sequence[Step], weights: Sequence[Any], rho: Sequence[Any], found: list[Any]) -> list[Any]:
    """`found` with Σ LρL† of steps, and of weights element by element, added."""
    for b, weight in enumerate(weights):
        if weight is not None:
            found[b] = found[b] + weight * rho[b]
    for source, target, L in moving:
        found[target] = found[target] + L @ (L.conj() @ rho[source].T).T
    return found


def sources(model: Lattice) -> tuple[Environment, ...]:
    """Baths that are coupled by operators, which have no jumps of their own, by name and temperature; then environments by rates."""
    coupled = coupled_baths(model)
    named = (Environment(name_of(bath, model.size), (), bath.temperature) for bath in coupled)
    return (*named, *model.environments)
