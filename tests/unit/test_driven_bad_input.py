"""Driven chains: bad input is refused in one sentence, before any work."""

import subprocess
import sys

import numpy as np
import pytest

import caloriq as cq
from caloriq import _checks
from caloriq.documents import yaml_text
from caloriq.transport.entanglement import concurrence
from driven import REFERENCE, uniform
from testers import assert_close, assert_sentence, refused

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
    with refused("sites", "at most 8", "Sector"):
        cq.steady_state(uniform(9), method=cq.Full())
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
    "classical of a quantum chain": (uniform(3), cq.Occupations(), "coherent hopping"),
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
        concurrence(dephased)
    clean = cq.steady_state(uniform(4), method=cq.TwoPoint())
    assert_close(clean.pair(1, 2), cq.steady_state(uniform(4), method=cq.Sector()).pair(1, 2), 1e-11)
    with refused("second", "string", error=cq.Unsupported):
        concurrence(clean, 0, 2)
    with refused("second", "another site"):
        concurrence(clean, 1, 1)
    with refused("first", "got 9"):
        concurrence(clean, 9, 1)
    with refused("state", "density matrix"):
        concurrence(np.eye(4))
    with refused("state", "shape"):
        concurrence(np.eye(3))


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
        cq.starts.product(1.5)
    with refused("populations", "list of 3"):
        cq.evolve(uniform(3), [1.0], initial=cq.starts.product([0.1, 0.2]))


def test_classical_limits_that_do_not_exist():
    with refused("chain", "dephasing"):
        cq.exclusion_limit(uniform(3), contact=False)
    with refused("chain", "neighbours"):
        cq.exclusion_limit(cq.SpinChain(sites=3, couplings=np.ones((3, 3)) - np.eye(3), dephasing=1.0, baths=BATHS))
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
    file.write_text(yaml_text({**fields, **FILES[case]}), encoding="utf-8")
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


MORE_CHAINS = {
    "half a site": ({"sites": 2.5}, "sites", "2.5"),
    "no sites": ({"sites": None}, "sites", "None"),
    "NaN in a list": ({"hopping": [1.0, NAN, 1.0]}, "hopping", "finite", "nan"),
    "NaN in the couplings": ({"hopping": None, "couplings": np.full((4, 4), NAN)}, "couplings", "finite"),
    "NaN in dephasing": ({"dephasing": NAN}, "dephasing", "finite"),
    "infinite zz": ({"zz": np.inf}, "zz", "finite"),
    "complex zz": ({"zz": 1j}, "zz", "numbers"),
    "zz of wrong shape": ({"zz": np.zeros((3, 3))}, "zz", "(4, 4)"),
    "zz in words": ({"zz": "weak"}, "zz", "weak"),
    "imaginary zz matrix": ({"zz": np.diag([1j] * 3, 1) - np.diag([1j] * 3, -1)}, "zz", "real symmetric"),
    "dephasing of wrong length": ({"dephasing": [1.0, 1.0]}, "dephasing", "list of 4", "(2,)"),
    "dephasing in words": ({"dephasing": "some"}, "dephasing", "some"),
    "frequency true": ({"frequency": True}, "frequency", "True"),
    "frequency none": ({"frequency": None}, "frequency", "None"),
    "frequency in two dimensions": ({"frequency": np.ones((2, 2))}, "frequency", "(2, 2)"),
    "negative mode in the list": ({"frequency": [1, 1, 1, -0.5], "baths": BATHS}, "frequency", "site -1", "-0.5"),
    "one-sided phase": ({"hopping": None, "couplings": 1j * (np.ones((4, 4)) - np.eye(4))}, "couplings", "hermitian"),
    "neither": ({"hopping": None, "couplings": None}, "hopping", "missing"),
    "a bath that is a number": ({"baths": [3]}, "baths.0", "3"),
    "no list of baths": ({"baths": None}, "baths", "None"),
    "a bath that is misspelt": ({"baths": [{"site": 0, "gain": 1, "los": 1}]}, "los", "loss"),
    "a bath of two forms": ({"baths": [{"site": 0, "gain": 1, "loss": 1, "rate": 2}]}, "bath", "rate"),
    "names twice": (
        {"baths": [cq.Bath(site=s, gain=1, loss=1, name="lead") for s in (0, 1)]},
        "baths",
        "'lead' twice",
    ),
    "a name like another's": (
        {"baths": [cq.Bath(site=0, gain=1, loss=1, name="site 1"), cq.Bath(site=1, gain=1, loss=1)]},
        "baths",
        "site 1",
    ),
    "loop in a graph": ({"hopping": None, "couplings": Graph([(1, 1, {"weight": 2.0})], range(4))}, "couplings", "site 1"),
    "graph in words": ({"hopping": None, "couplings": Graph([(0, 1, {"weight": "x"})], range(4))}, "couplings", "'x'"),
    "graph of NaN": ({"hopping": None, "couplings": Graph([(0, 1, {"weight": NAN})], range(4))}, "couplings", "finite"),
    "graph with a node too many": ({"couplings": Graph([], range(5))}, "couplings", "0..3", "5 nodes"),
}  # fmt: skip


