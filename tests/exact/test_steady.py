"""Steady states against closed forms and reference currents, by every method that applies."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.transport.entanglement import concurrence
from caloriq.transport.samples import Samples
from caloriq.verdicts.scaling import fit
from driven import REFERENCE, uniform
from testers import assert_close

CLOSED, TWO, FULL = cq.ClosedForm(), cq.TwoPoint(), cq.Full()
SECTOR, MIXED = cq.Sector(tol=1e-13), cq.Sector(tol=1e-13, precision="mixed")

FREE = {(0.0, 2): 0.119364770133, (0.0, 4): 0.119364770133, (5.0, 2): 0.0565822535950, (5.0, 3): 0.0370794856043}
FREE |= {(5.0, 4): 0.0275749525190, (5.0, 5): 0.0219488374711, (0.0, 5): 0.119364770133}


@pytest.mark.parametrize("method", [CLOSED, TWO, SECTOR, MIXED, FULL], ids=lambda m: repr(m)[:22])
@pytest.mark.parametrize(("dephasing", "sites"), FREE)
def test_reference_heat_currents(dephasing, sites, method):
    found = cq.steady_state(uniform(sites, dephasing), method=method)
    assert found.heat_currents[0] == pytest.approx(FREE[dephasing, sites], abs=6e-14 if dephasing else 6e-13)
    assert found.heat_currents[1] == pytest.approx(-FREE[dephasing, sites], abs=1e-12)


INTERACTING = {
    (0.0, 4): 0.11200614,
    (0.0, 6): 0.10935403,
    (0.0, 8): 0.10854976,
    (1.0, 4): 0.06918207,
    (1.0, 6): 0.05398263,
    (1.0, 8): 0.04434946,
    (1.0, 9): 0.04072712,
}
SLOW = {(0.0, 10): 0.10830632, (1.0, 10): 0.03765497, (1.0, 11): 0.03501562, (1.0, 12): 0.03272316}


def check_interacting(dephasing, sites, method, expected):
    found = cq.steady_state(uniform(sites, dephasing, zz=0.5), method=method)
    assert found.current == pytest.approx(expected, abs=6e-9)
    assert found.certificate.holds


@pytest.mark.parametrize("method", [SECTOR, MIXED], ids=["double", "mixed"])
@pytest.mark.parametrize(("dephasing", "sites"), INTERACTING)
def test_reference_excitation_currents(dephasing, sites, method):
    check_interacting(dephasing, sites, method, INTERACTING[dephasing, sites])


@pytest.mark.parametrize("sites", [4, 5])
def test_full_agrees_with_the_reference(sites):
    full = cq.steady_state(uniform(sites, 1.0, zz=0.5), method=FULL)
    assert_close(full.currents, cq.steady_state(uniform(sites, 1.0, zz=0.5)).currents, 1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(("dephasing", "sites"), SLOW)
def test_reference_excitation_currents_of_long_chains(dephasing, sites):
    check_interacting(dephasing, sites, SECTOR, SLOW[dephasing, sites])


@pytest.mark.parametrize("sites", [2, 3, 7, 13, 60, 500])
@pytest.mark.parametrize("dephasing", [0.0, 0.01, 1.0, 100.0])
def test_two_point_set_of_the_uniform_chain(sites, dephasing):
    exact = cq.steady_state(uniform(sites, dephasing), method=CLOSED)
    found = cq.steady_state(uniform(sites, dephasing), method=TWO)
    assert found.current == pytest.approx(exact.current, rel=2e-12)
    assert_close(found.populations, exact.populations, 1e-12)
    assert_close(found.coherences, exact.coherences, 1e-12)


def test_closed_form_with_dephasing_that_differs_from_site_to_site():
    rng = np.random.default_rng(3)
    chain = uniform(40).model_copy(update={"dephasing": rng.random(40)})
    found = cq.steady_state(chain, method=TWO)
    assert_close(found.populations, cq.steady_state(chain, method=CLOSED).populations, 1e-12)


@pytest.mark.parametrize("sites", [2, 5, 40])
@pytest.mark.parametrize("rate", [0.1, 3.0])
def test_classical_chain(sites, rate):
    chain = cq.ClassicalChain(sites=sites, rate=rate, baths=REFERENCE)
    (g1, l1), (g2, l2) = chain.bath_rates
    a, b = g1 + l1, g2 + l2
    expected = a * b * rate * (g1 / a - g2 / b) / (rate * (a + b) + a * b * (sites - 1))
    found = cq.steady_state(chain)
    assert found.heat_currents[0] == pytest.approx(expected, rel=1e-12)
    assert_close(found.currents, np.full(sites - 1, expected), 1e-13)


@pytest.mark.parametrize("sites", [2, 3, 30])
@pytest.mark.parametrize("dephasing", [0.3, 5.0])
def test_quantum_and_classical_chain_meet(sites, dephasing):
    """With the contact term to all digits; without it V = 2g²/γ and 1/J differs by (γ₁ + γ_N)/(4g²(s₁ - s_N))."""
    chain = uniform(sites, dephasing)
    J = cq.steady_state(chain).current
    assert cq.steady_state(cq.exclusion_limit(chain)).current == pytest.approx(J, rel=1e-12)
    bare = cq.exclusion_limit(chain, contact=False)
    assert_close(bare.rates, np.full(sites - 1, 2 / dephasing), 1e-14)
    first, last = chain.bath_rates
    contact = (first.total + last.total) / 4 / (first.preferred - last.preferred)
    assert 1 / J - 1 / cq.steady_state(bare).current == pytest.approx(contact, rel=1e-9)


@pytest.mark.parametrize("x", [0.3, 2.0, 7.0])
@pytest.mark.parametrize(("s1", "s2"), [(0.45, 0.0), (0.3, 0.001), (0.4, 0.2)])
def test_concurrence_of_two_sites(s1, s2, x):
    """X state: c = Δ/2g, n₁ = s₁ - Δ/γ, n₂ = s₂ + Δ/γ, p₁₁ = n₁n₂ - c² (MT 10, 11)."""
    ends = (cq.Bath(site=0, gain=x * s1, loss=x * (1 - s1)), cq.Bath(site=1, gain=x * s2, loss=x * (1 - s2)))
    chain = cq.SpinChain(sites=2, hopping=1.0, baths=ends)
    delta = 4 * x * x * (s1 - s2) / (2 * x * (4 + x * x))
    c, n1, n2 = delta / 2, s1 - delta / x, s2 + delta / x
    both = n1 * n2 - c * c
    expected = 2 * max(0.0, c - np.sqrt((1 - n1 - n2 + both) * both))
    for method in (CLOSED, TWO, SECTOR, FULL):
        found = concurrence(cq.steady_state(chain, method=method))
        assert found == pytest.approx(expected, abs=1e-9)
    assert (expected > 0) == (x == 7.0 and s2 < 0.01)  # a thin region near s₂ = 0


def test_concurrence_of_known_states():
    bell = np.zeros((4, 4))
    bell[np.ix_([1, 2], [1, 2])] = 0.5
    assert concurrence(bell) == pytest.approx(1)
    other = np.zeros((4, 4))
    other[np.ix_([0, 3], [0, 3])] = 0.5
    assert concurrence(other) == pytest.approx(1)
    werner = 0.6 * bell + 0.4 * np.eye(4) / 4
    assert concurrence(werner) == pytest.approx((3 * 0.6 - 1) / 2)
    assert concurrence(np.eye(4) / 4) == 0


def test_scaling_of_the_paper():
    """γ = 5, N = 2…10: ln J slope -1.0241, |R| = 0.999984 (MT App. B, with its sign corrected)."""
    found = cq.scaling(uniform(2, 5.0), range(2, 11))
    assert found.alpha == pytest.approx(-0.0241, abs=5e-5)
    assert found.correlation == pytest.approx(0.999984, abs=5e-7)
    assert found.misfit < 1e-12
    assert found.diffusivity == pytest.approx(2 / 5, rel=1e-10)
    assert "Fourier's law holds" in found.sentence
    half = found.conductivity([0.5, 1.0])
    e = np.exp(1 / np.array([0.5, 1.0]))
    assert_close(half, 0.4 * np.array([4.0, 1.0]) * e / (e + 1) ** 2, 1e-10)


def test_scaling_of_the_ballistic_chain():
    found = cq.scaling(uniform(2), [2, 4, 8, 16])
    assert found.alpha == pytest.approx(1, abs=1e-12)
    assert "violated" in found.sentence
    assert "ballistic" in found.sentence
    with pytest.raises(cq.NotEnoughData) as caught:
        _ = found.diffusivity
    assert caught.value.estimate is not None


@pytest.mark.parametrize(
    ("alpha", "ohmic"), [(0.0, True), (0.02, True), (0.3, False), (0.5, False), (1.0, False), (-0.5, False)]
)
@pytest.mark.parametrize("sizes", [(4, 5, 6, 7, 8), (10, 20, 40, 80)])
def test_power_laws_are_told_apart(alpha, ohmic, sizes):
    """Straightness of 1/J over a factor of two: α well above 0.12 or below is not Fourier's law."""
    N = np.array(sizes)
    found = [cq.steady_state(uniform(4, 1.0, zz=0.5))] * len(N)
    rows = [Samples(np.array([0.1 * n ** (alpha - 1.0)]), np.zeros(1)) for n in sizes]
    result = fit(uniform(4, 1.0, zz=0.5), N, rows, found, "excitations")
    assert result.alpha == pytest.approx(alpha, abs=1e-12)
    assert result.alpha_error < 1e-10
    if len(N) == 5 or alpha not in (0.02,):
        assert result.ohmic == ohmic
        assert ("Fourier's law holds" in result.sentence) == (alpha == 0.0 and sizes[-1] == 80)  # bulk and contacts
        assert ("Consistent with Fourier's law" in result.sentence) == (ohmic and sizes[-1] == 8)
        assert result.holds is (True if alpha == 0.0 and sizes[-1] == 80 else None)


