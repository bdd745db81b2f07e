"""The rate equation and the exact dynamics on graphs against closed forms."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.linalg.heat_equation import Laplacian, coefficients, orders, tail_bound
from testers import assert_close

FIELDS = {"levels": 12, "bandwidth": 0.05, "coupling": 2e-3, "seed": 3}
SPANS = np.array([0.0, 0.03, 0.4, 2.0, 50.0])
RING = [[k, (k + 1) % 6] for k in range(6)]
STAR = [[0, k] for k in range(1, 6)]
ROUTES = ["eigenbasis", "series"]


def solved(theory, initial=0, **options):
    return theory.solve(SPANS / theory.rate, initial=initial, **options).populations


@pytest.mark.parametrize("route", ROUTES)
def test_ring(route):
    """Plane waves: P_j = (1/N) Σ_k cos(2πjk/N) e^{-γt(2-2cos(2πk/N))}."""
    theory = cq.ham(cq.ModularNetwork(graph=RING, **FIELDS))
    k, j = np.arange(6), np.arange(6)
    decay = np.exp(-np.outer(SPANS, 2 - 2 * np.cos(2 * np.pi * k / 6)))
    expected = decay @ np.cos(2 * np.pi * np.outer(k, j) / 6) / 6
    assert_close(solved(theory, method=route), expected, 2e-12)  # the series is cut at 1e-12


@pytest.mark.parametrize("route", ROUTES)
def test_star(route):
    """Eigenvalues 0, 1 (four times), 6: from the centre one exponential, from a ray two."""
    theory = cq.ham(cq.ModularNetwork(graph=STAR, **FIELDS))
    a, b = np.exp(-SPANS), np.exp(-6 * SPANS)
    centre = np.stack([(1 + 5 * b) / 6] + [(1 - b) / 6] * 5, axis=1)
    assert_close(solved(theory, method=route), centre, 2e-12)
    # from ray 1: uniform 1/6, the centre's mode (5, -1, ..., -1)/30, and what is left among the rays
    rest = (1 / 6 + b / 30 - a / 5)[:, None].repeat(5, axis=1)
    rest[:, 0] += a
    ray = np.concatenate([((1 - b) / 6)[:, None], rest], axis=1)
    assert_close(solved(theory, initial=1, method=route), ray, 2e-12)


def test_weighted_pair():
    """Rate γw²: P_0 = (1 + e^{-2γw²t})/2, J = γw² e^{-2γw²t}; γ is that of the edge, whatever it is made of."""
    theory = cq.ham(cq.ModularNetwork(graph=[[0, 1, 1.5]], **FIELDS))
    plain = cq.ham(cq.ModularNetwork(graph=[[0, 1]], **FIELDS))
    found = theory.solve(SPANS / plain.rate)
    decay = np.exp(-2 * 2.25 * SPANS)
    assert_close(found.populations[:, 0], (1 + decay) / 2, 1e-14)
    assert_close(found.currents[:, 0] / plain.rate, 2.25 * decay, 1e-13)
    assert theory.rate == pytest.approx(2.25 * plain.rate, rel=1e-14)
    assert_close(theory.edge_rates, np.array([theory.rate]), 0.0)


@pytest.mark.parametrize(("sides", "periodic"), [((7,), False), ((4, 5), False), ((3, 4), True), ((3, 3, 5), True)])
def test_lattice_modes(sides, periodic):
    """Every product of cosines or waves is an eigenvector and decays with the sum of the axes' rates."""
    model = cq.ModularNetwork(lattice=sides, periodic=periodic, **FIELDS)
    theory, L = cq.ham(model), cq.ham(model).laplacian.toarray()
    assert_close(L.sum(axis=0), np.zeros(model.subunits), 0.0)
    for mode in np.ndindex(*sides):
        wave, rate = np.ones(()), 0.0
        for side, k in zip(sides, mode, strict=True):
            x = np.arange(side)
            along = np.cos(2 * np.pi * k * x / side) if periodic else np.cos(np.pi * k * (x + 0.5) / side)
            wave = np.multiply.outer(wave, along)
            rate += 2 - 2 * np.cos((2 if periodic else 1) * np.pi * k / side)
        wave = wave.ravel()
        assert_close(L @ wave, rate * wave, 1e-13)  # degrees up to 6, eps each
        start = (1 + 0.5 * wave) / (1 + 0.5 * wave).sum()
        uniform = np.full(start.size, start.mean())
        expected = uniform + np.exp(-rate * SPANS)[:, None] * (start - uniform)
        assert_close(solved(theory, initial=start), expected, 1e-14)