@pytest.mark.parametrize("case", MORE_CHAINS)
def test_more_chains(case):
    changes, argument, *words = MORE_CHAINS[case]
    with refused(argument, *words):
        cq.SpinChain(**{"sites": 4, "hopping": 1.0, **changes})


CLASSICAL = {
    "one site": ({"sites": 1}, "sites", "got 1"),
    "no rate": ({"rate": None}, "rate", "None"),
    "rate of wrong length": ({"rate": [1.0]}, "rate", "list of 2", "(1,)"),
    "rate not finite": ({"rate": NAN}, "rate", "finite"),
    "negative somewhere": ({"rate": [1.0, -0.3]}, "rate", "-0.3"),
    "bath out of place": ({"baths": [cq.Bath(site=3, gain=1, loss=1)]}, "baths.site", "got 3"),
    "frequency of wrong length": ({"frequency": [1.0, 1.0]}, "frequency", "list of 3"),
    "misspelt": ({"rates": 1.0}, "rates", "rate"),
    "dephasing": ({"dephasing": 1.0}, "dephasing", "known"),
}


@pytest.mark.parametrize("case", CLASSICAL)
def test_classical_chains(case):
    changes, argument, *words = CLASSICAL[case]
    with refused(argument, *words):
        cq.ClassicalChain(**{"sites": 3, "rate": 1.0, **changes})


@pytest.mark.parametrize("field", ["temperature", "occupation", "rate", "gain", "loss"])
@pytest.mark.parametrize("value", [-1e-9, NAN, np.inf, "hot", True, [1.0]])
def test_bath_numbers(field, value):
    other = {"temperature": "rate", "occupation": "rate", "rate": "temperature", "gain": "loss", "loss": "gain"}[field]
    with refused(field):
        cq.Bath(site=0, **{field: value, other: 1.0})


METHODS = {
    "sector tolerance": (lambda: cq.Sector(tol=1e-15), "tol"),
    "sector tolerance not finite": (lambda: cq.Sector(tol=NAN), "tol"),
    "no products": (lambda: cq.Sector(max_products=0), "max_products"),
    "half a product": (lambda: cq.Sector(max_products=1.5), "max_products"),
    "precision": (lambda: cq.Sector(precision="half"), "precision"),
    "device": (lambda: cq.Sector(device="tpu"), "device"),
    "two-point tolerance": (lambda: cq.TwoPoint(tol=-1.0), "tol"),
    "misspelt": (lambda: cq.TwoPoint(tolerance=1e-9), "tolerance"),
    "most": (lambda: cq.OneExcitation(most=1.5), "most"),
    "most nothing": (lambda: cq.OneExcitation(most=0.0), "most"),
}


@pytest.mark.parametrize("case", METHODS)
def test_method_fields(case):
    make, argument = METHODS[case]
    with refused(argument):
        make()


@pytest.mark.parametrize("method", [cq.TwoPoint(), cq.Sector(), cq.Full(), cq.ClosedForm(), cq.OneExcitation()])
def test_no_method_solves_what_is_not_unique(method):
    """The refusal comes before the method: no factorisation of a singular matrix is tried."""
    with refused("baths", "sites 2..4"):
        cq.steady_state(cut(5, BATHS[:1]), method=method)


