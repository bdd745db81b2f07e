"""`caloriq verdicts`, and `caloriq run` with sizes."""

import json

import pytest

from caloriq.cli import app as cli
from caloriq.known import judged as verdicts
from caloriq.known.driven_chains import clean_models, known_models
from caloriq.questions.run import read_run
from command_line import call
from docs_examples import ROOT

PAGE = ROOT / "docs" / "theory" / "verdicts.md"


def test_the_page_has_a_row_for_every_model():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    assert [row.split("|")[1].strip() for row in rows] == [one.name for one in known_models()]
    assert len(rows) >= 16
    assert f"{len(rows)} models: " in PAGE.read_text(encoding="utf-8")


@pytest.mark.slow
def test_table_of_known_models(tmp_path):
    """The page is what the command prints, and no certain verdict in it is wrong."""
    done = call("verdicts", "--markdown", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.strip() in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", [(), ("--json",), ("--markdown",)])
def test_command(monkeypatch, capsys, form):
    few = clean_models()[:3]
    monkeypatch.setattr(verdicts, "known_models", lambda: few)
    cli.app(["verdicts", *form], standalone_mode=False)
    printed = capsys.readouterr().out
    assert "clean chain" in printed
    if form == ("--json",):
        assert [row["wrong"] for row in json.loads(printed)] == [False] * 3
    elif not form:
        assert "3 models: 3 certain verdicts, 0 of them wrong; 0 left open." in printed


def test_a_certain_wrong_verdict_ends_with_3(monkeypatch, capsys):
    from dataclasses import replace

    lied = (replace(clean_models()[0], known="diffusive"),)
    monkeypatch.setattr(verdicts, "known_models", lambda: lied)
    with pytest.raises(SystemExit) as ended:
        cli.app(["verdicts"], standalone_mode=False)
    assert ended.value.code == 3
    assert "ballistic: WRONG" in capsys.readouterr().out


def test_examples_of_lengths_say_what_they_may(tmp_path):
    """The examples with sizes: no law of heat, proved, and left open."""
    says = {
        "spin-chain": "There is no Fourier's law of heat to judge",
        "classical-chain": "Fourier's law holds for heat, proved for long chains",
        "maximally-driven": "Consistent with an exponential fall of the current of heat over N = 3…7",
    }
    for name, start in says.items():
        asked = read_run(ROOT / "examples" / f"{name}.yaml")
        assert asked.questions[-1].of == "heat"
        assert asked.verdict(asked.ask()).startswith(start)
    text = (ROOT / "examples" / "spin-chain.yaml").read_text(encoding="utf-8")
    (tmp_path / "other.yaml").write_text(text + "of: excitations\n", encoding="utf-8")
    summary = json.loads(call("run", "other.yaml", "--json", cwd=tmp_path).stdout)
    assert summary["verdict"].startswith("Consistent with Fourier's law of excitations over N = 4…8, no more")
    assert {"typical_currents", "transport", "heat_lost_to_dephasing"} <= set(summary["scaling"])
    assert (summary["scaling"]["of"], summary["scaling"]["grade"]) == ("excitations", "consistent")
    assert summary["scaling"]["holds"] is None
    assert summary["scaling"]["evidence"]["local exponent"]["holds"] is False
