"""Whether the rate of a kernel is constant does not depend on the instants that were asked for."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.models.correlations import PureDephasing

NOISY = cq.ExchangeChain(units=3, coupling=0.02, bath=PureDephasing(rate=1.0))
CLOSED = cq.ExchangeChain(units=3, coupling=0.02)


@pytest.mark.parametrize("times", [[19.0, 20.0], [20.0], [1.0, 20.0], [20.0, 1000.0], [5.0, 11.0, 15.0, 20.0]])
def test_a_bath_makes_it_constant(times):
    kernel = cq.population_kernel(NOISY, times, order=2)
    found = cq.verdict(kernel)
    assert kernel.settled
    assert (found.grade, found.holds) == ("follows", True)


@pytest.mark.parametrize("model", [NOISY, CLOSED], ids=["noisy", "closed"])
@pytest.mark.parametrize("times", [[0.1], [0.099, 0.1], [0.05, 0.06, 0.1], [0.099 + 1e-4 * k for k in range(11)]])
def test_what_grows_is_not_constant_and_leaves_the_law_open(model, times):
    """w = 2λ²t early on, with and without noise; only without can nothing but a band or a bath stop it."""
    kernel = cq.population_kernel(model, times, order=2)
    found = cq.verdict(kernel)
    assert not kernel.settled
    assert kernel.evidence.cause == "changing"
    assert found.holds is None
    assert ("later times" in found.sentence) == (model is NOISY)
    assert ("dense band or a bath" in found.sentence) == (model is CLOSED)


def test_instants_at_which_an_oscillating_rate_is_equal_hide_nothing():
    """w ∝ sin δt, looked at four times in two periods."""
    pair = cq.ExchangeChain(units=2, coupling=0.01, detuning=[0.0, 0.3])
    kernel = cq.population_kernel(pair, [k * np.pi / 0.3 for k in (2.4, 2.6, 4.4, 4.6)], order=2)
    rates = kernel.rates().values
    assert rates == pytest.approx(rates[0, 0], rel=1e-9)
    assert not kernel.settled


def test_an_exact_kernel_is_looked_at_between_its_times():
    """Two instants of a closed pair, next to each other."""
    pair = cq.ExchangeChain(units=2, coupling=0.1)
    kernel = cq.population_kernel(pair, [5.0, 5.001])
    assert not kernel.settled
    assert cq.verdict(kernel).holds is not True
