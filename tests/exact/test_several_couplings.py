"""Several operators between pairs of units."""

import networkx as nx
import numpy as np
import pytest

import caloriq as cq
from testers import assert_close, refused

SWAP = np.eye(4)[[0, 2, 1, 3]]
ZZ = np.diag([1.0, -1.0, -1.0, 1.0])
TURN = np.array([[0, 0, 0, 0], [0, 0, 1j, 0], [0, -1j, 0, 0], [0, 0, 0, 0]])
PAIR = np.array([[0, 0, 0, 1.0], [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]])


def units(interaction, couplings, **changes):
    fields = {"units": 3, "levels": [0.0, 1.0], "coupling": 0.1}
    return cq.CoupledUnits(**{**fields, "interaction": interaction, "couplings": couplings, **changes})


@pytest.mark.parametrize("order", ["exact", 2, 4])
def test_sum(order):
    """Operators with one strength for all bonds add up to one operator."""
    t = [0.5, 1.5]
    several = cq.population_kernel(units([SWAP, ZZ, PAIR], [1.0, 0.4, 0.3]), t, order=order)
    one = cq.population_kernel(units(SWAP + 0.4 * ZZ + 0.3 * PAIR, 1.0), t, order=order)
    assert several.space.dimension == 4  # three excited sites, or one
    assert_close(several._gains, one._gains, 1e-15)


def test_hamiltonian():
    """H written out: a chain of swaps, ZZ between the ends alone, and turns bond by bond, from a graph, a matrix and a list."""
    ends = np.zeros((3, 3))
    ends[0, 2] = ends[2, 0] = 0.7
    path = nx.path_graph(3)
    nx.set_edge_attributes(path, 1.0, "weight")
    model = units([SWAP, ZZ, TURN], [path, ends, [0.5, -0.2]])
    starts = [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    from caloriq.reduced.populations.space import space

    states = space(model, starts)
    one = np.eye(2)
    z = np.diag([1.0, -1.0])
    expected = np.kron(SWAP + 0.5 * TURN, one) + np.kron(one, SWAP - 0.2 * TURN) + 0.7 * np.kron(np.kron(z, one), z)
    number = states.states @ np.array([4, 2, 1])
    found = np.zeros((8, 8), dtype=complex)
    found[np.ix_(number, number)] = states.coupling.toarray()
    assert_close(found, expected, 1e-15)
    assert states.bonds.tolist() == [[0, 1], [0, 2], [1, 2]]


def test_interference():
    """Amplitudes add before they are squared: V and -V cancel, V and iV do not (second order)."""
    t = [0.5]
    assert cq.population_kernel(units([SWAP, SWAP], [1.0, -0.5]), t, order=2).rates().values[0] == pytest.approx(
        2 * 0.01 * 0.25 * 0.5
    )
    hop = SWAP - np.diag(np.diag(SWAP))
    assert cq.population_kernel(units([hop, TURN], [1.0, 0.5]), t, order=2).rates().values[0] == pytest.approx(
        2 * 0.01 * 1.25 * 0.5
    )


def test_written_and_read(tmp_path):
    from caloriq.models.files import read_model, write_model

    for model in (
        units([SWAP, ZZ], [1.0, [0.5, 0.2]]),
        units([SWAP, TURN], [1.0, np.eye(3)[::-1] - np.diag([0, 1, 0])]),
    ):
        assert read_model(write_model(model, tmp_path / "model.yaml")) == model
        assert cq.CoupledUnits.from_mapping(model.whole_mapping()) == model


BAD = {
    "too few strengths": (lambda: units([SWAP, ZZ], [1.0]), "couplings", "list of 2"),
    "strengths in words": (lambda: units([SWAP, ZZ], "strong"), "couplings", "strong"),
    "bonds of one": (lambda: units([SWAP, ZZ], [1.0, [1.0, 2.0, 3.0]]), "couplings", "list of 2"),
    "one of them not hermitian": (lambda: units([SWAP, np.triu(np.ones((4, 4)))], 1.0), "interaction", "hermitian"),
    "no operators": (lambda: units(np.zeros((0, 4, 4)), 1.0), "interaction", "(0, 4, 4)"),
    "one axis too many": (lambda: units(np.zeros((1, 1, 4, 4)), 1.0), "interaction", "(1, 1, 4, 4)"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    make, argument, *words = BAD[case]
    with refused(argument, *words):
        make()
