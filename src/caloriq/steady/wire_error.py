"""What a two-point matrix is worth: error bounds of the populations, coherences and the current from its own residual.

Let 𝓛C = XC + CX† + diag(γ_k C_kk) and 𝓛C + source = 0, the chain driven by a bath that fills at the first site
(source γ₁) beside one that only empties at the last. For C̃ with residual R = 𝓛C̃ + source the error is E = C - C̃ =
-𝓛⁻¹R, and -𝓛⁻¹ is positive: it takes positive matrices to positive ones. Three bounds follow.

- With ρ_j = Σ_k |R_jk| t_k/t_j for any t > 0, -diag ρ ≤ R ≤ diag ρ, so that |E_jj| ≤ β_j = (-𝓛⁻¹ diag ρ)_jj, the populations that a source ρ
  would drive, and |E_jk| ≤ √(β_jβ_k).
- Every element's own equation bounds it by those of its neighbours.
- The current is J = γ_N C_NN = Tr(Z source) with Z = -𝓛†⁻¹(γ_N |N⟩⟨N|). By symmetry of X, Z is the conjugate of what the
  other end would drive, and both together are 1: Z = 1 - Cᵀ. So C̃ is its own adjoint solution, and
  J = γ_N C̃_NN + Tr((1 - C̃ᵀ)R) - Σ E_jk R_jk to second order in the error.

The residual is measured in twice the working precision, with losses of that precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from caloriq._checks import Complex, Real
from caloriq.linalg import kernels
from caloriq.steady.bounds import UNIT, Bounded

if TYPE_CHECKING:
    from caloriq.steady.correlators import Inverse, Wire

SLACK = 2.0  # of the bound β, which is itself solved for in working precision


compiled = partial(kernels.compiled, "caloriq.steady._wire_compiled")


@dataclass(frozen=True)
class SeenChain:
    """A chain seen from the bath that fills, which wants 1, beside one that wants 0; every number with its bound."""

    current: Bounded  # J, from the first site to the last
    populations: Bounded  # C_kk, shape (N,)
    differences: Bounded  # C_kk - C_k+1,k+1, shape (N-1,)
    real: Bounded  # re C_k,k+1; the imaginary parts are -J/2g, shape (N-1,)
    beyond: Bounded  # im C_k,k+2, shape (N-2,)

    def mirrored(self) -> SeenChain:
        """The same chain with its sites counted from the other end; the current is then negative."""

        def turned(number: Bounded, sign: float) -> Bounded:
            return Bounded(sign * number.value[::-1], number.bound[::-1])

        return SeenChain(
            Bounded(-self.current.value, self.current.bound),
            turned(self.populations, 1.0),
            turned(self.differences, -1.0),
            turned(self.real, 1.0),
            turned(self.beyond, -1.0),
        )


def measured(chain: Wire, hi: Complex, lo: Complex, inverse: Inverse) -> tuple[SeenChain, Complex, Real]:
    """Numbers of C̃ = hi + lo, hermitian, with their bounds, the residual, and a bound on the modulus of every element's error.

    The chain's source is γ₁ on the first site; `inverse` knows what sources drive, to a few digits.
    """
    kernels, n = compiled(), chain.sites
    R, S = np.empty((n, n), dtype=complex), np.empty((n, n))
    numbers = (chain.frequencies, chain.hopping, chain.loss, chain.dephasing)
    kernels.drift(hi, lo, *numbers[:3], chain.loss_rest, chain.dephasing, chain.hopping_error, R, S)
    direct = np.inf
    with np.errstate(all="ignore"):
        # the sites' share of |R_jk| falls to the one from which a source drives less
        t = np.sqrt(inverse.profile(np.ones(n)))
        beta = SLACK * inverse.profile(S @ t / t)
        if not np.all(beta >= 0):
            beta = np.full(n, np.inf)
        root = np.sqrt(beta)
        E = np.outer(root, root)
        E[np.diag_indices(n)] = beta
        if not np.all(np.isfinite(beta)):
            spread = inverse.spread(S)
            if spread is not None:
                np.fmin(E, spread[0], out=E)
                direct = spread[1]
                beta = E.diagonal().copy()
        size = np.abs(hi)
        np.minimum(E, 0.5 + size, out=E)  # |C_jk| ≤ ½ off the diagonal, 0 ≤ C_jj ≤ 1
        p = hi.diagonal().real
        E[np.diag_indices(n)] = np.fmin(beta, np.maximum(np.abs(p), np.abs(1 - p)) + UNIT)
        second = kernels.sharpened(*numbers, S, E)
        correction, rest = kernels.adjoint(hi, lo, R, S)
    last = float(chain.loss[-1] * (hi[-1, -1].real + lo[-1, -1].real))
    current = last + correction, second + rest + 8 * UNIT * abs(last + correction)
    if direct < current[1] and not lo.any():
        current = last, direct
    middle, near, far = (hi.diagonal(k) + lo.diagonal(k) for k in range(3))
    bands = NearDiagonal(middle, near, far, E.diagonal(0), E.diagonal(1), E.diagonal(2))
    apart = -np.diff(hi.diagonal().real) - np.diff(lo.diagonal().real)
    return with_bands(chain, current, bands, apart), R, E


class NearDiagonal(NamedTuple):
    """The diagonal of C and the two beside it, and bounds on the moduli of their errors."""

    diagonal: Complex
    near: Complex
    far: Complex
    error: Real
    near_error: Real
    far_error: Real


def with_bands(
    chain: Wire, current: tuple[float, float], bands: NearDiagonal, differences: Real | None = None
) -> SeenChain:
    """Populations and bands of C̃, each from the form whose bound is the smaller."""
    J, doubt = current
    if np.isnan(doubt):
        doubt = np.inf
    p, near, far = bands.diagonal.real, bands.near, bands.far
    if differences is None:
        differences = -np.diff(p)
    e = bands.error, bands.near_error, bands.far_error
    real = Bounded(near.real, e[1] + 2 * UNIT * np.abs(near.real))
    beyond = Bounded(far.imag, e[2] + 2 * UNIT * np.abs(far.imag))
    w, g = chain.frequencies, chain.hopping
    turn = w[:-1] - w[1:]
    decay = (chain.loss[:-1] + chain.loss[1:] + chain.dephasing[:-1] + chain.dephasing[1:]) / 2
    # Γ Re c = (w_k - w_k+1) J/2g - g_k-1 Im C_k-1,k+1 + g_k+1 Im C_k,k+2
    parts = [turn * J / (2 * g), *_outer(g, beyond.value)]
    rooms = [np.abs(turn) * doubt / (2 * g), *(np.abs(v) for v in _outer(g, beyond.bound))]
    real = better(real, quotient(parts, rooms, decay))
    across = Bounded(far.real, e[2] + 2 * UNIT * np.abs(far.real))
    # g (C_kk - C_k+1,k+1) = (w_k - w_k+1) Re c + g_k-1 Re C_k-1,k+1 - g_k+1 Re C_k,k+2 + Γ J/2g
    parts = [turn * real.value, decay * J / (2 * g), *(-v for v in _outer(g, across.value))]
    rooms = [np.abs(turn) * real.bound, decay * doubt / (2 * g), *(np.abs(v) for v in _outer(g, across.bound))]
    known = Bounded(differences, e[0][:-1] + e[0][1:] + 4 * UNIT * np.abs(differences) + UNIT**2)
    return SeenChain(
        Bounded(J, doubt),
        Bounded(p, e[0] + 2 * UNIT * np.abs(p)),
        better(known, quotient(parts, rooms, g)),
        real,
        beyond,
    )


def _outer(g: Real, beyond: Real) -> tuple[Real, Real]:
    """-g_k-1 b_k-1 and g_k+1 b_k on every bond, zero where there is no such neighbour."""
    before, after = np.zeros(len(g)), np.zeros(len(g))
    before[1:] = -g[:-1] * beyond
    after[:-1] = g[1:] * beyond
    return before, after


def quotient(parts: list[Real], rooms: list[Real], divisor: Real) -> Bounded:
    """Σ parts / divisor with its bound; infinite where the divisor vanishes."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.sum(parts, axis=0) / divisor
        bound = (np.sum(rooms, axis=0) + 8 * UNIT * np.sum(np.abs(parts), axis=0)) / divisor + 4 * UNIT * np.abs(value)
    return Bounded(value, np.where(np.isfinite(value) & np.isfinite(bound), bound, np.inf))


def better(one: Bounded, other: Bounded) -> Bounded:
    """Entry by entry the number with the smaller bound."""
    first = ~(np.asarray(other.bound) < np.asarray(one.bound))
    return Bounded(np.where(first, one.value, other.value), np.where(first, one.bound, other.bound))
