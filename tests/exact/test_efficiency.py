"""Efficiency and times of one excitation against closed forms, QuTiP, ball arithmetic and each other."""

import math
from fractions import Fraction

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.units import to_per_picosecond
from caloriq.questions.registry import question_from
from caloriq.steady.assisted import best_dephasing, efficiency_curve
from caloriq.steady.efficiency import Trap, by_modes, efficiency, shares_of
from caloriq.steady.leaving import Leaving
from caloriq.steady.sinks import sinks_of, start_of


def connected(sites, dephasing=0.0):
    """All pairs coupled alike."""
    return cq.SpinChain(sites=sites, couplings=np.ones((sites, sites)) - np.eye(sites), dephasing=dephasing)


def random_network(seed, sites, *, dephased=True, zz=False):
    """All pairs coupled by complex numbers, a lossy bath, a giving one."""
    rng = np.random.default_rng(seed)
    g = np.triu(rng.uniform(0.2, 1, (sites, sites)) * np.exp(2j * np.pi * rng.random((sites, sites))), 1)
    shift = np.triu(rng.uniform(-1, 1, (sites, sites)), 1)
    return cq.SpinChain(
        sites=sites,
        couplings=g + g.conj().T,
        zz=shift + shift.T if zz else 0.0,
        frequency=rng.uniform(0.5, 2, sites),
        dephasing=rng.uniform(0.1, 1, sites) if dephased else 0.0,
        baths=(cq.Bath(site=0, gain=0.1, loss=0.02), cq.Bath(site=1, gain=0.3, loss=0.05)),
    )


def two_sites(g, detuning, gamma, kappa, loss):
    """η and the mean time until trapping from site 0 to a trap on site 1: V at s = 0 and its derivative, by hand.

    In Laplace space the coherence decays at G(s) = γ + Γ + κ/2 + s and gives V(s) = 2g²G/(G² + δ²); so
    η(s) = κV/((V + Γ + s)(V + κ + Γ + s) - V²), and the mean time is -η'(0)/η(0); in rational numbers.
    """

    g, detuning, gamma, kappa, loss = map(Fraction, (g, detuning, gamma, kappa, loss))
    G = gamma + loss + kappa / 2
    V = 2 * g**2 * G / (G**2 + detuning**2)
    slope = 2 * g**2 * (detuning**2 - G**2) / (G**2 + detuning**2) ** 2
    D = (V + loss) * (V + kappa + loss) - V**2
    D_slope = (slope + 1) * (V + kappa + loss) + (V + loss) * (slope + 1) - 2 * V * slope
    return kappa * V / D, D_slope / D - slope / V


@pytest.mark.parametrize(
    ("g", "detuning", "gamma", "kappa", "loss"),
    [(1.0, 0.0, 0.0, 1.0, 0.1), (0.5, 3.0, 0.0, 2.0, 0.01), (0.5, 3.0, 4.0, 2.0, 0.01), (1e-3, 1.0, 0.5, 10.0, 1e-6)],
)
def test_two_sites(g, detuning, gamma, kappa, loss):
    pair = cq.SpinChain(sites=2, hopping=g, frequency=[1.0, 1.0 + detuning], dephasing=gamma)
    found = efficiency(pair, start=0, trap=Trap(site=1, rate=kappa), loss=loss).certified()
    eta, tau = two_sites(g, detuning, gamma, kappa, loss)
    assert abs(found.efficiency - eta) <= found.bounds["efficiency"]
    assert abs(found.transfer_time - tau) <= found.bounds["transfer_time"]
    assert found.bounds["efficiency"] < 1e-8 * found.efficiency
    assert found.bounds["transfer_time"] < 1e-8 * found.transfer_time


