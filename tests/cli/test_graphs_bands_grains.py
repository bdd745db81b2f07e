"""`caloriq run` and `check` on networks, subunits with several bands, and spin chains cut into blocks, as a user meets them."""

import json

import numpy as np
import pytest

import caloriq as cq
from caloriq.documents import yaml_text
from caloriq.models.kinds import MODELS
from caloriq.questions.registry import BUILT_IN, asked_first, question_type, starters
from caloriq.questions.run import read_run, section_names
from caloriq.verdicts.bands_by_rates import fluctuation
from command_line import call, files, refused

RING = {
    "kind": "modular-network",
    "graph": [[0, 1], [1, 2], [2, 3], [0, 3, 0.9]],
    "levels": 24,
    "bandwidth": 0.05,
    "coupling": 1.2e-3,
    "seed": 1,
}
PAIR = {"kind": "banded-pair", "levels": [8, 8, 8], "bandwidth": 0.05, "coupling": 6.0e-4, "seed": 1}
CHAIN = {"kind": "banded-chain", "subunits": 3, "levels": [4, 4], "bandwidth": 0.05, "coupling": 1.6e-3, "seed": 1}
SPINS = {"kind": "quantum-chain", "sites": 12, "jz": 4.0, "hx": -2.1, "hz": 1.0}
XX = {"kind": "quantum-chain", "sites": 12, "jx": 1.0, "jy": 1.0}
ENDINGS = ["-model.yaml", "-provenance.json", "-verdict.json", ".pdf", ".png", ".zarr.zip"]


def written(folder, content, name="job.yaml"):
    file = folder / name
    file.write_text(yaml_text(content), encoding="utf-8")
    return file


def run(folder, content, *options):
    """Summary and dataset of a run, after a look at the files that it left."""
    answer = call("run", written(folder, content), "--json", "--overwrite", *options, cwd=folder)
    assert answer.returncode == 0, answer.stderr
    assert files(folder / "results") == [f"job/job{ending}" for ending in ENDINGS]
    summary, data = json.loads(answer.stdout), cq.load(folder / "results/job/job.zarr.zip")
    assert summary["certificate"]
    assert all(check["holds"] for check in summary["certificate"].values())
    assert summary == json.loads((folder / "results/job/job-verdict.json").read_text(encoding="utf-8"))
    assert data.attrs["verdict"] == summary["verdict"]
    record = json.loads((folder / "results/job/job-provenance.json").read_text(encoding="utf-8"))
    assert summary["digest"] in [d["digest"] for d in record["definitions"]]
    return summary, data


# -- every kind of model runs, and sections are told from fields


def test_every_kind_of_model_runs_from_a_file():
    assert {kind for kinds in starters().values() for kind in kinds} == set(MODELS)


@pytest.mark.parametrize("kind", BUILT_IN)
def test_the_table_says_what_the_questions_say(kind):
    question = question_type({"kind": kind})
    assert question.first_of == starters().get(kind, ())
    assert all(issubclass(MODELS[name], question.models) for name in question.first_of)


@pytest.mark.parametrize("kind", MODELS)
def test_no_field_of_a_model_is_also_a_section(kind):
    """Beside a model stand the sections of its own question; a file that is a model alone may have a field of another's."""
    own = question_type({"kind": asked_first(kind)}).sections()
    assert not set(own) & set(MODELS[kind].model_fields)


def test_a_model_alone_may_have_a_field_that_is_another_section(tmp_path):
    (tmp_path / "fmo.yaml").write_text("{kind: fmo, temperature: 77 K, injection: 1/ns}\n", encoding="utf-8")
    assert "temperature" in section_names()
    assert read_run(tmp_path / "fmo.yaml").model.temperature == 77.0
    (tmp_path / "spins.yaml").write_text("{kind: spin-chain, sites: 3, temperature: 1.0}\n", encoding="utf-8")
    with pytest.raises(cq.InvalidInput, match="`model` must hold"):
        read_run(tmp_path / "spins.yaml")


# -- networks


