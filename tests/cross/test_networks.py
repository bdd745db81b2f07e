"""Networks: chain against path, route against route, propagator against matrix exponential, file against object."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from caloriq.linalg import heat_equation
from caloriq.models.edges import lattice_edges
from caloriq.papers.michel_2006.graphs_in_time import random_graph
from testers import assert_close

FIELDS = {"levels": 9, "bandwidth": 0.05, "coupling": 3e-3, "seed": 3}
PATH = [[k, k + 1] for k in range(3)]
STARTS = [
    cq.haar(1, seed=2),
    cq.haar(0, samples=3),
    cq.starts.mixed(2),
    cq.starts.level(0, 4),
    cq.starts.vector(np.arange(36) + 1j),
]
METHODS = [cq.Exact(), cq.Chebyshev(), cq.Krylov()]


@pytest.mark.parametrize("interaction", ["complex-gaussian", "real-gaussian"])
@pytest.mark.parametrize("band", ["uniform", "random"])
def test_a_path_is_the_chain(interaction, band):
    """The same numbers, not just close ones."""
    fields = FIELDS | {"interaction": interaction, "band": band}
    chain = cq.ModularChain(subunits=4, **fields)
    for shape in ({"graph": PATH}, {"lattice": [4]}, {"graph": PATH[::-1]}, {"graph": [[b, a] for a, b in PATH]}):
        network = cq.ModularNetwork(**shape, **fields)
        ours, theirs = network.hamiltonian(), chain.hamiltonian()
        assert np.array_equal(ours.as_matrix(), theirs.as_matrix())
        assert ours.norm_bounds == theirs.norm_bounds


@pytest.mark.parametrize("start", STARTS, ids=lambda s: s.kind)
@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.kind)
def test_a_path_evolves_as_the_chain(start, method):
    t = np.linspace(0, 900, 7)
    chain = cq.evolve(cq.ModularChain(subunits=4, **FIELDS), t, initial=start, method=method)
    network = cq.evolve(cq.ModularNetwork(graph=PATH, **FIELDS), t, initial=start, method=method)
    for name in ("populations", "currents", "local_energies", "energy"):
        assert_close(getattr(network, name), getattr(chain, name), 1e-14)


def test_a_path_has_the_theory_of_the_chain():
    chain, network = cq.ham(cq.ModularChain(subunits=4, **FIELDS)), cq.ham(cq.ModularNetwork(graph=PATH, **FIELDS))
    assert network.rate == chain.rate
    assert [c.value for c in network.criteria] == [c.value for c in chain.criteria]
    assert network.conductivity(0.2) == chain.conductivity(0.2)
    t = np.linspace(0, 5, 21) / chain.rate
    ours, theirs = network.solve(t, initial=1), chain.solve(t, initial=1)
    for name in ("populations", "currents"):
        assert_close(getattr(ours, name), getattr(theirs, name), 1e-14)
    assert_close(ours.widths**2, theirs.widths**2, 1e-14)
    exact = [cq.evolve(theory.model, t) for theory in (network, chain)]
    values = [cq.deviation(e, theory).values for e, theory in zip(exact, (network, chain), strict=True)]
    assert_close(values[0], values[1], 1e-14)


GRAPHS = {
    "random": {"graph": random_graph(7, 6, seed=1)},
    "two pieces": {"graph": [[0, 3, 0.7], [3, 1], [2, 4, 1.3]]},
    "torus": {"lattice": [3, 4], "periodic": True},
    "cube": {"lattice": [2, 2, 3]},
}


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.kind)
def test_exact_dynamics_against_the_matrix_exponential(name, method):
    """H from its definition, block by block, not through the library's operator."""
    model = cq.ModularNetwork(**GRAPHS[name], **(FIELDS | {"levels": 5}))
    N, n = model.subunits, 5
    H = np.kron(np.eye(N), np.diag(model.band_levels)).astype(complex)
    for e, ((a, b), w) in enumerate(zip(model.bonds.tolist(), model.weights, strict=True)):
        v = model.coupling * w * model.interaction_matrix(e)
        H[a * n : (a + 1) * n, b * n : (b + 1) * n] = v
        H[b * n : (b + 1) * n, a * n : (a + 1) * n] = v.conj().T
    start = cq.haar(1, seed=4)
    psi = np.zeros(N * n, dtype=complex)
    psi[n : 2 * n] = start.amplitudes(model)[:, 0]
    times = np.array([0.0, 40.0, 700.0])
    states = np.array([scipy.linalg.expm(-1j * H * t) @ psi for t in times])
    exact = cq.evolve(model, times, initial=start, method=method)
    assert_close(exact.populations, (np.abs(states.reshape(3, N, n)) ** 2).sum(axis=2), 1e-9)
    for e, (a, b) in enumerate(model.bonds.tolist()):
        block = H[a * n : (a + 1) * n, b * n : (b + 1) * n]
        left, right = states.reshape(3, N, n)[:, a], states.reshape(3, N, n)[:, b]
        expected = -2 * np.einsum("ti,ij,tj->t", left.conj(), block, right).imag
        assert_close(exact.currents[:, e], expected, 1e-9 * 0.1)


