"""`caloriq run` and `check` on coupled units, as a user meets them."""

import json

import pytest

import caloriq as cq
from caloriq.documents import yaml_text
from command_line import call, files, refused

CHAIN = {"kind": "exchange-chain", "units": 3, "coupling": 0.1}


def written(folder, content, name="units.yaml"):
    file = folder / name
    file.write_text(yaml_text(content), encoding="utf-8")
    return file


def test_run_writes_everything(tmp_path):
    file = written(tmp_path, {"model": CHAIN, "times": {"stop": 6, "count": 12}})
    answer = call("run", file, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("Fourier's law does not follow: at t = 6")
    expected = [
        "units-model.yaml",
        "units-provenance.json",
        "units-verdict.json",
        "units.pdf",
        "units.png",
        "units.zarr.zip",
    ]
    assert files(tmp_path / "results") == [f"units/{name}" for name in expected]
    data = cq.load(tmp_path / "results" / "units" / "units.zarr.zip")
    kernel = cq.population_kernel(cq.read_model(tmp_path / "results" / "units" / "units-model.yaml"), data.time.values)
    assert (data.rate.values == kernel.rates().values).all()
    assert abs(data.energy.values - data.exact_energy.values).max() < 1e-8


@pytest.mark.parametrize(
    ("changes", "order"),
    [
        ({}, "exact"),
        ({"model": {**CHAIN, "bath": {"kind": "pure-dephasing", "rate": 1.0}}}, "2"),
        ({"order": 4}, "4"),
        ({"order": "markov", "density": 5.0}, "markov"),
    ],
    ids=["closed", "bath", "fourth", "markov"],
)
def test_orders(tmp_path, changes, order):
    file = written(tmp_path, {"model": CHAIN, **changes})
    checked = call("check", file, "--json", cwd=tmp_path)
    assert str(json.loads(checked.stdout)["order"]) == order
    ran = call("run", file, "--json", "--stop", "0.5", "--count", "4", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(ran.stdout)
    assert summary["method"] == f"order {order}"
    assert all(check["holds"] for check in summary["certificate"].values())


BAD = {
    "beyond the singular time": ({"model": CHAIN, "times": {"stop": 8}}, "times", "6.98132"),
    "order": ({"model": CHAIN, "order": 3}, "order", "3"),
    "start": ({"model": CHAIN, "start": [2, 0, 0]}, "start", "0..1"),
    "start of another length": ({"model": CHAIN, "start": [1]}, "start", "3 units"),
    "density": ({"model": CHAIN, "density": 1.0}, "density", "Markov"),
    "times twice": ({"model": CHAIN, "times": {"stop": 1, "values": [1.0]}}, "times", "alone"),
    "no times": ({"model": CHAIN, "times": {"values": []}}, "times", "non-empty"),
    "section": ({"model": CHAIN, "sizes": [2, 3]}, "sizes", "known"),
    "kind": ({"kind": "exchange-chian", "units": 3}, "kind", "exchange-chain"),
    "no kind": ({"units": 3}, "kind", "missing"),
    "levels": ({**CHAIN, "spectrum": [1.0, 0.0]}, "spectrum", "decrease"),
    "bath": ({**CHAIN, "bath": {"kind": "sampled", "times": [0, 1, 2, 3], "values": [0.9, 0, 0, 0]}}, "values", "0.9"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files(tmp_path, case):
    content, argument, *words = BAD[case]
    file = written(tmp_path, content)
    refused(call("run", file, cwd=tmp_path), argument, *words)
    assert files(tmp_path) == ["units.yaml"]


def test_markov_without_a_bath(tmp_path):
    file = written(tmp_path, {"model": CHAIN, "order": "markov"})
    refused(call("run", file, cwd=tmp_path), "density", code=3)
