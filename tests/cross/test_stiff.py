"""Stiff driven chains in time: every number within its own bound of an independent solution in ball arithmetic."""

import math

import numpy as np
import pytest

import caloriq as cq
from caloriq.steady import integrate
from caloriq.steady.equations import Equations
from caloriq.steady.relax import result
from driven import REFERENCE, uniform
from moving import outside
from testers import assert_close

ENDS = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.5, rate=1.0))
FAST = (cq.Bath(site=0, temperature=1.0, rate=1e3), cq.Bath(site=-1, temperature=0.5, rate=1e3))
STIFF = {
    "dephasing 1e3": cq.SpinChain(sites=3, hopping=1.0, dephasing=1e3, baths=ENDS),
    "dephasing 1e4": cq.SpinChain(sites=3, hopping=1.0, dephasing=1e4, baths=ENDS),
    "baths 1e3": cq.SpinChain(sites=3, hopping=1.0, zz=0.5, baths=FAST),
    "all decades": cq.SpinChain(
        sites=3,
        hopping=[1e-3, 2.0],
        dephasing=[0.0, 1e12, 1e-6],
        frequency=[1.0, 1.5, 0.8],
        baths=(cq.Bath(site=0, temperature=1.0, rate=1e-6), cq.Bath(site=-1, temperature=0.0, rate=1e12)),
    ),
}


def by(route, model, times, *, closed=False, initial=None):
    """One way of integration, whatever would be chosen."""
    equations, start, t = Equations(model, closed), initial or cq.starts.product(), np.asarray(times, dtype=float)
    path = integrate.follow(integrate.Route(route, route, True), equations, start, t, lambda done: None)
    return result(equations, start, t, path, cq.TwoPoint() if closed else cq.Sector(), route, 0.0)


@pytest.mark.parametrize("name", STIFF)
@pytest.mark.parametrize("method", ["auto", cq.Sector()], ids=["auto", "sector"])
def test_stiff_chains_take_a_few_squarings(name, method):
    times = [1.0, 100.0, 1e12] if name == "all decades" else [1e-3, 1.0, 100.0]
    model = STIFF[name]
    found = cq.evolve(model, times, initial=cq.starts.product([0.2, 0.9, 0.4]), method=method)
    stiffness = integrate.rate_of(Equations(model, False)) * times[-1]
    assert found.method.statistics["squarings"] <= math.log2(stiffness) + 5
    assert "derivatives" not in found.method.statistics
    assert "powers of the propagator" in found.method.reason
    assert outside(found, times, [0.2, 0.9, 0.4], BITS) <= 1


@pytest.mark.parametrize("name", list(STIFF)[:3])
def test_late_times_are_the_steady_state(name):
    model = STIFF[name]
    end, found = cq.steady_state(model), cq.evolve(model, [1e7], method=cq.Sector())
    for one in ("populations", "currents", "heat_currents", "excitation_currents", "entropy_production"):
        room = found.bounds[one][-1] + end.bounds[one]
        assert np.all(np.abs(getattr(found, one)[-1] - getattr(end, one)) <= room), one
        assert np.all(found.bounds[one] <= 1e-9 * np.abs(getattr(found, one))), one


def test_a_small_temperature_difference_keeps_its_entropy_production():
    near = (cq.Bath(site=0, temperature=1 + 1e-8, rate=1.0), cq.Bath(site=-1, temperature=1.0, rate=1.0))
    model = cq.SpinChain(sites=2, hopping=1.0, baths=near)
    found = cq.evolve(model, [400.0], method=cq.Sector())
    end = cq.steady_state(model)
    room = found.bounds["entropy_production"][0] + end.bounds["entropy_production"]
    assert found.entropy_production[0] == pytest.approx(9.80016e-18, rel=1e-6)
    assert abs(found.entropy_production[0] - end.entropy_production) <= room


