"""The product states that a lattice stays within, and its operators on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.linalg.pauli_parities import Parities, Reduced, summed
from caloriq.linalg.pauli_products import PauliSum
from caloriq.linalg.pauli_sectors import SectorPauliSum
from caloriq.linalg.products import Products
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.symmetries import additive, named
from caloriq.spaces.additive import Additive, changed
from caloriq.spaces.basis import Basis, weights, whole
from caloriq.spaces.bounds import bounds
from caloriq.spaces.matrices import Parts, parts_of, pauli_strings
from caloriq.spaces.sectors import SAME, dimension, dimensions, reduced, sector, tolerance
from caloriq.spaces.strings import Strings

TWO = 2  # levels
MOST = 1000  # sectors, beyond which no further number makes them smaller
TABLED, LARGE = 32, 2**14  # sites up to which tables of half of them are small, states from which they are worth it
OFTEN = 2**11  # states from which they are for millions of products


@dataclass(frozen=True, eq=False)
class Space:
    """Product states of a lattice: all of them, or those of one sector.

    Attributes
    ----------
    model : Lattice
        Whose they are.
    totals : mapping of str to float
        Conserved numbers and parities that they share, by the names in `additive`; none where they are all states.
    """

    model: Lattice
    totals: Mapping[str, float]

    def __str__(self) -> str:
        if not self.totals:
            return "all states"
        pairs = zip(self.numbers, self.totals.values(), strict=True)
        told = [f"{of.name} {('even', 'odd')[round(value)] if of.modulus else f'{value:g}'}" for of, value in pairs]
        return f"sector of {', '.join(told)}"

    @cached_property
    def basis(self) -> Basis:
        """The states; refused where memory has no room."""
        self.check_memory(1)
        if not self.totals:
            return whole(self.model.levels, self.model.size)
        if self.parities is not None:
            return Basis(self.model.levels, self.model.size, self.parities.states())
        return sector(self.numbers, tuple(self.totals.values()))

    @cached_property
    def numbers(self) -> list[Additive]:
        """What has the totals."""
        return named(self.model, self.totals)

    @cached_property
    def dimension(self) -> int:
        """D, without the states.

        Raises
        ------
        InvalidInput
            If no state has these totals.
        """
        if not self.totals:
            return self.model.dimension
        found = dimension(self.numbers, tuple(self.totals.values()))
        if found:
            return found
        for number, value in zip(self.numbers, self.totals.values(), strict=True):
            reached = [totals[0] for totals in dimensions([number])]
            if min(abs(value - one) for one in reached) > tolerance(number):
                break
        raise InvalidInput(
            f"`numbers` must be numbers that the lattice can have, but no state has them (got {number.name} {value:g}); it goes from {reached[0]:g} to {reached[-1]:g}"
        )

    def memory(self, states: float, operators: Iterable[Strings] = ()) -> float:
        """Bytes of the Hamiltonian and of other operators, which strings do not take, and of so many states."""
        D, matrices = float(min(self.dimension, 10**100)), 0
        if not self.by_strings:
            parts = [part for one in (self.model.strings, *operators) for part in one.by_support().values()]
            matrices = sum(1 for part in parts if any(part.sites))
        return D * (40.0 * matrices + 16.0 * states)

    def check_memory(self, states: float, operators: Iterable[Strings] = ()) -> None:
        """Refuse what needs more memory than there is."""
        need = self.memory(states, operators)
        _checks.memory("sites", self.model.size, need, "take fewer sites or samples, or a smaller sector")

    def parts(self, operator: Strings) -> Parts:
        """An operator on the states, as a sparse matrix; see `parts_of`."""
        return parts_of(operator, self.basis)

    @cached_property
    def parities(self) -> Parities | None:
        """Of two-level sites, where nothing else fixes the sector: none of them on all states."""
        if any(d != TWO for d in self.model.levels) or any(number.modulus != TWO for number in self.numbers):
            return None
        if len(self.totals) >= self.model.size:
            return None
        masks = [sum(1 << x for x, q in enumerate(number.levels) if q[1] != q[0]) for number in self.numbers]
        zeros = [sum(q[0] for q in number.levels) for number in self.numbers]  # of all sites down
        odd = [round(total - zero) % TWO for total, zero in zip(self.totals.values(), zeros, strict=True)]
        return Parities(self.model.size, tuple(zip(masks, odd, strict=True)))

    @property
    def by_strings(self) -> bool:
        """Whether operators are taken as Pauli strings, without a matrix: on all states of two-level sites, or those of parities."""
        return self.parities is not None

    def strings(self, operator: Strings) -> tuple[Reduced, Real]:
        """Pauli strings of an operator on the sites that parities leave, and their coefficients; see `by_strings`."""
        flip, sign, value = pauli_strings(operator)
        assert self.parities is not None
        found = self.parities.strings(flip, sign)
        return found, value[found.kept] * found.factor

    def sites_up(self, least: int | None = None) -> int | None:
        """How many sites of two levels are up in a sector of at least so many states, worth products without a matrix."""
        two = all(d == TWO for d in self.model.levels)
        if (
            not two
            or len(self.totals) != 1
            or self.model.size > TABLED
            or self.dimension < (LARGE if least is None else least)
        ):
            return None
        (number,), (total,) = self.numbers, self.totals.values()
        if number.modulus or any(abs(q[1] - q[0] - 1) > SAME for q in number.levels):
            return None
        return round(total - sum(q[0] for q in number.levels))

    def products(self, operator: Strings, *, often: bool = False) -> Products:
        """A hermitian operator by its products; one that acts `often` is worth tables on fewer states."""
        up = self.sites_up(OFTEN if often else LARGE)
        if self.by_strings or up is not None:
            paulis = self._paulis(operator) if up is None else self._paulis_up(operator, up)
            return Products(
                paulis.matvec,
                self.dimension,
                bounds(operator),
                real=paulis.dtype.kind == "f",
                product_bytes=32 * self.dimension,
                kernel="Pauli strings",
                strings=paulis,
            )
        parts = self.parts(operator)
        return Products(
            parts.times,
            self.dimension,
            bounds(operator),
            real=parts.real,
            product_bytes=parts.nbytes,
            kernel="sparse matrix",
        )

    def _paulis(self, operator: Strings) -> PauliSum:
        assert self.parities is not None
        found, value = self.strings(operator)
        return PauliSum(self.parities.left, *summed(found.flip, found.sign, value))

    def _paulis_up(self, operator: Strings, up: int) -> SectorPauliSum:
        return SectorPauliSum(PauliSum(self.model.size, *pauli_strings(operator)), up)

    @cached_property
    def hamiltonian(self) -> Products:
        """H."""
        return self.products(self.model.strings)

    def vector(self, whole_vector: Complex) -> Complex:
        """Amplitudes of a vector of the whole space on the states."""
        found: Complex = whole_vector[self.basis.keys]
        return found


def sectors(model: Lattice, kept_by: Sequence[Strings] = ()) -> list[Space]:
    """All sectors of what is conserved, of as many numbers as make a thousand; the whole space where there are none.

    Parameters
    ----------
    model : Lattice
        H.
    kept_by : sequence of Strings
        Operators that do not lead out of the sectors either: a number that one of them changes is not taken.
    """
    taken: list[Additive] = []
    every: dict[tuple[float, ...], int] = {}
    for number in additive(model):
        if any(changed(one, number) > tolerance(number) for one in kept_by):
            continue
        most = None if number.name in model.symmetries.conserved else MOST
        more = dimensions([*taken, number], most)
        if more:
            taken, every = [*taken, number], more
    if not taken:
        return [Space(model, {})]
    return [Space(model, dict(zip([one.name for one in taken], totals, strict=True))) for totals in every]


def shared_by(model: Lattice, keys: NDArray[Any]) -> dict[str, float]:
    """Conserved numbers and parities that some product states share."""
    found, w = {}, weights(model.levels, model.size)
    for number in additive(model):
        totals = np.zeros(len(keys))
        for x, q in enumerate(number.levels):
            totals += np.asarray(q)[(keys // w[x]) % model.levels[x]]
        apart = np.abs(totals - totals[0])
        if number.modulus:
            apart -= number.modulus * np.round(apart / number.modulus)
        if np.abs(apart).max() <= tolerance(number):
            found[number.name] = reduced(float(totals[0]), number)
    return found