def test_network_agrees_with_the_library(tmp_path):
    summary, data = run(tmp_path, {"model": RING, "initial": {"kind": "haar", "subunit": 1, "seed": 3}})
    model = cq.read_model(tmp_path / "results/job/job-model.yaml")
    theory = cq.ham(model)
    exact = cq.evolve(model, np.linspace(0, 5 / theory.rate, 201), initial=cq.haar(subunit=1, seed=3))
    assert summary["rate"] == theory.rate
    assert summary["busiest"] == theory.busiest.value
    assert data.populations.values == pytest.approx(exact.populations, abs=1e-12)
    assert data.deviation.values == pytest.approx(cq.deviation(exact, theory).values, abs=1e-12)
    assert summary["verdict"] == cq.verdict(exact, theory).sentence
    assert np.column_stack([data.bond_from, data.bond_to]).tolist() == model.bonds.tolist()


def test_network_as_a_lattice_and_from_a_file_of_weights(tmp_path):
    np.save(tmp_path / "weights.npy", np.array([[0, 1, 0], [1, 0, 0.5], [0, 0.5, 0]]))
    plain = {key: value for key, value in RING.items() if key != "graph"}
    summary, data = run(tmp_path, {**plain, "lattice": [2, 2]}, "--stop", "1", "--count", "5")
    assert data.sizes["subunit"] == 4
    assert data.sizes["time"] == 5
    assert data.time.values[-1] * summary["rate"] == pytest.approx(1)
    assert summary["verdict"].startswith("No verdict")
    assert summary["deviation"] is None
    _, data = run(tmp_path, {"model": {**plain, "graph": "weights.npy"}, "initial": "mixed"})
    assert data.sizes["subunit"] == 3
    assert data.theory_populations.values[0] == pytest.approx([1, 0, 0], abs=1e-12)


