"""What a sweep is said to cost: weights of its own points, scaled by their own times."""

import pytest

import caloriq as cq
from caloriq.questions.driven_in_time import RelaxationQuestion
from caloriq.steady import integrate
from caloriq.steady.equations import Equations
from caloriq.sweep.definition import Sweep
from caloriq.sweep.ledger import Ledger
from caloriq.sweep.plan import Plan
from caloriq.sweep.price import price
from caloriq.sweep.run import Place
from caloriq.sweep.work import Layout, PointRow
from caloriq.variables import Variable
from sweeps import BATHS, DISORDERED, MODULAR, WIRE
from testers import refused

LAYOUT = Layout((Variable("current"),), (), "method")
FEW = {"kind": "steady-state", "keep": ["current"]}


def fill(place, plan, points, seconds):
    """A ledger in which some points took the times that are given."""
    place.folder.mkdir(parents=True, exist_ok=True)
    with Ledger(place.ledger()) as ledger:
        data = b"\x00" * 8
        ledger.write(PointRow(p, plan.digest(p), LAYOUT, data, None, s) for p, s in zip(points, seconds, strict=True))


def test_without_answers_it_is_the_sum_of_the_weights(tmp_path):
    sector = {**FEW, "method": {"kind": "sector"}}
    plan = Plan(Sweep(model=WIRE, question=sector, vary={"sites": [3, 50], "zz": [0.0, 0.2]}))
    with pytest.raises(cq.InvalidInput):
        price(plan)  # fifty interacting sites have no room there
    plan = Plan(Sweep(model=WIRE, question=FEW, vary={"sites": [3, 8], "zz": [0.0, 0.2]}))
    expected = sum(plan.cell(k).question.seconds(plan.cell(k).model) for k in range(4))
    found = price(plan, Place(tmp_path / "s", "s"))
    assert (found.points, found.left, found.answered, found.measured) == (4, 4, 0, False)
    assert found.seconds == pytest.approx(expected)
    assert found.memory == pytest.approx(max(plan.cell(k).question.memory(plan.cell(k).model) for k in range(4)))


def test_small_points_that_are_answered_scale_the_large_ones_that_are_left(tmp_path):
    plan, place = (
        Plan(Sweep(model=WIRE, question=FEW, vary={"sites": [4, 5, 8, 9], "zz": [0.3]})),
        Place(tmp_path / "s", "s"),
    )
    weights = [plan.cell(k).question.seconds(plan.cell(k).model) for k in range(4)]
    fill(place, plan, [0, 1], [3 * weights[0], 3 * weights[1]])
    found = price(plan, place)
    assert found.measured
    assert (found.answered, found.left) == (2, 2)
    assert found.seconds == pytest.approx(3 * (weights[2] + weights[3]))


def test_rows_of_an_edited_file_do_not_count(tmp_path):
    place = Place(tmp_path / "s", "s")
    old = Plan(Sweep(model=WIRE, question=FEW, vary={"sites": [8, 9], "zz": [0.3]}))
    fill(place, old, [0, 1], [100.0, 200.0])
    new = Plan(Sweep(model=WIRE, question=FEW, vary={"sites": [3]}))
    found = price(new, place)
    assert (found.answered, found.measured) == (0, False)
    assert found.seconds == pytest.approx(new.cell(0).question.seconds(new.cell(0).model))


def test_ensembles_that_have_stopped_cost_nothing(tmp_path):
    sweep = Sweep(
        model=DISORDERED,
        question=FEW,
        vary={"chain.dephasing": [0.1, 1.0]},
        ensemble={"samples": 5000, "seed": 1, "until": {"quantity": "current", "relative": 0.1, "least": 50}},
    )
    plan, place = Plan(sweep), Place(tmp_path / "sweep", "sweep")
    before = price(plan, place)
    assert before.left == 100
    cq.run_sweep(sweep, out=tmp_path)
    after = price(plan, place)
    assert (after.left, after.seconds) == (0, 0.0)


@pytest.mark.parametrize(
    ("changes", "stop", "way"),
    [
        ({}, 5.0, "ball arithmetic"),
        ({"dephasing": 1e4, "zz": 0.5}, 5.0, "ball arithmetic"),
        ({"sites": 12}, 50.0, "double precision"),
        ({"sites": 6, "zz": 0.5}, 2.0, "explicit steps"),
        ({"sites": 40}, 2.0, "explicit steps"),
        ({"sites": 34, "dephasing": 3e6}, 3e6, "implicit steps"),
        ({"sites": 7, "zz": 0.5, "dephasing": 1e4}, 100.0, "implicit steps"),
    ],
)
def test_a_driven_chain_in_time_costs_what_its_solver_expects(changes, stop, way):
    """Of the way that `evolve` takes first, by the function that chooses it."""
    question = RelaxationQuestion(times={"stop": stop, "count": 4})
    model = cq.SpinChain(**{"sites": 3, "hopping": 1.0, "dephasing": 0.5, "baths": BATHS, **changes})
    equations, times = Equations(model, model.zz == 0), question.times.resolve()
    first = integrate.routes(equations, times)[0]
    assert way in first.reason
    costs = integrate.costs(equations, integrate.rate_of(equations) * stop, 4)
    assert question.seconds(model) == costs[first.name]
    if way != "implicit steps":
        assert first.reason in cq.evolve(model, times).method.reason
    assert question.memory(model) > 24.0 * 4 * equations.dimension


