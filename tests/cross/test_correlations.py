"""Correlations by levels, by random states, on the chain without ends, and by QuTiP."""

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.closed.correlation.methods import SupportLadder, Typicality
from caloriq.closed.correlation.operators import operator
from caloriq.closed.correlation.solve import correlation
from caloriq.errors import InvalidInput, Unsupported
from caloriq.spaces.strings import Strings

T = np.linspace(0.0, 2.0, 9)


def chain(sites, periodic=True):
    return cq.Lattice.tilted_ising(sites, transverse=1.1, longitudinal=0.6, periodic=periodic)


@pytest.mark.parametrize("temperature", [np.inf, 0.8])
def test_by_qutip(temperature):
    model = chain(5)
    J = operator(model, "energy current", "A").sparse().toarray()
    at = operator(model, "energy at 2", "B").sparse().toarray()
    H = model.strings.sparse().toarray()
    # site 0 changes fastest in ours: one matrix for all, so the order of sites does not matter
    E, V = np.linalg.eigh(H)
    p = np.exp(-(E - E[0]) / temperature)
    p /= p.sum()
    rho = qutip.Qobj((V * p) @ V.conj().T)
    times = T[:5]
    options = {"atol": 1e-13, "rtol": 1e-12, "nsteps": 100000}
    solver = qutip.mesolve(qutip.Qobj(H), qutip.Qobj(J) @ rho, times, [], options=options)
    expected = np.array([(qutip.Qobj(at) @ state).tr() for state in solver.states])  # Tr A U B ρ U†, B = J
    found = correlation(model, "energy at 2", "energy current", times, temperature=temperature, method=cq.Exact())
    scale = np.abs(J).max()
    assert np.allclose(found.values, expected, rtol=0, atol=1e-9 * scale)


@settings(max_examples=6, deadline=None)
@given(st.floats(0.3, 1.5), st.floats(0.2, 1.5), st.integers(0, 1000))
def test_random_states_agree_with_all_levels(transverse, longitudinal, seed):
    model = cq.Lattice.tilted_ising(9, transverse=transverse, longitudinal=longitudinal, periodic=True)
    exact = correlation(model, "energy current", times=T, method=cq.Exact())
    drawn = correlation(model, "energy current", times=T, method=Typicality(samples=6, seed=seed))
    assert exact.error.max() == 0
    assert np.all(np.abs(drawn.values.real - exact.values.real) <= 4.5 * drawn.error)
    assert np.abs(drawn.values.real - exact.values.real).max() > 0


def test_random_states_of_sectors_have_their_weights():
    """Three conserved numbers of a Hubbard ring: a wrong weight would be seen against all levels."""
    model = cq.Lattice.hubbard(3, interaction=2.0, periodic=True)
    exact = correlation(model, "particles current", times=T, method=cq.Exact())
    drawn = correlation(model, "particles current", times=T, method=Typicality(samples=40, seed=3))
    assert np.all(np.abs(drawn.values.real - exact.values.real) <= 4.5 * drawn.error)
    assert drawn.error.max() < 0.15 * abs(exact.values[0])


def test_the_spread_of_samples_is_within_the_bound_of_typicality():
    model = chain(7)
    drawn = correlation(model, "energy current", times=T, method=Typicality(samples=16, seed=1))
    spread = drawn.samples.real.std(axis=0, ddof=1) / np.sqrt(16)
    assert np.all(spread <= 1.6 * drawn.error)
    assert spread.max() > 0.2 * drawn.error.max()


def test_temperatures_agree_with_all_levels():
    model = chain(9)
    exact = correlation(model, "energy current", times=T, temperature=1.5, method=cq.Exact())
    drawn = correlation(model, "energy current", times=T, temperature=1.5, method=Typicality(samples=40, seed=2))
    assert np.all(np.abs(drawn.values.real - exact.values.real) <= 5 * drawn.error)
    hot = correlation(model, "energy current", times=T, temperature=1e7, method=cq.Exact())
    all_alike = correlation(model, "energy current", times=T, method=cq.Exact())
    assert np.allclose(hot.values, all_alike.values, rtol=0, atol=1e-5)