@pytest.mark.parametrize("sites", [3, 5, 8])
@pytest.mark.parametrize("kappa", [0.1, 1.0, 30.0])
def test_fully_connected_networks_trap_one_of_n_minus_one(sites, kappa):
    """Caruso et al., JCP 131, 105106 (2009): N - 2 dark states; the rest never leaves, and is told exactly."""
    found = efficiency(connected(sites), start=0, trap=Trap(site=sites - 1, rate=kappa)).certified()
    assert abs(found.efficiency - 1 / (sites - 1)) <= found.bounds["efficiency"] < 1e-10
    assert found.dark == pytest.approx((sites - 2) / (sites - 1), rel=1e-15)
    assert found.lifetime == math.inf
    assert math.isfinite(found.transfer_time)
    assert "never leaves" in found.notes()[0]
    freed = efficiency(connected(sites, 0.01), start=0, trap=Trap(site=sites - 1, rate=kappa)).certified()
    assert freed.dark == 0
    assert abs(freed.efficiency - 1) <= freed.bounds["efficiency"]


def test_dark_states_of_complex_couplings():
    """A ring of four with a phase on every bond, trap on one site: the far combination of its neighbours is dark or not by the flux."""
    for flux, dark in ((0.0, 0.5), (np.pi, 0.5), (1.0, 0.0)):
        g = np.zeros((4, 4), dtype=complex)
        for k in range(4):
            g[k, (k + 1) % 4] += np.exp(1j * flux) if k == 3 else 1.0
        # exactly 0 and π, so that interference is exact
        g[3, 0] = {0.0: 1.0, np.pi: -1.0}.get(flux, g[3, 0])
        ring = cq.SpinChain(sites=4, couplings=g + g.conj().T)
        found = efficiency(ring, start=1, trap=Trap(site=0, rate=1.0)).certified()
        assert found.dark == dark
        assert abs(found.efficiency - (1 - dark)) <= found.bounds["efficiency"]


def one_excitation_of_qutip(model, sinks):
    """Liouvillian over the empty state and N sites, built from the definition alone."""
    N = model.sites
    ket = [qutip.basis(N + 1, k) for k in range(N + 1)]
    H = sum(float(w) * ket[k] * ket[k].dag() for k, w in enumerate(model.frequencies))
    for k, l, g, zz in zip(*model.bonds, strict=True):
        hop = complex(g) * ket[k] * ket[l].dag()
        H += hop + hop.dag() - float(zz) * (ket[k] * ket[k].dag() + ket[l] * ket[l].dag())
    jumps = [np.sqrt(rate) * ket[N] * ket[k].dag() for k, rate in enumerate(sinks.total) if rate > 0]
    jumps += [np.sqrt(g) * ket[k] * ket[k].dag() for k, g in enumerate(model.dephasing_rates) if g > 0]
    return H, jumps, ket


@pytest.mark.parametrize("seed", range(3))
def test_integrals_against_qutip_in_time(seed):
    """mesolve to the end: what has left through the trap, and the moment of it, by quadrature."""
    model = random_network(seed, 3, zz=seed == 2)
    trap = Trap(site=2, rate=0.7)
    sinks = sinks_of(model, trap)
    H, jumps, ket = one_excitation_of_qutip(model, sinks)
    rho = start_of(model, "light")
    initial = sum(rho[k, k].real * ket[k] * ket[k].dag() for k in range(3))
    t = np.linspace(0, 400, 40001)
    options = {"atol": 1e-12, "rtol": 1e-10, "nsteps": 10**6}
    found = qutip.mesolve(H, initial, t, jumps, e_ops=[k * k.dag() for k in ket[:3]], options=options)
    assert max(p[-1] for p in found.expect) < 1e-9
    p = np.array(found.expect)

    def integral(values):
        return (values[0] + values[-1] + 4 * values[1::2].sum() + 2 * values[2:-1:2].sum()) * (t[1] - t[0]) / 3

    ours = efficiency(model, start="light", trap=trap).certified()
    assert ours.efficiency == pytest.approx(0.7 * integral(p[2]), rel=1e-6)
    assert ours.lost == pytest.approx([sinks.loss[k] * integral(p[k]) for k in range(3)], rel=1e-6)
    assert ours.lifetime == pytest.approx(integral(p.sum(axis=0)), rel=1e-6)
    assert ours.transfer_time == pytest.approx(0.7 * integral(t * p[2]) / ours.efficiency, rel=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.booleans(), st.booleans())
