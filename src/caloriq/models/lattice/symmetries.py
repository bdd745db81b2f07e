"""Symmetries of a lattice model, found on its terms: conserved numbers, rotations of all spins, translation, reflection, reality."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from caloriq._checks import Complex
from caloriq.models.lattice.densities import ENERGY, changed, known
from caloriq.models.lattice.driving import pieces
from caloriq.models.lattice.joint import joint
from caloriq.spaces.additive import Additive
from caloriq.spaces.local import LocalSpace, Row
from caloriq.spaces.strings import Part, Strings, total

if TYPE_CHECKING:
    from caloriq.models.lattice.model import Lattice

SAME = 1e-12  # of a difference that is rounding, relative to the coefficients themselves


@dataclass(frozen=True)
class Symmetries:
    """What H is unchanged by.

    Attributes
    ----------
    conserved : tuple of str
        Numbers of which the sum is conserved.
    parities : tuple of str
        Of all sites at once: "flip x", "flip y", "flip z" are rotations of every spin by π; "even particles" is that the
        number of particles keeps its parity.
    translation : int or None
        Sites of the smallest shift of a closed chain that changes nothing; None if there is none.
    reflection : bool
        Whether the chain is the same from its other end.
    real : bool
        Whether H is real in the product basis.
    joint : tuple of Additive
        Numbers of all sites together that are conserved beside those of `conserved`, such as "magnetisation + particles" of a
        spin that trades quanta with a boson mode; then parities that are none of these numbers' own, of modulus 2. At most
        eight of each are told.
    """

    conserved: tuple[str, ...]
    parities: tuple[str, ...]
    translation: int | None
    reflection: bool
    real: bool
    joint: tuple[Additive, ...] = ()

    def __str__(self) -> str:
        told = [f"conserves {name}" for name in (*self.conserved, *(one.name for one in self.joint if not one.modulus))]
        told += self.parities
        told += [one.name for one in self.joint if one.modulus and not {FLIP, EVEN} & set(self.parities)]
        told += [f"translation by {self.translation}"] if self.translation else []
        told += ["reflection"] * self.reflection + ["real" if self.real else "complex"]
        return ", ".join(told)


def symmetries(model: Lattice) -> Symmetries:
    """All of them, each tested on the terms; cost proportional to their number."""
    if model.driven:
        return _shared(model, [one.lattice for one in pieces(model)])
    H = model.strings
    parts = H.parts()
    told = H.distinct(parts)
    conserved = tuple(name for name in known(model) if name != ENERGY and not changed(model, told, name).terms)
    return Symmetries(
        conserved,
        tuple(name for name in PARITIES if _has(model, told, name)),
        _translation(model, parts),
        _reflection(model, parts),
        _is_same(told.terms, told.mapped(lambda x: _conjugated(model.spaces[x])).terms),
        joint(model, parts, conserved),
    )


def named(model: Lattice, names: Iterable[str]) -> list[Additive]:
    """Conserved sums by their names."""
    known = {one.name: one for one in additive(model)}
    return [known[name] for name in names]


def additive(model: Lattice) -> tuple[Additive, ...]:
    """Everything conserved that is a sum over the sites: what has a name, then what sites have together."""
    found = model.symmetries
    own = [
        Additive(of, tuple(tuple(space.numbers.get(of, np.zeros(space.levels)).tolist()) for space in model.spaces))
        for of in found.conserved
    ]
    return (*own, *found.joint)


def _shared(model: Lattice, parts: Sequence[Lattice]) -> Symmetries:
    """What all parts of H are unchanged by: whatever functions of time multiply them."""
    each, size = [symmetries(one) for one in parts], model.size
    shifts = [one.translation for one in each]
    shift = math.lcm(*(d or size for d in shifts))
    conserved = tuple(name for name in each[0].conserved if all(name in one.conserved for one in each))
    return Symmetries(
        conserved,
        tuple(name for name in each[0].parities if all(name in one.parities for one in each)),
        None if None in shifts or shift == size else shift,
        all(one.reflection for one in each),
        all(one.real for one in each),
        joint(model, [part for one in parts for part in one.strings.parts()], conserved),
    )


FLIP, EVEN = "flip z", "even particles"  # the two that are diagonal in the product states
PARITIES = ("flip x", "flip y", FLIP, EVEN)


def _has(model: Lattice, H: Strings, parity: str) -> bool:
    """Whether all sites know what the parity means, and H is unchanged by it."""
    return sign_under(model, H, parity) == 1


def sign_under(model: Lattice, operator: Strings, parity: str) -> int:
    """1 where a parity leaves an operator as it is, -1 where it changes its sign, 0 otherwise."""
    if any(_unitary(space, parity) is None for space in dict.fromkeys(model.spaces)):
        return 0

    def rows(x: int) -> tuple[Row, ...]:
        return _turned(model.spaces[x], parity)

    turned = operator.mapped(rows).terms
    if _is_same(operator.terms, turned):
        return 1
    return -1 if _is_same(operator.terms, {string: -c for string, c in turned.items()}) else 0


@lru_cache(maxsize=128)
def _turned(space: LocalSpace, parity: str) -> tuple[Row, ...]:
    """Rows of B_a ↦ u B_a u†."""
    u = _unitary(space, parity)
    assert u is not None
    return space.mapped(u @ space.basis @ u.conj().T)


@lru_cache(maxsize=64)
def _conjugated(space: LocalSpace) -> tuple[Row, ...]:
    """Rows of B_a ↦ B_a*."""
    return space.mapped(space.basis.conj())


def _unitary(space: LocalSpace, parity: str) -> Complex | None:
    """What the parity is on one site; None where it means nothing there."""
    if parity == "even particles":
        n = space.numbers.get("particles")
        return None if n is None else np.diag((-1.0 + 0j) ** np.asarray(n))
    if not space.name.startswith("spin-"):  # words of operators that are handed in may mean anything
        return None
    generator = space.operators[f"S{parity[-1]}"]
    values, vectors = np.linalg.eigh(generator)
    u: Complex = (vectors * np.exp(-1j * np.pi * values)) @ vectors.conj().T
    return u


def _translation(model: Lattice, parts: Sequence[Part]) -> int | None:
    """Smallest shift that leaves a closed chain as it is."""
    N = model.size
    if not (model.geometry.is_chain and getattr(model.geometry, "periodic", False)):
        return None
    for shift in (d for d in range(1, N) if N % d == 0):
        if _is_unchanged(model, parts, [(x + shift) % N for x in range(N)]):
            return shift
    return None


def _reflection(model: Lattice, parts: Sequence[Part]) -> bool:
    """Whether site j may be called N - 1 - j."""
    return model.geometry.is_chain and _is_unchanged(model, parts, range(model.size)[::-1])


def _is_unchanged(model: Lattice, parts: Sequence[Part], places: Sequence[int]) -> bool:
    """Whether site x may be called places[x]; where there are fermions the terms are, whose signs depend on the order of the sites."""
    if any(space != model.spaces[place] for space, place in zip(model.spaces, places, strict=True)):
        return False
    if any(space.fermion_sign is not None for space in model.spaces):
        new = np.array(places)
        moved = [placed._replace(sites=new[placed.sites]) for placed in model.placed]
        again = total(model.spaces, [part for one in moved for part in model.operators(one)])
        return _is_same(model.strings.terms, again.terms)
    at = {part.sites: part for part in parts}
    known: set[object] = set()
    for part in parts:  # a permutation that takes all parts to parts takes them to all
        moved_to = [places[x] for x in part.sites]
        order = sorted(range(len(moved_to)), key=moved_to.__getitem__)
        other = at.get(tuple([moved_to[k] for k in order]))
        if other is None:
            return False
        key = part.form, other.form, tuple(order)
        if key not in known:
            turned = {tuple([letters[k] for k in order]): c for letters, c in part.letters}
            if not _is_same(turned, dict(other.letters)):
                return False
            known.add(key)
    return True


def _is_same(A: Mapping[Any, complex], B: Mapping[Any, complex]) -> bool:
    """Equal but for rounding of every coefficient by itself."""
    for s in A.keys() | B.keys():
        a, b = A.get(s, 0.0), B.get(s, 0.0)
        if abs(a - b) > SAME * (abs(a) + abs(b)):
            return False
    return True
