"""Sums of operator strings against dense matrices, on sites of every kind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caloriq.errors import InvalidInput
from caloriq.spaces import local
from caloriq.spaces.strings import Strings

KINDS = [local.spin(1), local.spin(2), local.spin(3), local.fermion(), local.spinful_fermion(), local.boson(2)]


def dense(strings):
    """The whole space by Kronecker products, site 0 changing fastest: not the code under test."""
    spaces = strings.spaces
    total = 0
    for string, c in strings.terms.items():
        factors = {site: spaces[site].basis[a] for site, a in string}
        one = np.array([[c]])
        for site in reversed(range(len(spaces))):
            one = np.kron(one, factors.get(site, np.eye(spaces[site].levels)))
        total = total + one
    return total


@st.composite
def sums(draw):
    """Spaces of three sites, and two random sums on them."""
    spaces = [draw(st.sampled_from(KINDS)) for _ in range(3)]
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    found = []
    for _ in range(2):
        terms = {}
        for _ in range(draw(st.integers(1, 4))):
            letters = [(k, int(rng.integers(0, s.levels**2))) for k, s in enumerate(spaces)]
            terms[tuple(x for x in letters if x[1])] = complex(*rng.standard_normal(2))
        found.append(Strings(spaces, terms))
    return found


@pytest.mark.parametrize("space", KINDS, ids=lambda s: s.name)
def test_the_basis_is_hermitian_and_orthogonal(space):
    B, d = space.basis, space.levels
    np.testing.assert_allclose(B, B.conj().transpose(0, 2, 1), atol=1e-15)
    np.testing.assert_allclose(np.einsum("aij,bji->ab", B, B), d * np.eye(d * d), atol=1e-13)
    np.testing.assert_array_equal(B[0], np.eye(d))


@settings(max_examples=40, deadline=None)
@given(sums())
def test_they_are_the_algebra_of_their_matrices(pair):
    A, B = pair
    a, b = dense(A), dense(B)
    scale = np.abs(a).max() * np.abs(b).max() * len(a)
    np.testing.assert_allclose(A.sparse().toarray(), a, atol=1e-13 * np.abs(a).max())
    for mine, theirs in (
        (A @ B, a @ b),
        (A.commutator(B), a @ b - b @ a),
        (A + B, a + b),
        (A - 2j * B, a - 2j * b),
        (A.dagger(), a.conj().T),
    ):
        np.testing.assert_allclose(dense(mine), theirs * np.ones_like(a), atol=1e-14 * scale)
    assert (A @ B).trace == pytest.approx(np.trace(a @ b) / len(a), abs=1e-13 * scale)
    assert A.overlap(B) == pytest.approx(np.vdot(a, b) / len(a), abs=1e-13 * scale)
    assert A.norm == pytest.approx(np.linalg.norm(a) / np.sqrt(len(a)), rel=1e-12)


def test_words_are_the_operators_of_the_literature():
    half, one, electron = local.spin(1), local.spin(2), local.spinful_fermion()
    X, Y, Z = (half.operators[w] for w in "XYZ")
    np.testing.assert_allclose(X @ Y, 1j * Z, atol=1e-15)
    np.testing.assert_array_equal(np.diag(Z), [-1, 1])  # the higher level is up
    for space in (half, one, local.spin(3)):
        x, y, z = (space.operators[w] for w in ("Sx", "Sy", "Sz"))
        S = (space.levels - 1) / 2
        np.testing.assert_allclose(x @ y - y @ x, 1j * z, atol=1e-15)
        np.testing.assert_allclose(x @ x + y @ y + z @ z, S * (S + 1) * np.eye(space.levels), atol=1e-14)
        np.testing.assert_allclose(space.operators["S+"], x + 1j * y, atol=1e-15)
    up, down = electron.operators["c+up"], electron.operators["c+down"]
    np.testing.assert_array_equal(up @ down + down @ up, 0)
    np.testing.assert_array_equal(up @ up.T + up.T @ up, np.eye(4))
    assert [half.names[a] for a in range(4)] == ["I", "X", "Y", "Z"]
    matrix, odd = electron.word("c+up*c-down")
    np.testing.assert_array_equal(matrix, electron.operators["S+"])
    assert not odd
    assert electron.word("c-up*n")[1]
    np.testing.assert_allclose(one.word("Sz^2")[0], np.diag([1, 0, 1]))


@pytest.mark.parametrize(
    ("space", "word", "told"),
    [(local.spin(2), "X", "Pauli"), (local.spin(1), "Q", "known are"), (local.fermion(), "c+*", "known are")],
)
def test_other_words_are_refused(space, word, told):
    with pytest.raises(InvalidInput, match=r"`operator` must name operators of a .* site, but it does not") as refused:
        space.word(word)
    assert told in str(refused.value)


@settings(max_examples=40, deadline=None)
@given(sums())
def test_products_of_matrices_on_ascending_sites_are_those_of_any_order(pair):
    A = pair[0]
    rng = np.random.default_rng(len(A.terms))
    words = [rng.standard_normal((s.levels, s.levels)) for s in A.spaces]
    made = Strings.of(A.spaces, [0, 1, 2], words)
    backwards = Strings.of(A.spaces, [2, 0, 1], [words[2], words[0], words[1]])
    assert made.terms.keys() == backwards.terms.keys()
    expected = np.kron(np.kron(words[2], words[1]), words[0])
    np.testing.assert_allclose(dense(made), expected, atol=1e-13 * np.abs(expected).max())


@pytest.mark.parametrize("broken", [None, 0, 4, 8])
def test_distinct_parts_are_one_of_each_kind(broken):
    """A uniform chain of two kinds of sites, and with one bond that has another coefficient."""
    spaces = (local.spin(1), local.spin(2)) * 5
    terms = {((x, 1), (x + 1, 3)): 0.5 for x in range(9)} | {((x, 2),): 2.0 for x in range(10)}
    if broken is not None:
        terms[(broken, 1), (broken + 1, 3)] = 0.6
    found = Strings(spaces, terms).distinct()
    supports = [tuple(site for site, _ in string) for string in found.terms]
    assert len(supports) == 4 + (broken is not None)
    assert all(terms[string] == c for string, c in found.terms.items())
    assert broken is None or ((broken, 1), (broken + 1, 3)) in found.terms
