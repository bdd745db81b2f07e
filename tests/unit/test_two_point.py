"""The two-point set: what it refuses, its special cases, and what it counts."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.linalg.tridiagonal import DrivenMatrix, eigenpairs, hermitian_product
from caloriq.steady import two_point
from testers import assert_close, refused

TWO = cq.TwoPoint()
HOT, COLD = cq.Bath(site=0, gain=0.5, loss=1.0), cq.Bath(site=-1, gain=0.0, loss=1.0)


def chain(sites=5, **changes):
    return cq.SpinChain(
        **({"sites": sites, "hopping": 1.0, "frequency": np.linspace(1, 2, sites), "baths": [HOT, COLD]} | changes)
    )


@pytest.mark.parametrize(
    ("changes", "term"),
    [
        ({"zz": 0.1}, "the ZZ interaction"),
        ({"hopping": None, "couplings": np.ones((5, 5)) - np.eye(5)}, "couplings beyond neighbours"),
        ({"baths": [HOT, cq.Bath(site=2, gain=0.0, loss=1.0)]}, "a bath on an inner site"),
    ],
)
def test_obstacles(changes, term):
    model = chain(**changes)
    assert two_point.obstacle(model) == term
    with refused("method", term, "use Sector()", error=cq.Unsupported):
        cq.steady_state(model, method=TWO)


def test_no_obstacle():
    assert two_point.obstacle(chain()) is None
    assert two_point.obstacle(chain(dephasing=1.0, baths=[HOT])) is None


@pytest.mark.parametrize("dephasing", [0.0, 0.3])
def test_equal_baths_and_single_baths_and_cut_chains_carry_nothing(dephasing):
    twin = cq.Bath(site=-1, gain=1.0, loss=2.0)
    for changes in ({"baths": [HOT, twin]}, {"baths": [HOT]}, {"baths": [COLD]}, {"hopping": [1.0, 0.0, 1.0]}):
        model = chain(4, dephasing=dephasing, **changes)
        found, full = cq.steady_state(model, method=TWO), cq.steady_state(model, method=cq.Full())
        assert found.currents.tolist() == [0.0] * 3
        assert_close(found.populations, full.populations, 1e-12)


@pytest.mark.parametrize("dephasing", [0.0, 0.3])
def test_reversed_baths_reverse_the_current(dephasing):
    forward = cq.steady_state(chain(20, dephasing=dephasing), method=TWO)
    mirror = cq.SpinChain(
        sites=20, hopping=1.0, frequency=np.linspace(2, 1, 20), dephasing=dephasing,
        baths=[cq.Bath(site=0, gain=0.0, loss=1.0), cq.Bath(site=-1, gain=0.5, loss=1.0)],
    )  # fmt: skip
    backward = cq.steady_state(mirror, method=TWO)
    np.testing.assert_allclose(backward.currents, -forward.currents, rtol=1e-12)
    assert_close(backward.populations, forward.populations[::-1], 1e-13)


def test_units_of_energy_do_not_matter():
    small = cq.steady_state(chain(20, dephasing=0.3), method=TWO)
    baths = [cq.Bath(site=0, gain=0.5e9, loss=1e9), cq.Bath(site=-1, gain=0.0, loss=1e9)]
    model = chain(20, dephasing=0.3e9, hopping=1e9, frequency=1e9 * np.linspace(1, 2, 20), baths=baths)
    large = cq.steady_state(model, method=TWO)
    np.testing.assert_allclose(large.currents, 1e9 * small.currents, rtol=1e-12)
    assert large.certificate.holds


@pytest.mark.parametrize(("dephasing", "gaussian"), [(0.0, True), (0.3, False)])
def test_wick_only_without_dephasing(dephasing, gaussian):
    found = cq.steady_state(chain(6, dephasing=dephasing), method=TWO)
    assert (found.pair_correlations is not None) == gaussian
    assert found.two_point_kind == "fermion"
    near = np.arange(5)
    assert_close(found.two_point[near, near + 1], found.coherences, 1e-14)
    assert_close(found.two_point, found.two_point.conj().T, 0.0)


@pytest.mark.parametrize(("dephasing", "route"), [(0.0, "modes"), (0.3, "population response")])
def test_statistics(dephasing, route):
    found = cq.steady_state(chain(50, dephasing=dephasing), method=TWO)
    assert found.method.statistics["route"] == route
    assert found.method.statistics["eigenvalue iterations"] <= 20
    assert found.method.statistics.get("refinements", 0) <= 1


@pytest.mark.parametrize("sites", [60, 120, 240])
@pytest.mark.parametrize("strength", [1.0, 10.0])
def test_iterations_do_not_grow_with_the_scatter_of_the_dephasing(sites, strength):
    rng = np.random.default_rng(sites)
    for energies in (rng.random(sites), np.zeros(sites)):
        pairs = eigenpairs(energies, np.ones(sites - 1), strength * rng.random(sites))
        assert pairs.iterations <= 150
        assert not pairs.shifted


@pytest.mark.parametrize("both", [False, True])
def test_response_solves_its_equation(both):
    rng, N = np.random.default_rng(2), 60
    energies, hopping, loss = rng.random(N), rng.uniform(0.5, 1, N - 1), rng.random(N)
    X = 1j * (np.diag(energies) + np.diag(hopping, 1) + np.diag(hopping, -1)) - np.diag(loss) / 2
    response = DrivenMatrix(eigenpairs(energies, hopping, loss), hopping, both=both)
    R = rng.standard_normal((N, N)) + 1j * rng.standard_normal((N, N))
    for source in (loss, R + R.conj().T):
        rows = response.rows(source)
        C = response.matrix(rows)
        full = np.diag(source).astype(complex) if source.ndim == 1 else source
        assert_close(X @ C + C @ X.conj().T, -full, 1e-11)
        for offset in (0, 1, 2):
            assert_close(response.diagonal(rows, offset), C.diagonal(offset), 1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64])
def test_hermitian_product(size):
    rng = np.random.default_rng(size)
    A = rng.standard_normal((size, size)) + 1j * rng.standard_normal((size, size))
    assert_close(hermitian_product(A, A.conj()), A @ A.conj().T, 1e-12)
