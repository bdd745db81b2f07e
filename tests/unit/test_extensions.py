"""Kinds of models and methods that an installed package adds, without a line of ours being edited."""

import sys

import pytest

import caloriq as cq
from caloriq import extensions
from caloriq.models.files import kind_of, model_from
from caloriq.models.registry import MODELS
from testers import refused

MODULE = '''
from typing import ClassVar, Literal

from caloriq.models.definition import Definition
from caloriq.models.fields import Count, Positive


class Ladder(Definition):
    """Levels one above the other."""

    kind: Literal["ladder"] = "ladder"
    rungs: Count
    step: Positive = 1.0
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package with a kind of model, one that takes a name of ours, and one that is no model."""
    info = tmp_path / "added-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: added\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[caloriq.models]\nladder = added_kinds:Ladder\nspin-chain = added_kinds:Ladder\nwrong = json:dumps\ngone = nowhere:At\n"
    )
    (tmp_path / "added_kinds.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    extensions.registered.cache_clear()
    yield
    sys.modules.pop("added_kinds", None)
    extensions.registered.cache_clear()


@pytest.mark.usefixtures("package")
def test_a_kind_of_model_is_found_by_its_name(tmp_path):
    file = tmp_path / "ladder.yaml"
    file.write_text("kind: ladder\nrungs: 3\n")
    model = cq.read_model(file)
    assert type(model) is MODELS["ladder"]
    assert model.rungs == 3
    assert kind_of({"kind": "ladder"}) == "ladder"
    assert cq.read_model(cq.write_model(model, tmp_path / "again.yaml")) == model
    assert len(MODELS) == len(list(MODELS)) == len(set(MODELS))
    with refused("rungs", "0"):
        model_from({"kind": "ladder", "rungs": 0}, tmp_path)


@pytest.mark.usefixtures("package")
def test_names_of_ours_cannot_be_taken():
    assert MODELS["spin-chain"] is cq.SpinChain


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("kind", ["wrong", "gone"])
def test_what_is_no_model_is_refused(kind, tmp_path):
    with refused("kind", kind):
        model_from({"kind": kind}, tmp_path)


def test_without_the_package_the_kind_is_unknown(tmp_path):
    with refused("kind", "ladder"):
        model_from({"kind": "ladder", "rungs": 3}, tmp_path)
