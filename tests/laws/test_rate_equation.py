"""Laws of the rate equation: what a master equation on a path must do, whatever the start."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import caloriq as cq
from caloriq.reduced.rates.closed_form import solve_path
from testers import assert_close

rates = st.floats(1e-8, 1e8)


lengths = st.integers(2, 40)


@st.composite
def starts(draw, subunits=lengths):
    weights = draw(arrays(float, draw(subunits), elements=st.floats(0, 1)))
    weights[draw(st.integers(0, weights.size - 1))] += 1  # not all zero
    return weights / weights.sum()


@given(starts(), rates)
def test_conserved_and_positive(start, rate):
    times = np.array([0.0, 1e-6, 0.1, 1.0, 30.0, 1e4]) / rate
    P = solve_path(start, rate, times)
    assert_close(P.sum(axis=1), np.ones(6), 1e-13)  # a transform of at most 40 terms
    assert P.min() >= -1e-15
    assert_close(P[0], start, 1e-14)


@given(st.integers(2, 20_000), st.integers(0, 19_999), st.floats(1e-3, 1e6))
def test_any_length(subunits, start, time):
    P = solve_path(np.eye(1, subunits, start % subunits)[0], 1.0, np.array([time]))[0]
    assert abs(P.sum() - 1) <= 1e-12  # the limits that Theory.solve certifies
    assert P.min() >= -1e-12


@given(starts(), rates)
def test_monotone_approach_to_equipartition(start, rate):
    """Variance and relative entropy to 1/N never rise; the limit is 1/N."""
    N = start.size
    times = np.concatenate([[0.0], np.geomspace(1e-3, 20.0 * N**2, 40)]) / rate
    P = solve_path(start, rate, times)
    variance = ((P - 1 / N) ** 2).sum(axis=1)
    assert np.all(np.diff(variance) <= 1e-15)  # rounding of the differences of numbers below 1
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = np.where(P > 0, P * np.log(N * P), 0.0).sum(axis=1)
    assert np.all(np.diff(entropy) <= 1e-13)  # the logarithm multiplies the rounding
    # the slowest rate is about (π/N)²: after 20 N² nothing is left but rounding
    assert_close(P[-1], np.full(N, 1 / N), 1e-14)


@given(starts(st.just(7)), starts(st.just(7)), st.floats(0, 1))
def test_linear(first, second, share):
    times = np.array([0.2, 3.0])
    mixture = share * first + (1 - share) * second
    expected = share * solve_path(first, 1.0, times) + (1 - share) * solve_path(second, 1.0, times)
    assert_close(solve_path(mixture, 1.0, times), expected, 1e-14)


@given(starts(), st.floats(0.01, 10), st.floats(0.01, 10))
def test_semigroup(start, first, second):
    halfway = solve_path(start, 1.0, np.array([first]))[0]
    expected = solve_path(start, 1.0, np.array([first + second]))
    assert_close(solve_path(halfway, 1.0, np.array([second])), expected, 1e-14)


@given(starts())
def test_mirror(start):
    times = np.array([0.3, 2.0])
    assert_close(solve_path(start[::-1].copy(), 1.0, times)[:, ::-1], solve_path(start, 1.0, times), 1e-14)


@given(st.integers(2, 30), st.integers(0, 29), st.integers(0, 29))
def test_detailed_balance(subunits, source, target):
    """The Laplacian is symmetric: ν reaches µ as µ reaches ν."""
    times = np.array([0.3, 2.0])
    one, unit = np.eye(subunits), subunits
    there = solve_path(one[source % unit], 1.0, times)[:, target % unit]
    back = solve_path(one[target % unit], 1.0, times)[:, source % unit]
    assert_close(there, back, 1e-14)


@given(starts())
def test_currents_flow_downhill_and_close_the_books(start):
    N = start.size
    theory = cq.ham(cq.ModularChain(subunits=N, levels=10, bandwidth=0.05, coupling=1e-3, seed=0))
    # Simpson's rule on a fine grid: its error is (h γ)^4 × 4^5/180 of the interval, 6e-10 at h γ = 0.01
    times = np.linspace(0, 2, 201) / theory.rate
    solution = theory.solve(times, initial=start)
    assert np.all(solution.currents * np.diff(solution.populations, axis=1) <= 0)
    from scipy.integrate import simpson

    moved = np.concatenate([[0.0], simpson(solution.currents, x=times, axis=0), [0.0]])
    assert_close(solution.populations[-1] - solution.populations[0], moved[:-1] - moved[1:], 1e-7)
    assert solution.certificate.holds
    assert solution.widths.shape == solution.populations.shape


def test_solution_does_not_depend_on_the_other_times():
    theory = cq.ham(cq.ModularChain(subunits=5, levels=10, bandwidth=0.05, coupling=1e-3, seed=0))
    many, one = theory.solve(np.linspace(1, 9, 50)), theory.solve([9.0])
    assert_close(many.populations[-1:], one.populations, 1e-15)
