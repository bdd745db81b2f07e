"""𝓛 as a sum of its physical coefficients times matrices of small exact numbers, on packed vectors.

𝓛 = Σ_p c_p M_p with c_p the frequencies, couplings and rates of the model and M_p of multiples of 1/2. The same parts
serve in double precision, where Σ|c_p||M_p| bounds the rounding, and in ball arithmetic, where the coefficients are
exact. For a real h the packing of -i[h, ρ] is -[h, Pᵀ], for h = ik it is [k, P].
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Real
from caloriq.models.spins import SpinChain
from caloriq.spaces.basis import Indices
from caloriq.spaces.numbers import ByNumber, by_number

Pair = tuple[int, int]
Key = tuple[str, int]
KINDS = ("frequency", "hopping", "hopping'", "zz")  # terms of H: by site, then by bond; ' is the imaginary part


@dataclass(frozen=True)
class SectorSpace:
    """Packed states of the blocks of 0..most excitations of N sites with coupled pairs."""

    sites: int  # N
    pairs: tuple[Pair, ...]  # coupled pairs k < l
    most: int  # largest number of excitations kept; N unless the space is cut

    @cached_property
    def basis(self) -> ByNumber:
        """The blocks."""
        return by_number(self.sites)

    @cached_property
    def sizes(self) -> list[int]:
        """States of every block that is kept."""
        return self.basis.sizes[: self.most + 1]

    @cached_property
    def starts(self) -> list[int]:
        """Where every block starts among the states."""
        return [0, *np.cumsum(self.sizes).tolist()]

    @cached_property
    def offsets(self) -> list[int]:
        """Where every block starts in a packed vector."""
        return [0, *np.cumsum([d * d for d in self.sizes]).tolist()]

    @property
    def states(self) -> int:
        """Number of product states."""
        return self.starts[-1]

    @property
    def dimension(self) -> int:
        """Length of a packed vector."""
        return self.offsets[-1]

    @cached_property
    def occupation(self) -> Real:
        """n_j of every state, shape (states, N)."""
        return np.concatenate(self.basis.occupation[: self.most + 1])

    @cached_property
    def block(self) -> Indices:
        """Number of excitations of every state."""
        return np.repeat(np.arange(self.most + 1), self.sizes)

    def place(self, row: Any, column: Any) -> Indices:
        """Place in a packed vector of the element between two states of one block."""
        k = self.block[row]
        starts, sizes, offsets = np.array(self.starts), np.array(self.sizes), np.array(self.offsets)
        placed: Indices = offsets[k] + (row - starts[k]) * sizes[k] + (column - starts[k])
        return placed

    @cached_property
    def diagonal(self) -> Indices:
        """Places of the populations."""
        states = np.arange(self.states)
        return self.place(states, states)

    @cached_property
    def transposed(self) -> Indices:
        """Place of the transposed element, for every place."""
        row, column = self.elements
        return self.place(column, row)

    @cached_property
    def elements(self) -> tuple[Indices, Indices]:
        """Row and column states of every place."""
        rows, columns = [], []
        for start, d in zip(self.starts, self.sizes, strict=False):
            rows.append(np.repeat(np.arange(start, start + d), d))
            columns.append(np.tile(np.arange(start, start + d), d))
        return np.concatenate(rows), np.concatenate(columns)

    @cached_property
    def patterns(self) -> Indices:
        """Bit pattern of every state."""
        return np.concatenate(self.basis.states[: self.most + 1])

    def _numbers(self, patterns: Indices) -> Indices:
        order = np.argsort(self.patterns)
        return order[np.searchsorted(self.patterns, patterns, sorter=order)]

    def moved(self, source: int, target: int) -> tuple[Indices, Indices]:
        """States with `source` filled and `target` empty, and the same after the move."""
        n = self.occupation
        before = np.flatnonzero(n[:, source] > n[:, target])
        return before, self._numbers(self.patterns[before] ^ (1 << source) ^ (1 << target))

    def raised(self, site: int) -> tuple[Indices, Indices]:
        """States with `site` empty, below the largest block, and the same with it filled."""
        empty = np.flatnonzero((self.occupation[:, site] == 0) & (self.block < self.most))
        return empty, self._numbers(self.patterns[empty] | (1 << site))


@lru_cache(maxsize=16)
def space(sites: int, pairs: tuple[Pair, ...], most: int | None = None) -> SectorSpace:
    """The space, kept."""
    return SectorSpace(sites, pairs, sites if most is None else most)


def space_of(model: SpinChain, most: int | None = None) -> SectorSpace:
    """The space of a model."""
    k, l, _, _ = model.bonds
    return space(model.sites, tuple(zip(k.tolist(), l.tolist(), strict=True)), most)


@lru_cache(maxsize=64)
def term(here: SectorSpace, kind: str, number: int) -> scipy.sparse.csr_array:
    """One term of H, shape (states, states): n_k, σ⁺_kσ⁻_l + h.c., i(σ⁺_kσ⁻_l - h.c.), ½σᶻ_kσᶻ_l; complex only if it must be."""
    n = here.occupation
    if kind == "frequency":
        return scipy.sparse.csr_array(scipy.sparse.diags_array(n[:, number]))
    k, l = here.pairs[number]
    if kind == "zz":
        return scipy.sparse.csr_array(scipy.sparse.diags_array((2 * n[:, k] - 1) * (2 * n[:, l] - 1) / 2))
    before, after = here.moved(l, k)  # σ⁺_kσ⁻_l
    value = np.ones(before.size) if kind == "hopping" else 1j * np.ones(before.size)
    entries = np.concatenate([value, value.conj()])
    where = (np.concatenate([after, before]), np.concatenate([before, after]))
    return scipy.sparse.csr_array(scipy.sparse.coo_array((entries, where), shape=(here.states, here.states)))


def terms(here: SectorSpace) -> list[Key]:
    """All terms that H can have."""
    out: list[Key] = [("frequency", k) for k in range(here.sites)]
    return out + [(kind, b) for kind in KINDS[1:] for b in range(len(here.pairs))]


@lru_cache(maxsize=512)
def part(here: SectorSpace, kind: str, number: int) -> scipy.sparse.csr_array:
    """M_p of one coefficient: a term of H, "gain", "loss" or "dephasing" of a site; shape (dimension, dimension)."""
    if kind == "gain":
        return _jump(here, *here.raised(number))
    if kind == "loss":
        return _jump(here, *here.raised(number)[::-1])
    if kind == "dephasing":
        n = here.occupation[:, number]
        row, column = here.elements
        return scipy.sparse.csr_array(scipy.sparse.diags_array(n[row] * n[column] - (n[row] + n[column]) / 2))
    h = term(here, kind, number).tocoo()
    if kind in ("frequency", "zz"):  # -[h, Pᵀ] of a diagonal h
        (row, column), energies = here.elements, term(here, kind, number).diagonal()
        return _matrix(here, [np.arange(here.dimension)], [here.transposed], [energies[column] - energies[row]])
    imaginary = kind == "hopping'"
    value = h.data.imag if imaginary else h.data
    rows, columns, values = [], [], []
    for r, c, v in zip(h.row.tolist(), h.col.tolist(), value.tolist(), strict=True):
        k = int(here.block[r])
        others = np.arange(here.starts[k], here.starts[k + 1])
        fixed_r, fixed_c = np.full(others.size, r), np.full(others.size, c)
        rows += [here.place(fixed_r, others), here.place(others, fixed_c)]
        if imaginary:  # [k, P]
            columns += [here.place(fixed_c, others), here.place(others, fixed_r)]
            values += [np.full(others.size, v), np.full(others.size, -v)]
        else:  # -[h, Pᵀ]
            columns += [here.place(others, fixed_c), here.place(fixed_r, others)]
            values += [np.full(others.size, -v), np.full(others.size, v)]
    return _matrix(here, rows, columns, values)


def _jump(here: SectorSpace, since: Indices, to: Indices) -> scipy.sparse.csr_array:
    """L ρ L† - ½{L†L, ρ} of the jump from the states `since` to the states `to`, one to one."""
    lost = np.zeros(here.states)
    lost[since] = 1.0
    row, column = here.elements
    target = np.full(here.states, -1)
    target[since] = to
    place = np.arange(here.dimension)
    moves = (target[row] >= 0) & (target[column] >= 0)
    moved = here.place(target[row[moves]], target[column[moves]])
    decay = -(lost[row] + lost[column]) / 2
    return _matrix(here, [place, moved], [place, place[moves]], [decay, np.ones(moved.size)])


def _matrix(
    here: SectorSpace, rows: list[Indices], columns: list[Indices], values: list[Real]
) -> scipy.sparse.csr_array:
    d = here.dimension
    if not rows:
        return scipy.sparse.csr_array((d, d))
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    out = scipy.sparse.csr_array(scipy.sparse.coo_array(entries, shape=(d, d)))
    out.eliminate_zeros()
    return out


@dataclass(frozen=True)
class Coefficients:
    """The numbers of a model, in whatever arithmetic: floats, or balls."""

    frequency: list[Any]  # frequency and dephasing: ω and γ of every site
    dephasing: list[Any]
    hopping: list[Any]  # hopping, imaginary, zz: Re g, Im g and Δ of every bond
    imaginary: list[Any]
    zz: list[Any]
    gains: list[Any]  # gains and losses: Γ₊ and Γ₋ of every bath
    losses: list[Any]
    bath_sites: tuple[int, ...]  # their sites

    def of(self, key: Key) -> Any:
        """Coefficient of a term of H."""
        kind, number = key
        lists = {"frequency": self.frequency, "hopping": self.hopping, "hopping'": self.imaginary, "zz": self.zz}
        return lists[kind][number]

    def all(self, here: SectorSpace) -> list[tuple[Key, Any]]:
        """Every coefficient of 𝓛 that is not zero, with the name of its part."""
        found: list[tuple[Key, Any]] = [(key, self.of(key)) for key in terms(here)]
        found += [(("dephasing", k), value) for k, value in enumerate(self.dephasing)]
        for name, values in (("gain", self.gains), ("loss", self.losses)):
            found += [((name, site), value) for site, value in zip(self.bath_sites, values, strict=True)]
        return [(key, value) for key, value in found if value != 0]


def coefficients(model: SpinChain, *, unit: float = 1.0) -> Coefficients:
    """In double precision, in units of `unit`, in the frame of the mean frequency for 𝓛 alone.

    A power of two as the unit keeps every number exact.
    """
    g = np.asarray(model.bonds.hopping)

    def scaled(values: Any) -> list[float]:
        return [float(v) / unit for v in values]

    return Coefficients(
        frequency=scaled(model.frequencies),
        dephasing=scaled(model.dephasing_rates),
        hopping=scaled(g.real),
        imaginary=scaled(g.imag),
        zz=scaled(model.bonds.zz),
        gains=scaled(r.gain for r in model.bath_rates),
        losses=scaled(r.loss for r in model.bath_rates),
        bath_sites=tuple(model.bath_sites),
    )
