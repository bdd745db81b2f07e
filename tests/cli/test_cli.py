"""The command line as a user meets it, bad input included. Every refusal: one sentence, exit code 2, no traceback."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import caloriq as cq
from caloriq.documents import yaml_text
from caloriq.models.kinds import MODELS
from caloriq.questions.registry import starters
from command_line import call, files, refused

SMALL = {"kind": "modular-chain", "subunits": 3, "levels": 16, "bandwidth": 0.05, "coupling": 2.0e-3, "seed": 1}


def model_file(folder, name="chain.yaml", **changes):
    file = folder / name
    file.write_text(yaml_text({**SMALL, **changes}), encoding="utf-8")
    return file


def test_help_names_every_command(tmp_path):
    answer = call("--help", cwd=tmp_path)
    assert answer.returncode == 0
    assert all(word in answer.stdout for word in ("reproduce", "run", "check", "schema", "version", "runs"))


@pytest.mark.parametrize("group", [[], ["sweep"], ["runs"]])
def test_no_line_of_the_list_of_commands_is_cut_off(group, tmp_path):
    """On a terminal of 80 columns, the narrowest that people have."""
    answer = call(*group, "--help", cwd=tmp_path)
    lines = answer.stdout.partition("Commands:")[2].strip().splitlines()
    assert len(lines) >= 4
    assert [line for line in lines if line.rstrip().endswith("...") or not line.rstrip().endswith((".", "?"))] == []


def test_run_writes_everything_and_says_the_verdict(tmp_path):
    answer = call("run", model_file(tmp_path), "--out", tmp_path / "out", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "Fourier's law" in answer.stdout
    expected = [
        "chain-model.yaml",
        "chain-provenance.json",
        "chain-verdict.json",
        "chain.pdf",
        "chain.png",
        "chain.zarr.zip",
    ]
    assert files(tmp_path / "out") == [f"chain/{name}" for name in expected]
    data = cq.load(tmp_path / "out/chain/chain.zarr.zip")
    assert data.populations.shape == (201, 3)
    assert data.attrs["verdict"] in answer.stdout
    record = json.loads((tmp_path / "out/chain/chain-provenance.json").read_text())
    model = cq.ModularChain(**SMALL)
    assert model.digest in [d["digest"] for d in record["definitions"]]
    assert {"numpy", "scipy", "python", "caloriq"} <= set(record["versions"])
    assert record["wall time in s"] > 0


def test_run_json_is_json_and_agrees_with_the_library(tmp_path):
    answer = call("run", model_file(tmp_path), "--json", "--out", tmp_path / "out", cwd=tmp_path)
    summary = json.loads(answer.stdout)
    theory = cq.ham(cq.ModularChain(**SMALL))
    assert summary["rate"] == pytest.approx(theory.rate, rel=1e-15)
    assert summary["criteria"]["c1"]["holds"] is theory.criteria[0].holds
    assert summary["certificate"]["norm drift"]["holds"] is True


def test_sections_start_times_and_method_are_honoured(tmp_path):
    file = tmp_path / "run.yaml"
    sections = {
        "model": SMALL,
        "initial": {"kind": "mixed", "subunit": 1},
        "times": {"values": [0.0, 10.0, 20.0], "unit": "natural"},
        "method": {"kind": "krylov", "tol": 1e-9},
    }
    file.write_text(yaml_text(sections), encoding="utf-8")
    answer = call("run", file, "--json", "--out", tmp_path, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    summary = json.loads(answer.stdout)
    assert summary["method"].startswith("Krylov")
    assert summary["verdict"].startswith("No verdict")  # three times do not cover 5/γ
    data = cq.load(tmp_path / "run/run.zarr.zip")
    assert data.time.values.tolist() == [0.0, 10.0, 20.0]
    assert data.populations.values[0] == pytest.approx([0, 1, 0], abs=1e-12)


def test_options_override_the_file(tmp_path):
    answer = call("run", model_file(tmp_path), "--stop", 6, "--count", 31, "--out", tmp_path, "--json", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    data = cq.load(tmp_path / "chain/chain.zarr.zip")
    assert data.sizes["time"] == 31
    assert data.time.values[-1] * data.attrs["rate"] == pytest.approx(6)


def test_check_says_what_would_run_without_running(tmp_path):
    answer = call("check", model_file(tmp_path, levels=5000), cwd=tmp_path)
    assert answer.returncode == 0
    assert "Chebyshev" in answer.stdout
    assert "c1" in answer.stdout
    assert files(tmp_path) == ["chain.yaml"]
    assert not (tmp_path / "out").exists()


def test_schema_describes_the_file(tmp_path):
    schema = json.loads(call("schema", cwd=tmp_path).stdout)
    alone, *sections = schema["anyOf"]
    assert len(alone["oneOf"]) == len(MODELS)
    shown = [set(one["properties"]) for one in sections]
    assert {"model", "question"} in shown
    for bands in (
        {"model", "initial", "times", "method", "temperatures", "response"},
        {"model", "initial", "times", "method"},
    ):
        assert bands in shown
    assert {"model", "block", "carries", "contact", "temperature", "bands"} in shown
    assert {"model", "method", "sizes", "of"} in shown
    assert {"model", "whole"} in shown
    assert any({"order", "start", "density"} <= one for one in shown)
    assert len(shown) == len(starters()) + 1


def test_reproduce_lists_every_figure(tmp_path):
    names = {row["name"] for row in json.loads(call("reproduce", "--list", "--json", cwd=tmp_path).stdout)}
    assert {f"michel-2005-fig-{k}" for k in (2, 3, 4)} | {f"michel-2006-fig-{k}" for k in (2, 3, 4, 5, 8)} <= names
    assert "michel-2006-mixed" in names


def test_reproduce_writes_figure_data_and_table(tmp_path):
    answer = call("reproduce", "michel-2005-fig-4", "--out", tmp_path / "out", "--json", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    table = json.loads(answer.stdout)["table"]
    assert all(row["agreement"] is not False for row in table)
    name = "michel-2005-fig-4"
    expected = [
        f"{name}-conductivity.zarr.zip",
        f"{name}-provenance.json",
        f"{name}-table.json",
        f"{name}.pdf",
        f"{name}.png",
    ]
    assert files(tmp_path / "out") == [f"{name}/{file}" for file in sorted(expected)]
    assert (tmp_path / "out" / name / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "out" / name / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    data = cq.load(tmp_path / "out" / name / f"{name}-conductivity.zarr.zip")
    assert data.attrs["peak"] == pytest.approx(1.6689e-3, abs=5e-8)
    assert data.attrs["peak_temperature"] == pytest.approx(0.14665, abs=5e-6)


def test_quick_versions_are_labelled(tmp_path):
    answer = call("reproduce", "michel-2005-forms", "--quick", "--out", tmp_path, "--json", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["quick"] is True
    assert all("-quick" in file for file in files(tmp_path))


BAD_MODELS = {
    "zero subunits": ({"subunits": 0}, ("`subunits`", "at least 2", "got 0")),
    "one subunit": ({"subunits": 1}, ("`subunits`", "got 1")),
    "negative levels": ({"levels": -3}, ("`levels`", "got -3")),
    "fractional levels": ({"levels": 2.5}, ("`levels`", "whole number", "2.5")),
    "zero bandwidth": ({"bandwidth": 0}, ("`bandwidth`", "greater than 0", "got 0")),
    "nan": ({"coupling": float("nan")}, ("`coupling`", "finite", "nan")),
    "infinite": ({"gap": float("inf")}, ("`gap`", "finite", "inf")),
    "text": ({"coupling": "strong"}, ("`coupling`", "number", "strong")),
    "truth value": ({"levels": True}, ("`levels`", "truth value", "True")),
    "unknown key": ({"level": 3}, ("level", "did you mean `levels`?")),
    "unknown word": ({"band": "square"}, ("`band`", "'uniform' or 'random'", "square")),
    "missing matrices": ({"interaction": "given", "matrices": "none.npy"}, ("`matrices`", "none.npy")),
    "too large": ({"levels": 10_000_000}, ("`levels`", "memory", "PB", "10000000")),
    "no seed": ({"seed": None}, ("`seed`", "add seed=0")),
}


@pytest.mark.parametrize("case", BAD_MODELS, ids=str)
def test_bad_models_are_refused_in_one_sentence(tmp_path, case):
    changes, words = BAD_MODELS[case]
    answer = call("run", model_file(tmp_path, **changes), "--out", tmp_path / "out", cwd=tmp_path)
    refused(answer, *words)
    assert files(tmp_path) == ["chain.yaml"]
    assert not (tmp_path / "out").exists()


def test_a_process_of_its_own_answers_the_same(tmp_path):
    command = [sys.executable, "-W", "error", "-m", "caloriq.cli", "run", "nowhere.yaml"]
    refused(
        subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False), "nowhere.yaml"
    )


def test_bad_files_are_refused_in_one_sentence(tmp_path):
    refused(call("run", "nowhere.yaml", cwd=tmp_path), "`model`", "nowhere.yaml")
    refused(call("run", tmp_path, cwd=tmp_path), "`model`")
    broken = tmp_path / "broken.yaml"
    broken.write_text("subunits: [3", encoding="utf-8")
    refused(call("run", broken, cwd=tmp_path), "valid YAML", "line")
    broken.write_text("- 1\n- 2\n", encoding="utf-8")
    refused(call("run", broken, cwd=tmp_path), "mapping", "list")
    broken.write_text("levels: 3\nlevels: 4\n", encoding="utf-8")
    refused(call("run", broken, cwd=tmp_path), "`levels`", "twice")
    broken.write_bytes(b"\xff\xfe\x00")
    refused(call("run", broken, cwd=tmp_path), "`model`")


BAD_SECTIONS = {
    "times": ({"times": {"stop": -1}}, ("`stop`", "got -1")),
    "times order": ({"times": {"values": [0, 2, 1]}}, ("`times.values`", "increase")),
    "times negative": ({"times": {"values": [-1, 2]}}, ("`times.values`", "negative")),
    "times twice": ({"times": {"values": [0, 2], "stop": 3}}, ("`times.values`", "alone")),
    "tolerance": ({"method": {"kind": "chebyshev", "tol": 0}}, ("tol", "got 0")),
    "method": ({"method": {"kind": "euler"}}, ("`method`", "kind", "euler")),
    "method name": ({"method": "euler"}, ("`method`", "kind", "euler")),
    "start": ({"initial": {"kind": "haar", "subunit": 7}}, ("`subunit`", "got 7")),
    "level": ({"initial": {"kind": "level", "level": 99}}, ("`level`", "got 99")),
    "section": ({"time": {"stop": 1}}, ("time", "did you mean `times`?")),
    "samples": ({"initial": {"kind": "haar", "samples": 0}}, ("samples", "got 0")),
}


@pytest.mark.parametrize("case", BAD_SECTIONS, ids=str)
def test_bad_sections_are_refused_in_one_sentence(tmp_path, case):
    changes, words = BAD_SECTIONS[case]
    file = tmp_path / "run.yaml"
    file.write_text(yaml_text({"model": SMALL, **changes}), encoding="utf-8")
    refused(call("run", file, "--out", tmp_path / "out", cwd=tmp_path), *words)
    assert files(tmp_path) == ["run.yaml"]


def test_bad_arguments_are_refused_in_one_sentence(tmp_path):
    refused(call("reproduce", "michel-2005-fig-9", cwd=tmp_path), "did you mean michel-2005-fig-")
    refused(call("reproduce", cwd=tmp_path), "`name`", "--list")
    refused(call("reproduce", "michel-2005-fig-2", "--all", cwd=tmp_path), "`name`")
    refused(call("run", cwd=tmp_path), "MODEL.yaml")
    refused(call("run", "x.yaml", "--speed", cwd=tmp_path), "--speed")
    refused(call("fly", cwd=tmp_path), "fly")
    refused(call("run", model_file(tmp_path), "--count", "many", cwd=tmp_path), "many")
    refused(call("run", model_file(tmp_path), "--count", 1, cwd=tmp_path), "count", "got 1")


def test_unwritable_folder_is_refused_before_the_work(tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    refused(call("reproduce", "michel-2005-fig-2", "--out", blocked, cwd=tmp_path), "`out`", "blocked")
    refused(call("run", model_file(tmp_path), "--out", blocked / "deep", cwd=tmp_path), "`out`", "blocked")
    assert files(tmp_path) == ["blocked", "chain.yaml"]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_interrupt_leaves_nothing_half_written(tmp_path):
    # two minutes of work at least: the signal lands inside it
    file = model_file(tmp_path, subunits=8, levels=500, coupling=5e-5)
    # a test runner in the background may hand down an ignored SIGINT
    entry = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from caloriq.cli import main; main()"
    )
    command = [sys.executable, "-c", entry, "run", str(file), "--stop", "500", "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("out/chain/.unfinished-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 130
    assert stdout == ""
    assert stderr.strip() == "caloriq: interrupted; what was not finished was not written"
    assert files(tmp_path) == ["chain.yaml"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("form", ["pairs", "numbers", "file"])
def test_a_vector_start_is_read_from_a_file(tmp_path, form):
    amplitudes = np.zeros(48, dtype=complex)
    amplitudes[[16, 20]] = 1.0, 1.0 if form == "numbers" else 2.0j
    np.save(tmp_path / "start.npy", amplitudes)
    written = {
        "pairs": [[float(z.real), float(z.imag)] for z in amplitudes],
        "numbers": [float(z.real) for z in amplitudes],
        "file": "start.npy",
    }[form]
    file = tmp_path / "run.yaml"
    file.write_text(yaml_text({"model": SMALL, "initial": {"kind": "vector", "vector": written}}), encoding="utf-8")
    answer = call("run", file, "--json", "--out", tmp_path, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    expected = cq.evolve(cq.ModularChain(**SMALL), [0.0, 50.0], initial=cq.starts.vector(amplitudes)).populations
    data = cq.load(tmp_path / "run/run.zarr.zip")
    assert data.populations.values[0] == pytest.approx(expected[0], abs=1e-12)
    assert data.deviation.shape == (3,)


@pytest.mark.parametrize(
    ("vector", "words"),
    [
        ([0.0] * 48, ("`vector`", "norm")),
        ([1.0] * 47, ("`vector`", "48")),
        ("none.npy", ("`vector`", "none.npy")),
        (["a"], ("`vector`",)),
    ],
)
def test_bad_vectors_are_refused_in_one_sentence(tmp_path, vector, words):
    file = tmp_path / "run.yaml"
    file.write_text(yaml_text({"model": SMALL, "initial": {"kind": "vector", "vector": vector}}), encoding="utf-8")
    refused(call("run", file, "--out", tmp_path / "out", cwd=tmp_path), *words)


def test_check_prints_the_reason_without_quotes(tmp_path):
    answer = call("check", model_file(tmp_path), cwd=tmp_path)
    assert "reason: auto: dimension 48" in answer.stdout
