"""Bad networks: one sentence that names the argument and the value."""

import numpy as np
import pytest
import scipy

import caloriq as cq
from testers import refused

FIELDS = {"levels": 4, "bandwidth": 0.2, "coupling": 0.02, "seed": 1}
NAN = float("nan")


class Graph:
    """As much of a NetworkX graph as the library reads."""

    def __init__(self, edges, nodes, *, directed=False, multi=False):
        self._edges, self.nodes, self._kind = edges, nodes, (directed, multi)

    def edges(self, data):
        assert data
        return self._edges

    def is_directed(self):
        return self._kind[0]

    def is_multigraph(self):
        return self._kind[1]


A = np.array([[0, 1.0], [1, 0]])
PAIR = [("a", "b", {})]
BAD = {
    "neither": ({}, "graph", "neither"),
    "both": ({"graph": [[0, 1]], "lattice": [3]}, "graph", "both"),
    "isolated in a list": ({"graph": [[0, 1], [1, 4]]}, "graph", "subunits 2..3"),
    "isolated far away": ({"graph": [[0, 10**12]]}, "graph", "no edge", "1..2"),
    "isolated in a matrix": ({"graph": np.pad(A, 1)}, "graph", "0, 3"),
    "isolated in a graph": ({"graph": Graph(PAIR, ["a", "b", "alone"])}, "graph", "'alone'"),
    "no edges": ({"graph": []}, "graph", "at least one edge"),
    "no edges in a matrix": ({"graph": np.zeros((3, 3))}, "graph", "at least one edge"),
    "negative weight": ({"graph": [[0, 1, -0.5]]}, "graph", "(0, 1)", "-0.5"),
    "zero weight": ({"graph": [[0, 1], [1, 2, 0]]}, "graph", "(1, 2)", "greater than 0"),
    "weight not a number": ({"graph": [[0, 1, NAN]]}, "graph", "finite", "nan"),
    "weight in words": ({"graph": [[0, 1, "strong"]]}, "graph", "numbers"),
    "negative weight in a matrix": ({"graph": -A}, "graph", "(0, 1)", "-1"),
    "nan in a matrix": ({"graph": A * NAN}, "graph", "finite"),
    "nan in a sparse matrix": ({"graph": scipy.sparse.csr_array(A * NAN)}, "graph", "finite"),
    "complex matrix": ({"graph": 1j * A}, "graph", "numbers"),
    "complex sparse matrix": ({"graph": scipy.sparse.csr_array(1j * A)}, "graph", "numbers"),
    "negative weight in a graph": ({"graph": Graph([("a", "b", {"weight": -2})], "ab")}, "graph", "('a', 'b')", "-2"),
    "weight of a graph in words": ({"graph": Graph([("a", "b", {"weight": "x"})], "ab")}, "graph", "number", "'x'"),
    "self loop": ({"graph": [[0, 1], [1, 1]]}, "graph", "(1, 1)", "itself"),
    "self loop in a matrix": ({"graph": A + np.diag([0, 2.0])}, "graph", "(1, 1)", "itself"),
    "self loop in a graph": ({"graph": Graph([*PAIR, ("b", "b", {})], "ab")}, "graph", "('b', 'b')", "itself"),
    "not symmetric": ({"graph": np.array([[0, 1.0], [2, 0]])}, "graph", "symmetric", "reaches 1"),
    "not symmetric and sparse": ({"graph": scipy.sparse.csr_array(np.triu(A))}, "graph", "symmetric"),
    "not square": ({"graph": scipy.sparse.csr_array(np.ones((2, 3)))}, "graph", "square", "(2, 3)"),
    "given twice": ({"graph": [[0, 1], [1, 2], [1, 0, 2.0]]}, "graph", "(0, 1)", "twice"),
    "directed": ({"graph": Graph(PAIR, "ab", directed=True)}, "graph", "undirected"),
    "multigraph": ({"graph": Graph(PAIR, "ab", multi=True)}, "graph", "one edge a pair"),
    "negative index": ({"graph": [[0, -1]]}, "graph", "0, 1, 2", "-1"),
    "half an index": ({"graph": [[0, 1.5]]}, "graph", "0, 1, 2", "1.5"),
    "four numbers": ({"graph": [[0, 1, 2, 3]]}, "graph", "[a, b, w]"),
    "numbers alone": ({"graph": [0, 1]}, "graph", "[a, b, w]", "got 0"),
    "a number": ({"graph": 7}, "graph", "got 7"),
    "a path": ({"graph": "graph.npy"}, "graph", "numpy.load"),
    "a mapping": ({"graph": {"edges": 3}}, "graph", "a mapping"),
    "array of another shape": ({"graph": np.ones((3, 4))}, "graph", "(3, 4)"),
    "array of one axis": ({"graph": np.ones(4)}, "graph", "(4,)"),
    "lattice a number": ({"lattice": 5}, "lattice", "[L]", "got 5"),
    "lattice empty": ({"lattice": []}, "lattice", "list of sides"),
    "lattice too short": ({"lattice": [4, 1]}, "lattice", "at least 2", "got 1"),
    "periodic too short": ({"lattice": [4, 2], "periodic": True}, "lattice", "at least 3", "got 2"),
    "lattice not whole": ({"lattice": [4, 2.5]}, "lattice", "whole", "2.5"),
    "lattice true": ({"lattice": [4, True]}, "lattice", "whole", "True"),
    "lattice in words": ({"lattice": "square"}, "lattice", "square"),
    "lattice too large": ({"lattice": [10**5, 10**5]}, "lattice", "at most", "1e+10"),
    "periodic graph": ({"graph": [[0, 1]], "periodic": True}, "periodic", "graph"),
    "periodic in words": ({"lattice": [4], "periodic": "perhaps"}, "periodic", "perhaps"),
    "other number of subunits": ({"lattice": [4], "subunits": 5}, "subunits", "the 4", "got 5"),
    "no levels": ({"lattice": [4], "levels": 0}, "levels", "at least 1"),
    "seed missing": ({"lattice": [4], "seed": None}, "seed", "missing"),
    "matrices of another shape": ({"lattice": [4], "interaction": "given", "matrices": np.ones((2, 4, 4))}, "matrices", "(3, 4, 4)", "(2, 4, 4)"),
    "matrices between strangers": ({"graph": [[0, 1], [1, 2]], "interaction": "given", "matrices": np.ones((12, 12))}, "matrices", "neighbouring"),
    "matrices beside random ones": ({"lattice": [4], "matrices": np.eye(4)}, "matrices", "exactly when"),
    "misspelt": ({"latice": [4]}, "graph", "neither"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_networks(name):
    changes, argument, *words = BAD[name]
    with refused(argument, *words):
        cq.ModularNetwork(**(FIELDS | changes))


def network(**changes):
    return cq.ModularNetwork(**({"lattice": [2, 3]} | FIELDS | changes))


SOLVE = {
    "route": ({"method": "magic"}, "method", "magic"),
    "tolerance": ({"tol": 1.0}, "tol", "1e-3"),
    "start outside": ({"initial": 6}, "initial", "0..5"),
    "start of another length": ({"initial": [0.5, 0.5]}, "initial", "per subunit (6)", "got 2"),
    "start not normalised": ({"initial": np.ones(6)}, "initial", "sum to 1"),
}


@pytest.mark.parametrize("name", SOLVE)
def test_solve(name):
    changes, argument, *words = SOLVE[name]
    with refused(argument, *words):
        cq.ham(network()).solve([1.0], **changes)


def test_transform_needs_a_lattice():
    theory = cq.ham(network(lattice=None, graph=[[0, 1], [1, 2]]))
    with refused("method", "lattice", "transform", error=cq.Unsupported):
        theory.solve([1.0], method="transform")


def test_theory():
    with refused("coupling", "double precision"):
        cq.ham(network(coupling=1e-170))
    for weight in (1e-170, 1e170):
        with refused("graph", "double precision", "(0, 1)"):
            cq.ham(network(lattice=None, graph=[[0, 1, weight], [1, 2]]))
    with refused("matrices", "couple", "zeros"):
        cq.ham(network(lattice=None, graph=[[0, 1], [1, 2]], interaction="given", matrices=np.zeros((2, 4, 4))))
    uneven = cq.ham(network(lattice=None, graph=[[0, 1], [1, 2, 2.0]]))
    for asked in (uneven.conductivity, uneven.conductivity_error):
        with refused("model", "one rate", "edge_conductivity", error=cq.Unsupported):
            asked(0.3)
    with refused("model", "lattice", "graph", error=cq.Unsupported):
        uneven.conductivity_tensor(0.3)
    with refused("formula", "levels", "'exact'"):
        uneven.edge_conductivity(0.3, formula="exact")


def test_too_large():
    """Refused before anything large is made, with the bytes that it would take."""
    large = network(lattice=[30_000, 30_000])
    with refused("levels", "memory"):
        large.hamiltonian()
    with refused("times", "memory"):
        cq.ham(large).solve(np.arange(400.0))


def test_verbs():
    theory, model = cq.ham(network()), network()
    with refused("subunit", "0..5"):
        cq.evolve(model, [1.0], initial=cq.haar(6))
    with refused("theory", "another model"):
        cq.deviation(cq.evolve(model, [0.0, 1.0]), cq.ham(network(seed=2)))
    with refused("exact", "9 times", error=cq.NotEnoughData):
        cq.deviation(cq.evolve(model, [0.0, 1.0]), theory)
    with refused("model", "ModularChain", "ModularNetwork"):
        cq.ham("network")
    with refused("theory", "Theory"):
        cq.deviation(cq.evolve(model, [0.0, 1.0]), "theory")


def test_a_file_of_a_network_is_read_and_run(tmp_path):
    from caloriq.questions.run import read_run

    path = cq.write_model(network(), tmp_path / "network.yaml")
    assert cq.read_model(path) == network()
    assert read_run(path).model == network()


def test_a_series_without_end():
    """Very late times of a general graph are refused before the work."""
    theory = cq.ham(network())
    with refused("times", "products"):
        theory.solve([1e15 / theory.rate], method="series")
