"""Bands of a block, and HAM's criteria for the couplings between them.

A pair of bands (i, j) of two blocks is coupled to (i', j') of the same total energy, or next to it. With
n = √(n_i n_j n_i' n_j') pair levels and λ² the mean |V|² between them c1 = 2λn/δε and c2 = λ²n/δε² (PRE 29), and the golden
rule gives the rate 2πλ² n_i' n_j' f/δε out of (i, j). Two uniform bands together have a triangular spectrum; f is the overlap
of two of these: 2/3 at the same energy, 1/6 where they are one width apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from caloriq._checks import Real
from caloriq.models.quantum import Carried
from caloriq.reduced.grains.blocks import BondChannel, Edge, End, Grain, double_sum, squared
from caloriq.results import frozen

OVERLAPS = {-1: 1 / 6, 0: 2 / 3, 1: 1 / 6}  # of two triangles, by the widths between their centres
SHARE = 0.9  # of the transfer must go through pairs of bands that meet a criterion


class Label(NamedTuple):
    """What a band is: ΣSz (0 where it is not told apart) and the number of its energy bin, from the lowest level."""

    charge: float
    bin: int


@dataclass(frozen=True)
class Band:
    """A band of the left block of a pair, and the transfer out of it.

    Attributes
    ----------
    charge : float
        ΣSz of its levels; 0 where bands are of energy alone.
    low, high : float
        Energy interval.
    levels : int
        n_i.
    share : float
        Of the golden-rule transfer of the pair of blocks that starts in this band.
    coupling : float
        λ, root mean square over the pairs of bands, weighted by their transfer; in units of energy.
    c1, c2 : float
        Means weighted by transfer (of the logarithms).
    """

    charge: float
    low: float
    high: float
    levels: int
    share: float
    coupling: float
    c1: float
    c2: float


@dataclass(frozen=True)
class Shells:
    """Transfers between all pairs of bands of two blocks.

    Attributes
    ----------
    bands : tuple of Band
        Those of the left block.
    width : float
        δε.
    conductance : float
        Σ p_i p_j γ (ΔQ)²/2, to be compared with the plateau of ∫C.
    c1 : float
        At least this in pairs of bands that carry nine tenths of the transfer.
    c2 : float
        At most this in pairs of bands that carry nine tenths of the transfer.
    """

    bands: tuple[Band, ...]
    width: float
    conductance: float
    c1: float
    c2: float


class Binning:
    """Levels of a block sorted into bands of a width δε; those of different ΣSz are told apart for "spin"."""

    def __init__(self, block: Grain, width: float, carries: Carried) -> None:
        self.lowest = float(block.levels[0])
        labels = [
            [Label(s.charge if carries == "spin" else 0.0, int((E - self.lowest) / width)) for E in s.energies]
            for s in block.sectors
        ]
        self.labels = sorted({label for part in labels for label in part})
        number = {label: k for k, label in enumerate(self.labels)}
        self.count = np.zeros(len(self.labels))
        self.probability = np.zeros(len(self.labels))
        self.members = []
        for part, p in zip(labels, block.weights, strict=True):
            index = np.array([number[label] for label in part])
            np.add.at(self.count, index, 1.0)
            np.add.at(self.probability, index, p)
            entries = (np.ones(index.size), (index, np.arange(index.size)))
            self.members.append(
                scipy.sparse.coo_array(entries, shape=(len(self.labels), index.size)).tocsr()  # (bands, n)
            )

    def sums(self, edge: Edge, pair: tuple[End, End]) -> Real:
        """Σ A_nm B_nm over n in band i', m in band i, shape (bands, bands)."""
        total = np.zeros((len(self.labels), len(self.labels)))
        for (to, source), W in edge.products(pair).items():
            total += (self.members[source] @ (self.members[to] @ W).T).T
        return total


def default_width(edge: Edge, channels: tuple[BondChannel, ...]) -> float:
    """Root mean square of the energy that one application of V moves into or out of the block."""
    moments = [edge.moments((c.left, c.left)) for c in channels]
    # a difference of squares: rounding may leave it below 0 where nothing moves
    moved = max(0.0, sum(c.strength**2 * m[1] for c, m in zip(channels, moments, strict=True)))
    return math.sqrt(moved) / math.sqrt(sum(c.strength**2 * m[0] for c, m in zip(channels, moments, strict=True)))


def _moves(sums: list[Real]) -> tuple[NDArray[np.intp], NDArray[np.intp], Real]:
    """Pairs of bands (to, from) with any element, and their sums per channel, shape (channels, pairs)."""
    to, source = np.nonzero(np.any(np.stack(sums) != 0, axis=0))
    return to, source, np.stack([S[to, source] for S in sums])