def test_isotropic_chain_is_left_undecided():
    """Heisenberg chains are superdiffusive: short ones must not be taken for Fourier's."""
    baths = (cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=-1, gain=0.4, loss=0.6))
    chain = uniform(4, zz=1.0).model_copy(update={"baths": baths})
    assert "holds" not in cq.scaling(chain, [4, 5, 6, 7, 8]).sentence


def test_fmo_in_the_one_excitation_regime():
    """The error of leaving out a second excitation falls in proportion to the injection."""
    errors = []
    for injection in (1e-2, 1e-3, 1e-4):
        network = cq.fmo(injection=injection)
        one = cq.steady_state(network, method=cq.OneExcitation(most=0.2))
        exact = cq.steady_state(network)
        errors.append(float(np.abs(one.heat_currents / exact.heat_currents - 1).max()))
        assert errors[-1] < 2 * one.certificate["excitation probability"].value
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.3)
    assert errors[1] / errors[2] == pytest.approx(10, rel=0.3)


@pytest.mark.parametrize("method", [SECTOR, MIXED, FULL], ids=["double", "mixed", "full"])
@pytest.mark.parametrize("dephasing", [0.0, 1.0])
def test_four_interacting_sites_by_every_method(dephasing, method):
    check_interacting(dephasing, 4, method, INTERACTING[dephasing, 4])


