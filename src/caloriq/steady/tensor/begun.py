r"""Starts of a chain in time as tensor trains: product states as they are, thermal ones by imaginary time.

.. math::
    \rho = e^{-K}\,\mathbb 1\,e^{-K},\qquad K = \sum_x \frac{h_x}{2T_x},

from infinite temperature, which is exact, by two-site steps of the generator -{K, ·} (Verstraete, García-Ripoll, Cirac,
PRL 93, 207204 (2004), doi:10.1103/PhysRevLett.93.207204).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from caloriq import wording
from caloriq._checks import Complex, Real, shown
from caloriq.errors import InvalidInput, Unsupported
from caloriq.linalg.tensor_train import Gates, Train
from caloriq.models.definition import Definition
from caloriq.models.lattice.densities import changed, energies
from caloriq.models.lattice.starts import DomainWall, Gibbs, SiteStates
from caloriq.spaces.strings import Strings, total
from caloriq.steady.starts import Product
from caloriq.steady.tensor.cells import Cells, in_basis

TAKEN = (SiteStates, DomainWall, Gibbs)
APART = 1e-13  # of what joins charges: rounding


@dataclass(frozen=True, eq=False)
class Beginning:
    """What a density matrix is at time 0.

    Attributes
    ----------
    cells : Cells
        The chain.
    vectors : list of array
        One for every cell: a product state.
    neutral : bool
        Whether nothing lies between states of different charge.
    cooled : list of array
        Generators of imaginary time from 0 to 1, shape (C - 1,); none of a product state.
    """

    cells: Cells
    vectors: list[Real]
    neutral: bool
    cooled: list[Real] = field(default_factory=list)

    @cached_property
    def speed(self) -> float:
        """How much a bond is cooled."""
        return max((float(np.linalg.norm(one, 2)) for one in self.cooled), default=0.0) / 2

    def train(self, steps: int, largest: int) -> tuple[Train, float]:
        """The density matrix, and the squared norm that was cut off on the way to it."""
        plain = Train.product(self.vectors)
        train = self.cells.suited(plain, largest) if self.neutral else plain
        if not self.cooled:
            return train, 0.0
        gates: Any = Gates.of(self.cooled, 1.0 / steps)
        return train, train.evolve(self.cells.suiting(gates, train), steps, largest) * steps


def begun(cells: Cells, initial: Any) -> Beginning:
    """Of a start of a lattice or of a spin chain.

    Raises
    ------
    Unsupported
        If it is no product and no thermal state; names it.
    InvalidInput
        If it is none of the model.
    """
    model = cells.model
    if isinstance(initial, Product):
        n = initial.on(model.size)
        spins = [space.operators["Sz"] for space in model.spaces]
        return _product(cells, [np.eye(2) / 2 + (2 * p - 1) * S for p, S in zip(n, spins, strict=True)])
    if not isinstance(initial, TAKEN):
        told = wording.spoken(initial) if isinstance(initial, Definition) else shown(initial)
        raise Unsupported(
            f"`initial` must be a product state or a thermal one for a tensor network, but it is not (got {told}); use SiteStates, DomainWall or Gibbs"
        )
    if isinstance(initial, Gibbs):
        return _thermal(cells, initial)
    psi = (initial.sites(model) if isinstance(initial, DomainWall) else initial).vectors(model)
    return _product(cells, [np.outer(one, one.conj()) for one in psi])


def _product(cells: Cells, sites: Sequence[Complex]) -> Beginning:
    """Of a density matrix for every site."""
    vectors, neutral = [], True
    for c in range(cells.count):
        rho: Any = np.ones((1, 1))
        for x in cells.sites(c):
            rho = np.kron(rho, sites[x])
        vectors.append(np.einsum("aij,ji->a", cells.basis(c), rho).real)
        if cells.charge is not None:
            levels = cells.levels(c, cells.charge)
            neutral = neutral and bool(np.abs(rho[levels[:, None] != levels]).max(initial=0.0) <= APART)
    return Beginning(cells, vectors, neutral)


def _thermal(cells: Cells, start: Gibbs) -> Beginning:
    """Of all temperatures; the mixed state itself, however states would be drawn from it."""
    model = cells.model
    if start.numbers is not None or start.samples is not None:
        name, value = ("numbers", dict(start.numbers)) if start.numbers is not None else ("samples", start.samples)
        raise InvalidInput(
            f"`initial.{name}` must be left out for a tensor network, which has the mixed state of all sectors, but it is given (got {value}); leave it out"
        )
    K = total(model.spaces, [(0.5 / t) * h for t, h in zip(start.on(model).tolist(), energies(model), strict=True)])
    vectors = [np.eye(1, letters)[0] for letters in cells.letters]
    neutral = cells.charge is None or changed(model, K, cells.charge).norm <= APART * K.norm
    return Beginning(cells, vectors, neutral, cooling(cells, K))


def cooling(cells: Cells, K: Strings) -> list[Real]:
    """-{K, ·} of every two neighbouring cells, shape (C - 1,)."""
    parts: list[list[Strings]] = [[] for _ in range(cells.count - 1)]
    for part in K.by_support().values():
        for pair, share in cells.shares(part):
            parts[pair].append(share * part)
    found = []
    for pair, mine in enumerate(parts):
        B = cells.basis_of_pair(pair)
        own = total(cells.model.spaces, mine).matrix([*cells.sites(pair), *cells.sites(pair + 1)])
        found.append(in_basis(B, -(own @ B + B @ own)))
    return found


def steps_of(span: float, speed: float, step: float, factor: float) -> int:
    """Steps over a time: an even number that are no longer than `step` over the speed, then `factor` times as long as these."""
    return max(1, round(2 * math.ceil(span * speed / (2 * step) - 1e-9) / factor))
