"""Lattices of any sites with any terms against Kronecker products, QuTiP and files: not the code under test."""

import json
from functools import reduce

import networkx as nx
import numpy as np
import pytest
import qutip as qt
from hypothesis import given, settings
from hypothesis import strategies as st

import caloriq as cq
from caloriq.documents import read_mapping, yaml_text
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Jump, Term
from every_model import assert_conforms

SPIN = {"X": qt.sigmax(), "Y": qt.sigmay(), "Z": qt.sigmaz(), "S+": qt.sigmap(), "S-": qt.sigmam()}
ONE = {"Sx": qt.jmat(1, "x"), "Sy": qt.jmat(1, "y"), "Sz": qt.jmat(1, "z"), "S+": qt.jmat(1, "+")}
BOSON = {"b+": qt.create(4), "b-": qt.destroy(4), "n": qt.num(4)}
EMPTY = qt.Qobj(np.diag([1.0, -1.0]))
FERMION = {"c+": qt.create(2), "c-": qt.destroy(2), "n": qt.num(2)}
# levels of QuTiP's spins begin with the highest, those of the others with the lowest, as ours all do
KINDS = {"spin-1/2": (SPIN, True), "spin-1": (ONE, True), "boson": (BOSON, False), "fermion": (FERMION, False)}
GEOMETRIES = {
    "chain": ("chain", [(0, 1), (1, 2), (2, 3)]),
    "ring": ({"kind": "chain", "periodic": True}, [(0, 1), (1, 2), (2, 3), (3, 0)]),
    "ladder": ({"kind": "ladder"}, [(0, 1), (2, 3), (0, 2), (1, 3)]),
    "square": ({"kind": "square", "sides": [2, 2]}, [(0, 1), (2, 3), (0, 2), (1, 3)]),
    "star": ({"kind": "graph", "edges": [[0, 1], [0, 2], [0, 3]]}, [(0, 1), (0, 2), (0, 3)]),
}


def ours(operator, spins):
    """Elements of a QuTiP operator in our order: site 0 fastest, spins from below."""
    dims = operator.dims[0]
    flat = np.arange(np.prod(dims)).reshape(dims)
    for axis, spin in enumerate(spins):
        flat = np.flip(flat, axis) if spin else flat
    order = flat.transpose().ravel()
    return operator.full()[np.ix_(order, order)]


def placed(factors, dims):
    """Product of site operators of QuTiP, from left to right."""
    return reduce(
        lambda a, b: a * b,
        [qt.tensor([one if k == site else qt.qeye(d) for k, d in enumerate(dims)]) for one, site in factors],
    )


def word(kinds, name, site):
    """Factors of a word on a site: a fermion has the signs of those before it."""
    own = KINDS[kinds[site]][0][name]
    if name not in ("c+", "c-"):
        return [(own, site)]
    return [*((EMPTY, k) for k in range(site) if kinds[k] == "fermion"), (own, site)]