def test_dark_modes_are_refused_by_every_route():
    """A star with its bath in the middle has more than one steady state: the full space says so too."""
    star = np.zeros((4, 4))
    star[0, 1:] = star[1:, 0] = 1
    chain = cq.SpinChain(sites=4, couplings=star, baths=(cq.Bath(site=0, gain=0.3, loss=1.0),))
    for method in (cq.Sector(), cq.Full()):
        with pytest.raises(cq.NotConverged) as caught:
            cq.steady_state(chain, method=method)
        assert_sentence(str(caught.value), "method")
        assert not caught.value.solution.certificate.holds


@pytest.mark.parametrize(("gain", "loss"), [(0.3, 1.0), (0.5, 0.9), (0.2, 0.5), (1.0, 1.0)])
def test_dark_modes_are_refused_by_batches(gain, loss):
    """Two arms of one star: LU of a singular matrix gives one state among many."""
    star = np.array([[0, 1.0, 1.0], [1.0, 0, 0], [1.0, 0, 0]])
    chain = cq.SpinChain(sites=3, couplings=star, baths=(cq.Bath(site=0, gain=gain, loss=loss),))
    still = (cq.Disorder(quantity="dephasing", width=0.0),)
    with pytest.raises((cq.NotConverged, cq.InvalidInput)):
        cq.steady_state(cq.DisorderedChain(chain=chain, disorder=still, samples=1, seed=0))


def test_products_that_run_out_say_how_far_they_came():
    with pytest.raises(cq.NotConverged) as caught:
        cq.steady_state(uniform(6, 1.0, zz=0.5), method=cq.Sector(max_products=3))
    best = caught.value.solution
    assert best.method.statistics["products"] <= 3
    assert 1e-11 < best.certificate["residual"].value < 0.1
    assert best.current == pytest.approx(0.05398263, rel=0.2)
    one = cq.DisorderedChain(
        chain=uniform(6, 1.0, zz=0.5), disorder=(cq.Disorder(quantity="frequency", width=0.1),), samples=2, seed=0
    )
    with pytest.raises(cq.NotConverged):
        cq.steady_state(one, method=cq.Sector(max_products=3))


def test_one_excitation_names_its_bound():
    with pytest.raises(cq.NotConverged) as caught:
        cq.steady_state(cq.fmo(injection=1.0), method=cq.OneExcitation(most=0.01))
    assert_sentence(str(caught.value), "method", "excitation probability", "1.0e-02")
    assert caught.value.solution.certificate["excitation probability"].value > 0.01


@pytest.mark.parametrize("method", [cq.Full(), cq.OneExcitation(), cq.TwoPoint(), cq.Sector()], ids=lambda m: m.kind)
def test_methods_say_what_they_need(method, monkeypatch):
    monkeypatch.setattr(_checks, "available_memory", lambda: 1e4)
    chain = uniform(7).model_copy(update={"frequency": np.linspace(1, 2, 7), "hopping": np.linspace(1, 2, 6)})
    if method.kind in ("two-point", "one-excitation"):
        chain = uniform(200).model_copy(update={"frequency": np.linspace(1, 2, 200)})
    with refused("sites", "the problem needs", "10 kB"):
        cq.steady_state(chain, method=method)


WRONG_TYPES = {
    "steady state of a mapping": (lambda: cq.steady_state({"sites": 3}), "model", "a mapping"),
    "steady state of nothing": (lambda: cq.steady_state(None), "model", "None"),
    "method class": (lambda: cq.steady_state(uniform(3), method=cq.Sector), "method", "Sector"),
    "method none": (lambda: cq.steady_state(uniform(3), method=None), "method", "None"),
    "modular chain": (
        lambda: cq.steady_state(cq.ModularChain(subunits=2, levels=2, bandwidth=0.1, coupling=0.1, seed=0)),
        "model",
        "SpinChain",
    ),
    "sizes in words": (lambda: cq.scaling(uniform(2), "many"), "sizes", "many"),
    "sizes a number": (lambda: cq.scaling(uniform(2), 5), "sizes", "5"),
    "half sizes": (lambda: cq.scaling(uniform(2), [2, 3.5, 5]), "sizes", "3.5"),
    "sizes twice": (lambda: cq.scaling(uniform(2), [2, 3, 3]), "sizes", "increase"),
    "scaling method": (lambda: cq.scaling(uniform(2), [2, 3, 4], method="fast"), "method", "fast"),
    "conductivity at zero": (lambda: cq.scaling(uniform(2, 5.0), [2, 3, 4]).conductivity(0.0), "temperature", "0"),
    "sample out of range": (
        lambda: cq.DisorderedChain(chain=uniform(3), disorder=(DISORDER,), samples=2, seed=1).sample(2),
        "number",
        "got 2",
    ),
    "pair by name": (lambda: cq.steady_state(uniform(3)).pair("0", 1), "first", "whole"),
    "fmo without injection": (lambda: cq.fmo(injection=0.0), "injection", "0"),
    "fmo with negative trapping": (lambda: cq.fmo(trapping=-1.0), "trapping", "-1"),
    "fmo with NaN": (lambda: cq.fmo(injection=NAN), "injection", "nan"),
    "fmo with negative dephasing": (lambda: cq.fmo(dephasing=-1.0), "dephasing"),
    "product of NaN": (lambda: cq.starts.product([0.1, NAN]), "populations", "finite"),
    "product in words": (lambda: cq.starts.product("full"), "populations", "full"),
}


