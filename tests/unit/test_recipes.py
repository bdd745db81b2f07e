"""What keeps the tables of the reproductions honest: no agreement that is written down instead of found."""

import ast
from pathlib import Path

import pytest

import caloriq
from caloriq.errors import InvalidInput
from caloriq.papers.recipe import SILENT, Row

FILES = sorted((Path(caloriq.__file__).parent / "papers").glob("*.py"))
AGREES = 3  # place of `agrees` among the arguments of Row


def written_down(source):
    """Lines on which a row's agreement is a literal True or False."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Row"):
            continue
        given = [k.value for k in node.keywords if k.arg == "agrees"] or node.args[AGREES : AGREES + 1]
        found += [value.lineno for value in given if isinstance(value, ast.Constant) and value.value is not None]
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_agreement_is_found_and_not_written_down(file):
    assert written_down(file.read_text(encoding="utf-8")) == []


def test_the_search_finds_what_is_written_down():
    assert written_down('Row("a", "b", "c", True)\nRow("a", "b", "c", None)\nRow("a", "b", "c", x < 1)') == [1]
    assert written_down('Row("a", "b", "c", agrees=False, note="")') == [1]


@pytest.mark.parametrize("paper", SILENT)
def test_nothing_agrees_with_a_paper_that_says_nothing(paper):
    assert Row("J", paper, "1", None).agrees is None
    with pytest.raises(InvalidInput, match="`agrees` must be None where the paper says nothing"):
        Row("J", paper, "1", True)
