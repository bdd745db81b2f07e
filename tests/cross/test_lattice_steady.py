"""Steady states of open lattices: against QuTiP, against the methods of spin chains, one method against another."""

import copy
import pickle

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Jump, Term
from caloriq.models.lattice.with_qutip import state_from_qutip, state_to_qutip, to_qutip
from caloriq.steady.lattice.blocks import by_numbers, single
from caloriq.steady.lattice.direct import solve as factorise
from caloriq.steady.lattice.generator import Generator
from caloriq.steady.lattice.iterative import solve as iterate
from caloriq.steady.lattice.read import Asked, Flows
from caloriq.steady.lattice.solve import planned, steady_lattice
from open_lattices import open_lattices
from testers import refused


def theirs(model):
    """Density matrix by QuTiP, in our order of states."""
    H, jumps = to_qutip(model)
    return state_from_qutip(model, qutip.steadystate(H, jumps, method="direct"))


@settings(max_examples=12, deadline=None)
@given(open_lattices())
def test_against_qutip(model):
    found = cq.steady_state(model, method=cq.Full())
    rho = theirs(model)
    assert np.abs(found.state[0] - rho).max() <= 1e-9
    H = model.to_matrix()
    assert found.energy == pytest.approx(np.trace(H @ rho).real, abs=1e-9)
    for number, one in enumerate(model.environments):
        flow = 0.0
        for jump in one.jumps:
            L = jump.sparse().toarray()
            d = L.conj().T @ L
            flow += np.trace(H @ (L @ rho @ L.conj().T - (d @ rho + rho @ d) / 2)).real
        assert found.inflows["energy"][number] == pytest.approx(flow, abs=1e-9)
    for of, profile in found.profiles.items():
        for a, value in zip(model.density(of), profile, strict=True):
            assert value == pytest.approx(np.trace(a.sparse().toarray() @ rho).real, abs=1e-9)


@settings(max_examples=8, deadline=None)
@given(open_lattices())
def test_iteration_and_factorisation_agree_to_their_bounds(model):
    found = steady_lattice(model, "auto")
    made = Generator(by_numbers(model))
    other, _, _ = iterate(made, 1e-12, lambda _: True, None)
    whole, _, _ = iterate(Generator(single(model)), 1e-12, lambda _: True, None)
    value, bound = other.evaluate(made.hamiltonian)
    assert abs(value - found.energy) <= bound + found.bounds["energy"] + 1e-13
    value, bound = whole.evaluate([model.strings.sparse()])
    assert abs(value - found.energy) <= bound + found.bounds["energy"] + 1e-13


@st.composite
def chains(draw):
    rng, N = np.random.default_rng(draw(st.integers(0, 2**20))), draw(st.integers(2, 4))
    baths = [cq.Bath(site=0, temperature=1.0, rate=0.8), cq.Bath(site=-1, temperature=0.4, rate=1.1)]
    fields = {"zz": draw(st.sampled_from([0.0, 0.5])), "dephasing": draw(st.sampled_from([0.0, 0.3]))}
    return cq.SpinChain(
        sites=N,
        hopping=list(rng.uniform(0.5, 1.5, N - 1)),
        frequency=list(rng.uniform(0.5, 1.5, N)),
        baths=baths,
        **fields,
    )


@settings(max_examples=10, deadline=None)
@given(chains())
def test_a_spin_chain_is_the_same_by_the_general_code(chain):
    """By every method that both admit, to 1e-10."""
    model = chain.lattice()
    reference = cq.steady_state(chain)
    asked = cq.steady_state(model)
    assert "the lattice is a spin chain" in asked.method.reason
    np.testing.assert_array_equal(asked.heat_currents, reference.heat_currents)
    for method in (cq.Full(), cq.Sector()):
        one, other = cq.steady_state(chain, method=method), steady_lattice(model, method)
        baths = len(chain.baths)
        for mine, ours in (
            (one.heat_currents, other.inflows["energy"][:baths]),
            (one.excitation_currents, other.inflows["magnetisation"][:baths]),
            (one.populations - 0.5, other.profiles["magnetisation"]),
            (one.currents, other.currents["magnetisation"][_bonds(chain, other)]),
            (one.energy, other.energy),
            (one.entropy_production, other.entropy_production),
        ):
            np.testing.assert_allclose(ours, mine, rtol=0, atol=1e-10)


def _bonds(chain, found):
    """Places of the chain's bonds among all pairs that something flows between."""
    pairs = [tuple(pair) for pair in found.bonds.tolist()]
    return [pairs.index(pair) for pair in zip(chain.bonds.first.tolist(), chain.bonds.second.tolist(), strict=True)]


