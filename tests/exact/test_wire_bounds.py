"""Quasi-free chains of extreme numbers: every reported number within its own bound of ball arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

import caloriq as cq
from caloriq.steady import alone, batches, two_point, wire_balls
from caloriq.steady.bounds import RELATIVE, worst_share
from caloriq.steady.contacts import contacts
from caloriq.steady.correlators import PopulationInverse, between

BALLS = cq.Direct(arithmetic="balls")
NAMES = (
    "currents", "excitation_currents", "heat_currents", "dephasing_current", "populations", "population_differences",
    "coherences", "energy",
)  # fmt: skip


def chain(sites, baths, **changes):
    return cq.SpinChain(**({"sites": sites, "hopping": 1.0, "baths": baths} | changes))


def ends(left, right):
    return cq.Bath(site=0, **left), cq.Bath(site=-1, **right)


def within(found, expected, name):
    """Whether numbers lie within their bounds, and those of what they are held against."""
    error = np.abs(np.asarray(getattr(found, name)) - np.asarray(getattr(expected, name)))
    return bool(np.all(error <= found.bounds[name] + expected.bounds[name]))


HOT, WARM = {"temperature": 1e8, "rate": 1.0}, {"temperature": 1.0, "rate": 1.0}
CASES = {
    "hot, uneven": chain(4, ends(HOT, WARM), frequency=[1, 1.2, 0.9, 1.1]),
    "hot, uneven, dephased": chain(4, ends(WARM, HOT), frequency=[1, 1.2, 0.9, 1.1], dephasing=[0.1, 0, 0.2, 0]),
    "both fast": chain(2, ends({"temperature": 1.0, "rate": 1e8}, {"temperature": 0.0, "rate": 1e8})),
    "both fast, detuned": chain(
        2, ends({"temperature": 1.0, "rate": 1e8}, {"temperature": 0.0, "rate": 1e8}), frequency=[1.0, 1.5]
    ),
    "hot beside empty": chain(3, ends(HOT, {"temperature": 0.0, "rate": 1.0}), dephasing=0.1),
    "hot beside empty, uneven": chain(3, ends(HOT, {"temperature": 0.0, "rate": 1.0}), dephasing=0.1, hopping=[1, 1.1]),
    "gains 1e-12 apart": chain(4, ends({"gain": 1.0, "loss": 2.0}, {"gain": 1.0 + 1e-12, "loss": 2.0}), frequency=[1, 2, 1, 1]),
    "losses 1e-16 apart": chain(3, ends({"gain": 0.1, "loss": 0.3}, {"gain": 0.1, "loss": np.nextafter(0.3, 1)}), hopping=[1, 2]),
    "temperatures 1e-8 apart": chain(3, ends({"temperature": 1 + 1e-8, "rate": 1.0}, WARM), hopping=[1, 2]),
    "nearly cut": chain(4, ends(WARM, {"temperature": 0.0, "rate": 1.0}), hopping=1e-6, frequency=[1, 1 + 1e-7, 1, 1]),
    "weak contacts": chain(3, ends({"gain": 1e-9, "loss": 2e-9}, {"gain": 0.0, "loss": 1e-7}), frequency=[1, 2, 3]),
    "two on one site": chain(
        3, (cq.Bath(site=0, **HOT, name="a"), cq.Bath(site=0, **WARM, name="b"), cq.Bath(site=-1, **WARM, name="c")), hopping=[1, 2]
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("method", ["auto", cq.TwoPoint()])
def test_hard_cases(case, method):
    found, expected = cq.steady_state(CASES[case], method=method), cq.steady_state(CASES[case], method=BALLS)
    for name in (*NAMES, "entropy_production", "jump_entropy_production"):
        if np.all(np.isfinite(np.asarray(getattr(expected, name)))):
            assert within(found, expected, name), name
    for name in ("currents", "excitation_currents", "heat_currents"):
        size = np.abs(getattr(found, name))
        assert np.all(found.bounds[name][size > 0] <= RELATIVE * size[size > 0]), name


def test_values():
    two = cq.steady_state(CASES["both fast"], method=cq.TwoPoint())
    left, right = 1e8 / np.tanh(0.5), 1e8
    J = 4 * left * right / (np.e + 1) / ((left + right) * (4 + left * right))
    np.testing.assert_allclose(two.heat_currents, [J, -J], rtol=1e-14)
    hot = cq.steady_state(CASES["hot beside empty"])
    np.testing.assert_allclose(hot.heat_currents, [1.0e-8, -1.0e-8], rtol=1e-6)
    near = cq.steady_state(CASES["temperatures 1e-8 apart"].model_copy(update={"hopping": 1.0, "dephasing": 0.0}))
    assert near.entropy_production > 0
    assert near.second_law


def extreme(rng):
    """A chain whose numbers lie up to twelve decades apart."""
    N, span = int(rng.integers(2, 7)), rng.choice([1.0, 3.0, 6.0])

    def size(low=-span, high=span):
        return float(10.0 ** rng.uniform(low, high))

    def bath(site):
        kind = rng.integers(3)
        if kind == 0:
            return cq.Bath(site=site, temperature=rng.choice([0.0, 1.0, 1e3]) * size(0, 5), rate=size())
        if kind == 1:
            return cq.Bath(site=site, occupation=rng.choice([0.0, 1.0]) * size(-6, 8), rate=size())
        gain = size()
        return cq.Bath(site=site, gain=gain, loss=gain * float(rng.choice([0.0, 1.0, 1 + 1e-12, size(-3, 3)])))

    frequency = size() * rng.uniform(0.5, 1.5, N) if rng.random() < 0.7 else 1.0
    dephasing = rng.choice([0.0, size()]) * (rng.random(N) if rng.random() < 0.6 else rng.random(N) < 0.5)
    hopping = size() * np.array([size(-span / 3, span / 3) for _ in range(N - 1)])
    return cq.SpinChain(sites=N, hopping=hopping, frequency=frequency, dephasing=dephasing, baths=(bath(0), bath(-1)))


def scan(seed, count, monkeypatch):
    """Models whose numbers are all within their bounds, and how many of them double precision proves."""
    rng, proved, tried = np.random.default_rng(seed), 0, 0
    applies = wire_balls.applies
    while tried < count:
        try:
            model = extreme(rng)
        except cq.InvalidInput:  # a temperature that no rate can say
            continue
        baths = contacts(model)
        wire = between(model, baths)
        monkeypatch.setattr(wire_balls, "applies", lambda _: False)
        found, _, _ = two_point.measured(model, baths, wire)
        monkeypatch.setattr(wire_balls, "applies", applies)
        exact = two_point.proved(model, baths, wire)
        assert exact is not None
        assert worst_share(model, exact) <= RELATIVE, model
        for name in NAMES:
            one, other = getattr(found, name), getattr(exact, name)
            error = np.abs(np.asarray(one.value) - np.asarray(other.value))
            assert np.all(error <= np.asarray(one.bound) + np.asarray(other.bound)), (name, model)
        proved += worst_share(model, found) <= RELATIVE
        tried += 1
    return proved


def test_extreme_chains_within_their_bounds(monkeypatch):
    assert scan(11, 40, monkeypatch) >= 30


@pytest.mark.slow
def test_many_extreme_chains_within_their_bounds(monkeypatch):
    assert scan(12, 1500, monkeypatch) >= 1200


@pytest.mark.parametrize("seed", range(3))
def test_balls_agree_with_the_sector(seed):
    """The two-point balls against the whole density matrix in balls, another set of equations."""
    rng, tried = np.random.default_rng(seed), 0
    while tried < 4:
        try:
            model = extreme(rng)
        except cq.InvalidInput:
            continue
        if model.sites > 3:
            continue
        tried += 1
        baths = contacts(model)
        ours, theirs = two_point.proved(model, baths, between(model, baths)), cq.steady_state(model, method=BALLS)
        for name in NAMES:
            number = getattr(ours, name)
            error = np.abs(np.asarray(number.value) - np.asarray(getattr(theirs, name)))
            assert np.all(error <= np.asarray(number.bound) + theirs.bounds[name]), (name, model)


@pytest.mark.parametrize(("sites", "width"), [(24, 24.0), (30, 0.5), (37, 2.0), (40, 11.0)])
@pytest.mark.parametrize("mirror", [False, True])
def test_localised_chains_within_their_bounds(sites, width, mirror, monkeypatch):
    """Modes that decay by 1e-70: currents keep their digits, and nothing leaves its bound."""
    rng = np.random.default_rng(sites)
    frequency = 1 + width * rng.random(sites)
    if mirror:  # resonant pairs
        frequency[sites // 2 :] = frequency[: sites - sites // 2][::-1]
    model = chain(sites, ends({"gain": 0.3, "loss": 7.0}, {"gain": 0.0, "loss": 0.2}), frequency=frequency)
    baths = contacts(model)
    wire = between(model, baths)
    applies = wire_balls.applies
    monkeypatch.setattr(wire_balls, "applies", lambda _: False)
    found, _, _ = two_point.measured(model, baths, wire)
    monkeypatch.setattr(wire_balls, "applies", applies)
    exact = two_point.proved(model, baths, wire)
    for name in NAMES:
        one, other = getattr(found, name), getattr(exact, name)
        error = np.abs(np.asarray(one.value) - np.asarray(other.value))
        assert np.all(error <= np.asarray(one.bound) + np.asarray(other.bound)), name
    # how sharp the measured bound is depends on the processor's own rounding; where it is not enough, balls take over
    solved = cq.steady_state(model, method=cq.TwoPoint())
    assert np.all(solved.bounds["currents"] <= RELATIVE * np.abs(solved.currents))


@pytest.mark.parametrize("sites", [60, 100])
def test_localised_currents_have_their_digits(sites):
    """1e-16 and less: certified to themselves, not to the rates."""
    rng = np.random.default_rng(1)
    model = chain(sites, ends(WARM, {"temperature": 0.0, "rate": 1.0}), frequency=1 + 6 * rng.random(sites))
    found = cq.steady_state(model, method=cq.TwoPoint())
    exact = two_point.proved(model, contacts(model), between(model, contacts(model)))
    assert 0 < found.current < 1e-7
    assert found.bounds["currents"].max() <= 1e-8 * found.current
    assert abs(found.current - exact.currents.value[0]) <= found.bounds["currents"][0] + exact.currents.bound[0]


def test_a_wrong_correction_is_no_proof(monkeypatch):
    """What is handed in wrong and not corrected is refused: the bounds see it."""
    good = PopulationInverse.driven

    def spoilt(self, source):
        C = good(self, source)
        C[3, 4] += 1e-3
        C[4, 3] += 1e-3
        return C

    monkeypatch.setattr(PopulationInverse, "driven", spoilt)
    monkeypatch.setattr(PopulationInverse, "solve", lambda self, source: np.zeros_like(source))
    rng = np.random.default_rng(0)
    model = chain(50, ends(WARM, {"temperature": 0.0, "rate": 1.0}), dephasing=0.3, frequency=1 + rng.random(50))
    with pytest.raises(cq.NotConverged) as refused:
        cq.steady_state(model)
    monkeypatch.undo()
    right = cq.steady_state(model)
    for name in NAMES:
        assert within(refused.value.solution, right, name), name


@pytest.mark.parametrize(
    ("baths", "changes"),
    [
        (ends(WARM, {"temperature": 0.0, "rate": 1.0}), {"dephasing": 0.1}),
        (ends({"temperature": 0.3, "rate": 1e3}, HOT), {"dephasing": 0.1}),
        (ends({"gain": 0.3, "loss": 1 + 1e-12}, {"gain": 0.3, "loss": 1.0}), {"sites": 2}),
        (ends(WARM, {"temperature": 0.0, "rate": 1e-6}), {"hopping": 1e-2}),
        ((cq.Bath(site=1, **WARM),), {}),
    ],
)
def test_every_sample_has_its_bounds(baths, changes):
    one = chain(**({"sites": 4, "baths": baths} | changes))
    model = cq.DisorderedChain(chain=one, disorder=(cq.Disorder(quantity="frequency", width=1.0),), samples=12, seed=3)
    found = cq.steady_state(model)
    assert "batched" in found.method.name
    for i in range(12):
        alone = cq.steady_state(model.sample(i))
        for name in found.bounds:
            other = "dephasing_current" if name == "dephasing_currents" else name
            error = np.abs(getattr(found, name)[i] - getattr(alone, other))
            assert np.all(error <= found.bounds[name][i] + alone.bounds[other]), name
    if len(baths) == 2:
        assert np.all(found.bounds["currents"] <= RELATIVE * np.abs(found.currents))


def test_most_samples_are_proved_together(monkeypatch):
    """Sites and bonds of the size of the baths: what dephasing takes is what the baths bring, with their small bounds."""
    taken, one_by_one = [], batches._alone

    def counted(*arguments):
        taken.append(arguments[4])
        one_by_one(*arguments)

    monkeypatch.setattr(batches, "_alone", counted)
    disorder = tuple(cq.Disorder(quantity=of, width=1.0, centre=0.5) for of in ("frequency", "hopping"))
    one = chain(5, ends(WARM, {"temperature": 0.0, "rate": 1.0}), dephasing=1.0)
    model = cq.DisorderedChain(chain=one, disorder=disorder, samples=1000, seed=1)
    found = cq.steady_state(model)
    assert len(taken) < 20  # 1.1 %, where the coherences' own bounds left 4.3 %
    for i in range(0, 1000, 10):
        exact = alone.solved(model.sample(i), "two-point")
        for name, (value, bound) in zip(batches.BOUNDED, exact, strict=False):
            error = np.abs(getattr(found, name)[i] - value)
            assert np.all(error <= found.bounds[name][i] + bound), (i, name)
