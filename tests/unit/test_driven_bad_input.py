"""Driven chains: bad input is refused in one sentence, before any work."""

import subprocess
import sys

import numpy as np
import pytest
import yaml

import caloriq as cq
from caloriq import _checks
from driven import REFERENCE, uniform
from testers import assert_sentence, refused

BATHS = REFERENCE
NAN = float("nan")


class Graph:
    """As much of a NetworkX graph as the library reads."""

    def __init__(self, edges, nodes, directed=False):
        self._edges, self.nodes, self._directed = edges, nodes, directed

    def edges(self, data=False):
        assert data
        return self._edges

    def number_of_nodes(self):
        return len(self.nodes)

    def is_directed(self):
        return self._directed

    def is_multigraph(self):
        return False


def test_graph_of_couplings():
    graph = Graph([(0, 1, {"weight": 0.5}), (2, 1, {"hopping": 1j}), (0, 2, {})], [0, 1, 2])
    model = cq.SpinChain(sites=3, couplings=graph, hopping=0.2)
    assert np.array_equal(model.couplings, np.array([[0, 0.5, 0.2], [0.5, 0, 1j], [0.2, -1j, 0]]))


CHAINS = {
    "one site": ({"sites": 1}, "sites", "got 1"),
    "sites in words": ({"sites": "many"}, "sites", "many"),
    "sites true": ({"sites": True}, "sites", "truth"),
    "no hopping": ({"hopping": None}, "hopping", "missing"),
    "hopping of wrong length": ({"hopping": [1.0, 1.0]}, "hopping", "list of 3", "(2,)"),
    "hopping not a number": ({"hopping": NAN}, "hopping", "finite", "nan"),
    "hopping in words": ({"hopping": "strong"}, "hopping", "strong"),
    "complex hopping": ({"hopping": 1j}, "hopping", "numbers"),
    "frequency of wrong length": ({"frequency": np.ones(5)}, "frequency", "list of 4", "(5,)"),
    "frequency not finite": ({"frequency": [1, 1, np.inf, 1]}, "frequency", "finite"),
    "negative dephasing": ({"dephasing": -0.5}, "dephasing", "-0.5"),
    "negative dephasing somewhere": ({"dephasing": [0, 0, -2, 0]}, "dephasing", "-2"),
    "zz of wrong length": ({"zz": [1.0]}, "zz", "list of 3"),
    "zz not symmetric": ({"zz": np.triu(np.ones((4, 4)), 1)}, "zz", "hermitian"),
    "zz with a diagonal": ({"zz": np.eye(4)}, "zz", "zero diagonal"),
    "misspelt": ({"hoping": 1.0}, "hoping", "hopping"),
    "both": ({"couplings": np.ones((4, 4)) - np.eye(4)}, "hopping", "left out"),
    "couplings not hermitian": ({"hopping": None, "couplings": np.triu(np.ones((4, 4)), 1)}, "couplings", "hermitian"),
    "couplings with a diagonal": ({"hopping": None, "couplings": np.eye(4)}, "couplings", "site 0", "frequency"),
    "couplings of wrong shape": ({"hopping": None, "couplings": np.zeros((3, 3))}, "couplings", "(4, 4)"),
    "couplings not numbers": ({"hopping": None, "couplings": [["a"]]}, "couplings", "numbers"),
    "couplings as a path": ({"hopping": None, "couplings": "g.npy"}, "couplings", "numpy.load"),
    "zz list with couplings": (
        {"hopping": None, "couplings": np.ones((4, 4)) - np.eye(4), "zz": [1, 1, 1]},
        "zz",
        "matrix",
    ),
    "directed graph": ({"couplings": Graph([], range(4), directed=True)}, "couplings", "undirected"),
    "graph of other nodes": ({"couplings": Graph([], ["a", "b"])}, "couplings", "0..3"),
    "graph without weights": ({"hopping": None, "couplings": Graph([(0, 1, {})], range(4))}, "couplings", "(0, 1)"),
    "baths not a list": ({"baths": 3}, "baths", "list"),
    "bath on a missing site": ({"baths": [{"site": 4, "temperature": 1, "rate": 1}]}, "baths.site", "got 4"),
    "bath on a missing site from the end": (
        {"baths": [{"site": -5, "temperature": 1, "rate": 1}]},
        "baths.site",
        "got -5",
    ),
    "two baths on a site": ({"baths": [BATHS[1], cq.Bath(site=3, gain=1, loss=1)]}, "baths", "site 3", "name"),
    "no mode": ({"frequency": 0.0, "baths": [BATHS[0]]}, "frequency", "site 0", "gain and loss"),
    "no finite occupation": (
        {"frequency": 1e-300, "baths": [cq.Bath(site=0, temperature=1e10, rate=1)]},
        "temperature",
        "finite",
    ),
}


