"""Closed lattices by the verbs of the models that they are in other words: the same answers."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.models.lattice.other_words import quantum_chain, units
from testers import refused


@pytest.mark.parametrize(
    "chain",
    [
        cq.QuantumChain.tilted_ising(6),
        cq.QuantumChain.heisenberg(6, disorder=1.0, seed=3),
        cq.QuantumChain(sites=6, jx=[0.9, 1.0, 1.1, 1.2, 1.3], jy=0.4, next_jz=0.3, hx=0.2, hz=0.1),
    ],
)
def test_blocks_of_a_lattice(chain):
    model = chain.lattice()
    there = quantum_chain(model)
    np.testing.assert_allclose(there.hamiltonian().toarray(), chain.hamiltonian().toarray(), atol=1e-14)
    mine, theirs = cq.coarse_grain(model, 3), cq.coarse_grain(chain, 3)
    np.testing.assert_allclose(mine.kernel.values, theirs.kernel.values, rtol=1e-9, atol=1e-12)
    assert mine.holds == theirs.holds


def test_populations_of_a_lattice():
    chain = cq.SpinChain(sites=4, hopping=0.1, zz=0.05, frequency=[1.0, 1.1, 1.0, 0.9], dephasing=0.3)
    t = [1.0, 2.0]
    mine, theirs = cq.population_kernel(chain.lattice(), t), cq.population_kernel(chain, t)
    np.testing.assert_allclose(mine.generator(1), theirs.generator(1), atol=1e-12)
    exchange = cq.ExchangeChain(units=3, levels=3, coupling=0.1, spectrum=[0, 1, 1.8])
    there = units(exchange.lattice())
    mine = cq.population_kernel(exchange.lattice(), t, start=(2, 1, 0))
    theirs = cq.population_kernel(exchange, t, start=(2, 1, 0))
    assert isinstance(there, cq.CoupledUnits)
    np.testing.assert_allclose(mine.generator(1), theirs.generator(1), atol=1e-11)


def test_hubbard_units_are_sites_of_four_levels():
    """Hopping of both spins, a strong repulsion as the levels of a site; kinds of interaction are kept apart."""
    model = cq.Lattice.hubbard(3, interaction=8.0, hopping=0.1)
    there = units(model)
    assert np.shape(there.level_energies) == (3, 4)
    kernel = cq.population_kernel(model, [0.5], start=(3, 0, 0))
    assert kernel.certificate.holds


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: cq.Lattice.spin1(6), "other sites, spin-1"),
        (lambda: cq.Lattice(sites=6, terms=[cq.Term("X Y Z")]), "the term X Y Z"),
        (lambda: cq.Lattice(sites=6, terms=[cq.Term("Z Z")], dephasing=0.1), "dephasing"),
        (lambda: cq.Lattice.xx(6, periodic=True), "the term"),
    ],
)
def test_what_no_chain_of_blocks_is(make, word):
    with refused("model", word, error=cq.Unsupported):
        cq.coarse_grain(make(), 3)


@pytest.mark.parametrize(
    ("model", "word"),
    [
        (cq.Lattice(sites=3, terms=[cq.Term("Z Z"), cq.Term("X")]), "mixes the levels"),
        (cq.Lattice(sites=3, terms=[cq.Term("X Y Z")]), "X Y Z"),
        (cq.Lattice(sites=3, terms=[cq.Term("X X"), cq.Term("Z", -1.0)]), "turn the signs"),
        (cq.Lattice(sites=3, local="spin-1", terms=[cq.Term("Sz Sz")], dephasing=0.1), "environments"),
    ],
)
def test_what_no_units_are(model, word):
    with refused("model", word, error=cq.Unsupported):
        cq.population_kernel(model, [1.0])
