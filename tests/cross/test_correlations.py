"""Correlations by levels, by random states, on the chain without ends, and by QuTiP."""

import pickle

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.closed.correlation import pairs, typical
from caloriq.closed.correlation.exact import from_levels
from caloriq.closed.correlation.methods import SupportLadder, Typicality
from caloriq.closed.correlation.mirrored import mirrored
from caloriq.closed.correlation.operators import operator
from caloriq.closed.correlation.solve import correlation, correlations
from caloriq.closed.correlation.tempered import Tempered
from caloriq.closed.lattice.blocks import opposite
from caloriq.errors import InvalidInput, NotConverged, Unsupported
from caloriq.linalg.steps import Recurrence, Room
from caloriq.models.lattice.space import sectors
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


def by_matrices(model, A, B, times, beta):
    """Tr ρ e^{iHt} A e^{-iHt} B on the whole space."""
    H, A, B = (one.sparse().toarray() for one in (model.strings, A, B))
    E, V = np.linalg.eigh(H)
    p = np.exp(-beta * (E - E[0]))
    p /= p.sum()
    A, B = (V.conj().T @ one @ V for one in (A, B))
    return np.array([np.sum(p[:, None] * A * B.T * np.exp(1j * np.subtract.outer(E, E) * t)) for t in times])


def cavity(sites):
    """Spins that trade quanta with one mode: spin number and quanta are conserved together."""
    return cq.Lattice(
        sites=sites + 1,
        local=(*["spin-1/2"] * sites, {"boson": 3}),
        terms=(
            cq.Term("S+ b-", 0.3, on=[[x, sites] for x in range(sites)], plus="hermitian-conjugate"),
            cq.Term("Z", 0.5, on=[[x] for x in range(sites)]),
        ),
    )


@pytest.mark.parametrize("method", [cq.Exact(), Typicality(samples=60, seed=2)])
@pytest.mark.parametrize("temperature", [np.inf, 1.5])
def test_what_leaves_a_sector_is_followed_all_the_same(method, temperature):
    """A parity, a joint number, a magnetisation that H keeps and the operators do not: their sectors are not taken."""
    ising = cq.Lattice(sites=5, terms=(cq.Term("X X", 1.0), cq.Term("Z", 0.7)))
    X, Z0 = Strings(ising.spaces, {((1, 1),): 1.0}), Strings(ising.spaces, {((0, 3),): 1.0})
    mode = cavity(3)
    quanta = mode.spaces[3].expanded(mode.spaces[3].operators["b+"])
    b = Strings(mode.spaces, {((3, a),): f for a, f in quanta}).plus_conjugate()
    xxz = cq.Lattice.xxz(6, anisotropy=0.5)
    flip = operator(xxz, "energy at 2", "A") + cq.Lattice(sites=6, terms=(cq.Term("X", 1.0),)).strings
    for model, A, B in ((ising, X, X), (ising, X, Z0), (mode, b, b), (xxz, flip, flip)):
        found = correlation(model, A, B, T, temperature=temperature, method=method)
        expected = by_matrices(model, A, B, T, 1 / temperature)
        room = 4.5 * found.error + 1e-12 * max(1.0, abs(expected).max())
        assert np.all(np.abs(found.values.real - expected.real) <= room)
        assert np.abs(found.values).max() > 0 or np.abs(expected).max() < 1e-12


CELLS = {
    "staggered field": (12, 5, lambda n: (cq.Term("Sz", {"staggered": 0.8}),), [1.0] * 12),
    "dimers": (12, 5, lambda n: (), [1.0, 0.5] * 6),
    "cells of three": (12, 3, lambda n: (cq.Term("Sz", [0.3, 0.9, 0.0] * 4),), [1.0, 0.5, 0.8] * 4),
}


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("of", ["energy", "magnetisation"])
def test_strings_and_rings_agree_for_cells_of_several_sites(name, of):
    """Distances are in sites by both routes: a current in cells would be another operator."""
    sites, length, more, J = CELLS[name]
    geometry = {"kind": "chain", "periodic": True}
    terms = (cq.Term("Sx Sx", J), cq.Term("Sy Sy", J), cq.Term("Sz Sz", 0.7), *more(sites))
    model = cq.Lattice(sites=sites, geometry=geometry, terms=terms)
    times = np.linspace(0, 0.3, 4)
    ring = correlation(model, f"{of} current", times=times, method="exact")
    strings = correlation(model, f"{of} current", times=times, method=SupportLadder(length=length, damping=0.0))
    assert len(model.infinite_chain().cell) > 1
    assert ring.values[0].real > 0.01
    assert np.all(np.abs(strings.values - ring.values)[:2] <= 1e-11)
    assert np.allclose(strings.values, ring.values, rtol=0, atol=1e-8)