@pytest.mark.parametrize("case", CHAINS)
def test_chains(case):
    changes, argument, *words = CHAINS[case]
    fields = {"sites": 4, "hopping": 1.0, **changes}
    with refused(argument, *words):
        cq.SpinChain(**fields)


BATH_FORMS = {
    "nothing": ({}, "bath", "none of them"),
    "no rate": ({"temperature": 1}, "bath", "temperature"),
    "no temperature": ({"rate": 1}, "bath", "rate"),
    "two forms": ({"temperature": 1, "rate": 1, "gain": 1, "loss": 1}, "bath", "gain"),
    "gain alone": ({"gain": 1}, "bath", "gain"),
    "no effect": ({"gain": 0, "loss": 0}, "bath", "both are zero"),
    "negative temperature": ({"temperature": -1, "rate": 1}, "temperature", "-1"),
    "negative rate": ({"temperature": 1, "rate": -1}, "rate", "-1"),
    "zero rate": ({"temperature": 1, "rate": 0}, "rate", "got 0"),
    "negative occupation": ({"occupation": -0.1, "rate": 1}, "occupation", "-0.1"),
    "negative gain": ({"gain": -1, "loss": 1}, "gain", "-1"),
    "negative loss": ({"gain": 1, "loss": -1}, "loss", "-1"),
    "not a number": ({"temperature": NAN, "rate": 1}, "temperature", "finite"),
    "half a site": ({"site": 0.5, "gain": 1, "loss": 1}, "site", "whole"),
    "misspelt": ({"temprature": 1, "rate": 1}, "temprature", "temperature"),
}


@pytest.mark.parametrize("case", BATH_FORMS)
def test_baths(case):
    changes, argument, *words = BATH_FORMS[case]
    with refused(argument, *words):
        cq.Bath(**{"site": 0, **changes})


def cut(sites, baths):
    return cq.SpinChain(sites=sites, hopping=[1.0, 0.0, 1.0, 1.0][: sites - 1], baths=baths)


NOT_UNIQUE = {
    "no bath": (uniform(4).model_copy(update={"baths": ()}), "baths", "none"),
    "decoupled piece": (cut(5, BATHS[:1]), "baths", "sites 2..4"),
    "decoupled site": (cq.SpinChain(sites=3, hopping=[0.0, 1.0], baths=(BATHS[1],)), "baths", "sites 0 "),
    "no hopping": (uniform(3).model_copy(update={"hopping": 0.0}), "hopping", "zero"),
    "no hopping but ZZ": (uniform(3).model_copy(update={"hopping": 0.0, "zz": 1.0}), "hopping", "zero"),
    "no classical rate": (cq.ClassicalChain(sites=3, rate=0.0, baths=BATHS), "rate", "zero"),
    "no classical bath": (cq.ClassicalChain(sites=3, rate=1.0), "baths", "none"),
    "classical piece": (cq.ClassicalChain(sites=3, rate=[0.0, 1.0], baths=BATHS[:1]), "baths", "1..2"),
}


@pytest.mark.parametrize("case", NOT_UNIQUE)
def test_steady_states_that_are_not_unique(case):
    model, argument, *words = NOT_UNIQUE[case]
    with refused(argument, *words):
        cq.steady_state(model)


def test_two_pieces_with_a_bath_each_are_fine():
    found = cq.steady_state(cut(4, BATHS))
    assert np.abs(found.currents[1]) == 0
    assert found.certificate.holds


def test_other_models_and_methods():
    with refused("model", "SpinChain"):
        cq.steady_state("chain")
    with refused("method", "ClosedForm"):
        cq.steady_state(uniform(3), method="direct")
    with refused("method", "Sector"):
        cq.steady_state(uniform(3), method=cq.Exact())
    with refused("sites", "at most 7", "Sector"):
        cq.steady_state(uniform(8), method=cq.Full())
    with refused("sites", "at most 16"):
        cq.steady_state(uniform(17, zz=1.0))
    with refused("tol"):
        cq.Sector(tol=0.0)
    with refused("restart", "at least 4"):
        cq.Sector(restart=1)


