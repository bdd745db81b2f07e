r"""Rates between the bands of neighbouring blocks: the rate equation of several bands, for blocks of a real chain.

With p bands a block, (i, j) of two neighbours go over to (i', j') of the same total energy by the golden rule,

.. math::
    k(ij \to i'j') = \frac{2\pi}{\delta\varepsilon}\,\frac{\sum|V|^2}{n_i n_j}

(PRE 44-47 with n_i' n_j' final levels; M. Michel, J. Gemmer, G. Mahler, PRE 73, 016101 (2006), doi:10.1103/PhysRevE.73.016101). The
sum is over all elements between the four bands. Pairs one width apart in energy, which have a third of the overlap of two
triangles, are counted as resonant, so that the number of the shell is conserved to the last digit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput
from caloriq.models.quantum import QuantumChain
from caloriq.reduced.grains.blocks import BondChannel, Edge, Grain, channels, squared
from caloriq.reduced.grains.bonds import band_width, distinct_blocks
from caloriq.reduced.grains.energies import BlockEnergies, check_temperatures
from caloriq.reduced.grains.requests import check_blocks
from caloriq.reduced.grains.spectrum import Binning
from caloriq.reduced.rates.closed_form import solve_balanced
from caloriq.reduced.rates.conserved import drift
from caloriq.reduced.rates.stepped import solve_steps
from caloriq.results import Certificate, MethodReport, frozen

DENSE = 600  # configurations, up to which eigenvectors are cheaper than a sparse exponential
BANDS = 12  # by default: fine enough for the moved energy, coarse enough for many levels each
COARSER = 2 / 3  # of the bands of the prediction that its error is told by
MOST = 60_000  # configurations
FINEST = 24  # bands of a block by which the spread of rates is told


@dataclass(frozen=True)
class Ladder:
    """Bands of one block: mean energies, numbers of levels, numbers of the bins; shape (p,) each."""

    energies: Real
    levels: Real
    bins: Any

    @classmethod
    def of(cls, block: Grain, binning: Binning) -> Ladder:
        """From the binned levels of a block."""
        E = [s.energies for s in block.sectors]
        sums = sum(members @ part for members, part in zip(binning.members, E, strict=True))
        return cls(sums / binning.count, binning.count, np.array([label.bin for label in binning.labels]))

    def thermal(self, block: Grain, binning: Binning, temperature: float) -> Real:
        """Boltzmann's probability of every band, from the levels themselves."""
        weights = [np.exp(-(s.energies - block.levels[0]) / temperature) for s in block.sectors]
        found = sum(members @ w for members, w in zip(binning.members, weights, strict=True))
        share: Real = found / found.sum()
        return share


def band_rates(
    left: Edge, right: Edge, bins: tuple[Binning, Binning], parts: tuple[BondChannel, ...], width: float
) -> Real:
    """K from bands (i, j) to (i', j'), shape (p, p, q, q): i', i, j', j; zero between shells and where no energy moves."""
    terms = squared(parts, left)
    L = np.array([bins[0].sums(left, (c.left, d.left)) for c, d, _ in terms])
    R = np.array([bins[1].sums(right, (c.right, d.right)) for c, d, _ in terms])
    weights = np.array([weight for *_, weight in terms])
    total = np.clip(np.einsum("c,cai,cbj->aibj", weights, L, R), 0.0, None)
    i, j = (np.array([label.bin for label in b.labels]) for b in bins)
    up, down = i[:, None] - i, j[:, None] - j
    moved = (up[:, :, None, None] + down == 0) & (up[:, :, None, None] != 0)
    rate: Real = (
        np.where(moved, 2 * math.pi / width * total, 0.0) / (bins[0].count[:, None, None] * bins[1].count)[None]
    )
    return rate


def pair_difference_by_rates(left: Edge, right: Edge, parts: tuple[BondChannel, ...], width: float) -> PairRates:
    """Rates of two blocks by themselves, with what ⟨D(t)D⟩ needs, D = H_L - H_R; as many numbers as bands to the fourth power."""
    narrow = max(float(np.ptp(side.block.levels)) / FINEST for side in (left, right))
    width = max(width, narrow * (1 + 1e-9))
    bins = Binning(left.block, width, "energy"), Binning(right.block, width, "energy")
    E = [Ladder.of(side.block, own).energies for side, own in zip((left, right), bins, strict=True)]
    K = generator([band_rates(left, right, bins, parts, width)], [e.size for e in E])
    return PairRates(K, np.outer(bins[0].count, bins[1].count).ravel(), (E[0][:, None] - E[1]).ravel())


@dataclass(frozen=True)
class PairRates:
    """Two blocks: generator over pairs of bands, levels of each, and the difference D of their energies."""

    K: Any
    levels: Real
    difference: Real

    @property
    def first(self) -> float:
        """2k: the rate of ⟨D(t)D⟩ at first."""
        start = self.levels * self.difference
        return -float(self.difference @ (self.K @ start)) / float(self.difference @ start)

    def decay(self, times: Real) -> Real:
        """⟨D(t)D⟩/⟨D²⟩ in the uniform state, shape (T,)."""
        start = self.levels * self.difference
        found: Real = solve(self.K, self.levels, start, times) @ self.difference
        return found / float(self.difference @ start)


def spread_of_rates(left: Edge, right: Edge, parts: tuple[BondChannel, ...], width: float) -> float:
    """By what share the difference of two blocks decays more slowly than at its first rate, when that is through a factor of e.

    Nothing but the bands' rates goes in, which depend on energy: 0 where all of them are one rate. NaN without any transfer.
    """
    pair = pair_difference_by_rates(left, right, parts, width)
    first = pair.first
    return 1 + math.log(float(pair.decay(np.array([1 / first]))[0])) if first > 0 else math.nan