@pytest.mark.parametrize("name", GRAPHS)
def test_mixed_start_is_the_mean_of_the_levels(name):
    model = cq.ModularNetwork(**GRAPHS[name], **FIELDS)
    t = [0.0, 50.0, 400.0]
    every = [cq.evolve(model, t, initial=cq.starts.level(0, k), method=cq.Exact()) for k in range(9)]
    for method in (cq.Exact(), cq.Chebyshev(tol=1e-12)):
        blend = cq.evolve(model, t, initial=cq.starts.mixed(0), method=method)
        for field in ("populations", "currents", "energy"):
            assert_close(getattr(blend, field), np.mean([getattr(one, field) for one in every], axis=0), 1e-10)
    spread = cq.typicality(model, t)
    assert_close(spread.mean, blend.populations, 1e-10)


@pytest.mark.parametrize("sides", [(23,), (7, 9), (4, 5, 6)])
@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("compiled", [False, True])
def test_routes_agree(sides, periodic, compiled, monkeypatch):
    """Transform, eigenbasis and series, the last with both of its kernels; equal rates and unequal ones."""
    if not compiled:
        monkeypatch.setattr(heat_equation.kernels, "numba_available", lambda: False)
    theory = cq.ham(cq.ModularNetwork(lattice=sides, periodic=periodic, **FIELDS))
    start = np.random.default_rng(1).dirichlet(np.ones(theory.model.subunits))
    t = np.array([0.0, 0.2, 3.0, 500.0]) / theory.rate
    P = theory.solve(t, initial=start)
    assert P.method.name == "transform"
    assert_close(theory.solve(t, initial=start, method="eigenbasis").populations, P.populations, 1e-13)
    assert_close(theory.solve(t, initial=start, method="series").populations, P.populations, 1e-12)
    bonds = lattice_edges(sides, periodic=periodic).bonds
    weights = np.random.default_rng(2).uniform(0.5, 2, len(bonds))
    uneven = cq.ham(cq.ModularNetwork(graph=np.column_stack([bonds, weights]), **FIELDS))
    t = t * theory.rate / uneven.rate
    values = [uneven.solve(t, initial=start, method=route).populations for route in ("eigenbasis", "series")]
    assert_close(values[1], values[0], 1e-12)
    L = uneven.laplacian.toarray()
    expected = [scipy.linalg.expm(-uneven.rate * instant * L) @ start for instant in t[:3]]
    assert_close(values[0][:3], np.array(expected), 1e-12)


def test_ways_to_hand_in_a_graph():
    """A matrix, a sparse one, lists in any order, and a NetworkX graph stand for the same model."""

    class Graph:
        """As much of a NetworkX graph as the library reads; its nodes have names."""

        nodes = ("a", "b", "c")

        def edges(self, data):
            assert data
            return [("c", "a", {"weight": 2.0}), ("a", "b", {})]

    A = np.array([[0, 1, 2.0], [1, 0, 0], [2, 0, 0]])
    ways = [
        Graph(),
        A,
        scipy.sparse.csr_array(A),
        scipy.sparse.coo_matrix(A),
        [[0, 1], [0, 2, 2.0]],
        [(2, 0, 2), (1, 0, 1)],
    ]
    models = [cq.ModularNetwork(graph=way, **FIELDS) for way in [*ways, np.array([[2, 0, 2.0], [0, 1, 1.0]])]]
    assert len({model.digest for model in models}) == 1
    assert models[0].to_mapping()["graph"] == [[0, 1], [0, 2, 2.0]]
    # four rows of four are a matrix, in a file too
    square = (np.ones((4, 4)) - np.eye(4)).tolist()
    assert cq.ModularNetwork(graph=square, **FIELDS).bond_count == 6


