"""Coupled baths beside baths by rates, dephasing and jumps: the same by QuTiP, by detailed balance, and in time."""

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.lattice.coupled import coupled_baths, operator_of
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Jump, Term
from caloriq.models.spectra import OhmicSpectrum
from caloriq.questions.lattice_steady import LatticeSteadyQuestion
from caloriq.steady.lattice.coupled import system_of
from caloriq.steady.thermal.solve import driven_state
from caloriq.steady.thermal.system import OpenSystem, OwnJumps, ThermalBath
from testers import refused
from thermal import X, Z

SPECTRUM = {"kind": "ohmic", "coupling": 0.05, "cutoff": 10.0}
NOISE = OhmicSpectrum(**{name: value for name, value in SPECTRUM.items() if name != "kind"})
EQUATIONS = ("local", "global", "redfield", "universal")
AGREE = 1e-9
few = settings(max_examples=10, deadline=None)


def drawn(seed, equation, **fields):
    """Three spins with everything at once: a coupled bath, a bath by rates, dephasing on every site, a jump on two sites."""
    rng = np.random.default_rng(seed)
    terms = [Term(word, rng.standard_normal(2)) for word in ("Z Z", "X X", "Y Y")]
    terms += [Term(word, rng.standard_normal(3)) for word in ("X", "Z")]
    everything = {
        "baths": [
            {
                "operator": "X",
                "site": 0,
                "temperature": float(rng.uniform(0.5, 3)),
                "spectrum": SPECTRUM,
                "equation": equation,
                "name": "hot",
            },
            {"site": 2, "gain": float(rng.uniform(0.01, 0.1)), "loss": float(rng.uniform(0.1, 0.2))},
        ],
        "dephasing": float(rng.uniform(0.01, 0.2)),
        "jumps": [Jump("S- S+", 0.07, on=[[1, 2]], name="pairs")],
    }
    return Lattice(sites=3, terms=terms, **{**everything, **fields})


def noise_at(T):
    """S as a function of ω alone: QuTiP calls one that takes more with what it likes."""
    return lambda w: float(NOISE.noise(np.array([w if abs(w) > 1e-12 else 0.0]), T)[0])


def dissipators(model):
    """Every environment as a superoperator of QuTiP: coupled ones by its tensor, or by jumps made here."""
    H = qutip.Qobj(model.to_matrix())
    found = []
    for bath in coupled_baths(model):
        A = operator_of(model, bath).sparse().toarray()
        noise = noise_at(bath.temperature)
        if bath.equation in ("global", "redfield"):
            cutoff = 1e-9 if bath.equation == "global" else -1
            whole = qutip.bloch_redfield_tensor(H, [[qutip.Qobj(A), noise]], sec_cutoff=cutoff, fock_basis=True)
            found.append(whole - qutip.liouvillian(H))
            continue
        own = model.to_matrix()
        if bath.equation == "local":  # a spin in its field, whose levels are ±w/2
            field = {string: c for string, c in model.strings.terms.items() if {x for x, _ in string} == {0}}
            own = type(model.strings)(model.spaces, field).sparse().toarray()
        E, V = np.linalg.eigh(own)
        inside, w = V.conj().T @ A @ V, np.round(E[None, :] - E[:, None], 9)
        rates = np.vectorize(noise)(w)
        parts = [np.where(w == one, np.sqrt(rates) * inside, 0) for one in np.unique(w)]
        jumps = [sum(parts)] if bath.equation == "universal" else parts
        found.append(sum(qutip.lindblad_dissipator(qutip.Qobj(V @ one @ V.conj().T)) for one in jumps))
    others = [[qutip.Qobj(jump.sparse().toarray()) for jump in one.jumps] for one in model.environments]
    return H, [*found, *(sum(map(qutip.lindblad_dissipator, jumps)) for jumps in others)]


@few
@given(st.integers(0, 2**16), st.sampled_from(EQUATIONS))
def test_against_qutip(seed, equation):
    """The state by the null vector of QuTiP's whole generator, and what each environment brings by its own superoperator."""
    with qutip.CoreOptions(auto_tidyup=False):
        model = drawn(seed, equation)
        H, parts = dissipators(model)
        whole = (qutip.liouvillian(H) + sum(parts)).full()
        rho = np.linalg.svd(whole)[2][-1].conj().reshape((8, 8), order="F")
        rho = rho / np.trace(rho)
        brought = []
        for one in parts:
            moved = (one.full() @ rho.ravel(order="F")).reshape((8, 8), order="F")
            brought.append(np.trace(model.to_matrix() @ moved).real)
    found = cq.steady_state(model) if equation != "global" else _whatever_the_levels(model)
    assert np.abs(found.state - rho).max() <= AGREE
    np.testing.assert_allclose(found.heat_currents, brought[:1], rtol=0, atol=AGREE)
    np.testing.assert_allclose(found.environment_currents, brought[1:], rtol=0, atol=AGREE)
    assert found.environments == ("site 2", "dephasing", "pairs")
    assert found.left_out == ("site 2", "pairs")
    flows = np.concatenate([found.heat_currents, found.environment_currents])
    room = found.bounds["heat_currents"].sum() + found.bounds["environment_currents"].sum()
    assert abs(flows.sum()) <= room
    assert found.entropy_production == pytest.approx(-brought[0] / found.temperatures[0], abs=AGREE)
    assert found.broken_law is None
    assert "leaves out what has no temperature (site 2, pairs)" in found.notes()[0]


