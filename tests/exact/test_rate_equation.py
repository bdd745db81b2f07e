"""The rate equation against matrix exponentials and closed forms (PRL 11-13, PRE 30-32)."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.reduced.rates.closed_form import path_rates, solve_path
from problems import given, random_chain
from testers import assert_close


def laplacian(subunits):
    A = np.diag(np.ones(subunits - 1), 1)
    A = A + A.T
    return np.diag(A.sum(axis=0)) - A


def theory(subunits, levels=20):
    return cq.ham(random_chain(subunits=subunits, levels=levels))


@pytest.mark.parametrize("subunits", [2, 3, 4, 7, 12])
def test_matrix_exponential(subunits):
    found = theory(subunits)
    start = np.random.default_rng(subunits).dirichlet(np.ones(subunits))
    times = np.array([0.0, 0.01, 0.3, 2.0, 40.0]) / found.rate
    expected = [scipy.linalg.expm(-found.rate * t * laplacian(subunits)) @ start for t in times]
    # expm is the less accurate side: eps times the norm of its argument, 4 × 40
    assert_close(found.solve(times, initial=start).populations, np.array(expected), 1e-13)


@pytest.mark.parametrize("subunits", [2, 3, 5, 31, 400])
def test_rates_are_the_laplacian_spectrum(subunits):
    # eigvalsh: eps times the norm 4, times a modest function of N
    assert_close(path_rates(subunits), np.linalg.eigvalsh(laplacian(subunits)), 1e-13)


def test_two_subunits():
    found = theory(2)
    t = np.linspace(0, 5, 50)
    P = found.solve(t / found.rate).populations
    assert_close(P[:, 0], (1 + np.exp(-2 * t)) / 2, 1e-15 * 5)  # a few roundings
    assert_close(P[:, 1], (1 - np.exp(-2 * t)) / 2, 1e-15 * 5)


def test_three_subunits():
    found = theory(3)
    t = np.linspace(0, 5, 50)
    a, b = np.exp(-t), np.exp(-3 * t)
    expected = np.stack([1 / 3 + a / 2 + b / 6, 1 / 3 - b / 3, 1 / 3 - a / 2 + b / 6], axis=1)
    assert_close(found.solve(t / found.rate).populations, expected, 1e-14)  # a few roundings
    from_the_middle = np.stack([1 / 3 - b / 3, 1 / 3 + 2 * b / 3, 1 / 3 - b / 3], axis=1)
    assert_close(found.solve(t / found.rate, initial=1).populations, from_the_middle, 1e-14)


def test_half_line():
    """A long path started at its end: e^{-2γt}(I_µ(2γt) + I_{µ+1}(2γt)), the walk reflected at the end."""
    N = 300
    t = np.array([0.1, 1.0, 10.0, 100.0])  # at γt = 100 the far end holds less than 1e-40
    P = solve_path(np.eye(N)[0], 1.0, t)
    mu = np.arange(N)
    expected = scipy.special.ive(mu, 2 * t[:, None]) + scipy.special.ive(mu + 1, 2 * t[:, None])
    assert_close(P, expected, 1e-13)  # a cosine transform of 300 terms; ive itself is good to 1e-14


def test_hundred_thousand_subunits():
    found = cq.ham(cq.ModularChain(subunits=100_000, levels=10, bandwidth=0.05, coupling=1e-3, seed=0))
    solution = found.solve(np.array([0.0, 1.0, 1e4]) / found.rate, initial=50_000)
    assert solution.populations.shape == (3, 100_000)
    assert solution.certificate.holds
    # in the bulk the walk spreads as 2γt
    mu = np.arange(100_000) - 50_000
    assert_close(solution.populations @ mu.astype(float) ** 2, np.array([0.0, 2.0, 2e4]), 2e-6)  # 1e10/4 × eps of tails


def test_currents_are_fouriers():
    """J_µ = -γ(P_µ+1 - P_µ), and dP_µ/dt = J_µ-1 - J_µ to the fourth order of a difference quotient."""
    found = theory(6)
    start = np.random.default_rng(0).dirichlet(np.ones(6))
    t = 0.7 / found.rate
    solution = found.solve([t], initial=start)
    assert_close(solution.currents, -found.rate * np.diff(solution.populations, axis=1), 0.0)
    flow = np.concatenate([[0.0], solution.currents[0], [0.0]])
    steps = np.array([0.2, 0.1, 0.05, 0.025]) / found.rate
    errors = []
    for h in steps:
        P = found.solve(t + h * np.array([-2.0, -1.0, 1.0, 2.0]), initial=start).populations
        slope = (P[0] - 8 * P[1] + 8 * P[2] - P[3]) / (12 * h)
        errors.append(np.abs(slope - (flow[:-1] - flow[1:])).max())
    assert np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(4, abs=0.2)


def test_rate_and_criteria_at_the_papers_parameters():
    """γ = 2πλ²n/δε (PRL 10), c1 = 2λn/δε and c2 = λ²n/δε² (PRL 14) at n = 500, δε = 0.05, λ = 5e-5."""
    found = cq.ham(cq.ModularChain(subunits=3, levels=500, bandwidth=0.05, coupling=5e-5, seed=0))
    assert found.rate == pytest.approx(2 * np.pi * 25e-10 * 500 / 0.05, rel=1e-14)
    assert found.rate == pytest.approx(1.5708e-4, abs=5e-9)  # the paper's digits
    c1, c2, busiest, narrow, slight = found.criteria
    assert c1.value == pytest.approx(1.0, rel=1e-14)
    assert c2.value == pytest.approx(5e-4, rel=1e-14)
    assert busiest.value == pytest.approx(1e-3, rel=1e-14)  # the middle subunit has two bonds
    assert narrow.value == pytest.approx(0.05, rel=1e-14)
    assert slight.value == pytest.approx(5e-5 * np.sqrt(500), rel=1e-14)
    assert all(criterion.holds for criterion in found.criteria)
    assert found.holds
    assert c1.margin == pytest.approx(1.0, rel=1e-14)
    assert c2.margin == pytest.approx(20.0, rel=1e-14)  # against the library's own meaning of "far below 1", 0.01
    # γ τ_H = π² c1² and γ τ_c = 4π² c2 (PRL 14)
    assert found.rate * found.heisenberg_time == pytest.approx(np.pi**2 * c1.value**2, rel=1e-14)
    assert found.rate * found.correlation_time == pytest.approx(4 * np.pi**2 * c2.value, rel=1e-14)
    assert found.relaxation_time == pytest.approx(1 / found.rate, rel=1e-15)


def test_strength_of_given_matrices_enters_as_the_coupling_does():
    blocks = np.random.default_rng(3).standard_normal((2, 6, 6))
    size = np.sqrt(np.mean(blocks**2))
    scaled = given(blocks / size, subunits=3, coupling=0.1 * size)
    one, other = cq.ham(given(blocks, subunits=3, coupling=0.1)), cq.ham(scaled)
    assert one.rate == pytest.approx(other.rate, rel=1e-13)
    assert [c.value for c in one.criteria] == pytest.approx([c.value for c in other.criteria], rel=1e-13)