def test_strings_and_rings_share_a_term_alike():
    """A projector times X: half of its energy is at each of the sites that are named, whatever strings it is made of."""
    local = {"operators": {"A": [[1, 0], [0, 0]], "X": [[0, 1], [1, 0]]}}
    terms = (cq.Term("A X", 1.0), cq.Term("X A", 0.3), cq.Term("A", 0.4))
    found = []
    for periodic in (True, False):
        geometry = {"kind": "chain", "periodic": periodic}
        model = cq.Lattice(sites=9, geometry=geometry, local=local, terms=terms)
        found.append(model.infinite_chain())
    assert found[0] == found[1]
    assert found[0].energy is not None
    times = np.linspace(0, 0.4, 3)
    ring = cq.Lattice(sites=9, geometry={"kind": "chain", "periodic": True}, local=local, terms=terms)
    by_levels = correlation(ring, "energy current", times=times, method="exact").values
    by_strings = correlation(ring, "energy current", times=times, method=SupportLadder(length=6, damping=0.0)).values
    assert np.allclose(by_strings, by_levels, rtol=0, atol=1e-8)
    assert pickle.loads(pickle.dumps(found[0])) == found[0]


def test_several_temperatures_are_found_from_one_run():
    """By levels the same as one by one; by random states within their errors, which no bias exceeds; weights within their bound."""
    model, temperatures = chain(9), [0.9, 2.0, 7.0, np.inf]
    one_by_one = [correlation(model, "energy current", times=T, temperature=x, method=cq.Exact()) for x in temperatures]
    levels = correlations(model, "energy current", times=T, temperatures=temperatures, method=cq.Exact())
    drawn = correlations(
        model, "energy current", times=T, temperatures=temperatures, method=Typicality(samples=60, seed=4)
    )
    cooled = correlation(model, "energy current", times=T, temperature=2.0, method=Typicality(samples=60, seed=4))
    for single, together, sampled in zip(one_by_one, levels, drawn, strict=True):
        assert np.allclose(together.values, single.values, rtol=0, atol=1e-13)
        assert sampled.temperature == single.temperature
        assert np.all(np.abs(sampled.values.real - single.values.real) <= 4 * sampled.error)
        assert sampled.bounds["values"].max() < 1e-3 * sampled.error.min()
    assert 0.5 < drawn[1].error[-1] / cooled.error[-1] < 2  # weighed afterwards or cooled before: errors of one size
    hot = correlation(model, "energy current", times=T, method=Typicality(samples=60, seed=4))
    assert np.abs(drawn[-1].values - hot.values).max() <= hot.bounds["values"].max() < 1e-8


@pytest.mark.parametrize("temperatures", [[1.0], [1.0, 3.0]])
def test_many_samples_have_no_bias(temperatures):
    """Few states count: a mean of ratios would be off by a quarter for any number of samples, a ratio of means is not."""
    model, times = chain(7), np.array([0.0, 1.0])
    found = correlations(
        model, "energy current", times=times, temperatures=temperatures, method=Typicality(samples=200, seed=1)
    )
    for one in found:
        exact = correlation(
            model, "energy current", times=times, temperature=one.temperature, method=cq.Exact()
        ).values.real
        assert np.all(np.abs(one.values.real - exact) <= 3 * one.error)
        assert one.error[0] < 0.09 * exact[0]
        assert np.allclose(one.samples.mean(axis=0), one.values, rtol=1e-12, atol=0)


