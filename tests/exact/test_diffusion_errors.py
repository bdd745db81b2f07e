"""Numbers of diffusion lie within the errors that come with them."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.reduced.rates.continuum import steady_diffusion


@pytest.mark.parametrize("weak", [1e-3, 1e-14, 1e-100])
@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_a_weak_link(weak, scale):
    """Resistances in series, one of them huge: the current to 1e-12 of itself, u a step."""
    w = np.array([1.0, 1.0, weak, 1.0, 2.0]) * scale
    found = steady_diffusion((5,), rate=w, sides=(1.0, 0.25))
    faces = 2 * w[1:] * w[:-1] / (w[1:] + w[:-1])
    total = (1 / faces).sum() + 1 / (2 * w[0]) + 1 / (2 * w[-1])
    np.testing.assert_allclose(found.currents[0], np.full((1, 4), 0.75 / total), rtol=1e-12)
    np.testing.assert_allclose(found.density[0, 0], 1 - 0.75 / (2 * w[0] * total), rtol=1e-14)
    assert found.errors[0] < 1e-13


def test_sides_of_one_line():
    """One side held: u is its value; a cut between two held sides: each part at its own."""
    one = steady_diffusion((4,), rate=1.0, sides=(2.0, "insulated"))
    np.testing.assert_array_equal(one.density[0], np.full(4, 2.0))
    cut = steady_diffusion((4,), rate=lambda x, t: np.where(x == 2, 0.0, 1.0), sides=(2.0, -1.0))
    np.testing.assert_array_equal(cut.density[0], [2.0, 2.0, -1.0, -1.0])
    np.testing.assert_array_equal(cut.currents[0], np.zeros((1, 3)))


def test_bound_of_a_lattice():
    """Against a dense solution, with rates over three decades."""
    w = 10 ** np.random.default_rng(0).uniform(-1.5, 1.5, (4, 5, 3))
    found = steady_diffusion((4, 5, 3), rate=w, sides=[(1.0, 0.0), "insulated", "periodic"])
    A, b = found.model.system()
    gap = np.abs(np.linalg.solve(-A.toarray(), b) - found.density[0].ravel()).max()
    assert gap <= found.errors[0] < 1e-8


@pytest.mark.parametrize("tol", [1e-4, 1e-8])
def test_error_of_time_steps(tol):
    """A cosine mode: the estimate covers the error."""
    N, t = 12, np.array([0.0, 0.5, 3.0, 20.0])
    mode = np.cos(np.pi * (np.arange(N) + 0.5) / N)
    found = cq.diffuse(2 + mode, t, rate=0.7, tol=tol)
    true = 2 + np.exp(-4 * 0.7 * np.sin(np.pi / (2 * N)) ** 2 * t)[:, None] * mode
    assert np.all(np.abs(found.density - true).max(axis=1) <= found.errors)
    assert np.all(found.errors <= 1e4 * tol)


def test_two_ways_in_time(monkeypatch):
    """Eigenvectors and steps agree between held sides, also on what came in."""
    from caloriq.reduced.rates import continuum

    w, t = np.array([1.0, 0.3, 2.0, 0.1, 1.0]), [0.2, 3.0]
    one = cq.diffuse(np.zeros(5), t, rate=w, sides=(1.0, 0.25))
    monkeypatch.setattr(continuum, "MODES", 0)
    two = cq.diffuse(np.zeros(5), t, rate=w, sides=(1.0, 0.25), tol=1e-10)
    assert (one.method.name, two.method.name) == ("eigenvectors", "BDF")
    np.testing.assert_allclose(one.density, two.density, atol=1e-7)
    np.testing.assert_allclose(one.absorbed, two.absorbed, atol=1e-7)
    np.testing.assert_allclose(one.absorbed, one.energy, rtol=1e-12)