def test_lattices_that_are_no_spin_chain_say_why():
    ends = [cq.Bath(site=0, gain=0.4, loss=0.7), cq.Bath(site=-1, gain=0.1, loss=0.7)]
    field = Lattice(sites=3, terms=[Term("S+ S-", plus="hermitian-conjugate"), Term("X", 0.3)], baths=ends)
    with refused("method", "the term X on 0", "Full()", error=cq.Unsupported):
        cq.steady_state(field, method=cq.TwoPoint())
    with refused("method", "H conserves no number", "Full()", error=cq.Unsupported):
        cq.steady_state(field, method=cq.Sector())
    closed = Lattice(sites=3, terms=[Term("Z Z"), Term("X", 0.3)])
    with refused("model", "closed"):
        cq.steady_state(closed)
    dephased = Lattice(sites=3, terms=[Term("S+ S-", plus="hermitian-conjugate"), Term("X Y Z")], dephasing=1.0)
    with refused("model", "one steady state", error=cq.NotConverged):
        cq.steady_state(dephased)
    kept = Lattice(sites=3, terms=[Term("S+ S-", plus="hermitian-conjugate")], jumps=[Jump("Z", 1.0)])
    with refused("baths", "magnetisation"):
        cq.steady_state(kept)


def test_a_boson_that_fills_its_last_level_is_told():
    wire = {
        "terms": [Term("b+ b-", 0.5, plus="hermitian-conjugate")],
        "baths": [cq.Bath(site=0, occupation=0.05, rate=1.0), cq.Bath(site=-1, occupation=0.01, rate=1.0)],
    }
    with pytest.raises(cq.NotConverged, match="last boson level") as error:
        cq.steady_state(Lattice(sites=2, local={"boson": 3}, **wire))
    assert error.value.solution.certificate["last boson level"].value > 1e-6
    found = cq.steady_state(Lattice(sites=2, local={"boson": 7}, **wire))
    # two modes between baths: n_1 - n_2 carries J = Γ (n̄_1 - n_1)
    assert found.inflows["particles"].sum() == pytest.approx(0, abs=1e-12)
    assert found.inflows["particles"][0] == pytest.approx(1.0 * (0.05 - found.profiles["particles"][0]), rel=1e-5)


def tilted(sites):
    return Lattice(
        sites=sites,
        terms=[Term("Z Z"), Term("X", 0.7), Term("Z", 0.2)],
        baths=[cq.Bath(site=0, gain=0.4, loss=1.0), cq.Bath(site=-1, gain=0.1, loss=0.9)],
    )


def test_what_the_environments_bring_is_balanced_in_a_large_block():
    """A transverse field between baths at 6 sites: no number is kept apart, the whole density matrix is iterated."""
    assert planned(tilted(6)).blocks.dimension == 4**6
    found = cq.steady_state(tilted(6))
    assert "iteration" in found.method.reason
    np.testing.assert_allclose(found.currents["energy"][1:-1], found.inflows["energy"][0], rtol=1e-9)
    assert found.certificate["second steady state"].holds


def test_estimates_of_the_iteration_hold_beside_the_factorisation():
    made = Generator(planned(tilted(5)).blocks)
    asked = Asked(made, Flows(tilted(5)))
    rough, _, _ = iterate(made, 1e-6, lambda _: True, None)
    sharp, _, _ = factorise(made)
    mine, theirs = asked.read(rough.evaluate), asked.read(sharp.evaluate)
    for group in ("profiles", "currents", "inflows"):
        for of, one in getattr(mine, group).items():
            other = getattr(theirs, group)[of]
            assert np.all(np.abs(one.value - other.value) <= one.bound + other.bound)


def test_six_spins_against_qutip():
    """A ladder in a transverse field with a three-site term, baths at opposite corners, jumps of two sites: state and heat to 1e-9."""
    model = Lattice(
        sites=6,
        geometry={"kind": "ladder"},
        terms=[
            Term("X X", 0.8, on="legs"),
            Term("S+ S-", "0.5+0.3j", on="rungs", plus="hermitian-conjugate"),
            Term("Z", {"random": "uniform", "width": 1.0}),
            Term("X", 0.4),
            Term("X Y Z", 0.2, on=[[0, 2, 4]]),
        ],
        baths=[cq.Bath(site=0, gain=0.5, loss=0.9), cq.Bath(site=-1, gain=0.1, loss=0.8)],
        jumps=[Jump("S- S-", 0.2, on=[[1, 3]])],
        dephasing=0.05,
        seed=4,
    )
    found = cq.steady_state(model)
    H, jumps = to_qutip(model)
    rho = state_to_qutip(model, found.state[0])
    assert (qutip.liouvillian(H, jumps) @ qutip.operator_to_vector(rho)).norm("l2") <= 1e-10
    assert found.energy == pytest.approx(qutip.expect(H, rho), abs=1e-9)
    count = 0
    for number, one in enumerate(model.environments):
        mine, count = jumps[count : count + len(one.jumps)], count + len(one.jumps)
        flow = sum(qutip.expect(H, qutip.lindblad_dissipator(L)(rho)) for L in mine)
        assert found.inflows["energy"][number] == pytest.approx(flow.real, abs=1e-9)