def test_errors_of_cold_states_are_not_nothing():
    """⟨ψ|e^{-βH}B⁴ψ⟩ of one state may be below 0, and the error was 0 then."""
    model, temperatures = chain(7), [0.3, 0.5, 1.0]
    exact = correlations(model, "energy current", times=T[:3], temperatures=temperatures, method=cq.Exact())
    z = []
    for seed in range(30):
        drawn = correlations(
            model, "energy current", times=T[:3], temperatures=temperatures, method=Typicality(samples=2, seed=seed)
        )
        assert all(one.error.min() > 0 for one in drawn)
        z.append([np.abs((a.values - b.values).real / a.error).max() for a, b in zip(drawn, exact, strict=True)])
    assert np.all(np.mean(np.array(z) < 3, axis=0) > 0.9)


@pytest.mark.parametrize("betas", [(0.25,), (0.25, 0.0)])
def test_errors_of_two_samples_hold(betas):
    """A single time and two samples: the errors hold what they say, not what two samples happen to be apart."""
    model, times = chain(7), np.array([1.0])
    J = operator(model, "energy current", "A")
    exact = from_levels(model, [J], J, times, betas=betas).values[:, 0, 0].real
    z = []
    for seed in range(100):
        drawn = typical.sampled(model, [J], J, times, betas=betas, samples=2, seed=seed, tol=1e-10)
        z.append(
            [
                (one.values[:, 0, 0].real.mean() - e) / one.standard_error(0)[0]
                for one, e in zip(drawn, exact, strict=True)
            ]
        )
    z = np.abs(z)
    assert np.all(np.mean(z < 2, axis=0) > 0.92)
    assert np.all(np.mean(z < 3, axis=0) > 0.97)
    assert np.all(np.median(z, axis=0) > 0.2)  # nor are they of any size


def test_thermal_weights_are_those_of_all_levels():
    """⟨ψ|e^{-βH}X⟩ of one state, by its expansion in all levels, to the bound that is told."""
    model = chain(6)
    space = sectors(model)[0]
    rng = np.random.default_rng(3)
    psi, x = (rng.normal(size=64) + 1j * rng.normal(size=64) for _ in range(2))
    psi /= np.linalg.norm(psi)
    x /= np.linalg.norm(x)
    E, V = np.linalg.eigh(model.strings.sparse().toarray())
    betas = [0.0, 0.3, 2.5]
    low, high = space.hamiltonian.norm_bounds
    found = Tempered(Recurrence(space.hamiltonian, (low, high)), betas, 1e-13)
    room = Room(4, 64)
    rows = room.take(), room.take()
    room[rows[0]], room[rows[1]] = psi, x
    means = found.means(room, rows[0], [rows[1]])[:, 0]
    assert np.allclose(found.lowest, -np.array(betas) * low)
    for beta, value, bound in zip(betas, means, found.left_out, strict=True):
        exact = (V.conj().T @ psi).conj() @ (np.exp(-beta * (E - low)) * (V.conj().T @ x))
        assert abs(value - exact) <= bound < 1e-12
    assert found.products == len(found.coefficients[0]) - 1


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
    ising = cq.Lattice.tilted_ising(6, transverse=0.0, longitudinal=0.6, periodic=True)
    with pytest.raises(InvalidInput, match="`A` must flow"):
        correlation(ising, "energy current", times=T, method=SupportLadder())
    with pytest.raises(InvalidInput, match="`temperatures` must be at least one"):
        correlations(model, "energy current", times=T, temperatures=[])
    with pytest.raises(InvalidInput, match="`method` must be"):
        correlations(model, "energy current", times=T, temperatures=[1.0], method=SupportLadder())


FLIPPED = {
    "XXZ": (cq.Lattice.xxz(6, anisotropy=1.5, periodic=True), "magnetisation current", [2, 2, 2, 1]),
    "energy, an odd chain": (cq.Lattice.xxz(5, anisotropy=0.4), "energy current", [2, 2, 2]),
    "parities of an odd chain": (
        cq.Lattice(sites=5, terms=(cq.Term("X X", 1.0), cq.Term("Y Y", 0.4), cq.Term("Z Z", 0.7))),
        "energy current",
        [2],
    ),
    "spin 1": (
        cq.Lattice(sites=3, local="spin-1", terms=(cq.Term("S+ S-", 0.7, plus="hermitian-conjugate"),)),
        "magnetisation current",
        [2, 2, 2, 1],
    ),
}


