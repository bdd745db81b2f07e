"""The page of statements: every one has a reproduction and a row, and the page says what the rows say."""

import json

import pytest

from caloriq.errors import InvalidInput
from caloriq.papers.claims import CLAIMS, PAPERS, Claim
from caloriq.papers.registry import RECIPES
from caloriq.papers.statements import beside, markdown, recipes, stored, summary
from command_line import call

ROOT = __import__("pathlib").Path(__file__).parents[2]
PAGE = ROOT / "docs" / "theory" / "statements.md"
ONE = Claim("PRL", "10", "a rate", "made-up", "rate")


def table(*rows, quick=False):
    return {
        "name": "made-up",
        "quick": quick,
        "table": [{"quantity": q, "ours": o, "agreement": a, "paper": "", "note": ""} for q, o, a in rows],
    }


def test_every_statement_names_a_paper_and_a_reproduction():
    assert {claim.paper for claim in CLAIMS} == set(PAPERS)
    assert set(recipes()) <= set(RECIPES)
    assert len({(c.paper, c.place, c.says) for c in CLAIMS}) == len(CLAIMS)


def test_every_reproduction_is_named_by_a_statement_or_goes_beyond():
    """What no statement names tests something that the papers do not say."""
    assert sorted(set(RECIPES) - set(recipes())) == BEYOND


# lengths, harmonic baths and efficiency have statements too where their tables say so
LANDMARKS = {name for name in RECIPES if name.startswith("landmark-")}
BEYOND = sorted({"michel-2006-crossover", "thermal-baths", *LANDMARKS})


def test_the_page_in_the_docs_has_every_statement():
    text = PAGE.read_text(encoding="utf-8")
    for claim in CLAIMS:
        head = f"{claim.place} | {claim.says}".replace("|V|", "\\|V\\|")
        assert f"| {head} | `{claim.recipe}`" in text, claim
    assert "| quick" not in text


def test_rows_are_found_by_how_they_begin():
    found = beside(
        {"made-up": table(("rate γ", "1.5", True), ("rate of | two", "2", None), ("other", "3", False))}, [ONE]
    )
    assert [row["ours"] for row in found[0].rows] == ["1.5", "2"]
    page = markdown(found)
    assert "| 10 | a rate | `made-up` | rate γ | 1.5 | yes |" in page
    assert "|  |  |  | rate of \\| two | 2 | – |" in page
    assert summary(found).startswith("1 statements; of 1 rows")


def test_no_statement_is_left_without_a_row():
    with pytest.raises(InvalidInput, match="`row` must begin a quantity of made-up"):
        beside({"made-up": table(("other", "3", False))}, [ONE])
    with pytest.raises(InvalidInput, match="`tables` must hold made-up"):
        beside({}, [ONE])


def test_smaller_versions_are_marked():
    assert "`made-up`* |" in markdown(beside({"made-up": table(("rate", "1", False), quick=True)}, [ONE]))
    assert "| NO |" in markdown(beside({"made-up": table(("rate", "1", False))}, [ONE]))


def test_the_full_table_goes_before_the_quick_one(tmp_path):
    for label, ours in (("made-up", "full"), ("made-up-quick", "quick")):
        folder = tmp_path / "made-up"
        folder.mkdir(exist_ok=True)
        (folder / f"{label}-table.json").write_text(json.dumps(table(("rate", ours, True))), encoding="utf-8")
    assert stored(tmp_path, ["made-up"], quick=True)["made-up"]["table"][0]["ours"] == "full"
    (tmp_path / "made-up" / "made-up-table.json").unlink()
    assert stored(tmp_path, ["made-up"], quick=False) == {}
    assert stored(tmp_path, ["made-up"], quick=True)["made-up"]["table"][0]["ours"] == "quick"


@pytest.mark.slow
def test_the_command_makes_the_page(tmp_path):
    done = call("statements", "--quick", "--page", "page.md", "--out", "r", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "page.md").read_text(encoding="utf-8").count("| `") >= len(CLAIMS)