def ends(up, down, sites):
    return [cq.Bath(site=0, gain=up[0], loss=down[0]), cq.Bath(site=sites - 1, gain=up[1], loss=down[1])]


DETACHED = {  # X of the last site commutes with H and all jumps
    "terms": [
        Term("Z Z", 1.0, on=[[j, j + 1] for j in range(4)]),
        Term("X", 0.9, on=list(range(5))),
        Term("Z", 0.5, on=list(range(5))),
        Term("Z X", 1.0, on=[[4, 5]]),
    ],
    "sites": 6,
    "baths": ends((1.2, 0.3), (3.0, 2.7), 5),
}


@pytest.mark.parametrize(
    "model",
    [
        Lattice(**DETACHED),
        Lattice(**DETACHED, jumps=[Jump("X", 0.5, on=[5])]),
        Lattice.transverse_ising(6, transverse=0.7, jumps=[Jump("X", 0.3)]),  # the product of all X
    ],
    ids=["a site that only listens", "the same with its own jumps", "parity"],
)
def test_a_conserved_operator_without_a_diagonal_is_seen_in_large_blocks(model):
    assert planned(model).blocks.dimension > 1100
    with pytest.raises(cq.NotConverged, match="second steady state"):
        cq.steady_state(model)


def test_one_steady_state_is_found_between_weak_baths():
    model = Lattice.tilted_ising(6, baths=ends((4e-5, 1e-5), (1e-4, 1e-4), 6))
    found = cq.steady_state(model)
    assert found.certificate["second steady state"].holds
    assert found.inflows["energy"].sum() == pytest.approx(0, abs=found.bounds["energy_inflows"].sum())


def test_a_small_term_beside_a_huge_one_is_no_rounding():
    """A field of 0.05 beside one of 1e10: the magnetisation is not conserved, and the last site is not that of its bath alone."""
    found = []
    for field in (1e6, 1e8):
        model = Lattice(
            sites=4,
            terms=[Term("Z", [field, 1, 1.2, 0.9]), Term("S+ S-", plus="hermitian-conjugate"), Term("X", 0.05, on=[3])],
            dephasing=0.1,
            baths=ends((0.4, 0.1), (1.0, 0.9), 4),
        )
        assert model.symmetries.conserved == ()
        found.append(cq.steady_state(model).profiles["magnetisation"][3] + 0.5)
    assert found[0] == pytest.approx(0.101184, abs=1e-6)
    assert found[1] == pytest.approx(found[0], abs=1e-6)
    shifted = Lattice(sites=3, terms=[Term("I", 1e13), Term("Z Z"), Term("X", 0.05)])
    assert shifted.symmetries.conserved == ()


def test_a_number_of_one_value_tells_nothing_apart():
    site = {"operators": {"X": [[0, 1], [1, 0]], "L": [[0, 1], [0, 0]], "Q": [[2, 0], [0, 2]]}, "conserved": ["Q"]}
    found = cq.steady_state(Lattice(sites=2, local=site, terms=[Term("X X"), Term("X", 0.3)], jumps=[Jump("L", 0.5)]))
    assert found.profiles["Q"] == pytest.approx([2, 2])


def test_sites_are_told_by_what_they_are():
    model = cq.SpinChain(sites=3, hopping=1.0, baths=ends((0.4, 0.1), (1.0, 0.9), 3)).lattice()
    assert model.spaces
    for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert "the lattice is a spin chain" in cq.steady_state(again).method.reason
    words = {"operators": {"Sx": [[0, 1], [1, 0]]}}
    assert Lattice(sites=3, local=words, terms=[Term("Sx Sx")]).symmetries.parities == ()


def test_what_the_iteration_leaves_unsure_is_factorised():
    """Couplings of 86 beside rates of 1e-3: estimates of the iteration are too wide, the factorisation's bounds are not."""
    model = Lattice(
        sites=3,
        local=["spin-1", "spin-1", "spin-3/2"],
        terms=[
            Term("Sz", [-3.72, 0.136, -2.21]),
            Term("Sx", [-0.0324, 0.000763, -0.0208]),
            Term("Sx Sx", [0.00524, -0.375]),
            Term("Sy Sy", [-0.613, 0.67]),
            Term("Sz Sz", [-4.89, 85.7]),
        ],
        jumps=[
            Jump("S+", 0.0401, on=[0]),
            Jump("S-", 5.23, on=[0]),
            Jump("S+", 0.00629, on=[2]),
            Jump("S-", 0.000859, on=[2]),
        ],
    )
    found = cq.steady_state(model)
    assert "nonzeros of the factors" in found.method.statistics
    assert found.certificate.holds
