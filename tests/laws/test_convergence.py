"""How errors fall: regression of orders, and bounds that must bound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.closed.blocks import Meter
from caloriq.closed.states import columns
from caloriq.closed.table import propagate
from problems import random_chain
from strategies import chains, seeds, span

TOLERANCES = [1e-3, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12]


def states(blocks, times):
    out = [None] * times.size
    for block in blocks:
        for k, state in zip(range(block.times.start, block.times.stop), block.states, strict=True):
            out[k] = state
    return np.array(out)


def error_and_products(method, model, times, psi):
    operator, meter = model.hamiltonian(), Meter()
    found = states(propagate(operator, psi, times, method, meter), times)
    exact = states(propagate(operator, psi, times, cq.Exact(), Meter()), times)
    return float(np.linalg.norm(found - exact, axis=1).max()), meter


@settings(max_examples=20)
@given(chains(), seeds, st.floats(0.1, 60.0), st.sampled_from(TOLERANCES))
def test_chebyshev_keeps_its_bound(model, seed, reach, tol):
    """The norm of the error of the state is at most tol, plus rounding eps × gap × time × a few."""
    times = span(model, reach) * np.array([0.2, 0.5, 1.0])
    error, _ = error_and_products(cq.Chebyshev(tol=tol), model, times, columns(cq.haar(seed=seed), model))
    assert error <= tol + 1e-11


@settings(max_examples=20)
@given(chains(), seeds, st.floats(0.1, 40.0), st.sampled_from(TOLERANCES), st.integers(8, 40))
def test_krylov_error_lies_below_its_certificate(model, seed, reach, tol, size):
    times = span(model, reach) * np.array([0.2, 0.5, 1.0])
    psi = columns(cq.haar(seed=seed), model)
    error, meter = error_and_products(cq.Krylov(tol=tol, size=size), model, times, psi)
    assert meter.notes["error bound"] <= tol
    assert error <= meter.notes["error bound"] + 1e-11  # rounding, as above


def test_chebyshev_converges_faster_than_any_power():
    """Between tolerances the error falls as K^-p with p that grows at every step, far above any fixed order."""
    model = random_chain(levels=20)
    times = np.array([span(model, 40.0)])
    psi = columns(cq.haar(seed=1), model)
    runs = [error_and_products(cq.Chebyshev(tol=tol), model, times, psi) for tol in TOLERANCES]
    errors = np.array([error for error, _ in runs])
    products = np.array([meter.products for _, meter in runs])
    orders = -np.diff(np.log(errors)) / np.diff(np.log(products))
    assert np.all(orders > 10)
    assert np.all(np.diff(orders) > 0)


def test_chebyshev_products_grow_linearly_in_time():
    model = random_chain(levels=20)
    psi = columns(cq.haar(seed=1), model)
    reaches = np.array([40.0, 80.0, 160.0, 320.0])
    counts = [error_and_products(cq.Chebyshev(), model, np.array([span(model, r)]), psi)[1].products for r in reaches]
    # r t + 10 (r t)^(1/3) as stated by the method
    assert np.all(counts <= reaches + 10 * np.cbrt(reaches) + 2)
    assert np.all(counts >= reaches)


def test_trapezoid_error_of_the_deviation_is_of_second_order():
    model = random_chain(coupling=0.05)
    theory = cq.ham(model)
    counts = np.array([201, 401, 801, 1601])
    runs = [
        cq.deviation(cq.evolve(model, np.linspace(0, 5 / theory.rate, m), initial=cq.haar(seed=1)), theory)
        for m in counts
    ]
    errors = np.array([run.errors for run in runs])
    for mu in range(model.subunits):
        order = -np.polyfit(np.log(counts - 1.0), np.log(errors[:, mu]), 1)[0]
        assert order == pytest.approx(2, abs=0.25)


def test_deviation_falls_with_the_band():
    """D² of the mixed start at c1 = 1 falls with n (the pure starts' 1/n is the slow test in cross)."""
    found = []
    for levels in (10, 20, 40):
        squares = []
        for seed in range(4):
            model = cq.ModularChain(subunits=2, levels=levels, bandwidth=0.05, coupling=0.025 / levels, seed=seed)
            theory = cq.ham(model)
            exact = cq.evolve(
                model, np.linspace(0, 5 / theory.rate, 101), initial=cq.starts.mixed(), observables=["populations"]
            )
            squares.append(cq.deviation(exact, theory).values[0])
        found.append(np.mean(squares))
    assert found[0] > found[1] > found[2]
