"""Open lattices in time: against QuTiP, against the exponential of the generator, the steady state, and spin chains."""

from typing import Any

import numpy as np
import pytest
import qutip
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Jump, Term
from caloriq.models.lattice.with_qutip import state_from_qutip, state_to_qutip, to_qutip
from caloriq.starts import domain_wall, gibbs, product, random_state, site_states
from caloriq.steady.lattice.blocks import by_numbers, single
from caloriq.steady.lattice.coupled_generator import CoupledGenerator
from caloriq.steady.lattice.generator import Generator
from open_lattices import open_lattices
from testers import refused

ENDS = (cq.Bath(site=0, temperature=1.0, rate=0.8), cq.Bath(site=-1, temperature=0.4, rate=1.1))
RATES = (cq.Bath(site=0, gain=0.4, loss=1.0), cq.Bath(site=-1, gain=0.1, loss=0.9))
HOPPING = Term("S+ S-", plus="hermitian-conjugate")
TIMES = np.array([0.0, 0.3, 1.7, 5.0])


def whole(found: Any, state: Any) -> np.ndarray:
    """Density matrix of all product states of blocks."""
    blocks = single(found.model) if len(state) == 1 else by_numbers(found.model)
    rho = np.zeros((found.model.dimension,) * 2, dtype=complex)
    for places, one in zip(blocks.places, state, strict=True):
        rho[np.ix_(places, places)] = one
    return rho


@settings(max_examples=10, deadline=None)
@given(open_lattices(), st.sampled_from(["wall", "random", "thermal"]))
def test_against_qutip(model, kind):
    """Every number at every time to 1e-9, with the state that QuTiP integrates."""
    start = {"wall": domain_wall(), "random": random_state(seed=3), "thermal": gibbs(0.7)}[kind]
    found = cq.evolve(model, TIMES, initial=start)
    first = whole(found, cq.evolve(model, [0.0], initial=start).state)
    H, jumps = to_qutip(model)
    options = {"rtol": 1e-12, "atol": 1e-13, "nsteps": 10**6, "method": "vern9", "progress_bar": ""}
    path = qutip.mesolve(H, state_to_qutip(model, first), TIMES, jumps, options=options)
    states = [state_from_qutip(model, one) for one in path.states]
    assert np.abs(whole(found, found.state) - states[-1]).max() <= 1e-9
    dense = model.to_matrix()
    for k, rho in enumerate(states):
        assert found.energy[k] == pytest.approx(np.trace(dense @ rho).real, abs=1e-9)
        for of, profile in found.profiles.items():
            mine = [np.trace(a.sparse().toarray() @ rho).real for a in model.density(of)]
            np.testing.assert_allclose(profile[k], mine, rtol=0, atol=1e-9)
        for of, flows in found.currents.items():
            theirs = model.current(of)
            pairs = [tuple(pair) for pair in found.bonds.tolist()]
            for pair, operator in zip(theirs.bonds.tolist(), theirs.operators, strict=True):
                value = np.trace(operator.sparse().toarray() @ rho).real
                assert flows[k, pairs.index(tuple(pair))] == pytest.approx(value, abs=1e-9)
        p = np.linalg.eigvalsh(rho)
        p = p[p > 1e-13]
        assert found.entropy[k] == pytest.approx(-(p @ np.log(p)), abs=1e-8)


@settings(max_examples=10, deadline=None)
@given(open_lattices(), st.floats(0.01, 30.0))
def test_the_error_is_within_its_bound(model, t):
    """Against the exponential of the whole generator, whose own rounding is small at these norms."""
    found = cq.evolve(model, [t], initial=domain_wall(), method="full")
    made = Generator(single(model))
    psi = domain_wall().sites(model).whole(model)
    rho = scipy.linalg.expm(t * made.matrix().toarray()) @ np.outer(psi, psi.conj()).ravel()
    apart = np.linalg.svd(found.state[0] - rho.reshape(found.state[0].shape), compute_uv=False).sum()
    assert apart <= found.certificate["error estimate"].value + 1e-12 * max(1.0, t)
    assert found.energy[0] == pytest.approx(
        np.trace(model.to_matrix() @ rho.reshape(found.state[0].shape)).real, abs=found.bounds["energy"][0] + 1e-11
    )


