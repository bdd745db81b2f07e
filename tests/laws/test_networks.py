"""Laws of the rate equation and of the exact dynamics on any weighted graph."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.models.graphs import pieces
from testers import assert_close, assert_continuous, gauss_times

FIELDS = {"levels": 4, "bandwidth": 0.2, "coupling": 0.02}
SPANS = np.array([0.0, 1e-3, 0.3, 4.0, 200.0])
routes = st.sampled_from(["eigenbasis", "series"])


@st.composite
def graphs(draw, most=9):
    """Edges of any graph without isolated nodes, connected or not, weights over two decades."""
    N = draw(st.integers(2, most))
    pairs = {(draw(st.integers(0, k - 1)), k) for k in range(1, N)}  # a tree
    free = [(a, b) for a in range(N) for b in range(a + 1, N)]
    pairs |= set(draw(st.lists(st.sampled_from(free), max_size=6)))
    cut = draw(st.sampled_from(sorted(pairs)))
    rest = pairs - {cut}
    if {node for pair in rest for node in pair} == set(range(N)):
        pairs = rest  # perhaps in two pieces
    return [[a, b, draw(st.floats(0.2, 4.0))] for a, b in sorted(pairs)]


@st.composite
def theories(draw):
    model = cq.ModularNetwork(graph=draw(graphs()), seed=draw(st.integers(0, 99)), **FIELDS)
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return cq.ham(model), rng.dirichlet(np.ones(model.subunits))


@given(theories(), routes)
def test_conserved_positive_and_dissipative(case, route):
    """In every connected piece the probability stays, the spread never grows, and the piece becomes uniform."""
    theory, start = case
    found = theory.solve(SPANS / theory.rate, initial=start, method=route)
    P = found.populations
    assert found.certificate.holds
    assert P.min() >= -1e-12
    assert_close(P[0], start, 1e-12)
    for piece in pieces(theory.model.subunits, *theory.model.bonds.T):
        assert_close(P[:, piece].sum(axis=1), np.full(SPANS.size, start[piece].sum()), 3e-12)
        spread = ((P[:, piece] - start[piece].mean()) ** 2).sum(axis=1)
        assert np.all(np.diff(spread) <= 1e-12)
    L = theory.laplacian.toarray()
    slowest = np.sort(np.linalg.eigvalsh(L))
    slow = slowest[slowest > 1e-9][0]
    late = theory.solve([40 / (slow * theory.rate)], initial=start, method=route).populations[0]
    for piece in pieces(theory.model.subunits, *theory.model.bonds.T):
        assert_close(late[piece], np.full(piece.size, start[piece].mean()), 1e-11)


@given(theories(), st.randoms(use_true_random=False))
def test_relabelling(case, random):
    """Subunits by other numbers: the same populations, in the new order."""
    theory, start = case
    model = theory.model
    new = list(range(model.subunits))
    random.shuffle(new)
    place = np.array(new)
    other = [[new[a], new[b], w] for (a, b), w in zip(model.bonds.tolist(), model.weights.tolist(), strict=True)]
    random.shuffle(other)
    turned = cq.ham(cq.ModularNetwork(graph=other, seed=model.seed, **FIELDS))
    moved = np.empty_like(start)
    moved[place] = start
    for route in ("eigenbasis", "series"):
        ours = turned.solve(SPANS / turned.rate, initial=moved, method=route).populations
        assert_close(ours[:, place], theory.solve(SPANS / theory.rate, initial=start, method=route).populations, 1e-12)


@given(theories(), routes, st.integers(0, 8), st.integers(0, 8))
def test_detailed_balance(case, route, source, target):
    theory, _ = case
    N = theory.model.subunits
    t = SPANS / theory.rate
    there = theory.solve(t, initial=source % N, method=route).populations[:, target % N]
    back = theory.solve(t, initial=target % N, method=route).populations[:, source % N]
    assert_close(there, back, 2e-12)


@given(theories(), routes)
def test_currents_flow_downhill_and_close_the_books(case, route):
    theory, start = case
    # dP_a/dt = -Σ_b J_ab: by Gauss's rule over γt = 0.2, the fastest mode e^{-γt·256} resolved by 60 nodes
    times, weights = gauss_times(0.2 / theory.rate, 60)
    found = theory.solve(times, initial=start, method=route)
    a, b = found.bonds.T
    downhill = found.currents * (found.populations[:, a] - found.populations[:, b])
    assert downhill.min() >= 0
    moved, change = weights @ found.currents, np.zeros(start.size)
    np.add.at(change, a, -moved)
    np.add.at(change, b, moved)
    assert_close(found.populations[-1] - found.populations[0], change, 1e-10)


@given(theories(), st.floats(0.01, 5), st.floats(0.01, 5), routes)
def test_semigroup(case, first, second, route):
    theory, start = case
    halfway = theory.solve([first / theory.rate], initial=start, method=route).populations[0]
    halfway = np.clip(halfway, 0, None)  # a start may not be negative, not even by rounding
    both = theory.solve([(first + second) / theory.rate], initial=start, method=route).populations
    again = theory.solve([second / theory.rate], initial=halfway / halfway.sum(), method=route).populations
    assert_close(again, both, 5e-12)


@settings(max_examples=15)
@given(graphs(most=5), st.integers(0, 99), st.integers(0, 4))
def test_exact_dynamics(graph, seed, start):
    """Norm and energy kept, currents continuous, nothing leaves a connected piece."""
    model = cq.ModularNetwork(graph=graph, seed=seed, **FIELDS)
    source = start % model.subunits
    times, weights = gauss_times(30.0, 60)
    exact = cq.evolve(model, times, initial=cq.haar(source, seed=seed))
    assert exact.certificate.holds
    for piece in pieces(model.subunits, *model.bonds.T):
        expected = float(source in piece)
        assert_close(exact.populations[:, piece].sum(axis=1), np.full(times.size, expected), 1e-10)
    moved, change = weights @ exact.currents, np.zeros(model.subunits)
    np.add.at(change, exact.bonds[:, 0], -moved)
    np.add.at(change, exact.bonds[:, 1], moved)
    assert_close(exact.populations[-1] - exact.populations[0], change, 1e-9)


@given(graphs(), st.randoms(use_true_random=False))
def test_numbers_do_not_depend_on_the_order_of_the_edges(graph, random):
    model = cq.ModularNetwork(graph=graph, seed=7, **FIELDS)
    shuffled = [[b, a, w] if random.random() < 0.5 else [a, b, w] for a, b, w in graph]
    random.shuffle(shuffled)
    other = cq.ModularNetwork(graph=shuffled, seed=7, **FIELDS)
    assert other == model
    assert np.array_equal(other.hamiltonian().as_matrix(), model.hamiltonian().as_matrix())


def test_edges_draw_apart():
    """No two edges share a matrix, and an edge keeps its own when others come and go."""
    N = 12
    full = cq.ModularNetwork(graph=(np.ones((N, N)) - np.eye(N)), seed=1, **FIELDS)
    drawn = [full.interaction_matrix(e) for e in range(full.bond_count)]
    firsts = [complex(v[0, 0]) for v in drawn]
    assert len(set(firsts)) == N * (N - 1) // 2
    star = cq.ModularNetwork(graph=[[3, k] for k in range(N) if k != 3], seed=1, **FIELDS)
    number = {tuple(pair): e for e, pair in enumerate(full.bonds.tolist())}
    for e, pair in enumerate(star.bonds.tolist()):
        assert np.array_equal(star.interaction_matrix(e), drawn[number[tuple(pair)]])


@pytest.mark.parametrize("n", [1, 4])
def test_continuity_tester_agrees_on_a_path(n):
    model = cq.ModularNetwork(lattice=[4], seed=2, **(FIELDS | {"levels": n}))
    times, weights = gauss_times(30.0, 60)
    exact = cq.evolve(model, times)
    assert_continuous(weights, exact.populations, exact.currents, 1e-9)
