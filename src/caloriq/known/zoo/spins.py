"""Spin chains and ladders that interact: integrable ones, chaotic ones, disordered ones."""

from __future__ import annotations

from caloriq.known.zoo.free import ensemble
from caloriq.known.zoo.row import (
    ANOMALOUS,
    BALLISTIC,
    DIFFUSIVE,
    EXCITATIONS,
    LONG,
    MAGNETISATION,
    MIDDLE,
    SITES,
    UNKNOWN,
    Row,
    chain,
    tilted,
)
from caloriq.models.lattice.model import Lattice

CONSERVED = "Zotos, Naef, Prelovšek 1997, doi:10.1103/PhysRevB.55.11029"
QUASILOCAL = "Prosen 2011, doi:10.1103/PhysRevLett.106.217206"
SUPERDIFFUSIVE = "Ljubotina, Žnidarič, Prosen 2017, doi:10.1038/ncomms16117"
GAPPED = "De Nardis, Bernard, Doyon 2018, doi:10.1103/PhysRevLett.121.160603"
CHAOTIC = "arXiv:2004.05177, arXiv:2310.06886"
CROSSES = "400 spins still cross over, arXiv:1604.08567"


def integrable() -> tuple[Row, ...]:
    """XXZ and XYZ chains."""
    spins = (
        (0.5, BALLISTIC, QUASILOCAL),
        (1.0, ANOMALOUS, SUPERDIFFUSIVE),
        (1.5, DIFFUSIVE, GAPPED),
        (2.0, DIFFUSIVE, GAPPED),
    )
    return (
        *(
            Row(f"XXZ, Δ = {ratio:g}, energy", Lattice.xxz(SITES, anisotropy=ratio), BALLISTIC, CONSERVED)
            for ratio in (0.5, 1.5)
        ),
        *(
            Row(
                f"XXZ, Δ = {ratio:g}, spin",
                Lattice.xxz(SITES, anisotropy=ratio),
                truth,
                source,
                MAGNETISATION,
                minutes=MIDDLE,
            )
            for ratio, truth, source in spins
        ),
        Row(
            "XXZ, Δ = 0.5, magnetised, spin",
            Lattice.xxz(SITES, anisotropy=0.5),
            BALLISTIC,
            CONSERVED,
            MAGNETISATION,
            {MAGNETISATION: 0.2},
        ),
        Row("XYZ, energy", Lattice.xyz(SITES, jx=1.0, jy=0.8, jz=0.5), BALLISTIC, CONSERVED),
        Row("Heisenberg between baths", chain(zz=1.0), ANOMALOUS, SUPERDIFFUSIVE, EXCITATIONS),
    )


def chaotic() -> tuple[Row, ...]:
    """Ising chains in tilted fields, ladders, spins 1, next neighbours."""
    return (
        Row("tilted Ising 1.4, 0.9045", tilted(1.4, 0.9045), DIFFUSIVE, CHAOTIC, minutes=LONG),
        Row(
            "tilted Ising 0.9045, 0.809",
            tilted(0.9045, 0.809),
            DIFFUSIVE,
            "Kim, Huse 2013, doi:10.1103/PhysRevLett.111.127205",
            minutes=LONG,
        ),
        Row("tilted Ising 1.05, 0.5", tilted(1.05, 0.5), DIFFUSIVE, CHAOTIC, minutes=MIDDLE),
        Row(
            "tilted Ising 1.4, 0.2",
            tilted(1.4, 0.2),
            DIFFUSIVE,
            "weakly broken integrability; expected",
            minutes=MIDDLE,
        ),
        Row(
            "Heisenberg ladder, energy",
            Lattice.ladder(SITES, anisotropy=1.0),
            DIFFUSIVE,
            "Steinigeweg et al. 2016, doi:10.1103/PhysRevLett.116.017202",
        ),
        Row(
            "Heisenberg ladder, spin",
            Lattice.ladder(SITES, anisotropy=1.0),
            DIFFUSIVE,
            "Richter et al. 2019, doi:10.1103/PhysRevB.99.144422",
            MAGNETISATION,
        ),
        Row(
            "XX ladder, spin",
            Lattice.ladder(SITES),
            DIFFUSIVE,
            "Steinigeweg et al. 2014, doi:10.1103/PhysRevB.90.094417",
            MAGNETISATION,
            minutes=MIDDLE,
        ),
        Row(
            "spin 1 Heisenberg, energy",
            Lattice.spin1(SITES),
            DIFFUSIVE,
            "Karadamoglou, Zotos 2004, doi:10.1103/PhysRevLett.93.177203",
        ),
        Row(
            "next-neighbour Heisenberg 0.5, energy",
            Lattice.heisenberg(SITES, next_ratio=0.5),
            DIFFUSIVE,
            "not integrable, Shiraishi 2024; expected",
            minutes=MIDDLE,
        ),
        Row(
            "next-neighbour Heisenberg 0.5, spin",
            Lattice.heisenberg(SITES, next_ratio=0.5),
            UNKNOWN,
            "diffusive, or by logarithms faster",
            MAGNETISATION,
            minutes=MIDDLE,
        ),
    )


def disordered() -> tuple[Row, ...]:
    """Heisenberg chains in random fields."""
    return tuple(
        Row(
            f"disordered Heisenberg, {how}",
            ensemble("frequency", width, samples=12, zz=1.0),
            UNKNOWN,
            CROSSES,
            EXCITATIONS,
        )
        for how, width in (("weak", 0.5), ("strong", 8.0))
    )


def spin_rows() -> tuple[Row, ...]:
    """All of them."""
    return (*integrable(), *chaotic(), *disordered())
