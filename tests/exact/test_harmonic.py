"""Harmonic chains between baths: closed forms, the Lyapunov equation, ball arithmetic, normal modes with finite baths."""

import numpy as np
import pytest
import scipy
from flint import acb

from caloriq.errors import NotConverged
from caloriq.models.harmonic import HarmonicChain, OhmicBath
from caloriq.steady.harmonic.infinite import bulk_conductivity, transmission
from caloriq.steady.harmonic.solve import harmonic_state
from harmonic import (
    between,
    classical,
    classical_in_balls,
    conductivity_in_balls,
    damped,
    force_matrix,
    landauer,
    response,
    rieder,
)

RANDOM = np.random.default_rng(7)
CHAINS = {
    "uniform": HarmonicChain(sites=6, wall=1.0, baths=between(), noise="classical"),
    "free ends": HarmonicChain(sites=5, baths=between(), noise="classical"),
    "pinned, unequal baths": HarmonicChain(
        sites=4, pinning=0.7, spring=1.3, baths=between(2.0, 0.1, 0.3, 2.5), noise="classical"
    ),
    "random": HarmonicChain(
        sites=8,
        mass=1 + RANDOM.random(8),
        spring=0.5 + RANDOM.random(7),
        pinning=RANDOM.random(8),
        wall=0.4,
        baths=between(1.0, 0.3, 0.8),
        noise="classical",
    ),
    "overdamped": HarmonicChain(sites=5, wall=1.0, baths=between(friction=60.0), noise="classical"),
    "hardly damped": HarmonicChain(sites=5, wall=1.0, baths=between(friction=1e-4), noise="classical"),
    "three baths": HarmonicChain(
        sites=7, pinning=0.2, baths=(*between(), OhmicBath(site=3, temperature=4.0, friction=0.5)), noise="classical"
    ),
    "one bath at rest": HarmonicChain(sites=4, wall=0.5, baths=between(1.0, 0.0), noise="classical"),
    "self-consistent": HarmonicChain(sites=9, pinning=0.5, inner_friction=0.2, baths=between(), noise="classical"),
    "self-consistent, random": HarmonicChain(
        sites=6,
        mass=1 + RANDOM.random(6),
        wall=1.0,
        inner_friction=1.7,
        baths=between(3.0, 0.2, 0.4),
        noise="classical",
    ),
    "one site": HarmonicChain(
        sites=1, pinning=2.0, mass=1.3, baths=(OhmicBath(site=0, temperature=0.7, friction=0.8),), noise="classical"
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_classical_chains_are_those_of_the_lyapunov_equation(name):
    model = CHAINS[name]
    if not model.held:  # the drifting chain as a whole has no variance: hold it by next to nothing
        expected, room = classical(model.model_copy(update={"pinning": 1e-7})), 1e-7
    else:
        expected, room = classical(model), 1e-9
    found = harmonic_state(model)
    assert np.abs(expected["inner"]).max(initial=0.0) < 1e-12
    for quantity in ("heat_currents", "currents", "temperatures", "position_variances"):
        if quantity == "position_variances" and not model.held:
            assert np.all(np.isinf(found.position_variances))
            continue
        off = np.abs(getattr(found, quantity) - expected[quantity])
        scale = max(1.0, float(np.abs(expected[quantity]).max(initial=0.0)))
        known = room if not model.held else 1e-12  # what the Lyapunov equation gives
        assert np.all(off <= found.bounds[quantity] + known * scale), quantity
        assert off.max(initial=0.0) <= room * scale, quantity


# one panel misses of site 1 what another has too much of, at another temperature
HIDDEN = [
    HarmonicChain(
        sites=5,
        spring=[0.0113228896, 99.3921805, 66.2316497, 5.1761023],
        mass=[0.09961056, 0.23513416, 18.59053086, 0.39142022, 13.72934289],
        pinning=[0.00612716, 0.42395767, 0.00576637, 0.03116414, 0.0013801],
        wall=1.0,
        baths=between(2.0, 0.5, 0.00031018233561239393, 0.0012710359571676522),
        noise="classical",
    ),
    HarmonicChain(
        sites=4,
        spring=[0.15704548226775578, 40.74398493108479, 0.9847988006095396],
        mass=[7.175161834716855, 0.09076810692505768, 0.02049006340250865, 52.09130849153251],
        pinning=[1.9925843639725915, 3.367866147362392, 0.0038564992029546477, 0.3166566911071533],
        wall=1.0,
        baths=between(2.0, 0.5, 0.3208631535944144, 0.0013835840826227116),
        noise="classical",
    ),
]


def far_apart(seed):
    """A chain whose masses, springs and frictions differ by orders of magnitude."""
    draw = np.random.default_rng([11, seed])
    N, reach = int(draw.integers(2, 5)), draw.uniform(0.3, 2)
    return HarmonicChain(
        sites=N,
        mass=10 ** draw.uniform(-reach, reach, N),
        spring=10 ** draw.uniform(-reach, reach, N - 1),
        pinning=10 ** draw.uniform(-3, 1, N),
        wall=float(draw.random()),
        baths=between(2.0, 0.5, *(10 ** draw.uniform(-4, 3, 2)).tolist()),
        noise="classical",
    )


@pytest.mark.parametrize("models", [HIDDEN, [far_apart(seed) for seed in range(150)]], ids=["hidden", "random"])
def test_bounds_hold_against_the_lyapunov_equation_at_400_bits(models):
    for model in models:
        expected, found = classical_in_balls(model), harmonic_state(model)
        assert not found.certificate.failures
        for quantity, exact in expected.items():
            off = np.abs(getattr(found, quantity) - exact)
            assert np.all(off <= found.bounds[quantity]), (quantity, model)
        if models is HIDDEN:  # the bounds still say something
            assert np.all(found.bounds["temperatures"] < 1e-3)


@pytest.mark.parametrize("noise", ["classical", "quantum"])
@pytest.mark.parametrize("T", [0.0, 0.7])
def test_one_particle_that_nothing_holds(noise, T):
    """Its velocity decays at γ/m: ⟨p²⟩/m less the zero point is (2/π)∫ e(ω, T) mγ/(m²ω² + γ²) dω."""
    bath = OhmicBath(site=0, temperature=T, friction=0.8)
    found = harmonic_state(HarmonicChain(sites=1, mass=1.3, noise=noise, baths=(bath,)))

    def density(w):
        energy = T if noise == "classical" else w / np.expm1(w / T) if T > 0 else 0.0
        return 2 / np.pi * energy * 1.3 * 0.8 / ((1.3 * w) ** 2 + 0.8**2)

    expected, _ = scipy.integrate.quad(density, 0, np.inf if noise == "classical" else 500 * T)
    assert 2 * found.kinetic_energies[0] == pytest.approx(expected, rel=1e-7)
    assert found.temperatures[0] == T
    assert found.heat_currents[0] == 0.0
    assert np.isinf(found.position_variances[0])


@pytest.mark.parametrize(("sites", "mass", "friction"), [(2, 1.0, 1.0), (3, 2.0, 0.7), (10, 1.0, 1.0), (200, 1.3, 2.0)])
def test_rieder_lebowitz_lieb(sites, mass, friction):
    model = HarmonicChain(
        sites=sites, mass=mass, spring=0.8, wall=0.8, baths=between(1.7, 0.7, friction), noise="classical"
    )
    current, profile = rieder(sites, 0.8, mass, friction)
    found = harmonic_state(model)
    assert found.current == pytest.approx(current, rel=1e-9)
    assert abs(found.current - current) <= found.current_bound + 1e-14
    assert found.temperatures == pytest.approx(1.2 + profile, abs=1e-7)


QUANTUM = {
    "pinned": HarmonicChain(sites=3, pinning=0.5, spring=1.2, baths=between(0.8, 0.2, 0.6, 0.9)),
    "cold": HarmonicChain(sites=4, wall=1.0, mass=[1.0, 2.0, 1.5, 1.0], baths=between(0.05, 0.02)),
}


@pytest.mark.parametrize("name", QUANTUM)
def test_quantum_currents_are_landauer_integrals_in_ball_arithmetic(name):
    model = QUANTUM[name]
    expected, found = landauer(model), harmonic_state(model)
    assert found.current == pytest.approx(expected, rel=1e-8)
    assert abs(found.current - expected) <= found.current_bound
    w, strength = np.array([0.3, 1.1]), 4 * model.frictions[0] * model.frictions[-1]
    direct = [strength * x**2 * abs(complex(response(model, acb(x)))) ** 2 for x in w]
    assert transmission(model, w) == pytest.approx(direct, rel=1e-12)


@pytest.mark.parametrize("T", [0.05, 0.4, 3.0])
@pytest.mark.parametrize("friction", [0.3, 1.0, 9.0])
def test_one_damped_oscillator(T, friction):
    model = HarmonicChain(sites=1, pinning=1.5, mass=1.2, baths=(OhmicBath(site=0, temperature=T, friction=friction),))
    found = harmonic_state(model)
    x2, p2 = damped(T, 1.5, 1.2, friction)
    assert found.position_variances[0] == pytest.approx(x2, rel=1e-8)
    assert abs(found.position_variances[0] - x2) <= found.bounds["position_variances"][0]
    assert 2 * found.kinetic_energies[0] == pytest.approx(p2, rel=1e-7)
    assert abs(2 * found.kinetic_energies[0] - p2) <= 2 * found.bounds["kinetic_energies"][0]
    assert found.temperatures[0] == T


def test_weak_baths_leave_every_mode_in_equilibrium():
    """⟨x²⟩ = Σ_a u_a² coth(ω_a/2T)/2ω_a as friction goes to 0."""
    model = HarmonicChain(sites=5, pinning=0.4, baths=between(0.6, 0.6, 1e-5))
    squares, modes = np.linalg.eigh(force_matrix(model))
    w = np.sqrt(squares)
    expected = modes**2 @ (1 / np.tanh(w / 1.2) / (2 * w))
    found = harmonic_state(model)
    assert found.position_variances == pytest.approx(expected, abs=1e-4)
    assert found.current == 0.0
    assert np.all(found.currents == 0.0)
    assert np.all(found.temperatures == 0.6)
    assert found.entropy_production == 0.0


def test_a_closed_chain_with_many_bath_modes_carries_the_same_heat():
    """No Langevin equation: chain and two strings of oscillators as one closed quantum system, evolved by its normal modes.

    A semi-infinite string of springs K and masses M acts on what it hangs on like the friction √(KM), up to its
    highest frequency: with K = s, M = 1/s that is 1, and the Ohmic limit is s → ∞. The heat current of the middle bond
    between the passage of the front and the first echo is steady.
    """
    hot, cold, pinning, stiff, string = 0.9, 0.3, 0.6, 16.0, 250
    model = HarmonicChain(sites=3, pinning=pinning, baths=between(hot, cold))
    N = 2 * string + 3
    chain = slice(string, string + 3)
    m = np.full(N, 1 / stiff)
    m[chain] = 1.0
    k = np.full(N - 1, stiff)
    k[string : string + 2] = 1.0
    Phi = np.diag(np.concatenate([[stiff], k]) + np.concatenate([k, [stiff]]))
    Phi -= np.diag(k, 1) + np.diag(k, -1)
    Phi[range(string, string + 3), range(string, string + 3)] += pinning
    D = Phi / np.sqrt(np.outer(m, m))
    squares, modes = np.linalg.eigh(D)
    # start: every string in equilibrium at its temperature with its end held fast, the chain at rest in its own ground state
    X, V = np.zeros((N, N)), np.zeros((N, N))
    for part, T in ((slice(0, string), hot), (slice(string + 3, N), cold), (chain, None)):
        e, u = np.linalg.eigh(D[part, part])
        w = np.sqrt(e)
        c = 1 / np.tanh(w / (2 * T)) if T is not None else np.ones_like(w)
        X[part, part], V[part, part] = (u * (c / (2 * w))) @ u.T, (u * (w * c / 2)) @ u.T
    w = np.sqrt(squares)
    flows = []
    for t in np.linspace(12.0, 26.0, 15):
        rows = modes[[string, string + 1]]
        cos, sin = (rows * np.cos(w * t)) @ modes.T, (rows * (np.sin(w * t) / w)) @ modes.T
        slow = -(rows * (np.sin(w * t) * w)) @ modes.T
        # of mass-weighted x_i and v_{i+1}: ⟨x v⟩ from ⟨xx⟩ and ⟨vv⟩ of the start; x and v are uncorrelated there
        flows.append(cos[0] @ X @ slow[1] + sin[0] @ V @ cos[1])
    found = harmonic_state(model)
    assert np.std(flows) < 0.02 * found.current
    assert np.mean(flows) == pytest.approx(found.current, rel=0.02)


@pytest.mark.parametrize("noise", ["classical", "quantum"])
@pytest.mark.parametrize(("friction", "pinning"), [(1.0, 1.0), (0.5, 0.0), (3.0, 2.0)])
def test_self_consistent_chains_tend_to_the_conductivity_of_the_infinite_one(noise, friction, pinning):
    model = HarmonicChain(
        sites=160,
        pinning=pinning,
        wall=1.0,
        inner_friction=friction,
        baths=between(0.501, 0.499, friction),
        noise=noise,
    )
    kappa, error = bulk_conductivity(model, 0.5)
    found = harmonic_state(model)
    T = found.temperatures
    assert found.current / ((T[60] - T[100]) / 40) == pytest.approx(kappa, rel=2e-5 if pinning else 2e-2)
    assert error < 1e-9 * kappa


def test_conductivity_of_bolsterli_rich_visscher_is_the_high_temperature_limit():
    for pinning, friction in ((0.0, 0.4), (1.0, 1.0), (5.0, 3.0)):
        model = HarmonicChain(sites=4, spring=0.7, mass=1.4, pinning=pinning, inner_friction=friction, baths=between())
        plain = bulk_conductivity(model.model_copy(update={"noise": "classical"}), 1.0)
        # by the integral over the band: m/γ Σ_q v_q²
        q = (np.arange(4000) + 0.5) * np.pi / 4000
        band = pinning + 2 * 0.7 * (1 - np.cos(q))
        assert plain[0] == pytest.approx(1 / friction * np.mean(0.7**2 * np.sin(q) ** 2 / band), rel=1e-7)
        assert bulk_conductivity(model, 300.0)[0] == pytest.approx(plain[0], rel=1e-4)
        assert bulk_conductivity(model, 0.3)[0] < plain[0]


def infinite(spring, mass, pinning, friction):
    return HarmonicChain(sites=4, spring=spring, mass=mass, pinning=pinning, inner_friction=friction, baths=between())


@pytest.mark.parametrize(
    ("spring", "mass", "pinning", "friction", "T"),
    [
        (1.3, 0.7, 0.4, 3.0, 2.0),
        (1.0, 1.0, 1.0, 1e6, 1e3),  # all happens at k₀/γ
        (1.0, 1.0, 1.0, 1e8, 1e4),
        (1.0, 1.0, 1e8, 1.0, 1e4),  # a band of relative width 1e-8
        (1.0, 1.0, 1e10, 1.0, 1e10),
        (1.0, 1.0, 1.0, 1.0, 1e-3),  # nothing but the tail below the band is warm
        (1.0, 1.0, 1e-12, 1e-3, 1e-7),
    ],
)
def test_quantum_conductivity_is_that_of_ball_arithmetic(spring, mass, pinning, friction, T):
    value, error = bulk_conductivity(infinite(spring, mass, pinning, friction), T)
    expected = conductivity_in_balls(spring, mass, pinning, friction, T)
    assert float(expected.rad()) < 1e-16 * float(expected.mid())
    assert abs(float((expected - value).mid())) <= error
    assert error < 1e-12 * value


@pytest.mark.parametrize(("spring", "mass", "pinning", "T"), [(1.0, 1.0, 1.0, 1.0), (0.7, 1.4, 5.0, 0.3)])
@pytest.mark.parametrize("friction", [1e-4, 1e-7])
def test_hardly_damped_modes_each_carry_heat_for_the_time_of_their_damping(spring, mass, pinning, T, friction):
    """κ = (m/γ)Σ_q v_q² ∂e(ω_q, T)/∂T as γ → 0."""
    q = (np.arange(4000) + 0.5) * np.pi / 4000
    w = np.sqrt((pinning + 2 * spring * (1 - np.cos(q))) / mass)
    speed = spring * np.sin(q) / (mass * w)
    expected = mass / friction * np.mean(speed**2 * (w / 2 / T / np.sinh(w / 2 / T)) ** 2)
    value, error = bulk_conductivity(infinite(spring, mass, pinning, friction), T)
    assert value == pytest.approx(expected, rel=10 * friction**2 + 1e-12)
    assert error < 1e-12 * value


def test_scales_that_do_not_fit_into_a_double_are_refused():
    with pytest.raises(NotConverged, match="`model` must have scales"):
        bulk_conductivity(infinite(1.0, 1.0, 1.0, 1e200), 1.0)
    with pytest.raises(NotConverged, match="`model` must have scales"):
        bulk_conductivity(infinite(1.0, 1.0, 0.0, 1.0), 1e-320)


def test_a_probe_has_the_temperature_of_its_site():
    """A weak self-consistent bath in the middle takes the temperature that its site had without it."""
    ends = HarmonicChain(sites=3, pinning=0.8, baths=between(0.7, 0.2))
    probed = ends.model_copy(update={"inner_friction": 1e-6})
    assert harmonic_state(probed).temperatures[1] == pytest.approx(harmonic_state(ends).temperatures[1], abs=1e-5)


def test_disordered_masses_lose_heat_as_a_power_of_the_length():
    """N^(-1/2) for free ends and N^(-3/2) for fixed ones (Dhar, PRL 86, 5882): no localisation of the current."""
    sizes = [64, 128, 256, 512]
    mean = []
    for N in sizes:
        currents = []
        for sample in range(12):
            m = 1 + 0.8 * np.random.default_rng([3, sample]).random(N)
            currents.append(harmonic_state(HarmonicChain(sites=N, mass=m, baths=between(), noise="classical")).current)
        mean.append(np.mean(currents))
    slope = np.polyfit(np.log(sizes), np.log(mean), 1)[0]
    assert -0.75 < slope < -0.3
