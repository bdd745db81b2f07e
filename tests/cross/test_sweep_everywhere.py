"""One sweep in this process, on processes, on Dask and in shards: the same bits, and the same file."""

import hashlib

import pytest

import caloriq as cq
from caloriq.sweep.run import Place, execute
from caloriq.sweep.workers import Dask, Inline, Processes
from sweeps import DISORDERED, same_bits


def sweep(points):
    return cq.Sweep(
        model=DISORDERED,
        question={"kind": "steady-state", "reference": {"chain.dephasing": 0.0}},
        vary={"chain.dephasing": [0.1, 1.0]},
        ensemble={"samples": points // 2, "seed": 7, "same_for": ["chain.dephasing"]},
    )


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module", params=[1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def points(request):
    return request.param


@pytest.fixture(scope="module")
def expected(points, tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("inline") / "s", "s")
    outcome = execute(sweep(points), place, where=Inline())
    assert (outcome.missing, outcome.failed, outcome.tally.done) == (0, 0, points)
    return outcome.data


@pytest.mark.parametrize("where", [Processes(2), Dask("local:2")], ids=["processes", "dask"])
def test_workers(where, points, expected, tmp_path):
    outcome = execute(sweep(points), Place(tmp_path / "s", "s"), where=where)
    assert outcome.tally.done == points
    assert same_bits(cq.load(expected), cq.load(outcome.data))
    assert digest(expected) == digest(outcome.data)


def test_shards_and_other_batches(points, expected, tmp_path):
    place = Place(tmp_path / "s", "s")
    for part in (2, 0, 1):
        odd = sweep(points).model_copy(
            update={"batch": 37 + part}
        )  # each with batches of its own, in an order of its own
        outcome = execute(odd, place, where=Inline(), shard=(0, 1) if part == 1 else (part, 3))
    assert outcome.missing == 0
    assert same_bits(cq.load(expected), cq.load(outcome.data))
    assert digest(expected) == digest(outcome.data)
    again = execute(sweep(points), place, where=Inline())
    assert again.tally.done == 0
