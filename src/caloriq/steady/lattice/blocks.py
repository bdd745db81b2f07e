"""Blocks of the density matrix of a lattice, by the numbers that H conserves and every jump changes by a fixed step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Complex
from caloriq.errors import InvalidInput
from caloriq.models.lattice.densities import changed
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.basis import Indices, whole
from caloriq.spaces.strings import Strings

LARGEST = 4096  # states of a block: an eigendecomposition of a quarter of an hour
EVEN = 1e-12  # of what a jump changes a number by otherwise than by its step, relative to itself


@dataclass(frozen=True, eq=False)
class Blocks:
    """Product states in blocks: a density matrix ρ = ⊕ρ_b has nothing between them.

    Attributes
    ----------
    model : Lattice
        Whose states they are.
    numbers : tuple of str
        What tells the blocks apart; empty for one block of all states.
    places : list of array of int
        States of every block by their numbers in the whole space, ascending.
    """

    model: Lattice
    numbers: tuple[str, ...]
    places: list[Indices]

    @cached_property
    def sizes(self) -> list[int]:
        """States of every block."""
        return [len(block) for block in self.places]

    @cached_property
    def offsets(self) -> Indices:
        """Where the elements of every block begin among all that the density matrix has."""
        return np.concatenate([[0], np.cumsum([d * d for d in self.sizes])]).astype(np.intp)

    @property
    def dimension(self) -> int:
        """Elements of the density matrix, Σ d_b²."""
        return int(self.offsets[-1])

    def split(self, operator: Strings) -> list[Any]:
        """Sparse diagonal blocks of an operator; what leads elsewhere is left out."""
        matrix = operator.sparse().tocsr()
        return [matrix[block][:, block].tocsr() for block in self.places]

    def steps(self, operator: Strings) -> list[tuple[int, int, Any]]:
        """A jump operator as (source, target, sparse matrix) between blocks, those that are not empty."""
        matrix = operator.sparse().tocsr()
        matrix.eliminate_zeros()
        found = []
        for target, rows in enumerate(self.places):
            strip = matrix[rows]
            for source, columns in enumerate(self.places):
                part = strip[:, columns].tocsr()
                if part.nnz:
                    found.append((source, target, part))
        return found

    def vector(self, blocks: Sequence[Complex]) -> Complex:
        """All elements, block after block, row by row."""
        return np.concatenate([np.asarray(block, dtype=complex).ravel() for block in blocks])

    def matrices(self, vector: Complex) -> list[Complex]:
        """Blocks of all elements, as views."""
        return [
            vector[a:b].reshape(d, d)
            for a, b, d in zip(self.offsets[:-1].tolist(), self.offsets[1:].tolist(), self.sizes, strict=True)
        ]


def single(model: Lattice) -> Blocks:
    """One block of all product states."""
    return Blocks(model, (), [np.arange(model.dimension)])


def by_numbers(model: Lattice) -> Blocks:
    """Blocks by every number that tells states apart which the master equation never joins; one block where there is none."""
    names = kept(model)
    if not names:
        return single(model)
    states = whole(model.levels, model.size).states
    labels = np.stack([value(model, name, states) for name in names], axis=1)
    _, label = np.unique(np.round(labels, 9), axis=0, return_inverse=True)
    label = label.ravel()
    return Blocks(model, names, [np.flatnonzero(label == k) for k in range(int(label.max()) + 1)])


def value(model: Lattice, name: str, states: Indices) -> Any:
    """Σ_x q of product states given by their levels, shape (D, N)."""
    total = np.zeros(len(states))
    for x, space in enumerate(model.spaces):
        if name in space.numbers:
            total += np.asarray(space.numbers[name])[states[:, x]]
    return total


def kept(model: Lattice) -> tuple[str, ...]:
    """Numbers that H conserves and that every jump changes by a step of its own; one that has a single value tells nothing."""
    varied = [name for name in model.symmetries.conserved if varies(model, name)]
    return tuple(name for name in varied if obstacle(model, name) is None)


def varies(model: Lattice, name: str) -> bool:
    """Whether a number has more than one value."""
    return any(np.ptp(space.numbers[name]) > 0 for space in set(model.spaces) if name in space.numbers)


def obstacle(model: Lattice, name: str) -> str | None:
    """What joins blocks of a number, in words; None if nothing does."""
    for one in model.environments:
        for jump in one.jumps:
            moved = changed(model, jump, name)
            step = jump.overlap(moved).real / jump.norm**2
            if (moved - step * jump).norm > EVEN * max(abs(step), 1.0) * jump.norm:
                return f"{one.name}: {jump.strongest()} changes the {name} by more than one step"
    return None


def sparse_trace(blocks: Blocks) -> scipy.sparse.csr_array:
    """Row that takes all elements to the trace, shape (1, dimension)."""
    columns = np.concatenate(
        [a + np.arange(d) * (d + 1) for a, d in zip(blocks.offsets[:-1].tolist(), blocks.sizes, strict=True)]
    )
    return scipy.sparse.csr_array(
        (np.ones(len(columns)), (np.zeros(len(columns), dtype=int), columns)), shape=(1, blocks.dimension)
    )


def largest_row(A: Any) -> float:
    """‖A‖_∞ of a sparse matrix, which no eigenvalue exceeds."""
    return float(abs(A).sum(axis=1).max(initial=0.0))


def check_open(model: Lattice, wanted: str) -> None:
    """Refuse a lattice that nothing but H acts on, or whose states do not fit in memory; `wanted` is what needs more.

    Raises
    ------
    InvalidInput
        If it is closed or too large.
    Unsupported
        If its H depends on time.
    """
    check_acted(model, wanted)
    _checks.memory("sites", model.size, 200.0 * float(model.dimension), "take fewer sites")


def check_acted(model: Lattice, wanted: str) -> None:
    """Refuse a lattice that nothing but H acts on; `wanted` is what needs more.

    Raises
    ------
    InvalidInput
        If it is closed.
    Unsupported
        If its H depends on time.
    """
    model.check_constant()
    if model.closed:
        raise InvalidInput(
            f"`model` must have baths, dephasing or jumps for a {wanted}, but it has none (got a closed lattice); add Bath(site=0, gain=1.0, loss=0.5)"
        )


def check_unique(model: Lattice) -> None:
    """Refuse a number that nothing changes: every value of it has a steady state."""
    for name in (name for name in model.symmetries.conserved if varies(model, name)):
        if all(changed(model, jump, name).norm <= EVEN * jump.norm for one in model.environments for jump in one.jumps):
            raise InvalidInput(
                f"`baths` must change the {name}, which H conserves, but nothing does, so that the steady state depends on the start (got {', '.join(one.name for one in model.environments)}); add a bath"
            )


def check_sizes(blocks: Blocks) -> None:
    """Refuse a block that is too large for its eigenvalues."""
    largest, sites = max(blocks.sizes), blocks.model.size
    if largest > LARGEST:
        raise InvalidInput(
            f"`sites` must keep blocks of the density matrix at {LARGEST} states, but they do not (got {largest} states for {sites} sites); take fewer sites"
        )
