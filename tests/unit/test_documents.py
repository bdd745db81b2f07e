"""YAML 1.2 as it is read and written, and the place in a file that an error tells."""

from __future__ import annotations

import pickle

import pytest
from ruamel.yaml import YAML

import caloriq as cq
from caloriq.documents import placed, read_mapping, yaml_text
from caloriq.errors import CaloriqError, InvalidInput
from caloriq.questions.run import read_run
from caloriq.sweep.plan import Plan

CHAIN = "subunits: 3\nlevels: 6\nbandwidth: 0.4\ncoupling: 0.02\nseed: 1\n"
WIRE = """kind: spin-chain
sites: 4
hopping: 1.0
baths:
- {site: 0, temperature: 1.0, rate: 1.0}
- {site: 3, temperature: 0.5, rate: 1.0}
"""


def indented(text):
    return "model:\n" + "".join(f"  {line}\n" for line in text.splitlines())


def cells(path):
    plan = Plan(cq.read_sweep(path))
    return [plan.cell(number) for number in range(plan.cells)]


SWEEP = indented(WIRE) + "question: steady-state\n"
PLACES = {  # reader, text, where
    "value": (cq.read_model, CHAIN.replace("0.4", " -1"), 3, 13),
    "unknown name": (cq.read_model, CHAIN + "  \nsed: 5\n", 7, 1),
    "unknown name with a remedy": (cq.read_model, CHAIN + "colour: 5\n", 6, 1),
    "missing": (cq.read_model, "# a chain\n\nsubunits: 3\n", 3, 1),
    "twice": (cq.read_model, CHAIN + "seed: 2\n", 6, 1),
    "twice beside a merge": (cq.read_model, "<<: {levels: 3}\nlevels: 4\nlevels: 5\n", 3, 1),
    "merged": (cq.read_model, "<<: {levels: -6, subunits: 3}\nbandwidth: .1\ncoupling: .1\nseed: 1\n", 1, 14),
    "anchored": (cq.read_model, CHAIN.replace("3", "&n -3").replace("6", "*n"), 1, 11),
    "syntax": (cq.read_model, CHAIN + "gap: *nothing\n", 6, 6),
    "letter": (cq.read_model, CHAIN + "gap: \x01\n", 6, 6),
    "tag": (cq.read_model, CHAIN + "gap: !!float x\n", 6, 6),
    "date": (cq.read_model, CHAIN + "gap: 2024-13-45\n", 6, 6),
    "name that is a number": (cq.read_model, CHAIN + "7: 5\n", 6, 1),
    "name that is a list": (cq.read_model, CHAIN + "? [a, b]\n: 1\n", 6, 3),
    "text of YAML 1.1": (cq.read_model, CHAIN + "gap: yes\n", 6, 6),
    "nested": (cq.read_model, WIRE.replace("0.5", "-1"), 6, 26),
    "nested, unknown": (cq.read_model, WIRE.replace("site: 3", "ste: 3"), 6, 4),
    "nested, missing": (cq.read_model, WIRE.replace("site: 3, ", ""), 6, 3),
    "nested, told by the whole": (cq.read_model, WIRE.replace("site: 3", "site: 30"), 6, 10),
    "told by the whole": (cq.read_model, WIRE.replace("hopping: 1.0", "hopping: [1.0]"), 3, 10),
    "file beside it": (cq.read_model, CHAIN + "interaction: given\nmatrices: none.npy\n", 7, 11),
    "kind": (read_run, indented(CHAIN + "kind: modular-chin"), 7, 9),
    "section": (read_run, indented(CHAIN) + "time: 1\n", 7, 1),
    "method": (read_run, indented(CHAIN) + "method: {kind: chebyshev, tol: 0}\n", 7, 32),
    "start": (read_run, indented(CHAIN) + "initial: {kind: haar, subunit: 7}\n", 7, 32),
    "refused by the question": (read_run, indented(CHAIN.replace("6", "60000000")), 3, 11),
    "times": (read_run, indented(CHAIN) + "times:\n  values: [0, 2, 1]\n", 8, 11),
    "sweep": (cells, SWEEP + "batch: 0\n", 9, 8),
    "sweep, model": (cells, SWEEP.replace("1.0, rate", "-1, rate"), 6, 28),
    "sweep, kind": (cells, SWEEP.replace("spin-chain", "spin-chin"), 2, 9),
    "sweep, question": (cells, SWEEP.replace("steady-state", "steady-stat"), 8, 11),
    "sweep, question's field": (cells, SWEEP.replace("steady-state", "{kind: steady-state, tol: 7}"), 8, 32),
    "sweep, ensemble": (cells, SWEEP + "ensemble: {samples: 3, until: {quantity: current}}\n", 9, 31),
    "varied": (cells, SWEEP + "vary:\n  hopping: [1.0, x]\n", 10, 18),
    "varied, nested": (cells, SWEEP + "vary:\n  baths.-1.temperature: [1.0, -2.0]\n", 10, 31),
    "varied, of a list": (cells, SWEEP + "vary:\n- hopping: [1.0]\n- sites: [4, 0]\n", 11, 14),
    "varied, unknown": (cells, SWEEP + "vary:\n  hoppin: [1.0]\n", 10, 11),
    "range": (cells, SWEEP + "vary:\n- hopping: {start: 1, stop: 2, cont: 3}\n", 10, 32),
}


