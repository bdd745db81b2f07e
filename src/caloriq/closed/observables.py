"""What is read off a state: populations, local energies, currents, energy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.closed.blocks import Block
from caloriq.errors import InvalidInput
from caloriq.linalg.block_tridiagonal import BlockTridiagonal

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
    """Observables of k starts at T times, filled block by block.

    Attributes
    ----------
    populations : array, shape (k, T, N)
        P_µ = ⟨ψ_µ|ψ_µ⟩ (PRE 11).
    local_energies : array, shape (k, T, N), or None
        ⟨H_loc(µ)⟩, gap and band included (PRE 6).
    currents : array, shape (k, T, N-1), or None
        Probability current from µ to µ+1, J_µ = -2 Im⟨ψ_µ|H_µ,µ+1|ψ_µ+1⟩, so that dP_µ/dt = J_µ-1 - J_µ.
    energy : array, shape (k, T), or None
        ⟨H⟩; with the currents only, whose matrix elements it shares.
    complemented : bool
        Whether the last population was filled up to 1, so that the sum proves nothing.
    """

    populations: Real
    local_energies: Real | None
    currents: Real | None
    energy: Real | None
    complemented: bool = False

    @property
    def arrays(self) -> list[Real]:
        """What was recorded, in the order of the fields."""
        every = (self.populations, self.local_energies, self.currents, self.energy)
        return [array for array in every if array is not None]


def empty(operator: BlockTridiagonal, starts: int, times: int, observables: tuple[Observable, ...]) -> Record:
    """Record with room for the observables asked for."""
    N = operator.blocks
    shape = (starts, times)
    return Record(
        np.empty((*shape, N)),
        np.empty((*shape, N)) if "local_energies" in observables else None,
        np.empty((*shape, N - 1)) if "currents" in observables else None,
        np.empty(shape) if "currents" in observables else None,
    )


def fill(record: Record, operator: BlockTridiagonal, block: Block) -> None:
    """Write the observables of one block of states into the record."""
    N, n = operator.energies.shape
    T, _, k = block.states.shape
    place = (block.columns, block.times)
    psi = block.states.reshape(T, N, n, k)
    weight = psi.real**2 + psi.imag**2
    record.populations[place] = weight.sum(axis=2).transpose(2, 0, 1)
    if record.local_energies is not None:
        record.local_energies[place] = np.einsum("tmik,mi->ktm", weight, operator.energies)
    if record.currents is not None and record.energy is not None:
        element = np.stack([_bond_element(operator, psi, b) for b in range(N - 1)], axis=-1)  # (k, T, N-1)
        record.currents[place] = -2 * element.imag
        local = np.einsum("tmik,mi->kt", weight, operator.energies)
        record.energy[place] = local + 2 * element.real.sum(axis=-1)


def _bond_element(operator: BlockTridiagonal, psi: Complex, bond: int) -> Complex:
    """⟨ψ_µ|H_µ,µ+1|ψ_µ+1⟩, shape (k, T)."""
    T, _, n, k = psi.shape
    right = np.ascontiguousarray(psi[:, bond + 1].transpose(1, 0, 2)).reshape(n, T * k)
    left = np.ascontiguousarray(psi[:, bond].transpose(1, 0, 2)).reshape(n, T * k)
    element: Complex = np.einsum("ix,ix->x", left.conj(), operator.coupling(bond) @ right).reshape(T, k).T
    return element
