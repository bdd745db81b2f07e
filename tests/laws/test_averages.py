"""Hilbert space averages and typicality widths against samples of states."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import caloriq as cq
from caloriq.reduced.average.averages import hilbert_average, population_width
from problems import random_chain
from strategies import chains, seeds, span
from testers import assert_close


def hermitian(rng, size):
    A = rng.standard_normal((size, size)) + 1j * rng.standard_normal((size, size))
    return (A + A.conj().T) / 2


def states(rng, populations, levels, samples):
    """Random states with given populations: Haar in each block, independently."""
    psi = rng.standard_normal((samples, populations.size, levels, 2)).view(complex)[..., 0]
    psi *= np.sqrt(populations)[:, None] / np.linalg.norm(psi, axis=2, keepdims=True)
    return psi.reshape(samples, -1)


@pytest.mark.parametrize(
    ("populations", "levels"), [((0.5, 0.3, 0.2), 4), ((1.0, 0.0), 5), ((0.25, 0.75), 1), ((0.1, 0.2, 0.3, 0.4), 2)]
)
def test_mean_and_width_of_many_states(populations, levels):
    """Mean within five standard errors, variance within five of its own, of 40 000 states."""
    rng = np.random.default_rng(len(populations) * 10 + levels)
    P = np.array(populations)
    A = hermitian(rng, P.size * levels)
    average = hilbert_average(A, P)
    psi = states(rng, P, levels, 40_000)
    values = np.einsum("si,ij,sj->s", psi.conj(), A, psi).real
    assert abs(values.mean() - average.mean) <= 5 * values.std() / 200 + 1e-12
    squares = (values - values.mean()) ** 2
    assert abs(squares.mean() - average.width**2) <= 5 * squares.std() / 200 + 1e-12


@given(seeds, st.integers(1, 4), st.integers(1, 5))
def test_a_function_of_populations_has_no_width(seed, subunits, levels):
    """A = Σ a_µ P_µ is fixed by the populations: mean Σ a_µ P_µ, width 0."""
    rng = np.random.default_rng(seed)
    a, P = rng.standard_normal(subunits), rng.dirichlet(np.ones(subunits))
    average = hilbert_average(np.diag(np.repeat(a, levels)), P)
    assert average.mean == pytest.approx(a @ P, abs=1e-14)
    assert average.width <= 1e-7  # the square root of rounding


@given(seeds, st.integers(1, 4), st.integers(1, 5), st.floats(-3, 3), st.floats(-3, 3))
def test_affine(seed, subunits, levels, factor, offset):
    rng = np.random.default_rng(seed)
    A, P = hermitian(rng, subunits * levels), rng.dirichlet(np.ones(subunits))
    one, other = hilbert_average(A, P), hilbert_average(factor * A + offset * np.eye(A.shape[0]), P)
    assert other.mean == pytest.approx(factor * one.mean + offset, abs=1e-12)
    assert other.width == pytest.approx(abs(factor) * one.width, abs=1e-6)  # √ of rounding near zero


@given(seeds, st.integers(2, 4), st.integers(1, 5))
def test_unitaries_within_the_subunits_do_not_matter(seed, subunits, levels):
    """The average is invariant under every U that leaves the populations (PRL below eq. 4)."""
    rng = np.random.default_rng(seed)
    A, P = hermitian(rng, subunits * levels), rng.dirichlet(np.ones(subunits))
    U = np.zeros_like(A)
    for mu in range(subunits):
        block = slice(mu * levels, (mu + 1) * levels)
        U[block, block] = np.linalg.qr(rng.standard_normal((levels, levels, 2)).view(complex)[..., 0])[0]
    one, other = hilbert_average(A, P), hilbert_average(U.conj().T @ A @ U, P)
    assert other.mean == pytest.approx(one.mean, abs=1e-12)
    assert other.width == pytest.approx(one.width, abs=1e-12)


def exact_width(model, time, target):
    """Width of P_target(t) over Haar starts in subunit 0, from the propagator itself."""
    n = model.levels
    energies, V = np.linalg.eigh(model.hamiltonian().as_matrix())
    U = (V * np.exp(-1j * energies * time)) @ V.conj().T
    block = U[target * n : (target + 1) * n, :n]
    average = hilbert_average(block.conj().T @ block, np.ones(1))
    return average.mean, average.width


@given(chains(levels=st.integers(1, 12)), st.integers(0, 4), st.floats(0.01, 200))
def test_population_width_is_an_upper_bound(model, target, reach):
    """√(P(1-P)/(n+1)) bounds the exact typicality width of every population at every time."""
    target %= model.subunits
    mean, width = exact_width(model, span(model, reach), target)
    bound = float(population_width(np.array([mean]), model.levels)[0])
    assert width <= bound * (1 + 1e-9) + 1e-7  # √ of rounding where P is 0 or 1


def test_population_width_is_not_wild():
    """After the decay the bound exceeds the exact width by less than a factor of two."""
    model = random_chain(subunits=2, levels=20, coupling=0.01)
    for time in (200.0, 900.0):
        mean, width = exact_width(model, time, 0)
        assert width > population_width(np.array([mean]), 20)[0] / 2


def test_width_of_an_ensemble():
    """The spread of 500 exact runs is the exact width, within five standard errors of a standard deviation."""
    model = random_chain(subunits=2, levels=10, coupling=0.02)
    times = np.array([20.0, 60.0, 200.0])
    sample = cq.evolve(model, times, initial=cq.haar(seed=4, samples=500), observables=["populations"]).populations
    for i, t in enumerate(times):
        mean, width = exact_width(model, t, 0)
        values = sample[:, i, 0]
        assert abs(values.mean() - mean) <= 5 * width / np.sqrt(500)
        spread = (values - mean) ** 2
        assert abs(spread.mean() - width**2) <= 5 * spread.std() / np.sqrt(500)


@given(chains(levels=st.integers(1, 8)), st.integers(0, 4), st.floats(0.01, 60))
def test_typicality_is_the_exact_mean_and_width(model, subunit, reach):
    """Mean: the mixed start's populations. Width: from the propagator itself. Both without sampling."""
    times = span(model, reach) * np.array([0.4, 1.0])
    found = cq.typicality(model, times, subunit=subunit % model.subunits)
    mixed = cq.evolve(model, times, initial=cq.starts.mixed(subunit % model.subunits))
    assert_close(found.mean, mixed.populations, 1e-12)
    assert found.certificate.holds
    bound = population_width(found.mean, model.levels)
    assert np.all(found.width <= bound * (1 + 1e-9) + 1e-7)  # √ of rounding where P is 0 or 1
    if subunit % model.subunits == 0:
        for target in range(model.subunits):
            mean, width = exact_width(model, times[1], target)
            assert found.mean[1, target] == pytest.approx(mean, abs=1e-11)
            assert found.width[1, target] == pytest.approx(width, abs=1e-6)  # √ of rounding near zero


def test_width_vanishes_where_nothing_is_open():
    assert_close(population_width(np.array([0.0, 1.0, 1.0 + 1e-15, -1e-16]), 10), np.zeros(4), 0.0)
