"""Every preset of the page is a file that the command it is for takes, and nothing that is shipped is left out."""

from collections import Counter
from pathlib import Path

import pytest

import caloriq
from caloriq.documents import read_mapping
from caloriq.known.zoo.looked import zoo
from caloriq.lab import presets as made
from caloriq.lab.job import kind_of_job
from caloriq.lab.presets import examples_folder, left_out, presets
from caloriq.papers.registry import RECIPES
from caloriq.questions.run import read_run
from caloriq.questions.verdict import read_verdict
from caloriq.sweep.definition import read_sweep

EXAMPLES = Path(caloriq.__file__).parents[2] / "examples"


def of(group):
    return {one.name: one for one in presets() if one.group == group}


def test_nothing_is_left_out():
    assert set(of(made.PAPERS)) == set(RECIPES)
    assert set(of(made.EXAMPLES)) == {file.stem for file in EXAMPLES.glob("*.yaml")}
    assert set(of(made.KNOWN)) | {one.name for one in left_out()} == {row.name for row in zoo()}
    assert examples_folder() == EXAMPLES
    assert max(Counter((one.group, one.name) for one in presets()).values()) == 1
    chosen = Counter((one.card, one.title) for one in presets() if one.card != made.REPRODUCE)
    assert max(chosen.values()) == 1


def test_what_is_too_long_says_why():
    (one,) = left_out()
    assert one.text == ""
    assert one.reason.startswith("its arrays make a file of 640 kB")
    assert one.reason.endswith(f"run: caloriq zoo --row {one.name!r}")
    assert one not in presets()


READ = {"run": read_run, "verdict": read_verdict, "sweep": read_sweep}


@pytest.mark.parametrize("kind", READ)
def test_a_preset_is_a_file_that_its_command_takes(kind, tmp_path):
    chosen = [one for one in presets() if one.kind == kind]
    assert chosen
    for one in chosen:
        file = tmp_path / "preset.yaml"
        file.write_text(one.text, encoding="utf-8")
        mapping = read_mapping(file)
        assert kind_of_job(mapping) == kind, one.name
        assert "model" in mapping, one.name
        READ[kind](file)


def test_a_row_of_the_zoo_asks_what_the_zoo_asks(tmp_path):
    known = of(made.KNOWN)
    for row in zoo():
        if row.name in known:
            file = tmp_path / "row.yaml"
            file.write_text(known[row.name].text, encoding="utf-8")
            model, question = read_verdict(file)
            assert model.digest == row.model.digest
            case = question.case(model)
            assert (case.of, case.temperature, dict(case.means)) == (row.of, row.temperature, dict(row.means))
            assert question.budget == row.minutes


def test_cards_have_what_they_take():
    cards = {one.card for one in presets()}
    assert cards == {*made.CARDS, made.OWN, made.ANY, made.VERDICT, made.SWEEP, made.REPRODUCE}
    for one in presets():
        if one.card in made.CARDS:
            assert f"kind: {one.text.partition('kind: ')[2].split()[0].rstrip(',')}" in one.text


def test_an_example_that_is_a_model_alone_has_a_section_for_it():
    one = of(made.EXAMPLES)["driven-modular-chain"]
    assert one.text.startswith("model:\n  # ")
    assert (EXAMPLES / "driven-modular-chain.yaml").read_text(encoding="utf-8").splitlines()[0] in one.text
