"""Blocks of a sector by what exchanges its states: momenta of translation, reflection, spins that are flipped."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy

from caloriq.closed.methods import Exact
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import Space
from caloriq.spaces.adapted import Monomial, flipped, halves, made_real, momenta, renamed
from caloriq.spaces.sectors import reduced

FEW = 64  # states of a sector up to which one decomposition is as fast
REAL = 1e-12  # of imaginary parts that are rounding
FLIPS = ("flip x", "flip y")


class Block(NamedTuple):
    """Orthonormal columns that H does not lead out of."""

    columns: scipy.sparse.csc_array  # shape (D, m), in the product states of the sector
    copies: int  # blocks of the same energies, itself included


class Blocks:
    """Blocks of one sector.

    Attributes
    ----------
    space : Space
        The sector.
    every : bool
        Whether all blocks are wanted, not one alone of those that share their energies.
    """

    def __init__(self, space: Space, *, every: bool) -> None:
        self.space, self.every = space, every

    @cached_property
    def matrix(self) -> scipy.sparse.csr_array:
        """H on the product states."""
        parts = self.space.parts(self.space.model.strings)
        D = self.space.dimension
        rest = scipy.sparse.csr_array((D, D)) if parts.rest is None else parts.rest
        return rest if parts.diagonal is None else (rest + scipy.sparse.diags_array(parts.diagonal)).tocsr()

    @cached_property
    def found(self) -> list[Block]:
        """All of them; the sector itself where there is no symmetry, or where it is small."""
        D, found = self.space.dimension, self.space.model.symmetries
        blocks = [Block(scipy.sparse.eye_array(D, format="csc"), 1)]
        if D <= FEW:
            return blocks
        mirror = self._mirror()
        if found.translation is not None and (shift := self._moved(found.translation)) is not None:
            M = self.space.model.size // found.translation
            paired = mirror is not None or found.real
            blocks = _by_momentum(momenta(shift, M), paired=paired and not self.every)
        turn = self._turn()
        if turn is not None:
            blocks = [Block(Q, one.copies) for one in blocks for Q in halves(one.columns, turn)]
        return blocks if mirror is None else [one for each in blocks for one in self._mirrored(each, mirror)]

    def _mirrored(self, block: Block, mirror: Monomial) -> list[Block]:
        """Even and odd ones of real columns; of others, of momenta k and -k that it exchanges, ones in which H is real."""
        Q = block.columns
        if not np.iscomplexobj(Q.data) or self.space.model.symmetries.translation is None:
            return [Block(half, block.copies) for half in halves(Q, mirror)]
        return [Block(made_real(Q, mirror), block.copies)] if self.space.model.symmetries.real else [block]

    def hamiltonian(self, block: Block) -> tuple[Any, float]:
        """Q†HQ, dense, real where it is; and ‖HQ - Q(Q†HQ)‖ in the Frobenius norm, with what was taken for real: rounding."""
        Q = block.columns
        image = self.matrix @ Q
        own = Q.conj().T @ image
        left = float(scipy.sparse.linalg.norm(image - Q @ own))
        dense = own.toarray()
        if np.iscomplexobj(dense) and self.space.model.symmetries.real:
            size = float(np.linalg.norm(dense.imag))
            if size <= REAL * np.linalg.norm(dense.real):
                return np.ascontiguousarray(dense.real), left + size
        return dense, left

    def _moved(self, by: int) -> Monomial | None:
        return renamed(self.space.basis, _shifted(self.space.model, by), odd_levels(self.space.model))

    def _mirror(self) -> Monomial | None:
        model = self.space.model
        if not model.symmetries.reflection:
            return None
        return renamed(self.space.basis, _mirrored(model), odd_levels(model))

    def _turn(self) -> Monomial | None:
        name = next((one for one in FLIPS if one in self.space.model.symmetries.parities), None)
        return None if name is None else flipped(self.space.basis, signed=name == "flip y")


def _by_momentum(columns: list[scipy.sparse.csc_array], *, paired: bool) -> list[Block]:
    """One block for every momentum, or for every pair of k and -k."""
    M = len(columns)
    if not paired:
        return [Block(one, 1) for one in columns if one.shape[1]]
    return [Block(columns[k], 1 if 2 * k % M == 0 else 2) for k in range(M // 2 + 1) if columns[k].shape[1]]


def odd_levels(model: Lattice) -> list[list[int]]:
    """Of every site and level whether it holds an odd number of fermions."""
    signs = [(space.levels, space.fermion_sign) for space in model.spaces]
    return [[0] * d if sign is None else (np.asarray(sign) < 0).astype(int).tolist() for d, sign in signs]


def opposite(space: Space) -> dict[str, float] | None:
    """Totals of the sector with all spins flipped, whose energies are the same; None where no flip is a symmetry."""
    if not set(FLIPS) & set(space.model.symmetries.parities):
        return None
    found = {}
    for number, total in zip(space.numbers, space.totals.values(), strict=True):
        both = [np.asarray(q) + np.asarray(q)[::-1] for q in number.levels]
        if any(np.ptp(one) > 0 for one in both):
            return None
        found[number.name] = reduced(sum(float(one[0]) for one in both) - total, number)
    return found


def _shifted(model: Lattice, by: int) -> list[int]:
    return [(x + by) % model.size for x in range(model.size)]


def _mirrored(model: Lattice) -> list[int]:
    return [*reversed(range(model.size))]


class Sizes(NamedTuple):
    """What to expect of the blocks of a sector before its states are made."""

    largest: int  # states of the largest block, about
    by: str  # the symmetries that make them, in words
    real: bool  # whether H is real in them


def sizes(space: Space) -> Sizes:
    """By counting: a symmetry of n elements makes n blocks of nearly the same size where there are many states."""
    found, D, number, told = space.model.symmetries, space.dimension, 1, []
    if D <= FEW:
        return Sizes(D, "", found.real)
    shift, mirror = found.translation, found.reflection and _keeps(space, _mirrored(space.model))
    moved = shift is not None and _keeps(space, _shifted(space.model, shift))
    if shift is not None and moved:
        number, told = space.model.size // shift, ["translation"]
    elif mirror:
        number, told = 2, ["reflection"]
    if opposite(space) == dict(space.totals) and (_turns(space.model)):
        number, told = 2 * number, [*told, "flipped spins"]
    return Sizes(-(-D // number), " and ".join(told), found.real and (mirror or not moved))


def _turns(model: Lattice) -> bool:
    """Whether a flip of all spins has the square 1."""
    return FLIPS[0] in model.symmetries.parities or (sum(model.levels) - model.size) % 2 == 0


def asked_for(space: Space, method: object) -> str:
    """Why a method runs that was named, and in which blocks."""
    block = sizes(space)
    if not isinstance(method, Exact) or not block.by:
        return "as asked for"
    return f"as asked for, in blocks of about {block.largest} of {space.dimension} states by {block.by}"


def _keeps(space: Space, places: list[int]) -> bool:
    """Whether renaming the sites changes no number that fixes the sector."""
    return all(number.levels[x] == number.levels[y] for number in space.numbers for x, y in enumerate(places))
