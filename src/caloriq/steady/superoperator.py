"""𝓛 in the excitation-conserving sector, on packed vectors.

A state ρ = ⊕ ρ_k is one real vector of length C(2N, N): the packings Re ρ_k + Im ρ_k one after the other. Then
𝓛ρ = Kρ + ρK† + 𝓙ρ with K = -iH - ½ΣL†L block diagonal. All of 𝓙 has real coefficients, so it acts on the packing
itself: elementwise for dephasing, and from block to block for the baths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.linalg.sylvester import pack, unpack
from caloriq.models import sectors
from caloriq.models.sectors import Basis, Indices
from caloriq.models.spins import SpinChain


@dataclass(frozen=True)
class Jump:
    """One bath jump into block `target` from block `source`: rows and columns `to` from rows and columns `since`."""

    rate: float
    source: int
    target: int
    since: Indices
    to: Indices


class Sectors:
    """Layout and physics of one model, apart from how it is solved."""

    def __init__(self, model: SpinChain) -> None:
        self.model = model
        self.space: Basis = sectors.basis(model.sites)
        self.frame = float(model.frequencies.mean())
        sizes = self.space.sizes
        self.offsets = np.concatenate([[0], np.cumsum([d * d for d in sizes])])
        self.dimension = int(self.offsets[-1])

    def block(self, x: Any, k: int) -> Any:
        """Block k of a packed vector, a view of shape (d, d)."""
        d = self.space.sizes[k]
        part = x[int(self.offsets[k]) : int(self.offsets[k + 1])]
        # the standard's reshape is a function; NumPy's method makes a view too
        return part.reshape(d, d) if hasattr(part, "reshape") else part.__array_namespace__().reshape(part, (d, d))

    def blocks(self, x: Any) -> Iterator[Any]:
        """All blocks of a packed vector, as views."""
        return (self.block(x, k) for k in range(self.model.sites + 1))

    def hamiltonian(self, k: int) -> scipy.sparse.csr_array:
        """H of block k in the frame of the mean frequency."""
        return sectors.hamiltonian(self.model, self.space, k, frame=self.frame)

    def lost(self, k: int) -> Real:
        """Diagonal of Σ L†L in block k."""
        return sectors.decay(self.model, self.space, k)

    def dephasing_weights(self, k: int) -> Real:
        """Σ_j γ_j a_j b_j for every matrix element (a, b) of block k."""
        n = self.space.occupation[k]
        weights: Real = (n * self.model.dephasing_rates) @ n.T
        return weights

    def decay(self, k: int) -> Real:
        """A ≤ 0: decay of every matrix element (a, b), -½(D_a + D_b) + Σ_j γ_j a_j b_j."""
        lost = self.lost(k)
        return self.dephasing_weights(k) - (lost[:, None] + lost) / 2

    def jumps(self) -> list[Jump]:
        """Bath jumps between blocks."""
        out = []
        for site in sorted(set(self.model.bath_sites)):
            gain, loss = float(self.model.gains[site]), float(self.model.losses[site])
            for k in range(self.model.sites):
                empty, filled = self.space.raised(k, site)
                if gain > 0:
                    out.append(Jump(gain, k, k + 1, empty, filled))
                if loss > 0:
                    out.append(Jump(loss, k + 1, k, filled, empty))
        return out

    def diagonals(self) -> Indices:
        """Places of all populations in a packed vector, shape (2^N,), block by block."""
        places = [self.offsets[k] + np.arange(d) * (d + 1) for k, d in enumerate(self.space.sizes)]
        return np.concatenate(places).astype(np.intp)

    def unpacked(self, x: Real) -> list[Complex]:
        """State in blocks of a packed vector."""
        return [unpack(P) for P in self.blocks(x)]

    def lindblad(self, x: Real) -> Real:
        """𝓛 x by sparse products in complex arithmetic, in double precision."""
        out, jumps = np.empty(self.dimension), self.jumps()
        for k in range(self.model.sites + 1):
            K = sectors.effective(self.model, self.space, k, frame=self.frame)
            KX = K @ unpack(self.block(x, k))
            part = self.block(out, k)
            part[...] = pack(KX + KX.conj().T) + self.dephasing_weights(k) * self.block(x, k)
            for jump in jumps:
                if jump.target == k:
                    moved = self.block(x, jump.source)[np.ix_(jump.since, jump.since)]
                    part[np.ix_(jump.to, jump.to)] += jump.rate * moved
        return out

    def residual(self, x: Real) -> float:
        """‖𝓛ρ‖ in Frobenius norm: by another route than the one that solves."""
        return float(np.linalg.norm(self.lindblad(x)))
