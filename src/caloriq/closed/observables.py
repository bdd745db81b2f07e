"""What is read off a state: populations, local energies, currents, energy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.closed.blocks import Block
from caloriq.errors import InvalidInput
from caloriq.linalg.block_sparse import BlockSparse

Observable = Literal["populations", "local_energies", "currents"]
OBSERVABLES: tuple[Observable, ...] = get_args(Observable)


def checked(observables: Sequence[str]) -> tuple[Observable, ...]:
    """Known observables, given by a name or a list of names; the populations are always among them."""
    if not isinstance(observables, Iterable):
        raise InvalidInput(f"`observables` must be a list of names, but it is not (got {observables!r})")
    names = (observables,) if isinstance(observables, str) else tuple(observables)
    for name in names:
        if name not in OBSERVABLES:
            raise InvalidInput(f"`observables` must be among {', '.join(OBSERVABLES)}, but one is not (got {name!r})")
    return tuple(name for name in OBSERVABLES if name in (*names, "populations"))


@dataclass(slots=True)
class Record:
    """Observables of k starts at T times, filled block by block."""

    populations: Real  # P_µ = ⟨ψ_µ|ψ_µ⟩ (PRE 11), shape (k, T, N)
    local_energies: Real | None  # ⟨H_loc(µ)⟩, gap and band included (PRE 6), shape (k, T, N)
    # probability current along each of the operator's pairs, from a to b: -2 Im⟨ψ_a|H_ab|ψ_b⟩. In a chain from µ to
    # µ+1, so that dP_µ/dt = J_µ-1 - J_µ, shape (k, T, E)
    currents: Real | None
    energy: Real | None  # ⟨H⟩; with the currents only, whose matrix elements it shares, shape (k, T)
    complemented: bool = False  # whether the last population was filled up to 1, so that the sum proves nothing

    @property
    def arrays(self) -> list[Real]:
        """What was recorded, in the order of the fields."""
        every = (self.populations, self.local_energies, self.currents, self.energy)
        return [array for array in every if array is not None]


def empty(operator: BlockSparse, starts: int, times: int, observables: tuple[Observable, ...]) -> Record:
    """Record with room for the observables asked for."""
    N, E = operator.blocks, len(operator.pairs)
    shape = (starts, times)
    return Record(
        np.empty((*shape, N)),
        np.empty((*shape, N)) if "local_energies" in observables else None,
        np.empty((*shape, E)) if "currents" in observables else None,
        np.empty(shape) if "currents" in observables else None,
    )


def fill(record: Record, operator: BlockSparse, block: Block) -> None:
    """Write the observables of one block of states into the record."""
    place = (block.columns, block.times)
    local = _fill_blocks(record, operator, block)
    if record.currents is not None and record.energy is not None:
        pairs = range(len(operator.pairs))
        element = np.stack([pair_element(operator, block.states, p) for p in pairs], axis=-1)  # (k, T, E)
        record.currents[place] = -2 * element.imag
        record.energy[place] = local + 2 * element.real.sum(axis=-1)


def _fill_blocks(record: Record, operator: BlockSparse, block: Block) -> Real:
    """Populations and local energies; the energy of all blocks without their couplings, shape (k, T)."""
    (T, _, k), place = block.states.shape, (block.columns, block.times)
    if len(set(operator.sizes)) == 1:  # at once
        N, n = operator.blocks, operator.block_size
        energies = operator.energies.reshape(N, n)
        psi = block.states.reshape(T, N, n, k)
        weight = psi.real**2 + psi.imag**2
        record.populations[place] = weight.sum(axis=2).transpose(2, 0, 1)
        if record.local_energies is not None:
            record.local_energies[place] = np.einsum("tmik,mi->ktm", weight, energies)
        return np.zeros((k, T)) if record.energy is None else np.asarray(np.einsum("tmik,mi->kt", weight, energies))
    weight = block.states.real**2 + block.states.imag**2  # (T, D, k)
    levels = operator.energies.reshape(-1)
    total = np.zeros((k, T))
    for mu, rows in enumerate(operator.places):
        record.populations[(*place, mu)] = weight[:, rows].sum(axis=1).T
        held = np.einsum("tik,i->kt", weight[:, rows], levels[rows])
        total += held
        if record.local_energies is not None:
            record.local_energies[(*place, mu)] = held
    return total


def pair_element(operator: BlockSparse, states: Complex, pair: int) -> Complex:
    """⟨ψ_a|H_ab|ψ_b⟩ of one coupled pair, shape (k, T), for states of shape (T, D, k)."""
    (here, there), (T, _, k) = (operator.places[block] for block in operator.pairs[pair]), states.shape
    right = np.ascontiguousarray(states[:, there].transpose(1, 0, 2)).reshape(-1, T * k)
    left = np.ascontiguousarray(states[:, here].transpose(1, 0, 2)).reshape(-1, T * k)
    element: Complex = np.einsum("ix,ix->x", left.conj(), operator.coupled(pair, right)).reshape(T, k).T
    return element
