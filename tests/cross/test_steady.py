"""Steady states: method against method, and against QuTiP, on random chains."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq._array import Library
from caloriq.steady.low_order import LowOrder
from caloriq.steady.superoperator import Sectors
from caloriq.steady.sweep import Preconditioner
from driven import REFERENCE, networks, operators, uniform, wires
from testers import assert_close

TOL = 1e-9
SECTOR, FULL, TWO = cq.Sector(tol=1e-13), cq.Full(), cq.TwoPoint()


def agree(one, other, scale=1.0):
    for name in ("currents", "heat_currents", "excitation_currents", "populations", "coherences"):
        assert_close(getattr(one, name), getattr(other, name), TOL * scale)
    assert abs(one.dephasing_current - other.dephasing_current) <= TOL * scale
    assert abs(one.energy - other.energy) <= TOL * scale
    if np.isfinite(other.entropy_production):
        assert abs(one.entropy_production - other.entropy_production) <= 1e-7 * max(1, abs(other.entropy_production))


@given(wires(ends=False))
@settings(max_examples=25)
def test_sector_and_full(model):
    agree(cq.steady_state(model, method=SECTOR), cq.steady_state(model, method=FULL))


@given(wires(sites=st.integers(2, 5)))
@settings(max_examples=15)
def test_mixed_precision_and_double(model):
    agree(cq.steady_state(model, method=cq.Sector(tol=1e-13, precision="mixed")), cq.steady_state(model, method=SECTOR))


@given(wires(zz=False))
@settings(max_examples=30)
def test_two_point_and_full(model):
    two, full = cq.steady_state(model, method=TWO), cq.steady_state(model, method=FULL)
    agree(two, full)
    near = np.arange(model.sites - 1)
    assert_close(two.two_point[near, near + 1], full.two_point[near, near + 1], TOL)
    if two.pair_correlations is not None:
        assert_close(two.pair_correlations, full.pair_correlations, TOL)


@given(networks())
@settings(max_examples=15)
def test_networks(model):
    agree(cq.steady_state(model, method=SECTOR), cq.steady_state(model, method=FULL))


@given(st.one_of(wires(sites=st.integers(2, 3), ends=False), networks(sites=st.just(3))))
@settings(max_examples=15)
def test_qutip(model):
    import qutip

    H, lower, jumps = operators(model)
    rho = qutip.steadystate(H, jumps, method="direct")
    found = cq.steady_state(model, method=SECTOR)
    n = [qutip.expect(a.dag() * a, rho) for a in lower]
    assert_close(found.populations, np.array(n).real, TOL)
    k, l, _, _ = model.bonds
    C = np.array([(lower[i].dag() * lower[j] * rho).tr() for i, j in zip(k, l, strict=True)])
    assert_close(found.coherences, C, TOL)
    # every heat current Tr(H 𝓛_b ρ) from the operators themselves
    for bath, (rate, site) in enumerate(zip(model.bath_rates, model.bath_sites, strict=True)):
        heat = 0.0
        for strength, c in ((rate.gain, lower[site].dag()), (rate.loss, lower[site])):
            change = c * rho * c.dag() - (c.dag() * c * rho + rho * c.dag() * c) / 2
            heat += strength * (H * change).tr().real
        assert found.heat_currents[bath] == pytest.approx(heat, abs=TOL)
    for i, j in ((0, 1), (1, 0), (0, model.sites - 1)):
        ours = found.pair(i, j)
        theirs = rho.ptrace([i, j] if i < j else [j, i]).full()[::-1, ::-1]  # QuTiP's first basis state is excited
        if i > j:
            theirs = theirs[np.ix_([0, 2, 1, 3], [0, 2, 1, 3])]
        assert_close(ours, theirs, TOL)


@given(wires(sites=st.integers(13, 30), zz=False))
@settings(max_examples=15)
def test_long_two_point_sets_against_their_dense_equations(model):
    """The O(N²) eigensolver and response against the N² equations written out."""
    from caloriq.steady import two_point

    chain = two_point.wire(model)
    assert_close(two_point.state(chain), two_point.dense(chain), 1e-9)


@pytest.mark.parametrize("quantity", ["hopping", "couplings"])
def test_batches_and_samples(quantity):
    disorder = (
        cq.Disorder(quantity="frequency", width=1.0, centre=0.8),
        cq.Disorder(quantity=quantity, width=1.0, centre=0.5),
    )
    ensemble = cq.DisorderedChain(chain=uniform(4, 0.7), disorder=disorder, samples=7, seed=4)
    batch = cq.steady_state(ensemble)
    assert "batched" in batch.method.name
    each = cq.steady_state(ensemble, method=SECTOR)
    assert "Sector" in each.method.name
    for name in ("currents", "heat_currents", "excitation_currents", "populations", "dephasing_currents"):
        assert_close(getattr(batch, name), getattr(each, name), TOL)


class Standard:
    """NumPy without what the array API does not promise: any other library, as far as the code can tell."""

    def __getattr__(self, name):
        return getattr(np, name)


def test_array_api_path_is_the_compiled_one():
    other = Library(Standard(), np.float64, assigns=False)
    ours = Library(np, np.float64, assigns=True)
    assert not other.numpy
    for model in (uniform(4, 0.7, zz=0.5), uniform(5), _complex_network()):
        layout = Sectors(model)
        low = LowOrder(layout)
        one, two = Preconditioner(layout, low, ours), Preconditioner(layout, low, other)
        x = np.random.default_rng(0).standard_normal(layout.dimension)
        assert_close(two.lindblad(x), one.lindblad(x), 1e-12)
        assert_close(layout.lindblad(x), one.lindblad(x), 1e-12)
        assert_close(two.start(), one.start(), 1e-13)
        for theirs, mine in zip(two.apply(x), one.apply(x), strict=True):
            assert_close(theirs, mine, 1e-10)
        z, image = one.apply(x)
        assert_close(one.lindblad(z), image, 1e-10)


def _complex_network():
    g = np.array([[0, 1j, 0.3], [-1j, 0, 0.5 - 0.2j], [0.3, 0.5 + 0.2j, 0]])
    return cq.SpinChain(sites=3, couplings=g, zz=0.4, frequency=[1, 1.2, 0.7], dephasing=0.1, baths=REFERENCE)


def test_gpu_is_refused_where_there_is_none():
    pytest.importorskip("caloriq")
    try:
        import cupy  # noqa: F401
    except ImportError:
        with pytest.raises(cq.Unsupported, match="CuPy"):
            cq.steady_state(uniform(4, zz=0.5), method=cq.Sector(device="gpu"))


@given(wires(sites=st.integers(2, 4), zz=False))
@settings(max_examples=8)
def test_relaxation_by_two_methods(model):
    times = [0.5, 2.0]
    start = cq.product(np.linspace(0.1, 0.9, model.sites))
    two = cq.evolve(model, times, initial=start, method=TWO)
    whole = cq.evolve(model, times, initial=start, method=SECTOR)
    for name in ("populations", "currents", "heat_currents", "energy"):
        assert_close(getattr(two, name), getattr(whole, name), 1e-8)
    if two.entropy is not None:
        assert_close(two.entropy, whole.entropy, 1e-7)
