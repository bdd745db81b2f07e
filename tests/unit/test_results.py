"""Results go through pickle, copy and processes, and are compared as a whole: every class of them."""

import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace

import numpy as np
import pytest

import caloriq as cq
from caloriq.results import Certificate, Check, MethodReport, same
from solutions import CHAIN, DRIVEN, NETWORK, PAIR, RESULTS, made, same_arrays, subclasses


def test_every_class_is_here():
    """A new class of results must get its line in tests/solutions.py."""
    assert sorted({name.split(" ")[0] for name in RESULTS}) == subclasses()
    for name in RESULTS:
        one = made(name)
        assert f"{type(one).__module__}.{type(one).__qualname__}" == f"caloriq.{name.split(' ')[0]}"


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("again", [lambda one: pickle.loads(pickle.dumps(one)), copy.deepcopy, copy.copy])
def test_comes_back_the_same(name, again):
    one = made(name)
    other = again(one)
    assert other == one
    assert (other != one) is False
    assert hash(other) == hash(one)
    assert same_arrays(other, one)
    assert other.certificate == one.certificate
    assert dict(other.method.statistics) == dict(one.method.statistics)
    assert all(not value.flags.writeable for value in vars(other).values() if isinstance(value, np.ndarray))
    with pytest.raises(TypeError):
        other.method.statistics["new"] = 1


@pytest.mark.parametrize("name", RESULTS)
def test_another_number_is_another_result(name):
    """One entry of any of its arrays, the model or the method's name."""
    one = made(name)
    arrays = {f.name: a for f in fields(one) if isinstance(a := getattr(one, f.name), np.ndarray) and a.size}
    if not arrays:  # theories, verdicts, and what holds other results: every field of its own counts
        own = [f.name for f in fields(one) if f.name not in ("model", "method", "certificate")]
        assert own
        assert all(replace(one, **{field: "another"}) != one for field in own)
    for field, array in arrays.items():
        other = array.copy()
        entry = (0,) * array.ndim
        other[entry] = other[entry] + 1 if other.dtype.kind != "b" else not other[entry]
        if np.isfinite(array[entry]):
            assert replace(one, **{field: other}) != one, field
        assert replace(one, **{field: array.copy()}) == one
    assert replace(one, model=cq.haar()) != one
    assert replace(one, method=replace(one.method, name="another")) != one
    assert replace(one, method=MethodReport(one.method.name, "for another reason", {"wall time in s": -1.0})) == one


def test_never_ambiguous():
    found = list(map(made, RESULTS))
    for k, one in enumerate(found):
        assert [one == other for other in found] == [j == k for j in range(len(found))]
        assert one != "text"
    assert len({*found, *map(copy.deepcopy, found)}) == len(found)


def test_the_same_question_has_the_same_answer():
    assert cq.evolve(CHAIN, [0.0, 1.0]) == cq.evolve(CHAIN, [0.0, 1.0])
    assert cq.evolve(CHAIN, [0.0, 1.0]) != cq.evolve(CHAIN, [0.0, 2.0])


def test_what_is_no_solution_but_holds_arrays():
    exact, theory = cq.evolve(CHAIN, np.linspace(0, 5 / cq.ham(CHAIN).rate, 50)), cq.ham(CHAIN)
    kernel = made("reduced.populations.solution.PopulationKernel")
    grains = made("reduced.grains.coarse.Grains")
    for one in (
        theory,
        cq.ham(NETWORK),
        cq.ham(PAIR),
        cq.deviation(exact, theory),
        cq.verdict(exact, theory),
        kernel.assumptions(),
        kernel.rates(),
        grains.kernel,
    ):
        assert pickle.loads(pickle.dumps(one)) == one
        assert copy.deepcopy(one) == one
    assert cq.deviation(exact, theory) != cq.deviation(exact, theory, spans=4.0)


def test_sameness():
    assert same(float("nan"), float("nan"))
    assert same([1.0, (2, "a")], [1.0, (2, "a")])
    assert not same([1.0], (1.0,))
    assert not same({"a": 1}, {"b": 1})
    assert not same(np.array([1, 2]), np.array([1.0, 2.0]))
    assert same(np.array(["a", None], dtype=object), np.array(["a", None], dtype=object))


def refusals():
    broken = replace(cq.steady_state(DRIVEN), certificate=Certificate((Check("residual", 1.0, 1e-9, "it is small"),)))
    return broken, [
        cq.NotConverged("`method` must converge, but it does not (got 1)", broken),
        cq.NotEnoughData("`times` must reach on, but they do not (got 1)", {"estimate": broken}),
        cq.NotConverged("nothing worth having"),
    ]


def test_refusals_bring_what_they_carry():
    for error in refusals()[1]:
        for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error), copy.copy(error)):
            assert type(again) is type(error)
            assert str(again) == str(error)
            assert vars(again) == vars(error)


def test_through_a_process():
    """What is raised in a worker arrives as it is, and so do results of every class."""
    broken, _ = refusals()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        answers = [pool.submit(copy.copy, made(name)) for name in RESULTS]
        refused = pool.submit(cq.SteadyState.certified, broken)
        for name, answer in zip(RESULTS, answers, strict=True):
            assert answer.result(120).certificate.holds, name
        with pytest.raises(cq.NotConverged, match="residual") as caught:
            refused.result(120)
    assert caught.value.solution == broken
