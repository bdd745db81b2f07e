"""Green-Kubo integrals and driven modular chains against brute force, QuTiP, equilibrium and each other."""

import flint
import numpy as np
import pytest
import qutip
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.driven_modular import DrivenModularChain
from caloriq.steady.modular import product_operators
from caloriq.transport.green_kubo import green_kubo
from testers import assert_close, refused
from whole_chains import whole

CHAIN = cq.ModularChain(subunits=3, levels=40, bandwidth=0.05, coupling=5e-4, seed=1)
SMALL = cq.ModularChain(subunits=2, levels=3, bandwidth=0.05, coupling=4e-3, seed=1)
TIMES = np.linspace(0, 1 / cq.ham(CHAIN).rate, 41)


def test_the_integral_is_that_of_the_correlation():
    """Against Simpson's rule over the correlation, from the propagator."""
    found = green_kubo(CHAIN, TIMES)
    H = CHAIN.hamiltonian(with_gap=False).as_matrix()
    X = np.diag(np.repeat(np.arange(3.0), 40))
    J = 1j * (H @ X - X @ H)
    E, V = np.linalg.eigh(H)
    Je = V.conj().T @ J @ V
    fine = np.linspace(0, TIMES[20], 4001)
    C = [float(np.real(np.sum(np.abs(Je) ** 2 * np.exp(1j * np.subtract.outer(E, E) * s)))) for s in fine]
    expected = scipy.integrate.simpson(C, x=fine) / (2 * 40)
    assert_close(float(found.running[20]), expected, 1e-7 * abs(expected))
    assert_close(float(found.running[0]), 0.0, 1e-15)


def test_samples_agree_with_traces_within_their_errors():
    exact, sampled = green_kubo(CHAIN, TIMES), green_kubo(CHAIN, TIMES, samples=24, seed=3)
    off = (sampled.running - exact.running)[1:] / sampled.running_error[1:]
    assert np.sqrt(np.mean(off**2)) < 2.5
    assert abs(sampled.value - exact.value) < 4 * sampled.error
    assert exact.value == pytest.approx(exact.theory, rel=0.15)
    assert_close(float(exact.theory), cq.ham(CHAIN).rate, 1e-12)


def test_heat_of_a_chain_with_bands_in_the_whole_space():
    """κ(T, t) = ∫Tr ρ J(s)J ds/T² over all product states, ρ by the energies of the shells."""
    model = cq.BandedChain(subunits=3, levels=[1, 3], bandwidth=0.05, coupling=2e-3, seed=1)
    T, t = 0.7, np.linspace(0, 1 / cq.ham(model).fastest_rate, 31)
    found = green_kubo(model, t, temperatures=[T])
    H, _ = whole(model)
    d = 4
    E = np.repeat([0.0, 1.0], [1, 3])
    place = [np.kron(np.kron(np.ones(d**k), E), np.ones(d ** (2 - k))) for k in range(3)]
    X = np.diag(sum(k * place[k] for k in range(3)))
    weight = np.exp(-sum(place) / T)
    weight /= weight.sum()
    J = 1j * (H @ X - X @ H)
    for at in (5, 30):
        U = scipy.linalg.expm(-1j * H * t[at])
        moved = U.conj().T @ X @ U - X
        expected = float(np.real(np.trace(np.diag(weight) @ moved @ J))) / (2 * T**2)
        assert_close(float(found.running[0, at]), expected, 1e-8 * abs(expected))
    linear = cq.ham(model).conductivity([T])
    assert_close(np.asarray(found.theory), linear, 1e-9 * linear[0])


def driven(chain, hot, cold, rate=1e-3):
    return DrivenModularChain(
        chain=chain, baths=[cq.Bath(site=0, temperature=hot, rate=rate), cq.Bath(site=-1, temperature=cold, rate=rate)]
    )


ONE = cq.OneExcitation(most=1.0)  # a model of its own, whatever its probability


def test_one_excitation_by_qutip():
    model = driven(SMALL, 0.5, 0.2)
    n, D = 3, 6
    h = SMALL.hamiltonian().as_matrix()
    H = np.zeros((D + 1, D + 1), dtype=complex)
    H[1:, 1:] = h
    jumps = []
    for site, gains, losses in zip(model.bath_sites, model.gains, model.losses, strict=True):
        for i in range(n):
            k = 1 + site * n + i
            up = qutip.basis(D + 1, k) * qutip.basis(D + 1, 0).dag()
            jumps += [np.sqrt(gains[i]) * up, np.sqrt(losses[i]) * up.dag()]
    rho = qutip.steadystate(qutip.Qobj(H), jumps).full()
    found = cq.steady_state(model, method=ONE)
    assert_close(found.populations, [np.trace(rho[1:4, 1:4]).real, np.trace(rho[4:, 4:]).real], 1e-9)
    J = -2 * np.imag(np.trace(h[:3, 3:] @ rho[4:, 1:4]))
    assert_close(float(found.currents[0]), J, 1e-10)
    assert_close(found.excitation_currents, [J, -J], 1e-10)
    into = sum(qutip.lindblad_dissipator(L)(qutip.Qobj(rho)).full() for L in jumps[:6])
    assert_close(float(found.heat_currents[0]), float(np.real(np.trace(H @ into))), 1e-10)