@settings(deadline=None, max_examples=25)
def test_every_share_is_one_and_within_its_bound_of_qutips_liouvillian(seed, sites, dephased, zz):
    """The whole Liouvillian, inverted on what is not empty: any coherent start, twice for the times."""
    model = random_network(seed, sites, dephased=dephased, zz=zz)
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((sites, sites)) + 1j * rng.standard_normal((sites, sites))
    rho = A @ A.conj().T
    rho /= np.trace(rho).real
    trap = Trap(site=-1, rate=float(rng.uniform(0.1, 3)))
    sinks = sinks_of(model, trap)
    found = efficiency(model, start=rho, trap=trap).certified()
    H, jumps, _ = one_excitation_of_qutip(model, sinks)
    L = qutip.liouvillian(H, jumps).full()
    inside = [k + l * (sites + 1) for l in range(sites) for k in range(sites)]  # columns are stacked
    block = L[np.ix_(inside, inside)]
    R = np.linalg.solve(block, -start_of(model, rho).T.ravel())
    S = np.linalg.solve(block, -R)
    times, delays = (v.reshape(sites, sites).diagonal().real for v in (R, S))
    assert found.trapped == pytest.approx(sinks.trap * times, abs=1e-9)
    assert found.lost == pytest.approx(sinks.loss * times, abs=1e-9)
    assert found.transfer_time == pytest.approx(sinks.trap @ delays / (sinks.trap @ times), rel=1e-8)
    assert found.efficiency + found.loss + found.dark == pytest.approx(1, abs=1e-9)
    assert min(found.trapped.min(), found.lost.min(), found.dark) >= 0


def test_fmo_under_weak_light_is_the_limit_of_the_steady_state():
    """Trap over injection of the whole network as the light fades; one exciton in the cut one."""
    found = efficiency(cq.fmo(), start="light", trap="reaction centre").certified()
    assert found.efficiency == pytest.approx(0.9757, abs=5e-5)
    assert found.efficiency == efficiency(cq.fmo(), start=0, trap="reaction centre").efficiency
    faint = cq.steady_state(cq.fmo(injection=1e-9), method=cq.OneExcitation())
    ratio = -faint.excitation_currents[1] / faint.excitation_currents[0]
    assert ratio == pytest.approx(found.efficiency, rel=1e-7)


def test_strong_dephasing_is_a_classical_walk():
    """Rates 2g²G/(G² + δ²) with G the decay of every coherence: the error falls as 1/γ²."""
    base = cq.SpinChain(
        sites=4, hopping=[0.6, 1.0, 0.8], frequency=[1.0, 1.7, 0.4, 2.0]
    )  # without loops, which add 1/γ
    trap = Trap(site=3, rate=0.5)
    sinks = sinks_of(base, trap)
    k, l, g, _ = base.bonds
    errors = []
    for gamma in (30.0, 300.0):
        G = gamma + (sinks.total[k] + sinks.total[l]) / 2
        V = 2 * np.abs(g) ** 2 * G / (G**2 + (base.frequencies[k] - base.frequencies[l]) ** 2)
        walk = -np.diag(sinks.total)
        for a, b, v in zip(k, l, V, strict=True):
            walk[a, b] += v
            walk[b, a] += v
            walk[a, a] -= v
            walk[b, b] -= v
        times = np.linalg.solve(walk, -np.eye(4)[0])
        network = base.model_copy(update={"dephasing": gamma})
        found = efficiency(network, start=0, trap=trap).certified()
        errors.append(abs(found.transfer_time / times.sum() - 1))
    assert 0 < errors[0] < 3e-3
    assert errors[1] < errors[0] / 50