@pytest.mark.parametrize("temperature", [np.inf, 0.7])
@pytest.mark.parametrize("case", FLIPPED)
def test_flipped_sectors_have_the_same_correlation(case, temperature, monkeypatch):
    """By all levels of each sector, and by random states: twice the weight of one gives what both give."""
    model, current, stand_for = FLIPPED[case]
    J = operator(model, current, "A")
    shares = mirrored(model, [J], J)
    assert [alike for *_, alike in shares] == stand_for
    assert sum(alike * space.dimension for _, space, alike in shares) == model.dimension
    every = sectors(model)
    for n, space, alike in shares:
        turned = opposite(space)
        other = next(one for one in every if dict(one.totals) == turned)
        assert (other is every[n]) == (alike == 1)
        assert np.allclose(_trace(space, J, temperature), _trace(other, J, temperature), rtol=0, atol=1e-10)
    given_ = {"betas": (1 / temperature,), "samples": 60, "seed": 2, "tol": 1e-10}
    (half,) = typical.sampled(model, [J], J, T, **given_)
    monkeypatch.setattr(typical, "mirrored", lambda *_: [(n, space, 1) for n, space in enumerate(every)])
    (both,) = typical.sampled(model, [J], J, T, **given_)
    assert half.products < 0.75 * both.products
    error = np.hypot(half.standard_error(0), both.standard_error(0))
    assert np.all(np.abs((half.values - both.values).mean(axis=0)[0].real) <= 4.5 * error)
    # two sectors of half the states each average their errors out; one that stands for both does not
    assert 0.95 * both.deviation < half.deviation < 1.05 * 2**0.5 * both.deviation


def _trace(space, J, temperature):
    """Tr e^{-H/T} J(t) J of a sector."""
    H, A = (space.products(one).as_matrix() for one in (space.model.strings, J))
    E, V = np.linalg.eigh(H)
    A = V.conj().T @ A @ V
    phases = np.exp(1j * T[:, None, None] * (E[:, None] - E[None, :]))
    return np.einsum("m,tmn,mn,nm->t", np.exp(-E / temperature), phases, A, A)


def test_spread_of_flipped_sectors_is_that_of_one():
    """The standard deviation that is told holds for the doubled sectors: it is that of the samples."""
    model, current, _ = FLIPPED["XXZ"]
    drawn = correlation(model, current, times=T, method=Typicality(samples=200, seed=1))
    spread = drawn.samples.real.std(axis=0, ddof=1) / np.sqrt(200)
    assert np.all(spread <= 1.1 * drawn.error)
    assert spread.max() > 0.5 * drawn.error.max()


def test_no_sector_stands_for_another_where_signs_differ():
    """The current changes its sign under the flip, the energy does not: the sectors' correlations differ in sign."""
    model = FLIPPED["XXZ"][0]
    J, h = operator(model, "magnetisation current", "A"), operator(model, "energy at 0", "B")
    assert {alike for *_, alike in mirrored(model, [J], h)} == {1}
    assert {alike for *_, alike in mirrored(model, [J, h], h)} == {1}
    Z = Strings(model.spaces, {((0, 3),): 1.0, ((0, 3), (1, 3)): 1.0})
    assert {alike for *_, alike in mirrored(model, [Z], Z)} == {1}
    field = cq.Lattice(sites=4, terms=(cq.Term("X X", 1.0), cq.Term("Y Y", 1.0), cq.Term("Z", 0.3)))
    current = operator(field, "magnetisation current", "A")
    assert {alike for *_, alike in mirrored(field, [current], current)} == {1}


@pytest.mark.parametrize("temperature", [np.inf, 2.0])
def test_a_state_finds_back_to_its_start(temperature, monkeypatch):
    """By another series than those that led away: were one of them off by a thousandth of its time, it would not."""
    model = chain(10)
    asked = {"times": T, "temperature": temperature, "method": Typicality(samples=2)}
    found = correlation(model, "energy current", **asked)
    check = next(one for one in found.certificate if one.name == "time reversal")
    assert 1e-16 < check.value < 1e-11
    assert check.value <= check.limit < 1e-8
    group = pairs.grouped

    def late(recurrence, times, *rest):
        return group(recurrence, 1.001 * times, *rest)

    monkeypatch.setattr(pairs, "grouped", late)
    with pytest.raises(NotConverged, match="time reversal"):
        correlation(model, "energy current", **asked)