def test_all_product_states_by_qutip():
    model = driven(SMALL, 1.5, 0.4)
    found = cq.steady_state(model, method="full")
    H, _, numbers = product_operators(model)
    d = 4
    jumps = []
    for site, gains, losses in zip(model.bath_sites, model.gains, model.losses, strict=True):
        for i in range(3):
            up = qutip.basis(d, 1 + i) * qutip.basis(d, 0).dag()
            place = qutip.tensor(*[up if k == site else qutip.qeye(d) for k in range(2)])
            jumps += [np.sqrt(gains[i]) * place, np.sqrt(losses[i]) * place.dag()]
    rho = qutip.steadystate(qutip.Qobj(H.toarray(), dims=[[d, d]] * 2), jumps).full()
    assert_close(found.populations, [np.trace(c.toarray() @ rho).real for c in numbers], 1e-8)
    into = sum(qutip.lindblad_dissipator(L)(qutip.Qobj(rho, dims=[[d, d]] * 2)).full() for L in jumps[:6])
    assert_close(float(found.heat_currents[0]), float(np.real(np.trace(H.toarray() @ into))), 1e-9)
    assert_close(float(found.currents[0]), float(found.excitation_currents[0]), 1e-9)


def test_cold_chains_need_one_excitation():
    """What the cut leaves out falls with the probability of an excitation."""
    off = []
    for T in (0.14, 0.2, 0.3):
        one, all_ = (cq.steady_state(driven(SMALL, 1.05 * T, T), method=m) for m in (ONE, "full"))
        off.append(abs(one.currents[0] / all_.currents[0] - 1) / one.probability)
        assert f"{one.probability:.3g}" in one.notes()[0]
        assert not any("Cut" in note for note in all_.notes())
    assert np.ptp(off) < 0.5 * max(off)


@settings(max_examples=15, deadline=None)
@given(hot=st.floats(0.1, 2), cold=st.floats(0.1, 2), seed=st.integers(0, 99), rate=st.floats(1e-5, 1e-2))
def test_heat_runs_from_hot_to_cold(hot, cold, seed, rate):
    model = driven(SMALL.model_copy(update={"seed": seed, "coupling": 5e-4}), hot, cold, rate)
    found = cq.steady_state(model)
    if abs(hot - cold) > 0.05:
        assert found.heat_currents[0] * (hot - cold) > 0
        assert found.entropy_production > 0
        assert found.broken_law is None
    assert np.all(found.populations > 0)


def test_equal_baths_leave_a_gibbs_state():
    model = driven(SMALL.model_copy(update={"coupling": 1e-6}), 0.4, 0.4)
    w = np.exp(-np.add.outer([0, 0], SMALL.gap + SMALL.band_levels) / 0.4)
    for method, expected in ((ONE, w.sum(axis=1) / (1 + w.sum())), ("full", w.sum(axis=1) / (1 + w.sum(axis=1)))):
        found = cq.steady_state(model, method=method)
        assert_close(found.populations, expected, 1e-6)
        assert np.all(np.abs(found.heat_currents) < 1e-9)


def test_bounds_cover_what_more_digits_change():
    """Numbers in double precision against balls of 200 bits, by the linear equations of a pair of two levels each."""
    chain = cq.ModularChain(subunits=2, levels=2, bandwidth=0.05, coupling=4e-3, seed=1)
    model = driven(chain, 0.5, 0.2)
    found = cq.steady_state(model, method=ONE)
    h = chain.hamiltonian(with_gap=False).as_matrix()
    gain, loss = (np.concatenate([g[0], g[1]]) for g in (model.gains, model.losses))
    before, flint.ctx.prec = flint.ctx.prec, 200
    try:
        H = [[flint.acb(complex(x).real, complex(x).imag) for x in row] for row in h]
        X = [
            [flint.acb(0, -1) * H[i][j] - (flint.acb(float(loss[i])) / 2 if i == j else 0) for j in range(4)]
            for i in range(4)
        ]
        L = flint.acb_mat(16, 16)
        for i, j, k, l in np.ndindex(4, 4, 4, 4):
            value = (X[i][k] if j == l else flint.acb(0)) + (X[j][l].conjugate() if i == k else flint.acb(0))
            L[4 * i + j, 4 * k + l] = value
        source = flint.acb_mat(
            16, 1, [flint.acb(-float(gain[i]) if i == j else 0.0) for i in range(4) for j in range(4)]
        )
        C = L.solve(source)
        empty = 1 / (1 + sum((C[5 * i, 0].real for i in range(4)), flint.arb(0)))
        P = [float((empty * (C[5 * i, 0].real + C[5 * i + 5, 0].real)).mid()) for i in (0, 2)]
        z = sum((H[i][j] * C[4 * j + i, 0] for i in (0, 1) for j in (2, 3)), flint.acb(0))
        J = float((-2 * z.imag * empty).mid())
    finally:
        flint.ctx.prec = before
    assert np.all(np.abs(found.populations - P) <= found.populations_bound + 1e-17)
    assert abs(found.currents[0] - J) <= found.currents_bound[0]


