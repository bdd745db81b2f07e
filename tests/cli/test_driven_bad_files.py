"""Driven chains in files: what is wrong is refused in one sentence, by `run` and by `check`, and nothing is left."""

import pytest

from caloriq.documents import yaml_text
from command_line import call, refused
from testers import assert_sentence

FILES = {
    "no bath": ({"baths": []}, "baths"),
    "misspelt": ({"hoping": 1.0}, "hoping", "hopping"),
    "unknown kind": ({"kind": "spin-chains"}, "kind", "spin-chain"),
    "hopping": ({"hopping": [1, 2, 3]}, "hopping", "list of 2"),
    "missing array": ({"hopping": "nowhere.npy"}, "hopping", "nowhere.npy"),
    "bath": ({"baths": [{"site": 9, "temperature": 1, "rate": 1}]}, "baths.site", "got 9"),
}


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("case", FILES)
def test_files(case, command, tmp_path):
    content, argument, *words = FILES[case]
    fields = {"kind": "spin-chain", "sites": 3, "hopping": 1.0, "baths": [{"site": 0, "gain": 1, "loss": 2}]}
    assert_refused_file(tmp_path, {**fields, **content}, command, 2, argument, *words)


GOOD_FILE = {
    "kind": "spin-chain",
    "sites": 3,
    "hopping": 1.0,
    "baths": [{"site": 0, "gain": 1.0, "loss": 2.0}, {"site": -1, "gain": 0.0, "loss": 1.0}],
}
ENSEMBLE_FILE = {
    "kind": "disordered-chain",
    "chain": GOOD_FILE,
    "disorder": [{"quantity": "frequency", "width": 0.1}],
    "samples": 2,
    "seed": 0,
}


def assert_refused_file(folder, content, command, code, argument, *words):
    (folder / "chain.yaml").write_text(content if isinstance(content, str) else yaml_text(content), encoding="utf-8")
    answer = call(command, "chain.yaml", *(["--out", "out"] if command == "run" else []), cwd=folder)
    refused(answer, code=code)
    assert answer.stderr.endswith("\n")
    assert_sentence(answer.stderr[len("caloriq: ") : -1], argument, *words)
    assert [path.name for path in folder.iterdir()] == ["chain.yaml"]