def test_a_chain_of_many_decades_is_known_to_its_own_digits():
    """A trap that is reached once in 10²⁰: double precision proves nothing, balls do, and the two-site form agrees."""
    pair = cq.SpinChain(sites=2, hopping=1e-10, dephasing=1.0)
    found = efficiency(pair, start=0, trap=Trap(site=1, rate=1e4), loss=1.0).certified()
    eta, tau = two_sites(1e-10, 0.0, 1.0, 1e4, 1.0)
    assert abs(found.efficiency - eta) <= found.bounds["efficiency"]
    assert abs(found.transfer_time - tau) <= found.bounds["transfer_time"]
    weak = efficiency(connected(5), start=0, trap=Trap(site=4, rate=1.0), loss=1e-16).certified()
    assert weak.method.statistics["arithmetic"] == "ball arithmetic"
    assert weak.dark == 0
    assert weak.lifetime == pytest.approx(0.75e16, rel=1e-10)
    assert weak.efficiency == pytest.approx(0.25, rel=1e-12)


def test_balls_and_doubles_and_modes_agree():
    """Three ways to one number, each within its bound; dark states too."""
    for model in (random_network(7, 5), connected(5)):
        trap = Trap(site=4, rate=1.0)
        leaving = Leaving(model, sinks_of(model, trap), start_of(model, 0), model.dephasing_rates)
        rates = np.ones(1)
        dense, sure = (shares_of(leaving, one, rates) for one in (leaving.solve(rates), leaving.in_balls(1.0)))
        for name in ("efficiency", "loss", "transfer_time"):
            gap = abs(getattr(dense, name).value - getattr(sure, name).value)
            assert gap <= getattr(dense, name).bound + getattr(sure, name).bound, name
            assert getattr(sure, name).bound <= 1e-14 * getattr(sure, name).value
    model = random_network(7, 6)
    leaving = Leaving(model, sinks_of(model, Trap(site=4, rate=1.0)), start_of(model, 0), model.dephasing_rates)
    one, other = shares_of(leaving, by_modes(leaving), rates), shares_of(leaving, leaving.solve(rates), rates)
    assert abs(one.efficiency.value - other.efficiency.value) <= one.efficiency.bound + other.efficiency.bound
    assert one.transfer_time.value == pytest.approx(other.transfer_time.value, rel=1e-10)


@pytest.mark.parametrize("sites", [20, 40])  # proved, and estimated
def test_long_chains(sites):
    """Coherent at the ends and a walk between: N/κ + N(N - 1)/2V with V = 2g²/γ, but for a contact, and nothing is lost."""
    wire = cq.SpinChain(sites=sites, hopping=1.0, dephasing=2.0)
    trap = Trap(site=-1, rate=1.0)
    found = efficiency(wire, start=0, trap=trap).certified()
    assert abs(found.efficiency - 1) <= found.bounds["efficiency"]
    # the last bond's coherence decays at γ + κ/2, so that its resistance is larger by κ/4g² for all N - 1 sites before it
    expected = sites + sites * (sites - 1) / 2 + (sites - 1) / 4
    assert abs(found.transfer_time - expected) <= found.bounds["transfer_time"]
    curve = efficiency_curve(wire, [2.0, 20.0], start=0, trap=trap).certified()
    assert curve.transfer_time[0] == pytest.approx(found.transfer_time, rel=1e-10)


def test_stiff_large_networks_are_refused_where_the_estimate_is_large():
    wire = cq.SpinChain(sites=40, hopping=1.0, dephasing=500.0)
    with pytest.raises(cq.NotConverged, match="error of the efficiency"):
        efficiency(wire, start=0, trap=Trap(site=-1, rate=1.0)).certified()


def test_a_curve_is_its_points():
    """In any order, 0 among them, with dark states that the least dephasing frees."""
    rates = np.array([1.0, 0.0, 0.3, 20.0])
    trap = Trap(site=3, rate=0.4)
    curve = efficiency_curve(connected(4), rates, start=1, trap=trap).certified()
    for i, rate in enumerate(rates):
        alone = efficiency(connected(4, float(rate)), start=1, trap=trap)
        for name in ("efficiency", "loss", "dark", "transfer_time", "lifetime"):
            assert getattr(curve, name)[i] == pytest.approx(getattr(alone, name), rel=1e-12), name
    assert curve.dark[1] == pytest.approx(2 / 3)


