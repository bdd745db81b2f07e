"""Banded chains: shells against the whole product space, methods against each other."""

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.closed.shells import hamiltonian
from testers import assert_close
from whole_chains import CHAINS, whole


@pytest.mark.parametrize("name", CHAINS)
def test_shells_are_the_whole_space(name):
    """Eigenvalues of all shells together, products, bounds."""
    model = CHAINS[name]
    found = []
    for shell in model.total_shells:
        H = hamiltonian(model, shell)
        A = H.as_matrix()
        energies = np.linalg.eigvalsh(A)
        found.append(energies + shell.energy)
        lower, upper = H.norm_bounds
        assert lower <= energies[0]
        assert upper >= energies[-1]
        x = np.random.default_rng(0).standard_normal((H.shape[0], 6)).view(complex)
        assert_close(H.mv(x), A @ x, 1e-13)
        assert_close(H.mv(x[:, 0]), A @ x[:, 0], 1e-13)
    assert_close(np.sort(np.concatenate(found)), np.linalg.eigvalsh(whole(model)[0]), 1e-12)


@pytest.mark.parametrize("name", CHAINS)
def test_mixed_start_in_the_whole_space(name):
    """Band populations and currents of the thermal mixture, by exponentials of the whole Hamiltonian."""
    model = CHAINS[name]
    H, members = whole(model)
    N, B, d = model.subunits, len(model.levels), sum(model.levels)
    T = np.linspace(1.2, 0.6, N)
    t = np.array([0.0, 7.0, 40.0])
    found = cq.evolve(model, t, initial=cq.thermal(T, draw="mixed"))
    weights = [np.repeat(np.exp(-model.band_energies / x), model.levels) for x in T]
    rho = np.ones(1)
    for w in weights:
        rho = np.multiply.outer(rho, w / w.sum()).ravel()
    site = np.zeros((N, d**N))
    energy = np.repeat(model.band_energies, model.levels)
    for mu in range(N):
        site[mu] = np.kron(np.kron(np.ones(d**mu), energy), np.ones(d ** (N - 1 - mu)))
    for k, s in enumerate(t):
        U = scipy.linalg.expm(-1j * H * s)
        state = (U * rho) @ U.conj().T
        p = state.diagonal().real.reshape((d,) * N)
        for mu in range(N):
            one = np.moveaxis(p, mu, 0).reshape(d, -1).sum(axis=1)
            assert_close(found.band_populations[k, mu], [one[m].sum() for m in members], 1e-12)
        rates = [np.trace(1j * (H * u - u[:, None] * H) @ state).real for u in site]
        assert_close(-np.cumsum(rates)[:-1], found.currents[k], 1e-12)
    assert found.band_populations.shape == (3, N, B)
    assert found.certificate.holds


@given(st.integers(0, 2**31), st.sampled_from(["haar", "phases"]), st.sampled_from([2, 3]))
@settings(max_examples=10)
def test_methods_agree(seed, draw, subunits):
    model = cq.BandedChain(subunits=subunits, levels=[2, 3, 4], bandwidth=0.05, coupling=5e-3, seed=seed)
    start = cq.thermal(np.linspace(1, 0.5, subunits), draw=draw, seed=seed, samples=2)
    t = np.linspace(0, 200, 5)
    runs = [cq.evolve(model, t, initial=start, method=m) for m in (cq.Exact(), cq.Chebyshev(), cq.Krylov())]
    for run in runs[1:]:
        assert_close(run.populations, runs[0].populations, 1e-9)
        assert_close(run.currents, runs[0].currents, 1e-10)
    U = runs[0].local_energies
    assert_close(U.sum(axis=2), np.repeat(U[:, :1].sum(axis=2), 5, axis=1), 1e-12)


def test_continuity():
    """dU/dt = J_before - J_after, by differences of fourth order."""
    model, h = CHAINS["three"], 1e-2
    t = 20 + h * np.arange(-2, 3)
    run = cq.evolve(model, t, initial=cq.in_bands([2, 0, 1], seed=4), method=cq.Exact())
    slope = np.array([1, -8, 0, 8, -1]) / (12 * h) @ run.local_energies
    J = np.concatenate([[0.0], run.currents[2], [0.0]])
    assert_close(slope, J[:-1] - J[1:], 1e-9)


def test_one_band_is_the_modular_chain():
    """[1, n] with the matrices of the modular chain: the same populations."""
    chain = cq.ModularChain(subunits=2, levels=20, bandwidth=0.05, coupling=2e-3, seed=5)
    psi = np.random.default_rng(0).standard_normal(40).view(complex)
    t = np.linspace(0, 300, 7)
    modular = cq.evolve(chain, t, initial=cq.starts.vector([*(psi / np.linalg.norm(psi)), *np.zeros(20)]))
    v = chain.interaction_matrix(0)  # from the excited second to the excited first
    pair = cq.BandedPair(
        levels=[1, 20], bandwidth=0.05, coupling=2e-3, interaction="given", matrices={((1, 0), (0, 1)): v}
    )
    mixed = cq.evolve(pair, t, initial=cq.in_bands([1, 0], draw="mixed"))
    same = cq.evolve(chain, t, initial=cq.starts.mixed(0))
    assert_close(mixed.local_energies, same.populations, 1e-12)
    assert modular.populations.shape == mixed.local_energies.shape