@st.composite
def lattices(draw):
    """A lattice of four sites and the same H by QuTiP."""
    cell = draw(
        st.sampled_from(
            [("spin-1/2",), ("spin-1",), ("boson",), ("fermion",), ("spin-1/2", "spin-1"), ("fermion", "boson")]
        )
    )
    kinds = cell * (4 // len(cell))
    dims = [len(KINDS[k][0][next(iter(KINDS[k][0]))].full()) for k in kinds]
    chains = "fermion" in cell
    name = draw(st.sampled_from(["chain", "ring"] if chains else sorted(GEOMETRIES)))
    geometry, bonds = GEOMETRIES[name]
    terms, total = [], 0
    for _ in range(draw(st.integers(1, 3))):
        on = draw(st.sampled_from(["sites", "bonds", "listed"]))
        rows = {
            "sites": [(0,), (2,)] if len(cell) == 2 else [(k,) for k in range(4)],
            "bonds": [b for b in bonds if len(cell) == 1 or b[0] % 2 == 0],
            "listed": draw(st.sampled_from([[(0, 2, 1)], [(2, 0), (0, 2)], [(3, 1)], [(0, 1, 2, 3)]])),
        }[on]
        rows = [r for r in rows if [kinds[s] for s in r] == [kinds[s] for s in rows[0]]]
        even = [[w for w in KINDS[kinds[s]][0] if w not in ("c+", "c-")] for s in rows[0]]
        letters = [draw(st.sampled_from(words)) for words in even]
        fermions = [k for k, s in enumerate(rows[0]) if kinds[s] == "fermion"]
        if len(fermions) >= 2 and draw(st.booleans()):
            for k in fermions[:2]:
                letters[k] = draw(st.sampled_from(["c+", "c-"]))
        g = complex(draw(st.floats(-2, 2)), draw(st.sampled_from([0.0, 0.5])))
        terms.append(Term(" ".join(letters), g, on=[list(r) for r in rows], plus="hermitian-conjugate"))
        with qt.CoreOptions(auto_tidyup=False):  # by itself it drops elements below 1e-12
            for row in rows:
                one = g * placed([f for w, s in zip(letters, row, strict=True) for f in word(kinds, w, s)], dims)
                total = total + one + one.dag()
    local = [{"boson": 3} if k == "boson" else k for k in cell]
    model = Lattice(sites=4, local=local, geometry=geometry, terms=terms)
    return model, ours(total, [KINDS[k][1] for k in kinds])


@settings(max_examples=60, deadline=None)
@given(lattices())
def test_a_matrix_is_that_of_kronecker_products(case):
    model, theirs = case
    H = model.to_matrix()
    np.testing.assert_allclose(H, theirs, atol=1e-14 * max(1.0, np.abs(theirs).max()))
    np.testing.assert_allclose(H, H.conj().T, atol=1e-15 * max(1.0, np.abs(theirs).max()))


@settings(max_examples=20, deadline=None)
@given(lattices())
def test_a_file_is_the_same_definition(case):
    model = case[0]
    again = Lattice.from_mapping(json.loads(json.dumps(model.to_mapping())))
    assert again.digest == model.digest
    np.testing.assert_array_equal(again.to_matrix(), model.to_matrix())


@pytest.mark.parametrize("name", sorted(GEOMETRIES))
def test_words_without_places_stand_on_every_site_and_bond(name):
    geometry, bonds = GEOMETRIES[name]
    model = Lattice(sites=4, geometry=geometry, terms=[Term("X Y", 0.3), Term("Y X", 0.3), Term("Z", 0.7)])
    total = sum(0.7 * placed([(SPIN["Z"], k)], [2] * 4) for k in range(4))
    for a, b in bonds:
        total += 0.3 * placed([(SPIN["X"], a), (SPIN["Y"], b)], [2] * 4)
        total += 0.3 * placed([(SPIN["Y"], a), (SPIN["X"], b)], [2] * 4)
    np.testing.assert_allclose(model.to_matrix(), ours(total, [True] * 4), atol=1e-15)


def test_electrons_anticommute():
    """Hopping of spinful fermions by hand: an order of eight modes, the up one of a site before the down one."""
    modes = 4
    c = [placed([*((EMPTY, k) for k in range(m)), (qt.destroy(2), m)], [2] * modes) for m in range(modes)]
    hop = sum(-0.7 * (c[s].dag() * c[2 + s] + c[2 + s].dag() * c[s]) for s in range(2))
    total = hop + sum(1.3 * c[2 * j].dag() * c[2 * j] * c[2 * j + 1].dag() * c[2 * j + 1] for j in range(2))
    terms = [Term(f"c+{s} c-{s}", -0.7, plus="hermitian-conjugate") for s in ("up", "down")]
    model = Lattice(sites=2, local="spinful-fermion", terms=[*terms, Term("n-up*n-down", 1.3)])
    theirs = total.full().reshape([4] * 4).transpose(1, 0, 3, 2).reshape(16, 16)
    np.testing.assert_allclose(model.to_matrix(), theirs, atol=1e-15)


RANDOM = [
    {"random": "uniform", "width": 2.0},
    {"random": "normal", "width": "1 + j", "mean": "j"},
    {"random": "choice", "choices": [0, "j", -1.5]},
    {"random": "uniform", "width": 1.0, "repeat": 2},
]
LONGER = [
    ("chain", 4, 7),
    ({"kind": "ladder"}, 6, 10),
    ({"kind": "ladder", "legs": 3}, 6, 12),
]


@pytest.mark.parametrize("value", RANDOM)
@pytest.mark.parametrize(("geometry", "few", "many"), LONGER)
@pytest.mark.parametrize("on", ["sites", "bonds", "second-neighbours"])
def test_a_place_keeps_its_random_number_where_the_lattice_grows(value, geometry, few, many, on):
    letters = "Z" if on == "sites" else "Z Z"
    short, long = (
        Lattice(sites=N, geometry=geometry, terms=[Term(letters, value, on=on)], seed=3).placed[0] for N in (few, many)
    )
    np.testing.assert_array_equal(long.sites[: len(short.sites)], short.sites)
    np.testing.assert_array_equal(long.values[: len(short.values)], short.values)
    assert len(set(long.values.tolist())) > 1


def test_a_square_keeps_its_random_numbers_too():
    short, long = (
        Lattice(geometry={"kind": "square", "sides": [s, 3]}, terms=[Term("Z Z", RANDOM[0])]).placed[0] for s in (2, 4)
    )
    np.testing.assert_array_equal(long.values[: len(short.values)], short.values)


FORMS = {
    "number": "{sites: 4, terms: [{operator: Z Z, value: 1}]}",
    "list": "{sites: 3, terms: [{operator: Z Z, value: [1, 2.5]}]}",
    "complex": "{sites: 3, terms: [{operator: S+ S-, value: 0.5-0.25j, plus: hermitian-conjugate}]}",
    "expressions": "{sites: 4, parameters: {g: 0.5, h: 2*g}, terms: [{operator: X, value: h*cos(2*pi*golden*j)}, {operator: Z Z, value: [g, -g, k]}]}",
    "staggered": "{sites: 4, terms: [{operator: Z, value: {staggered: 0.5, mean: 1}}]}",
    "random": "{sites: 4, seed: 3, terms: [{operator: Z, value: {random: uniform, width: 2}}]}",
    "choices": "{sites: 4, terms: [{operator: Z, value: {random: choice, choices: [1, 0.5j*1j], repeat: 2}}]}",
    "pattern": "{sites: 6, terms: [{operator: X Z X, on: {sites: [0, 1, 2], every: 2}}]}",
    "sites": "{sites: 5, terms: [{operator: X, on: [0, -1]}, {operator: Z Z, on: [[0, 3], [1, 4]]}]}",
    "cell": "{sites: 4, local: [spin-1/2, spin-3/2], terms: [{operator: Sz Sz}]}",
    "boson": "{sites: 3, local: {boson: 2}, terms: [{operator: b+ b-, plus: hermitian-conjugate}, {operator: n^2}]}",
    "graph": "{geometry: {kind: graph, edges: [[0, 1], [1, 2], [0, 2]]}, terms: [{operator: Z Z}]}",
    "cubic": "{geometry: {kind: cubic, sides: [2, 2, 1]}, terms: [{operator: Z Z, on: bonds-x}]}",
    "operators": "{sites: 2, local: {operators: {A: [[0, 1j], [-1j, 0]], B: [[1, 0], [0, 2]]}, conserved: [B]}, terms: [{operator: A B}]}",
    "family": "{sites: 4, family: {kind: xxz, anisotropy: 1.5, disorder: 1}, terms: [{operator: Sx, value: 0.1*anisotropy}]}",
    "baths": "{sites: 2, terms: [{operator: Z}], baths: [{site: 0, temperature: 1, rate: 0.5}, {site: -1, gain: 0, loss: 1}]}",
    "jumps": "{sites: 3, dephasing: 0.5, terms: [{operator: Z Z}], jumps: [{operator: S-, rate: [0, 1, 0.5]}, {operator: S+ S-, rate: 0.1*j}]}",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_and_written(form, tmp_path):
    (tmp_path / "a.yaml").write_text(FORMS[form], encoding="utf-8")
    mapping = read_mapping(tmp_path / "a.yaml")
    model = Lattice.from_mapping(mapping)
    (tmp_path / "b.yaml").write_text(yaml_text(model.to_mapping()), encoding="utf-8")
    again = Lattice.from_mapping(read_mapping(tmp_path / "b.yaml"))
    assert again.digest == model.digest
    assert again == model
    copied = model.model_copy(update={"seed": model.seed})
    assert copied.digest == model.digest
    np.testing.assert_array_equal(again.to_matrix(), model.to_matrix())


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_in_the_schema(form, tmp_path):
    (tmp_path / "a.yaml").write_text(FORMS[form], encoding="utf-8")
    mapping, schema = read_mapping(tmp_path / "a.yaml"), Lattice.model_json_schema()
    for one in (mapping, Lattice.from_mapping(mapping).to_mapping()):
        assert_conforms(one, schema, schema)


def test_dephasing_is_a_jump_on_every_site():
    chain = {"sites": 3, "terms": [Term("Z Z")]}
    one = Lattice(**chain, dephasing=0.3)
    two = Lattice(**chain, jumps=[Jump("n", 0.3)])
    for (_, a), (_, b) in zip(one.jump_operators, two.jump_operators, strict=True):
        assert a.terms == b.terms
    assert Lattice(sites=3, local="spin-1", terms=[Term("Sz Sz")], dephasing=0.3).jump_operators[0][0] == "dephasing"


def test_nodes_of_a_graph_keep_their_numbers():
    """networkx lists nodes in the order in which edges name them: 0, 2, 1."""
    graph = nx.Graph([(0, 2), (2, 1)])
    python = Lattice(geometry=graph, terms=[Term("Z Z"), Term("X", [1.0, 2.0, 3.0])])
    listed = Lattice(geometry={"kind": "graph", "edges": [[0, 2], [1, 2]]}, terms=python.terms)
    assert python.digest == listed.digest
    assert python.geometry.bonds(3).tolist() == [[0, 2], [1, 2]]
    network = cq.ModularNetwork(graph=graph, levels=3, bandwidth=0.1, coupling=0.01, seed=1)
    assert network.bonds.tolist() == [[0, 2], [1, 2]]


def test_a_pattern_closes_a_ring():
    """As bonds do; every second bond of a ring of even length too, and not where the steps do not fit."""
    ring = {"geometry": {"kind": "chain", "periodic": True}}
    for sites in (4, 5):
        one = Lattice(sites=sites, terms=[Term("Z Z", on={"sites": [0, 1], "every": 1})], **ring)
        assert one.strings.terms == Lattice(sites=sites, terms=[Term("Z Z")], **ring).strings.terms
    two = Lattice(sites=4, terms=[Term("X Y", on={"sites": [1, 2], "every": 2})], **ring)
    assert two.placed[0].sites.tolist() == [[1, 2], [3, 0]]
    assert Lattice(sites=5, terms=[Term("X Y", on={"sites": [1, 2], "every": 2})], **ring).placed[0].sites.tolist() == [
        [1, 2],
        [3, 4],
    ]
