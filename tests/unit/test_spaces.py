"""Bases of product states: numbers and levels, elements of terms, what lies outside."""

import numpy as np
import pytest
from scipy.sparse import csc_array as sparse

from caloriq.spaces.basis import Basis, reached, whole
from caloriq.spaces.numbers import by_number
from caloriq.spaces.terms import IY, PLUS, Term, X, Z

RNG = np.random.default_rng(4)


def embedded(term, levels, sites):
    """The same operator by Kronecker products: every element of it apart, the last site the most significant one."""
    out = np.zeros((levels**sites,) * 2)
    m = len(term.sites)
    elements = term.matrix.toarray().reshape((levels,) * (2 * m))
    for index in np.ndindex(*elements.shape):
        factors = [np.eye(levels)] * sites
        for site, to, since in zip(term.sites, index[:m], index[m:], strict=True):
            factors[site] = np.zeros((levels, levels))
            factors[site][to, since] = 1.0
        whole_operator = np.ones((1, 1))
        for factor in reversed(factors):
            whole_operator = np.kron(whole_operator, factor)
        out += elements[index] * whole_operator
    return out


@pytest.mark.parametrize(("levels", "where"), [(2, (0,)), (2, (2, 0)), (3, (1, 2)), (3, (3,)), (2, (3, 1, 0))])
def test_terms_are_their_kronecker_products(levels, where):
    V = sparse(RNG.normal(size=(levels ** len(where),) * 2))
    found = whole(levels, 4).matrix((Term(where, V),))
    assert np.array_equal(found.toarray(), embedded(Term(where, V), levels, 4))


def test_a_sum_of_terms_is_one_matrix():
    terms = [Term((j, j + 1), sparse(np.kron(A, A))) for j in range(3) for A in (X, IY, Z)]
    expected = sum(embedded(term, 2, 4) for term in terms)
    assert np.array_equal(whole(2, 4).matrix(terms).toarray(), expected)


def test_what_hopping_reaches_is_the_block_of_its_number():
    hops = [Term(pair, sparse(np.kron(PLUS, PLUS.T))) for j in range(4) for pair in ((j, j + 1), (j + 1, j))]
    found = reached(np.array([[1, 1, 0, 0, 0]]), 2, hops)
    assert np.array_equal(found.keys, by_number(5).blocks[2].keys)
    assert np.array_equal(found.states.sum(axis=1), np.full(10, 2))


def test_a_term_that_leads_out_is_refused():
    block = by_number(4).blocks[2]
    for site in (0, 3):
        with pytest.raises(ValueError, match="`keys` must lie in the basis of 6 states"):
            block.matrix((Term((site,), sparse(X)),))
    with pytest.raises(ValueError, match="some do not"):
        Basis(2, 3, np.array([1, 2])).place(np.array([4]))
