"""Terms out of places and values, alike ones together; words for matrices of sites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from caloriq.models.lattice.geometry import Geometry
from caloriq.models.lattice.sites import Levels
from caloriq.models.lattice.terms import DEFAULT, Term
from caloriq.spaces.local import LocalSpace

Placed = tuple[str, tuple[int, ...], complex]  # operator, sites, value
Product = tuple[tuple[int, ...], Sequence[NDArray[Any]]]  # sites, and a matrix for each
ALIKE = 1e-12  # of two matrices, relative to their norms


def short(values: NDArray[Any]) -> Any:
    """One number where all are equal, real ones where they are."""
    found = values if np.any(np.imag(values)) else np.real(values)
    return found[0].item() if np.all(found == found[0]) else found.tolist()


def term(
    operator: str, rows: Sequence[Sequence[int]], values: NDArray[Any], geometry: Geometry, sites: int, **more: Any
) -> Term:
    """A term on its places, without their list where it stands on all sites or bonds."""
    places: Any = [list(row) for row in rows]
    relation = DEFAULT.get(len(places[0]), "") if len(places[0]) < 3 else ""
    if relation and places == geometry.relation(relation, sites).tolist():
        places = None
    return Term(operator, short(values), on=places, **more)


def together(products: Iterable[Placed], geometry: Geometry, sites: int) -> list[Term]:
    """Terms of the same operator as one, in the order in which operators come first; places that come twice are added."""
    found: dict[str, dict[tuple[int, ...], complex]] = {}
    for operator, row, value in products:
        at = found.setdefault(operator, {})
        at[row] = at.get(row, 0.0) + value
    return [
        term(word, sorted(at), np.array([at[r] for r in sorted(at)]), geometry, sites) for word, at in found.items()
    ]


@final
class Words:
    """Words for matrices on sites: those that the sites have, and new ones for others."""

    def __init__(self, spaces: Sequence[LocalSpace]) -> None:
        self.spaces = spaces
        self.used: dict[LocalSpace, dict[str, NDArray[Any]]] = {space: {} for space in spaces}
        self.new: list[tuple[str, NDArray[Any]]] = []

    def letter(self, site: int, a: int) -> str:
        """Word of a basis matrix."""
        space = self.spaces[site]
        self.used[space][space.names[a]] = space.basis[a]
        return space.names[a]

    def operator(self, site: int, matrix: NDArray[Any]) -> tuple[str, complex]:
        """Word of a matrix, and what it is times."""
        found = self.known(site, matrix)
        if found is not None:
            return found
        size = np.linalg.norm(matrix)
        word = f"L{len(self.new)}"
        self.new.append((word, matrix / size))
        self.used[self.spaces[site]][word] = matrix / size
        return word, complex(size)

    def known(self, site: int, matrix: NDArray[Any]) -> tuple[str, complex] | None:
        """Word that there is for a matrix, and what it is times; None if there is none."""
        space = self.spaces[site]
        for word, one in [*space.operators.items(), *self.new]:
            scale = complex(np.vdot(one, matrix) / np.vdot(one, one).real) if one.shape == matrix.shape else 0.0
            if scale and np.linalg.norm(matrix - scale * one) <= ALIKE * np.linalg.norm(matrix):
                self.used[space][word] = one
                return word, scale
        return None

    def jump(self, site: int, matrix: NDArray[Any]) -> tuple[str, complex]:
        """As `operator`; a hermitian jump operator, times any phase, does the same without its multiple of the identity."""
        bare = matrix - np.trace(matrix) / len(matrix) * np.eye(len(matrix))
        phase = np.sqrt(complex(np.sum(bare * bare.T)))
        turned = matrix * np.conj(phase)
        hermitian = np.linalg.norm(turned - turned.conj().T) <= ALIKE * abs(phase) * np.linalg.norm(matrix)
        same = self.known(site, matrix) or (self.known(site, bare) if hermitian and phase else None)
        return same or self.operator(site, matrix)

    def kinds(self) -> Any:
        """Kind of every site, one for all where they are alike."""
        made = {space: self._kind(space) for space in self.used}
        return next(iter(made.values())) if len(made) == 1 else [made[space] for space in self.spaces]

    def _kind(self, space: LocalSpace) -> Any:
        words = {word: matrix for word, matrix in self.used[space].items() if word != "I"}
        if space.name != "given" and words.keys() <= space.operators.keys():
            return space.name
        counts = "Sz" if "Sz" in space.operators else "n"
        return Levels(operators={counts: space.operators[counts], **words}, conserved=(counts,))
