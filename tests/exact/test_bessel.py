"""The table of Bessel functions behind the Chebyshev expansion."""

import numpy as np
import pytest
import scipy

from caloriq.linalg.chebyshev import bessel_table
from testers import assert_close


@pytest.mark.parametrize("largest", [1e-9, 0.3, 1.0, 17.0, 400.0, 4000.0])
@pytest.mark.parametrize("tol", [1e-3, 1e-10, 1e-14])
def test_values(largest, tol):
    x = largest * np.array([0.0, 1e-3, 0.2, 0.77, 1.0])
    J = bessel_table(x, tol)[0]
    # rounding: 1e-15 per term is stated (SciPy's own error is the larger part of it); Miller's recurrence starts where
    # the functions are far below tol, which leaves at most a millionth of tol
    assert_close(J, scipy.special.jv(np.arange(J.shape[0])[:, None], x), 1e-15 * (50 + J.shape[0]) + 1e-6 * tol)


@pytest.mark.parametrize("x", [0.5, 30.0, 1000.0])
@pytest.mark.parametrize("tol", [1e-2, 1e-6, 1e-12])
def test_tail(x, tol):
    """The first order left out is the first from which the tail is below `tol`: not later, not earlier."""
    K = bessel_table(np.array([x]), tol)[0].shape[0]
    J = np.abs(scipy.special.jv(np.arange(K + 400), x))
    assert 2 * J[K:].sum() <= tol * (1 + 1e-6)
    assert 2 * J[K - 1 :].sum() > tol * (1 - 1e-6)


@pytest.mark.parametrize("x", [0.0, 2.0, 90.0])
def test_sum_rule(x):
    """J_0² + 2ΣJ_k² = 1, which is the unitarity of the expansion."""
    J = bessel_table(np.array([x]), 1e-14)[0][:, 0]
    assert J[0] ** 2 + 2 * np.sum(J[1:] ** 2) == pytest.approx(1, abs=1e-13)


def test_zero_and_nothing():
    assert bessel_table(np.array([0.0]), 1e-10)[0].tolist() == [[1.0]]
    assert np.all(np.isfinite(bessel_table(np.array([0.0, 1e-30, 1e-60]), 1e-10)[0]))