@pytest.mark.parametrize("sites", [2, 3, 9, 50])
@pytest.mark.parametrize("dephasing", [0.02, 1.0, 30.0])
def test_classical_current_is_the_quantum_one_to_rounding(sites, dephasing):
    """The meeting point, for both routes of the quantum chain, heat included."""
    chain = uniform(sites, dephasing)
    other = cq.steady_state(cq.exclusion_limit(chain))
    for method in (CLOSED, TWO):
        found = cq.steady_state(chain, method=method)
        assert abs(other.current - found.current) <= 1e-13
        assert_close(other.heat_currents, found.heat_currents, 1e-13)
        assert_close(other.populations, found.populations, 2e-13)


def test_classical_rates_with_detuning():
    """V = 2g²Γ/(Γ² + δω²), Γ the mean dephasing of the two sites and half of the bath rates on them."""
    chain = cq.SpinChain(
        sites=3, hopping=[0.7, -1.2], frequency=[1.0, 1.5, 0.7], dephasing=[0.4, 0.8, 2.0], baths=REFERENCE
    )
    first, last = (rate.total for rate in chain.bath_rates)
    one, two = (0.4 + 0.8 + first) / 2, (0.8 + 2.0 + last) / 2
    expected = [2 * 0.49 * one / (one**2 + 0.25), 2 * 1.44 * two / (two**2 + 0.64)]
    assert_close(cq.exclusion_limit(chain).rates, np.array(expected), 1e-14)
    bare = [2 * 0.49 * 0.6 / (0.36 + 0.25), 2 * 1.44 * 1.4 / (1.96 + 0.64)]
    assert_close(cq.exclusion_limit(chain, contact=False).rates, np.array(bare), 1e-14)


@pytest.mark.parametrize("sites", [2, 3, 4])
def test_maximal_driving_without_interaction(sites):
    """Γ₊ on the first site, Γ₋ on the last, g = Γ = 1, γ = 0: s₁ - s_N = 1, J = 4g²Γ/(2(4g² + Γ²)) = 0.4 for every N."""
    ends = (cq.Bath(site=0, gain=1.0, loss=0.0), cq.Bath(site=-1, gain=0.0, loss=1.0))
    chain = cq.SpinChain(sites=sites, hopping=1.0, baths=ends)
    for method in (CLOSED, TWO, SECTOR, FULL):
        assert cq.steady_state(chain, method=method).current == pytest.approx(0.4, abs=1e-12)