@settings(max_examples=8, deadline=None)
@given(open_lattices())
def test_long_times_are_the_steady_state(model):
    """Every site loses at 0.2 or more; what is left of the start is e^{-λt}."""
    steady = cq.steady_state(model)
    found = cq.evolve(model, [150.0], initial=random_state())
    assert found.energy[-1] == pytest.approx(steady.energy, abs=1e-8)
    np.testing.assert_allclose(found.inflows["energy"][-1], steady.inflows["energy"], rtol=0, atol=1e-8)


def test_a_steady_state_rests_and_a_path_goes_on():
    model = Lattice(sites=4, terms=[HOPPING, Term("Z Z", 0.3), Term("Z", 0.5)], baths=ENDS, dephasing=0.1)
    steady = cq.steady_state(model, method=cq.Full())
    found = cq.evolve(model, [0.0, 2.0], initial=steady)
    np.testing.assert_allclose(found.energy, steady.energy, rtol=0, atol=1e-11)
    np.testing.assert_allclose(found.entropy_production, steady.entropy_production, rtol=0, atol=1e-9)
    through = cq.evolve(model, [1.0, 3.0])
    first = cq.evolve(model, [1.0])
    then = cq.evolve(model, [2.0], initial=first)
    assert then.method.reason.startswith("auto: magnetisation keeps 5 blocks apart")
    np.testing.assert_allclose(then.inflows["energy"][0], through.inflows["energy"][1], rtol=0, atol=1e-11)


def test_blocks_and_one_block_agree():
    model = Lattice(sites=4, terms=[HOPPING, Term("Z Z", 0.3), Term("Z", 0.5)], baths=ENDS)
    for start in (None, site_states(["up", "down"]), gibbs([2.0, 0.5]), random_state(numbers={"magnetisation": 1.0})):
        blocks = cq.evolve(model, TIMES, initial=start)
        one = cq.evolve(model, TIMES, initial=start, method=cq.Full())
        assert len(blocks.state) == 5
        assert len(one.state) == 1
        for name in ("energy", "entropy"):
            room = blocks.bounds[name] + one.bounds[name] + 1e-13
            assert np.all(np.abs(getattr(blocks, name) - getattr(one, name)) <= room)
    tilted = cq.evolve(model, TIMES, initial=site_states({"theta": 1.0}))
    assert "superposition" in tilted.method.reason
    with refused("method", "superposition", "Full()", error=cq.Unsupported):
        cq.evolve(model, TIMES, initial=site_states({"theta": 1.0}), method="sector")


def test_a_spin_chain_is_the_same_by_its_own_method():
    chain = cq.SpinChain(sites=4, hopping=0.7, frequency=[1.0, 1.2, 0.8, 1.0], baths=ENDS, dephasing=0.2)
    model = chain.lattice()
    reference = cq.evolve(chain, TIMES, initial=product([1.0, 1.0, 0.0, 0.0]))
    asked = cq.evolve(model, TIMES, initial=domain_wall(), method=cq.TwoPoint())
    assert "the lattice is a spin chain" in asked.method.reason
    np.testing.assert_array_equal(asked.populations, reference.populations)
    found = cq.evolve(model, TIMES)
    np.testing.assert_allclose(found.profiles["magnetisation"] + 0.5, reference.populations, rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.inflows["energy"][:, :2], reference.heat_currents, rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.energy, reference.energy, rtol=0, atol=1e-9)
    with refused("method", "X", "Full()", error=cq.Unsupported):
        field = Lattice(sites=3, terms=[HOPPING, Term("X", 0.3)], baths=RATES)
        cq.evolve(field, TIMES, method=cq.TwoPoint())


def test_entropy_and_energy_are_the_integrals_of_what_flows():
    model = Lattice(sites=3, terms=[HOPPING, Term("Sz", 1.3)], baths=ENDS)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    times, weights = 3.0 * (nodes + 1) / 2, weights * 3.0 / 2
    found = cq.evolve(model, [*times, 3.0], initial=gibbs(0.6))
    first = cq.evolve(model, [0.0], initial=gibbs(0.6))
    growth = weights @ (found.entropy_production - found.entropy_flow)[:-1]
    assert found.entropy[-1] - first.entropy[0] == pytest.approx(growth, abs=1e-9)
    brought = weights @ found.inflows["energy"][:-1].sum(axis=1)
    assert found.energy[-1] - first.energy[0] == pytest.approx(brought, abs=1e-10)
    assert "second law" in found.broken_law  # local baths do not know the energy of the hopping


