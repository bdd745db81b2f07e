"""Kinds of models and methods that an installed package adds, without a line of ours being edited."""

import sys

import pytest

import caloriq as cq
from caloriq import extensions
from caloriq.models.files import kind_of, model_from
from caloriq.models.kinds import MODELS
from caloriq.questions.registry import question_from
from caloriq.questions.steady import SteadyQuestion
from caloriq.steady.methods import BUILT_IN, class_of, others
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


METHOD = '''
from dataclasses import replace
from typing import Literal

from caloriq.models.definition import Definition
from caloriq.models.fields import Count
from caloriq.steady import full
from caloriq.steady.methods import Full


class Whole(Definition):
    """The full space, up to a size that is asked for."""

    kind: Literal["whole"] = "whole"
    most: Count = 4


METHOD = Whole


def admit(model, method):
    return 1e6 * method.most


def seconds(model, method):
    return 0.5


def solve(model, method, reason, progress=None):
    found = full.solve(model, Full(), reason)
    return replace(found, method=replace(found.method, name=repr(method)))
'''
BATHS = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=2, temperature=2.0, rate=0.5))
WIRE = cq.SpinChain(sites=3, hopping=1.0, zz=0.5, baths=BATHS)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package with a kind of model, one that takes a name of ours, and one that is no model."""
    info = tmp_path / "added-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: added\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[caloriq.models]\nladder = added_kinds:Ladder\nspin-chain = added_kinds:Ladder\nwrong = json:dumps\ngone = nowhere:At\n"
        "[caloriq.methods]\nwhole = added_method\nsector = added_method\n"
    )
    (tmp_path / "added_kinds.py").write_text(MODULE)
    (tmp_path / "added_method.py").write_text(METHOD)
    monkeypatch.syspath_prepend(tmp_path)
    extensions.registered.cache_clear()
    yield
    for name in ("added_kinds", "added_method"):
        sys.modules.pop(name, None)
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
def test_a_name_that_two_packages_register_is_refused_with_both(tmp_path):
    info = tmp_path / "other-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[caloriq.models]\nladder = added_kinds:Ladder\n")
    with refused("kind", "added and other", "ladder"):
        model_from({"kind": "ladder", "rungs": 3}, tmp_path)


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


@pytest.mark.usefixtures("package")
def test_a_method_is_read_run_written_and_in_the_schema():
    question = question_from({"kind": "steady-state", "method": {"kind": "whole", "most": 3}})
    Whole = class_of("whole")
    assert question.method == Whole(most=3)
    assert question_from(question.to_mapping()) == question
    assert question.digest != question_from({"kind": "steady-state", "method": "whole"}).digest
    found = question.ask(WIRE)
    assert found.method.name == repr(Whole(most=3))
    assert found.current == cq.steady_state(WIRE, method=cq.Full()).current
    chosen = cq.choose("steady-state", WIRE, method="whole")
    assert (chosen.memory, chosen.seconds) == (4e6, 0.5)
    listed = SteadyQuestion.model_json_schema()["properties"]["method"]["oneOf"]
    assert [one["properties"]["kind"]["const"] for one in listed if "$ref" not in one] == ["whole"]
    assert len(listed) == 1 + len(BUILT_IN) + 1  # auto, ours, and that one
    with refused("most", "0"):
        question_from({"kind": "steady-state", "method": {"kind": "whole", "most": 0}})


@pytest.mark.usefixtures("package")
def test_methods_of_ours_cannot_be_taken():
    assert question_from({"kind": "steady-state", "method": "sector"}).method == cq.Sector()
    assert "sector" not in others()


@pytest.mark.usefixtures("package")
def test_what_is_no_method_is_refused(monkeypatch):
    question_from({"kind": "steady-state", "method": "whole"})
    monkeypatch.delattr(sys.modules["added_method"], "METHOD")
    with refused("method", "whole", "METHOD"):
        question_from({"kind": "steady-state", "method": "whole"})
