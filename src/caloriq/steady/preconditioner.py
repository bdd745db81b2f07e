"""The preconditioner of the sector method: low-order model, elementwise smoother, block Gauss-Seidel sweep.

In the sweep 𝓛 is split into S_k X = K_k X + X K_k† - c_k X, inverted exactly by one eigendecomposition a block, gains,
which carry block k into block k + 1 and are taken along from k = 0 upwards, and the rest. The scalar shift c_k costs
nothing. It is chosen so that S keeps about the mean decay that dephasing leaves to a coherence, where K alone would
count the jumps of dephasing as loss, and of baths that both feed and drain the part that is returned.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from caloriq._array import Library
from caloriq._checks import Real
from caloriq.linalg.sylvester import Sylvester
from caloriq.linalg.threads import each
from caloriq.models.random import KRYLOV, generator
from caloriq.models.spins import SpinChain
from caloriq.steady.lindblad import Lindblad
from caloriq.steady.low_order import LowOrder, typical_hopping
from caloriq.steady.superoperator import Sectors

KEPT = 0.4  # f: S keeps 2 f γ k(N-k)/N of the dephasing; best between 0.35 and 0.45
RETURNED = 0.3  # share of a two-way bath's decay that S leaves out
DAMPING = 1.5  # of the smoother, in units of the hopping
ILL = 1e4  # condition of eigenvectors beyond which a block is moved off its defect
NUDGE = 0.01  # by a random diagonal of this size, in units of the hopping and rates
ATTEMPTS = 6
STILL = 0.05  # decay given to blocks that have none, in the same units
CAP = 1e9
THREADED = 8  # sites from which eigendecompositions on threads take less time than starting these


class Preconditioner:
    """B and 𝓛B on packed vectors of one array library and precision; `products` counts inversions of all blocks."""

    def __init__(self, layout: Sectors, low: LowOrder, library: Library) -> None:
        self.layout, self.library, self.products = layout, library, 0
        self._low, self._places = low, library.indices(low.places)
        model = layout.model
        left_out = returned(model).tolist()
        # the largest first: they decide when the last one ends
        order = sorted(range(model.sites + 1), key=lambda k: -layout.space.sizes[k])
        side_by_side = each if model.sites >= THREADED else map
        made = dict(zip(order, side_by_side(lambda k: split(layout, k, left_out[k], library), order), strict=True))
        self._sylvester = [made[k][0] for k in range(model.sites + 1)]
        extra = [made[k][1] for k in range(model.sites + 1)]
        self.lindblad = Lindblad(layout, library, extra, damping=DAMPING * typical_hopping(model))
        self.condition = max(s.condition for s in self._sylvester)

    def start(self) -> Any:
        """The low-order model's own steady state: classical populations and the coherences they drive."""
        return self._placed(self._low.solve(np.zeros(len(self._low.places)), trace=1.0))

    def _placed(self, values: Real) -> Any:
        return self.library.scattered(self.layout.dimension, self._places, self._low.places, values)

    def apply(self, r: Any) -> tuple[Any, Any]:
        """B r and 𝓛 B r."""
        read = np.asarray(self.library.host(self.library.xp.take(r, self._places)), dtype=float)
        z = self._placed(self._low.solve(read))
        rest = r - self.lindblad(z)
        smoothed = self.library.xp.empty_like(r)
        for block, R, out in zip(
            self.lindblad.blocks, self.layout.blocks(rest), self.layout.blocks(smoothed), strict=True
        ):
            out[...] = block.smooth(R)
        z += smoothed
        rest -= self.lindblad(smoothed)
        swept, left = self._sweep(rest)
        z += swept
        left += r
        return z, left

    def _sweep(self, r: Any) -> tuple[Any, Any]:
        """Z with (S + gains) z = r, and 𝓛z - r: losses and elementwise terms, which the sweep leaves out."""
        self.products += 1
        z, left = self.library.xp.empty_like(r), self.library.xp.zeros_like(r)
        R, Z, Y = list(self.layout.blocks(r)), list(self.layout.blocks(z)), list(self.layout.blocks(left))
        for k, inverse in enumerate(self._sylvester):
            carried = self.library.xp.zeros_like(R[k])
            for hop in self.lindblad.gains[k]:
                hop.add(Z[k - 1], carried)
            Z[k][...] = inverse.solve(R[k] - carried)
        for k, block in enumerate(self.lindblad.blocks):
            block.weigh(Z[k], Y[k])
            for hop in self.lindblad.losses[k]:
                hop.add(Z[k + 1], Y[k])
        return z, left


def returned(model: SpinChain) -> Real:
    """Decay that S leaves out of every block: γ(k - 2f k(N-k)/N) + Σ 0.3 · 4Γ₊Γ₋/(Γ₊+Γ₋)² · mean decay by that bath."""
    k = np.arange(model.sites + 1)
    filled = k / model.sites
    left_out: Real = float(model.dephasing_rates.mean()) * (k - 2 * KEPT * k * (1 - filled))
    for rate in model.bath_rates:
        two_way = 4 * rate.gain * rate.loss / rate.total**2
        left_out += RETURNED * two_way * (rate.gain * (1 - filled) + rate.loss * filled)
    return left_out


def split(layout: Sectors, k: int, left_out: float, library: Library) -> tuple[Sylvester, Real]:
    """Inverse of the Sylvester part of block k, and the diagonal E that it has beyond K.

    Near a defect of K a small random diagonal restores the eigenvectors, and where K hardly decays E is a decay. All
    of E comes back in what the sweep leaves out, so the splitting stays exact.
    """
    K = (-1j * layout.hamiltonians[k]).toarray().astype(complex)
    K[np.diag_indices(len(K))] -= layout.lost(k) / 2
    scale = max(typical_hopping(layout.model), *(r.total for r in layout.model.bath_rates))
    extra = np.zeros(len(K))
    inverse = Sylvester(K.copy(), library.convert)
    for attempt in range(ATTEMPTS):
        if inverse.condition < ILL:
            break
        extra = -NUDGE * 2.0**attempt * scale * generator(attempt, KRYLOV, k).random(len(K))
        inverse = Sylvester(K + np.diag(extra), library.convert)
    still = inverse.slowest < 1e-6 * scale
    amount = -STILL * scale if still else min(left_out, CAP * inverse.slowest)
    inverse.shift(amount)
    return inverse, extra + amount / 2
