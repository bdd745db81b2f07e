"""Product states that a start reaches, and the Hamiltonian between them: the space of the population equations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.coupled import Coupled
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.other_words import units
from caloriq.models.modular import ModularChain
from caloriq.models.spins import SpinChain
from caloriq.models.transition_baths import level_rates
from caloriq.results import frozen
from caloriq.spaces.basis import reached
from caloriq.spaces.terms import Term

Start = Sequence[int] | Sequence[Sequence[int]] | None


@dataclass(frozen=True)
class Space:
    """Product states n = (n_1, …, n_N) and H = Σ E_n |n⟩⟨n| + λ Σ B_nm |n⟩⟨m| between them."""

    model: Any  # what is coupled
    states: NDArray[np.intp]  # levels of the units, shape (D, N)
    energies: Real  # E_n, less that of the start: a common energy moves nothing, and its rounding would, shape (D,)
    coupling: Any  # B, hermitian, shape (D, D)
    strength: float  # λ
    level_energies: Real  # ε, shape (N, M)
    bonds: NDArray[np.intp]  # coupled pairs of units, shape (L, 2)
    origin: int = 0  # number of the state from which the space was reached, the first of them

    @property
    def dimension(self) -> int:
        """D."""
        return len(self.states)

    @property
    def units(self) -> int:
        """N."""
        return int(self.states.shape[1])

    @cached_property
    def unit_energies(self) -> Real:
        """ε of every unit in every state, shape (D, N)."""
        return frozen(self.level_energies[np.arange(self.units), self.states])

    @cached_property
    def transitions(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[Any]]:
        """Pairs n, m ≠ n with B_nm ≠ 0, and B_nm."""
        B = scipy.sparse.coo_array(self.coupling)
        off = B.row != B.col
        return B.row[off].astype(np.intp), B.col[off].astype(np.intp), B.data[off]

    def hamiltonian(self) -> NDArray[Any]:
        """H, dense, shape (D, D)."""
        H = self.strength * self.coupling.toarray()
        H[np.diag_indices(self.dimension)] += self.energies
        return np.asarray(H)

    def index(self, name: str, state: Sequence[int]) -> int:
        """Number of a product state, which the start must reach."""
        wanted = np.asarray(state)
        if wanted.shape == (self.units,):
            found = np.flatnonzero(np.all(self.states == wanted, axis=1))
            if found.size:
                return int(found[0])
        raise InvalidInput(
            f"`{name}` must be one of the {self.dimension} product states that the start reaches, but it is not (got {_checks.shown(state)})"
        )


def space(model: SpinChain | Coupled | ModularChain | Lattice, start: Start = None) -> Space:
    """Everything that is reached from one or several product states; by default the first unit is in level 1, all others in 0.

    Of spin chains without baths, where level 1 of a site is the excited one; of modular chains with one excitation; of lattices that
    are coupled units in other words, as such.
    """
    if isinstance(model, Lattice):
        return space(units(model), start)
    if isinstance(model, ModularChain):
        return _one_excitation(model, start)
    energies, links, strength = _parts(model)
    N, M = energies.shape
    starts = _starts(start, N, M)
    basis = reached(starts, M, links)
    states = basis.states
    terms = (energies - energies[:, :1])[np.arange(N), states]
    if isinstance(model, SpinChain):
        k, l, _, zz = model.bonds
        terms = np.concatenate([terms, np.where(states[:, k] != states[:, l], -zz, 0.0)], axis=1)
    E = np.sort(terms, axis=1).sum(axis=1)  # sorted: states of the same terms get the same number, bit by bit
    origin = int(np.flatnonzero(np.all(states == starts[0], axis=1))[0])
    return Space(
        model,
        frozen(states),
        frozen(E - E[origin]),
        basis.matrix(links),
        strength,
        frozen(energies),
        frozen(np.array([where for where, _ in links], dtype=np.intp).reshape(-1, 2)),
        origin,
    )


def _one_excitation(model: ModularChain, start: Start) -> Space:
    """Space of a modular chain: one subunit in its band, all others in their ground level 0."""
    if start is not None:
        raise InvalidInput(
            f"`start` must be left out for a modular chain, whose space is that of one excitation, but it is given (got {_checks.shown(start)})"
        )
    N, n = model.subunits, model.levels
    _checks.memory("levels", n, 100.0 * (N - 1) * n**2, "take fewer levels or subunits")
    states = np.zeros((N * n, N), dtype=np.intp)
    states[np.arange(N * n), np.repeat(np.arange(N), n)] = np.tile(np.arange(1, n + 1), N)
    upper: list[list[Any]] = [[None] * N for _ in range(N)]
    for bond in range(N - 1):
        upper[bond][bond + 1] = scipy.sparse.csr_array(model.interaction_matrix(bond))
    upper[0][0] = upper[-1][-1] = scipy.sparse.csr_array((n, n))
    above = scipy.sparse.csr_array(scipy.sparse.block_array(upper))
    ladder = np.concatenate([[0.0], model.gap + model.band_levels])
    return Space(
        model,
        frozen(states),
        frozen(np.tile(model.band_levels, N)),  # without the gap, which is common
        scipy.sparse.csr_array(above + above.conj().T),
        model.coupling,
        frozen(np.broadcast_to(ladder, (N, n + 1)).copy()),
        frozen(np.stack([np.arange(N - 1), np.arange(1, N)], axis=1)),
    )


def _parts(model: Any) -> tuple[Real, tuple[Term, ...], float]:
    """Level energies, interactions and λ."""
    if isinstance(model, Coupled):
        return model.level_energies, model.links, model.strength
    if not isinstance(model, SpinChain):
        raise InvalidInput(
            f"`model` must be a SpinChain, CoupledUnits, an ExchangeChain, a ModularChain or a Lattice, but it is not (got {_checks.shown(model)})"
        )
    if model.baths:
        raise Unsupported(
            f"`model` must conserve its excitations for a population kernel, but it has baths (got {len(model.baths)}); leave them out, dephasing may stay"
        )
    w = model.frequencies
    links = []
    for k, l, g, _ in zip(*model.bonds, strict=True):
        if g != 0:  # g |1⟩⟨0| ⊗ |0⟩⟨1| + h.c.
            entries = np.array([g, np.conj(g)])
            matrix = scipy.sparse.coo_array((entries, ([2, 1], [1, 2])), shape=(4, 4)).tocsc()
            links.append(Term((int(k), int(l)), matrix))
    return np.stack([-w / 2, w / 2], axis=1), tuple(links), 1.0


def _starts(start: Start, units: int, levels: int) -> NDArray[np.int64]:
    given = [1, *[0] * (units - 1)] if start is None else start
    states = np.atleast_2d(_checks.numbers("start", given))
    if states.ndim != 2 or states.shape[1] != units:
        raise InvalidInput(
            f"`start` must name a level for each of the {units} units, but it does not (got shape {np.shape(given)})"
        )
    if np.any(states != np.round(states)) or np.any(states < 0) or np.any(states >= levels):
        raise InvalidInput(f"`start` must hold levels 0..{levels - 1}, but it does not (got {_checks.shown(given)})")
    return states.astype(np.int64)


def decay(space: Space) -> Real | None:
    """Γ_nm of every transition under white noise, summed over the units whose level changes; None without."""
    rates = _noise(space)
    if rates is None:
        return None
    n, m, _ = space.transitions
    found = np.zeros(len(n))
    for one, levels in zip(rates, space.states.T, strict=True):
        found += one[levels[n], levels[m]]
    _known(space, found, n, m)
    return found


def damping(space: Space) -> Real | None:
    """Γ_nm of every coherence under white noise, shape (D, D); None without."""
    rates = _noise(space)
    if rates is None:
        return None
    found = np.zeros((space.dimension, space.dimension))
    for one, levels in zip(rates, space.states.T, strict=True):
        found += one[np.ix_(levels, levels)]
    _known(space, found, *np.indices(found.shape))
    return found


def white(space: Space) -> bool:
    """Whether the bath is white noise."""
    return _noise(space) is not None


def has_bath(space: Space) -> bool:
    """Whether the units are open: white noise, or a bath of another kind."""
    return white(space) or getattr(space.model, "bath", None) is not None


def _noise(space: Space) -> Real | None:
    """Rates at which white noise damps the coherences of every unit, shape (N, M, M)."""
    model = space.model
    if isinstance(model, SpinChain):
        if not np.any(model.dephasing_rates):
            return None
        return np.asarray(model.dephasing_rates[:, None, None] / 2 * (1 - np.eye(2)))
    if not isinstance(model, Coupled):
        return None
    M = space.level_energies.shape[1]
    one = level_rates(model.bath, M)
    return None if one is None else np.broadcast_to(one, (space.units, M, M))


def _known(space: Space, found: Real, n: NDArray[np.intp], m: NDArray[np.intp]) -> None:
    """Refuse a coherence whose decay is not given."""
    missing = np.flatnonzero(np.isnan(found))
    if missing.size:
        one, other = space.states[n.flat[missing[0]]], space.states[m.flat[missing[0]]]
        for a, b in zip(one.tolist(), other.tolist(), strict=True):
            if a != b:
                space.model.bath.of_pair(a, b)
