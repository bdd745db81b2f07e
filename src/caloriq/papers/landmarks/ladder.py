"""Žnidarič, PRL 110, 070602 (2013): a ladder in which some states flow freely and the rest diffuse."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from caloriq._checks import Real
from caloriq.models.baths import Bath
from caloriq.models.spins import SpinChain
from caloriq.papers.common import counted, dataset
from caloriq.papers.landmarks import figures
from caloriq.papers.landmarks.chains import falls, listed
from caloriq.papers.recipe import Outcome, Recipe, Row, beyond
from caloriq.results import Progress
from caloriq.spaces.numbers import by_number
from caloriq.steady.excitations import hamiltonian
from caloriq.steady.methods import Chosen
from caloriq.steady.solve import steady_state

if TYPE_CHECKING:
    import xarray as xr

SOURCE = "M. Žnidarič, PRL 110, 070602 (2013), doi:10.1103/PhysRevLett.110.070602"
RUNG, ANISOTROPY = 1.0, 0.5  # exchange of a rung, and its ZZ term
RUNGS = (2, 3, 4, 5)
INSIDE = (3, 4, 5)  # rungs of the ladders whose subspace is looked at
DRIVE = 0.2


def ladder(rungs: int, *, drive: float | None = None) -> SpinChain:
    """XX legs of hopping 1 and XXZ rungs; site 2r + l is rung r of leg l. Baths of rate 1 on both sites of the end rungs."""
    N = 2 * rungs
    g, zz = np.zeros((N, N)), np.zeros((N, N))
    for k in range(N - 2):
        g[k, k + 2] = g[k + 2, k] = 1.0
    for k in range(0, N, 2):
        g[k, k + 1] = g[k + 1, k] = RUNG
        zz[k, k + 1] = zz[k + 1, k] = ANISOTROPY
    baths: tuple[Bath, ...] = ()
    if drive is not None:
        up, down = (1 + drive) / 2, (1 - drive) / 2
        first = (Bath(site=k, gain=up, loss=down) for k in (0, 1))
        baths = (*first, *(Bath(site=k, gain=down, loss=up) for k in (N - 2, N - 1)))
    return SpinChain(sites=N, couplings=g, zz=zz, baths=baths)


def inside(rungs: int) -> tuple[float, float]:
    """Full rungs among singlets and triplets (of no magnetisation) in turn: what H takes out of these states, and how far it is from free hopping.

    A neighbour pair of singlet and triplet stays as it is, and a full rung changes places with either.
    """
    model, space = ladder(rungs), by_number(2 * rungs)
    V = _states(rungs)
    HV = np.zeros_like(V)
    for k, states in enumerate(space.states):
        HV[states] = np.real(hamiltonian(model, space, k) @ V[states])
    within = V.T @ HV
    leak = float(np.linalg.norm(HV - V @ within) / np.linalg.norm(HV))
    free = SpinChain(sites=rungs, hopping=1.0, frequency=0.0)
    chain, apart = by_number(rungs), within.copy()
    for k, states in enumerate(chain.states):
        here = np.ix_(states, states)
        apart[here] -= np.real(hamiltonian(free, chain, k).toarray())
        apart[here] -= np.diag(np.full(states.size, apart[states[0], states[0]]))  # an energy of full rungs
    return leak, float(np.abs(apart).max())


def _states(rungs: int) -> Real:
    """Columns: for every choice of full rungs the state with the others singlet, triplet, singlet, … in their order."""
    one = np.sqrt(0.5)
    empty = np.array([[0.0, one, -one, 0.0], [0.0, one, one, 0.0]])
    full = np.array([0.0, 0.0, 0.0, 1.0])
    columns = []
    for chosen in range(2**rungs):
        state, passed = np.ones(1), 0
        for r in range(rungs):  # later rungs are higher bits
            filled = bool(chosen >> r & 1)
            state = np.kron(full if filled else empty[passed % 2], state)
            passed += not filled
        columns.append(state)
    return np.stack(columns, axis=1)


def driven(
    rungs: Sequence[int], method: Chosen | str = "auto", progress: Progress | None = None
) -> tuple[Real, Real, str]:
    """Current that the baths of the first rung bring, over the length, its bound, and what solved it."""
    currents, bounds = np.empty((2, len(rungs)))
    name = ""
    for k in counted(list(range(len(rungs))), progress, lambda k: 16.0 ** rungs[k]):
        found = steady_state(ladder(rungs[k], drive=DRIVE), method=method)
        currents[k] = found.excitation_currents[:2].sum()
        bounds[k], name = found.bounds["excitation_currents"][:2].sum(), found.method.name
    return currents, bounds, name


def study(quick: bool, progress: Progress | None) -> Outcome:
    """The invariant subspace, and the driven ladder over its length."""
    lengths = RUNGS[:3] if quick else RUNGS
    J, bounds, name = driven(lengths, progress=progress)
    leaks, hops = np.array([inside(L) for L in INSIDE]).T
    single = np.array([steady_state(_leg(L)).current for L in lengths])
    data = dataset(
        {
            "current": ("rungs", J),
            "current_bound": ("rungs", bounds),
            "legs_alone": ("rungs", 2 * single),
            "leak": ("inside", leaks),
            "hopping_off": ("inside", hops),
        },
        {"rungs": list(lengths), "inside": list(INSIDE)},
        {"method": name, "models": json.dumps([ladder(lengths[-1], drive=DRIVE).to_mapping()])},
    )
    return Outcome(tuple(rows(data)), {"ladder": data}, figures.ladder(data))


def _leg(rungs: int) -> SpinChain:
    """One leg between the same baths, without the other."""
    up, down = (1 + DRIVE) / 2, (1 - DRIVE) / 2
    baths = Bath(site=0, gain=up, loss=down), Bath(site=-1, gain=down, loss=up)
    return SpinChain(sites=rungs, hopping=1.0, baths=baths)


def rows(data: xr.Dataset) -> list[Row]:
    """The two kinds of transport."""
    L, J = data.rungs.values, data.current.values
    local = falls(L, J)
    return [
        Row(
            f"full rungs among singlets and triplets in turn: share of Hψ outside, {listed(INSIDE, 'd')} rungs",
            "invariant subspaces",
            listed(data.leak.values, ".0e"),
            bool(data.leak.max() < 1e-14),
            f"rung exchange {RUNG:g} with a ZZ term of {ANISOTROPY:g}",
        ),
        Row(
            "H between these states, less that of free hopping 1 and an energy of the full rungs: largest element",
            "ballistic there",
            listed(data.hopping_off.values, ".0e"),
            bool(data.hopping_off.max() < 1e-14),
            "a full rung moves as a free particle, with the hopping of the legs, whatever the rungs are made of",
        ),
        Row(
            f"driven ladder, μ = {DRIVE:g}, Γ = 1: current at {L[-1]} rungs over that of its legs alone",
            "diffusive in the rest",
            f"{J[-1] / data.legs_alone.values[-1]:.3f}",
            None,
            f"{'falls with the length' if np.all(np.diff(J) < 0) else 'does not fall'}, where the legs alone carry the same at any: J = {listed(J, '.5f')}; no more can be said of ladders this short",
        ),
        beyond(
            f"local exponents γ of J ∝ N^(-γ), {listed(L, 'd')} rungs",
            listed(local, ".3f"),
            "rising, and far from 1 at lengths this short: the contacts still weigh"
            if local[-1] > local[0]
            else "not rising",
        ),
    ]


RECIPES = (
    Recipe(
        "landmark-xx-ladder",
        "XX ladder: a subspace of free flow, and diffusion in the rest",
        SOURCE,
        study,
        quick_differs=True,
    ),
)
