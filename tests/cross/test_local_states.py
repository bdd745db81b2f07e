"""States of single subunits against the whole product space, against QuTiP, and the laws of temperature and entropy."""

import numpy as np
import pytest
import qutip
import scipy
from hypothesis import given
from hypothesis import strategies as st

import caloriq as cq
from caloriq.closed.gibbs import gibbs, inverse_temperature
from caloriq.closed.local_states import FAR, local_states
from caloriq.closed.reversal import reversal
from caloriq.closed.wholes import subunit_levels
from caloriq.models.random import KICK, generator
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


def test_what_local_equilibrium_gains_is_heat_over_temperature():
    """Σ_µ∫dU_µ/T_µ by Simpson's rule along the way."""
    model = CHAINS["pair"]
    times = np.linspace(0, 60, 601)
    found = local_states(model, times, initial=cq.thermal([0.5, 2.0], draw="mixed", boltzmann="levels"))
    slope = np.gradient(found.energies, times, axis=0, edge_order=2) / found.temperatures
    expected = scipy.integrate.simpson(slope.sum(axis=1), x=times)
    assert_close(float(found.produced[-1]), float(expected), 2e-3 * abs(expected))
    assert found.produced[-1] > 0
    assert float(found.produced[0]) == 0


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
    assert found.band_distances[0, 1] > 0.5  # all in the middle one is no Gibbs state
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


def test_mixtures_are_those_of_the_density_matrix():
    """Reduced states of a thermal mixture, against ρ(t) of the whole; the whole keeps its entropy, the parts gain."""
    model = CHAINS["pair"]
    H, _ = whole(model)
    d = sum(model.levels)
    start = cq.thermal([0.5, -2.0], draw="mixed", boltzmann="levels")
    found = local_states(model, TIMES, initial=start)
    levels = subunit_levels(model)
    rho = np.diag(np.kron(gibbs(levels, 2.0), gibbs(levels, -0.5))).astype(complex)
    assert_close(found.total_entropy, qutip.entropy_vn(qutip.Qobj(rho)), 1e-9)
    assert_close(found.temperatures[0], [0.5, -2.0], 1e-9)
    assert_close(found.distances[0], [0, 0], 1e-9)
    assert_close(float(found.correlations[0]), 0, 1e-9)
    assert np.all(found.temperature_widths == 0)
    for at, t in enumerate(TIMES):
        U = scipy.linalg.expm(-1j * H * t)
        now = qutip.Qobj(U @ rho @ U.conj().T, dims=[[d] * 2] * 2)
        for mu in range(2):
            assert_close(found.entropies[at, mu], qutip.entropy_vn(now.ptrace(mu)), 1e-7)
            assert_close(found.energies[at, mu], (now.ptrace(mu).diag() * levels).sum().real, 1e-9)
    assert found.correlations[-1] > 1e-3


ONE = cq.ModularChain(subunits=3, levels=4, bandwidth=0.3, coupling=0.03, seed=2)


def embedded(model, psi):
    """A state of one excitation among all product states of ground level and band."""
    d, N = model.levels + 1, model.subunits
    found = np.zeros((d,) * N, dtype=complex)
    for mu, part in enumerate(psi.reshape(N, -1)):
        found[tuple(slice(1, None) if nu == mu else 0 for nu in range(N))] = part
    return found.ravel()


@pytest.mark.parametrize("start", [cq.haar(1, samples=2), cq.starts.level(0, 3), cq.starts.mixed(2)])
def test_one_excitation_in_the_product_space(start):
    """Against partial traces of all product states of ground level and band."""
    d, N, n = ONE.levels + 1, ONE.subunits, ONE.levels
    found = local_states(ONE, TIMES, initial=start)
    H = ONE.hamiltonian().mv(np.eye(N * n, dtype=complex))
    levels = np.concatenate([[0], ONE.gap + ONE.band_levels])
    if isinstance(start, type(cq.starts.mixed())):
        columns, weights = np.eye(N * n)[2 * n :], np.full(n, 1 / n)
    else:
        columns = np.zeros((start.samples or 1, N, n), dtype=complex)
        columns[:, start.subunit] = start.amplitudes(ONE).T
        columns, weights = columns.reshape(-1, N * n), None
    assert_close(found.total_entropy, 0 if weights is None else np.log(n), 1e-12)
    for at, t in enumerate(TIMES):
        U = scipy.linalg.expm(-1j * H * t)
        states = [qutip.Qobj(embedded(ONE, U @ c), dims=[[d] * N, [1] * N]) for c in columns]
        for mu in range(N):
            parts = [one.ptrace(mu) for one in states]
            if weights is not None:
                parts = [sum(w * part for w, part in zip(weights, parts, strict=True))]
            got = [
                a.reshape(-1, *TIMES.shape, N)[:, at, mu] for a in (found.energies, found.entropies, found.distances)
            ]
            for k, rho in enumerate(parts):
                g = qutip.Qobj(np.diag(gibbs(levels, inverse_temperature(levels, got[0][k]))))
                assert_close(got[0][k], (rho.diag() * levels).sum().real, 1e-9)
                assert_close(got[1][k], qutip.entropy_vn(rho), 1e-7)
                assert_close(got[2][k], qutip.tracedist(rho, g), 1e-8)


