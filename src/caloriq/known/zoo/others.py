"""Fermions that interact, modular chains, units with noise, classical and harmonic chains, and what leaks."""

from __future__ import annotations

import numpy as np

from caloriq.known.zoo.row import (
    ANOMALOUS,
    BALLISTIC,
    DIFFUSIVE,
    LOCALISED,
    MAGNETISATION,
    MIDDLE,
    NO_LAW,
    PARTICLES,
    SITES,
    WARM,
    WEAK,
    Row,
    chain,
)
from caloriq.known.zoo.spins import CONSERVED, QUASILOCAL
from caloriq.models.classical import ClassicalChain
from caloriq.models.correlations import PureDephasing
from caloriq.models.coupled import ExchangeChain
from caloriq.models.harmonic import HarmonicChain, OhmicBath
from caloriq.models.lattice.model import Lattice
from caloriq.models.modular import ModularChain

HALF_FILLED = "arXiv:2306.11540; of charge arXiv:2507.02753 disagrees"
MODULAR = "Michel, Mahler, Gemmer 2005, doi:10.1103/PhysRevLett.95.180602"
TCL = "Wu, Segal 2008, arXiv:0711.4599"
CLASSICAL = "Manzano et al. 2012, section IV"
CRYSTAL = "Rieder, Lebowitz, Lieb 1967, doi:10.1063/1.1705319"
SELF_CONSISTENT = "Bonetto, Lebowitz, Lukkarinen 2004, doi:10.1023/B:JOSS.0000037232.14365.10"
ENDS = (OhmicBath(site=0, temperature=1.5, friction=1.0), OhmicBath(site=-1, temperature=0.5, friction=1.0))


def fermions() -> tuple[Row, ...]:
    """Spinless ones, and those of the Hubbard chain."""
    t_v, hubbard = Lattice.t_v(SITES, interaction=1.0), Lattice.hubbard(8, interaction=4.0)
    return (
        Row("t-V, V = t, energy", t_v, BALLISTIC, CONSERVED),
        Row("t-V, V = t, particles", t_v, BALLISTIC, QUASILOCAL, PARTICLES),
        Row("Hubbard, U = 4, energy", hubbard, BALLISTIC, CONSERVED),
        Row("Hubbard, U = 4, charge", hubbard, ANOMALOUS | DIFFUSIVE, HALF_FILLED, PARTICLES),
        Row("Hubbard, U = 4, spin", hubbard, ANOMALOUS, "arXiv:2306.11540", MAGNETISATION),
    )


def units() -> tuple[Row, ...]:
    """Modular chains, and units that exchange excitations."""
    modular = {"subunits": 3, "levels": 100, "bandwidth": 0.05, "seed": 1}
    return (
        Row(
            "modular chain, c1 = 2",
            ModularChain(**{**modular, "levels": 200}, coupling=2.5e-4),
            DIFFUSIVE,
            f"{MODULAR}, far fewer than π² c1² subunits",
            minutes=MIDDLE,
        ),
        Row(
            "modular chain, c1 = 0.1",
            ModularChain(**modular, coupling=2.5e-5),
            LOCALISED,
            f"{MODULAR}: the criterion fails",
        ),
        Row(
            "exchange chain with noise",
            ExchangeChain(units=4, coupling=0.1, bath=PureDephasing(rate=5.0)),
            DIFFUSIVE,
            TCL,
        ),
        Row("exchange chain, closed", ExchangeChain(units=4, coupling=0.1), BALLISTIC, "one excitation, hopping alone"),
    )


def classical() -> tuple[Row, ...]:
    """Hops by rates, and oscillators."""
    drawn = 1 - np.random.default_rng(np.random.SeedSequence(2)).random(SITES - 1)
    masses = np.where(np.random.default_rng(np.random.SeedSequence(3)).random(SITES) < 0.5, 0.5, 1.5)
    return (
        Row("classical chain", ClassicalChain(sites=SITES, rate=1.0, baths=WARM), DIFFUSIVE, CLASSICAL),
        Row(
            "classical chain, rates near 0",
            ClassicalChain(sites=SITES, rate=drawn**2, baths=WEAK),
            ANOMALOUS,
            "1/V has no mean",
        ),
        Row("harmonic chain", HarmonicChain(sites=SITES, wall=1.0, baths=ENDS), BALLISTIC, CRYSTAL, minutes=MIDDLE),
        Row(
            "harmonic chain, self-consistent",
            HarmonicChain(sites=SITES, pinning=1.0, wall=1.0, inner_friction=1.0, noise="classical", baths=ENDS),
            DIFFUSIVE,
            SELF_CONSISTENT,
            minutes=MIDDLE,
        ),
        Row(
            "harmonic chain, random masses",
            HarmonicChain(sites=SITES, mass=masses, baths=ENDS),
            ANOMALOUS,
            "Casher, Lebowitz 1971, doi:10.1063/1.1665794",
        ),
    )


def leaking() -> tuple[Row, ...]:
    """Densities that are not conserved inside."""
    return (
        Row("XXZ dephased, heat", chain(zz=0.5, dephasing=1.0, baths=WARM), NO_LAW, "energy leaves by the dephasing"),
        Row(
            "transverse Ising, spin",
            Lattice.transverse_ising(SITES, transverse=0.7),
            NO_LAW,
            "X turns Sz",
            MAGNETISATION,
        ),
    )


def other_rows() -> tuple[Row, ...]:
    """All of them."""
    return (*fermions(), *units(), *classical(), *leaking())
