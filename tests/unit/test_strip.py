"""Chebyshev steps in a strip: what they leave out is bounded, whatever the matrix."""

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from caloriq.linalg.strip import ellipse, strip


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.1, 20.0), st.floats(0.0, 6.0), st.floats(0.1, 8.0))
def test_steps_stay_within_their_bound(seed, norm, damping, time):
    rng = np.random.default_rng(seed)
    n = 24
    L = rng.normal(size=(n, n))
    L = L - L.T
    L *= norm / np.linalg.norm(L, 2)
    A = L - np.diag(damping * rng.random(n))
    plan = strip(norm, damping, time, 1e-9)
    assert plan.steps * plan.length == pytest.approx(time)
    x = rng.normal(size=n)
    x /= np.linalg.norm(x)
    exact = scipy.linalg.expm(A * time) @ x
    B = (A + plan.shift * np.eye(n)) / plan.radius
    for _ in range(plan.steps):
        before, now, total = x, B @ x, plan.coefficients[0] * x + plan.coefficients[1] * (B @ x)
        for c in plan.coefficients[2:]:
            before, now = now, 2 * B @ now + before
            total = total + c * now
        x = total
    assert np.linalg.norm(x - exact) <= 1e-9 + plan.steps * plan.rounding + 1e-13
    assert plan.steps * plan.left_out <= 1e-9


def test_series_of_times_within_a_step_are_bounded_too():
    plan = strip(5.0, 1.0, 2.0, 1e-10)
    K = len(plan.coefficients)
    whole = plan.weights(np.array([plan.length]), K)[0]
    assert np.allclose(whole, plan.coefficients, rtol=1e-12, atol=1e-15)
    assert plan.remainder(plan.length, K) <= 1e-10
    assert plan.remainder(plan.length, K // 2) > plan.remainder(plan.length, K)


@given(st.floats(0.0, 0.999), st.floats(0.0, 2.0))
def test_the_ellipse_holds_the_corner(height, width):
    rho = ellipse(height, width)
    a, b = (rho + 1 / rho) / 2, (rho - 1 / rho) / 2
    assert rho >= 1
    if width > 1e-12:
        assert (height / a) ** 2 + (width / b) ** 2 == pytest.approx(1.0, rel=1e-6)
