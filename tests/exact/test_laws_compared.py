"""Laws of R(N) compared by likelihood: each is found in its own data, and the evidence is the integral that it claims to be."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal

import caloriq as cq
from caloriq.transport.estimates import Estimate, integrals, log_sum, of_densities, of_normals
from caloriq.transport.finite_size import BELIEVED, LEAST, MOST, believed, whitened
from caloriq.transport.likelihood import RIVALS, STEEPEST, compared
from testers import refused

N = np.array([8, 16, 32, 64, 128])
LAWS = {
    "affine": 2.0 + 1.5 * N,
    "constant": np.full(5, 3.0),
    "power": 3.0 + N**1.4,
    "exponential": 1.0 + np.exp(N / 20),
    "saturating": 5.0 - 4 * np.exp(-N / 40),
    "logarithmic": 1.0 + N * (1 + np.log(N)),
    "square": 7.0 + N.astype(float) ** 2,
}


@pytest.mark.parametrize("noise", [0.0, 1e-4])
@pytest.mark.parametrize("law", LAWS)
def test_each_law_is_found_in_its_own_data(law, noise):
    R = LAWS[law] * (1 + noise * np.random.default_rng(1).standard_normal(5))
    found = compared(N, R, np.full(5, noise))
    assert found.likeliest == law
    if law != "affine":
        assert found.against(law) < 1e-2
        assert found.factor <= found.against(law)


def test_parameters_of_exact_data():
    found = compared(N, LAWS["affine"], np.zeros(5))
    assert found.resistivity.value == pytest.approx(1.5, rel=1e-6)
    assert found.contact.value == pytest.approx(3.5, rel=1e-6)
    assert found.alpha.value == pytest.approx(0, abs=1e-6)
    assert compared(N, LAWS["power"], np.zeros(5)).alpha.value == pytest.approx(-0.4, abs=1e-6)
    assert found.factor > 1e6


def brute(R, errors, basis):
    """Marginal likelihood of one basis, of every finite-size term: a normal density of the data themselves."""
    W, _ = whitened(N.astype(float), errors)
    amplitudes = np.stack([R.min() / R, basis * R.max() / R])
    return [multivariate_normal.pdf(np.ones(5), cov=np.linalg.inv(w.T @ w) + amplitudes.T @ amplitudes) for w in W]


def test_evidence_is_the_integral_over_all_parameters():
    """Contacts and bulk by the density of the data, exponents by quadrature; 2 % noise keeps every integrand smooth."""
    errors = np.full(5, 0.02)
    R = (2.0 + 1.5 * N) * (1 + 0.02 * np.random.default_rng(3).standard_normal(5))
    found = compared(N, R, errors)
    line = np.mean(brute(R, errors, (N - 1) / 127))
    assert found.evidence["affine"] == pytest.approx(np.log(line), abs=1e-6)

    def of_exponent(b):
        return np.mean(brute(R, errors, np.expm1(b * np.log(N)) / np.expm1(b * np.log(128))))

    power = quad(of_exponent, 1e-6, STEEPEST, points=[0.7, 1.0, 1.3], epsrel=1e-5)[0] / STEEPEST
    assert found.evidence["power"] == pytest.approx(np.log(power), abs=3e-2)  # grids hold it to 3 %
    assert found.against("power") == pytest.approx(line / power, rel=3e-2)


def test_interval_of_the_exponent_is_that_of_its_density():
    errors = np.full(5, 0.02)
    R = (2.0 + 1.5 * N) * (1 + 0.02 * np.random.default_rng(3).standard_normal(5))
    found = compared(N, R, errors).alpha
    b = np.linspace(0.002, 2.998, 1498)
    density = [np.mean(brute(R, errors, np.expm1(x * np.log(N)) / np.expm1(x * np.log(128)))) for x in b]
    below = np.cumsum(density) / np.sum(density)
    wanted = 1 - np.interp([0.975, 0.84, 0.5, 0.16, 0.025], below, b + 0.001)
    np.testing.assert_allclose([found.two[0], found.one[0], found.value, found.one[1], found.two[1]], wanted, atol=3e-3)


@pytest.mark.parametrize("unit", [1e-200, 1.0, 1e200])
def test_any_range_of_resistances(unit):
    """Thirty orders between the smallest and the largest, in any unit."""
    found = compared(N, unit * np.exp(N / 2.0), np.zeros(5))
    assert found.likeliest == "exponential"
    assert all(np.isfinite(value) for value in found.evidence.values())
    assert set(found.evidence) == {"affine", *RIVALS}


def test_a_term_that_fades_is_no_law():
    """Ten per cent at eight sites hide neither that R is straight nor its slope."""
    R = LAWS["affine"] * (1 + 0.1 * np.exp(-(N - 8) / 8))
    found = compared(N, R, np.zeros(5))
    assert found.likeliest == "affine"
    assert found.resistivity.holds(1.5, 0.95)
    assert not found.resistivity.holds(1.6, 0.95)


def test_over_short_spans_less_is_believed():
    near = np.arange(6.0, 11.0)
    assert (believed(near), believed(N.astype(float))) == (BELIEVED, 1.0)
    R = 5.0 + near + 0.01 * np.cos(near)
    found = compared(near, R, np.zeros(5))
    assert found.resistivity.two[1] - found.resistivity.two[0] > 1e-2


def test_three_lengths_are_too_few():
    with refused("sizes", "at least 4 lengths", error=cq.NotEnoughData):
        compared(N[:3], LAWS["affine"][:3], np.zeros(3))


def test_prior_scale_is_what_it_says():
    """The error of the smallest length runs from one to the other end of it."""
    W, volume = whitened(N.astype(float), np.zeros(5))
    covariances = np.array([np.linalg.inv(w.T @ w) for w in W])
    sizes = np.sqrt(covariances[:, 0, 0])
    assert sizes.min() == pytest.approx(LEAST, rel=1e-3)
    assert sizes.max() == pytest.approx(MOST, rel=1e-3)
    assert np.all(np.diff(np.sqrt(np.diagonal(covariances, axis1=1, axis2=2)), axis=1) < 0)
    np.testing.assert_allclose(volume, [multivariate_normal.logpdf(np.zeros(5), cov=c) for c in covariances], rtol=1e-6)


def test_estimates():
    one = of_normals(np.array([2.0]), np.array([0.5]), np.array([1.0]))
    assert one.value == pytest.approx(2, abs=1e-3)
    assert one.one == pytest.approx((2 - 0.9945 * 0.5, 2 + 0.9945 * 0.5), abs=1e-4)
    assert one.two == pytest.approx((2 - 1.96 * 0.5, 2 + 1.96 * 0.5), abs=1e-4)
    x = np.linspace(-1, 5, 4001)[None]
    same = of_densities(x, -((x - 2) ** 2) / 0.5)
    assert same.two == pytest.approx(one.two, abs=1e-3)
    assert log_sum(integrals(x, -((x - 2) ** 2) / 0.5))[0] == pytest.approx(np.log(np.sqrt(2 * np.pi) * 0.5), abs=1e-5)
    assert one.reflected(1.0).two == pytest.approx((1 - one.two[1], 1 - one.two[0]))
    assert one.told == "2 ± 0.98"
    assert Estimate(1e-9, (0.0, 0.0), (-1e-7, 2e-7)).told == "0 ± 2e-07"