def test_entropy_production_is_infinite_or_not_known_but_never_wrong():
    """A pure start, baths at T = 0 and of gain alone: no warning, infinities only where heat flows or zeros grow."""
    cold = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))
    found = cq.evolve(cq.SpinChain(sites=2, hopping=1.0, zz=0.3, baths=cold), [0.0, 1e-3, 1.0, 50.0])
    assert np.all(found.entropy_production == np.inf)
    both = (cq.Bath(site=0, gain=1.0, loss=0.0), cq.Bath(site=-1, gain=0.0, loss=1.0))
    driven = cq.evolve(cq.SpinChain(sites=2, hopping=1.0, zz=0.3, baths=both), [0.0, 1.0, 50.0])
    assert not np.any(driven.entropy_production < 0)
    empty = (cq.Bath(site=0, temperature=0.0, rate=1.0), cq.Bath(site=-1, temperature=0.0, rate=1.0))
    rest = cq.evolve(cq.SpinChain(sites=2, hopping=1.0, zz=0.3, baths=empty), [0.0, 1.0, 5.0])
    assert np.all(rest.entropy_production == 0)
    falling = cq.evolve(cq.SpinChain(sites=2, hopping=1.0, baths=empty), [0.0, 1.0], initial=cq.starts.product(0.5))
    assert np.all(falling.entropy_production == np.inf)


MODERATE = {
    "two-point": (cq.SpinChain(sites=4, hopping=[1.0, 0.5, 2.0], dephasing=[30.0, 0, 5.0, 1.0], baths=ENDS), True),
    "sector": (cq.SpinChain(sites=3, hopping=1.0, zz=0.7, dephasing=20.0, frequency=[1, 2, 1.5], baths=ENDS), False),
}


@pytest.mark.parametrize("name", MODERATE)
def test_all_ways_agree_within_their_bounds(name):
    model, closed = MODERATE[name]
    times = [0.0, 0.01, 1.0, 7.0]
    exact = by("balls", model, times, closed=closed, initial=cq.starts.product(0.3))
    assert exact.certificate.holds
    for route in ("doubles", "explicit", "finer", "implicit"):
        other = by(route, model, times, closed=closed, initial=cq.starts.product(0.3))
        assert other.certificate.holds, route
        for one in ("populations", "currents", "excitation_currents", "heat_currents", "dephasing_current", "energy"):
            apart = np.abs(getattr(exact, one) - getattr(other, one))
            assert np.all(apart <= exact.bounds[one] + other.bounds[one]), (route, one)


def test_complex_couplings_and_given_states():
    """The two-point set in any gauge, and a start that is the steady state of another chain."""
    g = np.zeros((4, 4), dtype=complex)
    g[0, 1], g[1, 2], g[2, 3] = 1 + 2j, -0.5j, 0.7
    model = cq.SpinChain(sites=4, couplings=g + g.conj().T, frequency=[1, 1.3, 0.9, 1], dephasing=1e3, baths=ENDS)
    other = model.model_copy(update={"dephasing": 0.0})
    two, whole = cq.steady_state(other, method=cq.TwoPoint()), cq.steady_state(other, method=cq.Sector())
    one = cq.evolve(model, [0.0, 1.0, 1e6], initial=two, method=cq.TwoPoint())
    many = cq.evolve(model, [0.0, 1.0, 1e6], initial=whole, method=cq.Sector())
    assert_close(one.populations[0], two.populations, 1e-12)
    for name in ("populations", "heat_currents", "currents"):
        room = one.bounds[name] + many.bounds[name] + 1e-11  # the two starts differ by their own rounding
        assert np.all(np.abs(getattr(one, name) - getattr(many, name)) <= room), name
    end = cq.steady_state(model)
    assert np.all(np.abs(one.currents[-1] - end.currents) <= one.bounds["currents"][-1] + end.bounds["currents"])


BITS = 640  # of the oracle


