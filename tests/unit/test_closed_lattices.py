"""Closed lattices in time and their equation of state: what is refused, in one sentence, and what files and sweeps ask."""

import numpy as np
import pytest

import caloriq as cq
from caloriq import _checks
from caloriq.closed.lattice.equation_of_state import equation_of_state
from caloriq.closed.lattice.evolution import evolve_lattice
from caloriq.closed.methods import Typical
from caloriq.models.files import read_model
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.starts import Gibbs, RandomState, SiteStates
from caloriq.models.lattice.terms import Jump, Term
from caloriq.questions.registry import question_from
from caloriq.questions.run import read_run
from testers import refused

ISING = Lattice(sites=4, terms=(Term("Z Z"), Term("X", 1.4), Term("Z", 0.9045)))
XXZ = Lattice(sites=4, terms=(Term("X X"), Term("Y Y"), Term("Z Z", 0.5)))
FERMIONS = Lattice(sites=4, local="fermion", terms=(Term("c+ c-", plus="hermitian-conjugate"),))


def evolve(model=XXZ, times=(0.0, 1.0), **options):
    return cq.evolve(model, list(times), **options)


@pytest.mark.parametrize(
    ("observables", "words"),
    [
        ("heat", ("densities of the model", "'heat'", "energy-current")),
        (["energy", "particles"], ("'particles'", "magnetisation")),
        (["magnetization"], ("'magnetization'", "did you mean")),
        ([3], ("got 3",)),
        ([], ("at least one", "got []")),
        ([Term("S+ S-", on=[[0, 2]])], ("hermitian", "term 0", "hermitian-conjugate")),
    ],
)
def test_observables_that_are_none(observables, words):
    with refused("observables", *words):
        evolve(observables=observables)


def test_words_of_an_observable_that_the_sites_do_not_have():
    with refused("operator", "c+"):
        evolve(observables=[Term("c+ c-", on=[[0, 1]])])
    with refused("on", "4 sites", "got site 7"):
        evolve(observables=[Term("X", on=[[7]])])


def test_a_current_of_what_is_not_conserved_is_refused_by_name_and_its_profile_is_not():
    with refused("of", "magnetisation", "term 1", "'X'", error=cq.Unsupported):
        evolve(ISING, observables=["magnetisation-current"])
    run = evolve(ISING, observables=["magnetisation", "energy-current"])
    assert (set(run.profiles), set(run.currents)) == ({"magnetisation"}, {"energy"})
    run = evolve(observables=["magnetisation-density"])
    assert (set(run.profiles), set(run.currents)) == ({"magnetisation"}, set())
    run = evolve(observables="magnetisation")
    assert (set(run.profiles), set(run.currents)) == ({"magnetisation"}, {"magnetisation"})


@pytest.mark.parametrize(
    ("model", "start", "argument", "words"),
    [
        (XXZ, SiteStates(states=["up", "left"]), "states", ("'left'", "up", "levels, 0 to 1")),
        (XXZ, SiteStates(states=[0, 1, 2, 0]), "states", ("0..1", "got 2")),
        (XXZ, SiteStates(states=["up", "down", "up"]), "states", ("4 sites are a multiple", "got 3 states")),
        (FERMIONS, SiteStates(states="up"), "states", ("'up'", "filled")),
        (FERMIONS, SiteStates(states={"theta": 1.0}), "states", ("spins alone", "fermion")),
        (XXZ, cq.starts.domain_wall(at=9), "at", ("got 9",)),
        (ISING, RandomState(numbers={"magnetisation": 0.0}), "numbers", ("conserved", "'magnetisation'", "none")),
        (XXZ, RandomState(numbers={"magnetisation": 0.5}), "numbers", ("magnetisation 0.5", "from -2 to 2")),
        (XXZ, Gibbs(temperatures=[1.0, 2.0, 3.0]), "temperatures", ("4 (of the sites)", "got 3")),
        (XXZ, cq.starts.vector([1.0, 0.0]), "vector", ("length 16", "shape (2,)")),
        (XXZ, cq.haar(), "initial", ("start of a lattice", "Haar")),
        (XXZ, "up", "initial", ("'up'",)),
    ],
)
def test_starts_that_the_lattice_does_not_have(model, start, argument, words):
    with refused(argument, *words):
        evolve(model, initial=start)


@pytest.mark.parametrize(
    ("make", "argument", "words"),
    [
        (lambda: Gibbs(temperatures=0.0), "temperatures", ("greater than 0", "got 0")),
        (lambda: Gibbs(temperatures=[1.0, -2.0]), "temperatures", ("greater than 0", "got -2")),
        (lambda: Gibbs(temperatures=True), "temperatures", ("got True",)),
        (lambda: Gibbs(temperatures=1.0, draw="mixed", samples=3), "samples", ("mixed", "got 3")),
        (lambda: SiteStates(states=[]), "states", ("at least one",)),
        (lambda: SiteStates(states=[1.5]), "states", ("got 1.5",)),
        (lambda: Typical(samples=1), "samples", ("at least 2", "got 1")),
    ],
)
def test_definitions_that_say_nothing_that_is(make, argument, words):
    with refused(argument, *words):
        make()


@pytest.mark.parametrize("temperatures", [0.0, -1.0, [1.0, 0.0], [np.inf], "warm", []])
def test_temperatures_of_an_equation_of_state(temperatures):
    with refused("temperatures"):
        equation_of_state(XXZ, temperatures)


