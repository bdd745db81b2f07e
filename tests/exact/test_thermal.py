"""Heat capacity and conductivity against sums over states, derivatives of ln Z and limiting laws (PRL 16, PRE 48-51)."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.reduced.average.thermal import heat_capacity, peak_temperature

PAPER = cq.ModularChain(subunits=3, levels=500, bandwidth=0.05, coupling=5e-5, seed=0)
LEVELS = [1, 2, 17, 500]


def slope(x, y):
    return np.polyfit(np.log(x), np.log(y), 1)[0]


@pytest.mark.parametrize("levels", LEVELS)
def test_energy_fluctuations(levels):
    """c = (⟨E²⟩ - ⟨E⟩²)/T², the sum over the n + 1 states written out."""
    energies = np.concatenate([[0.0], np.full(levels, 1.3)])
    for T in (0.08, 0.2, 0.7, 3.0, 40.0):
        p = np.exp(-energies / T)
        p /= p.sum()
        variance = p @ (energies - p @ energies) ** 2
        # sums of 501 terms: 501 roundings at most
        assert heat_capacity(levels, 1.3, T) == pytest.approx(variance / T**2, rel=1e-13)


@pytest.mark.parametrize("levels", LEVELS)
def test_derivative_of_the_energy(levels):
    """c = dU/dT, U = ΔE n e^{-ΔE/T}/Z, by a complex step, which has no truncation at this size."""
    for T in (0.05, 0.15, 1.0, 30.0):
        z = T + 1e-30j
        boltzmann = levels * np.exp(-1 / z)
        U = boltzmann / (1 + boltzmann)
        assert heat_capacity(levels, 1.0, T) == pytest.approx(U.imag / 1e-30, rel=1e-13)


@pytest.mark.parametrize("levels", LEVELS)
def test_second_derivative_of_ln_z(levels):
    """c = β² d²(ln Z)/dβ²: the difference quotient approaches it with its own order, the fourth."""
    beta = 3.0
    steps = np.array([0.16, 0.08, 0.04])
    stencil = np.array([-1, 16, -30, 16, -1]) / 12
    found = [beta**2 * stencil @ np.log1p(levels * np.exp(-(beta + h * np.arange(-2, 3)))) / h**2 for h in steps]
    errors = np.abs(np.array(found) - heat_capacity(levels, 1.0, 1 / beta))
    assert slope(steps, errors) == pytest.approx(4, abs=0.1)  # the sixth order adds a few h²


def test_one_level_is_schottky():
    T = np.geomspace(0.05, 50, 30)
    assert heat_capacity(1, 2.0, T) == pytest.approx((1 / T) ** 2 / np.cosh(1 / T) ** 2, rel=1e-13)


def test_gap_is_the_unit_of_temperature():
    T = np.geomspace(0.05, 10, 20)
    assert heat_capacity(500, 3.0, 3.0 * T) == pytest.approx(heat_capacity(500, 1.0, T), rel=1e-13)


@pytest.mark.parametrize("levels", LEVELS)
def test_high_temperature(levels):
    """c T² → n/(1+n)², and what is left falls as ΔE/T, as (ΔE/T)² for n = 1 where the first order vanishes."""
    T = np.geomspace(50, 500, 5)
    rest = np.abs(heat_capacity(levels, 1.0, T) * T**2 * (1 + levels) ** 2 / levels - 1)
    assert slope(1 / T, rest) == pytest.approx(2 if levels == 1 else 1, abs=0.03)


@pytest.mark.parametrize("levels", LEVELS)
def test_low_temperature(levels):
    """c = n e^{-ΔE/T}/T² (1 - 2n e^{-ΔE/T} + ...)."""
    T = np.array([0.02, 0.03, 0.05])
    small = levels * np.exp(-1 / T)
    assert small.max() < 2e-6
    rest = heat_capacity(levels, 1.0, T) * T**2 / small - (1 - 2 * small)
    assert np.abs(rest).max() <= 3.1 * small.max() ** 2 + 1e-13  # next term 3 (n e^{-ΔE/T})², then rounding of e^{-50}


def test_cold_is_zero_without_overflow():
    assert heat_capacity(500, 1.0, np.array([1e-3, 1e-6, 1e-100])).tolist() == [0.0, 0.0, 0.0]


def test_shape_is_kept():
    assert np.shape(heat_capacity(5, 1.0, 0.3)) == ()
    assert heat_capacity(5, 1.0, np.full((2, 3), 0.3)).shape == (2, 3)


@pytest.mark.parametrize("levels", [2, 10, 500, 10**6])
def test_peak_is_stationary(levels):
    """dc/dT = 0 where the occupation p equals 1/2 - T/ΔE."""

    def condition(T):
        return 0.5 - T - scipy.special.expit(np.log(levels) - 1 / T)

    T = scipy.optimize.brentq(condition, 0.01, 0.4999, xtol=1e-15)
    # a maximum found from values alone is located to √eps = 1.5e-8; the value there is exact to eps
    assert peak_temperature(levels, 1.0) == pytest.approx(T, abs=1.5e-8)
    assert heat_capacity(levels, 1.0, T) == pytest.approx(heat_capacity(levels, 1.0, peak_temperature(levels, 1.0)))


def test_peak_of_the_papers():
    """1.6689e-3 at T = 0.14665 (stationary point; 0.1465 is the nearest point of a grid)."""
    theory = cq.ham(PAPER)
    T, kappa = theory.peak
    assert pytest.approx(0.14665, abs=5e-6) == T  # the digits given
    assert kappa == pytest.approx(1.6689e-3, abs=5e-8)
    grid = np.arange(0.05, 0.5, 1e-4)
    assert theory.conductivity(grid).max() <= kappa
    assert abs(theory.conductivity(0.1465) / kappa - 1) < 1e-4  # flat top: the grid value has the same digits


def test_conductivity_is_rate_times_heat_capacity():
    """κ = 2πλ²n²/δε (ΔE/T)² e^{-ΔE/T}/(1 + n e^{-ΔE/T})² (PRL 16), written out."""
    T = np.geomspace(0.05, 20, 40)
    n, boltzmann = 500, np.exp(-1 / T)
    printed = 2 * np.pi * (5e-5) ** 2 * n**2 / 0.05 / T**2 * boltzmann / (1 + n * boltzmann) ** 2
    assert cq.ham(PAPER).conductivity(T, formula="printed") == pytest.approx(printed, rel=1e-13)
