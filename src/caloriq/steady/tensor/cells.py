r"""A chain cut into cells, so that every term and every jump acts on one or on two neighbouring ones, and their generators.

The vector of a density matrix has the elements :math:`x_a = \mathrm{Tr}(B_{a_1}\otimes B_{a_2}\otimes\dots\,\rho)` with the
hermitian basis of every site (`LocalSpace.basis`), so that all of it is real:
:math:`\dot x_a = \sum_b M_{ab}x_b`, :math:`\mathcal L^\dagger B_a = \sum_b M_{ab}B_b`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.errors import Unsupported
from caloriq.linalg.charged_train import ChargedTrain
from caloriq.linalg.charges import ChargedGates, Letters
from caloriq.linalg.tensor_train import Gates, Train
from caloriq.models.lattice.densities import numbers
from caloriq.models.lattice.model import Lattice
from caloriq.spaces.strings import Strings, total
from caloriq.steady.lattice.blocks import kept

BLOCKS = 64  # bond dimension from which blocks save time
LARGEST = 1296  # elements of the density matrix of two cells: six levels each


@dataclass(frozen=True, eq=False)
class Cells:
    """A chain cut into cells of neighbouring sites.

    Attributes
    ----------
    model : Lattice
        Whose sites they are.
    width : int
        Sites of every cell; the last one may have fewer.
    whole : bool
        Whether H keeps its multiple of the charge: states that have a charge see it.
    """

    model: Lattice
    width: int
    whole: bool = False

    @property
    def count(self) -> int:
        """Number of cells, C."""
        return -(-self.model.size // self.width)

    def sites(self, cell: int) -> range:
        """Sites of a cell."""
        return range(cell * self.width, min((cell + 1) * self.width, self.model.size))

    def place(self, site: int) -> int:
        """Cell of a site."""
        return site // self.width

    @cached_property
    def letters(self) -> tuple[int, ...]:
        """Operators of a basis of every cell, shape (C,)."""
        return tuple(math.prod(self.model.levels[x] ** 2 for x in self.sites(c)) for c in range(self.count))

    @property
    def most(self) -> int:
        """Bond dimension that holds every operator of the chain."""
        return max(min(math.prod(self.letters[:k]), math.prod(self.letters[k:])) for k in range(1, self.count))

    def letter(self, cell: int, string: Sequence[tuple[int, int]]) -> int:
        """Number of the operator of a cell that is a string on its sites."""
        found, given = 0, dict(string)
        for x in self.sites(cell):
            found = found * self.model.levels[x] ** 2 + given.get(x, 0)
        return found

    def reach(self, operator: Strings) -> tuple[int, int]:
        """First and last cell that an operator acts on."""
        sites = operator.sites or (0,)
        return self.place(sites[0]), self.place(sites[-1])

    def basis(self, cell: int) -> Complex:
        """Operators of a cell, shape (letters, d, d), the last site changing fastest."""
        found = np.ones((1, 1, 1), dtype=complex)
        for x in self.sites(cell):
            found = np.array([np.kron(a, b) for a in found for b in self.model.spaces[x].basis])
        return found

    @cached_property
    def charge(self) -> str | None:
        """A number that H conserves and that every jump changes by a step of its own, in whole steps; None where there is none."""
        for of in kept(self.model):
            steps = np.concatenate([np.diff(np.unique(self.levels(c, of))) for c in range(self.count)])
            if steps.size and np.allclose(steps / steps.min(), np.round(steps / steps.min()), rtol=0, atol=1e-9):
                return of
        return None

    @cached_property
    def charged(self) -> list[Letters] | None:
        """Elements of every cell by their charge; None where nothing is kept."""
        if self.charge is None:
            return None
        of = self.charge
        unit = min(float(np.diff(np.unique(self.levels(c, of))).min(initial=np.inf)) for c in range(self.count))
        made: dict[tuple[object, ...], Letters] = {}

        def letters(cell: int) -> Letters:
            key = tuple(self.model.spaces[x] for x in self.sites(cell))
            if key not in made:
                steps = np.round((self.levels(cell, of) - self.levels(cell, of).min()) / unit)
                made[key] = Letters.of(self.basis(cell), steps.astype(int).tolist())
            return made[key]

        return [letters(c) for c in range(self.count)]

    def levels(self, cell: int, of: str) -> Real:
        """A number in every state of a cell, shape (d,)."""
        found = np.zeros(1)
        for x in self.sites(cell):
            space = self.model.spaces[x]
            own = np.asarray(space.numbers.get(of, np.zeros(space.levels)), dtype=float)
            found = (found[:, None] + own).ravel()
        return found

    def suited(self, train: Train, largest: int) -> Train:
        """A train in blocks, where the equation keeps a charge and bonds are so large that blocks save time."""
        if largest < BLOCKS or self.charged is None or isinstance(train, ChargedTrain):
            return train.copy()
        return ChargedTrain.of(train, self.charged)

    def gates(self, step: float, train: Train) -> Any:
        """Of a time step, as a train takes them."""
        return self.suiting(Gates.of(self.generators, step), train)

    def suiting(self, gates: Gates, train: Train) -> Any:
        """Gates as a train takes them."""
        if not isinstance(train, ChargedTrain):
            return gates
        return ChargedGates.of(gates, train.letters)

    @cached_property
    def jumps(self) -> tuple[Strings, ...]:
        """All jump operators, those of fermions with the shorter of their two strings."""
        return tuple(self._shorter(jump) for one in self.model.environments for jump in one.jumps)

    def _shorter(self, jump: Strings) -> Strings:
        """L, or L(-1)^n of all fermions where that acts on fewer cells: LρL† is the same for the states that have it."""
        if not any(space.odd for space in self.model.spaces):
            return jump
        other = jump @ self.model.signs(0, self.model.size)
        (a, b), (c, d) = self.reach(jump), self.reach(other)
        return other if d - c < b - a else jump

    @cached_property
    def generators(self) -> list[Real]:
        """M of every two neighbouring cells, shape (C - 1,); what acts on one cell is shared by its pairs."""
        H: list[list[Strings]] = [[] for _ in range(self.count - 1)]
        L: list[list[Strings]] = [[] for _ in range(self.count - 1)]
        for part in self._turning.by_support().values():
            for pair, share in self.shares(part):
                H[pair].append(share * part)
        for jump in self.jumps:
            for pair, share in self.shares(jump):
                L[pair].append(math.sqrt(share) * jump)
        made: dict[tuple[object, ...], Real] = {}
        return [self._generator(k, H[k], L[k], made) for k in range(self.count - 1)]

    @cached_property
    def _turning(self) -> Strings:
        """H without a multiple of the charge, which states that have none do not see: only steps would be small for it."""
        H = self.model.strings
        if self.charge is None or self.whole:
            return H
        all_of_it = total(self.model.spaces, numbers(self.model, self.charge))
        moving = Strings(self.model.spaces, {s: c for s, c in all_of_it.terms.items() if s})
        return H - (H.overlap(moving).real / moving.norm**2) * moving

    def shares(self, operator: Strings) -> list[tuple[int, float]]:
        """Pairs of cells that an operator belongs to, and its share in each."""
        if not operator.sites:
            return []
        first, last = self.reach(operator)
        if last > first:
            return [(first, 1.0)]
        pairs = [k for k in (first - 1, first) if 0 <= k < self.count - 1]
        return [(k, 1.0 / len(pairs)) for k in pairs]

    def _generator(self, pair: int, H: list[Strings], L: list[Strings], made: dict[tuple[object, ...], Real]) -> Real:
        """M of one pair; one that is another's but for its place is made once."""
        spaces = self.model.spaces
        sites = [*self.sites(pair), *self.sites(pair + 1)]
        moved = tuple(frozenset(one.shifted(-sites[0]).terms.items()) for one in (total(spaces, H), *L))
        key = (tuple(spaces[x] for x in sites), moved)
        if key not in made:
            made[key] = _adjoint(
                self.basis_of_pair(pair), total(spaces, H).matrix(sites), [one.matrix(sites) for one in L]
            )
        return made[key]

    def basis_of_pair(self, pair: int) -> Complex:
        """Operators of two neighbouring cells, shape (letters · letters, d d', d d')."""
        left, right = self.basis(pair), self.basis(pair + 1)
        return np.array([np.kron(a, b) for a in left for b in right])


