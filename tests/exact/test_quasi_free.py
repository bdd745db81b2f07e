"""Quasi-free lattices beside closed forms, and large ones."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Jump, Term
from caloriq.steady.quasi_free.bounds import bounded
from caloriq.steady.quasi_free.equation import Equation
from caloriq.steady.quasi_free.linear import Solved, Solver
from quasi_free import PLUS, folded, square


def current(sites, dephasing, hot=1.0):
    """J of the uniform chain between n̄ = 1/(e^{1/T} - 1) and 0, hopping, rates and frequency 1."""
    n = 1 / np.expm1(1 / hot)
    first, last, s = 2 * n + 1, 1.0, n / (2 * n + 1)
    return 4 * first * last * s / ((first + last) * (4 + first * last) + 2 * dephasing * (sites - 1) * first * last)


@pytest.mark.parametrize(("sites", "dephasing"), [(200, 0.0), (200, 0.5), (200, 5.0)])
def test_current_of_a_folded_chain(sites, dephasing):
    """MT 11-12 without dephasing and 1/J = R + rN with it, of fermions whose order is not that of the chain."""
    found = cq.steady_state(folded(sites, dephasing=dephasing, hot=1.0))
    J = current(sites, dephasing)
    assert abs(found.inflows["particles"][0] - J) <= min(1e-14, found.bounds["particles_inflows"][0])
    flowing = np.abs(found.currents["particles"])
    assert (flowing > J / 2).sum() == sites - 1
    np.testing.assert_allclose(flowing[flowing > J / 2], J, rtol=0, atol=1e-14)
    assert max(found.bounds["particles_currents"]) <= 1e-10


def test_square_between_two_edges():
    """Along the edges momentum is conserved: every row carries the current of the uniform chain, whatever its length."""
    found = cq.steady_state(square(8))
    # γ₁ = γ_N = 1, s₁ = 0.8, s_N = 0.3
    J = 4 * (0.8 - 0.3) / (2 * 5)
    np.testing.assert_allclose(found.inflows["particles"][:8], J, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found.inflows["particles"][8:], -J, rtol=0, atol=1e-13)
    assert max(found.bounds["particles_inflows"]) <= 1e-12


@pytest.mark.slow
def test_square_of_400_sites():
    found = cq.steady_state(square(20))
    np.testing.assert_allclose(found.inflows["particles"][:20], 0.2, rtol=0, atol=1e-13)
    assert found.certificate["residual"].value <= 1e-14
    assert max(found.bounds["particles"]) <= 1e-10


def test_majorana_chain_in_a_pair_of_sites():
    """H = Δ c†c† + h.c. with loss alone: n = 2Δ²/(Γ² + 4Δ²), from dn/dt = 2Δ Im⟨cc⟩ - Γn and ⟨cc⟩ ∝ (1 - 2n)."""
    model = Lattice(sites=2, local="fermion", terms=[Term("c+ c+", 0.6, **PLUS)], jumps=[Jump("c-", 0.8)])
    found = cq.steady_state(model)
    n = 2 * 0.6**2 / (0.8**2 + 4 * 0.6**2)
    np.testing.assert_allclose(found.profiles["particles"], n, rtol=0, atol=1e-14)
    assert found.two_point.shape == (4, 4)
    assert "pairs" in found.method.reason


@pytest.mark.parametrize("dephasing", [0.0, 0.3])
@pytest.mark.parametrize(("word", "filled"), [("c-", 0.0), ("c+", 1.0)])
def test_empty_and_full(word, filled, dephasing):
    """One bath that only takes, or only brings."""
    terms = [Term("c+ c-", [1.0, 0.5], on=[[0, 1], [0, 2]], **PLUS), Term("n", [0.3, 0.2, 0.6])]
    model = Lattice(sites=3, local="fermion", terms=terms, jumps=[Jump(word, 0.5, on=[0])], dephasing=dephasing)
    found = cq.steady_state(model, method=cq.TwoPoint())
    np.testing.assert_allclose(found.profiles["particles"], filled, rtol=0, atol=1e-14)
    assert found.energy == pytest.approx(1.1 * filled, abs=1e-14)


def test_bounds_hold_for_a_solution_that_is_off():
    """A solution spoilt at random: what it is off by is within its limits, element by element and number by number."""
    model = folded(12, dephasing=0.3, hot=1.0)
    equation = Equation.of(model.quasi_free)
    solver = Solver(equation.change, equation.rate)
    found = solver.solve(equation.source)
    rng = np.random.default_rng(5)
    for size in (1e-6, 1e-2):
        noise = size * (rng.standard_normal((12, 12)) + 1j * rng.standard_normal((12, 12)))
        spoilt = found.matrix + noise + noise.conj().T
        error = bounded(equation, solver, Solved(spoilt, equation.source + equation.change(spoilt)))
        assert all(one.holds for one in error.checks)
        off = np.abs(noise + noise.conj().T)
        assert np.all(off <= error.limits)
        f = np.zeros((12, 12), dtype=complex)
        f[0, 2], f[2, 0] = 1j, -1j
        assert np.abs(np.trace(f @ (noise + noise.conj().T))) <= error.of(f) <= 1e3 * size
        assert error.products


def test_nothing_is_bounded_where_the_second_state_is_as_steady():
    """Loss on one of two sites that do not know each other."""
    model = Lattice(sites=2, local="fermion", terms=[Term("n", [0.3, 0.5])], jumps=[Jump("c-", [1.0, 1e-17])])
    with pytest.raises(cq.NotConverged, match="one steady state"):
        cq.steady_state(model)


def test_schur_vectors_where_eigenvectors_are_none():
    """At g = |γ₁ - γ₂|/4 the two modes of a pair of sites are one."""
    model = Lattice(
        sites=2,
        local="fermion",
        terms=[Term("c+ c-", 0.25, **PLUS)],
        jumps=[Jump("c-", [1.5, 0.3]), Jump("c+", [0.0, 0.2])],
    )
    found = cq.steady_state(model)
    assert found.method.statistics["condition"] > 1e7
    # γ₁ = 1.5, γ₂ = 0.5, s₁ = 0, s₂ = 0.4
    J = 4 * 0.25**2 * 1.5 * 0.5 * 0.4 / (2.0 * (4 * 0.25**2 + 0.75))
    assert found.currents["particles"] == pytest.approx([-J], abs=1e-14)
