"""`caloriq sweep` refuses what does not fit: one sentence, exit code 2, and every file stays what it was."""

import hashlib
import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from caloriq.documents import yaml_text
from caloriq.sweep import axes
from command_line import call, refused

CHAIN = {
    "kind": "spin-chain",
    "sites": 3,
    "hopping": 1.0,
    "baths": [{"site": 0, "temperature": 1.0, "rate": 1.0}, {"site": -1, "temperature": 0.5, "rate": 2.0}],
}
DISORDERED = {"kind": "disordered-chain", "chain": CHAIN, "disorder": [{"quantity": "frequency", "width": 0.5}]}
ISING = {
    "kind": "lattice",
    "sites": 3,
    "parameters": {"field": 0.5},
    "terms": [{"operator": "Z Z"}, {"operator": "X", "value": "field"}],
    "baths": [{"site": 0, "gain": 0.4, "loss": 1.0}],
}
GOOD = {"model": CHAIN, "question": "steady-state", "vary": {"hopping": {"start": 1, "stop": 12, "step": 1}}}
RANGE = {"start": 1, "stop": 3}


def written(folder, content):
    path = folder / "study.yaml"
    path.write_text(content if isinstance(content, str) else yaml_text(content))
    return path


def state(folder):
    """Every file by its content; a lock says only who wrote last."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


def run(folder, *more, verb="run"):
    workers = ["--workers", 1] if verb == "run" and not {"--workers", "--dask"} & set(more) else []
    answer = call("sweep", verb, "study.yaml", *workers, *more, cwd=folder)
    lines = answer.stderr.splitlines(keepends=True)
    answer.stderr = "".join(line for line in lines if not line.startswith("study: 12 points on"))  # that it began
    return answer


def vary(values, **more):
    return {**GOOD, "vary": {"hopping": values}, **more}


def ensemble(**fields):
    return {"model": DISORDERED, "question": "steady-state", "ensemble": fields}


FILES = {
    "unknown-verb": ({**GOOD, "question": "steady-sate"}, "steady-sate", "did you mean steady-state?"),
    "verb-a-number": ({**GOOD, "question": 3}, "`question`"),
    "verb-missing": ({"model": CHAIN, "vary": {"hopping": [1]}}, "`question` must be given"),
    "verb-a-list": ({**GOOD, "question": {"kind": ["kernel"]}}, "did you mean kernel?"),
    "verb-text-of-no-alphabet": ({**GOOD, "question": "\x85"}, "`question.kind`"),
    "parameter": ({**GOOD, "vary": {"hoping": [1, 2]}}, "got hoping", "did you mean `hopping`?"),
    "parameter-within": ({**GOOD, "vary": {"baths.0.temprature": [1, 2]}}, "did you mean `temperature`?"),
    "parameter-of-no-entry": ({**GOOD, "vary": {"baths.7.rate": [1, 2]}}, "baths.7.rate leads nowhere at 7"),
    "parameter-of-a-list": ({**GOOD, "vary": {"baths.rate": [1, 2]}}, "leads nowhere at rate"),
    "parameter-below-a-number": ({**GOOD, "vary": {"hopping.x": [1, 2]}}, "leads nowhere at x"),
    "parameter-not-quite-a-number": ({**GOOD, "vary": {"baths.--1.rate": [1, 2]}}, "leads nowhere at --1"),
    "parameter-superscript": ({**GOOD, "vary": {"baths.².rate": [1, 2]}}, "leads nowhere at ²"),
    "parameter-with-a-dot": ({**GOOD, "vary": {"hopping.": [1, 2]}}, "a name between all dots", "got hopping."),
    "parameter-without-a-name": ({**GOOD, "vary": {"": [1, 2]}}, "by text"),
    "parameter-a-number": ({**GOOD, "vary": {1: [1, 2]}}, "got 1"),
    "parameter-by-two-names": (
        {**GOOD, "vary": {"baths.-1.rate": [1, 2], "baths.1.rate": [3, 4]}},
        "got baths.-1.rate and baths.1.rate",
    ),
    "parameter-within-another": (
        {**GOOD, "vary": [{"baths.-1.rate": [1, 2]}, {"baths": [CHAIN["baths"]]}]},
        "one holds the other (got baths and baths.-1.rate)",
    ),
    "parameter-twice": ({**GOOD, "vary": [{"hopping": [1, 2]}, {"hopping": [3]}]}, "named twice (got hopping)"),
    "parameter-of-the-question": ({**GOOD, "vary": {"question.metod": [1]}}, "did you mean `method`?"),
    "parameter-that-no-term-names": (
        {"model": ISING, "question": "lattice-steady-state", "vary": {"parameters.feld": [1, 2]}},
        "a parameter that a term of the model names",
        "did you mean `field`?",
    ),
    "kind": ({**GOOD, "vary": {"kind": ["spin-chain"]}}, "one file for each"),
    "model-missing": ({"question": "steady-state"}, "`model` must be given"),
    "model-kind": ({**GOOD, "model": {"kind": "spin-chian"}}, "did you mean spin-chain?"),
    "model-in-itself": ("model: &m {kind: spin-chain, sites: *m}\nquestion: steady-state\n", "holds itself"),
    "unknown-key": ({**GOOD, "varry": {}}, "did you mean `vary`?"),
    "key-a-number": ({**GOOD, 3: {}}, "text as keys"),
    "vary-text": ({**GOOD, "vary": "hopping"}, "`vary` must be a mapping"),
    "vary-nothing": ({**GOOD, "vary": None}, "`vary` must be a mapping"),
    "vary-numbers": ({**GOOD, "vary": [1, 2]}, "`vary` must hold mappings"),
    "values-empty": (vary([]), "`hopping` must hold values, but it is empty"),
    "values-one-number": (vary(3), "`hopping` must be a list of values"),
    "values-text": (vary("abc"), "`hopping` must be a list of values"),
    "values-twice": (vary([1, 1.0]), "holds one twice"),
    "values-numbers-as-text": (vary(["1.0", "abc"]), "`hopping`", "'1.0'"),
    "values-nothing": (vary([None, 1]), "`hopping` must be given"),
    "values-truth": (vary([True, 1]), "`hopping`", "True"),
    "values-nan": (vary([float("nan"), 1]), "finite"),
    "values-infinite": (vary([float("inf")]), "finite"),
    "values-ragged": (vary([[1, 2, 3, 4, 5], [1]]), "`hopping`"),
    "values-dates": ("vary: {hopping: [2020-01-01]}", "numbers, texts, lists", "date"),
    "values-bytes": ("vary: {hopping: [!!binary aGVsbG8=]}", "numbers, texts, lists", "b'hello'"),
    "values-sets": ("vary: {hopping: [!!set {1, 2}]}", "numbers, texts, lists"),
    "values-in-themselves": ("vary: {hopping: &a [1, *a]}", "numbers, texts, lists"),
    "values-mapping-of-mixed-keys": (vary([{1: 1, "a": 2}]), "numbers, texts, lists"),
    "zip-of-unequal-length": ({**GOOD, "vary": [{"hopping": [1, 2], "dephasing": [1]}]}, "hopping: 2, dephasing: 1"),
    "range-empty": (vary({"start": 1, "stop": 1, "count": 3}), "the range is empty"),
    "range-backwards": (vary({**RANGE, "step": -1}), "the range is empty"),
    "range-of-no-step": (vary({**RANGE, "step": 0}), "the range is empty"),
    "range-count-one": (vary({**RANGE, "count": 1}), "`hopping.count` must be at least 2"),
    "range-count-and-step": (vary({**RANGE, "count": 3, "step": 1}), "not both"),
    "range-neither": (vary(RANGE), "not both"),
    "range-unknown-key": (vary({**RANGE, "cuont": 3}), "did you mean `count`?"),
    "range-of-dates": ("vary: {hopping: {start: 2020-01-01, stop: 2021-01-01, count: 2}}", "`hopping.start`"),
    "range-nan": (vary({"start": float("nan"), "stop": 1, "count": 2}), "`hopping.start` must be finite"),
    "range-too-wide": (vary({"start": -1e308, "stop": 1.7e308, "count": 3}), "by a finite number"),
    "range-huge-count": (vary({**RANGE, "count": 10**12}), "`hopping.count` must be at most"),
    "range-large-count": (vary({**RANGE, "count": axes.LONGEST + 1}), "`hopping.count` must be at most"),
    "range-tiny-step": (vary({**RANGE, "step": 1e-300}), "`hopping.step` must leave at most"),
    "ranges-overlap": (vary([{**RANGE, "count": 3}, {"start": 2, "stop": 9, "count": 3}]), "do not overlap"),
    "range-over-a-value": (vary([2, {**RANGE, "count": 3}]), "holds one twice (got 2.0)"),
    "log-through-zero": (vary({"start": -1, "stop": 3, "count": 3, "scale": "log"}), "one sign"),
    "log-from-zero": (vary({"start": 0, "stop": 3, "count": 3, "scale": "log"}), "one sign"),
    "log-with-step": (vary({**RANGE, "step": 1, "scale": "log"}), "unless `count` is given"),
    "too-many-points": (
        {**GOOD, "vary": {name: {"start": 1, "stop": 2, "count": 40_000} for name in ("hopping", "dephasing")}},
        "at most 1000000000 points",
        "got 1600000000",
    ),
    "batch-zero": ({**GOOD, "batch": 0}, "`batch` must be at least 1"),
    "batch-date": ({**GOOD, "batch": "x"}, "`batch` must be a whole number"),
    "keep-unknown": ({**GOOD, "question": {"kind": "steady-state", "keep": ["curent"]}}, "'curent'"),
    "keep-nothing": ({**GOOD, "question": {"kind": "steady-state", "keep": []}}, "`keep`"),
    "keep-text": ({**GOOD, "question": {"kind": "steady-state", "keep": "current"}}, "`keep` must be a list"),
    "reference-unknown": (
        {**GOOD, "question": {"kind": "steady-state", "reference": {"baths.--1.rate": 0}}},
        "`reference` must name fields",
    ),
    "misfit": ({**GOOD, "question": "kernel"}, "must fit the model", "CoupledUnits"),
    "misfit-ensemble": (ensemble(samples=3) | {"question": "evolve"}, "must fit the model"),
    "same-for": (ensemble(samples=3, same_for=["chain.hopping"]), "`same_for`", "known are none"),
    "until-unknown": (ensemble(samples=300, until={"quantity": "curent", "error": 0.1}), "'curent'"),
    "until-vector": (ensemble(samples=300, until={"quantity": "populations", "error": 0.1}), "take populations.0"),
    "until-beyond": (ensemble(samples=300, until={"quantity": "populations.9", "error": 0.1}), "populations.9"),
    "until-superscript": (ensemble(samples=300, until={"quantity": "populations.²", "error": 0.1}), "one number"),
    "until-both": (ensemble(samples=300, until={"quantity": "current", "error": 1, "relative": 1}), "not both"),
    "until-more-than-samples": (ensemble(samples=3, until={"quantity": "current", "error": 1}), "`until.least`"),
    "nothing-random": ({**GOOD, "ensemble": {"samples": 3}}, "something random"),
    "no-ensemble": ({"model": DISORDERED, "question": "steady-state"}, "`ensemble` must be given"),
    "samples-zero": (ensemble(samples=0), "`samples` must be at least 1"),
    "samples-huge": (ensemble(samples=10**12), "`samples` must be at most"),
    "samples-truth": (ensemble(samples=True), "`samples` must be a number"),
    "seed-negative": (ensemble(samples=3, seed=-1), "`seed` must be at least 0"),
    "samples-of-the-model": (ensemble(samples=3) | {"model": {**DISORDERED, "samples": 5}}, "`model.samples`"),
    "no-yaml": ("model: [", "valid YAML"),
    "nothing": ("", "must be a mapping"),
    "a-list": ("- 1", "must be a mapping"),
}  # fmt: skip


@pytest.mark.parametrize("verb", ["run", "plan", "export"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_does_not_fit(tmp_path, name, verb):
    content, *words = FILES[name]
    if isinstance(content, str) and content.startswith("vary"):
        content = yaml_text({"model": CHAIN, "question": "steady-state"}) + content
    written(tmp_path, content)
    before = state(tmp_path)
    answer = run(tmp_path, verb=verb)
    if verb == "export" and "there is none" in answer.stderr:
        words = []
    refused(answer, *words)
    assert state(tmp_path) == before
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--workers", "0"), ("at least 1",)),
        (("--workers", "-2"), ("at least 1",)),
        (("--workers", "two"), ("two",)),
        (("--workers", "2", "--dask", "local"), ("--workers --dask",)),
        (("--dask", "local", "--mpi"), ("--dask --mpi",)),
        (("--shard", "0/2"), ("`shard`", "0/2")),
        (("--shard", "3/2"), ("`shard`", "3/2")),
        (("--shard", "a/b"), ("`shard`", "a/b")),
        (("--shard", "1"), ("`shard`",)),
        (("--shard", "-1/2"), ("`shard`",)),
        (("--shard", "²/3"), ("`shard`",)),
        (("--shard", "1/0"), ("`shard`",)),
        (("--dask", "tcp://127.0.0.1:9"), ("127.0.0.1:9",)),
        (("--dask", "nonsense"), ("nonsense",)),
    ],
    ids=" ".join,
)
def test_an_option_that_does_not_fit(tmp_path, options, words):
    written(tmp_path, GOOD)
    refused(run(tmp_path, *options), *words)
    assert state(tmp_path).keys() <= {"study.yaml", "results/study/study-ledger.sqlite"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A sweep that is done; its dataset is what every other run must come to."""
    folder = tmp_path_factory.mktemp("finished")
    written(folder, GOOD)
    done = run(folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def sweep(finished, tmp_path):
    folder = tmp_path / "sweep"
    shutil.copytree(finished, folder)
    return folder


def ledger_of(folder):
    return folder / "results" / "study" / "study-ledger.sqlite"


def edited(ledger, statement):
    with closing(sqlite3.connect(ledger, isolation_level=None)) as base:
        base.execute(statement)


EDITS = {
    "schema": ("PRAGMA user_version = 99", "schema version 1", "got 99"),
    "application": ("PRAGMA application_id = 7", "something else"),
    "value": ("UPDATE points SET data = zeroblob(length(data)) WHERE rowid = 5", "not what was written"),
    "length": ("UPDATE points SET data = x'00' WHERE rowid = 5", "not what was written"),
    "type": ("UPDATE points SET data = 7 WHERE rowid = 5", "not what was written"),
    "layout": ("UPDATE points SET layout = 77 WHERE rowid = 5", "layout 77"),
    "no-layout": ("UPDATE points SET layout = NULL WHERE rowid = 5", "not what was written"),
    "status": ("UPDATE points SET status = 5 WHERE rowid = 5", "not what was written"),
    "status-failed": ("UPDATE points SET status = 2 WHERE rowid = 5", "not what was written"),
    "layouts": ("UPDATE layouts SET content = '[1]'", "a layout in it"),
    "layouts-gone": ("DELETE FROM layouts", "layout 1"),
    "no-table": ("DROP TABLE points", "no such table"),
    "runs": ("UPDATE runs SET content = 'x'", "note of a run"),
}


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("verb", ["run", "export"])
def test_a_ledger_that_was_tampered_with(sweep, name, verb):
    statement, *words = EDITS[name]
    edited(ledger_of(sweep), statement)
    before = state(sweep)
    refused(run(sweep, verb=verb), *words)
    after = state(sweep)
    assert after.keys() == before.keys()
    if verb == "export" or name in ("schema", "application", "no-table"):
        assert after == before
    assert {k: v for k, v in after.items() if "ledger" not in k} == {
        k: v for k, v in before.items() if "ledger" not in k
    }


OTHERS = {
    "text": b"these are my notes on the sweep\n" * 3,
    "long-text": b"these are my notes on the sweep\n" * 300,
    "zeros": bytes(4096),
    "one-byte": b"S",
    "only-the-name": b"SQLite format 3\0",
}


@pytest.mark.parametrize("verb", ["run", "plan", "export"])
@pytest.mark.parametrize("name", OTHERS)
def test_a_file_that_is_no_ledger(sweep, name, verb):
    ledger_of(sweep).write_bytes(OTHERS[name])
    before = state(sweep)
    refused(run(sweep, verb=verb), "`out` must hold")
    assert state(sweep) == before


def test_an_empty_file_is_a_ledger_that_was_not_begun(sweep):
    data = (sweep / "results" / "study" / "study.zarr.zip").read_bytes()
    ledger_of(sweep).write_bytes(b"")
    assert "answered: 0" in run(sweep, verb="plan").stdout
    assert ledger_of(sweep).read_bytes() == b""
    assert run(sweep).returncode == 0
    assert (sweep / "results" / "study" / "study.zarr.zip").read_bytes() == data


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.95, "all but a page", "all but a byte"])
def test_a_ledger_that_was_cut(sweep, keep):
    content = ledger_of(sweep).read_bytes()
    length = {"all but a page": len(content) - 4096, "all but a byte": len(content) - 1}.get(keep)
    ledger_of(sweep).write_bytes(content[: int(keep * len(content)) if length is None else length])
    data = sweep / "results" / "study" / "study.zarr.zip"
    right, before = data.read_bytes(), state(sweep)
    answer = run(sweep, verb="export")
    if keep == "all but a byte" and answer.returncode == 0:  # the end of the last page was not in use
        assert data.read_bytes() == right
        return
    refused(answer, "`out` must hold an undamaged ledger")
    assert state(sweep) == before


