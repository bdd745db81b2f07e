"""Large levels and fast noise beside slow currents: numbers against 400 bits from the model's own coefficients, not from a rounded generator."""

import flint
import numpy as np
import pytest

import caloriq as cq
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.spaces.strings import Strings
from caloriq.steady.lattice.blocks import single
from caloriq.steady.lattice.generator import Generator


@pytest.fixture(autouse=True)
def bits():
    before, flint.ctx.prec = flint.ctx.prec, 400
    yield
    flint.ctx.prec = before


def ball(z):
    return flint.acb(complex(z).real, complex(z).imag)


def matrix(strings, dimension):
    """An operator, string by string: the elements of each are 0, ±1, ±i."""
    found = flint.acb_mat(dimension, dimension)
    for string, c in strings.terms.items():
        one = Strings(strings.spaces, {string: 1.0}).sparse().toarray()
        found += flint.acb_mat([[ball(v) for v in row] for row in one.tolist()]) * ball(c)
    return found


def dagger(A):
    return flint.acb_mat([[A[j, i].conjugate() for j in range(A.nrows())] for i in range(A.ncols())])


def both(A, B):
    """ρ ↦ AρB† on elements row by row."""
    D = A.nrows()
    rows = [(i, j) for i in range(D) for j in range(D)]
    return flint.acb_mat([[A[i, k] * B[j, l].conjugate() for k, l in rows] for i, j in rows])


def exact(model):
    """The generator."""
    D = model.dimension
    one = flint.acb_mat([[flint.acb(i == j) for j in range(D)] for i in range(D)])
    jumps = [matrix(jump, D) for source in model.environments for jump in source.jumps]
    K = matrix(model.strings, D) * flint.acb(0, -1)
    for L in jumps:
        K -= dagger(L) * L * flint.acb(0.5)
    return sum((both(L, L) for L in jumps), both(K, one) + both(one, K))


def assert_within(model, profiles, bounds, elements):
    """Densities of all sites of a state that is given by its elements."""
    D = model.dimension
    for of, name in (("magnetisation", "magnetisation"), ("energy", "energy_density")):
        for site, a in enumerate(model.density(of)):
            A = matrix(a, D)
            right = float(sum(A[j, i] * elements[i * D + j, 0] for i in range(D) for j in range(D)).real.mid())
            assert abs(profiles[of][site] - right) <= bounds[name][site], (of, site)


@pytest.mark.parametrize("far", [1.0, 1e6, 1e8])
def test_a_large_field_far_from_a_current(far):
    rates = ((0.3, 0.41), (0.13, 0.21), (0.3, 0.7))
    baths = [cq.Bath(site=site, gain=gain, loss=loss) for site, (gain, loss) in enumerate(rates)]
    terms = [Term("X X", [0.37, 0.21]), Term("Z Z", [0.3, 0.7]), Term("Z", [0.77, 0.53, far])]
    model = Lattice(sites=3, terms=terms, baths=baths)
    found = cq.steady_state(model, method=cq.Full())
    L, D = exact(model), model.dimension
    right = flint.acb_mat(D * D, 1)
    for k in range(D * D):
        L[0, k] = flint.acb(k % (D + 1) == 0)
    right[0, 0] = flint.acb(1)
    assert_within(model, found.profiles, found.bounds, L.solve(right))
    assert found.bounds["energy_inflows"][0] < 1e-12  # which is small beside the far field's own energy


@pytest.mark.parametrize("rate", [1e4, 1e6])
def test_fast_dephasing_for_long(rate):
    """What stands between populations is nothing, not the rounding of the rate, which leaked particles."""
    terms = [Term("X X", 0.7), Term("Y Y", 0.4), Term("X", 0.21), Term("Z", [0.3, 0.5])]
    model = Lattice(sites=2, terms=terms, dephasing=rate, baths=[cq.Bath(site=0, gain=0.3, loss=0.5)])
    still, found = cq.evolve(model, [0.0]), cq.evolve(model, [0.0, 200.0])
    assert "implicit" in found.method.reason
    start = flint.acb_mat([[ball(v)] for v in still.state[0].ravel().tolist()])
    elements = (exact(model) * flint.acb(200)).exp() * start
    profiles = {of: one[-1] for of, one in found.profiles.items()}
    assert_within(model, profiles, {of: np.asarray(one)[-1] for of, one in found.bounds.items()}, elements)


def test_noise_that_keeps_the_populations_leaves_no_rounding():
    model = Lattice(sites=3, terms=[Term("Z Z", 0.3), Term("Z", [0.1, 1e9, 0.7])], dephasing=[12.1, 0.07, 1e7])
    L = Generator(single(model)).matrix().toarray()
    assert not np.any(L[:: model.dimension + 1])
    ends = [cq.Bath(site=0, gain=0.2, loss=0.3), cq.Bath(site=1, gain=0.1, loss=0.3)]
    terms = [Term("X X", 0.3), Term("Z Z", 0.2), Term("Z", [0.1, 80.0])]
    found = cq.steady_state(Lattice(sites=2, terms=terms, dephasing=[12.1, 0.07], baths=ends), method=cq.Full())
    dephasing = found.environments.index("dephasing")
    assert found.inflows["magnetisation"][dephasing] == 0 == found.bounds["magnetisation_inflows"][dephasing]
