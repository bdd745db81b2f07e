"""Equations of motion of a driven lattice, and its numbers: sums over the parts of H, each times its function of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.models.lattice import densities
from caloriq.models.lattice.densities import ENERGY
from caloriq.models.lattice.driving import Piece, pieces, strength
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.basis import Indices
from caloriq.spaces.strings import Strings, total
from caloriq.steady.bounds import UNIT, Bounded
from caloriq.steady.lattice.blocks import Blocks, largest_row
from caloriq.steady.lattice.generator import Generator
from caloriq.steady.lattice.reader import ROUNDINGS, Reader

Place = tuple[str, str]  # kind and density


@dataclass(frozen=True, eq=False)
class VectorReader:
    """Expectation values of one vector, as `Reader` has those of a density matrix.

    Attributes
    ----------
    operators : list of sparse array, shape (d, d)
        Hermitian.
    norms : array, shape (K,)
        Bounds on their eigenvalues.
    """

    operators: list[Any]
    norms: Real

    @classmethod
    def of(cls, operators: Sequence[Any]) -> VectorReader:
        """Of sparse matrices."""
        return cls(list(operators), np.array([largest_row(one) for one in operators]))

    def read(self, psi: Complex, error: float) -> Bounded:
        """All ⟨ψ|A|ψ⟩, where |ψ⟩⟨ψ| has an error in the trace norm of at most that."""
        values = np.array([np.vdot(psi, one @ psi).real for one in self.operators])
        return Bounded(values, self.norms * (error + ROUNDINGS * UNIT * len(psi) ** 0.5))


@dataclass(frozen=True, eq=False)
class Moving:
    """A driven lattice in its blocks, or as a vector on some product states.

    Attributes
    ----------
    blocks : Blocks
        Of the density matrix.
    places : array of int or None
        Product states that a vector stays within; None for a density matrix.
    """

    blocks: Blocks
    places: Indices | None

    @property
    def model(self) -> Lattice:
        """What is driven."""
        return self.blocks.model

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """Parts of H."""
        return pieces(self.model)

    def strengths(self, t: float) -> Real:
        """Function of time of every part, shape (G,)."""
        return np.array([strength(self.model, one.drive, t) for one in self.pieces])

    @cached_property
    def dissipators(self) -> Any:
        """One for every environment."""
        return Generator(self.blocks).dissipators

    def split(self, operator: Strings) -> Any:
        """An operator where the state lives: one sparse matrix, or blocks of it."""
        if self.places is None:
            return self.blocks.split(operator)
        return operator.sparse().tocsr()[self.places][:, self.places].tocsr()

    def drift(self) -> Callable[[float, Complex], Complex]:
        """(t, y) ↦ y', the last entry of y being what all environments have brought of the energy."""
        if self.places is not None:
            turning = [-1j * self.split(one.lattice.strings) for one in self.pieces]
            still, brought = None, None
        else:
            turning = [_commutator(self.split(one.lattice.strings)) for one in self.pieces]
            still = _dissipation(self.blocks, self.dissipators)
            brought = [rows.rows.sum(axis=0) for rows in self._energy_inflows]

        def moved(t: float, y: Complex) -> Complex:
            f, v = self.strengths(t), y[:-1]
            out = np.zeros_like(y)
            if still is not None:
                out[:-1] = still @ v
            for k, one in enumerate(turning):
                out[:-1] += f[k] * (one @ v)
            if brought is not None:
                out[-1] = sum(f[k] * np.dot(row, v).real for k, row in enumerate(brought))
            return out

        return moved

    @cached_property
    def _energy_inflows(self) -> list[Reader]:
        """What every environment brings of every part of H."""
        return [
            Reader.of(self.blocks, [d.adjoint(self.split(one.lattice.strings)) for d in self.dissipators])
            for one in self.pieces
        ]

    @cached_property
    def bonds(self) -> Any:
        """Pairs x < y between which a conserved number flows, shape (B, 2)."""
        pairs = {tuple(pair) for part in self._currents for one in part.values() for pair in one.bonds.tolist()}
        return np.array(sorted(pairs), dtype=np.intp).reshape(-1, 2)

    @cached_property
    def _currents(self) -> list[dict[str, densities.Current]]:
        carried = self.model.symmetries.conserved
        return [{of: densities.current(one.lattice, of) for of in carried} for one in self.pieces]

    @cached_property
    def constant(self) -> tuple[Any, dict[Place, slice]]:
        """Reader of what no drive changes: numbers of sites, and what environments bring of them."""
        groups: dict[Place, Any] = {}
        for of in densities.known(self.model):
            if of != ENERGY:
                own = densities.density(self.model, of)
                groups["profiles", of] = [self.split(one) for one in own]
                Q = self.split(total(self.model.spaces, own))
                groups["inflows", of] = [d.adjoint(Q) for d in self.dissipators] if self.places is None else []
        return self._reader(groups), _places(groups)

    @cached_property
    def linear(self) -> tuple[list[Any], dict[Place, slice]]:
        """Readers of what goes with every part of H, in the same places: energies, currents, what environments bring of energy."""
        readers = []
        for one, currents in zip(self.pieces, self._currents, strict=True):
            H = self.split(one.lattice.strings)
            groups: dict[Place, Any] = {
                ("energy", ""): [H],
                ("profiles", ENERGY): [self.split(h) for h in densities.density(one.lattice)],
                ("inflows", ENERGY): [d.adjoint(H) for d in self.dissipators] if self.places is None else [],
            }
            for of, current in currents.items():
                known = dict(zip(map(tuple, current.bonds.tolist()), current.operators, strict=True))
                nothing = Strings(self.model.spaces)
                groups["currents", of] = [self.split(known.get(tuple(pair), nothing)) for pair in self.bonds.tolist()]
            readers.append(self._reader(groups))
        return readers, _places(groups)

    def _reader(self, groups: dict[Place, Any]) -> Any:
        operators = [one for group in groups.values() for one in group]
        return Reader.of(self.blocks, operators) if self.places is None else VectorReader.of(operators)

    def read(self, t: float, state: Complex, error: float) -> dict[Place, Bounded]:
        """All numbers of a state."""
        reader, places = self.constant
        own = reader.read(state, error)
        found = {name: Bounded(own.value[place], own.bound[place]) for name, place in places.items()}
        readers, places = self.linear
        f, parts = self.strengths(t), [one.read(state, error) for one in readers]
        value = sum(c * one.value for c, one in zip(f, parts, strict=True))
        bound = sum(abs(c) * one.bound for c, one in zip(f, parts, strict=True))
        return found | {name: Bounded(value[place], bound[place]) for name, place in places.items()}


