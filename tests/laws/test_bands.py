"""Laws of several bands: conservation, detailed balance, positivity, symmetry, linearity."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from testers import assert_close


@st.composite
def chains(draw, sizes=(2, 3)):
    levels = [draw(st.integers(1, 6)), *draw(st.lists(st.integers(2, 6), min_size=1, max_size=2))]
    return cq.BandedChain(
        subunits=draw(st.sampled_from(sizes)),
        levels=levels,
        bandwidth=0.05,
        coupling=draw(st.sampled_from([1e-4, 1e-3])),
        seed=draw(st.integers(0, 2**31)),
        interaction=draw(st.sampled_from(["complex-gaussian", "real-gaussian"])),
    )


@given(chains(), st.floats(0.2, 3.0))
@settings(max_examples=25)
def test_rate_equation(model, temperature):
    """Equilibrium stays, probability and energy are conserved, populations stay positive, entropy of P/n grows."""
    theory = cq.ham(model)
    t = np.linspace(0, 4 / theory.fastest_rate, 9)
    still = theory.solve(t, initial=cq.thermal(temperature))
    assert_close(still.populations, np.repeat(still.populations[:1], 9, axis=0), 1e-13)
    moving = theory.solve(t, initial=cq.thermal(np.linspace(1.5, 0.5, model.subunits) * temperature))
    U = moving.local_energies.sum(axis=1)
    assert_close(U, np.full(9, U[0]), 1e-12)
    n = model.sizes(moving.configurations)
    entropy = -(moving.populations * np.log(np.maximum(moving.populations, 1e-300) / n)).sum(axis=1)
    assert np.diff(entropy).min() > -1e-12
    J = np.pad(moving.currents, ((0, 0), (1, 1)))
    h = 1e-4 / theory.fastest_rate
    near = theory.solve([h, 2 * h, 3 * h], initial=cq.thermal(np.linspace(1.5, 0.5, model.subunits) * temperature))
    slope = (near.local_energies[2] - near.local_energies[0]) / (2 * h)
    flow = np.pad(near.currents, ((0, 0), (1, 1)))[1]
    assert_close(slope, flow[:-1] - flow[1:], 1e-6 * max(np.abs(J).max(), 1e-300) + 1e-12 / h)


@given(chains(sizes=(2,)), st.floats(0.2, 3.0))
@settings(max_examples=15)
def test_second_law(model, temperature):
    """κ > 0, and energy flows from hot to cold for any difference."""
    theory = cq.ham(model)
    assert theory.conductivity(temperature) > 0
    J = theory.solve([0.0], initial=cq.thermal(temperature, difference=temperature)).currents[0, 0]
    assert J > 0
    back = theory.solve([0.0], initial=cq.thermal(temperature, difference=-temperature)).currents[0, 0]
    assert back == pytest.approx(-J, rel=1e-12)


@given(chains(), st.integers(0, 2**31))
@settings(max_examples=15)
def test_exact_dynamics(model, seed):
    """Total band energy and probability are conserved shell by shell."""
    run = cq.evolve(model, [0.0, 3.0, 200.0], initial=cq.thermal(np.linspace(1, 2, model.subunits), seed=seed))
    total = model.band_energies[run.configurations].sum(axis=1)
    for E in np.unique(np.round(total, 9)):
        inside = run.populations[:, np.abs(total - E) < 1e-8].sum(axis=1)
        assert_close(inside, np.full(3, inside[0]), 1e-10)


def test_same_seed_same_numbers():
    """Adding samples changes none of the first ones, nor does a subset of times."""
    model = cq.BandedPair(levels=[2, 5], bandwidth=0.05, coupling=1e-3, seed=3)
    few = cq.evolve(model, [10.0], initial=cq.thermal(1.0, seed=7, samples=2))
    many = cq.evolve(model, [5.0, 10.0], initial=cq.thermal(1.0, seed=7, samples=5))
    assert_close(few.populations[:, 0], many.populations[:2, 1], 1e-12)


def test_ensembles_approach_the_mixture():
    """Haar starts and random phases both average to the mixed start, within four standard errors."""
    model = cq.BandedPair(levels=[4, 6, 5], bandwidth=0.05, coupling=3e-3, seed=3)
    t = [60.0]
    mixed = cq.evolve(model, t, initial=cq.thermal([1.0, 0.5], draw="mixed")).populations[0]
    for draw in ("haar", "phases"):
        run = cq.evolve(model, t, initial=cq.thermal([1.0, 0.5], draw=draw, samples=400, seed=1)).populations[:, 0]
        error = run.std(axis=0, ddof=1) / 20
        assert np.all(np.abs(run.mean(axis=0) - mixed) < 4 * error + 1e-12)
        assert error.max() < 0.01
