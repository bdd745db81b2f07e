"""Every method on every problem with a closed form; tolerances are stated with the problems."""

import numpy as np
import pytest

import caloriq as cq
from problems import PROBLEMS, given, random_chain
from testers import assert_close, assert_physical

METHODS = [cq.Exact(), cq.Chebyshev(tol=1e-12), cq.Krylov(tol=1e-12)]


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.kind)
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_closed_form(problem, method):
    exact = cq.evolve(problem.model, problem.times, initial=problem.initial, method=method)
    assert_close(exact.populations, problem.populations(problem.times), problem.tol)
    if problem.currents is not None:
        # a current is at most λ‖v‖ times an amplitude product: its error is that of a population times λ‖v‖ < 1
        assert_close(exact.currents, problem.currents(problem.times), problem.tol)
    if problem.model.levels == 1:
        assert_close(exact.local_energies, problem.model.gap * exact.populations, 1e-15 * problem.model.gap)
    assert_physical(exact)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.kind)
def test_populations_only(method):
    problem = next(p for p in PROBLEMS if p.name == "pairs-haar")
    exact = cq.evolve(problem.model, problem.times, initial=problem.initial, method=method, observables=["populations"])
    assert_close(exact.populations, problem.populations(problem.times), problem.tol)
    assert exact.currents is None
    assert exact.energy is None
    assert exact.local_energies is None


def order(steps, errors):
    """Exponent p of errors ∝ steps^p, by regression."""
    return np.polyfit(np.log(steps), np.log(errors), 1)[0]


@pytest.mark.parametrize(
    ("initial", "remainder"), [(cq.haar(seed=2), 3), (cq.starts.level(0, 1), 4)], ids=["haar", "level"]
)
def test_short_time(initial, remainder):
    """P_0 = 1 - (λt)²⟨v v†⟩ + O(t³); an eigenstate of the band has no odd orders."""
    model = random_chain(coupling=0.2)
    times = np.geomspace(0.02, 0.2, 7)
    psi = initial.amplitudes(model)[:, 0]
    v = model.interaction_matrix(0)
    strength = np.linalg.norm(v.conj().T @ psi) ** 2
    exact = cq.evolve(model, times, initial=initial, method=cq.Exact())
    error = np.abs(exact.populations[:, 0] - (1 - (model.coupling * times) ** 2 * strength))
    # the next order bends the line by at most its share, λt‖v‖ < 0.2 at the largest step
    assert order(times, error) == pytest.approx(remainder, abs=0.2)


def test_short_time_current():
    """J_0 = 2 (λ²t) ⟨v v†⟩ + O(t²): it starts from zero, and the first bond alone carries it."""
    model = random_chain(coupling=0.2)
    times = np.geomspace(1e-3, 1e-2, 5)
    psi = cq.haar(seed=2).amplitudes(model)[:, 0]
    strength = np.linalg.norm(model.interaction_matrix(0).conj().T @ psi) ** 2
    exact = cq.evolve(model, times, initial=cq.haar(seed=2), method=cq.Exact())
    error = np.abs(exact.currents[:, 0] - 2 * model.coupling**2 * strength * times)
    assert order(times, error) == pytest.approx(2, abs=0.1)
    # the second bond waits for the first: J_1 ∝ t³
    assert order(times, np.abs(exact.currents[:, 1])) == pytest.approx(3, abs=0.1)


def test_kernel_is_the_second_order_of_the_dynamics():
    """For the mixed start 1 - P_0(τ) = f(τ) + O(λ⁴) (PRL 7-9): the remainder falls with the fourth power of λ."""
    couplings = np.array([4e-3, 2e-3, 1e-3, 5e-4])
    errors = []
    for coupling in couplings:
        model = random_chain(subunits=2, levels=8, bandwidth=0.5, coupling=coupling)
        kernel = cq.ham(model).kernel
        inside = slice(1, 40)  # up to about τ_H/3
        exact = cq.evolve(model, kernel.times[inside], initial=cq.starts.mixed(0), method=cq.Exact())
        errors.append(np.abs(1 - exact.populations[:, 0] - kernel.values[0, inside]).max())
    assert order(couplings, np.array(errors)) == pytest.approx(4, abs=0.1)


def test_given_hermitian_matrix_is_the_same_chain():
    """The whole V, (N n, N n), means its neighbour blocks."""
    rng = np.random.default_rng(0)
    blocks = rng.standard_normal((2, 3, 3)) + 1j * rng.standard_normal((2, 3, 3))
    whole = np.zeros((9, 9), dtype=complex)
    whole[0:3, 3:6], whole[3:6, 6:9] = blocks
    whole += whole.conj().T
    model = given(blocks, subunits=3)
    again = cq.ModularChain(subunits=3, levels=3, bandwidth=0.4, coupling=0.1, interaction="given", matrices=whole)
    assert again == model
    assert_close(again.hamiltonian().as_matrix(), model.hamiltonian().as_matrix(), 0.0)
