"""Starts of open lattices as density matrices: in the blocks that the equation keeps apart, where nothing lies between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq import _checks, wording
from caloriq._checks import Complex
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.lattice.densities import changed, energies
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.starts import DomainWall, Gibbs, RandomState, SiteStates
from caloriq.models.lattice.symmetries import named
from caloriq.models.random import START, gaussian, generator
from caloriq.spaces import sectors
from caloriq.spaces.basis import Indices, whole
from caloriq.spaces.strings import Strings, total
from caloriq.steady.lattice.blocks import Blocks, by_numbers, single
from caloriq.steady.lattice.relaxation import LatticeRelaxation
from caloriq.steady.lattice.result import LatticeState
from caloriq.steady.methods import Full, Sector

DRAWN = SiteStates | DomainWall | RandomState | Gibbs
Start = DRAWN | LatticeState | LatticeRelaxation
STARTS = (SiteStates, DomainWall, RandomState, Gibbs, LatticeState, LatticeRelaxation)
APART = 1e-13  # of what lies between blocks: rounding


def begun(model: Lattice, initial: Any) -> Start:
    """The start that is meant: by default the wall in the middle.

    Raises
    ------
    InvalidInput
        If it is no start of an open lattice, an ensemble, or a state of other sites.
    """
    if initial is None:
        return DomainWall()
    if not isinstance(initial, STARTS):
        raise InvalidInput(
            f"`initial` must be a start of an open lattice, {', '.join(one.__name__ for one in STARTS)}, but it is not (got {_checks.shown(initial)})"
        )
    if isinstance(initial, LatticeState | LatticeRelaxation):
        if initial.model.levels != model.levels:
            raise InvalidInput(
                f"`initial` must have the {model.size} sites and the levels of the model, but it has others (got {initial.model.size} sites)"
            )
        if not initial.state:
            raise InvalidInput(
                "`initial` must have a density matrix, but it has two-point functions alone (got a state by TwoPoint); take steady_state(model, method=Full())"
            )
    elif initial.samples is not None:
        raise InvalidInput(
            f"`initial.samples` must be left out for a density matrix, but it is given (got {initial.samples}); a mixture of states is one density matrix"
        )
    return initial


def blocks_of(model: Lattice, start: Start, method: Full | Sector | str) -> tuple[Blocks, str]:
    """Blocks that a density matrix stays within, and why these.

    Raises
    ------
    Unsupported
        If `Sector` is asked for and the start has something between the blocks, or there are none.
    """
    if isinstance(method, Full):
        return single(model), "as asked for: all product states in one block"
    blocks = by_numbers(model)
    told = "no number keeps blocks apart" if not blocks.numbers else between(model, start, blocks)
    if told is None:
        names = " and ".join(blocks.numbers)
        return (
            blocks,
            f"{'auto: ' if method == 'auto' else 'as asked for: '}{names} keeps {len(blocks.sizes)} blocks apart",
        )
    if isinstance(method, Sector):
        raise Unsupported(
            f"`method` must find blocks that equation and start keep apart, but there are none: {told} (got {wording.spoken(method)}); use Full()"
        )
    return single(model), f"auto: {told}, so all product states are one block"


def between(model: Lattice, start: Start, blocks: Blocks) -> str | None:
    """What of a start lies between blocks, in words; None if nothing does."""
    if isinstance(start, LatticeState | LatticeRelaxation):
        mine = blocks_of_state(start)
        within = len(mine.sizes) > 1 and all(np.unique(label(blocks)[one]).size == 1 for one in mine.places)
        return None if within else "the start may join blocks"
    if isinstance(start, Gibbs):
        K = _exponent(model, start)
        moved = next((name for name in blocks.numbers if changed(model, K, name).norm > APART * K.norm), None)
        return None if moved is None else f"the start does not conserve the {moved}"
    if isinstance(start, RandomState):
        sharp = set(start.totals(model) or ())
        return None if sharp >= set(blocks.numbers) else "the start has no sharp numbers"
    sites = start.sites(model) if isinstance(start, DomainWall) else start
    return "the start is a superposition" if sites.levels(model) is None else None


def density_matrix(blocks: Blocks, start: Start) -> list[Complex]:
    """Blocks of the density matrix of a start."""
    if isinstance(start, LatticeState | LatticeRelaxation):
        return _moved(blocks_of_state(start), start.state, blocks)
    if isinstance(start, Gibbs):
        return _thermal(blocks, start)
    psi = pure(blocks.model, start)
    return [np.outer(part, part.conj()) for part in (psi[one] for one in blocks.places)]


def blocks_of_state(found: LatticeState | LatticeRelaxation) -> Blocks:
    """Blocks that a state has its matrices of."""
    return single(found.model) if len(found.state) == 1 else by_numbers(found.model)


def label(blocks: Blocks) -> Indices:
    """Block of every product state, shape (D,)."""
    found = np.zeros(sum(blocks.sizes), dtype=np.intp)
    for number, places in enumerate(blocks.places):
        found[places] = number
    return found


def _moved(mine: Blocks, state: tuple[Complex, ...], blocks: Blocks) -> list[Complex]:
    """A density matrix in blocks that hold its own."""
    own, at = label(mine), np.zeros(sum(mine.sizes), dtype=np.intp)
    for places in mine.places:
        at[places] = np.arange(len(places))
    found = []
    for places in blocks.places:
        rho = np.zeros((len(places),) * 2, dtype=complex)
        for number in np.unique(own[places]).tolist():
            rows = np.flatnonzero(own[places] == number)
            inner = at[places[rows]]
            rho[np.ix_(rows, rows)] = state[number][np.ix_(inner, inner)]
        found.append(rho)
    return found


def pure(model: Lattice, start: SiteStates | DomainWall | RandomState) -> Complex:
    """Vector of a start in all product states, shape (D,)."""
    if isinstance(start, RandomState):
        return _drawn(model, start)
    return (start.sites(model) if isinstance(start, DomainWall) else start).whole(model)


def _drawn(model: Lattice, start: RandomState) -> Complex:
    """A random vector of the whole space or of one sector, that of the closed lattice with the same seed."""
    D = model.dimension
    inside = _asked(model, start, whole(model.levels, model.size).states)
    if not inside.any():
        raise InvalidInput(f"`numbers` must be those of a sector, but none has them (got {dict(start.numbers or {})})")
    psi = np.zeros(D, dtype=complex)
    psi[inside] = gaussian(generator(start.seed, START, 0), (int(inside.sum()),))
    psi /= np.linalg.norm(psi)
    return psi


def _asked(model: Lattice, start: RandomState | Gibbs, states: Indices) -> NDArray[np.bool_]:
    """Which product states have the numbers that a start asks for."""
    totals = start.totals(model) or {}
    return sectors.inside(states, named(model, totals), tuple(totals.values()))


def _exponent(model: Lattice, start: Gibbs) -> Strings:
    """Σ_x h_x/T_x; of a driven lattice at time 0."""
    T, still = start.on(model), model.at(0.0) if model.driven else model
    return total(model.spaces, [(1 / t) * h for t, h in zip(T.tolist(), energies(still), strict=True)])


def _thermal(blocks: Blocks, start: Gibbs) -> list[Complex]:
    """e^{-K}/Z, in the sector of the numbers that the start asks for."""
    model = blocks.model
    states = whole(model.levels, model.size).states
    found, lowest = [], np.inf
    for K, places in zip(blocks.split(_exponent(model, start)), blocks.places, strict=True):
        inside = _asked(model, start, states[places])
        values, vectors = (
            scipy.linalg.eigh(K.toarray()[np.ix_(inside, inside)]) if inside.any() else (np.empty(0), None)
        )
        lowest = min(lowest, values.min(initial=np.inf))
        found.append((inside, values, vectors))
    if not np.isfinite(lowest):
        raise InvalidInput(f"`numbers` must be those of a sector, but none has them (got {dict(start.numbers or {})})")
    Z = sum(float(np.exp(lowest - values).sum()) for _, values, _ in found)
    return [_filled(inside, np.exp(lowest - values) / Z, vectors) for inside, values, vectors in found]


def _filled(inside: Any, weights: Any, vectors: Any) -> Complex:
    rho = np.zeros((len(inside),) * 2, dtype=complex)
    if vectors is not None:
        rho[np.ix_(inside, inside)] = (vectors * weights) @ vectors.conj().T
    return rho