def test_far_states_are_told():
    found = local_states(ONE, [0.0, 50.0])
    assert found.distances[-1].max() > FAR
    assert "is no Gibbs state" in found.notes()[0]
    near = local_states(CHAINS["pair"], [0.0, 1.0], initial=cq.thermal(1.0, draw="mixed", boltzmann="levels"))
    assert near.notes() == ()


@pytest.mark.parametrize("model", [ONE, CHAINS["three"]])
def test_the_way_back_leads_to_the_start(model):
    times = np.linspace(0, 100, 5)
    start = cq.haar(0, seed=1) if model is ONE else cq.thermal([0.7, 1.0, 1.5], seed=1)
    found = reversal(model, times, [0.0, 0.3, 3.0], subunit=1, initial=start, seed=4)
    assert_close(found.overlaps[0], 1, 1e-8)
    assert_close(found.returning[0], found.entropies, 1e-6)
    assert_close(found.distances[0], np.zeros(3), 1e-6)
    assert np.all(np.diff(found.overlaps) < 0)
    assert found.distances[2].max() > 0.05
    assert_close(found.entropies, local_states(model, times, initial=start).entropies, 1e-9)


def test_the_kick_turns_the_levels_of_one_subunit():
    """Overlap and returned state against the whole product space."""
    model, t, strength = CHAINS["pair"], 60.0, 0.4
    H, _ = whole(model)
    d = sum(model.levels)
    start = cq.thermal([0.7, 1.5], seed=3)
    found = reversal(model, [0.0, t], [strength], subunit=-1, initial=start, seed=4)
    angles = generator(4, KICK).standard_normal(d)
    psi = product(model, start, 0)
    U = scipy.linalg.expm(-1j * H * t)
    back = U.conj().T @ (np.kron(np.ones(d), np.exp(1j * strength * angles)) * (U @ psi))
    assert_close(found.overlaps[0], abs(np.vdot(psi, back)) ** 2, 1e-9)
    for mu in range(2):
        first, last = (qutip.Qobj(v, dims=[[d] * 2, [1] * 2]).ptrace(mu) for v in (psi, back))
        assert_close(found.distances[0, mu], qutip.tracedist(first, last), 1e-8)
        assert_close(found.returning[0, 0, mu], qutip.entropy_vn(last), 1e-7)


def test_bad_input():
    pair = CHAINS["pair"]
    with refused("times", "-1"):
        local_states(pair, [-1.0])
    with refused("model", "SpinChain"):
        local_states(cq.SpinChain(sites=2, hopping=1.0), [1.0])
    with refused("initial", "Haar"):
        local_states(pair, [1.0], initial=cq.haar())
    with refused("initial", "Thermal"):
        local_states(ONE, [1.0], initial=cq.thermal(1.0))
    with refused("subunit", "9"):
        local_states(ONE, [1.0], initial=cq.haar(9))
    with refused("method", "'fast'"):
        local_states(pair, [1.0], method="fast")
    with pytest.raises(cq.Unsupported, match="`initial` must be pure"):
        reversal(pair, [0.0, 1.0], initial=cq.thermal(1.0, draw="mixed"))
    with pytest.raises(cq.Unsupported, match="`initial` must be one state"):
        reversal(ONE, [0.0, 1.0], initial=cq.haar(samples=2))
    with refused("times", "1"):
        reversal(pair, [1.0, 2.0])
    with refused("strengths", "-1"):
        reversal(pair, [0.0, 2.0], [-1.0])
    with refused("subunit", "2"):
        reversal(pair, [0.0, 2.0], subunit=2)
    with refused("seed", "-1"):
        reversal(pair, [0.0, 2.0], seed=-1)
