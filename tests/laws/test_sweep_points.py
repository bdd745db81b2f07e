"""Laws of plans: every point once, names and seeds by content, whatever the batches, the order and the company."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import caloriq as cq
from caloriq.sweep.definition import Sweep
from caloriq.sweep.plan import Plan, put, without
from caloriq.sweep.work import answer
from sweeps import BATHS, DISORDERED, MODULAR, WIRE

FEW = {"kind": "steady-state", "keep": ["current"]}

dephasings = st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 5.0]), min_size=1, max_size=4, unique=True)
lengths = st.lists(st.integers(2, 9), min_size=1, max_size=4, unique=True)


def disordered(samples, **more):
    fields = {"model": DISORDERED, "question": FEW, "ensemble": {"samples": samples, "seed": 3}, **more}
    return Plan(Sweep(**fields))


@given(dephasings, lengths, st.integers(1, 7), st.one_of(st.none(), st.integers(1, 9)))
def test_batches_hold_every_point_once(rates, sites, samples, batch):
    grid = Plan(Sweep(model=WIRE, question=FEW, vary={"dephasing": rates, "sites": sites}, batch=batch))
    assert [p for piece in grid.batches() for p in piece] == list(range(grid.points))
    many = disordered(samples, vary={"chain.dephasing": rates}, batch=batch)
    assert [p for piece in many.batches() for p in piece] == list(range(many.points))
    if batch is not None:
        assert all(len(piece) <= batch for piece in (*grid.batches(), *many.batches()))


@given(dephasings, lengths)
def test_names_of_points_depend_on_what_they_are_not_on_where_they_stand(rates, sites):
    one = Plan(Sweep(model=WIRE, question=FEW, vary={"dephasing": rates, "sites": sites}))
    other = Plan(Sweep(model=WIRE, question=FEW, vary={"sites": sites[::-1], "dephasing": [*rates[::-1], 9.0]}))
    of = {tuple(sorted(plan.values(k).items())): plan.digest(k) for plan in (one,) for k in range(plan.points)}
    there = {tuple(sorted(other.values(k).items())): other.digest(k) for k in range(other.points)}
    assert len(set(there.values())) == other.points
    assert all(there[values] == digest for values, digest in of.items())


@given(dephasings, st.integers(1, 5), st.integers(6, 12))
def test_seeds_stay_when_samples_values_and_the_question_change(rates, few, many):
    small = disordered(few, vary={"chain.dephasing": rates})
    large = disordered(many, vary={"chain.dephasing": [*rates[::-1], 9.0]}, question="steady-state")
    for number in range(len(rates)):
        here, there = small.cell(number), large.cell(len(rates) - 1 - number)
        for k in range(few):
            assert small.seeds(here, k) == large.seeds(there, k)
    seeds = [large.seeds(large.cell(c), k).model for c in range(large.cells) for k in range(many)]
    assert len(set(seeds)) == len(seeds)


def test_other_seeds_of_the_ensemble_give_other_samples():
    first, second = (
        Plan(Sweep(model=DISORDERED, question=FEW, ensemble={"samples": 2, "seed": seed})) for seed in (1, 2)
    )
    assert first.seeds(first.cell(0), 0) != second.seeds(second.cell(0), 0)
    assert first.digest(0) != second.digest(0)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"dephasing": 1}, {"dephasing": 1.0}),
        ({"dephasing": 0.5, "zz": 0.0}, {"zz": 0, "dephasing": 0.5}),
        ({"baths": BATHS}, {"baths": [dict(reversed(list(b.items()))) for b in BATHS]}),
        ({}, {"frequency": 1.0, "zz": 0.0}),  # what is given and what is the default
    ],
)
def test_the_same_model_in_other_words_has_the_same_name(first, second):
    plans = [Plan(Sweep(model={**WIRE, "sites": 4, **fields}, question=FEW)) for fields in (first, second)]
    assert plans[0].digest(0) == plans[1].digest(0)


@pytest.mark.parametrize(
    "fields",
    [{"dephasing": 1e-16}, {"zz": 0.1}, {"sites": 5}, {"hopping": 1.0000000000000002}, {"baths": BATHS[:1]}],
)
def test_another_model_has_another_name(fields):
    plans = [Plan(Sweep(model={**WIRE, "sites": 4, **one}, question=FEW)) for one in ({}, fields)]
    assert plans[0].digest(0) != plans[1].digest(0)


def test_a_model_object_and_its_mapping_are_the_same_sweep():
    baths = tuple(cq.Bath(**bath) for bath in BATHS)
    wire = cq.SpinChain(sites=4, hopping=1.0, baths=baths)
    plans = [
        Plan(Sweep(model=wire, question=FEW, vary={"baths.0.temperature": np.array([0.5, 1.0])})),
        Plan(Sweep(model={**WIRE, "sites": 4}, question=FEW, vary={"baths.0.temperature": [0.5, 1.0]})),
    ]
    assert [plans[0].digest(k) for k in (0, 1)] == [plans[1].digest(k) for k in (0, 1)]
    matrix = cq.SpinChain(sites=3, couplings=np.array([[0, 1, 2j], [1, 0, 1], [-2j, 1, 0]]), baths=baths)
    found = cq.run_sweep(Sweep(model=matrix, question="steady-state", vary={"dephasing": [0.5]}))
    state = cq.steady_state(matrix.model_copy(update={"dephasing": 0.5}))
    np.testing.assert_allclose(found.currents.values[0], state.currents, rtol=1e-9)


@given(st.permutations(list(range(12))), st.integers(1, 12))
def test_answers_are_the_same_bits_in_any_order_and_company(order, size):
    import pickle

    sweep = Sweep(model=DISORDERED, question="steady-state", ensemble={"samples": 12, "seed": 5})
    packed = pickle.dumps(sweep)
    alone = {row.digest: row.data for k in range(12) for row in answer(packed, [k])}
    for start in range(0, 12, size):
        for row in answer(packed, order[start : start + size]):
            assert row.error is None
            assert row.data == alone[row.digest]


def test_random_starts_and_matrices_have_seeds_of_their_own():
    plan = Plan(Sweep(model=MODULAR, question="deviation", ensemble={"samples": 2, "seed": 1}))
    seeds = plan.seeds(plan.cell(0), 0)
    assert None not in seeds
    assert seeds.model != seeds.start
    fixed = Plan(Sweep(model={**MODULAR, "seed": 4}, question="deviation", ensemble={"samples": 2, "seed": 1}))
    assert fixed.seeds(fixed.cell(0), 0).model is None
    starts = Plan(
        Sweep(
            model=MODULAR,
            question={"kind": "deviation", "initial": {"kind": "haar", "seed": 3}},
            ensemble={"samples": 2, "seed": 1},
        )
    )
    assert starts.seeds(starts.cell(0), 0).start is None


trees = st.recursive(
    st.integers(),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, min_size=1),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from("abc"), trees, min_size=1), st.integers())
def test_what_is_put_somewhere_is_there_and_nothing_else_changes(tree, value):
    for name in list(tree):
        changed = put(tree, name, value, name)
        assert changed[name] == value
        assert without(changed, name) == without(tree, name)
        if isinstance(tree[name], list):
            inner = put(tree, f"{name}.0", value, name)
            assert inner[name][0] == value
            assert inner[name][1:] == tree[name][1:]