@pytest.mark.parametrize("case", WRONG_TYPES)
def test_wrong_types(case):
    make, argument, *words = WRONG_TYPES[case]
    with refused(argument, *words):
        make()


def small_graph(weight):
    return Graph([(0, 1, {"weight": weight})], range(2))


COMPLEX = np.array([[0, 1j, 0.5], [-1j, 0, 1], [0.5, 1, 0]])
ZZ = np.array([[0, 0.1, 0.7], [0.1, 0, 0.3], [0.7, 0.3, 0]])


def couplings_at_random(**changes):
    chain = uniform(3).model_copy(update={"hopping": None, **changes})
    still = cq.Disorder(quantity="couplings", width=0.0)
    return cq.DisorderedChain(chain=chain, disorder=(still,), samples=1, seed=0)


@pytest.mark.parametrize("sites", [4.0, "4", np.float64(4)])
@pytest.mark.parametrize("changes", [{"hopping": "strong"}, {"dephasing": -1.0}, {"zz": [1.0]}], ids=str)
def test_checks_do_not_depend_on_the_type_of_sites(sites, changes):
    with refused(next(iter(changes))):
        cq.SpinChain(**{"sites": sites, "hopping": 1.0, **changes})


def test_checks_of_the_classical_chain_do_not_depend_on_the_type_of_sites():
    with refused("rate", "-1"):
        cq.ClassicalChain(sites=3.0, rate=-1.0)


def test_graph_whose_weight_is_a_list():
    with refused("couplings"):
        cq.SpinChain(sites=2, couplings=small_graph([1.0, 2.0]))


def test_disorder_of_no_width_keeps_complex_couplings():
    """Added to the chain's own values, as the docstring says."""
    assert_same(couplings_at_random(couplings=COMPLEX).sample(0).couplings, COMPLEX)


def test_disorder_of_the_couplings_keeps_zz():
    one = couplings_at_random(couplings=COMPLEX.real, zz=ZZ).sample(0)
    assert_same(one.zz, ZZ)
    assert_same(one.couplings, COMPLEX.real)


def assert_same(found, expected):
    assert np.shape(found) == np.shape(expected)
    assert np.array_equal(found, expected)


def test_zz_disorder_of_a_matrix():
    disorder = (cq.Disorder(quantity="zz", width=0.1),)
    with refused("zz"):
        cq.DisorderedChain(chain=uniform(3).model_copy(update={"zz": ZZ}), disorder=disorder, samples=1, seed=0).sample(
            0
        )


def test_hopping_disorder_on_a_bond_without_hopping():
    chain = uniform(3, 0.1).model_copy(update={"hopping": [1.0, 0.0], "zz": np.zeros((3, 3))})
    disorder = (cq.Disorder(quantity="hopping", width=0.1, centre=1.0),)
    model = cq.DisorderedChain(chain=chain, disorder=disorder, samples=2, seed=1)
    one = cq.steady_state(model.sample(0), method=cq.Full())
    assert cq.steady_state(model).populations[0] == pytest.approx(one.populations, abs=1e-9)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_one_excitation_that_never_leaves():
    chain = cq.SpinChain(sites=3, hopping=1.0, baths=(cq.Bath(site=0, gain=1.0, loss=0.0),))
    with pytest.raises((cq.NotConverged, cq.InvalidInput)):
        cq.steady_state(chain, method=cq.OneExcitation())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_one_excitation_with_a_dark_mode():
    chain = cq.SpinChain(sites=3, hopping=1.0, baths=(cq.Bath(site=1, gain=1e-3, loss=1.0),))
    with pytest.raises((cq.NotConverged, cq.InvalidInput)):
        cq.steady_state(chain, method=cq.OneExcitation())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dephasing", [0.0, 0.3])
