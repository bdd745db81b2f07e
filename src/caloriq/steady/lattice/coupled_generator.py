"""The generator of a lattice between baths that know its levels, as that of one between baths by rates is used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex
from caloriq.errors import Unsupported
from caloriq.models.lattice.coupled import coupled_baths
from caloriq.models.lattice.environment import Environment
from caloriq.models.lattice.model import Lattice
from caloriq.steady.lattice.blocks import Blocks, single
from caloriq.steady.lattice.coupled import check_coupled, system_of
from caloriq.steady.lattice.generator import Generator, sources
from caloriq.steady.thermal.acting import Acting, acting
from caloriq.steady.thermal.dissipators import Dissipator

LARGEST = 1024  # elements of the density matrix up to which the generator is made


@dataclass(frozen=True, eq=False)
class CoupledDissipator:
    """One bath, or something beside the baths: 𝓓ρ = V 𝓓'(V†ρV) V†, with 𝓓' in the eigenbasis V of H."""

    inner: Dissipator
    vectors: Complex

    def adjoint(self, observable: Sequence[Any]) -> list[Any]:
        """𝓓†O of the only block."""
        V = self.vectors
        moved = V @ self.inner.adjoint(V.conj().T @ (observable[0] @ V)) @ V.conj().T
        return [scipy.sparse.csr_array((moved + moved.conj().T) / 2)]


@dataclass(frozen=True, eq=False)
class CoupledGenerator:
    """H, baths that are coupled by operators and what acts beside them, in one block of all product states.

    Attributes
    ----------
    model : Lattice
        What it is of.
    """

    model: Lattice

    @cached_property
    def blocks(self) -> Blocks:
        """One of all product states."""
        return single(self.model)

    @property
    def sources(self) -> tuple[Environment, ...]:
        """The baths by name and temperature, then what acts beside them."""
        return sources(self.model)

    @cached_property
    def hamiltonian(self) -> list[Any]:
        """H, sparse."""
        return self.blocks.split(self.model.strings)

    @cached_property
    def acts(self) -> Acting:
        """What acts in the eigenbasis of H."""
        return acting(system_of(self.model))

    @cached_property
    def dissipators(self) -> tuple[CoupledDissipator, ...]:
        """One for every bath."""
        return tuple(CoupledDissipator(one, self.acts.whole.vectors) for one in self.acts.everything)

    @property
    def width(self) -> float:
        """Of the spectrum of H."""
        E = self.acts.whole.energies
        return float(E[-1] - E[0])

    @cached_property
    def rate(self) -> float:
        """Unit of rates."""
        return self.width / 2 + self.acts.rate

    @cached_property
    def speed(self) -> float:
        """A bound on ‖𝓛ρ‖₁ of states: the width of H, and twice what every bath's jumps take at most."""
        return self.width + 2 * len(self.dissipators) * self.acts.rate

    def matrix(self) -> scipy.sparse.csr_array:
        """𝓛 on all elements: H and jumps in product states, where fast ones keep the trace to the last bit; then the baths."""
        D, V = self.model.dimension, self.acts.whole.vectors
        columns = np.empty((D * D, D * D), dtype=complex)
        for k, one in enumerate(np.eye(D * D).reshape(-1, D, D)):
            inside = V.conj().T @ one @ V
            brought = sum(bath.apply(inside) for bath in self.acts.dissipators)
            columns[:, k] = (V @ brought @ V.conj().T).ravel()
        return scipy.sparse.csr_array(Generator(self.blocks).matrix() + scipy.sparse.csr_array(columns))

    def drift(self) -> Callable[[Complex], Complex]:
        """ρ ↦ 𝓛ρ in units of `rate`, on all elements."""
        V, D = self.acts.whole.vectors, self.model.dimension

        def moved(v: Complex) -> Complex:
            found: Complex = V @ self.acts.apply(V.conj().T @ v.reshape(D, D) @ V) @ V.conj().T
            return found.ravel() / self.rate

        return moved


def check_in_time(model: Lattice, method: Any) -> str:
    """Refuse what is no Lindblad equation, whose errors are not bounded; how it runs, in words.

    Raises
    ------
    Unsupported
        For Redfield's equation, which may leave the states, and for shifts of levels.
    """
    told = check_coupled(model, method)
    for bath in coupled_baths(model):
        if bath.chemical_potential is not None:
            raise Unsupported(
                f"`baths` must exchange no particles in time, as entropies along the way count energy alone, but one does (got chemical_potential {bath.chemical_potential:g}); use steady_state"
            )
        if bath.equation == "redfield" or bath.lamb_shift:
            what = "equation 'redfield'" if bath.equation == "redfield" else "a shift of levels"
            raise Unsupported(
                f"`baths` must keep every state positive and leave the levels as they are in time, but one has {what} (got {bath.operator!r}); use equation 'universal', 'global' or 'local' without lamb_shift"
            )
    return told


def speeds_of(model: Lattice) -> tuple[float, float]:
    """Bounds on the width of H, and on the rate of what acts beside the baths."""
    width = 2 * sum(abs(c) for c in model.strings.terms.values())
    jumps = [jump for one in model.environments for jump in one.jumps]
    return float(np.real(width)), float(sum(sum(abs(c) for c in jump.terms.values()) ** 2 for jump in jumps))


def seconds_of(model: Lattice, last: float) -> float:
    """Rough time of all products on one core."""
    jumps = sum(len(one.jumps) for one in model.environments)
    return 0.05 + 33.0 * (1 + last * sum(speeds_of(model))) * (40.0 + 8.0 * jumps) * float(model.dimension) ** 3 / 5e9
