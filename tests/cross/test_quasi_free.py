"""Steady states of quasi-free lattices by two-point functions: against all of the density matrix, against QuTiP."""

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.lattice.flows import Flows
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.quasi_free import QuadraticFlows
from caloriq.models.lattice.terms import Jump, Term
from caloriq.models.lattice.with_qutip import state_from_qutip, to_qutip
from caloriq.questions.lattice_steady import LatticeSteadyQuestion
from quasi_free import PLUS, fermions, folded, spins, square
from testers import refused


def assert_same(model, *, tol=1e-10):
    """By two-point functions and by the whole density matrix, within `tol` and within the bounds of both."""
    mine, whole = cq.steady_state(model), cq.steady_state(model, method=cq.Full())
    assert "the two-point set closes" in mine.method.reason
    assert mine.environments == whole.environments
    np.testing.assert_array_equal(mine.bonds, whole.bonds)
    for variable in whole.declared():
        ours, theirs = (np.asarray(variable.of(one)) for one in (mine, whole))
        apart = np.abs(ours - theirs)
        room = mine.bounds[variable.name] + whole.bounds[variable.name]
        if np.all(np.isfinite(theirs)):
            assert apart.max(initial=0.0) <= tol, variable.name
            assert np.all(apart <= room + 1e-15), variable.name  # rounding of the operators themselves
            assert np.max(mine.bounds[variable.name], initial=0.0) <= tol, variable.name
        else:
            np.testing.assert_array_equal(ours, theirs)
    return mine, whole


@settings(max_examples=12, deadline=None)
@given(fermions(largest=4))
def test_fermions_on_graphs_against_the_density_matrix(model):
    assert_same(model)


@settings(max_examples=10, deadline=None)
@given(spins())
def test_spins_along_a_chain_against_the_density_matrix(model):
    assert_same(model)


@settings(max_examples=6, deadline=None)
@given(fermions(largest=4), st.integers(0, 99))
def test_against_qutip(model, seed):
    found = cq.steady_state(model)
    H, jumps = to_qutip(model)
    rho = state_from_qutip(model, qutip.steadystate(H, jumps, method="direct"))
    assert found.energy == pytest.approx(np.trace(model.to_matrix() @ rho).real, abs=1e-9)
    for of, profile in found.profiles.items():
        for a, value in zip(model.density(of), profile, strict=True):
            assert value == pytest.approx(np.trace(a.sparse().toarray() @ rho).real, abs=1e-9)
    M = model.quasi_free.modes.count
    x, y = np.random.default_rng(seed).integers(0, model.size, 2).tolist()
    word = "" if model.size == M else "up"
    up, down = (Jump(f"c{sign}{word}", on=[site]) for sign, site in (("+", x), ("-", y)))
    c = [one.jumps[0].sparse().toarray() for one in Lattice(**_alone(model), jumps=[up, down]).environments]
    at = model.quasi_free.modes.first
    assert found.two_point[at[x], at[y]] == pytest.approx(np.trace(c[0] @ c[1] @ rho), abs=1e-9)


def _alone(model):
    return {"sites": model.size, "local": model.local, "terms": [Term("n")]}


def test_a_bath_with_a_temperature_and_two_of_rates():
    model = Lattice(
        sites=4,
        local="fermion",
        terms=[Term("c+ c-", [0.7, "0.2+0.9j", 0.4, 1.1], on=[[0, 1], [1, 3], [2, 3], [0, 3]], **PLUS), Term("n", 0.8)],
        baths=[cq.Bath(site=0, temperature=1.0, rate=0.6), cq.Bath(site=2, temperature=0.3, rate=0.9)],
    )
    mine, whole = assert_same(model)
    assert mine.entropy_production == pytest.approx(whole.entropy_production, abs=1e-10)
    assert mine.bounds["entropy_production"] < 1e-10


def test_noise_on_the_hopping():
    """Hermitian jumps c†_x c_y + h.c. are quadratic and not diagonal."""
    baths = [cq.Bath(site=0, gain=0.3, loss=0.5), cq.Bath(site=-1, gain=0.1, loss=0.8)]
    hopping = Term("S+ S-", [0.4, "0.2+0.7j"], **PLUS)
    for terms, jumps in (
        ([hopping, Term("Z", [0.1, 0.5, 0.2])], [Jump("X X", 0.3), Jump("Y Y", 0.2)]),
        ([Term("X Z X", 0.3), Term("Z", 0.2)], [Jump("X Y", 0.3)]),
    ):
        mine, _ = assert_same(Lattice(sites=3, terms=terms, jumps=jumps, baths=baths))
        assert "hermitian and quadratic" in mine.method.reason


