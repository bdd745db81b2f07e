"""The product states that a lattice stays within, and its operators on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.errors import InvalidInput
from caloriq.linalg.pauli_products import PauliSum
from caloriq.linalg.pauli_sectors import SectorPauliSum
from caloriq.linalg.products import Products
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.basis import Basis, images, weights, whole
from caloriq.spaces.sectors import SAME, Numbers, dimensions, sector
from caloriq.spaces.strings import Strings
from caloriq.spaces.terms import Term

X, Z = 1, 3  # letters of two levels
TABLED, LARGE = 32, 2**14  # sites up to which tables of half of them are small, states from which they are worth it


class Parts(NamedTuple):
    """A hermitian operator: what is diagonal in the product states, and the rest."""

    diagonal: Real | None
    rest: scipy.sparse.csr_array | None

    def times(self, x: NDArray[Any]) -> NDArray[Any]:
        """A x for x of shape (D,) or (D, k)."""
        y: NDArray[Any] = np.zeros_like(x) if self.rest is None else self.rest @ x
        if self.diagonal is not None:
            y += (self.diagonal if x.ndim == 1 else self.diagonal[:, None]) * x
        return y

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        own = 0 if self.diagonal is None else self.diagonal.nbytes
        return own + (0 if self.rest is None else self.rest.data.nbytes + self.rest.indices.nbytes)

    @property
    def real(self) -> bool:
        """Whether all elements are."""
        return self.rest is None or not np.iscomplexobj(self.rest.data)


@dataclass(frozen=True, eq=False)
class Space:
    """Product states of a lattice: all of them, or those of one sector.

    Attributes
    ----------
    model : Lattice
        Whose they are.
    totals : mapping of str to float
        Conserved numbers that they share; none where they are all states.
    """

    model: Lattice
    totals: Mapping[str, float]

    def __str__(self) -> str:
        told = ", ".join(f"{of} {value:g}" for of, value in self.totals.items())
        return f"sector of {told}" if told else "all states"

    @cached_property
    def basis(self) -> Basis:
        """The states; refused where memory has no room."""
        self.check_memory(1)
        if not self.totals:
            return whole(self.model.levels, self.model.size)
        return sector(self.model.levels, numbers(self.model, tuple(self.totals)), tuple(self.totals.values()))

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
        found = dimensions(self.model.levels, numbers(self.model, tuple(self.totals)))
        wanted = np.array(list(self.totals.values()))
        for totals, count in found.items():
            if np.all(np.abs(np.array(totals) - wanted) <= SAME):
                return count
        name, value = next(iter(self.totals.items()))
        reached = sorted({totals[0] for totals in found})
        raise InvalidInput(
            f"`numbers` must be numbers that the lattice can have, but no state has them (got {name} {value:g}); it goes from {reached[0]:g} to {reached[-1]:g}"
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
        """An operator on the states; what leads out of a sector has no expectation value there and is left out."""
        basis = self.basis
        diagonal, terms = np.zeros(self.dimension), []
        still = moving = False
        for sites, part in operator.by_support().items():
            local = part.matrix(sites)
            own = np.diag(local).real
            if np.any(own):
                diagonal += own[self._local(sites)]
                still = True
            off = local - np.diag(np.diag(local))
            if np.any(np.abs(off) > 1e-15 * np.abs(local).max()):
                moving = True
                terms.append(Term(sites, scipy.sparse.csc_array(off if np.any(off.imag) else off.real.copy())))
        return Parts(diagonal if still else None, _matrix(basis, terms) if moving else None)

    def _local(self, sites: tuple[int, ...]) -> NDArray[np.intp]:
        """Number of the state of some sites in every product state, the first of them the slowest."""
        keys, w = self.basis.keys, weights(self.basis.levels, self.basis.sites)
        found = np.zeros(len(keys), dtype=np.intp)
        for x in sites:
            d = self.model.levels[x]
            found = found * d + ((keys // w[x]) % d).astype(np.intp, copy=False)
        return found

    @property
    def by_strings(self) -> bool:
        """Whether operators are taken as Pauli strings, without a matrix: on all states of two-level sites."""
        return not self.totals and all(d == 2 for d in self.model.levels)

    @property
    def sites_up(self) -> int | None:
        """How many sites of two levels are up in a sector that is worth products without a matrix."""
        two = all(d == 2 for d in self.model.levels)
        if not two or len(self.totals) != 1 or self.model.size > TABLED or self.dimension < LARGE:
            return None
        ((name, total),) = self.totals.items()
        (levels,) = numbers(self.model, (name,))
        if any(abs(q[1] - q[0] - 1) > SAME for q in levels):
            return None
        return round(total - sum(float(q[0]) for q in levels))

    def products(self, operator: Strings) -> Products:
        """A hermitian operator by its products."""
        up = self.sites_up
        if self.by_strings or up is not None:
            paulis: Any = PauliSum(self.model.size, *pauli_strings(operator))
            paulis = paulis if up is None else SectorPauliSum(paulis, up)
            return Products(
                paulis.matvec,
                self.dimension,
                bounds(operator),
                real=paulis.dtype.kind == "f",
                product_bytes=32 * self.dimension,
                kernel="Pauli strings",
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

    @cached_property
    def hamiltonian(self) -> Products:
        """H."""
        return self.products(self.model.strings)

    def vector(self, whole_vector: Complex) -> Complex:
        """Amplitudes of a vector of the whole space on the states."""
        found: Complex = whole_vector[self.basis.keys]
        return found


def pauli_strings(operator: Strings) -> tuple[NDArray[np.int64], NDArray[np.int64], Real]:
    """Bits of the sites with X or Y, and with Z or Y, of every string of two-level sites, and its coefficient."""
    flip, sign = np.zeros((2, len(operator.terms)), dtype=np.int64)
    for k, string in enumerate(operator.terms):
        for site, letter in string:
            flip[k] |= int(letter != Z) << site
            sign[k] |= int(letter != X) << site
    return flip, sign, np.array([complex(c).real for c in operator.terms.values()])


def numbers(model: Lattice, names: tuple[str, ...]) -> Numbers:
    """Of every name its value in every level of every site; nothing where a site has no such number."""
    return [[space.numbers.get(of, np.zeros(space.levels)) for space in model.spaces] for of in names]


def bounds(operator: Strings) -> tuple[float, float]:
    """Interval that holds the spectrum: the sum of those of the parts on the same sites (Weyl)."""
    low = high = 0.0
    for sites, part in operator.by_support().items():
        values = np.linalg.eigvalsh(part.matrix(sites))
        low, high = low + float(values[0]), high + float(values[-1])
    margin = 1e-12 * max(abs(low), abs(high), 1e-300)
    return low - margin, high + margin


def _matrix(basis: Basis, terms: list[Term]) -> scipy.sparse.csr_array:
    """Sum of terms on a basis, what leads out of it left out."""
    rows, columns, values = images(basis.keys, basis.levels, basis.sites, terms)
    if basis.dimension < basis.whole_size:
        place = np.searchsorted(basis.keys, rows)
        inside = basis.keys.take(place, mode="clip") == rows
        rows, columns, values = place[inside], columns[inside], values[inside]
    found = scipy.sparse.coo_array(
        (values, (rows.astype(np.int32), columns.astype(np.int32))), shape=(basis.dimension,) * 2
    ).tocsr()
    found.sum_duplicates()
    return found


def sectors(model: Lattice) -> list[Space]:
    """All sectors of the conserved numbers; the whole space where there are none."""
    names = model.symmetries.conserved
    if not names:
        return [Space(model, {})]
    every = dimensions(model.levels, numbers(model, names))
    return [Space(model, dict(zip(names, totals, strict=True))) for totals in every]


def shared_by(model: Lattice, keys: NDArray[Any]) -> dict[str, float]:
    """Conserved numbers that some product states share."""
    names, found = model.symmetries.conserved, {}
    w = weights(model.levels, model.size)
    for of, by_site in zip(names, numbers(model, names), strict=True):
        totals = np.zeros(len(keys))
        for x, q in enumerate(by_site):
            totals += np.asarray(q)[(keys // w[x]) % model.levels[x]]
        if np.ptp(totals) <= SAME:
            found[of] = float(totals[0])
    return found
