"""What the definitions of models say of their operators: hermitian, conserved, of one energy, losing nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import caloriq as cq
from caloriq.closed.shells import hamiltonian as shell_hamiltonian
from caloriq.models.lattice.space import sectors
from caloriq.reduced.populations.space import space
from caloriq.spaces.basis import on_sites, whole
from caloriq.spaces.numbers import by_number
from caloriq.spaces.strings import total
from caloriq.spaces.symmetries import spans
from caloriq.steady import excitations
from caloriq.steady.modular import product_operators
from liouville import Equation

Matrix = NDArray[Any]
ROUNDING = 1e-12


@dataclass(frozen=True)
class Laws:
    """What the definition of a model says of its operators.

    Attributes
    ----------
    hermitian : dict of array
        Hamiltonians by what they are of.
    commuting : dict of (array, array)
        A Hamiltonian, and what it is declared to conserve.
    rates : dict of array
        Generators of Markov processes, from column to row.
    shells : dict of (array, float)
        Energies of the states of a shell from its own, and how far they may be.
    equal : dict of (array, array)
        What must be the same: a matrix and its conjugate where the model is real, a matrix built in another way.
    """

    hermitian: Mapping[str, Matrix]
    commuting: Mapping[str, tuple[Matrix, Matrix]]
    rates: Mapping[str, Matrix]
    shells: Mapping[str, tuple[Matrix, float]]
    equal: Mapping[str, tuple[Matrix, Matrix]]


def laws(
    hermitian: Mapping[str, Matrix] | None = None,
    commuting: Mapping[str, tuple[Matrix, Matrix]] | None = None,
    rates: Mapping[str, Matrix] | None = None,
    shells: Mapping[str, tuple[Matrix, float]] | None = None,
    equal: Mapping[str, tuple[Matrix, Matrix]] | None = None,
) -> Laws:
    """Laws, of which some kinds may be empty."""
    return Laws(hermitian or {}, commuting or {}, rates or {}, shells or {}, equal or {})


# -- operators of the kinds of model


def any_lattice(model: Any) -> Laws:
    """Any terms: shares of sites and sectors add up to H, and what is declared conserved commutes with it."""
    H, basis = model.to_matrix(), whole(model.levels, model.size)
    blocks = np.zeros_like(H)
    for one in sectors(model):
        place = basis.place(one.basis.keys)
        blocks[np.ix_(place, place)] = one.hamiltonian.as_matrix()
    numbers = {of: total(model.spaces, model.density(of)).sparse().toarray() for of in model.symmetries.conserved}
    shares = total(model.spaces, model.density()).sparse().toarray()
    return laws(
        {"H": H}, {of: (H, Q) for of, Q in numbers.items()}, equal={"shares": (H, shares), "sectors": (H, blocks)}
    )


def one_excitation(model: Any) -> Laws:
    """Blocks of levels, coupled along the bonds; conjugation changes nothing where the model is real."""
    H = model.hamiltonian().as_matrix()
    joined = np.eye(model.subunits, dtype=bool)
    joined[tuple(np.transpose(model.bonds))] = True
    owner = np.repeat(np.arange(model.subunits), model.counts)
    there = (joined | joined.T)[np.ix_(owner, owner)]
    found = {"bonds alone couple": (H, H * there)}
    if model.real:
        found["conjugate"] = H, H.conj()
    return laws({"one excitation": H}, equal=found)


def driven_modular(model: Any) -> Laws:
    """All product states conserve the number of excitations, and those of one excitation are the chain's own."""
    H, _, numbers = product_operators(model)
    n, N = model.chain.levels, model.subunits
    count = sum(numbers).toarray()
    one = [(1 + i) * (n + 1) ** (N - 1 - mu) for mu in range(N) for i in range(n)]
    dense = H.toarray()
    own = model.chain.hamiltonian().as_matrix()
    return laws(
        {"all states": dense}, {"number": (dense, count)}, equal={"one excitation": (dense[np.ix_(one, one)], own)}
    )


def banded(model: Any) -> Laws:
    """Every shell has a matrix, and one energy to within the widths of its bands."""
    found, apart = {}, {}
    for shell in model.total_shells:
        name = f"shell of {shell.energy:g}"
        found[name] = shell_hamiltonian(model, shell).as_matrix()
        energies = model.band_energies[shell.configurations].sum(axis=1)
        apart[name] = energies - shell.energy, model.subunits * float(np.max(model.widths))
    every = np.concatenate([shell.configurations for shell in model.total_shells])
    numbers = np.sort(every @ len(model.levels) ** np.arange(model.subunits))
    return laws(
        found, shells=apart, equal={"every configuration": (numbers, np.arange(len(model.levels) ** model.subunits))}
    )


def swapped(sites: int, levels: int = 2) -> Matrix:
    """Reflection of a chain, from its even and odd states."""
    even, odd = spans(whole(levels, sites), range(sites)[::-1])
    return (even @ even.T - odd @ odd.T).toarray()


