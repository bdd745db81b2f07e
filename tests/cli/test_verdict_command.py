"""`caloriq verdict`: every example is judged, bad input is one sentence, an ended verdict goes on, undecided is an answer."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from caloriq.questions.run import read_run
from caloriq.questions.verdict import read_verdict
from command_line import call, files, refused

EXAMPLES = Path(__file__).parents[2] / "examples"
QUICKLY = (
    "--budget",
    "0.05",
    "--workers",
    "0",
    "--routes",
    "structure,charges,lengths,ham,kernel,populations,harmonic",
)
PROVED, OPEN, LEAKS = ("proved",), ("undecided", "indicated"), ("no law",)
GRADES = {
    "classical-chain": PROVED,
    "equation-of-state": PROVED,
    "harmonic-chain": PROVED,
    "maximally-driven": PROVED,
    "scaling-over-dephasing": PROVED,
    "xxz-over-temperature": PROVED,
    "hubbard": PROVED,
    "spin-chain": LEAKS,
    "disordered-chain": LEAKS,
    "disorder-fraction": LEAKS,
    "trajectories": LEAKS,
    "spin-one": LEAKS,
    "fermion-square": LEAKS,
}
NO_LENGTH = {"fmo-efficiency"}  # a network with a trap
SOME = (
    "classical-chain",
    "scaling-over-dephasing",
    "spin-chain",
    "disorder-fraction",
    "regimes",
    "three-bands",
    "verdict",
)
ALL = [
    pytest.param(path.stem, marks=() if path.stem in SOME else pytest.mark.slow)
    for path in sorted(EXAMPLES.glob("*.yaml"))
]


@pytest.mark.parametrize("name", ALL)
def test_every_example_is_judged(name, tmp_path):
    answer = call("verdict", EXAMPLES / f"{name}.yaml", *QUICKLY, "--json", "--out", "out", cwd=tmp_path)
    if name in NO_LENGTH:
        refused(answer, "`model` must be one through which energy or excitations can flow along a length")
        return
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert told["grade"] in GRADES.get(name, OPEN), told["verdict"]
    assert told["verdict"].endswith(".")
    assert told == json.loads((tmp_path / f"out/{name}-verdict/{name}.json").read_text())
    written = [one for one in files(tmp_path / "out") if not one.endswith(("-wal", "-shm"))]
    ends = (".bib", ".html", ".json", ".png", ".yaml", ".zarr.zip", "-provenance.json")
    assert {f"{name}-verdict/{name}{end}" for end in ends} <= set(written)


def test_what_it_wrote_repeats_it(tmp_path):
    first = call("verdict", EXAMPLES / "classical-chain.yaml", *QUICKLY, "--json", "--out", "out", cwd=tmp_path)
    again = tmp_path / "out/classical-chain-verdict/classical-chain.yaml"
    model, question = read_verdict(again)
    assert model == read_run(EXAMPLES / "classical-chain.yaml").model
    assert question.kind == "verdict"
    second = call("verdict", again, "--workers", "0", "--json", "--out", "again", cwd=tmp_path)
    one, other = json.loads(first.stdout), json.loads(second.stdout)
    assert (one["verdict"], one["digest"]) == (other["verdict"], other["digest"])


def test_it_is_told_as_it_comes_and_goes_on_from_its_ledger(tmp_path):
    first = call("verdict", EXAMPLES / "classical-chain.yaml", *QUICKLY, "--out", "out", cwd=tmp_path)
    assert "structure: diffusive" in first.stderr
    assert "lengths: diffusive, D = 1" in first.stderr
    assert first.stdout.startswith("PROVED: Fourier's law holds for energy, proved")
    again = call("verdict", EXAMPLES / "classical-chain.yaml", *QUICKLY, "--out", "out", cwd=tmp_path)
    assert again.returncode == 0
    assert again.stdout.splitlines()[0] == first.stdout.splitlines()[0]


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_who_ends_it_is_told_that_it_goes_on(tmp_path):
    (tmp_path / "own.yaml").write_text(MODEL, encoding="utf-8")
    words = ["verdict", "own.yaml", "--routes", "structure,strings", "--budget", "5", "--workers", "1"]
    # a test runner in the background may hand down an ignored SIGINT
    start = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from caloriq.cli import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", start, *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as process:
        assert "structure: does not apply" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    kept = Path("results", "own-verdict.evidence")
    assert said.endswith(f"caloriq: interrupted; what ended is kept in {kept}, ask again to go on\n")
    assert (tmp_path / kept).is_file()


def test_what_check_tells_of_it(tmp_path):
    """Which routes there are to look along; of a method there is no choice."""
    (tmp_path / "own.yaml").write_text(f"{MODEL}\nquestion: verdict\n", encoding="utf-8")
    told = json.loads(call("check", "own.yaml", "--json", cwd=tmp_path).stdout)
    assert told["routes"].startswith(
        "structure (exact structure); charges (charges and Mazur's bound); rings (rings of "
    )
    assert "lengths" not in told["routes"]
    assert not {"method", "reason"} & set(told)


def test_of_another_density(tmp_path):
    answer = call("verdict", EXAMPLES / "spin-chain.yaml", "--of", "excitations", *QUICKLY, "--json", cwd=tmp_path)
    assert answer.returncode == 0
    told = json.loads(answer.stdout)
    assert (told["of"], told["grade"]) == ("excitations", "undecided")
    assert any("sites between baths" in one["what"] for one in told["next"])


@pytest.mark.slow
def test_quick_tells_what_would_decide(tmp_path):
    """Two routes measure in minutes; within three quarters of one strings indicate, and what would decide is told."""
    answer = call("verdict", EXAMPLES / "verdict.yaml", "--quick", "--json", cwd=tmp_path)
    told = json.loads(answer.stdout)
    assert told["grade"] in ("indicated", "undecided", "measured")
    assert told["grade"] == "measured" or told["next"]


MODEL = "model: {kind: lattice, sites: 8, family: {kind: tilted_ising, transverse: 1.4, longitudinal: 0.9}}"
DISORDERED = (
    "model: {kind: disordered-chain, samples: 1, seed: 1, disorder: [{quantity: frequency, width: 1}], "
    "chain: {sites: 4, hopping: 1.0, baths: [{site: 0, gain: 1, loss: 0}, {site: -1, gain: 0, loss: 1}]}}"
)
BAD = {
    "density": (f"{MODEL}\nquestion: {{kind: verdict, of: enery}}", (), "`of`", "did you mean energy?", "line 2"),
    "no such density": (
        f"{MODEL}\nquestion: {{kind: verdict, of: particles}}",
        (),
        "`of`",
        "known are energy, magnetisation",
    ),
    "one sample": (f"{DISORDERED}\nquestion: verdict", (), "`samples` must be at least 2"),
    "no budget": (f"{MODEL}\nquestion: {{kind: verdict, budget: 0}}", (), "`budget` must be greater than 0"),
    "too small a budget": (
        f"{MODEL}\nquestion: {{kind: verdict, budget: 1.0e-4, routes: [rings]}}",
        (),
        "`budget` must give some route its time, at least",
    ),
    "too small a memory": (
        f"{MODEL}\nquestion: {{kind: verdict, memory_limit: 1.0e-9}}",
        (),
        "`memory` must give some route its room, at least",
    ),
    "route": (f"{MODEL}\nquestion: {{kind: verdict, routes: [ring]}}", (), "`routes`", "did you mean rings?"),
    "misspelt": (f"{MODEL}\nquestion: {{kind: verdict, buget: 1}}", (), "`buget`", "did you mean `budget`?"),
    "no model": ("question: verdict", (), "`model` must be given"),
    "unknown model": ("model: {kind: latice}", (), "latice"),
    "two budgets": (MODEL, ("--quick", "--budget", "2"), "`--budget` must be left out with --quick"),
    "negative budget": (MODEL, ("--budget", "-1"), "`budget` must be greater than 0"),
    "negative temperature": (MODEL, ("--temperature", "-1"), "`temperature` must be greater than 0"),
    "negative workers": (MODEL, ("--workers", "-1"), "`workers`"),
    "a mean that no state has": (
        "model: {kind: lattice, sites: 8, family: {kind: xxz, anisotropy: 1.5}}\n"
        "question: {kind: verdict, of: magnetisation, means: {magnetisation: 2.0}}",
        (),
        "`means",
    ),
    "a graph": (
        "model: {kind: fmo, injection: 1/ns, temperature: 77 K}",
        (),
        "`model` must be one through which energy or excitations can flow",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name, tmp_path):
    text, more, *words = BAD[name]
    (tmp_path / "bad.yaml").write_text(text)
    refused(call("verdict", "bad.yaml", *more, cwd=tmp_path), *words)
    assert not [one for one in files(tmp_path) if one.endswith((".html", ".png"))]