def test_two_point_set_of_hardly_coupled_sites(dephasing):
    """Hopping 1e-8 of the level spacing: a result or a refusal, no error of LAPACK."""
    chain = uniform(13, dephasing).model_copy(update={"hopping": 1e-8, "frequency": np.linspace(0.5, 1.5, 13)})
    try:
        found = cq.steady_state(chain, method=cq.TwoPoint())
    except cq.NotConverged:
        return
    assert found.certificate.holds


def test_scaling_of_an_unknown_current():
    with refused("of", "work"):
        cq.scaling(uniform(2, 1.0), [2, 3, 4], of="work")


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: cq.scaling("chain", [2, 3, 4]), "model"),
        (lambda: cq.exclusion_limit("chain"), "chain"),
        (lambda: cq.choose("steady-state", "chain"), "question"),
        (lambda: cq.fmo(injection="weak"), "injection"),
    ],
    ids=["scaling", "classical", "choose", "fmo"],
)
def test_wrong_types_elsewhere(call, argument):
    with refused(argument):
        call()


@pytest.mark.parametrize(
    "model", [uniform(10**5, 1.0), cq.ClassicalChain(sites=10**5, rate=1.0, baths=BATHS)], ids=lambda m: m.kind
)
def test_long_chains_say_what_they_need(model, monkeypatch):
    monkeypatch.setattr(_checks, "available_memory", lambda: 1e5)
    with refused("sites", "the problem needs", "100 kB"):
        cq.steady_state(model)


GOOD_FILE = {
    "kind": "spin-chain",
    "sites": 3,
    "hopping": 1.0,
    "baths": [{"site": 0, "gain": 1.0, "loss": 2.0}, {"site": -1, "gain": 0.0, "loss": 1.0}],
}
ENSEMBLE_FILE = {
    "kind": "disordered-chain",
    "chain": GOOD_FILE,
    "disorder": [{"quantity": "frequency", "width": 0.1}],
    "samples": 2,
    "seed": 0,
}


def on_the_command_line(folder, content, command):
    """Exit code, both streams and what is left in the folder, in this process."""
    import io
    from contextlib import chdir, redirect_stderr, redirect_stdout

    from caloriq.cli import main

    (folder / "chain.yaml").write_text(content if isinstance(content, str) else yaml_text(content), encoding="utf-8")
    out, err, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["caloriq", command, "chain.yaml", *(["--out", "out"] if command == "run" else [])]
    try:
        with redirect_stdout(out), redirect_stderr(err), chdir(folder):
            main()
    except SystemExit as stop:
        code = stop.code
    finally:
        sys.argv = before
    return code, out.getvalue(), err.getvalue(), sorted(p.name for p in folder.iterdir())


def assert_refused_file(folder, content, command, code, argument, *words):
    found, out, err, left = on_the_command_line(folder, content, command)
    assert found == code, err
    assert out == ""
    assert err.startswith("caloriq: ")
    assert err.endswith("\n")
    assert_sentence(err[len("caloriq: ") : -1], argument, *words)
    assert left == ["chain.yaml"]


