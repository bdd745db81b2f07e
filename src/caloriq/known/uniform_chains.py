"""Chains without ends of which it is known whether they have charges beside the obvious ones, and how to write them down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from caloriq.spaces import local
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.local import LocalSpace
from caloriq.spaces.strings import String, Strings

HALF, ONE = local.spin(1), local.spin(2)
X, Y, Z = 1, 2, 3


@dataclass(frozen=True)
class KnownChain:
    """A chain, and whether it has charges of any support."""

    name: str  # in words
    chain: InfiniteChain
    integrable: bool
    source: str  # where it is known from
    support: int = 5  # cells up to which charges are looked for


def pauli(x: float = 0.0, y: float = 0.0, z: float = 0.0, *, fx: float = 0.0, fz: float = 0.0) -> InfiniteChain:
    """Spins 1/2 with couplings xXX + yYY + zZZ of neighbours and fields fx X + fz Z."""
    near: dict[String, float] = {((0, a), (1, a)): c for a, c in ((X, x), (Y, y), (Z, z))}
    return _there((HALF,), {**near, ((0, X),): fx, ((0, Z),): fz})


def xxz(anisotropy: float, *, field: float = 0.0) -> InfiniteChain:
    """SxSx + SySy + Δ SzSz, and a field on Sz."""
    return pauli(0.25, 0.25, 0.25 * anisotropy, fz=field / 2)


def ising(coupling: float, transverse: float, longitudinal: float = 0.0) -> InfiniteChain:
    """J ZZ + g X + h Z."""
    return pauli(z=coupling, fx=transverse, fz=longitudinal)


def zigzag(next_neighbours: float) -> InfiniteChain:
    """S·S of neighbours, and a share of it of next neighbours."""
    return _there((HALF,), {((0, a), (d, a)): c / 4 for a in (X, Y, Z) for d, c in ((1, 1.0), (2, next_neighbours))})


def spin_one(bilinear: float, biquadratic: float) -> InfiniteChain:
    """A S·S + b (S·S)² of neighbouring spins 1."""
    S = [ONE.operators[w] for w in ("Sx", "Sy", "Sz")]
    terms = [(bilinear, (0, 1), (a, a)) for a in S]
    return of_matrices((ONE,), [*terms, *((biquadratic, (0, 1), (a @ b, a @ b)) for a in S for b in S)])


def ladder(leg: float, rung: float, anisotropy: float) -> InfiniteChain:
    """XXZ couplings of S along two legs and on the rungs."""
    bonds = [((0, 2), leg), ((1, 3), leg), ((0, 1), rung)]
    letters = ((X, 1.0), (Y, 1.0), (Z, anisotropy))
    return _there((HALF, HALF), {((i, a), (j, a)): c * f / 4 for (i, j), c in bonds for a, f in letters}, legs=2)


def hubbard(repulsion: float) -> InfiniteChain:
    """Fermions with spin and hopping 1, U (n - 1/2)(n' - 1/2): two XX chains coupled by ZZ on every rung (Shastry 1986)."""
    along: dict[String, float] = {((leg, a), (leg + 2, a)): 0.5 for leg in (0, 1) for a in (X, Y)}
    return _there((HALF, HALF), {**along, ((0, Z), (1, Z)): repulsion / 4}, legs=2)


def of_matrices(
    cell: Sequence[LocalSpace], terms: Iterable[tuple[float, tuple[int, ...], Sequence[NDArray[Any]]]]
) -> InfiniteChain:
    """Sum of coefficients times products of matrices on sites."""
    told = list(terms)
    cells = 1 + max(max(sites) for _, sites, _ in told) // len(cell)
    H = Strings(tuple(cell) * cells)
    for c, sites, matrices in told:
        H = H + c * Strings.of(H.spaces, sites, matrices)
    return InfiniteChain(tuple(cell), {string: complex(c).real for string, c in H.cleaned().terms.items()})


def _there(cell: tuple[LocalSpace, ...], terms: Mapping[String, float], legs: int = 1) -> InfiniteChain:
    return InfiniteChain(cell, {string: c for string, c in terms.items() if c}, legs)


def known_chains() -> tuple[KnownChain, ...]:
    """Integrable ones, and some that are proved to have no more charges than are seen at once."""
    return (
        KnownChain("XX", xxz(0.0), True, "Lieb, Schultz, Mattis 1961"),
        KnownChain("XXZ, Δ = 0.7", xxz(0.7), True, "Grabowski, Mathieu 1995"),
        KnownChain("Heisenberg", xxz(1.0), True, "Grabowski, Mathieu 1995"),
        KnownChain("XYZ 1, 0.8, 0.5", pauli(1.0, 0.8, 0.5), True, "Grabowski, Mathieu 1995"),
        KnownChain("Ising, g = 0.7", ising(1.0, 0.7), True, "Pfeuty 1970"),
        KnownChain("Ising, g = 1.4, h = 0.9045", ising(1.0, 1.4, 0.9045), False, "Chiba 2024"),
        KnownChain("XYZ 1, 0.8, 0.5, field 0.4", pauli(1.0, 0.8, 0.5, fz=0.4), False, "Shiraishi 2019"),
        KnownChain("Heisenberg, next neighbours 0.3", zigzag(0.3), False, "Shiraishi 2024"),
        KnownChain("spin 1, S·S", spin_one(1.0, 0.0), False, "Hokkyo et al. 2024", 3),
        KnownChain("spin 1, S·S + (S·S)²/3", spin_one(1.0, 1 / 3), False, "Hokkyo et al. 2024", 3),
        KnownChain("spin 1, S·S − (S·S)²", spin_one(1.0, -1.0), True, "Takhtajan 1982; Babujian 1982", 3),
        KnownChain("spin 1, S·S + (S·S)²", spin_one(1.0, 1.0), True, "Sutherland 1975", 3),
        KnownChain("Hubbard, U = 4", hubbard(4.0), True, "Shastry 1986", 3),
    )
