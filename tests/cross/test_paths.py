"""Two routes inside the library to one observable."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.linalg import block_sparse, kernels
from problems import MODELS, random_chain
from testers import assert_close, assert_physical

TIMES = np.linspace(0, 120, 13)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("subunit", [0, -1])
def test_ensemble_is_the_sum_of_its_states(name, subunit):
    """Blocks of the propagator (populations only) against states one by one; eigenvectors good to 1e-14."""
    start = cq.haar(subunit, seed=2, samples=5)
    quick = cq.evolve(MODELS[name], TIMES, initial=start, method=cq.Exact(), observables=["populations"])
    full = cq.evolve(MODELS[name], TIMES, initial=start, method=cq.Exact())
    assert quick.populations.shape == (5, 13, MODELS[name].subunits)
    assert_close(quick.populations, full.populations, 1e-12)
    assert_physical(quick)
    assert quick.certificate["unitarity defect"].holds


@pytest.mark.parametrize("method", [cq.Exact(), cq.Chebyshev(tol=1e-12), cq.Krylov(tol=1e-12)], ids=lambda m: m.kind)
def test_samples_run_together_as_they_run_alone(method):
    """Twenty starts (more than one group of Chebyshev's columns) against the same starts one at a time."""
    model = random_chain(levels=5)
    together = cq.evolve(model, TIMES, initial=cq.haar(seed=9, samples=20), method=method)
    amplitudes = cq.haar(seed=9, samples=20).amplitudes(model)
    for k in (0, 15, 16, 19):
        psi = np.concatenate([amplitudes[:, k], np.zeros(10)])
        alone = cq.evolve(model, TIMES, initial=cq.starts.vector(psi), method=method)
        assert_close(together.populations[k], alone.populations, 1e-11)
        assert_close(together.currents[k], alone.currents, 1e-11)
        assert_close(together.energy[k], alone.energy, 1e-11)
        assert_close(together.local_energies[k], alone.local_energies, 1e-11)


def test_one_sample_keeps_its_axis():
    one = cq.evolve(random_chain(), TIMES, initial=cq.haar(seed=9, samples=1))
    none = cq.evolve(random_chain(), TIMES, initial=cq.haar(seed=9))
    assert one.populations.shape == (1, 13, 3)
    assert none.populations.shape == (13, 3)
    assert_close(one.populations[0], none.populations, 1e-12)


@pytest.mark.parametrize(
    "initial", [cq.haar(seed=1), cq.starts.mixed(1), cq.haar(seed=1, samples=3)], ids=["one", "mixed", "3"]
)
@pytest.mark.parametrize("interaction", ["complex-gaussian", "real-gaussian"])
def test_compiled_and_plain_products(monkeypatch, initial, interaction):
    """Numba and NumPy give one result; the report names the kernel that ran."""
    model = random_chain(interaction=interaction, levels=13)
    runs = {}
    for kernel, above in (("numpy", 10**9), ("numba", 0)):
        monkeypatch.setattr(block_sparse, "COMPILE_ABOVE", above)
        runs[kernel] = cq.evolve(model, TIMES, initial=initial, method=cq.Chebyshev(tol=1e-12))
        assert runs[kernel].method.statistics["kernel"] == kernel
        assert_physical(runs[kernel])
    for name in ("populations", "currents", "local_energies", "energy"):
        assert_close(getattr(runs["numba"], name), getattr(runs["numpy"], name), 1e-12)  # rounding of 200 products
    assert runs["numba"].method.statistics["products"] == runs["numpy"].method.statistics["products"]


def test_without_numba(monkeypatch):
    """Where Numba is absent a large chain runs in NumPy, and says so."""
    model = random_chain(levels=150, coupling=1e-3)  # 45 000 elements: above the threshold
    times = [0.0, 5.0]
    compiled = cq.evolve(model, times, method=cq.Chebyshev())
    monkeypatch.setattr(kernels, "numba_available", lambda: False)
    monkeypatch.setattr(kernels, "compiled", lambda: pytest.fail("Numba was asked for"))
    plain = cq.evolve(model, times, method=cq.Chebyshev())
    assert compiled.method.statistics["kernel"] == "numba"
    assert plain.method.statistics["kernel"] == "numpy"
    assert_close(plain.populations, compiled.populations, 1e-13)
    assert_close(plain.currents, compiled.currents, 1e-13)


@pytest.mark.parametrize("initial", [cq.haar(seed=1), cq.starts.mixed()], ids=["haar", "mixed"])
def test_deviation_against_dense_quadrature(initial):
    """D² by 401 trapezoids against Simpson's rule on 8001 nodes: within the error that is reported."""
    model = random_chain(subunits=3, levels=20, coupling=0.01)
    theory = cq.ham(model)
    span = 5 / theory.rate
    coarse = cq.deviation(cq.evolve(model, np.linspace(0, span, 401), initial=initial), theory)
    t = np.linspace(0, span, 8001)
    exact = cq.evolve(model, t, initial=initial, observables=["populations"])
    difference = exact.populations - theory.solve(t).populations
    dense = scipy.integrate.simpson(difference**2, x=t, axis=0) / span
    assert np.all(np.abs(coarse.values - dense) <= coarse.errors)
    assert np.all(coarse.errors <= 0.01 * coarse.values)
    assert coarse.span == pytest.approx(span, rel=1e-15)


def test_error_of_the_deviation_is_the_change_at_half_the_times():
    model = random_chain(coupling=0.05)
    theory = cq.ham(model)
    times = np.linspace(0, 5 / theory.rate, 41)
    all_times = cq.deviation(cq.evolve(model, times), theory)
    every_second = cq.deviation(cq.evolve(model, times[::2]), theory)
    assert_close(all_times.errors, np.abs(all_times.values - every_second.values), 1e-12)
    assert np.all(all_times.errors > 0)


def test_deviation_ignores_what_lies_beyond_the_window():
    model = random_chain(coupling=0.05)
    theory = cq.ham(model)
    span = 5 / theory.rate
    short = cq.deviation(cq.evolve(model, np.linspace(0, span, 101)), theory)
    long = cq.deviation(cq.evolve(model, np.linspace(0, 2 * span, 201)), theory)
    assert_close(long.values, short.values, 1e-12)
    half = cq.deviation(cq.evolve(model, np.linspace(0, 2 * span, 201)), theory, spans=2.5)
    assert half.span == pytest.approx(span / 2, rel=1e-15)
    assert not np.allclose(half.values, short.values)


def test_deviation_of_an_ensemble_is_sample_by_sample():
    model = random_chain(coupling=0.05)
    theory = cq.ham(model)
    times = np.linspace(0, 5 / theory.rate, 101)
    many = cq.deviation(cq.evolve(model, times, initial=cq.haar(-1, seed=2, samples=3)), theory)
    assert many.values.shape == many.errors.shape == (3, 3)
    amplitudes = cq.haar(-1, seed=2, samples=3).amplitudes(model)
    for k in range(3):
        psi = np.zeros((3, 6), dtype=complex)
        psi[-1] = amplitudes[:, k]
        one = cq.deviation(cq.evolve(model, times, initial=cq.starts.vector(psi.ravel())), theory)
        assert_close(many.values[k], one.values, 1e-11)


def test_deviation_starts_where_the_vector_starts():
    """A start spread over all subunits: the rate equation starts from its populations, so D² is small, not of order 1."""
    model = random_chain(subunits=3, levels=40, bandwidth=0.05, coupling=0.05 / 80)
    theory = cq.ham(model)
    rng = np.random.default_rng(0)
    psi = rng.standard_normal((3, 40)) * np.array([[2.0], [1.0], [0.5]])
    exact = cq.evolve(model, np.linspace(0, 5 / theory.rate, 101), initial=cq.starts.vector(5.0 * psi.ravel()))
    assert_close(exact.populations[0], (psi**2).sum(axis=1) / (psi**2).sum(), 1e-12)
    assert cq.deviation(exact, theory).values.max() < 0.02  # a start at subunit 0 would give 0.05 and more


def test_scaling_of_time_steps_does_not_change_populations():
    """Sampling more finely adds points and changes none."""
    model = random_chain(levels=20)
    coarse = cq.evolve(model, np.linspace(0, 100, 11), method=cq.Chebyshev(tol=1e-12))
    fine = cq.evolve(model, np.linspace(0, 100, 101), method=cq.Chebyshev(tol=1e-12))
    assert_close(fine.populations[::10], coarse.populations, 1e-11)


def test_verdict_speaks_for_fourier_where_it_should():
    """n = 200, c1 = 1, c2 = 1.25e-3, mixed start: both criteria hold and the dynamics follows."""
    good = cq.ModularChain(subunits=2, levels=200, bandwidth=0.05, coupling=0.05 / 400, seed=1)
    theory = cq.ham(good)
    exact = cq.evolve(
        good, np.linspace(0, 5 / theory.rate, 101), initial=cq.starts.mixed(), observables=["populations"]
    )
    found = cq.verdict(exact, theory)
    assert found.diffusive
    assert found.evidence.holds
    assert found.sentence.startswith("Fourier's law holds")
    assert f"{theory.rate:.4g}" in found.sentence
    assert_close(found.deviation.values, cq.deviation(exact, theory).values, 0.0)


@pytest.mark.parametrize(("factor", "name"), [(0.05, "1/c1"), (20.0, "c2")])
def test_verdict_denies_where_a_criterion_fails(factor, name):
    """λ twenty times smaller: no decay within the Heisenberg time; twenty times larger: coherent."""
    bad = cq.ModularChain(subunits=2, levels=60, bandwidth=0.05, coupling=factor * 0.05 / 120, seed=1)
    theory = cq.ham(bad)
    exact = cq.evolve(bad, np.linspace(0, 5 / theory.rate, 201), initial=cq.starts.mixed(), observables=["populations"])
    found = cq.verdict(exact, theory)
    assert not found.diffusive
    assert not found.evidence[name].holds
    assert not theory.holds
    assert name in found.sentence
