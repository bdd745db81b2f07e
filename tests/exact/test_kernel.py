"""The short-time kernel f(τ) (PRL 9) against a double integral done numerically, and its closed values."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.reduced.average.short_time import short_time_kernel
from problems import given, random_chain
from testers import assert_close

NODES = 60


def double_integral(correlation, tau):
    """∫₀^τ∫₀^τ' C(τ'') dτ'' dτ' by nested Gauss rules: exact to rounding for fewer than 60 half turns."""
    x, w = np.polynomial.legendre.leggauss(NODES)
    x, w = (x + 1) / 2, w / 2
    inner = np.array([[correlation(tau * a * b) for b in x] for a in x])
    return tau**2 * np.sum(w[:, None] * x[:, None] * w[None, :] * inner)


def correlation(model, bond):
    """C(t) = λ² Re Tr{v(t) v†}, v(t) = e^{iht} v e^{-iht}, by matrix exponentials."""
    h = np.diag(model.band_levels).astype(complex)
    v = model.interaction_matrix(bond)

    def value(t):
        U = scipy.linalg.expm(1j * h * t)
        return model.coupling**2 * np.trace(U @ v @ U.conj().T @ v.conj().T).real

    return value


@pytest.mark.parametrize("band", ["uniform", "random"])
@pytest.mark.parametrize("interaction", ["complex-gaussian", "real-gaussian"])
def test_double_integral(band, interaction):
    model = random_chain(levels=8, band=band, interaction=interaction)
    kernel = short_time_kernel(model)
    for k in (1, 7, 30):
        tau = kernel.times[k]
        for bond in range(2):
            expected = 2 / model.levels * double_integral(correlation(model, bond), tau)
            assert kernel.values[bond, k] == pytest.approx(expected, rel=1e-12)  # expm loses a few digits


def test_prediction_is_the_gaussian_average():
    """⟨f⟩ = (2λ²/n)∫∫|χ|², χ = Σ_a e^{-iε_a τ}."""
    model = random_chain(levels=9)
    kernel = short_time_kernel(model)

    def squared(t):
        return model.coupling**2 * abs(np.exp(-1j * model.band_levels * t).sum()) ** 2

    for k in (1, 10, 40):
        expected = 2 / model.levels * double_integral(squared, kernel.times[k])
        assert kernel.predicted[k] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("interaction", ["complex-gaussian", "real-gaussian"])
def test_mean_over_matrices(interaction):
    """f averaged over 300 matrices is the prediction within five standard errors at every τ."""
    values = np.array(
        [
            short_time_kernel(random_chain(subunits=2, levels=8, seed=seed, interaction=interaction)).values[0]
            for seed in range(300)
        ]
    )
    predicted = short_time_kernel(random_chain(subunits=2, levels=8)).predicted
    error = values.std(axis=0, ddof=1) / np.sqrt(300)
    assert np.all(np.abs(values.mean(axis=0) - predicted) <= 5 * error + 1e-18)


@pytest.mark.parametrize("levels", [8, 20, 100])
def test_rephasing(levels):
    """At τ_H every pair of a uniform band has turned fully, so ⟨f⟩ = λ²τ_H² = γτ_H = π²c1² exactly."""
    theory = cq.ham(random_chain(levels=levels))
    kernel = theory.kernel
    assert kernel.times[-1] == pytest.approx(theory.heisenberg_time, rel=1e-12)
    assert kernel.predicted[-1] == pytest.approx(theory.rate * theory.heisenberg_time, rel=1e-11)
    assert kernel.predicted[-1] == pytest.approx(np.pi**2 * theory.criteria[0].value ** 2, rel=1e-11)


def test_starts_quadratically():
    """⟨f⟩ = λ²nτ² before the band dephases: the remainder is of fourth order."""
    model = random_chain(levels=8)
    weights = np.ones((2, 64))
    from caloriq.reduced.average.short_time import _double_integrals

    tau = np.geomspace(0.1, 1.0, 6)  # δε τ < 0.4
    f = 2 * model.coupling**2 / 8 * _double_integrals(model, weights, tau).sum(axis=0)[-1]
    rest = np.abs(f - model.coupling**2 * 8 * tau**2)
    assert np.polyfit(np.log(tau), np.log(rest), 1)[0] == pytest.approx(4, abs=0.05)


@pytest.mark.parametrize("levels", [60, 200])
def test_fitted_rate(levels):
    """The slope of the actual kernels is γ within their own error bars: χ² over 20 seeds."""
    found = []
    for seed in range(20):
        theory = cq.ham(random_chain(levels=levels, seed=seed))
        kernel = theory.kernel
        assert kernel.error > 0
        assert kernel.rate == pytest.approx(kernel.bond_rates.mean(), rel=1e-12)
        found.append((kernel.rate - theory.rate) / kernel.error)
    assert np.abs(found).max() < 5
    assert np.mean(np.square(found)) < 2.5  # 20 squares of unit normals exceed a mean of 2.5 once in 1e4


def test_unequal_bonds_show():
    """A bond with twice the matrix has four times the rate."""
    v = np.random.default_rng(0).standard_normal((60, 60))
    kernel = cq.ham(given(np.stack([v, 2 * v]), subunits=3, coupling=0.01)).kernel
    assert kernel.bond_rates[1] == pytest.approx(4 * kernel.bond_rates[0], rel=1e-10)


def test_window_lies_between_the_two_times():
    theory = cq.ham(random_chain(levels=50))
    begin, end = theory.kernel.window
    assert theory.correlation_time < begin < end < theory.heisenberg_time
    assert_close(theory.kernel.values[:, 0], np.zeros(2), 0.0)
    assert np.all(np.diff(theory.kernel.times) > 0)


def test_too_few_levels():
    with pytest.raises(cq.NotEnoughData, match=r"`levels` must be at least 8 .*\(got 7\)") as caught:
        short_time_kernel(random_chain(levels=7))
    tau, values = caught.value.estimate
    assert values.shape == (2, tau.size)
    expected = 2 / 7 * double_integral(correlation(random_chain(levels=7), 1), tau[20])
    assert values[1, 20] == pytest.approx(expected, rel=1e-12)
