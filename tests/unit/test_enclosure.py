"""Bounds on stacks of linear systems: held by rational arithmetic, and infinite where nothing can be said."""

from fractions import Fraction

import flint
import numpy as np
import pytest

from caloriq.linalg.enclosure import Enclosure


def exactly(A, b):
    """A⁻¹b in rational numbers."""

    def fraction(v):
        f = Fraction(float(v))
        return flint.fmpq(f.numerator, f.denominator)

    n = len(b)
    M = flint.fmpq_mat(n, n, [fraction(v) for v in A.ravel()])
    x = M.solve(flint.fmpq_mat(n, 1, [fraction(v) for v in b]))
    return [Fraction(int(x[i, 0].p), int(x[i, 0].q)) for i in range(n)]


@pytest.mark.parametrize("seed", range(4))
def test_bounds_hold_and_are_small(seed):
    """Condition numbers up to 10⁸; a second right-hand side inherits the error of the first solution."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((3, 6, 6))
    A[1, 0] = A[1, 1] + 1e-8 * A[1, 0]
    b = rng.standard_normal((3, 6))
    system = Enclosure(A, np.abs(A), 0.0)
    x, bound = system.solve(b)
    y, late = system.solve(x, bound)
    for k in range(3):
        truth = exactly(A[k], b[k])
        again = exactly(A[k], np.array([float(v) for v in truth]))
        for i in range(6):
            assert abs(Fraction(x[k, i]) - truth[i]) <= Fraction(bound[k, i])
            assert abs(y[k, i] - float(again[i])) <= late[k, i] + 1e-14 * abs(y[k, i])
    assert np.all(bound[[0, 2]] < 1e-11 * (1 + np.abs(x[[0, 2]]).max()))


def test_entries_that_are_not_known_widen_the_bound():
    """Every matrix within the roundings has its solution within the bound."""
    rng = np.random.default_rng(5)
    A, b = rng.standard_normal((1, 4, 4)) + 3 * np.eye(4), rng.standard_normal((1, 4))
    x, bound = Enclosure(A, np.abs(A), 2.0**30).solve(b, 1e-9)
    for _ in range(50):
        off = A * (1 + 2.0**-23 * rng.uniform(-1, 1, A.shape))
        moved = np.linalg.solve(off[0], b[0] + 1e-9 * rng.uniform(-1, 1, 4))
        assert np.all(np.abs(moved - x[0]) <= bound[0])
    assert bound.max() < 1e-4


@pytest.mark.parametrize("worst", [np.zeros((3, 3)), np.ones((3, 3)), np.diag([1.0, 1.0, 1e-300])])
def test_singular_ones_have_no_bound_and_spoil_no_other(worst):
    A = np.stack([np.eye(3), worst + 0.0])
    x, bound = Enclosure(A, np.ones_like(A), 1.0).solve(np.ones((2, 3)))
    assert x[0] == pytest.approx(1)
    assert bound[0].max() < 1e-13
    assert np.all(bound[1] == np.inf)
