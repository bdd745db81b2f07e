"""Quantum jumps: what cannot be asked of them is refused in one sentence; what is not reached keeps the best state."""

import numpy as np
import pytest

import caloriq as cq
from caloriq import _checks
from caloriq.steady.jumps.run import Run
from driven import REFERENCE
from jumping import XXZ, driven
from testers import assert_sentence, refused

THREE = (*XXZ, cq.Term("Z Z Z", 0.1))  # no spin chain in other words


def test_exactly_one_aim():
    with refused("method", "exactly one", "neither", "Trajectories(error=0.01)"):
        cq.Trajectories()
    with refused("method", "both, samples=8 and error=0.1"):
        cq.Trajectories(samples=8, error=0.1)
    with refused("method", "exactly one"):
        cq.steady_state(driven(3), method="trajectories")
    for field, value in (
        ("error", 0.0),
        ("error", 1.0),
        ("samples", 0),
        ("seed", -1),
        ("burn_in", -1.0),
        ("window", "all"),
        ("tol", 1.0),
        ("most", 0),
    ):
        with refused(field):
            cq.Trajectories(**{"samples": 4, field: value} if field != "error" else {field: value})


def test_models_that_do_not_fit():
    method = cq.Trajectories(samples=4)
    with refused("baths", "none"):
        cq.steady_state(driven(3, baths=()), method=method)
    with refused("model", "baths, dephasing or jumps", "closed"):
        cq.steady_state(cq.Lattice(sites=3, terms=THREE), method=method)
    with refused("baths", "magnetisation"):
        cq.steady_state(cq.Lattice(sites=3, terms=THREE, dephasing=1.0), method=method)
    random = cq.DisorderedChain(chain=driven(4), disorder=[{"quantity": "frequency", "width": 0.5}], samples=2, seed=1)
    with refused("method", "ensemble", "model.sample(k)", error=cq.Unsupported):
        cq.steady_state(random, method=method)
    driving = cq.Lattice(sites=3, terms=(*THREE, cq.Term("X", 0.9, drive="cos(t)")), baths=driven(3).baths)
    with refused("model", "term 7", error=cq.Unsupported):
        cq.steady_state(driving, method=method)
    with refused("method", "classical", error=cq.Unsupported):
        cq.steady_state(cq.ClassicalChain(sites=3, rate=1.0, baths=REFERENCE), method=method)


def test_memory_is_asked_for_before_the_work(monkeypatch):
    monkeypatch.setattr(_checks, "available_memory", lambda: 1e9)
    for model in (driven(24), cq.Lattice(sites=24, terms=THREE, baths=driven(24).baths)):
        with refused("sites", "memory", "take fewer sites"):
            cq.steady_state(model, method=cq.Trajectories(samples=1))
    with refused("sites", "memory"):
        cq.steady_state(driven(300), method=cq.Trajectories(error=0.1))


def test_an_error_that_is_not_reached_keeps_the_best_state():
    with pytest.raises(cq.NotConverged) as info:
        cq.steady_state(driven(4), method=cq.Trajectories(error=0.001, most=8, seed=1))
    assert_sentence(str(info.value), "error", "8 trajectories", "raise `most`", "error=")
    best = info.value.solution
    assert isinstance(best, cq.SteadyState)
    assert best.method.statistics["trajectories"] == 8
    assert not best.certificate["standard error"].holds


def test_a_current_that_is_zero_is_told_at_once():
    equal = (cq.Bath(site=0, gain=0.5, loss=0.5), cq.Bath(site=-1, gain=0.5, loss=0.5))
    with pytest.raises(cq.NotConverged) as info:
        cq.steady_state(driven(3, baths=equal), method=cq.Trajectories(error=0.01, most=64))
    assert_sentence(str(info.value), "error", "zero", "samples=")
    assert info.value.solution.method.statistics["trajectories"] <= 64


def test_a_model_that_remembers_its_start_for_too_long(monkeypatch):
    monkeypatch.setattr("caloriq.steady.jumps.run.LONGEST", 400)
    slow = tuple(one.model_copy(update={"gain": 1e-3, "loss": 2e-3}) for one in driven(3).baths)
    with pytest.raises(cq.NotConverged) as info:
        cq.steady_state(driven(3, baths=slow), method=cq.Trajectories(samples=4))
    assert_sentence(str(info.value), "model", "400 looks", "autocorrelation time")


def test_a_burn_in_that_is_too_short_fails_a_check():
    with pytest.raises(cq.NotConverged) as info:
        cq.steady_state(driven(8), method=cq.Trajectories(samples=40, seed=1, burn_in=0.5, window=60.0))
    assert not info.value.solution.certificate["memory"].holds


def test_large_graphs_are_told_of_trajectories():
    ring = np.roll(np.eye(20), 1, axis=0) + np.roll(np.eye(20), -1, axis=0)
    with refused("sites", "at most 16", "Trajectories(error=0.01)"):
        cq.steady_state(driven(20, hopping=None, couplings=ring))


def test_auto_draws_no_random_numbers():
    for sites in (3, 8, 13, 20):
        assert not isinstance(cq.choose("steady-state", driven(sites)).method, cq.Trajectories)


def test_interrupting_leaves_nothing_behind(monkeypatch):
    def halted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Run, "_tell", halted)
    with pytest.raises(KeyboardInterrupt):
        cq.steady_state(driven(3), method=cq.Trajectories(samples=4))
    monkeypatch.undo()
    assert cq.steady_state(driven(3), method=cq.Trajectories(samples=4)).certificate.holds
