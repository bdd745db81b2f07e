"""The bound on a mean of numbers covers what its own sum and division round away, in rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest

from caloriq.steady.bounds import UNIT, bound_of_mean


def mean_error(values):
    """How far NumPy's mean is from the exact one."""
    exact = sum(map(Fraction, values.tolist())) / values.size
    return abs(Fraction(float(values.mean())) - exact)


@pytest.mark.parametrize("count", [1, 2, 3, 10, 100])
def test_it_holds_for_numbers_without_an_error(count):
    for values in np.random.default_rng(count).standard_normal((200, count)):
        assert mean_error(values) <= Fraction(float(bound_of_mean(values, np.zeros(count))))


def test_one_rounding_of_the_mean_is_not_enough():
    """The sum rounds too: half a unit of the mean, alone, is passed by some of these."""
    many = np.random.default_rng(3).uniform(0.5, 1.0, (200, 10))
    assert any(mean_error(values) > Fraction(UNIT * abs(float(values.mean()))) for values in many)


def test_errors_of_the_numbers_are_averaged():
    assert 1.5e-3 < bound_of_mean(np.ones(2), np.array([1e-3, 2e-3])) < 1.5e-3 * (1 + 1e-11)
