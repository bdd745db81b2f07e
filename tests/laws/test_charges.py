"""What holds for charges of any chain: their number does not depend on axes, units or the cell that is chosen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caloriq.known.uniform_chains import HALF, ONE, ising, of_matrices, pauli, xxz
from caloriq.spaces.infinite import InfiniteChain
from caloriq.transport.charges.conserved import conserved_charges
from caloriq.transport.charges.mazur import mazur
from uniform_chains import random_rotation, rotated

STRENGTH = st.floats(0.2, 2.0)
FOUND = settings(max_examples=12, deadline=None)


@FOUND
@given(st.floats(0.2, 3.0), st.sampled_from([-1.0, 1.0]))
def test_every_xxz_chain_has_one_charge_for_every_support(anisotropy, sign):
    isotropic = abs(anisotropy - 1) < 1e-3
    found = conserved_charges(xxz(sign * anisotropy), 4)
    if not isotropic:
        assert found.counts.tolist() == [1, 2, 3, 4]
    assert mazur(found).fraction == pytest.approx(1.0, abs=1e-9)
    assert not mazur(found, of="magnetisation").proves_ballistic


@FOUND
@given(STRENGTH, STRENGTH, STRENGTH, st.integers(0, 2**20))
def test_axes_do_not_matter(x, z, field, seed):
    chain = pauli(x, 0.6, z, fx=field)
    turned = rotated(chain, random_rotation(np.random.default_rng(seed)))
    one, other = conserved_charges(chain, 3), conserved_charges(turned, 3)
    assert one.counts.tolist() == other.counts.tolist()
    assert other.smallest_other == pytest.approx(one.smallest_other, rel=1e-9)
    a, b = mazur(one), mazur(other)
    assert b.current_square == pytest.approx(a.current_square, rel=1e-11)
    assert b.bound == pytest.approx(a.bound, abs=1e-10 * a.current_square)


@FOUND
@given(STRENGTH, STRENGTH, st.floats(0.1, 10.0))
def test_units_do_not_matter(transverse, longitudinal, unit):
    chain = ising(1.0, transverse, longitudinal)
    scaled = InfiniteChain(chain.cell, {string: unit * c for string, c in chain.terms.items()})
    one, other = conserved_charges(chain, 3), conserved_charges(scaled, 3)
    assert one.counts.tolist() == other.counts.tolist() == [0, 1, 1]
    assert other.smallest_other == pytest.approx(unit * one.smallest_other, rel=1e-10)


@FOUND
@given(st.floats(0.3, 2.0), st.integers(0, 3), st.integers(0, 3))
def test_where_a_term_is_said_to_begin_does_not_matter(anisotropy, first, second):
    chain = xxz(anisotropy)
    moved = {tuple((x + (first if a == 3 else second), a) for x, a in string): c for string, c in chain.terms.items()}
    assert InfiniteChain((HALF,), moved) == chain


@FOUND
@given(st.floats(0.3, 2.0))
def test_a_cell_of_two_sites_has_the_same_charges(anisotropy):
    """And those that change their sign from site to site: none for XXZ."""
    chain = xxz(anisotropy)
    twice = {tuple((x + n, a) for x, a in string): c for string, c in chain.terms.items() for n in (0, 1)}
    found = conserved_charges(InfiniteChain((HALF, HALF), twice), 2)
    assert found.counts[-1] == conserved_charges(chain, 3).counts[-1]
    # a current of cells is half of a current of sites, a cell has two of them
    assert mazur(found).fraction > 0.7


@FOUND
@given(st.integers(0, 2**20))
def test_random_couplings_conserve_the_energy_alone(seed):
    rng = np.random.default_rng(seed)
    terms = {((0, a), (1, b)): rng.standard_normal() for a in (1, 2, 3) for b in (1, 2, 3)}
    terms |= {((0, a),): rng.standard_normal() for a in (1, 2, 3)}
    found = conserved_charges(InfiniteChain((HALF,), terms), 3)
    assert found.counts.tolist() == [0, 1, 1]
    assert not mazur(found).proves_ballistic
    assert found.charges[0].overlap(found.chain.hamiltonian) == pytest.approx(
        np.sign(found.charges[0].overlap(found.chain.hamiltonian).real) * found.chain.hamiltonian.norm, rel=1e-10
    )


def test_sites_of_two_kinds():
    """A spin 1/2 and a spin 1 in a cell, coupled by S·S: the three components of the magnetisation and H."""
    words = ("Sx", "Sy", "Sz")
    pairs = ((0, HALF, ONE), (1, ONE, HALF))
    terms = [(1.0, (x, x + 1), (a.operators[w], b.operators[w])) for x, a, b in pairs for w in words]
    found = conserved_charges(of_matrices((HALF, ONE), terms), 2)
    assert found.counts.tolist() == [3, 4]
    assert not mazur(found, of="magnetisation", means={"magnetisation": 0.3}).certified().bound > 1