def test_a_driven_chain_that_takes_more_than_a_day_is_refused_before():
    chain = {**WIRE, "sites": 10, "zz": 0.5, "dephasing": 1e9}
    sweep = Sweep(model=chain, question={"kind": "relaxation", "times": {"stop": 1e6, "count": 3}}, vary={"zz": [0.5]})
    with refused("times", "within a day"):
        Plan(sweep).admit()
    large = {**WIRE, "sites": 40, "zz": 0.5, "baths": []}
    with refused("sites", "fewer sites"):
        question = {"kind": "relaxation", "method": {"kind": "sector"}}
        Plan(Sweep(model=large, question=question, vary={"zz": [0.5]})).admit()


@pytest.mark.parametrize(
    ("model", "question", "name", "values"),
    [
        (WIRE, "steady-state", "sites", [4, 40, 400]),
        ({**WIRE, "zz": 0.5}, "steady-state", "sites", [3, 6, 9, 11]),
        ({**WIRE, "sites": 6}, {"kind": "scaling"}, "question.sizes", [[4, 8, 16], [40, 80, 160]]),
        ({**MODULAR, "seed": 1, "coupling": 1e-3}, {"kind": "evolve", "method": "exact"}, "levels", [10, 100, 400]),
        ({**MODULAR, "seed": 1}, {"kind": "deviation", "method": "chebyshev"}, "subunits", [2, 8, 32]),
        ({"kind": "exchange-chain", "coupling": 0.1}, {"kind": "kernel", "order": "exact"}, "units", [4, 16, 64]),
        ({"kind": "quantum-chain", "sites": 24, "jz": 4.0, "hx": 1.0}, {"kind": "blocks"}, "question.block", [3, 6, 8]),
    ],
)
def test_larger_points_cost_more(model, question, name, values):
    plan = Plan(Sweep(model=model, question=question, vary={name: values}))
    cells = [plan.cell(k) for k in range(plan.cells)]
    seconds = [cell.question.seconds(cell.model) for cell in cells]
    memory = [cell.question.memory(cell.model) for cell in cells]
    assert seconds == sorted(seconds)
    assert seconds[-1] > seconds[0] > 0
    assert memory == sorted(memory)


def test_the_method_counts():
    model, times = {**WIRE, "sites": 6}, []
    for method in ("closed-form", "two-point", "sector", "full"):
        plan = Plan(Sweep(model=model, question={"kind": "steady-state", "method": method}))
        times.append(plan.cell(0).question.seconds(plan.cell(0).model))
    assert times == sorted(times)
    assert times[-1] > 30 * times[0]


def test_answers_anywhere_in_an_ensemble_count(tmp_path):
    sweep = Sweep(model=DISORDERED, question=FEW, ensemble={"samples": 500, "seed": 1})
    plan, place = Plan(sweep), Place(tmp_path / "s", "s")
    weight = plan.cell(0).question.seconds(plan.cell(0).model)
    fill(place, plan, range(250, 500), [7 * weight] * 250)  # the second of two shards
    found = price(plan, place)
    assert (found.answered, found.left, found.measured) == (250, 250, True)
    assert found.seconds == pytest.approx(250 * 7 * weight)


def test_what_is_left_in_cells_that_are_not_looked_at_has_a_cost(tmp_path, monkeypatch):
    monkeypatch.setattr("caloriq.sweep.price.PRICED", 2)
    plan = Plan(Sweep(model={**WIRE, "sites": 4}, question=FEW, vary={"dephasing": [0.1, 0.2, 0.3, 0.4]}))
    place = Place(tmp_path / "s", "s")
    weight = plan.cell(0).question.seconds(plan.cell(0).model)
    fill(place, plan, [0, 1, 2], [2 * weight] * 3)  # the first and the third are looked at
    found = price(plan, place)
    assert found.left == 1
    assert found.seconds == pytest.approx(2 * weight)


@pytest.mark.parametrize(("method", "name", "factor"), [("chebyshev", "stop", 1.2), ("exact", "count", 1.2)])
def test_longer_and_finer_windows_cost_more(method, name, factor):
    model, times = {**MODULAR, "levels": 200, "seed": 1}, []
    for value in (1, 10):
        window = {"stop": 5.0 * value, "count": 201} if name == "stop" else {"stop": 5.0, "count": 201 * value}
        plan = Plan(Sweep(model=model, question={"kind": "evolve", "method": method, "times": window}))
        times.append(plan.cell(0).question.seconds(plan.cell(0).model))
    assert times[1] > factor * times[0]


def test_fourth_order_costs_more_than_the_exact_kernel_and_that_more_than_the_second():
    seconds = []
    for order in (2, "exact", 4):
        plan = Plan(
            Sweep(
                model={"kind": "exchange-chain", "coupling": 0.1, "units": 20},
                question={"kind": "kernel", "order": order},
            )
        )
        seconds.append(plan.cell(0).question.seconds(plan.cell(0).model))
    assert seconds == sorted(seconds)
    assert seconds[2] > 5 * seconds[1]
