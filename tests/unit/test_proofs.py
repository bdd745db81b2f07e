"""Certificates and verdicts that must fail when the numbers are wrong."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.closed import dense
from caloriq.linalg import chebyshev as series
from caloriq.questions.comparison import comparison
from caloriq.reduced.average import edge_rates as reduced
from caloriq.reduced.average.averages import hilbert_average
from problems import random_chain
from testers import refused

MODEL = random_chain(levels=12)
THEORY = cq.ham(MODEL)
STARTS = {"one": cq.haar(), "ensemble": cq.haar(samples=3), "mixed": cq.starts.mixed()}


def random_eigenvectors(matrix, **_):
    """An orthonormal basis that has nothing to do with the matrix."""
    rng = np.random.default_rng(0)
    Q, _ = np.linalg.qr(rng.standard_normal(matrix.shape) + 1j * rng.standard_normal(matrix.shape))
    return np.linalg.eigvalsh(matrix), Q


def stretched(matrix, **_):
    values, vectors = np.linalg.eigh(matrix)
    return 1.5 * values, vectors


@pytest.mark.parametrize("wrong", [random_eigenvectors, stretched])
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("observables", [["populations"], ["populations", "currents"]], ids=["populations", "all"])
def test_eigenvectors_of_another_matrix_are_not_certified(monkeypatch, wrong, start, observables):
    monkeypatch.setattr(scipy.linalg, "eigh", wrong)
    with pytest.raises(cq.NotConverged):
        cq.evolve(MODEL, [0.0, 50.0], initial=STARTS[start], method=cq.Exact(), observables=observables)
    with pytest.raises(cq.NotConverged):
        cq.typicality(MODEL, [0.0, 50.0])


def test_residual_and_unitarity_of_a_right_decomposition():
    spectrum = dense.decompose(MODEL.hamiltonian())
    H, V = MODEL.hamiltonian().as_matrix(), spectrum.vectors
    assert spectrum.residual == pytest.approx(np.linalg.norm(H @ V - V * spectrum.energies), rel=0.5, abs=1e-14)
    assert spectrum.residual < 1e-13
    assert spectrum.unitarity < 1e-13


def test_a_series_cut_short_is_not_certified(monkeypatch):
    whole = series.bessel_table
    monkeypatch.setattr("caloriq.closed.chebyshev.bessel_table", lambda x, tol: whole(x, 1e8 * tol))
    with pytest.raises(cq.NotConverged) as refusal:
        cq.evolve(MODEL, [0.0, 300.0], method=cq.Chebyshev(tol=1e-10), observables=["populations"])
    assert not refusal.value.solution.certificate["truncation"].holds


def test_truncation_lies_below_the_tolerance():
    exact = cq.evolve(MODEL, np.linspace(0, 300, 9), method=cq.Chebyshev(tol=1e-8))
    assert 0 < exact.certificate["truncation"].value <= 1e-8


def test_a_rate_equation_that_loses_probability_is_not_certified(monkeypatch):
    whole = reduced.solve_path
    monkeypatch.setattr(reduced, "solve_path", lambda *arguments: 0.9 * whole(*arguments))
    with refused("method", "probability", error=cq.NotConverged):
        THEORY.solve([0.0, 1.0])


def test_no_verdict_from_equilibrium():
    """The diagonal interaction never diffuses; a start spread over all subunits cannot tell."""
    n = 200
    chain = cq.ModularChain(
        subunits=3, levels=n, bandwidth=0.05, coupling=1.25e-4, interaction="given", matrices=np.sqrt(n) * np.eye(n)
    )
    theory = cq.ham(chain)
    times = np.linspace(0, 5 / theory.rate, 41)
    rng = np.random.default_rng(0)
    spread = cq.starts.vector(rng.standard_normal(3 * n) + 1j * rng.standard_normal(3 * n))
    with refused("exact", "away from equilibrium", error=cq.NotEnoughData):
        cq.verdict(cq.evolve(chain, times, initial=spread), theory)
    assert not cq.verdict(cq.evolve(chain, times, initial=cq.haar()), theory).diffusive


def test_theory_starts_at_time_zero_wherever_the_samples_start():
    times = np.array([1.0, 2.0, 3.0]) / THEORY.rate
    data = comparison(cq.evolve(MODEL, times), THEORY).to_dataset()
    assert np.allclose(data.theory_populations, THEORY.solve(times).populations, rtol=0, atol=1e-14)


@pytest.mark.parametrize("stop", [5.0, 5.3, 6.0, 7.0, 9.0, 20.0])
def test_windows_that_end_between_samples(stop):
    """D² over 5/γ hardly depends on where the samples go on to."""
    fine = cq.deviation(cq.evolve(MODEL, np.linspace(0, 5, 2001) / THEORY.rate), THEORY).values
    found = cq.deviation(cq.evolve(MODEL, np.linspace(0, stop, 401) / THEORY.rate), THEORY)
    assert np.all(np.abs(found.values - fine) <= 4 * found.errors + 1e-3 * fine)


@pytest.mark.parametrize("tol", [0.9, 2e-3])
def test_loose_tolerances_are_refused(tol):
    with refused("tol", str(tol)):
        cq.Chebyshev(tol=tol)


def test_a_bad_start_is_refused_before_the_work(monkeypatch):
    monkeypatch.setattr(cq.ModularChain, "hamiltonian", lambda *_, **__: pytest.fail("work was begun"))
    with refused("subunit", "9"):
        cq.evolve(MODEL, [1.0], initial=cq.starts.mixed(9), method=cq.Exact())


def test_widths_of_currents_and_energies_from_the_general_average():
    """The closed forms against `hilbert_average` on the operators themselves."""
    relaxed = THEORY.solve([0.0, 1 / THEORY.rate])
    P, n, N = relaxed.populations[1], MODEL.levels, MODEL.subunits
    H = MODEL.hamiltonian().as_matrix()
    energy = np.zeros_like(H)
    energy[:n, :n] = H[:n, :n]
    average = hilbert_average(energy, P)
    assert relaxed.local_energies[1, 0] == pytest.approx(average.mean, rel=1e-12)
    assert relaxed.local_energy_widths[1, 0] == pytest.approx(
        hilbert_average(energy - MODEL.gap * np.kron(np.diag([1, 0, 0]), np.eye(n)), P).width, rel=1e-9
    )
    current = np.zeros_like(H)
    current[:n, n : 2 * n] = 1j * H[:n, n : 2 * n]
    current += current.conj().T
    strength = np.mean(np.abs(MODEL.interaction_matrix(0)) ** 2)  # the closed form takes its mean, 1
    assert N == 3
    assert relaxed.current_widths[1, 0] * np.sqrt(strength) == pytest.approx(
        hilbert_average(current, P).width, rel=1e-12
    )
    assert hilbert_average(current, P).mean == pytest.approx(0, abs=1e-15)


def test_progress_moves_within_one_run():
    seen = []
    cq.evolve(
        random_chain(levels=30),
        [0.0, 3000.0],
        method=cq.Chebyshev(),
        progress=lambda done, total: seen.append(done / total),
    )
    assert len(seen) > 3
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1)