def test_check_of_a_network(tmp_path):
    answer = call("check", written(tmp_path, RING), cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert all(word in answer.stdout for word in ("rate: ", "c1", "c2", "Σc2", "dimension 96"))
    assert files(tmp_path) == ["job.yaml"]


# -- several bands


def test_pair_agrees_with_the_library(tmp_path):
    start = {"kind": "thermal", "temperatures": [2.0, 0.4], "draw": "mixed"}
    T = [0.3, 1.0]
    summary, data = run(tmp_path, {"model": PAIR, "initial": start, "temperatures": T, "response": True})
    model = cq.read_model(tmp_path / "results/job/job-model.yaml")
    theory, initial = cq.ham(model), cq.thermal([2.0, 0.4], draw="mixed")
    times = np.linspace(0, 5 / theory.fastest_rate, 201)
    exact, relaxed = cq.evolve(model, times, initial=initial), theory.solve(times, initial=initial)
    response = cq.heat_response(model, T)
    assert data.band_populations.values == pytest.approx(exact.band_populations, abs=1e-12)
    assert data.theory_band_populations.values == pytest.approx(relaxed.band_populations, abs=1e-12)
    assert data.local_energies.values == pytest.approx(exact.local_energies, abs=1e-12)
    assert data.currents.values == pytest.approx(exact.currents, abs=1e-12)
    assert data.theory_currents.values == pytest.approx(relaxed.currents, abs=1e-12)
    rows = summary["conductivity"]
    assert [row["temperature"] for row in rows] == T
    assert [row["theory"] for row in rows] == pytest.approx(theory.conductivity(T), rel=1e-12)
    assert [row["exact"] for row in rows] == pytest.approx(response.early, rel=1e-9)
    assert [row["agrees"] for row in rows] == response.agrees_early.tolist()
    assert f"{sum(response.agrees_early)} of 2 temperatures" in summary["verdict"]
    assert "response, decay" in summary["certificate"]


def test_chain_of_bands_with_samples(tmp_path):
    start = {"kind": "in-bands", "bands": [1, 0, 0], "samples": 3, "seed": 4}
    summary, data = run(tmp_path, {"model": CHAIN, "initial": start}, "--count", "41")
    assert data.band_populations.shape == (3, 41, 3, 2)
    assert data.theory_local_energies.shape == (41, 3)
    assert data.local_energies.sum("subunit").values == pytest.approx(np.ones((3, 41)), abs=1e-9)
    assert "conductivity" not in summary


def test_a_model_alone_starts_in_its_second_band(tmp_path):
    _, data = run(tmp_path, CHAIN, "--stop", "1", "--count", "9")
    assert data.band_populations.values[0] == pytest.approx(np.array([[0, 1], [1, 0], [1, 0]]), abs=1e-12)


def test_response_from_samples(tmp_path):
    job = {"model": PAIR, "temperatures": [1.0], "response": {"samples": 4, "seed": 2}}
    summary, data = run(tmp_path, job, "--count", "9")
    expected = cq.heat_response(
        cq.BandedPair(**{k: v for k, v in PAIR.items() if k != "kind"}), [1.0], samples=4, seed=2
    )
    assert data.exact_conductivity.values == pytest.approx(expected.early, rel=1e-6)
    assert summary["conductivity"][0]["error"] == pytest.approx(expected.early_error[0], rel=1e-4)


VERDICTS = {
    "holds": (
        {"model": {**PAIR, "band": "random"}, "initial": {"kind": "in-bands", "bands": [2, 0], "draw": "mixed"}},
        "Heat goes by rates: ",
    ),
    "criteria fail": (
        {"model": {**PAIR, "coupling": 6e-5}, "initial": {"kind": "in-bands", "bands": [2, 0], "draw": "mixed"}},
        "Heat is not seen to go by rates: 1/c1 = ",
    ),
    "nothing moves": (
        {"model": PAIR, "initial": {"kind": "thermal", "temperatures": 1.0, "draw": "mixed"}},
        "No verdict on the dynamics: `initial` must start away from equilibrium",
    ),
    "lost in fluctuations": (
        {"model": PAIR, "initial": {"kind": "thermal", "temperatures": [1.1, 1.0]}},
        "No verdict on the dynamics: `initial` must start away from equilibrium",
    ),
    "too short": (
        {"model": PAIR, "times": {"stop": 0.5}},
        "No verdict on the dynamics: `times` must be at least 9 and span the fastest relaxation",
    ),
    "too few": ({"model": PAIR, "times": {"count": 5}}, "No verdict on the dynamics: `times` must be at least 9"),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_verdicts_on_bands(tmp_path, case):
    content, beginning = VERDICTS[case]
    summary, _ = run(tmp_path, content)
    assert summary["verdict"].startswith(beginning)
    assert summary["verdict"].endswith(".")


@pytest.mark.parametrize("draw", ["haar", "phases"])
@pytest.mark.parametrize("start", [{"temperatures": (2.0, 0.5)}, {"bands": (1, 0)}], ids=str)
@pytest.mark.parametrize("levels", [(1, 9), (5, 5), (2, 3, 8)], ids=str)
def test_pure_starts_fluctuate_less_than_the_bound(levels, start, draw):
    model = cq.BandedPair(levels=levels, bandwidth=0.05, coupling=2e-3, seed=1)
    many = {"draw": draw, "samples": 300, "seed": 5}
    initial = cq.in_bands(start["bands"], **many) if "bands" in start else cq.thermal(start["temperatures"], **many)
    exact = cq.evolve(model, np.linspace(0, 5 / cq.ham(model).fastest_rate, 11), initial=initial)
    one = fluctuation(model, initial.model_copy(update={"samples": None}))
    spread = exact.band_populations.std(axis=0).max()
    assert 0.02 < spread <= one
    assert fluctuation(model, initial) == pytest.approx(one / np.sqrt(300))
    assert fluctuation(model, initial.model_copy(update={"samples": None, "draw": "mixed"})) == 0


def test_check_of_bands(tmp_path):
    large = {**PAIR, "levels": [60, 60, 60], "coupling": 2e-5}
    answer = call("check", written(tmp_path, large), "--json", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    summary = json.loads(answer.stdout)
    assert summary["largest shell"] == 2 * 60**2  # the start has energy 1
    assert summary["method"].startswith("Chebyshev")
    assert summary["rate"] == pytest.approx(
        cq.ham(cq.BandedPair(**{k: v for k, v in large.items() if k != "kind"})).fastest_rate
    )
    assert files(tmp_path) == ["job.yaml"]


# -- grains


def test_grains_agree_with_the_library(tmp_path):
    summary, data = run(tmp_path, {"model": SPINS, "block": [4, 6], "contact": 0.5})
    model = cq.read_model(tmp_path / "results/job/job-model.yaml")
    for k, block in enumerate((4, 6)):
        grains = cq.coarse_grain(model, block, contact=0.5)
        one = summary["blocks"][str(block)]
        assert one["verdict"] == grains.why
        assert one["rate"] == grains.rate
        assert one["diffusivity"] is None  # a criterion fails
        assert {name: c["holds"] for name, c in one["criteria"].items()} == {c.name: c.holds for c in grains.criteria}
        own = grains.kernel.times.size
        assert np.array_equal(data.time.values[k, :own], grains.kernel.times)
        assert np.array_equal(data.kernel.values[k, : len(grains.kernel.values), :own], grains.kernel.values)
        assert np.all(np.isnan(data.time.values[k, own:]))
        failed = [c.name for c in grains.criteria if not c.holds]
        assert f"ℓ = {block} fails {', '.join(failed)}" in summary["verdict"]


def test_one_block_says_why(tmp_path):
    summary, _ = run(tmp_path, {"model": XX, "block": 6, "carries": "spin", "temperature": 2.0})
    model = cq.QuantumChain.xx(12)
    assert summary["verdict"] == cq.coarse_grain(model, 6, carries="spin", temperature=2.0).why
    assert "inside" in summary["verdict"]


def test_a_diffusivity_is_given_where_all_criteria_hold(tmp_path):
    summary, _ = run(tmp_path, {"model": {**SPINS, "sites": 20}, "block": [5, 10], "contact": 0.18})
    grains = summary["blocks"]["10"]
    assert grains["diffusivity"] == pytest.approx(100 * grains["rate"])
    assert summary["verdict"].startswith(
        f"Grains exchange by rates as far as the criteria tell: D = {grains['diffusivity']:.4g} at ℓ = 10, but ℓ = 5"
    )
    low, high = grains["contacts"]
    assert low < 0.18 < high


def test_localised_blocks_have_no_rate(tmp_path):
    job = {"model": {**XX, "jz": 1.0, "disorder": 8.0, "seed": 1}, "block": 6, "carries": "spin"}
    answer = call("run", written(tmp_path, job), cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "Blocks of 6: no rate." in answer.stdout
    assert answer.stdout.startswith("No rate: ")


def test_check_of_grains(tmp_path):
    answer = call("check", written(tmp_path, {"model": {**SPINS, "sites": 24}, "block": [6, 12]}), cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "2 blocks of 12, sectors of up to 2080 states" in answer.stdout
    assert files(tmp_path) == ["job.yaml"]


# -- bad input

BAD = {
    # networks
    "subunit alone": ({**RING, "graph": [[0, 1], [2, 3], [1, 5]]}, "graph", "4"),
    "weight": ({**RING, "graph": [[0, 1, -1.0]]}, "graph", "-1"),
    "graph file": ({**RING, "graph": "none.npy"}, "graph", "none.npy"),
    "graph and lattice": ({**RING, "lattice": [2, 2]}, "graph", "both"),
    "unknown field of a network": ({**RING, "graf": 3}, "graf", "did you mean `graph`?"),
    "start outside the network": ({"model": RING, "initial": {"kind": "haar", "subunit": 4}}, "subunit", "got 4"),
    "start of another kind": ({"model": RING, "initial": {"kind": "thermal", "temperatures": 1}}, "initial", "thermal"),
    "exact lattice too large": ({**{k: v for k, v in RING.items() if k != "graph"}, "lattice": [9000, 9000]}, "memory"),
    # bands
    "unknown field of a band": ({**PAIR, "level": 3}, "level", "did you mean `levels`?"),
    "kind of a band": ({**PAIR, "kind": "banded-pear"}, "kind", "did you mean banded-pair?"),
    "section of a band": ({"model": PAIR, "sizes": [2, 3]}, "sizes", "known name"),
    "temperature of a section": ({"model": PAIR, "temperature": [1.0]}, "temperature", "did you mean `temperatures`?"),
    "empty band": ({**PAIR, "levels": [8, 0, 8]}, "levels", "got 0"),
    "bands overlap": ({**PAIR, "bandwidth": 1.2}, "bandwidth", "overlap"),
    "no such shell": ({**PAIR, "shells": [0.5]}, "shells", "0.5"),
    "three in a pair": ({**PAIR, "subunits": 3}, "subunits", "2"),
    "cold start": (
        {"model": PAIR, "initial": {"kind": "thermal", "temperatures": [1.0, 0.0]}},
        "temperatures",
        "got [1.0, 0.0]",
    ),
    "temperatures of three": (
        {"model": PAIR, "initial": {"kind": "thermal", "temperatures": [1.0, 1.0, 1.0]}},
        "temperatures",
        "got 3",
    ),
    "no temperatures of the start": ({"model": PAIR, "initial": {"kind": "thermal"}}, "temperatures", "missing"),
    "band outside": ({"model": PAIR, "initial": {"kind": "in-bands", "bands": [3, 0]}}, "bands", "got 3"),
    "one band of two": ({"model": PAIR, "initial": {"kind": "in-bands", "bands": [1]}}, "bands", "got 1"),
    "outside the shells": (
        {"model": {**PAIR, "shells": [1.0]}, "initial": {"kind": "in-bands", "bands": [1, 1]}},
        "initial",
        "shell",
    ),
    "haar start of a pair": ({"model": PAIR, "initial": {"kind": "haar"}}, "initial", "haar"),
    "mixed samples": (
        {"model": PAIR, "initial": {"kind": "in-bands", "bands": [1, 0], "draw": "mixed", "samples": 3}},
        "samples",
        "got 3",
    ),
    "no times": ({"model": PAIR, "times": {"values": []}}, "times", "non-empty"),
    "empty times": ({"model": PAIR, "times": None}, "times", "mapping", "None"),
    "negative time": ({"model": PAIR, "times": {"values": [-1.0, 2.0]}}, "times", "negative"),
    "times beyond rounding": ({"model": PAIR, "times": {"stop": 1e12}}, "times", "rounding"),
    "no temperature": ({"model": PAIR, "temperatures": []}, "temperatures", "at least one"),
    "cold": ({"model": PAIR, "temperatures": [1.0, -2.0]}, "temperatures", "got -2"),
    "colder than numbers": ({"model": PAIR, "temperatures": [1.0, 1e-9]}, "temperatures", "got 1e-09"),
    "hotter than numbers": ({"model": PAIR, "temperatures": [1e300]}, "temperatures", "got 1e+300"),
    "response without temperatures": ({"model": PAIR, "response": True}, "response", "temperatures"),
    "response of a chain": ({"model": CHAIN, "temperatures": [1.0], "response": True}, "response", "got 3"),
    "response samples": ({"model": PAIR, "temperatures": [1.0], "response": {"samples": 1}}, "samples", "got 1"),
    "response word": ({"model": PAIR, "temperatures": [1.0], "response": "yes please"}, "response", "yes please"),
    "too many levels": ({**PAIR, "levels": [9000, 9000, 9000]}, "levels", "memory"),
    "matrices in a file": ({**PAIR, "interaction": "given", "matrices": "v.npy"}, "matrices"),
    "strong beyond numbers": ({**PAIR, "coupling": 1e200}, "coupling", "1e+200"),
    "weak beyond numbers": ({**PAIR, "coupling": 1e-200}, "coupling", "1e-200"),
    "one band": ({**PAIR, "levels": [8]}, "levels", "at least 2"),
    "no list of bands": ({"model": PAIR, "initial": {"kind": "in-bands", "bands": 1}}, "bands", "be a list"),
    # grains
    "too many blocks": ({"model": {**SPINS, "sites": 10**9}, "block": 10}, "block", "memory"),
    "contact beyond numbers": ({"model": SPINS, "block": 4, "contact": 1e-300}, "contact", "1e-300"),
    "no block": (SPINS, "block", "missing"),
    "block does not divide": ({"model": SPINS, "block": [4, 5]}, "block", "got 5", "take one of 1, 2, 3, 4, 6"),
    "block of the chain": ({"model": SPINS, "block": 12}, "block", "got 12"),
    "block of none": ({"model": SPINS, "block": 0}, "block", "got 0"),
    "no blocks": ({"model": SPINS, "block": []}, "block", "got []"),
    "blocks descend": ({"model": SPINS, "block": [6, 4]}, "block", "ascend"),
    "broken block": ({"model": SPINS, "block": 2.5}, "block", "2.5"),
    "word for a block": ({"model": SPINS, "block": "six"}, "block", "six"),
    "carries": ({"model": SPINS, "block": 4, "carries": "charge"}, "carries", "charge"),
    "no contact": ({"model": SPINS, "block": 4, "contact": 0}, "contact", "got 0"),
    "cold blocks": ({"model": SPINS, "block": 4, "temperature": 0}, "temperature", "got 0"),
    "frozen blocks": ({"model": SPINS, "block": 4, "temperature": -1.5}, "temperature", "got -1.5"),
    "bands of a block": ({"model": SPINS, "block": 4, "bands": 17}, "bands", "got 17"),
    "times of a block": ({"model": SPINS, "block": 4, "times": {"stop": 3}}, "times", "known are bands, block"),
    "spins uncoupled": ({"model": {"kind": "quantum-chain", "sites": 6}, "block": 3}, "jx", "zero"),
    "unknown field of a spin": ({"model": {**SPINS, "jj": 1.0}, "block": 4}, "jj"),
    "block too large": ({"model": {**SPINS, "sites": 80}, "block": 40}, "block", "memory"),
    "kind of spins": ({"model": {**SPINS, "kind": "quantum"}, "block": 4}, "kind", "quantum-chain"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_in_one_sentence(tmp_path, case):
    content, *words = BAD[case]
    refused(call("run", written(tmp_path, content), cwd=tmp_path), *words)
    assert files(tmp_path) == ["job.yaml"]
    assert not (tmp_path / "results").exists()


UNANSWERED = {
    "spin is not conserved": ({"model": SPINS, "block": 4, "carries": "spin"}, "carries", "hx"),
    "no window for rates": (
        {"model": {**PAIR, "levels": [2, 2, 2], "coupling": 5e-3}, "temperatures": [1.0], "response": True},
        "model",
        "c2",
    ),
    "mixed by Chebyshev": (
        {
            "model": PAIR,
            "initial": {"kind": "in-bands", "bands": [1, 0], "draw": "mixed"},
            "method": "chebyshev",
        },
        "method",
        "Exact()",
    ),
}


@pytest.mark.parametrize("case", UNANSWERED)
@pytest.mark.parametrize("command", ["run", "check"])
def test_what_has_no_answer_is_said_by_both_commands(tmp_path, case, command):
    content, *words = UNANSWERED[case]
    refused(call(command, written(tmp_path, content), cwd=tmp_path), *words, code=3)
    assert files(tmp_path) == ["job.yaml"]


def test_times_on_the_command_line_are_refused_where_there_are_none(tmp_path):
    file = written(tmp_path, {"model": SPINS, "block": 4})
    refused(call("run", file, "--stop", 3, cwd=tmp_path), "`stop`", "quantum-chain", "got 3")
    refused(call("run", written(tmp_path, PAIR), "--count", 1, cwd=tmp_path), "count", "got 1")
    assert files(tmp_path) == ["job.yaml"]