def _places(groups: dict[Place, Any]) -> dict[Place, slice]:
    ends = pairwise(np.cumsum([0, *map(len, groups.values())]).tolist())
    return {name: slice(a, b) for name, (a, b) in zip(groups, ends, strict=True)}


def _commutator(blocks: Sequence[Any]) -> Any:
    """ρ ↦ -i[H, ρ] on all elements, row by row of every block."""
    parts = []
    for H in blocks:
        one = scipy.sparse.eye_array(H.shape[0])
        parts.append(-1j * (scipy.sparse.kron(H, one) - scipy.sparse.kron(one, H.T)))
    return scipy.sparse.block_diag(parts, format="csr")


def _dissipation(blocks: Blocks, dissipators: Any) -> Any:
    """What all environments do, on all elements."""
    count = len(blocks.sizes)
    grid: list[list[Any]] = [[None] * count for _ in range(count)]
    for b, d in enumerate(blocks.sizes):
        lost = sum((one.lost[b] for one in dissipators), scipy.sparse.csr_array((d, d), dtype=complex))
        one = scipy.sparse.eye_array(d)
        grid[b][b] = -(scipy.sparse.kron(lost, one) + scipy.sparse.kron(one, lost.T)) / 2
    for source, target, L in (step for one in dissipators for jump in one.steps for step in jump):
        part = scipy.sparse.kron(L, L.conj())
        grid[target][source] = part if grid[target][source] is None else grid[target][source] + part
    return scipy.sparse.block_array(grid, format="csr")