def test_between_baths_the_rate_is_that_of_the_closed_chain():
    rate = cq.ham(CHAIN).rate
    found = cq.steady_state(driven(CHAIN, 0.11, 0.1, rate))
    assert np.all(np.abs(found.transfer_rates / rate - 1) < 0.3)
    assert np.all(found.transfer_rates_bound < 1e-8 * rate)


def test_frequent_excitations_are_not_cut_silently():
    """Few product states are solved whole; of many, a cut at one excitation is refused where it is not rare."""
    hot = driven(SMALL, 1000.0, 500.0)
    found = cq.steady_state(hot)
    assert "Full" in found.method.name
    assert_close(found.populations, np.full(2, 0.75), 1e-3)
    large = driven(CHAIN, 1000.0, 500.0)
    with pytest.raises(cq.NotConverged, match="probability of an excitation"):
        cq.steady_state(large)


def test_what_flows_without_a_difference_is_taken_off():
    """Local baths drive a current at one temperature; the transfer rate is the response to a difference, of any size."""
    same = cq.steady_state(driven(SMALL, 1.0, 1.0))
    assert np.all(np.isnan(same.transfer_rates))
    assert abs(same.currents[0]) > 100 * same.currents_bound[0]
    assert "without" not in str(same.broken_law)
    rates = []
    for step in (1e-1, 1e-3, 1e-4):
        found = cq.steady_state(driven(SMALL, 1.0 + step, 1.0))
        assert found.transfer_rates_bound[0] < 0.2 * found.transfer_rates[0]
        rates.append(found.transfer_rates[0])
    assert np.ptp(rates) < 0.05 * rates[0]
    assert "mean temperature" in cq.steady_state(driven(SMALL, 1.0 + 1e-6, 1.0)).notes()[0]


def test_one_bath_breaks_no_law():
    model = DrivenModularChain(chain=SMALL, baths=[cq.Bath(site=0, temperature=1.0, rate=1e-3)])
    found = cq.steady_state(model)
    assert abs(found.entropy_production) <= found.entropy_production_bound
    assert found.broken_law is None


def test_cold_baths_leave_the_ground_state():
    for T in (0.0, 1e-3):
        for method in (ONE, "full"):
            found = cq.steady_state(driven(SMALL, T, T), method=method)
            assert_close(found.populations, np.zeros(2), 1e-12)
            assert np.all(np.isnan(found.transfer_rates))


def test_without_a_window_no_value_is_read():
    found = green_kubo(CHAIN.model_copy(update={"coupling": 2e-2}))
    assert np.isnan(found.value)
    assert np.isnan(found.error)
    assert found.notes()[0].startswith("No value is read")
    assert np.all(np.isfinite(found.running))


def test_bad_input():
    with refused("temperatures", "1.0"):
        green_kubo(CHAIN, temperatures=[1.0])
    banded = cq.BandedPair(levels=[1, 40], bandwidth=0.05, coupling=2e-4, seed=1)
    with refused("samples", "1"):
        green_kubo(CHAIN, samples=1)
    with refused("temperatures", "-1"):
        green_kubo(banded, temperatures=[-1.0])
    for T in (1e-3, 1e200):
        with refused("temperatures", f"{T:g}"):
            green_kubo(banded, temperatures=[T])
    with refused("samples", "3003"):
        green_kubo(cq.ModularChain(subunits=3, levels=1001, bandwidth=0.05, coupling=2e-5, seed=1))
    with refused("baths", "[]"):
        DrivenModularChain(chain=SMALL, baths=[])
    with refused("baths.site", "5"):
        DrivenModularChain(chain=SMALL, baths=[cq.Bath(site=5, temperature=1.0, rate=1.0)])
    with refused("baths", "loss 0"):
        cq.steady_state(DrivenModularChain(chain=SMALL, baths=[cq.Bath(site=0, gain=1.0, loss=0.0)]))
    with refused("levels", "1681"):
        cq.steady_state(driven(SMALL.model_copy(update={"levels": 40}), 1.0, 0.5), method="full")
    with pytest.raises((cq.Unsupported, cq.InvalidInput), match="`method`"):
        cq.steady_state(driven(SMALL, 1.0, 0.5), method="sector")
