"""One block of a chain: its eigenstates by symmetry, and correlation functions of its operators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import comb
from typing import Any

import numpy as np
import scipy

from caloriq import _checks
from caloriq._checks import Complex, Real
from caloriq.models.quantum import Carried, QuantumChain
from caloriq.results import frozen
from caloriq.spaces.basis import on_sites, whole
from caloriq.spaces.numbers import by_number
from caloriq.spaces.symmetries import spans
from caloriq.spaces.terms import IY, PLUS, X, Z

TIMES = 256  # evaluated at once
COPIES = 9.0  # arrays of M² numbers alive at once, at most: H, workspace, eigenvectors, operators

Elements = dict[tuple[int, int], Real]  # (to, from) sectors: matrix between their eigenstates


@dataclass(frozen=True)
class SpinSector:
    """States of one magnetisation (where it is conserved) and one parity under reflection (where that is a symmetry)."""

    basis: Any  # sparse, shape (2^block, n): orthonormal columns that span it
    charge: float  # ΣSz; 0 where it is not conserved
    energies: Real  # ascending, shape (n,)
    vectors: Real  # eigenvectors in `basis`, as columns, shape (n, n)


@dataclass(frozen=True)
class Grain:
    """A diagonalised block."""

    sites: int  # ℓ
    sectors: tuple[SpinSector, ...]  # M = 2^ℓ states together
    weights: tuple[Real, ...]  # probability of every eigenstate: uniform, or Boltzmann's
    mirrored: bool  # whether reflection maps the block onto itself
    residual: float  # largest |H v - E v| relative to the width of the spectrum

    def elements(self, operator: Any) -> Elements:
        """Matrix of a sparse operator between the eigenstates of every pair of sectors that it connects."""
        found = {}
        for k, source in enumerate(self.sectors):
            half = operator @ source.basis
            for l, target in enumerate(self.sectors):
                part = target.basis.T @ half
                if np.abs(part.data).max(initial=0.0) > 0:
                    found[l, k] = target.vectors.T @ (part @ source.vectors)
        return found

    def carried(self, carries: Carried) -> list[Real]:
        """The block's H or Sz in every eigenstate, by sectors."""
        return [s.energies if carries == "energy" else np.full(s.energies.size, s.charge) for s in self.sectors]

    def moments(self, carries: Carried) -> tuple[float, float]:
        """Mean and variance of the block's H or Sz."""
        p, q = np.concatenate(self.weights), np.concatenate(self.carried(carries))
        mean = float(p @ q)
        return mean, float(p @ (q - mean) ** 2)

    @cached_property
    def levels(self) -> Real:
        """All energies, ascending."""
        return frozen(np.sort(np.concatenate([s.energies for s in self.sectors])))


def memory_needed(sizes: list[int]) -> float:
    """Bytes for blocks with sectors of these sizes."""
    return 8.0 * COPIES * max(sizes) ** 2 + 8.0 * 6 * sum(n * n for n in sizes)


def within(chain: QuantumChain, first: int, sites: int) -> tuple[Real, ...]:
    """Everything that acts inside a block: fields, couplings of neighbours and of next neighbours, from left to right."""
    fields = np.stack([chain.transverse_fields, chain.fields])[:, first : first + sites]
    return fields, *(J[:, first : first + max(0, sites - d)] for d, J in enumerate(chain.couplings, start=1))


