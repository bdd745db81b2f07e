"""One test over every kind of model: file, digest, schema, laws, every question that admits it, disk, figure, notebook, sweep, run."""

import dataclasses
import json
import pickle
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

import caloriq as cq
import every_model as every
import model_examples as examples
from caloriq.models.files import read_model, write_model
from caloriq.models.kinds import MODELS
from caloriq.questions.registry import kinds
from caloriq.results import Check
from model_laws import laws
from testers import refused

mpl.use("agg")

ASKED = [pair for pair in every.asked() if pair not in examples.REFUSED]


def test_every_kind_of_model_and_every_question_has_an_example():
    assert set(examples.EXAMPLES) == set(MODELS)
    assert set(examples.SMALLEST) == set(kinds())
    assert {kind for kind, _ in ASKED} == set(MODELS)
    assert {name for _, name in ASKED} == set(kinds())


@pytest.mark.parametrize("kind", MODELS)
def test_it_is_the_same_from_a_file_and_from_python(kind, tmp_path):
    model = every.model_of(kind)
    by_hand = tmp_path / "by-hand.yaml"
    by_hand.write_text(examples.EXAMPLES[kind].text, encoding="utf-8")
    every.assert_same_definition(kind, read_model(by_hand), model)
    every.assert_same_definition(kind, read_model(write_model(model, tmp_path / "written.yaml")), model)
    every.assert_same_definition(kind, MODELS[kind].from_mapping(json.loads(json.dumps(model.whole_mapping()))), model)


@pytest.mark.parametrize("kind", MODELS)
def test_its_schema_fits_its_file(kind):
    every.assert_schema(kind, MODELS[kind].model_json_schema(), every.model_of(kind).to_mapping())


@pytest.mark.parametrize("kind", MODELS)
def test_its_operators_are_as_declared(kind):
    every.assert_laws(examples.EXAMPLES[kind].laws(every.model_of(kind)))


def test_operators_with_complex_numbers_are_as_declared():
    """A phase around a ring, which no choice of states takes away: what is conjugated in the wrong place shows."""
    ring = np.array([[0, 1j, 0.5 - 1j], [-1j, 0, 2 + 0.25j], [0.5 + 1j, 2 - 0.25j, 0]])
    model = cq.SpinChain(sites=3, couplings=ring, frequency=[1.0, 2.0, 4.0], baths=examples.BATHS)
    found = examples.EXAMPLES["spin-chain"].laws(model)
    assert set(found.equal) == {"built from σ", "block of one excitation"}
    every.assert_laws(found)


@pytest.mark.parametrize(("kind", "name"), examples.REFUSED)
def test_what_cannot_be_asked_is_refused_before_the_work(kind, name):
    question, model = every.question_of(name), every.model_of(kind, name)
    for asked in (question.admit, question.plan, question.admit_sample, question.ask):
        with refused(examples.REFUSED[kind, name]):
            asked(model)


@pytest.mark.parametrize(("kind", "name"), ASKED)
def test_every_question_is_answered_kept_drawn_and_shown(kind, name, tmp_path):
    found = every.answered(kind, name)
    assert every.same_but_for_length(found.model, every.model_of(kind, name), name)
    every.assert_proved(found, name)
    every.assert_kept(found, tmp_path / "answer.zarr.zip")
    every.assert_drawn(found)
    every.assert_shown(found)


@pytest.mark.parametrize(("kind", "name"), ASKED)
def test_every_question_is_answered_alike_in_a_sweep_and_from_a_file(kind, name, tmp_path):
    found, question = every.answered(kind, name), every.question_of(name)
    if (kind, name) in examples.WHOLE:
        with refused("question", "samples", kind):
            question.answer(every.model_of(kind, name))
    else:
        answer = question.answer(every.model_of(kind, name))
        every.assert_same_numbers(every.shared(found, answer, name), name)
        assert pickle.loads(pickle.dumps(answer)).outputs == answer.outputs  # as between the processes of a sweep
    mapping = {"model": every.model_of(kind, name).to_mapping(), "question": question.to_mapping()}
    every.assert_same_run(found, mapping, tmp_path / "run.yaml")


# -- every checker can fail: each claim is broken once on purpose


@pytest.fixture(scope="module")
def state():
    return every.answered("spin-chain", "steady-state")


def broken():
    return pytest.raises(AssertionError)


def laws_of(kind):
    return examples.EXAMPLES[kind].laws(every.model_of(kind))


def test_a_kind_or_a_question_without_an_example_is_seen():
    with broken():
        every.model_of("another")
    with broken():
        every.question_of("another")