def test_concurrence_with_heat_baths():
    """The formula at T₁ = 3, T₂ = 0 and unequal rates, where p₀₀p₁₁ is small enough for entanglement or is not."""
    for rates in ((1.0, 1.0), (0.05, 4.0), (2.0, 4.0)):
        ends = (cq.Bath(site=0, temperature=3.0, rate=rates[0]), cq.Bath(site=1, temperature=0.0, rate=rates[1]))
        chain = cq.SpinChain(sites=2, hopping=1.0, baths=ends)
        n = 1 / np.expm1(1 / 3)
        a, b, s1 = rates[0] * (2 * n + 1), rates[1], n / (2 * n + 1)
        delta = 4 * a * b * s1 / ((a + b) * (4 + a * b))
        c, n1, n2 = delta / 2, s1 - delta / a, delta / b
        both = n1 * n2 - c * c
        expected = 2 * max(0.0, c - np.sqrt((1 - n1 - n2 + both) * both))
        for method in (CLOSED, TWO, SECTOR, FULL):
            state = cq.steady_state(chain, method=method)
            assert concurrence(state) == pytest.approx(expected, abs=1e-9)
            assert concurrence(state.pair(0, 1)) == pytest.approx(expected, abs=1e-9)
            assert state.pair_correlations[0, 1] == pytest.approx(both, abs=1e-11)


def test_one_excitation_against_its_own_equations():
    """ρ = p₀|0⟩⟨0| + ρ₁ on N + 1 levels, written out densely: complex couplings, ZZ terms, dephasing, three baths."""
    g = np.array([[0, 0.7j, 0.2], [-0.7j, 0, 1.0], [0.2, 1.0, 0]])
    baths = (
        cq.Bath(site=0, gain=2e-3, loss=0.1),
        cq.Bath(site=1, gain=0.0, loss=0.3),
        cq.Bath(site=2, gain=0.0, loss=1.0),
    )
    zz = np.array([[0, 0.4, 0], [0.4, 0, -0.2], [0, -0.2, 0]])
    w, gamma = np.array([1.0, 1.4, 0.8]), np.array([0.2, 0.5, 0.0])
    chain = cq.SpinChain(sites=3, couplings=g, zz=zz, frequency=w, dephasing=gamma, baths=baths)
    H = np.zeros((4, 4), complex)
    H[1:, 1:] = g + np.diag(w - w.sum() / 2) + np.diag(zz.sum() / 4 - zz.sum(axis=1))
    H[0, 0] = -w.sum() / 2 + zz.sum() / 4
    jumps = []
    for bath in baths:
        down = np.zeros((4, 4))
        down[0, 1 + bath.site] = 1
        jumps += [(bath.gain, down.T), (bath.loss, down)]
    for site, rate in enumerate(gamma):
        jumps.append((rate, np.diag(np.eye(4)[1 + site])))
    one = np.eye(4)
    L = -1j * (np.kron(H, one) - np.kron(one, H.T))
    for rate, c in jumps:
        d = c.T @ c
        L += rate * (np.kron(c, c) - (np.kron(d, one) + np.kron(one, d.T)) / 2)
    system, right = np.vstack([L, one.ravel()]), np.zeros(17, complex)
    right[-1] = 1
    rho = np.linalg.lstsq(system, right, rcond=None)[0].reshape(4, 4)
    found = cq.steady_state(chain, method=cq.OneExcitation())
    assert_close(found.populations, rho.diagonal()[1:].real, 1e-13)
    # ⟨σ⁺_kσ⁻_l⟩ = ρ_lk
    assert_close(found.two_point, rho[1:, 1:].T, 1e-13)
    assert found.energy == pytest.approx(np.trace(H @ rho).real, abs=1e-12)
    for number in range(3):
        change = np.zeros((4, 4), complex)
        for rate, c in jumps[2 * number : 2 * number + 2]:
            d = c.T @ c
            change += rate * (c @ rho @ c.T - (d @ rho + rho @ d) / 2)
        assert found.heat_currents[number] == pytest.approx(np.trace(H @ change).real, abs=1e-13)


@pytest.mark.parametrize("of", ["excitations", "heat"])
def test_scaling_is_exact_where_the_resistance_is(of):
    """γ = 0: 1/J constant, α = 1. γ > 0: 1/J affine in N with the resistances of the closed form."""
    clean = cq.scaling(uniform(2), [2, 3, 5, 9, 17], of=of)
    assert clean.alpha == pytest.approx(1, abs=1e-12)
    assert clean.misfit < 1e-12
    assert not clean.ohmic
    for method in ("auto", TWO):
        found = cq.scaling(uniform(2, 0.8), [2, 3, 5, 9, 17], of=of, method=method)
        first, last = uniform(2).bath_rates
        drive = first.preferred - last.preferred
        assert found.misfit < 1e-12
        assert found.resistivity == pytest.approx(0.8 / 2 / drive, rel=1e-11)
        rest = 1 / first.total + 1 / last.total + (first.total + last.total) / 4
        assert found.contact_resistance == pytest.approx(rest / drive, rel=1e-10)
        assert found.drive == pytest.approx(drive)
        assert np.all(found.errors == 0)
