"""Every model of a chain or network gives the lattice that has its matrix and its jump operators."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.lattice.model import Lattice
from caloriq.models.transition_baths import ByTransition, NumberDephasing, PairCorrelation
from caloriq.reduced.populations.space import damping, space
from liouville import Equation
from testers import refused

seeds = st.integers(0, 2**20)


def order(dims):
    """Places of our states, site 0 fastest, in products with the first site the slowest."""
    return np.arange(np.prod(dims)).reshape(dims).transpose().ravel()


def generator(lattice, dims):
    """i[.,H] and the dissipators of a lattice on row-stacked matrices, in the order of products."""
    back = np.argsort(order(dims))
    H = lattice.to_matrix()[np.ix_(back, back)]
    one = np.eye(len(H))
    L = -1j * (np.kron(H, one) - np.kron(one, H.T))
    for _, jump in lattice.jump_operators:
        c = jump.sparse().toarray()[np.ix_(back, back)]
        d = c.conj().T @ c
        L = L + np.kron(c, c.conj()) - (np.kron(d, one) + np.kron(one, d.T)) / 2
    return H, L


@st.composite
def spin_chains(draw):
    rng, N = np.random.default_rng(draw(seeds)), draw(st.integers(2, 4))
    one = {"sites": N, "frequency": draw(st.sampled_from([1.0, 0.0, list(rng.uniform(0.5, 2, N))]))}
    if draw(st.booleans()):
        g = np.triu(rng.normal(size=(N, N)) + draw(st.sampled_from([0, 1j])) * rng.normal(size=(N, N)), 1)
        keep = nx.to_numpy_array(nx.random_labeled_tree(N, seed=int(rng.integers(99)))) if N > 2 else 1
        g = g * keep if draw(st.booleans()) else g
        one["couplings"] = g + g.conj().T
        one["zz"] = draw(st.sampled_from([0.0, 0.7]))
    else:
        one["hopping"] = draw(st.sampled_from([1.0, 0.0, list(rng.normal(size=N - 1))]))
        zz = np.triu(rng.normal(size=(N, N)), 1)
        one["zz"] = draw(st.sampled_from([0.0, 0.5, list(rng.normal(size=N - 1)), zz + zz.T]))
    one["dephasing"] = draw(st.sampled_from([0.0, 0.3, list(rng.uniform(0, 1, N))]))
    baths = [cq.Bath(site=-1, gain=0.3, loss=0.0), cq.Bath(site=0, occupation=0.4, rate=1.2)]
    return cq.SpinChain(**one, baths=baths[: draw(st.integers(0, 2))])


@settings(max_examples=40, deadline=None)
@given(spin_chains())
def test_a_spin_chain(chain):
    H, L = generator(chain.lattice(), [2] * chain.sites)
    theirs = Equation(chain)
    np.testing.assert_allclose(H, theirs.H, atol=1e-14 * max(1.0, np.abs(theirs.H).max()))
    np.testing.assert_allclose(L, theirs.liouvillian(), atol=1e-13)


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(2, 6))
def test_a_quantum_chain(seed, N):
    rng = np.random.default_rng(seed)
    lengths = {"j": N - 1, "next_j": N - 2, "h": N}
    names = ["jx", "jy", "jz", "next_jx", "next_jy", "next_jz", "hx", "hz"]
    values = {k: [0.0, 1.3, list(rng.normal(size=lengths[k[:-1]]))][rng.integers(3)] for k in names}
    values["jx"] = values["jx"] or 0.5
    chain = cq.QuantumChain(sites=N, **values, disorder=float(rng.integers(2)), seed=3)
    np.testing.assert_allclose(chain.lattice().to_matrix(), chain.hamiltonian().toarray(), atol=1e-14)


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(2, 3), st.integers(2, 3), st.booleans())
def test_coupled_units(seed, N, M, several):
    rng = np.random.default_rng(seed)
    V = rng.normal(size=(2, M * M, M * M)) + 1j * rng.normal(size=(2, M * M, M * M))
    V = V + V.conj().transpose(0, 2, 1)
    levels = np.sort(rng.normal(size=(N, M)), axis=1)
    c = np.triu(rng.normal(size=(N, N)), 1)
    couplings = [c + c.T, 0.3] if several else c + c.T
    model = cq.CoupledUnits(
        units=N, levels=levels, interaction=V if several else V[0], couplings=couplings, coupling=0.7
    )
    H, _ = generator(model.lattice(), [M] * N)
    theirs = 0
    for i in range(N):
        theirs = theirs + np.kron(np.kron(np.eye(M**i), np.diag(levels[i])), np.eye(M ** (N - i - 1)))
    for k, strength in enumerate([c + c.T, 0.3 * (np.eye(N, k=1) + np.eye(N, k=-1))][: 1 + several]):
        for i in range(N):
            for j in range(i + 1, N):
                both = np.kron(V[k], np.eye(M ** (N - 2))).reshape([M] * (2 * N))
                axes = [i, j, *(x for x in range(N) if x not in (i, j))]
                places = np.argsort(axes)
                both = both.transpose([*places, *(N + places)]).reshape(M**N, M**N)
                theirs = theirs + 0.7 * strength[i, j] * both
    np.testing.assert_allclose(H, theirs, atol=1e-14 * np.abs(theirs).max())


@pytest.mark.parametrize("diagonal", [True, False])
@pytest.mark.parametrize("bath", [None, "pure", "number", "pairs"])
def test_an_exchange_chain_and_its_noise(diagonal, bath):
    """Against the space of the population equations, whose order is that of keys: site 0 fastest."""
    baths = {
        None: None,
        "pure": cq.PureDephasing(rate=0.4),
        "number": NumberDephasing(rate=0.4),
        "pairs": ByTransition(
            pairs=[
                PairCorrelation(levels=pair, correlation=cq.PureDephasing(rate=rate))
                for pair, rate in (((0, 1), 0.3), ((1, 2), 0.5), ((0, 2), 0.7))
            ]
        ),
    }
    model = cq.ExchangeChain(
        units=3,
        levels=3,
        exchange=[1.0, 0.5],
        detuning=[0, 0.1, 0.2],
        diagonal=diagonal,
        coupling=0.3,
        bath=baths[bath],
    )
    lattice = model.lattice()
    start = [1, 0, 2]
    here = space(model, start)
    keys = here.states @ 3 ** np.arange(3)
    H = lattice.to_matrix()[np.ix_(keys, keys)]
    theirs = here.hamiltonian()  # from the mean energy
    shift = (np.trace(H) - np.trace(theirs)) / len(H)
    np.testing.assert_allclose(H, theirs + shift * np.eye(len(H)), atol=1e-14)
    decay = damping(here)
    if bath is None:
        assert not lattice.jumps
        return
    found = np.zeros_like(H, dtype=complex)
    for _, jump in lattice.jump_operators:
        c = jump.sparse().toarray().diagonal()[keys]
        found += (np.abs(c[:, None]) ** 2 + np.abs(c) ** 2) / 2 - np.outer(c, c.conj())
    np.testing.assert_allclose(found, decay, atol=1e-14)


def test_noise_that_remembers_is_refused():
    model = cq.ExchangeChain(units=3, coupling=0.3, bath=cq.Ohmic(strength=0.1, cutoff=1.0, temperature=1.0))
    with refused("model", "Ohmic", "memory", error=cq.Unsupported):
        model.lattice()


def test_a_sample_of_a_disordered_chain():
    chain = cq.SpinChain(sites=3, hopping=1.0, dephasing=0.5)
    ensemble = cq.DisorderedChain(
        chain=chain, disorder=[cq.Disorder(quantity="couplings", width=0.5)], samples=3, seed=1
    )
    lattice = ensemble.lattice(2)
    assert lattice == ensemble.sample(2).lattice()
    np.testing.assert_allclose(generator(lattice, [2] * 3)[0], Equation(ensemble.sample(2)).H, atol=1e-14)


def test_they_are_read_again():
    for model in (
        cq.SpinChain(sites=3, couplings=np.array([[0, 1j, 0.5], [-1j, 0, 0], [0.5, 0, 0]])).lattice(),
        cq.ExchangeChain(units=3, levels=3, bath=NumberDephasing(rate=0.1)).lattice(),
        cq.QuantumChain.heisenberg(5, disorder=1.0).lattice(),
    ):
        assert Lattice.from_mapping(model.to_mapping()).digest == model.digest


def test_pieces_are_refused():
    g = np.zeros((4, 4))
    g[0, 2] = g[2, 0] = g[1, 3] = g[3, 1] = 1.0
    with refused("model", "one piece", "sites 1, 3", error=cq.Unsupported):
        cq.SpinChain(sites=4, couplings=g).lattice()
