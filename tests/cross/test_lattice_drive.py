"""Lattices under a drive: against QuTiP, closed forms, what is conserved, and where one Hamiltonian is needed."""

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.closed.lattice.equation_of_state import equation_of_state
from caloriq.models.lattice.driving import pieces
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Jump, Term
from caloriq.models.lattice.with_qutip import state_from_qutip, state_to_qutip, to_qutip
from caloriq.questions.registry import question_from
from caloriq.starts import domain_wall, gibbs, random_state, site_states
from testers import refused

HOPPING = Term("S+ S-", plus="hermitian-conjugate")
RATES = (cq.Bath(site=0, gain=0.4, loss=1.0), cq.Bath(site=-1, gain=0.1, loss=0.9))
TIMES = np.array([0.0, 0.4, 1.5, 4.0])
DRIVES = {
    "cos(w*t)": lambda t: np.cos(1.7 * t),
    "exp(-(t - 1)**2)": lambda t: np.exp(-((t - 1) ** 2)),
    "1 + t/4": lambda t: 1 + t / 4,
}
OPTIONS = {"rtol": 1e-12, "atol": 1e-13, "nsteps": 10**6, "method": "vern9", "progress_bar": "", "max_step": 0.05}


@st.composite
def driven(draw, *, closed):
    """Constant and driven terms of random places and strengths on three spins or two of spin 1."""
    local = draw(st.sampled_from(["spin-1/2", "spin-1"]))
    rng, N = np.random.default_rng(draw(st.integers(0, 2**20))), 3 if local == "spin-1/2" else 2
    drives = [None, *draw(st.lists(st.sampled_from(sorted(DRIVES)), min_size=1, max_size=2, unique=True))]
    conserving = draw(st.booleans())
    terms = []
    for drive in drives:
        for word in ("S+ S-", "Sz") if conserving else ("Sx", "Sz Sz"):
            on = [rng.permutation(N)[: len(word.split())].tolist()]
            plus = "hermitian-conjugate"
            terms.append(Term(word, [complex(*rng.standard_normal(2))], on=on, plus=plus, drive=drive))
    rest = {} if closed else {"jumps": [Jump("S-", rng.uniform(0.2, 1, N)), Jump("S+", 0.2)], "dephasing": 0.3}
    return Lattice(sites=N, local=local, parameters={"w": 1.7}, terms=terms, **rest)


def theirs(model, first):
    """States of QuTiP at all times, in our order."""
    H = []
    for one in pieces(model):
        part = to_qutip(one.lattice)[0]
        H.append(part if one.drive is None else [part, DRIVES[one.drive]])
    jumps = to_qutip(model.at(0.0))[1]
    path = qutip.mesolve(qutip.QobjEvo(H), state_to_qutip(model, first), TIMES, jumps, options=OPTIONS)
    return [state_from_qutip(model, one) for one in path.states]


def assert_the_same(found, states, tol=1e-9):
    model = found.model
    for k, rho in enumerate(states):
        still = model.at(float(TIMES[k]))
        assert found.energy[k] == pytest.approx(np.trace(still.to_matrix() @ rho).real, abs=tol)
        for of, profile in found.profiles.items():
            mine = [np.trace(a.sparse().toarray() @ rho).real for a in still.density(of)]
            np.testing.assert_allclose(profile[k], mine, rtol=0, atol=tol)
        for of, flows in found.currents.items():
            known = still.current(of)
            pairs = [tuple(pair) for pair in found.bonds.tolist()]
            for pair, operator in zip(known.bonds.tolist(), known.operators, strict=True):
                value = np.trace(operator.sparse().toarray() @ rho).real
                assert flows[k, pairs.index(tuple(pair))] == pytest.approx(value, abs=tol)


@settings(max_examples=8, deadline=None)
@given(driven(closed=True), st.sampled_from(["wall", "random"]))
def test_closed_against_qutip(model, kind):
    start = {"wall": domain_wall(), "random": random_state(seed=2)}[kind]
    found = cq.evolve(model, TIMES, initial=start)
    psi = cq.evolve(model, [0.0], initial=start).state
    states = theirs(model, psi)
    assert np.abs(np.outer(found.state, found.state.conj()) - np.outer(states[-1], states[-1].conj())).max() <= 1e-9
    assert_the_same(found, [np.outer(one, one.conj()) for one in states])
    mixed = cq.evolve(model, TIMES, initial=gibbs(0.8))
    assert mixed.certificate.holds


@settings(max_examples=8, deadline=None)
@given(driven(closed=False), st.sampled_from(["wall", "thermal"]))
def test_open_against_qutip(model, kind):
    start = {"wall": domain_wall(), "thermal": gibbs(0.8)}[kind]
    found = cq.evolve(model, TIMES, initial=start, method=cq.Full())
    first = cq.evolve(model, [0.0], initial=start, method="full").state[0]
    states = theirs(model, first)
    assert np.abs(found.state[0] - states[-1]).max() <= 1e-9
    assert_the_same(found, states)
    for k, rho in enumerate(states):
        H = model.at(float(TIMES[k])).to_matrix()
        for number, one in enumerate(model.environments):
            flow = 0.0
            for jump in one.jumps:
                L = jump.sparse().toarray()
                d = L.conj().T @ L
                flow += np.trace(H @ (L @ rho @ L.conj().T - (d @ rho + rho @ d) / 2)).real
            assert found.inflows["energy"][k, number] == pytest.approx(flow, abs=1e-9)
    blocks = cq.evolve(model, TIMES, initial=start)
    np.testing.assert_allclose(blocks.energy, found.energy, rtol=0, atol=1e-9)