@pytest.mark.parametrize("seed", range(40))
def test_random_bytes_in_a_ledger_never_change_a_number(sweep, seed):
    """It is refused, or points are told to be missing, or nothing that counts was hit and the dataset is the same."""
    rng = np.random.default_rng(seed)
    data = sweep / "results" / "study" / "study.zarr.zip"
    right = data.read_bytes()
    content = bytearray(ledger_of(sweep).read_bytes())
    for _ in range(int(rng.integers(1, 4))):
        place = int(rng.integers(0, len(content) - 16))
        length = int(rng.integers(1, 16))
        content[place : place + length] = rng.bytes(length)
    ledger_of(sweep).write_bytes(bytes(content))
    data.unlink()
    answer = run(sweep, verb="export" if seed % 2 else "run")
    if answer.returncode == 0:
        assert data.read_bytes() == right
    elif answer.returncode == 4:  # a row is gone without a trace: it counts as not answered, and that is said
        assert "missing" in answer.stderr
    else:
        assert answer.returncode == 2
        assert answer.stderr.strip().splitlines()[-1].startswith("caloriq: `out` must hold")  # after progress, if any
        assert not data.exists()


def test_out_that_is_a_file(tmp_path):
    written(tmp_path, GOOD)
    (tmp_path / "results").write_text("mine")
    refused(run(tmp_path), "`out` must be a folder")
    assert (tmp_path / "results").read_text() == "mine"


def test_out_below_a_file(tmp_path):
    written(tmp_path, GOOD)
    (tmp_path / "mine").write_text("mine")
    for verb in ("run", "export"):
        refused(run(tmp_path, "--out", "mine/below", verb=verb), "`out` must")
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_folder_in_the_place_of_the_ledger(tmp_path):
    written(tmp_path, GOOD)
    ledger_of(tmp_path).mkdir(parents=True)
    for verb in ("run", "plan", "export"):
        refused(run(tmp_path, verb=verb), "`out` must")


def test_a_sweep_file_that_is_not_there(tmp_path):
    for verb in ("run", "plan", "export"):
        refused(run(tmp_path, verb=verb), "there is none")
