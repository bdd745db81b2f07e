"""The landmarks of driven spin chains: tables, data, figures."""

import numpy as np
import pytest

from caloriq.papers.landmarks import ladder, maximal_driving, weak_disorder, weak_driving
from caloriq.papers.landmarks.chains import falls, maximal, weak
from caloriq.papers.registry import RECIPES
from caloriq.steady.methods import Direct
from caloriq.steady.solve import steady_state
from figures import assert_readable

AGREES = {
    "landmark-maximal-driving": [True] * 5 + [None] * 2,
    "landmark-weak-driving": [None] * 4 + [True],
    "landmark-bath-coupling": [True] + [None] * 3,
    "landmark-dephasing": [True] * 6 + [None],
    "landmark-xx-ladder": [True] * 2 + [None] * 2,
    "landmark-weak-disorder": [True] * 2 + [None],
}


@pytest.fixture(scope="module", params=AGREES)
def outcome(request):
    return request.param, RECIPES[request.param].run(True, None)


def test_every_landmark_is_tested():
    assert {name for name in RECIPES if name.startswith("landmark-")} == set(AGREES)


def test_table_and_figure(outcome):
    name, found = outcome
    assert [row.agrees for row in found.rows] == AGREES[name]
    assert_readable(found.figure)
    for data in found.data.values():
        # a shorter chain has no profile beyond its sites, and --quick no tensor network
        without = ("profile", "stationary", "stationary_error")
        assert all(np.all(np.isfinite(one.values)) for name, one in data.data_vars.items() if name not in without)


def test_exact_currents_reach_beyond_doubles_that_cancel():
    data = maximal_driving.exact()
    assert data.current.values[2, -1] == pytest.approx(8.3952520234348e-42, rel=1e-12)
    assert np.all(data.current_bound.values < 1e-12 * data.current.values)


def test_numeric_states_are_those_of_the_method_asked_for():
    data = maximal_driving.solved((2, 3, 4), Direct())
    assert data.attrs["method"] == repr(Direct())
    found = steady_state(maximal(4, 1.0), method="closed-form").current
    assert data.current.values[1, -1] == pytest.approx(found, abs=1e-13)


def test_long_chains_are_held_against_the_paper_and_short_ones_not():
    data = weak_driving.over_lengths((0.5, 1.0, 1.5, 2.0), (4, 5, 6))
    assert [row.agrees for row in weak_driving.rows(data)][:4] == [None] * 4
    long = data.assign_coords(sites=[16, 32, 64])
    told = [row.agrees for row in weak_driving.rows(long)][:4]
    assert all(one is not None for one in told)


def test_a_ladder_of_wrong_states_leaks(monkeypatch):
    """Singlets beside singlets become full and empty rungs."""
    right = ladder._states(3)
    assert np.abs(right.T @ right - np.eye(8)).max() < 1e-15
    assert ladder.inside(3)[0] < 1e-15

    def singlets(_):
        states = right.copy()
        one = np.array([0.0, 1.0, -1.0, 0.0]) / np.sqrt(2)
        states[:, 0] = np.kron(np.kron(one, one), one)
        return states

    monkeypatch.setattr(ladder, "_states", singlets)
    assert ladder.inside(3)[0] > 0.1


def test_the_ladder_has_its_baths_at_both_ends():
    model = ladder.ladder(3, drive=0.2)
    found = steady_state(model)
    into = found.excitation_currents
    assert into[:2].sum() == pytest.approx(-into[2:].sum(), abs=1e-10)
    assert np.all(into[:2] > 0)


def test_clean_chains_have_no_samples():
    assert weak_disorder.chain(4, 0.0, 5).kind == "spin-chain"
    assert weak_disorder.chain(4, 0.5, 5).samples == 5


def test_exponents_of_powers():
    N = np.array([2.0, 4.0, 8.0])
    assert falls(N, N**-1.5) == pytest.approx([1.5, 1.5])


def test_weak_baths_prefer_what_they_are_driven_to():
    first, last = (rates.preferred for rates in weak(4, 1.0, 0.3).bath_rates)
    assert (first, last) == pytest.approx((0.65, 0.35))
