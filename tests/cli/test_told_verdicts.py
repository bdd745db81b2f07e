"""`caloriq verdict`: what it prints and writes, and what a terminal shows as it goes on."""

import io
import json
import sys
from pathlib import Path

import pytest

from caloriq.cli import app as cli
from caloriq.cli.told_verdict import WIDTH, live, print_verdict
from caloriq.documents import yaml_text
from pages import Page
from verdict_examples import LEAKING, NAMES, RINGS, verdict_of


@pytest.mark.parametrize("name", NAMES)
def test_what_is_printed(name, capsys):
    found = verdict_of(name)
    print_verdict(found, Path("somewhere"))
    printed = capsys.readouterr().out
    flat = " ".join(printed.split())
    assert flat.startswith(f"{found.grade.upper()}: {' '.join(found.sentence.split())}")
    assert max(map(len, printed.splitlines()[: len(found.sentence) // WIDTH + 1])) <= WIDTH
    for one in found.evidence:
        assert one.route in flat
        assert one.refused or one.said in flat
        assert one.number in flat
    assert flat.count("DISAGREE") == len(found.conflicts)
    for one in found.next:
        assert one.what in flat
    assert "what a law needs" not in flat
    assert printed.endswith("written to somewhere\n")


@pytest.mark.parametrize("name", NAMES)
def test_details_print_every_check_and_reason(name, capsys):
    found = verdict_of(name)
    print_verdict(found, Path("somewhere"), details=True)
    flat = " ".join(capsys.readouterr().out.split())
    for one in found.evidence:
        assert one.sentence[1:] in flat
        for check in one.certificate:
            assert f"{check.name} {check.value:.2g} {check.limit:.2g} {'holds' if check.holds else 'NOT MET'}" in flat
            assert check.meaning in flat
        if not one.refused:
            assert all(f"{part} {value:.2g}" in flat for part, value in one.errors.items())


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_the_routes_that_run(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with live() as (tell, watch):
        watch({"rings of [16] sites": 0.5, "strings of 9 cells": 0.0}, 30.0)
        tell(RINGS)
        watch({"strings of 9 cells": 0.5}, 20.0)
    shown = sys.stderr.getvalue()
    assert "rings of [16] sites" in shown
    assert "strings of 9 cells" in shown
    assert "rings: diffusive, D = 1.4 ± 0.1 (rings of 12, 14 sites)" in shown


def test_elsewhere_there_are_lines_alone(capsys):
    with live() as (tell, watch):
        assert watch is None
        tell(RINGS)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.endswith("s  rings: diffusive, D = 1.4 ± 0.1 (rings of 12, 14 sites)\n")


def test_the_command_writes_a_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("leaking.yaml").write_text(yaml_text(LEAKING.to_mapping()), encoding="utf-8")
    cli.app(["verdict", "leaking.yaml", "--quick"], standalone_mode=False)
    assert capsys.readouterr().out.startswith("NO LAW: There is no Fourier's law of energy")
    folder = tmp_path / "results" / "leaking-verdict"
    told = json.loads((folder / "leaking.json").read_text(encoding="utf-8"))
    read = Page((folder / "leaking.html").read_text(encoding="utf-8"))
    assert read.has(told["verdict"])
    assert read.has((folder / "leaking.yaml").read_text(encoding="utf-8"))
    assert not read.images