def test_a_spin_that_turns():
    """Rabi: in the frame of a circular drive at resonance the spin turns at its strength, ⟨Z⟩ = cos(Ωt)."""
    turning = [Term("Sx", 0.6, drive="cos(w*t)"), Term("Sy", 0.6, drive="sin(w*t)")]
    model = Lattice(sites=2, parameters={"w": 2.0}, terms=[Term("Sz", "w"), *turning])
    t = np.linspace(0.0, 7.0, 15)
    found = cq.evolve(model, t, initial=site_states("up"))
    np.testing.assert_allclose(found.profiles["magnetisation"], 0.5 * np.cos(0.6 * t)[:, None] * [[1, 1]], atol=1e-9)
    np.testing.assert_allclose(found.work, found.energy - found.energy[0], rtol=0, atol=1e-12)


def test_work_is_the_integral_of_the_power():
    """An open chain whose field is ramped: ∫⟨∂H/∂t⟩dt by Gauss's rule."""
    model = Lattice(sites=3, terms=[HOPPING, Term("Sz", 0.3), Term("Sz", 0.5, drive="t**2/9")], baths=RATES)
    nodes, weights = np.polynomial.legendre.leggauss(30)
    times, weights = 3.0 * (nodes + 1) / 2, weights * 3.0 / 2
    found = cq.evolve(model, [*times, 3.0])
    field = 0.5 * found.profiles["magnetisation"].sum(axis=1)[:-1]
    assert found.work[-1] == pytest.approx(weights @ (2 * times / 9 * field), abs=1e-8)
    heat = weights @ found.inflows["energy"][:-1].sum(axis=1)
    first = cq.evolve(model, [0.0]).energy[0]
    assert found.energy[-1] - first == pytest.approx(found.work[-1] + heat, abs=1e-8)


def test_a_drive_that_does_nothing_is_the_constant_model():
    constant = Lattice(sites=3, terms=[HOPPING, Term("Z Z", 0.4), Term("Z", 0.2)], baths=RATES)
    model = Lattice(sites=3, terms=[HOPPING, Term("Z Z", 0.4, drive="1"), Term("Z", 0.2)], baths=RATES)
    one, other = cq.evolve(constant, TIMES), cq.evolve(model, TIMES)
    for of in one.profiles:
        apart = np.abs(one.profiles[of] - other.profiles[of])
        name = "energy_density" if of == "energy" else of
        assert np.all(apart <= one.bounds[name] + other.bounds[name] + 1e-14)
    np.testing.assert_allclose(other.work, 0.0, atol=1e-10)


def test_symmetries_hold_whatever_the_drive_is():
    model = Lattice(
        sites=4,
        terms=[HOPPING, Term("X", 0.3, drive="cos(t)"), Term("X", -0.3, drive="cos(t) + 0")],
        geometry={"kind": "chain", "periodic": True},
    )
    assert model.symmetries.conserved == ()  # though the two fields cancel at all times
    assert model.symmetries.parities == ("flip x",)
    assert model.symmetries.translation == 1
    together = Lattice(sites=4, terms=[HOPPING, Term("X", 0.3, drive="cos(t)"), Term("X", -0.3, drive="cos(t)")])
    assert together.symmetries.conserved == ("magnetisation",)
    assert Lattice.from_mapping(model.to_mapping()) == model
    assert model.at(0.7).digest != model.at(0.8).digest
    assert not model.at(0.7).driven


def test_one_hamiltonian_is_needed_elsewhere():
    model = Lattice(sites=3, terms=[HOPPING, Term("X", 0.3, drive="cos(t)")], baths=RATES)
    closed = model.model_copy(update={"baths": ()})
    for call in (
        lambda: cq.steady_state(model),
        lambda: cq.steady_state(model, method="full"),
        lambda: equation_of_state(closed, [1.0]),
        model.to_matrix,
        lambda: to_qutip(model),
        model.density,
        model.current,
        lambda: question_from({"kind": "lattice-steady-state"}).admit(model),
        lambda: question_from({"kind": "lattice-evolution"}).admit(closed),
        lambda: question_from({"kind": "lattice-relaxation"}).admit(model),
    ):
        with refused("model", "term 1, 'X'", "cos(t)", error=cq.Unsupported):
            call()
    assert cq.steady_state(model.at(0.0)).certificate.holds


def test_bad_input():
    with refused("parameters", "'t'"):
        Lattice(sites=2, parameters={"t": 1.0}, terms=[Term("Z", drive="cos(t)")])
    with refused("drive", "'w'"):
        Lattice(sites=2, terms=[Term("Z", drive="cos(w*t)")])
    with refused("drive", "real"):
        Lattice(sites=2, terms=[Term("Z", drive="exp(1j*t + 1j)")])
    with refused("drive", "finite"):
        Lattice(sites=2, terms=[Term("Z", drive="1/t")])
    with refused("value", "'t'"):
        Lattice(sites=2, terms=[Term("Z", "cos(t)")])
    with refused("terms", "hermitian"):
        Lattice(sites=2, terms=[Term("Z Z"), Term("S+ S-", drive="cos(t)")])
    cut = Lattice(sites=2, terms=[Term("Z Z"), Term("X", drive="sqrt(1 - t)")])
    with refused("drive", "finite"):
        cq.evolve(cut, [0.0, 2.0])
    with refused("observables"):
        cq.evolve(Lattice(sites=2, terms=[Term("X", drive="cos(t)")]), [1.0], observables=["energy"])