def test_the_second_law_of_baths_that_know_the_levels():
    """Sites on their own: local baths are the right ones, and entropy is produced all the way (Spohn 1978)."""
    model = Lattice(sites=2, terms=[Term("Sz", [1.3, 0.7])], baths=ENDS)
    found = cq.evolve(model, np.linspace(0.0, 8.0, 41), initial=gibbs([3.0, 0.2]))
    assert found.broken_law is None
    assert found.entropy_production.min() > 0
    assert found.entropy_production[-1] < 1e-2 * found.entropy_production[0]
    pure = cq.evolve(model, [0.0, 1.0], initial=domain_wall())
    assert np.isinf(pure.entropy_production[0])


OHMIC = {"kind": "ohmic", "coupling": 0.05, "cutoff": 10.0}


def knowing(equation, temperatures=(2.0, 1.0), **fields):
    """Three spins in a tilted field between baths that know their levels."""
    hot, cold = temperatures
    ends = [
        {"operator": "X", "site": 0, "temperature": hot, "spectrum": OHMIC, "equation": equation, **fields},
        {"operator": "X", "site": 2, "temperature": cold, "spectrum": OHMIC, "equation": equation},
    ]
    return Lattice(sites=3, terms=[Term("Z Z"), Term("X", 0.9), Term("Z", [0.3, 0.4, 0.5])], baths=ends)


@pytest.mark.parametrize("equation", ["global", "universal", "local"])
def test_baths_that_know_the_levels(equation):
    """Against the exponential of the generator, and at long times the steady state, whose solver shares no step with this."""
    model = knowing(equation)
    made, D = CoupledGenerator(model), model.dimension
    L = made.rate * np.array([made.drift()(one) for one in np.eye(D * D, dtype=complex)]).T
    psi = domain_wall().sites(model).whole(model)
    found = cq.evolve(model, [1.0, 7.0])
    rho = (scipy.linalg.expm(7.0 * L) @ np.outer(psi, psi.conj()).ravel()).reshape(D, D)
    assert (
        np.linalg.svd(found.state[0] - rho, compute_uv=False).sum() <= found.certificate["error estimate"].value + 1e-11
    )
    steady, late = cq.steady_state(model), cq.evolve(model, [1500.0])
    np.testing.assert_allclose(late.inflows["energy"][0], steady.heat_currents, rtol=0, atol=1e-9)
    np.testing.assert_allclose(late.state[0], steady.state, rtol=0, atol=1e-8)
    assert late.entropy_production[0] == pytest.approx(steady.entropy_production, abs=1e-8)


def test_global_baths_obey_the_second_law_all_the_way():
    """And at one temperature the thermal state of H rests."""
    found = cq.evolve(knowing("global"), np.linspace(0.0, 30.0, 31), initial=gibbs(0.5))
    assert found.entropy_production.min() > 0
    rest = cq.evolve(knowing("global", (1.5, 1.5)), [0.0, 10.0], initial=gibbs(1.5))
    np.testing.assert_allclose(rest.inflows["energy"], 0.0, atol=1e-10)
    np.testing.assert_allclose(rest.entropy_production, 0.0, atol=1e-9)
    for model, word in ((knowing("redfield"), "redfield"), (knowing("universal", lamb_shift=True), "shift")):
        with refused("baths", word, "universal", error=cq.Unsupported):
            cq.evolve(model, [1.0])
    with refused("method", "Full()", error=cq.Unsupported):
        cq.evolve(knowing("global"), [1.0], method="sector")


def test_stiff_models_say_what_they_cost():
    stiff = Lattice(sites=3, terms=[HOPPING], baths=[cq.Bath(site=0, gain=1e9, loss=1.0)])
    with refused("times", "a day"):
        cq.evolve(stiff, [1e13])


def test_bad_input():
    model = Lattice(sites=3, terms=[HOPPING], baths=RATES[:1], jumps=[Jump("S-", 0.1)])
    with refused("initial", "start of an open lattice"):
        cq.evolve(model, TIMES, initial=product(0.5))
    with refused("initial.samples", "3"):
        cq.evolve(model, TIMES, initial=random_state(samples=3))
    other = cq.steady_state(Lattice(sites=2, terms=[Term("Z Z"), Term("X")], baths=RATES))
    with refused("initial", "2 sites"):
        cq.evolve(model, TIMES, initial=other)
    with refused("observables", "open lattice"):
        cq.evolve(model, TIMES, observables=["energy"])
    with refused("numbers", "sector"):
        cq.evolve(model, TIMES, initial=random_state(numbers={"magnetisation": 0.25}))
    with refused("method"):
        cq.evolve(model, TIMES, method="exact")
    with refused("times"):
        cq.evolve(model, [1.0, 0.5])
