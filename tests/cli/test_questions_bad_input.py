"""Run files that name a question, `choose` and `verdict`, given what a hurried user gives them."""

import pytest

import caloriq as cq
from caloriq.documents import yaml_text
from caloriq.questions.registry import question_from
from command_line import call, files
from command_line import refused as refused_by_command
from testers import refused

CHAIN = {"kind": "modular-chain", "subunits": 2, "levels": 8, "bandwidth": 0.05, "coupling": 1e-3, "seed": 1}
WIRE = {
    "kind": "spin-chain",
    "sites": 3,
    "hopping": 1.0,
    "baths": [{"site": 0, "temperature": 1.0, "rate": 1.0}, {"site": -1, "temperature": 0.5, "rate": 1.0}],
}
FILES = {
    "empty question": ({"model": CHAIN, "question": None}, "question", "None"),
    "list of questions": ({"model": CHAIN, "question": ["ham"]}, "question", "mapping"),
    "misspelt": ({"model": CHAIN, "question": "hamm"}, "question.kind", "did you mean ham?"),
    "of another model": ({"model": WIRE, "question": "ham"}, "question", "spin-chain"),
    "unknown field": (
        {"model": CHAIN, "question": {"kind": "ham", "temperature": [1]}},
        "did you mean `temperatures`?",
    ),
    "fields beside it": ({"model": CHAIN, "question": "ham", "times": {"stop": 1}}, "question", "times"),
    "a reference": (
        {"model": WIRE, "question": {"kind": "steady-state", "reference": {"dephasing": 0}}},
        "reference",
        "use a sweep",
    ),
    "some quantities": ({"model": WIRE, "question": {"kind": "steady-state", "keep": ["current"]}}, "keep", "sweep"),
}


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("case", FILES)
def test_files_are_refused_in_one_sentence(tmp_path, case, command):
    content, *words = FILES[case]
    (tmp_path / "job.yaml").write_text(yaml_text(content), encoding="utf-8")
    refused_by_command(call(command, "job.yaml", cwd=tmp_path), *words)
    assert files(tmp_path) == ["job.yaml"]


def test_times_of_a_question_that_has_none(tmp_path):
    (tmp_path / "job.yaml").write_text(yaml_text({"model": CHAIN, "question": "ham"}), encoding="utf-8")
    refused_by_command(call("run", "job.yaml", "--stop", "3", cwd=tmp_path), "stop", "question ham", "no times")
    assert files(tmp_path) == ["job.yaml"]


def test_choices():
    model = cq.ModularChain.from_mapping({k: v for k, v in CHAIN.items() if k != "kind"})
    with refused("question", "kind"):
        cq.choose("ham", model, kind="evolve")
    with refused("question", "temperatures"):
        cq.choose(question_from({"kind": "ham"}), model, temperatures=[1.0])
    with refused("question.kind", "evolve"):
        cq.choose("evolv", model)


def test_verdicts():
    model = cq.ModularChain.from_mapping({k: v for k, v in CHAIN.items() if k != "kind"})
    exact = cq.evolve(model, [0.0, 1.0])
    with refused("exact", "an Evolution", "3"):
        cq.verdict(3, cq.ham(model))
    with refused("theory", "a Theory", "3"):
        cq.verdict(exact, 3)
    bands = cq.BandedPair(levels=[1, 4], bandwidth=0.05, coupling=2e-4, seed=1)
    for evolved, theory in ((cq.evolve(bands, [0.0, 1.0]), cq.ham(model)), (exact, cq.ham(bands))):
        with refused("theory", "another model"):
            cq.verdict(evolved, theory)
    short = cq.verdict(cq.evolve(bands, [0.0, 1.0]), cq.ham(bands))
    assert short.grade == "undecided"
    assert "`times` must be at least 9" in short.sentence


def test_details_beside_json_are_refused_before_the_work(tmp_path):
    (tmp_path / "wire.yaml").write_text(yaml_text(WIRE))
    answer = call("run", "wire.yaml", "--json", "--details", cwd=tmp_path)
    refused_by_command(answer, "`--details`", "--json")
    assert files(tmp_path) == ["wire.yaml"]


def test_what_would_run_is_named_as_what_ran():
    chain = cq.ModularChain(subunits=2, levels=8, bandwidth=0.05, coupling=1e-3, seed=1)
    assert cq.choose("ham", chain).method == question_from({"kind": "ham"}).ask(chain).method.name


def test_one_method_for_all_shells_is_given_itself():
    chain = cq.BandedChain(subunits=3, levels=[1, 3, 2], bandwidth=0.1, coupling=0.01, seed=2)
    assert cq.choose("bands", chain, method="krylov").method == cq.Krylov()
    assert cq.choose("bands", chain).method == cq.Exact()


def test_a_lattice_is_asked_its_own_questions_by_the_names_of_the_verbs():
    model = cq.Lattice.tilted_ising(3, baths=[{"site": 0, "gain": 0.2, "loss": 0.3}])
    assert cq.choose("steady-state", model) == cq.choose("lattice-steady-state", model)
    times = {"stop": 1.0, "count": 2}
    closed = cq.Lattice.tilted_ising(3)
    assert cq.choose("evolve", closed, times=times) == cq.choose("lattice-evolution", closed, times=times)