def test_jumps_are_none_of_a_closed_lattice():
    model = Lattice(sites=3, terms=(Term("Z Z"),), jumps=(Jump("S-", 0.1),))
    with refused("model", "jumps", "S-"):
        evolve_lattice(model, [0.0, 1.0])
    with refused("model", "jumps", "S-"):
        question_from({"kind": "lattice-evolution"}).admit(model)
    with refused("model", "closed"):
        question_from({"kind": "lattice-relaxation"}).admit(Lattice(sites=3, terms=(Term("Z Z"),)))


def test_what_has_no_room_is_refused_with_its_need_before_the_work(monkeypatch):
    large = Lattice(sites=40, terms=(Term("X X"), Term("Z")))
    with refused("sites", "TB", "got 40"):
        evolve(large, method="chebyshev")
    with refused("sites", "TB", "got 40"):
        question_from({"kind": "lattice-evolution", "method": "chebyshev"}).admit(large)
    with refused("sites", "TB", "got 40"):
        question_from({"kind": "equation-of-state"}).admit(large)
    with refused("sites", "got 40"):
        equation_of_state(large, [1.0])
    monkeypatch.setattr(_checks, "available_memory", lambda: 1e6)
    with refused("method", "Typical()"):
        equation_of_state(Lattice(sites=9, terms=(Term("X"), Term("Z Z"))), [1.0], method=cq.Exact())


def test_names_are_those_of_the_steady_state_of_the_same_lattice():
    from caloriq.steady.lattice.result import variables_of

    steady = {one.name: (one.units, one.carries) for one in variables_of(XXZ)}
    mine = {one.name: (one.units, one.carries) for one in evolve().declared()}
    assert mine == {name: steady[name] for name in mine}


def test_one_particle_on_many_sites_has_room():
    chain = Lattice(sites=50, terms=(Term("S+ S-", plus="hermitian-conjugate"),))
    start = cq.starts.site_states([1] + [0] * 49)
    assert evolve(chain, initial=start).method.statistics["dimension"] == 50


def test_a_span_over_which_phases_are_lost_is_refused():
    with refused("times", "rounding"):
        evolve(times=[0.0, 1e12])


@pytest.mark.parametrize(
    ("lines", "argument", "line"),
    [
        ("observables: [heat]", "observables", 2),
        ("observables: [energy, {operator: Q}]", "operator", 2),
        ("question: {kind: lattice-evolution, observables: [{operator: Q}]}", "operator", 2),
        ("initial: {kind: gibbs, temperatures: 0}", "temperatures", 2),
        ("initial: {kind: site-states, states: [up, sideways]}", "states", 2),
        ("initial: {kind: walls}", "initial", 2),
        ("times: {stop: -1}", "stop", 2),
        ("question: {kind: equation-of-state, temperatures: [0]}", "temperatures", 2),
    ],
)
def test_files_are_refused_with_their_name_and_line(tmp_path, lines, argument, line):
    file = tmp_path / "own.yaml"
    file.write_text(f"model: {{kind: lattice, sites: 4, terms: [{{operator: Z Z}}, {{operator: X}}]}}\n{lines}\n")
    with pytest.raises(cq.InvalidInput) as caught:
        read_run(file)
    assert argument in str(caught.value)
    assert f"{file}, line {line}" in str(caught.value)


def test_times_that_are_given_are_read_again():
    for kind, values in (("lattice-evolution", [0.0, 0.5]), ("relaxation", [0.1, 0.5]), ("evolve", [0.0, 0.5])):
        question = question_from({"kind": kind, "times": {"values": values}})
        assert question_from(question.to_mapping()) == question
    question = question_from({"kind": "equation-of-state", "temperatures": [1.0, 2.0]})
    assert question_from(question.to_mapping()) == question


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ("", "lattice-evolution"),
        ("times: {stop: 1}", "lattice-evolution"),
        ("question: equation-of-state", "equation-of-state"),
    ],
)
def test_a_file_of_a_closed_lattice_asks_for_its_evolution(tmp_path, lines, kind):
    file = tmp_path / "own.yaml"
    file.write_text(f"model: {{kind: lattice, sites: 4, terms: [{{operator: Z Z}}, {{operator: X}}]}}\n{lines}\n")
    assert read_run(file).questions[0].kind == kind
    open_one = tmp_path / "open.yaml"
    open_one.write_text("{kind: lattice, sites: 2, terms: [{operator: X X}], dephasing: 0.1}\n")
    with refused("model", "dephasing"):
        question_from({"kind": "lattice-evolution"}).admit(read_model(open_one))


def test_an_ensemble_draws_the_random_strengths_of_a_lattice(tmp_path):
    field = "{random: uniform, width: 1.0}"
    text = (
        "model: {{kind: lattice, sites: 3, terms: [{{operator: Z Z}}, {{operator: X, value: {}}}]}}\n"
        "question: {{kind: equation-of-state, temperatures: [1.0], keep: [energy]}}\nensemble: {{samples: 3, seed: 1}}\n"
    )
    file = tmp_path / "sweep.yaml"
    file.write_text(text.format(field))
    found = cq.run_sweep(cq.read_sweep(file))
    assert np.unique(found.energy).size == 3
    file.write_text(text.format("0.5"))
    with refused("ensemble", "random"):
        cq.run_sweep(cq.read_sweep(file))