def _adjoint(B: Complex, H: Complex, jumps: Sequence[Complex]) -> Real:
    """Tr(B_b 𝓛†B_a)/d of all a and b, 𝓛†B = i[H, B] + ΣL†BL - ½{L†L, B}."""
    image = 1j * (H @ B - B @ H)
    for L in jumps:
        lost = L.conj().T @ L
        image += L.conj().T @ B @ L - (lost @ B + B @ lost) / 2
    return in_basis(B, image)


def in_basis(B: Complex, image: Complex) -> Real:
    """Tr(B_b A_a)/d of all a and b, of hermitian operators A in a basis."""
    n, d = len(B), B.shape[1]
    found: Real = np.ascontiguousarray((image.reshape(n, -1) @ B.transpose(0, 2, 1).reshape(n, -1).T).real / d)
    return found


def cells(model: Lattice, method: str = "tensor network") -> Cells:
    """The narrowest cells that no term or jump reaches beyond two of.

    Raises
    ------
    Unsupported
        If two cells are too large for a dense generator; names the term or jump that reaches too far.
    """
    worst = ""
    for width in range(1, model.size):
        found = Cells(model, width)
        too_far = _too_far(found)
        if too_far is None and found.count > 1 and _fits(found):
            return found
        worst = worst if too_far is None else too_far
        if too_far is None or not _fits(found):
            break
    told = f"{worst} reaches too far" if worst else f"{max(model.levels)} levels on one site are too many"
    raise Unsupported(
        f"`method` must find a chain of cells of at most 6 levels whose neighbours alone are coupled, but {told} (got {method}); number the sites along the chain, or use Sector() or Trajectories()"
    )


def _fits(found: Cells) -> bool:
    """Whether generators of two cells are small enough."""
    sizes = found.letters
    return max((a * b for a, b in pairwise(sizes)), default=sizes[0] ** 2) <= LARGEST


def _too_far(found: Cells) -> str | None:
    """A term or jump that acts on more than two neighbouring cells, in words."""
    parts = defaultdict(list)
    for string in found.model.strings.terms:
        if string:
            parts[found.place(string[-1][0]) - found.place(string[0][0])].append(string)
    if max(parts, default=0) > 1:
        return f"the term {found.model.strings.words(parts[max(parts)][0])}"
    jumps = [jump for jump in found.jumps if np.ptp(found.reach(jump)) > 1]
    return f"the jump {jumps[0].strongest()}" if jumps else None
