"""Driven chains: bad input is refused in one sentence, before any work."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.models.fmo import FmoComplex
from driven import REFERENCE, uniform
from testers import refused

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


def test_classical_limits_that_do_not_exist():
    with refused("chain", "dephasing"):
        cq.exclusion_limit(uniform(3), contact=False)
    with refused("chain", "neighbours"):
        cq.exclusion_limit(cq.SpinChain(sites=3, couplings=np.ones((3, 3)) - np.eye(3), dephasing=1.0, baths=BATHS))
    with refused("rate", "-1"):
        cq.ClassicalChain(sites=3, rate=-1.0)


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
    "fmo of another length": (lambda: FmoComplex(sites=8), "sites", "8"),
    "fmo with other baths": (lambda: FmoComplex(baths=[]), "baths", "[]"),
    "fmo with dephasing twice": (lambda: cq.fmo(dephasing=1.0, temperature=300.0), "dephasing", "300"),
    "fmo with a unit of something else": (lambda: cq.fmo(temperature="300 C"), "temperature", "'300 C'"),
    "fmo with a word": (lambda: cq.fmo(trapping="fast"), "trapping", "'fast'"),
    "fmo with two points": (lambda: cq.fmo(trapping="1.0.0 1/ps"), "trapping", "number before its unit"),
    "fmo with a truth value": (lambda: cq.fmo(recombination=True), "recombination", "True"),
    "fmo below zero kelvin": (lambda: cq.fmo(temperature="-1 K"), "temperature", "-1"),
    "fmo without cutoff": (lambda: FmoComplex(cutoff=0.0), "cutoff", "0"),
    "fmo with a misspelt field": (lambda: FmoComplex(temprature=300.0), "temprature", "did you mean"),
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