@pytest.mark.parametrize("case", PLACES)
def test_an_error_tells_file_line_and_column(tmp_path, case):
    reader, text, line, column = PLACES[case]
    file = tmp_path / "chain.yaml"
    file.write_text(text)
    with pytest.raises(InvalidInput) as told:
        reader(file)
    message = str(told.value)
    assert f"{file}, line {line}, column {column}" in message
    assert message.count("chain.yaml") == 1
    assert "\n" not in message
    assert str(pickle.loads(pickle.dumps(told.value))) == message


def test_an_error_of_python_tells_no_file():
    with pytest.raises(InvalidInput) as told:
        cq.ModularChain(subunits=3, levels=6, bandwidth=-1.0, coupling=0.02, seed=1)
    assert told.value.file is None
    assert told.value.place == ("bandwidth",)
    assert "line" not in str(told.value)


def test_a_file_that_is_gone_leaves_the_sentence(tmp_path):
    with pytest.raises(InvalidInput, match=r"\(got 1\)$"), placed(tmp_path / "gone.yaml"):
        raise InvalidInput("`a` must be 2, but it is not (got 1)")


def test_other_errors_pass(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("a: 1\n")
    with pytest.raises(ValueError, match=r"^as it is$"), placed(file):
        raise ValueError("as it is")
    with pytest.raises(CaloriqError, match=r"^`a`: line 9$"), placed(None):
        raise CaloriqError("`a`: line 9")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("010", 10),
        ("0o10", 8),
        ("0x10", 16),
        ("no", "no"),
        ("off", "off"),
        ("y", "y"),
        ("true", True),
        ("1e-4", 1e-4),
        ("-2E3", -2e3),
        ("1:30", "1:30"),
        ("~", None),
        (".inf", float("inf")),
    ],
)
def test_numbers_and_words_of_yaml_1_2(tmp_path, written, value):
    file = tmp_path / "a.yaml"
    file.write_text(f"a: {written}\n")
    found = read_mapping(file)["a"]
    assert found == value
    assert type(found) is type(value)


def test_a_document_may_declare_itself_yaml_1_1(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("%YAML 1.1\n---\na: 010\nb: 1e-4\nc: no\n")
    assert read_mapping(file) == {"a": 8, "b": 1e-4, "c": False}


def test_anchors_and_merges(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a\n")
    assert read_mapping(file) == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 1, "y": 2}}


def test_what_is_written_is_read_again(tmp_path):
    mapping = {"z": 1e-05, "a": ["no", "010", "1e-4", "", "κ", "~", "1:30"], "m": {"n": None, "b": True, "x": 1 / 3}}
    text = yaml_text(mapping)
    file = tmp_path / "a.yaml"
    file.write_text(text, encoding="utf-8")
    assert read_mapping(file) == mapping
    assert list(read_mapping(file)) == ["z", "a", "m"]
    assert "κ" in text
    assert YAML(typ="safe", pure=True).load(text) == mapping


def test_a_file_of_the_version_before_is_read_as_it_was(tmp_path):
    """Floats with a dot before the exponent, words of YAML 1.1 in quotes, numbers of the form 1e-4 as text."""
    file = tmp_path / "a.yaml"
    file.write_text("bandwidth: 1.0e-05\nword: 'no'\noctal: '010'\nlist:\n- 1\n- 2.5e+20\n")
    assert read_mapping(file) == {"bandwidth": 1e-05, "word": "no", "octal": "010", "list": [1, 2.5e20]}
