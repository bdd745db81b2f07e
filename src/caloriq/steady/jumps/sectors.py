"""What acts on pure states within a sector, and what leads from one to another: numbers that H conserves and jumps step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.linalg.products import Products
from caloriq.models.lattice.densities import changed
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import Space
from caloriq.models.lattice.symmetries import named
from caloriq.spaces.basis import Basis
from caloriq.spaces.matrices import between
from caloriq.spaces.sectors import dimensions
from caloriq.spaces.strings import Strings
from caloriq.steady.jumps.pauli_rows import PauliTable
from caloriq.steady.jumps.propagate import SHORT, Propagator
from caloriq.steady.jumps.rows import Rows, Table
from caloriq.steady.jumps.unravelling import Unravelling
from caloriq.steady.lattice.blocks import kept

SIGN = 1e-12  # of an element that is a sign but for rounding
DIGITS = 9  # of a total that is told from others


class Led(NamedTuple):
    """A jump operator on the states of one sector."""

    target: tuple[float, ...] | None  # totals of the sector that it leads to; None if there is no such state
    diagonal: Any  # its elements, where it leaves every product state where it is
    matrix: Any  # sparse, where it does not
    weights: Real  # ⟨i|L†L|i⟩ of every state, where L†L is diagonal
    square: Any  # L†L, where it is not

    def weight(self, populations: Real, psi: Complex) -> float:
        """‖Lψ‖²."""
        if self.square is not None:
            return float(np.vdot(psi, self.square @ psi).real)
        return (
            float(self.weights @ populations) if self.weights.size > 1 else float(self.weights[0] * populations.sum())
        )

    def times(self, psi: Complex) -> Complex:
        """Lψ."""
        found: Complex = self.diagonal * psi if self.matrix is None else self.matrix @ psi
        return found


@dataclass(eq=False)
class Sectors:
    """All sectors of a lattice as its jumps lead to them, each made when it is first reached.

    Attributes
    ----------
    model : Lattice
        H.
    unravelling : Unravelling
        Jumps.
    rows : Rows
        What is read of states.
    tol : float
        What a series may leave out.
    """

    model: Lattice
    unravelling: Unravelling
    rows: Rows
    tol: float
    known: dict[tuple[float, ...], Sector] = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Numbers that H conserves and every jump changes by a step of its own."""
        return kept(self.model)

    @cached_property
    def reached(self) -> dict[tuple[float, ...], int]:
        """Totals that states have, and how many have them."""
        if not self.names:
            return {(): self.model.dimension}
        every = dimensions(named(self.model, self.names))
        assert every is not None
        return {_rounded(totals): count for totals, count in every.items()}

    @cached_property
    def steps(self) -> dict[int, tuple[float, ...]]:
        """By how much every kick and jump changes the numbers, by its identity."""
        every = (*self.unravelling.kicks, *self.unravelling.jumps)
        return {id(one): tuple(self._step(one, name) for name in self.names) for one in every}

    def _step(self, jump: Strings, name: str) -> float:
        moved = changed(self.model, jump, name)
        return float(jump.overlap(moved).real / jump.norm**2)

    def at(self, totals: tuple[float, ...]) -> Sector:
        """The sector of some totals."""
        if totals not in self.known:
            self.known[totals] = Sector(self, totals)
        return self.known[totals]

    def start(self, rng: np.random.Generator) -> tuple[Sector, Complex]:
        """A product state, every level of every site as likely, and its sector."""
        levels = [int(rng.integers(space.levels)) for space in self.model.spaces]
        pairs = list(zip(self.model.spaces, levels, strict=True))
        sums = [sum(float(s.numbers[name][k]) for s, k in pairs if name in s.numbers) for name in self.names]
        sector = self.at(_rounded(sums))
        key, weight = 0, 1
        for space, level in zip(self.model.spaces, levels, strict=True):
            key, weight = key + weight * level, weight * space.levels
        psi = np.zeros(sector.dimension, dtype=complex)
        psi[sector.basis.place(np.array([key], dtype=sector.basis.keys.dtype))] = 1.0
        return sector, psi


@dataclass(eq=False)
class Sector:
    """Product states of some totals."""

    every: Sectors
    totals: tuple[float, ...]
    led: dict[int, Led] = field(default_factory=dict)

    @cached_property
    def space(self) -> Space:
        """The states."""
        return Space(self.every.model, dict(zip(self.every.names, self.totals, strict=True)))

    @cached_property
    def basis(self) -> Basis:
        """Their numbers in the whole space."""
        return self.space.basis

    @cached_property
    def dimension(self) -> int:
        """How many they are."""
        return self.basis.dimension

    @cached_property
    def hamiltonian(self) -> Products:
        """H."""
        return self.space.products(self.every.model.strings, often=True)

    @cached_property
    def propagator(self) -> Propagator:
        """H and what the norm falls by."""
        decay, own = self.every.unravelling.decay, self.space
        parts = own.parts(self.every.model.strings) if self.dimension <= SHORT else None
        return Propagator(self.hamiltonian, parts, own.parts(decay) if decay.terms else None, self.every.tol)

    @cached_property
    def table(self) -> Table | PauliTable:
        """What is read, as numbers of these states."""
        return self.every.rows.table(self.space)

    def by(self, jump: Strings) -> Led:
        """A kick or jump on these states."""
        if id(jump) not in self.led:
            self.led[id(jump)] = self._made(jump)
        return self.led[id(jump)]

    def _made(self, jump: Strings) -> Led:
        step = self.every.steps[id(jump)]
        totals = _rounded([a + b for a, b in zip(self.totals, step, strict=True)])
        if totals not in self.every.reached:
            return Led(None, None, None, np.zeros(self.dimension), None)
        matrix = between(jump, self.basis, self.every.at(totals).basis)
        own = matrix.diagonal() if totals == self.totals else np.zeros(0)
        if own.size and matrix.nnz == np.count_nonzero(own):
            return _diagonal(totals, own)
        if not np.any(matrix.data.imag):
            matrix = matrix.real.tocsr()
        square = (matrix.conj().T @ matrix).tocsr()
        square.eliminate_zeros()
        weights = square.diagonal().real
        return Led(totals, None, matrix, weights, square if square.nnz > np.count_nonzero(weights) else None)


def _diagonal(totals: tuple[float, ...], own: Any) -> Led:
    """What leaves every product state where it is; signs take a byte each, and their weights are not asked for."""
    if np.abs(own**2 - 1).max() <= SIGN:
        return Led(totals, np.sign(own.real).astype(np.int8), None, np.ones(1), None)
    values = own if np.any(own.imag) else np.ascontiguousarray(own.real)
    return Led(totals, values, None, np.abs(own) ** 2, None)


def _rounded(totals: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(one, DIGITS) + 0.0 for one in totals)
