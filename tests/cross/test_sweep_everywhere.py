"""One sweep of 10 000 points in this process, on processes, on Dask and in shards: the same bits, and the same file."""

import hashlib

import pytest

import caloriq as cq
from caloriq.sweep.run import Place, execute
from caloriq.sweep.workers import Dask, Inline, Processes
from sweeps import DISORDERED, same_bits

SWEEP = cq.Sweep(
    model=DISORDERED,
    question={"kind": "steady-state", "reference": {"chain.dephasing": 0.0}},
    vary={"chain.dephasing": [0.1, 1.0]},
    ensemble={"samples": 5000, "seed": 7, "same_for": ["chain.dephasing"]},
)


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("inline") / "s", "s")
    outcome = execute(SWEEP, place, where=Inline())
    assert (outcome.missing, outcome.failed, outcome.tally.done) == (0, 0, 10_000)
    return outcome.data


@pytest.mark.parametrize("where", [Processes(2), Dask("local:2")], ids=["processes", "dask"])
def test_workers(where, expected, tmp_path):
    outcome = execute(SWEEP, Place(tmp_path / "s", "s"), where=where)
    assert outcome.tally.done == 10_000
    assert same_bits(cq.load(expected), cq.load(outcome.data))
    assert digest(expected) == digest(outcome.data)


def test_shards_and_other_batches(expected, tmp_path):
    place = Place(tmp_path / "s", "s")
    for part in (2, 0, 1):
        odd = SWEEP.model_copy(update={"batch": 37 + part})  # each with batches of its own, in an order of its own
        outcome = execute(odd, place, where=Inline(), shard=(0, 1) if part == 1 else (part, 3))
    assert outcome.missing == 0
    assert same_bits(cq.load(expected), cq.load(outcome.data))
    assert digest(expected) == digest(outcome.data)
    again = execute(SWEEP, place, where=Inline())
    assert again.tally.done == 0
