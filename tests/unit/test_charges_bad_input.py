"""Refusals of chains without ends, their charges and bounds, each in the house's words."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.known.uniform_chains import HALF, ising, ladder, spin_one, xxz
from caloriq.spaces.infinite import InfiniteChain
from caloriq.transport.charges.conserved import conserved_charges
from caloriq.transport.charges.mazur import mazur
from caloriq.transport.charges.thermal import thermal_mazur
from testers import refused


@pytest.mark.parametrize(
    ("cell", "terms", "argument", "word"),
    [
        ((), {((0, 1),): 1.0}, "cell", "no site"),
        (("spin",), {((0, 1),): 1.0}, "cell", "LocalSpace"),
        ((HALF,), {}, "terms", "0 terms"),
        ((HALF,), {(): 1.0}, "terms", "1 terms"),
        ((HALF,), {((0, 4),): 1.0}, "terms", "letters"),
        ((HALF,), {((0, 0),): 1.0}, "terms", "letters"),
        ((HALF,), {((1, 1), (0, 1)): 1.0}, "terms", "ascending"),
        ((HALF,), {((0, 1), (0, 2)): 1.0}, "terms", "ascending"),
        ((HALF,), {"ZZ": 1.0}, "terms", "ZZ"),
        ((HALF,), {((0, 1),): 1j}, "terms", "real"),
        ((HALF,), {((0, 1),): np.nan}, "terms", "nan"),
        ((HALF,), {((0, 1),): "much"}, "terms", "much"),
        ((HALF,), {((0, 1),): 0.0}, "terms", "none acts"),
    ],
)
def test_chains(cell, terms, argument, word):
    with refused(argument, word):
        InfiniteChain(cell, terms)


@pytest.mark.parametrize("support", [0, -1, 2.5, True, "three"])
def test_support(support):
    with refused("support", "at least 1"):
        conserved_charges(xxz(0.7), support)


def test_what_does_not_fit_is_refused_before_it_is_made():
    with refused("support", "14 sites", "the problem needs", "take fewer sites"):
        conserved_charges(xxz(0.7), 14)
    with refused("support", "7 cells", "take fewer cells"):
        conserved_charges(ladder(1.0, 1.0, 1.0), 7)
    with refused("support", "9 sites"):
        conserved_charges(spin_one(1.0, 0.0), 9)


def test_models_without_cells():
    with refused("model", "InfiniteChain"):
        conserved_charges(cq.QuantumChain.xxz(6, anisotropy=0.5), 3)


def test_bounds():
    charges = conserved_charges(xxz(0.7), 3)
    lone = conserved_charges(ising(1.0, 1.4, 0.9045), 2)
    with refused("charges", "ConservedCharges"):
        mazur(xxz(0.7))
    with refused("of", "particles", "magnetisation"):
        mazur(charges, of="particles")
    with refused("of", "3"):
        mazur(charges, of=3)
    with refused("of", "1.4 × X on 0", error=cq.Unsupported):
        mazur(lone, of="magnetisation")
    with refused("means", "X on 0", error=cq.Unsupported):
        mazur(lone, means={"magnetisation": 0.1})
    with refused("means", "charge"):
        mazur(charges, means={"charge": 0.1})
    for m in (0.5, -0.5, 0.7):
        with refused("means", str(m)):
            mazur(charges, means={"magnetisation": m})
    with refused("means", "much"):
        mazur(charges, means={"magnetisation": "much"})


def test_thermal_bounds():
    charges = conserved_charges(xxz(0.7), 3)
    for T in (0.0, -1.0, [1.0, 0.0], [np.inf, -1.0]):
        with refused("temperatures"):
            thermal_mazur(charges, T)
    for sizes in ([5], [6, 5], [5, 5]):
        with refused("sizes", "increasing"):
            thermal_mazur(charges, 1.0, sizes=sizes)
    with refused("sizes", "at least 4"):
        thermal_mazur(charges, 1.0, sizes=[3, 4])
    with refused("sizes", "the problem needs"):
        thermal_mazur(charges, 1.0, sizes=[4, 20])
    with refused("of", error=cq.Unsupported):
        thermal_mazur(conserved_charges(ising(1.0, 1.4, 0.9045), 2), 1.0, of="magnetisation")


def test_charges_are_told_by_number():
    with refused("charge", "0..2"):
        conserved_charges(xxz(0.7), 3).words(3)
