"""Models made to mislead: plateaus that are none, rare bonds, charges that are longer than H, disorder that is no disorder."""

from __future__ import annotations

import numpy as np

from caloriq.known.zoo.free import ensemble
from caloriq.known.zoo.row import (
    ANOMALOUS,
    BALLISTIC,
    EXCITATIONS,
    LOCALISED,
    MAGNETISATION,
    MIDDLE,
    PARTICLES,
    SITES,
    UNKNOWN,
    Row,
    tilted,
)
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.terms import Term
from caloriq.models.modular import ModularChain

LEVELS = 100
PLANE = ("Sx", "Sy")


def fredkin() -> Lattice:
    """Neighbours exchange where the spin to the left is up, and where the one to the right is down."""
    terms = [one for a in PLANE for one in (Term(f"{a} {a}", 1.0), Term(f"Sz {a} {a}", 1.0), Term(f"{a} {a} Sz", -1.0))]
    return Lattice(sites=SITES, terms=(*terms, Term("Sz Sz", 0.7), Term("Sz Sz", 0.4, on="second-neighbours")))


def folded() -> Lattice:
    """Neighbours exchange where that keeps the number of domain walls, with couplings that make it no integrable chain."""
    terms = [one for a in PLANE for one in (Term(f"{a} {a}", 1.0), Term(f"Sz {a} {a} Sz", 4.0))]
    return Lattice(sites=SITES, terms=(*terms, Term("Sz Sz", 0.8, on="second-neighbours")))


def static_partners() -> Lattice:
    """Electrons of one spin hop among immobile ones of the other: at infinite temperature these are random fields."""
    terms = (Term("c+up c-up", -1.0, plus="hermitian-conjugate"), Term("n-up*n-down", 4.0))
    return Lattice(sites=8, local="spinful-fermion", terms=terms)


def two_chains() -> Lattice:
    """A tilted Ising chain on even sites, and an XX chain on odd ones that does not see it."""
    even, odd = ([k for k in range(24) if k % 2 == rest] for rest in (0, 1))
    pairs = {rest: [[a, a + 2] for a in sites[:-1]] for rest, sites in ((0, even), (1, odd))}
    terms = (
        Term("Z Z", 1.0, on=pairs[0]),
        Term("X", 1.4, on=[[k] for k in even]),
        Term("Z", 0.9045, on=[[k] for k in even]),
        Term("X X", 0.3, on=pairs[1]),
        Term("Y Y", 0.3, on=pairs[1]),
    )
    return Lattice(sites=24, terms=terms)


def dipoles() -> Lattice:
    """Spins 1 whose dipole moment is conserved too."""
    return Lattice(sites=9, local="spin-1", terms=(Term("S+ S-*S- S+", 1.0, plus="hermitian-conjugate"),))


def crystal() -> ModularChain:
    """The same random matrix on every bond."""
    rng = np.random.default_rng(np.random.SeedSequence(1))
    v = (rng.standard_normal((LEVELS, LEVELS)) + 1j * rng.standard_normal((LEVELS, LEVELS))) / np.sqrt(2)
    return ModularChain(
        subunits=4, levels=LEVELS, bandwidth=0.05, coupling=3e-4, interaction="given", matrices=v, seed=1
    )


def trap_rows() -> tuple[Row, ...]:
    """All of them."""
    constrained = "McCarthy, Singh, Gopalakrishnan, Vasseur, arXiv:2407.11110"
    rare = "1/g² has no mean where bonds may be cut"
    return (
        Row(
            "normal hopping, dephasing 5",
            ensemble("hopping", 0.15, 20, "normal", dephasing=5.0),
            ANOMALOUS,
            rare,
            EXCITATIONS,
            minutes=2 * MIDDLE,
        ),
        Row("hopping 0…2, dephasing 5", ensemble("hopping", 2.0, 20, dephasing=5.0), ANOMALOUS, rare, EXCITATIONS),
        Row("Fredkin chain, spin", fredkin(), ANOMALOUS, constrained, MAGNETISATION, minutes=MIDDLE),
        Row(
            "folded XXZ with next neighbours, spin", folded(), UNKNOWN, "constrained: slow, or localised", MAGNETISATION
        ),
        Row(
            "XXZ, Δ = 4, next neighbours 0.5, spin",
            Lattice.xxz(SITES, anisotropy=4.0, next_ratio=0.5),
            UNKNOWN,
            "subdiffusive for long, doi:10.1073/pnas.2202823119",
            MAGNETISATION,
            minutes=MIDDLE,
        ),
        Row(
            "three-site terms of disguised fermions",
            Lattice(sites=SITES, terms=(Term("X Z Z", 1.0, on="triples"),)),
            BALLISTIC,
            "Fendley, J. Phys. A 52, 335002 (2019)",
        ),
        Row(
            "electrons among static ones, particles",
            static_partners(),
            LOCALISED,
            "the static ones are random fields; recalled",
            PARTICLES,
        ),
        Row("two chains that do not meet", two_chains(), BALLISTIC, "the XX chain carries its energy"),
        Row(
            "dipoles conserved, spin",
            dipoles(),
            ANOMALOUS | LOCALISED,
            "Sala et al. 2020, doi:10.1103/PhysRevX.10.011047; recalled",
            MAGNETISATION,
        ),
        Row("modular chain, one matrix on all bonds", crystal(), BALLISTIC, "Bloch waves of a crystal"),
        Row("Ising in a strong field 1.4, 4", tilted(1.4, 4.0), UNKNOWN, "nearly conserved magnetisation, for long"),
        Row(
            "Ising, small transverse field 0.2, 0.9",
            tilted(0.2, 0.9),
            UNKNOWN,
            "nearly conserved domain walls, for long",
        ),
    )
