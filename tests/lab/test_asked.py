"""What a card reads and answers, and what its text must not do."""

import pytest

from caloriq.documents import read_mapping
from caloriq.errors import CaloriqError, InvalidInput
from caloriq.lab import asked, schema
from caloriq.lab.cards.own import DEFAULT as OWN
from caloriq.lab.cards.own import facts
from caloriq.lab.draft import NOTHING, Draft, text_of, value_of
from caloriq.lab.presets import presets
from caloriq.lab.server import cards
from caloriq.models.kinds import BUILT_IN
from caloriq.models.lattice.model import Lattice


@pytest.mark.parametrize("card", cards(), ids=lambda one: one.name)
def test_a_card_begins_with_a_file_that_is_answered(card):
    """By the judgement of `caloriq run`, or by what it takes where it is long."""
    run = card().read(Draft(card.default, lambda shown: None))
    found = card().answer(run)
    if card.live:
        assert run.model.kind in card.kinds
        above, _ = card().sentence(found)
        assert above
    else:
        assert "takes about " in found


def test_an_open_bulk_conserves_no_energy_and_no_charge_keeps_its_current():
    """Of an XXZ chain with dephasing the page said: ballistic, whatever else there is."""
    text = "model: {kind: lattice, sites: 12, dephasing: 0.5, terms: [{operator: X X}, {operator: Y Y}, {operator: Z Z, value: 0.5}]}"
    found = facts(asked.read(f"{text}\nquestion: verdict").model)
    holds = {name: kept for name, kept, _ in found.densities}
    assert holds == {"energy": False, "magnetisation": True}
    assert "because of dephasing" in {name: why for name, _, why in found.densities}["energy"]
    assert "ballistic" not in found.sentence
    assert "closed in its bulk" in found.sentence
    closed = facts(asked.read(text.replace("dephasing: 0.5, ", "") + "\nquestion: verdict").model)
    assert "ballistic" in closed.sentence


def test_charges_are_those_of_the_chain_that_a_verdict_looks_at():
    """A field that steps beyond the sites of the page is none of a uniform chain; a short piece of a repeating one is."""
    xxz = [{"operator": "X X"}, {"operator": "Y Y"}, {"operator": "Z Z", "value": 0.5}]
    step = facts(Lattice(sites=12, terms=[*xxz, {"operator": "Z", "value": "0.8*floor(j/20)"}]))
    assert "not the same from cell to cell" in step.sentence
    near = {"operator": "Z Z", "on": "second-neighbours", "value": 0.4}
    short = facts(Lattice(sites=10, terms=[*xxz, near, {"operator": "Z", "value": {"staggered": 0.3}}]))
    assert short.charges == [("1", "1"), ("2", "2"), ("3", "2")]


@pytest.mark.parametrize("card", cards(), ids=lambda one: one.name)
def test_every_dial_stands_on_a_number_of_the_file(card):
    draft = Draft(card.default, lambda _: None)
    for dial in card.dials:
        value = draft.value(dial.place, 0.0)
        assert dial.value(dial.position(value)) == pytest.approx(value, rel=0.03)
        changed = dial.value(dial.position(dial.high))
        draft.put(dial.place, changed)
        assert draft.value(dial.place) == pytest.approx(dial.high, rel=1e-2)


@pytest.mark.parametrize(
    "text",
    [
        "model: {kind: spin-chain, sites: 3, couplings: /etc/passwd}",
        "model: {kind: spin-chain, sites: 3, zz: zz.npy, hopping: 1.0}",
        "model: {kind: modular-chain, subunits: 3, levels: 4, bandwidth: 0.1, coupling: 0.01, matrices: {file: x.npy, sha256: 00}}",
        "model: {subunits: 3, levels: 4, bandwidth: 0.1, coupling: 0.01, matrices: ../x}",
        "model: {subunits: 3, levels: 4, bandwidth: 0.1, coupling: 0.01, seed: 1}\ninitial: {kind: vector, vector: x.npy}",
        "model: {kind: disordered-chain, chain: {kind: spin-chain, sites: 3, hopping: /dev/zero}}",
        "model: {kind: disordered-chain, chain: {sites: 3, hopping: /dev/zero}}",
    ],
)
def test_no_text_of_the_page_names_a_file(text, monkeypatch):
    monkeypatch.setattr("caloriq.models.files._loaded", lambda *_: pytest.fail("a file was opened"))
    with pytest.raises(InvalidInput, match="must hold numbers on the page, but it names a file"):
        asked.read(text)
    mapping = read_mapping("the page", text)
    initial = {"initial": mapping.pop("initial")} if "initial" in mapping else {}
    with pytest.raises(InvalidInput, match="must hold numbers on the page, but it names a file"):
        asked.swept("a sweep", {**mapping, "question": {"kind": "relax", **initial}, "vary": {}})


