"""States of single subunits against the whole product space, against QuTiP, and the laws of temperature and entropy."""

import numpy as np
import pytest
import qutip
import scipy
from hypothesis import given
from hypothesis import strategies as st

import caloriq as cq
from caloriq.closed.local_states import gibbs, inverse_temperature, local_states, subunit_levels
from testers import assert_close, refused
from whole_chains import CHAINS, whole

TIMES = np.array([0.0, 3.0, 40.0, 170.0])


def product(model, start, sample):
    """The start in the product space, from the amplitudes of every subunit's bands."""
    root, states = np.sqrt(start.band_weights(model)), start.band_states(model, sample)
    psi = np.ones(1, dtype=complex)
    for weights, parts in zip(root, states, strict=True):
        psi = np.kron(psi, np.concatenate([w * part for w, part in zip(weights, parts, strict=True)]))
    return psi


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("method", ["exact", "chebyshev", "krylov"])
def test_reduced_states_are_those_of_the_whole(name, method):
    model = CHAINS[name]
    H, _ = whole(model)
    d, N = sum(model.levels), model.subunits
    start = cq.thermal(np.linspace(0.6, 1.4, N), samples=2, seed=3)
    found = local_states(model, TIMES, initial=start, method=method)
    levels = subunit_levels(model)
    for k in range(2):
        psi = product(model, start, k)
        for at, t in enumerate(TIMES):
            whole_state = qutip.Qobj(scipy.linalg.expm(-1j * H * t) @ psi, dims=[[d] * N, [1] * N])
            for mu in range(N):
                rho = whole_state.ptrace(mu)
                U = float((rho.diag() * levels).sum().real)
                beta = 1 / found.temperatures[k, at, mu]
                g = qutip.Qobj(np.diag(gibbs(levels, beta)))
                assert_close(found.energies[k, at, mu], U, 1e-9)
                assert_close(float((g.diag() * levels).sum()), found.energies[k, at, mu], 1e-11)
                assert_close(found.distances[k, at, mu], qutip.tracedist(rho, g), 1e-8)
                assert_close(found.entropies[k, at, mu], qutip.entropy_vn(rho), 1e-7)
                assert_close(found.gibbs_entropies[k, at, mu], qutip.entropy_vn(g), 1e-9)


def test_energies_are_those_of_the_evolution():
    model = CHAINS["three"]
    start = cq.thermal([0.7, 1.0, 1.5], draw="phases", seed=2)
    found = local_states(model, TIMES, initial=start)
    exact = cq.evolve(model, TIMES, initial=start)
    inside = found.energies - exact.local_energies
    assert np.abs(inside).max() <= model.widths.max() / 2
    assert np.all(found.band_distances <= found.distances + 1e-12)


def test_two_bands_have_the_temperature_of_their_ratio():
    model = cq.BandedPair(levels=[2, 6], bandwidth=0.01, coupling=1e-3, seed=1)
    found = local_states(model, [0.0, 50.0], initial=cq.thermal([0.5, 2.0]))
    p = cq.evolve(model, [0.0, 50.0], initial=cq.thermal([0.5, 2.0])).band_populations
    assert_close(found.band_temperatures, 1 / np.log(p[..., 0] / 2 / (p[..., 1] / 6)), 1e-9)
    assert_close(found.band_temperatures[0], [0.5, 2.0], 1e-12)
    assert_close(found.temperatures[0], [0.5, 2.0], 0.02)


def test_inverted_subunits_have_negative_temperatures():
    model = cq.BandedPair(levels=[2, 3, 4], bandwidth=0.01, coupling=1e-3, seed=1)
    found = local_states(model, [0.0, 1.0], initial=cq.in_bands([2, 1]))
    assert found.temperatures[0, 0] < 0  # in its highest band
    assert found.band_distances[0, 1] > 0.5  # all in the middle one is far from any Gibbs state
    top = local_states(
        cq.BandedPair(levels=[1, 1], bandwidth=0.01, coupling=1e-3, seed=1), [0.0, 1.0], initial=cq.in_bands([1, 0])
    )
    assert top.temperatures[0, 0] == 0
    assert np.signbit(top.temperatures[0, 0])
    assert not np.signbit(top.temperatures[0, 1])
    assert np.all(np.isnan(top.band_temperatures[0]))


def test_parts_of_a_pure_whole():
    """Both halves of a pure pair have one entropy; it is 0 at a product start and grows to no more than what fits."""
    model = cq.BandedPair(levels=[3, 3], bandwidth=0.05, coupling=0.01, seed=1)
    found = local_states(model, np.linspace(0, 400, 21), initial=cq.thermal([0.4, 3.0]))
    assert_close(found.entropies[0], [0, 0], 1e-9)
    assert_close(found.entropies[:, 0], found.entropies[:, 1], 1e-9)
    assert found.entropies[-1, 0] > 0.3
    assert np.all(found.entropies <= np.log(6) + 1e-12)


@given(
    levels=st.lists(st.floats(-3, 3), min_size=2, max_size=9),
    beta=st.floats(-20, 20),
)
def test_the_temperature_of_a_gibbs_state_is_its_own(levels, beta):
    e = np.array(levels)
    if np.ptp(e) < 0.1:
        return
    found = inverse_temperature(e, float(gibbs(e, beta) @ e))
    assert_close(gibbs(e, found), gibbs(e, beta), 1e-6)


def test_energies_of_mixed_states_spread_as_the_typicality_width_says():
    """After many decay times a start in one shell is as good as any state of it: mean ½ and the width of all."""
    model = cq.BandedPair(levels=[8, 8], bandwidth=0.02, coupling=5e-4, seed=1, shells=[1.0])
    times = np.linspace(40, 80, 6) / cq.ham(model).rate
    found = local_states(model, times, initial=cq.in_bands([0, 1], samples=60))
    levels = subunit_levels(model)
    beta = 1 / found.temperatures
    variance = np.array(
        [
            [[gibbs(levels, b) @ levels**2 - (gibbs(levels, b) @ levels) ** 2 for b in row] for row in one]
            for one in beta
        ]
    )
    width = found.temperature_widths * beta**2 * variance
    assert np.ptp(width) < 1e-9
    assert_close(width[0, 0, 0], 0.5 / np.sqrt(129), 1e-3)
    assert found.energies[..., 0].std() == pytest.approx(width[0, 0, 0], rel=0.2)
    assert found.energies[..., 0].mean() == pytest.approx(0.5, abs=0.02)


def test_bad_input():
    pair = CHAINS["pair"]
    with pytest.raises(cq.Unsupported, match="`initial` must be pure"):
        local_states(pair, [1.0], initial=cq.thermal(1.0, draw="mixed"))
    with refused("times", "-1"):
        local_states(pair, [-1.0])
    with refused("model", "ModularChain"):
        local_states(cq.ModularChain(subunits=2, levels=3, bandwidth=0.1, coupling=0.01, seed=1), [1.0])
    with refused("method", "'fast'"):
        local_states(pair, [1.0], method="fast")