BAD_FILES = {
    "bath of two forms": ({**GOOD_FILE, "baths": [{"site": 0, "gain": 1, "loss": 1, "rate": 1}]}, "bath", "rate"),
    "bath without a site": ({**GOOD_FILE, "baths": [{"gain": 1, "loss": 1}]}, "site", "missing"),
    "negative temperature": ({**GOOD_FILE, "baths": [{"site": 0, "temperature": -1, "rate": 1}]}, "temperature", "-1"),
    "bath in words": ({**GOOD_FILE, "baths": "two"}, "baths", "two"),
    "not a number": ("kind: spin-chain\nsites: 2\nhopping: .nan\n", "hopping", "finite"),
    "a bath that is not a number": (
        "kind: spin-chain\nsites: 2\nhopping: 1\nbaths: [{site: 0, gain: .inf, loss: 1}]\n",
        "gain",
        "finite",
    ),
    "one site": ({**GOOD_FILE, "sites": 1}, "sites", "got 1"),
    "key twice": ("kind: spin-chain\nsites: 2\nsites: 3\nhopping: 1\n", "sites", "twice"),
    "bath key twice": ("kind: spin-chain\nsites: 2\nhopping: 1\nbaths: [{site: 0, site: 1}]\n", "site", "twice"),
    "decoupled": ({**GOOD_FILE, "sites": 4, "hopping": [1, 0, 0]}, "baths", "sites 2"),
    "times": ({"model": GOOD_FILE, "times": {"stop": 3}}, "times", "known"),
    "a method of closed chains": ({"model": GOOD_FILE, "method": "krylov"}, "method", "sector"),
    "method misspelt": ({"model": GOOD_FILE, "method": {"kind": "sector", "toll": 1e-9}}, "toll", "tol"),
    "of": ({"model": GOOD_FILE, "of": "work"}, "of", "work"),
    "sizes of one": ({"model": GOOD_FILE, "sizes": [1, 2, 3]}, "sizes.0", "at least 2"),
    "sizes with a list": ({"model": {**GOOD_FILE, "hopping": [1, 2]}, "sizes": [2, 3, 4]}, "hopping", "list"),
    "fields beside sections": ({**GOOD_FILE, "sizes": [2, 3, 4]}, "model", "hopping"),
    "ensemble of no chain": ({**ENSEMBLE_FILE, "chain": 3}, "chain", "3"),
    "ensemble without samples": ({**ENSEMBLE_FILE, "samples": 0}, "samples", "got 0"),
    "ensemble without a seed": ({k: v for k, v in ENSEMBLE_FILE.items() if k != "seed"}, "seed", "missing"),
    "classical": ({"kind": "classical-chain", "sites": 3, "rate": -1.0, "baths": GOOD_FILE["baths"]}, "rate", "-1"),
}  # fmt: skip


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("case", BAD_FILES)
def test_more_files(case, command, tmp_path):
    content, argument, *words = BAD_FILES[case]
    assert_refused_file(tmp_path, content, command, 2, argument, *words)


REFUSED_RUNS = {
    "does not apply": ({"model": {**GOOD_FILE, "zz": 1.0}, "method": "two-point"}, 3, "method", "ZZ"),
    "classical": ({"model": GOOD_FILE, "method": "classical"}, 3, "method", "coherent"),
    "products": (
        {"model": {**GOOD_FILE, "zz": 1.0}, "method": {"kind": "sector", "max_products": 3}},
        3,
        "method",
        "residual",
    ),
    "two sizes": ({"model": GOOD_FILE, "sizes": [2, 3]}, 3, "sizes", "at least 3"),
    "no current": (
        {"model": {**GOOD_FILE, "baths": [{"site": s, "gain": 1.0, "loss": 2.0} for s in (0, -1)]}, "sizes": [2, 3, 4]},
        3,
        "model",
        "carry a current",
    ),
    "sizes that fall": ({"model": GOOD_FILE, "sizes": [4, 3, 2]}, 2, "sizes", "increase"),
    "too large": ({"model": {**GOOD_FILE, "sites": 9}, "method": "full"}, 2, "sites", "at most 8"),
    "ensemble without baths": ({**ENSEMBLE_FILE, "chain": {**GOOD_FILE, "baths": []}}, 2, "baths", "none"),
}


@pytest.mark.parametrize("case", REFUSED_RUNS)
def test_runs_without_a_result_leave_nothing(case, tmp_path):
    content, code, argument, *words = REFUSED_RUNS[case]
    assert_refused_file(tmp_path, content, "run", code, argument, *words)


@pytest.mark.parametrize(
    "case", ["does not apply", "classical", "two sizes", "sizes that fall", "too large", "ensemble without baths"]
)
def test_check_refuses_what_run_refuses(case, tmp_path):
    content, code, argument, *words = REFUSED_RUNS[case]
    assert_refused_file(tmp_path, content, "check", code, argument, *words)