def test_infinite_lattice():
    """Before the boundary P is a product of e^{-2γt} I_x(2γt), and ⟨r²⟩ = 2dγt to every digit."""
    theory = cq.ham(cq.ModularNetwork(lattice=(61, 61), **FIELDS))
    spans = np.array([0.1, 1.0, 5.0])
    P = theory.solve(spans / theory.rate, initial=30 * 61 + 30).populations.reshape(3, 61, 61)
    x = np.arange(61) - 30
    one = scipy.special.ive(np.abs(x), 2 * spans[:, None])
    assert_close(P, one[:, :, None] * one[:, None, :], 1e-15)
    square = (P * (x[:, None] ** 2 + x[None, :] ** 2)).sum(axis=(1, 2))
    assert_close(square / (4 * spans), np.ones(3), 1e-11)  # 900 × rounding × 3721 places, over 0.4


@pytest.mark.parametrize("z", [0.0, 1e-3, 0.7, 25.0, 4e3, 1e6])
def test_coefficients_of_the_series(z):
    found = coefficients(z, 1e-13)
    k = np.arange(found.size)
    assert_close(found, scipy.special.ive(k, z) * np.where(k == 0, 1, 2), 1e-15)
    left = 1 - found.sum()  # the coefficients of all orders sum to 1
    assert left <= tail_bound(z, found.size) + 1e-13
    assert tail_bound(z, orders(z, 1e-13)) <= 1e-13


def test_tail_bound_is_a_bound():
    for z in (0.5, 30.0, 900.0):
        k = np.arange(2000)
        tails = np.cumsum((2 * scipy.special.ive(k, z))[::-1])[::-1]
        bounds = np.array([tail_bound(z, int(order)) for order in k])
        assert np.all(tails[1:] <= bounds[1:] * (1 + 1e-9) + 1e-290)


def test_spectral_bound_holds():
    rng = np.random.default_rng(4)
    for _ in range(20):
        A = np.triu(rng.uniform(0.1, 3, (8, 8)) * (rng.random((8, 8)) < 0.4), 1)
        bonds = np.argwhere(A)
        operator = Laplacian(8, bonds, A[tuple(bonds.T)])
        top = np.linalg.eigvalsh(operator.matrix().toarray())[-1]
        assert top <= operator.bound * (1 + 1e-12)


def triangle(weights, times):
    """Amplitudes of one level a subunit on a triangle, by hand: H = λ w v."""
    model = cq.ModularNetwork(
        graph=[[0, 1, weights[0]], [0, 2, weights[1]], [1, 2, weights[2]]],
        levels=1, bandwidth=0.4, coupling=0.1, interaction="given", matrices=[[1.0]],
    )  # fmt: skip
    return model, cq.evolve(model, times, initial=cq.starts.level(0))


def test_exact_triangle():
    """Equal couplings: energies 2λ, -λ, -λ; P_0 = |e^{-2iλt} + 2e^{iλt}|²/9 and J_01 = -dP_0/dt / 2."""
    t = np.linspace(0, 80, 41)
    _, exact = triangle((1.0, 1.0, 1.0), t)
    first = (5 + 4 * np.cos(0.3 * t)) / 9
    assert_close(exact.populations, np.stack([first, (1 - first) / 2, (1 - first) / 2], axis=1), 1e-12)
    flow = 4 * 0.3 * np.sin(0.3 * t) / 18
    assert_close(exact.currents, np.stack([flow, flow, 0 * t], axis=1), 1e-12)
    assert exact.bonds.tolist() == [[0, 1], [0, 2], [1, 2]]


def test_weight_multiplies_the_coupling():
    model, exact = triangle((0.5, 1.0, 2.0), [0.0, 3.0, 9.0])
    H = 0.1 * np.array([[0, 0.5, 1], [0.5, 0, 2], [1, 2, 0]])
    assert_close(model.hamiltonian(with_gap=False).as_matrix(), H.astype(complex), 1e-16)
    expected = [np.abs(scipy.linalg.expm(-1j * H * t)[:, 0]) ** 2 for t in (0.0, 3.0, 9.0)]
    assert_close(exact.populations, np.array(expected), 1e-13)