def symmetric_bases(chain: QuantumChain, first: int, sites: int) -> tuple[list[tuple[Any, float]], bool]:
    """Bases of the sectors of a block whose eigenstates fit in memory, their ΣSz, and whether reflection is a symmetry."""
    # the largest sector is known before anything of size 2^ℓ is made
    few = min(sites, 400)  # beyond it the number of bytes has no name
    largest = scipy.special.comb(few, few // 2) if chain.conserves_spin else 2.0**few
    _checks.memory("block", sites, 8.0 * COPIES * (largest / 2) ** 2, "take shorter blocks")
    mirrored = all(np.array_equal(part, part[:, ::-1]) for part in within(chain, first, sites))
    blocks = by_number(sites).blocks if chain.conserves_spin else [whole(2, sites)]
    bases = []
    for k, block in enumerate(blocks):
        charge = k - sites / 2 if chain.conserves_spin else 0.0
        bases += [(span, charge) for span in spans(block, range(sites)[::-1] if mirrored else None)]
    _checks.memory("block", sites, memory_needed([b.shape[1] for b, _ in bases]), "take shorter blocks")
    return bases, mirrored


def diagonalise(chain: QuantumChain, first: int, sites: int, temperature: float) -> Grain:
    """Eigenstates of the spins `first` … `first + sites - 1`, sector by sector; (2^ℓ)³ operations without symmetry."""
    bases, mirrored = symmetric_bases(chain, first, sites)
    H = chain.hamiltonian(first=first, sites=sites)
    sectors, worst = [], 0.0
    for basis, charge in bases:
        part = (basis.T @ H @ basis).toarray()
        E, U = np.linalg.eigh(part)
        probe = np.unique(np.linspace(0, E.size - 1, 8).astype(int))
        worst = max(worst, float(np.abs(part @ U[:, probe] - U[:, probe] * E[probe]).max()))
        sectors.append(SpinSector(basis, charge, E, U))
    lowest = min(float(s.energies[0]) for s in sectors)
    highest = max(float(s.energies[-1]) for s in sectors)
    boltzmann = [np.exp(-(s.energies - lowest) / temperature) for s in sectors]  # 1 at infinite temperature
    total = sum(float(b.sum()) for b in boltzmann)
    return Grain(
        sites, tuple(sectors), tuple(b / total for b in boltzmann), mirrored, worst / max(highest - lowest, 1e-300)
    )


OPERATORS: dict[str, Real] = {"+": PLUS, "-": PLUS.T, "x": X, "y": IY, "z": Z}  # all real; y stands for i Sy


@dataclass(frozen=True)
class End:
    """An operator near the end of a block: its name in `OPERATORS`, and how many sites it is from that end."""

    name: str
    depth: int = 0


@dataclass(frozen=True)
class BondChannel:
    """One product A⊗B of the coupling of two blocks, V = Σ strength A⊗B."""

    left: End  # A of a spin at the end of the left block
    right: End  # B of one at the beginning of the right block
    strength: float
    charge: float  # by how much A raises ΣSz


def channels(chain: QuantumChain, contact: float, cut: int) -> tuple[BondChannel, ...]:
    """V across a cut, operators of definite charge where spin is conserved; channels of strength 0 left out."""
    every = []
    for left, right, (jx, jy, jz) in chain.crossing(cut):
        a, b = cut - 1 - left, right - cut
        if chain.conserves_spin:
            parts = [("+", "-", jx / 2, 1.0), ("-", "+", jx / 2, -1.0), ("z", "z", jz, 0.0)]
        else:
            parts = [("x", "x", jx, 0.0), ("y", "y", -jy, 0.0), ("z", "z", jz, 0.0)]  # SyᴸSyᴿ = -(iSy)(iSy)
        every += [
            BondChannel(End(A, a), End(B, b), contact * float(strength), charge)
            for A, B, strength, charge in parts
            if strength
        ]
    return tuple(every)


def squared(parts: tuple[BondChannel, ...], edge: Edge) -> list[tuple[BondChannel, BondChannel, float]]:
    """Pairs of channels in |V|², with their weights, that do not vanish by symmetry."""
    return [
        (c, d, c.strength * d.strength * (1.0 if c is d else 2.0))
        for k, c in enumerate(parts)
        for d in parts[k:]
        if set(edge.elements[c.left]) & set(edge.elements[d.left])
    ]


class Edge:
    """Operators near a block's last or first spin, in its eigenbasis; their correlation functions."""

    def __init__(self, block: Grain, ends: Iterable[End], *, last: bool) -> None:
        self.block = block
        self.elements = {}
        for end in ends:
            site = block.sites - 1 - end.depth if last else end.depth
            self.elements[end] = block.elements(on_sites(OPERATORS[end.name], (site,), block.sites))

    def products(self, pair: tuple[End, End]) -> Elements:
        """A[n, m] B[n, m] for the two operators of a pair."""
        first, second = (self.elements[end] for end in pair)
        return {key: first[key] * second[key] for key in first if key in second}

    def moments(self, pair: tuple[End, End]) -> tuple[float, float]:
        """Σ p_m A_nm B_nm ω^k for k = 0 and 2, ω = E_m - E_n."""
        total, square = 0.0, 0.0
        for (to, source), W in self.products(pair).items():
            p, E, F = self.block.weights[source], self.block.sectors[source].energies, self.block.sectors[to].energies
            total += float((W @ p).sum())
            square += float((W @ (p * E**2)).sum() - 2 * F @ (W @ (p * E)) + F**2 @ (W @ p))
        return total, square

    def correlation(self, pair: tuple[End, End], times: Real, *, order: int = 0) -> Complex:
        r"""a(τ) = ⟨A†(τ)B⟩ = Σ p_m A_nm B_nm e^{iωτ}, and with ω^k in the sum up to k = `order`; shape (order + 1, T).

        2 (order + 1) M² multiply-adds per time (M² of the sectors); a' = i times the second, a'' = - the third.
        """
        out = np.zeros((order + 1, times.size), dtype=complex)
        for (to, source), W in self.products(pair).items():
            p, E, F = self.block.weights[source], self.block.sectors[source].energies, self.block.sectors[to].energies
            out += double_sum(W, E, p, F, times, order=order)
        return out


def double_sum(W: Real, E: Real, p: Real, F: Real, times: Real | Complex, *, order: int = 0) -> Complex:
    """Σ_nm W_nm p_m e^{i(E_m - F_n)τ} (E_m - F_n)^k for k = 0..order ≤ 2, by one real matrix product; shape (order + 1, T)."""
    out = np.empty((order + 1, times.size), dtype=complex)
    for begin in range(0, times.size, TIMES):
        t = times[begin : begin + TIMES]
        e = p[:, None] * np.exp(1j * np.outer(E, t))
        f = np.exp(-1j * np.outer(F, t))
        powers = [E[:, None] ** k * e for k in range(order + 1)]
        columns = W @ np.concatenate([part for power in powers for part in (power.real, power.imag)], axis=1)
        part = np.split(columns, 2 * (order + 1), axis=1)
        sums = [part[2 * k] + 1j * part[2 * k + 1] for k in range(order + 1)]
        for k in range(order + 1):
            # (E - F)^k by the binomial theorem
            term = sum(comb(k, j) * (-F[:, None]) ** (k - j) * sums[j] for j in range(k + 1))
            out[k, begin : begin + t.size] = (f * term).sum(axis=0)
    return out
