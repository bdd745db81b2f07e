"""Hilbert space averages: what almost every pure state with given populations shows, and how sharply.

Sources: PRL 95, 180602 (2005), doi:10.1103/PhysRevLett.95.180602, eqs. 4-5; PRE 73, 016101 (2006),
doi:10.1103/PhysRevE.73.016101, eqs. 22-23. The variance is not in the papers; it follows from the fourth
moments of a Haar-random vector.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from caloriq import _checks
from caloriq._checks import Real
from caloriq.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Average:
    """A Hilbert space average.

    Attributes
    ----------
    mean : float
        Average of ⟨ψ|A|ψ⟩ over all ψ with the given populations.
    width : float
        Standard deviation of ⟨ψ|A|ψ⟩ over those ψ: the typicality width.
    """

    mean: float
    width: float


def hilbert_average(operator: ArrayLike, populations: ArrayLike) -> Average:
    r"""Mean and width of ⟨ψ|A|ψ⟩ over all pure states with given subunit populations.

    Parameters
    ----------
    operator : array_like, shape (N n, N n)
        Hermitian A in the one-excitation space.
    populations : array_like, shape (N,)
        P_µ, not negative, summing to 1; N must divide the dimension.

    Returns
    -------
    Average
        In the unit of A. Mean :math:`\sum_\mu P_\mu \mathrm{Tr}_\mu A/n` (PRL 4-5, PRE 22-23); variance
        :math:`\sum_\mu P_\mu^2 [\mathrm{Tr} A_{\mu\mu}^2 - (\mathrm{Tr} A_{\mu\mu})^2/n]/(n(n+1)) +
        2\sum_{\mu<\nu} P_\mu P_\nu \|A_{\mu\nu}\|_F^2/n^2`.

    Raises
    ------
    InvalidInput
        If A is not hermitian or the populations are not a distribution.

    Notes
    -----
    Cost: one pass over A.
    """
    A = _checks.hermitian("operator", operator)
    P = distribution("populations", populations)
    N = P.size
    if A.shape[0] % N:
        raise InvalidInput(
            f"`populations` must divide the dimension {A.shape[0]} of the operator, but they do not (got {N} subunits)"
        )
    n = A.shape[0] // N
    blocks = A.reshape(N, n, N, n).transpose(0, 2, 1, 3)  # (µ, ν, n, n)
    trace = np.einsum("mmii->m", blocks).real
    square = np.einsum("mnij,mnij->mn", blocks, blocks.conj()).real  # ‖A_µν‖²
    mean = float(P @ trace / n)
    within = P**2 * (np.diag(square) - trace**2 / n) / (n * (n + 1))
    across = np.outer(P, P) * square / n**2
    variance = float(within.sum() + across.sum() - np.trace(across))
    return Average(mean, float(np.sqrt(max(variance, 0.0))))


def distribution(name: str, value: ArrayLike) -> Real:
    """Populations: one axis, not negative, summing to 1 within 1e-9."""
    P = _checks.numbers(name, value)
    if P.ndim != 1 or P.size == 0:
        raise InvalidInput(f"`{name}` must be a list of populations, but its shape is not (got shape {P.shape})")
    if np.any(P < 0):
        raise InvalidInput(f"`{name}` must not be negative, but one is (got {P.min():g})")
    if abs(P.sum() - 1) > 1e-9:
        raise InvalidInput(f"`{name}` must sum to 1, but they do not (got {P.sum():.12g})")
    return P


def population_width(populations: Real, levels: int) -> Real:
    r"""Bound on the typicality width of a population that started within one subunit, given its mean.

    P_µ(t) = ⟨φ|A|φ⟩ with 0 ≤ A ≤ 1 on the n levels of the start and Tr A = n P, so Tr A² ≤ n P and the width
    is at most :math:`\sqrt{P(1-P)/(n+1)}`, whatever the dynamics. P is the exact mean over the starts; with the rate
    equation's P in its place it is a bound as far as the rate equation is right.
    """
    P = np.clip(populations, 0.0, 1.0)
    return np.sqrt(P * (1 - P) / (levels + 1))
