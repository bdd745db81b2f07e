"""Gibbs states of a subunit's levels: the one of a given energy, how far another state is from it, and entropies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import scipy

from caloriq._checks import Complex, Real

AT_THE_END = 1e-13  # of the range of levels: an energy that near to its end has no finite temperature
OCCUPIED = 1e-10  # probability from which a band counts as occupied
NUMBERS = (
    "energies",
    "temperatures",
    "temperature_widths",
    "band_temperatures",
    "distances",
    "band_distances",
    "entropies",
    "gibbs_entropies",
)


def told(levels: Real, counts: Sequence[int], energies: Real, rho: Complex, width: float) -> dict[str, float]:
    """What a reduced state says, by the names of `NUMBERS`.

    Parameters
    ----------
    levels : array, shape (d,)
        All levels of the subunit, band by band.
    counts, energies : shape (B,)
        Levels n_i and energy E_i of every band.
    rho : array, shape (d, d)
        The state.
    width : float
        Standard deviation of its energy over the states that are as likely.
    """
    p = rho.diagonal().real
    U = float(p @ levels)
    beta = inverse_temperature(levels, U)
    g = gibbs(levels, beta)
    spectrum = np.linalg.eigvalsh(rho)
    n = np.asarray(counts)
    first = np.cumsum([0, *n[:-1]])
    bands, thermal = np.add.reduceat(p, first), np.add.reduceat(g, first)
    variance = float(g @ levels**2 - (g @ levels) ** 2)
    heat = beta**2 * variance  # dU/dT
    return {
        "energies": U,
        "temperatures": inverse(beta),
        "temperature_widths": width / heat if heat > 0 else np.inf,
        "band_temperatures": inverse(_slope(energies, n, bands)),
        "distances": float(np.abs(np.linalg.eigvalsh(rho - np.diag(g))).sum() / 2),
        "band_distances": float(np.abs(bands - thermal).sum() / 2),
        "entropies": entropy(spectrum),
        "gibbs_entropies": entropy(g),
    }


def entropy(p: Any) -> float:
    """-Σ p ln p, in k_B."""
    positive = np.maximum(p, 0.0)  # eigenvalues are negative within rounding
    return float(-scipy.special.xlogy(positive, positive).sum())


def inverse(beta: float) -> float:
    """T of β; infinite at 0."""
    return float(np.inf) if beta == 0 else 1 / beta


def gibbs(levels: Real, beta: float) -> Real:
    """Occupations e^{-βε}/Z of levels; at an infinite β those of the lowest, or of the highest."""
    if np.isinf(beta):
        end = np.abs(levels - (levels.min() if beta > 0 else levels.max())) <= 10 * AT_THE_END * float(np.ptp(levels))
        lowest: Real = end / end.sum()
        return lowest
    weight = np.exp(-beta * (levels - (levels.min() if beta >= 0 else levels.max())))
    p: Real = weight / weight.sum()
    return p


def inverse_temperature(levels: Real, energy: float) -> float:
    """β at which the mean of the levels is an energy: positive below the mean of all levels, negative above, infinite at an end."""
    low, high = float(levels.min()), float(levels.max())
    near = AT_THE_END * (high - low)
    if energy <= low + near:
        return np.inf
    if energy >= high - near:
        return -np.inf

    def off(beta: float) -> float:
        return float(gibbs(levels, beta) @ levels) - energy

    mean = off(0.0)
    if mean == 0:
        return 0.0
    sign, end = (1.0, 1 / (high - low)) if mean > 0 else (-1.0, 1 / (high - low))
    while sign * off(sign * end) > 0:
        end *= 2
    return float(scipy.optimize.brentq(off, 0.0, sign * end, xtol=1e-15 * end, rtol=1e-14))


def _slope(energies: Real, counts: Real, populations: Real) -> float:
    """β of ln(p_i/n_i) = const - β E_i, by least squares weighted with p_i."""
    there = populations > OCCUPIED
    if there.sum() < 2:
        return np.nan
    p, E = populations[there], energies[there]
    y = np.log(p / counts[there])
    mean = p @ E / p.sum()
    return float(-(p @ ((E - mean) * y)) / (p @ (E - mean) ** 2))


def moments(levels: Real, counts: Sequence[int]) -> tuple[Real, Real]:
    """Mean and mean square of the levels of every band, shape (B,) each."""
    ends = np.cumsum([0, *counts])
    means = np.array([levels[a:b].mean() for a, b in pairwise(ends)])
    squares = np.array([(levels[a:b] ** 2).mean() for a, b in pairwise(ends)])
    return means, squares