@settings(max_examples=12, deadline=None)
@given(st.one_of(fermions(largest=4), spins()))
def test_currents_are_those_of_the_operators(model):
    """Bonds and operators of quadratic forms and of strings, element by element, as the functionals of a random matrix."""
    quadratic, strings = QuadraticFlows(model.quasi_free), Flows(model)
    np.testing.assert_array_equal(quadratic.bonds, strings.bonds)
    for of in strings.carried:
        for a, b in zip(quadratic.operators(of), strings.operators(of), strict=True):
            again = model.quasi_free.of(b)
            assert abs(a.matrix - again.matrix).max() <= 1e-13
            assert a.size == pytest.approx(b.norm, abs=1e-13)


def test_a_folded_chain_is_the_chain():
    straight = cq.SpinChain(
        sites=30,
        hopping=1.0,
        frequency=1.0,
        dephasing=0.3,
        baths=[cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, gain=0.0, loss=1.0)],
    )
    chain, lattice = cq.steady_state(straight), cq.steady_state(folded(30, dephasing=0.3, hot=1.0))
    order = [*range(0, 30, 2), *reversed(range(1, 30, 2))]
    np.testing.assert_allclose(lattice.profiles["particles"][order], chain.populations, rtol=0, atol=1e-12)
    np.testing.assert_allclose(lattice.inflows["energy"][:2], chain.heat_currents, rtol=0, atol=1e-12)


def test_square_of_fermions_with_dephasing():
    """Translation along the edges makes every row of the square the chain between its two baths."""
    found = cq.steady_state(square(5, dephasing=0.4))
    ends = [cq.Bath(site=0, gain=0.8, loss=0.2), cq.Bath(site=-1, gain=0.3, loss=0.7)]
    row = cq.steady_state(cq.SpinChain(sites=5, hopping=1.0, frequency=0.5, dephasing=0.4, baths=ends))
    n = found.profiles["particles"].reshape(5, 5)
    np.testing.assert_allclose(n.mean(axis=1), row.populations, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"terms": [Term("c+ c-", **PLUS), Term("n n", 0.3)], "jumps": [Jump("c-")]}, ["the term Z Z on 0, 1"]),
        ({"terms": [Term("c+ c-", **PLUS)], "jumps": [Jump("c- c-", 0.3)]}, ["c- c- jumps 0", "not hermitian"]),
        ({"terms": [Term("c+ c-", **PLUS)], "jumps": [Jump("n c-", 0.3)]}, ["n c- jumps 0", "neither linear"]),
        ({"local": "spin-1", "terms": [Term("Sz Sz")], "jumps": [Jump("S-")]}, ["spin-1"]),
        ({"local": {"boson": 1}, "terms": [Term("b+ b-", **PLUS)], "jumps": [Jump("b-")]}, ["boson"]),
        ({"local": "spin-1/2", "terms": [Term("X X")], "jumps": [Jump("S-", on=[[1]])]}, ["S- jumps 0", "X on 1"]),
        ({"local": "spin-1/2", "terms": [Term("X X"), Term("X", 0.2)], "jumps": [Jump("Z")]}, ["the term X on 0"]),
    ],
)
def test_what_breaks_it_is_named(fields, words):
    model = Lattice(**{"sites": 3, "local": "fermion", **fields})
    with refused("method", *words, "Full()", error=cq.Unsupported):
        cq.steady_state(model, method=cq.TwoPoint())
    assert isinstance(model.quasi_free, str)


def test_what_has_no_single_steady_state_is_refused():
    # the mode that is odd in the two outer sites never meets the bath in the middle
    dark = Lattice(
        sites=3, local="fermion", terms=[Term("c+ c-", **PLUS)], jumps=[Jump("c-", on=[[1]]), Jump("c+", on=[[1]])]
    )
    with refused("model", "one steady state", error=cq.NotConverged):
        cq.steady_state(dark, method="two-point")
    kept = Lattice(sites=3, local="fermion", terms=[Term("c+ c-", on=[[0, 2], [1, 2]], **PLUS)], dephasing=1.0)
    with refused("baths", "particles"):
        cq.steady_state(kept, method="two-point")
    with refused("model", "closed"):
        cq.steady_state(Lattice(sites=3, local="fermion", terms=[Term("n")]), method="two-point")


def test_two_point_functions_are_no_start():
    model = folded(4, dephasing=0.0, hot=1.0)
    with refused("initial", "density matrix", "Full()"):
        cq.evolve(model, [0.0, 1.0], initial=cq.steady_state(model))
    assert cq.evolve(model, [0.0, 1.0], initial=cq.steady_state(model, method=cq.Full())).certificate.holds


