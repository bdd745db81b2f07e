r"""Density of states of a lattice: every energy, or the nodes and weights of Lanczos quadratures from random states.

A random state r of D states samples :math:`\mathrm{Tr} f(H) \approx D \langle r|f(H)|r\rangle = D\sum_k w_k f(\epsilon_k)`, exactly so for
polynomials of degree 2M - 1 after M products (Jaklič, Prelovšek, Phys. Rev. B 49, 5065 (1994), doi:10.1103/PhysRevB.49.5065; Golub,
Meurant, Matrices, Moments and Quadrature (2010)).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed import dense
from caloriq.closed.lattice.blocks import Blocks, opposite, sizes
from caloriq.linalg.lanczos import recurrence
from caloriq.models.lattice.model import Lattice
from caloriq.models.lattice.space import Space, sectors
from caloriq.models.random import TRACE, gaussian, generator
from caloriq.results import Progress

SMALL = 200  # states up to which a sector is diagonalised also where others are sampled
FIRST, MOST = 40, 640  # products of the first quadrature, and of the longest
FEWER = 8  # products less, for what is compared


@dataclass(frozen=True, eq=False)
class Levels:
    """Energies with their weights, of one sample of all sectors.

    Attributes
    ----------
    energies, weights : array, shape (n,)
        The weights of a sector sum to its dimension.
    charges : array, shape (n, Q)
        Conserved numbers.
    """

    energies: Real
    weights: Real
    charges: Real


@dataclass(frozen=True, eq=False)
class Spectra:
    """Samples of the density of states.

    Attributes
    ----------
    samples : tuple of Levels
        One, where all energies are known.
    coarser : tuple of Levels
        The same from a few products less; none where all energies are known.
    products : int
        With H.
    left : float
        Bound on what H leads out of the blocks that were diagonalised, in its norm.
    blocks : int
        How many were; 0 where some sectors were sampled.
    """

    samples: tuple[Levels, ...]
    coarser: tuple[Levels, ...]
    products: int
    left: float = 0.0
    blocks: int = 0


class Energies(NamedTuple):
    """All energies of a sector."""

    values: Real
    left: float  # Frobenius norm of what H leads out of its blocks
    blocks: int


def all_levels(model: Lattice, progress: Progress | None = None) -> Spectra:
    """Every energy, sector by sector and in blocks of translation, reflection and flipped spins.

    About 4/3 D³ operations of real numbers for a block, 16/3 where it is complex; of sectors that a flip of all spins exchanges, and of
    momenta k and -k that reflection or conjugation does, one is done.
    """
    spaces = sectors(model)
    check_dense(spaces)
    work, done, blocks, found = sum(one.dimension**3 for one in spaces), 0, 0, []
    known: dict[tuple[float, ...], Energies] = {}
    for space in spaces:
        mirror = opposite(space)
        other = None if mirror is None else known.get(tuple(mirror.values()))
        own = _exactly(space) if other is None else other
        blocks += 0 if own is other else own.blocks
        known[tuple(space.totals.values())] = own
        found.append(_of(space, own.values, np.ones(space.dimension)))
        done += space.dimension**3
        if progress is not None:
            progress(done, work)
    left = max(own.left for own in known.values())
    return Spectra((_joined(found),), (), 0, left, blocks)


def check_dense(spaces: Sequence[Space]) -> None:
    """Refuse sectors whose blocks have no room."""
    largest = max(spaces, key=lambda one: sizes(one).largest)
    _checks.memory("method", f"Exact at dimension {sizes(largest).largest}", dense_memory(largest), "use Typical()")


def dense_memory(space: Space) -> float:
    """Bytes of the eigenvalues of a sector's largest block, and of the sparse matrices that make it."""
    block = sizes(space)
    own = dense.memory_needed(block.largest) / (2 if block.real else 1)
    moving = sum(1 for sites in space.model.strings.by_support() if sites)
    return own + (60.0 * space.dimension * moving if block.by else 0.0)


def sampled(
    model: Lattice,
    samples: int,
    seed: int,
    settled: Callable[[Levels, Levels], bool],
    progress: Progress | None = None,
) -> Spectra:
    """Samples from one random state of every sector each; small sectors are diagonalised.

    Parameters
    ----------
    settled : callable
        Whether the quadrature of one sector has converged, from it and the one with a few products less.
    """
    spaces, products = sectors(model), 0
    fine: list[list[Levels]] = [[] for _ in range(samples)]
    coarse: list[list[Levels]] = [[] for _ in range(samples)]
    for number, space in enumerate(spaces):
        if space.dimension <= SMALL:
            exact = _of(space, _exactly(space).values, np.ones(space.dimension))
            for one in (*fine, *coarse):
                one.append(exact)
            continue
        space.check_memory(1)
        for s in range(samples):
            rng = generator(seed, TRACE, s, number)
            r = gaussian(rng, (space.dimension,))
            steps = FIRST
            while True:
                alpha, beta = recurrence(space.hamiltonian, r / np.linalg.norm(r), min(steps, space.dimension))
                products += alpha.size
                pair = _quadrature(space, alpha, beta), _quadrature(space, alpha[:-FEWER], beta[:-FEWER])
                if settled(*pair) or steps >= MOST or alpha.size < steps:
                    break
                steps *= 2
            fine[s].append(pair[0])
            coarse[s].append(pair[1])
            if progress is not None:
                progress(number + (s + 1) / samples, len(spaces))
    return Spectra(tuple(map(_joined, fine)), tuple(map(_joined, coarse)), products)


def _exactly(space: Space) -> Energies:
    blocks = Blocks(space, every=False)
    if len(blocks.found) == 1:
        return Energies(scipy.linalg.eigvalsh(space.hamiltonian.as_matrix(), driver="evd"), 0.0, 1)
    found, left = [], 0.0
    for block in blocks.found:
        own, out = blocks.hamiltonian(block)
        found += [scipy.linalg.eigvalsh(own, driver="evd", overwrite_a=True)] * block.copies
        left += block.copies * out**2
    return Energies(np.sort(np.concatenate(found)), float(np.sqrt(left)), len(blocks.found))


def _quadrature(space: Space, alpha: Real, beta: Real) -> Levels:
    nodes, vectors = scipy.linalg.eigh_tridiagonal(alpha, beta[:-1])
    return _of(space, nodes, space.dimension * vectors[0] ** 2)


def _of(space: Space, energies: Real, weights: Real) -> Levels:
    charges = np.array([space.totals[name] for name in space.model.symmetries.conserved])
    return Levels(energies, weights, np.broadcast_to(charges, (energies.size, charges.size)))


def _joined(parts: Sequence[Levels]) -> Levels:
    return Levels(
        np.concatenate([one.energies for one in parts]),
        np.concatenate([one.weights for one in parts]),
        np.concatenate([one.charges for one in parts]),
    )