@settings(max_examples=8, deadline=None)
@given(st.floats(0.3, 1.5), st.floats(0.3, 1.5), st.floats(0.2, 1.5))
def test_strings_agree_with_levels_at_short_times(coupling, transverse, longitudinal):
    model = cq.Lattice.tilted_ising(
        9, coupling=coupling, transverse=transverse, longitudinal=longitudinal, periodic=True
    )
    times = np.linspace(0.0, 0.5 / max(coupling, transverse, longitudinal), 5)
    exact = correlation(model, "energy current", times=times, method=cq.Exact())
    strings = correlation(model, "energy current", times=times, method=SupportLadder(length=7, damping=0.0))
    first = abs(exact.values[0])
    assert np.abs(strings.values - exact.values).max() <= 1e-6 * first
    assert np.all(np.abs(strings.values - exact.values) <= strings.bounds["values"] + 1e-7 * first)


@pytest.mark.parametrize("temperature", [np.inf, 0.3])
def test_rounding_is_within_its_bound(temperature):
    """The same chain from the other end rounds in other places."""
    fields = [0.31, -0.47, 0.83, 0.12, -0.95, 0.5]
    times = np.array([0.0, 1.0, 1e2, 1e4])
    found = []
    for values, site in ((fields, 1), (fields[::-1], 4)):
        model = cq.Lattice(sites=6, terms=(cq.Term("Z Z", 1.0), cq.Term("X", 0.9), cq.Term("Z", values)))
        found.append(correlation(model, f"energy at {site}", times=times, temperature=temperature, method="exact"))
    apart = np.abs(found[0].values - found[1].values)
    assert np.all(apart <= found[0].bounds["values"] + found[1].bounds["values"])
    assert found[0].bounds["values"][1] < 1e-10
    assert apart[-1] > 0


@pytest.mark.parametrize("method", ["exact", "typicality"])
def test_what_leaves_a_parity_or_a_joint_number_is_refused(method):
    """It leads out of every sector, where nothing of it would be left."""
    transverse = cq.Lattice(sites=4, terms=(cq.Term("X X", 1.0), cq.Term("Z", 0.7)))
    X = Strings(transverse.spaces, {((1, 1),): 1.0})
    with pytest.raises(Unsupported, match="`A` must keep the parity of magnetisation"):
        correlation(transverse, X, times=T, method=method)
    cavity = cq.Lattice(
        sites=2,
        local=("spin-1/2", {"boson": 3}),
        terms=(cq.Term("S+ b-", 0.3, on=[[0, 1]], plus="hermitian-conjugate"), cq.Term("Z", 0.5, on=[[0]])),
    )
    Z, quanta = Strings(cavity.spaces, {((0, 3),): 1.0}), cavity.spaces[1].expanded(cavity.spaces[1].operators["b+"])
    b = Strings(cavity.spaces, {((1, a),): f for a, f in quanta})
    assert correlation(cavity, Z, times=T, method="exact").values[0] == pytest.approx(1.0)
    with pytest.raises(Unsupported, match="`B` must keep the "):
        correlation(cavity, Z, b.plus_conjugate(), T, method=method)


@pytest.mark.parametrize("unit", [1e15, 1e-15])
@pytest.mark.parametrize("method", [Typicality(samples=2), SupportLadder(length=4, damping=0.0)])
def test_units_do_not_matter(method, unit):
    found = []
    for scale in (1.0, unit):
        J, g, h = (scale * one for one in (1.0, 1.1, 0.6))
        model = cq.Lattice.tilted_ising(7, coupling=J, transverse=g, longitudinal=h, periodic=True)
        found.append(correlation(model, "energy current", times=T[:3] / scale, method=method).values / scale**4)
    assert np.allclose(found[1], found[0], rtol=1e-9, atol=0)


def test_what_is_refused():
    model = chain(6)
    with pytest.raises(Unsupported, match="magnetisation is changed by term"):
        correlation(model, "magnetisation current", times=T)
    with pytest.raises(InvalidInput, match="did you mean energy"):
        correlation(model, "enrgy current", times=T)
    with pytest.raises(InvalidInput, match="`A` must name a site"):
        correlation(model, "energy at 6", times=T)
    with pytest.raises(InvalidInput, match="`temperature` must be greater than 0"):
        correlation(model, "energy current", times=T, temperature=0.0)
    with pytest.raises(InvalidInput, match="`length` must be at least the 2 cells"):
        correlation(model, "energy current", times=T, method=SupportLadder(length=1))
    with pytest.raises(Unsupported, match="`temperature` must be infinite"):
        correlation(model, "energy current", times=T, temperature=1.0, method=SupportLadder())
    xxz = cq.Lattice.xxz(6, anisotropy=0.5)
    flip = operator(xxz, "energy at 2", "A") + cq.Lattice(sites=6, terms=(cq.Term("X", 1.0),)).strings
    with pytest.raises(Unsupported, match="`A` must keep the magnetisation"):
        correlation(xxz, flip, times=T)
