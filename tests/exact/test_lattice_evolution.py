"""Dynamics and thermal states of lattices against closed forms."""

import numpy as np
import pytest
from scipy.special import jv

import caloriq as cq
from caloriq.closed.lattice.equation_of_state import equation_of_state
from caloriq.closed.methods import Typical
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from testers import assert_close


def xx(sites):
    return Lattice(sites=sites, terms=(Term("Sx Sx"), Term("Sy Sy")))


@pytest.mark.parametrize("method", [cq.Exact(), cq.Chebyshev(tol=1e-12), cq.Krylov(tol=1e-12)], ids=lambda m: m.kind)
def test_a_wall_of_the_xx_chain(method):
    """Antal, Rácz, Rákos, Schütz, PRE 59, 4912 (1999): m_n = -½ Σ_{|j|<n} J_j(t)², the middle current t (J_0² + J_1²)/2.

    In the middle of 12 sites the ends are felt by products J_a J_b with a + b = 12, below 1e-11 up to t = 1.2.
    """
    N, t = 12, np.linspace(0, 1.2, 9)
    run = cq.evolve(xx(N), t, initial=cq.starts.domain_wall(), method=method)
    assert run.method.statistics["dimension"] == 924
    for n in (1, 2):
        expected = -0.5 * sum(jv(j, t) ** 2 for j in range(1 - n, n))
        assert_close(run.profiles["magnetisation"][:, N // 2 + n - 1], expected, 1e-10)
        assert_close(run.profiles["magnetisation"][:, N // 2 - n], -expected, 1e-10)
    k = run.bonds.tolist().index([N // 2 - 1, N // 2])
    assert_close(run.currents["magnetisation"][:, k], t / 2 * (jv(0, t) ** 2 + jv(1, t) ** 2), 1e-10)


def test_one_particle_on_a_ladder():
    """A single particle spreads by the exponential of the adjacency matrix, whatever the graph; 60 sites are no matter."""
    model = Lattice(sites=30, geometry={"kind": "ladder"}, terms=(Term("S+ S-", 0.5, plus="hermitian-conjugate"),))
    start = cq.starts.site_states(["down"] * 14 + ["up"] + ["down"] * 15)
    t = np.linspace(0, 3, 7)
    run = cq.evolve(model, t, initial=start)
    assert run.method.statistics["dimension"] == 30
    A = np.zeros((30, 30))
    for a, b in model.geometry.bonds(30).tolist():
        A[a, b] = A[b, a] = 0.5
    E, V = np.linalg.eigh(A)
    psi = (V * np.exp(-1j * np.outer(t, E))[:, None, :]) @ V[14]
    assert_close(run.profiles["magnetisation"] + 0.5, np.abs(psi) ** 2, 1e-11)


def test_spins_in_a_field():
    """Independent levels: e = -(h/2) tanh(h/2T), c = (h/2T)²/cosh², and their entropy; they precess at h."""
    h, T = 0.8, np.array([0.05, 0.3, 1.0, 7.0])
    model, x = Lattice(sites=3, terms=(Term("Sz", h),)), h / 2 / T
    run = equation_of_state(model, T)
    assert_close(run.energy, -h / 2 * np.tanh(x), 1e-12)
    assert_close(run.heat_capacity, x**2 / np.cosh(x) ** 2, 1e-12)
    assert_close(run.free_energy, -T * np.log(2 * np.cosh(x)), 1e-12)
    assert_close(run.entropy, np.log(2 * np.cosh(x)) - x * np.tanh(x), 1e-12)
    assert_close(run.susceptibility("magnetisation"), 0.25 / np.cosh(x) ** 2, 1e-12)
    assert_close(run.values["magnetisation_mean"], -np.tanh(x) / 2, 1e-12)
    t = np.linspace(0, 5, 11)
    turning = cq.evolve(
        model, t, initial=cq.starts.site_states({"theta": np.pi / 2}), observables=[Term("Sx"), Term("Sy")]
    )
    assert_close(turning.observables["Sx"], np.repeat(0.5 * np.cos(h * t)[:, None], 3, axis=1), 1e-12)
    assert_close(turning.observables["Sy"], np.repeat(0.5 * np.sin(h * t)[:, None], 3, axis=1), 1e-12)


@pytest.mark.parametrize("method", ["exact", Typical(samples=4)], ids=["exact", "typical"])
def test_free_fermions(method):
    """An open chain: levels -2 cos(πk/(N+1)), filled by Fermi's function at µ = 0."""
    N, T = 9, np.array([0.1, 0.5, 2.0, 10.0])
    model = Lattice(sites=N, local="fermion", terms=(Term("c+ c-", -1.0, plus="hermitian-conjugate"),))
    run = equation_of_state(model, T, method=method)
    level = -2 * np.cos(np.pi * np.arange(1, N + 1) / (N + 1))[:, None]
    f = 1 / (np.exp(level / T) + 1)
    spread = f * (1 - f)
    expected = {
        "energy": (level * f).sum(0) / N,
        "free_energy": -T * np.log1p(np.exp(-level / T)).sum(0) / N,
        "energy_susceptibility": (level**2 * spread).sum(0) / N,
        "heat_capacity": (level**2 * spread).sum(0) / T**2 / N,
        "particles_mean": f.sum(0) / N,
        "particles_susceptibility": spread.sum(0) / N,
    }
    for name, value in expected.items():
        assert np.all(np.abs(run.values[name] - value) <= run.bounds[name]), name
        if method == "exact":
            assert_close(run.values[name], value, 1e-11 / min(1.0, T.min()) ** 2)


def test_infinite_temperature_is_what_random_states_show():
    """⟨S_x⟩ of many Haar states of a sector: the magnetisation of the sector, with the scatter of dimension D."""
    model = xx(10)
    run = cq.evolve(model, [0.0, 1.0], initial=cq.starts.random_state(numbers={"magnetisation": 1.0}, samples=40))
    m = run.profiles["magnetisation"]
    assert m.shape == (40, 2, 10)
    D = run.method.statistics["dimension"]
    width = np.sqrt((0.25 - 0.01) / (D + 1))
    assert np.abs(m.mean(axis=0) - 0.1).max() <= 5 * width / np.sqrt(40)
    assert m.std(axis=0).max() <= 2 * width
