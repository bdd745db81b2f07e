"""𝓛 in the excitation-conserving sector, on packed vectors.

A state ρ = ⊕ ρ_k is one real vector of length C(2N, N): the packings Re ρ_k + Im ρ_k one after the other. Then
𝓛ρ = Kρ + ρK† + 𝓙ρ with K = -iH - ½ΣL†L block diagonal. All of 𝓙 has real coefficients, so it acts on the packing
itself: elementwise for dephasing, and from block to block for the baths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.linalg.sylvester import pack, unpack
from caloriq.models.spins import SpinChain
from caloriq.spaces.basis import Indices
from caloriq.spaces.numbers import ByNumber, by_number
from caloriq.steady import excitations

FAR = 5.0  # octaves between gain and loss from which blocks have units of their own
OCTAVES = 120.0  # octaves a block


@dataclass(frozen=True)
class Jump:
    """One bath jump into block `target` from block `source`: rows and columns `to` from rows and columns `since`.

    `rate` is what arrives, in the units of the two blocks; `lost` what leaves.
    """

    site: int
    rate: float
    lost: float
    source: int
    target: int
    since: Indices
    to: Indices


def block_scales(sites: int, up: float, down: float) -> Real:
    """Powers of two near (Σ Γ₊/Σ Γ₋)^k where that is far from one, the largest of them one."""
    exponent = 0.0
    if up > 0 and down > 0:
        most = min(OCTAVES, 900.0 / sites)
        ratio = float(np.clip(np.log2(up) - np.log2(down), -most, most))
        exponent = ratio if abs(ratio) > FAR else 0.0
    k = np.arange(sites + 1) - (sites if exponent > 0 else 0)
    powers: Real = np.ldexp(1.0, np.round(exponent * k).astype(int))
    return powers


class Sectors:
    """Layout and physics of one model, apart from how it is solved.

    Where gain is much weaker than loss, or loss than gain, a block of k excitations is small as a power of k: if `scaled`,
    blocks are then given in units of their own, ρ_k = scale_k x_k, so that every one is solved to its own digits; the scales
    are powers of two, at most one.
    """

    def __init__(self, model: SpinChain, *, scaled: bool = False) -> None:
        self.model = model
        self.space: ByNumber = by_number(model.sites)
        self.frame = float(model.frequencies.mean())
        up, down = float(model.gains.sum()), float(model.losses.sum())
        self.scale: Real = block_scales(model.sites, up, down) if scaled else np.ones(model.sites + 1)
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

    @cached_property
    def hamiltonians(self) -> list[scipy.sparse.csr_array]:
        """H of every block in the frame of the mean frequency."""
        blocks = range(self.model.sites + 1)
        return [excitations.hamiltonian(self.model, self.space, k, frame=self.frame) for k in blocks]

    @cached_property
    def effective(self) -> list[scipy.sparse.csr_array]:
        """K of every block in the same frame."""
        return [excitations.effective(H, self.lost(k)) for k, H in enumerate(self.hamiltonians)]

    def lost(self, k: int) -> Real:
        """Diagonal of Σ L†L in block k."""
        return excitations.decay(self.model, self.space, k)

    def dephasing_weights(self, k: int) -> Real:
        """Σ_j γ_j a_j b_j for every matrix element (a, b) of block k."""
        n = self.space.occupation[k]
        weights: Real = (n * self.model.dephasing_rates) @ n.T
        return weights

    def decay(self, k: int) -> Real:
        """A ≤ 0: decay of every matrix element (a, b), -½(D_a + D_b) + Σ_j γ_j a_j b_j."""
        lost = self.lost(k)
        return self.dephasing_weights(k) - (lost[:, None] + lost) / 2

    @cached_property
    def jumps(self) -> list[Jump]:
        """Bath jumps between blocks."""
        out = []
        for site in sorted(set(self.model.bath_sites)):
            gain, loss = float(self.model.gains[site]), float(self.model.losses[site])
            for k in range(self.model.sites):
                empty, filled = self.space.raised(k, site)
                up = float(self.scale[k] / self.scale[k + 1])
                if gain > 0:
                    out.append(Jump(site, gain * up, gain, k, k + 1, empty, filled))
                if loss > 0:
                    out.append(Jump(site, loss / up, loss, k + 1, k, filled, empty))
        return out

    def diagonals(self) -> Indices:
        """Places of all populations in a packed vector, shape (2^N,), block by block."""
        places = [self.offsets[k] + np.arange(d) * (d + 1) for k, d in enumerate(self.space.sizes)]
        return np.concatenate(places).astype(np.intp)

    def weights(self) -> Real:
        """Units of all populations in the order of `diagonals`: the trace is their sum with these."""
        return np.repeat(self.scale, self.space.sizes)

    def elements(self) -> Real:
        """Unit of every entry of a packed vector."""
        return np.repeat(self.scale, [d * d for d in self.space.sizes])

    def unpacked(self, x: Real) -> list[Complex]:
        """State in blocks of a packed vector."""
        return [unit * unpack(P) for unit, P in zip(self.scale.tolist(), self.blocks(x), strict=True)]

    def lindblad(self, x: Real) -> Real:
        """𝓛 x by sparse products in complex arithmetic, in double precision."""
        out = np.empty(self.dimension)
        for k in range(self.model.sites + 1):
            KX = self.effective[k] @ unpack(self.block(x, k))
            self.block(out, k)[...] = pack(KX + KX.conj().T) + self.dephasing_weights(k) * self.block(x, k)
        return self._jumped(x, out)

    def _jumped(self, x: Real, out: Real, gain: Real | None = None, loss: Real | None = None) -> Real:
        """`out` with the baths' jumps of x added, or with the shares of them that each site's gain and loss have."""
        for jump in self.jumps:
            shares = gain if jump.target > jump.source else loss
            moved = self.block(x, jump.source)[np.ix_(jump.since, jump.since)]
            rate = jump.rate if shares is None else jump.rate * float(shares[jump.site])
            self.block(out, jump.target)[np.ix_(jump.to, jump.to)] += rate * moved
        return out

    def magnitude(self, x: Real) -> Real:
        """|𝓛||x|: what the terms of 𝓛x amount to before they cancel."""
        out = np.empty(self.dimension)
        for k in range(self.model.sites + 1):
            X = np.abs(unpack(self.block(x, k)))
            KX = abs(self.effective[k]) @ X
            self.block(out, k)[...] = KX + KX.T + self.dephasing_weights(k) * X
        return self._jumped(np.abs(x), out)

    def turned(self, x: Real, gains: Real, losses: Real) -> Real:
        """Change of 𝓛x where the gain and loss of site j change by the shares gains[j] and losses[j] of themselves."""
        out, model = np.empty(self.dimension), self.model
        up, down = model.gains * gains, model.losses * losses
        for k in range(model.sites + 1):
            n = self.space.occupation[k]
            lost = n @ down + (1 - n) @ up
            self.block(out, k)[...] = -(lost[:, None] + lost) / 2 * self.block(x, k)
        return self._jumped(x, out, gains, losses)

    def residual(self, x: Real) -> float:
        """‖𝓛ρ‖ in Frobenius norm: by another route than the one that solves."""
        return float(np.linalg.norm(self.lindblad(x)))
