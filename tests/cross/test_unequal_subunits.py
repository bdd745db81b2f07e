"""Subunits that differ: exact dynamics, the golden rule of whole bands and of every energy, and what equal ones keep."""

import itertools

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.closed.methods import Chebyshev, Exact
from caloriq.models.unequal import UnequalNetwork
from caloriq.reduced.average.unequal_edges import common_widths

FIELDS = {"bandwidth": 0.05, "coupling": 3e-4, "seed": 1}
MIXED = cq.starts.mixed


def unequal(levels=(9, 14, 6), **changes):
    return UnequalNetwork(levels=levels, **{**FIELDS, **changes})


def small(**changes):
    fields = {"bandwidth": [0.3, 0.4, 0.2], "gap": [1.0, 1.05, 0.95], "coupling": 0.03, **changes}
    return unequal((3, 5, 4), **fields)


def dense(model):
    """The Hamiltonian, written out from its definition."""
    D, N = sum(model.levels), len(model.levels)
    at = np.cumsum([0, *model.levels])
    H = np.zeros((D, D), dtype=complex)
    gaps, widths = np.broadcast_to(model.gap, N), np.broadcast_to(model.bandwidth, N)
    for mu, n in enumerate(model.levels):
        H[range(at[mu], at[mu + 1]), range(at[mu], at[mu + 1])] = gaps[mu] + widths[mu] * (
            (np.arange(n) + 0.5) / n - 0.5
        )
    for bond, ((a, b), w) in enumerate(zip(model.bonds, model.weights, strict=True)):
        v = model.coupling * w * model.interaction_matrix(bond)
        assert v.shape == (model.levels[a], model.levels[b])
        H[at[a] : at[a + 1], at[b] : at[b + 1]] = v
        H[at[b] : at[b + 1], at[a] : at[a + 1]] = v.conj().T
    return H, [slice(x, y) for x, y in itertools.pairwise(at)]


@pytest.mark.parametrize("graph", [None, [[0, 1], [0, 2, 0.5], [1, 2]]])
@pytest.mark.parametrize("method", [Exact(), Chebyshev()])
def test_exact_dynamics_against_dense_exponentials(graph, method):
    model = small(graph=graph)
    H, places = dense(model)
    np.testing.assert_allclose(model.hamiltonian().as_matrix(), H, atol=1e-15)
    psi = np.zeros(12, dtype=complex)
    psi[places[1]] = cq.haar(1, seed=3).amplitudes(model)[:, 0]
    times = np.array([0.0, 5.0, 60.0])
    found = cq.evolve(model, times, initial=cq.haar(1, seed=3), method=method)
    few = cq.evolve(model, times, initial=cq.haar(1, seed=3), method=method, observables="populations")
    whole = cq.evolve(model, times, initial=MIXED(2), method=method)
    for k, t in enumerate(times):
        U = scipy.linalg.expm(-1j * H * t)
        state = U @ psi
        P = [np.sum(np.abs(state[p]) ** 2) for p in places]
        np.testing.assert_allclose(found.populations[k], P, atol=1e-9)
        np.testing.assert_allclose(few.populations[k], P, atol=1e-9)
        own = [np.vdot(state[p], np.diag(H).real[p] * state[p]).real for p in places]
        np.testing.assert_allclose(found.local_energies[k], own, atol=1e-9)
        J = [-2 * np.vdot(state[places[a]], H[places[a], places[b]] @ state[places[b]]).imag for a, b in model.bonds]
        np.testing.assert_allclose(found.currents[k], J, atol=1e-9)
        assert found.energy[k] == pytest.approx(np.vdot(psi, H @ psi).real, abs=1e-9)
        spread = [np.sum(np.abs(U[p, places[2]]) ** 2) / 4 for p in places]
        np.testing.assert_allclose(whole.populations[k], spread, atol=1e-9)


def test_exact_dynamics_against_qutip():
    qutip = pytest.importorskip("qutip")
    model = small()
    H, places = dense(model)
    psi = np.zeros(12, dtype=complex)
    psi[places[0]] = cq.haar(0, seed=5).amplitudes(model)[:, 0]
    times = np.linspace(0, 40, 5)
    projections = [qutip.Qobj(np.diag([float(p.start <= i < p.stop) for i in range(12)])) for p in places]
    options = {"atol": 1e-11, "rtol": 1e-11, "nsteps": 100_000}
    peer = qutip.sesolve(qutip.Qobj(H), qutip.Qobj(psi), times, e_ops=projections, options=options)
    ours = cq.evolve(model, times, initial=cq.haar(0, seed=5)).populations
    np.testing.assert_allclose(ours, np.transpose(peer.expect), atol=1e-7)


