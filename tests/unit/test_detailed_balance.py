"""The detailed-balance defect: solved for when it is first asked for, once, and held by everything that leaves the result."""

import copy
import pickle
from collections import Counter
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

import caloriq as cq
from caloriq.documents import yaml_text
from caloriq.results import Later
from caloriq.steady import table, two_point
from command_line import call


def baths(first, last):
    return (cq.Bath(site=0, temperature=first, rate=1.0), cq.Bath(site=-1, temperature=last, rate=1.0))


def unequal(first=1.0, last=0.5, **rest):
    """Sites of the baths at frequencies 2 and 1."""
    return cq.SpinChain(sites=3, hopping=1.0, frequency=[2.0, 1.0, 1.0], baths=baths(first, last), **rest)


@pytest.fixture
def solved(monkeypatch):
    """Counts the chains that are solved, by method."""
    count = Counter()

    def counted(kind, function):
        def call(*arguments):
            count[kind] += 1
            return function(*arguments)

        return call

    for name in table.FILES.values():
        file = import_module(f"caloriq.steady.{name}")
        monkeypatch.setattr(file, "solve", counted(name, file.solve))
    return count


METHODS = [cq.TwoPoint(), cq.Direct(), cq.Sector(), cq.Full(), "auto"]


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_solved_when_asked_for_and_once(method, solved):
    state = cq.steady_state(unequal(), method=method)
    assert solved.total() == 1
    _ = state.heat_currents, state.bounds, state.second_law, hash(state), state.certificate
    assert solved.total() == 1
    level = state.detailed_balance_defect
    assert solved.total() == 2
    assert state.detailed_balance_bound is not None
    assert state.detailed_balance_defect is level
    assert not level.flags.writeable
    assert solved.total() == 2


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_is_what_flows_at_the_mean_temperature(method):
    state = cq.steady_state(unequal(1.25, 0.25), method=method)
    level = cq.steady_state(unequal(0.75, 0.75), method=method)
    assert np.array_equal(state.detailed_balance_defect, level.heat_currents)
    assert np.array_equal(state.detailed_balance_bound, level.bounds["heat_currents"])
    assert abs(state.detailed_balance_defect).max() > 0.01


LEAVING = {
    "pickled": lambda state: pickle.loads(pickle.dumps(state)),
    "copied": copy.deepcopy,
    "replaced": lambda state: replace(state, energy=state.energy),
}


@pytest.mark.parametrize("way", LEAVING)
def test_goes_along(way, solved):
    state = cq.steady_state(unequal())
    other = LEAVING[way](state)
    assert solved.total() == 2
    assert np.array_equal(other.detailed_balance_defect, cq.steady_state(unequal(0.75, 0.75)).heat_currents)
    assert other.imbalance == state.imbalance is not None
    assert solved.total() == 3
    assert other == state


def test_a_shallow_copy_need_not_solve_again(solved):
    state = cq.steady_state(unequal())
    _ = state.imbalance
    assert copy.copy(state).imbalance == state.imbalance
    assert solved.total() == 2


def test_equality_sees_it():
    state, again = cq.steady_state(unequal()), cq.steady_state(unequal())
    assert state == again
    assert state != replace(again, detailed_balance_defect=2 * again.detailed_balance_defect)
    assert state != replace(again, detailed_balance_bound=2 * again.detailed_balance_bound)


def test_shown_and_stored():
    state = cq.steady_state(unequal())
    stored = cq.steady_state(unequal()).to_dataset()
    level = cq.steady_state(unequal(0.75, 0.75))
    assert np.array_equal(stored["detailed_balance_defect"].values, level.heat_currents)
    assert np.array_equal(stored["detailed_balance_defect_bound"].values, level.bounds["heat_currents"])
    assert f"{max(level.heat_currents):.6g}" in state._repr_html_()


def test_run_warns(tmp_path):
    model = unequal().to_mapping()
    (tmp_path / "chain.yaml").write_text(yaml_text(model), encoding="utf-8")
    answer = call("run", tmp_path / "chain.yaml", "--out", tmp_path / "out", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    defect = abs(cq.steady_state(unequal(0.75, 0.75)).heat_currents).max()
    assert "detailed_balance_defect, site" in answer.stdout
    assert f"{defect:.6g} ±" in answer.stdout
    assert "With all baths at their mean temperature the same chain still carries" in answer.stdout


def test_zero_on_sites_of_one_frequency_without_a_second_solution(solved):
    state = cq.steady_state(cq.SpinChain(sites=3, hopping=1.0, frequency=[2.0, 1.0, 2.0], baths=baths(1.0, 0.5)))
    assert np.array_equal(state.detailed_balance_defect, np.zeros(2))
    assert np.array_equal(state.detailed_balance_bound, np.zeros(2))
    assert state.imbalance is None
    assert solved.total() == 1


def test_none_where_a_bath_has_no_temperature():
    rates = (cq.Bath(site=0, gain=0.5, loss=1.0), cq.Bath(site=-1, temperature=0.5, rate=1.0))
    state = cq.steady_state(unequal().model_copy(update={"baths": rates}))
    assert state.detailed_balance_defect is None
    assert state.detailed_balance_bound is None
    assert state.imbalance is None
    assert "detailed_balance_defect" not in state.to_dataset()


def test_none_where_the_balanced_chain_has_no_solution(monkeypatch):
    state = cq.steady_state(unequal(), method=cq.TwoPoint())

    def refused(*_):
        raise cq.NotConverged("no")

    monkeypatch.setattr(two_point, "solve", refused)
    assert state.detailed_balance_defect is None
    assert state.imbalance is None


def test_a_value_need_not_come_later():
    class Held:
        one: Later[int] = Later(1)
        two: Later[int] = Later(2)

    held, calls = Held(), []
    held.one, held.two = 5, lambda: calls.append(None) or 7
    assert (Held.one, Held.two, held.one, calls) == (1, 2, 5, [])
    assert (held.two, held.two, len(calls)) == (7, 7, 1)