def test_what_two_points_leave_unsure_is_solved_in_full():
    """A field of 7000 beside a pairing of 0.004: the energies of sites are not known to their digits by two-point functions."""
    model = Lattice(
        sites=2,
        local="fermion",
        terms=[
            Term("c+ c-", "-0.2847515883968354+0.04977142392491619j", **PLUS),
            Term("n", [7223.3098277733125, 0.34217886968276257]),
            Term("c+ c+", 0.004266859225387729, **PLUS),
        ],
        jumps=[Jump("c-", 0.08380482888160683, on=[0]), Jump("c+", 0.014791266275407633, on=[1])],
        dephasing=[0.002158939580201616, 0.0006068058357673249],
    )
    with pytest.raises(cq.NotConverged, match="error of the energy") as error:
        cq.steady_state(model, method=cq.TwoPoint())
    rough, found = error.value.solution, cq.steady_state(model)
    assert found.state
    assert abs(rough.energy - found.energy) <= rough.bounds["energy"] + found.bounds["energy"]


def test_columns_of_a_question_are_those_of_the_result():
    model = square(3, dephasing=0.2)
    question = LatticeSteadyQuestion()
    chosen, reason = question.choice(model)
    assert isinstance(chosen, cq.TwoPoint)
    found = question.ask(model)
    assert found.method.reason == reason
    declared = {one.name: one.shape for one in question.outputs(model)}
    for one in found.declared():
        assert declared[one.name] == np.shape(one.of(found))
    assert question.memory(model) > 0
    assert question.seconds(model) < 10


@pytest.mark.parametrize("site", [0, 2])
def test_jumps_that_bring_and_take_in_superposition(site):
    """a σ⁻ + b σ⁺ at an end, complex, of sites whose operators are handed in; X and Y of spins."""
    words = {
        "X": [[0, 1], [1, 0]],
        "Y": [[0, "1j"], ["-1j", 0]],
        "Z": [[-1, 0], [0, 1]],
        "L": [[0, "0.3+0.4j"], ["0.8-0.1j", 0]],
        "M": [[0, "0.5-0.2j"], ["0.1j", 0]],
    }
    terms = [Term("X X", 0.7), Term("Y Y", 0.4), Term("X Y", 0.2), Term("Z", [0.3, 0.5, 0.9])]
    jumps = [Jump("L", 0.7, on=[site]), Jump("M", 0.6, on=[2 - site]), Jump("Z", 0.2, on=[1])]
    mine, _ = assert_same(Lattice(sites=3, local={"operators": words}, terms=terms, jumps=jumps))
    assert mine.two_point.shape == (6, 6)
    assert_same(Lattice(sites=3, terms=terms, jumps=[Jump("X", 0.3, on=[site]), Jump("S-", 0.6, on=[2 - site])]))


def test_what_cancels_in_an_operator_is_in_the_bound():
    """Noise of 3e7 by X X beside a coupling Y X of 6e-8: in fermions their effect on the energy is a difference of 1e13."""
    model = Lattice(
        sites=2,
        terms=[Term("X X", -3144186.8348416956), Term("Y Y", 0.0386), Term("Y X", 5.7e-8), Term("Z", [0.0, 0.0012])],
        jumps=[Jump("S-", 30585.5, on=[[0]]), Jump("X X", 30811801.06)],
        dephasing=[1.3e-05, 0.0058],
    )
    whole = cq.steady_state(model)
    found, bound = whole.inflows["energy"], whole.bounds["energy_inflows"]
    # the generator of these numbers solved in 300 bits; in the order of the environments: dephasing, loss, noise
    assert np.all(np.abs(found[1:] - [-1.75930047308496e-4, 1.75930080745300e-4]) <= bound[1:])
    assert bound[2] < 1e-8
    with pytest.raises(cq.NotConverged) as error:
        cq.steady_state(model, method=cq.TwoPoint())
    rough = error.value.solution
    assert np.all(np.abs(rough.inflows["energy"] - found) <= rough.bounds["energy_inflows"])


@pytest.mark.parametrize("method", ["auto", "full"])
def test_a_bath_that_is_called_dephasing_keeps_its_temperature(method):
    """Of names nothing follows: the entropy of a bath is that of its temperature."""
    bonds = Term("c+ c-", 1.0, on=[[0, 1], [1, 2], [0, 2]], **PLUS)
    for name in ("hot", "dephasing"):
        baths = [cq.Bath(site=0, temperature=2.0, rate=1.0, name=name), cq.Bath(site=-1, temperature=1.0, rate=1.0)]
        found = cq.steady_state(Lattice(sites=3, local="fermion", terms=[bonds, Term("n")], baths=baths), method=method)
        J = found.inflows["energy"]
        assert found.entropy_production == pytest.approx(-J[0] / 2 - J[1], abs=1e-12)
