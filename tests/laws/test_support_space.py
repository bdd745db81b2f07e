"""Products on strings of bounded support are those of the algebra of strings, whatever the chain; and their norms are bounded."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caloriq.known.uniform_chains import HALF, ONE
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import Strings
from caloriq.spaces.support import SupportSpace

FEW = settings(max_examples=25, deadline=None)
CELLS = {"spin 1/2": (HALF,), "spin 1": (ONE,), "two spins": (HALF, HALF), "spins 1/2 and 1": (HALF, ONE)}
LENGTHS = {"spin 1/2": 5, "spin 1": 3, "two spins": 3, "spins 1/2 and 1": 3}


@st.composite
def chains(draw):
    """Up to five random strings of two or three cells."""
    name = draw(st.sampled_from(sorted(CELLS)))
    cell = CELLS[name]
    reach = draw(st.integers(1, 3 if name == "spin 1/2" else 2))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sites = reach * len(cell)
    terms = {}
    while len(terms) < draw(st.integers(1, 5)):
        letters = [int(rng.integers(cell[x % len(cell)].levels ** 2)) for x in range(sites)]
        string = tuple((x, a) for x, a in enumerate(letters) if a)
        if string:
            terms[string] = float(rng.normal())
    return InfiniteChain(cell, terms), LENGTHS[name], rng


def by_strings(chain, density, support):
    """i[H, Q] by the commutator of strings, those of more cells left out."""
    c, R = len(chain.cell), chain.reach
    cells = support + 2 * R
    spaces = chain.window(cells)
    H = {
        tuple((x + n * c, a) for x, a in string): f
        for n in range(cells)
        for string, f in chain.terms.items()
        if string[-1][0] + n * c < cells * c
    }
    q = Strings(spaces, {tuple((x + R * c, a) for x, a in s): f for s, f in density.terms.items()})
    found = chain.density((1j * Strings(spaces, H).commutator(q)).terms)
    return {s: complex(f).real for s, f in found.terms.items() if s[-1][0] < support * c}


def some(space, rng, strings=40):
    """A density of some random strings."""
    v = np.zeros(space.size)
    v[rng.integers(space.first, space.size, strings)] = rng.normal(size=strings)
    space.repeat(v)
    return v


@FEW
@given(chains())
def test_products_are_those_of_strings(case):
    chain, length, rng = case
    space = SupportSpace(chain, max(length, chain.reach))
    v = some(space, rng)
    expected = by_strings(chain, space.density(v), space.support)
    found = space.product(v)
    scale = sum(map(abs, chain.terms.values())) * np.abs(v).max()
    apart = found - space.vector(Strings(chain.window(space.support), expected))
    assert np.abs(apart).max() <= 1e-13 * scale


@FEW
@given(chains())
def test_they_are_antisymmetric_and_their_norm_is_bounded(case):
    chain, length, rng = case
    space = SupportSpace(chain, max(length, chain.reach))
    a, b = some(space, rng), some(space, rng)
    here = slice(space.first, None)
    left, right = a[here] @ space.product(b)[here], space.product(a)[here] @ b[here]
    assert left == pytest.approx(-right, abs=1e-12 * space.norm * np.linalg.norm(a) * np.linalg.norm(b))
    for _ in range(20):  # power iteration comes from below
        a = space.product(space.product(a))
        size = np.linalg.norm(a[here])
        if size == 0:
            return
        a /= size
    assert np.linalg.norm(space.product(a)[here]) <= space.norm * (1 + 1e-12)


@FEW
@given(chains())
def test_densities_come_back_and_weights_add_up(case):
    chain, length, rng = case
    space = SupportSpace(chain, max(length, chain.reach))
    v = some(space, rng)
    density = space.density(v)
    assert np.array_equal(space.vector(density), v)
    by_cells = np.zeros(space.support)
    for string, f in density.terms.items():
        by_cells[string[-1][0] // len(chain.cell)] += complex(f).real ** 2
    assert np.allclose(space.weights(v), by_cells, rtol=1e-13, atol=0)


@FEW
@given(chains())
def test_the_sign_of_transposition_turns_the_map_around(case):
    """Π L Π = -L where H is real."""
    chain, length, rng = case
    space = SupportSpace(chain, max(length, chain.reach))
    if space.sign(chain.hamiltonian) != 1:
        return
    low, high = space.signs
    signs = np.multiply.outer(high, low).ravel()
    v = some(space, rng)
    turned = signs * v
    space.repeat(turned)
    one = signs * space.product(turned)
    assert np.allclose(one[space.first :], -space.product(v)[space.first :], rtol=0, atol=1e-12 * space.norm)


@settings(max_examples=15, deadline=None)
@given(chains())
def test_products_are_the_same_in_any_array_namespace(case):
    import array_api_strict

    from caloriq._array import Library
    from caloriq.spaces.support_arrays import SupportArrays

    chain, length, rng = case
    space = SupportSpace(chain, max(length, chain.reach))
    v = some(space, rng)
    strict = Library(array_api_strict, array_api_strict.float64, assigns=True)
    found = np.asarray(SupportArrays(space, strict).product(strict.convert(v)))
    assert np.allclose(found, space.product(v), rtol=0, atol=1e-13 * space.norm * np.abs(v).max())