def driven(model: Any) -> Laws:
    """H of all states from its blocks of k excitations; it keeps their number, and a uniform chain its reflection.

    The model's own matrix of one excitation is a block of H without ZZ terms, from another zero of energy.
    """
    N, numbers = model.sites, by_number(model.sites)
    H = np.zeros((2**N, 2**N), dtype=complex)
    for k, states in enumerate(numbers.states):
        H[np.ix_(states, states)] = excitations.hamiltonian(model, numbers, k).toarray()
    first = [int(f"{state:0{N}b}"[::-1], 2) for state in range(2**N)]  # site 0 is bit 0 here, the leftmost factor there
    built = Equation(model).H[np.ix_(first, first)]
    count = np.diag(np.bitwise_count(np.arange(2**N)).astype(float))
    found = {"number of excitations": (built, count)}
    if np.ptp(model.frequencies) == 0 and np.ptp(model.bonds.hopping) == 0:
        found["reflection"] = (H, swapped(N))
    h, free = model.one_excitation(), model.model_copy(update={"zz": 0.0}) if model.hopping is not None else model
    one = excitations.hamiltonian(free, numbers, 1).toarray() + model.frequencies.sum() / 2 * np.eye(N)
    pairs = {"built from σ": (H, built)}
    if not free.interacting:
        pairs["block of one excitation"] = h, one
    return laws({"all states": H, "one excitation": h}, found, equal=pairs)


def disordered(model: Any) -> Laws:
    """Those of its samples."""
    every = [driven(model.sample(number)) for number in range(model.samples)]
    return laws(
        {f"{name}, sample {k}": H for k, one in enumerate(every) for name, H in one.hermitian.items()},
        {f"{name}, sample {k}": pair for k, one in enumerate(every) for name, pair in one.commuting.items()},
        equal={f"{name}, sample {k}": pair for k, one in enumerate(every) for name, pair in one.equal.items()},
    )


def exclusion(model: Any) -> Laws:
    """The process on all configurations: exchange of neighbours at V, gains and losses at the ends."""
    N = model.sites
    raise_, lower = np.array([[0.0, 0], [1, 0]]), np.array([[0.0, 1], [0, 0]])
    jumps = [
        V * on_sites(np.kron(a, b), (k, k + 1), N).toarray()
        for k, V in enumerate(model.rates.tolist())
        for a, b in ((raise_, lower), (lower, raise_))
    ]
    for site in range(N):
        jumps.append(float(model.gains[site]) * on_sites(raise_, (site,), N).toarray())
        jumps.append(float(model.losses[site]) * on_sites(lower, (site,), N).toarray())
    K = sum(jumps)
    K = K - np.diag(K.sum(axis=0))
    _, _, last = np.linalg.svd(K)
    P = last[-1] / last[-1].sum()
    occupied = P @ whole(2, N).states, cq.steady_state(model).populations
    return laws(rates={"configurations": K}, equal={"steady occupations": occupied})


def coupled(model: Any) -> Laws:
    """H of what one excitation reaches; of all states, exchange keeps the number of units in every level."""
    N, M = model.units, model.levels_per_unit
    basis = whole(M, N)
    energies = model.level_energies[np.arange(N), basis.states].sum(axis=1)
    H = np.diag(energies) + model.coupling * basis.matrix(model.links).toarray()
    found = {}
    if model.kind == "exchange-chain":
        for level in range(M):
            found[f"units in level {level}"] = H, np.diag((basis.states == level).sum(axis=1).astype(float))
        if not np.any(model.detuning):
            found["energy of the units"] = H, np.diag(energies)
    return laws({"what is reached": space(model).hamiltonian(), "all states": H}, found)


def spins(model: Any) -> Laws:
    """H; ΣSz where it is conserved, reflection where the fields allow it."""
    H, N = model.hamiltonian().toarray(), model.sites
    found = {}
    if model.conserves_spin:
        found["total spin"] = H, sum(model.density("spin")).toarray()
    if all(np.array_equal(f, f[::-1]) for f in (model.fields, model.transverse_fields)):
        found["reflection"] = H, swapped(N)
    return laws({"all states": H}, found)


def oscillators(model: Any) -> Laws:
    """Φ from its bonds is the second derivative of the potential energy, and a uniform chain keeps its reflection."""
    N = model.sites
    joined = np.diag(model.stiffness) - np.diag(model.springs, 1) - np.diag(model.springs, -1)

    def potential(x: Matrix) -> float:
        walls = model.wall * (x[0] ** 2 + x[-1] ** 2)
        own = np.broadcast_to(model.pinning, N) @ x**2
        return float(np.broadcast_to(model.spring, N - 1) @ np.diff(x) ** 2 + own + walls) / 2

    e = np.eye(N)
    pairs = [[potential(a + b) - potential(a) - potential(b) for b in e] for a in e]  # exact: V is quadratic
    found = {"reflection": (joined, np.eye(N)[::-1])} if model.uniform else {}
    return laws({"force matrix": joined}, found, equal={"from the potential": (joined, np.array(pairs))})