def test_best_dephasing_of_fmo():
    """From either pigment there is one maximum; no rate of a fine scan lies above it, and the derivative changes sign there."""
    for start in (0, 5):
        best = best_dephasing(cq.fmo(), start=start, trap="reaction centre").certified()
        rates = np.geomspace(0.2, 5, 400) * best.dephasing
        curve = efficiency_curve(cq.fmo(), rates, start=start, trap="reaction centre").certified()
        assert np.all(curve.efficiency <= best.efficiency + best.bounds["efficiency"] + curve.bounds["efficiency"])
        assert rates[np.argmax(curve.efficiency)] == pytest.approx(best.dephasing, rel=1e-2)
        assert best.bounds["dephasing"] < 1e-6 * best.dephasing
        assert best.assisted
        assert best.maxima == 1
        assert 20 < to_per_picosecond(best.dephasing) < 30


def test_best_dephasing_of_a_detuned_pair_is_the_root():
    """V = 2g²G/(G² + δ²) is largest at G = δ, so γ = δ - κ/2 - Γ, and η rises with V."""
    pair = cq.SpinChain(sites=2, hopping=0.1, frequency=[1.0, 6.0])
    best = best_dephasing(pair, start=0, trap=Trap(site=1, rate=1.0), loss=0.25).certified()
    assert abs(best.dephasing - 4.25) <= best.bounds["dephasing"] < 1e-5
    assert abs(best.efficiency - float(two_sites(0.1, 5.0, 4.25, 1.0, 0.25)[0])) <= best.bounds["efficiency"]
    assert best.gain == pytest.approx(best.efficiency - best.without)


def test_dephasing_only_harms_a_clean_chain():
    best = best_dephasing(
        cq.SpinChain(sites=5, hopping=1.0), start=0, trap=Trap(site=4, rate=1.0), loss=0.01
    ).certified()
    assert best.dephasing == 0
    assert best.bounds["dephasing"] == 0
    assert best.gain == 0
    assert not best.assisted


def test_what_rises_for_ever_is_not_certified():
    """An excitation on the trap itself: the stronger the dephasing the better it stays there."""
    best = best_dephasing(cq.SpinChain(sites=2, hopping=1.0), start=1, trap=Trap(site=1, rate=1.0), loss=0.01)
    assert not best.certificate.holds
    assert not best.certificate["maximum at an end"].holds
    assert best.bounds["dephasing"] == math.inf


def test_what_no_path_leads_to_is_never_reached():
    """Two pieces: nothing is trapped, exactly; what stays for ever without loss is dark, with loss it is lost."""
    apart = cq.SpinChain(sites=4, hopping=[1.0, 0.0, 1.0])
    trap = Trap(site=3, rate=1.0)
    still = efficiency(apart, start=0, trap=trap).certified()
    assert (still.efficiency, still.loss, still.dark) == (0.0, 0.0, 1.0)
    assert still.transfer_time == still.lifetime == math.inf
    gone = efficiency(apart, start=0, trap=trap, loss=0.1).certified()
    assert gone.dark == gone.efficiency == 0.0
    assert abs(gone.loss - 1) <= gone.bounds["loss"]
    assert abs(gone.lifetime - 10) <= gone.bounds["lifetime"]
    assert gone.transfer_time == math.inf


def test_dark_states_that_dephasing_frees_do_not_confuse_the_search():
    """Loss on one site only: at γ = 0 two of three parts are dark, and η has no derivative there."""
    network, losses = connected(5), [0.2, 0.0, 0.0, 0.0, 0.0]
    trap = Trap(site=4, rate=1.0)
    bare = efficiency(network, start=1, trap=trap, loss=losses).certified()
    assert bare.dark == pytest.approx(2 / 3, rel=1e-15)
    best = best_dephasing(network, start=1, trap=trap, loss=losses).certified()
    assert best.without == pytest.approx(bare.efficiency, rel=1e-12)
    around = best.dephasing * np.array([0.5, 0.9, 1.1, 2.0])
    beside = efficiency_curve(network, around, start=1, trap=trap, loss=losses).certified()
    assert np.all(beside.efficiency < best.efficiency)
    assert best.gain > 0.5