def random_stiff(rng, top):
    """Rates, couplings and times over decades, and a start."""
    N = int(rng.integers(2, 4))

    def decade(low, high):
        return float(10 ** rng.uniform(low, high))

    def temperature():
        return 0.0 if rng.random() < 0.2 else decade(-1, 6)

    baths = [cq.Bath(site=0, temperature=temperature(), rate=decade(-6, top))]
    if rng.random() < 0.8:
        baths.append(cq.Bath(site=-1, temperature=temperature(), rate=decade(-6, top)))
    model = cq.SpinChain(
        sites=N,
        hopping=[decade(-3, 3) for _ in range(N - 1)],
        zz=[decade(-3, 3) if rng.random() < 0.4 else 0.0 for _ in range(N - 1)],
        dephasing=[decade(-6, top) if rng.random() < 0.7 else 0.0 for _ in range(N)],
        frequency=rng.uniform(0.5, 2.0, N),
        baths=baths,
    )
    times = sorted(decade(-3, top) for _ in range(3))
    return model, times, rng.uniform(0, 1, N).tolist()


def scan(samples, seed):
    worst = 0.0
    for rng in np.random.default_rng(seed).spawn(samples):
        model, times, n = random_stiff(rng, 12)
        found = cq.evolve(model, times, initial=cq.starts.product(n))
        worst = max(worst, outside(found, times, n, 1024))
    return worst


def test_scan_of_stiff_chains():
    """None is refused, and none is outside its bound."""
    assert 0 < scan(12, 1) <= 1


@pytest.mark.slow
def test_scan_of_many_stiff_chains():
    assert 0 < scan(120, 2) <= 1


def measured_errors(samples, seed):
    worst, refused = 0.0, 0
    for rng in np.random.default_rng(seed).spawn(samples):
        model, times, n = random_stiff(rng, 3)
        found = by("doubles", model, times, initial=cq.starts.product(n))
        refused += not found.certificate.holds
        worst = max(worst, outside(found, times, n, 512))
    return worst, refused


def test_measured_errors_of_double_precision_hold():
    """Where balls would be too large the errors are measured: on small chains they can be held against the truth."""
    worst, refused = measured_errors(12, 3)
    assert 0 < worst <= 1
    assert refused <= 5


@pytest.mark.slow
def test_many_measured_errors_of_double_precision_hold():
    worst, refused = measured_errors(120, 4)
    assert 0 < worst <= 1
    assert refused <= 50


@pytest.mark.parametrize(
    ("model", "last", "route"),
    [
        (uniform(3), 0.01, "powers of the propagator in ball arithmetic"),
        (uniform(5, zz=0.5), 0.1, "explicit steps"),
        (uniform(4, zz=0.5), 10.0, "powers of the propagator in double precision"),
        (uniform(4, 1e4, zz=0.5), 1.0, "powers of the propagator in double precision"),
        (uniform(4, 1e4, zz=0.5), 1e6, "powers of the propagator in ball arithmetic"),
        (uniform(40), 1.0, "explicit steps"),
        (uniform(40, 1e4), 100.0, "implicit steps"),
        (uniform(7, 1e4, zz=0.5), 100.0, "implicit steps"),
    ],
)
def test_the_way_is_chosen_by_size_and_stiffness(model, last, route):
    equations = Equations(model, not model.interacting)
    assert integrate.routes(equations, np.array([last]))[0].reason.startswith(route)


def test_a_long_stiff_wire_by_implicit_steps():
    """1156 equations, rates of 10⁴: late, the steady state; early, what explicit steps give."""
    model = cq.SpinChain(sites=34, hopping=30.0, dephasing=1e4, baths=REFERENCE)
    found = cq.evolve(model, [1e-2, 1e5])
    assert found.method.statistics["factorisations"] < 400
    end = cq.steady_state(model, method=cq.TwoPoint())
    assert np.all(np.abs(found.populations[-1] - end.populations) <= found.bounds["populations"][-1] + 1e-11)
    early = by("explicit", model, [1e-2], closed=True)
    assert_close(found.populations[0], early.populations[0], 1e-9)


def test_what_would_take_days_is_refused():
    with pytest.raises(cq.InvalidInput, match="`times` must be reached within a day"):
        cq.evolve(uniform(10, 1e8, zz=0.5), [1e8])
    g = cq.SpinChain(sites=2, hopping=1.0, baths=(cq.Bath(site=0, temperature=1.0, rate=1e200),))
    assert cq.evolve(g, [1e200]).certificate.holds  # 1300 squarings
