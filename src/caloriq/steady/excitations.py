"""The excitation-conserving basis of N two-level systems: blocks of k excitations, dimension C(N, k) each."""

from __future__ import annotations

from functools import cached_property, lru_cache
from math import comb
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Complex, Real
from caloriq.models.spins import SpinChain

Indices = NDArray[np.intp]
KEPT = 10  # sites up to which moves are kept: at most 0.4 MB


class Basis:
    """Product states sorted by their number of excitations k; bit j of a state is site j.

    Attributes
    ----------
    sites : int
        N.
    states : list of array
        Bit patterns of block k, ascending.
    """

    def __init__(self, sites: int) -> None:
        self.sites = sites
        patterns = np.arange(2**sites, dtype=np.int64)
        number = np.bitwise_count(patterns)
        self.states = [patterns[number == k] for k in range(sites + 1)]
        self._place = np.empty(2**sites, dtype=np.intp)
        for block in self.states:
            self._place[block] = np.arange(block.size)
        self._moves: dict[tuple[int, int, int], tuple[Indices, Indices]] = {}

    @property
    def sizes(self) -> list[int]:
        """C(N, k) for k = 0..N."""
        return [block.size for block in self.states]

    @property
    def dimension(self) -> int:
        """Σ_k C(N, k)² = C(2N, N), the size of a state that conserves excitations."""
        return comb(2 * self.sites, self.sites)

    def place(self, states: NDArray[np.int64]) -> Indices:
        """Index of each state within its block."""
        return self._place[states]

    @cached_property
    def occupation(self) -> list[Real]:
        """Occupation of every site in every state of block k, shape (C(N, k), N)."""
        shifts = np.arange(self.sites)
        return [((block[:, None] >> shifts) & 1).astype(float) for block in self.states]

    def raised(self, k: int, site: int) -> tuple[Indices, Indices]:
        """Places in block k of the states with `site` empty, and in block k + 1 of the same with it filled."""
        block = self.states[k]
        empty = np.flatnonzero((block >> site) & 1 == 0)
        return empty, self.place(block[empty] | (1 << site))

    def moved(self, k: int, source: int, target: int) -> tuple[Indices, Indices]:
        """Places in block k of the states with `source` filled and `target` empty, and of the same after the move."""
        found = self._moves.get((k, source, target))
        if found is None:
            block = self.states[k]
            able = np.flatnonzero(((block >> source) & 1 == 1) & ((block >> target) & 1 == 0))
            found = able, self.place(block[able] ^ (1 << source) ^ (1 << target))
            if self.sites <= KEPT:
                for places in found:
                    places.setflags(write=False)
                self._moves[k, source, target] = found
        return found


@lru_cache(maxsize=4)
def basis(sites: int) -> Basis:
    """The basis of N sites, kept."""
    return Basis(sites)


def energies(model: SpinChain, space: Basis, k: int, *, frame: float = 0.0) -> Real:
    """Diagonal of H in block k: Σ (ω_j - frame)(n_j - ½) + Σ Δ σᶻσᶻ/2, shape (C(N, k),)."""
    first, second, _, zz = model.bonds
    spin = 2 * space.occupation[k] - 1
    value: Real = spin @ (model.frequencies - frame) / 2 + (spin[:, first] * spin[:, second]) @ zz / 2
    return value


def hamiltonian(model: SpinChain, space: Basis, k: int, *, frame: float = 0.0) -> scipy.sparse.csr_array:
    """H in block k; `frame` is taken off every frequency, which moves all of the block by the same."""
    d = space.sizes[k]
    first, second, hopping, _ = model.bonds
    here, rows, columns, values = np.arange(d), [], [], []
    rows.append(here)
    columns.append(here)
    values.append(energies(model, space, k, frame=frame).astype(hopping.dtype))
    for j, l, g in zip(first.tolist(), second.tolist(), hopping, strict=True):
        if g == 0:
            continue
        before, after = space.moved(k, l, j)  # g σ⁺_jσ⁻_l
        rows += [after, before]
        columns += [before, after]
        values += [np.full(before.size, g), np.full(before.size, np.conj(g))]
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return scipy.sparse.csr_array(scipy.sparse.coo_array(entries, shape=(d, d)))


def decay(model: SpinChain, space: Basis, k: int) -> Real:
    """Diagonal of Σ L†L in block k, shape (C(N, k),): losses and dephasing of filled sites, gains of empty ones."""
    n = space.occupation[k]
    out: Real = n @ (model.losses + model.dephasing_rates) + (1 - n) @ model.gains
    return out


def effective(H: scipy.sparse.csr_array, lost: Real) -> scipy.sparse.csr_array:
    """K = -iH - ½ Σ L†L of a block, from its H, whose pattern holds the diagonal, and the diagonal of Σ L†L."""
    values = -1j * H.data
    values[rows_of(H) == H.indices] -= lost / 2
    return scipy.sparse.csr_array((values, H.indices, H.indptr), shape=H.shape)


def rows_of(H: scipy.sparse.csr_array) -> Indices:
    """Row of every stored element."""
    return np.repeat(np.arange(H.shape[0]), np.diff(H.indptr))


def two_point(space: Basis, blocks: list[Complex]) -> tuple[Real, Complex, Real]:
    """Populations ⟨n_j⟩ (N,), coherences ⟨σ⁺_jσ⁻_l⟩ (N, N) and correlations ⟨n_jn_l⟩ (N, N) of a state in blocks."""
    N = space.sites
    populations, correlations = np.zeros(N), np.zeros((N, N))
    coherences: NDArray[Any] = np.zeros((N, N), dtype=complex)
    for k, rho in enumerate(blocks):
        n, p = space.occupation[k], rho.diagonal().real
        populations += p @ n
        correlations += n.T @ (p[:, None] * n)
        for j in range(N):
            for l in range(j + 1, N):
                before, after = space.moved(k, l, j)
                coherences[j, l] += rho[before, after].sum()
    lower = np.tril_indices(N, -1)
    coherences[lower] = coherences.T.conj()[lower]
    coherences[np.diag_indices(N)] = populations
    return populations, coherences, correlations
