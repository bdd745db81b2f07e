"""Chains of free excitations: clean, dephased, random, quasi-periodic."""

from __future__ import annotations

from typing import Any

import numpy as np

from caloriq.known.zoo.row import (
    ANOMALOUS,
    BALLISTIC,
    DIFFUSIVE,
    EXCITATIONS,
    LOCALISED,
    MAGNETISATION,
    MIDDLE,
    PARTICLES,
    SITES,
    UNKNOWN,
    WARM,
    Row,
    chain,
)
from caloriq.models.disorder import Disorder, DisorderedChain
from caloriq.models.lattice.model import Lattice

FREE = "Lieb, Schultz, Mattis 1961, doi:10.1016/0003-4916(61)90115-4"
CLOSED_FORM = "Manzano et al. 2012, doi:10.1103/PhysRevE.86.061118, with dephasing"
LOCALISES = "Kunz, Souillard 1980, doi:10.1007/BF01942371"
DYSON = "Dyson 1953, doi:10.1103/PhysRev.92.1331"
QUASI_PERIODIC = "Aubry, André, Ann. Israel Phys. Soc. 3, 133 (1980)"
WIDTHS = (0.3, 0.6, 1.0, 2.0, 4.0)


def ensemble(quantity: Any, width: float, samples: int = 100, distribution: Any = "uniform", **fields: Any) -> Any:
    """Chains with one random quantity."""
    disorder = Disorder(quantity=quantity, width=width, distribution=distribution)
    return DisorderedChain(chain=chain(**fields), disorder=(disorder,), samples=samples, seed=1)


def clean() -> tuple[Row, ...]:
    """The same everywhere, with dephasing and without."""
    half = np.arange(SITES) < SITES // 2
    every_second = np.arange(SITES) % 2 == 0
    return (
        Row("XX, spin", Lattice.xx(SITES), BALLISTIC, FREE, MAGNETISATION),
        Row("XX, energy", Lattice.xx(SITES), BALLISTIC, FREE),
        Row("XX between baths, heat", chain(baths=WARM), BALLISTIC, "Manzano et al. 2012, eq. 11"),
        Row(
            "transverse Ising",
            Lattice.transverse_ising(SITES, transverse=0.7),
            BALLISTIC,
            "Pfeuty 1970, doi:10.1016/0003-4916(70)90270-8",
        ),
        Row("XX dephased weakly, 0.02", chain(dephasing=0.02), DIFFUSIVE, CLOSED_FORM, EXCITATIONS),
        Row("XX dephased strongly, 5", chain(dephasing=5.0, baths=WARM), DIFFUSIVE, CLOSED_FORM),
        Row(
            "XX dephased on every second site",
            chain(dephasing=np.where(every_second, 1.0, 0.0)),
            DIFFUSIVE,
            "every cell scatters; recalled",
            EXCITATIONS,
        ),
        Row(
            "XX dephased on one half",
            chain(dephasing=np.where(half, 1.0, 0.0)),
            UNKNOWN,
            "half ohmic, half ballistic",
            EXCITATIONS,
        ),
    )


def random_ones() -> tuple[Row, ...]:
    """Static disorder, and what dephasing makes of it."""
    return (
        *(
            Row(f"Anderson, W = {width:g}", ensemble("frequency", width), LOCALISED, LOCALISES, EXCITATIONS)
            for width in WIDTHS
        ),
        Row(
            "Anderson, W = 1, as a lattice",
            Lattice.xx(SITES, disorder=1.0, seed=1),
            LOCALISED,
            LOCALISES,
            MAGNETISATION,
        ),
        Row("random hopping 0.5…1.5", ensemble("hopping", 1.0), ANOMALOUS, DYSON, EXCITATIONS),
        Row(
            "weakly random frequencies, dephasing 5",
            ensemble("frequency", 0.1, dephasing=5.0),
            DIFFUSIVE,
            "resistances of bonds are bounded",
            EXCITATIONS,
            minutes=MIDDLE,
        ),
    )


def ordered() -> tuple[Row, ...]:
    """That follow a rule of the site."""
    return (
        *(
            Row(
                f"Aubry-André, λ = {strength:g}",
                Lattice.aubry_andre(SITES, potential=2 * strength),
                truth,
                QUASI_PERIODIC,
                PARTICLES,
            )
            for strength, truth in ((0.5, BALLISTIC), (1.0, ANOMALOUS), (2.0, LOCALISED))
        ),
        Row(
            "Fibonacci",
            Lattice.fibonacci(SITES, potential=1.5),
            ANOMALOUS,
            "Hiramoto, Abe 1988, doi:10.1143/JPSJ.57.230",
            PARTICLES,
        ),
        Row(
            "random dimers",
            Lattice.random_dimer(SITES, potential=1.0, seed=1),
            ANOMALOUS,
            "Dunlap, Wu, Phillips 1990, doi:10.1103/PhysRevLett.65.88",
            PARTICLES,
        ),
    )


def free_rows() -> tuple[Row, ...]:
    """All of them."""
    return (*clean(), *random_ones(), *ordered())