BAD_FILES = {
    "bath of two forms": ({**GOOD_FILE, "baths": [{"site": 0, "gain": 1, "loss": 1, "rate": 1}]}, "bath", "rate"),
    "bath without a site": ({**GOOD_FILE, "baths": [{"gain": 1, "loss": 1}]}, "site", "missing"),
    "negative temperature": ({**GOOD_FILE, "baths": [{"site": 0, "temperature": -1, "rate": 1}]}, "temperature", "-1"),
    "bath in words": ({**GOOD_FILE, "baths": "two"}, "baths", "two"),
    "not a number": ("kind: spin-chain\nsites: 2\nhopping: .nan\n", "hopping", "finite"),
    "a bath that is not a number": (
        "kind: spin-chain\nsites: 2\nhopping: 1\nbaths: [{site: 0, gain: .inf, loss: 1}]\n",
        "gain",
        "finite",
    ),
    "one site": ({**GOOD_FILE, "sites": 1}, "sites", "got 1"),
    "key twice": ("kind: spin-chain\nsites: 2\nsites: 3\nhopping: 1\n", "sites", "twice"),
    "bath key twice": ("kind: spin-chain\nsites: 2\nhopping: 1\nbaths: [{site: 0, site: 1}]\n", "site", "twice"),
    "decoupled": ({**GOOD_FILE, "sites": 4, "hopping": [1, 0, 0]}, "baths", "sites 2"),
    "times": ({"model": GOOD_FILE, "times": {"stop": 3}}, "times", "known"),
    "a method of closed chains": ({"model": GOOD_FILE, "method": "krylov"}, "method", "sector"),
    "method misspelt": ({"model": GOOD_FILE, "method": {"kind": "sector", "toll": 1e-9}}, "toll", "tol"),
    "trajectories without an aim": ({"model": GOOD_FILE, "method": "trajectories"}, "method", "samples", "neither"),
    "trajectories with a length in words": (
        {"model": GOOD_FILE, "method": {"kind": "trajectories", "samples": 2, "window": "long"}},
        "window",
        "'auto'",
    ),
    "of": ({"model": GOOD_FILE, "of": "work"}, "of", "work"),
    "sizes of one": ({"model": GOOD_FILE, "sizes": [1, 2, 3]}, "sizes.0", "at least 2"),
    "sizes with a list": ({"model": {**GOOD_FILE, "hopping": [1, 2]}, "sizes": [2, 3, 4]}, "hopping", "list"),
    "fields beside sections": ({**GOOD_FILE, "sizes": [2, 3, 4]}, "model", "hopping"),
    "ensemble of no chain": ({**ENSEMBLE_FILE, "chain": 3}, "chain", "3"),
    "ensemble without samples": ({**ENSEMBLE_FILE, "samples": 0}, "samples", "got 0"),
    "ensemble without a seed": ({k: v for k, v in ENSEMBLE_FILE.items() if k != "seed"}, "seed", "missing"),
    "harmonic": ({"kind": "harmonic-chain", "sites": 3, "spring": -1.0, "baths": []}, "spring", "-1"),
    "harmonic without a bath": ({"kind": "harmonic-chain", "sites": 3}, "baths", "at least one"),
    "harmonic bath": ({"kind": "harmonic-chain", "sites": 3, "baths": [{"site": 7, "temperature": 1.0, "friction": 1.0}]}, "baths.site", "7"),
    "classical": ({"kind": "classical-chain", "sites": 3, "rate": -1.0, "baths": GOOD_FILE["baths"]}, "rate", "-1"),
}  # fmt: skip


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("case", BAD_FILES)
def test_more_files(case, command, tmp_path):
    content, argument, *words = BAD_FILES[case]
    assert_refused_file(tmp_path, content, command, 2, argument, *words)


REFUSED_RUNS = {
    "does not apply": ({"model": {**GOOD_FILE, "zz": 1.0}, "method": "two-point"}, 3, "method", "ZZ"),
    "classical": ({"model": GOOD_FILE, "method": "classical"}, 3, "method", "coherent"),
    "products": (
        {"model": {**GOOD_FILE, "zz": 1.0}, "method": {"kind": "sector", "max_products": 3}},
        3,
        "method",
        "residual",
    ),
    "an error that is not reached": (
        {"model": {**GOOD_FILE, "zz": 1.0}, "method": {"kind": "trajectories", "error": 1e-4, "most": 4}},
        3,
        "error",
        "4 trajectories",
    ),
    "two sizes": ({"model": GOOD_FILE, "sizes": [2, 3]}, 3, "sizes", "at least 3"),
    "no current": (
        {"model": {**GOOD_FILE, "baths": [{"site": s, "gain": 1.0, "loss": 2.0} for s in (0, -1)]}, "sizes": [2, 3, 4]},
        3,
        "model",
        "carry a current",
    ),
    "sizes that fall": ({"model": GOOD_FILE, "sizes": [4, 3, 2]}, 2, "sizes", "increase"),
    "too large": ({"model": {**GOOD_FILE, "sites": 9}, "method": "full"}, 2, "sites", "at most 8"),
    "ensemble without baths": ({**ENSEMBLE_FILE, "chain": {**GOOD_FILE, "baths": []}}, 2, "baths", "none"),
}


@pytest.mark.parametrize("case", REFUSED_RUNS)
def test_runs_without_a_result_leave_nothing(case, tmp_path):
    content, code, argument, *words = REFUSED_RUNS[case]
    assert_refused_file(tmp_path, content, "run", code, argument, *words)


@pytest.mark.parametrize(
    "case", ["does not apply", "classical", "two sizes", "sizes that fall", "too large", "ensemble without baths"]
)
def test_check_refuses_what_run_refuses(case, tmp_path):
    content, code, argument, *words = REFUSED_RUNS[case]
    assert_refused_file(tmp_path, content, "check", code, argument, *words)
