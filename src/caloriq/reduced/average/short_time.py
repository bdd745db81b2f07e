"""The short-time kernel f(τ) of the Hilbert space average method, from the model's actual matrices.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602, eqs. 8-10; PRE 73, 016101 (2006),
doi:10.1103/PhysRevE.73.016101, eqs. 25-27.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import NotEnoughData
from caloriq.models.modular import Modular, ModularChain
from caloriq.results import frozen

ROWS = 2_000_000  # pairs × times evaluated at once
POINTS = 65
GROUPS = 8  # interleaved groups of rows, whose spread gives the statistical error


@dataclass(frozen=True)
class Kernel:
    r"""f(τ) per bond and the rate it shows.

    Attributes
    ----------
    times : array, shape (K,)
        τ, from 0 to the Heisenberg time, in 1/ΔE.
    values : array, shape (N-1, K)
        f(τ) of every bond, no unit.
    predicted : array, shape (K,)
        f(τ) averaged over Gaussian matrices, :math:`(2\lambda^2/n)\int_0^\tau\int_0^{\tau'}|\chi|^2`,
        :math:`\chi = \sum_a e^{-i\epsilon_a\tau}`.
    window : tuple of float
        (from, to): where f is linear and the slope is read; None if there is no such window.
    bond_rates : array, shape (N-1,)
        Rate of f in the window, per bond, in ΔE: f = γτ - a ln τ - b there.
    rate : float
        Mean of the bond rates.
    error : float
        Standard error of `rate`: spread over bonds and over eight interleaved groups of rows, and the shift when the
        window is halved, in quadrature.
    """

    times: Real
    values: Real
    predicted: Real
    window: tuple[float, float]
    bond_rates: Real
    rate: float
    error: float


def correlation_time(model: Modular) -> float:
    """τ_c = 2π/δε, after which f grows linearly, in 1/ΔE."""
    return 2 * np.pi / model.bandwidth


def heisenberg_time(model: Modular) -> float:
    """τ_H = 2πn/δε, at which the band rephases and the growth stops being linear, in 1/ΔE."""
    return model.levels * correlation_time(model)


def linear_window(model: ModularChain) -> tuple[float, float]:
    """The part of (τ_c, τ_H) in which the slope is read: from 2 τ_c to the smaller of 20 τ_c and τ_H/2."""
    return 2 * correlation_time(model), min(20 * correlation_time(model), heisenberg_time(model) / 2)


def short_time_kernel(model: ModularChain) -> Kernel:
    r"""Kernel :math:`f(\tau) = \frac{2}{n}\int_0^\tau\int_0^{\tau'} \mathrm{Tr}\{V(\tau'')V(0)\}` (PRL 9) and its slope.

    With the band's levels the integrals are elementary:
    :math:`f_\mu(\tau) = \frac{2\lambda^2}{n}\sum_{ij}|v_{ij}|^2\,\frac{1-\cos\omega_{ij}\tau}{\omega_{ij}^2}`,
    :math:`\omega_{ij} = \epsilon_i - \epsilon_j`.

    A band of fewer than 8 levels has no linear window between τ_c and τ_H and is refused. Cost: 65 n² cosines, 65 n² N
    multiplications; memory 8 (N-1) n² bytes and 32 MB.
    """
    begin, end = linear_window(model)
    tau = np.unique(
        np.concatenate([np.linspace(0, end, POINTS), np.geomspace(end, heisenberg_time(model), POINTS // 2)])
    )
    need = 32.0 * model.subunits * model.levels**2
    _checks.memory("levels", model.levels, need, "take fewer levels or subunits")
    weights = np.stack([(np.abs(model.interaction_matrix(b)) ** 2).ravel() for b in range(model.subunits - 1)])
    factor = 2 * model.coupling**2 / model.levels
    groups = factor * _double_integrals(model, weights, tau)  # (groups, N, K), the unweighted sum last
    values, predicted = groups[:, :-1].sum(axis=0), groups[:, -1].sum(axis=0)
    if end < 2 * begin:
        raise NotEnoughData(
            f"`levels` must be at least 8 for the kernel to have a linear window, but the band rephases before (got {model.levels})",
            estimate=(tau, values),
        )
    slopes = _slopes(tau, values, begin, end)
    halved = _slopes(tau, values, begin, (begin + end) / 2)
    rate = float(slopes.mean())
    parts = GROUPS * np.stack([_slopes(tau, group, begin, end) for group in groups[:, :-1]])
    spread = float(parts.std(ddof=1) / np.sqrt(parts.size))
    error = float(np.hypot(spread, abs(float(halved.mean()) - rate)))
    return Kernel(frozen(tau), frozen(values), frozen(predicted), (begin, end), frozen(slopes), rate, error)


def _double_integrals(model: ModularChain, weights: Real, tau: Real) -> Real:
    """Σ_ij w_ij (1 - cos ω_ij τ)/ω_ij² over rows i = g mod 8, per bond and, last, for w = 1; (8, bonds + 1, K)."""
    levels = model.band_levels
    n = levels.size
    every = np.concatenate([weights, np.ones((1, n * n))]).reshape(-1, n, n)
    total = np.zeros((GROUPS, every.shape[0], tau.size))
    rows = max(1, ROWS // (n * tau.size))
    for g in range(GROUPS):
        members = np.arange(g, n, GROUPS)
        for first in range(0, members.size, rows):
            some = members[first : first + rows]
            omega = (levels[some, None] - levels[None, :]).ravel()
            # (1 - cos ωτ)/ω² = (τ²/2) sinc²(ωτ/2), regular at ω = 0
            shape = tau**2 / 2 * np.sinc(np.outer(omega, tau) / (2 * np.pi)) ** 2
            total[g] += every[:, some].reshape(every.shape[0], -1) @ shape
    return total


def _slopes(tau: Real, values: Real, begin: float, end: float) -> Real:
    """Rates γ of the law γτ - a ln τ - b, fitted within [begin, end], one per row.

    The logarithm is what a band with edges adds: its pair spectrum falls linearly from ω = 0 (a triangle for
    uniform levels), and ∫ (1 - cos ωτ)/ω² over it is πτ/δε - 2 ln(δε τ)/δε² + const. Left out, it lowers the
    slope by 2/(π δε τ), 1 % at 10 τ_c.
    """
    inside = (tau >= begin) & (tau <= end)
    t = tau[inside]
    design = np.stack([t / end, np.log(t / end), np.ones_like(t)], axis=1)
    solution = np.linalg.lstsq(design, values[:, inside].T, rcond=None)[0]
    slopes: Real = solution[0] / end
    return slopes
