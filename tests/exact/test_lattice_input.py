"""Lattices: bad input is refused in one sentence that says where, before any work."""

import re

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.documents import placed, read_mapping
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Jump, Term
from lattice_mappings import ZZ, terms, value
from testers import refused

NAN = float("nan")
CASES = {
    # words
    "no operator": (terms({"operator": "Q"}), ("terms", 1), "operator", ["'Q'", "known are", "S+"]),
    "misspelt": (terms({"operator": "Szz"}), ("terms", 1), "operator", ["did you mean Sz"]),
    "Pauli letters of a spin 1": (terms(local="spin-1"), ("terms", 0), "operator", ["'Z'", "take Sx, Sy, Sz"]),
    "fermions on spins": (terms({"operator": "c+ c-"}), ("terms", 1), "operator", ["'c+'", "spin-1/2"]),
    "letters together": (terms({"operator": "XX", "on": "bonds"}), ("terms", 1), "operator", ["2 sites", "spaces"]),
    "no words": (terms({"operator": "  "}), ("terms", 1), "operator", ["word"]),
    "a number for an operator": (terms({"operator": 3}), ("terms", 1, "operator"), "operator", ["3"]),
    "no operator at all": (terms({"value": 1.0}), ("terms", 1, "operator"), "operator", ["missing"]),
    "too few words": (terms({"operator": "Z", "on": "bonds"}), ("terms", 1), "operator", ["2 sites"]),
    "too many words": (terms({"operator": "Z Z Z", "on": "bonds"}), ("terms", 1), "operator", ["has 3"]),
    "one list for two words": (terms({"operator": "Z Z", "on": [0, 1]}), ("terms", 1), "operator", ["lists of lists"]),
    "five words nowhere": (terms({"operator": "Z Z Z Z Z"}), ("terms", 1), "on", ["5 sites"]),
    "joined by nothing": (terms({"operator": "Z* Z"}), ("terms", 1), "operator", ["'Z*'"]),
    # sums
    "not hermitian": (terms({"operator": "S+ S-"}), (), "terms", ["plus: hermitian-conjugate"]),
    "complex": (value("0.5j"), (), "terms", ["Z on 0", "0.5"]),
    "no terms": ({"sites": 4}, (), "terms", ["at least one"]),
    "terms that are a number": ({"sites": 4, "terms": 3}, ("terms",), "terms", ["list"]),
    "a term that is text": ({"sites": 4, "terms": ["Z Z"]}, ("terms", 0), "terms.0", ["'Z Z'"]),
    "plus something": (terms({"operator": "Z", "plus": "more"}), ("terms", 1, "plus"), "plus", ["hermitian-conjugate"]),
    "an unknown field": (terms({"operator": "Z", "vlaue": 1}), ("terms", 1, "vlaue"), "vlaue", ["`value`"]),
    # fermions
    "odd": (terms({"operator": "c+"}, local="fermion"), ("terms", 0), "operator", ["'Z'"]),
    "odd number of fermions": (
        {"sites": 4, "local": "fermion", "terms": [{"operator": "n c+"}]},
        ("terms", 0),
        "operator",
        ["even number", "holds 1"],
    ),
    "fermions off a chain": (
        {"sites": 4, "local": "fermion", "geometry": "ladder", "terms": [{"operator": "c+ c-"}]},
        ("terms", 0),
        "operator",
        ["ladder", "order of a chain"],
    ),
    # geometry
    "graph in pieces": (
        {"geometry": {"kind": "graph", "edges": [[0, 1], [2, 3]]}, "terms": [ZZ]},
        ("geometry", "graph", "edges"),
        "edges",
        ["2 pieces", "2..3"],
    ),
    "a site without edge": (
        {"geometry": {"kind": "graph", "edges": [[0, 1], [1, 3]]}, "terms": [ZZ]},
        ("geometry", "graph", "edges"),
        "edges",
        ["2"],
    ),
    "no graph": ({"geometry": {"kind": "graph", "edges": "star"}, "terms": [ZZ]}, None, "edges", ["'star'"]),
    "no such geometry": (terms(geometry="chian"), None, "geometry", ["'chian'", "chain"]),
    "geometry of a number": (terms(geometry=3), None, "geometry", ["3"]),
    "sites that do not fit": (terms(geometry={"kind": "square", "sides": [3, 3]}), (), "sites", ["9 sites", "got 4"]),
    "half a rung": ({"sites": 5, "geometry": "ladder", "terms": [ZZ]}, ("terms", 0), "sites", ["2 legs", "got 5"]),
    "a square of three": (
        {"geometry": {"kind": "square", "sides": [2, 2, 2]}, "terms": [ZZ]},
        None,
        "sides",
        ["2 numbers"],
    ),
    "a short torus": (
        {"geometry": {"kind": "square", "sides": [2, 3], "periodic": True}, "terms": [ZZ]},
        None,
        "sides",
        ["at least 3"],
    ),
    "no such relation": (terms({"operator": "Z Z", "on": "rungs"}), ("terms", 1), "on", ["'rungs'", "even-bonds"]),
    "no sites": ({"terms": [ZZ]}, (), "sites", ["missing"]),
    "one site": ({"sites": 1, "terms": [{"operator": "Z"}]}, (), "sites", ["got 1"]),
    "sites of text": ({"sites": "many", "terms": [ZZ]}, ("sites",), "sites", ["'many'"]),
    "sites that are true": ({"sites": True, "terms": [ZZ]}, ("sites",), "sites", ["truth"]),
    "half a site": ({"sites": 4.5, "terms": [ZZ]}, ("sites",), "sites", ["4.5"]),
    "more sites than memory": ({"sites": 10**9, "terms": [ZZ]}, (), "sites", ["fit in memory", "TB"]),
    # places
    "a site outside": (terms({"operator": "Z", "on": [0, 4]}), ("terms", 1), "on", ["4 sites", "site 4"]),
    "far outside": (terms({"operator": "Z", "on": [2**63]}), ("terms", 1), "on", [str(2**63)]),
    "outside from the end": (terms({"operator": "Z Z", "on": [[0, -5]]}), ("terms", 1), "on", ["site -5"]),
    "a site twice": (terms({"operator": "Z Z", "on": [[1, 1]]}), ("terms", 1), "on", ["twice", "[1, 1]"]),
    "a site twice from the end": (terms({"operator": "Z Z", "on": [[3, -1]]}), ("terms", 1), "on", ["twice"]),
    "places of several lengths": (
        terms({"operator": "Z Z", "on": [[0, 1], [2]]}),
        ("terms", 1, "on"),
        "on",
        ["as many"],
    ),
    "half places": (terms({"operator": "Z", "on": [0.5]}), ("terms", 1, "on"), "on", ["list of sites"]),
    "a bare site": (terms({"operator": "Z", "on": 2}), ("terms", 1, "on"), "on", ["got 2"]),
    "no places": (terms({"operator": "Z", "on": []}), ("terms", 1, "on"), "on", ["list of sites"]),
    "a pattern of nothing": (
        terms({"operator": "Z", "on": {"sites": [], "every": 2}}),
        ("terms", 1, "on", "sites"),
        "sites",
        ["at least 1"],
    ),
    "a pattern from the end": (
        terms({"operator": "Z", "on": {"sites": [-1], "every": 2}}),
        ("terms", 1, "on", "sites", 0),
        "sites.0",
        ["at least 0"],
    ),
    "a pattern every 0": (
        terms({"operator": "Z", "on": {"sites": [0], "every": 0}}),
        ("terms", 1, "on", "every"),
        "every",
        ["at least 1"],
    ),
    # kinds of sites
    "no such kind": (terms(local="qutrit"), ("local",), "local", ["'qutrit'", "spin-1/2"]),
    "spin 2/2": (terms(local="spin-2/2"), ("local",), "local", ["'spin-2/2'"]),
    "spin 0": (terms(local="spin-0"), ("local",), "local", ["'spin-0'"]),
    "spin 40": (terms(local="spin-40"), ("local",), "local", ["32 levels"]),
    "no bosons": (terms(local={"boson": 0}), ("local", "boson"), "boson", ["at least 1"]),
    "too many bosons": (terms(local={"boson": 32}), ("local", "boson"), "boson", ["less than 32"]),
    "bosons that are true": (terms(local={"boson": True}), ("local", "boson"), "boson", ["truth"]),
    "an empty cell": (terms(local=[]), ("local",), "local", ["none"]),
    "a cell that does not fit": (
        {"sites": 4, "local": ["spin-1"] * 3, "terms": [{"operator": "Sz"}]},
        None,
        "local",
        ["multiple", "3 kinds"],
    ),
    "operators of two sizes": (
        terms(local={"operators": {"A": np.eye(2), "B": np.eye(3)}}),
        ("local", "operators"),
        "operators",
        ["[2, 3]"],
    ),
    "an operator that is no square": (
        terms(local={"operators": {"A": [[1, 2]]}}),
        ("local", "operators"),
        "operators",
        ["'A'", "(1, 2)"],
    ),
    "an operator of text": (terms(local={"operators": {"A": "Z"}}), ("local", "operators"), "operators.A", ["'Z'"]),
    "an operator of words": (
        terms(local={"operators": {"A": [["a", 0], [0, 1]]}}),
        ("local", "operators"),
        "operators.A",
        ["numbers"],
    ),
    "a ragged operator": (terms(local={"operators": {"A": [[1], [1, 2]]}}), ("local", "operators"), "operators.A", []),
    "a number for an operator of levels": (
        terms(local={"operators": {"A": [1, 2]}}),
        ("local", "operators"),
        "operators",
        ["(2,)"],
    ),
    "an operator with a space": (
        terms(local={"operators": {"A B": np.eye(2)}}),
        ("local", "operators"),
        "operators",
        ["'A B'"],
    ),
    "no operators": (terms(local={"operators": {}}), ("local", "operators"), "operators", ["by their words"]),
    "conserved nothing": (
        terms(local={"operators": {"A": np.eye(2)}, "conserved": ["B"]}),
        ("local",),
        "conserved",
        ["'B'"],
    ),
    "conserved off-diagonal": (
        terms(local={"operators": {"A": np.ones((2, 2))}, "conserved": ["A"]}),
        ("local",),
        "conserved",
        ["diagonal", "'A'"],
    ),
    # values
    "a list too short": (value([1.0, 2.0]), ("terms", 1), "value", ["list of 4", "got 2"]),
    "an empty list": (value([]), ("terms", 1), "value", ["list of 4", "got 0"]),
    "a list of lists": (value([[1.0], [1.0, 2.0]]), ("terms", 1, "value"), "value", ["expression"]),
    "a list of nothing": (value([None, 1.0, 1.0, 1.0]), ("terms", 1, "value"), "value", ["None"]),
    "a value that is true": (value(True), ("terms", 1, "value"), "value", ["True"]),
    "a value that is no number": (value(NAN), ("terms", 1, "value"), "value", ["finite"]),
    "a mapping of nothing": (value({"uniform": 1.0}), ("terms", 1, "value"), "value", ["a mapping"]),
    "a width below zero": (value({"random": "uniform", "width": -1}), ("terms", 1), "width", ["-1"]),
    "a complex width": (value({"random": "uniform", "width": "1j"}), ("terms", 1), "width", ["real"]),
    "a width of text": (value({"random": "uniform", "width": "wide"}), ("terms", 1), "width", ["'wide'"]),
    "no such distribution": (value({"random": "cauchy"}), ("terms", 1, "value", "random"), "random", ["'cauchy'"]),
    "choice of nothing": (value({"random": "choice"}), ("terms", 1, "value"), "choices", ["0 choices"]),
    "choices beside a width": (
        value({"random": "normal", "choices": [1]}),
        ("terms", 1, "value"),
        "choices",
        ["1 choices"],
    ),
    "repeat nothing": (
        value({"random": "normal", "width": 1, "repeat": 0}),
        ("terms", 1, "value", "repeat"),
        "repeat",
        ["at least 1"],
    ),
    "staggered in words": (value({"staggered": "up"}), ("terms", 1), "staggered", ["'up'"]),
    # parameters
    "an unknown parameter": (value("2*g"), ("terms", 1), "value", ["'g'", "known are"]),
    "a misspelt parameter": (
        {**value("2*hopping"), "parameters": {"hoping": 1.0}},
        ("terms", 1),
        "value",
        ["did you mean hoping"],
    ),
    "a parameter that is taken": (terms(parameters={"pi": 3}), ("parameters",), "parameters", ["'pi'", "taken"]),
    "a parameter that is a place": (terms(parameters={"j": 3}), ("parameters",), "parameters", ["'j'"]),
    "a parameter that is Python's": (terms(parameters={"lambda": 3}), ("parameters",), "parameters", ["'lambda'"]),
    "a parameter that is no word": (terms(parameters={"2g": 3}), ("parameters",), "parameters", ["'2g'"]),
    "parameters in a list": (terms(parameters=[1.0]), ("parameters",), "parameters", ["mapping"]),
    "a later parameter": (terms(parameters={"a": "2*b", "b": 1.0}), ("parameters",), "a", ["'b'"]),
    "a place in a parameter": (terms(parameters={"a": "2*x"}), ("parameters",), "a", ["'x'"]),
    "a parameter that is a list": (terms(parameters={"a": [1.0]}), ("parameters",), "a", ["number or an expression"]),
    "a parameter without a value": (terms(parameters={"a": "1/0"}), ("parameters",), "a", ["finite"]),
    # jumps
    "a rate below zero": (terms(jumps=[{"operator": "S-", "rate": -0.5}]), ("jumps", 0), "rate", ["-0.5", "S-"]),
    "one rate below zero": (terms(jumps=[ZZ, {"operator": "S-", "rate": [0, 1, -2, 0]}]), ("jumps", 1), "rate", ["-2"]),
    "a complex rate": (terms(jumps=[{"operator": "S-", "rate": "1j"}]), ("jumps", 0), "rate", ["real"]),
    "rates too few": (terms(jumps=[{"operator": "S-", "rate": [1.0]}]), ("jumps", 0), "rate", ["list of 4"]),
    "a rate of an unknown name": (terms(jumps=[{"operator": "S-", "rate": "g"}]), ("jumps", 0), "rate", ["'g'"]),
    "a jump of no operator": (terms(jumps=[{"operator": "b-"}]), ("jumps", 0), "operator", ["'b-'"]),
    "a jump outside": (terms(jumps=[{"operator": "S-", "on": [7]}]), ("jumps", 0), "on", ["site 7"]),
    "a value for a rate": (terms(jumps=[{"operator": "S-", "value": 1}]), ("jumps", 0, "value"), "value", ["rate"]),
    "dephasing below zero": (terms(dephasing=-1), ("dephasing",), "dephasing", ["but it is not (got -1)"]),
    "a temperature where nothing spaces the levels": (
        terms(baths=[{"site": 0, "temperature": 1.0, "rate": 1.0}]),
        ("baths", 0),
        "temperature",
        ["those of site 0 do not (got 0)", "Term('Z', 0.5)", "by gain and loss"],
    ),
    "a temperature where levels are the wrong way round": (
        terms({"operator": "Z", "value": -0.5}, baths=[{"site": -1, "temperature": 1.0, "rate": 1.0}]),
        ("baths", 0),
        "temperature",
        ["those of site 3 do not (got -1)"],
    ),
    "a seed of a random value's own": (
        value({"random": "uniform", "width": 2, "seed": 3}),
        None,
        "seed",
        ["beside `terms`", "(got 3)"],
    ),
    "dephasing too short": (terms(dephasing=[1.0]), ("dephasing",), "dephasing", ["list of 4"]),
    "dephasing of levels": (
        {"sites": 2, "local": {"operators": {"A": np.eye(2)}}, "terms": [{"operator": "A"}], "dephasing": 1},
        (),
        "dephasing",
        ["given"],
    ),
    "a seed below zero": (terms(seed=-1), ("seed",), "seed", ["at least 0"]),
    "an unknown name": (terms(term=[ZZ]), ("term",), "term", ["`terms`"]),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_where_it_stands(case):
    mapping, place, argument, words = CASES[case]
    with refused(argument, *words) as error:
        Lattice.from_mapping(mapping)
    if place is not None:
        assert error.value.place == place


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 5)
    | st.integers()
    | st.floats()
    | st.sampled_from(["Z", "Z Z", "bonds", "j", "g", "spin-1", "chain", "uniform", "hermitian-conjugate"])
    | st.text(max_size=4)
    | st.complex_numbers(max_magnitude=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["operator", "on", "value", "sites", "every", "kind", "random", "staggered", "boson", "edges"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
WHERE = [
    ("sites",),
    ("local",),
    ("geometry",),
    ("parameters",),
    ("parameters", "g"),
    ("terms",),
    ("terms", 0),
    ("terms", 0, "operator"),
    ("terms", 0, "on"),
    ("terms", 0, "value"),
    ("terms", 0, "plus"),
    ("jumps",),
    ("jumps", 0, "rate"),
    ("dephasing",),
    ("baths",),
    ("baths", 0, "site"),
    ("baths", 0, "loss"),
    ("family",),
    ("seed",),
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(WHERE), junk)
def test_junk_anywhere_is_a_model_or_one_sentence(where, thing):
    mapping = {
        "sites": 4,
        "local": "spin-1/2",
        "geometry": "chain",
        "parameters": {"g": 1.0},
        "terms": [{"operator": "Z", "on": "sites", "value": "g", "plus": "hermitian-conjugate"}],
        "jumps": [{"operator": "n", "rate": 1.0}],
        "baths": [{"site": 0, "gain": 0.5, "loss": 1.0}],
    }
    *path, last = where
    inner = mapping
    for step in path:
        inner = inner[step]
    inner[last] = thing
    if isinstance(mapping["sites"], int) and mapping["sites"] > 10**4:
        mapping["sites"] = 10**12
    told = None
    try:
        model = Lattice.from_mapping(mapping)
    except cq.InvalidInput as error:
        told = str(error)
    if told is None:
        assert Lattice.from_mapping(model.to_mapping()).digest == model.digest
    else:
        assert re.fullmatch(r"`[^`]+` must .*, but .*\(got .*\).*", told), told


def test_a_file_tells_the_line(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text(
        "sites: 4\nparameters:\n  g: 1.0\nterms:\n  - operator: Z Z\n    value: g\n  - operator: Sx\n    value: 2*h\n",
        encoding="utf-8",
    )
    with refused("value", "'h'", "line 8"), placed(file):
        Lattice.from_mapping(read_mapping(file))
    file.write_text("sites: 4\nfamily:\n  kind: xxz\n  anisotropy: 1.0\n  hopping: 2\n", encoding="utf-8")
    with refused("family", "'hopping'", "line 5"), placed(file):
        Lattice.from_mapping(read_mapping(file))


def test_sizes_beyond_memory_are_told_first():
    model = Lattice.xxz(40, anisotropy=1.0)
    for make in (model.to_sparse, model.to_matrix):
        with refused("sites", "PB", "fewer sites"):
            make()
    many = Lattice.xx(3000)
    with refused("sites", "PB"):
        many.to_matrix()


def test_graphs_of_networkx_are_taken_and_directed_ones_refused():
    graph = nx.star_graph(3)
    assert Lattice(geometry=graph, terms=[Term("Z Z")]).size == 4
    assert Lattice.heisenberg(geometry=graph).geometry.kind == "graph"
    with refused("edges", "undirected"):
        Lattice(geometry=nx.DiGraph(graph), terms=[Term("Z Z")])


def test_edges_of_an_array_are_rows():
    edges = np.array([[0, 1], [0, 2]])
    assert Lattice(geometry={"kind": "graph", "edges": edges}, terms=[Term("Z Z")]).size == 3


def test_values_of_numpy_are_numbers():
    model = Lattice(sites=3, terms=[Term("Z", np.array(0.5)), Term("X", np.arange(3)), Term("Z Z", np.float64(2))])
    again = Lattice.from_mapping(model.to_mapping())
    assert again == model
    with refused("value", "array"):
        Term("Z", np.ones((2, 2)))
    with refused("rate", "array"):
        Jump("Z", np.ones((2, 2)))
