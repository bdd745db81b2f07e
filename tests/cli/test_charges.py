"""`caloriq charges` and the page that it makes."""

import json
from dataclasses import replace

import pytest

from caloriq.cli import app as cli
from caloriq.known import charges as table
from caloriq.known.uniform_chains import known_chains
from command_line import call
from docs_examples import ROOT

PAGE = ROOT / "docs" / "theory" / "charges.md"


def test_the_page_is_what_the_command_prints(tmp_path):
    done = call("charges", "--markdown", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_command(monkeypatch, capsys, form):
    few = known_chains()[4:6]
    monkeypatch.setattr(table, "known_chains", lambda: few)
    cli.app(["charges", *form], standalone_mode=False)
    printed = capsys.readouterr().out
    if form:
        rows = json.loads(printed)
        assert [row["counts"] for row in rows] == [[0, 2, 4, 6, 8], [0, 1, 1, 1, 1]]
        assert [row["wrong"] for row in rows] == [False, False]
    else:
        assert "2 chains: 0 with another number of charges than is known; energy is proved ballistic in 1." in printed


def test_a_count_that_contradicts_what_is_known_ends_with_3(monkeypatch, capsys):
    lied = (replace(known_chains()[5], integrable=True, support=3),)
    monkeypatch.setattr(table, "known_chains", lambda: lied)
    with pytest.raises(SystemExit) as ended:
        cli.app(["charges"], standalone_mode=False)
    assert ended.value.code == 3
    assert "1 chains: 1 with another" in capsys.readouterr().out
