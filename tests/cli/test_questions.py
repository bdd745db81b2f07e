"""Run files that name their question: a sentence, numbers with units, and the same numbers as JSON."""

import json

import pytest

import caloriq as cq
from caloriq.documents import yaml_text
from command_line import call, refused
from sweeps import MODULAR, WIRE

PAIR = {"kind": "banded-pair", "levels": [1, 100], "bandwidth": 0.05, "coupling": 2e-4, "seed": 1}
ASKED = {
    "ham": (
        {"model": {**MODULAR, "seed": 1}, "question": "ham"},
        "The criteria of the rate equation are not met: c1",
        "rate",
    ),
    "relaxation": (
        {"model": {**WIRE, "sites": 3}, "question": {"kind": "relaxation", "times": {"stop": 4, "count": 5}}},
        "A driven chain to t = 4",
        "populations",
    ),
    "heat-response": (
        {"model": PAIR, "question": {"kind": "heat-response", "temperatures": [1.0]}},
        "κ_th of the early exact dynamics",
        "early",
    ),
}


@pytest.mark.parametrize("case", ASKED)
def test_numbers_are_printed_and_in_the_summary(tmp_path, case):
    content, sentence, name = ASKED[case]
    (tmp_path / "job.yaml").write_text(yaml_text(content), encoding="utf-8")
    printed = call("run", "job.yaml", cwd=tmp_path)
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.startswith(sentence)
    assert "quantity" in printed.stdout
    summary = json.loads(call("run", "job.yaml", "--json", cwd=tmp_path).stdout)
    data = cq.load(tmp_path / "results/job/job.zarr.zip")
    assert summary[name] == data[name].values.tolist()
    assert summary["verdict"] == data.attrs["verdict"]


REFUSED = {
    "heat response of a strong coupling": (
        {"model": {**PAIR, "coupling": 2e-3}, "question": {"kind": "heat-response", "temperatures": [1.0]}},
        "`model` must decay slowly",
        3,
    ),
    "Markov limit without a bath": (
        {"model": {"kind": "exchange-chain", "units": 3}, "question": {"kind": "kernel", "order": "markov"}},
        "`density` must be given",
        3,
    ),
}


@pytest.mark.parametrize("verb", ["check", "run"])
@pytest.mark.parametrize("case", REFUSED)
def test_check_refuses_what_run_refuses(tmp_path, case, verb):
    content, sentence, code = REFUSED[case]
    (tmp_path / "job.yaml").write_text(yaml_text(content), encoding="utf-8")
    answer = call(verb, "job.yaml", cwd=tmp_path)
    refused(answer, code=code)
    assert answer.stderr.startswith(f"caloriq: {sentence}")


def test_json_is_standard_json(tmp_path):
    """An infinite entropy production is a text there, in the summary and in what is printed."""

    def strict(text):
        return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))

    cold = {
        **WIRE,
        "sites": 3,
        "baths": [{"site": 0, "temperature": 1.0, "rate": 1.0}, {"site": -1, "temperature": 0.0, "rate": 1.0}],
    }
    (tmp_path / "job.yaml").write_text(yaml_text({"model": cold}), encoding="utf-8")
    printed = call("run", "job.yaml", "--json", cwd=tmp_path)
    assert printed.returncode == 0, printed.stderr
    assert strict(printed.stdout)["entropy_production"] == "inf"
    assert (
        strict((tmp_path / "results/job/job-verdict.json").read_text(encoding="utf-8"))["entropy_production"] == "inf"
    )