@pytest.mark.parametrize("extra", [6, 1200])
def test_files(tmp_path, extra):
    """Small graphs stand in the file, large ones beside it."""
    model = cq.ModularNetwork(graph=random_graph(60, extra, seed=2), **FIELDS)
    path = cq.write_model(model, tmp_path / "model.yaml")
    assert (tmp_path / "model.graph.npy").exists() == (extra > 1000)
    assert cq.read_model(path) == model
    assert model.model_copy(update={"seed": 9}).bonds.tolist() == model.bonds.tolist()
    lattice = cq.ModularNetwork(lattice=[3, 4], periodic=True, **FIELDS)
    assert cq.read_model(cq.write_model(lattice, tmp_path / "lattice.yaml")) == lattice


def test_triangles_survive_a_copy():
    """Three edges are a 3 × 3 array of rows, which must not be taken for a matrix."""
    model = cq.ModularNetwork(graph=[[0, 1, 0.5], [1, 2], [0, 2, 2.0]], **FIELDS)
    assert model.model_copy() == model
    assert cq.ModularNetwork.from_mapping(model.to_mapping()) == model


def test_matrices_handed_in():
    """By edge, once for all, and as a whole V."""
    rng = np.random.default_rng(0)
    v = rng.standard_normal((3, 2, 2)) + 1j * rng.standard_normal((3, 2, 2))
    graph, fields = (
        [[0, 1], [0, 2, 2.0], [1, 2]],
        {"levels": 2, "bandwidth": 0.1, "coupling": 0.01, "interaction": "given"},
    )
    V = np.zeros((6, 6), dtype=complex)
    for block, (a, b) in zip(v, ((0, 1), (0, 2), (1, 2)), strict=True):
        V[2 * a : 2 * a + 2, 2 * b : 2 * b + 2], V[2 * b : 2 * b + 2, 2 * a : 2 * a + 2] = block, block.conj().T
    by_edge, whole = (cq.ModularNetwork(graph=graph, matrices=m, **fields) for m in (v, V))
    assert by_edge == whole
    theory = cq.ham(by_edge)
    strengths = np.array([1, 4, 1]) * (np.abs(v) ** 2).mean(axis=(1, 2))
    assert_close(theory.relative_rates, strengths / strengths.mean(), 1e-14)
    assert_close(theory.edge_rates, 2 * np.pi * 1e-4 * 2 / 0.1 * strengths, 1e-14)
    c1, c2 = theory.edge_criteria
    assert (theory.criteria[0].value, theory.criteria[1].value) == pytest.approx((c1.min(), c2.max()), rel=1e-14)
    equal = cq.ModularNetwork(lattice=[3], matrices=v[0], **fields)
    assert_close(equal.interaction_matrix(1), v[0], 0.0)


def test_busiest_subunit():
    """The star's centre has five times the c2 of its edges; lattices and their graphs agree."""
    star = cq.ham(cq.ModularNetwork(graph=[[0, k] for k in range(1, 6)], **FIELDS))
    assert star.busiest.value == pytest.approx(5 * star.criteria[1].value, rel=1e-14)
    for shape in ({"lattice": [4, 2]}, {"lattice": [3, 5], "periodic": True}, {"lattice": [3, 3]}):
        model = cq.ModularNetwork(**shape, **FIELDS)
        graph = cq.ModularNetwork(graph=model.bonds.tolist(), **FIELDS)
        assert cq.ham(model).busiest.value == pytest.approx(cq.ham(graph).busiest.value, rel=1e-14)
        assert model.bond_count == len(model.bonds) == graph.bond_count


def test_stored_with_its_edges(tmp_path):
    model = cq.ModularNetwork(graph=random_graph(5, 2, seed=3), **FIELDS)
    exact = cq.evolve(model, [0.0, 10.0])
    data = cq.load(cq.save(exact, tmp_path / "network.zarr.zip"))
    assert np.array_equal(np.stack([data.bond_from, data.bond_to], axis=1), model.bonds)
    assert np.array_equal(data.currents, exact.currents)


def test_verdict():
    fields = {"levels": 150, "bandwidth": 0.05, "coupling": 0.05 / 240, "seed": 1}
    theory = cq.ham(cq.ModularNetwork(graph=[[k, (k + 1) % 6] for k in range(6)], **fields))
    judged = cq.verdict(cq.evolve(theory.model, np.linspace(0, 5, 81) / theory.rate), theory)
    assert judged.diffusive
    assert judged.deviation.values.shape == (6,)
    assert "Fourier's law holds" in judged.sentence
