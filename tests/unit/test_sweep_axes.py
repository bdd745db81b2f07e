"""Values of parameters as files say them, and how many samples an ensemble takes."""

import math

import numpy as np
import pytest

import caloriq as cq
from caloriq.sweep.axes import Span, axes
from caloriq.sweep.definition import Until
from caloriq.sweep.ledger import DONE, FAILED, Stored
from caloriq.sweep.stopping import Stopping, standard_error
from caloriq.sweep.work import Layout
from caloriq.variables import Variable


def values(given):
    return list(axes({"x": given})[0].values[0])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([1, 2, 4], [1, 2, 4]),
        ({"start": 2, "stop": 8, "step": 2}, [2, 4, 6, 8]),
        ({"start": 2, "stop": 9, "step": 2}, [2, 4, 6, 8]),
        ({"start": 8, "stop": 2, "step": -3}, [8, 5, 2]),
        ({"start": 0.0, "stop": 0.3, "step": 0.1}, [0.0, 0.1, 0.2, 0.30000000000000004]),
        ({"start": 0.0, "stop": 1.0, "count": 3}, [0.0, 0.5, 1.0]),
        ({"start": 4, "stop": 32, "count": 4, "scale": "log", "whole": True}, [4, 8, 16, 32]),
        ({"start": 1, "stop": 3, "count": 9, "whole": True}, [1, 2, 3]),
        ([2, {"start": 4, "stop": 8, "step": 4}, 3], [2, 4, 8, 3]),
        (["gaussian", "diagonal"], ["gaussian", "diagonal"]),
        (np.array([0.5, 1.5]), [0.5, 1.5]),
        (Span(start=1, stop=3, step=1), [1, 2, 3]),
    ],
)
def test_values(given, expected):
    found = values(given)
    assert found == pytest.approx(expected) if isinstance(expected[0], float) else found == expected
    assert all(type(a) is type(b) for a, b in zip(found, expected, strict=True))


def test_logarithmic_values_have_equal_ratios_and_exact_ends():
    found = values({"start": 0.01, "stop": 10.0, "count": 7, "scale": "log"})
    assert found[0] == 0.01
    assert found[-1] == 10.0
    np.testing.assert_allclose(np.diff(np.log(found)), np.log(1000) / 6, rtol=1e-12)


def test_zipped_and_crossed():
    first, second = axes([{"levels": [10, 20], "coupling": [1.0, 0.5]}, {"seed": [1, 2, 3]}])
    assert (first.name, first.paths, first.values) == ("levels", ("levels", "coupling"), ((10, 20), (1.0, 0.5)))
    assert (second.name, len(second)) == ("seed", 3)
    repeated = axes([{"levels": [10, 10], "coupling": [1.0, 0.5]}])  # together they differ
    assert repeated[0].values[0] == (10, 10)


BAD = [
    ([], "empty"),
    (5, "list of values"),
    ("4", "list of values"),
    ([1, 1.0], "twice"),
    ([1, 2, 1], "twice"),
    ({"start": 1, "stop": 1, "step": 1}, "empty"),
    ({"start": 1, "stop": 5, "step": -1}, "empty"),
    ({"start": 1, "stop": 5}, "`x.step`"),
    ({"start": 1, "stop": 5, "step": 1, "count": 3}, "`x.step`"),
    ({"start": -1, "stop": 5, "count": 3, "scale": "log"}, "one sign"),
    ({"start": 1, "stop": 5, "step": 1, "scale": "log"}, "linear"),
    ({"start": 1, "stop": 5, "counts": 3}, "did you mean `count`"),
    ({"start": 1, "stop": 5, "count": 10**12}, "at most"),
    ({"start": 0, "stop": 1, "step": 1e-12}, "at most"),
    ({"start": float("nan"), "stop": 1, "count": 3}, "finite"),
    ([{"start": 1, "stop": 5, "step": 1}, {"start": 4, "stop": 9, "step": 2}], "overlap"),
    ([{"start": 1, "stop": 5, "step": 1}, {"start": 5, "stop": 9, "step": 2}], "overlap"),
    ([{"start": 1, "stop": 5, "step": 2}, 3], "twice"),
]


