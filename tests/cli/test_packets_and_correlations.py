"""Files that ask for one correlation function, or how a packet spreads: answered and drawn, and given what a hurried user writes."""

import json

import pytest

from command_line import call, files, refused

MODEL = "model: {kind: lattice, sites: 6, family: {kind: tilted_ising, transverse: 1.4, longitudinal: 0.9}}"
TIMES = "times: {stop: 2.0, count: 5}"
FILES = {
    "misspelt": (
        "correlation",
        f"A: enrgy current, {TIMES}",
        2,
        "`A` must be a density of the model",
        "did you mean energy",
    ),
    "of no site": ("correlation", f"A: energy at 9, {TIMES}", 2, "`A` must name a site"),
    "B of no site": ("correlation", f"A: energy at 1, B: energy at 9, {TIMES}", 2, "`B` must name a site"),
    "not conserved": ("correlation", f"A: magnetisation current, {TIMES}", 3, "magnetisation is changed by term"),
    "cold": ("correlation", f"{TIMES}, temperature: 0", 2, "`temperature` must be greater than 0"),
    "strings of a site": (
        "correlation",
        f"A: energy at 1, {TIMES}, method: support-ladder",
        2,
        "`A` must be a current",
    ),
    "cold strings": (
        "correlation",
        f"{TIMES}, temperature: 1.0, method: support-ladder",
        3,
        "`temperature` must be infinite",
    ),
    "spread of what leaks": ("spread", f"of: magnetisation, {TIMES}", 3, "`of`", "magnetisation is changed by term"),
    "spread from nowhere": ("spread", f"site: 6, {TIMES}", 2, "`site` must lie in 0..5"),
    "spread in a moment": ("spread", "times: {stop: 1.0, count: 2}", 2, "`times` must be at least three"),
}


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("case", FILES)
def test_refused_in_one_sentence(tmp_path, case, command):
    kind, asked, code, *words = FILES[case]
    (tmp_path / "job.yaml").write_text(f"{MODEL}\nquestion: {{kind: {kind}, {asked}}}\n", encoding="utf-8")
    refused(call(command, "job.yaml", cwd=tmp_path), *words, "job.yaml, line", code=code)
    assert files(tmp_path) == ["job.yaml"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            f"{{kind: correlation, A: energy current, {TIMES}, temperature: 2.0}}",
            "<energy current(t) energy current> is",
        ),
        (f"{{kind: correlation, {TIMES}, method: {{kind: support-ladder, length: 4}}}}", "at t = 2"),
        (f"{{kind: spread, site: 2, {TIMES}}}", "an end is reached"),
    ],
)
def test_answered_and_drawn(tmp_path, asked, words):
    (tmp_path / "job.yaml").write_text(f"{MODEL}\nquestion: {asked}\n", encoding="utf-8")
    done = call("run", "job.yaml", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/job/job.png").exists()
    told = json.loads((tmp_path / "out/job/job-verdict.json").read_text(encoding="utf-8"))
    assert words in told["verdict"]
