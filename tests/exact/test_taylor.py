"""Taylor steps: the bound holds at any tolerance, is no more than a few digits wide, and no step is one too many."""

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from caloriq.linalg.taylor import followed
from caloriq.linalg.two_runs import LESS, two_runs


def damped(seed, n=6):
    """A generator whose exponential does not grow in the Euclidean norm: skew less positive."""
    rng = np.random.default_rng(seed)
    A, B = (rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n)) for _ in range(2))
    return (A - A.conj().T) / 2 - B @ B.conj().T / n


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**20), st.sampled_from([1e-3, 1e-6, 1e-9, 1e-12]), st.floats(0.01, 20.0))
def test_the_bound_holds(seed, tol, last):
    L, y = damped(seed), np.random.default_rng(seed).standard_normal(6) + 0j
    times = np.array([0.0, 0.3 * last, last])
    found = list(followed(lambda v: L @ v, y, times, np.linalg.norm, tol))
    for t, one in zip(times, found, strict=True):
        apart = np.linalg.norm(one.state - scipy.linalg.expm(t * L) @ y)
        assert apart <= one.error + 1e-13 * (1 + t)
        assert one.error <= 2 * tol + 1e-11 * (1 + t)
    assert np.array_equal(found[0].state, y)


def test_the_bound_is_of_the_size_of_the_error():
    """On an oscillator nothing decays: with two digits of room the remainder is what is left out."""
    L = np.diag([30j, -30j])
    y = np.array([1.0, 0.0j])
    one = list(followed(lambda v: L @ v, y, np.array([5.0]), np.linalg.norm, 1e-4))[-1]
    apart = abs(one.state[0] - np.exp(150j))
    assert 1e-4 * one.error <= apart <= one.error
    assert one.products % 33 == 0


def test_what_does_not_move_takes_one_step():
    found = list(followed(lambda v: 0 * v, np.ones(3), np.array([1.0, 1e6]), np.linalg.norm, 1e-12))
    assert found[-1].products == 33
    np.testing.assert_array_equal(found[-1].state, np.ones(3))


@pytest.mark.parametrize("tol", [1e-6, 1e-8, 1e-10])
def test_two_runs_measure_their_error(tol):
    """y' = iy cos t: e^{i sin t}."""
    times = np.linspace(0.0, 20.0, 9)
    runs = two_runs(lambda t, y: 1j * np.cos(t) * y, np.ones(1, dtype=complex), times, tol, lambda _: None)
    exact = np.exp(1j * np.sin(times))
    measured = LESS * np.abs(runs.fine - runs.rough).max() + 1e-13
    assert np.abs(runs.fine[:, 0] - exact).max() <= measured