@pytest.mark.parametrize("graph", [None, [[0, 1], [1, 2, 0.7], [0, 2]]])
@pytest.mark.parametrize("band", ["uniform", "random"])
def test_equal_subunits_are_the_chain_or_network_bit_by_bit(graph, band):
    fields = {**FIELDS, "levels": 40, "gap": 1.3, "band": band}
    one = cq.ModularChain(subunits=3, **fields) if graph is None else cq.ModularNetwork(graph=graph, **fields)
    same = UnequalNetwork(**{**fields, "levels": [40] * 3, "graph": graph})
    theory, ours = cq.ham(one), cq.ham(same)
    assert ours.rate == theory.rate
    assert np.array_equal(ours.edge_rates, theory.edge_rates)
    np.testing.assert_allclose(ours.edge_criteria, theory.edge_criteria, rtol=1e-14)
    assert [c.value for c in ours.criteria[:4]] == pytest.approx([c.value for c in theory.criteria[:4]], rel=1e-15)
    times = np.linspace(0, 5 / theory.rate, 21)
    for start in (cq.haar(1, seed=2), MIXED(0)):
        a, b = (cq.evolve(model, times, initial=start) for model in (one, same))
        for name in ("populations", "local_energies", "currents", "energy"):
            assert np.array_equal(getattr(a, name), getattr(b, name)), name
    P, Q = theory.solve(times), ours.solve(times)
    np.testing.assert_allclose(Q.populations, P.populations, atol=1e-14)
    np.testing.assert_allclose(ours.solve(times, form="resolved").populations, P.populations, atol=1e-13)
    np.testing.assert_allclose(Q.widths, P.widths, atol=1e-7)
    np.testing.assert_allclose(Q.current_widths, P.current_widths, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(Q.local_energy_widths, P.local_energy_widths, atol=1e-15)
    np.testing.assert_allclose(ours.edge_conductivity(0.4), theory.edge_conductivity(0.4), rtol=1e-14)
    if graph is None:
        assert ours.peak == pytest.approx(theory.peak, rel=1e-12)
        assert cq.verdict(cq.evolve(one, times), theory).sentence == cq.verdict(cq.evolve(same, times), ours).sentence


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 60), st.floats(0.02, 0.09), st.floats(0.97, 1.03)), min_size=2, max_size=6),
    st.integers(0, 5),
)
def test_detailed_balance_and_what_is_kept(subunits, start):
    levels, widths, gaps = zip(*subunits, strict=True)
    model = unequal(levels, bandwidth=widths, gap=gaps)
    try:
        theory = cq.ham(model)
    except cq.errors.InvalidInput:  # no bands meet, which has a test of its own
        assert not common_widths(model).any()
        return
    K, n = theory.generator(), np.array(levels, dtype=float)
    np.testing.assert_allclose(K * n, (K * n).T, atol=1e-13 * np.abs(K * n).max())  # K_µν n_ν = K_νµ n_µ
    assert np.abs(K.sum(axis=0)).max() <= 1e-13 * np.abs(K).max()
    assert np.abs(K @ n).max() <= 1e-13 * np.abs(K * n).max()
    times = np.geomspace(0.1, 1e3, 7) / theory.rate
    for form in ("golden-rule", "resolved"):
        P = theory.solve(times, initial=start % len(levels), form=form).populations
        np.testing.assert_allclose(P.sum(axis=1), 1, atol=1e-11)
        assert P.min() > -1e-12


def test_rates_from_their_definition():
    model = unequal((80, 120, 60), bandwidth=[0.05, 0.08, 0.03], gap=[1.0, 1.02, 1.0], graph=[[0, 1], [1, 2, 0.5]])
    theory = cq.ham(model)
    # bands 0.975…1.025, 0.98…1.06, 0.985…1.015
    common = np.array([1.025 - 0.98, 1.015 - 0.985])
    S = common / np.array([0.05 * 0.08, 0.08 * 0.03])
    k = 2 * np.pi * FIELDS["coupling"] ** 2 * np.array([1.0, 0.25]) * S
    K = theory.generator()
    assert [K[1, 0], K[0, 1], K[2, 1], K[1, 2]] == pytest.approx(
        [k[0] * 120, k[0] * 80, k[1] * 60, k[1] * 120], rel=1e-10
    )
    assert [c.overlap for c in theory.channels] == pytest.approx(S, rel=1e-10)
    assert [c.rate for c in theory.channels] == pytest.approx(k, rel=1e-10)
    assert theory.edge_rates == pytest.approx(k * np.array([100, 90]), rel=1e-10)
    late = theory.solve([1e9]).populations[0]
    np.testing.assert_allclose(late, np.array([80, 120, 60]) / 260, rtol=1e-9)
    P = theory.solve([0.0, 300.0, 301.0])
    J = k * np.array(
        [P.populations[1, 0] * 120 - P.populations[1, 1] * 80, P.populations[1, 1] * 60 - P.populations[1, 2] * 120]
    )
    np.testing.assert_allclose(P.currents[1], J, rtol=1e-10)
    np.testing.assert_allclose(K @ P.populations[1], [-J[0], J[0] - J[1], J[1]], rtol=1e-9)


