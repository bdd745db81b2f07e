"""Correlations on the chain without ends, against what is known of them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caloriq.closed.correlation.infinite import kept as ladder_kept
from caloriq.closed.correlation.ladder import climb
from caloriq.closed.correlation.series import moments_of, series
from caloriq.known.uniform_chains import ising, pauli, xxz
from caloriq.spaces.currents import current_of
from caloriq.spaces.strings import Strings
from caloriq.spaces.support import SupportSpace


def rung(chain, of, length, damping, time, kept=None):
    J, _ = current_of(chain, of)
    space = SupportSpace(chain, length)
    return climb(space, J, time, kept=ladder_kept(chain, J, length, 3) if kept is None else kept, damping=damping), J


def test_the_energy_current_of_the_transverse_chain_never_decays():
    found, J = rung(ising(1.0, 1.4), "energy", 6, 1.0, 30.0)
    C = found.correlation(np.linspace(0, 30, 61)) / J.norm**2
    assert np.abs(C - 1).max() < 1e-12
    assert found.exact_until(1e-12) == 15.0  # no string is ever long: all steps, half of the time
    for unit in (1.0, 1e-9, 1e9):
        chain = ising(unit, 1.4 * unit)
        assert series(SupportSpace(chain, 5), current_of(chain, "energy")[0]).closed


@pytest.mark.parametrize("chain", [xxz(0.7), xxz(-1.3)])
def test_the_energy_current_of_xxz_never_decays(chain):
    found, J = rung(chain, "energy", 5, 0.7, 20.0)
    assert np.abs(found.correlation(np.linspace(0, 20, 41)) / J.norm**2 - 1).max() < 1e-12


def test_free_fermions_have_a_spin_current_that_stays():
    found, J = rung(xxz(0.0), "magnetisation", 5, 1.0, 20.0)
    assert np.abs(found.correlation(np.linspace(0, 20, 41)) / J.norm**2 - 1).max() < 1e-12


# D at ℓ = 8 with g = 1, ℓ₀ = 5: an independent Runge-Kutta evolution of the same strings, to three digits
REFERENCE = {
    "tilted, chaotic": (ising(1.0, 1.4, 0.9045), "energy", 24.0, 8, 1.411),
    "tilted, other": (ising(1.0, 0.9045, 0.809), "energy", 24.0, 8, 0.468),
    "XXZ 0.5": (xxz(0.5), "magnetisation", 40.0, 6, 6.0),
    "XXZ 1": (xxz(1.0), "magnetisation", 40.0, 7, 1.78),
    "XXZ 1.5": (xxz(1.5), "magnetisation", 40.0, 8, 0.550),
}


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_diffusivities_of_a_plain_prototype(name):

    chain, of, time, length, expected = REFERENCE[name]
    found, _ = rung(chain, of, length, 1.0, time)
    _, density = current_of(chain, of)
    D = float(found.correlation.integral()(np.array([time]))[0]) / density.norm**2
    assert pytest.approx(expected, rel=1.0e-2) == D


def by_strings(chain, J, steps):
    """‖L^k J‖² per cell by commutators in a window that no string leaves."""
    R = chain.reach
    cells = 3 + 2 * (steps + 1) * (R - 1) + 2
    spaces = chain.window(cells)
    middle = (cells - 3) // 2
    H = Strings(
        spaces,
        {
            tuple((x + n, a) for x, a in s): f
            for n in range(cells)
            for s, f in chain.terms.items()
            if s[-1][0] + n < cells
        },
    )
    now, found = Strings(spaces, {tuple((x + middle, a) for x, a in s): f for s, f in J.terms.items()}), []
    for _ in range(steps + 1):
        density = chain.density(now.terms)
        found.append(density.norm**2)
        now = 1j * H.commutator(now)
    return np.array(found)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.3, 2.0), st.floats(0.1, 2.0), st.floats(0.1, 2.0))
def test_moments_are_those_of_commutators(coupling, transverse, longitudinal):
    chain = ising(coupling, transverse, longitudinal)
    J, _ = current_of(chain, "energy")
    found = series(SupportSpace(chain, 7), J)
    expected = by_strings(chain, J, 4)
    assert found.square == pytest.approx(expected[0], rel=1e-13)
    assert np.allclose(found.moments[:5] * found.square, expected, rtol=1e-11)


@settings(max_examples=12, deadline=None)
@given(st.floats(0.3, 2.0), st.floats(0.1, 2.0), st.floats(0.1, 2.0), st.floats(0.0, 2.0))
def test_departures_are_bounded(coupling, transverse, longitudinal, damping):
    """Short strings against long ones, which are exact far longer."""
    chain = ising(coupling, transverse, longitudinal)
    short, J = rung(chain, "energy", 5, damping, 3.0, kept=4)
    long, _ = rung(chain, "energy", 8, 0.0, 3.0)
    t = np.linspace(0, 1.5, 16)
    apart = np.abs(short.correlation(t) - long.correlation(t)) / J.norm**2
    bound = short.departed(t) + long.departed(t) + short.error + long.error
    assert np.all(short.departed(np.linspace(0, 2 * t[-1], 9)) <= 2.0)  # never more than two correlations can be apart
    assert np.all(apart <= bound)
    told = np.isfinite(bound) & (bound < 0.05)
    assert told.sum() >= 2


@settings(max_examples=10, deadline=None)
@given(st.floats(0.3, 2.0), st.floats(0.1, 2.0), st.floats(0.1, 2.0))
def test_power_series_bounds_what_it_leaves_out(coupling, transverse, longitudinal):
    chain = ising(coupling, transverse, longitudinal)
    found, J = rung(chain, "energy", 8, 0.0, 1.0)
    one = series(SupportSpace(chain, 7), J)
    t = np.linspace(0.0, 0.6 / max(one.recursion[:3]), 7)
    C, bound = one.taylor(t)
    apart = np.abs(found.correlation(t) / J.norm**2 - C)
    assert np.all(apart <= bound + found.departed(t) + found.error)


def test_half_of_the_time_is_as_good_as_all_of_it():
    """A chain whose H is not real in the basis goes all the way; turned by an axis it is the same chain."""
    real = pauli(1.0, 0.6, 0.3, fx=0.7)
    terms = {}
    turn = {1: (3, 1.0), 2: (1, 1.0), 3: (2, 1.0)}  # x → z, y → x, z → y: a rotation
    for string, c in real.terms.items():
        sign = math.prod(turn[a][1] for _, a in string)
        terms[tuple((x, turn[a][0]) for x, a in string)] = sign * c
    turned = type(real)(real.cell, terms)
    dm = type(real)(real.cell, {**real.terms, ((0, 1), (1, 2)): 0.5, ((0, 2), (1, 1)): -0.5})
    t = np.linspace(0, 4, 17)
    a, J = rung(real, "energy", 5, 0.5, 4.0)
    b, _ = rung(turned, "energy", 5, 0.5, 4.0)
    assert a.halved
    assert np.allclose(a.correlation(t), b.correlation(t), rtol=0, atol=1e-9 * J.norm**2)
    c, K = rung(dm, "energy", 5, 0.5, 4.0)
    assert not c.halved
    assert c.correlation(np.zeros(1))[0] == pytest.approx(K.norm**2, rel=1e-12)


def test_moments_of_a_recursion():
    assert np.allclose(moments_of(np.array([2.0, 3.0])), [1.0, 4.0, 16.0 + 36.0])
    assert np.allclose(moments_of(np.array([])), [1.0])
