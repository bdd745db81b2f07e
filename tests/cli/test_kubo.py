"""Files that ask for a diffusivity, given what a hurried user writes, and one that is answered."""

import json

import pytest

from caloriq import _checks
from command_line import call, files
from command_line import refused as refused_by_command

MODEL = "model: {kind: lattice, sites: 8, family: {kind: tilted_ising, transverse: 1.4, longitudinal: 0.9}}"
RANDOM = "model: {kind: lattice, sites: 8, terms: [{operator: Z Z}, {operator: X, value: {random: uniform, width: 2}}]}"
OPEN = "model: {kind: lattice, sites: 8, terms: [{operator: Z Z}, {operator: X, value: 1.0}], dephasing: 0.1}"
LISTS = "model: {kind: lattice, sites: 4, terms: [{operator: Z Z}, {operator: X, value: [1, 2, 3, 4]}]}"
STILL = "model: {kind: lattice, sites: 8, terms: [{operator: Z Z}, {operator: Z, value: 0.3}]}"
SQUARE = (
    "model: {kind: lattice, geometry: {kind: square, sides: [3, 3]}, sites: 9, terms: [{operator: Z Z}, {operator: X}]}"
)
WAVE = "model: {kind: lattice, sites: 8, terms: [{operator: Z Z}, {operator: X, value: 'cos(2 * pi * 0.618 * j)'}]}"
ONE = "model: {kind: lattice, sites: 8, terms: [{operator: Z Z}, {operator: X}, {operator: Z, on: [3]}]}"
STAGGERED = (
    "model: {kind: lattice, sites: 8, terms: [{operator: Z Z}, {operator: X, value: {staggered: 0.5}}, {operator: Z}]}"
)
FILES = {
    "not conserved": (MODEL, "of: magnetisation, sizes: [6, 8]", 3, "`of`", "term 1, 'X'", "‖[H, Σa]‖"),
    "one size": (MODEL, "sizes: [8]", 2, "`sizes` must be at least two"),
    "no error": (MODEL, "sizes: [6, 8], method: {kind: typicality, error: 0}", 2, "`error` must be greater than 0"),
    "cold": (MODEL, "sizes: [6, 8], temperature: 0", 2, "`temperature` must be greater than 0"),
    "short strings": (MODEL, "sizes: [6, 8], lengths: [1, 2]", 2, "`lengths` must be at least the 2 cells", "got 1"),
    "no room for rings": (MODEL, "sizes: [6, 40]", 2, "`sizes` must fit in memory", "TB"),
    "no room for strings": (MODEL, "sizes: [6, 8], lengths: [20]", 2, "`lengths` must fit in memory", "20 cells"),
    "strings at a temperature": (MODEL, "sizes: [6, 8], lengths: [4], temperature: 1.0", 3, "`lengths`", "infinite"),
    "of nothing": (MODEL, "of: null, sizes: [6, 8]", 2, "`of` must be text, but it is not (got None)"),
    "of a number": (MODEL, "of: 3, sizes: [6, 8]", 2, "`of` must be text, but it is not (got 3)"),
    "known upside down": (
        MODEL,
        "sizes: [6, 8], known: {low: 2, high: 1, source: a book}",
        2,
        "`known` must have `low`",
    ),
    "known from nowhere": (MODEL, "sizes: [6, 8], known: {low: 1, high: 1}", 2, "`source` must be given"),
    "misspelt": (MODEL, "of: enery, sizes: [6, 8]", 2, "`of`", "did you mean energy?"),
    "tiny": (MODEL, "sizes: [2, 3]", 2, "`sizes` must be a whole number of at least 3"),
    "late": (MODEL, "sizes: [6, 8], times: {values: [1.0, 2.0]}", 2, "`times` must begin at 0"),
    "disorder": (RANDOM, "sizes: [6, 8]", 3, "`model` must be the same from cell to cell", "term 1, 'X', is random"),
    "disorder and strings": (
        RANDOM,
        "sizes: [6, 8], lengths: [4]",
        3,
        "`model` must be the same",
        "term 1, 'X', is random",
    ),
    "values of the place": (WAVE, "sizes: [6, 8]", 3, "term 1, 'X', does not repeat along rings of 6, 8 sites"),
    "one site apart": (ONE, "sizes: [6, 8]", 3, "term 2, 'Z', does not repeat"),
    "two values, odd": (STAGGERED, "sizes: [7, 8]", 3, "term 1, 'X', does not repeat along rings of 7, 8 sites"),
    "baths": (OPEN, "sizes: [6, 8]", 2, "`model` must have no baths"),
    "values of one size": (LISTS, "sizes: [6, 8]", 2, "`sizes` must fit the lattice", "list of 6"),
    "strings beyond numbers": (
        MODEL,
        "sizes: [6, 8], lengths: [2000]",
        2,
        "`lengths` must fit in memory",
        "2000 cells",
    ),
    "negative damping": (MODEL, "sizes: [6, 8], lengths: [4], dampings: [-1]", 2, "`dampings` must be numbers"),
    "no damping": (MODEL, "sizes: [6, 8], lengths: [4], dampings: []", 2, "`dampings` must be numbers"),
    "beyond rounding": (MODEL, "sizes: [6, 8], times: {stop: 1.0e+12, count: 11}", 2, "`times` must end before"),
    "nothing flows": (STILL, "sizes: [6, 8]", 2, "`of` must flow", "its diffusivity is 0"),
    "charges beyond numbers": (MODEL, None, 2, "`support` must fit in memory", "got 2000"),
    "a square": (SQUARE, "sizes: [9, 16]", 3, "`model` must be a chain or a ladder"),
}


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("case", FILES)
def test_refused_in_one_sentence(tmp_path, case, command):
    model, asked, code, *words = FILES[case]
    question = "{kind: charges, support: 2000}" if asked is None else f"{{kind: kubo, {asked}}}"
    (tmp_path / "job.yaml").write_text(f"{model}\nquestion: {question}\n", encoding="utf-8")
    refused_by_command(call(command, "job.yaml", cwd=tmp_path), *words, "job.yaml, line", code=code)
    assert files(tmp_path) == ["job.yaml"]