def _whatever_the_levels(model):
    """The numbers of global baths also where levels are nearer than rates, which the verb refuses."""
    found = driven_state(system_of(model), model=model)
    assert found.certificate.holds  # all but what is asked of global baths on a lattice
    return found


@few
@given(st.integers(0, 2**16), st.floats(0.3, 3.0), st.booleans())
def test_a_bath_by_rates_of_the_same_temperature_balances(seed, T, dephasing):
    """Spins that do not touch rest at one temperature, whichever form a bath has; dephasing along the field changes nothing."""
    rng = np.random.default_rng(seed)
    ends = [
        {"operator": "X", "site": 0, "temperature": T, "spectrum": SPECTRUM, "equation": "global"},
        {"site": 1, "temperature": T, "rate": 0.02},
    ]
    terms = [Term("Z", rng.uniform(0.5, 1.5, 2))]
    model = Lattice(sites=2, terms=terms, baths=ends, dephasing=0.01 if dephasing else 0.0)
    found = cq.steady_state(model)
    p = np.exp(-(found.energies - found.energies[0]) / T)
    np.testing.assert_allclose(found.populations, p / p.sum(), rtol=0, atol=1e-12)
    for flow in (*found.heat_currents, *found.environment_currents, found.entropy_production):
        assert abs(flow) < 1e-13
    assert found.left_out == ()


@few
@given(st.integers(0, 2**16))
def test_global_baths_beside_dephasing_obey_the_second_law(seed):
    """Dephasing is a bath at infinite temperature: it leaves the uniform state, so that Spohn's inequality holds with it."""
    model = drawn(seed, "global", jumps=())
    ends = [model.baths[0], model.baths[0].model_copy(update={"site": 2, "temperature": 0.7, "name": "cold"})]
    found = _whatever_the_levels(model.model_copy(update={"baths": tuple(ends)}))
    assert found.entropy_production >= -found.bounds["entropy_production"]
    assert found.jump_entropy_production == pytest.approx(found.entropy_production, abs=1e-12)
    assert found.environment_currents[0] > 0  # noise heats
    assert found.broken_law is None


@pytest.mark.parametrize("equation", ["local", "global", "universal"])
def test_long_times_are_the_steady_state(equation):
    model = drawn(5, equation)
    steady = _whatever_the_levels(model)
    late = cq.evolve(model, [0.0, 400.0])
    assert late.environments == ("hot", "site 2", "dephasing", "pairs")
    flows = np.concatenate([steady.heat_currents, steady.environment_currents])
    np.testing.assert_allclose(late.inflows["energy"][-1], flows, rtol=0, atol=1e-9)
    assert late.energy[-1] == pytest.approx(steady.energy, abs=1e-9)


def test_a_local_bath_beside_one_by_rates_can_break_the_second_law():
    """What has a temperature is counted, in either form: two spins of other frequencies (Levy, Kosloff 2014)."""
    ends = [
        {"operator": "X", "site": 0, "temperature": 1.5, "spectrum": SPECTRUM, "equation": "local", "name": "hot"},
        {"site": 1, "temperature": 1.0, "rate": 0.02, "name": "cold"},
    ]
    terms = [Term("Sz", [2.0, 1.0]), Term("S+ S-", 0.05, plus="hermitian-conjugate")]
    found = cq.steady_state(Lattice(sites=2, terms=terms, baths=ends))
    assert found.entropy_production < 0
    assert "local baths" in found.broken_law
    by_hand = -found.heat_currents[0] / 1.5 - found.environment_currents[0] / 1.0
    assert found.entropy_production == pytest.approx(by_hand, abs=1e-14)


def test_a_question_and_a_dataset_tell_all_of_it():
    model = drawn(3, "universal")
    question = LatticeSteadyQuestion()
    answer, found = question.answer(model), question.ask(model)
    assert sum(one.size for one in answer.outputs) == answer.values.size
    names = [one.name for one in answer.outputs]
    assert {"environment_currents", "environment_currents_bound"} <= set(names)
    assert "from pairs" in question.told(found)
    data = found.to_dataset()
    np.testing.assert_array_equal(data.environment_currents.values, found.environment_currents)
    assert "site 2" in str(data.attrs)
    assert "beside site 2, dephasing, pairs" in question.choice(model)[1]


def test_bad_input():
    bath = ThermalBath(X, 1.0, NOISE)
    with refused("operators", "(K, D, D)"):
        OwnJumps(X)
    with refused("operators", "shape"):
        OpenSystem(Z, (bath,), (OwnJumps([np.eye(3)]),))
    with refused("temperature", "at least 0"):
        OwnJumps([X], -1.0)
    with refused("baths", "told apart"):
        OpenSystem(Z, (bath,), (OwnJumps([X], name="bath"),))
    with refused("environments", "OwnJumps"):
        OpenSystem(Z, (bath,), (X,))
