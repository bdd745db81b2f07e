"""`caloriq zoo`: known models judged by all routes, and the page that it makes."""

import json
from collections import Counter
from dataclasses import replace

import pytest

from caloriq.cli import app as cli
from caloriq.errors import InvalidInput
from caloriq.known.zoo import looked as table
from caloriq.known.zoo.looked import Looked, cells, looked, markdown, named, told, zoo
from caloriq.known.zoo.row import DIFFUSIVE, OPEN
from command_line import call
from docs_examples import ROOT

PAGE = ROOT / "docs" / "theory" / "zoo.md"

QUICK = (  # answered by structure, charges or rates alone
    "Anderson, W = 1, as a lattice",
    "XXZ, Δ = 0.5, magnetised, spin",
    "exchange chain with noise",
    "exchange chain, closed",
    "random dimers",
    "transverse Ising, spin",
    "XXZ dephased, heat",
)
SAID = {
    "Anderson, W = 1, as a lattice": ("localised", "proved"),
    "XXZ, Δ = 0.5, magnetised, spin": ("ballistic", "proved"),
    "exchange chain with noise": ("diffusive", "measured"),
    "exchange chain, closed": (OPEN, "undecided"),
    "random dimers": (OPEN, "undecided"),
    "transverse Ising, spin": ("no law", "no law"),
    "XXZ dephased, heat": ("no law", "no law"),
}


def found(said, grade, **changes):
    """A made-up verdict on the first row, whose truth is ballistic."""
    row = replace(zoo()[0], **changes)
    return Looked(row, said, grade, float("nan"), float("nan"), ("charges",), "", 1.0)


def test_rows_are_many_and_different():
    rows = zoo()
    assert len(rows) >= 36
    assert len({one.name for one in rows}) == len(rows)
    assert len({table._slug(one.name) for one in rows}) == len(rows)
    assert all(one.truth and one.source for one in rows)
    assert all(
        one.truth <= {"ballistic", "diffusive", "anomalous", "localised", "exponential", "no law", OPEN} for one in rows
    )


@pytest.mark.parametrize("name", QUICK)
def test_quick_rows(name):
    """What is known without much work, in this process."""
    (one,) = looked(named([name]), budget=1.0, workers=0)
    assert (one.said, one.grade) == SAID[name]
    assert not one.wrong
    assert not one.indicated_wrongly


@pytest.mark.parametrize(
    ("said", "grade", "wrong", "indicated"),
    [
        ("ballistic", "proved", False, False),
        ("diffusive", "proved", True, False),
        ("diffusive", "measured", True, False),
        ("no law", "no law", True, False),
        ("diffusive", "indicated", False, True),
        ("ballistic", "indicated", False, False),
        (OPEN, "undecided", False, False),
    ],
)
def test_what_counts_as_wrong(said, grade, wrong, indicated):
    one = found(said, grade)
    assert (one.wrong, one.indicated_wrongly) == (wrong, indicated)
    assert ("WRONG" in cells(one)[3], "NOT SO" in cells(one)[3]) == (wrong, indicated)
    end = f"1 models: 1 {grade}; {int(wrong)} certain verdict{'s' if not wrong else ''} wrong, {int(indicated)} indicated wrongly."
    assert told([one]) == end


def test_certain_where_nobody_knows_is_wrong():
    open_one = found("diffusive", "measured", truth=frozenset({OPEN}))
    assert open_one.wrong
    assert not replace(open_one, grade="indicated").indicated_wrongly
    assert not replace(open_one, said=OPEN, grade="undecided").wrong


def test_a_certain_wrong_verdict_ends_with_3(monkeypatch, capsys):
    lied = (replace(named(["Anderson, W = 1, as a lattice"])[0], truth=DIFFUSIVE),)
    monkeypatch.setattr(table, "zoo", lambda: lied)
    with pytest.raises(SystemExit) as ended:
        cli.app(["zoo", "--workers", "0"], standalone_mode=False)
    assert ended.value.code == 3
    printed = capsys.readouterr().out
    assert "WRONG" in printed
    assert "1 models: 1 proved; 1 certain verdict wrong, 0 indicated wrongly." in printed


@pytest.mark.parametrize("form", [(), ("--json",), ("--markdown",)])
def test_command_goes_on_from_its_folder(monkeypatch, capsys, tmp_path, form):
    asked = ["zoo", "--row", "random dimers", "--workers", "0", "--budget", "1", "--out", str(tmp_path), *form]
    cli.app(asked, standalone_mode=False)
    first = capsys.readouterr().out
    monkeypatch.setattr(table, "examine", None)  # nothing is looked at twice
    cli.app(asked, standalone_mode=False)
    assert capsys.readouterr().out == first
    assert "random dimers" in first
    if form == ("--json",):
        assert [(row["grade"], row["wrong"]) for row in json.loads(first)] == [("undecided", False)]
    with pytest.raises(TypeError):  # another budget is another question
        cli.app([*asked[:6], "2", *asked[7:]], standalone_mode=False)


def test_bad_input():
    with pytest.raises(InvalidInput, match="`row` must be the name of a model of the zoo, but it is not"):
        named(["XX, spins"])
    with pytest.raises(InvalidInput, match="`--budget` must be left out with --quick"):
        cli.app(["zoo", "--quick", "--budget", "1"], standalone_mode=False)


def test_markdown_has_a_line_for_every_row():
    one = found("ballistic", "proved")
    lines = markdown([one, one]).splitlines()
    assert len(lines) == 4
    assert lines[2].startswith("| XX, spin | magnetisation | ballistic (")


@pytest.mark.slow
def test_quick_zoo(tmp_path):
    """All rows within some seconds each: none that is certain is wrong."""
    done = call("zoo", "--quick", "--json", "--out", str(tmp_path / "rows"), cwd=tmp_path)
    assert done.returncode == 0
    rows = json.loads(done.stdout)
    assert len(rows) == len(zoo())
    assert not [row["name"] for row in rows if row["wrong"] or row["indicated_wrongly"]]
    assert {"proved", "undecided", "no law"} <= {row["grade"] for row in rows}


def test_the_page_has_a_row_for_every_model():
    """And no row of it is wrong."""
    text = PAGE.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert [row.split("|")[1].strip() for row in rows] == [one.name for one in zoo()]
    assert "WRONG" not in "".join(rows)
    assert "NOT SO" not in "".join(rows)
    grades = Counter(row.split("|")[5].strip() for row in rows)
    counted = ", ".join(
        f"{grades[grade]} {grade}" for grade in ("proved", "measured", "indicated", "undecided", "no law")
    )
    assert min(grades.values()) >= 1
    assert f"{len(rows)} models: {counted}; 0 certain verdicts wrong, 0 indicated wrongly." in text
