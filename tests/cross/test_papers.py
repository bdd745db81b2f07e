"""The papers' statistics, minutes long: D² ∝ 1/n at c1 = 1 (PRL Fig. 3) and the histogram's mean (PRE Fig. 4)."""

import numpy as np
import pytest

import caloriq as cq


def chain(levels, *, c1=1.0, subunits=3, seed=0):
    """n levels in δε = 0.05 with λ chosen for c1 = 2λn/δε."""
    return cq.ModularChain(
        subunits=subunits, levels=levels, bandwidth=0.05, coupling=c1 * 0.05 / (2 * levels), seed=seed
    )


def mean_deviation(levels, *, matrices, samples, c1=1.0):
    """D² of every subunit, averaged over matrices and Haar starts."""
    found = []
    for seed in range(matrices):
        model = chain(levels, c1=c1, seed=seed)
        theory = cq.ham(model)
        exact = cq.evolve(
            model,
            np.linspace(0, 5 / theory.rate, 151),
            initial=cq.haar(seed=seed, samples=samples),
            observables=["populations"],
        )
        found.append(cq.deviation(exact, theory).values.mean(axis=0))
    return np.mean(found, axis=0)


def exponent(c1, *, small, large):
    """Slope of ln D²₁ over ln n, n = 50…800; `small` matrices up to n = 200, `large` above."""
    levels = np.array([50, 100, 200, 400, 800])
    squares = [mean_deviation(n, matrices=small if n < 300 else large, samples=4, c1=c1)[0] for n in levels]
    return np.polyfit(np.log(levels), np.log(squares), 1)[0]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_deviation_is_inverse_in_the_levels():
    """D²₁ ∝ n^(-1±0.1) with c1 = 1 fixed. Half a hundred runs per n settle each mean to 10 %, the slope to 0.04."""
    assert exponent(1.0, small=48, large=12) == pytest.approx(-1, abs=0.1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_deviation_falls_faster_well_inside_the_criterion():
    """At c1 = 2 the theory's own bias, which falls faster than the fluctuations, makes the slope steeper than -1.1."""
    assert -1.5 < exponent(2.0, small=24, large=6) < -1.1


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_mean_of_the_histogram(seed):
    """⟨D²₁⟩ over Haar starts lies within 2.0…2.8·10⁻⁴ for any matrix, N = 2, n = 500."""
    model = cq.ModularChain(subunits=2, levels=500, bandwidth=0.05, coupling=5e-5, seed=seed)
    theory = cq.ham(model)
    exact = cq.evolve(
        model,
        np.linspace(0, 5 / theory.rate, 101),
        initial=cq.haar(seed=seed, samples=300),
        method=cq.Exact(),
        observables=["populations"],
    )
    squares = cq.deviation(exact, theory).values[:, 0]
    assert 2.0e-4 < squares.mean() < 2.8e-4
    assert squares.std(ddof=1) / np.sqrt(300) < 0.2e-4  # 300 samples settle the second digit


def test_figure_2():
    """N = 3, n = 500, δε = 0.05, λ = 5e-5: D² of each subunit below 5e-4 (PRL Fig. 2)."""
    model = cq.ModularChain(subunits=3, levels=500, bandwidth=0.05, coupling=5e-5, seed=0)
    theory = cq.ham(model)
    exact = cq.evolve(model, np.linspace(0, 5 / theory.rate, 101), initial=cq.haar(seed=0))
    assert exact.method.name.startswith("Chebyshev")
    assert np.all(cq.deviation(exact, theory).values < 5e-4)
    assert exact.certificate["norm drift"].value <= 1e-10
