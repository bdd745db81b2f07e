r"""Density of states of a lattice: every energy, or the nodes and weights of Lanczos quadratures from random states.

A random state r of D states samples :math:`\mathrm{Tr} f(H) \approx D \langle r|f(H)|r\rangle = D\sum_k w_k f(\epsilon_k)`, exactly so for
polynomials of degree 2M - 1 after M products (Jaklič, Prelovšek, Phys. Rev. B 49, 5065 (1994), doi:10.1103/PhysRevB.49.5065; Golub,
Meurant, Matrices, Moments and Quadrature (2010)).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed import dense
from caloriq.closed.lattice.space import Space, sectors
from caloriq.linalg.lanczos import recurrence
from caloriq.models.lattice.model import Lattice
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
    """

    samples: tuple[Levels, ...]
    coarser: tuple[Levels, ...]
    products: int


def all_levels(model: Lattice, progress: Progress | None = None) -> Spectra:
    """Every energy, sector by sector; about 4/3 D³ operations of real numbers each."""
    spaces = sectors(model)
    check_dense(spaces)
    work, done, found = sum(one.dimension**3 for one in spaces), 0, []
    for space in spaces:
        found.append(_exactly(space))
        done += space.dimension**3
        if progress is not None:
            progress(done, work)
    return Spectra((_joined(found),), (), 0)


def check_dense(spaces: Sequence[Space]) -> None:
    """Refuse sectors whose matrix has no room."""
    largest = max(one.dimension for one in spaces)
    need = dense.memory_needed(largest) / 2
    _checks.memory("method", f"Exact at dimension {largest}", need, "use Typical()")


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
            exact = _exactly(space)
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


def _exactly(space: Space) -> Levels:
    energies = scipy.linalg.eigvalsh(space.hamiltonian.as_matrix(), driver="evd")
    return _of(space, energies, np.ones(space.dimension))


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
