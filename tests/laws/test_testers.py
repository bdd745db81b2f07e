"""The shared assertions must be able to fail: each is broken once on purpose."""

import dataclasses

import numpy as np
import pytest

import caloriq as cq
from problems import PROBLEMS, random_chain
from testers import assert_close, assert_continuous, assert_physical, assert_sentence, gauss_times, refused


@pytest.fixture
def run():
    times, weights = gauss_times(30.0, 60)
    return cq.evolve(random_chain(), times, initial=cq.haar(seed=1)), weights


def broken(exact, **changes):
    return dataclasses.replace(exact, **changes)


def test_a_good_run_passes(run):
    exact, weights = run
    assert_physical(exact)
    assert_continuous(weights, exact.populations, exact.currents, 1e-10)


def test_a_lost_norm_is_seen(run):
    exact, _ = run
    with pytest.raises(AssertionError):
        assert_physical(broken(exact, populations=exact.populations * (1 + 1e-9)))


def test_a_negative_population_is_seen(run):
    exact, _ = run
    P = exact.populations.copy()
    P[3] += [1.0, -1.0, 0.0]
    with pytest.raises(AssertionError):
        assert_physical(broken(exact, populations=P))


def test_a_drifting_energy_is_seen(run):
    exact, _ = run
    with pytest.raises(AssertionError):
        assert_physical(broken(exact, energy=exact.energy + 1e-8 * exact.times))


def test_a_failing_certificate_is_seen(run):
    exact, _ = run
    bad = cq.Certificate((*exact.certificate, cq.Check("more", np.nan, 1.0, "a NaN is not below a limit")))
    with pytest.raises(AssertionError):
        assert_physical(broken(exact, certificate=bad))


@pytest.mark.parametrize("sign", [-1.0, 0.0, 1 + 1e-6])
def test_a_wrong_current_is_seen(run, sign):
    exact, weights = run
    with pytest.raises(AssertionError):
        assert_continuous(weights, exact.populations, sign * exact.currents, 1e-10)


def test_differences_nan_and_shapes_are_seen():
    with pytest.raises(AssertionError):
        assert_close(np.ones(3), np.ones(3) + 2e-9, 1e-9)
    with pytest.raises(AssertionError):
        assert_close(np.array([np.nan]), np.ones(1), 1.0)
    with pytest.raises(AssertionError):
        assert_close(np.ones((3, 1)), np.ones(3), 1.0)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_a_non_unitary_result_is_seen(problem):
    """Damped amplitudes: the closed forms notice a decay of one part in 10⁸ per unit of time."""
    exact = cq.evolve(problem.model, problem.times, initial=problem.initial)
    damped = exact.populations * np.exp(-1e-8 * problem.times)[:, None]
    with pytest.raises(AssertionError):
        assert_close(damped, problem.populations(problem.times), problem.tol)


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.name != "pairs-dark-level"], ids=lambda p: p.name)
def test_a_wrong_clock_is_seen(problem):
    """The closed forms notice times that are off by one part in 10⁶."""
    exact = cq.evolve(problem.model, problem.times * (1 + 1e-6), initial=problem.initial)
    with pytest.raises(AssertionError):
        assert_close(exact.populations, problem.populations(problem.times), problem.tol)


@pytest.mark.parametrize(
    "message",
    [
        "`gap` is wrong",
        "`gap` must be large, but it is not",
        "`bandwidth` must be large, but it is not (got 1)",
        "`gap` must be large, but it is not (got 1). Try again.",
        "`gap` must be large, but\nit is not (got 1)",
        "`gap` must be large, but it is not (got 2)",
    ],
)
def test_a_bad_sentence_is_seen(message):
    with pytest.raises(AssertionError):
        assert_sentence(message, "gap", "got 1")


def test_a_good_sentence_passes():
    assert_sentence("`gap` must be large, but it is not (got 1); take a larger one", "gap", "got 1")


def test_a_refusal_that_does_not_come_is_seen():
    with pytest.raises(pytest.fail.Exception), refused("gap"):
        pass


def test_a_refusal_of_the_wrong_type_is_seen():
    with pytest.raises(KeyError), refused("gap"):
        raise KeyError("gap")
