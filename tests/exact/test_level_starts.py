"""Thermal starts in which every level has its own Boltzmann factor."""

import itertools

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.closed.shells import hamiltonian
from testers import assert_close

T = (0.4, 0.2)
MODELS = {
    "pair": {"levels": [1, 6], "bandwidth": 0.6},
    "three bands": {"levels": [2, 3, 2], "bandwidth": 0.4},
    "random levels": {"levels": [1, 4, 3], "bandwidth": 0.5, "band": "random"},
}


def product_weights(model: cq.BandedPair) -> dict[tuple[int, int], np.ndarray]:
    """e^{-E/T₁} e^{-E'/T₂}/(Z₁Z₂) of every pair of levels, by pair of bands; from the definition."""
    E = [model.band_energies[i] + model.band_levels(i) for i in range(len(model.levels))]
    Z = [sum(np.exp(-e / t).sum() for e in E) for t in T]
    return {
        (i, j): np.exp(-np.add.outer(a / T[0], b / T[1])).ravel() / (Z[0] * Z[1])
        for i, a in enumerate(E)
        for j, b in enumerate(E)
    }


@pytest.mark.parametrize("name", MODELS)
def test_mixed_start_against_the_matrix_exponential(name):
    """Every shell of the density matrix, by scipy.linalg.expm."""
    model = cq.BandedPair(coupling=0.02, seed=1, **MODELS[name])
    times, known = np.array([0.0, 7.0, 80.0]), product_weights(model)
    found = cq.evolve(model, times, initial=cq.thermal(T, draw="mixed", boltzmann="levels"))
    at = 0
    for shell in model.total_shells:
        pairs = [tuple(c) for c in shell.configurations.tolist()]
        p = np.concatenate([known[pair] for pair in pairs])
        H = hamiltonian(model, shell)
        columns = np.eye(H.shape[0], dtype=complex)
        dense = np.stack([H.mv(columns[:, k : k + 1])[:, 0] for k in range(H.shape[0])], axis=1)
        for k, t in enumerate(times):
            weight = (np.abs(scipy.linalg.expm(-1j * t * dense)) ** 2) @ p
            ends = np.cumsum([0, *model.sizes(shell.configurations)])
            expected = np.array([weight[a:b].sum() for a, b in itertools.pairwise(ends)])
            assert_close(found.populations[k, at : at + len(pairs)], expected, 1e-11)
        at += len(pairs)
    assert found.populations[0].sum() == pytest.approx(1, abs=1e-12)


def test_phases_have_the_levels_factors():
    """Amplitudes of every sample squared; Haar ones in the mean, to 1/n."""
    model = cq.BandedPair(levels=[1, 6], bandwidth=0.6, coupling=0.02, seed=1)
    known = product_weights(model)
    configurations = np.array(list(known))
    expected = np.concatenate([known[tuple(c)] for c in configurations.tolist()])
    phases = cq.thermal(T, draw="phases", seed=3, boltzmann="levels").amplitudes(model, configurations)
    assert_close(np.abs(phases[:, 0]) ** 2, expected, 1e-15)
    haar = cq.thermal(T, seed=3, samples=4000, boltzmann="levels").amplitudes(model, configurations)
    mean = (np.abs(haar) ** 2).mean(axis=1)
    assert np.abs(mean - expected).max() < expected.max() / 6
    assert_close((np.abs(haar) ** 2).sum(axis=0), np.ones(4000), 1e-12)


def test_narrow_bands_have_both():
    """Of bands far narrower than T, levels and bands give one start; the default and its digest stay."""
    model = cq.BandedPair(levels=[1, 6], bandwidth=1e-9, coupling=1e-10, seed=1)
    starts = [cq.thermal(T, draw="mixed", boltzmann=b) for b in (None, "levels")]
    weights = [start.band_weights(model) for start in starts]
    assert_close(weights[1], weights[0], 1e-14)
    runs = [cq.evolve(model, [0.0, 1e9], initial=start).populations for start in starts]
    assert_close(runs[1], runs[0], 1e-8)
    assert "boltzmann" not in starts[0].to_mapping()
    assert starts[1].to_mapping()["boltzmann"] == "levels"
    wide = cq.BandedPair(levels=[1, 6], bandwidth=1.0, coupling=1e-3, seed=1)
    at = [cq.thermal(0.1, boltzmann=b).band_weights(wide)[0, 1] for b in (None, "levels")]
    assert at[1] > 10 * at[0]