@pytest.mark.parametrize("seed", range(3))
def test_disorder_over_temperature_is_refused(tmp_path, seed):
    model = RANDOM.replace("sites: 8,", f"sites: 8, seed: {seed},")
    asked = "question: {kind: kubo-over-temperature, sizes: [6, 8]}"
    (tmp_path / "job.yaml").write_text(f"{model}\n{asked}\n", encoding="utf-8")
    refused_by_command(call("run", "job.yaml", cwd=tmp_path), "term 1, 'X', is random", "(got values", code=3)
    assert files(tmp_path) == ["job.yaml"]


def test_a_file_is_answered_and_drawn(tmp_path):
    asked = "sizes: [6, 8], times: {stop: 4.0, count: 21}, lengths: [3, 4]"
    (tmp_path / "job.yaml").write_text(f"{MODEL}\nquestion: {{kind: kubo, {asked}}}\n", encoding="utf-8")
    done = call("run", "job.yaml", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "By strings of up to 4 cells" in done.stdout
    assert (tmp_path / "out/job/job.png").exists()
    told = json.loads((tmp_path / "out/job/job-verdict.json").read_text(encoding="utf-8"))
    assert "D(8)" in told["verdict"]


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("question", ["kubo", "kubo-over-temperature"])
def test_times_that_have_no_room_are_refused_by_their_name(tmp_path, monkeypatch, command, question):
    monkeypatch.setattr(_checks, "available_memory", lambda: 1e8)
    asked = f"question: {{kind: {question}, sizes: [6, 8], times: {{count: 1000000}}}}"
    (tmp_path / "job.yaml").write_text(f"{MODEL}\n{asked}\n", encoding="utf-8")
    refused_by_command(
        call(command, "job.yaml", cwd=tmp_path), "`times` must fit in memory", "got 1000000 times", "take fewer times"
    )
    assert files(tmp_path) == ["job.yaml"]


def test_what_has_no_room_later_is_told_with_what_was_asked_for(tmp_path, monkeypatch):
    def none(*_, **__):
        raise MemoryError("Unable to allocate 48 GiB")

    monkeypatch.setattr("caloriq.questions.kubo.kubo", none)
    (tmp_path / "job.yaml").write_text(f"{MODEL}\nquestion: {{kind: kubo, sizes: [6, 8]}}\n", encoding="utf-8")
    refused_by_command(call("run", "job.yaml", cwd=tmp_path), "must fit in memory", "got Unable to allocate 48 GiB")
