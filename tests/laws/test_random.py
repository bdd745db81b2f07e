"""Random numbers: named, reproducible, and independent of what else is drawn."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import caloriq as cq
from problems import random_chain
from strategies import seeds
from testers import assert_close


@given(seeds, st.integers(2, 6), st.integers(1, 8))
def test_same_seed_same_chain(seed, subunits, levels):
    one, two = (
        random_chain(seed=seed, subunits=subunits, levels=levels, band="random").hamiltonian() for _ in range(2)
    )
    assert np.array_equal(one.re, two.re)
    assert np.array_equal(one.im, two.im)
    assert np.array_equal(one.energies, two.energies)


@given(seeds, st.integers(2, 5), st.integers(1, 4), st.sampled_from(["complex-gaussian", "real-gaussian"]))
def test_longer_chains_share_their_first_bonds(seed, subunits, more, interaction):
    short = random_chain(seed=seed, subunits=subunits, interaction=interaction, band="random")
    long = random_chain(seed=seed, subunits=subunits + more, interaction=interaction, band="random")
    for b in range(subunits - 1):
        assert np.array_equal(short.interaction_matrix(b), long.interaction_matrix(b))
    assert np.array_equal(short.band_levels, long.band_levels)


@given(seeds, st.integers(1, 12), st.integers(1, 12))
def test_haar_sample_does_not_depend_on_their_number(seed, few, more):
    model = random_chain()
    small = cq.haar(seed=seed, samples=few).amplitudes(model)
    large = cq.haar(seed=seed, samples=few + more).amplitudes(model)
    assert np.array_equal(small, large[:, :few])
    assert np.array_equal(cq.haar(seed=seed).amplitudes(model), large[:, :1])


def test_draws_are_independent():
    """Bonds, seeds, purposes: no two draws share their numbers."""
    chain, other = random_chain(band="random"), random_chain(band="random", seed=6)
    draws = [chain.interaction_matrix(0), chain.interaction_matrix(1), other.interaction_matrix(0)]
    draws += [cq.haar(seed=s).amplitudes(chain) for s in (5, 6)]
    for i, a in enumerate(draws):
        for b in draws[i + 1 :]:
            assert not np.intersect1d(a.ravel(), b.ravel()).size
    assert not np.array_equal(chain.band_levels, other.band_levels)


def test_haar_states_are_haar():
    """Norm 1; ⟨|c_i|²⟩ = 1/n and ⟨|c_i|⁴⟩ = 2/(n(n+1)) within five standard errors of 4000 samples."""
    model = random_chain(levels=4)
    amplitudes = cq.haar(seed=1, samples=4000).amplitudes(model)
    assert_close(np.linalg.norm(amplitudes, axis=0), np.ones(4000), 1e-14)
    weight = np.abs(amplitudes) ** 2
    for power, expected in ((1, 1 / 4), (2, 2 / 20)):
        values = weight**power
        assert np.all(np.abs(values.mean(axis=1) - expected) <= 5 * values.std(axis=1) / np.sqrt(4000))
    assert np.all(np.abs((amplitudes[0].conj() * amplitudes[1:]).mean(axis=1)) < 5 * 0.25 / np.sqrt(4000) * np.sqrt(2))


@pytest.mark.parametrize("interaction", ["complex-gaussian", "real-gaussian"])
def test_normalisation_of_the_interaction(interaction):
    """⟨|v_ij|²⟩ = 1 and, for complex ones, ⟨v²⟩ = 0, within five standard errors of 10⁵ entries."""
    v = random_chain(levels=320, interaction=interaction).interaction_matrix(0)
    assert abs(np.mean(np.abs(v) ** 2) - 1) < 5 * np.std(np.abs(v) ** 2) / 320
    assert abs(np.mean(v)) < 5 / 320
    assert np.iscomplexobj(v) == (interaction == "complex-gaussian")
    if np.iscomplexobj(v):
        assert abs(np.mean(v**2)) < 5 * 2 / 320


def test_bands():
    uniform = random_chain(levels=10)
    assert_close(np.diff(uniform.band_levels), np.full(9, uniform.bandwidth / 10), 1e-15)
    assert_close(uniform.band_levels.sum(), np.zeros(()), 1e-15)
    drawn = random_chain(levels=10, band="random").band_levels
    assert np.all(np.diff(drawn) >= 0)
    assert np.abs(drawn).max() <= uniform.bandwidth / 2


@pytest.mark.parametrize("method", [cq.Exact(), cq.Chebyshev(), cq.Krylov()], ids=lambda m: m.kind)
def test_runs_repeat(method):
    """The same run gives the same numbers, its own random starts (Lanczos) included."""
    model = random_chain(levels=30)
    times = np.array([1.0, 5000.0])  # r t above 400: the spectral bounds start from a random vector
    runs = [cq.evolve(model, times, method=method).populations for _ in range(2)]
    assert_close(runs[0], runs[1], 1e-11)  # BLAS may sum in another order: eps × gap × time, some ten times


SCRIPT = """
import json, caloriq as cq
model = cq.ModularChain(subunits=3, levels=4, bandwidth=0.4, coupling=0.02, seed=5)
run = cq.evolve(model, [3.0], initial=cq.haar(seed=2))
print(json.dumps([model.digest, run.initial.digest, model.interaction_matrix(1)[2, 3].real, run.populations.tolist()]))
"""


def test_another_process_draws_the_same():
    """Digests and numbers do not depend on the process, nor on its hash seed."""
    outputs = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", SCRIPT],
                env={"PYTHONHASHSEED": seed},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    model = random_chain(levels=4)
    here = cq.evolve(model, [3.0], initial=cq.haar(seed=2))
    digest, start, entry, populations = outputs[0]
    assert digest == model.digest
    assert start == here.initial.digest
    assert entry == model.interaction_matrix(1)[2, 3].real
    # the drawn numbers are equal bit by bit; BLAS may sum in another order elsewhere
    assert_close(np.array(populations), here.populations, 1e-13)


def test_the_numbers_of_seed_one():
    """Pinned: a published seed must keep its meaning. A change here needs a new schema version."""
    chain = cq.ModularChain(subunits=2, levels=2, bandwidth=0.1, coupling=0.01, seed=1, band="random")
    v = [
        [-0.038345676610511414 + 0.12669799099593332j, 0.8949569638602148 + 0.07602195964011782j],
        [0.3765975235306344 + 1.0948807775271203j, 0.4694612564897903 + 1.9068227254978056j],
    ]
    start = [-0.7100000901423096 + 0.30264025368210595j, 0.2540393914073353 - 0.582900280032986j]
    assert_close(chain.interaction_matrix(0), np.array(v), 1e-15)
    assert_close(chain.band_levels, np.array([-0.002423548141000942, 0.010058840390847812]), 1e-15)
    assert_close(cq.haar(seed=1).amplitudes(chain)[:, 0], np.array(start), 1e-15)
