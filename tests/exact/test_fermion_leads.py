"""Leads that exchange fermions: closed forms of one level, Landauer's formula at weak coupling, and thermodynamics."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.models.spectra import FlatSpectrum
from caloriq.questions.lattice_steady import LatticeSteadyQuestion
from caloriq.steady.bounds import UNIT
from caloriq.steady.lattice.coupled import system_of
from caloriq.steady.thermal.acting import acting
from caloriq.steady.thermal.levels import SAME
from caloriq.steady.thermal.rounding import rounding
from caloriq.steady.thermal.solve import driven_state
from caloriq.steady.thermal.system import OpenSystem, ThermalBath
from testers import refused

C, N = np.array([[0.0, 1], [0, 0]]), np.diag([0.0, 1])
EQUATIONS = ("local", "global", "redfield", "universal")
few = settings(max_examples=12, deadline=None)


def fermi(energy, potential, T):
    return 1 / (1 + np.exp((energy - potential) / T))


def lead(site, T, potential, rate=0.01, equation="global", **fields):
    spectrum = {"kind": "flat", "rate": rate}
    bath = {"operator": "c-", "site": site, "temperature": T, "chemical_potential": potential, "equation": equation}
    return {**bath, "spectrum": spectrum, "name": f"lead {site}", **fields}


def dots(energies, hopping, leads, interaction=0.0, **fields):
    terms = [Term("c+ c-", hopping, plus="hermitian-conjugate"), Term("n", list(energies)), Term("n n", interaction)]
    return Lattice(sites=len(energies), local="fermion", terms=terms, baths=leads, **fields)


@few
@given(
    st.integers(-200, 200),
    st.floats(0.01, 1),
    st.floats(0.01, 1),
    st.floats(0.1, 3),
    st.floats(0.1, 3),
    st.floats(-1, 1),
)
def test_one_level_between_two_leads(energy, left, right, hot, cold, potential):
    """J = Γ_LΓ_R/(Γ_L + Γ_R)(f_L - f_R), by every equation."""
    energy /= 100
    f, g = fermi(energy, potential, hot), fermi(energy, 0.0, cold)
    J = left * right / (left + right) * (f - g)
    for equation in EQUATIONS:
        own = energy * N if equation == "local" else None
        ends = [
            ThermalBath(C, T, FlatSpectrum(rate=rate), equation, own, name=name, chemical_potential=mu)
            for T, rate, mu, name in ((hot, left, potential, "left"), (cold, right, 0.0, "right"))
        ]
        found = driven_state(OpenSystem(energy * N, tuple(ends), number=N)).certified()
        np.testing.assert_allclose(found.particle_currents, [J, -J], rtol=0, atol=1e-14)
        heat = [(energy - potential) * J, -energy * J]
        np.testing.assert_allclose(found.heat_currents, heat, rtol=0, atol=1e-14)
        filled = (left * f + right * g) / (left + right)
        assert found.populations.max() == pytest.approx(max(filled, 1 - filled), abs=1e-13)
        assert found.entropy_production == pytest.approx(-heat[0] / hot - heat[1] / cold, abs=1e-13)


def test_landauer_at_weak_coupling():
    """Particles and energy through three sites against (1/2π)∫T(E)(f_L - f_R); the difference is of the order of Γ in both."""
    energies, t = np.array([0.2, 0.5, -0.1]), 0.4
    h = np.diag(energies) + t * (np.eye(3, k=1) + np.eye(3, k=-1))
    E = np.linspace(-12, 12, 480_001)

    def landauer(rate):
        G = np.array([np.linalg.inv(e * np.eye(3) - h + 0.5j * rate * np.diag([1, 0, 1])) for e in E[::1000]])
        assert G.shape[1:] == (3, 3)
        # |G_02|² = t⁴/|det|² of a chain of three
        a, b, c = (E - energies[0] + 0.5j * rate), E - energies[1], (E - energies[2] + 0.5j * rate)
        T = rate**2 * t**4 / np.abs(a * b * c - t**2 * (a + c)) ** 2
        np.testing.assert_allclose(T[::1000], rate**2 * np.abs(G[:, 0, 2]) ** 2, rtol=1e-6)
        flow = T * (fermi(E, 0.4, 1.0) - fermi(E, -0.2, 0.6)) / (2 * np.pi)
        return np.trapezoid(flow, E), np.trapezoid(E * flow, E)

    apart = []
    for rate in (0.02, 0.005):
        model = dots(energies, t, [lead(0, 1.0, 0.4, rate), lead(2, 0.6, -0.2, rate)])
        found = cq.steady_state(model)
        particles, energy = landauer(rate)
        brought = found.heat_currents[0] + 0.4 * found.particle_currents[0]
        apart.append([abs(found.particle_currents[0] / particles - 1), abs(brought / energy - 1)])
    assert np.all(np.array(apart) < 0.03)
    assert np.all(np.array(apart[1]) < 0.35 * np.array(apart[0]))


@few
@given(st.integers(0, 2**16), st.sampled_from(["global", "redfield"]), st.floats(0.3, 3), st.floats(-1, 1))
def test_one_temperature_and_one_potential_rest_in_the_grand_canonical_state(seed, equation, T, potential):
    """Interacting sites; c_1 and c_2 carry the signs of the sites before them."""
    rng = np.random.default_rng(seed)
    leads = [lead(site, T, potential, equation=equation) for site in (0, 2)]
    model = dots(rng.uniform(-1, 1, 3), 0.4, leads, interaction=0.7)
    found = driven_state(system_of(model), model=model).certified()
    number = system_of(model).number
    K = model.to_matrix() - potential * number
    E, V = np.linalg.eigh(K)
    p = np.exp(-(E - E[0]) / T)
    assert np.abs(found.state - (V * (p / p.sum())) @ V.conj().T).max() < 1e-9
    for flow in (*found.heat_currents, *found.particle_currents, found.entropy_production):
        assert abs(flow) < 1e-11
    assert found.detailed_balance_defect.max() < 1e-10


@few
@given(st.integers(0, 2**16), st.sampled_from(EQUATIONS), st.booleans())
def test_balances_and_the_second_law(seed, equation, dephasing):
    """Heat and chemical work add up to nothing, so do particles; entropy is produced by global leads."""
    rng = np.random.default_rng(seed)
    T, mu = rng.uniform(0.3, 3, 2), rng.uniform(-1, 1, 2)
    leads = [lead(site, t, m, equation=equation) for site, t, m in zip((0, 1), T.tolist(), mu.tolist(), strict=True)]
    model = dots(rng.uniform(-1, 1, 2), 0.4, leads, interaction=0.7, dephasing=0.02 if dephasing else 0.0)
    found = driven_state(system_of(model), model=model)
    assert abs(found.particle_currents.sum()) <= found.bounds["particle_currents"].sum()
    brought = found.heat_currents.sum() + mu @ found.particle_currents + found.environment_currents.sum()
    assert abs(brought) < 1e-13
    assert found.entropy_production == pytest.approx(-(found.heat_currents / T).sum(), abs=1e-13)
    if equation == "global":
        assert found.entropy_production >= -found.bounds["entropy_production"]
    if equation != "redfield":
        assert found.certificate.holds
    if equation == "local":
        assert found.jump_entropy_production >= -found.bounds["jump_entropy_production"]


def test_a_local_lead_is_gain_and_loss():
    """The signs of an odd jump are those of `Bath`, which has them from elsewhere."""
    energies, mu, T, rate = [0.3, 0.5, -0.2], 0.1, 0.8, 0.05
    leads = [lead(site, T + site, mu, rate, "local") for site in (0, 1, 2)]
    found = cq.steady_state(dots(energies, 0.4, leads))
    shares = [fermi(e, mu, T + site) for site, e in enumerate(energies)]
    rates = [{"site": s, "gain": rate * f, "loss": rate * (1 - f)} for s, f in enumerate(shares)]
    reference = cq.steady_state(dots(energies, 0.4, rates), method=cq.Full())
    np.testing.assert_allclose(found.state, reference.state[0], rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.particle_currents, reference.inflows["particles"], rtol=0, atol=1e-11)
    brought = found.heat_currents + mu * found.particle_currents
    np.testing.assert_allclose(brought, reference.inflows["energy"], rtol=0, atol=1e-11)


@pytest.mark.parametrize("potential", [-3.0, 3.0])
def test_rounding_of_local_leads_is_bounded_whichever_way_they_act(potential):
    """At T = 0 an empty lead only takes and a full one only brings: their jumps round alike."""
    leads = [lead(site, 0.0, potential, 0.1, "local") for site in (0, 1)]
    system = system_of(dots([0.3, 0.5], 0.4, leads))
    acts = acting(system)
    for one, change in zip(acts.dissipators, rounding(system, acts, SAME).changes, strict=True):
        more = (change.big.left - change.small.left).real
        assert np.all(more >= 8 * system.levels * UNIT * np.abs(one.left))


def test_files_questions_and_an_empty_lead_at_zero():
    model = dots([0.3, 0.5], 0.4, [lead(0, 0.0, -3.0), lead(1, 0.0, -3.0)])
    found = cq.steady_state(model)
    assert found.populations[np.argmin(np.abs(found.energies))] == pytest.approx(1.0)
    assert Lattice.from_mapping(model.to_mapping()).digest == model.digest
    question = LatticeSteadyQuestion()
    answer = question.answer(model)
    assert sum(one.size for one in answer.outputs) == answer.values.size
    assert "particle_currents_bound" in [one.name for one in answer.outputs]
    np.testing.assert_array_equal(found.to_dataset().particle_currents.values, found.particle_currents)
    units = dots([0.3, 0.5], 0.4, [lead(0, "100 K", "5 meV"), lead(1, 0.1, 0.0)], unit="meV")
    assert units.baths[0].chemical_potential == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("change", "argument", "part"),
    [
        ({"spectrum": {"kind": "ohmic", "coupling": 0.1, "cutoff": 4.0}}, "spectrum", "flat"),
        ({"lamb_shift": True}, "lamb_shift", "off"),
        ({"operator": "c+"}, "operator", "annihilate"),
        ({"operator": "n"}, "operator", "'n'"),
        ({"operator": "c- c-", "site": None, "sites": [0, 1]}, "operator", "c- c-"),
        ({"operator": [[0, 1], [1, 0]]}, "operator", "word"),
        ({"chemical_potential": "much"}, "chemical_potential", "much"),
    ],
)
def test_bad_input(change, argument, part):
    with refused(argument, part):
        cq.steady_state(dots([0.3, 0.5], 0.4, [{**lead(0, 1.0, 0.0), **change}]))


def test_what_is_not_done():
    pairing = [Term("c+ c+", 0.3, plus="hermitian-conjugate"), Term("n", 0.5)]
    with refused("terms", "conserve the particles"):
        cq.steady_state(Lattice(sites=2, local="fermion", terms=pairing, baths=[lead(0, 1.0, 0.0)]))
    with refused("baths", "steady_state", error=cq.Unsupported):
        cq.evolve(dots([0.3, 0.5], 0.4, [lead(0, 1.0, 0.0)]), [1.0])
    bath = ThermalBath(C, 1.0, FlatSpectrum(rate=0.1), chemical_potential=0.0)
    with refused("number", "missing"):
        OpenSystem(N, (bath,))
    with refused("number", "lowered"):
        OpenSystem(N, (bath,), number=np.eye(2))