@pytest.mark.parametrize("detuning", [1e-15, 1e-20])
def test_balls_go_on_until_they_are_certain(detuning):
    """Three sites alike but for a detuning: 192 bits give finite balls that tell nothing, and all is trapped in the end."""
    network = cq.SpinChain(sites=3, couplings=np.ones((3, 3)) - np.eye(3), frequency=[1e-300, detuning, 1e-300])
    found = efficiency(network, start=1, trap=Trap(site=0, rate=1.0))
    assert abs(found.efficiency - 1) <= found.bounds["efficiency"] < 1e-14
    # the dark state of equal weights leaves at a rate ∝ δ², one half of the start is in it
    assert found.lifetime * detuning**2 == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize(
    ("network", "rate"),
    [
        (cq.SpinChain(sites=2, hopping=1e-160), 1.0),  # the mean time is no double
        (cq.SpinChain(sites=2, hopping=1.0), 1e160),
        (cq.SpinChain(sites=28, hopping=1.0, frequency=1 + 20 * np.random.default_rng(0).random(28)), 1.0),
    ],
)
def test_what_is_not_known_is_not_given(network, rate):
    trap = Trap(site=-1, rate=rate)
    with pytest.raises(cq.NotConverged, match="error of the") as raised:
        efficiency(network, start=0, trap=trap)
    assert not raised.value.solution.certificate.holds
    with pytest.raises(cq.NotConverged, match="error of the"):
        efficiency_curve(network, [0.0], start=0, trap=trap)


def test_what_starts_dark_stays():
    """A combination that interferes away at the trap: nothing leaves, exactly."""
    rho = np.zeros((4, 4))
    rho[:2, :2] = [[0.5, -0.5], [-0.5, 0.5]]
    found = efficiency(connected(4), start=rho, trap=Trap(site=3, rate=1.0))
    assert (found.efficiency, found.loss, found.dark) == (0.0, 0.0, 1.0)
    assert found.transfer_time == found.lifetime == math.inf


def test_what_no_bond_leads_to_stays_empty_in_double_precision_too():
    """Twelve sites in two pieces, beyond ball arithmetic."""
    apart = cq.SpinChain(sites=12, hopping=[1.0] * 5 + [0.0] + [1.0] * 5)
    found = efficiency(apart, start=0, trap=Trap(site=11, rate=1.0), loss=0.1)
    assert found.efficiency == found.bounds["efficiency"] == 0.0
    assert found.transfer_time == math.inf
    assert abs(found.loss - 1) <= found.bounds["loss"]


PAIR = cq.SpinChain(sites=2, hopping=1.0)
APART = cq.SpinChain(sites=3, hopping=[1.0, 0.0])
CHAIN = cq.SpinChain(sites=5, hopping=1.0)
DETUNED = cq.SpinChain(sites=2, hopping=0.1, frequency=[1.0, 6.0])
BALANCED = cq.SpinChain(
    sites=2, hopping=1.0, frequency=[1.0, 2.25]
)  # δ = κ/2 + Γ: the maximum is at 0, without a slope
FAINT = cq.SpinChain(sites=2, hopping=1e-160)
STATED = {  # network, trapped sites and their rate, loss, first rate looked at; maxima, and whether it is proved; words
    "at the start": (PAIR, [0], 1.0, 0.1, None, 1, False, "still rises at the largest dephasing looked at"),
    "everywhere": (PAIR, [0, 1], 1.0, 0.1, None, 0, False, "does not change with the dephasing"),
    "nowhere": (APART, [2], 1.0, 0.1, None, 0, False, "Nothing is trapped at any dephasing"),
    "beyond the range": (CHAIN, [4], 1.0, 0.01, 0.1, 1, False, "falls from the smallest dephasing looked at, 0.1"),
    "at no slope": (BALANCED, [1], 2.0, 0.25, None, 1, False, "not proved: the error of the place"),
    "below doubles": (FAINT, [1], 1.0, 0.25, None, 0, False, "is not known: rounding"),
    "only harm": (CHAIN, [4], 1.0, 0.01, None, 1, True, "Dephasing only lowers the efficiency, from 0.944."),
    "help": (
        DETUNED,
        [1],
        1.0,
        0.25,
        None,
        1,
        True,
        "is largest at a dephasing of 4.25: 0.006339, and 0.001872 without",
    ),
}