def test_a_file_that_says_another_model_is_seen():
    model = every.model_of("spin-chain")
    with broken():
        every.assert_same_definition("spin-chain", model, model.model_copy(update={"dephasing": 0.5000000000000001}))
    with broken():
        every.assert_same_definition("classical-chain", model, model)


@pytest.mark.parametrize(
    "change", [{"sites": 0}, {"sites": 2.5}, {"sites": "3"}, {"sites": True}, {"jw": 1.0}, {"kind": "x"}, {"hx": "a"}]
)
def test_a_file_that_its_schema_does_not_allow_is_seen(change):
    schema, mapping = MODELS["quantum-chain"].model_json_schema(), every.model_of("quantum-chain").to_mapping()
    every.assert_schema("quantum-chain", schema, mapping)
    with broken():
        every.assert_schema("quantum-chain", schema, {**mapping, **change})


def test_a_schema_that_is_not_of_the_model_is_seen():
    schema, mapping = MODELS["quantum-chain"].model_json_schema(), every.model_of("quantum-chain").to_mapping()
    without = {name: one for name, one in schema["properties"].items() if name != "hx"}
    for change in (
        {"properties": without},
        {"additionalProperties": True},
        {"type": "array"},
        {"new word": 1},
        {"required": ["jw"]},
    ):
        with broken():
            every.assert_schema("quantum-chain", {**schema, **change}, mapping)
    with broken():
        every.assert_schema("classical-chain", schema, mapping)


@pytest.mark.parametrize("kind", [kind for kind in MODELS if kind != "classical-chain"])
def test_a_matrix_that_is_not_hermitian_is_seen(kind):
    found = laws_of(kind)
    name, H = max(found.hermitian.items(), key=lambda one: len(one[1]))
    H = H.astype(complex)
    H[0, -1] += 1e-9j * max(1.0, np.abs(H).max())
    with broken():
        every.assert_laws(dataclasses.replace(found, hermitian={**found.hermitian, name: H}))


@pytest.mark.parametrize("kind", ["spin-chain", "disordered-chain", "exchange-chain", "quantum-chain"])
def test_a_symmetry_that_does_not_hold_is_seen(kind):
    found = laws_of(kind)
    for name, (H, kept) in found.commuting.items():
        odd = H.astype(complex)
        odd[0, 1:] += 1e-9
        odd[1:, 0] += 1e-9
        if name == "reflection":
            odd = odd + 1e-9 * np.diag(np.arange(len(H)))
        with broken():
            every.assert_laws(dataclasses.replace(found, commuting={name: (odd, kept)}))


def test_a_process_that_loses_probability_or_has_a_negative_rate_is_seen():
    found = laws_of("classical-chain")
    K = found.rates["configurations"]
    lossy, negative = K.copy(), K.copy()
    lossy[0, 0] -= 1e-9
    negative[0, -1] -= 1e-9
    negative[-1, -1] += 1e-9
    for one in (lossy, negative):
        with broken():
            every.assert_laws(dataclasses.replace(found, rates={"configurations": one}))


@pytest.mark.parametrize("kind", ["banded-chain", "banded-pair"])
def test_a_shell_of_several_energies_is_seen(kind):
    found = laws_of(kind)
    name, (energies, width) = next(iter(found.shells.items()))
    with broken():
        every.assert_laws(dataclasses.replace(found, shells={name: (energies + 1.01 * width, width)}))


@pytest.mark.parametrize("kind", MODELS)
def test_a_matrix_that_is_not_the_one_built_otherwise_is_seen(kind):
    found = laws_of(kind)
    for name, (one, other) in found.equal.items():
        with broken():
            every.assert_laws(
                dataclasses.replace(found, equal={name: (one + 1e-9 * max(1.0, np.abs(other).max()), other)})
            )
    with broken():
        every.assert_laws(laws())


def test_a_hamiltonian_in_which_nothing_moves_is_seen():
    with broken():
        every.assert_laws(laws({"all states": np.diag([0.0, 1.0])}))


def test_an_answer_whose_proof_fails_is_seen(state):
    for value in (1.0, np.nan):
        bad = cq.Certificate((*state.certificate, Check("residual", value, 1e-12, "broken on purpose")))
        with broken():
            every.assert_proved(dataclasses.replace(state, certificate=bad), "steady-state")


def test_an_answer_without_a_proof_is_seen(state):
    without = dataclasses.replace(state, certificate=cq.Certificate())
    with broken():
        every.assert_proved(without, "steady-state")
    every.assert_proved(every.answered("modular-chain", "ham"), "ham")


