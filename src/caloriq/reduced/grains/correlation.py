r"""Second-order kernel of the transfer between two blocks: C(τ), its integral, its plateau.

Blocks L and R with H = H_L + H_R + V and a carried quantity Q (H or Sz of a block) start in
ρ ∝ exp(-βH₀ + µ_L Q_L + µ_R Q_R), H₀ = H_L + H_R. To second order in V and first in µ the difference Q_L - Q_R decays by

.. math::
    \frac{d}{dt}\langle Q_L - Q_R\rangle = -2R(t)\,\langle Q_L - Q_R\rangle,\qquad
    R(t) = \frac1\chi\int_0^t C(\tau)\,d\tau,\quad C(\tau) = \mathrm{Re}\,\langle J(\tau)J\rangle_0,\quad
    J = \tfrac{i}{2}[V, Q_L - Q_R]

(exact at infinite temperature; at a finite one the same plateau, which is taken at zero frequency).
With V = Σ g A⊗B every correlation function of J is a product of one of each block.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import scipy

from caloriq._checks import Complex, Real
from caloriq.models.quantum import Carried
from caloriq.reduced.grains.blocks import BondChannel, Edge, End, squared

STEP = 0.3  # of 1/σ, σ² the second moment of the frequencies in V
LEAST = 256  # times at first
FLAT = 0.1  # by which R may leave its plateau
LONG = 4.0  # least ratio of a plateau's end and beginning
SAMPLES = 240  # starts of a plateau that are tried
MIRROR = 12  # points before τ = 0, where the kernel is even, that steady a spline there


@dataclass(frozen=True)
class Plateau:
    """Where R(t) is flat.

    Attributes
    ----------
    begin, end : float
        Between these times R stays within a tenth of the middle of its range there; 1/energy.
    value : float
        Mean of R.
    error : float
        Standard deviation of R there, and the shift of the mean when the later half is left out, in quadrature.
    open : bool
        Whether the end is that of the times looked at.
    """

    begin: float
    end: float
    value: float
    error: float
    open: bool


@dataclass
class Contact:
    """Two edges and the channels between them; times are added as they are needed."""

    left: Edge  # last spin of the left block
    right: Edge  # first spin of the right one
    channels: tuple[BondChannel, ...]  # V
    carries: Carried  # Q
    step: float = field(init=False)
    times: Real = field(init=False)
    _parts: list[tuple[float, Complex, Complex]] = field(init=False)

    def __post_init__(self) -> None:
        if self.carries == "spin":
            self.channels = tuple(c for c in self.channels if c.charge)
        self._parts = [
            (weight, np.zeros((self.order + 1, 0), complex), np.zeros((self.order + 1, 0), complex))
            for weight, _, _ in self.terms
        ]
        total = square = 0.0
        for weight, a, b in self.terms:
            (a0, a2), (b0, b2) = self.left.moments(a), self.right.moments(b)
            total, square = total + weight * a0 * b0, square + weight * (a2 * b0 + a0 * b2)
        self.step = STEP / np.sqrt(max(square / total, 1e-300)) if total else 1.0
        self.times = np.zeros(0)

    @property
    def order(self) -> int:
        """Highest power of a frequency in the kernel's correlation functions."""
        return 0 if self.carries == "spin" else 2

    @property
    def terms(self) -> list[tuple[float, tuple[End, End], tuple[End, End]]]:
        """Weight and operators of every ⟨A†(τ)A'⟩⟨B†(τ)B'⟩ in C that does not vanish by symmetry."""
        return [
            (weight * (c.charge * d.charge if self.carries == "spin" else 1.0), (c.left, d.left), (c.right, d.right))
            for c, d, weight in squared(self.channels, self.left)
        ]

    @property
    def at_zero(self) -> float:
        """C(0) from the elements of V alone."""
        total, zero = 0.0, np.zeros(1)
        for weight, a, b in self.terms:
            (a0, a2), (b0, b2) = self.left.moments(a), self.right.moments(b)
            if self.carries == "spin":
                total += weight * a0 * b0
            else:
                a1, b1 = (
                    edge.correlation(pair, zero, order=1)[1, 0].real for edge, pair in ((self.left, a), (self.right, b))
                )
                total += weight * (a2 * b0 - 2 * a1 * b1 + a0 * b2) / 4
        return float(total)

    def extend(self, count: int) -> None:
        """Correlation functions at `count` times in all."""
        old = self.times.size
        self.times = self.step * np.arange(count, dtype=float)
        of = cache(lambda edge, pair: edge.correlation(pair, self.times[old:], order=self.order))  # each pair once
        self._parts = [
            (weight, np.concatenate([x, of(self.left, a)], 1), np.concatenate([y, of(self.right, b)], 1))
            for (weight, a, b), (_, x, y) in zip(self.terms, self._parts, strict=True)
        ]

    def refine(self) -> None:
        """Half the step, and no times yet."""
        self.step /= 2
        self.times = np.zeros(0)
        self._parts = [(w, a[:, :0], b[:, :0]) for w, a, b in self._parts]

    @property
    def quadrature(self) -> float:
        """Largest change of ∫C when every other time is left out, relative to its largest value."""
        G = self.evaluate()[1]
        return float(np.abs(self.evaluate(2)[1] - G[::2]).max()) / (float(np.abs(G).max()) or 1.0)

    def evaluate(self, stride: int = 1) -> tuple[Real, Real]:
        """C(τ) and its integral, by the quintic spline through it, at every `stride`-th time."""
        t = self.times[::stride]
        C = np.zeros(t.size)
        for weight, a, b in self._parts:
            x, y = a[:, ::stride], b[:, ::stride]
            if self.carries == "spin":
                C += weight * (x[0] * y[0]).real
            else:
                # J has the elements (i/2)(ω_L - ω_R) V
                C += weight * (x[2] * y[0] - 2 * x[1] * y[1] + x[0] * y[2]).real / 4
        n = min(MIRROR, t.size - 1)
        axis, even = np.concatenate([-t[n:0:-1], t]), np.concatenate([C[n:0:-1], C])
        integral = scipy.interpolate.make_interp_spline(axis, even, k=5).antiderivative()
        return C, integral(t) - integral(0.0)


def plateau(times: Real, values: Real) -> Plateau | None:
    """The window [begin, end] with the largest end/begin in which `values` are positive and stay within a tenth.

    None if its ends are less than a factor of four apart.
    """
    best: tuple[float, int, int] = (0.0, 0, 0)
    starts = np.unique(np.geomspace(1, times.size - 1, SAMPLES).astype(int))
    for i in starts:
        if values[i] <= 0 or times[-1] / times[i] <= best[0]:
            continue
        high, low = np.maximum.accumulate(values[i:]), np.minimum.accumulate(values[i:])
        bad = np.flatnonzero(high - low > FLAT * (high + low))
        j = i + (int(bad[0]) if bad.size else times.size - i) - 1
        if times[j] / times[i] > best[0]:
            best = (times[j] / times[i], int(i), j)
    ratio, i, j = best
    if ratio < LONG:
        return None
    inside = values[i : j + 1]
    value = float(inside.mean())
    shift = float(inside[: max(1, inside.size // 2)].mean()) - value
    return Plateau(
        float(times[i]), float(times[j]), value, float(np.hypot(inside.std(), shift)), bool(j == times.size - 1)
    )
