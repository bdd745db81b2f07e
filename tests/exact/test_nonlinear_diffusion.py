"""Planes and conductivities that depend on the density: self-similar solutions, eigenmodes, Kirchhoff's transform, series."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.models.conductivities import PowerConductivity, SampledConductivity
from caloriq.reduced.rates.continuum import steady_diffusion
from caloriq.reduced.rates.nonlinear import diffuse_nonlinear, steady_nonlinear
from testers import assert_close, refused


def barenblatt(r, t, m, dimension):
    """Of u_t = ∇·(u^m ∇u), that is v_s = Δv^(m+1) at s = t/(m+1) (Barenblatt 1952, Pattle 1959)."""
    n, d, s = m + 1, dimension, t / (m + 1)
    a = d / (d * (n - 1) + 2)
    k = a * (n - 1) / (2 * n * d)
    return s**-a * np.maximum(1 - k * r**2 * s ** (-2 * a / d), 0) ** (1 / (n - 1))


def means(cells, length, t, m, dimension, parts):
    """Means over the cells of a box around the middle."""
    x = (np.arange(cells * parts) + 0.5) * length / (cells * parts) - length / 2
    r = np.sqrt(sum(one**2 for one in np.meshgrid(*[x] * dimension, indexing="ij")))
    u = barenblatt(r, t, m, dimension).reshape([cells, parts] * dimension)
    return u.mean(axis=tuple(range(1, 2 * dimension, 2)))


@pytest.mark.parametrize(("m", "order"), [(0.5, 1.7), (1.0, 1.2), (2.0, 0.7)])
def test_self_similar_on_a_line(m, order):
    """Within the error that is told, which falls with the cells as the front lets it."""
    gaps, told, steps = [], [], (40, 80, 160)
    for cells in steps:
        start, end = (means(cells, 12.0, t, m, 1, 200) for t in (1.0, 4.0))
        found = diffuse_nonlinear(start, [0.0, 3.0], conductivity=PowerConductivity(exponent=m), length=12.0)
        gap = np.abs(found.density[-1] - end)
        assert gap.max() <= found.errors[-1]
        gaps.append(gap.mean())
        told.append(found.errors[-1])
        assert found.energy[-1] == pytest.approx(found.energy[0], rel=1e-10)
    assert -np.polyfit(np.log(steps), np.log(gaps), 1)[0] > order
    assert told[-1] < told[0] / (2 if m <= 1 else 1.2)


def test_self_similar_in_a_plane():
    gaps = []
    for cells in (20, 40):
        start, end = (means(cells, 9.0, t, 1.0, 2, 20) for t in (1.0, 4.0))
        found = diffuse_nonlinear(
            start, [0.0, 3.0], conductivity=PowerConductivity(exponent=1.0), length=[9.0, 9.0], tol=1e-7
        )
        gap = np.abs(found.density[-1] - end)
        assert gap.max() <= found.errors[-1]
        gaps.append(gap.mean())
    assert gaps[0] / gaps[1] > 1.6


@pytest.mark.parametrize(
    "law", [PowerConductivity(exponent=0), SampledConductivity(densities=[-2, 0, 1, 2], values=[1] * 4)]
)
def test_eigenmodes_of_a_rectangle(law):
    """cos(πx/a) cos(2πy/b) decays at the eigenvalue of the cells, κ constant; the linear verb gives the same."""
    nx, ny, a, b = 12, 8, 3.0, 2.0
    x, y = (np.arange(nx) + 0.5) / nx, (np.arange(ny) + 0.5) / ny
    mode = np.outer(np.cos(np.pi * x), np.cos(2 * np.pi * y))
    t = [0.0, 0.1, 0.3]
    hx, hy = a / nx, b / ny
    rate = (2 - 2 * np.cos(np.pi / nx)) / hx**2 + (2 - 2 * np.cos(2 * np.pi / ny)) / hy**2
    expected = np.exp(-rate * np.array(t))[:, None, None] * mode
    linear = cq.diffuse(mode, t, rate=1.0, length=[a, b])
    assert_close(linear.density, expected, 1e-12)
    assert linear.currents[0].shape == (3, nx - 1, ny)
    assert linear.currents[1].shape == (3, nx, ny - 1)
    found = diffuse_nonlinear(mode, t, conductivity=law, length=[a, b])
    assert_close(found.density, expected, 1e-6)
    assert_close(found.currents[0], linear.currents[0], 1e-5)
    true = np.exp(-(1 / 9 + 1) * np.pi**2 * np.array(t))[:, None, None] * mode
    assert np.all(np.abs(found.density - true).max(axis=(1, 2)) <= found.errors)


@pytest.mark.parametrize("m", [0.5, 1.0, 3.0])
def test_steady_line(m):
    """u^(m+1) is linear between the walls, and the current is (Φ₁ - Φ₂)/L, exactly."""
    found = steady_nonlinear((20,), conductivity=PowerConductivity(scale=2.0, exponent=m), length=5.0, sides=(3.0, 1.0))
    x = found.centres[0] / 5
    exact = (3 ** (m + 1) * (1 - x) + x) ** (1 / (m + 1))
    assert_close(found.density[0], exact, 1e-13)
    assert_close(found.currents[0][0], np.full(19, 2 / (m + 1) * (3 ** (m + 1) - 1) / 5), 1e-12)


def test_steady_plane():
    """Φ solves Laplace's equation: sin(πx) sinh(πy)/sinh(π) of the walls' Φ, and the time-dependent one tends to it."""
    law = PowerConductivity(exponent=2.0)
    walls = [(0.5, 1.0), ("periodic", "periodic")]
    found = steady_nonlinear((16, 4), conductivity=law, length=[1.0, 0.5], sides=walls)
    x = found.centres[0]
    assert_close(found.density[0], np.repeat(((0.125 * (1 - x) + x) ** (1 / 3))[:, None], 4, axis=1), 1e-10)
    late = diffuse_nonlinear(
        np.full((16, 4), 0.7), [0.0, 30.0], conductivity=law, length=[1.0, 0.5], sides=walls, tol=1e-9
    )
    assert_close(late.density[-1], found.density[0], 1e-6)
    corner = steady_nonlinear((24, 24), conductivity=law, length=[1.0, 1.0], sides=[(1.0, 0.5), (1.0, 0.5)])
    linear = steady_diffusion((24, 24), rate=1.0, length=[1.0, 1.0], sides=[(1 / 3, 1 / 24), (1 / 3, 1 / 24)])
    assert_close(corner.density[0], (3 * linear.density[0]) ** (1 / 3), 1e-9)
    assert_close(corner.density[0], corner.density[0].T, 1e-9)
    balance = [corner.currents[k][0] for k in (0, 1)]
    inner = balance[0][1:, 1:-1] - balance[0][:-1, 1:-1] + balance[1][1:-1, 1:] - balance[1][1:-1, :-1]
    assert_close(inner, np.zeros_like(inner), 1e-9)


def test_resistances_in_series():
    """w(x) in layers, κ = u: the current is (Φ₁ - Φ₂)/Σ(d/w), on a line and across a plane."""
    w = np.repeat([1.0, 4.0, 0.5, 2.0], 4)
    law = PowerConductivity(exponent=1.0)
    J = (4 / 2 - 1 / 2) / (0.25 * np.sum(1 / np.array([1.0, 4.0, 0.5, 2.0])))
    line = steady_nonlinear((16,), conductivity=law, rate=w, sides=(2.0, 1.0), spacing=1 / 16)
    assert_close(line.currents[0][0] / (1 / 16) ** 2, np.full(15, J), 1e-11)  # the rate is a²w
    plane = steady_nonlinear(
        (16, 4),
        conductivity=law,
        rate=np.repeat(w[:, None], 4, axis=1),
        length=[1.0, 1.0],
        sides=[(2.0, 1.0), "insulated"],
    )
    assert_close(plane.currents[0][0], np.full((15, 4), J), 1e-8)
    assert_close(plane.currents[1][0], np.zeros((16, 3)), 1e-8)


def test_table_of_a_function():
    """κ = 1 + u² sampled: Φ = u + u³/3, its inverse, and the steady line."""
    law = SampledConductivity.of_function(lambda u: 1 + u**2, 0.0, 2.0)
    u = np.linspace(0, 2, 33)
    assert_close(law.at(u), 1 + u**2, 1e-6)
    assert_close(law.potential(u), u + u**3 / 3, 1e-7)
    assert_close(law.inverse(law.potential(u)), u, 1e-12)
    assert SampledConductivity.from_mapping(law.to_mapping()) == law
    found = steady_nonlinear((32,), conductivity=law, length=1.0, sides=(2.0, 0.0))
    v = found.density[0]
    assert_close(v + v**3 / 3, (2 + 8 / 3) * (1 - found.centres[0]), 1e-6)


def test_errors_of_what_is_no_continuum():
    """Without length the cells are the units, and the errors those of the time steps alone."""
    start = np.array([2.0, 1.0, 0.5, 0.5, 0.2])
    one, two = (
        diffuse_nonlinear(start, [0.0, 1.0], conductivity=PowerConductivity(exponent=1.0), tol=t) for t in (1e-6, 1e-11)
    )
    assert np.abs(one.density - two.density).max() <= one.errors[-1]
    assert one.errors[-1] < 1e-4


def test_shown_and_stored(tmp_path):
    found = steady_nonlinear((4, 4), conductivity=PowerConductivity(exponent=1.0), sides=[(2.0, 1.0), "insulated"])
    again = cq.load(cq.save(found, tmp_path / "a.zarr.zip"))
    assert again.density.dims == ("time", "x", "y")
    assert "power-conductivity" in again.attrs["model"]


U = np.ones(4)
LAW = PowerConductivity(exponent=1.0)
TABLE = SampledConductivity(densities=[0, 1, 2, 3], values=[1, 2, 3, 4])
BAD = {
    "exponent": (lambda: PowerConductivity(exponent=-1.0), "exponent", "-1"),
    "short table": (lambda: SampledConductivity(densities=[0, 1], values=[1, 2]), "densities", "four"),
    "table of no conductivity": (
        lambda: SampledConductivity(densities=[0, 1, 2, 3], values=[1, 2, 0, 4]),
        "values",
        "0",
    ),
    "range": (lambda: SampledConductivity.of_function(lambda u: u, 2.0, 1.0), "high", "1 and 2"),
    "below zero": (lambda: diffuse_nonlinear(-U, [1.0], conductivity=LAW), "initial", "-1"),
    "beyond the table": (lambda: diffuse_nonlinear(5 * U, [1.0], conductivity=TABLE), "initial", "0 to 3"),
    "walls beyond the table": (lambda: steady_nonlinear((4,), conductivity=TABLE, sides=(1.0, 4.0)), "sides", "0 to 3"),
    "odd cells": (lambda: diffuse_nonlinear(np.ones(5), [1.0], conductivity=LAW, length=1.0), "initial", "even"),
    "rate in time": (
        lambda: diffuse_nonlinear(U, [1.0], conductivity=LAW, rate=lambda x, t: 1 + t + 0 * x),
        "rate",
        "time",
    ),
    "no law": (lambda: diffuse_nonlinear(U, [1.0], conductivity=1.0), "conductivity", "1.0"),
    "no wall": (lambda: steady_nonlinear((4,), conductivity=LAW, sides="insulated"), "sides", "fixed value"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    make, argument, *words = BAD[case]
    with refused(argument, *words):
        make()


def test_what_memory_held_before_is_no_warning(monkeypatch):
    """SciPy's BDF subtracts a row that it has not written yet; what a rate law does itself is still heard."""
    from scipy.integrate._ivp import bdf

    from caloriq.reduced.rates.stepped import solve_changing

    class Dirty:
        def __getattr__(self, name):
            return getattr(np, name)

        @staticmethod
        def empty(shape, dtype=float):
            found = np.empty(shape, dtype=dtype)
            found.view(np.uint64)[...] = 0x7FF0000000000001  # what is no number, and says so
            return found

    monkeypatch.setattr(bdf, "np", Dirty())
    times = np.array([0.0, 0.5, 1.0])
    found = solve_changing(lambda _, P: -P, np.ones(2), times, ("x", "y"), method="BDF", rtol=1e-8, atol=1e-10)
    assert np.abs(found - np.exp(-times)[:, None]).max() < 1e-6
    with pytest.warns(RuntimeWarning, match="overflow"):
        solve_changing(
            lambda _, P: np.exp(-np.exp(1e3 + 0 * P)) - P, np.ones(2), times, ("x", "y"), method="RK23", rtol=1e-3
        )