UNSUPPORTED = {
    "closed form, ZZ": (uniform(4, zz=0.1), cq.ClosedForm(), "ZZ"),
    "closed form, hopping": (uniform(3).model_copy(update={"hopping": [1, 2]}), cq.ClosedForm(), "hopping"),
    "closed form, frequencies": (uniform(2).model_copy(update={"frequency": [1, 2]}), cq.ClosedForm(), "frequencies"),
    "closed form, one bath": (uniform(3).model_copy(update={"baths": BATHS[:1]}), cq.ClosedForm(), "baths"),
    "two-point, ZZ": (uniform(4, zz=0.1), cq.TwoPoint(), "ZZ"),
    "two-point, ring": (
        cq.SpinChain(sites=3, couplings=np.ones((3, 3)) - np.eye(3), baths=BATHS),
        cq.TwoPoint(),
        "beyond neighbours",
    ),
    "two-point, inner bath": (
        uniform(3).model_copy(update={"baths": (*BATHS, cq.Bath(site=1, gain=0, loss=1))}),
        cq.TwoPoint(),
        "inner site",
    ),
    "classical of a quantum chain": (uniform(3), cq.Classical(), "coherent hopping"),
    "quantum of a classical chain": (cq.ClassicalChain(sites=3, rate=1.0, baths=BATHS), cq.Sector(), "classical"),
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_methods_that_do_not_apply(case):
    model, method, *words = UNSUPPORTED[case]
    with refused("method", *words, error=cq.Unsupported):
        cq.steady_state(model, method=method)


def test_too_large_for_the_memory(monkeypatch):
    monkeypatch.setattr(_checks, "available_memory", lambda: 1e9)
    with refused("sites", "the problem needs", "GB is available"):
        cq.steady_state(uniform(13, 1.0, zz=0.5))
    chain = cq.SpinChain(sites=5000, hopping=1.0, frequency=np.linspace(1, 2, 5000), baths=BATHS)
    with refused("sites", "5 GB", "1 GB"):
        cq.steady_state(chain)


def test_iterations_that_stop_short_hand_over_what_they_have():
    with pytest.raises(cq.NotConverged) as caught:
        cq.steady_state(uniform(6, 0.5, zz=0.5), method=cq.Sector(max_products=4))
    assert_sentence(str(caught.value), "method", "residual")
    best = caught.value.solution
    assert best.current == pytest.approx(cq.steady_state(uniform(6, 0.5, zz=0.5)).current, rel=0.2)
    assert not best.certificate["residual"].holds


def test_one_excitation_beyond_its_validity():
    with pytest.raises(cq.NotConverged) as caught:
        cq.steady_state(cq.fmo(injection=1.0), method=cq.OneExcitation())
    assert "excitation probability" in str(caught.value)


def test_correlators_that_are_not_there():
    """Nothing beyond two points is invented where the state is not Gaussian."""
    dephased = cq.steady_state(uniform(4, 0.5), method=cq.TwoPoint())
    assert dephased.pair_correlations is None
    with refused("method", "two-site", error=cq.Unsupported):
        cq.concurrence(dephased)
    clean = cq.steady_state(uniform(4), method=cq.TwoPoint())
    assert cq.concurrence(clean, 1, 2) >= 0
    with refused("second", "string", error=cq.Unsupported):
        cq.concurrence(clean, 0, 2)
    with refused("second", "another site"):
        cq.concurrence(clean, 1, 1)
    with refused("first", "got 9"):
        cq.concurrence(clean, 9, 1)
    with refused("state", "density matrix"):
        cq.concurrence(np.eye(4))
    with refused("state", "shape"):
        cq.concurrence(np.eye(3))


DISORDER = cq.Disorder(quantity="hopping", width=0.1)
ENSEMBLES = {
    "nothing random": ({"disorder": []}, "disorder", "empty"),
    "twice": ({"disorder": [DISORDER, DISORDER]}, "disorder", "hopping"),
    "no samples": ({"samples": 0}, "samples", "got 0"),
    "unknown quantity": ({"disorder": [{"quantity": "mass", "width": 1}]}, "quantity", "mass"),
    "negative width": ({"disorder": [{"quantity": "zz", "width": -1}]}, "width", "-1"),
    "zz on all pairs": (
        {"chain": uniform(4, zz=0.5), "disorder": [{"quantity": "couplings", "width": 1}]},
        "zz",
        "0.5",
    ),
}


@pytest.mark.parametrize("case", ENSEMBLES)
def test_ensembles(case):
    changes, argument, *words = ENSEMBLES[case]
    fields = {"chain": uniform(4), "disorder": [DISORDER], "samples": 3, "seed": 0, **changes}
    with refused(argument, *words):
        cq.DisorderedChain(**fields)


def test_disorder_that_leaves_the_domain():
    low = cq.Disorder(quantity="frequency", width=3.0)
    with refused("disorder", "frequency"):
        cq.steady_state(cq.DisorderedChain(chain=uniform(4), disorder=(low,), samples=20, seed=0))
    negative = cq.Disorder(quantity="dephasing", width=1.0)
    with refused("disorder", "dephasing"):
        cq.steady_state(cq.DisorderedChain(chain=uniform(4), disorder=(negative,), samples=20, seed=0))


def test_scalings():
    with refused("sizes", "at least 3", error=cq.NotEnoughData):
        cq.scaling(uniform(2), [2, 3])
    with refused("sizes", "increase"):
        cq.scaling(uniform(2), [4, 3, 5])
    with refused("sizes", "at least 2"):
        cq.scaling(uniform(2), [1, 2, 3])
    with refused("hopping", "list"):
        cq.scaling(uniform(3).model_copy(update={"hopping": [1, 2]}), [2, 3, 4])
    moved = uniform(4).model_copy(update={"baths": (BATHS[0], cq.Bath(site=3, temperature=0, rate=1))})
    with refused("baths.site", "site 3"):
        cq.scaling(moved, [4, 5, 6])
    same = (cq.Bath(site=0, temperature=1, rate=1), cq.Bath(site=-1, temperature=1, rate=1))
    with refused("model", "carry a current", error=cq.NotEnoughData):
        cq.scaling(uniform(2).model_copy(update={"baths": same}), [2, 3, 4])


def test_evolutions():
    with refused("model", "SpinChain"):
        cq.evolve(cq.ClassicalChain(sites=3, rate=1.0, baths=BATHS), [1.0])
    with refused("initial", "product"):
        cq.evolve(uniform(3), [1.0], initial=cq.haar())
    with refused("initial", "3 sites"):
        cq.evolve(uniform(3), [1.0], initial=cq.steady_state(uniform(4)))
    with refused("method", "TwoPoint"):
        cq.evolve(uniform(3), [1.0], method=cq.Exact())
    with refused("method", "ZZ", error=cq.Unsupported):
        cq.evolve(uniform(3, zz=1.0), [1.0], method=cq.TwoPoint())
    with refused("times", "increase"):
        cq.evolve(uniform(3), [1.0, 0.5])
    with refused("populations", "[0, 1]"):
        cq.product(1.5)
    with refused("populations", "list of 3"):
        cq.evolve(uniform(3), [1.0], initial=cq.product([0.1, 0.2]))


def test_classical_limits_that_do_not_exist():
    with refused("chain", "dephasing"):
        cq.classical(uniform(3), contact=False)
    with refused("chain", "neighbours"):
        cq.classical(cq.SpinChain(sites=3, couplings=np.ones((3, 3)) - np.eye(3), dephasing=1.0, baths=BATHS))
    with refused("rate", "-1"):
        cq.ClassicalChain(sites=3, rate=-1.0)


FILES = {
    "no bath": {"baths": []},
    "misspelt": {"hoping": 1.0},
    "unknown kind": {"kind": "spin-chains"},
    "hopping": {"hopping": [1, 2, 3]},
    "missing array": {"hopping": "nowhere.npy"},
    "bath": {"baths": [{"site": 9, "temperature": 1, "rate": 1}]},
}


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("case", FILES)
def test_files(case, command, tmp_path):
    fields = {"kind": "spin-chain", "sites": 3, "hopping": 1.0, "baths": [{"site": 0, "gain": 1, "loss": 2}]}
    file = tmp_path / "chain.yaml"
    file.write_text(yaml.safe_dump({**fields, **FILES[case]}), encoding="utf-8")
    arguments = [sys.executable, "-m", "caloriq", command, str(file)]
    arguments += ["--out", str(tmp_path / "out")] if command == "run" else []
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("caloriq: `")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert [p.name for p in tmp_path.iterdir()] == ["chain.yaml"]


def test_file_without_a_kind(tmp_path):
    file = tmp_path / "chain.yaml"
    file.write_text("sites: 3\nhopping: 1.0\n", encoding="utf-8")
    with refused("kind", "missing", "spin-chain"):
        cq.read_model(file)