def test_an_answer_that_comes_back_changed_is_seen(state, tmp_path):
    data = state.to_dataset()
    bit = data.assign(populations=data.populations.copy(data=np.nextafter(data.populations.values, 1.0)))
    unit = data.copy()
    unit["energy"] = data.energy.assign_attrs(units="another")
    for one in (bit, unit, data.drop_vars("energy"), data.assign_attrs(method="another")):
        with broken():
            every.assert_same_dataset(one, data)

    class Forgetful(type(state)):
        def save(self, path):
            return dataclasses.replace(state, populations=state.populations * 2).save(path)

    fields = {one.name: getattr(state, one.name) for one in dataclasses.fields(state)}
    with broken():
        every.assert_kept(Forgetful(**fields), tmp_path / "answer.zarr.zip")


def test_a_figure_that_is_empty_or_warns_is_seen():
    def warns():
        import warnings

        warnings.warn("broken on purpose", stacklevel=1)
        return drawn()

    def drawn():
        figure = Figure()
        figure.subplots().plot([0, 1], [0, 1])
        return figure

    def empty():
        figure = Figure()
        figure.subplots()
        return figure

    every.assert_drawn(SimpleNamespace(plot=drawn))
    for one in (Figure, empty, warns):
        with broken():
            every.assert_drawn(SimpleNamespace(plot=one))


@pytest.mark.parametrize(
    ("line", "table"),
    [
        ("two\nlines", None),
        ("x" * 700, None),
        ("short", lambda text: text.replace("<td>populations</td>", "<td></td>")),
        ("short", lambda text: text.removesuffix("</div>")),
        ("short", lambda text: text + "</p>"),
    ],
)
def test_what_is_shown_badly_is_seen(state, line, table):
    class Shown:
        to_dataset = state.to_dataset

        def __repr__(self):
            return line

        def _repr_html_(self):
            return table(state._repr_html_()) if table else state._repr_html_()

    with broken():
        every.assert_shown(Shown())


@pytest.mark.parametrize(
    ("kind", "name"), [("spin-chain", "steady-state"), ("modular-chain", "deviation"), ("coupled-units", "kernel")]
)
def test_a_point_of_a_sweep_with_other_numbers_is_seen(kind, name):
    """Each quantity on its own: by the last bit, or by a little more than its rounding."""
    found = every.answered(kind, name)
    answer = every.question_of(name).answer(every.model_of(kind, name))
    pairs = every.shared(found, answer, name)
    every.assert_same_numbers(pairs, name)
    for quantity, (one, other) in pairs.items():
        rounding = examples.ROUNDED.get((name, quantity))
        little = np.nextafter(one, np.inf) if rounding is None else one * (1 + 3 * rounding)
        with broken():
            every.assert_same_numbers({**pairs, quantity: (little, other)}, name)
    with broken():
        every.assert_same_numbers({}, name)
    with broken():
        every.shared(found, answer._replace(values=np.append(answer.values, 0.0)), name)


def test_a_quantity_of_a_point_that_the_answer_lacks_is_seen():
    found = every.answered("modular-chain", "evolve")
    answer = every.question_of("evolve").answer(every.model_of("modular-chain"))
    first = dataclasses.replace(answer.outputs[1], name="renamed")
    outputs = (answer.outputs[0], first, *answer.outputs[2:])
    with broken():
        every.shared(found, answer._replace(outputs=outputs), "evolve")


def test_a_file_that_asks_something_else_is_seen(state, tmp_path):
    model = every.model_of("spin-chain").to_mapping()
    question = every.question_of("steady-state").to_mapping()
    with broken():
        every.assert_same_run(
            state, {"model": {**model, "dephasing": 0.6}, "question": question}, tmp_path / "run.yaml"
        )


@pytest.mark.parametrize("change", [{"verdict": " "}, {"method": "another"}, {"certificate": {}}, {"digest": "0"}])
def test_a_summary_that_says_something_else_is_seen(state, change):
    told = {
        "verdict": "One.",
        "method": state.method.name,
        "certificate": state.certificate.to_mapping(),
        "digest": "1",
    }
    every.assert_summary(told, state, "1")
    with broken():
        every.assert_summary({**told, **change}, state, "1")


def test_an_answer_of_another_model_is_seen():
    one = every.model_of("spin-chain")
    assert every.same_but_for_length(one.model_copy(update={"sites": 8}), one, "scaling")
    assert not every.same_but_for_length(one.model_copy(update={"sites": 8}), one, "steady-state")
    assert not every.same_but_for_length(one.model_copy(update={"dephasing": 0.1}), one, "scaling")
