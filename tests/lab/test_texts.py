"""What users write is shown as text, and never becomes a part of the page."""

import ast
from pathlib import Path

import pytest

import caloriq.lab
from caloriq.lab.cards.own import OwnCard
from caloriq.lab.cards.populations import PopulationsCard
from caloriq.lab.dials import Dial
from caloriq.lab.draft import NOTHING, Draft
from caloriq.lab.drafts import Drafts

SOURCES = sorted(Path(caloriq.lab.__file__).parent.rglob("*.py"))


def composed(source):
    """Lines on which a string of attributes, a template or a script is put together from others."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in ("props", "add_slot", "run_javascript", "add_head_html", "add_body_html", "add_css"):
            given = [*node.args, *(one.value for one in node.keywords)]
            if any(isinstance(part, ast.JoinedStr | ast.BinOp | ast.Call) for one in given for part in ast.walk(one)):
                yield node.lineno


@pytest.mark.parametrize("file", SOURCES, ids=lambda one: one.stem)
def test_no_string_of_attributes_is_put_together(file):
    if file.name == "runs_view.py":  # an expression of the table itself, around its own id
        assert list(composed(file.read_text(encoding="utf-8"))) != []
        return
    assert list(composed(file.read_text(encoding="utf-8"))) == []


def test_a_string_that_is_put_together_is_found():
    assert list(composed("a.props(f'aria-label={b}')")) == [1]
    assert list(composed("a.props('aria-label=' + b)")) == [1]
    assert list(composed("a.props('aria-label={}'.format(b))")) == [1]
    assert list(composed("a.props('dense')")) == []


NUMBERS = (float("nan"), float("inf"), -float("inf"), 10**401, -(10**401), True, None, "x", [1])


@pytest.mark.parametrize("value", NUMBERS, ids=lambda one: str(one)[:6])
def test_every_value_has_a_place_on_a_slider(value):
    for dial in (Dial(("a",), "a", 0.5, 4.0), Dial(("a",), "a", 1e-5, 1e-2, logarithmic=True)):
        assert dial.low <= dial.value(dial.position(value)) <= dial.high
    draft = Draft(OwnCard.default, lambda _: None)
    draft.put(("model", "parameters", "g"), value)
    assert [one.place[-1] for one in OwnCard().dials_of(draft)] == ["sites", "J", "h"]


@pytest.mark.parametrize("text", ["model: {baths: []}", "model: {baths: [{site: 0}]}", "model: [1, 2]", "model: 3"])
def test_a_slider_of_what_is_not_there_changes_nothing(text):
    told = []
    draft = Draft(text, told.append)
    place = ("model", "baths", 1, "loss") if "site" in text else ("model", "baths", 0, "gain")
    draft.put(place, 0.5)
    if text != "model: 3":
        assert (draft.text, told) == (text, [True])
    draft.put(("model", "baths", "x", 3), NOTHING)


def test_two_servers_keep_each_others_drafts(tmp_path):
    first, second = Drafts(tmp_path / "drafts.json"), Drafts(tmp_path / "drafts.json")
    first.put("modular", "a")
    first.write()
    second.put("driven", "b")
    second.write()
    third = Drafts(tmp_path / "drafts.json")
    assert (third.get("modular", ""), third.get("driven", "")) == ("a", "b")


def test_the_card_of_kernels_says_that_orders_are_approximate():
    assert "exact or to an order" in PopulationsCard.says
