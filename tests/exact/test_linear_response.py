"""Linear response of driven chains: beside what is known exactly, and by its two routes."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.steady.first_order import first_order
from caloriq.transport.linear_response.pieces import driven, extrapolated, gradient, separated
from caloriq.transport.linear_response.solve import linear_response
from testers import assert_close

XXZ = cq.SpinChain(sites=6, hopping=0.5, zz=0.75)


def up(sites):
    found = np.zeros(sites)
    found[0], found[-1] = 1.0, -1.0
    return found


@pytest.mark.parametrize("dephasing", [0.0, 0.7])
@pytest.mark.parametrize("rate", [0.3, 2.0])
def test_free_chains_by_their_closed_form(rate, dephasing):
    """J is linear in μ: g²γ₁γ_N… with γ = Γ and s₁ - s_N = μ."""
    g = 0.8
    chain = cq.SpinChain(sites=6, hopping=g, dephasing=dephasing)
    found = cq.linear_response(chain, rates=[rate], sizes=[4, 5, 6, 8])
    bonds = found.sizes - 1
    resistance = 2 / rate + rate / (2 * g**2) + bonds * dephasing / (2 * g**2)
    assert_close(found.resistance[0], resistance, 1e-10)
    assert_close(found.extrapolated, found.first_order, 1e-10)
    assert np.abs(found.nonlinearity).max() < 1e-9
    assert found.contact[0] == pytest.approx(2 / rate + rate / (2 * g**2), rel=1e-9)
    assert found.resistivity[0] == pytest.approx(dephasing / (2 * g**2), abs=1e-9)
    if dephasing:
        assert found.bulk()[0] == pytest.approx(2 * g**2 / dephasing, rel=1e-8)
        assert found.diffusivity[0, -1] == pytest.approx(2 * g**2 / dephasing, rel=1e-8)
    else:
        with pytest.raises(cq.NotEnoughData, match=r"`sizes` must show the resistance of the bonds"):
            found.bulk()


@pytest.mark.parametrize("sites", [4, 6, 7])
@pytest.mark.parametrize("zz", [0.25, -1.5])
def test_first_order_is_the_limit_of_small_drives(sites, zz):
    chain = cq.SpinChain(sites=sites, hopping=0.5, zz=zz, dephasing=0.1)
    exact = first_order(driven(chain, 0.7, 0.0), up(sites))
    drive = 1e-3
    state = cq.steady_state(driven(chain, 0.7, drive), method=cq.Sector(tol=1e-14))
    assert_close(exact.currents.value, state.currents / drive, 1e-5)
    assert_close(exact.populations.value, (state.populations - 0.5) / drive, 1e-5)
    assert exact.residual < 1e-10


def test_first_order_of_a_chain_without_symmetry():
    chain = cq.SpinChain(sites=5, hopping=[0.5, 0.7, 0.4, 0.6], zz=0.8, frequency=[0.1, 0.9, 0.4, -0.3, 0.6])
    found = cq.linear_response(chain, rates=[0.5, 1.0])
    # its current is not odd, so that the odd part of two drives is taken
    drive, method = 0.2, cq.Direct()
    one, other = (cq.steady_state(driven(chain, 0.5, m), method=method).current for m in (drive, -drive))
    assert abs(one + other) > 1e-6
    assert found.currents[0, 0, -1] == pytest.approx((one - other) / 2, abs=1e-13)
    assert np.all(np.abs(found.extrapolated - found.first_order) <= found.extrapolated_error)
    assert "even part of the current" not in [check.name for check in found.certificate]


@pytest.mark.parametrize("rate", [0.1, 1.0, 8.0])
@pytest.mark.parametrize("zz", [0.25, 0.5, 1.5])
def test_errors_of_the_extrapolation_hold(zz, rate):
    chain = cq.SpinChain(sites=5, hopping=0.5, zz=zz)
    found = cq.linear_response(chain, rates=[rate], sizes=[4, 5, 6])
    assert np.all(np.abs(found.extrapolated - found.first_order) <= found.extrapolated_error)
    assert found.extrapolated_error.max() < 0.01 * found.conductance.min()


def test_contacts_reach_into_short_chains():
    found = cq.linear_response(XXZ, rates=[0.25, 1.0], sizes=[4, 6, 8])
    assert found.diffusivity[0, -1] < found.diffusivity[1, -1]
    (note,) = found.notes()
    assert note.startswith("D of 8 sites depends on the bath coupling")
    assert found.grade == "measured"


def test_without_first_order_it_is_extrapolated():
    found = cq.linear_response(XXZ, rates=[1.0], first_order_to=2)
    assert found.grade == "extrapolated"
    assert np.isnan(found.first_order).all()
    assert_close(found.conductance, found.extrapolated, 0.0)
    both = cq.linear_response(XXZ, rates=[1.0])
    assert abs(both.conductance - found.conductance) < found.conductance_error


def test_routes_that_disagree_are_refused(monkeypatch):
    from caloriq.transport.linear_response import first

    def wrong(model, share):
        right = first_order(model, share)
        return right.__class__(right.currents._replace(value=1.01 * right.currents.value), *_rest(right))

    def _rest(right):
        return right.populations, right.residual, right.products

    monkeypatch.setattr(first, "first_order", wrong)
    with pytest.raises(cq.NotConverged, match="two routes apart"):
        linear_response(XXZ, rates=[1.0])


def test_currents_known_too_badly_are_refused(monkeypatch):
    from dataclasses import replace
    from types import MappingProxyType

    from caloriq.transport.linear_response import solve

    def rough(model, **options):
        state = cq.steady_state(model, **options)
        wide = np.full_like(state.currents, 0.05 * abs(state.current))
        return replace(state, bounds=MappingProxyType({**state.bounds, "currents": wide}))

    monkeypatch.setattr(solve, "steady_state", rough)
    with pytest.raises(cq.NotConverged, match="error of the conductance"):
        linear_response(XXZ, rates=[1.0], first_order_to=2)
    # the equation of first order does not need them
    assert linear_response(XXZ, rates=[1.0]).grade == "measured"


def test_odd_polynomials_are_extrapolated_exactly():
    drives = np.array([0.1, 0.2, 0.4])
    limit = extrapolated(drives, 3.0 - 2.0 * drives**2 + 5.0 * drives**4, np.zeros(3))
    assert limit.value == pytest.approx(3.0, abs=1e-13)
    assert limit.error > 0
    assert limit.curvature == pytest.approx(-2.0, abs=0.06)


def test_errors_of_the_currents_are_carried_along():
    drives, slopes = np.array([0.1, 0.2]), np.array([1.0, 1.0])
    assert extrapolated(drives, slopes, np.array([0.1, 0.0])).error == pytest.approx(0.1 * 4 / 3)
    assert extrapolated(drives, slopes, np.array([0.0, 0.1])).error == pytest.approx(0.1 / 3)


def test_gradient_of_a_line_has_no_error():
    found, error = gradient(0.5 - 0.07 * np.arange(9), np.zeros(9))
    assert found == pytest.approx(-0.07, abs=1e-15)
    assert error < 1e-15
    bent, error = gradient(0.5 - 0.07 * np.arange(9) - 1e-3 * (np.arange(9) - 4.0) ** 3, np.zeros(9))
    assert error > 1e-3
    assert bent < -0.07


def test_a_line_over_the_lengths():
    N = np.array([4, 6, 9])
    line = separated(N, 2.0 + 0.5 * (N - 1), np.zeros(3))
    assert line.contact == pytest.approx(2.0)
    assert line.bond == pytest.approx(0.5)
    assert line.misfit < 1e-14
    bent = separated(N, 2.0 + 0.5 * (N - 1) ** 2.0, np.zeros(3))
    assert bent.bond_error > 0.1 * bent.bond


FMO = cq.fmo(injection=1.0, trapping=1.0, recombination=0.1)
INNER = XXZ.model_copy(update={"baths": (cq.Bath(site=2, gain=1.0, loss=1.0),)})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: cq.linear_response(FMO),
            r"`model` must be one chain of coupled neighbours, .* \(got 21 coupled pairs of 7",
        ),
        (lambda: cq.linear_response(INNER), r"`baths` must sit on the ends, .* \(got sites 2\)"),
        (lambda: cq.linear_response(cq.ClassicalChain(sites=4, rate=1.0)), r"`model` must be .*SpinChain"),
        (lambda: cq.linear_response(XXZ, rates=[]), r"`rates` must hold numbers greater than 0, increasing"),
        (lambda: cq.linear_response(XXZ, rates=[1.0, 0.5]), r"`rates` must hold numbers .* \(got \[1.0, 0.5\]\)"),
        (lambda: cq.linear_response(XXZ, drives=[0.1]), r"`drives` must hold at least 2 numbers"),
        (lambda: cq.linear_response(XXZ, drives=[0.1, 1.5]), r"`drives` must be at most 1, .* \(got 1.5\)"),
        (lambda: cq.linear_response(XXZ, sizes=[3, 4]), r"`sizes` must be whole numbers of at least 4"),
        (lambda: cq.linear_response(XXZ, sizes=[4, 5.5]), r"`sizes` must be whole numbers of at least 4"),
        (
            lambda: cq.linear_response(XXZ.model_copy(update={"frequency": np.arange(6.0)}), sizes=[4, 5, 6]),
            r"`frequency` must be one number where the length varies",
        ),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(cq.InvalidInput, match=words):
        call()


def test_from_a_file_and_from_python_alike():
    from caloriq.questions.registry import question_from

    asked = question_from({"kind": "linear-response", "sizes": [4, 5], "rates": [0.5]})
    assert asked.ask(XXZ) == cq.linear_response(XXZ, sizes=[4, 5], rates=[0.5])
    assert asked.seconds(XXZ) > 0
    assert asked.memory(XXZ) > 0
