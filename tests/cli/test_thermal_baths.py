"""The reproduction of the four equations side by side, and its data."""

import numpy as np
import pytest

from caloriq.papers.registry import RECIPES
from caloriq.papers.thermal_baths.models import drawn
from caloriq.papers.thermal_baths.study import DRAWN, LOCAL, STEADY, solved
from figures import assert_readable


@pytest.fixture(scope="module")
def outcome():
    return RECIPES["thermal-baths"].run(True, None)


def test_table(outcome):
    assert [row.agrees for row in outcome.rows] == [True] * 4 + [None] * 8
    ours = [row.ours for row in outcome.rows]
    assert ours[0] == "-0.683"
    assert ours[4] == "2.00, 0.00, 2.00, 2.00, 2.00"
    assert ours[5].split(", ")[1] == "0"
    assert int(ours[5].split(", ")[0]) > 0
    assert_readable(outcome.figure)


def test_only_global_baths_keep_every_law(outcome):
    """Of the systems at random: Spohn's inequality, a positive state, a positive generator."""
    data = outcome.data["random-systems"].isel(drawn=[kind.name for kind in DRAWN].index("global"))
    assert np.all(data.entropy >= -data.entropy_bound)
    assert np.all(data.lowest_population > 0)
    assert np.all(data.lowest_rate >= 0)


def test_what_flows_without_a_difference(outcome):
    """Nothing for global baths and Redfield's; for universal ones α², and α³ of negative entropy production."""
    data = outcome.data["equal-temperatures"]
    names = [kind.name for kind in STEADY]
    assert np.all(data.heat.isel(steady=[names.index("global"), names.index("Redfield")]) == 0)
    universal = data.isel(steady=names.index("universal"))
    assert np.all(universal.heat > 0)
    assert np.all(universal.entropy < 0)
    heat, entropy = (abs(universal[name]).median("system").values for name in ("heat", "entropy"))
    assert np.log10(heat[-2] / heat[-1]) == pytest.approx(2, abs=0.05)
    assert np.log10(entropy[-2] / entropy[-1]) == pytest.approx(3, abs=0.1)


def test_a_local_bath_that_breaks_the_second_law(outcome):
    """One of the systems at random, by its number: reproducible."""
    entropy = outcome.data["random-systems"].entropy.values[0]
    number = int(np.argmin(entropy))
    state = solved(drawn(number, 7, "local"), LOCAL)
    assert state.entropy_production == entropy[number] < 0
    assert state.jump_entropy_production > 0
    assert not state.second_law