def pair_by_rates(
    model: QuantumChain, block: int, times: ArrayLike, *, contact: float = 1.0, bands: int | None = None
) -> Real:
    """⟨D(t)D⟩/⟨D²⟩ of the first two blocks by rates between bands, to compare with `Grains.exact`, shape (T,).

    Arguments, errors and validity are those of `energies_by_rates`.
    """
    check_blocks(model, block, "energy", bands, math.inf, contact)
    t = _checks.times(times)
    parts = [channels(model, float(contact), block)]
    blocks, edges = distinct_blocks(model, block, 2, math.inf, parts)
    width = band_width(blocks, edges, parts, min(BANDS, 2**block) if bands is None else bands)
    return frozen(pair_difference_by_rates(edges[0][0], edges[1][1], parts[0], width).decay(t))


def generator(rates: Sequence[Real], sizes: Sequence[int]) -> Any:
    """dP/dt = KP over the bands of all blocks, sparse; the first block is the slowest index."""
    K = scipy.sparse.csr_array((math.prod(sizes),) * 2)
    for bond, rate in enumerate(rates):
        p, q = rate.shape[0], rate.shape[2]
        gains = scipy.sparse.csr_array(rate.transpose(0, 2, 1, 3).reshape(p * q, p * q))
        own = gains - scipy.sparse.diags_array(gains.sum(axis=0))
        before, after = math.prod(sizes[:bond]), math.prod(sizes[bond + 2 :])
        K = K + scipy.sparse.kron(
            scipy.sparse.eye_array(before), scipy.sparse.kron(own, scipy.sparse.eye_array(after)), format="csr"
        )
    return K


def solve(K: Any, levels: Real, start: Real, times: Real) -> Real:
    """Populations of all configurations, shape (T, C)."""
    if start.size <= DENSE:
        return solve_balanced(K, levels, start, times)
    return solve_steps(K, start, times)


def energies_by_rates(
    model: QuantumChain,
    block: int,
    times: ArrayLike,
    temperatures: ArrayLike,
    *,
    contact: float = 1.0,
    bands: int | None = None,
) -> BlockEnergies:
    """Energy of every block in time by golden-rule rates between bands, from blocks of different temperatures.

    Parameters
    ----------
    model : QuantumChain
        N sites.
    block : int
        ℓ, sites of a block; it must divide N.
    times : array_like, shape (T,)
        Instants, 1/energy.
    temperatures : array_like, shape (N/ℓ,)
        T of every block at first; inf is a uniform one. Negative ones are hotter than infinite.
    contact : float
        Strength of the couplings between blocks relative to `model`'s.
    bands : int, optional
        Energy bins of a block's spectrum; by default 12, or as many as a shorter block has levels.

    Returns
    -------
    BlockEnergies
        Energies; the error is how far they move with two thirds as many bands.

    Raises
    ------
    InvalidInput
        For arguments outside their domains, or more than 60 000 configurations of bands.

    Notes
    -----
    Nothing here asks whether the golden rule holds: `coarse_grain` does. Cost: that of the blocks' eigenstates, and sparse
    exponentials over p^(N/ℓ) configurations.
    """
    clock = time.perf_counter()
    count = check_blocks(model, block, "energy", bands, math.inf, contact)
    t, heat = _checks.times(times), check_temperatures(temperatures, count)
    bands = min(BANDS, 2**block) if bands is None else bands
    if bands**count > MOST:
        raise InvalidInput(
            f"`bands` must give at most {MOST} configurations of {count} blocks, but they do not (got {bands}); take fewer"
        )
    fewer = max(2, round(COARSER * bands))
    found, size, lost = _solved(model, block, t, heat, contact, bands)
    other, *_ = _solved(model, block, t, heat, contact, fewer)
    report = MethodReport(
        "golden-rule rates between bands",
        "the only one",
        {"bands": bands, "configurations": size, "wall time in s": time.perf_counter() - clock},
    )
    return BlockEnergies(
        model=model,
        method=report,
        certificate=Certificate((lost,)),
        block=block,
        contact=float(contact),
        times=frozen(t.copy()),
        energies=frozen(found),
        errors=frozen(np.abs(found - other)),
    ).certified()


def _solved(model: QuantumChain, block: int, t: Real, heat: Real, contact: float, bands: int) -> tuple[Real, int, Any]:
    """Energies, number of configurations, and the check of what is conserved, with one number of bands."""
    count = heat.size
    parts = [channels(model, float(contact), (k + 1) * block) for k in range(count - 1)]
    blocks, edges = distinct_blocks(model, block, count, math.inf, parts)
    width = band_width(blocks, edges, parts, bands)
    bins = [Binning(b, width, "energy") for b in blocks]
    ladders = [Ladder.of(b, own) for b, own in zip(blocks, bins, strict=True)]
    rates = [
        band_rates(edges[k][0], edges[k + 1][1], (bins[k], bins[k + 1]), parts[k], width) for k in range(count - 1)
    ]
    sizes = [ladder.levels.size for ladder in ladders]
    start: Real = np.ones(1)
    levels: Real = np.ones(1)
    for b, own, ladder, T in zip(blocks, bins, ladders, heat.tolist(), strict=True):
        start = np.kron(start, ladder.thermal(b, own, T)).astype(float)
        levels = np.kron(levels, ladder.levels).astype(float)
    P = solve(generator(rates, sizes), levels, start, t).reshape(t.size, *sizes)
    rows = []
    for k, ladder in enumerate(ladders):
        rows.append(P.sum(axis=tuple(m + 1 for m in range(count) if m != k)) @ ladder.energies)
    return np.stack(rows, axis=1), start.size, drift(P.reshape(t.size, -1))