def test_words_that_are_no_files_are_let_in():
    run = asked.read(
        "model: {subunits: 3, levels: 4, bandwidth: 0.1, coupling: 0.01, interaction: real-gaussian, seed: 1}"
    )
    assert run.model.interaction == "real-gaussian"


def test_errors_are_those_of_the_command_line_with_their_place():
    with pytest.raises(CaloriqError) as caught:
        asked.read("model:\n  kind: spin-chain\n  sites: 1\n  hopping: 1.0\n")
    assert str(caught.value).startswith("`sites` must be at least 2, but it is smaller (got 1)")
    assert "the page, line 3" in str(caught.value)
    assert caught.value.place[-1] == "sites"


@pytest.mark.parametrize("kind", BUILT_IN)
def test_every_kind_of_model_has_a_form(kind):
    """A field for every name that its file may have, each with a widget that is known."""
    root = schema.of_model(kind)
    found = {one.name: one for one in schema.fields(root, root)}
    fixed = {name for name, one in root["properties"].items() if "const" in one}
    assert set(found) == set(root["properties"]) - fixed
    assert {one.shape for one in found.values()} <= {"words", "choice", "truth", "group", "variants", "rows"}


def test_meanings_come_from_the_docstring():
    root = schema.of_model("modular-chain")
    told = {one.name: one.meaning for one in schema.fields(root, root)}
    assert told["levels"].startswith("n, the levels of each band")
    root = schema.of_model("spin-chain")
    rows = {one.name: one for one in schema.fields(root, root)}["baths"]
    bath = schema.fields(schema.row(rows.schema, root), root)
    assert {one.name: one.meaning for one in bath}["loss"].startswith("Γ₊, Γ₋ ≥ 0")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        (" 12 ", 12),
        ("[4, 5, 6]", [4, 5, 6]),
        ("Z Z", "Z Z"),
        ("h*cos(2*pi*j)", "h*cos(2*pi*j)"),
        ("{kind: chain, periodic: true}", {"kind": "chain", "periodic": True}),
        ("a: b: c", "a: b: c"),
    ],
)
def test_a_field_reads_what_a_file_would_hold(text, value):
    assert value_of(text) == value
    assert value_of(text_of(value)) == value


def test_an_empty_field_is_left_out():
    assert value_of("  ") is NOTHING
    draft = Draft("model: {a: 1, b: 2}", lambda _: None)
    draft.put(("model", "b"), NOTHING)
    assert draft.mapping == {"model": {"a": 1}}
    draft.put(("model", "c", "d"), [1])
    draft.put(("model", "c", "d", 1), 2)
    draft.put(("model", "c", "d", 0), NOTHING)
    assert draft.mapping == {"model": {"a": 1, "c": {"d": [2]}}}
    assert Draft(draft.text, lambda _: None).mapping == draft.mapping


def test_a_text_that_is_no_yaml_is_kept_and_told():
    told = []
    draft = Draft("model: {a: 1}", told.append)
    draft.write("model: [")
    assert draft.text == "model: ["
    assert told == [False]
    with pytest.raises(InvalidInput, match="must be valid YAML"):
        draft.read(asked.read)
    draft.write(OWN)
    assert draft.read(asked.read).model.kind == "lattice"


def test_what_a_hamiltonian_says_of_itself():
    """XXZ conserves its magnetisation and keeps its energy current whole; the tilted Ising chain does neither."""
    xxz = asked.read(
        "model: {kind: lattice, sites: 8, terms: [{operator: X X}, {operator: Y Y}, {operator: Z Z, value: 0.7}]}\nquestion: {kind: verdict}"
    )
    found = facts(xxz.model)
    assert {name: holds for name, holds, _ in found.densities} == {"energy": True, "magnetisation": True}
    assert [one[0] for one in found.currents] == ["energy", "magnetisation"]
    assert found.charges == [("1", "1"), ("2", "2"), ("3", "3")]
    assert "ballistic" in found.sentence
    tilted = facts(asked.read(OWN).model)
    assert {name: holds for name, holds, _ in tilted.densities} == {"energy": True, "magnetisation": False}
    assert tilted.charges == [("1", "0"), ("2", "1"), ("3", "1")]
    assert tilted.currents == [("energy", "from 5 to 6", "-1.4 Z₅ Y₆ +1.4 Y₅ Z₆")]


def test_one_word_or_none_is_a_choice():
    root = schema.of_model("lattice")
    (terms,) = [one for one in schema.fields(root, root) if one.name == "terms"]
    (plus,) = [one for one in schema.fields(schema.row(terms.schema, root), root) if one.name == "plus"]
    assert plus.shape == "choice"
    assert plus.schema["enum"] == ["hermitian-conjugate"]
    assert "kind" not in [one.name for one in schema.fields(root, root)]


def test_presets_of_cards_can_be_read():
    known = {one.name for one in cards()} | {"reproduce"}
    for one in presets():
        assert one.card in known
        if one.kind in ("run", "verdict"):
            asked.read(one.text)
        elif one.kind == "sweep":
            assert asked.swept(one.text).points > 1