def test_conductance_of_an_edge_against_sums_over_levels():
    """κ = 2πλ² Σ_i in the common window of E_i² e^{-E_i/T} ν_b/(T² Z_a Z_b), here with very many levels."""
    model = unequal((4000, 2500), bandwidth=[0.3, 0.2], gap=[1.0, 1.1], coupling=1e-6)
    theory = cq.ham(model)
    for T in (0.1, 0.5, 3.0):
        E = [model.gaps[mu] + model.subunit_levels(mu) for mu in range(2)]
        Z = [1 + np.exp(-e / T).sum() for e in E]
        shared = (E[0] > 1.0) & (E[0] < 1.15)
        here = E[0][shared]
        kappa = 2 * np.pi * 1e-12 * (2500 / 0.2) * (here**2 * np.exp(-here / T)).sum() / (T**2 * Z[0] * Z[1])
        assert float(theory.edge_conductivity(T)[0]) == pytest.approx(kappa, rel=2e-3)
    with pytest.raises(cq.errors.Unsupported, match="edge_conductivity"):
        theory.conductivity(1.0)


CASES = {
    "levels": ({"levels": (120, 240, 180)}, True),
    "widths": ({"levels": (120, 240, 180), "bandwidth": [0.05, 0.1, 0.075]}, False),
    "a gap that is off": ({"levels": (150,) * 3, "gap": [1.0, 1.01, 1.0]}, False),
}


@pytest.mark.parametrize("case", CASES)
def test_golden_rule_beside_exact_dynamics(case):
    """Whole bands relax to P ∝ n where they coincide; where they do not, every energy relaxes by itself."""
    changes, coincide = CASES[case]
    model = unequal(**{"coupling": 2.2e-4, **changes})
    theory = cq.ham(model)
    times = np.linspace(0, 8 / theory.rate, 33)
    exact = cq.evolve(model, times, initial=MIXED(0), observables="populations").populations
    far = {
        form: np.abs(exact - theory.solve(times, form=form).populations).max() for form in ("golden-rule", "resolved")
    }
    assert far["resolved"] < 0.07
    shared = next(c for c in theory.criteria if c.name == "shared")
    assert shared.holds == coincide
    if coincide:
        np.testing.assert_allclose(exact[-1], np.array(model.levels) / model.dimension, atol=0.02)
    else:
        assert far["golden-rule"] > 1.5 * far["resolved"]


def test_windows_of_energy_in_closed_form():
    """Of two equal densities, of which one band is half of the other, half a start in the wide one stays, the rest is shared."""
    model = unequal((200, 100), bandwidth=[0.1, 0.05])
    theory = cq.ham(model)
    gamma = 2 * np.pi * FIELDS["coupling"] ** 2 * 2000
    times = np.linspace(0, 4 / gamma, 9)
    P = theory.solve(times, form="resolved").populations
    np.testing.assert_allclose(P[:, 0], 0.5 + 0.25 * (1 + np.exp(-2 * gamma * times)), rtol=1e-12)


def test_bands_that_do_not_meet_carry_nothing_and_say_so():
    with pytest.raises(cq.errors.InvalidInput, match="share energies"):
        cq.ham(unequal((30, 30), gap=[1.0, 1.06]))
    model = unequal((60, 60, 60), gap=[1.0, 1.0, 1.06], coupling=6e-4)
    theory = cq.ham(model)
    assert theory.edge_rates[1] == 0
    times = np.linspace(0, 6 / theory.rate, 61)
    exact = cq.evolve(model, times, initial=MIXED(0))
    assert exact.populations[:, 2].max() < 0.02
    judged = cq.verdict(exact, theory)
    assert not judged.diffusive
    assert "edge (1, 2) carries nothing" in judged.sentence


def test_verdict_knows_the_start():
    """A pure start in few levels fluctuates more; the judgement takes the levels of the start."""
    model = unequal((240, 120), coupling=2.2e-4)
    theory = cq.ham(model)
    times = np.linspace(0, 5 / theory.rate, 101)
    assert theory.solve(times, initial=0).fewest == 240
    assert theory.solve(times, initial=[0.5, 0.5]).fewest == 120
    judged = cq.verdict(cq.evolve(model, times, initial=cq.haar(0, seed=1)), theory)
    assert judged.diffusive
    assert "Fourier's law holds" in judged.sentence
