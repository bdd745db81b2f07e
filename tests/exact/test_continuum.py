"""Diffusion on cells against closed forms."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.reduced.rates.continuum import steady_diffusion
from testers import assert_close


def test_modes_of_a_line():
    """On the lattice itself cos(πk(i + ½)/N) decays at 4w sin²(πk/2N): WS 10, and PRL 11."""
    N, w, t = 12, 0.7, np.array([0.0, 0.5, 3.0])
    for k in (1, 5):
        mode = np.cos(np.pi * k * (np.arange(N) + 0.5) / N)
        found = cq.diffuse(2 + mode, t, rate=w, tol=1e-10)
        decay = np.exp(-4 * w * np.sin(np.pi * k / (2 * N)) ** 2 * t)
        assert_close(found.density, 2 + decay[:, None] * mode, 1e-7)
        assert_close(found.energy, np.full(3, 2.0 * N), 1e-10)


def test_same_as_the_rate_equation():
    """The populations of the modular chain diffuse."""
    chain = cq.ModularChain(subunits=5, levels=20, bandwidth=0.05, coupling=5e-4, seed=0)
    theory = cq.ham(chain)
    t = np.array([0.3, 2.0]) / theory.rate
    start = np.array([1.0, 0, 0, 0, 0])
    found = cq.diffuse(start, t, rate=theory.rate, tol=1e-10)
    assert_close(found.density, theory.solve(t, initial=0).populations, 1e-7)


@pytest.mark.parametrize("sides", ["insulated", "periodic"])
def test_cube(sides):
    """A product of three modes, anisotropic lengths; energy is conserved."""
    shape, length, w, a = (6, 8, 4), (3.0, 2.0, 5.0), 0.3, 0.5
    factor = 1.0 if sides == "insulated" else 2.0
    h = np.array(length) / shape
    start, decay = np.ones(shape), 0.0
    for axis, n in enumerate(shape):
        wave = np.cos(factor * np.pi * (np.arange(n) + 0.5) / n)
        start = start * wave.reshape([-1 if k == axis else 1 for k in range(3)])
        decay += 4 * w * a**2 / h[axis] ** 2 * np.sin(factor * np.pi / (2 * n)) ** 2
    t = np.array([0.2, 1.5])
    found = cq.diffuse(1 + start, t, rate=w, spacing=a, length=length, sides=sides, tol=1e-10)
    assert_close(found.density, 1 + np.exp(-decay * t)[:, None, None, None] * start, 1e-7)
    assert_close(found.energy, np.full(2, 30.0), 1e-9)


def test_continuum_limit():
    """Second order in the cells, for a rate that depends on place and time: a manufactured solution."""
    errors = []
    for n in (40, 80, 160):
        x = (np.arange(n) + 0.5) / n

        def rate(x, t):
            # u = 1 + e^(-s(t)) cos πx with w = f(t): any w(t) rescales the time
            return (1 + 0.5 * np.sin(t)) * np.ones_like(x)

        t = 0.12
        s = np.pi**2 * (t + 0.5 * (1 - np.cos(t)))
        found = cq.diffuse(1 + np.cos(np.pi * x), [t], rate=rate, length=1.0, spacing=1.0, tol=1e-9)
        errors.append(np.abs(found.density[0] - 1 - np.exp(-s) * np.cos(np.pi * x)).max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.05)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("shape", [(30,), (6, 5, 4)])
def test_steady_profile(shape):
    """Linear between two sides: u at the cells' centres, and J = a²w Δu/L on every face."""
    sides = [(3.0, 1.0), "insulated", "periodic"][: len(shape)]
    found = steady_diffusion(shape, rate=0.4, spacing=0.5, sides=sides)
    x = (np.arange(shape[0]) + 0.5) / shape[0]
    profile = (3 - 2 * x).reshape(-1, *[1] * (len(shape) - 1))
    assert_close(found.density[0], np.broadcast_to(profile, shape), 1e-10)
    assert_close(found.currents[0], np.full(found.currents[0].shape, 0.25 * 0.4 * 2 / (0.5 * shape[0])), 1e-10)


def test_two_materials_in_series():
    """Resistances add: a step in w, with the harmonic mean at the face between."""
    w = np.where(np.arange(40) < 20, 1.0, 0.25)
    found = steady_diffusion((40,), rate=w, sides=[(1.0, 0.0)])
    expected = 1 / (20 / 1.0 + 20 / 0.25)
    assert_close(found.currents[0], np.full((1, 39), expected), 1e-12)


def test_time_leads_to_the_steady_state():
    """With w(x, t) that settles; the energy that came in is what is there."""

    def rate(x, t):
        return (1 + x / 20) * (1 + np.exp(-t))

    found = cq.diffuse(np.zeros(20), [1.0, 600.0], rate=rate, sides=(1.0, 0.25))
    steady = steady_diffusion((20,), rate=lambda x, t: 1 + x / 20, sides=(1.0, 0.25))
    assert_close(found.density[-1], steady.density[0], 1e-6)
    assert_close(found.absorbed, found.energy, 1e-9)
    assert found.absorbed[0] > 0


def test_equal_sides():
    """Nothing flows, and u is constant."""
    for shape in ((5,), (4, 3, 3)):
        found = steady_diffusion(shape, rate=2.0, sides=1.5)
        assert_close(found.density[0], np.full(shape, 1.5), 1e-10)


def test_a_rate_that_acts_late_and_shortly():
    """Steps do not pass over it: a pulse of w in time mixes as its integral says."""
    start = np.arange(6.0)
    pulse = lambda x, t: 0.2 * np.exp(-((t - 30) ** 2) / 2) + 0 * x  # noqa: E731
    late = cq.diffuse(start, [50.0], rate=pulse, tol=1e-9)
    same = cq.diffuse(start, [0.2 * np.sqrt(2 * np.pi)], rate=1.0, tol=1e-9)
    assert_close(late.density, same.density, 1e-6)
    assert np.abs(late.density[0] - start).max() > 0.1


def test_large_lattices_take_the_explicit_route(monkeypatch):
    """The same numbers by both integrators."""
    from caloriq.reduced.rates import continuum

    start = np.random.default_rng(0).random((17, 17, 17))
    assert cq.diffuse(start, [0.001], rate=1.0, sides=(1.0, 0.0), tol=1e-6).method.name == "RK23"
    start = start[:9, :9, :9]
    small = cq.diffuse(start, [0.1], rate=1.0, sides=(1.0, 0.0), tol=1e-9)
    assert small.method.name == "BDF"
    monkeypatch.setattr(continuum, "DIRECT", 100)
    large = cq.diffuse(start, [0.1], rate=1.0, sides=(1.0, 0.0), tol=1e-9)
    assert large.method.name == "RK23"
    assert_close(small.density, large.density, 1e-6)