@pytest.mark.parametrize(("given", "word"), BAD)
def test_bad_values_are_refused_in_one_sentence(given, word):
    with pytest.raises(cq.InvalidInput, match=word) as refusal:
        axes({"x": given})
    assert "\n" not in str(refusal.value)
    assert "(got" in str(refusal.value)


@pytest.mark.parametrize(
    ("vary", "word"),
    [
        ([{"a": [1, 2], "b": [1]}], "one length"),
        ([{"a": [1, 1], "b": [2, 2]}], "twice"),
        ([{"a": [1]}, {"a": [2]}], "once"),
        ([{}], "mappings"),
        ({3: [1]}, "text"),
    ],
)
def test_bad_groups_are_refused(vary, word):
    with pytest.raises(cq.InvalidInput, match=word):
        axes(vary)


LAYOUT = Layout((Variable("first", ("site",), (2,)), Variable("x")), ("residual",), "method")
TRUTH = Layout((Variable("x", kind="truth"),), (), "method")


def look(stopping, some):
    """All samples up to the checkpoint, and what they decide."""
    stopping.take(some)
    stopping.decide()


def rows(numbers, layout=LAYOUT):
    lead = [0.0, 0.0] if layout is LAYOUT else []
    packed = [np.array([*lead, float(x), 0.0, 1.0]) if layout is LAYOUT else np.array([float(x)]) for x in numbers]
    return [Stored(DONE, layout, one.tobytes(), None, 0.0) for one in packed]


def test_mean_and_error_are_those_of_numpy_whatever_the_rounds():
    numbers = np.random.default_rng(1).normal(3.0, 2.0, 1000)
    found = Stopping(Until(quantity="x", error=1e-9, least=10), 1000)
    while not found.finished:
        look(found, rows(numbers[found.seen : found.target]))
    estimate = found.estimate
    assert estimate.samples == 1000
    assert estimate.mean == pytest.approx(numbers.mean(), rel=1e-13)
    assert estimate.error == pytest.approx(numbers.std(ddof=1) / np.sqrt(1000), rel=1e-12)
    assert not estimate.reached


def test_it_stops_at_the_first_checkpoint_that_meets_the_bound():
    numbers = np.random.default_rng(2).normal(3.0, 2.0, 5000)
    found, ends = Stopping(Until(quantity="x", error=0.05, least=100), 5000), []
    while not found.finished:
        look(found, rows(numbers[found.seen : found.target]))
        ends.append(found.seen)
    errors = [numbers[:n].std(ddof=1) / np.sqrt(n) for n in ends]
    assert all(e > 0.05 for e in errors[:-1])
    assert errors[-1] <= 0.05
    assert all(n % 100 == 0 for n in ends)
    assert found.estimate.reached
    relative = Stopping(Until(quantity="x", relative=0.05 / 3, least=100), 5000)
    while not relative.finished:
        look(relative, rows(numbers[relative.seen : relative.target]))
    assert relative.estimate.error <= 0.05 / 3 * abs(relative.estimate.mean)


def test_a_fraction_of_none_or_all_has_an_error():
    """All of 100 samples: the naive error is zero, and the ensemble would stop at once."""
    found = Stopping(Until(quantity="x", error=0.004, least=100), 10_000)
    look(found, rows([1.0] * 100, TRUTH))
    p = 102 / 104
    assert found.estimate.mean == 1.0
    assert found.estimate.error == pytest.approx(math.sqrt(p * (1 - p) / 104))
    assert not found.finished
    assert found.target > 100


def test_samples_without_an_answer_are_left_out_and_counted():
    found = Stopping(Until(quantity="x", error=10.0, least=4), 100)
    look(found, [*rows([1.0, 3.0]), Stored(FAILED, None, b"", "no", 0.0), *rows([math.nan])])
    assert (found.estimate.mean, found.estimate.failed, found.estimate.samples) == (2.0, 2, 4)
    assert found.estimate.reached
    none = Stopping(Until(quantity="x", error=10.0, least=2), 2)
    look(none, [Stored(FAILED, None, b"", "no", 0.0)] * 2)
    assert none.finished
    assert not none.estimate.reached
    assert math.isnan(none.estimate.mean)


def test_standard_errors():
    assert standard_error(1, 3.0, 0.0, truth=False) == math.inf
    assert standard_error(4, 3.0, 12.0, truth=False) == 1.0