def shells(left: Edge, right: Edge, parts: tuple[BondChannel, ...], width: float, carries: Carried) -> Shells:
    """Golden rule and criteria for every pair of bands, shell by shell."""
    terms = squared(parts, left)
    L, R = Binning(left.block, width, carries), Binning(right.block, width, carries)
    to_l, from_l, S_l = _moves([L.sums(left, (c.left, d.left)) for c, d, _ in terms])
    to_r, from_r, S_r = _moves([R.sums(right, (c.right, d.right)) for c, d, _ in terms])
    weights = np.array([weight for _, _, weight in terms])
    bins_l, bins_r = (np.array([label.bin for label in B.labels]) for B in (L, R))
    charge = np.array([label.charge for label in L.labels])
    up, down = bins_l[to_l] - bins_l[from_l], bins_r[to_r] - bins_r[from_r]
    moved = charge[to_l] - charge[from_l]
    flows, ones, twos, sources, squares = [], [], [], [], []
    for shift, (offset, overlap) in product(np.unique(up).tolist(), OVERLAPS.items()):
        a, b = np.flatnonzero(up == shift), np.flatnonzero(down == offset - shift)
        # half of what the left block wins less what the right one does
        change = moved[a] if carries == "spin" else np.full(a.size, (shift - offset / 2) * width)
        a, change = a[change != 0], change[change != 0]
        if not a.size or not b.size:
            continue
        total = np.clip(np.einsum("c,ca,cb->ab", weights, S_l[:, a], S_r[:, b]), 0.0, None)
        initial = np.outer(L.count[from_l[a]], R.count[from_r[b]])
        final = np.outer(L.count[to_l[a]], R.count[to_r[b]])
        square = total / (initial * final)
        p = np.outer(L.probability[from_l[a]], R.probability[from_r[b]])
        flow = p * 2 * math.pi * square * final * overlap / width * (change**2 / 2)[:, None]
        n = np.sqrt(initial * final)
        some = flow > 0
        flows.append(flow[some])
        squares.append(square[some])
        ones.append((2 * np.sqrt(square) * n / width)[some])
        twos.append((square * n / width**2)[some])
        sources.append(np.broadcast_to(from_l[a][:, None], flow.shape)[some])
    if not sum(flow.size for flow in flows):
        return Shells((), width, 0.0, 0.0, math.inf)
    flow, c1, c2, source, square = (np.concatenate(x) for x in (flows, ones, twos, sources, squares))
    share = flow / flow.sum()
    bands = []
    for k, label in enumerate(L.labels):
        mine = source == k
        own = float(share[mine].sum())
        if own <= 0:
            continue
        w = share[mine] / own
        low, coupling = L.lowest + label.bin * width, float(np.sqrt(w @ square[mine]))
        means = (float(np.exp(w @ np.log(c[mine]))) for c in (c1, c2))
        bands.append(Band(label.charge, low, low + width, int(L.count[k]), own, coupling, *means))
    return Shells(tuple(bands), width, float(flow.sum()), _exceeded(c1, share), -_exceeded(-c2, share))


def _exceeded(values: Real, share: Real) -> float:
    """The largest number that is at most the value in pairs that carry nine tenths."""
    order = np.argsort(-values)
    at = int(np.searchsorted(np.cumsum(share[order]), SHARE - 1e-12))
    return float(values[order][min(at, values.size - 1)])


def internal_mode(block: Grain, densities: list[Any]) -> Any:
    """Σ cos(π(x + ½)/ℓ) q_x: the slowest variation of the carried density along a block, sparse."""
    profile = np.cos(np.pi * (np.arange(block.sites) + 0.5) / block.sites)
    return sum(float(c) * q for c, q in zip(profile, densities, strict=True))


def internal_relaxation(block: Grain, mode: Any, carries: Carried, times: Real) -> Real:
    """⟨W(τ)W⟩/⟨W²⟩ of the slowest mode, less its part along Q of the whole block, shape (T,)."""
    elements = block.elements(mode)
    mean, variance = block.moments(carries)
    away = [q - mean for q in block.carried(carries)]
    diagonal, overlap = [], 0.0
    for k, sector in enumerate(block.sectors):
        own = elements.get((k, k))
        value = np.zeros(sector.energies.size) if own is None else own.diagonal()
        diagonal.append(value)
        overlap += float(block.weights[k] @ (value * away[k]))
    offset = sum(float(p @ d) for p, d in zip(block.weights, diagonal, strict=True))
    total = np.zeros(times.size)
    zero = 0.0
    for k, q in enumerate(away):
        if (k, k) in elements:
            own = elements[k, k]
            own[np.diag_indices_from(own)] -= offset + (overlap / variance * q if variance else 0.0)
    for (to, source), W in elements.items():
        p = block.weights[source]
        zero += float(((W**2) @ p).sum())
        total += double_sum(W**2, block.sectors[source].energies, p, block.sectors[to].energies, times)[0].real
    return frozen(total / zero if zero else np.zeros(times.size))
