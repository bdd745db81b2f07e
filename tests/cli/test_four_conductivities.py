"""The reproduction that finds one conductivity in four ways."""

import numpy as np
import pytest

from caloriq.papers.registry import RECIPES
from figures import assert_readable


@pytest.fixture(scope="module")
def found():
    return RECIPES["michel-2006-four-conductivities"].run(True, None)


def test_table(found):
    assert [row.agrees for row in found.rows] == [True] * 4 + [None] * 6, [(r.quantity, r.ours) for r in found.rows]
    assert_readable(found.figure)
    assert found.definitions


def test_four_ways_agree(found):
    data = found.data["conductivities"]
    assert np.all(np.isfinite(data.conductivity))
    ratio = (data.conductivity / data.conductivity[0]).values
    assert np.all(np.abs(ratio - 1) < 0.25)
    assert np.all(data.error[1:] > 0)
    assert np.ptp(ratio[3:], axis=1).max() < 1e-12  # those of one excitation take the heat capacity


def test_the_integral_of_a_finite_chain_returns_to_zero(found):
    data = found.data["running"]
    assert np.all(np.abs(data.integral[:, -1]) < 0.3)
    assert np.all(data.by_rates[:, -1] < 0.1)
    assert np.all(data.integral.max("step") > 0.6)
