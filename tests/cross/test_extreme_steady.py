"""Steady states far from ordinary numbers: nothing that is reported lies outside its own bound.

The truth comes from `oracle`, in ball arithmetic; the models from `extreme`.
"""

from dataclasses import replace

import numpy as np
import pytest

import caloriq as cq
from driven import REFERENCE
from extreme import SEED, Tally, cases, chain, random_models, thermal
from oracle import truth
from oracle_wire import wire_current

NAMED = cases()
FLOWS = ("currents", "heat_currents", "excitation_currents", "populations", "entropy_production")
VALUE = 1e-6  # relative error of what is given as a value
REFUSED = 0.02  # share of the random models that may be refused


def assert_right(state, exact, names=FLOWS):
    """Every number within its own bound, and right to a millionth of itself; where it is nothing, within its bound."""
    wrong = Tally()
    wrong.compare(state, "")
    assert not wrong.wrong, wrong.wrong
    for name in names:
        expected, room = exact.floats(name), np.asarray(state.bounds[name])
        size = np.where(np.isfinite(expected), np.abs(expected), 0.0)
        allowed = np.where(size < 1e-70, room, VALUE * size)
        assert not exact.outside(name, getattr(state, name), allowed)


@pytest.mark.parametrize("name", NAMED)
def test_named(name):
    model = NAMED[name].model
    assert_right(cq.steady_state(model), truth(model))


def scanned(count, *, method="auto", seed=SEED):
    tally = Tally()
    for number, model in enumerate(random_models(count, seed=seed)):
        tally.add(model, f"model {number}", method=method)
    print(f"\n{count} random models: {tally}")
    return tally


def check(tally, count):
    assert not tally.wrong, "\n".join(tally.wrong)
    assert tally.counts["solved"] >= 0.9 * count
    assert tally.refused <= REFUSED, str(tally)


def test_random_models():
    check(scanned(200), 200)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_many_random_models():
    check(scanned(2000), 2000)


@pytest.mark.parametrize(
    "method",
    [cq.TwoPoint(), cq.ClosedForm(), cq.Sector(), cq.Full(), cq.OneExcitation()],
    ids=lambda method: type(method).__name__,
)
def test_no_method_is_wrong(method):
    """Asked for by name a method may refuse more, but what it gives is as true."""
    tally = scanned(60, method=method, seed=SEED + 1)
    assert not tally.wrong, "\n".join(tally.wrong)


def test_a_number_moved_by_ten_bounds_is_noticed():
    state = cq.steady_state(chain(3, thermal(1.0, 0.3), zz=0.5, dephasing=0.2))
    sound = Tally()
    sound.compare(state, "as it is")
    assert not sound.wrong
    for name, bounds in state.bounds.items():
        value, bound = np.asarray(getattr(state, name)), np.asarray(bounds)
        if name not in truth(state.model).numbers:
            continue
        for place in np.ndindex(value.shape):
            moved = value.copy()
            moved[place] += 10 * max(bound[place], 1e-16 * abs(value[place]), 1e-300)
            if moved[place] == value[place]:
                continue
            broken = Tally()
            broken.compare(replace(state, **{name: moved}), "moved")
            assert broken.counts["wrong"] == 1, name
            assert name in broken.wrong[0]


# --- models beyond the reach of the whole sector -------------------------------------------------------------------------


@pytest.mark.parametrize("injection", [1e-12, 1e-11, 1e-10])
def test_sunlight(injection):
    """Trapped per injected exciton: 0.975683 in the limit of weak light; a second one changes nothing at these rates."""
    model = cq.fmo(injection=injection)
    state, one = cq.steady_state(model), truth(model, most=1)
    into = state.excitation_currents
    assert -into[1] / into[0] == pytest.approx(0.975682823, rel=1e-6)
    for name in ("excitation_currents", "populations", "currents"):
        expected = one.floats(name)
        assert not one.outside(name, getattr(state, name), 1e-6 * np.abs(expected)), name


@pytest.mark.parametrize("sites", [60, pytest.param(100, marks=pytest.mark.slow)])
def test_localised_chain(sites):
    """Currents of 1e-13 and 4e-19 and less: values to their own digits, or upper limits that hold."""
    frequency = 1 + 6 * np.random.default_rng(0).random(sites)
    model = cq.SpinChain(sites=sites, hopping=1.0, frequency=frequency, baths=REFERENCE)
    exact = float(wire_current(model, bits=1024 if sites == 60 else 2048))
    state = cq.steady_state(model)
    for name in ("currents", "excitation_currents"):
        value, bound = np.abs(getattr(state, name)), state.bounds[name]
        assert np.all(np.abs(value - exact) <= bound + 1e-15 * exact)
    assert np.all(state.bounds["currents"] <= 1e-12)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_weak_baths_of_six_sites():
    model = chain(6, thermal(1.0, 0.0, 1e-4), zz=0.5)
    assert_right(cq.steady_state(model), truth(model))


@pytest.mark.parametrize("sites", [6, 8])
@pytest.mark.parametrize("rate", [1e-3, 1e-4, 1e-5, 1e-6])
@pytest.mark.slow
def test_weak_baths_of_more_sites(rate, sites):
    """In proportion to the rate where it is small: 0.1839397206 of it, to the order of its square."""
    state = cq.steady_state(chain(sites, thermal(1.0, 0.0, rate), zz=0.5))
    assert state.currents / rate == pytest.approx(np.full(sites - 1, 0.1839397206), rel=max(1e-6, rate**2))
    assert np.all(state.bounds["currents"] <= VALUE * np.abs(state.currents))


@pytest.mark.parametrize("hot", [1e6, 1e12])
def test_disordered_ensemble_with_zz(hot):
    """Every sample of a batch against the truth of that sample."""
    disorder = (cq.Disorder(quantity="frequency", width=0.5, centre=1.0),)
    ensemble = cq.DisorderedChain(chain=chain(4, thermal(hot, 1.0), zz=0.5), disorder=disorder, samples=6, seed=2)
    found = cq.steady_state(ensemble)
    for number in range(ensemble.samples):
        exact = truth(ensemble.sample(number))
        for name in ("currents", "heat_currents", "populations"):
            values = getattr(found, name)[number]
            assert not exact.outside(name, values, VALUE * np.abs(exact.floats(name)))