@pytest.mark.parametrize("case", STATED)
def test_what_is_said_of_the_best_dephasing_is_what_is_proved(case):
    network, trapped, rate, loss, low, maxima, proved, words = STATED[case]
    asked = {"trap": [{"site": k, "rate": rate} for k in trapped], "loss": loss, "start": 0, "low": low}
    question = question_from({"kind": "best-dephasing", **asked})
    best = question.ask(network)
    assert words in question.told(best)
    assert (best.maxima, best.certificate.holds) == (maxima, proved)


def groups(count, decay):
    """Separate chains whose sites lose at `decay`, and the traps at the ends of all of them."""
    size = len(decay)
    hopping = np.tile([1.0] * (size - 1) + [0.0], count)[:-1]
    traps = [Trap(site=k, rate=decay[-1]) for k in range(size - 1, size * count, size)]
    return {"sites": size * count, "hopping": hopping}, traps, np.tile([*decay[:-1], 0.0], count)


def test_modes_that_coincide_are_refined_or_said_to_be_unknown():
    """Exceptional points beyond 28 sites: of pairs at κ = 4g, where modes lose half their digits, and of three sites, two thirds."""
    fields, traps, _ = groups(15, [0.0, 4.0])
    found = efficiency(cq.SpinChain(**fields), start=0, trap=traps)
    exact = {"efficiency": 1, "transfer_time": float(two_sites(1.0, 0.0, 0.0, 4.0, 0.0)[1]), "lifetime": 1.5}
    for name, value in exact.items():
        assert abs(getattr(found, name) - value) <= found.bounds[name] < 1e-10, name
    for decay in (np.sqrt(2), np.sqrt(2) + 1e-9, np.sqrt(2) - 1e-6):
        rates = [0.0, 2 * decay, 4 * decay]
        (many, traps, lost), (few, trap, loss) = groups(10, rates), groups(1, rates)
        model = cq.SpinChain(**many)
        leaving = Leaving(model, sinks_of(model, traps, lost), start_of(model, 0), model.dephasing_rates)
        shares = shares_of(leaving, by_modes(leaving), np.ones(1))
        alone = efficiency(cq.SpinChain(**few), start=0, trap=trap, loss=loss)
        for name in ("efficiency", "transfer_time", "lifetime"):
            value, bound = getattr(shares, name)
            assert abs(value[0] - getattr(alone, name)) <= bound[0] + alone.bounds[name], name


def test_steady_excitations_of_modes_that_coincide():
    """Pairs at κ = 4g, fed so faintly that a second excitation does not count: one stays 1.25 and 0.25 on the two sites."""
    fields, _, _ = groups(15, [0.0, 4.0])
    baths = [
        bath
        for k in range(0, 30, 2)
        for bath in (cq.Bath(site=k, gain=1e-18, loss=0.0), cq.Bath(site=k + 1, gain=0.0, loss=4.0))
    ]
    found = cq.steady_state(cq.SpinChain(**fields, baths=baths), method=cq.OneExcitation())
    expected = np.tile([1.25e-18, 0.25e-18], 15)
    assert np.all(np.abs(found.populations - expected) <= found.bounds["populations"])
    assert found.bounds["populations"].max() < 1e-11 * 1.25e-18
