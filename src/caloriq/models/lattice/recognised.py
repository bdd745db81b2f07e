"""Lattices that are a driven chain of two-level systems in other words: they take the methods made for these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.models.baths import places_of
from caloriq.models.lattice.coupled import coupled_baths
from caloriq.models.lattice.environment import frequency as own_frequency
from caloriq.models.spins import SpinChain
from caloriq.spaces.local import fermion, spin

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

EQUAL = 1e-12  # of a difference that is rounding, relative to the numbers themselves
X, Y, Z = 1, 2, 3  # letters of two levels


@dataclass(frozen=True)
class Recognised:
    """A spin chain of the same Hamiltonian but for a constant, and of the same environments.

    Attributes
    ----------
    chain : SpinChain
        The chain.
    constant : float
        Energy that H has on top of the chain's.
    """

    chain: SpinChain
    constant: float

    @property
    def reason(self) -> str:
        """In words, for the report of a method."""
        shift = f", whose energies are {self.constant:g} lower" if self.constant else ""
        return f"the lattice is a spin chain{shift}"


def as_spin_chain(model: Lattice) -> Recognised | str:
    """The chain that a lattice is, or what it has that no spin chain has, in words."""
    told = _sites(model)
    read = _hamiltonian(model) if told is None else told
    if isinstance(read, str):
        return read
    told = _baths(model, read.frequency) if read.hopping else "no hopping"
    return Recognised(_chain(model, read), read.constant) if told is None else told


def _sites(model: Lattice) -> str | None:
    """What is not that of a chain of equal sites with two levels."""
    if any(space not in (spin(1), fermion()) for space in model.spaces):
        return "sites of other than two levels"
    if len(set(model.spaces)) > 1:
        return "sites of several kinds"
    return "jump operators of its own" if model.jumps else None


def _baths(model: Lattice, frequency: Real) -> str | None:
    """What no bath of a spin chain does."""
    if coupled_baths(model):
        return "a bath that is coupled by an operator"
    for bath, site in zip(model.baths, places_of(model.baths, model.size), strict=True):
        if model.spaces[0] == fermion() and site not in (0, model.size - 1):
            return f"a bath of fermions on site {site}, which is no end"
        own = float(frequency[site]) if bath.temperature is None else own_frequency(model, site)
        if abs(own - frequency[site]) > EQUAL * (abs(own) + abs(frequency[site])):
            return f"a bath on site {site}, whose frequency is not that of the site by itself"
    return None


def _chain(model: Lattice, read: Read) -> SpinChain:
    N = model.size
    sites = places_of(model.baths, N)
    baths = tuple(bath.model_copy(update={"site": site}) for bath, site in zip(model.baths, sites, strict=True))
    fields: dict[str, Any] = {"sites": N, "frequency": _one(read.frequency), "baths": baths}
    fields["dephasing"] = _one(model.dephasing_rates)
    pairs = read.hopping.keys() | read.zz.keys()
    if all(y == x + 1 for x, y in pairs) and not any(g.imag for g in read.hopping.values()):
        bonds = [(x, x + 1) for x in range(N - 1)]
        fields["hopping"] = _one(np.array([read.hopping.get(bond, 0.0).real for bond in bonds]))
        fields["zz"] = _one(np.array([read.zz.get(bond, 0.0) for bond in bonds]))
    else:
        fields |= {"couplings": _matrix(read.hopping, N), "zz": _matrix(read.zz, N).real}
    return SpinChain(**fields)


def _matrix(values: dict[tuple[int, int], Any], sites: int) -> NDArray[Any]:
    """Hermitian matrix of what stands above its diagonal; real where it is."""
    found = np.zeros((sites, sites), dtype=complex)
    for (x, y), value in values.items():
        found[x, y], found[y, x] = value, np.conj(value)
    return found if np.any(found.imag) else found.real.copy()


def _one(values: Any) -> Any:
    """One number where all are equal: a uniform chain has methods of its own."""
    return float(values[0]) if len(values) and np.all(values == values[0]) else values.copy()


class Read(NamedTuple):
    """H as a spin chain has it, pairs x < y."""

    frequency: Real  # shape (N,)
    hopping: dict[tuple[int, int], complex]
    zz: dict[tuple[int, int], float]
    constant: float


def _hamiltonian(model: Lattice) -> Read | str:
    """H as a spin chain has it; or what does not fit, in words.

    g σ⁺σ⁻ + h.c. = ½ Re g (XX + YY) + ½ Im g (XY - YX), ω/2 Z, ½ Δ ZZ.
    """
    H = model.strings
    frequency, zz = np.zeros(model.size), {}
    pairs: dict[tuple[int, int], dict[tuple[int, int], float]] = {}
    for string, c in H.terms.items():
        match string:
            case ():
                continue
            case ((x, a),) if a == Z:
                frequency[x] = 2 * c.real
            case ((x, a), (y, b)) if a == b == Z:
                zz[x, y] = 2 * c.real
            case ((x, a), (y, b)) if Z not in (a, b):
                pairs.setdefault((x, y), {})[a, b] = c.real
            case _:
                return f"the term {H.words(string)}"
    hopping = {}
    for (x, y), found in pairs.items():
        even, odd = found.get((X, X), 0.0), found.get((X, Y), 0.0)
        apart = abs(even - found.get((Y, Y), 0.0)), abs(odd + found.get((Y, X), 0.0))
        if max(apart) > EQUAL * max(map(abs, found.values())):
            return f"a coupling of sites {x} and {y} that does not conserve excitations"
        hopping[x, y] = 2 * even + 2j * odd
    if model.spaces[0] == fermion() and any(y != x + 1 for x, y in pairs):
        return "hopping of fermions beyond neighbours"
    return Read(frequency, hopping, zz, float(H.trace.real))
